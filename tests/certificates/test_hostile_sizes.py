"""Hostile expressions: a short file never asks for work or memory that grows without bound."""

from __future__ import annotations

import time
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import (
    ColumnBounds,
    Domain,
    Enclosure,
    Node,
    RejectedError,
    Varying,
    check,
    derive,
)
from tamemip.certificates._definable_lines import lines_of, shape_of
from tamemip.certificates._refutation_lines import Line, restrict
from tamemip.certificates._refutation_traces import TRACES, traced
from tamemip.tameness import domain_of, floor, multiply, unary, variable
from tamemip.tameness._refutation_search import refute
from tests.certificates.tiny import program

F = Fraction
X = Node("variable", name="x")
LONG = F(10**3_990 + 7, 3**8_000)
INTERVALS = [
    Enclosure.between(0, 1),
    Enclosure.between(0, 10**9),
    Enclosure.between(0, float("inf")),
]


def chain(start, step, times):
    nodes = list(start)
    for _ in range(times):
        nodes.append(step(len(nodes) - 1))
    return nodes


def squared(k):
    return Node("multiply", (k, k))


def scaled(value):
    return [X, Node("scale", (0,), value=F(value))]


HOSTILE = {
    "a sine": [X, Node("sin", (0,))],
    "a tangent": [X, Node("tan", (0,))],
    "squares of a number": chain([Node("const", value=F(3))], squared, 60),
    "squares of a long number": chain([Node("const", value=LONG)], squared, 60),
    "doubled long numbers": chain(
        [Node("const", value=LONG)], lambda k: Node("add", (k, 0)), 200
    ),
    "long multiples": chain([X], lambda k: Node("scale", (k,), value=LONG), 200),
    "squares of pi": chain([Node("named", name="pi")], squared, 200),
    "squares": chain([X], squared, 200),
    "a high power": [X, Node("power", (0,), value=F(10**3_990))],
    "a negative high power": [X, Node("power", (0,), value=F(-(10**3_990)))],
    "a long power": [X, Node("power", (0,), value=LONG)],
    "a high root": [X, Node("root", (0,), value=F(10**3_990))],
    "an exponential": [*scaled(10**3_990), Node("exp", (1,))],
    "exponentials": chain([X], lambda k: Node("exp", (k,)), 200),
    "a rounding": [*scaled(10**3_990), Node("floor", (1,))],
    "a small modulus": [X, Node("const", value=F(1, 10**3_990)), Node("modulo", (0, 1))],
    "a wide maximum": [
        X,
        *(Node("scale", (0,), value=F(k)) for k in range(1, 400)),
        Node("maximum", tuple(range(400))),
    ],
    "wide maxima": chain(
        [X, *(Node("scale", (0,), value=F(k)) for k in range(1, 100))],
        lambda k: Node("maximum", (*range(100), k)),
        40,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_facts_are_derived_in_a_second(name):
    for interval in INTERVALS:
        assert seconds(lambda e=interval: derive(HOSTILE[name], Domain(("x",), (e,)))) < 1


STEP = Node("floor", (0,))
DEEP = {
    "numbers": chain([X, STEP, Node("const", value=F(3))], squared, 60),
    "long multiples": chain([X, STEP], lambda k: Node("scale", (k,), value=LONG), 150),
    "squares": chain([X, STEP], squared, 60),
    "quotients": chain([X, STEP, Node("const", value=F(3))], lambda k: Node("divide", (k, k)), 60),
}


@pytest.mark.parametrize("name", DEEP)
@pytest.mark.parametrize("trace", TRACES)
def test_traces_of_deep_products_are_taken_in_a_second(name, trace):
    nodes = [*DEEP[name], Node("multiply", (1, len(DEEP[name]) - 1))]
    line = Line((F(0),), (F(1),), F(1), to_zero=False)

    def take():
        domain = Domain(("x",), (INTERVALS[2],))
        try:
            traced(restrict(nodes, len(nodes) - 1, domain, line), line, trace)
        except RejectedError:
            return

    assert seconds(take) < 1


def test_bounds_that_grow_by_every_proof_are_refused():
    p = program("min", [1, 1], [[1, -LONG], [-LONG, 1]], ["<=", "<="], [1, 1],
                lower=[0, 0], upper=[None, 1], integer=[False, False])  # fmt: skip
    known = ColumnBounds.of(p, Varying({}, {}, {}))
    known.upper[1] = LONG
    with pytest.raises(RejectedError):
        known.prove(0, "<=", ((0, F(1)),))


def test_many_lines_have_an_answer_at_once():
    text = "Max(" + ", ".join(f"x/{k} - {k}" for k in range(1, 201)) + ")"
    tm.certify("Max(x, 1)")  # the readers are imported
    start = time.process_time()
    verdict = tm.certify(text)
    assert time.process_time() - start < 1
    assert (verdict.structure, verdict.pieces) == (tm.Structure.SEMILINEAR, 200)


def test_a_wave_on_a_long_interval_is_written_without_its_turns():
    start = time.process_time()
    verdict = tm.certify("sin(x)", "x in [0, 1000000000]")
    assert time.process_time() - start < 1
    assert verdict.structure is tm.Structure.R_AN
    assert check(verdict.certificate).definable.is_total


@given(
    st.lists(st.tuples(st.integers(-4, 4), st.integers(-4, 4)), min_size=1, max_size=7),
    st.sampled_from(["maximum", "minimum"]),
)
def test_the_greatest_of_many_lines_is_what_it_is_at_every_point(lines, op):
    nodes = [X]
    for a, b in lines:
        nodes += [Node("scale", (0,), value=F(a)), Node("const", value=F(b))]
        nodes.append(Node("add", (len(nodes) - 2, len(nodes) - 1)))
    nodes.append(Node(op, tuple(range(3, len(nodes), 3))))
    line = lines_of(nodes, Enclosure.between(-20, 20))[-1]
    best = max if op == "maximum" else min
    for k in range(-80, 81):
        x = F(k, 4)
        (cell,) = [c for c in line if c.low < x < c.high or c.low == c.high == x]
        assert cell.at(x) == best(a * x + b for a, b in lines)
    assert shape_of(line).pieces <= len(set(lines))


UNDECIDED = [
    unary("cos", floor(multiply(variable("x"), variable("x")))),
    floor(unary("sin", variable("y") * variable("x")) * unary("exp", variable("x"))),
]


@pytest.mark.parametrize("e", UNDECIDED, ids=str)
def test_a_search_without_a_witness_ends_soon(e):
    assert seconds(lambda: refute([e], domain_of(None, ["x", "y"]))) < 1


def test_the_search_for_a_witness_against_nested_roundings_ends():
    e = variable("x")
    for _ in range(500):
        e = floor(e / 2 + "1/3")
    assert seconds(lambda: refute([e], domain_of(None, ["x"]))) < 5


def seconds(work):
    """CPU time."""
    start = time.process_time()
    work()
    return time.process_time() - start

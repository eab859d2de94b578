"""The search for refutations: what it finds, and what it must not find."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamemip.certificates import Declaration, Structure, check, check_fast
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tamemip.tameness import (
    CERTIFIED,
    REFUTED,
    absolute,
    add,
    ceiling,
    certify,
    certify_expressions,
    constant,
    domain_of,
    exp,
    floor,
    indicator,
    log,
    maximum,
    minimum,
    modulo,
    named,
    piecewise,
    primitive,
    refute_irrational_equation,
    sign,
    unary,
    variable,
    variables_of,
)
from tamemip.tameness._refutation_programs import refute_program
from tamemip.tameness._refutation_search import refute

A, B, X, Y = (variable(name) for name in "abxy")
PI, ROOT = named("pi"), named("sqrt:2")


def sin(f):
    return unary("sin", f)


def cos(f):
    return unary("cos", f)


def kind(expression, domain=None):
    """The kind of the witness, seen by both checkers; None without one."""
    certificate = refute([expression], domain_of(domain, sorted(variables_of([expression]))))
    if certificate is None:
        return None
    found = check(certificate).refuted
    assert check_fast(certificate).refuted == found
    return found.kind


WILD = [
    (ceiling(B), None, "W1"),
    (floor(X) + X, None, "W1"),
    (X - floor(X), None, "W1"),
    (maximum(floor(X), ceiling(X)) - floor(X), None, "W1"),
    (floor(floor(X / 2) / 3) - X / 6, None, "W1"),
    (modulo(modulo(X, 3), 2), None, "W1"),
    (maximum(floor(X), -5), None, "W1"),
    (minimum(floor(X), 100), "x in (-inf, 0]", "W1"),
    (piecewise([(X < 100, X)], default=floor(X)), None, "W1"),
    (exp(floor(X)), None, "W1"),
    (1 / (1 + floor(X)), "x in [0, inf)", "W1"),
    (floor(X - Y), None, "W1"),
    (floor(X) - ROOT * floor(Y), None, "W1"),
    (floor(exp(X)), None, "W1"),
    (absolute(X - floor(X + "1/2")), None, "W1"),
    (ceiling(1 / A), "a in (0, 1]", "W2"),
    (ceiling(1 / A), "a in [-1, 1]", "W2"),
    (ceiling(1 / (A - 2)), "a in [1, 5]", "W2"),
    (A + floor(1 / A), "a in (0, 1]", "W2"),
    (1 / A - floor(1 / A), "a in (0, 1]", "W2"),
    (floor(log(X)), "x in (0, 1]", "W2"),
    (modulo(1 / A, 2), "a in (0, 1]", "W2"),
    (sin(X), None, "W4"),
    (sin(X), "x in (-inf, 3]", "W4"),
    (exp(sin(X)), None, "W4"),
    (sin(PI * X) + floor(X), None, "W4"),
    (sin(3 * X) + cos(X / 2) + X, None, "W4"),
    (indicator(sin(X) > 0), None, "W4"),
    (sin(1 / X), "x in (0, 1]", "W4"),
    (sin(X**2), None, "W4"),
    (sin(exp(X)), None, "W4"),
    (sin(log(X)), "x in (0, 1]", "W4"),
]


@pytest.mark.parametrize(
    ("f", "domain", "witness"), WILD, ids=[f"{f} on {d}".replace(" ", "") for f, d, _ in WILD]
)
def test_wild_functions_are_refuted(f, domain, witness):
    assert kind(f, domain) == witness
    verdict = certify(f, domain)
    assert verdict.status is REFUTED
    assert verdict.witness.kind == witness


TAME = [
    (ceiling(1 / A), "a in [1/8, 1]"),
    (floor(X) - floor(X), None),
    (0 * floor(X), None),
    (floor(X), "x in [-10, 10]"),
    (ceiling(B), "b in [0, 10]"),
    (floor(unary("atan", X)), None),
    (floor(sin(X)), "x in [0, 50]"),
    (maximum(floor(X), 3) - maximum(floor(X), 3), None),
    (minimum(maximum(floor(X), 3), 2), None),
    (piecewise([(X < X - 1, floor(X))], default=X), None),
    (modulo(X, 5), "x in [0, 1000)"),
    (floor(1 / (1 + X**2)), None),
    (exp(X) * 0 + X, None),
]  # fmt: skip

SECRETLY_TAME = [
    sin(X) ** 2 + cos(X) ** 2,
    floor(2 * X) - floor(X) - floor(X + "1/2"),
    floor(floor(X) / 2) - floor(X / 2),
    floor(X) + ceiling(-X),
    ceiling(X) - floor(X) - indicator(floor(X) < X),
    modulo(X, 1) - X + floor(X),
    sin(2 * X) - 2 * sin(X) * cos(X),
    floor(X) * (floor(X) - X + modulo(X, 1)),
    exp(floor(X) + ceiling(-X)),
    maximum(X, floor(X)) - X,
    1 / (1 + floor(X) + ceiling(-X)),
    piecewise([(floor(X) <= X, X)], default=floor(X)),
    sin(PI * floor(X)),
]
"""Equal to tame functions by identities that the kernel does not know."""


@pytest.mark.parametrize(("f", "domain"), TAME, ids=[str(f).replace(" ", "") for f, _ in TAME])
def test_tame_functions_are_not_refuted(f, domain):
    assert kind(f, domain) is None
    assert certify(f, domain).status is CERTIFIED


@pytest.mark.parametrize("f", SECRETLY_TAME, ids=lambda f: str(f).replace(" ", ""))
def test_a_failing_rule_is_no_refutation(f):
    assert kind(f) is None
    assert certify(f).status is not REFUTED


def test_an_unbounded_step_function_is_refuted_and_local():
    verdict = certify(ceiling(B))
    assert verdict.status is REFUTED
    assert verdict.local is not None
    assert check(verdict.local).definable.is_local


def test_a_partial_entry_of_a_map_may_hide_the_witness():
    """The map is defined at x = 0 only: its graph is one point."""
    domain = domain_of(None, ["x"])
    point = piecewise([(X <= 0, unary("log", 1 + X))])
    assert refute([floor(X), unary("asin", X)], domain) is None
    assert refute([floor(X), point], domain) is None
    assert refute([floor(X), exp(X)], domain) is not None
    assert certify_expressions([exp(X), floor(X)], domain).status is REFUTED


def test_a_declared_function_is_used_as_declared_only():
    unknown = primitive("gamma", floor(X), declared=Declaration(Structure.R_AN))
    assert kind(unknown) is None
    assert kind(floor(X) + 0 * unknown) == "W1"


def test_infima_are_left_alone():
    from tamemip.tameness import infimum

    assert certify(infimum(absolute(X - floor(Y)), "y"), "x in [0, inf)").status is not CERTIFIED


# -- programs ----------------------------------------------------------------------------

PROGRAMS = [
    ("ceiling", [1], [[1]], [">="], {}),
    ("knapsack cover", [2, 3], [[3, 5]], [">="], {}),
    ("knapsack", [2, 3], [[3, 5]], ["<="], {"sense": "max"}),
    ("a lattice of feasible right-hand sides", [0, 0], [[1, 2]], ["="], {}),
    ("mixed", [1, 2], [[1, 1]], [">="], {"integrality": [True, False]}),
    ("a bounded column", [1, 1], [[2, 1]], [">="], {"upper": [math.inf, 1]}),
    ("a free column", [1], [[2]], [">="], {"lower": -math.inf}),
]
LP_LIKE = [
    ("integers do not matter", [1, 1], [[1, 1]], [">="], {"integrality": [True, False]}),
    ("bounded integers", [1], [[1]], [">="], {"upper": 3}),
    ("no integers", [1], [[1]], [">="], {"integrality": False}),
    ("integers are not paid", [1, 0], [[1, 0]], [">="], {"integrality": [False, True]}),
    ("a free difference", [1, -1], [[1, -1]], ["="], {"integrality": [True, False]}),
]


@pytest.mark.parametrize("case", PROGRAMS, ids=lambda c: c[0])
def test_value_functions_with_unbounded_integers_are_refuted(case):
    _, cost, rows, senses, more = case
    certificate = refute_program(MixedIntegerProgram.from_arrays(cost, rows, senses, [0], **more))
    found = check(certificate).refuted
    assert check_fast(certificate).refuted == found
    assert found.kind == "W1"


@pytest.mark.parametrize("case", LP_LIKE, ids=lambda c: c[0])
def test_value_functions_like_those_of_linear_programs_are_not_refuted(case):
    _, cost, rows, senses, more = case
    program = MixedIntegerProgram.from_arrays(cost, rows, senses, [0], **more)
    assert refute_program(program) is None


weights = st.lists(st.integers(1, 6), min_size=1, max_size=3)


@given(data=st.data(), row=weights)
def test_the_witness_of_a_program_is_true(data, row):
    """By brute force: at t the bound is the value for t in N, and not for t in N + shift."""
    cost = data.draw(st.lists(st.integers(1, 6), min_size=len(row), max_size=len(row)))
    program = MixedIntegerProgram.from_arrays(cost, [row], [">="], [0])
    certificate = refute_program(program)
    assert certificate is not None
    assert check(certificate).refuted is not None
    import json

    step = json.loads(certificate.lines[-1])
    j, (y,), (u,) = step["column"], map(Fraction, step["y"]), map(Fraction, step["u"])
    shift = 1 / (2 * abs(u * row[j]))
    for k in range(3):
        for t, is_met in ((Fraction(k), True), (k + shift, False)):
            b = t * row[j]
            assert (_cover(row, cost, math.ceil(b)) == y * b) is is_met


def _cover(row, cost, b):
    best = [0] * (b + 1)
    for target in range(1, b + 1):
        best[target] = min(c + best[max(target - a, 0)] for a, c in zip(row, cost, strict=True))
    return best[b]


# -- irrational data ---------------------------------------------------------------------


@pytest.mark.parametrize("domain", [None, "b in [0, 1]", "b in (5, 5.01)"])
def test_an_irrational_equation_has_a_dense_domain(domain):
    certificate = refute_irrational_equation(2, domain=domain)
    found = check(certificate).refuted
    assert found.kind == "W3"
    assert check_fast(certificate).refuted == found


@pytest.mark.parametrize(
    "options",
    [{"radicand": 4}, {"radicand": 2, "second": 3}, {"radicand": 2, "domain": "b in [1, 1]"}],
)
def test_rational_equations_are_refused(options):
    with pytest.raises(InvalidInputError):
        refute_irrational_equation(**options)


# -- laws --------------------------------------------------------------------------------

rationals = st.fractions(min_value=-3, max_value=3, max_denominator=3)
linear = st.tuples(rationals, rationals).map(lambda p: X * p[0] + p[1])


def kinked(child):
    pairs = st.tuples(child, child)
    return st.one_of(
        pairs.map(lambda p: add(*p)),
        pairs.map(lambda p: p[0] - p[1]),
        pairs.map(lambda p: maximum(*p)),
        pairs.map(lambda p: minimum(*p)),
        child.map(absolute),
        pairs.map(lambda p: piecewise([(p[0] < p[1], p[0])], default=p[1])),
    )


piecewise_linear = st.recursive(linear, kinked, max_leaves=6)
bounded = piecewise_linear.map(lambda f: minimum(maximum(f, -3), 3))
vanishing = st.sampled_from(
    [
        floor(X) - floor(X),
        0 * ceiling(X),
        floor(X) + ceiling(-X),
        modulo(X, 1) - X + floor(X),
        floor(2 * X) - floor(X) - floor(X + "1/2"),
        maximum(X, floor(X)) - X,
        floor(floor(X) / 2) - floor(X / 2),
    ]
)
tame = st.one_of(
    piecewise_linear,
    st.tuples(piecewise_linear, bounded).map(lambda p: p[0] + floor(p[1])),
    st.tuples(piecewise_linear, bounded).map(
        lambda p: piecewise([(floor(p[1]) < 1, p[0])], default=p[1])
    ),
    st.tuples(piecewise_linear, vanishing, rationals).map(lambda p: p[0] + p[1] * p[2]),
    st.tuples(piecewise_linear, vanishing).map(lambda p: maximum(p[0], p[0] + p[1])),
    st.tuples(bounded, vanishing).map(lambda p: floor(p[0] + p[1])),
)  # fmt: skip
slopes = st.fractions(min_value=Fraction(1, 3), max_value=3, max_denominator=3)
rising = st.tuples(slopes, rationals).map(lambda p: X * p[0] + p[1])
wild = st.one_of(
    st.tuples(rising, piecewise_linear).map(lambda p: floor(p[0]) + p[1]),
    st.tuples(rising, piecewise_linear).map(lambda p: p[1] - 2 * ceiling(p[0])),
    st.tuples(rising, slopes, piecewise_linear).map(lambda p: modulo(p[0], p[1]) + p[2]),
    st.tuples(rising, piecewise_linear).map(lambda p: sin(p[0]) + p[1]),
    rising.map(lambda f: maximum(floor(f), -2)),
    st.tuples(rising, rising).map(lambda p: floor(floor(p[0]) + p[1] / 2)),
    rising.map(lambda f: sign(sin(f))),
    st.tuples(rising, bounded).map(lambda p: modulo(p[0], 2) * 7 + p[1]),
)
law = settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@law
@given(f=tame)
def test_functions_that_are_tame_by_construction_are_never_refuted(f):
    assert certify(f, domain_of(None, ["x"])).status is not REFUTED


@law
@given(f=wild)
def test_functions_that_are_wild_by_construction_are_never_certified(f):
    assert certify(f, domain_of(None, ["x"])).status is not CERTIFIED


def test_constants_are_certified():
    assert certify(constant(3), domain_of(None, ["x"])).status is CERTIFIED

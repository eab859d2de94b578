"""Value functions on a line by branch and cut: cuts along lines, values, certificates."""

from __future__ import annotations

import itertools
import json
import math
from fractions import Fraction as Q

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import CertificateBuilder, Over, below_ceiling, below_rounding
from tamemip.duality import CutFinder, NoInequalityError, cut_rows, moved
from tamemip.errors import UnsupportedError
from tamemip.functions import exact_values
from tamemip.solvers import Limits
from tamemip.value_functions import _lifted_cuts, _lifted_search
from tamemip.value_functions._lifted_line import lifted_line_search
from tamemip.value_functions._lifted_rows import below_nodes, moving_program
from tests.brute_force import ValueOracle
from tests.certificates.tiny import CHECKERS, verdict_of_lines
from tests.certificates.tiny import program as problem
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs
from tests.value_functions.test_line_certificates import told
from tests.value_functions.test_line_laws import holds, lines, some_programs, steps_of, value_of

KIND = "value-function-on-a-line"
small = st.fractions(-3, 3, max_denominator=6)
intervals = st.builds(Over, st.just(Q(0)), st.just(Q(1)), st.booleans(), st.booleans())


def shares(over):
    """Places in the interval from 0 to 1, its ends where they belong to it."""
    ends = [t for t, closed in ((Q(0), over.lo_closed), (Q(1), over.hi_closed)) if closed]
    return [*ends, Q(1, 10**6), Q(999_999, 10**6), *(Q(k, 60) for k in range(1, 60))]


# -- lines below roundings -----------------------------------------------------------------


@calm(150)
@given(st.tuples(small, small), intervals)
def test_a_line_lies_below_the_ceiling_of_another_one(ends, over):
    (p, q), (u, v) = ends, below_ceiling(ends, over)
    for s in shares(over):
        assert u + s * (v - u) <= math.ceil(p + s * (q - p))


@calm(150)
@given(st.tuples(small, small), st.fractions("1/20", "19/20", max_denominator=20))
def test_a_line_lies_below_the_rounding_of_another_one(ends, r):
    (p, q), (u, v) = ends, below_rounding(ends, r)
    for s in shares(Over(Q(0), Q(1), True, True)):
        t = p + s * (q - p)
        assert u + s * (v - u) <= math.floor(t) + min((t - math.floor(t)) / r, 1)


def test_without_an_integer_inside_nothing_is_lost():
    closed, half = Over(Q(0), Q(1), True, True), Over(Q(0), Q(1), False, True)
    assert below_ceiling((Q(1, 3), Q(1)), closed) == (1, 1)
    assert below_ceiling((Q(0), Q(1)), half) == (1, 1)
    assert below_ceiling((Q(0), Q(1)), closed) == (0, 1)
    assert below_rounding((Q(0), Q(1)), Q(1, 2)) == (0, 1)
    assert below_rounding((Q(1, 2), Q(1)), Q(1, 2)) == (1, 1)


# -- cuts along lines ----------------------------------------------------------------------


@st.composite
def cuts_on_lines(draw):
    """A program, a line with an interval, and cuts that are strong in its middle."""
    p = draw(some_programs())
    along, (lo, hi) = draw(lines(p))
    direction = tuple(sorted(along.items()))
    rhs = moved(p.exact.rhs, direction, (lo + hi) / 2)
    nodes = [n for cuts in CutFinder(p, rhs, None).lists(deadline=math.inf) for n in cuts.cuts]
    rows = []
    for node in dict.fromkeys(nodes):
        try:
            rows += cut_rows(p.canonical(), [node])
        except NoInequalityError:
            continue
    over = Over(lo, hi, draw(st.booleans()) or lo == hi, draw(st.booleans()) or lo == hi)
    return p, direction, rows, over


@calm(25)
@given(cuts_on_lines())
def test_moving_cuts_lie_below_the_cuts_and_leave_the_value_as_it_is(drawn):
    p, direction, rows, over = drawn
    moving = moving_program(p, direction, rows, over)
    value, lifted = ValueOracle(p), ValueOracle(moving.program)
    nodes = [row.node for row in rows]
    for s in shares(over)[:: 9 if rows else 30]:
        t = over.lo + s * (over.hi - over.lo)
        rhs, sides = moved(p.exact.rhs, direction, t), moving.rhs_at(t)
        assert sides[: p.n_rows] == rhs
        exact = exact_values(nodes, p.canonical().rhs_of(rhs))
        for side, true, row in zip(sides[p.n_rows :], exact, rows, strict=True):
            assert side <= true + row.shift
        if value.is_complete:
            assert lifted(sides) == value(rhs)


@calm(15)
@given(cuts_on_lines())
def test_at_one_step_cuts_are_read_exactly(drawn):
    p, direction, rows, over = drawn
    nodes = [row.node for row in rows]
    e = p.canonical().rhs_of(moved(p.exact.rhs, direction, over.lo))
    found = below_nodes(nodes, e, e, Over(over.lo, over.lo, True, True))
    assert [found[node][0] for node in nodes] == exact_values(nodes, e)


# -- the whole function --------------------------------------------------------------------


@pytest.fixture(params=["as it is", "many intervals"])
def search(request, monkeypatch):
    """The search as it is, and one that gives trees up early, so that it splits a lot."""
    if request.param == "many intervals":
        monkeypatch.setattr(_lifted_search, "_NODES", 1)
        monkeypatch.setattr(_lifted_search, "_SHORTEST", Q(1, 8))
        monkeypatch.setattr(_lifted_cuts, "_LOST", 0.01)

    def run(p, along, interval, **limits):
        direction = tuple(sorted(along.items()))
        try:
            return lifted_line_search(p, direction, interval, limits=Limits(**limits))
        except UnsupportedError:
            return None

    return run


@calm(12)
@given(data=st.data())
def test_values_are_those_of_brute_force_and_of_the_plain_search(search, data):
    p = data.draw(some_programs())
    along, interval = data.draw(lines(p))
    v, plain, oracle = search(p, along, interval), value_of(p, along, interval), ValueOracle(p)
    if v is None or plain is None:
        assert v is None
        assert plain is None
        return
    assert v.is_certified
    assert v.pieces == plain.pieces
    assert v.infeasible == plain.infeasible
    for t in steps_of(v):
        assert v.exact(t) == oracle(v.rhs_at(t))
        assert all(p.objective(x) == v.exact(t) for x in v.argmin(t))


@calm(12)
@given(data=st.data())
def test_both_checkers_accept_the_proof(search, data):
    p = data.draw(some_programs())
    v = search(p, *data.draw(lines(p)))
    if v is None:
        return
    first, second = (checker(v.certificate, program=p) for checker in CHECKERS)
    assert (first.kind, first.text, first.stretches) == (KIND, second.text, second.stretches)
    lo, hi = v.interval
    breaks = [lo, *v.breakpoints, hi]
    for t in {*breaks, *((a + b) / 2 for a, b in itertools.pairwise(breaks))}:
        assert told(first, t) == [v.exact(t)]


@calm(8)
@given(data=st.data())
def test_at_a_limit_what_is_proved_is_right_and_certified(search, data):
    p = data.draw(branching_programs())
    along, interval = data.draw(lines(p))
    v = search(p, along, interval, nodes=data.draw(st.integers(1, 4)))
    oracle = ValueOracle(p)
    for t in steps_of(v):
        value, (low, high) = oracle(v.rhs_at(t)), v.bounds(t)
        assert low <= value <= high
        assert low == high or any(holds(gap, t) for gap in v.gaps)
    for checker in CHECKERS:
        statement = checker(v.certificate, program=p)
        for piece in v.pieces if statement.kind == KIND else ():
            middle = (piece.lo + piece.hi) / 2
            assert told(statement, middle) == [piece.at(middle)]


# -- what is refused -----------------------------------------------------------------------

#: min x, 2 x >= d, x integer in 0..5: the value is ceil(d / 2).
PROBLEM = problem("min", [1], [[2]], [">="], [0], lower=[0], upper=[5], integer=[True])


def start(b):
    """The tree of one leaf that reads ``x >= ceil(d / 2)``, and the line t -> 2 t."""
    cut = b.cut(b.ceil(b.combine({0: Q(1, 2)}, [])))
    tree = b.close(b.leaf([], [b.dual({cut: Q(1)})], []))
    return tree, b.line([0], {0: Q(2)})


def one(b, line, x=1):
    return b.segment(line, 0, 1, {0: Q(x)}, {0: Q(x)})


def proved(b):
    tree, line = start(b)
    cuts = b.cuts(tree, line, (0, 1, "(]"))
    return b.stretch(tree, line, (0, 1, "(]"), segment=one(b, line), cuts=cuts)


def a_cut_read_as_constant_where_it_jumps(b):
    """At t = 0 the cut is 0: the value 1 does not hold there."""
    tree, line = start(b)
    cuts = b.cuts(tree, line, (0, 1, "[]"))
    b.stretch(tree, line, (0, 1, "[]"), segment=one(b, line), cuts=cuts)


def a_constant_where_the_closed_interval_only_has_a_line(b):
    tree, line = start(b)
    cuts = b.cuts(tree, line, (0, 1, "[]"))
    b.stretch(tree, line, (0, 1, "(]"), segment=one(b, line), cuts=cuts)


def a_cut_that_is_not_read(b):
    tree, line = start(b)
    b.stretch(tree, line, (0, 1, "(]"), segment=one(b, line))


def a_cut_that_is_read_too_far(b):
    tree, line = start(b)
    cuts = b.cuts(tree, line, (0, Q(1, 2), "(]"))
    b.stretch(tree, line, (0, 1, "(]"), segment=one(b, line), cuts=cuts)


def a_cut_that_is_read_at_an_open_end(b):
    tree, line = start(b)
    cuts = b.cuts(tree, line, (0, 1, "(]"))
    b.stretch(tree, line, (0, 1, "[]"), segment=one(b, line), cuts=cuts)


def a_cut_that_is_read_on_another_line(b):
    tree, line = start(b)
    other = b.line([1], {0: Q(1)})
    cuts = b.cuts(tree, other, (0, 1, "[]"))
    b.stretch(tree, line, (0, 1, "[]"), segment=one(b, line), cuts=cuts)


def cuts_of_another_tree(b):
    tree, line = start(b)
    plain = b.close(b.leaf([], [b.dual({0: Q(1, 2)})], []))
    cuts = b.cuts(tree, line, (0, 1, "(]"))
    b.stretch(plain, line, (0, 1, "(]"), segment=one(b, line), cuts=cuts)


def a_segment_for_cuts(b):
    tree, line = start(b)
    segment = one(b, line)
    b.stretch(tree, line, (0, 1, "(]"), segment=segment, cuts=segment)


def cuts_of_a_line(b):
    _, line = start(b)
    b.cuts(line, line, (0, 1, "(]"))


def cuts_of_a_closed_form(b):
    _, line = start(b)
    b.cuts(b.term([b.ceil(b.combine({0: Q(1, 2)}, []))]), line, (0, 1, "(]"))


def cuts_that_are_thresholds(b):
    _, line = start(b)
    inner = b.ceil(b.combine({0: Q(1, 2), 2: Q(1)}, []))
    cut = b.cut(b.threshold(inner, 1))
    tree = b.close(b.leaf([], [b.dual({cut: Q(1)})], []))
    b.cuts(tree, line, (0, 1, "(]"))


def a_sound_stretch_in_a_best_of_trees(b):
    tree, line = start(b)
    plain = b.close(b.leaf([], [b.dual({0: Q(1, 2)})], []))
    cuts = b.cuts(tree, line, (0, 1, "(]"))
    best = b.best([plain, tree])
    return b.stretch(best, line, (0, 1, "(]"), segment=one(b, line), cuts=cuts)


@pytest.mark.parametrize("proof", [proved, a_sound_stretch_in_a_best_of_trees])
@pytest.mark.parametrize("checker", CHECKERS)
def test_a_jump_is_proved_from_its_open_side(proof, checker):
    builder = CertificateBuilder(PROBLEM)
    stretch = proof(builder)
    line = builder.line([0], {0: Q(2)})
    statement = checker(builder.finish({"kind": KIND, "of": line, "tight": [stretch]}))
    assert told(statement, Q(1, 3)) == [1]
    assert told(statement, Q(0)) == []


FAULTS = [
    (a_cut_read_as_constant_where_it_jumps, "stretch"),
    (a_constant_where_the_closed_interval_only_has_a_line, "stretch"),
    (a_cut_that_is_not_read, "stretch"),
    (a_cut_that_is_read_too_far, "stretch"),
    (a_cut_that_is_read_at_an_open_end, "stretch"),
    (a_cut_that_is_read_on_another_line, "stretch"),
    (cuts_of_another_tree, "stretch"),
    (a_segment_for_cuts, "stretch"),
    (cuts_of_a_line, "cuts"),
    (cuts_of_a_closed_form, "cuts"),
    (cuts_that_are_thresholds, "cuts"),
]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("fault", "rule"), FAULTS, ids=lambda case: getattr(case, "__name__", ""))
def test_a_wrong_reading_is_rejected_where_it_is(fault, rule, checker):
    builder = CertificateBuilder(PROBLEM)
    fault(builder)
    certificate = builder.finish({"kind": "dual-function", "of": 4, "tight": []})
    found = verdict_of_lines(checker, certificate.lines)
    assert isinstance(found, tuple)
    assert found[1] == rule


@calm(6)
@given(st.data())
def test_longer_intervals_for_cuts_prove_nothing_false(data):
    """Whatever interval a certificate is edited to, what is accepted stays true."""
    p = data.draw(branching_programs())
    along, interval = data.draw(lines(p))
    v = lifted_line_search(p, tuple(sorted(along.items())), interval, limits=Limits())
    oracle = ValueOracle(p)
    steps = [json.loads(line) for line in v.certificate.lines]
    for step in steps:
        if step.get("rule") == "cuts":
            step["hi"] = data.draw(st.sampled_from([step["hi"], 9]))
            step["ends"] = data.draw(st.sampled_from(["[]", "(]", "()"]))
    edited = [json.dumps(step, separators=(",", ":")) for step in steps]
    found = [verdict_of_lines(checker, edited) for checker in CHECKERS]
    assert isinstance(found[0], tuple) == isinstance(found[1], tuple)
    if not isinstance(found[0], tuple):
        for t in steps_of(v):
            assert set(told(found[0], t)) <= {oracle(v.rhs_at(t))}


def test_equations_whose_trees_are_large_take_cuts_and_few_nodes():
    """Jeroslow's program (1974): trees alone are exponential in the number of columns."""
    n = 15
    p = tm.MixedIntegerProgram.from_arrays([1] + [0] * n, [[1] + [2] * n], "=", [n], upper=1)
    v = lifted_line_search(p, ((0, Q(1)),), (Q(-1), Q(1)), limits=Limits(nodes=5_000))
    assert v.is_certified
    assert [v.exact(t) for t in (-1, 0, 1)] == [0, 1, 0]
    assert v.exact(Q(1, 2)) == math.inf
    for checker in CHECKERS:
        assert len(checker(v.certificate, program=p).stretches) > 3

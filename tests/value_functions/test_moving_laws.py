"""Rows, costs, bounds and entries that move together, against brute force at every step."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as Q

from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.value_functions import LineValueFunction
from tests.brute_force import ValueOracle
from tests.certificates.tiny import CHECKERS
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs, programs

EPSILON = Q(1, 10**12)
rates = st.builds(Q, st.sampled_from([-2, -1, 1, 1, 3]), st.sampled_from([1, 1, 2, 3]))
small = st.one_of(
    programs(max_rows=2, max_integers=3, max_continuous=1),
    branching_programs(),
)


@st.composite
def parametric_programs(draw):
    """Two parameters that move what they may, and sometimes what they may not."""
    p = draw(small)
    slope = st.tuples(rates, st.sampled_from([Q(0), Q(1), Q(-1, 2)]))
    integers = [j for j, flag in enumerate(p.exact.integer) if flag]
    movable = integers if draw(st.integers(0, 5)) else list(range(p.n_cols))

    finite = {
        name: [j for j, b in enumerate(getattr(p.exact, name)) if isinstance(b, Q)]
        for name in ("lower", "upper")
    }
    places = {
        "rhs": (list(range(p.n_rows)), 2),
        "c": (movable, 2),
        "A": (list(itertools.product(range(p.n_rows), movable)), 2),
        "lower": (finite["lower"], 1),
        "upper": (finite["upper"], 1),
    }
    slots = draw(st.lists(st.sampled_from(sorted(places)), min_size=1, max_size=3, unique=True))
    moving = {}
    for slot in slots:
        items, most = places[slot]
        if items:
            keys = draw(st.lists(st.sampled_from(items), min_size=1, max_size=most, unique=True))
            moving[slot] = {key: draw(slope) for key in keys}
    return tm.ParametricProgram(p, names=("a", "b"), **moving)


@st.composite
def lines(draw):
    """A direction in two parameters, where it starts, and an interval."""
    along = draw(st.sampled_from([{"a": 1}, {"a": Q(1, 2), "b": -1}, {"b": 2, "a": Q(1, 3)}]))
    at = draw(st.sampled_from([None, {"b": 1}, (Q(1, 2), Q(-1))]))
    lo = draw(st.builds(Q, st.integers(-3, 2), st.sampled_from([1, 1, 2, 3])))
    length = draw(st.sampled_from([Q(0), Q(1), Q(5, 2)]))
    return along, at, (lo, lo + length)


def oracle_of(q, along, at):
    """The value at a step: infinite where bounds cross."""
    given_at = dict(zip(q.names, at, strict=True)) if isinstance(at, tuple) else at or {}
    worst = math.inf if q.program.sense == "min" else -math.inf

    def moved(t):
        theta = {n: Q(given_at.get(n, 0)) + t * Q(along.get(n, 0)) for n in q.names}
        try:
            return q.at(theta)
        except InvalidInputError:
            return None

    def value(t):
        p = moved(t)
        return worst if p is None else ValueOracle(p)(p.exact.rhs)

    return moved, value


def value_of(q, along, at, interval):
    try:
        return tm.value_function(q, along=along, at=at, interval=interval)
    except (InvalidInputError, UnsupportedError):
        return None


@calm(60)
@given(st.data())
def test_the_value_is_right_at_breaks_beside_them_and_elsewhere(data):
    q = data.draw(parametric_programs())
    along, at, (lo, hi) = data.draw(lines())
    v = value_of(q, along, at, (lo, hi))
    if v is None:
        return
    moved, value = oracle_of(q, along, at)
    free = [lo + (hi - lo) * data.draw(st.fractions(0, 1, max_denominator=30)) for _ in range(4)]
    breaks = [lo, *v.breakpoints, hi]
    beside = [t + e for t in breaks for e in (-EPSILON, EPSILON)]
    middles = [(a + b) / 2 for a, b in itertools.pairwise(breaks)]
    assert v.is_certified
    for t in {t for t in (*breaks, *beside, *middles, *free) if lo <= t <= hi}:
        expected = value(t)
        assert v.exact(t) == expected
        points = v.argmin(t)
        assert bool(points) == isinstance(expected, Q)
        for point in points:
            assert not moved(t).violations(point)
            assert moved(t).objective(point) == expected


@calm(20)
@given(st.data())
def test_the_certificate_speaks_of_the_reduced_program(data):
    q = data.draw(parametric_programs())
    along, at, interval = data.draw(lines())
    v = value_of(q, along, at, interval)
    if not isinstance(v, LineValueFunction):
        return
    statements = [checker(v.certificate, program=v.program) for checker in CHECKERS]
    assert statements[0].text == statements[1].text
    assert v.program.col_names[: q.program.n_cols] == q.program.col_names
    assert v.program.row_names[: q.program.n_rows] == q.program.row_names
    assert v.origin.program_at is not None

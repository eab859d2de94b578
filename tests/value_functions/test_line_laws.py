"""Value functions on a line, against brute force: at breaks, beside them and elsewhere."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction as Q

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import UnsupportedError
from tests.brute_force import ValueOracle
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs, programs

EPSILON = Q(1, 10**9)
rates = st.builds(Q, st.sampled_from([-3, -1, 1, 1, 2, 5]), st.sampled_from([1, 1, 2, 3]))


@st.composite
def lines(draw, p):
    """A direction over one to three rows, and an interval."""
    rows = draw(st.lists(st.integers(0, p.n_rows - 1), min_size=1, max_size=3, unique=True))
    lo = draw(st.builds(Q, st.integers(-6, 3), st.sampled_from([1, 1, 2, 3])))
    length = draw(st.sampled_from([Q(0), Q(1), Q(7, 2), Q(6)]))
    return {i: draw(rates) for i in rows}, (lo, lo + length)


def some_programs():
    return st.one_of(programs(), branching_programs()).filter(lambda p: p.n_rows > 0)


def value_of(p, along, interval):
    try:
        return tm.value_function(p, along=along, interval=interval)
    except UnsupportedError:
        return None


def steps_of(v):
    """Breaks, the places just beside them, the middles between them, and the ends."""
    lo, hi = v.interval
    breaks = [lo, *v.breakpoints, hi]
    middles = [(a + b) / 2 for a, b in itertools.pairwise(breaks)]
    beside = [t + e for t in breaks for e in (-EPSILON, EPSILON)]
    return sorted(t for t in {*breaks, *middles, *beside} if lo <= t <= hi)


@calm(60)
@given(st.data())
def test_the_value_is_right_at_breaks_beside_them_and_elsewhere(data):
    p = data.draw(some_programs())
    along, (lo, hi) = data.draw(lines(p))
    oracle = ValueOracle(p)
    v = value_of(p, along, (lo, hi))
    free = [lo + (hi - lo) * data.draw(st.fractions(0, 1, max_denominator=30)) for _ in range(5)]
    if v is None:
        tried = [lo + (hi - lo) * Q(k, 60) for k in range(61)]
        best = -math.inf if p.sense == "min" else math.inf
        rhs = [[b + t * along.get(i, 0) for i, b in enumerate(p.exact.rhs)] for t in tried]
        assert any(oracle(b) in (best, -best) for b in rhs)
        return
    assert v.is_certified
    assert v.stopped is None
    for t in [*steps_of(v), *free]:
        assert v.exact(t) == oracle(v.rhs_at(t))


@calm(40)
@given(st.data())
def test_pieces_infeasible_stretches_and_jumps_say_the_same_as_the_values(data):
    p = data.draw(some_programs())
    v = value_of(p, *data.draw(lines(p)))
    if v is None:
        return
    for t in steps_of(v):
        value = v.exact(t)
        at = [piece.at(t) for piece in v.pieces if holds(piece, t)]
        assert set(at) == ({value} if isinstance(value, Q) else set())
        assert any(holds(part, t) for part in v.infeasible) == (not isinstance(value, Q))
        for point in v.argmin(t):
            assert not p.with_rhs(v.rhs_at(t)).violations(point)
            assert p.objective(point) == value
        assert bool(v.argmin(t)) == isinstance(value, Q)
    for jump in v.jumps:
        assert jump.at == v.exact(jump.t)
        is_below = (lambda a, b: a <= b) if p.sense == "min" else (lambda a, b: a >= b)
        # Lower semicontinuous (upper for max): the value is the best of the limits at most.
        assert all(is_below(jump.at, side) for side in (jump.left, jump.right) if side is not None)


def holds(part, t):
    after = t > part.lo or (t == part.lo and part.lo_closed)
    return after and (t < part.hi or (t == part.hi and part.hi_closed))


@calm(30)
@given(st.data())
def test_floats_are_the_exact_values_rounded(data):
    p = data.draw(some_programs())
    v = value_of(p, *data.draw(lines(p)))
    if v is None:
        return
    lo, hi = v.interval
    steps = [t for t in map(float, steps_of(v)) if lo <= Q(repr(t)) <= hi]
    exact = np.array([float(v.exact(t)) for t in steps])
    np.testing.assert_allclose(v(steps), exact, rtol=1e-12, atol=1e-12)
    again = pickle.loads(pickle.dumps(v))
    assert (again.pieces, again.jumps) == (v.pieces, v.jumps)


@calm(25)
@given(st.data())
def test_at_a_limit_the_bounds_hold_and_what_is_proved_is_right(data):
    p = data.draw(branching_programs())
    along, interval = data.draw(lines(p))
    limits = tm.Limits(nodes=data.draw(st.integers(1, 4)))
    v = tm.value_function(p, along=along, interval=interval, limits=limits)
    oracle = ValueOracle(p)
    lo, hi = interval
    for t in {lo + (hi - lo) * Q(k, 12) for k in range(13)} | set(steps_of(v)):
        value = oracle(v.rhs_at(t))
        low, high = v.bounds(t)
        assert low <= value <= high
        inside = [gap for gap in v.gaps if holds(gap, t)]
        assert all(gap.low <= value <= gap.high for gap in inside)
        assert inside or low == high

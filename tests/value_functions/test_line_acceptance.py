"""Value functions on a line as a stranger would test them: brute force, no tolerance."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as Q

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Statement
from tamemip.errors import InvalidInputError, UnsupportedError
from tests.brute_force import ValueOracle
from tests.certificates.tiny import CHECKERS
from tests.duality.laws import calm
from tests.programs_at_random import SENSES

#: A few roundings of floats of size 1 to 100, which may cancel.
ROUNDING = 1e-13
BESIDE = (Q(1, 10**12), Q(1, 10**6))
whole = st.integers(-7, 9).map(Q)
fractional = st.builds(Q, st.integers(-20, 20), st.sampled_from([1, 2, 3, 7, 10]))


@st.composite
def strangers(draw):
    """Pure and mixed programs; often with an equality row, as scheduling models have them."""
    n_integer, n_loose = draw(st.sampled_from([(2, 0), (3, 0), (1, 1), (2, 1), (2, 2)]))
    n, m = n_integer + n_loose, draw(st.integers(1, 3))
    numbers = draw(st.sampled_from([whole, fractional]))
    A = [[draw(numbers) for _ in range(n)] for _ in range(m)]
    sense = [draw(st.sampled_from([*SENSES, "="])) for _ in range(m)]
    point = [Q(draw(st.integers(0, 3))) for _ in range(n)]
    rhs = [sum((a * x for a, x in zip(row, point, strict=True)), Q(0)) for row in A]
    upper = [draw(st.integers(0, 4)) for _ in range(n_integer)]
    upper += [draw(st.sampled_from([3, Q(7, 2)])) for _ in range(n_loose)]
    order = draw(st.permutations(range(n)))
    return tm.MixedIntegerProgram.from_arrays(
        [draw(numbers) for _ in range(n)],
        [[row[k] for k in order] for row in A],
        sense,
        rhs,
        upper=[upper[k] for k in order],
        lower=[draw(st.sampled_from([0, 0, Q(-1, 2)])) if k < n_integer else 0 for k in order],
        integrality=[k < n_integer for k in order],
        sense=draw(st.sampled_from(["min", "max"])),
        offset=draw(st.sampled_from([0, Q(-5, 3)])),
    )


@st.composite
def journeys(draw, p):
    """A direction and an interval: along one row, a few, or the whole right-hand side.

    Equality rows that move at different rates leave single points that are feasible; the
    interval ends at a jump, beside it, or anywhere, and may be one step long.
    """
    kind = draw(st.sampled_from(["row", "rows", "rhs", "rhs"]))
    some = st.sampled_from([Q(1), Q(-1), Q(2), Q(1, 3), Q(-5, 7)])
    if kind == "row":
        along = {draw(st.integers(0, p.n_rows - 1)): draw(some)}
    elif kind == "rows":
        along = {i: draw(some) for i in range(p.n_rows)}
    else:
        along = {i: b for i, b in enumerate(p.exact.rhs) if b} or {0: Q(1)}
    lo = draw(st.sampled_from([Q(-1), Q(-1, 2), Q(0), Q(1), Q(-3), Q(-1, 10**9)]))
    return along, (lo, lo + draw(st.sampled_from([Q(0), Q(1), Q(2), Q(1, 10**9), Q(4)])))


def value_function(p, along, interval):
    """The value function, or None where the program is unbounded."""
    try:
        return tm.value_function(p, along=along, interval=interval)
    except UnsupportedError:
        return None


def adversarial(v):
    """Breaks, jumps and isolated points, tiny steps beside them, middles, and the ends."""
    lo, hi = v.interval
    parts = [*v.pieces, *v.infeasible]
    exact = {lo, hi, *v.breakpoints, *(j.t for j in v.jumps)}
    exact |= {end for part in parts for end in (part.lo, part.hi)}
    beside = {t + way * e for t in exact for e in BESIDE for way in (-1, 1)}
    middles = {(part.lo + part.hi) / 2 for part in parts}
    return sorted(t for t in exact | beside | middles if lo <= t <= hi)


@calm(40)
@given(st.data())
def test_values_and_points_are_those_of_brute_force(data):
    p = data.draw(strangers())
    along, (lo, hi) = data.draw(journeys(p))
    v = value_function(p, along, (lo, hi))
    if v is None:
        return
    assert v.is_certified
    oracle = ValueOracle(p)
    shares = [data.draw(st.fractions(0, 1, max_denominator=60)) for _ in range(5)]
    for t in {*adversarial(v), *(lo + (hi - lo) * share for share in shares)}:
        moved = p.with_rhs([b + t * along.get(i, 0) for i, b in enumerate(p.exact.rhs)])
        expected = oracle(moved.exact.rhs)
        assert v.exact(t) == expected
        assert v.bounds(t) == (expected, expected)
        points = v.argmin(t)
        assert bool(points) == isinstance(expected, Q)
        assert all(not moved.violations(x) and moved.objective(x) == expected for x in points)


@calm(40)
@given(st.data())
def test_pieces_tile_the_interval_and_are_maximal(data):
    p = data.draw(strangers())
    v = value_function(p, *data.draw(journeys(p)))
    if v is None:
        return
    lo, hi = v.interval
    parts = sorted([*v.pieces, *v.infeasible], key=lambda o: (o.lo, o.hi, not o.lo_closed))
    assert (parts[0].lo, parts[0].lo_closed) == (lo, True)
    assert (parts[-1].hi, parts[-1].hi_closed) == (hi, True)
    for one, two in itertools.pairwise(parts):
        assert one.hi == two.lo
        assert one.hi_closed or two.lo_closed
        if one.hi_closed and two.lo_closed:  # only a kink belongs to two pieces
            assert one.at(one.hi) == two.at(two.lo)
            assert one.slope != two.slope
    for t in adversarial(v):
        found = {piece.at(t) for piece in v.pieces if holds(piece, t)}
        assert found == ({v.exact(t)} if isinstance(v.exact(t), Q) else set())
    inside = {end for part in parts for end in (part.lo, part.hi)} - {lo, hi}
    assert set(v.breakpoints) == inside


@calm(40)
@given(st.data())
def test_it_is_semicontinuous_and_jumps_are_its_limits(data):
    p = data.draw(strangers())
    v = value_function(p, *data.draw(journeys(p)))
    if v is None:
        return
    sign = 1 if p.sense == "min" else -1
    lo, hi = v.interval
    jumps = {jump.t: jump for jump in v.jumps}
    for t in {lo, hi, *v.breakpoints}:
        limits = {"left": limit(v, t, -1), "right": limit(v, t, 1)}
        sides = [side for side in limits.values() if side is not None]
        assert all(sign * v.exact(t) <= sign * side for side in sides)
        if any(side != v.exact(t) for side in sides):
            jump = jumps.pop(t)
            assert (jump.left, jump.at, jump.right) == (limits["left"], v.exact(t), limits["right"])
    assert not jumps


@calm(40)
@given(st.data())
def test_a_vectorised_call_rounds_the_exact_values(data):
    p = data.draw(strangers())
    v = value_function(p, *data.draw(journeys(p)))
    if v is None:
        return
    lo, hi = v.interval
    steps = [t for t in map(float, adversarial(v)) if lo <= Q(repr(t)) <= hi]
    told = [float(v.exact(t)) for t in steps]
    np.testing.assert_allclose(v(np.array(steps)), told, rtol=ROUNDING, atol=ROUNDING)
    assert [v(t) for t in steps[:3]] == list(v(steps[:3]))


@calm(30)
@given(st.data())
def test_both_checkers_state_the_same_values(data):
    p = data.draw(strangers())
    along, interval = data.draw(journeys(p))
    v = value_function(p, along, interval)
    if v is None:
        return
    first, second = (checker(v.certificate, program=p) for checker in CHECKERS)
    assert isinstance(first, Statement)
    assert (first.kind, first.text) == (second.kind, second.text)
    assert first.kind == "value-function-on-a-line"
    for t in adversarial(v):
        told = {stated(stretch, t) for stretch in first.stretches} - {None}
        assert told == {v.exact(t)}


def holds(part, t):
    after = t > part.lo or (t == part.lo and part.lo_closed)
    return after and (t < part.hi or (t == part.hi and part.hi_closed))


def limit(v, t, way):
    """The limit from one side, from the piece that lies there; None behind an end."""
    if t == v.interval[way > 0]:
        return None
    for piece in v.pieces:
        if piece.lo != piece.hi and t == (piece.lo if way > 0 else piece.hi):
            return piece.at(t)
    return math.inf if v.program.sense == "min" else -math.inf


def stated(stretch, t):
    """The value that a stretch of a statement tells at a step; None where it tells nothing."""
    if not holds(stretch, t):
        return None
    first, last = stretch.values
    if first == last:
        return first
    return first + (last - first) * (t - stretch.lo) / (stretch.hi - stretch.lo)


# -- isolated points ---------------------------------------------------------------------


def test_a_whole_right_hand_side_of_equality_rows_scales_to_isolated_points():
    p = tm.MixedIntegerProgram.from_arrays(
        [3, 1, 2], [[2, 1, 0], [0, 1, 3]], "=", [4, 5], upper=9, row_names=["a", "b"]
    )
    v = tm.value_function(p, along={"a": 4, "b": 5}, interval=(-1, 1))
    oracle = ValueOracle(p)
    for k in range(-60, 61):
        t = Q(k, 60)
        assert v.exact(t) == oracle(v.rhs_at(t))
    assert all(piece.lo == piece.hi for piece in v.pieces)
    assert v.pieces
    for piece in v.pieces:
        assert v.exact(piece.lo + BESIDE[0]) == math.inf if piece.lo < 1 else True


# -- errors ------------------------------------------------------------------------------

KNAPSACK = tm.MixedIntegerProgram.from_arrays(
    [7, 9], [[3, 4]], "<=", [10], sense="max", row_names=["weight"], col_names=["a", "b"], upper=5
)
MOVING = tm.ParametricProgram(KNAPSACK, rhs=[[1]], c=[[1], [0]], names=["load"])

SENSELESS = {
    "zero direction": ({"along": {"weight": 0}}, "zero"),
    "no direction": ({"along": {}}, "zero"),
    "zero direction of costs": ({"along_cost": {"a": 0}}, "zero"),
    "empty interval": ({"along": {"weight": 1}, "interval": (2, 1)}, "above"),
    "empty interval of costs": ({"along_cost": {"a": 1}, "interval": (2, 1)}, "above"),
    "no last step": ({"along": {"weight": 1}, "interval": (0, None)}, "unbounded"),
    "infinite step": ({"along": {"weight": 1}, "interval": (0, math.inf)}, "unbounded"),
    "no first step": ({"along_cost": {"a": 1}, "interval": (None, 1)}, "unbounded"),
    "NaN step": ({"along": {"weight": 1}, "interval": (0, math.nan)}, "nan"),
    "NaN rate": ({"along": {"weight": math.nan}}, "nan"),
    "NaN rate of a cost": ({"along_cost": {"a": math.nan}}, "nan"),
    "one number": ({"along": {"weight": 1}, "interval": 5}, "pair"),
    "a text": ({"along_cost": {"a": 1}, "interval": "01"}, "pair"),
    "no interval": ({"along": {"weight": 1}, "interval": None}, "interval"),
    "unknown row": ({"along": {"wieght": 1}}, "did you mean 'weight'"),
    "unknown row number": ({"along": {7: 1}}, "7"),
    "unknown column": ({"along_cost": {"c": 1}}, "'c'"),
    "a column for a row": ({"along": {"a": 1}}, "along_cost"),
    "a row for a column": ({"along_cost": {"weight": 1}}, "along="),
    "a row twice": ({"along": {"weight": 1, 0: 1}}, "twice"),
    "no mapping": ({"along": "weight"}, "mapping"),
    "parameters of no parametric program": ({"along": {"weight": 1}, "at": {"x": 1}}, "Parametric"),
}


@pytest.mark.parametrize(("given", "word"), SENSELESS.values(), ids=SENSELESS)
def test_what_makes_no_sense_is_refused_by_name(given, word):
    with pytest.raises(InvalidInputError, match=word):
        tm.value_function(KNAPSACK, **{"interval": (0, 1), **given})


SENSELESS_PARAMETERS = {
    "unknown parameter": ({"along": {"laod": 1}}, "did you mean 'load'"),
    "zero direction": ({"along": {"load": 0}}, "zero"),
    "empty interval": ({"along": {"load": 1}, "interval": (1, 0)}, "above"),
    "unbounded": ({"along": {"load": 1}, "interval": (0, math.inf)}, "unbounded"),
    "no interval": ({"along": {"load": 1}, "interval": None}, "interval"),
    "NaN": ({"along": {"load": math.nan}}, "nan"),
    "no mapping": ({"along": ["load"]}, "mapping"),
    "costs": ({"along_cost": {"a": 1}}, "along"),
    "unknown start": ({"along": {"load": 1}, "at": {"x": 1}}, "`at`"),
    "too many starts": ({"along": {"load": 1}, "at": [1, 2]}, "`at`"),
}


@pytest.mark.parametrize(("given", "word"), SENSELESS_PARAMETERS.values(), ids=SENSELESS_PARAMETERS)
def test_senseless_lines_of_parameters_are_refused_by_name(given, word):
    with pytest.raises(InvalidInputError, match=word):
        tm.value_function(MOVING, **{"interval": (0, 1), **given})

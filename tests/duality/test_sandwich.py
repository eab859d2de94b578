"""Sandwiches: where a dual function and an upper function prove the value together."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.duality._sandwich_term import along
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.functions import (
    ceil,
    combination,
    exact_value,
    group_table,
    guarded,
    maximum,
    minimum,
    mixed_integer_rounding,
    threshold,
)
from tests.brute_force import ValueOracle
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs, programs

program = tm.MixedIntegerProgram.from_arrays


def t1() -> tm.MixedIntegerProgram:
    return program(
        ["1/2", 0, 2, 1], [[1, "-3/2", 1, -1]], "=", ["7/2"], integrality=[True, True, False, False]
    )


@st.composite
def integer_parts(draw, p):
    parts = []
    for _ in range(draw(st.integers(1, 3))):
        part = []
        for j, flag in enumerate(p.exact.integer):
            if flag:
                low, up = math.ceil(p.exact.lower[j]), math.floor(p.exact.upper[j])
                if low > up:
                    return []
                part.append(draw(st.integers(low, up)))
        parts.append(part)
    return parts


# -- laws ------------------------------------------------------------------------------------


@calm(40)
@given(st.data())
def test_a_proved_line_says_what_the_bounds_say_at_every_point(data):
    p = data.draw(st.one_of(programs(), branching_programs()).filter(lambda p: p.n_rows > 0))
    method = data.draw(st.sampled_from(["branch-and-bound", "linear"]))
    F = tm.dual_function(p, method=method)
    S = tm.sandwich(F, tm.upper_function(p, data.draw(integer_parts(p))))
    row = data.draw(st.integers(0, p.n_rows - 1))
    lo = p.exact.rhs[row] - data.draw(st.sampled_from([0, 1, 4]))
    hi = lo + data.draw(st.sampled_from([0, 3, 9]))
    line = S.along(row, lo, hi)
    ends = {s for piece in line.stretches for s in (piece.lo, piece.hi)}
    inner = {(a + b) / 2 for a in ends for b in ends}
    free = {lo + (hi - lo) * data.draw(st.fractions(0, 1, max_denominator=12)) for _ in range(4)}
    v = ValueOracle(p)
    for s in sorted(ends | free | {lo, hi} | set(sorted(inner)[:12])):
        b = [*p.exact.rhs[:row], s, *p.exact.rhs[row + 1 :]]
        assert line.contains(s) == S.contains(b)
        if line.contains(s):
            assert line.value(s) == S.value(b) == v(b)


weights = st.builds(Fraction, st.integers(-4, 4), st.sampled_from([1, 2, 3, 5]))
prices = st.builds(Fraction, st.integers(0, 4), st.sampled_from([1, 2, 3, 5]))


@st.composite
def terms(draw):
    """Terms of every kind over two coordinates, and a threshold on a third."""
    f, g = (combination({0: draw(weights), 1: draw(weights)}) for _ in range(2))
    h = ceil(combination({0: draw(weights)}, [(draw(prices), ceil(f))]))
    r = Fraction(draw(st.integers(1, 4)), 5)
    inside = combination({0: draw(prices), 2: draw(st.integers(1, 3))}, [(draw(prices), ceil(g))])
    kinds = [
        h,
        mixed_integer_rounding(combination((), [(1, h), (draw(weights), g)]), r),
        mixed_integer_rounding(f, r, minus=g),
        threshold(ceil(inside), Fraction(draw(st.integers(1, 3)), 2), 2),
        guarded(maximum([f, h]), [g]),
        group_table([ceil(f)], [Fraction(1, 2)], [(1,)], [3], [((2,), Fraction(1))]),
        group_table([f], [Fraction(0)], [(1,)], [3], [((2,), Fraction(1))]),
    ]
    parts = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=3))
    return draw(st.sampled_from([maximum, minimum]))([*parts, g])


@calm(60)
@given(st.data())
def test_a_term_along_a_line_has_its_own_values(data):
    root = data.draw(terms())
    lo, hi = Fraction(-3), Fraction(5)
    line = along(root, lo, hi, ((lo, Fraction(1, 2)), (hi, Fraction(-3, 2))))
    inner = [(3 * a + 4 * b) / 7 for a, b in itertools.pairwise(line.breaks)]
    for k, s in enumerate(inner):
        assert line.value(k, s) == exact_value(root, point_at(s))
    for s, value in zip(line.breaks, line.at, strict=True):
        assert value == exact_value(root, point_at(s))


def point_at(s: Fraction) -> tuple[Fraction, Fraction]:
    return s, Fraction(1, 2) - (s + 3) / 4


# -- cases -----------------------------------------------------------------------------------


def test_t1_is_proved_on_the_whole_of_its_leaves_interval():
    p = t1()
    S = tm.sandwich(tm.dual_function(p), tm.upper_function(p, [[3, 0], [4, 0], [5, 1]]))
    line = S.along(0, 0, 6)
    assert line.intervals == ((3, 4, True, True),)
    assert [(piece.slope, piece.value_at_lo) for piece in line.stretches] == [
        (2, Fraction(3, 2)),
        (-1, Fraction(5, 2)),
    ]
    assert line.share == Fraction(1, 6)


def test_t24_is_proved_everywhere_with_its_jump_and_its_infeasible_end():
    p = program([1], [[2]], ">=", [1], upper=1)
    F = tm.dual_function(p, method="branch-and-bound")
    S = tm.sandwich(F, tm.upper_function(p, [[0], [1]]))
    first, second, third = S.along("R0", -1, 5).stretches
    assert (first.lo, first.hi, first.hi_closed, first.value_at_lo) == (-1, 0, True, 0)
    assert (second.lo_closed, second.hi, second.hi_closed, second.value_at_lo) == (
        False,
        2,
        True,
        1,
    )
    assert (third.lo_closed, third.slope, third.value_at_lo) == (False, None, math.inf)


def test_t8_is_proved_on_its_box_by_a_gomory_function():
    p = program([2, 3], [[3, 5]], ">=", [7])
    G = tm.gomory_function(p, domain={0: (0, 30)})
    U = tm.upper_function(p, [[x, y] for x in range(5) for y in range(7)])
    line = tm.sandwich(G, U).along(0, 0, 30)
    assert line.share == 1
    assert line.intervals == ((0, 30, True, True),)
    assert line.value("10/3") == 3


def test_max_programs_are_shown_in_their_own_sense():
    p = program(
        [3, -1],
        [[1, -1], [0, 1]],
        "<=",
        [2, 5],
        integrality=[True, False],
        sense="max",
        offset=7,
        upper=[4, math.inf],
    )
    S = tm.sandwich(tm.dual_function(p), tm.upper_function(p, [[4], [3]]))
    low, high = S.bounds([2, 5])
    assert low == high == S.value([2, 5]) == ValueOracle(p)([2, 5])
    line = S.along(0, 1, 3)
    for piece in line.stretches:
        assert line.value(piece.lo) == ValueOracle(p)([piece.lo, 5])
        assert piece.slope == 1


METHODS = ["linear", "chvatal", "mir", "branch-and-bound", "branch-and-cut", "group", "generator"]


@pytest.mark.parametrize("method", METHODS)
def test_every_kind_of_dual_function_is_read_along_a_line(method):
    """T4 with bounds: trees, cuts, roundings, thresholds, groups and packings."""
    p = program([7, 2], [[-1, 2], [5, 1], [-2, -2]], "<=", [4, 20, -7], sense="max", upper=10)
    U = tm.upper_function(p, [[x, y] for x in range(6) for y in range(6)])
    S = tm.sandwich(tm.dual_function(p, method=method), U)
    line = S.along("R1", 10, 24)
    for k in range(30, 73):
        s = Fraction(k, 3)
        assert line.contains(s) == S.contains([4, s, -7])
    assert line.stretches


def test_another_point_of_the_line_is_chosen_by_at():
    p = program([1, 1], [[1, 0], [0, 1]], ">=", [1, 1])
    S = tm.sandwich(tm.dual_function(p, at=[1, 2]), tm.upper_function(p, [[1, 2]]))
    assert not S.along(0, 0, 1).stretches
    (piece,) = S.along(0, 0, 1, at=[1, 2]).stretches
    assert (piece.lo, piece.hi, piece.lo_closed, piece.hi_closed) == (0, 1, False, True)


# -- refusals, showing -------------------------------------------------------------------------


def test_what_is_not_proved_is_not_said():
    p = t1()
    S = tm.sandwich(tm.dual_function(p), tm.upper_function(p, [[3, 0]]))
    assert not S.contains([0])
    assert S.gap([0]) == S.upper.exact([0]) - S.dual.exact([0])
    with pytest.raises(NotAllowedError):
        S.value([0])
    with pytest.raises(NotAllowedError):
        S.along(0, 0, 1).value(0)


def test_bounds_of_two_programs_make_no_sandwich():
    p, q = t1(), t1().with_rhs([2])
    with pytest.raises(InvalidInputError):
        tm.sandwich(tm.dual_function(p), tm.upper_function(q, []))
    with pytest.raises(InvalidInputError):
        tm.sandwich(tm.dual_function(p), tm.dual_function(p))
    with pytest.raises(InvalidInputError):
        tm.sandwich(tm.dual_function(p), tm.upper_function(p, [])).along(0, 2, 1)


def test_it_pickles_and_prints():
    p = t1()
    S = tm.sandwich(tm.dual_function(p), tm.upper_function(p, [[3, 0]]))
    copy = pickle.loads(pickle.dumps(S))
    assert repr(copy) == repr(S)
    assert "F <= v <= U" in str(S)
    assert "[3, 7/2]: 3/2 + 2 (b - 3)" in str(S.along(0, 3, 4))

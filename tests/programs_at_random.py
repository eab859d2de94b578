"""Hypothesis strategies: small programs of every kind, and right-hand sides for them."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import strategies as st

from tamemip.programs import MixedIntegerProgram

SENSES = ("<=", "=", ">=")

entries = st.one_of(
    st.integers(-9, 9).map(Fraction),
    st.integers(1, 12).map(Fraction),
    st.integers(-1, 1).map(Fraction),
    st.builds(Fraction, st.integers(-9, 9), st.sampled_from([2, 3, 10])),
)
numbers = st.builds(Fraction, st.integers(-12, 16), st.sampled_from([1, 1, 1, 2, 3, 4]))


@st.composite
def integer_bounds(draw, *, bounded: bool = True):
    """Bounds of an integer column: fractional, crossing no integer or one, or missing."""
    low = draw(st.builds(Fraction, st.integers(-6, 4), st.sampled_from([1, 1, 2, 3])))
    up = low + draw(st.builds(Fraction, st.integers(0, 9), st.sampled_from([1, 2, 3])))
    if bounded:
        return low, up
    return draw(st.sampled_from([(low, math.inf), (-math.inf, up), (-math.inf, math.inf)]))


@st.composite
def continuous_bounds(draw):
    low = draw(st.one_of(st.just(Fraction(0)), st.just(-math.inf), numbers))
    start = low if isinstance(low, Fraction) else draw(numbers)
    up = start + draw(st.builds(Fraction, st.integers(0, 12), st.sampled_from([1, 2])))
    return low, draw(st.sampled_from([up, math.inf]))


def values_within(pair, is_integer: bool):
    """A value that a column can take, or the next integer where there is none."""
    low, up = pair
    start = low if isinstance(low, Fraction) else (up if isinstance(up, Fraction) else Fraction(0))
    away = -1 if start == up and low != up else 1
    steps = st.integers(0, 3).map(lambda k: start + away * k)
    inside = steps.map(lambda v: min(max(v, low), up))
    return inside.map(lambda v: Fraction(math.ceil(v))) if is_integer else inside


@st.composite
def programs(
    draw,
    *,
    max_rows: int = 3,
    max_integers: int = 3,
    max_continuous: int = 2,
    bounded: bool = True,
) -> MixedIntegerProgram:
    """Small programs: every row and objective sense, zero and doubled rows and columns.

    With ``bounded`` every integer column has two finite bounds, so that brute force
    is the whole truth.
    """
    kinds = [True] * draw(st.integers(0, max_integers))
    kinds += [False] * draw(st.integers(0 if kinds else 1, max_continuous))
    kinds = draw(st.permutations(kinds))
    n, m = len(kinds), draw(st.integers(0, max_rows))
    pairs = [
        draw(integer_bounds(bounded=bounded or draw(st.booleans())))
        if flag
        else draw(continuous_bounds())
        for flag in kinds
    ]
    vectors = st.lists(entries, min_size=n, max_size=n)
    A = [draw(vectors) for _ in range(m)]
    senses = [draw(st.sampled_from(SENSES)) for _ in range(m)]
    if m and draw(st.integers(0, 4)) == 0:  # a range, or a duplicate
        k = draw(st.integers(0, m - 1))
        A, senses = [*A, A[k]], [*senses, draw(st.sampled_from(SENSES))]
    rhs = [draw(numbers) for _ in A]
    if draw(st.integers(0, 3)):  # mostly feasible, often with a fractional relaxation
        x = [draw(values_within(pair, flag)) for pair, flag in zip(pairs, kinds, strict=True)]
        slack = {"<=": 1, "=": 0, ">=": -1}
        gap = st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 2), Fraction(2)])
        rhs = [
            sum((a * v for a, v in zip(row, x, strict=True)), Fraction(0)) + slack[s] * draw(gap)
            for row, s in zip(A, senses, strict=True)
        ]
    costs = draw(vectors)
    if draw(st.integers(0, 2)) == 0:  # costs on integers alone, so that rounding has work
        costs = [c if flag else Fraction(0) for c, flag in zip(costs, kinds, strict=True)]
    return MixedIntegerProgram.from_arrays(
        costs,
        A,
        senses,
        rhs,
        lower=[low for low, _ in pairs],
        upper=[up for _, up in pairs],
        integrality=kinds,
        sense=draw(st.sampled_from(["min", "max"])),
        offset=draw(st.sampled_from([Fraction(0), Fraction(3), Fraction(-7, 3)])),
    )


@st.composite
def right_hand_sides(draw, program: MixedIntegerProgram) -> tuple[Fraction, ...]:
    """Integral, fractional, huge, or exactly where a point of the grid begins to fit."""
    m = program.n_rows
    kind = draw(st.sampled_from(["own", "near", "any", "jump", "jump", "huge"]))
    own = program.exact.rhs
    if kind == "own":
        return own
    if kind == "any":
        return tuple(draw(numbers) for _ in range(m))
    if kind == "huge":
        return tuple(draw(numbers) * draw(st.sampled_from([1, 10**6, 10**12])) for _ in range(m))
    if kind == "near":
        i = draw(st.integers(0, max(m - 1, 0)))
        step = draw(st.sampled_from([Fraction(1), Fraction(1, 2), Fraction(1, 1000)]))
        step *= draw(st.sampled_from([-1, 1]))
        return tuple(v + step * (k == i) for k, v in enumerate(own))
    pairs = zip(program.exact.lower, program.exact.upper, strict=True)
    x = [
        draw(values_within(pair, True)) + draw(st.sampled_from([0, 0, 0, 1, -1])) for pair in pairs
    ]
    return tuple(program.exact.A.times(x))


@st.composite
def branching_programs(draw) -> MixedIntegerProgram:
    """Programs whose relaxation is fractional as a rule, so that a tree has to grow."""
    n, m = draw(st.integers(2, 4)), draw(st.integers(1, 2))
    is_integer = [True, True, *draw(st.lists(st.booleans(), min_size=n - 2, max_size=n - 2))]
    coefficients = st.lists(st.integers(2, 13), min_size=n, max_size=n)
    A = [draw(coefficients) for _ in range(m)]
    if draw(st.booleans()):
        A[-1][0] *= -1
    costs = [draw(st.integers(1, 15)) * draw(st.sampled_from([1, 1, -1])) for _ in range(n)]
    if draw(st.booleans()):
        costs = [c if flag else 0 for c, flag in zip(costs, is_integer, strict=True)]
    return MixedIntegerProgram.from_arrays(
        [Fraction(c, draw(st.sampled_from([1, 1, 3]))) for c in costs],
        A,
        [draw(st.sampled_from(SENSES)) for _ in range(m)],
        [draw(st.integers(5, 40)) for _ in range(m)],
        upper=[draw(st.integers(1, 5)) for _ in range(n)],
        integrality=is_integer,
        sense=draw(st.sampled_from(["min", "max"])),
        offset=draw(st.sampled_from([Fraction(0), Fraction(1, 10)])),
    )


any_programs = st.one_of(programs(), branching_programs())

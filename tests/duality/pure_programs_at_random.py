"""Hypothesis strategies: small pure integer programs with bounds, and some without."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import strategies as st

from tamemip.programs import MixedIntegerProgram
from tests.programs_at_random import (
    SENSES,
    branching_programs,
    entries,
    integer_bounds,
    numbers,
    values_within,
)


@st.composite
def scattered_programs(draw, *, bounded: bool = True) -> MixedIntegerProgram:
    """Rows of every sense, rational data, right-hand sides near a point of the box or not."""
    n, m = draw(st.integers(1, 4)), draw(st.integers(0, 3))
    pairs = [draw(integer_bounds()) for _ in range(n)]
    vectors = st.lists(entries, min_size=n, max_size=n)
    A = [draw(vectors) for _ in range(m)]
    senses = [draw(st.sampled_from(SENSES)) for _ in range(m)]
    rhs = [draw(numbers) for _ in A]
    if draw(st.integers(0, 3)):
        x = [draw(values_within(pair, True)) for pair in pairs]
        slack = {"<=": 1, "=": 0, ">=": -1}
        gap = st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 2), Fraction(2)])
        rhs = [
            sum((a * v for a, v in zip(row, x, strict=True)), Fraction(0)) + slack[s] * draw(gap)
            for row, s in zip(A, senses, strict=True)
        ]
    is_open = [not bounded and draw(st.booleans()) for _ in range(n)]
    return MixedIntegerProgram.from_arrays(
        draw(vectors),
        A,
        senses,
        rhs,
        lower=[low for low, _ in pairs],
        upper=[math.inf if f else up for (_, up), f in zip(pairs, is_open, strict=True)],
        integrality=True,
        sense=draw(st.sampled_from(["min", "max"])),
        offset=draw(st.sampled_from([Fraction(0), Fraction(3), Fraction(-7, 3)])),
    )


@st.composite
def pure_branching_programs(draw) -> MixedIntegerProgram:
    """Programs whose relaxation is fractional as a rule, all columns integer."""
    p = draw(branching_programs()).exact
    return MixedIntegerProgram.from_arrays(
        p.c,
        p.A.to_dense(),
        p.row_sense,
        p.rhs,
        lower=p.lower,
        upper=p.upper,
        integrality=True,
        sense=p.sense,
        offset=p.offset,
    )


pure_programs = st.one_of(scattered_programs(), pure_branching_programs())

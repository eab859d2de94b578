"""Hypothesis strategies for programs and points."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import strategies as st

from tamemip.programs import MixedIntegerProgram

TRICKY_NAMES = ("x", "y(1,2)", "a.b", "_z", "R1", "OBJ", "RHS", "c1", "$d", "obj", "été", "x#1")

decimals = st.builds(
    lambda digits, places: Fraction(digits, 10**places),
    st.integers(-(10**6), 10**6),
    st.integers(0, 7),
)
small_integers = st.integers(-6, 6).map(Fraction)
small_rationals = st.builds(Fraction, st.integers(-12, 12), st.integers(1, 4))


@st.composite
def bounds(draw, numbers):
    low = draw(st.one_of(st.just(-math.inf), st.just(Fraction(0)), numbers))
    up = draw(st.one_of(st.just(math.inf), numbers))
    return (up, low) if low > up else (low, up)


@st.composite
def programs(draw, numbers=decimals, max_rows=4, max_cols=4):
    """Programs with every row sense, bound pattern and both objective senses."""
    m, n = draw(st.integers(0, max_rows)), draw(st.integers(1, max_cols))
    vectors = st.lists(numbers, min_size=n, max_size=n)
    pairs = [draw(bounds(numbers)) for _ in range(n)]
    names = st.permutations(TRICKY_NAMES)
    return MixedIntegerProgram.from_arrays(
        draw(vectors),
        [draw(vectors) for _ in range(m)],
        draw(st.lists(st.sampled_from(["<=", "=", ">="]), min_size=m, max_size=m)),
        draw(st.lists(numbers, min_size=m, max_size=m)),
        lower=[low for low, _ in pairs],
        upper=[up for _, up in pairs],
        integrality=draw(st.lists(st.booleans(), min_size=n, max_size=n)),
        sense=draw(st.sampled_from(["min", "max"])),
        row_names=draw(names)[:m],
        col_names=draw(names)[:n],
        offset=draw(numbers),
        name=draw(st.sampled_from(["", "model", "a model: 2"])),
    )

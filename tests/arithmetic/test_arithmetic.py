"""Laws of exact linear systems, and of the door from floats to rationals."""

from __future__ import annotations

import math
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.arithmetic import rationalize, rationalize_bound, solve_square
from tamemip.errors import InvalidInputError

calm = settings(max_examples=300, deadline=None, derandomize=True, database=None)

entries = st.one_of(
    st.just(Fraction(0)),
    st.integers(-3, 3).map(Fraction),
    st.builds(Fraction, st.integers(-9, 9), st.integers(1, 7)),
)


@st.composite
def square_systems(draw):
    """Sparse, dense, triangular and singular ones."""
    n = draw(st.integers(0, 6))
    M = [[draw(entries) for _ in range(n)] for _ in range(n)]
    if n > 1 and draw(st.integers(0, 3)) == 0:
        M[0] = [2 * v for v in M[-1]]
    if draw(st.booleans()):
        M = [[v if j <= i else Fraction(0) for j, v in enumerate(row)] for i, row in enumerate(M)]
    order = draw(st.permutations(range(n)))
    return [M[i] for i in order], [draw(entries) for _ in range(n)]


@given(square_systems())
@calm
def test_a_solution_solves_and_none_means_singular(system):
    M, rhs = system
    rows = [tuple((j, v) for j, v in enumerate(row) if v) for row in M]
    x = solve_square(rows, rhs)
    n = len(M)
    determinant = sympy.Matrix(
        n, n, [sympy.Rational(v.numerator, v.denominator) for row in M for v in row]
    ).det()
    if x is None:
        assert determinant == 0
    else:
        assert determinant != 0
        assert [sum((a * v for a, v in zip(row, x, strict=True)), Fraction(0)) for row in M] == rhs


@given(st.floats(allow_nan=False, allow_infinity=False))
@calm
def test_a_float_is_the_shortest_decimal_that_reads_back_as_it(value):
    exact = rationalize(value)
    assert exact == Fraction(repr(value))
    assert float(exact) == value
    assert rationalize(np.float64(value)) == exact
    assert rationalize(value, exact="binary") == Fraction(*value.as_integer_ratio())


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, Fraction(3)),
        (True, Fraction(1)),
        (np.int64(-4), Fraction(-4)),
        (np.float32(0.1), Fraction(1, 10)),
        (Fraction(2, 7), Fraction(2, 7)),
        (Decimal("0.30"), Fraction(3, 10)),
        ("7/3", Fraction(7, 3)),
        (" -1e-3 ", Fraction(-1, 1000)),
        (2**70 + 1, Fraction(2**70 + 1)),
        (5e-324, Fraction(5, 10**324)),
    ],
    ids=repr,
)
def test_numbers_of_every_kind_are_read_exactly(value, expected):
    assert rationalize(value) == expected
    assert rationalize_bound(value) == expected


@pytest.mark.parametrize(
    "value",
    [math.nan, None, "", "one", "1/0", "nan", 1j, [1], np.nan, Decimal("NaN"), b"1"],
    ids=repr,
)
def test_what_is_no_number_is_refused_by_name(value):
    for read in (rationalize, rationalize_bound):
        with pytest.raises(InvalidInputError, match="the entry"):
            read(value, what="the entry")


@pytest.mark.parametrize("text", ["inf", "+Infinity", " INF "])
def test_infinity_is_a_bound_but_not_a_number(text):
    assert rationalize_bound(text) == math.inf
    assert rationalize_bound(-math.inf) == -math.inf
    assert rationalize_bound(np.float64(math.inf)) == math.inf
    for value in (text, math.inf, -math.inf):
        with pytest.raises(InvalidInputError):
            rationalize(value)

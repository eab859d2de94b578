"""Group tables and generators in bulk: the nearest floats of their exact values."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import UnsupportedError
from tamemip.functions import AffineInput, combination, maximum, nearest_float
from tamemip.functions._nodes import ceil, generator, group_table, minimum
from tamemip.functions._readings import exact_value
from tamemip.functions._table_batch import TableReading, reading_of
from tests.duality.laws import calm
from tests.programs_at_random import programs

pure_programs = programs(max_continuous=1, max_integers=3).filter(
    lambda p: all(p.exact.integer) and p.n_rows
)

entries = st.one_of(
    st.integers(-30, 30).map(float),
    st.integers(-60, 60).map(lambda v: v / 2),
    st.sampled_from([0.1, -2.3, 1e6, -1e6, 1e14, -1e15, 3e17, 1 / 3, 2.0000001]),
)


@calm(40)
@given(pure_programs, st.data())
def test_values_in_bulk_are_those_at_single_points(program, data):
    method = data.draw(st.sampled_from(["group", "generator"]))
    try:
        F = tm.dual_function(program, method=method, limits=tm.Limits(seconds=5))
    except UnsupportedError:
        return
    rows = data.draw(st.lists(st.tuples(*[entries] * program.n_rows), min_size=1, max_size=24))
    points = np.array([*rows, [float(v) for v in program.exact.rhs]], dtype=np.float64)
    found = F(points)
    for row, value in zip(points.tolist(), found.tolist(), strict=True):
        assert value == nearest_float(F.exact([Fraction(str(v)) for v in row]))


def tables():
    f, g = ceil(combination({0: 1})), ceil(combination({1: Fraction(1, 2)}))
    costs = [((1,), Fraction(2, 3)), ((3,), Fraction(1))]
    weights = [Fraction(1, 3), Fraction(2)]
    path = group_table([f, g], weights, [(1,), (2,)], [5], costs)
    columns = [((1, 0), Fraction(3)), ((2, 3), Fraction(9, 2))]
    packing = generator([f, g], [Fraction(1), Fraction(1)], [(-1, 0), (0, -1)], columns)
    return path, packing


def test_tables_under_ceilings_and_maxima_are_read_in_bulk():
    path, packing = tables()
    root = maximum([ceil(combination({0: 1}, [(Fraction(1, 2), path)])), packing])
    reading = reading_of(root, 2, AffineInput.identity(2), Fraction(1, 7))
    assert isinstance(reading, TableReading)
    points = np.array([(a / 2, b) for a in range(-6, 12) for b in range(-3, 9)])
    for row, value in zip(points.tolist(), reading.values(points)[0].tolist(), strict=True):
        exact = exact_value(root, [Fraction(str(v)) for v in row]) + Fraction(1, 7)
        assert value == nearest_float(exact)


@pytest.mark.parametrize("place", ["inside", "minimum", "negative"])
def test_tables_elsewhere_are_read_one_by_one(place):
    path, packing = tables()
    root = {
        "inside": group_table([ceil(path)], [Fraction(1)], [(1,)], [2], [((1,), Fraction(1))]),
        "minimum": minimum([path, packing]),
        "negative": combination({0: 1}, [(-1, path)]),
    }[place]
    reading = reading_of(root, 2, AffineInput.identity(2), Fraction(0))
    assert not isinstance(reading, TableReading)
    points = [[0.0, 0.0], [2.0, 4.0], [3.0, 1.0]]
    for row, value in zip(points, reading.values(np.array(points))[0].tolist(), strict=True):
        assert value == nearest_float(exact_value(root, [Fraction(v) for v in row]))

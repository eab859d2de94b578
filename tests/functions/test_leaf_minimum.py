"""Laws of minima over leaves, against their definition."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.functions import AffineFunction, BatchReading, Leaf, LeafMinimum, nearest_float

calm = settings(max_examples=150, deadline=None, derandomize=True, database=None)

small = st.builds(Fraction, st.integers(-20, 20), st.sampled_from([1, 2, 3, 7, 12]))
rough = st.builds(Fraction, st.integers(-(10**22), 10**22), st.integers(1, 10**20))


@st.composite
def affine_functions(draw, m: int, numbers=small):
    rows = sorted(draw(st.sets(st.integers(0, m - 1), max_size=m))) if m else []
    weights = [(i, draw(numbers)) for i in rows]
    return AffineFunction(tuple((i, w) for i, w in weights if w), draw(numbers))


@st.composite
def leaf_minima(draw, numbers=small):
    m = draw(st.integers(0, 3))
    pieces = st.lists(affine_functions(m, numbers), max_size=2).map(tuple)
    leaves = draw(st.lists(st.builds(Leaf, pieces, pieces), min_size=1, max_size=4))
    granularity = draw(st.sampled_from([None, None, Fraction(1), Fraction(2, 3), Fraction(5)]))
    return LeafMinimum(tuple(leaves), m, granularity)


def by_definition(f: LeafMinimum, d) -> Fraction | float:
    value = min(leaf.exact(d) for leaf in f.leaves)
    if f.granularity is None or isinstance(value, float):
        return value
    return f.granularity * math.ceil(value / f.granularity)


def points(f, numbers=small, size=5):
    vector = st.lists(numbers, min_size=f.n_rows, max_size=f.n_rows)
    return st.lists(vector, min_size=1, max_size=size)


@given(st.data(), st.sampled_from([small, rough]))
@calm
def test_the_exact_reading_is_the_definition(data, numbers):
    f = data.draw(leaf_minima(numbers))
    for d in data.draw(points(f)):
        assert f.exact(d) == by_definition(f, d)


@given(st.data())
@calm
def test_the_batch_reading_of_short_decimals_is_the_nearest_float(data):
    f = data.draw(leaf_minima())
    decimals = st.builds(Fraction, st.integers(-900, 900), st.sampled_from([1, 1, 10, 100]))
    rows = data.draw(points(f, decimals))
    floats = np.array([[float(v) for v in row] for row in rows]).reshape(len(rows), f.n_rows)
    assert f.batch_reading.values(floats).tolist() == [float(by_definition(f, d)) for d in rows]


@given(st.data())
@calm
def test_a_constant_is_added_before_the_rounding_to_a_float(data):
    f, constant = data.draw(leaf_minima()), data.draw(small)
    rows = data.draw(points(f, st.integers(-900, 900).map(Fraction)))
    floats = np.array([[float(v) for v in row] for row in rows]).reshape(len(rows), f.n_rows)
    values = BatchReading(f, constant=constant).values(floats).tolist()
    assert values == [float(by_definition(f, d) + constant) for d in rows]


@given(st.data(), st.sampled_from([small, rough]))
@calm
def test_the_batch_reading_of_any_floats_errs_by_rounding_only(data, numbers):
    f = data.draw(leaf_minima(numbers))
    rows = data.draw(points(f, st.floats(-1e9, 1e9)))
    values = f.batch_reading.values(np.array(rows).reshape(len(rows), f.n_rows))
    for row, value in zip(rows, values.tolist(), strict=True):
        expected = by_definition(f, [Fraction(str(v)) for v in row])
        if isinstance(expected, float):
            assert value == expected
        else:
            assert value == pytest.approx(float(expected), rel=2e-6, abs=2e-6)


@pytest.mark.parametrize("k", [-7, -3, 0, 3, 7])
@pytest.mark.parametrize("ulps", [-2, -1, 0, 1, 2])
def test_rounding_up_is_exact_next_to_a_jump(k, ulps):
    f = LeafMinimum(
        (Leaf((AffineFunction(((0, Fraction(1)),), Fraction(0)),), ()),), 1, Fraction(1)
    )
    d = float(k)
    for _ in range(abs(ulps)):
        d = math.nextafter(d, math.copysign(math.inf, ulps))
    assert f.batch_reading.values(np.array([[d]])).tolist() == [math.ceil(d)]


@given(st.data())
@calm
def test_more_rows_than_a_block_give_the_same_values(data):
    f = data.draw(leaf_minima())
    d = np.random.default_rng(0).integers(-9, 9, size=(50, f.n_rows)).astype(float)
    whole = f.batch_reading.values(d)
    assert whole.shape == (50,)
    assert np.array_equal(whole, np.concatenate([f.batch_reading.values(row[None]) for row in d]))
    assert f.batch_reading.values(d[:0]).shape == (0,)


@given(leaf_minima())
@calm
def test_pickling_and_printing(f):
    f.exact([Fraction(0)] * f.n_rows)
    g = pickle.loads(pickle.dumps(f))
    assert g == f
    assert repr(g) == repr(f)
    assert repr(f).startswith(f"LeafMinimum({len(f.leaves)} leaves, ")


@given(st.data())
@calm
def test_the_slope_is_the_difference_quotient(data):
    f = data.draw(affine_functions(3))
    d, direction = (data.draw(st.lists(small, min_size=3, max_size=3)) for _ in range(2))
    moved = [v + w for v, w in zip(d, direction, strict=True)]
    assert f.exact(moved) - f.exact(d) == f.slope(tuple(enumerate(direction)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(1, 3), 1 / 3),
        (math.inf, math.inf),
        (Fraction(10**400), math.inf),
        (Fraction(-(10**400)), -math.inf),
        (Fraction(1, 10**400), 0.0),
    ],
    ids=["a third", "infinity", "huge", "hugely negative", "tiny"],
)
def test_the_nearest_float_of_anything(value, expected):
    assert nearest_float(value) == expected

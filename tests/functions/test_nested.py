"""Minima over leaves with sums of such minima, against an evaluation in plain Fractions."""

import math
import pickle
from fractions import Fraction as Q

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError
from tamemip.functions import (
    AffineFunction,
    BatchReading,
    Leaf,
    LeafMinimum,
    NestedReading,
    Sum,
    nearest_float,
)

M = 2
calm = settings(max_examples=150, deadline=None)


def plain(function, d):
    """The value by the definition, without rounding."""
    return min(plain_leaf(leaf, d) for leaf in function.leaves)


def plain_leaf(leaf, d):
    if any(affine(guard, d) > 0 for guard in leaf.guards):
        return math.inf
    values = [affine(bound, d) for bound in leaf.bounds]
    for total in leaf.sums:
        parts = [plain(block, d) for block in total.blocks]
        infinite = [v for v in parts if isinstance(v, float)]
        values.append(max(infinite) if infinite else sum(parts, affine(total.linear, d)))
    return max(values, default=-math.inf)


def affine(piece, d):
    return piece.constant + sum(w * d[i] for i, w in piece.weights)


def rounded(function, d, constant=Q(0)):
    value = plain(function, d)
    if isinstance(value, float):
        return value
    if function.granularity is not None:
        value = function.granularity * math.ceil(value / function.granularity)
    return value + constant


small = st.builds(Q, st.integers(-9, 9), st.sampled_from([1, 1, 2, 3, 7]))
wild = st.builds(Q, st.integers(-(10**25), 10**25), st.integers(1, 10**22))


@st.composite
def affine_functions(draw, numbers):
    weights = [(i, w) for i in range(M) if (w := draw(numbers))]
    return AffineFunction(tuple(weights), draw(numbers))


@st.composite
def minima(draw, numbers, depth, granularity=None):
    pieces = affine_functions(numbers)
    blocks = [draw(minima(numbers, depth - 1)) for _ in range(2)] if depth else []

    def leaf():
        sums = []
        if blocks:
            chosen = st.lists(st.sampled_from(blocks), max_size=3).map(tuple)
            sums = draw(st.lists(st.builds(Sum, pieces, chosen), max_size=2))
        bounds = draw(st.lists(pieces, max_size=2))
        guards = draw(st.lists(pieces, max_size=draw(st.sampled_from([0, 0, 1, 2]))))
        return Leaf(tuple(bounds), tuple(guards), tuple(sums))

    leaves = tuple(leaf() for _ in range(draw(st.integers(1, 3))))
    return LeafMinimum(leaves, M, granularity)


granularities = st.sampled_from([None, Q(1), Q(1, 3), Q(5, 2)])
functions = st.builds(
    LeafMinimum,
    st.one_of(minima(small, 2), minima(small, 1), minima(wild, 2)).map(lambda f: f.leaves),
    st.just(M),
    granularities,
)
integral = st.integers(-20, 20).map(float)
large = st.integers(-(2**60), 2**60).map(float)
decimal = st.builds(lambda k: k / 100, st.integers(-2000, 2000))
anywhere = st.floats(-1e3, 1e3)


def points(*entries):
    vectors = st.tuples(*[st.one_of(*entries)] * M)
    return st.lists(vectors, min_size=1, max_size=6)


@given(functions, points(integral, decimal, large), st.sampled_from([Q(0), Q(7, 3)]))
@calm
def test_floats_at_decimals_are_the_nearest_to_the_exact_values(f, rows, constant):
    found = NestedReading(f, constant=constant).values(np.array(rows, dtype=np.float64))
    exact = [rounded(f, [Q(str(v)) for v in row], constant) for row in rows]
    assert found.tolist() == [nearest_float(v) for v in exact]


@given(functions, points(integral, decimal, large, anywhere))
@calm
def test_exact_values_are_those_of_the_definition(f, rows):
    for row in rows:
        d = [Q(str(v)) for v in row]
        assert f.exact(d) == rounded(f, d)
        assert NestedReading(f).exact(d) == plain(f, d)
        assert min(leaf.exact(d) for leaf in f.leaves) == plain(f, d)


@given(functions, points(integral, anywhere))
@calm
def test_floats_anywhere_are_close_and_on_the_right_side_of_every_jump(f, rows):
    found = NestedReading(f).values(np.array(rows, dtype=np.float64))
    for row, value in zip(rows, found.tolist(), strict=True):
        exact = nearest_float(rounded(f, [Q(str(v)) for v in row]))
        if f.granularity is not None or math.isinf(exact):
            assert value == exact
        else:
            assert value == pytest.approx(exact, rel=1e-8, abs=1e-8)


@given(functions, points(integral))
@calm
def test_functions_pickle_with_their_sums(f, rows):
    f.batch_reading.values(np.array(rows, dtype=np.float64))
    copy = pickle.loads(pickle.dumps(f))
    assert copy == f
    assert [copy.exact([Q(v) for v in row]) for row in rows] == [
        f.exact([Q(v) for v in row]) for row in rows
    ]


def linear(*weights, constant=0):
    return AffineFunction(tuple((i, Q(w)) for i, w in enumerate(weights) if w), Q(constant))


def least(*leaves):
    return LeafMinimum(tuple(leaves), M)


EMPTY = least(Leaf((), (linear(constant=1),)))
NOTHING = least(Leaf((), ()))
LOW = least(Leaf((linear(1),), ()), Leaf((linear(constant=3),), ()))


@pytest.mark.parametrize(
    ("blocks", "value"),
    [
        ((), Q(1)),
        ((LOW,), Q(3)),
        ((LOW, LOW), Q(5)),
        ((LOW, EMPTY), math.inf),
        ((LOW, NOTHING), -math.inf),
        ((NOTHING, EMPTY), math.inf),
    ],
)
def test_infinities_of_blocks_add_up_with_plus_infinity_first(blocks, value):
    f = least(Leaf((), (), (Sum(linear(constant=1), blocks),)))
    assert isinstance(f.batch_reading, NestedReading)
    assert f.exact([Q(2), Q(0)]) == value
    assert (
        f.batch_reading.values(np.array([[2.0, 0.0], [2.0, 0.1234567890123]])).tolist()
        == [value] * 2
    )


def test_a_function_without_sums_is_read_as_before():
    assert isinstance(LOW.batch_reading, BatchReading)
    assert Leaf((), ()) == Leaf((), (), ())


def test_a_rounded_block_is_refused():
    with pytest.raises(InvalidInputError):
        Sum(linear(), (LeafMinimum(LOW.leaves, M, Q(1)),))


def test_no_right_hand_side_gives_no_value():
    f = least(Leaf((), (), (Sum(linear(), (LOW,)),)))
    assert f.batch_reading.values(np.zeros((0, M))).shape == (0,)


@pytest.mark.parametrize(
    ("point", "value"), [(0.6666666666666666, -math.inf), (2 / 3 + 1e-15, 5.0)]
)
@pytest.mark.parametrize("reading", [NestedReading, BatchReading])
def test_a_guard_alone_that_floats_cannot_decide_is_decided_exactly(reading, point, value):
    guard = linear(3, constant=-2)
    f = least(Leaf((), (guard,)), Leaf((linear(0, constant=5),), ()))
    assert f.exact([Q(str(point)), Q(0)]) == value
    assert reading(f).values(np.array([[point, 0.0]])).tolist() == [value]


@pytest.mark.parametrize("reading", [NestedReading, BatchReading])
def test_a_lone_guard_that_floats_cannot_decide_is_no_nan(reading):
    f = least(Leaf((), (linear(3, constant=-2),)))
    points = [0.6666666666666666, 2 / 3 + 1e-15]
    found = reading(f).values(np.array([[v, 0.0] for v in points]))
    assert found.tolist() == [-math.inf, math.inf]


def test_a_short_decimal_beside_a_huge_integer_is_read_exactly():
    f = LeafMinimum((Leaf((AffineFunction(((1, Q(3, 7)),), Q(0)),), ()),), 2)
    d = [0.01, 5.764607523034235e17]
    exact = nearest_float(f.exact([Q(str(v)) for v in d]))
    assert NestedReading(f, constant=Q(0)).values(np.array([d])).tolist() == [exact]

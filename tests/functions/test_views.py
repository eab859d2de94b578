"""The classes of terms: what they refuse, what they prove, how they combine and print."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.functions import (
    ChvatalFunction,
    GomoryFunction,
    JeroslowFormula,
    LinearFunction,
    MixedIntegerRoundingFunction,
    PriceFunction,
    SubadditiveFunction,
    ceil,
    combination,
    coordinates,
    guarded,
    maximum,
    minimum,
    mixed_integer_rounding,
    threshold,
    topological,
    view,
)
from tests.functions.random_terms import arguments, small_arguments, terms

HALF = Fraction(1, 2)
B1, B2 = combination({0: 1}), combination({1: 1})
IMPLICIT = threshold(combination({0: 1, 2: HALF}, [(1, ceil(combination({1: 1, 2: 1})))]), HALF, 2)

NARROWEST = [
    (combination({0: HALF}), LinearFunction),
    (combination(), LinearFunction),
    (ceil(B1), ChvatalFunction),
    (combination({1: -1}, [(HALF, ceil(B1))]), ChvatalFunction),
    (maximum([B1, ceil(B2)]), GomoryFunction),
    (mixed_integer_rounding(B1, HALF, minus=B2), MixedIntegerRoundingFunction),
    (maximum([mixed_integer_rounding(B1, HALF), B2]), MixedIntegerRoundingFunction),
    (ceil(mixed_integer_rounding(B1, HALF)), SubadditiveFunction),
    (guarded(B1, [ceil(B2)]), SubadditiveFunction),
    (maximum([B1, guarded(None, [B2])]), SubadditiveFunction),
    (IMPLICIT, SubadditiveFunction),
    (combination({0: 1}, constant=1), PriceFunction),
    (minimum([B1, ceil(B2)]), PriceFunction),
    (guarded(None, [B1]), PriceFunction),
    (ceil(combination({0: 1}, constant=HALF)), PriceFunction),
    (combination((), [(-1, ceil(B1))]), JeroslowFormula),
    (combination((), [(-1, minimum([B1, B2]))]), JeroslowFormula),
]


@pytest.mark.parametrize(("node", "kind"), NARROWEST, ids=lambda v: getattr(v, "__name__", "node"))
def test_view_finds_the_narrowest_class(node, kind):
    assert type(view(node, 2)) is kind


@pytest.mark.parametrize(
    ("kind", "node", "guilty"),
    [
        (LinearFunction, combination({0: 1}, constant=1), "b1 + 1"),
        (ChvatalFunction, ceil(combination({0: 1}, constant=1)), "b1 + 1"),
        (ChvatalFunction, ceil(maximum([B1, B2])), "max(b1, b2)"),
        (GomoryFunction, ceil(combination({0: 1}, [(-1, ceil(B2))])), "b1 - ⌈b2⌉"),
        (MixedIntegerRoundingFunction, maximum([B1, ceil(B2)]), "⌈b2⌉"),
        (SubadditiveFunction, ceil(minimum([B1, B2])), "min(b1, b2)"),
        (PriceFunction, maximum([B1, combination((), [(-2, ceil(B2))])]), "-2⌈b2⌉"),
    ],
)
def test_a_view_names_the_part_that_it_refuses(kind, node, guilty):
    with pytest.raises(InvalidInputError) as error:
        kind(node, 2)
    assert guilty in str(error.value)


@pytest.mark.parametrize(
    "node",
    [
        combination({2: 1}),
        threshold(combination({0: 1, 3: 1}), Fraction(1), 3),
        threshold(combination({0: 1, 1: 1}), Fraction(1), 1),
    ],
)
def test_a_coordinate_behind_the_rows_is_refused(node):
    with pytest.raises(InvalidInputError):
        view(node, 2)


def test_symbols_are_one_a_row():
    with pytest.raises(InvalidInputError):
        view(B1, 2, symbols=["x"])
    with pytest.raises(InvalidInputError):
        view(B1, 2, symbols=["x", "x"])


# -- laws ------------------------------------------------------------------------------------


@given(terms("crxgt"), arguments(2), arguments(2))
@settings(max_examples=100, deadline=None)
def test_what_is_proved_subadditive_is_subadditive(node, d, e):
    f = view(node, 2)
    if f.is_subadditive:
        total = tuple(v + w for v, w in zip(d, e, strict=True))
        assert f.exact(total) <= f.exact(d) + f.exact(e)
        assert f.exact([0, 0]) == 0


@given(terms("crxgt"))
@settings(max_examples=100, deadline=None)
def test_terms_without_constants_and_minima_are_proved_subadditive(node):
    assert view(node, 2).is_subadditive


def test_a_minimum_and_a_constant_are_not_proved_subadditive():
    b1, b2 = coordinates(2)
    assert not b1.minimum(b2).is_subadditive
    assert not (b1.ceil() + 1).is_subadditive


@given(terms("crxngta"), arguments(2))
@settings(max_examples=100, deadline=None)
def test_carrier_and_rounding_gap_enclose_the_function(node, d):
    f = view(node, 2)
    value = f.exact(d)
    if isinstance(value, Fraction):
        assert 0 <= value - f.carrier.exact(d) <= f.rounding_gap


@pytest.mark.parametrize("reading", ["carrier", "rounding_gap"])
def test_negative_weights_on_roundings_have_no_carrier(reading):
    f = view(combination({0: 1}, [(-1, ceil(B1))]), 1)
    with pytest.raises(UnsupportedError):
        getattr(f, reading)


@given(terms("crxg"), small_arguments(2))
@settings(max_examples=100, deadline=None)
def test_slope_at_zero_bounds_quotients_from_above(node, direction):
    # Subadditive functions: f(t d)/t <= limsup as t falls to 0, for every t > 0.
    f = view(node, 2)
    slope = f.slope(direction)
    for t in (Fraction(1, 1000), Fraction(1, 7), Fraction(1), Fraction(5, 2)):
        scaled = f.exact([t * v for v in direction])
        assert scaled <= t * slope if isinstance(slope, Fraction) else slope > 0


@given(terms("crxgt"), small_arguments(2))
@settings(max_examples=100, deadline=None)
def test_slope_at_zero_is_attained_close_to_zero(node, direction):
    f = view(node, 2)
    slope, t = f.slope(direction), Fraction(1, 10**12)
    near = f.exact([t * v for v in direction])
    if isinstance(slope, Fraction):
        assert near == t * slope
    else:
        assert near >= Fraction(1, 10**6)  # a jump, or infinite


@given(terms("rx"), small_arguments(2), small_arguments(2))
@settings(max_examples=100, deadline=None)
def test_mixed_integer_roundings_are_lipschitz(node, d, e):
    f = view(node, 2)
    distance = max(abs(v - w) for v, w in zip(d, e, strict=True))
    assert abs(f.exact(d) - f.exact(e)) <= f.lipschitz_constant * distance


@given(terms("rx"), small_arguments(2), st.integers(0, 1), st.fractions(0, 2, max_denominator=9))
@settings(max_examples=100, deadline=None)
def test_slope_bounds_hold_row_by_row(node, d, row, step):
    f = view(node, 2)
    if step <= 0:
        return
    low, high = f.slope_bounds[row]
    moved = [v + step * (i == row) for i, v in enumerate(d)]
    assert low * step <= f.exact(moved) - f.exact(d) <= high * step


def test_lipschitz_constants_of_known_functions():
    b1, b2 = coordinates(2)
    assert LinearFunction.of([2, "-1/2"]).lipschitz_constant == Fraction(5, 2)
    assert b1.mixed_integer_rounding("1/4").lipschitz_constant == 4
    assert b1.mixed_integer_rounding("1/4").maximum(b2).lipschitz_constant == 4  # not 5


@given(terms("crxngtas"), st.lists(arguments(2), min_size=1, max_size=4))
@settings(max_examples=100, deadline=None)
def test_batches_are_the_exact_values(node, rows):
    f = view(node, 2)
    assert f(rows).tolist() == [float(f.exact(row)) for row in rows]


def test_values_accept_what_numbers_look_like():
    f = LinearFunction.of([1, 10]).ceil()
    assert f([0.1, 0]) == 1.0
    assert f.exact([0.1, "1/10"]) == 2
    assert f(np.array([[1, 1], [0.5, -0.1]])).tolist() == [11.0, 0.0]
    assert f(np.array([1, 1])) == 11.0
    assert f([Fraction(1, 3), 10**20]) == 1e21
    assert f(np.zeros((0, 2))).shape == (0,)
    for wrong in ([1], [1, 2, 3], [[1, 2, 3]], [float("nan"), 0], "12", 3, [None, 1]):
        with pytest.raises(InvalidInputError):
            f(wrong)


def test_the_chvatal_function_of_t4():
    # T4 is a maximization with rows <=: F_max(d) = -F_min(-d), floors become ceilings.
    e1, e2, _ = coordinates(3)
    inner = (e2 * "2/5" + ((e1 * 5 + e2) / 11).ceil() * "3/5").ceil()
    f = e2 / 2 + (e2 / 3 + inner * "2/3").ceil() * "3/2"
    values = {
        (4, 20, -7): 28,
        (4, 19, -7): Fraction(55, 2),
        (8, 20, -7): 31,
        (-1, 5, -2): 7,  # the columns: at most their costs, 7 and 2
        (2, 1, -2): 2,
    }
    for d, value in values.items():
        assert f.exact([-v for v in d]) == -value
    assert (f.depth, f.rounding_gap) == (3, Fraction(31, 10))
    assert f.carrier.exact([-4, -20, 7]) == Fraction(-332, 11)  # the value of the relaxation
    assert f.is_subadditive


# -- operators -------------------------------------------------------------------------------


@given(terms("crxnas"), terms("crxnas"), arguments(2), st.fractions(0, 3, max_denominator=5))
@settings(max_examples=60, deadline=None)
def test_operators_work_on_values(f, g, d, w):
    f, g = view(f, 2), view(g, 2)
    a, b = f.exact(d), g.exact(d)
    assert (f + g).exact(d) == a + b
    assert (w * f).exact(d) == w * a
    assert (f / 3 + 1).exact(d) == a / 3 + 1
    assert f.ceil().exact(d) == -(-a // 1)
    assert f.maximum(g).exact(d) == max(a, b)
    assert f.minimum(g).exact(d) == min(a, b)


@given(terms("crxnas"), terms("crxnas"), terms("crxnas"), arguments(2))
@settings(max_examples=60, deadline=None)
def test_composition_works_on_values(f, g, h, d):
    f, g, h = view(f, 2), view(g, 2), view(h, 2)
    assert f.compose([g, h]).exact(d) == f.exact([g.exact(d), h.exact(d)])
    assert f.compose({1: h}).exact(d) == f.exact([d[0], h.exact(d)])


def test_composition_with_more_rows_moves_thresholds():
    x, y, z = coordinates(3)
    f = view(IMPLICIT, 2)
    g = f.compose([x + z * 2, y.ceil()])
    for d in ([1, 2, 3], ["1/2", "-7/3", 0], [0, 0, "1/5"]):
        a, b = (x + z * 2).exact(d), y.ceil().exact(d)
        assert g.exact(d) == f.exact([a, b])


def test_negative_multiples_belong_to_linear_functions():
    b1, b2 = coordinates(2)
    assert (b1 * -1).exact([3, 0]) == -3
    assert (b1.ceil() - b2 - 1).exact([HALF, 2]) == -2
    with pytest.raises(InvalidInputError):
        b1.ceil() * -1
    with pytest.raises(InvalidInputError):
        b1 - b2.ceil()


def test_functions_of_other_rows_do_not_mix():
    (x,), (y,) = coordinates(1, symbols=["x"]), coordinates(1, symbols=["y"])
    with pytest.raises(InvalidInputError):
        x + y
    with pytest.raises(InvalidInputError):
        x.maximum(y)
    with pytest.raises(InvalidInputError):
        x.compose([])
    with pytest.raises(InvalidInputError):
        x.compose({1: x})
    with pytest.raises(TypeError):
        x + None


# -- objects ---------------------------------------------------------------------------------


@given(terms("crxngtas"))
@settings(max_examples=50, deadline=None)
def test_views_pickle_and_compare(node):
    f = view(node, 2, symbols=["x", "y"])
    again = pickle.loads(pickle.dumps(f))
    assert again == f
    assert hash(again) == hash(f)
    assert f != view(node, 2)


def test_small_functions_print_as_formulas():
    b1, b2 = coordinates(2)
    f = (b1 / 2).ceil() + (b2 / 3).ceil() / 3
    assert repr(f) == "ChvatalFunction('⌈b1/2⌉ + ⌈b2/3⌉/3')"
    assert (f.n_nodes, f.n_roundings, f.depth) == (6, 2, 1)
    assert f.simplify().n_nodes == 5


def test_large_functions_print_their_size():
    node = B1
    for k in range(2_000):
        node = ceil(combination({1: Fraction(1, 3)}, [(Fraction(k + 1, k + 2), node)]))
    f = view(node, 2)
    assert repr(f) == "ChvatalFunction(2 rows, 4000 nodes, 2000 roundings, depth 2000)"
    assert len(str(f).splitlines()) < 20
    assert max(map(len, str(f).splitlines())) < 220
    assert f._repr_latex_() is None
    assert f._repr_html_().startswith("<pre>")
    assert len(topological(f.simplify().node)) <= 4000
    assert pickle.loads(pickle.dumps(f)) == f

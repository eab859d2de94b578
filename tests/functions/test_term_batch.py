"""Terms in bulk and compiled, against the readings that follow the definition."""

import math
from fractions import Fraction as Q
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.functions._batch import nearest_float
from tamemip.functions._compiled import AffineInput
from tamemip.functions._nodes import (
    ceil,
    combination,
    guarded,
    maximum,
    minimum,
    mixed_integer_rounding,
    threshold,
)
from tamemip.functions._readings import exact_value, exact_values
from tamemip.functions._term_batch import TermReading, decimal_scales
from tamemip.functions._term_batch_cuts import cut_values, extended_by_cuts

M = 3
calm = settings(max_examples=80, deadline=None)

weights = st.builds(Q, st.integers(-6, 6), st.sampled_from([1, 1, 2, 3, 7]))
positive = st.builds(Q, st.integers(1, 6), st.sampled_from([1, 2, 3, 5]))
fractions = st.sampled_from([Q(1, 2), Q(1, 3), Q(3, 4), Q(2, 7)])


def some(draw, nodes):
    return draw(st.lists(st.sampled_from(nodes), min_size=1, max_size=3))


@st.composite
def graphs(draw, *, coordinates=M, kinds=("combination", "ceil", "rounding", "pair"), steps=7):
    """A list of nodes, each made of earlier ones; the last is the top."""
    nodes = [combination({i: draw(weights)}) for i in range(coordinates)]
    for _ in range(draw(st.integers(1, steps))):
        kind = draw(st.sampled_from(kinds))
        of = draw(st.sampled_from(nodes))
        if kind == "combination":
            row = {i: w for i in range(coordinates) if (w := draw(weights))}
            parts = [(draw(weights), node) for node in some(draw, nodes)]
            nodes.append(combination(row, parts, constant=draw(weights)))
        elif kind == "ceil":
            nodes.append(ceil(of))
        elif kind == "rounding":
            nodes.append(mixed_integer_rounding(of, draw(fractions)))
        elif kind == "pair":
            minus = draw(st.sampled_from(nodes))
            nodes.append(mixed_integer_rounding(of, draw(fractions), minus=minus))
        elif kind == "maximum":
            nodes.append(maximum(some(draw, nodes)))
        elif kind == "minimum":
            nodes.append(minimum(some(draw, nodes)))
        elif kind == "guarded":
            nodes.append(guarded(draw(st.sampled_from([None, of])), some(draw, nodes)))
        else:
            nodes.append(draw(thresholds(nodes)))
    return nodes


@st.composite
def thresholds(draw, shared=()):
    """``min {t : G(d, -t) <= 0}`` with a ``G`` of ceilings and roundings that falls with t."""
    shared = [node for node in shared if is_monotone(node)]
    inner = [combination({M: draw(positive), i: draw(weights)}) for i in range(M)]
    for _ in range(draw(st.integers(1, 7))):
        of = draw(st.sampled_from(inner))
        parts = [(draw(positive), node) for node in some(draw, [*inner, *shared])]
        row = {draw(st.integers(0, M - 1)): draw(weights), M: draw(st.sampled_from([Q(0), Q(2)]))}
        inner.append(
            draw(
                st.sampled_from(
                    [
                        ceil(combination(row, parts)),
                        combination(row, [*parts, (Q(1), of)], constant=draw(weights)),
                        mixed_integer_rounding(of, draw(fractions)),
                        mixed_integer_rounding(of, draw(fractions), minus=parts[0][1]),
                    ]
                )
            )
        )
    parts = [(draw(positive), node) for node in some(draw, [*inner, *shared])]
    top = combination({M: draw(positive)}, [(Q(1), inner[-1]), *parts])
    if draw(st.booleans()):
        # No weight of its own for t, but one inside.
        top = combination({}, [(Q(1), ceil(inner[0])), (Q(1), ceil(top))])
    return threshold(draw(st.sampled_from([top, ceil(top)])), draw(positive), M)


def is_monotone(node):
    """Whether a threshold may stand over the node: no extremes, no negative parts."""
    name = type(node).__name__
    if name in ("Maximum", "Minimum", "Guarded"):
        return False
    if name == "Combination":
        return all(w > 0 and is_monotone(part) for w, part in node.parts)
    if name == "MixedIntegerRounding":
        return is_monotone(node.of) and (node.minus is None or is_monotone(node.minus))
    return name == "Threshold" or is_monotone(node.of)


everything = (
    "combination",
    "ceil",
    "rounding",
    "pair",
    "maximum",
    "minimum",
    "guarded",
    "threshold",
)
whole = st.integers(-40, 40).map(float)
decimals = st.integers(-4000, 4000).map(lambda v: v / 100)
huge = st.integers(-(2**53), 2**53).map(float)
long = st.floats(-1e4, 1e4, allow_subnormal=False).map(lambda v: v if abs(v) > 1e-9 else 0.0)


def batches(numbers):
    row = st.lists(numbers, min_size=M, max_size=M)
    return st.lists(row, min_size=1, max_size=6)


def by_definition(roots, d):
    """Values without any program."""
    with mock.patch("tamemip.functions._compiled_exact.threshold_program", return_value=None):
        return exact_values(roots, d)


def plain(roots, rows):
    """Values by the definition: a float is the decimal that it prints."""
    table = [by_definition(roots, [Q(str(v)) for v in row]) for row in rows]
    return [[nearest_float(values[k]) for values in table] for k in range(len(roots))]


def repeated(rows):
    """So many rows that matrices are used."""
    return np.array(rows * (40 // len(rows) + 1), dtype=np.float64)


@calm
@given(graphs(kinds=everything), batches(st.one_of(whole, decimals)))
def test_values_are_the_exact_ones_at_integers_and_decimals(nodes, rows):
    roots = nodes[-3:]
    d = repeated(rows)
    expected = np.array(plain(roots, rows))
    found = TermReading(roots, M).values(d)
    assert np.array_equal(found[:, : len(rows)], expected)
    assert np.array_equal(found[:, len(rows) : 2 * len(rows)], expected)


@calm
@given(graphs(kinds=everything), batches(long))
def test_values_are_the_exact_ones_at_long_floats(nodes, rows):
    roots = nodes[-2:]
    found = TermReading(roots, M).values(repeated(rows))[:, : len(rows)]
    expected = np.array(plain(roots, rows))
    assert np.array_equal(found, expected)


@calm
@given(thresholds(), batches(st.one_of(long, whole)), st.tuples(*[st.sampled_from([1, -1])] * M))
def test_long_floats_are_decided_from_both_sides(node, rows, signs):
    given_ = AffineInput(signs, (Q(1, 3),) * M, ())
    reading = TermReading([node], M, given=given_)
    found = reading.values(repeated(rows))[0]
    for row, value in zip(rows, found.tolist(), strict=False):
        (exact,) = by_definition([node], given_.at([Q(str(v)) for v in row]))
        assert value == nearest_float(exact)


@pytest.mark.parametrize("shift", [0.0, 2.0**-30, -(2.0**-30)])
def test_long_floats_beside_a_jump(shift):
    node = ceil(combination({}, [(Q(1, 3), ceil(combination({0: Q(1, 2), 1: Q(-1, 2)})))]))
    d = np.arange(40.0).reshape(20, 2) * 3 + 1 / 3
    d[:, 0] = d[:, 1] + 6 + shift
    reading = TermReading([node], 2)
    assert reading.values(d)[0].tolist() == plain([node], d.tolist())[0]


@calm
@given(graphs(kinds=everything), batches(st.one_of(whole, huge)))
def test_numbers_too_long_for_floats_go_to_integers(nodes, rows):
    roots = nodes[-2:]
    found = TermReading(roots, M).values(repeated(rows))[:, : len(rows)]
    assert np.array_equal(found, np.array(plain(roots, rows)))


@calm
@given(graphs(kinds=everything), st.lists(weights, min_size=M, max_size=M))
def test_a_compiled_term_has_the_value_of_the_definition(nodes, d):
    roots = nodes[-3:]
    assert TermReading(roots, M).exact(d) == tuple(by_definition(roots, d))


@calm
@given(graphs(kinds=everything), batches(decimals), st.data())
def test_an_affine_input_and_a_constant_are_folded_in(nodes, rows, data):
    signs = tuple(data.draw(st.lists(st.sampled_from([1, -1]), min_size=2, max_size=2)))
    shifts = tuple(data.draw(st.lists(weights, min_size=2, max_size=2)))
    given_ = AffineInput(signs, shifts, (data.draw(weights),))
    constant = data.draw(weights)
    short = [row[:2] for row in rows]
    found = TermReading([nodes[-1]], M, given=given_, constant=constant).values(repeated(short))
    for row, value in zip(short, found[0].tolist(), strict=False):
        (exact,) = by_definition([nodes[-1]], given_.at([Q(str(v)) for v in row]))
        assert value == nearest_float(exact if isinstance(exact, float) else exact + constant)


@calm
@given(thresholds(), st.lists(st.integers(-9, 9).map(Q), min_size=M, max_size=M))
def test_a_threshold_is_the_first_step_that_is_not_refuted(node, d):
    value = TermReading([node], M).exact(d)[0]
    steps = value / node.granularity
    assert steps.denominator == 1
    for k in range(-3, 4):
        refuted = exact_value(node.of, [*d, -(steps + k) * node.granularity]) > 0
        assert refuted == (k < 0)


@calm
@given(thresholds(), batches(whole))
def test_a_search_led_by_a_pilot_finds_the_same(node, rows):
    rng = np.random.default_rng(len(rows))
    d = np.array(rows)[rng.integers(0, len(rows), 3000)] + rng.integers(-3, 4, (3000, M))
    found = TermReading([node], M).values(d)[0]
    reading = TermReading([node], M)
    for k in rng.integers(0, 3000, 20).tolist():
        assert found[k] == nearest_float(reading.exact(integral(d[k : k + 1])[0])[0])


def chain(length):
    """Roundings on top of each other, as trees make them."""
    node = ceil(combination({0: Q(1, 3), 1: Q(1, 2), M: Q(1, 5)}))
    for k in range(length):
        row = {k % M: Q(k % 5, 7), M: Q(1, 11)}
        node = ceil(combination(row, [(Q(6, 7), node)], constant=Q(k % 3, 4)))
    return node


def test_deep_chains_need_no_recursion():
    node = threshold(chain(3000), Q(1), M)
    d = np.arange(60.0).reshape(20, M)
    found = TermReading([node], M).values(d)[0]
    assert found[4] == TermReading([node], M).exact([Q(12), Q(13), Q(14)])[0]


def test_the_sign_may_read_what_a_search_made_first():
    first = ceil(combination({0: Q(1, 3), M: Q(1, 2)}))
    links = [first]
    for k in range(6):
        links.append(ceil(combination({1: Q(k, 5)}, [(Q(3, 4), links[-1])])))
    node = threshold(ceil(combination({}, [(Q(5), first), (Q(1), links[-1])])), Q(1), M)
    d = np.random.default_rng(1).integers(-50, 50, (3000, M)).astype(float)
    reading = TermReading([node], M)
    found = reading.values(d)[0].tolist()
    assert found == [float(reading.exact(row)[0]) for row in integral(d)]


def integral(d):
    return [[Q(int(v)) for v in row] for row in d.tolist()]


@pytest.mark.parametrize("size", [1.0, 1e3, 1e9, 1e14])
def test_every_arithmetic_gives_the_same(size):
    node = combination({}, [(Q(5, 3), ceil(combination({0: Q(7, 12), 1: Q(-5, 8)})))])
    for _ in range(3):
        node = ceil(combination({2: Q(355, 113)}, [(Q(1000, 7), node)]))
    rng = np.random.default_rng(0)
    d = np.rint(rng.normal(size=(300, M)) * size)
    found = TermReading([node], M).values(d)[0]
    assert found.tolist() == plain([node], d.tolist())[0]


def test_one_far_point_leaves_the_others_fast():
    node = threshold(chain(40), Q(1), M)
    reading = TermReading([node], M)
    d = np.arange(300.0).reshape(100, M)
    d[17] = 9e14
    found = reading.values(d)[0]
    for k in (0, 16, 17, 18, 99):
        assert found[k] == nearest_float(reading.exact(integral(d[k : k + 1])[0])[0])


@calm
@given(graphs(), batches(st.one_of(whole, decimals)))
def test_cuts_extend_a_right_hand_side_by_exact_decimals(nodes, rows):
    cuts = TermReading(nodes[-2:], M)
    points, is_exact = extended_by_cuts(cuts, repeated(rows))
    assert is_exact.all()
    for point, row in zip(points.tolist(), rows, strict=False):
        values = by_definition(nodes[-2:], [Q(str(v)) for v in row])
        assert point[:M] == row
        for entry, value, q in zip(point[M:], values, cuts.denominators, strict=True):
            assert Q(str(entry)) == value * q


@calm
@given(graphs(), batches(st.one_of(whole, decimals, long)))
def test_cut_values_are_integers_over_one_denominator(nodes, rows):
    numerators, denominators = cut_values(nodes[-2:], AffineInput.identity(M), repeated(rows))
    for k, row in enumerate(rows):
        values = by_definition(nodes[-2:], [Q(str(v)) for v in row])
        for n, q, value in zip(numerators[:, k].tolist(), denominators, values, strict=True):
            assert Q(n, q) == value


@pytest.mark.filterwarnings("error")
def test_infinities_and_overflow_are_no_warnings():
    up = guarded(combination({0: Q(1)}), [combination({1: Q(1)})])
    down = guarded(None, [combination({2: Q(1)})])
    node = combination({}, [(Q(1, 2), up), (Q(1), down)])
    d = np.array([[1.0, 1.0, -1.0], [1.0, -1.0, -1.0], [0.5, -1.0, 1.0], [1e305, -0.3, 0.0]] * 9)
    found = TermReading([node], M).values(d)[0]
    assert found[:4].tolist() == plain([node], d[:4].tolist())[0]


def test_no_points_have_no_values():
    assert TermReading([chain(2).of], M + 1).values(np.zeros((0, M + 1))).shape == (1, 0)


def test_decimals_are_recognised():
    d = np.array([[1.0, 2.0], [0.5, 3.0], [0.1 + 0.2, 1.0], [1e-6, 7.0], [1e300, 0.0]])
    assert decimal_scales(d).tolist() == [1, 10, 0, 1_000_000, 0]
    assert math.isinf(TermReading([guarded(None, [])], 2).values(d)[0, 0])

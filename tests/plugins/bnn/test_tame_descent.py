"""Tame descent: its sign layer, derivative and stages; how it differs from the baseline."""

from __future__ import annotations

import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.differentiation import path_law, quadratic_argmin
from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._augment import _bilinear, moved_images
from tamemip.plugins.bnn._regularized_network import Regularization, RegularizedNetwork
from tamemip.plugins.bnn._regularized_sign import (
    Staircase,
    regularized_sign,
    regularized_sign_jacobian,
)
from tamemip.plugins.bnn._straight_through import straight_through
from tamemip.plugins.bnn._tame_descent import step_length, tame_descent

CORNERS = np.array([[a, b, c] for a in (-1, 1) for b in (-1, 1) for c in (-1, 1)])
MAJORITY = np.where(CORNERS.sum(axis=1) > 0, 1, -1)
rationals = st.fractions(-3, 3, max_denominator=8)
strengths = st.fractions(Fraction(1, 8), 2, max_denominator=8)
staircases = st.sampled_from([Staircase.of_signs(), *(Staircase.up_to(p) for p in (1, 2, 3))])


@given(rationals, strengths)
@settings(max_examples=25, deadline=None)
def test_the_regularized_sign_is_the_quadratic_minimizer_of_the_sign_program(z, tau):
    # The integer points of [-1, 1] have the hull of -1 and 1.
    program = tm.MixedIntegerProgram.from_arrays([-z], [[1]], "<=", [1], lower=-1, upper=1)
    found = quadratic_argmin(program, tau)
    assert found.exact_point == (regularized_sign(z, tau),)
    low, high = regularized_sign_jacobian(z, tau)
    # The program's cost is -z, so that its Jacobian has the other sign.
    slopes = {-matrix[0][0] for matrix in found.exact_generators}
    assert (min(slopes), max(slopes)) == (low, high)


@given(rationals, strengths, st.sampled_from([-1, 1]))
def test_no_value_of_the_interval_is_better_than_the_regularized_sign(z, tau, end):
    def cost(u):
        return -u * z + tau * u * u / 2

    best = regularized_sign(z, tau)
    assert cost(best) <= min(cost(Fraction(end)), cost(best + Fraction(end, 64) * (1 - abs(best))))


@given(staircases, rationals)
def test_at_one_half_a_staircase_of_integers_is_a_line_cut_off(stairs, w):
    if stairs != Staircase.of_signs():
        most = stairs.largest
        assert stairs(w, Fraction(1, 2)) == max(-most, min(most, w))


@given(staircases, rationals)
def test_a_staircase_tends_to_the_nearest_value(stairs, w):
    near = min(abs(w - k) for k in stairs.thresholds)
    if near > 0:
        limit = int(stairs.nearest(np.array([float(w)]))[0])
        assert stairs(w, min(near, Fraction(1, 2))) == limit


@given(staircases, st.lists(rationals, min_size=2, max_size=4), strengths)
@settings(max_examples=30, deadline=None)
def test_the_jacobian_of_a_staircase_obeys_the_chain_rule_along_paths(stairs, corners, tau):
    tau = min(tau, Fraction(1, 2))
    path = [(w,) for w in corners]
    if all(a != b for a, b in itertools.pairwise(corners)):
        law = path_law(
            lambda w: stairs(w[0], tau),
            lambda w: [(end,) for end in stairs.jacobian(w[0], tau)],
            path,
        )
        assert law == 0


@given(staircases, st.lists(rationals, min_size=1, max_size=5), strengths)
def test_arrays_agree_with_exact_values(stairs, points, tau):
    tau = min(tau, Fraction(1, 2))
    w = np.array([float(p) for p in points])
    exact = [float(stairs(p, tau)) for p in points]
    np.testing.assert_allclose(stairs.values(w, float(tau)), exact, atol=1e-12)


@given(staircases, st.integers(-32, 32), st.sampled_from([Fraction(1, k) for k in (2, 4, 8)]))
def test_slopes_of_arrays_are_in_the_jacobian_also_at_kinks(stairs, eighths, tau):
    # Numbers of few bits: floats are exact.
    point = Fraction(eighths, 8)
    for dtype in (np.float32, np.float64):
        climb = stairs.climb(np.array([float(point)], dtype=dtype), float(tau))
        low, high = stairs.jacobian(point, tau)
        assert Fraction(float(climb.values[0])) == stairs(point, tau)
        assert low <= Fraction(float(climb.slopes[0])) <= high


@given(staircases, st.integers(-32, 32))
def test_the_nearest_value_at_a_threshold_is_that_to_its_right(stairs, eighths):
    w = eighths / 8
    found = stairs.nearest(np.array([w, np.nextafter(w, -9)]))
    above = [-stairs.largest, *(float(2 * stairs.rise) for k in stairs.thresholds if w >= k)]
    below = [-stairs.largest, *(float(2 * stairs.rise) for k in stairs.thresholds if w > k)]
    assert found.tolist() == [sum(above), sum(below)]


def _small(rng):
    stairs = (Staircase.up_to(1), Staircase.up_to(2))
    latent = tuple(rng.uniform(-1, 1, shape) for shape in ((3, 2), (2, 3)))
    offsets = tuple(rng.uniform(-1, 1, n) for n in (3, 2))
    centers = tuple(rng.normal(size=n) for n in (2, 3))
    return RegularizedNetwork(latent, offsets, (0.7, 0.5), centers, stairs)


def test_centering_leaves_the_function_as_it_is():
    rng = np.random.default_rng(5)
    network, X, soft = _small(rng), rng.normal(size=(6, 2)), Regularization(0.5, 0.3)
    before = network.forward(X, soft).sums[-1]
    after = network.centered(X, soft).forward(X, soft)
    np.testing.assert_allclose(after.sums[-1], before, atol=1e-12)
    np.testing.assert_allclose([x.mean() for x in after.inputs], 0, atol=1e-12)


def test_fixed_layers_are_the_rounded_ones():
    rng = np.random.default_rng(6)
    network, X = _small(rng), rng.integers(-3, 4, (20, 2)).astype(float)
    fixed = network.with_fixed_layers(1)
    sums = fixed.forward(X, Regularization(0.5, 0.3, 1)).sums[0]
    assert np.array_equal(sums, network.rounded().preactivations(X)[0])


def test_regularizations_shrink_and_hidden_layers_are_exact_at_last():
    stages = tame_descent(CORNERS, MAJORITY, hidden=(2,), epochs=5).stages
    soft = [s.soft for s in stages if not s.soft.fixed]
    assert [s.sign for s in soft] == sorted((s.sign for s in soft), reverse=True)
    assert [s.weight for s in soft] == sorted((s.weight for s in soft), reverse=True)
    assert stages[-1].soft.fixed == 1


@pytest.mark.parametrize("method", [tame_descent, straight_through])
def test_the_same_seed_gives_the_same_network(method):
    one = method(CORNERS, MAJORITY, hidden=(3,), epochs=5, random_state=4)
    two = method(CORNERS, MAJORITY, hidden=(3,), epochs=5, random_state=4)
    assert one.network == two.network


def test_majority_is_learned():
    result = tame_descent(CORNERS, MAJORITY, hidden=(16,), epochs=20, copies=10)
    assert result.network.predict(CORNERS).tolist() == MAJORITY.tolist()


@pytest.mark.parametrize(("weights", "values"), [("ternary", 1), ("binary", 1), (3, 3)])
def test_weights_stay_in_their_range(weights, values):
    network = tame_descent(CORNERS, MAJORITY, hidden=(3,), weights=weights, epochs=5).network
    for w in network.weights:
        assert np.abs(w).max() <= values
        assert weights != "binary" or (w != 0).all()


def test_three_classes_have_three_outputs():
    classes = np.array([0, 1, 2, 0, 1, 2, 0, 1])
    assert tame_descent(CORNERS, classes, hidden=(4,), epochs=5).network.n_outputs == 3


def test_steps_diverge_and_their_squares_converge():
    steps = np.array([step_length(1.0, k, 1.0) for k in range(20_000)])
    # Twice as many steps: the sum grows by a factor, the tail of the squares is small.
    assert steps.sum() > 1.15 * steps[:10_000].sum()
    assert np.square(steps[10_000:]).sum() < 0.01


@pytest.mark.parametrize(
    ("X", "y", "options"),
    [
        (CORNERS, MAJORITY[:-1], {}),
        (CORNERS, MAJORITY + 0.5, {}),
        (np.full((2, 2), np.nan), [1, -1], {}),
        (CORNERS, MAJORITY, {"taus": ((1.0, 0.7),)}),
        (CORNERS, MAJORITY, {"taus": ()}),
        (CORNERS, MAJORITY, {"loss": "zero-one"}),
        (CORNERS, MAJORITY, {"hidden": (0,)}),
        (CORNERS, MAJORITY, {"batch": 0}),
        (CORNERS, MAJORITY, {"epochs": 0}),
        (CORNERS, MAJORITY, {"start": "zeros"}),
        (CORNERS, MAJORITY, {"weights": ("ternary",)}),
        (CORNERS, MAJORITY, {"weights": 0}),
        (CORNERS, MAJORITY, {"weights": "quaternary"}),
        (CORNERS, MAJORITY, {"hidden": 16}),
        (CORNERS, MAJORITY, {"taus": ((float("inf"), 0.5),)}),
        (CORNERS, MAJORITY, {"step": 0.0}),
        (CORNERS, MAJORITY, {"step": float("inf")}),
        (CORNERS, MAJORITY, {"seconds": -1}),
        (CORNERS, MAJORITY, {"seconds": float("nan")}),
        (CORNERS, MAJORITY, {"epochs": 2.5}),
        (CORNERS, MAJORITY, {"random_state": -1}),
        (CORNERS, MAJORITY, {"augment": lambda X, rng: X[:1]}),
        (CORNERS, MAJORITY, {"augment": lambda X, rng: X * np.nan}),
        (CORNERS, [0] * 8, {}),
        (CORNERS, [0, 10**9] * 4, {}),
        (CORNERS, ["a", "b"] * 4, {}),
        ([["a", "b"]], [1], {}),
        (CORNERS * 1e20, MAJORITY, {}),
    ],
)
def test_what_does_not_fit_is_refused(X, y, options):
    with pytest.raises(InvalidInputError):
        tame_descent(X, y, **{"hidden": (2,)} | options)


def test_images_moved_by_nothing_stay():
    images = np.random.default_rng(0).random((3, 20))
    still = {"rotation": 0, "scaling": 0, "shear": 0, "shift": 0}
    moved = moved_images(images, (4, 5), np.random.default_rng(1), **still)
    np.testing.assert_allclose(moved, images, atol=1e-12)
    with pytest.raises(InvalidInputError):
        moved_images(images, (4, 4), np.random.default_rng(1))


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**31))
@settings(max_examples=30, deadline=None)
def test_moved_images_are_bilinear_with_a_border_of_zeros(rows, columns, seed):
    rng = np.random.default_rng(seed)
    images = rng.random((3, rows * columns))
    down, right = rng.normal(rows / 2, rows, (2, 3, rows * columns))
    down, right = np.clip(down, 0, rows + 1), np.clip(right, 0, columns + 1)

    def pixel(k, i, j):
        inside = 1 <= i <= rows and 1 <= j <= columns
        return images[k, (i - 1) * columns + j - 1] if inside else 0.0

    found = _bilinear(images.reshape(3, rows, columns), down, right)
    for k, p in itertools.product(range(3), range(rows * columns)):
        i, j = int(down[k, p]), int(right[k, p])
        a, b = down[k, p] - i, right[k, p] - j
        top = (1 - b) * pixel(k, i, j) + b * pixel(k, i, j + 1)
        bottom = (1 - b) * pixel(k, i + 1, j) + b * pixel(k, i + 1, j + 1)
        assert found[k, p] == pytest.approx((1 - a) * top + a * bottom, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.uint8])
def test_moved_images_keep_their_kind_of_number(dtype):
    images = np.full((2, 30), 200, dtype=dtype)
    moved = moved_images(images, (5, 6), np.random.default_rng(2))
    assert moved.dtype == dtype
    assert 0 <= moved.min() <= moved.max() <= 200 * (1 + 1e-6)

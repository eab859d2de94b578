"""The gradient of tame descent is the true one; that of straight-through training is none."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.plugins.bnn._descent_loop import DescentRun
from tamemip.plugins.bnn._descent_options import DescentOptions
from tamemip.plugins.bnn._regularized_network import Regularization, RegularizedNetwork
from tamemip.plugins.bnn._regularized_sign import Staircase, regularized_sign_jacobian
from tamemip.plugins.bnn._stage_loss import LOSSES
from tamemip.plugins.bnn._straight_through import StraightThroughRule, straight_through
from tamemip.plugins.bnn._tame_descent import TameRule, tame_descent

SOFT = [Regularization(1.0, 0.5), Regularization(0.4, 0.3), Regularization(0.5, 0.1, fixed=1)]
STEP = 1e-6


def a_network(rng, sizes=(3, 4, 3, 2)):
    pairs = list(pairwise(sizes))
    return RegularizedNetwork(
        tuple(rng.uniform(-1.2, 1.2, (b, a)) for a, b in pairs),
        tuple(rng.uniform(-0.5, 0.5, b) for _, b in pairs),
        tuple(rng.uniform(0.3, 1.0, len(pairs)).tolist()),
        tuple(rng.normal(size=a) for a, _ in pairs),
        tuple(Staircase.up_to(k) for k in (1, 2, 1)[: len(pairs)]),
    )


def shifted(network, kind, layer, place, by):
    arrays = [part.copy() for part in getattr(network, kind)]
    arrays[layer][place] += by
    return replace(network, **{kind: tuple(arrays)})


def differences(rule, network, X, signs, entry):
    """The difference quotients to the left and to the right."""
    values = [
        rule.gradients(shifted(network, *entry, by), X, signs)[0] for by in (-STEP, 0.0, STEP)
    ]
    return (values[1] - values[0]) / STEP, (values[2] - values[1]) / STEP


def entries(network, fixed):
    for layer in range(fixed, len(network.latent)):
        for place in np.ndindex(network.latent[layer].shape):
            yield "latent", layer, place
        for j in range(len(network.offsets[layer])):
            yield "offsets", layer, (j,)


def gradient_at(gradients, kind, layer, place):
    parts = gradients.weights if kind == "latent" else gradients.biases
    return parts[layer][place]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("soft", SOFT, ids=str)
def test_the_gradient_is_that_of_finite_differences_away_from_kinks(loss, soft):
    rng = np.random.default_rng(3)
    network, X = a_network(rng), rng.normal(size=(5, 3))
    signs = np.where(rng.random((5, 2)) < 0.5, -1.0, 1.0)
    rule = TameRule(soft, loss)
    gradients = rule.gradients(network, X, signs)[1]
    away = 0
    for entry in entries(network, soft.fixed):
        left, right = differences(rule, network, X, signs, entry)
        if abs(left - right) > 1e-3 * (1 + abs(left)):
            continue  # a kink is between
        away += 1
        assert gradient_at(gradients, *entry) == pytest.approx((left + right) / 2, abs=1e-4)
    assert away > 0.9 * len(list(entries(network, soft.fixed)))
    if soft.fixed:
        assert gradients.weights[0] is None
        assert gradients.biases[0] is None


sixteenths = st.integers(-24, 24).map(lambda k: Fraction(k, 16))
eighths = st.integers(-12, 12).map(lambda k: Fraction(k, 8))


@given(sixteenths, sixteenths, eighths, st.sampled_from([1, 2, -2]), st.sampled_from([1, -1]))
@settings(max_examples=200, deadline=None)
def test_at_kinks_the_gradient_is_an_element_of_the_product_of_jacobians(w0, w1, b, x, sign):
    # One path of layers: at these points of few bits floats are exact, and kinks are met.
    tau, steep = Fraction(1, 2), Fraction(1, 4)
    stairs = Staircase.up_to(1)
    network = RegularizedNetwork(
        (np.array([[float(w0)]]), np.array([[float(w1)]])),
        (np.array([float(b)]), np.zeros(1)),
        (1.0, 1.0),
        (np.zeros(1), np.zeros(1)),
        (stairs, stairs),
    )
    rule = TameRule(Regularization(float(tau), float(steep)), "hinge")
    gradients = rule.gradients(network, np.array([[float(x)]]), np.array([[float(sign)]]))[1]
    z = stairs(w0, steep) * x + b
    out = max(Fraction(-1), min(Fraction(1), z / tau))
    gain = sign * stairs(w1, steep) * out
    first = (Fraction(-sign if gain <= 1 else 0), Fraction(-sign if gain < 1 else 0))
    behind = product(first, (stairs(w1, steep),) * 2, regularized_sign_jacobian(z, tau))
    for found, parts in (
        (gradients.biases[0][0], behind),
        (
            gradients.weights[0][0, 0],
            product(behind, (Fraction(x),) * 2, stairs.jacobian(w0, steep)),
        ),
        (gradients.weights[1][0, 0], product(first, (out,) * 2, stairs.jacobian(w1, steep))),
    ):
        assert parts[0] <= Fraction(float(found)) <= parts[1]


def product(*intervals):
    low = high = Fraction(1)
    for ends in intervals:
        corners = [a * b for a in (low, high) for b in ends]
        low, high = min(corners), max(corners)
    return low, high


@given(st.integers(-7, 7), st.sampled_from([1, -1]), st.sampled_from([1, -1]))
def test_along_a_path_within_a_kink_the_chain_rule_holds(sixteenth, end, sign):
    # The weight climbs and the bias falls, so that the sum stays at the kink of the sign: the
    # loss is constant along this path, and every element has to say so.
    tau, steep = 0.5, 0.25
    stairs = Staircase.up_to(1)
    w = 0.5 + sixteenth / 32
    value = float(stairs(Fraction(w), Fraction(steep)))
    network = RegularizedNetwork(
        (np.array([[w]]), np.array([[0.5]])),
        (np.array([end * tau - value]), np.zeros(1)),
        (1.0, 1.0),
        (np.zeros(1), np.zeros(1)),
        (stairs, stairs),
    )
    rule = TameRule(Regularization(tau, steep), "hinge")
    gradients = rule.gradients(network, np.ones((1, 1)), np.array([[float(sign)]]))[1]
    slope = float(stairs.rise) / steep
    assert gradients.weights[0][0, 0] * 1 + gradients.biases[0][0] * -slope == 0


RULES = [
    StraightThroughRule(w, n, "squared-hinge")
    for w in ("clipped", "plain")
    for n in ("none", "batch")
]


def the_options(**changed):
    kept = {
        "hidden": (8,),
        "weights": "ternary",
        "loss": "squared-hinge",
        "epochs": 3,
        "copies": 1,
        "batch": 16,
        "step": 1.0,
        "start": "differences",
        "augment": None,
        "seconds": float("inf"),
        "random_state": 3,
        "progress": None,
    }
    return DescentOptions(**(kept | changed))


def with_a_last_layer(latent):
    """Straight-through training moves hidden layers only once the last one is rounded to others
    than zeros."""
    return replace(latent, latent=(*latent.latent[:-1], 3 * latent.latent[-1]))


def parity_like():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 6))
    return X, np.where(X[:, 0] * X[:, 1] > 0, 1, -1)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_what_straight_through_training_follows_is_no_gradient_of_its_loss(rule):
    run = DescentRun.of(*parity_like(), the_options())
    X, signs = next(run.data.epoch(run.rng, run.options))
    latent = with_a_last_layer(run.latent)
    followed = rule.gradients(latent, X, signs)[1]
    assert np.abs(followed.weights[0]).max() > 0
    # Its loss is a step function of the latent weights: all its derivatives are 0.
    for entry in list(entries(latent, 0))[:40]:
        if entry[0] == "latent":
            assert differences(rule, latent, X, signs, entry) == (0.0, 0.0)


@pytest.mark.parametrize("rule", RULES, ids=str)
def test_from_one_start_and_one_minibatch_the_iterates_differ(rule):
    runs = [DescentRun.of(*parity_like(), the_options()) for _ in range(2)]
    batches = [next(run.data.epoch(run.rng, run.options)) for run in runs]
    assert np.array_equal(batches[0][0], batches[1][0])
    ours, theirs = runs
    for a, b in zip(ours.latent.latent, theirs.latent.latent, strict=True):
        assert np.array_equal(a, b)
    start = with_a_last_layer(ours.latent)
    X, signs = batches[0]
    soft = Regularization(0.5, 0.5)
    g = TameRule(soft, "squared-hinge").gradients(start, X, signs)[1]
    h = rule.gradients(start, X, signs)[1]
    units = start.units(X, soft)
    for a, b in zip(
        start.moved(g, 1.0, units).latent,
        rule.kept(start.moved(h, 1.0, units)).latent,
        strict=True,
    ):
        assert not np.array_equal(a, b)
    # Not even up to a change of units: the directions in the first layer differ.
    first, second = g.weights[0].ravel(), h.weights[0].ravel()
    assert first @ second < 0.99 * np.linalg.norm(first) * np.linalg.norm(second)


@pytest.mark.parametrize("window", ["clipped", "plain"])
@pytest.mark.parametrize("normalization", ["none", "batch"])
def test_descent_is_another_algorithm_than_straight_through(window, normalization):
    X, y = parity_like()
    seen = {"tame": [], "ste": []}

    def watched(name):
        def augment(samples, rng):
            seen[name].append(samples.copy())
            return samples

        return augment

    same = {"hidden": (8,), "epochs": 5, "copies": 2}
    ours = tame_descent(X, y, augment=watched("tame"), **same)
    theirs = straight_through(
        X, y, window=window, normalization=normalization, augment=watched("ste"), **same
    )
    # The same samples in the same order.
    assert len(seen["tame"]) == 10
    # After them, batch normalization looks at more, once.
    assert len(seen["ste"]) == (27 if normalization == "batch" else 10)
    assert all(map(np.array_equal, seen["tame"], seen["ste"][:10]))
    assert not theirs.stages
    assert ours.network != theirs.network
    assert ours.history[0].loss != theirs.history[0].loss
    pairs = zip(ours.latent.latent, theirs.latent.latent, strict=True)
    assert all(not np.array_equal(a, b) for a, b in pairs)

"""Polish never makes a network worse and finds the best block; ensembles add up scores."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._ensemble import (
    PairwiseNetworks,
    pairs_of_classes,
    predicted_classes,
    stacked,
    sum_of_networks,
)
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._polish import polish
from tamemip.plugins.bnn._polish_blocks import Block, reoptimized_block
from tamemip.plugins.bnn._polish_search import Draft, row_rewards
from tamemip.plugins.bnn._regularized_sign import Staircase
from tamemip.plugins.bnn._standing import Judge

seeds = st.integers(0, 2**31)


def a_network(rng, sizes, most=1):
    pairs = list(pairwise(sizes))
    weights = [rng.integers(-most, most + 1, (b, a)) for a, b in pairs]
    return BinarizedNetwork(weights, [rng.integers(-1, 2, b) for _, b in pairs])


def samples(rng, count, width, outputs):
    X = rng.integers(-2, 3, (count, width))
    y = rng.choice([-1, 1], count) if outputs == 1 else rng.integers(0, outputs, count)
    return X, y


@given(seeds, st.sampled_from([(3, 1), (3, 4, 1), (3, 4, 3), (2, 3, 2, 3), (4, 3)]))
@settings(max_examples=8, deadline=None)
def test_polish_is_never_worse_and_tells_the_truth(seed, sizes):
    rng = np.random.default_rng(seed)
    network = a_network(rng, sizes)
    X, y = samples(rng, 12, sizes[0], sizes[-1])
    result = polish(network, X, y, seconds=0.3, margin=2)
    judge = Judge.of(network, X, y, 2)
    assert result.before == judge.standing(network.preactivations(X)[-1])
    assert result.after == judge.standing(result.network.preactivations(X)[-1])
    assert result.after >= result.before
    assert all(np.abs(w).max() <= 1 for w in result.network.weights)
    standings = [result.before, *(step.standing for step in result.steps)]
    assert standings == sorted(standings)
    assert result.after == standings[-1]
    if sizes[-1] == 1:
        # Strictly right samples are predicted.
        right = int((result.network.predict(X) == y).sum())
    else:
        right = int((predicted_classes(result.network, X) == y).sum())
    assert right >= result.after.right


def best_row(judge, draft, layer, shifts):
    """By enumeration of all rows of a first neuron."""
    width = draft.network.weights[layer].shape[1]
    return max(
        judge.standing(draft.with_row(layer, 0, np.array(w), bias).sums[-1])
        for w in product((-1, 0, 1), repeat=width)
        for bias in shifts
    )


def whole_row(draft, judge, layer):
    width = draft.network.weights[layer].shape[1]
    block = Block(layer, 0, np.arange(width), Staircase.up_to(1))
    return reoptimized_block(draft, judge, block, seconds=20, seed=1)


@given(seeds, st.sampled_from([(3, 2, 1), (3, 2, 3)]), st.booleans())
@settings(max_examples=12, deadline=None)
def test_the_block_of_a_whole_neuron_is_the_best_by_enumeration(seed, sizes, at_last):
    rng = np.random.default_rng(seed)
    network = a_network(rng, sizes)
    X, y = samples(rng, 9, 3, sizes[-1])
    judge, draft = Judge.of(network, X, y, 1), Draft.of(network, X)
    found = whole_row(draft, judge, int(at_last))
    assert found is not None
    best = best_row(judge, draft, int(at_last), range(-8, 9))
    assert judge.standing(found.sums[-1]) == best


# Shortfalls were counted up to six margins in the block, up to five in `Standing`.
DEEP = (
    ([[0]], [-1], [[1], [2], [-5], [6], [-4], [-4]], [-1, 1, 1, -1, -1, 1], 1),
    ([[0]], [1], [[-9], [4], [-1], [8], [-9], [-8]], [-1, 1, -1, 1, 1, -1], 2),
    (
        [[1, 1]],
        [1],
        [[0, 8], [9, 9], [-8, -1], [2, -4], [-2, 2], [6, 2]],
        [-1, 1, 1, -1, 1, -1],
        2,
    ),
)


@pytest.mark.parametrize(("weights", "bias", "X", "y", "margin"), DEEP)
def test_a_block_counts_deep_shortfalls_as_polish_does(weights, bias, X, y, margin):
    network = BinarizedNetwork([weights], [bias])
    judge, draft = Judge.of(network, X, y, margin), Draft.of(network, X)
    found = whole_row(draft, judge, 0)
    assert judge.standing(found.sums[-1]) == best_row(judge, draft, 0, range(-20, 21))


def test_a_block_too_large_for_the_integers_of_the_solver_is_left():
    network = BinarizedNetwork([[[1, 0]]], [[0]])
    for scale in (1e17, 1e-40):
        X = np.array([[0.5, 1.5], [-1.5, 0.25]]) * scale
        judge, draft = Judge.of(network, X, [1, -1], 1), Draft.of(network, X)
        assert whole_row(draft, judge, 0) is None


@given(seeds, st.sampled_from([(3, 1), (3, 4, 3), (3, 2, 2, 3), (3, 2, 2, 1)]), st.integers(0, 2))
@settings(max_examples=30, deadline=None)
def test_rewards_of_a_row_are_those_of_the_whole_network(seed, sizes, layer):
    rng = np.random.default_rng(seed)
    network = a_network(rng, sizes, most=2)
    layer = min(layer, len(sizes) - 2)
    X, y = samples(rng, 7, 3, sizes[-1])
    judge, draft = Judge.of(network, X, y, 2), Draft.of(network, X)
    w = rng.integers(-2, 3, network.weights[layer].shape[1])
    sums = draft.inputs(layer) @ w + 1
    other = draft.with_row(layer, 0, w, 1)
    rewards = judge.rewards(judge.leads(other.sums[-1])).sum()
    assert row_rewards(draft, judge, layer, 0)(sums[:, None])[0] == rewards


@given(seeds, st.sampled_from([(3, 1), (3, 4, 3), (3, 2, 2, 3), (3, 2, 3, 2, 1)]), st.booleans())
@settings(max_examples=40, deadline=None)
def test_a_draft_is_changed_to_what_it_would_be_anew(seed, sizes, is_real):
    rng = np.random.default_rng(seed)
    network = a_network(rng, sizes, most=2)
    X = samples(rng, 7, 3, sizes[-1])[0] * (0.37 if is_real else 1)
    draft = Draft.of(network, X)
    for _ in range(4):
        layer = int(rng.integers(len(sizes) - 1))
        row = int(rng.integers(sizes[layer + 1]))
        if layer < len(sizes) - 2:
            value = int(rng.choice([-1, 1]))
            inputs = draft.inputs(layer + 1).copy()
            inputs[:, row] = value
            parts = draft.network.weights[layer + 1 :], draft.network.biases[layer + 1 :]
            expected = BinarizedNetwork(*parts).preactivations(inputs)[-1]
            assert np.array_equal(draft.scores_if(layer, row, value), expected)
        w = rng.integers(-2, 3, sizes[layer])
        draft = draft.with_row(layer, row, w, int(rng.integers(-1, 2)))
        anew = draft.network.preactivations(X)
        assert all(np.array_equal(a, b) for a, b in zip(draft.sums, anew, strict=True))


@given(seeds)
@settings(deadline=None)
def test_scores_of_a_sum_are_sums_of_scores(seed):
    rng = np.random.default_rng(seed)
    networks = [a_network(rng, (3, n, 2, 3)) for n in (2, 4)]
    X = rng.integers(-2, 3, (6, 3))
    whole = sum_of_networks(networks)
    assert np.array_equal(whole.scores(X), sum(n.scores(X) for n in networks))
    assert whole.largest <= max(1, *(int(np.abs(b).max()) for b in whole.biases))
    assert np.array_equal(
        stacked(networks).scores(X), np.concatenate([n.scores(X) for n in networks], axis=1)
    )


def test_pairs_vote_and_scores_break_ties():
    rock = {
        (0, 1): BinarizedNetwork([[[1]]], [[0]]),
        (1, 2): BinarizedNetwork([[[1]]], [[0]]),
        (0, 2): BinarizedNetwork([[[-1]]], [[1]]),
    }
    # At 2 every class has one vote; class 0 has the scores 2 - 1.
    pairs = PairwiseNetworks(rock, 3)
    assert pairs.votes([[2]]).tolist() == [[1, 1, 1]]
    assert pairs.predict([[2]]).tolist() == [0]


def test_pairs_of_classes_hold_the_samples_of_both():
    found = pairs_of_classes(np.array([0, 2, 0, 1]))
    assert [(a, b, k.tolist()) for a, b, k in found] == [
        (0, 1, [0, 2, 3]),
        (0, 2, [0, 1, 2]),
        (1, 2, [1, 3]),
    ]


def test_what_does_not_fit_is_refused():
    one, two = BinarizedNetwork([[[1]]], [[0]]), BinarizedNetwork([[[1, 1]]], [[0]])
    with pytest.raises(InvalidInputError):
        sum_of_networks([one, one])
    with pytest.raises(InvalidInputError):
        stacked([one, two])
    with pytest.raises(InvalidInputError):
        stacked([])
    with pytest.raises(InvalidInputError):
        predicted_classes(one, [[1]])
    with pytest.raises(InvalidInputError):
        polish(one, [[1]], [0], seconds=1)
    with pytest.raises(InvalidInputError):
        polish(one, [[1]], [1, 1], seconds=1)

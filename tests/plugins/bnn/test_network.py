"""Networks are evaluated exactly, or the data are refused."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import BinarizedNetwork, packed

PAIR = BinarizedNetwork([[[1, -1]]], [[0]])


@given(
    st.lists(st.integers(1, 4), min_size=2, max_size=4),
    st.sampled_from([1, 5, 2**40]),
    st.integers(0, 99),
)
def test_scores_of_integers_are_exact_with_and_without_packing(sizes, largest, seed):
    rng = np.random.default_rng(seed)
    network = BinarizedNetwork(
        [rng.integers(-largest, largest + 1, (b, a)) for a, b in pairwise(sizes)],
        [rng.integers(-largest, largest + 1, b) for b in sizes[1:]],
    )
    X = rng.integers(-(2**20), 2**20, (5, sizes[0]))
    exact = [layers[-1] for layers in network.exact_preactivations(X)]
    for scores in (network.scores(X), packed(network).scores(X)):
        assert scores.reshape(5, -1).tolist() == [list(map(int, row)) for row in exact]


@pytest.mark.parametrize("evaluate", [PAIR.scores, packed(PAIR).scores], ids=["plain", "packed"])
@pytest.mark.parametrize(
    ("X", "word"),
    [
        ([[2**61, -(2**61)]], "64 bits"),
        ([[float("nan"), 0.0]], r"X\[0, 0\] is nan"),
        ([[0.0, float("inf")]], r"X\[0, 1\] is inf"),
        ([["a", "b"]], "no number"),
        ([[1j, 0]], "complex"),
        ([[1, 2, 3]], "2 features"),
        ([1, 2], "one sample a row"),
    ],
    ids=str,
)
def test_data_that_have_no_scores_are_refused(evaluate, X, word):
    with pytest.raises(InvalidInputError, match=word):
        evaluate(np.array(X))


def test_unsigned_integers_beyond_the_signed_ones_are_no_negative_numbers():
    assert (PAIR.scores(np.array([[2**63 + 1, 0]], dtype=np.uint64)) > 0).all()
    assert PAIR.scores(np.array([[200, 100]], dtype=np.uint8)).tolist() == [100]


@pytest.mark.parametrize(
    ("weights", "biases"),
    [
        ([np.array([[2**63 + 1]], dtype=np.uint64)], [[0]]),
        ([[[2**70]]], [[0]]),
        ([[[2**61, 2**61]]], [[0]]),
        ([[[1]]], [[-(2**63)]]),
        ([[[0.5]]], [[0]]),
        ([[["one"]]], [[0]]),
        ([[1]], [[0]]),
        ([[[1]]], [[0, 0]]),
        ([[[1]], [[1, 1]]], [[0], [0]]),
        ([], []),
    ],
    ids=str,
)
def test_what_is_no_network_is_refused(weights, biases):
    with pytest.raises(InvalidInputError):
        BinarizedNetwork(weights, biases)

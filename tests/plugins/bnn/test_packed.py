"""Packed inference is the network's own, whatever the data and the kernel."""

import pickle
from itertools import pairwise
from unittest import mock

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import BinarizedNetwork
from tamemip.plugins.bnn import _packed_layer as layer
from tamemip.plugins.bnn._packed import is_signs, pack, packed
from tamemip.plugins.bnn._packed_kernel import is_installed


@st.composite
def networks(draw):
    depth = draw(st.integers(1, 3))
    sizes = [draw(st.sampled_from([1, 2, 63, 64, 65, 130])) for _ in range(depth)]
    sizes.append(draw(st.sampled_from([1, 3])))
    largest = draw(st.sampled_from([1, 1, 2, 9]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    weights = [rng.integers(-largest, largest + 1, (b, a)) for a, b in pairwise(sizes)]
    biases = [rng.integers(-largest, largest + 1, b) for b in sizes[1:]]
    return BinarizedNetwork(weights, biases)


def samples(network, kind, count):
    rng = np.random.default_rng(count)
    n = network.n_inputs
    signs = np.where(rng.random((count, n)) < 0.5, 1, -1)
    return {
        "signs": signs,
        "octets": signs.astype(np.int8),
        "float signs": signs.astype(float),
        "integers": rng.integers(-300, 300, (count, n)),
        "large": rng.integers(-(2**51), 2**51, (count, n)),
        "pixels": rng.integers(0, 256, (count, n)).astype(np.uint8),
        "reals": rng.normal(size=(count, n)),
        "bits": rng.random((count, n)) < 0.5,
    }[kind]


KINDS = ("signs", "octets", "float signs", "integers", "large", "pixels", "reals", "bits")


@settings(max_examples=100, deadline=None)
@given(networks(), st.sampled_from(KINDS), st.sampled_from([0, 1, 5, 70]))
def test_packed_scores_are_the_scores(network, kind, count):
    X = samples(network, kind, count)
    found, expected = packed(network).scores(X), network.scores(X)
    assert found.shape == expected.shape
    assert found.dtype == expected.dtype
    assert (found == expected).all()
    assert (packed(network).predict(X) == network.predict(X)).all()


@pytest.mark.skipif(not is_installed(), reason="numba is not installed")
@settings(max_examples=25, deadline=None)
@given(networks(), st.sampled_from([0, 1, 255, 256, 257, 600]))
def test_the_compiled_kernel_is_the_plain_one(network, count):
    X = samples(network, "signs", count)
    with mock.patch.object(layer, "is_compiled", return_value=False):
        plain = packed(network).scores(X)
    with mock.patch.object(layer, "_LARGE", 0):
        assert (packed(network).scores(X) == plain).all()


@given(networks())
@settings(max_examples=20, deadline=None)
def test_signs_are_packed_once_for_all(network):
    X = samples(network, "signs", 9)
    assert (packed(network).scores(pack(X)) == network.scores(X)).all()


def test_octets_are_signs_as_other_integers_are():
    every = np.arange(-128, 128, dtype=np.int8)
    assert [v for v in every.tolist() if is_signs(np.array([v], dtype=np.int8))] == [-1, 1]
    assert [v for v in every.tolist() if is_signs(np.array([v]))] == [-1, 1]


def test_popcount_without_numpy_2_is_the_same():
    words = np.random.default_rng(0).integers(0, 2**64, (3, 5), dtype=np.uint64)
    expected = [[bin(int(v)).count("1") for v in row] for row in words]
    assert layer.popcount(words).tolist() == expected
    assert layer.popcount_by_octets(words).tolist() == expected


def test_packed_networks_pickle_and_print():
    fast = packed(BinarizedNetwork([[[1] * 70]], [[0]]))
    again = pickle.loads(pickle.dumps(fast))
    assert again.network == fast.network
    assert repr(fast) == "PackedNetwork(70-1, 40 bytes)"


def test_what_is_no_sign_is_named():
    with pytest.raises(InvalidInputError, match=r"X\[1\]\[0\] is 3"):
        pack([[1, -1], [3, 1]])
    with pytest.raises(InvalidInputError, match="features"):
        packed(BinarizedNetwork([[[1, 1]]], [[0]])).scores(pack([[1]]))
    with pytest.raises(InvalidInputError):
        packed(BinarizedNetwork([[[1, 1]]], [[0]])).scores([[1]])
    for wrong in ([1, -1], [["a"]], [[1, float("nan")]], [[None]]):
        with pytest.raises(InvalidInputError):
            pack(wrong)

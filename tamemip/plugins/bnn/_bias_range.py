"""Biases of any size brought into the range of the weights, if that costs no training sample."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tamemip.plugins.bnn._network import BinarizedNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]


def n_right(network: BinarizedNetwork, X: Numbers, y: Numbers) -> int:
    """How many samples a network decides as their labels say.

    Labels are -1 and 1 for one output, or classes counted from 0 for one output a class.
    """
    return int(_is_right(network.preactivations(X)[-1], y).sum())


def in_bias_range(
    network: BinarizedNetwork, X: Numbers, y: Numbers, largest: int
) -> BinarizedNetwork:
    """The network with biases from ``-largest`` to ``largest``, if it gets as many samples right.

    Biases are cut off, and then changed one at a time, the best of all values of a bias first
    for the last layer, until none gains or the given network is reached. If it is not reached, the
    given network is the answer.

    Examples
    --------
    >>> X, y = np.array([[5], [4], [-3], [-5]]), np.array([1, 1, -1, -1])
    >>> in_bias_range(BinarizedNetwork([[[1]]], [[2]]), X, y, 1).biases[0]
    array([1])
    >>> far = BinarizedNetwork([[[1]]], [[-8]])
    >>> in_bias_range(far, np.array([[9], [7]]), np.array([1, -1]), 1) is far
    True
    """
    if max(np.abs(b).max() for b in network.biases) <= largest:
        return network
    wanted = n_right(network, X, y)
    biases = [np.clip(b, -largest, largest) for b in network.biases]
    found = BinarizedNetwork(network.weights, biases)
    right = n_right(found, X, y)
    tried = (2 * largest + 1) * network.n_outputs
    work = sum(map(len, biases)) * len(X) * (tried + sum(w.size for w in network.weights))
    for _ in range(_SWEEPS if work <= _MOST_WORK else 0):
        before = right
        for layer in reversed(range(len(biases))):
            for row in range(len(biases[layer])):
                if right >= wanted:
                    return found
                found, right = _improved(found, (X, y), (layer, row), largest, right)
        if right == before:
            break
    return found if right >= wanted else network


_SWEEPS = 3
_MOST_WORK = 100_000_000
"""Products of weights and data, and values of biases, in one sweep; it is work that is limited,
not time: the answer is the same each time."""


def _improved(
    network: BinarizedNetwork,
    samples: tuple[Numbers, Numbers],
    place: tuple[int, int],
    largest: int,
    right: int,
) -> tuple[BinarizedNetwork, int]:
    """The network with the best value of one bias, and how many samples it gets right."""
    X, y = samples
    layer, row = place
    sums = network.preactivations(X)
    values = np.arange(-largest, largest + 1)
    tried = sums[layer][:, row, None] + (values - network.biases[layer][row])
    if layer == len(sums) - 1:
        counts = [int(_is_right(_with_column(sums[-1], row, t), y).sum()) for t in tried.T]
    else:
        on, off = (_is_right(_scores_if(network, sums, place, sign), y) for sign in (1, -1))
        counts = np.where(tried >= 0, on[:, None], off[:, None]).sum(axis=0).tolist()
    best = int(np.argmax(counts))
    if counts[best] <= right:
        return network, right
    biases = [b.copy() for b in network.biases]
    biases[layer][row] = values[best]
    return BinarizedNetwork(network.weights, biases), counts[best]


def _scores_if(
    network: BinarizedNetwork, sums: tuple[Numbers, ...], place: tuple[int, int], sign: int
) -> Numbers:
    """The scores if a hidden neuron had this value on every sample."""
    layer, row = place
    signs = _with_column(np.where(sums[layer] >= 0, 1, -1), row, sign)
    later = BinarizedNetwork(network.weights[layer + 1 :], network.biases[layer + 1 :])
    return later.preactivations(signs)[-1]


def _with_column(array: Numbers, column: int, values: Numbers | int) -> Numbers:
    found = array.copy()
    found[:, column] = values
    return found


def _is_right(scores: Numbers, y: Numbers) -> NDArray[np.bool_]:
    if scores.shape[1] == 1:
        return np.asarray(np.where(scores[:, 0] >= 0, 1, -1) == y)
    return np.asarray(scores.argmax(axis=1) == y)

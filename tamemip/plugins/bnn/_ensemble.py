"""Several networks as one, and votes of pairs of classes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, cast, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._network import BinarizedNetwork

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

__all__ = ["PairwiseNetworks", "predicted_classes", "stacked", "sum_of_networks"]


def predicted_classes(network: BinarizedNetwork, X: object) -> Integers:
    """The class of the greatest score of each sample, the lower class if scores tie.

    Examples
    --------
    >>> network = BinarizedNetwork([[[1], [0], [-1]]], [[0, 1, 0]])
    >>> predicted_classes(network, [[2], [1], [0], [-1]])
    array([0, 0, 1, 1])
    """
    if network.n_outputs < 2:
        raise InvalidInputError("the network has one output; its predictions are signs.")
    return cast("Integers", np.argmax(network.scores(X), axis=1))


def sum_of_networks(networks: Sequence[BinarizedNetwork]) -> BinarizedNetwork:
    """One network whose scores are the sums of theirs: they vote by their integer scores.

    Hidden layers stand side by side, with zeros between neurons of different networks, so that
    all weights stay in their range. Networks need hidden layers, equally many, and the same
    inputs and outputs.

    Examples
    --------
    >>> one = BinarizedNetwork([[[1, 0]], [[1]]], [[0], [0]])
    >>> two = BinarizedNetwork([[[0, 1]], [[1]]], [[0], [1]])
    >>> both = sum_of_networks([one, two])
    >>> both.hidden, both.scores([[1, 1], [1, -1], [-1, -1]])
    ((2,), array([ 3,  1, -1]))
    """
    _refuse_misfits(networks)
    depth = len(networks[0].weights)
    weights = [_beside([n.weights[k] for n in networks], k, depth) for k in range(depth)]
    biases = [np.concatenate([n.biases[k] for n in networks]) for k in range(depth - 1)]
    last = np.sum([n.biases[-1] for n in networks], axis=0)
    return BinarizedNetwork(weights, [*biases, last])


def stacked(networks: Sequence[BinarizedNetwork]) -> BinarizedNetwork:
    """One network with an output for each of theirs: one-vs-rest classifiers as one network.

    Examples
    --------
    >>> rows = [BinarizedNetwork([[[1, 0]]], [[0]]), BinarizedNetwork([[[0, 1]]], [[2]])]
    >>> stacked(rows).scores([[3, -4]])
    array([[ 3, -2]])
    """
    _refuse_unequal_depths(networks)
    depth = len(networks[0].weights)
    weights = [np.concatenate([n.weights[0] for n in networks])]
    weights += [_diagonal([n.weights[k] for n in networks]) for k in range(1, depth)]
    biases = [np.concatenate([n.biases[k] for n in networks]) for k in range(depth)]
    return BinarizedNetwork(weights, biases)


@final
@dataclass(frozen=True, slots=True)
class PairwiseNetworks:
    """One network with one output for each pair of classes: 1 votes for the first of them.

    Attributes
    ----------
    networks
        By pairs ``(a, b)`` with ``a < b``.
    n_classes
        Number of classes.

    Examples
    --------
    >>> network = BinarizedNetwork([[[1]]], [[0]])
    >>> PairwiseNetworks({(0, 1): network}, 2).predict([[2], [-3]])
    array([0, 1])
    """

    networks: Mapping[tuple[int, int], BinarizedNetwork]
    n_classes: int

    def votes(self, X: object) -> Integers:
        """Votes by sample and class."""
        found = np.zeros((len(np.asarray(X)), self.n_classes), dtype=np.int64)
        for (a, b), network in self.networks.items():
            signs = network.predict(X)
            found[:, a] += signs > 0
            found[:, b] += signs < 0
        return found

    def predict(self, X: object) -> Integers:
        """The class with most votes; of tied classes that with the greater sum of scores.

        Scores are divided by the sum of the absolute weights of their network's last layer, so
        that networks of many weights count no more than others.
        """
        votes = self.votes(X)
        strength = np.zeros(votes.shape)
        for (a, b), network in self.networks.items():
            scores = network.scores(X) / max(1, int(np.abs(network.weights[-1]).sum()))
            strength[:, a] += scores
            strength[:, b] -= scores
        most = votes == votes.max(axis=1, keepdims=True)
        return cast("Integers", np.argmax(np.where(most, strength, -np.inf), axis=1))


def pairs_of_classes(y: NDArray[Any]) -> list[tuple[int, int, Integers]]:
    """For each pair of classes: the two, and which samples belong to either."""
    classes = np.unique(y).tolist()
    return [(a, b, np.flatnonzero((y == a) | (y == b))) for a, b in combinations(classes, 2)]


def _beside(parts: Sequence[Integers], layer: int, depth: int) -> Integers:
    if layer == 0:
        return np.concatenate(parts)
    return np.concatenate(parts, axis=1) if layer == depth - 1 else _diagonal(parts)


def _diagonal(parts: Sequence[Integers]) -> Integers:
    rows = sum(p.shape[0] for p in parts)
    found = np.zeros((rows, sum(p.shape[1] for p in parts)), dtype=np.int64)
    row = column = 0
    for part in parts:
        found[row : row + part.shape[0], column : column + part.shape[1]] = part
        row, column = row + part.shape[0], column + part.shape[1]
    return found


def _refuse_unequal_depths(networks: Sequence[BinarizedNetwork]) -> None:
    if not networks:
        raise InvalidInputError("there is no network.")
    if len({(n.n_inputs, len(n.weights)) for n in networks}) > 1:
        raise InvalidInputError("networks have different inputs or numbers of layers.")


def _refuse_misfits(networks: Sequence[BinarizedNetwork]) -> None:
    _refuse_unequal_depths(networks)
    if len(networks[0].weights) < 2 or len({n.n_outputs for n in networks}) > 1:
        raise InvalidInputError(
            "networks to be summed need a hidden layer, and the same number of outputs."
        )

"""The point of a training program that stands for a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from tamemip.plugins.bnn._assessment import exact_sums, is_margin_of_counted, taus
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_layers import key_factors, weight_names


def in_order(instance: NetworkTraining, network: BinarizedNetwork) -> BinarizedNetwork:
    """The same function, with hidden neurons in the order that the training program asks for.

    Examples
    --------
    >>> instance = NetworkTraining([[1]], [1], hidden=(2,))
    >>> network = BinarizedNetwork([[[-1], [1]], [[1, 0]]], [[0, 0], [0]])
    >>> [w.tolist() for w in in_order(instance, network).weights]
    [[[1], [-1]], [[0, 1]]]
    """
    weights = [w.copy() for w in network.weights]
    biases = [b.copy() for b in network.biases]
    for layer in range(len(instance.hidden)):
        factors = key_factors(instance, weights[layer].shape[1])
        rows = np.column_stack([weights[layer], biases[layer]])[:, : len(factors)]
        order = np.argsort(-(rows @ np.array(factors)), kind="stable")
        weights[layer], biases[layer] = weights[layer][order], biases[layer][order]
        weights[layer + 1] = weights[layer + 1][:, order]
    return BinarizedNetwork(weights, biases)


def encode(
    instance: NetworkTraining, network: BinarizedNetwork, columns: Sequence[str]
) -> tuple[Fraction, ...]:
    """One number for each column of a training program, by its name.

    If the instance allows the network, the point is feasible, with the network's value.

    Parameters
    ----------
    instance
        What is trained.
    network
        A network of its sizes.
    columns
        Names of the columns of the training program.

    Raises
    ------
    InvalidInputError
        If the network does not have the instance's inputs and layers.

    Examples
    --------
    >>> from tamemip.plugins.bnn._training_program import training_program
    >>> instance = NetworkTraining([[1], [-1]], [1, -1])
    >>> p = training_program(instance).program
    >>> point = encode(instance, BinarizedNetwork([[[1]]], [[0]]), p.col_names)
    >>> p.violations(point), p.objective(point)
    ((), Fraction(1, 1))
    """
    values = dict(_values(instance, in_order(instance, network)))
    return tuple(values[name] for name in columns)


def _values(instance: NetworkTraining, network: BinarizedNetwork) -> Iterator[tuple[str, Fraction]]:
    yield from _weights(instance, network)
    sums = exact_sums(instance, network)
    for layer, neurons in enumerate(network.hidden):
        for j in range(neurons):
            column = [sample[layer][j] for sample in sums]
            yield f"margin[{layer},{j}]", min(map(abs, column))
            for k, total in enumerate(column):
                yield f"on[{layer},{j},{k}]", Fraction(total >= 0)
    for layer, w in enumerate(network.weights[1:], start=1):
        for (j, i), weight in np.ndenumerate(w):
            for k, sample in enumerate(sums):
                sign = 1 if sample[layer - 1][i] >= 0 else -1
                yield f"product[{layer},{j},{i},{k}]", Fraction(sign * int(weight))
    yield from _samples(instance, [sample[-1][0] for sample in sums])


def _weights(
    instance: NetworkTraining, network: BinarizedNetwork
) -> Iterator[tuple[str, Fraction]]:
    numbers = [
        int(v)
        for w, bias in zip(network.weights, network.biases, strict=True)
        for v in np.column_stack([w, bias]).ravel()
    ]
    for (plus, minus), v in zip(weight_names(instance), numbers, strict=True):
        yield plus, Fraction(max(v, 0))
        yield minus, Fraction(max(-v, 0))
        yield f"sign{plus.removeprefix('bias_plus').removeprefix('plus')}", Fraction(v > 0)


def _samples(
    instance: NetworkTraining, scores: Sequence[Fraction]
) -> Iterator[tuple[str, Fraction]]:
    gains = [label * score for label, score in zip(instance.y, scores, strict=True)]
    counted = [g >= t for g, t in zip(gains, taus(instance), strict=True)]
    for k, (gain, tau) in enumerate(zip(gains, taus(instance), strict=True)):
        yield f"counted[{k}]", Fraction(counted[k])
        yield f"slack[{k}]", max(Fraction(0), tau - gain)
    if "max-margin" in instance.objectives:
        if is_margin_of_counted(instance):
            gains = [g for g, is_counted in zip(gains, counted, strict=True) if is_counted]
        yield "margin[out]", min(gains, default=Fraction(0))

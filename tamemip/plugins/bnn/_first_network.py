"""A network to begin with: one good neuron, passed on through the layers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._relaxed_neuron import signed_samples
from tamemip.plugins.bnn._training import NetworkTraining

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


def first_networks(instance: NetworkTraining) -> Iterator[BinarizedNetwork]:
    """Networks that are known at once. Whether the instance allows them is not known.

    A single neuron, of a few that coordinate descent finds, becomes the first hidden neuron; each
    later layer passes it on, and all other weights are 0. Or all neurons of a layer are
    copies of it, and later weights as large as possible. At last comes the network whose
    weights are all 0 (1 if they are binary).

    Examples
    --------
    >>> corners = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    >>> instance = NetworkTraining(corners, [1, -1, -1, -1], hidden=(2,))
    >>> next(first_networks(instance)).predict(corners)
    array([ 1, -1, -1, -1])
    """
    for neuron in descended_neurons(instance):
        if instance.weights != "binary" or not instance.hidden:
            yield passed_on(instance, neuron)
        if instance.hidden:
            yield _copied(instance, neuron)
    yield _plainest(instance)


def descended_neurons(instance: NetworkTraining) -> Iterator[Integers]:
    r"""Weights and biases of a few neurons that are to have the labels as their signs.

    Steepest coordinate descent on :math:`\sum_k \log(1 + \exp(-y_k s_k / \mu))`, one weight
    by one unit at a time, with :math:`\mu` as large as a typical datum, in floats; from 0, and
    from the signs of the differences of the two means.
    """
    signed = _scaled_samples(instance)
    for w in (_plain_start(instance), *_mean_starts(instance, signed)):
        yield _descended(instance, signed, w)


def descended_neuron(instance: NetworkTraining, start: Integers) -> Integers:
    """What the same descent finds from a neuron."""
    return _descended(instance, _scaled_samples(instance), start.copy())


def _scaled_samples(instance: NetworkTraining) -> Floats:
    """Samples with a 1 for the bias, times their labels, by the mean size of what is not 0."""
    signed = signed_samples(instance)
    data = signed[:, :-1]
    return signed / np.abs(data[data != 0]).mean() if np.any(data) else signed


def _descended(instance: NetworkTraining, signed: Floats, w: Integers) -> Integers:
    step = np.full(len(w), 2 if instance.weights == "binary" else 1, dtype=np.int64)
    step[-1] = 1
    gains = signed @ w
    loss = _loss(gains)
    for _ in range(min(_MOST_STEPS, max(_FEWEST, _MOST_WORK // signed.size))):
        losses = _losses_after(instance, signed, gains, (w, step))
        row, place = np.unravel_index(np.argmin(losses), losses.shape)
        if losses[row, place] >= loss:
            break
        loss = losses[row, place]
        change = (1, -1)[row] * step[place]
        w[place] += change
        gains = gains + change * signed[:, place]
    return w


def _loss(gains: Floats) -> Any:
    return np.logaddexp(0.0, -gains).sum(axis=0)


_MOST_STEPS = 1000
_FEWEST = 20
_MOST_WORK = 10_000_000
"""Products of samples and features that may be looked at."""


def _plain_start(instance: NetworkTraining) -> Integers:
    w = np.full(instance.n_inputs + 1, 1 if instance.weights == "binary" else 0, dtype=np.int64)
    w[-1] = 0
    return w


def _mean_starts(instance: NetworkTraining, signed: Floats) -> Iterator[Integers]:
    """The signs of the differences of the two means, and of the greater half of them."""
    labels = np.array(instance.y)
    means = [
        signed[labels == y].mean(axis=0) if np.any(labels == y) else np.zeros(signed.shape[1])
        for y in (1, -1)
    ]
    difference = means[0] + means[1]
    w = np.where(difference >= 0, 1, -1)
    w[-1] = 0
    yield w.copy()
    if instance.weights != "binary":
        w[np.abs(difference) <= np.median(np.abs(difference))] = 0
        yield w


def _losses_after(
    instance: NetworkTraining,
    signed: Floats,
    gains: Floats,
    state: tuple[Integers, Integers],
) -> Any:
    """The loss after each step up (first row) and down (second row); infinite out of range."""
    w, step = state
    losses = np.full((2, len(w)), np.inf)
    for row, sign in enumerate((1, -1)):
        may = np.abs(w + sign * step) <= instance.largest
        after = gains[:, None] + (sign * step[may]) * signed[:, may]
        losses[row, may] = _loss(after)
    return losses


def single_neuron(instance: NetworkTraining) -> NetworkTraining:
    """The training of one neuron with few weights, on for label 1 and off for label -1.

    Examples
    --------
    >>> single_neuron(NetworkTraining([[1], [2]], [1, -1], hidden=(3,), gap=2))
    NetworkTraining(2 samples, 1-1 ternary, min-weight at margins 0 and 2)
    """
    return NetworkTraining(
        instance.X, instance.y, weights=instance.weights, margin=(0, instance.gap)
    )


def passed_on(instance: NetworkTraining, neuron: Integers) -> BinarizedNetwork:
    """The network whose first hidden neuron is the given one, and which passes it on."""
    network = _plainest(instance)
    weights = [part.copy() for part in network.weights]
    biases = [part.copy() for part in network.biases]
    weights[0][0], biases[0][0] = neuron[:-1], neuron[-1]
    for layer in weights[1:-1]:
        layer[0, 0] = 1
    if instance.hidden:
        # For few weights 1 is enough, if it reaches the margin.
        is_enough = "min-weight" in instance.objectives and max(instance.margins) <= 1
        weights[-1][0, 0] = 1 if is_enough else instance.largest
    return BinarizedNetwork(weights, biases)


def _copied(instance: NetworkTraining, neuron: Integers) -> BinarizedNetwork:
    network = _plainest(instance)
    weights = [np.full_like(part, instance.largest) for part in network.weights]
    biases = [np.zeros_like(part) for part in network.biases]
    weights[0][:], biases[0][:] = neuron[:-1], neuron[-1]
    return BinarizedNetwork(weights, biases)


def _plainest(instance: NetworkTraining) -> BinarizedNetwork:
    weight = 1 if instance.weights == "binary" else 0
    widths = (instance.n_inputs, *instance.hidden)
    return BinarizedNetwork(
        [
            np.full((size, width), weight)
            for width, size in zip(widths, instance.sizes, strict=True)
        ],
        [np.zeros(size, dtype=np.int64) for size in instance.sizes],
    )

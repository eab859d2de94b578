"""What a network is worth to a training instance: exactly, and without a program."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, assert_never

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining, Objective

Sums: TypeAlias = tuple[tuple[tuple[Fraction, ...], ...], ...]
"""For each sample and each layer, the sums of its neurons."""

ROOM = Fraction(1, 4)
"""How far each datum may move in the program, unless the caller says otherwise."""


def is_better_greater(objective: Objective) -> bool:
    """Whether more is better."""
    return objective in ("max-margin", "max-correct")


def exact_sums(instance: NetworkTraining, network: BinarizedNetwork) -> Sums:
    """What all neurons add up, for each sample.

    Raises
    ------
    InvalidInputError
        If the network does not have the instance's inputs and layers.
    """
    shape = (network.n_inputs, *network.hidden, network.n_outputs)
    needed = (instance.n_inputs, *instance.sizes)
    if shape != needed:
        raise InvalidInputError(
            f"the network has the sizes {'-'.join(map(str, shape))}, but the instance is about "
            f"{'-'.join(map(str, needed))}."
        )
    data = instance.integer_data
    if data is None or network.largest > _LARGEST_WEIGHT:
        return network.exact_preactivations(instance.X)
    return _integer_sums(network, data, instance.scale)


_LARGEST_WEIGHT = 2**20
"""Sums of data up to 2**40 with such weights are exact in 64 bits."""


def _integer_sums(network: BinarizedNetwork, data: Any, scale: int) -> Sums:
    found = []
    unit = scale
    for w, bias in zip(network.weights, network.biases, strict=True):
        sums = data @ w.T + unit * bias
        found.append([[Fraction(v, unit) for v in row] for row in sums.tolist()])
        data, unit = np.where(sums >= 0, 1, -1), 1
    return tuple(tuple(tuple(layer) for layer in sample) for sample in zip(*found, strict=True))


def objective_values(
    instance: NetworkTraining, network: BinarizedNetwork, sums: Sums
) -> tuple[Fraction, ...]:
    """The value of each objective, in their order; a single one includes its regularization."""
    values = tuple(_value(instance, name, network, sums) for name in instance.objectives)
    (first, *others) = instance.objectives
    if others or first == "min-weight":
        return values
    penalty = instance.regularization * network.norm
    return (values[0] - penalty if is_better_greater(first) else values[0] + penalty,)


def priorities(instance: NetworkTraining, *, room: Fraction = ROOM) -> tuple[Fraction, ...]:
    r"""The factor of each objective in one sum that orders networks lexicographically.

    The values of objective `i` are multiples of :math:`1/L_i`: integers for ``"min-weight"``
    and ``"max-correct"``, else :math:`L_i` is the least common denominator of data and
    margins. Let :math:`W_i` be the least integer greater than
    :math:`L_i \sum_{j>i} W_j R_j`, where :math:`R_j` bounds the difference of any two values of
    objective `j`, and 1 for the last one. If two networks first differ at rank `i`, the better
    one gains at least :math:`W_i / L_i` there and loses at most
    :math:`\sum_{j>i} W_j R_j < W_i / L_i` after it: the sum orders as the list does.

    Parameters
    ----------
    instance
        What is trained.
    room
        How far data may move, for the bounds.

    Examples
    --------
    >>> priorities(NetworkTraining([[1], [2]], [1, -1], objective=("max-correct", "min-weight")))
    (Fraction(3, 1), Fraction(1, 1))
    """
    names = instance.objectives
    factors = [Fraction(1)]
    most = Fraction(0)
    for name, after in zip(names[-2::-1], names[:0:-1], strict=True):
        most += factors[0] * objective_range(instance, after, max(room, ROOM))
        step = value_unit(instance, name)
        factors.insert(0, Fraction(math.floor(step * most) + 1))
    return tuple(factors)


def has_integer_values(name: Objective) -> bool:
    """Whether the values of an objective are integers, whatever the data are."""
    return name in ("min-weight", "max-correct")


def is_margin_of_counted(instance: NetworkTraining) -> bool:
    """Whether the output's margin is that of right samples only: if these are counted before."""
    names = instance.objectives
    return "max-margin" in names and "max-correct" in names[: names.index("max-margin")]


def common_denominator(instance: NetworkTraining) -> int:
    """The least common denominator of data, margins and gap."""
    return math.lcm(
        instance.scale, *(t.denominator for t in instance.margins), instance.gap.denominator
    )


def value_unit(instance: NetworkTraining, name: Objective) -> int:
    """An integer that makes each value of an objective, its regularization included, one too."""
    unit = 1 if has_integer_values(name) else common_denominator(instance)
    is_penalized = len(instance.objectives) == 1 and name != "min-weight"
    return math.lcm(unit, instance.regularization.denominator) if is_penalized else unit


def total_value(instance: NetworkTraining, values: Sequence[Fraction]) -> Fraction:
    """The values in one number: the objective of the training program."""
    factors = signed_priorities(instance)
    return sum((w * v for w, v in zip(factors, values, strict=True)), Fraction(0))


def signed_priorities(instance: NetworkTraining, *, room: Fraction = ROOM) -> tuple[Fraction, ...]:
    """The factors, negative for an objective of which the better side is the other one."""
    first = is_better_greater(instance.objectives[0])
    factors = zip(priorities(instance, room=room), instance.objectives, strict=True)
    return tuple(w if is_better_greater(name) == first else -w for w, name in factors)


def refuse_unfit(instance: NetworkTraining, network: BinarizedNetwork, sums: Sums) -> None:
    """Refuse a network that the instance does not allow.

    Raises
    ------
    InvalidInputError
        If a weight or bias is out of range, a hidden sum lies between ``-gap`` and 0, or a
        sample is not right where all have to be.
    """
    for problem in _problems(instance, network, sums):
        raise InvalidInputError(f"{problem}.")


def score_bounds(instance: NetworkTraining, room: Fraction) -> list[Fraction]:
    """For each sample, a bound on the absolute value of the output's sum."""
    return _layer_bounds(instance, len(instance.hidden), room)


def objective_range(instance: NetworkTraining, name: Objective, room: Fraction) -> Fraction:
    """A bound on the difference of any two values of an objective, for data within the room."""
    match name:
        case "min-weight":
            return Fraction(instance.largest * _count_weights(instance))
        case "max-correct":
            return Fraction(instance.n_samples)
        case "hinge":
            bounds = score_bounds(instance, room)
            return sum(
                (
                    max(Fraction(0), b + abs(t) + room)
                    for b, t in zip(bounds, taus(instance), strict=True)
                ),
                Fraction(0),
            )
        case "max-margin":
            layers = [
                min(_layer_bounds(instance, k, room)) * h for k, h in enumerate(instance.hidden)
            ]
            return sum(layers, 2 * max(score_bounds(instance, room)))
        case _:
            assert_never(name)


def best_value(instance: NetworkTraining, name: Objective) -> Fraction:
    """A value of an objective that no network betters."""
    match name:
        case "min-weight" | "hinge":
            return Fraction(0)
        case "max-correct":
            return Fraction(instance.n_samples)
        case "max-margin":
            # If right samples are counted before, the least score may be that of any one.
            is_judged = is_margin_of_counted(instance)
            least = (max if is_judged else min)(score_bounds(instance, Fraction(0)))
            layers = range(len(instance.hidden))
            hidden = (
                min(_layer_bounds(instance, k, Fraction(0))) * instance.hidden[k] for k in layers
            )
            return sum(hidden, least)
        case _:
            assert_never(name)


def best_total(instance: NetworkTraining) -> Fraction:
    """A value of the training program that no network betters."""
    return total_value(instance, [best_value(instance, name) for name in instance.objectives])


def taus(instance: NetworkTraining) -> tuple[Fraction, ...]:
    """The margin of each sample, that of its label."""
    above, below = instance.margins
    return tuple(above if label == 1 else below for label in instance.y)


def _layer_bounds(instance: NetworkTraining, layer: int, room: Fraction) -> list[Fraction]:
    most = instance.largest
    if layer:
        return [Fraction(most * (instance.sizes[layer - 1] + 1))] * instance.n_samples
    return [most * (size + room * instance.n_inputs + 1) for size in absolute_sums(instance)]


def absolute_sums(instance: NetworkTraining) -> list[Fraction]:
    """For each sample the sum of the absolute data."""
    data = instance.integer_data
    if data is None:
        return [sum(map(abs, row), Fraction(0)) for row in instance.X]
    return [Fraction(v, instance.scale) for v in np.abs(data).sum(axis=1).tolist()]


def _count_weights(instance: NetworkTraining) -> int:
    widths = (instance.n_inputs, *instance.hidden)
    return sum((w + 1) * size for w, size in zip(widths, instance.sizes, strict=True))


# -- values --------------------------------------------------------------------------------


def _value(
    instance: NetworkTraining, name: Objective, network: BinarizedNetwork, sums: Sums
) -> Fraction:
    gains = _gains(instance, sums)
    match name:
        case "min-weight":
            return Fraction(network.norm)
        case "max-correct":
            return Fraction(sum(g >= t for g, t in zip(gains, taus(instance), strict=True)))
        case "hinge":
            short = (t - g for g, t in zip(gains, taus(instance), strict=True))
            return sum((s for s in short if s > 0), Fraction(0))
        case "max-margin":
            return _output_margin(instance, gains) + _hidden_margins(sums)
        case _:
            assert_never(name)


def _gains(instance: NetworkTraining, sums: Sums) -> list[Fraction]:
    """The output's sum of each sample, times its label."""
    return [label * sample[-1][0] for label, sample in zip(instance.y, sums, strict=True)]


def _output_margin(instance: NetworkTraining, gains: Sequence[Fraction]) -> Fraction:
    """The least gain: of the samples that are right, if how many is decided before."""
    if not is_margin_of_counted(instance):
        return min(gains)
    right = (g for g, t in zip(gains, taus(instance), strict=True) if g >= t)
    return min(right, default=Fraction(0))


def _hidden_margins(sums: Sums) -> Fraction:
    """For each hidden neuron the least absolute sum over the samples, added up."""
    margins = Fraction(0)
    for layer in range(len(sums[0]) - 1):
        columns = zip(*(sample[layer] for sample in sums), strict=True)
        margins += sum((min(map(abs, column)) for column in columns), Fraction(0))
    return margins


# -- what is not allowed ---------------------------------------------------------------------


def _problems(instance: NetworkTraining, network: BinarizedNetwork, sums: Sums) -> Iterator[str]:
    for layer, (w, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
        for name, part in (("weights", w), ("biases", bias)):
            for place in np.argwhere(np.abs(part) > instance.largest)[:1]:
                where = "".join(f"[{v}]" for v in (layer, *place))
                yield (
                    f"{name}{where} is {part[tuple(place)]}; at most {instance.largest} in "
                    "absolute value is allowed"
                )
        for place in np.argwhere(w == 0)[:1] if instance.weights == "binary" else ():
            yield f"weights[{layer}][{place[0]}][{place[1]}] is 0; binary weights are -1 and 1"
    yield from _unclear_neurons(instance, sums)
    yield from _wrong_samples(instance, sums)


def _unclear_neurons(instance: NetworkTraining, sums: Sums) -> Iterator[str]:
    for k, sample in enumerate(sums):
        for layer, neurons in enumerate(sample[:-1]):
            for j, total in enumerate(neurons):
                if -instance.gap < total < 0:
                    yield (
                        f"neuron {j} of layer {layer} adds up to {total} for sample {k}, which is "
                        f"between -gap = {-instance.gap} and 0"
                    )


def _wrong_samples(instance: NetworkTraining, sums: Sums) -> Iterator[str]:
    needed = needed_gains(instance)
    if needed is None:
        return
    for k, (gain, need) in enumerate(zip(_gains(instance, sums), needed, strict=True)):
        if gain < need:
            yield f"sample {k} with label {instance.y[k]} has the margin {gain}; {need} is needed"


def needed_gains(instance: NetworkTraining) -> tuple[Fraction, ...] | None:
    """What label times sum has to be at least, for each sample; None if nothing is asked.

    Only the first objective asks: ``"min-weight"`` for the margin, ``"max-margin"`` for the
    right sign, a sum of 0 counting as positive and ``-gap`` as negative.
    """
    match instance.objectives[0]:
        case "min-weight":
            return taus(instance)
        case "max-margin":
            return tuple(Fraction(0) if label == 1 else instance.gap for label in instance.y)
        case "max-correct" | "hinge":
            return None
        case _:
            assert_never(instance.objectives[0])

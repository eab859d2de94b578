"""What a network is worth to a training instance whose biases may be any integers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import cast, final

import numpy as np

from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._assessment import (
    Sums,
    best_total,
    exact_sums,
    is_better_greater,
    objective_values,
    refuse_unfit,
    total_value,
)
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining


@final
@dataclass(frozen=True, slots=True)
class Valuation:
    """The value of a network, exactly, and what the training program says against it.

    Attributes
    ----------
    value
        The objective; the worst infinity if there is a problem.
    n_right
        How many labels are right.
    problem
        Why no training program with these weights allows it; empty if one does.
    bias
        The largest absolute bias, if it is beyond the range of the weights; else 0.
    """

    value: Bound
    n_right: int
    problem: str
    bias: int


def valuation(instance: NetworkTraining, network: BinarizedNetwork) -> Valuation:
    """What a network is worth, where biases may be any integers.

    Descents choose thresholds freely, as is usual; training programs keep biases in the range
    of the weights. All other rows of the program are looked at.

    Raises
    ------
    InvalidInputError
        If the network does not have the instance's inputs and layers.

    Examples
    --------
    >>> instance = NetworkTraining([[5], [3]], [1, -1])
    >>> valuation(instance, BinarizedNetwork([[[1]]], [[-4]]))
    Valuation(value=Fraction(5, 1), n_right=2, problem='', bias=4)
    >>> valuation(instance, BinarizedNetwork([[[1]]], [[0]])).problem
    'sample 1 with label -1 has the margin -3; 1 is needed'
    """
    sums = _sums(instance, network)
    right = sum((s[-1][0] >= 0) == (y == 1) for s, y in zip(sums, instance.y, strict=True))
    bias = int(max(np.abs(part).max() for part in network.biases))
    bias = bias if bias > instance.largest else 0
    problem = _problem(instance, network, sums)
    if problem:
        return Valuation(math.inf if instance.is_minimized else -math.inf, right, problem, bias)
    value = total_value(instance, objective_values(instance, network, sums))
    return Valuation(value, right, "", bias)


def simple_bound(instance: NetworkTraining, *, are_biases_free: bool) -> Bound:
    """A value that no network betters, by the definition of the objectives alone.

    With biases of any size margins have no such bound.

    Examples
    --------
    >>> instance = NetworkTraining([[5], [3]], [1, -1], objective="max-margin")
    >>> simple_bound(instance, are_biases_free=False), simple_bound(instance, are_biases_free=True)
    (Fraction(4, 1), inf)
    """
    if are_biases_free and "max-margin" in instance.objectives:
        return math.inf if is_better_greater(instance.objectives[0]) else -math.inf
    return best_total(instance)


def _sums(instance: NetworkTraining, network: BinarizedNetwork) -> Sums:
    data = instance.integer_data
    if data is None or instance.scale != 1 or network.largest > _LARGEST_WEIGHT:
        return exact_sums(instance, network)
    layers = [sums.tolist() for sums in network.preactivations(data)]
    # Integers compare with fractions and add up with them exactly, at a tenth of the cost.
    return cast("Sums", tuple(zip(*layers, strict=True)))


_LARGEST_WEIGHT = 2**20
"""Sums of data up to 2**40 with such weights are exact in 64 bits."""


def _problem(instance: NetworkTraining, network: BinarizedNetwork, sums: Sums) -> str:
    most = instance.largest
    in_range = BinarizedNetwork(network.weights, [np.clip(b, -most, most) for b in network.biases])
    if instance.scale == 1 and instance.gap <= 1:
        # No whole sum lies between -gap and 0: there is no need to look at hidden ones.
        sums = tuple(sample[-1:] for sample in sums)
    try:
        refuse_unfit(instance, in_range, sums)
    except InvalidInputError as error:
        return str(error).rstrip(".")
    return ""

"""Networks that a point of a training program stands for, with their exact values."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_point
from tamemip.plugins.bnn._assessment import (
    exact_sums,
    objective_values,
    refuse_unfit,
    total_value,
)
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._printing import shown
from tamemip.plugins.bnn._training import NetworkTraining, Objective
from tamemip.plugins.bnn._training_layers import weight_names


@final
@dataclass(frozen=True, slots=True, repr=False)
class FittedNetwork:
    """A network, and what it is worth to a training instance.

    Nothing is said about whether the instance allows it (see `evaluate`) or it is optimal.

    Attributes
    ----------
    network
        The network.
    value
        The objective of the training program, exactly. With one objective its value; with
        several the sum with the factors of `priorities`.
    values
        The value of each objective, exactly.
    objectives
        Their names.
    right
        For each sample, whether the sign of its score is its label.

    Examples
    --------
    >>> instance = NetworkTraining([[1, 1], [1, -1], [-1, 1], [-1, -1]], [1, -1, -1, -1])
    >>> fitted = fit_of(instance, BinarizedNetwork([[[1, 1]]], [[-1]]))
    >>> fitted
    FittedNetwork(value 3, 4 of 4 labels right, 2-1)
    >>> print(fitted)
    4 of 4 labels right, min-weight 3
      layer 0, neuron 0: x0 + x1 - 1
    """

    network: BinarizedNetwork
    value: Fraction
    values: tuple[Fraction, ...]
    objectives: tuple[Objective, ...]
    right: tuple[bool, ...]

    @property
    def n_right(self) -> int:
        """How many labels are right."""
        return sum(self.right)

    def __repr__(self) -> str:
        sizes = (self.network.n_inputs, *self.network.hidden, self.network.n_outputs)
        return f"FittedNetwork(value {self.value}, {self._counts()}, {'-'.join(map(str, sizes))})"

    def __str__(self) -> str:
        values = (f"{n} {shown(v)}" for n, v in zip(self.objectives, self.values, strict=True))
        lines = [f"{self._counts()}, {', '.join(values)}"]
        for layer, (w, bias) in enumerate(
            zip(self.network.weights, self.network.biases, strict=True)
        ):
            letter = "h" if layer else "x"
            rows = list(zip(w.tolist(), bias.tolist(), strict=True))
            lines += [
                f"  layer {layer}, neuron {j}: {_sum_of(row, int(b), letter)}"
                for j, (row, b) in enumerate(rows[:_NEURONS_SHOWN])
            ]
            if len(rows) > _NEURONS_SHOWN:
                lines.append(f"  layer {layer}: {len(rows) - _NEURONS_SHOWN} more neurons")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def _counts(self) -> str:
        return f"{self.n_right} of {len(self.right)} labels right"


def fit_of(instance: NetworkTraining, network: BinarizedNetwork) -> FittedNetwork:
    """What a network is worth to an instance, allowed or not.

    Raises
    ------
    InvalidInputError
        If the network does not have the instance's inputs and layers.
    """
    sums = exact_sums(instance, network)
    values = objective_values(instance, network, sums)
    right = tuple(
        (sample[-1][0] >= 0) == (label == 1) for sample, label in zip(sums, instance.y, strict=True)
    )
    return FittedNetwork(network, total_value(instance, values), values, instance.objectives, right)


def decode(instance: NetworkTraining, point: Sequence[Number]) -> FittedNetwork:
    """The network that a point of the training program stands for.

    Its value is computed from the network, in rational arithmetic.

    Parameters
    ----------
    instance
        What is trained.
    point
        One number a column, as a solver gives it; those of the weights come first.

    Raises
    ------
    InvalidInputError
        If there are too few numbers, or one of a weight is not near an integer.

    Examples
    --------
    >>> decode(NetworkTraining([[2]], [-1]), [0, 0.9999999, 0, 0]).network.weights[0].tolist()
    [[-1]]
    """
    pairs = weight_names(instance)
    names = [name for pair in pairs for name in pair]
    if len(point) < len(names):
        raise InvalidInputError(
            f"point has {len(point)} entries, but the program begins with {len(names)} columns "
            "for weights and biases."
        )
    read = exact_point(list(point)[: len(names)], [True] * len(names), names)
    numbers = [int(plus - minus) for plus, minus in zip(read[::2], read[1::2], strict=True)]
    return fit_of(instance, network_of(instance, numbers))


def evaluate(instance: NetworkTraining, solution: FittedNetwork | BinarizedNetwork) -> Fraction:
    """The value of a network, from its weights and the instance alone.

    Raises
    ------
    InvalidInputError
        If the instance does not allow it: sizes do not fit, a weight is out of range, a hidden
        sum lies between ``-gap`` and 0, or a sample that has to be right is not.

    Examples
    --------
    >>> instance = NetworkTraining([[1, 1], [1, -1], [-1, 1], [-1, -1]], [1, -1, -1, -1])
    >>> evaluate(instance, BinarizedNetwork([[[1, 1]]], [[-1]]))
    Fraction(3, 1)
    >>> evaluate(instance, BinarizedNetwork([[[1, 0]]], [[0]]))
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: sample 1 with label -1 has the margin -1; 1 is needed.
    """
    network = solution.network if isinstance(solution, FittedNetwork) else solution
    if not isinstance(network, BinarizedNetwork):
        raise InvalidInputError(f"{network!r} is no network; give a BinarizedNetwork.")
    sums = exact_sums(instance, network)
    refuse_unfit(instance, network, sums)
    return total_value(instance, objective_values(instance, network, sums))


def network_of(instance: NetworkTraining, numbers: Sequence[int]) -> BinarizedNetwork:
    """The network with these weights and biases, in the order of `weight_names`."""
    weights, biases = [], []
    first, width = 0, instance.n_inputs
    for size in instance.sizes:
        last = first + size * (width + 1)
        part = np.array(numbers[first:last], dtype=np.int64).reshape(size, width + 1)
        weights.append(part[:, :-1])
        biases.append(part[:, -1])
        first, width = last, size
    return BinarizedNetwork(weights, biases)


_NEURONS_SHOWN = 8
_TERMS_SHOWN = 12


def _sum_of(weights: Sequence[int], bias: int, letter: str) -> str:
    """``x0 - 2 x3 + 1``."""
    terms = [(w, f"{letter}{i}") for i, w in enumerate(weights) if w]
    more = len(terms) - _TERMS_SHOWN
    parts = [(w, name if abs(w) == 1 else f"{abs(w)} {name}") for w, name in terms[:_TERMS_SHOWN]]
    if more > 0:
        parts.append((1, f"({more} more terms)"))
    if bias or not parts:
        parts.append((bias, str(abs(bias))))
    text = "".join(f" {'-' if w < 0 else '+'} {name}" for w, name in parts)
    return text[3:] if text.startswith(" + ") else f"-{text[3:]}"

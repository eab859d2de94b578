"""Training in CP-SAT's words: enforced sums, and Boolean products."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from typing import Any, final

import numpy as np

from tamemip.errors import UnsupportedError
from tamemip.plugins.bnn._assessment import common_denominator
from tamemip.plugins.bnn._encoding import in_order
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_layers import key_factors

_LARGEST = 1 << 40
"""Sums beyond this are refused: CP-SAT adds up numbers of 64 bits."""


@final
@dataclass(frozen=True, slots=True)
class Case:
    """Samples with the same features: how many there are of each label."""

    features: tuple[int, ...]
    counts: Mapping[int, int]


@final
@dataclass(slots=True)
class TrainingModel:
    """A model of CP-SAT in the making; data are scaled to integers.

    Features that are 0 in all samples are left out: their weights are 0 (1 if weights are
    binary). Samples with the same features share neurons.

    Attributes
    ----------
    instance
        What is trained.
    model
        The model.
    scale
        What data, margins and gap were multiplied by.
    live
        The features that are not 0 throughout.
    cases
        The distinct samples.
    weights, sizes, signs
        For each layer, neuron and input (the bias last): its weight, its absolute value, and
        the Boolean variables behind them.
    on
        For each hidden layer, neuron and case: whether it is on.
    sums
        For each layer, neuron and case, what is added up, times the scale.
    """

    instance: NetworkTraining
    model: Any
    scale: int
    live: tuple[int, ...]
    cases: tuple[Case, ...]
    weights: list[list[list[Any]]] = field(default_factory=list)
    sizes: list[list[list[Any]]] = field(default_factory=list)
    signs: list[list[list[tuple[Any, ...]]]] = field(default_factory=list)
    on: list[list[list[Any]]] = field(default_factory=list)
    sums: list[list[list[Any]]] = field(default_factory=list)

    @property
    def scores(self) -> list[Any]:
        """What the output adds up for each case, times the scale."""
        return self.sums[-1][0]

    @property
    def norm(self) -> Any:
        """The sum of absolute weights and biases, those of dead features included."""
        parts = [size for layer in self.sizes for neuron in layer for size in neuron]
        return sum(parts) + self._norm_of_dead()

    def bound(self, layer: int, case: Case) -> int:
        """A bound on the absolute value of a sum of a layer, times the scale."""
        if layer:
            return self.scale * self.instance.largest * (self.instance.sizes[layer - 1] + 1)
        return self.instance.largest * (sum(map(abs, case.features)) + self.scale)

    def network(self, value: Any) -> BinarizedNetwork:
        """The network of a solution; ``value`` gives the number of a variable or expression."""
        weights, biases = [], []
        for layer, neurons in enumerate(self.weights):
            numbers = np.array([[value(w) for w in row] for row in neurons], dtype=np.int64)
            found, bias = numbers[:, :-1], numbers[:, -1]
            if layer == 0:
                whole = np.full((len(neurons), self.instance.n_inputs), self._dead_weight)
                whole[:, list(self.live)] = found
                found = whole
            weights.append(found)
            biases.append(bias)
        return BinarizedNetwork(weights, biases)

    def hint(self, network: BinarizedNetwork) -> None:
        """Let CP-SAT begin with a network."""
        live = BinarizedNetwork(
            [network.weights[0][:, list(self.live)], *network.weights[1:]], network.biases
        )
        start = in_order(self.instance, live)
        self.model.clear_hints()
        for layer, (w, bias) in enumerate(zip(start.weights, start.biases, strict=True)):
            for j, numbers in enumerate(np.column_stack([w, bias]).tolist()):
                for i, number in enumerate(numbers):
                    _hint_weight(self.model, self.signs[layer][j][i], int(number))
        inputs = np.array([case.features for case in self.cases], dtype=np.int64)
        inputs = inputs.reshape(len(self.cases), len(self.live))
        for layer, neurons in enumerate(self.on):
            unit = 1 if layer else self.scale
            sums = inputs @ start.weights[layer].T + unit * start.biases[layer]
            for j, cases in enumerate(neurons):
                for g, u in enumerate(cases):
                    self.model.add_hint(u, bool(sums[g, j] >= 0))
            inputs = np.where(sums >= 0, 1, -1)

    @property
    def _dead_weight(self) -> int:
        return 1 if self.instance.weights == "binary" else 0

    def _norm_of_dead(self) -> int:
        dead = self.instance.n_inputs - len(self.live)
        return self._dead_weight * dead * self.instance.sizes[0]


def training_model(instance: NetworkTraining) -> TrainingModel:
    """The network of an instance, without requirements and objective.

    Raises
    ------
    UnsupportedError
        If the data, brought to a common denominator, are too large.
    """
    from ortools.sat.python import cp_model

    scale = _scale(instance)
    live = [i for i in range(instance.n_inputs) if any(row[i] for row in instance.X)]
    model = TrainingModel(
        instance, cp_model.CpModel(), scale, tuple(live), tuple(_cases(instance, scale, live))
    )
    widths = (len(live), *instance.hidden)
    for layer, (width, size) in enumerate(zip(widths, instance.sizes, strict=True)):
        _add_weights(model, layer, width, size)
        _add_sums(model, layer)
        if layer < len(instance.hidden):
            _add_neurons(model, layer)
            _add_order(model, layer, width)
    return model


def _scale(instance: NetworkTraining) -> int:
    scale = common_denominator(instance)
    most = max(sum(map(abs, row), Fraction(1)) for row in instance.X)
    most = scale * (instance.largest * most + max(map(abs, instance.margins)) + instance.gap)
    if most * instance.n_samples > _LARGEST:
        raise UnsupportedError(
            f"CP-SAT needs integers: brought to the common denominator {scale}, sums of the data "
            f"go up to {float(most):.3g} for a sample, which is too much. Round the data, or "
            'use solver="scip".'
        )
    return scale


def _cases(instance: NetworkTraining, scale: int, live: Sequence[int]) -> Iterator[Case]:
    found: dict[tuple[int, ...], dict[int, int]] = {}
    for row, label in zip(instance.X, instance.y, strict=True):
        counts = found.setdefault(tuple(int(scale * row[i]) for i in live), {})
        counts[label] = counts.get(label, 0) + 1
    return (Case(features, counts) for features, counts in found.items())


def _add_weights(model: TrainingModel, layer: int, width: int, size: int) -> None:
    rows = [
        [_weight(model, f"[{layer},{j},{i}]", is_bias=i == width) for i in range(width + 1)]
        for j in range(size)
    ]
    model.signs.append([[signs for signs, _, _ in row] for row in rows])
    model.weights.append([[w for _, w, _ in row] for row in rows])
    model.sizes.append([[s for _, _, s in row] for row in rows])


def _weight(model: TrainingModel, place: str, *, is_bias: bool) -> tuple[tuple[Any, ...], Any, Any]:
    """The variables of one weight, the weight, and its absolute value."""
    cp, most = model.model, model.instance.largest
    if model.instance.weights == "binary" and not is_bias:
        positive = cp.new_bool_var(f"positive{place}")
        return (positive,), 2 * positive - 1, 1
    if most == 1:
        plus, minus = cp.new_bool_var(f"plus{place}"), cp.new_bool_var(f"minus{place}")
        cp.add_at_most_one(plus, minus)
        return (plus, minus), plus - minus, plus + minus
    weight = cp.new_int_var(-most, most, f"weight{place}")
    size = cp.new_int_var(0, most, f"size{place}")
    cp.add_abs_equality(size, weight)
    return (weight, size, None), weight, size


def _hint_weight(cp: Any, variables: tuple[Any, ...], number: int) -> None:
    match variables:
        case (positive,):
            cp.add_hint(positive, number > 0)
        case (plus, minus):
            cp.add_hint(plus, number > 0)
            cp.add_hint(minus, number < 0)
        case (weight, size, _):
            cp.add_hint(weight, number)
            cp.add_hint(size, abs(number))


def _add_sums(model: TrainingModel, layer: int) -> None:
    scale = model.scale
    sums = []
    for j, row in enumerate(model.weights[layer]):
        if layer == 0:
            data = [case.features for case in model.cases]
            sums.append(
                [
                    sum((x * w for x, w in zip(xs, row, strict=False) if x), scale * row[-1])
                    for xs in data
                ]
            )
        else:
            sums.append(
                [
                    scale * sum(_products(model, layer, j, g), row[-1])
                    for g in range(len(model.cases))
                ]
            )
    model.sums.append(sums)


def _products(model: TrainingModel, layer: int, j: int, g: int) -> Iterator[Any]:
    """Weights times values of neurons."""
    cp, most = model.model, model.instance.largest
    for i, neuron in enumerate(model.on[layer - 1]):
        u, place = neuron[g], f"[{layer},{j},{i},{g}]"
        if model.instance.weights == "binary":
            (positive,) = model.signs[layer][j][i]
            same = cp.new_bool_var(f"same{place}")
            cp.add_bool_xor(positive, u, same)  # an odd number of them: same = (positive == u)
            yield 2 * same - 1
            continue
        w, size = model.weights[layer][j][i], model.sizes[layer][j][i]
        z = cp.new_int_var(-most, most, f"product{place}")
        cp.add(z == w).only_enforce_if(u)
        cp.add(z == -w).only_enforce_if(~u)
        cp.add(z <= size)
        cp.add(z >= -size)
        yield z


def _add_neurons(model: TrainingModel, layer: int) -> None:
    cp = model.model
    gap = int(model.scale * model.instance.gap)
    layers = []
    for j, sums in enumerate(model.sums[layer]):
        neuron = [cp.new_bool_var(f"on[{layer},{j},{g}]") for g in range(len(sums))]
        for u, total in zip(neuron, sums, strict=True):
            cp.add(total >= 0).only_enforce_if(u)
            cp.add(total <= -gap).only_enforce_if(~u)
        layers.append(neuron)
    model.on.append(layers)


def _add_order(model: TrainingModel, layer: int, width: int) -> None:
    """Neurons in decreasing order of their first weights: see `key_factors`."""
    factors = key_factors(model.instance, width)
    keys = [sum(f * w for f, w in zip(factors, row, strict=False)) for row in model.weights[layer]]
    for before, after in pairwise(keys):
        model.model.add(before >= after)

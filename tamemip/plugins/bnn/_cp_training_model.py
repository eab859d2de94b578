"""Training in CP-SAT's words: enforced sums, and Boolean products."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, final

import numpy as np

from tamemip.errors import UnsupportedError
from tamemip.plugins.bnn._assessment import absolute_sums, common_denominator
from tamemip.plugins.bnn._cp_weights import (
    CpWeight,
    binary_weight,
    integer_weight,
    ternary_weight,
)
from tamemip.plugins.bnn._merged_features import Case, MergedData, merged_data
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining

_LARGEST = 1 << 40
"""Sums beyond this are refused: CP-SAT adds up numbers of 64 bits."""

_MANY = 2000
"""A model with more products of samples and weights is large."""

_LARGEST_KEY = 100
"""Neurons are told apart by so many values of their first weights, at least."""


@final
@dataclass(slots=True)
class TrainingModel:
    """A model of CP-SAT in the making; data are scaled to integers.

    Attributes
    ----------
    instance
        What is trained.
    data
        Its distinct samples and features.
    model
        The model.
    weights
        For each layer, neuron and input: the weight. In the first layer inputs are merged
        features; later, the bias comes last.
    on
        For each hidden layer, neuron and case: whether it is on.
    sums
        For each layer, neuron and case, what is added up, times the scale.
    """

    instance: NetworkTraining
    data: MergedData
    model: Any
    weights: list[list[list[CpWeight]]] = field(default_factory=list)
    on: list[list[list[Any]]] = field(default_factory=list)
    sums: list[list[list[Any]]] = field(default_factory=list)

    @property
    def cases(self) -> tuple[Case, ...]:
        """The distinct samples."""
        return self.data.cases

    @property
    def scale(self) -> int:
        """What data, margins and gap were multiplied by."""
        return self.data.scale

    @property
    def scores(self) -> list[Any]:
        """What the output adds up for each case, times the scale."""
        return self.sums[-1][0]

    @property
    def norm(self) -> Any:
        """The sum of absolute weights and biases."""
        parts = [w.size for layer in self.weights for neuron in layer for w in neuron]
        return sum(parts) + self.data.norm_of_dead * self.instance.sizes[0]

    @property
    def is_large(self) -> bool:
        """Whether a solver should rather search than look for simplifications."""
        widest = len(self.data.features) * self.instance.sizes[0]
        return widest * len(self.cases) > _MANY

    def bound(self, layer: int, case: Case) -> int:
        """A bound on the absolute value of a sum of a layer, times the scale."""
        if layer:
            return self.scale * self.instance.largest * (self.instance.sizes[layer - 1] + 1)
        return self.instance.largest * (sum(map(abs, case.features)) + self.scale)

    def network(self, value: Any) -> BinarizedNetwork:
        """The network of a solution; ``value`` gives the number of a variable or expression."""
        weights, biases = [], []
        for layer, neurons in enumerate(self.weights):
            rows = [[int(value(w.value)) for w in row] for row in neurons]
            whole = np.array(rows if layer else list(map(self.data.spread, rows)), dtype=np.int64)
            weights.append(whole[:, :-1])
            biases.append(whole[:, -1])
        return BinarizedNetwork(weights, biases)

    def hint(self, network: BinarizedNetwork) -> None:
        """Let CP-SAT begin with a network."""
        self.model.clear_hints()
        columns = np.array([feature.column for feature in self.data.features], dtype=np.int64)
        inputs = columns.T
        order = np.arange(inputs.shape[1])
        for layer, (w, bias) in enumerate(zip(network.weights, network.biases, strict=True)):
            rows = np.column_stack([w[:, order] if layer else w, bias])
            if layer == 0:
                rows = np.array([self.data.gathered(row) for row in rows.tolist()])
            order = self._order(layer, rows)
            rows = rows[order]
            for variables, numbers in zip(self.weights[layer], rows.tolist(), strict=True):
                for variable, number in zip(variables, numbers, strict=True):
                    variable.hint(self.model, number)
            if layer < len(self.on):
                inputs = self._hint_neurons(layer, inputs @ rows.T)

    def key(self, layer: int) -> list[int]:
        """Factors of the first weights of a neuron, in a number by which neurons are ordered."""
        factors = [1]
        for w in self.weights[layer][0][1:]:
            if factors[0] * (2 * w.most + 1) > _LARGEST_KEY:
                break
            factors = [f * (2 * w.most + 1) for f in factors] + [1]
        return factors

    def _order(self, layer: int, rows: Any) -> Any:
        if layer == len(self.instance.hidden):
            return np.arange(len(rows))
        factors = np.array(self.key(layer))
        return np.argsort(-(rows[:, : len(factors)] @ factors), kind="stable")

    def _hint_neurons(self, layer: int, sums: Any) -> Any:
        for j, cases in enumerate(self.on[layer]):
            for g, u in enumerate(cases):
                self.model.add_hint(u, bool(sums[g, j] >= 0))
        values = np.where(sums >= 0, 1, -1)
        return np.column_stack([values, np.ones(len(values), dtype=np.int64)])


def training_model(instance: NetworkTraining) -> TrainingModel:
    """The network of an instance, without requirements and objective.

    Raises
    ------
    UnsupportedError
        If the data, brought to a common denominator, are too large.
    """
    from ortools.sat.python import cp_model

    model = TrainingModel(instance, merged_data(instance, _scale(instance)), cp_model.CpModel())
    for layer in range(len(instance.sizes)):
        model.weights.append(list(_rows_of_weights(model, layer)))
        model.sums.append(list(_sums(model, layer)))
        if layer < len(instance.hidden):
            _add_neurons(model, layer)
            _add_order(model, layer)
    return model


def _scale(instance: NetworkTraining) -> int:
    scale = common_denominator(instance)
    most = max(absolute_sums(instance)) + 1
    most = scale * (instance.largest * most + max(map(abs, instance.margins)) + instance.gap)
    if most * instance.n_samples > _LARGEST:
        raise UnsupportedError(
            f"CP-SAT needs integers: brought to the common denominator {scale}, sums of the data "
            f"go up to 2**{int(most).bit_length()} for a sample, which is too much. Round the "
            'data, or use solver="scip".'
        )
    return scale


def _rows_of_weights(model: TrainingModel, layer: int) -> Iterator[list[CpWeight]]:
    instance = model.instance
    for j in range(instance.sizes[layer]):
        if layer:
            width = instance.hidden[layer - 1]
            counts = [(1, i == width) for i in range(width + 1)]
        else:
            bias = (instance.n_inputs, 1)
            counts = [(len(f.members), bias in f.members) for f in model.data.features]
        yield [
            _weight(model, f"[{layer},{j},{i}]", count, is_bias=is_bias, is_late=layer > 0)
            for i, (count, is_bias) in enumerate(counts)
        ]


def _weight(
    model: TrainingModel, place: str, count: int, *, is_bias: bool, is_late: bool
) -> CpWeight:
    """The sum of so many weights that are merged."""
    instance = model.instance
    if instance.weights == "binary" and not is_bias:
        return binary_weight(model.model, place, count)
    if count * instance.largest == 1:
        return ternary_weight(model.model, place)
    has_cost = "min-weight" in instance.objectives or instance.regularization > 0
    return integer_weight(
        model.model, place, count * instance.largest, with_size=has_cost or is_late
    )


def _sums(model: TrainingModel, layer: int) -> Iterator[list[Any]]:
    cases = range(len(model.cases))
    for row in model.weights[layer]:
        if layer == 0:
            yield _first_sums(model, row)
        else:
            yield [model.scale * sum(_products(model, layer, row, g), row[-1].value) for g in cases]


def _first_sums(model: TrainingModel, row: list[CpWeight]) -> list[Any]:
    """The sums of one neuron of the first layer, written down from arrays: there are many terms."""
    from ortools.sat.python import cp_model

    columns = np.array([f.column for f in model.data.features], dtype=np.int64)
    variables = [variable for w in row for variable, _ in w.parts]
    factors = np.concatenate(
        [np.outer(w.factors, column) for w, column in zip(row, columns, strict=True)]
    ).T
    constants = np.array([w.constant for w in row], dtype=np.int64) @ columns
    sums = []
    for numbers, constant in zip(factors, constants.tolist(), strict=True):
        places = np.flatnonzero(numbers)
        chosen = [variables[i] for i in places]
        sums.append(cp_model.LinearExpr.weighted_sum(chosen, numbers[places]) + constant)
    return sums


def _products(model: TrainingModel, layer: int, row: list[CpWeight], g: int) -> Iterator[Any]:
    """Weights times values of neurons."""
    cp = model.model
    for w, neuron in zip(row, model.on[layer - 1], strict=False):
        u = neuron[g]
        if model.instance.weights == "binary":
            ((positive, _),) = w.parts
            same = cp.new_bool_var("")
            cp.add_bool_xor(positive, u, same)  # an odd number of them: same = (positive == u)
            yield 2 * same - 1
            continue
        z = cp.new_int_var(-w.most, w.most, "")
        cp.add(z == w.value).only_enforce_if(u)
        cp.add(z == -w.value).only_enforce_if(~u)
        cp.add(z <= w.size)
        cp.add(z >= -w.size)
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


def _add_order(model: TrainingModel, layer: int) -> None:
    """Neurons of a layer may be exchanged; ask for one order."""
    factors = model.key(layer)
    keys = [
        sum(f * w.value for f, w in zip(factors, row, strict=False)) for row in model.weights[layer]
    ]
    for before, after in pairwise(keys):
        model.model.add(before >= after)

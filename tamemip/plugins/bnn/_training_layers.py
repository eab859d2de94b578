"""Weights, neurons and their products as columns and rows of a training program."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from typing import TypeAlias, final

from tamemip.plugins._affine import Affine, Entry
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins.bnn._assessment import absolute_sums
from tamemip.plugins.bnn._training import NetworkTraining

Entries: TypeAlias = Mapping[str, Entry]


@final
@dataclass(frozen=True, slots=True)
class Sum:
    """What a neuron adds up for one sample: columns with their entries, and a bound.

    Attributes
    ----------
    entries
        The sum is ``sum(entries[column] * column)``.
    bound
        Its absolute value is at most this, for data within the room of the program.
    """

    entries: Entries
    bound: Fraction


@final
@dataclass(frozen=True, slots=True)
class Layers:
    """The sums of all neurons: ``sums[l][j][k]`` of neuron `j` of layer `l` for sample `k`."""

    sums: tuple[tuple[tuple[Sum, ...], ...], ...]

    @property
    def scores(self) -> tuple[Sum, ...]:
        """The sums of the output, one a sample."""
        return self.sums[-1][0]


def weight_names(instance: NetworkTraining) -> list[tuple[str, str]]:
    """The two columns of each weight and bias, whose difference it is, layer by layer.

    Neuron by neuron, the weights in the order of the inputs, then the bias. They are the
    first columns of a training program.

    Examples
    --------
    >>> weight_names(NetworkTraining([[1]], [1]))
    [('plus[0,0,0]', 'minus[0,0,0]'), ('bias_plus[0,0]', 'bias_minus[0,0]')]
    """
    widths = (instance.n_inputs, *instance.hidden)
    return [
        pair
        for layer, (width, size) in enumerate(zip(widths, instance.sizes, strict=True))
        for j in range(size)
        for pair in [*(_weight(layer, j, i) for i in range(width)), _bias(layer, j)]
    ]


def write_layers(
    build: ProgramBuilder,
    instance: NetworkTraining,
    cost: Affine,
    room: Fraction,
    *,
    data_names: str | None,
) -> Layers:
    r"""Add the columns and rows of a network, and say what its neurons add up.

    A weight is the difference of two columns, ``plus`` and ``minus``, whose sum is at least
    its absolute value, and is equal to it wherever `cost` is positive. Where `cost` stands at 0,
    rows make it equal, so that a cost that moves below 0 is right too, and each network is one
    point.

    The product :math:`z = w (2u - 1)` of a weight and the value of a neuron, with
    :math:`u\in\{0,1\}`, is exact by McCormick's four rows; with
    :math:`-|w| \le z \le |w|` they describe the convex hull of its points.

    Neurons of one layer are in order of a number that is made of their first weights: any
    network can be brought into it by exchanging neurons, for all data, so no value changes.

    Parameters
    ----------
    build
        The program in the making.
    instance
        What is trained.
    cost
        Cost of one unit of a weight or bias.
    room
        How far each datum may move, for the bounds of sums.
    data_names
        What parameters of data are called, before ``[k,i]``; None if no datum moves.

    References
    ----------
    .. [1] G. P. McCormick, "Computability of global solutions to factorable nonconvex
       programs: Part I", Mathematical Programming 10 (1976), 147-175.
    .. [2] R. Toro Icarte, L. Illanes, M. P. Castro, A. A. Cire, S. A. McIlraith and
       J. C. Beck, "Training binarized neural networks using MIP and CP", CP 2019, 401-417.
    """
    _write_weights(build, instance, cost)
    found = [_first_sums(instance, room, data_names)]
    for layer, size in enumerate(instance.hidden):
        _write_order(build, instance, layer)
        for j, k in product(range(size), range(instance.n_samples)):
            _write_neuron(build, instance, (layer, j, k), found[-1][j][k])
        found.append(_next_sums(build, instance, layer + 1))
    return Layers(tuple(tuple(tuple(neuron) for neuron in sums) for sums in found))


def _weight(layer: int, j: int, i: int) -> tuple[str, str]:
    return f"plus[{layer},{j},{i}]", f"minus[{layer},{j},{i}]"


def _bias(layer: int, j: int) -> tuple[str, str]:
    return f"bias_plus[{layer},{j}]", f"bias_minus[{layer},{j}]"


def _write_weights(build: ProgramBuilder, instance: NetworkTraining, cost: Affine) -> None:
    names = weight_names(instance)
    for name in (name for pair in names for name in pair):
        build.column(name, cost=cost, upper=instance.largest)
    is_split = cost.constant != 0  # the cost itself leaves one of the two at 0
    for plus, minus in names:
        place = plus.removeprefix("bias_plus").removeprefix("plus")
        if instance.weights == "binary" and not plus.startswith("bias"):
            build.row(f"weight{place}", {plus: 1, minus: 1}, "=", 1)
        elif is_split:
            continue
        elif instance.largest == 1:
            build.row(f"one_sign{place}", {plus: 1, minus: 1}, "<=", 1)
        else:
            sign, most = build.column(f"sign{place}", upper=1), instance.largest
            build.row(f"if_positive{place}", {plus: 1, sign: -most}, "<=", 0)
            build.row(f"if_negative{place}", {minus: 1, sign: most}, "<=", most)
            build.row(f"only_if_positive{place}", {plus: 1, sign: -1}, ">=", 0)


def _first_sums(
    instance: NetworkTraining, room: Fraction, data_names: str | None
) -> list[list[Sum]]:
    """The sums of the first layer, whose inputs are the data."""
    data: list[list[Affine]] = [
        [
            Affine.of(x, *([f"{data_names}[{k},{i}]"] if data_names else []))
            for i, x in _counted(row)
        ]
        for k, row in enumerate(instance.X)
    ]
    negated = [[-x for x in row] for row in data]
    off = room if data_names else Fraction(0)
    bounds = [
        instance.largest * (size + off * instance.n_inputs + 1) for size in absolute_sums(instance)
    ]
    return [
        [Sum(_first_entries(j, data[k], negated[k]), bounds[k]) for k in range(instance.n_samples)]
        for j in range(instance.sizes[0])
    ]


def _counted(row: Sequence[Fraction]) -> list[tuple[int, Fraction]]:
    return list(enumerate(row))


def _first_entries(j: int, data: Sequence[Affine], negated: Sequence[Affine]) -> Entries:
    entries: dict[str, Entry] = {}
    for i, (x, minus_x) in enumerate(zip(data, negated, strict=True)):
        if x.constant or x.slopes:
            plus, minus = _weight(0, j, i)
            entries[plus], entries[minus] = x, minus_x
    plus, minus = _bias(0, j)
    entries[plus], entries[minus] = 1, -1
    return entries


def _next_sums(build: ProgramBuilder, instance: NetworkTraining, layer: int) -> list[list[Sum]]:
    """The sums of a later layer, whose inputs are neurons: products come first."""
    width = instance.sizes[layer - 1]
    bound = Fraction(instance.largest * (width + 1))
    sums = []
    for j in range(instance.sizes[layer]):
        plus, minus = _bias(layer, j)
        samples = []
        for k in range(instance.n_samples):
            entries: dict[str, Entry] = {
                _write_product(build, instance, (layer, j, i, k)): 1 for i in range(width)
            }
            samples.append(Sum({**entries, plus: 1, minus: -1}, bound))
        sums.append(samples)
    return sums


def _write_product(
    build: ProgramBuilder, instance: NetworkTraining, place: tuple[int, int, int, int]
) -> str:
    """One weight times the value -1 or 1 of one neuron for one sample."""
    layer, j, i, k = place
    most = instance.largest
    label = f"[{layer},{j},{i},{k}]"
    z = build.column(f"product{label}", lower=-most, upper=most, integer=False)
    u = f"on[{layer - 1},{i},{k}]"
    plus, minus = _weight(layer, j, i)
    build.row(f"on_upper{label}", {z: 1, plus: -1, minus: 1, u: 2 * most}, "<=", 2 * most)
    build.row(f"on_lower{label}", {z: 1, plus: -1, minus: 1, u: -2 * most}, ">=", -2 * most)
    build.row(f"off_upper{label}", {z: 1, plus: 1, minus: -1, u: -2 * most}, "<=", 0)
    build.row(f"off_lower{label}", {z: 1, plus: 1, minus: -1, u: 2 * most}, ">=", 0)
    if instance.weights != "binary":
        build.row(f"size_upper{label}", {z: 1, plus: -1, minus: -1}, "<=", 0)
        build.row(f"size_lower{label}", {z: 1, plus: 1, minus: 1}, ">=", 0)
    return z


def _write_neuron(
    build: ProgramBuilder, instance: NetworkTraining, place: tuple[int, int, int], total: Sum
) -> None:
    """``on`` is 1 only if the sum is at least 0, and 0 only if it is at most ``-gap``."""
    label = f"[{','.join(map(str, place))}]"
    u = build.column(f"on{label}", upper=1)
    off = total.bound + instance.gap
    build.row(f"if_on{label}", {**total.entries, u: -total.bound}, ">=", -total.bound)
    build.row(f"if_off{label}", {**total.entries, u: -off}, "<=", -instance.gap)


_LARGEST_KEY = 100
"""Neurons are told apart by so many values of their first weights, at most."""


def key_factors(instance: NetworkTraining, width: int) -> tuple[int, ...]:
    """The factors of a neuron's first weights (and bias) in the number that orders neurons.

    Examples
    --------
    >>> key_factors(NetworkTraining([[1, 1]], [1]), 2)
    (9, 3, 1)
    """
    base = 2 * instance.largest + 1
    digits = 1
    while digits <= width and base ** (digits + 1) <= _LARGEST_KEY:
        digits += 1
    return tuple(base ** (digits - 1 - d) for d in range(digits))


def _write_order(build: ProgramBuilder, instance: NetworkTraining, layer: int) -> None:
    """Neurons of a hidden layer in decreasing order of their first weights, as digits."""
    width = (instance.n_inputs, *instance.hidden)[layer]
    factors = key_factors(instance, width)
    for j in range(instance.hidden[layer] - 1):
        entries: dict[str, Entry] = {}
        for neuron, sign in ((j, 1), (j + 1, -1)):
            pairs = [*(_weight(layer, neuron, i) for i in range(width)), _bias(layer, neuron)]
            for factor, (plus, minus) in zip(factors, pairs, strict=False):
                entries[plus], entries[minus] = sign * factor, -sign * factor
        build.row(f"order[{layer},{j}]", entries, ">=", 0)

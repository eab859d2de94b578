"""One neuron with real weights: a linear program, whose multipliers bound all integer ones."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._assessment import common_denominator, taus
from tamemip.plugins.bnn._training import NetworkTraining

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


@final
@dataclass(frozen=True, slots=True, eq=False)
class RelaxedNeuron:
    """The best neuron with real weights by the first objective, in floats.

    Attributes
    ----------
    weights
        The weights, the bias last.
    multipliers
        One a sample: how fast the value changes with what it needs.
    """

    weights: Floats
    multipliers: Floats


def relaxed_neuron(
    instance: NetworkTraining, *, seconds: float | None = None
) -> RelaxedNeuron | None:
    """The neuron of the linear relaxation; None if there is none, it is large, or time is over.

    To count right samples is no linear program; the loss of ``"hinge"`` stands for it.

    Parameters
    ----------
    instance
        One neuron, without a hidden layer.
    seconds
        When to stop, but not before 0.2 s are over.

    Examples
    --------
    >>> found = relaxed_neuron(NetworkTraining([[2], [-1]], [1, -1], objective="max-margin"))
    >>> found.weights.tolist(), found.multipliers.round(3).tolist()
    ([1.0, -0.5], [0.5, 0.5])
    """
    from scipy.optimize import linprog

    if instance.n_samples * (instance.n_samples + 2 * instance.n_inputs) > _MOST_ENTRIES:
        return None
    signed = signed_samples(instance)
    size = float(np.abs(signed).max())
    rows, costs, rhs, bounds = _linear_program(instance, signed / size, size)
    # Any: SciPy's own types of options and answers are private.
    options: Any = {} if seconds is None else {"time_limit": max(seconds, _LEAST_SECONDS)}
    found: Any = linprog(costs, -rows, -rhs, bounds=bounds, method="highs", options=options)
    if found.status != 0:
        return None
    n = instance.n_inputs + 1
    weights = found.x[:n] - found.x[n : 2 * n]
    # In units of the greatest datum, costs of weights and needs are smaller; so multipliers of
    # needs are the same where both are in the value, and larger where only the needs are.
    unit = size if instance.objectives[0] == "min-weight" else 1.0
    return RelaxedNeuron(weights, np.maximum(-found.ineqlin.marginals, 0) / unit)


_LEAST_SECONDS = 0.2
"""Less is not worth a stop."""
_MOST_ENTRIES = 20_000_000
"""Larger linear programs take longer than what they save."""


def relaxed_bound(instance: NetworkTraining, multipliers: Floats) -> Fraction | None:
    r"""A value of the first objective that no neuron betters, by weak duality, exactly.

    With multipliers :math:`\lambda_k \ge 0` of the samples, :math:`a_i = \sum_k \lambda_k y_k
    x_{ki}`, the cost `c` of a unit of a weight and all weights `w` that are allowed,

    .. math:: p(\lambda) = \max_w \sum_i (a_i w_i - c |w_i|)

    is a closed form. The greatest margin is at most :math:`p(\lambda)` if the multipliers
    add up to 1. The least sum of absolute weights (`c` is 1) and the least loss (none is above 1)
    are at least :math:`\sum_k \lambda_k \tau_k - p(\lambda)`. Any multipliers will do: they are
    read as rational numbers, those below 0 as 0. Values are multiples of a known unit, to which
    the bound is rounded.

    None if there are too many numbers, one is not finite, or right samples are counted first.

    Examples
    --------
    >>> instance = NetworkTraining([[2], [-1]], [1, -1], objective="max-margin")
    >>> str(relaxed_bound(instance, np.array([0.5, 0.5])))
    '1'
    """
    name = instance.objectives[0]
    if not np.isfinite(multipliers).all():
        return None
    weights = [max(0, round(float(v) * _DIGITS)) for v in multipliers]
    if name == "hinge":
        weights = [min(v, _DIGITS) for v in weights]
    used = [k for k, v in enumerate(weights) if v]
    total = sum(weights) if name == "max-margin" else _DIGITS
    is_too_much = len(used) * instance.n_inputs > _MOST_PRODUCTS
    if name == "max-correct" or is_too_much or not total:
        return None
    cost = _cost(instance)
    most = _most(instance, {k: Fraction(weights[k], total) for k in used}, cost)
    unit = math.lcm(common_denominator(instance), cost.denominator)
    if name == "max-margin":
        return Fraction(math.floor(most * unit), unit)
    needs = taus(instance)
    least = sum((weights[k] * needs[k] for k in used), Fraction(0)) / total - most
    unit = 1 if name == "min-weight" else unit
    return max(Fraction(0), Fraction(math.ceil(least * unit), unit))


_DIGITS = 2**40
_MOST_PRODUCTS = 2_000_000


def signed_samples(instance: NetworkTraining) -> Floats:
    """The samples with a 1 for the bias, times their labels, in floats.

    Raises
    ------
    InvalidInputError
        If a datum is too large for a float.
    """
    if instance.integer_data is not None:
        data = instance.integer_data / instance.scale
    else:
        try:
            data = np.array([[float(x) for x in row] for row in instance.X])
        except OverflowError:
            raise InvalidInputError(
                "X has a number beyond the range of floats; divide the data by their scale."
            ) from None
    signed: Floats = np.column_stack([data, np.ones(len(data))]) * np.array(instance.y)[:, None]
    return signed


def _cost(instance: NetworkTraining) -> Fraction:
    is_norm = instance.objectives[0] == "min-weight"
    return Fraction(1) if is_norm else instance.regularization


def _most(instance: NetworkTraining, share: dict[int, Fraction], cost: Fraction) -> Fraction:
    """The greatest sum of ``a[i] * w[i] - cost * abs(w[i])``."""
    *factors, last = _combined(instance, share)
    gains = [instance.largest * max(Fraction(0), abs(a) - cost) for a in (*factors, last)]
    if instance.weights == "binary":
        gains[:-1] = [abs(a) - cost for a in factors]
    return sum(gains, Fraction(0))


def _combined(instance: NetworkTraining, share: dict[int, Fraction]) -> list[Fraction]:
    """The samples times labels and multipliers, added up; the bias last."""
    unit = math.lcm(*(v.denominator for v in share.values()))
    whole = [int(unit * v) * instance.y[k] for k, v in share.items()]
    bias = Fraction(sum(whole), unit)
    if instance.integer_data is None:
        rows = [instance.X[k] for k in share]
        sums = [
            sum((f * x for f, x in zip(whole, column, strict=True)), Fraction(0))
            for column in zip(*rows, strict=True)
        ]
        return [*(v / unit for v in sums), bias]
    # Python's integers have no end; those of NumPy would overflow.
    data = instance.integer_data[list(share)].astype(object)
    added = np.array(whole, dtype=object) @ data
    return [*(Fraction(int(v), unit * instance.scale) for v in added), bias]


def _linear_program(
    instance: NetworkTraining, signed: Floats, size: float
) -> tuple[Any, Floats, Floats, list[tuple[float | None, float | None]]]:
    """Rows that are to be at least their right-hand sides, costs, and bounds.

    Columns: positive and negative parts of weights and bias, and the margin or the losses.
    """
    name = instance.objectives[0]
    samples, n = signed.shape
    needs = np.array([float(t) for t in taus(instance)]) / size
    cost = float(_cost(instance)) / (1.0 if name == "min-weight" else size)
    parts = np.hstack([signed, -signed])
    costs = np.full(2 * n, cost)
    if instance.weights == "binary":
        costs[: n - 1] = costs[n : 2 * n - 1] = 0.0
    bounds: list[tuple[float | None, float | None]] = [(0, instance.largest)] * (2 * n)
    match name:
        case "min-weight":
            return parts, costs, needs, bounds
        case "max-margin":
            rows = np.hstack([parts, -np.ones((samples, 1))])
            return rows, np.append(costs, -1.0), np.zeros(samples), [*bounds, (None, None)]
        case _:
            rows = np.hstack([parts, np.eye(samples)])
            more = [*bounds, *[(0.0, None)] * samples]
            return rows, np.append(costs, np.ones(samples)), needs, more

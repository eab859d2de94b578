"""Exact search over single weights: the best change of a row of weights by one unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._regularized_sign import Staircase
from tamemip.plugins.bnn._standing import Judge

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[Any]

__all__ = ["Draft", "best_unit_change", "row_rewards"]

#: Weights of a hidden neuron that one search looks at.
_MOST_TRIED = 128


@final
@dataclass(frozen=True, slots=True)
class Draft:
    """A network with what its layers add up on the samples.

    Attributes
    ----------
    network
        The network.
    X
        The samples.
    sums
        One array a layer.
    """

    network: BinarizedNetwork
    X: Numbers
    sums: tuple[Numbers, ...]

    @classmethod
    def of(cls, network: BinarizedNetwork, X: object) -> Draft:
        """Evaluate a network."""
        data = np.asarray(X)
        data = data.astype(np.int64 if data.dtype.kind in "iub" else np.float64)
        return cls(network, data, network.preactivations(data))

    def inputs(self, layer: int) -> Numbers:
        """What enters a layer."""
        return self.X if layer == 0 else _signs(self.sums[layer - 1])

    def with_row(self, layer: int, row: int, weights: Numbers, bias: int) -> Draft:
        """The network with other weights of one neuron."""
        matrices = [w.copy() for w in self.network.weights]
        biases = [b.copy() for b in self.network.biases]
        matrices[layer][row], biases[layer][row] = weights, bias
        network = BinarizedNetwork(matrices, biases)
        if layer == 0 and self.X.dtype.kind == "f":
            # Floats added up in another order would be others.
            return Draft.of(network, self.X)
        own = self.sums[layer].copy()
        own[:, row] = self.inputs(layer) @ weights + bias
        later = self._later(layer, row, _signs(own[:, row]))
        return Draft(network, self.X, (*self.sums[:layer], own, *later))

    def scores_if(self, layer: int, row: int, value: int) -> Numbers:
        """The scores if a hidden neuron had this value on every sample."""
        return self._later(layer, row, np.full(len(self.X), value))[-1]

    def _later(self, layer: int, row: int, values: Numbers) -> list[Numbers]:
        """The sums behind a layer, one of whose neurons has these values: integers, exactly.

        In the next layer only what that neuron adds has to be changed.
        """
        found: list[Numbers] = []
        for k in range(layer + 1, len(self.sums)):
            w, bias = self.network.weights[k], self.network.biases[k]
            if found:
                found.append(_signs(found[-1]) @ w.T + bias)
            else:
                change = values - _signs(self.sums[layer][:, row])
                found.append(self.sums[k] + change[:, None] * w[:, row])
        return found


def row_rewards(draft: Draft, judge: Judge, layer: int, row: int) -> Callable[[Numbers], Numbers]:
    """From candidates for a row's sums, one a column, to the sum of rewards for each."""
    if layer == len(draft.sums) - 1:
        return lambda sums: np.asarray(judge.rewards(_leads(draft, judge, row, sums)).sum(axis=-1))
    up = judge.rewards(judge.leads(draft.scores_if(layer, row, 1)))
    down = judge.rewards(judge.leads(draft.scores_if(layer, row, -1)))
    gains, floor = up - down, down.sum()
    return lambda sums: np.asarray(gains @ (sums >= 0) + floor)


def best_unit_change(
    draft: Draft,
    judge: Judge,
    layer: int,
    row: int,
    stairs: Staircase,
    rng: np.random.Generator,
) -> Draft | None:
    """The best change of one weight of a row, or of its bias, by one unit; None if none gains.

    Of a long row a random part is tried. Weights whose range leaves out 0 are negated.
    """
    w, bias = draft.network.weights[layer][row], int(draft.network.biases[layer][row])
    inputs = draft.inputs(layer)
    columns = np.arange(len(w))
    if len(w) > _MOST_TRIED:
        columns = rng.choice(columns, _MOST_TRIED, replace=False)
    base = draft.sums[layer][:, row]
    rewards = row_rewards(draft, judge, layer, row)
    best, found = float(rewards(base[:, None])[0]), None
    for unit in (-2 * w[columns],) if stairs == Staircase.of_signs() else (1, -1):
        change = np.broadcast_to(unit, columns.shape)
        values = rewards(base[:, None] + inputs[:, columns] * change)
        values = np.where(np.abs(w[columns] + change) <= stairs.largest, values, -np.inf)
        k = int(np.argmax(values))
        if values[k] > best:
            best, found = float(values[k]), (w + _unit(columns[k], change[k], len(w)), bias)
    shifts = _shifts(base, layer == len(draft.sums) - 1)
    values = rewards(base[:, None] + shifts)
    k = int(np.argmax(values))
    if values[k] > best:
        found = (w, bias + int(shifts[k]))
    return None if found is None else draft.with_row(layer, row, *found)


def _signs(sums: Numbers) -> Numbers:
    return np.where(sums >= 0, 1, -1)


def _leads(draft: Draft, judge: Judge, row: int, sums: Numbers) -> Numbers:
    """The leads, candidate by candidate, if an output's sums were these columns."""
    scores = draft.sums[-1]
    if judge.n_outputs == 1:
        return (sums * judge.labels[:, None]).T
    own = scores[np.arange(len(scores)), judge.labels]
    others = scores.copy()
    others[np.arange(len(scores)), judge.labels] = np.iinfo(np.int64).min // 4
    is_own = judge.labels == row
    rest = np.delete(others, row, axis=1).max(axis=1)
    fixed = np.where(is_own, -rest, own - rest)[:, None]
    moving = np.where(is_own[:, None], sums, np.inf)
    against = np.where(is_own[:, None], np.inf, own[:, None] - sums)
    return np.asarray(np.where(is_own[:, None], moving + fixed, np.minimum(fixed, against)).T)


def _unit(place: int, change: int, length: int) -> Numbers:
    found = np.zeros(length, dtype=np.int64)
    found[place] = change
    return found


#: Biases that one search tries.
_MOST_SHIFTS = 64


def _shifts(sums: Numbers, is_last: bool) -> Numbers:
    """Changes of a bias: small ones of an output; of a neuron those at which samples switch."""
    if is_last:
        return np.arange(-8, 9)
    found = np.unique(np.ceil(-sums).astype(np.int64))
    if len(found) > _MOST_SHIFTS:
        found = found[np.linspace(0, len(found) - 1, _MOST_SHIFTS).astype(int)]
    return found

"""Polish: rows and blocks of weights of a finished network, searched and re-optimized exactly."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import final

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._descent_options import staircases_of
from tamemip.plugins.bnn._descent_result import INTERRUPTED, TIME_OVER
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._polish_blocks import Block, reoptimized_block
from tamemip.plugins.bnn._polish_search import Draft, best_unit_change
from tamemip.plugins.bnn._regularized_sign import Staircase
from tamemip.plugins.bnn._standing import Judge, Standing
from tamemip.plugins.bnn._training import Weights

__all__ = ["PolishResult", "PolishStep", "polish"]

#: Weights of a block, for a start; blocks double while the solver finishes them in time.
_FIRST_BLOCK = 24
_MOST_BLOCK = 256
#: Seconds for one block, at most, and the share of the time that search alone gets first.
_BLOCK_SECONDS = 2.0
_SEARCH_SHARE = 0.4


@final
@dataclass(frozen=True, slots=True)
class PolishStep:
    """A change that was kept.

    Attributes
    ----------
    method
        ``"search"`` (one weight by one unit) or ``"cp-sat"`` (a block of weights).
    layer, row
        The neuron.
    standing
        After the change.
    seconds
        Since the beginning.
    """

    method: str
    layer: int
    row: int
    standing: Standing
    seconds: float


@final
@dataclass(frozen=True, slots=True, repr=False)
class PolishResult:
    """The polished network, and what polish earned.

    Attributes
    ----------
    network
        Never worse than the given one on the samples, by the order of `Standing`.
    before, after
        How both stand.
    margin
        The lead that is enough.
    steps
        The changes that were kept.
    seconds
        Time taken.
    reason
        Why it ended: no block gained any more, the time was over, or ``"interrupted"``.
    """

    network: BinarizedNetwork
    before: Standing
    after: Standing
    margin: float
    steps: tuple[PolishStep, ...]
    seconds: float
    reason: str

    @property
    def is_interrupted(self) -> bool:
        """Whether Ctrl-C ended it; all changes before are kept."""
        return self.reason == INTERRUPTED

    def __repr__(self) -> str:
        kinds = [step.method for step in self.steps]
        return (
            f"PolishResult(right {self.before.right} -> {self.after.right}, shortfall "
            f"{-self.before.spare:g} -> {-self.after.spare:g}, {kinds.count('search')} changes by "
            f"search, {kinds.count('cp-sat')} by CP-SAT, {self.seconds:.1f} s)"
        )


def polish(
    network: BinarizedNetwork,
    X: object,
    y: object,
    *,
    seconds: float = 10.0,
    weights: Weights | Sequence[Weights] = "ternary",
    margin: float | None = None,
    layers: Sequence[int] | None = None,
    random_state: int = 0,
) -> PolishResult:
    r"""Improve a network on its training samples: large-neighbourhood search over its weights.

    What counts is lexicographic: first the number of samples that are right, then the sum of
    :math:`\max(0, \tau - \text{lead})`. A network is changed only for a better one. First single
    weights are changed by one unit, the best change of a neuron at a time, until no neuron
    gains. Then CP-SAT chooses all weights of a random block of one neuron at once, with the
    others fixed.

    Parameters
    ----------
    network
        What to begin with.
    X, y
        Samples, one a row; labels -1 and 1, or classes counted from 0.
    seconds
        Time for all of it.
    weights
        The range of weights, as in `tame_descent`.
    margin
        :math:`\tau`; by default the upper quartile of the leads of right samples.
    layers
        Which layers to change, counted from 0; all by default.
    random_state
        For the order of neurons and the blocks. Where the time ends it may cut a run short
        elsewhere on another machine.

    Returns
    -------
    PolishResult
        With the network and the list of changes. Ctrl-C keeps all changes so far, and says so in
        `PolishResult.reason`.

    Raises
    ------
    InvalidInputError
        If shapes or labels do not fit the network, or `layers` or `seconds` are no choice.

    Examples
    --------
    >>> corners = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
    >>> lazy = BinarizedNetwork([[[1, 0]]], [[0]])
    >>> result = polish(lazy, corners, [1, -1, -1, -1], seconds=2, margin=1)
    >>> result.before.right, result.after.right, result.network.predict(corners)
    (3, 4, array([ 1, -1, -1, -1]))
    """
    began = time.monotonic()
    if not seconds >= 0:
        raise InvalidInputError(f"seconds is {seconds}; it has to be at least 0.")
    first = Draft.of(network, X)
    run = _Run(
        judge=Judge.of(network, X, y, margin),
        staircases=staircases_of(weights, len(network.weights)),
        layers=_chosen(layers, len(network.weights)),
        rng=np.random.default_rng(random_state),
        began=began,
        end=began + seconds,
        draft=first,
    )
    try:
        run.search(until=began + _SEARCH_SHARE * seconds)
        is_over = run.blocks()
    except KeyboardInterrupt:
        reason = INTERRUPTED
    else:
        reason = TIME_OVER if is_over else "no block gained any more"
    return PolishResult(
        run.draft.network,
        run.judge.standing(first.sums[-1]),
        run.judge.standing(run.draft.sums[-1]),
        run.judge.margin,
        tuple(run.steps),
        time.monotonic() - began,
        reason,
    )


def _chosen(layers: Sequence[int] | None, count: int) -> tuple[int, ...]:
    chosen = tuple(range(count) if layers is None else layers)
    if not chosen or not set(chosen) <= set(range(count)):
        raise InvalidInputError(
            f"layers is {list(chosen)}; choose at least one of the layers 0 to {count - 1}."
        )
    return chosen


@dataclass(slots=True)
class _Run:
    """A polish under way. At any moment `draft` is the best network so far."""

    judge: Judge
    staircases: tuple[Staircase, ...]
    layers: tuple[int, ...]
    rng: np.random.Generator
    began: float
    end: float
    draft: Draft
    steps: list[PolishStep] = field(default_factory=list)

    def search(self, *, until: float) -> None:
        """Sweeps over all neurons, until one gains nothing or the time is over."""
        gained = True
        while gained:
            gained = False
            for layer, row in self._neurons():
                if time.monotonic() > until:
                    return
                found = best_unit_change(
                    self.draft, self.judge, layer, row, self.staircases[layer], self.rng
                )
                if found is not None and self._keep("search", layer, row, found):
                    gained = True

    def blocks(self) -> bool:
        """Random blocks; whether the time was over before all were whole rows without gain."""
        size, idle = _FIRST_BLOCK, 0
        neurons = self._neurons()
        widest = max(self.draft.network.weights[k].shape[1] for k in self.layers)
        while idle < len(neurons) or size < min(widest, _MOST_BLOCK):
            if idle >= len(neurons):
                size, idle = 2 * size, 0
            layer, row = neurons[int(self.rng.integers(len(neurons)))]
            left = self.end - time.monotonic()
            if left <= 0:
                return True
            found = self._block(layer, row, size, min(left, _BLOCK_SECONDS))
            if found is not None and self._keep("cp-sat", layer, row, found):
                idle = 0
            else:
                idle += 1
        return False

    def _block(self, layer: int, row: int, size: int, seconds: float) -> Draft | None:
        width = self.draft.network.weights[layer].shape[1]
        columns = self.rng.choice(width, min(size, width), replace=False)
        block = Block(layer, row, np.sort(columns), self.staircases[layer])
        seed = int(self.rng.integers(2**31 - 1))
        return reoptimized_block(self.draft, self.judge, block, seconds=seconds, seed=seed)

    def _neurons(self) -> list[tuple[int, int]]:
        """Of the last layer first, whose changes are the surest; else in random order."""
        found = []
        for layer in sorted(self.layers, reverse=True):
            rows = self.rng.permutation(self.draft.network.weights[layer].shape[0])
            found += [(layer, int(row)) for row in rows]
        return found

    def _keep(self, method: str, layer: int, row: int, new: Draft) -> bool:
        standing = self.judge.standing(new.sums[-1])
        if standing <= self.judge.standing(self.draft.sums[-1]):
            return False
        taken = time.monotonic() - self.began
        self.draft = new
        self.steps.append(PolishStep(method, layer, row, standing, taken))
        return True

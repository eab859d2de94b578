"""Which column to branch on: strong branching that teaches pseudocosts.

Reliability branching after Achterberg, Koch and Martin, "Branching rules
revisited", Operations Research Letters 33 (2005), 42-54.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.solvers import Basis, LPEngine, LPStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LEAST_GAIN = 1e-6
_LEAST_FRACTION = 1e-6


@final
@dataclass(frozen=True, slots=True)
class BranchingRule:
    """How much to look before branching.

    Attributes
    ----------
    reliable
        Strong branching is used on a column until each side was seen so often.
    candidates
        At most so many columns are strong-branched at a node.
    lookahead
        Stop when so many candidates in a row brought nothing better.
    iterations
        Simplex iterations for each side.
    """

    reliable: int = 16
    candidates: int = 8
    lookahead: int = 4
    iterations: int = 200


_NEVER = 1_000_000_000
#: Strong branching on every fractional column of every node.
ALWAYS_STRONG = BranchingRule(reliable=_NEVER, candidates=_NEVER, lookahead=_NEVER, iterations=500)


@final
@dataclass(frozen=True, slots=True)
class Choice:
    """The column chosen, and which of its sides are closed already."""

    column: int
    floor: int
    fraction: float
    below_closed: bool = False
    above_closed: bool = False


@final
class Pseudocosts:
    """Average objective gain per unit of fraction, by column and side."""

    def __init__(self, n_cols: int) -> None:
        self._gain = np.zeros((2, n_cols))
        self.count = np.zeros((2, n_cols))

    def learn(self, side: int, column: int, gain: float, fraction: float) -> None:
        """Record a gain on a side (0 below, 1 above)."""
        self._gain[side, column] += max(gain, 0.0) / max(fraction, _LEAST_FRACTION)
        self.count[side, column] += 1

    def estimates(
        self, columns: NDArray[np.intp], fractions: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Expected gains below and above."""
        unit = []
        for side in (0, 1):
            seen = self.count[side].sum()
            average = self._gain[side].sum() / seen if seen else 1.0
            counts = self.count[side, columns]
            unit.append(
                np.where(counts > 0, self._gain[side, columns] / np.maximum(counts, 1), average)
            )
        return unit[0] * fractions, unit[1] * (1.0 - fractions)


def product_score(below: float, above: float, gap: float) -> float:
    """Product of the two gains, each at most what is needed to close the node."""
    return max(min(below, gap), _LEAST_GAIN) * max(min(above, gap), _LEAST_GAIN)


@final
class StrongBranching:
    """Chooses branching columns with the engine's help."""

    def __init__(self, engine: LPEngine, rule: BranchingRule) -> None:
        self._engine = engine
        self.rule = rule
        self.pseudocosts = Pseudocosts(engine.n_cols)

    def choose(
        self,
        columns: NDArray[np.intp],
        values: NDArray[np.float64],
        *,
        objective: float,
        threshold: float,
        basis: Basis,
        box: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> Choice:
        """Pick among fractional columns.

        Parameters
        ----------
        columns, values
            Fractional columns and their values.
        objective
            Objective of the node's relaxation.
        threshold
            A side whose relaxation reaches this is closed.
        basis
            Optimal basis of the node; each trial starts from it.
        box
            Bounds of the node.
        """
        floors = np.floor(values)
        fractions = values - floors
        gap = max(threshold - objective, _LEAST_GAIN) if math.isfinite(threshold) else math.inf
        below, above = self.pseudocosts.estimates(columns, fractions)
        scores = np.maximum(np.minimum(below, gap), _LEAST_GAIN) * np.maximum(
            np.minimum(above, gap), _LEAST_GAIN
        )
        best: Choice | None = None
        best_score, stale, tried = -1.0, 0, 0
        for k in np.argsort(-scores, kind="stable"):
            j = int(columns[k])
            choice = Choice(j, int(floors[k]), float(fractions[k]))
            if self.pseudocosts.count[:, j].min() >= self.rule.reliable:
                score = float(scores[k])
            elif tried < self.rule.candidates:
                tried += 1
                choice, score = self._try(choice, objective, threshold, gap, basis, box)
                if choice.below_closed and choice.above_closed:
                    return choice
            else:
                continue
            stale += 1
            if score > best_score:
                best, best_score, stale = choice, score, 0
            if stale >= self.rule.lookahead:
                break
        assert best is not None
        return best

    def _try(
        self,
        choice: Choice,
        objective: float,
        threshold: float,
        gap: float,
        basis: Basis,
        box: tuple[NDArray[np.float64], NDArray[np.float64]],
    ) -> tuple[Choice, float]:
        lower, upper = box
        j = choice.column
        short = upper.copy()
        short[j] = choice.floor
        below = self._side(lower, short, basis)
        tall = lower.copy()
        tall[j] = choice.floor + 1
        above = self._side(tall, upper, basis)
        if math.isfinite(below):
            self.pseudocosts.learn(0, j, below - objective, choice.fraction)
        if math.isfinite(above):
            self.pseudocosts.learn(1, j, above - objective, 1.0 - choice.fraction)
        closed = (below >= threshold, above >= threshold)
        score = product_score(below - objective, above - objective, gap)
        return Choice(j, choice.floor, choice.fraction, *closed), score

    def _side(self, lower: NDArray[np.float64], upper: NDArray[np.float64], basis: Basis) -> float:
        self._engine.set_bounds(lower, upper)
        self._engine.set_basis(basis)
        status = self._engine.solve(iterations=self.rule.iterations)
        if status is LPStatus.INFEASIBLE:
            return math.inf
        return self._engine.objective if status is not LPStatus.UNBOUNDED else -math.inf

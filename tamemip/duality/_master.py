"""The master program of column generation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

import numpy as np
from scipy.optimize import linprog

from tamemip.duality._block import Block
from tamemip.duality._blocks import BlockStructure
from tamemip.programs import MixedIntegerProgram

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Price of a violated linking row, relative to the largest cost.
_PENALTY = 1e4


@final
@dataclass(frozen=True, slots=True)
class MasterSolution:
    """Value, duals of all rows (zero off the master rows), and the primal point."""

    value: float
    duals: NDArray[np.float64]
    point: NDArray[np.float64]


@final
class Master:
    """Convex combinations of the blocks' points that meet the linking rows.

    Linking rows are elastic, so that the first few points suffice to start.

    Parameters
    ----------
    program, structure
        The program and its blocks.
    cost
        Costs in min orientation.
    """

    def __init__(
        self, program: MixedIntegerProgram, structure: BlockStructure, cost: Sequence[Fraction]
    ) -> None:
        rows = structure.master_rows
        self._program, self._rows, self._free = program, rows, structure.free_columns
        self._cost = np.array([float(c) for c in cost])
        self._matrix = program.A[rows]
        sense = np.array(program.row_sense, dtype=object)[rows]
        self._is_equation = sense == "="
        self._sign = np.where(sense == ">=", -1.0, 1.0)
        unit = np.eye(len(rows))
        self._slack = np.hstack([unit[:, sense != "<="], -unit[:, sense != ">="]])

    def solve(self, blocks: Sequence[Block]) -> MasterSolution | None:
        """Solve over the points that the blocks know; None if the solver fails."""
        points = [(k, b, x) for k, b in enumerate(blocks) for x in b.points]
        found = self._run(points, len(blocks))
        if found.x is None:
            return None
        return self._read(found, points, len(blocks))

    def _run(self, points: list[tuple[int, Block, Floats]], n_blocks: int) -> Any:
        free, equal, sign = self._free, self._is_equation, self._sign
        body = np.array([self._matrix[:, b.columns] @ x for _, b, x in points]).T
        full = np.hstack([body, self._matrix[:, free].toarray(), self._slack])
        penalty = _PENALTY * max(1.0, float(np.abs(self._cost).max(initial=0.0)))
        costs = [self._cost[b.columns] @ x for _, b, x in points]
        c = np.concatenate([costs, self._cost[free], np.full(self._slack.shape[1], penalty)])
        convex = np.zeros((n_blocks, len(c)))
        convex[[k for k, _, _ in points], np.arange(len(points))] = 1.0
        rhs = self._program.rhs[self._rows]
        bounds = [
            *[(0.0, None)] * len(points),
            *zip(self._program.lower[free], self._program.upper[free], strict=True),
            *[(0.0, None)] * self._slack.shape[1],
        ]
        return linprog(
            c,
            A_ub=(sign[:, None] * full)[~equal],
            b_ub=(sign * rhs)[~equal],
            A_eq=np.vstack([convex, full[equal]]),
            b_eq=np.concatenate([np.ones(n_blocks), rhs[equal]]),
            bounds=bounds,
            method="highs",
        )

    def _read(
        self, found: Any, points: list[tuple[int, Block, Floats]], n_blocks: int
    ) -> MasterSolution:
        equal = self._is_equation
        duals = np.zeros(self._program.n_rows)
        duals[self._rows[~equal]] = self._sign[~equal] * found.ineqlin.marginals
        duals[self._rows[equal]] = found.eqlin.marginals[n_blocks:]
        point = np.zeros(self._program.n_cols)
        for weight, (_, b, x) in zip(found.x, points, strict=False):
            point[b.columns] += weight * x
        point[self._free] = found.x[len(points) : len(points) + len(self._free)]
        return MasterSolution(float(found.fun), duals, point)

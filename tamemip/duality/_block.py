"""One block of a decomposed program."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.certificates import ExactMatrix, Problem
from tamemip.duality._block_sum import BlockProof, data_with_cost
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._tree import Literals, Tree
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Status, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

ProveBlock: TypeAlias = Callable[[MixedIntegerProgram, float], Tree | None]
"""Proves a block program at its own rhs before a deadline: a tree with exact evidence, or None."""


@final
class Block:
    """One block: its program over a box, the points found so far, and the way back."""

    def __init__(
        self,
        whole: MixedIntegerProgram,
        columns: NDArray[np.intp],
        rows: NDArray[np.intp],
    ) -> None:
        self._whole = whole
        self.columns = columns
        self._rows = [int(i) for i in rows]
        place = {int(j): k for k, j in enumerate(columns)}
        exact = whole.exact
        self._problem = Problem(
            sense="min",
            c=(Fraction(0),) * len(columns),
            A=ExactMatrix(
                tuple(tuple((place[j], v) for j, v in exact.A.rows[i]) for i in self._rows),
                len(columns),
            ),
            row_sense=tuple(exact.row_sense[i] for i in self._rows),
            rhs=tuple(exact.rhs[i] for i in self._rows),
            lower=tuple(exact.lower[j] for j in columns),
            upper=tuple(exact.upper[j] for j in columns),
            integer=tuple(exact.integer[j] for j in columns),
            offset=Fraction(0),
        )
        self._place = place
        self._lower, self._upper = list(self._problem.lower), list(self._problem.upper)
        self._known: list[NDArray[np.float64]] = []
        self._bounds: dict[tuple[object, ...], float | None] = {}
        self._proofs: dict[tuple[object, ...], BlockProof] = {}

    def enter(self, literals: Literals) -> None:
        """Take the bounds of a box."""
        self._lower, self._upper = list(self._problem.lower), list(self._problem.upper)
        for (column, side), at in literals.items():
            k = self._place.get(column)
            if k is not None:
                (self._upper if side == "<=" else self._lower)[k] = Fraction(at)

    @property
    def points(self) -> list[NDArray[np.float64]]:
        """Points found so far that lie in the box."""
        low = np.array([float(v) for v in self._lower]) - 1e-9
        up = np.array([float(v) for v in self._upper]) + 1e-9
        return [x for x in self._known if bool((low <= x).all() and (x <= up).all())]

    def program(self, cost: Sequence[Fraction]) -> MixedIntegerProgram:
        """The block as a program of its own under a cost on all columns."""
        problem = replace(
            self._problem,
            c=tuple(cost[int(j)] for j in self.columns),
            lower=tuple(self._lower),
            upper=tuple(self._upper),
        )
        return MixedIntegerProgram(
            problem,
            tuple(self._whole.row_names[i] for i in self._rows),
            tuple(self._whole.col_names[j] for j in self.columns),
            "block",
        )

    def solve(self, cost: Sequence[Fraction], deadline: float) -> float | None:
        """A claimed lower bound of the block, and one more point; inf if it is empty."""
        key = self._key(cost)
        if key not in self._bounds:
            self._bounds[key] = self._solve(cost, deadline)
        return self._bounds[key]

    def prove(
        self, cost: Sequence[Fraction], prove_block: ProveBlock, deadline: float
    ) -> BlockProof | None:
        """A proof of the block's value under a cost, or None at the deadline."""
        key = self._key(cost)
        if key not in self._proofs:
            tree = prove_block(self.program(cost), deadline)
            if tree is None:
                return None
            self._proofs[key] = self._lifted(tree, cost)
        return self._proofs[key]

    def _key(self, cost: Sequence[Fraction]) -> tuple[object, ...]:
        return (*(cost[int(j)] for j in self.columns), *self._lower, *self._upper)

    def _solve(self, cost: Sequence[Fraction], deadline: float) -> float | None:
        left = deadline - time.monotonic()
        limits = Limits() if math.isinf(left) else Limits(seconds=max(left, 0.0))
        claim = solve(self.program(cost), limits=limits)
        if claim.status is Status.INFEASIBLE:
            return math.inf
        if claim.status is not Status.OPTIMAL or claim.point is None:
            return None
        if not any(np.allclose(claim.point, x, atol=1e-7) for x in self._known):
            self._known.append(np.array(claim.point))
        return float(claim.bound)

    def _lifted(self, tree: Tree, cost: Sequence[Fraction]) -> BlockProof:
        """A block's tree over the columns and rows of the whole program."""
        full = [Fraction(0)] * self._whole.n_cols
        for j in self.columns:
            full[int(j)] = cost[int(j)]
        data = data_with_cost(self._whole.exact, tuple(full))
        lifted = tree.copy()
        for node in lifted.nodes[1:]:
            node.column = int(self.columns[node.column])
        made: dict[int, Multipliers] = {}
        for node in lifted.nodes:
            if node.evidence is not None:
                node.evidence.duals = [self._lift(m, data, made) for m in node.evidence.duals]
                node.evidence.rays = [self._lift(m, data, made) for m in node.evidence.rays]
        return BlockProof(tuple(full), lifted)

    def _lift(self, m: Multipliers, data: IntegerData, made: dict[int, Multipliers]) -> Multipliers:
        if id(m) not in made:
            y = {self._rows[i]: v for i, v in m.exact_y().items()}
            made[id(m)] = data.multipliers(y, is_ray=m.is_ray)
        return made[id(m)]

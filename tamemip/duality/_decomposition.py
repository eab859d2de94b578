"""Branch and bound over Lagrangian decompositions, for block-structured programs.

Column generation finds multipliers of the linking rows (Dantzig and Wolfe, Operations
Research 8 (1960), 101-111); each block is then solved as a program of its own, and
proved by a tree of its own. Where one tree would need the product of the blocks'
leaves, a `BlockSum` needs their sum.
"""

from __future__ import annotations

import heapq
import math
import time
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality._block import Block, ProveBlock
from tamemip.duality._block_sum import BlockSum, Cost, data_with_cost
from tamemip.duality._blocks import BlockStructure
from tamemip.duality._master import Master
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._rational_duals import Rationalizer
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Literals, Tree
from tamemip.programs import MixedIntegerProgram

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Rounds of column generation at a node.
_ROUNDS = 60
#: Share of the gap that the root decomposition has to close to be worth going on with.
_WORTH = 0.9
#: Outer nodes, at most.
_NODES = 400
_TOLERANCE = 1e-7


@final
@dataclass(order=True, slots=True)
class _Node:
    bound: float
    order: int
    node: int = field(compare=False)
    prices: dict[int, Fraction] = field(compare=False)


@final
@dataclass(frozen=True, slots=True)
class _Relaxed:
    """Outcome of column generation at a node."""

    bound: float
    prices: dict[int, Fraction]
    point: NDArray[np.float64] | None


@final
class Decomposition:
    """The decomposed search of one program at one right-hand side.

    Parameters
    ----------
    program
        The program, at the right-hand side of the search.
    data, structure
        Its integer data and its blocks.
    target, value
        What closes a leaf: the objective of the best point (min orientation, without
        the constant).
    prove_block
        Branch and bound on a block.
    deadline
        A `time.monotonic` value.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        data: IntegerData,
        structure: BlockStructure,
        *,
        target: Target,
        value: Fraction,
        prove_block: ProveBlock,
        deadline: float,
    ) -> None:
        self._program, self._data, self._structure = program, data, structure
        self._target, self._value, self._deadline = target, value, deadline
        self._prove_block = prove_block
        self._cost = [Fraction(data.sign) * c for c in program.exact.c]
        self._rationalizer = Rationalizer()
        self._master = Master(program, structure, self._cost)
        self._blocks = [Block(program, columns, rows) for columns, rows in structure.blocks]

    def search(self, prices: NDArray[np.float64], root_bound: float) -> Tree | None:
        """A tree whose leaves are proved by block sums, or None if this does not pay.

        Parameters
        ----------
        prices
            Duals of the linear relaxation, to start from.
        root_bound
            Value of the linear relaxation.
        """
        tree = Tree()
        linking = np.isin(np.arange(len(prices)), self._structure.master_rows)
        start = self._rational(np.where(linking, prices, 0.0))
        heap = [_Node(-math.inf, 0, 0, start)]
        count = 0
        while heap:
            entry = heapq.heappop(heap)
            literals = tree.literals(entry.node)
            relaxed = self._relax(entry.prices, literals)
            if relaxed is None or time.monotonic() > self._deadline or count > _NODES:
                return None
            if count == 0 and not self._is_worth_it(relaxed.bound, root_bound):
                return None
            count += 1
            if relaxed.bound >= self._target.threshold(float(self._value)) - _TOLERANCE:
                total = self._prove(relaxed.prices, literals)
                if total is not None and self._is_reached(total, literals):
                    tree.nodes[entry.node].evidence = Evidence(sums=[total])
                    continue
            split = self._split(relaxed.point)
            if split is None:
                return None
            for child in tree.branch(entry.node, *split):
                heapq.heappush(heap, _Node(relaxed.bound, -child, child, relaxed.prices))
        return tree

    def _is_worth_it(self, bound: float, root_bound: float) -> bool:
        gap = float(self._value) - root_bound
        return bound - root_bound >= _WORTH * gap or bound >= self._target.threshold(
            float(self._value)
        )

    def _is_reached(self, total: BlockSum, literals: Literals) -> bool:
        value = total.value(self._data, literals, self._program.exact.rhs)
        if isinstance(value, Fraction):
            return self._target.is_reached(value, self._value)
        return value == math.inf

    def _split(self, point: NDArray[np.float64] | None) -> tuple[int, int] | None:
        if point is None:
            return None
        distance = np.where(self._program.integrality, np.abs(point - np.rint(point)), 0.0)
        j = int(np.argmax(distance))
        if distance[j] < 1e-6:
            return None
        return j, math.floor(point[j])

    # -- multipliers ---------------------------------------------------------------

    def _rational(self, prices: NDArray[np.float64]) -> dict[int, Fraction]:
        vector = self._rationalizer.vertex(prices)
        sense = self._program.row_sense
        return {i: v for i, v in vector.items() if sense[i] == "=" or (v > 0) == (sense[i] == ">=")}

    def _linear(self, prices: dict[int, Fraction]) -> tuple[Cost, Multipliers]:
        """The linear part: its cost makes the reduced costs vanish on every block."""
        cost = [Fraction(0)] * len(self._cost)
        for i, v in prices.items():
            for j, a in self._program.exact.A.rows[i]:
                cost[j] += v * a
        for j in self._structure.free_columns:
            cost[int(j)] = self._cost[int(j)]
        data = data_with_cost(self._program.exact, tuple(cost))
        return tuple(cost), data.multipliers(prices, is_ray=False)

    # -- column generation ------------------------------------------------------------

    def _relax(self, prices: dict[int, Fraction], literals: Literals) -> _Relaxed | None:
        """The best decomposition bound found over a box, and the master's point."""
        best = _Relaxed(-math.inf, prices, None)
        point: NDArray[np.float64] | None = None
        for block in self._blocks:
            block.enter(literals)
        for _ in range(_ROUNDS):
            if time.monotonic() > self._deadline:
                return None
            bound = self._lagrangian(prices)
            if bound is None:
                return None
            if bound > best.bound:
                best = _Relaxed(bound, prices, None)
            if bound >= self._target.threshold(float(self._value)):
                break
            master = self._master.solve(self._blocks)
            if master is None:
                break
            point = master.point
            if master.value <= best.bound + _TOLERANCE * max(1.0, abs(master.value)):
                break
            prices = self._rational(master.duals)
        return _Relaxed(best.bound, best.prices, point)

    def _lagrangian(self, prices: dict[int, Fraction]) -> float | None:
        linear_cost, linear = self._linear(prices)
        if linear.needs:
            return -math.inf
        total = float(Fraction(linear.base, linear.base_denominator)) + float(
            linear.at(self._program.exact.rhs)
        )
        for block in self._blocks:
            rest = [c - w for c, w in zip(self._cost, linear_cost, strict=True)]
            bound = block.solve(rest, self._deadline)
            if bound is None:
                return None
            total += bound
        return total

    # -- proof -------------------------------------------------------------------------

    def _prove(self, prices: dict[int, Fraction], literals: Literals) -> BlockSum | None:
        linear_cost, linear = self._linear(prices)
        rest = [c - w for c, w in zip(self._cost, linear_cost, strict=True)]
        proofs = []
        for block in self._blocks:
            proof = block.prove(rest, self._prove_block, self._deadline)
            if proof is None:
                return None
            proofs.append(proof)
        return BlockSum(linear_cost, linear, tuple(proofs))

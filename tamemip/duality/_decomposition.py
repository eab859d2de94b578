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
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np
from scipy.optimize import linprog

from tamemip.certificates import ExactMatrix, Problem
from tamemip.duality._block_sum import BlockProof, BlockSum, Cost, data_with_cost
from tamemip.duality._blocks import BlockStructure
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._rational_duals import Rationalizer
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Literals, Tree
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Status, solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Rounds of column generation at a node.
_ROUNDS = 60
#: Share of the gap that the root decomposition has to close to be worth going on with.
_WORTH = 0.9
#: Outer nodes, at most.
_NODES = 400
#: Price of a violated linking row in the master program, relative to the largest cost.
_PENALTY = 1e4
_TOLERANCE = 1e-7

ProveBlock = Callable[[MixedIntegerProgram, float], Tree | None]
"""Proves a block program at its own rhs: a tree with exact evidence, or None."""


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
        self._master = [int(i) for i in structure.master_rows]
        self._blocks = [_Block(program, columns, rows) for columns, rows in structure.blocks]

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
        start = self._rational(np.where(np.isin(np.arange(len(prices)), self._master), prices, 0.0))
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
            split = self._split(relaxed.point, literals)
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

    def _split(self, point: NDArray[np.float64] | None, literals: Literals) -> tuple[int, int] | None:
        if point is None:
            return None
        distance = np.where(
            self._program.integrality, np.abs(point - np.rint(point)), 0.0
        )
        j = int(np.argmax(distance))
        if distance[j] < 1e-6:
            return None
        return j, math.floor(point[j])

    # -- multipliers ---------------------------------------------------------------

    def _rational(self, prices: NDArray[np.float64]) -> dict[int, Fraction]:
        vector = self._rationalizer.vertex(prices)
        sense = self._program.row_sense
        return {
            i: v
            for i, v in vector.items()
            if sense[i] == "=" or (v > 0) == (sense[i] == ">=")
        }

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
            value, duals, point = self._solve_master()
            if value <= best.bound + _TOLERANCE * max(1.0, abs(value)):
                break
            prices = self._rational(duals)
        return _Relaxed(best.bound, best.prices, point)

    def _lagrangian(self, prices: dict[int, Fraction]) -> float | None:
        linear_cost, linear = self._linear(prices)
        if linear.needs:
            return -math.inf
        total = float(Fraction(linear.base, linear.base_denominator)) + float(
            linear.at(self._program.exact.rhs)
        )
        for block in self._blocks:
            bound = block.solve([c - w for c, w in zip(self._cost, linear_cost, strict=True)])
            if bound is None:
                return None
            total += bound
        return total

    def _solve_master(self) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
        """The restricted master: convex combinations of block points, elastic rows."""
        A, rows = self._program.A, self._structure.master_rows
        free = self._structure.free_columns
        points = [(k, b, x) for k, b in enumerate(self._blocks) for x in b.points]
        cost = np.array([float(c) for c in self._cost])
        master = A[rows]
        columns = [master[:, b.columns] @ x for _, b, x in points]
        body = np.hstack([np.array(columns).T, master[:, free].toarray()])
        sense = np.array(self._program.row_sense, dtype=object)[rows]
        rhs = self._program.rhs[rows]
        up, down = sense != "<=", sense != ">="
        penalty = _PENALTY * max(1.0, float(np.abs(cost).max(initial=0.0)))
        slack = np.hstack([np.eye(len(rows))[:, up], -np.eye(len(rows))[:, down]])
        c = np.concatenate(
            [
                [cost[b.columns] @ x for _, b, x in points],
                cost[free],
                np.full(slack.shape[1], penalty),
            ]
        )
        convex = np.zeros((len(self._blocks), len(c)))
        convex[[k for k, _, _ in points], np.arange(len(points))] = 1.0
        full = np.hstack([body, slack])
        less = sense != ">="
        bounds = [
            *[(0.0, None)] * len(points),
            *zip(self._program.lower[free], self._program.upper[free], strict=True),
            *[(0.0, None)] * slack.shape[1],
        ]
        signs = np.where(less, 1.0, -1.0)
        equal = sense == "="
        found = linprog(
            c,
            A_ub=(signs[:, None] * full)[~equal],
            b_ub=(signs * rhs)[~equal],
            A_eq=np.vstack([convex, full[equal]]),
            b_eq=np.concatenate([np.ones(len(self._blocks)), rhs[equal]]),
            bounds=bounds,
            method="highs",
        )
        duals = np.zeros(self._program.n_rows)
        duals[rows[~equal]] = signs[~equal] * found.ineqlin.marginals
        duals[rows[equal]] = found.eqlin.marginals[len(self._blocks) :]
        point = np.zeros(self._program.n_cols)
        for weight, (_, b, x) in zip(found.x, points, strict=False):
            point[b.columns] += weight * x
        point[free] = found.x[len(points) : len(points) + len(free)]
        return float(found.fun), duals, point

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


@final
class _Block:
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
        from dataclasses import replace

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

    def solve(self, cost: Sequence[Fraction]) -> float | None:
        """A claimed lower bound of the block, and one more point; inf if it is empty."""
        key = self._key(cost)
        if key not in self._bounds:
            self._bounds[key] = self._solve(cost)
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

    def _solve(self, cost: Sequence[Fraction]) -> float | None:
        claim = solve(self.program(cost))
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

    def _lift(
        self, m: Multipliers, data: IntegerData, made: dict[int, Multipliers]
    ) -> Multipliers:
        if id(m) not in made:
            y = {self._rows[i]: v for i, v in m.exact_y().items()}
            made[id(m)] = data.multipliers(y, is_ray=m.is_ray)
        return made[id(m)]


def prove_limits(deadline: float) -> Limits:
    """Limits that end at a deadline."""
    left = deadline - time.monotonic()
    return Limits() if math.isinf(left) else Limits(seconds=max(left, 0.0))

"""Lagrangian dual functions: some rows priced, the others kept as small integer programs.

For multipliers ``u`` of the rows R that are dualised, and the rows K that are kept,

    L_u(d) = u d_R + min { (c - u A_R) x : A_K x (sense) d_K, x in the box, integer }

bounds the value for every ``d`` (Geoffrion 1974; Guzelsoy and Ralphs 2007). Without R the
program falls into blocks; each block is proved by a branching tree of its own, and the
bound is their sum. The multipliers come from column generation, its prices smoothed
towards the best multipliers so far (Wentges 1997). The best of them give at least the bound
of the linear relaxation, and the same bound where the kept rows have integral vertices.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from tamemip.duality._block import Block
from tamemip.duality._block_sum import BlockSum, Cost, data_with_cost
from tamemip.duality._blocks import BlockStructure
from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._linear import build_linear
from tamemip.duality._master import Master
from tamemip.duality._multipliers import Multipliers
from tamemip.duality._optimum import optimum
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._rational_duals import Rationalizer
from tamemip.duality._reports import BuildReport, Grown
from tamemip.duality._search import Progress
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Tree
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._reports import Watch
    from tamemip.programs._program import Index

Prices = dict[int, Fraction]

#: Rounds of column generation.
_ROUNDS = 200
#: Share of the best multipliers in the next ones; it falls when a round brings nothing.
_SMOOTHING = 0.5
#: Relative distance of the master's value from the best bound at which the search ends.
_TOLERANCE = 1e-7
#: Shares of the time for the point that the bound may meet, and for the multipliers.
_POINT_SHARE, _SEARCH_SHARE = 0.1, 0.6
#: Seconds for that point where no limit is given.
_PATIENCE = 20.0


def build_lagrangian(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
    dualize: Sequence[Index] | None = None,
) -> DualFunction:
    """The Lagrangian relaxation of some rows, with the best multipliers at a right-hand side.

    Parameters
    ----------
    program
        Any mixed-integer program.
    rhs
        The right-hand side at which the multipliers are best.
    limits
        Limits in seconds. At a limit the best function that could be proved is returned,
        which is never below the dual of the linear relaxation.
    watch
        Called after every round.
    dualize
        Names or indices of the rows that are priced; None prices all of them, and the rest
        is the box: then the bound is that of the linear relaxation.
    """
    if dualize is None:
        return replace(build_linear(program, rhs, limits=limits, watch=watch), method="lagrangian")
    priced = sorted({program.row_index(key) for key in dualize})
    return _Lagrangian(program, rhs, priced, limits, watch).built()


@final
@dataclass(frozen=True, slots=True)
class _Trial:
    """Multipliers with the bound that they give, in floats."""

    prices: Prices
    bound: float


@final
class _Lagrangian:
    """One construction: the root, the multipliers, the proof."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        rhs: tuple[Fraction, ...],
        priced: Sequence[int],
        limits: Limits,
        watch: Watch | None,
    ) -> None:
        self._began = time.monotonic()
        self._seconds = math.inf if limits.seconds is None else limits.seconds
        self._program, self._rhs, self._watch = program, rhs, watch
        self._target_program = program.with_rhs(rhs)
        self._grower = BranchAndBound(program)
        self._cost = tuple(Fraction(self._grower.data.sign) * c for c in program.exact.c)
        self._structure = kept_blocks(self._target_program, priced)
        self._blocks = [Block(self._target_program, *block) for block in self._structure.blocks]
        self._rationalizer = Rationalizer()
        self._rounds = 0
        self._value = math.inf

    def built(self) -> DualFunction:
        """The dual function; that of the root where nothing better could be proved."""
        root = self._grower.root(self._rhs)
        stopped: str | None = None
        evidence = root.tree.nodes[0].evidence or Evidence()
        tree = root.tree
        try:
            point = None if root.is_tight else self._point()
            if evidence.duals and not root.is_tight:
                best, stopped = self._best(self._start(evidence.duals[0]))
                total = self._proved(best.prices)
                tree = Tree()
                tree.nodes[0].evidence = replace(evidence.copied(), sums=[total])
        except KeyboardInterrupt:
            point, stopped = None, "interrupted"
        return self._finished(tree, root, point, stopped)

    def _finished(
        self, tree: Tree, root: Grown, point: TightPoint | None, stopped: str | None
    ) -> DualFunction:
        report = BuildReport(
            nodes=root.report.nodes,
            relaxations=root.report.relaxations + self._rounds,
            leaves_before=1,
            search_seconds=time.monotonic() - self._began,
            proof_seconds=root.report.proof_seconds,
            stopped=stopped,
        )
        F = DualFunction.of_grown(self._program, replace(root, report=report), method="lagrangian")
        if tree is root.tree:
            return F
        F = replace(F, trees=(tree,))
        value = F.exact(self._rhs)
        if not isinstance(value, Fraction):
            return replace(F, tight_points=(TightPoint(self._rhs, None, None),))
        return replace(F, tight_points=(point,)) if point and point.value == value else F

    def _point(self) -> TightPoint | None:
        """The best point a solver finds in a while."""
        seconds = min(_PATIENCE, _POINT_SHARE * self._seconds)
        found = optimum(self._program, self._rhs, Limits(seconds=seconds))
        if found is None:
            return None
        self._value = float(found.cost)
        return TightPoint(self._rhs, found.point, self._program.objective(found.point))

    # -- multipliers -------------------------------------------------------------------

    def _start(self, dual: Multipliers) -> Prices:
        """The multipliers of the relaxation on the priced rows."""
        priced = set(self._structure.master_rows.tolist())
        return {i: v for i, v in dual.exact_y().items() if i in priced}

    def _best(self, start: Prices) -> tuple[_Trial, str | None]:
        """The best multipliers that column generation finds, and why it stopped early."""
        deadline = self._began + _SEARCH_SHARE * self._seconds
        best = _Trial(start, self._bound(start, deadline))
        if not self._structure.blocks or not math.isfinite(best.bound):
            return best, None
        master = Master(self._target_program, self._structure, self._cost)
        threshold = Target.of(self._program.exact).threshold(self._value)
        smoothing = _SMOOTHING
        for self._rounds in range(1, _ROUNDS + 1):
            if best.bound >= threshold:
                return best, None
            if time.monotonic() > deadline:
                return best, "seconds"
            found = master.solve(self._blocks)
            gap = math.inf if found is None else found.value - best.bound
            if found is None or gap <= _TOLERANCE * max(1.0, abs(best.bound)):
                return best, None
            trial = self._trial(found.duals, best, smoothing, deadline)
            self._report(best, found.value)
            if trial.bound > best.bound:
                best, smoothing = trial, _SMOOTHING
            else:
                smoothing = smoothing / 2 if smoothing > 0.05 else 0.0
        return best, "nodes"

    def _trial(
        self, duals: NDArray[np.float64], best: _Trial, smoothing: float, deadline: float
    ) -> _Trial:
        """The multipliers between the master's and the best; nearer to the best if need be.

        Far from the best multipliers a block may be unbounded.
        """
        anchor = np.zeros(len(duals))
        for i, v in best.prices.items():
            anchor[i] = float(v)
        for _ in range(4):
            prices = self._rational(smoothing * anchor + (1 - smoothing) * duals)
            bound = self._bound(prices, deadline)
            if bound > -math.inf:
                break
            smoothing = (1 + smoothing) / 2
        return _Trial(prices, bound)

    def _rational(self, prices: NDArray[np.float64]) -> Prices:
        vector = self._rationalizer.vertex(prices)
        sense = self._program.row_sense
        return {i: v for i, v in vector.items() if sense[i] == "=" or (v > 0) == (sense[i] == ">=")}

    def _bound(self, prices: Prices, deadline: float) -> float:
        """The bound of multipliers as the solver claims it; every block learns a point."""
        linear_cost, linear = self._linear(prices)
        if linear.needs:
            return -math.inf
        total = float(Fraction(linear.base, linear.base_denominator) + linear.at(self._rhs))
        rest = _difference(self._cost, linear_cost)
        for block in self._blocks:
            bound = block.solve(rest, deadline)
            if bound is None:
                return -math.inf
            total += bound
        return total

    def _linear(self, prices: Prices) -> tuple[Cost, Multipliers]:
        """The cost that the multipliers and the columns of no block account for."""
        exact = self._program.exact
        cost = [Fraction(0)] * len(self._cost)
        for i, v in prices.items():
            for j, a in exact.A.rows[i]:
                cost[j] += v * a
        for j in self._structure.free_columns.tolist():
            cost[j] = self._cost[j]
        data = data_with_cost(exact, tuple(cost))
        return tuple(cost), data.multipliers(prices, is_ray=False)

    def _report(self, best: _Trial, value: float) -> None:
        if self._watch is not None:
            seconds = time.monotonic() - self._began
            leaves = len(self._blocks)
            glance = Progress(self._rounds, leaves, 0, best.bound, value, seconds)
            self._watch("multipliers", glance)

    # -- proof -------------------------------------------------------------------------

    def _proved(self, prices: Prices) -> BlockSum:
        """The sum of the blocks' trees; a tree that was cut short still bounds its block."""
        linear_cost, linear = self._linear(prices)
        rest = _difference(self._cost, linear_cost)
        deadline = self._began + self._seconds
        proofs = []
        for k, block in enumerate(self._blocks):
            share = (deadline - time.monotonic()) / (len(self._blocks) - k)
            proof = block.prove(rest, _tree_of_block, time.monotonic() + max(share, 0.0))
            assert proof is not None  # there always is a tree
            proofs.append(proof)
        return BlockSum(linear_cost, linear, tuple(proofs))


def kept_blocks(program: MixedIntegerProgram, priced: Sequence[int]) -> BlockStructure:
    """The blocks that the rows that are not priced make up.

    Rows that hold continuous columns alone are priced as well: their relaxation is exact,
    so that nothing is lost. Columns of no kept row belong to no block.
    """
    kept = np.setdiff1d(np.arange(program.n_rows), np.array(priced, dtype=np.intp))
    entries = program.A[kept].tocoo()
    size = len(kept) + program.n_cols
    links = (entries.row, len(kept) + entries.col)  # rows first, then columns
    graph = sparse.coo_array((np.ones(entries.nnz), links), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    of_row, of_column = labels[: len(kept)], labels[len(kept) :]
    names = np.intersect1d(of_row, of_column[program.integrality])
    blocks = tuple((np.flatnonzero(of_column == k), kept[of_row == k]) for k in names)
    in_blocks = np.concatenate([np.array([], dtype=np.intp), *(rows for _, rows in blocks)])
    master = np.setdiff1d(np.arange(program.n_rows), in_blocks)
    return BlockStructure(master, np.flatnonzero(~np.isin(of_column, names)), blocks)


def _difference(cost: Cost, part: Cost) -> Cost:
    return tuple(c - w for c, w in zip(cost, part, strict=True))


def _tree_of_block(program: MixedIntegerProgram, deadline: float) -> Tree:
    """The tree of a block at its own right-hand side, as far as it gets.

    Without rounding: a sum of rounded bounds is no rounded sum.
    """
    left = deadline - time.monotonic()
    limits = Limits() if math.isinf(left) else Limits(seconds=max(left, 0.0))
    grower = BranchAndBound(program, target=Target(None), decomposes=False)
    return grower.grow(program.exact.rhs, limits=limits).tree

"""Branch and bound that keeps, for every leaf, what proves it."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.duality._branching import BranchingRule, StrongBranching
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Tree
from tamemip.solvers import Basis, LPEngine, LPStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A relaxation's value this close to an integer counts as one, until checked exactly.
_INTEGRALITY = 1e-6
#: Open nodes keep a basis only while all of them together stay below this size.
_BASIS_MEMORY = 50_000_000

Box: TypeAlias = "tuple[NDArray[np.float64], NDArray[np.float64]]"
Offer: TypeAlias = "Callable[[NDArray[np.float64], Box], Fraction | None]"
"""Takes a near-integral relaxation solution and its box; gives the exact value of a
feasible point made from it, or None."""


@final
@dataclass(frozen=True, slots=True)
class Progress:
    """A glance at a running search, in min orientation without the constant."""

    nodes: int
    leaves: int
    open: int
    bound: float
    value: float
    seconds: float


Watch: TypeAlias = Callable[[Progress], None]


@final
@dataclass(order=True, slots=True)
class _Open:
    bound: float
    order: int
    node: int = field(compare=False)
    basis: Basis | None = field(compare=False)
    dual: NDArray[np.float64] | None = field(compare=False)
    cause: tuple[int, int, float] | None = field(compare=False)


@final
@dataclass(frozen=True, slots=True)
class _Solved:
    """A node whose relaxation has been solved."""

    entry: _Open
    box: Box
    objective: float
    dual: NDArray[np.float64]
    basis: Basis


@final
class Search:
    """Best-bound search with diving on one engine; it grows a `Tree` in place.

    Parameters
    ----------
    engine, tree, columns
        The relaxation, the tree to grow and the integer columns.
    root
        Float bounds of the root box.
    target
        When a leaf is closed.
    rule
        How much strong branching to do.
    offer
        Judges candidate solutions exactly.
    value
        Objective of a known point, or ``inf``.
    gap
        Relative gap to the value that a leaf may leave.
    """

    def __init__(
        self,
        engine: LPEngine,
        tree: Tree,
        columns: NDArray[np.intp],
        root: Box,
        target: Target,
        rule: BranchingRule,
        offer: Offer,
        *,
        value: float = math.inf,
        gap: float = 0.0,
    ) -> None:
        self._gap = gap
        self._engine, self._tree, self._columns, self._root = engine, tree, columns, root
        self._target, self._offer = target, offer
        self._has_infinite_bounds = not all(np.isfinite(side).all() for side in root)
        self.branching = StrongBranching(engine, rule)
        self._heap: list[_Open] = []
        self._order = 0
        self.value = value
        self.nodes = 0
        self.leaves = 0
        self.is_unbounded = False
        self.stop_at_first = False
        self._split: frozenset[int] = frozenset()

    def run(
        self,
        starts: Iterable[tuple[int, float]],
        *,
        deadline: float = math.inf,
        max_nodes: int | None = None,
        max_solves: int | None = None,
        watch: Watch | None = None,
        split: frozenset[int] = frozenset(),
    ) -> bool:
        """Search below the given leaves too; True if every open one was closed.

        A start is a leaf with the bound that its exact evidence gives (``-inf`` if
        it has none); where that suffices the leaf is left as it is.
        What an earlier stop left open is gone on with. After a stop (time, nodes,
        Ctrl-C, an unbounded relaxation) the open nodes stay leaves of the tree and
        carry the dual vector of their parent, so the tree proves a bound at any moment.
        Nodes in `split` are branched on even if their relaxation reaches the threshold.
        """
        self._split = split
        began = time.monotonic()
        engine = self._engine
        nodes = math.inf if max_nodes is None else max_nodes
        solves = math.inf if max_solves is None else engine.solves + max_solves
        for node, bound in starts:
            self._push(_Open(bound, 0, node, None, None, None))

        def is_over() -> bool:
            late = time.monotonic() > deadline or self._has_enough()
            return late or self.nodes >= nodes or engine.solves >= solves

        try:
            while self._heap and not self.is_unbounded and not self._has_enough():
                self._dive(heapq.heappop(self._heap), is_over)
                if watch is not None:
                    watch(self._progress(time.monotonic() - began))
                if is_over():
                    break
        finally:
            for entry in self._heap:
                self._leave_open(entry.node, entry.dual)
        return not self._heap and not self.is_unbounded

    def solve_root(self) -> None:
        """Solve the root and keep its evidence, whatever it is worth."""
        self._target, target = Target(None), self._target
        self.value, value = -math.inf, self.value
        self._solve(_Open(-math.inf, 0, 0, None, None, None), self._tree.box(0, *self._root))
        self._target, self.value = target, value
        if not self.is_unbounded:
            self._offer(self._engine.point(), self._root)

    @property
    def _threshold(self) -> float:
        """The bound from which on a leaf is closed."""
        allowed = self._gap * abs(self.value) if self._gap else 0.0
        return self._target.threshold(self.value) - (allowed if math.isfinite(allowed) else 0.0)

    def _has_enough(self) -> bool:
        return self.stop_at_first and self.value < math.inf

    def _progress(self, seconds: float) -> Progress:
        bound = self._heap[0].bound if self._heap else self.value
        return Progress(
            self.nodes, self.leaves, len(self._heap), min(bound, self.value), self.value, seconds
        )

    def _push(self, entry: _Open) -> None:
        self._order += 1
        entry.order = -self._order  # ties: the youngest first
        heapq.heappush(self._heap, entry)

    def _leave_open(self, node: int, dual: NDArray[np.float64] | None) -> None:
        evidence = self._tree.nodes[node].evidence or Evidence()
        evidence.dual, evidence.is_open = dual, True
        self._tree.nodes[node].evidence = evidence

    def _dive(self, entry: _Open, is_over: Callable[[], bool]) -> None:
        """Solve a node, branch, and go on with one child until a leaf is closed.

        Without bounds on the columns a dive need not end by itself.
        """
        if entry.bound >= self._threshold and entry.dual is not None:
            self._close(entry.node, Evidence(dual=entry.dual))  # the parent's proof will do
            return
        if entry.bound >= self._threshold and entry.node not in self._split:
            self._close(entry.node, Evidence())  # what the leaf has will do
            return
        box = self._tree.box(entry.node, *self._root)
        if entry.basis is not None:
            self._engine.set_basis(entry.basis)
        child: _Open | None = entry
        while child is not None:
            current = child
            if is_over():
                self._push(current)
                return
            try:
                child = self._solve(current, box)
            except BaseException:
                self._push(current)  # Ctrl-C included: the node stays open
                raise

    def _solve(self, entry: _Open, box: Box) -> _Open | None:
        """Close the node, or branch and return the child to go on with."""
        engine = self._engine
        engine.set_bounds(*box)
        status = engine.solve()
        self.nodes += 1
        if status is LPStatus.INFEASIBLE:
            ray = engine.farkas_ray()
            if ray is None:  # an empty row, say: exact arithmetic will look for one
                ray = np.zeros(engine.n_rows)
            self._close(entry.node, Evidence(dual=entry.dual, ray=ray))
            return None
        if status is LPStatus.UNBOUNDED:
            self.is_unbounded = True
            self._close(entry.node, Evidence())
            return None
        objective = engine.objective
        if entry.cause is not None:
            side, column, fraction = entry.cause
            self.branching.pseudocosts.learn(side, column, objective - entry.bound, fraction)
        threshold = self._threshold
        dual = engine.row_duals()
        if objective >= threshold and entry.node not in self._split:
            self._close(entry.node, Evidence(dual=dual, basis=self._kept_basis()))
            return None
        return self._branch(_Solved(entry, box, objective, dual, engine.basis()))

    def _kept_basis(self) -> Basis | None:
        """The basis, where a rounded dual may need it: an infinite bound forgives nothing."""
        return self._engine.basis() if self._has_infinite_bounds else None

    def _close(self, node: int, evidence: Evidence) -> None:
        self.leaves += 1
        known = self._tree.nodes[node].evidence
        if known is not None:
            evidence.duals, evidence.rays, evidence.sums = known.duals, known.rays, known.sums
        self._tree.nodes[node].evidence = evidence

    def _branch(self, solved: _Solved) -> _Open | None:
        point = self._engine.point()
        values = point[self._columns]
        distance = np.abs(values - np.rint(values))
        fractional = np.flatnonzero(distance > _INTEGRALITY)
        if len(fractional) == 0:
            return self._take(solved, point, values)
        choice = self.branching.choose(
            self._columns[fractional],
            values[fractional],
            objective=solved.objective,
            threshold=self._threshold,
            basis=solved.basis,
            box=solved.box,
        )
        self._engine.set_basis(solved.basis)
        return self._descend(solved, choice.column, choice.floor, choice.fraction)

    def _take(
        self, solved: _Solved, point: NDArray[np.float64], values: NDArray[np.float64]
    ) -> _Open | None:
        """An integral relaxation: close the leaf if an exact point comes of it, else split."""
        node = solved.entry.node
        value = self._offer(point, solved.box)
        is_closed = False
        if value is not None:
            self.value = min(self.value, float(value))
            reached = solved.objective >= self._threshold
            is_closed = reached and node not in self._split
        split = None if is_closed else self._split_anyway(values, solved.box)
        if split is None:
            basis = solved.basis if self._has_infinite_bounds else None
            self._close(node, Evidence(dual=solved.dual, basis=basis))
            return None
        return self._descend(solved, *split, 0.5)

    def _split_anyway(self, values: NDArray[np.float64], box: Box) -> tuple[int, int] | None:
        """A split where nothing is fractional but no exact point came of it."""
        lower, upper = box
        loose = np.flatnonzero(lower[self._columns] < upper[self._columns])
        if len(loose) == 0:
            return None
        k = loose[np.argmax(np.abs(values[loose] - np.rint(values[loose])))]
        j, v = int(self._columns[k]), round(float(values[k]))
        return (j, v) if v < upper[j] else (j, v - 1)

    def _descend(self, solved: _Solved, column: int, floor: int, fraction: float) -> _Open:
        below, above = self._tree.branch(solved.entry.node, column, floor)
        lower, upper = solved.box
        size = len(self._heap) * (len(solved.dual) + len(lower))
        keep = solved.basis if size < _BASIS_MEMORY else None
        low = _Open(solved.objective, 0, below, keep, solved.dual, (0, column, fraction))
        high = _Open(solved.objective, 0, above, keep, solved.dual, (1, column, 1.0 - fraction))
        if fraction > 0.5:
            self._push(low)
            lower[column] = floor + 1
            return high
        self._push(high)
        upper[column] = floor
        return low

"""One run of branch and bound, from a first look to the last exact tie."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality._blocks import find_blocks
from tamemip.duality._branching import ALWAYS_STRONG, BranchingRule
from tamemip.duality._decomposition import Decomposition
from tamemip.duality._incumbents import IncumbentSearch
from tamemip.duality._leaf_proofs import Anchor, LeafJudge
from tamemip.duality._multipliers import Multipliers
from tamemip.duality._owner import Owner
from tamemip.duality._reports import BuildReport, Grown, Incumbent, Point, Watch
from tamemip.duality._resolution import resolve
from tamemip.duality._search import Search
from tamemip.duality._strengthening import strengthen
from tamemip.duality._tree import Evidence, Literals, Tree
from tamemip.errors import SolverError
from tamemip.solvers import Limits, LPStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

_LOGGER = logging.getLogger(__name__)

#: A search of this many nodes needs neither an incumbent nor another look.
_TINY_NODES = 60
#: Nodes of the first search, before a solver is asked for an incumbent.
_FIRST_NODES = 300
#: Seconds for the decomposition of a block-structured program, at most.
_BLOCK_SECONDS = 300.0
#: A second tree, with strong branching at every node, is grown if the first one was
#: cheap, and given up after a multiple of its linear programs. Effort is linear programs
#: times rows and columns: counted, not timed, so that runs repeat.
_CHEAP = 1_000_000
_PATIENCE, _LEAST_SOLVES = 6, 300
#: Seconds beyond the limit that exact proofs may take before they are done in haste.
_PROOF_SECONDS = 5.0
_ROOT = (0, -math.inf)


@final
class Growth:
    """One call of `BranchAndBound.grow`."""

    def __init__(
        self,
        owner: Owner,
        rhs: Sequence[Fraction],
        limits: Limits,
        watch: Watch | None,
    ) -> None:
        self._owner, self._rhs, self._limits, self._watch = owner, tuple(rhs), limits, watch
        self._relaxation = owner.relaxation
        self._relaxation.move_to(self._rhs)
        self._began = time.monotonic()
        seconds = math.inf if limits.seconds is None else limits.seconds
        self._deadline = self._began + seconds
        self._incumbents = IncumbentSearch(owner.program, self._relaxation)
        self._nodes = 0
        self._solves = self._relaxation.engine.solves
        self._proof_seconds = 0.0
        self._leaves_before = 0
        self._stopped: str | None = None
        self._ray: Point | None = None
        self._fallback: NDArray[np.float64] | None = None
        self._keeps_leaves = False
        self._first_new = 0
        self._candidates: list[Tree] = []
        self._root_duals: list[Multipliers] | None = None

    def grow(self, tree: Tree | None) -> Grown:
        fresh = tree is None
        self._keeps_leaves = not fresh
        tree = tree or Tree()
        self._first_new = 0 if fresh else len(tree.nodes)
        self._candidates = [tree]
        try:
            tree = self._search_fresh(tree) if fresh else self._search_more(tree)
        except KeyboardInterrupt:
            self._stopped = "interrupted"
            tree = max(self._candidates, key=Tree.closed_share)
        try:
            tree, tight = self._prove(tree)
        except KeyboardInterrupt:
            self._stopped = "interrupted"
            tree, tight = self._prove(tree)  # in haste
        if tight and not fresh and self._stopped is None and self._best and not self._ray:
            strengthen(tree, self._judge(), self._relaxation, float(self._best.cost))
        return Grown(self._rhs, tree, self._best, self._ray, tight, self._report())

    def offer(self, points: Sequence[Sequence[Fraction]]) -> None:
        """Take points that may be good as incumbents."""
        box = (self._relaxation.lower, self._relaxation.upper)
        for point in points:
            self._incumbents.offer(np.array([float(v) for v in point]), box)

    def grow_by_blocks(self) -> Grown | None:
        """Incumbent and decomposition, nothing else."""
        self._incumbents.ask_solver(began=self._began, deadline=self._deadline)
        tree = self._search_blocks()
        if tree is None:
            return None
        tree, tight = self._prove(tree)
        return Grown(self._rhs, tree, self._best, self._ray, tight, self._report())

    def root_ray(self) -> Multipliers | None:
        """A ray of the root box that is positive at the right-hand side."""
        relaxation = self._relaxation
        relaxation.engine.set_bounds(relaxation.lower, relaxation.upper)
        if relaxation.engine.solve() is not LPStatus.INFEASIBLE:
            return None
        evidence = Evidence(ray=relaxation.engine.farkas_ray())
        self._judge().prove(evidence, {})
        return evidence.rays[0] if evidence.rays else None

    def root(self) -> Grown:
        """Only the root: its dual vector, or a ray."""
        tree = Tree()
        search = self._new_search(tree, BranchingRule(reliable=0))
        search.solve_root()
        self._nodes = 1
        self._stopped = "nodes"
        if search.is_unbounded:
            self._ray = self._relaxation.improving_ray()
        tree, tight = self._prove(tree)
        return Grown(self._rhs, tree, self._best, self._ray, tight, self._report())

    def _report(self) -> BuildReport:
        total = time.monotonic() - self._began
        return BuildReport(
            nodes=self._nodes,
            relaxations=self._relaxation.engine.solves - self._solves,
            leaves_before=self._leaves_before,
            search_seconds=total - self._proof_seconds,
            proof_seconds=self._proof_seconds,
            stopped=self._stopped,
        )

    @property
    def _best(self) -> Incumbent | None:
        return self._incumbents.best

    # -- searching -----------------------------------------------------------------

    def _new_search(self, tree: Tree, rule: BranchingRule) -> Search:
        relaxation = self._relaxation
        return Search(
            relaxation.engine,
            tree,
            relaxation.integers,
            (relaxation.lower, relaxation.upper),
            self._owner.target,
            rule,
            self._incumbents.offer,
            value=self._incumbents.value,
            gap=self._limits.gap,
        )

    def _run(
        self,
        search: Search,
        starts: Sequence[tuple[int, float]],
        *,
        nodes: int | None = None,
        solves: int | None = None,
        label: str,
        split: frozenset[int] = frozenset(),
    ) -> bool:
        before = search.nodes
        allowed = self._limits.nodes
        if allowed is not None:
            allowed = max(allowed - self._nodes, 1)
            nodes = allowed if nodes is None else min(nodes, allowed)
        watch = self._watch
        search.value = min(search.value, self._incumbents.value)
        try:
            return search.run(
                starts,
                deadline=self._deadline,
                max_solves=solves,
                max_nodes=None if nodes is None else before + nodes,
                watch=None if watch is None else lambda progress: watch(label, progress),
                split=split,
            )
        finally:
            self._nodes += search.nodes - before

    def _search_fresh(self, tree: Tree) -> Tree:
        """A first look, an incumbent, then a careful search that knows the value."""
        solves = self._relaxation.engine.solves
        search = self._new_search(tree, BranchingRule())
        closed = self._run(search, [_ROOT], nodes=_FIRST_NODES, label="first look")
        if search.is_unbounded:
            return self._search_unbounded(Tree(), [_ROOT])
        if closed and search.nodes <= _TINY_NODES:
            return tree
        if self._is_over():
            return tree
        if not closed:
            self._incumbents.ask_solver(began=self._began, deadline=self._deadline)
            decomposed = self._search_blocks()
            if decomposed is not None:
                return decomposed
            tree, solves = Tree(), self._relaxation.engine.solves
            self._candidates.append(tree)
            search = self._new_search(tree, BranchingRule())
            if not self._run(search, [_ROOT], label="branch and bound"):
                self._note_stop()
                return tree
        return self._smaller(tree, self._relaxation.engine.solves - solves)

    def _search_blocks(self) -> Tree | None:
        """A decomposed tree, where the program falls into blocks and that pays."""
        if self._best is None or not self._owner.decomposes:
            return None
        structure = find_blocks(self._owner.program)
        if structure is None:
            return None
        engine = self._relaxation.engine
        engine.set_bounds(self._relaxation.lower, self._relaxation.upper)
        if engine.solve() is not LPStatus.OPTIMAL:
            return None
        decomposition = Decomposition(
            self._owner.program.with_rhs(self._rhs),
            self._owner.data,
            structure,
            target=self._owner.target,
            value=self._best.cost,
            prove_block=self._owner.prove_block,
            deadline=min(self._deadline, time.monotonic() + _BLOCK_SECONDS),
        )
        try:
            return decomposition.search(engine.row_duals(), engine.objective)
        except SolverError as error:  # one tree for the whole program needs no solver
            _LOGGER.info("no decomposition: %s", error)
            return None

    def _smaller(self, first: Tree, effort: int) -> Tree:
        """Try strong branching at every node where that is cheap; keep the smaller tree.

        `effort` is what the first tree took, in linear programs.
        """
        size = self._owner.program.n_rows + self._owner.program.n_cols
        if effort * size > _CHEAP or self._is_over():
            self._stopped = None  # the first tree is complete
            return first
        tree = Tree()
        search = self._new_search(tree, ALWAYS_STRONG)
        solves = max(_LEAST_SOLVES, _PATIENCE * effort)
        done = self._run(search, [_ROOT], solves=solves, label="strong branching")
        self._stopped = None
        return tree if done and len(tree.leaves()) < len(first.leaves()) else first

    def _is_over(self) -> bool:
        if time.monotonic() >= self._deadline:
            self._stopped = "seconds"
        elif self._limits.nodes is not None and self._nodes >= self._limits.nodes:
            self._stopped = "nodes"
        return self._stopped is not None

    def _note_stop(self) -> None:
        if not self._is_over():
            self._stopped = "precision"

    def _search_more(self, tree: Tree) -> Tree:
        """Go on where the leaves do not prove enough at this right-hand side.

        The lowest leaves come first; they usually hold the best point, and the
        others are then good enough as they are.
        """
        judge = self._judge()
        starts = [
            (k, judge.bound(tree.nodes[k].evidence or Evidence(), literals))
            for k, literals in tree.leaf_boxes()
        ]
        search = self._new_search(tree, BranchingRule())
        closed = self._run(search, starts, nodes=_FIRST_NODES, label="refining")
        if not closed and not search.is_unbounded and not self._is_over():
            self._incumbents.ask_solver(began=self._began, deadline=self._deadline)
            closed = self._run(search, (), label="refining")
        if search.is_unbounded:
            return self._search_unbounded(tree, starts)
        if not closed:
            self._note_stop()
        return tree

    def _search_unbounded(self, tree: Tree, starts: Sequence[tuple[int, float]]) -> Tree:
        """The relaxation is unbounded: look for any feasible point, and the ray."""
        self._ray = self._relaxation.improving_ray()
        engine = self._relaxation.engine
        cost = engine.cost
        engine.set_cost(0.0 * cost)
        try:
            search = self._new_search(tree, BranchingRule())
            search.stop_at_first = True
            if not self._run(search, starts, label="feasibility") and self._best is None:
                self._note_stop()
        finally:
            engine.set_cost(cost)
        if self._best is not None and not self._keeps_leaves:
            tree = Tree()
            tree.nodes[0].evidence = Evidence()
        for k in tree.leaves():
            evidence = tree.nodes[k].evidence
            if evidence is not None:
                evidence.dual = None  # duals of the zero cost bound nothing
        return tree

    # -- proving -------------------------------------------------------------------

    def _judge(self) -> LeafJudge:
        anchor = Anchor(self._rhs, None if self._best is None else self._best.cost)
        return LeafJudge(self._relaxation, self._owner.target, anchor)

    def _prove(self, tree: Tree) -> tuple[Tree, bool]:
        """Exact multipliers at every leaf; leaves that fall short are branched again."""
        began = time.monotonic()
        self._leaves_before = len(tree.leaves())
        while True:
            judge = self._judge()
            weak = self._prove_leaves(tree, judge)
            if not weak or self._stopped is not None or self._ray is not None:
                break
            if self._limits.gap > 0:
                self._stopped = "gap"
                break
            proof = time.monotonic() - began
            self._proof_seconds += proof
            if not self._branch_again(tree, weak) and self._stopped is None:
                self._note_stop()
            began = time.monotonic()
        is_tight = not weak
        if is_tight:
            # Branches of an earlier tree may be what proves its value at another rhs.
            tree = resolve(tree, judge.is_closed, first=self._first_new)
        elif self._ray is not None and self._best is not None:
            is_tight = True  # the value is -inf, and so is the function
        self._proof_seconds += time.monotonic() - began
        return tree, is_tight

    def _prove_leaves(self, tree: Tree, judge: LeafJudge) -> list[int]:
        weak = []
        for k, literals in tree.leaf_boxes():
            evidence = tree.nodes[k].evidence or Evidence()
            tree.nodes[k].evidence = evidence
            try:
                if not self._prove_leaf(judge, evidence, literals):
                    weak.append(k)
            except KeyboardInterrupt:
                self._stopped = "interrupted"
                judge.prove_in_haste(evidence, literals)
                weak.append(k)
        return weak

    def _prove_leaf(self, judge: LeafJudge, evidence: Evidence, literals: Literals) -> bool:
        if self._stopped == "interrupted" or time.monotonic() > self._deadline + _PROOF_SECONDS:
            hurry = time.monotonic() > self._deadline + 2 * _PROOF_SECONDS
            closed = judge.prove_in_haste(evidence, literals, pooled_only=hurry)
            if closed or evidence.duals or evidence.sums or self._ray is not None:
                return closed
            evidence.duals += self._duals_of_root(judge)
            return judge.is_closed(evidence, literals)
        if evidence.dual is None and not evidence.duals and self._ray is None:
            if self._fallback is None:
                self._fallback = self._relaxation.any_dual()
            evidence.dual = self._fallback
        return judge.prove(evidence, literals)

    def _duals_of_root(self, judge: LeafJudge) -> list[Multipliers]:
        """A dual vector of the relaxation, which holds in every box, if there is one."""
        if self._root_duals is None:
            relaxation, engine = self._relaxation, self._relaxation.engine
            engine.set_bounds(relaxation.lower, relaxation.upper)
            is_optimal = engine.solve() is LPStatus.OPTIMAL
            dual = engine.row_duals() if is_optimal else relaxation.any_dual()
            evidence = Evidence(dual=dual)
            judge.prove_in_haste(evidence, {})
            if not evidence.duals:  # an infinite bound that a rounded vector misses
                evidence.dual = dual
                judge.prove(evidence, {})
            self._root_duals = evidence.duals
        return self._root_duals

    def _branch_again(self, tree: Tree, weak: list[int]) -> bool:
        search = self._new_search(tree, BranchingRule())
        size, best = len(tree.nodes), self._best
        starts = [(k, -math.inf) for k in weak]
        closed = self._run(search, starts, label="exact ties", split=frozenset(weak))
        if len(tree.nodes) == size and self._best is best:
            self._stopped = "precision"  # the same leaves would come back for ever
        return closed

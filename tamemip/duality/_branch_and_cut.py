"""Branch and cut: a minimum over the leaves of a tree over rows and symbolic cuts.

A cut is a term of the right-hand side, hence a row whose own right-hand side moves
with that of the program. A tree of the program with such rows bounds the value for
every right-hand side; see `docs/theory/branch-and-cut.md`.
"""

from __future__ import annotations

import logging
import math
import time
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._branch_and_cut_cuts import CutFinder, CutList
from tamemip.duality._branch_and_cut_merging import Merger
from tamemip.duality._coefficients import NoInequalityError
from tamemip.duality._cut_tree import CutRow, CutTree, cut_rows, extended_program
from tamemip.duality._dual_function import DualFunction, tight_points
from tamemip.duality._optimum import optimum
from tamemip.duality._reports import Grown, merged
from tamemip.errors import SolverError
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.duality._reports import BuildReport, Incumbent, Watch
    from tamemip.programs import MixedIntegerProgram

_LOGGER = logging.getLogger(__name__)

#: Nodes of a first look without cuts.
_FIRST_NODES = 60
#: Seconds for the search for cuts, at most, and as a share of what is left.
_SEPARATION_SECONDS, _SEPARATION_SHARE = 30.0, 0.3
#: Seconds for a solver that looks for a good point.
_POINT_SECONDS = 10.0
#: Seconds for the search for cuts in boxes of a tree, likewise, and the share of leaves
#: that another pass has to do away with.
_MERGING_SECONDS, _MERGING_SHARE, _WORTH_IT = 120.0, 0.5, 0.9
#: Nodes of a tree over cuts before the plain tree has its turn, nodes of that one before a
#: tree over cuts is grown to its end, and the relaxations from which on no other list of
#: cuts is tried.
_NODES, _PLAIN_NODES, _MANY_RELAXATIONS = 3_000, 12_000, 1_500
#: The plain tree is grown beside a tree over cuts, which must not be larger, and is given
#: up after a multiple of its leaves in nodes.
_NODES_A_LEAF, _LEAST_NODES = 8, 400
#: Share of the time for a tree over cuts that was not finished at first; the plain tree
#: has the rest.
_SHARE_OF_HARDEST = 0.5


def build_branch_and_cut(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
) -> DualFunction:
    """Grow a tree over rows and cuts that proves the value at a right-hand side.

    The tree without cuts is kept where cuts do not make it smaller.
    """
    return _Building(program, rhs, limits, watch).build()


@final
class _Building:
    """One call; `best` is the function to be returned, with its number of leaves."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        rhs: tuple[Fraction, ...],
        limits: Limits,
        watch: Watch | None,
    ) -> None:
        self._program, self._rhs = program, rhs
        self._limits, self._watch = limits, watch
        seconds = math.inf if limits.seconds is None else limits.seconds
        self._deadline = time.monotonic() + seconds
        self._nodes = 0
        self._reports: list[BuildReport] = []
        self._best: DualFunction | None = None
        self._proved: Grown | None = None
        self._stopped: str | None = None

    def build(self) -> DualFunction:
        """A first look, cuts and trees over them, and the plain tree where it may be smaller."""
        first = self._plain(nodes=_FIRST_NODES)
        if first.improving_ray is not None:
            if first.report.stopped is not None:
                self._plain(nodes=None)
            return self._finished()
        if first.is_tight and len(first.tree.leaves()) == 1:
            return self._finished()
        try:
            self._with_cuts(first)
            self._merge()
        except KeyboardInterrupt:
            self._stopped = "interrupted"
        return self._finished()

    # -- trees ---------------------------------------------------------------------

    def _plain(self, *, nodes: int | None) -> Grown:
        grown = BranchAndBound(self._program).grow(
            self._rhs, limits=self._left(nodes), watch=self._watch
        )
        self._take(grown, DualFunction.of_grown(self._program, grown))
        return grown

    def _with_cuts(self, first: Grown) -> None:
        """Trees over lists of cuts, and the plain tree where it may be smaller."""
        if self._is_over():
            return
        incumbent = first.incumbent if first.is_tight else self._point(first)
        finder = CutFinder(self._program, self._rhs, incumbent)
        deadline = self._share(_SEPARATION_SECONDS, _SEPARATION_SHARE)
        hardest: CutList | None = None
        for cuts in finder.lists(deadline=deadline):
            grown = self._over(cuts, nodes=_NODES) if cuts.cuts else None
            if grown is not None and not grown.is_tight:
                hardest = hardest or cuts
            if self._is_done() or self._is_over():
                return
            if grown is not None and grown.report.relaxations > _MANY_RELAXATIONS:
                break
        self._without_cuts(first)
        if self._is_tight or self._is_over():
            return
        if hardest is not None:
            self._over(hardest, nodes=None, share=_SHARE_OF_HARDEST)
            self._without_cuts(first)
        if not self._is_tight and not self._is_over():
            self._plain(nodes=None)

    def _over(self, cuts: CutList, *, nodes: int | None, share: float = 1.0) -> Grown | None:
        """The tree over some cuts, for a share of the time that is left."""
        rows = usable_rows(self._program, cuts)
        if not rows:
            return None
        extended = extended_program(self._program, rows, rhs=self._rhs)
        try:
            grower = BranchAndBound(extended, decomposes=False)
            limits = self._left(nodes, share=share)
            grown = grower.grow(extended.exact.rhs, limits=limits, watch=self._watch)
        except SolverError as error:  # the program without cuts has smaller numbers
            _LOGGER.info("no tree over these cuts: %s", error)
            return None
        cut_tree = CutTree(tuple(row.node for row in rows), grown.tree)
        cut_tree = cut_tree.pruned(self._program.n_rows)
        self._take(grown, of_cut_tree(self._program, self._rhs, cut_tree, grown))
        return grown

    def _without_cuts(self, first: Grown) -> None:
        """The plain tree, given up where it is larger than one over cuts."""
        if first.report.stopped is None or self._is_over():
            return
        leaves = self._best.n_leaves if self._best is not None and self._is_tight else 0
        self._plain(nodes=_LEAST_NODES + _NODES_A_LEAF * leaves if leaves else _PLAIN_NODES)

    @property
    def _is_tight(self) -> bool:
        return self._best is not None and bool(self._best.tight_at)

    def _merge(self) -> None:
        """Cuts for boxes of the tree, until they do not make it much smaller any more."""
        F, grown = self._best, self._proved
        if F is None or grown is None or not F.tight_at or self._is_over():
            return
        if any(node.evidence is not None and node.evidence.sums for node in grown.tree.nodes):
            return
        deadline = self._share(_MERGING_SECONDS, _MERGING_SHARE)
        cut_tree = F.cut_trees[0] if F.cut_trees else CutTree((), grown.tree)
        merger = Merger(self._program, self._rhs, grown.incumbent)
        before = F.n_leaves
        while before > 1:
            try:
                cut_tree = merger.merged(cut_tree, deadline=deadline)
            except SolverError as error:  # the tree is proved as it is
                _LOGGER.info("no cuts for boxes: %s", error)
                return
            after = len(cut_tree.tree.leaves())
            if after < F.n_leaves:
                self._best = of_cut_tree(self._program, self._rhs, cut_tree, grown)
            if after > _WORTH_IT * before or time.monotonic() > deadline:
                return
            before = after

    def _take(self, grown: Grown, F: DualFunction) -> None:
        """Keep the better of two functions: tight before not, then fewer leaves."""
        self._nodes += grown.report.nodes
        self._reports.append(grown.report)
        if self._best is None or self._rank(F) < self._rank(self._best):
            self._best, self._proved = F, grown

    def _rank(self, F: DualFunction) -> tuple[bool, float, int]:
        if F.tight_at:
            return (False, 0.0, F.n_leaves)
        sign = 1 if self._program.sense == "min" else -1
        return (True, -sign * float(F.exact(self._rhs)), F.n_leaves)

    def _is_done(self) -> bool:
        best = self._best
        return best is not None and bool(best.tight_at) and best.n_leaves == 1

    def _is_over(self) -> bool:
        """Whether a limit is reached."""
        allowed = self._limits.nodes
        if time.monotonic() >= self._deadline:
            self._stopped = "seconds"
        elif allowed is not None and self._nodes >= allowed:
            self._stopped = "nodes"
        elif self._reports and self._reports[-1].stopped in ("interrupted", "gap"):
            self._stopped = self._reports[-1].stopped
        return self._stopped is not None

    # -- limits -----------------------------------------------------------------------

    def _point(self, first: Grown) -> Incumbent | None:
        """A point that is probably optimal."""
        seconds = min(_POINT_SECONDS, max(0.0, (self._deadline - time.monotonic()) / 4))
        found = optimum(self._program, self._rhs, Limits(seconds=seconds))
        return found or first.incumbent

    def _share(self, seconds: float, share: float) -> float:
        """A deadline after so many seconds, or after a share of what is left."""
        now = time.monotonic()
        return now + min(seconds, share * max(self._deadline - now, 0.0))

    def _left(self, nodes: int | None, *, share: float = 1.0) -> Limits:
        """What is left of the limits, or a share of the time, and of a number of nodes."""
        given = self._limits.nodes
        if given is not None:
            own = max(given - self._nodes, 1)
            nodes = own if nodes is None else min(own, nodes)
        seconds = None
        if math.isfinite(self._deadline):
            seconds = share * max(self._deadline - time.monotonic(), 0.0)
        return replace(self._limits, nodes=nodes, seconds=seconds)

    def _finished(self) -> DualFunction:
        F = self._best
        assert F is not None  # the first look gives one
        report = self._reports[0]
        for other in self._reports[1:]:
            report = merged(report, other)
        stopped = None if F.tight_at else self._stopped or F.report.stopped
        report = replace(report, leaves_before=F.report.leaves_before, stopped=stopped)
        return replace(F, method="branch-and-cut", report=report)


def usable_rows(program: MixedIntegerProgram, cuts: CutList) -> tuple[CutRow, ...]:
    """The cuts that are linear in the user's columns, as rows."""
    form = program.canonical()
    rows: list[CutRow] = []
    for cut in cuts.cuts:
        try:
            rows += cut_rows(form, [cut])
        except NoInequalityError:
            continue
    return tuple(rows)


def of_cut_tree(
    program: MixedIntegerProgram, rhs: tuple[Fraction, ...], cut_tree: CutTree, grown: Grown
) -> DualFunction:
    """The function of a tree over cuts that was grown for a right-hand side."""
    points = tight_points(program, replace(grown, rhs=rhs))
    return DualFunction(program, "branch-and-cut", (), points, grown.report, cut_trees=(cut_tree,))

"""The value function on a line by branch and cut: interval after interval.

Parametric branch and bound needs far too many nodes where one solve needs cuts. Here
the line is split into intervals; in each of them cuts are rows that move affinely with
the step (`_lifted_rows`), so that the tree for the interval is a plain one of a stronger
program. Where it grows too large the interval is split: cuts are stronger on shorter
ones.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Over, SparseVector
from tamemip.duality import (
    BranchAndBound,
    BuildReport,
    CutRow,
    CutTree,
    DualFunction,
    Gap,
    Incumbent,
    IntegerData,
    LeafLines,
    LineFunction,
    PartsOnLine,
    Tree,
    moved,
    optimum,
    smallest,
)
from tamemip.errors import SolverError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._lifted_cuts import CutSource
from tamemip.value_functions._lifted_pieces import (
    over_of,
    pieces_within,
    restricted,
    split,
    widened,
)
from tamemip.value_functions._lifted_rows import MovingProgram, moving_program
from tamemip.value_functions._line_branching import LineBranching
from tamemip.value_functions._line_cover import LineCover, LineRates
from tamemip.value_functions._line_parts import LineParts
from tamemip.value_functions._line_search import inside

IntegerPart: TypeAlias = tuple[Fraction, ...]

_ZERO = Fraction(0)
#: Nodes of a tree before its interval is split, and of one that is not split any more.
_NODES, _MOST_NODES = 400, 20_000
#: How many times more nodes where splitting makes cuts no better.
_PATIENCE = 8
#: Parts that are feasible at single steps only and are read in an interval, at most.
_POINTS = 12
#: Intervals shorter than this share of the line are not split.
_SHORTEST = Fraction(1, 4096)
#: Points at which what floats have missed in one interval is proved, at most, and nodes
#: for each of them.
_REFINEMENTS, _NODES_A_POINT = 40, 2_000
#: Steps at which a good point is looked for at first, but one.
_SCOUTS = 8
#: Seconds for a solver that looks for a good point.
_POINT_SECONDS = 5.0


@final
@dataclass(slots=True)
class LiftedState:
    """What is known of the value on ``[0, length]``, in min orientation without the constant.

    Attributes
    ----------
    trees
        Trees over cuts, with the intervals in which their cuts are read.
    parts
        The integer parts that have been met, with their least costs.
    upper
        The bound from above that they give.
    open
        Disjoint intervals, in order, where the bounds are not known to agree.
    stopped
        None, or why the search ended early.
    """

    upper: LineFunction
    open: list[Gap]
    trees: list[tuple[CutTree, Over]] = field(default_factory=list)
    parts: dict[IntegerPart, LineFunction] = field(default_factory=dict)
    stopped: str | None = None
    nodes: int = 0
    refinements: int = 0
    seconds: float = 0.0

    def dual_function(self, program: MixedIntegerProgram) -> DualFunction:
        """The best of all trees; it bounds the value for every right-hand side."""
        report = BuildReport(self.nodes, 0, 0, self.seconds, 0.0, self.stopped)
        over_cuts = tuple(tree for tree, _ in self.trees)
        plain = () if over_cuts else (Tree(),)
        return DualFunction(program, "branch-and-cut", plain, (), report, cut_trees=over_cuts)


@final
@dataclass(frozen=True, slots=True)
class _Job:
    """An interval to be settled: cuts that were of use around it, nodes for its tree."""

    where: Gap
    rows: tuple[CutRow, ...]
    nodes: int


@final
class LiftedSearch:
    """Closes the gap on the line ``rhs + t * direction``, ``0 <= t <= length``, with cuts.

    Parameters
    ----------
    program
        The program; its own right-hand side is the start of the line.
    direction
        By row.
    length
        The end of the line, positive or zero.
    limits
        Of all the work; nodes are those of all trees.
    on_step
        Called with the state before every interval.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        direction: SparseVector,
        length: Fraction,
        *,
        limits: Limits,
        on_step: Callable[[LiftedState], None] | None = None,
    ) -> None:
        self._program, self._direction, self._length = program, direction, length
        self._limits, self._on_step = limits, on_step
        self._began = time.monotonic()
        self._on_line = PartsOnLine(program, direction, length)
        self._whole: set[IntegerPart] = set()
        self._cuts = CutSource(program, direction)
        self._is_empty = IntegerData(program.exact).is_empty
        nothing = LineFunction.affine(_ZERO, length, math.inf, math.inf)
        self._state = LiftedState(nothing, [Gap((_ZERO, 0), (length, 1))])

    def run(self) -> LiftedState:
        """Settle interval after interval, the left ones first, or stop at a limit."""
        state = self._state
        jobs = [_Job(state.open[0], (), _NODES)]
        try:
            self._scout()
            while jobs and not self._is_over():
                if self._on_step is not None:
                    self._on_step(state)
                jobs += self._settle(jobs.pop())[::-1]
        except KeyboardInterrupt:
            state.stopped = "interrupted"
        state.seconds = time.monotonic() - self._began
        return state

    def _scout(self) -> None:
        """Good points at steps all along the line: the jumps of their costs part it well."""
        for k in range(_SCOUTS + 1 if self._length else 0):
            if self._is_over():
                return
            self._seed(self._length * Fraction(k, _SCOUTS))

    # -- an interval -----------------------------------------------------------------

    def _settle(self, job: _Job) -> list[_Job]:
        """Prove an interval with one tree, or give the intervals that it is split into.

        Where splitting makes cuts no better, failures get twice the nodes.
        """
        over = over_of(job.where)
        can_split = over.hi - over.lo > _SHORTEST * self._length
        incumbent = self._seed((over.lo + over.hi) / 2)
        cuts = self._cuts.near(job.rows, over, incumbent, deadline=self._deadline)
        if can_split and cuts.split is not None:
            parts = [Gap(job.where.start, cuts.split), Gap(cuts.split, job.where.end)]
            return [_Job(part, cuts.known, job.nodes) for part in parts]
        moving = moving_program(self._program, self._direction, cuts.rows, over)
        # Shorter intervals are as hard, where no cut has lost anything on the long one.
        nodes = job.nodes * (_PATIENCE if cuts.is_lossless else 1)
        tree, is_grown = self._grown(moving, nodes if can_split else _MOST_NODES, can_split)
        proved = self._closed(moving, job.where, tree) if is_grown or not can_split else None
        if proved is not None:
            cut_tree = CutTree(tuple(row.node for row in cuts.rows), proved)
            self._state.trees.append((cut_tree.pruned(self._program.n_rows), over))
            self._state.open = _without(self._state.open, job.where)
            return []
        if not can_split:
            self._state.stopped = self._state.stopped or "precision"  # it stays open
            return []
        parts = split(job.where, self._state.upper)
        nodes = min(job.nodes * (2 if cuts.is_lossless else 1), _MOST_NODES)
        return [_Job(part, cuts.known, nodes) for part in parts]

    def _grown(self, moving: MovingProgram, nodes: int, can_split: bool) -> tuple[Tree, bool]:
        """A tree for an interval, believed in floats, and whether it is finished."""
        over, length = moving.over, moving.length
        allowed = self._limits.nodes
        if allowed is not None:
            nodes = min(nodes, allowed - self._state.nodes)
        tree = LineBranching(
            moving.program,
            moving.direction,
            length,
            LineParts(moving.program, moving.direction, length),
            upper=restricted(self._state.upper, over),
            deadline=self._deadline,
            max_nodes=nodes,
        )
        is_grown = tree.grow()
        tree.finish()
        self._learn(tree, over)
        self._state.nodes += tree.nodes
        return tree.tree, is_grown

    def _learn(self, tree: LineBranching, over: Over) -> None:
        """Take up the integer parts that a tree has met in its interval."""
        for part, costs in tree.costs().items():
            self._keep(part, widened(costs, over.lo, self._length))
        if tree.points:
            on_line = self._parts_in(over)
            for point in tree.points[:_POINTS]:
                self._read(tuple(map(Fraction, point)), on_line, over.lo)

    def _closed(self, moving: MovingProgram, where: Gap, tree: Tree) -> Tree | None:
        """The tree, grown until it reaches the costs everywhere in an interval, or None."""
        lines = LeafLines(moving.program, moving.program.exact.rhs)
        rates = LineRates(moving.direction)
        grower: BranchAndBound | None = None
        for _ in range(_REFINEMENTS):
            cover = LineCover(_function(moving.program, tree), lines, rates)
            gap = self._first_gap(cover, where, moving.over)
            if gap is None:
                return tree
            if self._is_over():
                return None
            t = inside(gap)
            grower = grower or BranchAndBound(moving.program, decomposes=False)
            limits = replace(self._left(), nodes=_NODES_A_POINT)
            grown = grower.grow(moving.rhs_at(t), tree=tree.copy(), limits=limits, watch=None)
            tree = grown.tree
            self._state.refinements += 1
            self._state.nodes += grown.report.nodes
            if not grown.is_tight:
                return None
            if grown.improving_ray is not None:
                raise UnsupportedError(
                    f"the program is unbounded at the step {t} of the line; its value function "
                    "is minus infinity there. Bound the columns, or choose another interval."
                )
            if grown.incumbent is not None:
                self._take(self._on_line.part_of(grown.incumbent.point))
        return None

    def _first_gap(self, cover: LineCover, where: Gap, over: Over) -> Gap | None:
        """Where the function of a cover is below the costs first, in steps of the whole line."""
        if self._is_empty:
            return None
        for piece, target in pieces_within(self._state.upper, where, over):
            for gap in cover.gaps(piece, target):
                (lo, a), (hi, b) = gap.start, gap.end
                return Gap((lo + over.lo, a), (hi + over.lo, b))
        return None

    # -- points ----------------------------------------------------------------------

    def _seed(self, t: Fraction) -> Incumbent | None:
        """A point that is probably optimal at a step; its integer part is taken up."""
        rhs = moved(self._program.exact.rhs, self._direction, t)
        left = self._left().seconds
        seconds = _POINT_SECONDS if left is None else min(_POINT_SECONDS, left)
        found = optimum(self._program, rhs, Limits(seconds=seconds))
        if found is not None:
            self._take(self._on_line.part_of(found.point))
        return found

    def _take(self, part: IntegerPart) -> None:
        """Read a part along the whole line."""
        if part not in self._whole:
            self._whole.add(part)
            self._read(part, self._on_line, _ZERO)

    def _parts_in(self, over: Over) -> PartsOnLine:
        """A reader of parts in an interval alone, where they have few kinks."""
        rhs = moved(self._program.exact.rhs, self._direction, over.lo)
        program = self._program.with_rhs(rhs)
        return PartsOnLine(program, self._direction, over.hi - over.lo)

    def _read(self, part: IntegerPart, on_line: PartsOnLine, start: Fraction) -> None:
        """Take up the exact costs of a part on a line that begins at a step."""
        try:
            costs = on_line.read(part)
        except SolverError:
            return  # met again, if it matters, where every value is proved
        self._keep(part, widened(costs, start, self._length))

    def _keep(self, part: IntegerPart, costs: LineFunction) -> None:
        state = self._state
        known = state.parts.get(part)
        state.parts[part] = costs if known is None else smallest([known, costs])
        state.upper = smallest([state.upper, costs])

    # -- limits ----------------------------------------------------------------------

    @property
    def _deadline(self) -> float:
        seconds = self._limits.seconds
        return math.inf if seconds is None else self._began + seconds

    def _left(self) -> Limits:
        seconds = self._limits.after(time.monotonic() - self._began).seconds
        return Limits(seconds=seconds)

    def _is_over(self) -> bool:
        allowed = self._limits.nodes
        if time.monotonic() >= self._deadline:
            self._state.stopped = "seconds"
        elif allowed is not None and self._state.nodes >= allowed:
            self._state.stopped = "nodes"
        return self._state.stopped in ("seconds", "nodes")


def _function(program: MixedIntegerProgram, tree: Tree) -> DualFunction:
    report = BuildReport(0, 0, len(tree.leaves()), 0.0, 0.0, None)
    return DualFunction(program, "branch-and-bound", (tree,), (), report)


def _without(gaps: Iterable[Gap], part: Gap) -> list[Gap]:
    """What is left of disjoint intervals."""
    left: list[Gap] = []
    for gap in gaps:
        before = Gap(gap.start, min(gap.end, part.start))
        after = Gap(max(gap.start, part.end), gap.end)
        if part.end <= gap.start or gap.end <= part.start:
            left.append(gap)
        else:
            left += [piece for piece in (before, after) if piece.start < piece.end]
    return left

"""The value function on a line, found by closing the gap between two bounds.

Below stands a dual function, read along the line leaf by leaf; above stand the integer
parts that have been met, each an exact convex function of the step. Where the two
differ the dual function is refined at a point of the line, which proves the value
there and brings a part that is optimal. Every basis of a leaf serves an interval, so
that this ends.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound, SparseVector
from tamemip.duality import (
    BuildReport,
    DualFunction,
    Gap,
    IntegerData,
    LeafLines,
    LineFunction,
    PartsOnLine,
    Target,
    Tree,
    smallest,
)
from tamemip.errors import SolverError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._line_branching import LineBranching
from tamemip.value_functions._line_cover import LineCover, LineRates
from tamemip.value_functions._line_parts import LineParts

IntegerPart = tuple[Fraction, ...]
_ZERO = Fraction(0)
#: Parts that are feasible at single steps only and are read exactly, at most.
_MOST_POINTS = 200
#: After a limit, the share of its seconds that may go on reading what has been proved.
_GRACE = 0.1


@final
@dataclass(slots=True)
class LineState:
    """What is known of the value on ``[0, length]``, in min orientation without the constant.

    Attributes
    ----------
    dual_function
        The bound from below.
    parts
        The integer parts that have been met.
    upper
        The bound from above that they give.
    open
        Disjoint intervals, in order, where the two are not known to agree.
    stopped
        None, or why the search ended early.
    """

    dual_function: DualFunction
    parts: dict[IntegerPart, LineFunction]
    upper: LineFunction
    open: list[Gap]
    stopped: str | None = None
    nodes: int = 0
    solves: int = 0
    refinements: int = 0
    seconds: float = field(default=0.0)


@final
class LineSearch:
    """Closes the gap on the line ``rhs + t * direction``, ``0 <= t <= length``.

    Parameters
    ----------
    program
        The program; its own right-hand side is the start of the line.
    direction
        By row.
    length
        The end of the line, positive or zero.
    limits
        Of all the work.
    on_step
        Called with the state before every refinement.
    start
        A dual function, and integer parts, to begin with instead of a tree of its own.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        direction: SparseVector,
        length: Fraction,
        *,
        limits: Limits,
        on_step: Callable[[LineState], None] | None = None,
        start: tuple[DualFunction, Iterable[IntegerPart]] | None = None,
    ) -> None:
        self._program, self._direction, self._length = program, direction, length
        self._limits, self._on_step, self._start = limits, on_step, start
        self._began = time.monotonic()
        self._rhs = program.exact.rhs
        self._on_line = PartsOnLine(program, direction, length)
        self._lines = LeafLines(program, self._rhs)
        self._rates = LineRates(direction)
        # No integer between the bounds of some column: then leaves need no evidence.
        self._is_empty = IntegerData(program.exact).is_empty
        self._cover: LineCover | None = None

    def run(self) -> LineState:
        """Grow one tree for the line, then refine until nothing is open, or a limit is met."""
        nothing = LineFunction.affine(_ZERO, self._length, math.inf, math.inf)
        everything = Gap((_ZERO, 0), (self._length, 1))
        state = LineState(self._function(Tree()), {}, nothing, [everything])
        try:
            if self._start is None:
                self._grow(state)
            else:
                self._begin(state, *self._start)
            while state.open and state.stopped is None:
                if not self._close(state):
                    self._refine(state, inside(state.open[0]))
        except KeyboardInterrupt:
            state.stopped = "interrupted"
        if state.open:
            self._close_all(state)
        state.seconds = time.monotonic() - self._began
        return state

    # -- growing ---------------------------------------------------------------------

    def _grow(self, state: LineState) -> None:
        """One tree for the whole line, believed in floats; what it misses is refined later."""
        left = self._left()
        parts = LineParts(self._program, self._direction, self._length)
        tree = LineBranching(
            self._program,
            self._direction,
            self._length,
            parts,
            granularity=self._lines.granularity or 0,
            deadline=math.inf if left.seconds is None else time.monotonic() + left.seconds,
            max_nodes=math.inf if left.nodes is None else left.nodes,
        )
        try:
            if not tree.grow():
                is_late = left.nodes is None or tree.nodes < left.nodes
                state.stopped = "seconds" if is_late else "nodes"
        finally:
            tree.finish()
            state.dual_function = self._function(tree.tree)
            state.nodes, state.solves = tree.nodes, tree.solves
            self._take(state, tree)

    def _take(self, state: LineState, tree: LineBranching) -> None:
        """The integer parts that the tree has met and that matter, exactly."""
        state.parts.update(tree.costs())
        for part in tree.points[:_MOST_POINTS]:
            self._read(state, tuple(map(Fraction, part)))
        state.upper = smallest([state.upper, *state.parts.values()])

    def _read(self, state: LineState, part: IntegerPart) -> None:
        """The whole costs of a part, by exact linear programs."""
        try:
            costs = self._on_line.read(part)
        except SolverError:
            return  # met again, if it matters, where every value is proved
        known = state.parts.get(part)
        state.parts[part] = costs if known is None else smallest([known, costs])
        state.upper = smallest([state.upper, costs])

    def _begin(self, state: LineState, F: DualFunction, parts: Iterable[IntegerPart]) -> None:
        """With what is known from elsewhere."""
        state.dual_function = replace(F, program=self._program)
        for part in parts:
            self._read(state, part)

    def _function(self, tree: Tree) -> DualFunction:
        report = BuildReport(0, 0, len(tree.leaves()), 0.0, 0.0, None)
        return DualFunction(self._program, "branch-and-bound", (tree,), (), report)

    # -- closing ---------------------------------------------------------------------

    def _close(self, state: LineState) -> bool:
        """Take out of the first open interval what the bounds agree on; True if that is all."""
        first = state.open[0]
        still: list[Gap] = []
        for piece, target in _pieces(state.upper, first):
            still += self._below(state, piece, target)
            if still:
                # What comes after may be closed by the next refinement as well.
                rest = Gap(piece.end, first.end)
                still += [rest] if rest.start < rest.end else []
                break
        state.open = [*still, *state.open[1:]]
        return not still

    def _close_all(self, state: LineState) -> None:
        """Take out everything that the bounds agree on, when the search has ended early."""
        seconds = self._limits.seconds
        grace = max(1.0, _GRACE * (time.monotonic() - self._began if seconds is None else seconds))
        deadline = time.monotonic() + grace
        still: list[Gap] = []
        for gap in state.open:
            for piece, target in _pieces(state.upper, gap):
                is_late = time.monotonic() > deadline
                still += [piece] if is_late else self._below(state, piece, target)
        state.open = still

    def _below(self, state: LineState, piece: Gap, target: Target) -> list[Gap]:
        """Where in a piece the dual function is below the line of the piece."""
        if self._is_empty:
            return []
        if self._cover is None:
            self._cover = LineCover(state.dual_function, self._lines, self._rates)
        return self._cover.gaps(piece, target)

    # -- refining --------------------------------------------------------------------

    def _refine(self, state: LineState, t: Fraction) -> None:
        if self._on_step is not None:
            self._on_step(state)
        rhs = self.at(t)
        left = self._left()
        if left.seconds is not None and left.seconds <= 0:
            state.stopped = "seconds"
            return
        if rhs in state.dual_function.tight_at:
            state.stopped = "precision"  # it is tight there, and does not reach the line
            return
        F = state.dual_function.refine(at=rhs, limits=left)
        state.dual_function, self._cover = F, None
        state.refinements += 1
        if rhs in F.tight_at:
            self._learn(state, t)
        else:
            state.stopped = F.report.stopped or "precision"

    def _learn(self, state: LineState, t: Fraction) -> None:
        """Take up the part that is optimal at a point, if the value is proved there."""
        rhs = self.at(t)
        if rhs not in state.dual_function.tight_at:
            state.stopped = state.dual_function.report.stopped or "precision"
            return
        tight = state.dual_function.tight_point(rhs)
        if tight.point is None:
            return
        if tight.ray is not None:
            raise UnsupportedError(
                f"the program is unbounded at the step {t} of the line; its value function is "
                "minus infinity there. Bound the columns, or choose another interval."
            )
        part = self._on_line.part_of(tight.point)
        if part not in state.parts or self._is_above(state.upper, t, tight.value):
            state.parts[part] = self._on_line.read(part)
            state.upper = smallest([state.upper, state.parts[part]])

    def _is_above(self, upper: LineFunction, t: Fraction, value: Fraction | None) -> bool:
        """Whether known costs are more than a value that is the program's own."""
        if value is None:
            return False
        sign = 1 if self._program.sense == "min" else -1
        least = sign * (value - self._program.offset)
        return any(
            piece.start <= (t, 0) and (t, 1) <= piece.end and _at(target, t) > least
            for piece, target in _pieces(upper, Gap((t, 0), (t, 1)))
        )

    def at(self, t: Fraction) -> tuple[Fraction, ...]:
        """The right-hand side of a step."""
        moved = list(self._rhs)
        for i, rate in self._direction:
            moved[i] += t * rate
        return tuple(moved)

    def _left(self) -> Limits:
        return self._limits.after(time.monotonic() - self._began)


def _pieces(upper: LineFunction, within: Gap) -> list[tuple[Gap, Target]]:
    """The points and open intervals of a function, with their lines, inside of an interval."""
    found = []
    for k, t in enumerate(upper.breaks):
        found.append((Gap((t, 0), (t, 1)), Target(upper.at[k], _ZERO)))
        if k + 1 < len(upper.breaks):
            hi = upper.breaks[k + 1]
            left, right = upper.between[k]
            target = Target(left, _ZERO)
            if isinstance(left, Fraction) and isinstance(right, Fraction):
                slope = (right - left) / (hi - t)
                target = Target(left - slope * t, slope)
            found.append((Gap((t, 1), (hi, 0)), target))
    clipped = (
        (Gap(max(piece.start, within.start), min(piece.end, within.end)), target)
        for piece, target in found
    )
    return [(piece, target) for piece, target in clipped if piece.start < piece.end]


def _at(target: Target, t: Fraction) -> Bound:
    value = target.value
    return value + target.slope * t if isinstance(value, Fraction) else value


def inside(gap: Gap) -> Fraction:
    """A simple number well inside of an interval; the point itself if it is one."""
    lo, hi = gap.start[0], gap.end[0]
    assert isinstance(lo, Fraction)
    assert isinstance(hi, Fraction)
    if lo == hi:
        return lo
    third = (hi - lo) / 3
    return simplest_between(lo + third, hi - third)


def simplest_between(lo: Fraction, hi: Fraction) -> Fraction:
    """The fraction with the least denominator in ``[lo, hi]`` (Stern 1858, Brocot 1861)."""
    whole = math.ceil(lo)
    if whole <= hi:
        return Fraction(max(whole, min(0, math.floor(hi))) if whole <= 0 <= hi else whole)
    below = whole - 1
    return below + 1 / simplest_between(1 / (hi - below), 1 / (lo - below))

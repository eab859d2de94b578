"""Parametric branch and bound: one tree for a whole line of right-hand sides.

A node is a box of the integer columns with the steps at which it may still hold
something better than what is known. Every linear program gives a line that settles an
interval of steps; only what is left is branched on. The search runs in floats alone.
When it has ended, each leaf keeps the few lines that settle it, with exact multipliers;
whoever called reads them exactly and finds what floats have missed.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.certificates import SparseVector
from tamemip.duality import (
    BranchingRule,
    Evidence,
    IntegerData,
    LineFunction,
    Multipliers,
    Rationalizer,
    StrongBranching,
    Tree,
    smallest,
)
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus
from tamemip.value_functions._line_parts import ExactPiece, IntegerPart, LineParts
from tamemip.value_functions._line_upper import (
    FloatUpper,
    Segment,
    is_inside,
    middle_of_longest,
    missed,
    not_positive,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray

_INTEGRALITY = 1e-6
#: Linear programs at one node, at most: then it is branched on or left as it is.
_MOST_SOLVES = 60
#: Linear programs after which a node is branched on even where one of them settles its step.
_PATIENCE = 1
#: Nodes of the tree, at most: without bounds on the columns it need not end.
_MOST_NODES = 200_000
#: A bound that is short of the next attainable value by less than this share counts.
_ATTAINABLE = 1 - 1e-6
#: Dives for integer parts, how many in a row may bring nothing, and how deep each goes.
_LEAST_DIVES = 64
_MOST_DIVES = 160
_IDLE_DIVES = 24
_DEEPEST_DIVE = 40
_RULE = BranchingRule(reliable=1, candidates=4, lookahead=2)


@final
@dataclass(eq=False, slots=True)
class _Proposal:
    """Float multipliers of a linear program, with their reduced costs."""

    y: NDArray[np.float64]
    reduced: NDArray[np.float64]
    rate: float
    is_guard: bool
    exact: Multipliers | None = None


@final
@dataclass(frozen=True, slots=True)
class _Line:
    """A proposal over the box of a node: ``value + rate * t`` from below."""

    value: float
    of: _Proposal

    def missed(self, segments: list[Segment], margin: float) -> list[Segment]:
        """What it does not settle; the very same list if it settles nothing."""
        if self.of.is_guard:
            return not_positive(segments, self.value, self.of.rate)
        return missed(segments, self.value, self.of.rate, margin=margin)

    def within(self, column: int, *, shorter: float = 0.0, taller: float = 0.0) -> _Line:
        """The same over a box whose upper bound is lower, or whose lower one is higher."""
        r = float(self.of.reduced[column])
        moved = shorter if r < 0 else taller
        # A bound that was infinite carried no weight, but for rounding.
        if not r or not moved or math.isinf(moved):
            return self
        return _Line(self.value + abs(r) * moved, self.of)


@final
@dataclass(slots=True)
class _Open:
    """A node to be worked on, with the steps that are not settled."""

    node: int
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    left: list[Segment]
    version: int
    t: float
    lines: list[_Line] = field(default_factory=list)


@final
class LineBranching:
    """Grows one tree for the line ``rhs + t * direction``, ``0 <= t <= length``.

    Parameters
    ----------
    program, direction, length
        The line; the length is positive or zero.
    parts
        Reads the costs of integer parts.
    granularity
        Attainable objectives are multiples of it away from each other; 0 if not known.
    upper
        Costs that are known already.
    deadline
        When to stop, by `time.monotonic`.
    max_nodes
        How many nodes to solve at most.

    Attributes
    ----------
    tree
        The tree; `finish` gives its leaves their evidence.
    upper
        The least costs, each piece with the integer part that it belongs to.
    points
        Integer parts that are feasible at single steps only, as far as floats can tell.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        direction: SparseVector,
        length: Fraction,
        parts: LineParts,
        *,
        granularity: Fraction | int = 0,
        upper: LineFunction | None = None,
        deadline: float = math.inf,
        max_nodes: float = math.inf,
    ) -> None:
        self._exact_length, self._length = length, float(length)
        self._parts = parts
        self._deadline, self._max_nodes = deadline, max_nodes
        self._engine = LPEngine(program)
        self._data = IntegerData(program.exact)
        self._rhs = program.rhs.copy()
        self._rates = np.zeros(program.n_rows)
        for i, rate in direction:
            self._rates[i] = float(rate)
        self._rows = program.A
        self._margin = float(granularity) * _ATTAINABLE
        self._rationalizer = Rationalizer()
        self._branching = StrongBranching(self._engine, _RULE)
        self._ended: list[tuple[int, list[_Line]]] = []
        self._met: set[IntegerPart] = set()
        self.tree = Tree()
        self.upper: FloatUpper[IntegerPart] = FloatUpper(self._length, upper)
        self.points: list[IntegerPart] = []
        self.nodes = 0
        self._stack: list[_Open] = []

    def grow(self) -> bool:
        """Branch until every step is settled as far as floats can tell; False at a limit."""
        lower = np.array([float(v) for v in self._data.lower])
        upper = np.array([float(v) for v in self._data.upper])
        self._seed(lower, upper)
        everything = self.upper.over([(0.0, self._length)])
        self._stack = [_Open(0, lower, upper, everything, self.upper.version, self._length / 2)]
        while self._stack:
            late = self.nodes % 16 == 0 and time.monotonic() > self._deadline
            if late or self.nodes >= self._max_nodes:
                return False
            if self.nodes >= _MOST_NODES:
                return True
            entry = self._stack.pop()
            self.nodes += 1
            self._stack += self._work(entry)
        return True

    @property
    def solves(self) -> int:
        """How many linear programs have been solved for bounds."""
        return self._engine.solves

    def finish(self) -> None:
        """Give every leaf the lines that settle it, newest first, with exact multipliers."""
        self._ended += [(entry.node, entry.lines) for entry in self._stack]
        self._stack = []
        everything = self.upper.over([(0.0, self._length)])
        for node, lines in self._ended:
            evidence = Evidence()
            for proposal in self._needed(lines, everything):
                kept = evidence.rays if proposal.is_guard else evidence.duals
                exact = self._exact(proposal)
                kept += [] if exact in kept else [exact]
            self.tree.nodes[node].evidence = evidence

    def costs(self) -> dict[tuple[Fraction, ...], LineFunction]:
        """The exact costs of the integer parts that matter, where they do."""
        pieces: dict[IntegerPart, list[ExactPiece]] = {}
        for segment, part in self.upper:
            if part is not None:
                known = pieces.setdefault(part, [])
                known += self._parts.exact_over(part, segment.lo, segment.hi, known)
        return {
            tuple(map(Fraction, part)): smallest(
                [piece.on_line(self._exact_length) for piece in found]
            )
            for part, found in pieces.items()
            if found
        }

    def _needed(self, lines: Sequence[_Line], left: list[Segment]) -> Iterator[_Proposal]:
        for line in reversed(lines):
            if not left:
                return
            after = line.missed(left, self._margin)
            if after is not left:
                yield line.of
                left = after
        if left:
            # Not settled, at a limit: some bound is better than none.
            yield from [line.of for line in lines if not line.of.is_guard][-1:]

    def _exact(self, proposal: _Proposal) -> Multipliers:
        if proposal.exact is None:
            y = self._rationalizer.vertex(proposal.y)
            proposal.exact = self._data.multipliers(y, is_ray=proposal.is_guard)
        return proposal.exact

    # -- seeds -------------------------------------------------------------------------

    def _seed(self, lower: NDArray[np.float64], upper: NDArray[np.float64]) -> None:
        """Dive for good integer parts at some steps: a good upper bound saves most nodes."""
        idle = 0
        for k in range(_MOST_DIVES):
            idle = (
                0 if self._dive(self._length * _van_der_corput(k + 1), lower, upper) else idle + 1
            )
            if k >= _LEAST_DIVES and idle >= _IDLE_DIVES:
                return

    def _dive(self, t: float, lower: NDArray[np.float64], upper: NDArray[np.float64]) -> bool:
        """Round and fix from the relaxation at a step; True if that lowers the least costs."""
        engine, integers = self._engine, self._parts.integers
        engine.set_rhs(self._rhs + t * self._rates)
        low, up = lower.copy(), upper.copy()
        for _ in range(_DEEPEST_DIVE):
            engine.set_bounds(low, up)
            if engine.solve() is not LPStatus.OPTIMAL or engine.objective >= self.upper.at(t):
                return False
            point = engine.point()[integers]
            distance = np.abs(point - np.rint(point))
            fractional = np.flatnonzero(distance > _INTEGRALITY)
            if not len(fractional):
                return self._learn(point, t)
            nearest = fractional[np.argsort(distance[fractional])[: 1 + len(fractional) // 4]]
            columns = integers[nearest]
            low[columns] = up[columns] = np.clip(
                np.rint(point[nearest]), lower[columns], upper[columns]
            )
        return False

    # -- a node ------------------------------------------------------------------------

    def _work(self, entry: _Open) -> list[_Open]:
        """Settle what linear programs can settle; the children for what is left."""
        lines, t = entry.lines, entry.t
        left = self._unsettled(entry)
        for k in range(_MOST_SOLVES):
            if not left:
                break
            t = t if is_inside(left, t) else middle_of_longest(left)
            line = self._solved(entry, t)
            if line is None:
                break
            after = line.missed(left, self._margin)
            if after is left and line.of.is_guard:
                break  # nothing that settles anything: left to the caller
            lines.append(line)
            left = after
            if line.of.is_guard:
                continue
            point = self._engine.point()[self._parts.integers]
            fractional = np.flatnonzero(np.abs(point - np.rint(point)) > _INTEGRALITY)
            if len(fractional) and left and (k >= _PATIENCE or is_inside(left, t)):
                return self._branched(entry, t, left, point, fractional)
            if not len(fractional) and self._learn(point, t):
                # All lines may settle more now that the costs are less.
                left = self.upper.over([(s.lo, s.hi) for s in left])
                for known in lines:
                    left = known.missed(left, self._margin)
            elif not len(fractional) and is_inside(left, t):
                break
        self._ended.append((entry.node, lines))
        return []

    def _unsettled(self, entry: _Open) -> list[Segment]:
        """What the lines of the parent leave, with the costs of now."""
        if entry.version == self.upper.version:
            return entry.left
        left = self.upper.over([(s.lo, s.hi) for s in entry.left])
        for line in reversed(entry.lines):
            left = line.missed(left, self._margin)
        return left

    def _solved(self, entry: _Open, t: float) -> _Line | None:
        """The line of the linear program at a step; None if it gives none."""
        engine = self._engine
        engine.set_bounds(entry.lower, entry.upper)
        engine.set_rhs(self._rhs + t * self._rates)
        status = engine.solve()
        if status is LPStatus.OPTIMAL:
            y = engine.row_duals()
            rate = float(y @ self._rates)
            return _Line(
                engine.objective - rate * t, _Proposal(y, engine.reduced_costs(), rate, False)
            )
        if status is not LPStatus.INFEASIBLE:
            return None
        ray = engine.farkas_ray()
        return None if ray is None else self._guard(ray, entry, t)

    def _guard(self, ray: NDArray[np.float64], entry: _Open, t: float) -> _Line | None:
        reduced = -(self._rows.T @ ray)
        reduced[np.abs(reduced) <= 1e-11 * np.abs(reduced).max(initial=0.0)] = 0.0
        for sign in (1.0, -1.0):
            y, r = sign * ray, sign * reduced
            with np.errstate(invalid="ignore"):
                bounds = np.where(r > 0, r * entry.lower, np.where(r < 0, r * entry.upper, 0.0))
            value, rate = float(y @ self._rhs + bounds.sum()), float(y @ self._rates)
            if value + rate * t > 0:
                return _Line(value, _Proposal(y, r, rate, True))
        return None

    def _learn(self, point: NDArray[np.float64], t: float) -> bool:
        """Take up an integer part; True if it lowers the least costs."""
        part = tuple(int(v) for v in np.rint(point))
        if part in self._met:
            return False
        self._met.add(part)
        is_better, is_wide = False, False
        for piece in self._parts.pieces(part, t):
            is_wide = is_wide or piece.hi > piece.lo
            is_better = self.upper.improve(piece, part) or is_better
        if not is_wide:
            self.points.append(part)
        return is_better

    def _branched(
        self,
        entry: _Open,
        t: float,
        left: list[Segment],
        point: NDArray[np.float64],
        fractional: NDArray[np.intp],
    ) -> list[_Open]:
        engine = self._engine
        basis = engine.basis()
        columns = self._parts.integers[fractional]
        choice = self._branching.choose(
            columns,
            point[fractional],
            objective=engine.objective,
            threshold=self.upper.at(t),
            basis=basis,
            box=(entry.lower, entry.upper),
        )
        engine.set_basis(basis)
        j, floor = choice.column, float(choice.floor)
        below, above = self.tree.branch(entry.node, j, choice.floor)
        upper, lower = entry.upper.copy(), entry.lower.copy()
        upper[j], lower[j] = floor, floor + 1
        shorter, taller = entry.upper[j] - floor, floor + 1 - entry.lower[j]
        children = [
            self._child(below, (entry.lower, upper), left, t, entry.lines, (j, shorter, 0.0)),
            self._child(above, (lower, entry.upper), left, t, entry.lines, (j, 0.0, taller)),
        ]
        return children if choice.fraction > 0.5 else children[::-1]

    def _child(
        self,
        node: int,
        box: tuple[NDArray[np.float64], NDArray[np.float64]],
        left: list[Segment],
        t: float,
        lines: Sequence[_Line],
        cut: tuple[int, float, float],
    ) -> _Open:
        """A child with the lines of its parent, some of which are higher in its box."""
        j, shorter, taller = cut
        kept = []
        for line in lines:
            inside = line.within(j, shorter=shorter, taller=taller)
            if inside is not line:
                left = inside.missed(left, self._margin)
            kept.append(inside)
        return _Open(node, *box, left, self.upper.version, t, kept)


def _van_der_corput(k: int) -> float:
    """The fractions 1/2, 1/4, 3/4, 1/8, 5/8, ... (van der Corput 1935)."""
    value, place = 0.0, 0.5
    while k:
        value += place * (k & 1)
        k, place = k >> 1, place / 2
    return value

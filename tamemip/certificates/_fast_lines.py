"""The second checker's rules about the value function on a line, in integers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import _line_statement  # noqa: F401  # registers its statement
from tamemip.certificates._fast_covers import Cover, Leaves
from tamemip.certificates._fast_functions import Function, Greatest, Node, Rounded
from tamemip.certificates._fast_integers import IntegerLeaf, IntegerProblem, IntegerRhs, Line
from tamemip.certificates._fast_line_cuts import LinesOfCuts, lines_of_cuts
from tamemip.certificates._fast_points import feasible
from tamemip.certificates._fast_spans import Span
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._line_values import ProvedStretch, RhsLine, Segment, read_ends
from tamemip.certificates._problem import Bound
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step

_Part: TypeAlias = tuple[Fraction, bool, Fraction, bool]
"""An interval ``lo, lo_closed, hi, hi_closed`` that is not empty."""

_Parts: TypeAlias = list[_Part]

_Excess: TypeAlias = tuple[Fraction, Fraction] | tuple[int, int]


@final
@dataclass(frozen=True, slots=True)
class LineProof:
    """What the rules need of a proof so far."""

    conclusions: Conclusions
    problem: IntegerProblem
    function: Callable[[int], Function]

    def line(self, step: int) -> RhsLine:
        """The line of a step."""
        return self.conclusions.get(step, RhsLine, "a line of right-hand sides")


def _line(step: Step, proof: LineProof) -> RhsLine:
    size = proof.problem.n_rows
    direction = step.vector("direction", size=size)
    return RhsLine(step.rationals("rhs", size=size), direction.to_fractions())


def _segment(step: Step, proof: LineProof) -> Segment:
    problem, cited = proof.problem, step.citation("line")
    line, (lo, hi) = proof.line(cited), (step.rational("lo"), step.rational("hi"))
    if lo > hi:
        raise RejectedError(f"the segment from {show(lo)} to {show(hi)} runs backwards")
    points: list[dict[int, Fraction]] = []
    for name, t in (("first", lo), ("last", hi)):
        points.append(dict(feasible(step, name, problem, line.at(t)).to_fractions()))
    first, last = points
    moving = [j for j in first.keys() | last.keys() if first.get(j) != last.get(j)]
    if moving and (lo == hi or any(problem.integer[j] for j in moving)):
        raise RejectedError("the points of the segment have two integer parts, or one step")
    costs = [
        sum((problem.cost[j] * x for j, x in point.items()), Fraction(0)) / problem.unit
        + problem.offset
        for point in points
    ]
    return Segment(cited, lo, hi, (costs[0], costs[1]))


def _stretch(step: Step, proof: LineProof) -> ProvedStretch:
    of, cited = step.citation("of"), step.citation("line")
    line, (lo, hi, lo_closed, hi_closed) = proof.line(cited), read_ends(step)
    costs: tuple[Fraction, Fraction] | None = None
    if "segment" in step.fields:
        number = step.citation("segment")
        segment = proof.conclusions.get(number, Segment, "a segment")
        if segment.line != cited:
            raise RejectedError(f"the segment of step {show(number)} is on another line")
        if lo < segment.lo or hi > segment.hi:
            raise RejectedError(f"the segment of step {show(number)} is too short")
        costs = segment.cost(lo), segment.cost(hi)
    part = (lo, lo_closed, hi, hi_closed)
    cuts = None
    if "cuts" in step.fields:
        cuts = proof.conclusions.get(step.citation("cuts"), LinesOfCuts, "cuts along a line")
        if cuts.line != cited or not cuts.reaches(lo, hi, lo_closed, hi_closed):
            raise RejectedError("the cuts are read on another line, or not so far")
    open_ = _Reader(line, part, costs, cuts).missed(proof.function(of))
    if open_:
        raise RejectedError(f"the bound is not proved from t = {show(open_[0][0])} on")
    sign = proof.problem.sign
    ends: tuple[Bound, Bound] = (math.inf, math.inf) if costs is None else costs
    return ProvedStretch(cited, of, lo, hi, lo_closed, hi_closed, (sign * ends[0], sign * ends[1]))


def _cuts(step: Step, proof: LineProof) -> LinesOfCuts:
    of, cited = step.citation("of"), step.citation("line")
    lo, hi, lo_closed, hi_closed = read_ends(step)
    line, nodes = proof.line(cited), proof.function(of).nodes
    node = nodes[of]
    if isinstance(node, Rounded):
        node = nodes[node.source]
    if not isinstance(node, Leaves):
        raise RejectedError(f"step {show(of)} has no cuts of its own")
    return lines_of_cuts(cited, of, line, node.cuts, (lo, lo_closed, hi, hi_closed))


LINE_RULES: dict[
    str, tuple[tuple[str, ...], tuple[str, ...], Callable[[Step, LineProof], object]]
] = {
    "line": (("rhs", "direction"), (), _line),
    "segment": (("line", "lo", "hi", "first", "last"), (), _segment),
    "cuts": (("of", "line", "lo", "hi", "ends"), (), _cuts),
    "stretch": (("of", "line", "lo", "hi", "ends"), ("segment", "cuts"), _stretch),
}


@final
@dataclass(frozen=True, slots=True)
class _Reader:
    """Finds where functions miss the costs at the ends of a part, or infinity, in between."""

    line: RhsLine
    part: _Part
    costs: tuple[Fraction, Fraction] | None
    cuts: LinesOfCuts | None = None

    def missed(self, function: Function) -> _Parts:
        """Where the last node of a function misses; nested nodes miss everywhere.

        With cuts, where the part that they belong to misses.
        """
        nodes = function.nodes
        top = nodes[max(nodes)]
        if self.cuts is not None:
            sources = top.sources if isinstance(top, Greatest) else ()
            if self.cuts.of not in (max(nodes), *sources):
                raise RejectedError("the cuts belong to another dual function")
            return self._below(nodes[self.cuts.of], function)
        if not isinstance(top, Greatest):
            return self._below(top, function)
        parts = [self.part]
        for k in top.sources:
            parts = _meet(parts, self._below(nodes[k], function))
        return parts

    def _below(self, node: Node, function: Function) -> _Parts:
        costs, is_strict = self.costs, False
        if isinstance(node, Rounded):
            if costs is not None and costs[0] == costs[1]:
                # The rounded value is below the cost while the plain one is at most this.
                steps = -((node.offset - costs[0]) // node.granularity)
                most = node.offset + node.granularity * (steps - 1)
                costs, is_strict = (most, most), True
            node = function.nodes[node.source]
        if not isinstance(node, Leaves) or (node.cuts.shifts and self.cuts is None):
            return [self.part]
        if costs is not None:
            costs = costs[0] - node.offset, costs[1] - node.offset
        joint = _Joint.of(self.line, self.part, costs, node.common, is_strict, self.cuts)
        missed: dict[int, _Parts] = {}
        last: _Parts = []
        for step, cover in node.covers.items():
            last = missed[step] = self._of_cover(cover, missed, joint)
        return last

    def _of_cover(self, cover: Cover, missed: dict[int, _Parts], joint: _Joint) -> _Parts:
        if cover.leaf is not None:
            return joint.missed(cover.leaf)
        if cover.least:
            return _join([part for k in cover.least for part in missed[k]])
        parts = [self.part]
        for k in cover.greatest:  # of a sum nothing is known
            parts = _meet(parts, missed[k])
        return parts


@final
@dataclass(frozen=True, slots=True)
class _Joint:
    """The ends of a part as integer right-hand sides over one scale, and the costs there.

    What is affine on the part is known by its values at the ends.
    """

    part: _Part
    ends: tuple[IntegerRhs, IntegerRhs]
    span: Span
    costs: tuple[Fraction, Fraction] | None
    is_strict: bool

    @classmethod
    def of(
        cls,
        line: RhsLine,
        part: _Part,
        costs: tuple[Fraction, Fraction] | None,
        common: int,
        is_strict: bool,
        cuts: LinesOfCuts | None,
    ) -> _Joint:
        first, last = (
            IntegerRhs(line.at(t), common, None if cuts is None else cuts.at(t))
            for t in (part[0], part[2])
        )
        span = Span.of(line, common, (part[0], part[2]), costs)
        return cls(part, (first, last), span, costs, is_strict)

    def missed(self, leaf: IntegerLeaf) -> _Parts:
        """Where no guard of a leaf is positive and no line of it reaches the costs."""
        if leaf.is_empty:
            return []
        size = len(leaf.guards) + (0 if self.costs is None else len(leaf.lines))
        hints = self.span.line.hints
        # What has settled the leaf on another stretch is likely to do it here.
        likely = hints.get(leaf, size)
        if likely < size and _is_high(*self._condition(leaf, likely)):
            return []
        conditions: list[tuple[_Excess, bool]] = []
        for k in range(size):
            condition = self._condition(leaf, k)
            if _is_high(*condition):
                hints[leaf] = k
                return []
            conditions.append(condition)
        left: _Part | None = self.part
        for excess, with_zero in conditions:
            left = left and _at_most_zero(left, self.part, excess, with_zero)
        return [] if left is None else [left]

    def _condition(self, leaf: IntegerLeaf, k: int) -> tuple[_Excess, bool]:
        """What misses where it is negative, or also zero: a guard, then the lines."""
        if k < len(leaf.guards):
            return self._excess(leaf.guards[k], None), True
        return self._excess(leaf.lines[k - len(leaf.guards)], self.costs), self.is_strict

    def _excess(self, line: Line, costs: tuple[Fraction, Fraction] | None) -> _Excess:
        """How far a line is above the costs at both ends, up to a common factor."""
        if not line.y.indices or line.y.indices[-1] < len(self.span.line.rhs):
            return self.span.excess(line, of_costs=costs is not None)
        first, last = (
            Fraction(line.numerator(rhs), rhs.unit * line.y.denominator) for rhs in self.ends
        )
        return (first, last) if costs is None else (first - costs[0], last - costs[1])


def _is_high(excess: _Excess, with_zero: bool) -> bool:
    """Whether an affine function, given at the ends, is nowhere negative, or even zero."""
    low = min(excess)
    return low > 0 or (low == 0 and not with_zero)


def _at_most_zero(left: _Part, part: _Part, excess: _Excess, with_zero: bool) -> _Part | None:
    """What is left where an affine function is negative, or also zero, given at the ends."""
    lo, _, hi, _ = part
    first, last = excess

    def is_low(v: Fraction | int) -> bool:
        return v < 0 or (v == 0 and with_zero)

    if first == last or lo == hi:
        return left if is_low(first) else None
    if is_low(first) and is_low(last) and first and last:
        return left
    root = lo + (hi - lo) * Fraction(first, first - last)
    if last > first:
        return _cut((lo - 1, True, root, with_zero), left)
    return _cut((root, with_zero, hi + 1, True), left)


def _cut(a: _Part, b: _Part) -> _Part | None:
    """The intersection of two intervals, None if it is empty."""
    lo = max(a[0], b[0])
    hi = min(a[2], b[2])
    lo_closed = all(closed for end, closed in (a[:2], b[:2]) if end == lo)
    hi_closed = all(closed for end, closed in (a[2:], b[2:]) if end == hi)
    is_empty = lo > hi or (lo == hi and not (lo_closed and hi_closed))
    return None if is_empty else (lo, lo_closed, hi, hi_closed)


def _meet(first: Sequence[_Part], second: Sequence[_Part]) -> _Parts:
    both = (_cut(a, b) for a in first for b in second)
    return sorted(part for part in both if part is not None)


def _join(parts: Sequence[_Part]) -> _Parts:
    """The same set, of few intervals where they overlap; a touching pair may stay two."""
    joined: _Parts = []
    for part in sorted(parts, key=lambda p: (p[0], not p[1])):
        if joined and part[0] < joined[-1][2]:
            lo, lo_closed, hi, hi_closed = joined[-1]
            far = max((hi, hi_closed), part[2:])
            joined[-1] = (lo, lo_closed, *far)
        else:
            joined.append(part)
    return joined

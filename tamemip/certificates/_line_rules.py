"""Rules about the value function on a line, in Fractions.

Below stands a dual function made of leaves. On a line a leaf misses a target only
where all its guards are at most 0 and all its duals below the target: on one interval,
since each of these conditions holds on a half-line. Above stand feasible points.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import _line_statement  # noqa: F401  # registers its statement
from tamemip.certificates._conclusions import (
    Affine,
    Best,
    DualFunction,
    Expression,
    Greatest,
    Leaf,
    LeafMinimum,
    Least,
    Root,
    RoundedUp,
    Total,
)
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._line_cuts import CutsOnLine, Over, below_terms
from tamemip.certificates._line_values import ProvedStretch, RhsLine, Segment, read_ends
from tamemip.certificates._problem import Bound
from tamemip.certificates._rules import evaluation, feasible_point, rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step

_Place: TypeAlias = tuple[Fraction, int]
"""Just before a step (0), or just after it (1)."""

_Gaps: TypeAlias = list[tuple[_Place, _Place]]
"""Disjoint intervals between places, in order."""


@rule("line", "rhs", "direction")
def _line(step: Step, _: Conclusions, root: Root) -> RhsLine:
    """A line of right-hand sides; nothing is claimed."""
    rhs = step.rationals("rhs", size=root.n_rows)
    return RhsLine(rhs, step.vector("direction", size=root.n_rows).to_fractions())


@rule("segment", "line", "lo", "hi", "first", "last")
def _segment(step: Step, conclusions: Conclusions, root: Root) -> Segment:
    """Two feasible points with one integer part: all between them are feasible too.

    Rows and bounds hold on the segment since they hold at its ends, as the
    right-hand side is affine in t; the integer columns do not move.
    """
    cited = step.citation("line")
    line = conclusions.get(cited, RhsLine, "a line of right-hand sides")
    lo, hi = step.rational("lo"), step.rational("hi")
    if lo > hi:
        raise RejectedError(f"the segment ends at {show(hi)}, before it begins at {show(lo)}")
    first = feasible_point(step, "first", root, line.at(lo))
    last = feasible_point(step, "last", root, line.at(hi))
    zero = Fraction(0)
    for j in {*first, *last}:
        if root.problem.integer[j] and first.get(j, zero) != last.get(j, zero):
            raise RejectedError(f"column {j} is integer and moves along the segment")
        if lo == hi and first.get(j, zero) != last.get(j, zero):
            raise RejectedError("a segment of one step has two points")
    costs = [
        sum((root.cost[j] * x for j, x in point.items()), root.offset) for point in (first, last)
    ]
    return Segment(cited, lo, hi, (costs[0], costs[1]))


@rule("cuts", "of", "line", "lo", "hi", "ends")
def _cuts(step: Step, conclusions: Conclusions, root: Root) -> CutsOnLine:
    """The cuts of a tree in an interval of a line, each replaced by a line below it.

    Multipliers of cuts are nonnegative, so that bounds and guards only get lower.
    """
    of, cited = step.citation("of"), step.citation("line")
    line = conclusions.get(cited, RhsLine, "a line of right-hand sides")
    over = Over(*read_ends(step))
    functions = evaluation(of, conclusions).functions
    function = functions[of]
    if isinstance(function, RoundedUp):
        function = functions[function.of[0]]
    if not isinstance(function, LeafMinimum):
        raise RejectedError(f"step {show(of)} is no tree over cuts")
    cuts = function.cuts
    first, last = (cuts.canonical.rhs(line.at(t)) for t in (over.lo, over.hi))
    found = below_terms(cuts.order, first, last, over)
    rates = dict(line.direction)
    lines = {i: (value, rates.get(i, Fraction(0))) for i, value in enumerate(line.rhs)}
    for k, shift in cuts.shifts.items():
        value, rate = over.line(found[k])
        lines[root.n_rows + k] = value + shift, rate
    return CutsOnLine(cited, of, over, lines)


@rule("stretch", "of", "line", "lo", "hi", "ends", optional=("segment", "cuts"))
def _stretch(step: Step, conclusions: Conclusions, root: Root) -> ProvedStretch:
    """Where a dual function reaches the cost of feasible points, that is the value.

    Without a segment the dual function has to be +inf: no point is feasible.
    """
    of, cited = step.citation("of"), step.citation("line")
    line = conclusions.get(cited, RhsLine, "a line of right-hand sides")
    lo, hi, lo_closed, hi_closed = read_ends(step)
    interval = ((lo, 0 if lo_closed else 1), (hi, 1 if hi_closed else 0))
    target: _Target | None = None
    values: tuple[Bound, Bound] = (math.inf, math.inf)
    if "segment" in step.fields:
        segment = conclusions.get(step.citation("segment"), Segment, "a segment")
        if segment.line != cited or not segment.lo <= lo <= hi <= segment.hi:
            raise RejectedError("the segment does not reach over the stretch")
        values = costs = (segment.cost(lo), segment.cost(hi))
        slope = (costs[1] - costs[0]) / (hi - lo) if lo < hi else Fraction(0)
        target = _Target(costs[0] - slope * lo, slope)
    functions = evaluation(of, conclusions).functions
    cuts = _cited_cuts(step, conclusions, functions[of], (lo, hi, lo_closed, hi_closed))
    reading = _Reading(functions, line, interval, cuts)
    gaps = reading.gaps(of if cuts is None else cuts.of, target)
    if gaps:
        raise RejectedError(f"the bound is too low near t = {show(gaps[0][0][0])}")
    return ProvedStretch(
        cited, of, lo, hi, lo_closed, hi_closed, (root.sign * values[0], root.sign * values[1])
    )


def _cited_cuts(
    step: Step,
    conclusions: Conclusions,
    function: DualFunction,
    interval: tuple[Fraction, Fraction, bool, bool],
) -> CutsOnLine | None:
    """The cuts that a stretch is read with: those of its function, or of a part of that."""
    if "cuts" not in step.fields:
        return None
    cuts = conclusions.get(step.citation("cuts"), CutsOnLine, "cuts along a line")
    parts = function.of if isinstance(function, Best) else ()
    if cuts.line != step.citation("line") or cuts.of not in (step.citation("of"), *parts):
        raise RejectedError("the cuts are those of another line or of another dual function")
    if not cuts.over.holds(*interval):
        raise RejectedError("the cuts are not read on the whole stretch")
    return cuts


@final
@dataclass(frozen=True, slots=True)
class _Target:
    """``value + slope * t``, to be reached; with `strict` it has to be passed."""

    value: Fraction
    slope: Fraction
    strict: bool = False

    def less(self, offset: Fraction) -> _Target:
        return _Target(self.value - offset, self.slope, self.strict)


@final
@dataclass(frozen=True, slots=True)
class _Reading:
    """Dual functions along a line, in one interval; the target None stands for +inf."""

    functions: Mapping[int, object]
    line: RhsLine
    interval: tuple[_Place, _Place]
    cuts: CutsOnLine | None

    def gaps(self, step: int, target: _Target | None) -> _Gaps:
        """Where the function of a step is below the target: a best of trees, at most."""
        function = self.functions[step]
        if not isinstance(function, Best):
            return self._of_tree(function, target)
        found: _Gaps = [self.interval]
        for k in function.of:
            found = _common(found, self._of_tree(self.functions[k], target))
        return found

    def _of_tree(self, function: object, target: _Target | None) -> _Gaps:
        if isinstance(function, RoundedUp):
            target = _before_rounding(target, function)
            function = self.functions[function.of[0]]
        if not isinstance(function, LeafMinimum) or (function.cuts.n_terms and self.cuts is None):
            # Nothing is known of it here: it counts as too low everywhere.
            return [self.interval]
        if target is not None:
            target = target.less(function.offset)
        found: dict[int, _Gaps] = {}
        last: _Gaps = []
        for step, expression in function.expressions.items():
            last = found[step] = self._of_expression(expression, found, target)
        return last

    def _of_expression(
        self, expression: Expression, found: Mapping[int, _Gaps], target: _Target | None
    ) -> _Gaps:
        match expression:
            case Leaf():
                return [] if expression.is_empty else self._of_leaf(expression, target)
            case Least(of):
                return _merged([gap for k in of for gap in found[k]])
            case Greatest(of):
                gaps: _Gaps = [self.interval]
                for k in of:
                    gaps = _common(gaps, found[k])
                return gaps
            case Total():
                return [self.interval]

    def _of_leaf(self, leaf: Leaf, target: _Target | None) -> _Gaps:
        start, end = self.interval
        for value, rate, strict in self._conditions(leaf, target):
            # The condition misses where value + rate t < 0, or = 0 if it is strict.
            if rate == 0:
                if value > 0 or (value == 0 and not strict):
                    return []
            elif rate > 0:
                end = min(end, (-value / rate, 1 if strict else 0))
            else:
                start = max(start, (-value / rate, 0 if strict else 1))
            if end <= start:
                return []
        return [(start, end)]

    def _conditions(
        self, leaf: Leaf, target: _Target | None
    ) -> Iterator[tuple[Fraction, Fraction, bool]]:
        """Functions ``value + rate t`` one of which has to be positive (or 0, unless strict)."""
        for guard in leaf.guards:
            yield *self._along(guard), True
        if target is not None:
            for dual in leaf.duals:
                value, rate = self._along(dual)
                yield value - target.value, rate - target.slope, target.strict

    def _along(self, affine: Affine) -> tuple[Fraction, Fraction]:
        """Value at t = 0 and rate, read once for all stretches."""
        if self.cuts is not None:
            return self.cuts.along(affine)
        known = self.line.known.get(affine)
        if known is None:
            rates = dict(self.line.direction)
            rate = sum((v * rates[i] for i, v in affine.slope if i in rates), Fraction(0))
            known = self.line.known[affine] = affine.at(self.line.rhs), rate
        return known


def _before_rounding(target: _Target | None, function: RoundedUp) -> _Target | None:
    """What is enough before rounding up to ``offset + g Z``: a constant has to pass one less."""
    if target is None or target.slope:
        return target
    g, offset = function.granularity, function.offset
    return _Target(offset + g * (math.ceil((target.value - offset) / g) - 1), Fraction(0), True)


def _merged(gaps: Iterable[tuple[_Place, _Place]]) -> _Gaps:
    merged: _Gaps = []
    for start, end in sorted(gaps):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _common(first: Sequence[tuple[_Place, _Place]], second: _Gaps) -> _Gaps:
    both = ((max(a, c), min(b, d)) for a, b in first for c, d in second)
    return sorted((start, end) for start, end in both if start < end)

"""Bounds that hold on a whole interval of a line."""

from __future__ import annotations

import math
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.certificates import Bound, SparseVector
from tamemip.duality import LeafLine, LeafLines, LeafReading, PartsOnLine
from tamemip.value_functions._line_pieces import LineGap, LineInterval

if TYPE_CHECKING:
    from tamemip.value_functions._line_value import LineValueFunction


def gap_of(v: LineValueFunction, where: LineInterval) -> LineGap:
    """The gap on an interval where the value is not proved, in the user's terms."""
    program = v.program
    length = where.hi - where.lo
    moved = program.with_rhs(v.rhs_at(where.lo))
    reader = LeafLines(moved, moved.exact.rhs)
    below: Bound = max(
        (_least(leaves, v.direction, length) for leaves in reader.read(v.dual_function)),
        default=-math.inf,
    )
    upper = PartsOnLine(moved, v.direction, length).least(v.parts)
    above: Bound = max((*upper.at, *(value for pair in upper.between for value in pair)))
    sign = 1 if program.sense == "min" else -1
    ends = [
        sign * b + program.offset if isinstance(b, Fraction) else sign * b for b in (below, above)
    ]
    return LineGap(*where, min(ends), max(ends))


def _least(leaves: Iterable[LeafReading], direction: SparseVector, length: Fraction) -> Bound:
    """A bound from below on the least of some leaves, for all steps up to a length."""
    return min((_leaf(leaf, direction, length) for leaf in leaves), default=math.inf)


def _leaf(leaf: LeafReading, direction: SparseVector, length: Fraction) -> Bound:
    if any(_lower_end(guard, direction, length) > 0 for guard in leaf.guards):
        return math.inf
    ends = (_lower_end(bound, direction, length) for bound in leaf.bounds)
    return max(ends, default=-math.inf)


def _lower_end(line: LeafLine, direction: SparseVector, length: Fraction) -> Fraction:
    return line.start + min(Fraction(0), line.rate(direction) * length)

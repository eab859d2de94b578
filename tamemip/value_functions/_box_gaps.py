"""Bounds that hold on a whole cell of a box."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.certificates import Bound
from tamemip.functions import AffineFunction, Leaf, LeafMinimum
from tamemip.value_functions._box_cells import BoxCell, BoxSide

if TYPE_CHECKING:
    from tamemip.value_functions._box_value import BoxValueFunction

_Rhs = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True)
class BoxGap:
    """A cell on which the value is not proved.

    Attributes
    ----------
    cell
        The cell.
    low, high
        Bounds that hold on all of it.
    """

    cell: BoxCell
    low: Bound
    high: Bound

    @property
    def sides(self) -> tuple[BoxSide, ...]:
        """The inequalities of the cell."""
        return self.cell.sides


def gaps_of(v: BoxValueFunction) -> Iterator[BoxGap]:
    """The gaps of a value function, in the program's own sense."""
    sign, offset = (1 if v.program.sense == "min" else -1), v.program.offset
    for cell in v.cells:
        if cell.is_proved:
            continue
        vertices = [v.parameters.rhs_at(theta) for theta in cell.vertices]
        below: Bound = max(_least(F, vertices) for F in v.dual_function.functions)
        ends = [
            sign * end + offset if isinstance(end, Fraction) else sign * end
            for end in (below, _most(v, vertices))
        ]
        yield BoxGap(cell, min(ends), max(ends))


def _most(v: BoxValueFunction, vertices: list[_Rhs]) -> Bound:
    """The least, over integer parts, of the largest cost: it is convex, so at a vertex."""
    best: Bound = math.inf
    for part in v.parts:
        costs = (v._restriction.value(part, rhs) for rhs in vertices)
        best = min(best, max(costs))
    return best


def _least(function: LeafMinimum, vertices: list[_Rhs]) -> Bound:
    """A bound from below on a minimum over leaves."""
    return min((_leaf(leaf, vertices) for leaf in function.leaves), default=math.inf)


def _leaf(leaf: Leaf, vertices: list[_Rhs]) -> Bound:
    def lowest(line: AffineFunction) -> Fraction:
        return min(line.exact(rhs) for rhs in vertices)

    if any(lowest(guard) > 0 for guard in leaf.guards):
        return math.inf
    return max((lowest(bound) for bound in leaf.bounds), default=-math.inf)

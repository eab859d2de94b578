"""Optimal points of a value function on a line, from what its integer parts cost."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from tamemip.certificates import Bound
from tamemip.duality import LineFunction

if TYPE_CHECKING:
    from tamemip.value_functions._line_value import IntegerPart, LineValueFunction

Point: TypeAlias = tuple[Fraction, ...]


def points_at(v: LineValueFunction, t: Fraction, value: Fraction) -> Iterator[Point]:
    """A point of that value at a step, for each integer part that has one.

    Between two kinks of a part's costs every mixture of best points at the kinks is
    feasible, since rows, bounds and right-hand side are affine in ``t``; and its cost is
    the affine one. So no linear program is solved next to a kink, where floats mislead.
    """
    sign = 1 if v.program.sense == "min" else -1
    wanted, s = sign * (value - v.program.offset), t - v.interval[0]
    for part, costs in zip(v.parts, v.costs, strict=True):
        if cost_at(costs, s) == wanted:
            point = _best_point(v, part, costs, s)
            if point is not None:
                yield point


def cost_at(costs: LineFunction, s: Fraction) -> Bound:
    """The value of a function on a line at a step from its start."""
    k = bisect_left(costs.breaks, s)
    return costs.at[k] if costs.breaks[k] == s else costs.value(k - 1, s)


def _best_point(
    v: LineValueFunction, part: IntegerPart, costs: LineFunction, s: Fraction
) -> Point | None:
    start, k = v.interval[0], bisect_left(costs.breaks, s)
    if costs.breaks[k] == s:
        return v.point_of(part, start + s)
    lo, hi = costs.breaks[k - 1 : k + 1]
    first, last = v.point_of(part, start + lo), v.point_of(part, start + hi)
    if first is None or last is None:
        return None
    share = (s - lo) / (hi - lo)
    return tuple(a + share * (b - a) for a, b in zip(first, last, strict=True))

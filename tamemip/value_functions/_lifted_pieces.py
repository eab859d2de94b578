"""Intervals of a line: where cuts are read in them, and where they are split."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from tamemip.certificates import Over
from tamemip.duality import Cut, Gap, LineFunction, Target
from tamemip.value_functions._line_search import simplest_between

_ZERO = Fraction(0)


def over_of(gap: Gap) -> Over:
    """The interval between two cuts of the line."""
    lo, hi = _ends(gap)
    return Over(lo, hi, gap.start[1] == 0, gap.end[1] == 1)


def split(gap: Gap, upper: LineFunction) -> list[Gap]:
    """An interval in parts: at a jump or a kink of the costs, or near its middle.

    At a jump the point goes to the side that has its value, or stands alone.
    """
    lo, hi = _ends(gap)
    if lo == hi:
        return [gap]
    eighth, middle = (hi - lo) / 8, (lo + hi) / 2
    breaks = [t for t in upper.breaks if lo + eighth <= t <= hi - eighth]
    if not breaks:
        t = simplest_between(lo + 3 * eighth, hi - 3 * eighth)
        return [Gap(gap.start, (t, 1)), Gap((t, 1), gap.end)]
    t = min(breaks, key=lambda s: abs(s - middle))
    k = upper.breaks.index(t)
    left, at, right = upper.between[k - 1][1], upper.at[k], upper.between[k][0]
    if at == left:
        return [Gap(gap.start, (t, 1)), Gap((t, 1), gap.end)]
    if at == right:
        return [Gap(gap.start, (t, 0)), Gap((t, 0), gap.end)]
    return [Gap(gap.start, (t, 0)), Gap((t, 0), (t, 1)), Gap((t, 1), gap.end)]


def restricted(upper: LineFunction, over: Over) -> LineFunction:
    """A function on an interval, by the steps from its first one on."""
    lo, hi = over.lo, over.hi
    fine = upper.refined((lo, hi))
    first, last = fine.breaks.index(lo), fine.breaks.index(hi)
    return LineFunction(
        tuple(t - lo for t in fine.breaks[first : last + 1]),
        fine.at[first : last + 1],
        fine.between[first:last],
    )


def widened(costs: LineFunction, start: Fraction, length: Fraction) -> LineFunction:
    """A function from a step on, as one on the whole line: infinite elsewhere."""
    breaks = [start + t for t in costs.breaks]
    at, between = list(costs.at), list(costs.between)
    if breaks[0] > 0:
        breaks, at = [_ZERO, *breaks], [math.inf, *at]
        between = [(math.inf, math.inf), *between]
    if breaks[-1] < length:
        breaks, at = [*breaks, length], [*at, math.inf]
        between = [*between, (math.inf, math.inf)]
    return LineFunction(tuple(breaks), tuple(at), tuple(between))


def pieces_within(upper: LineFunction, where: Gap, over: Over) -> Iterator[tuple[Gap, Target]]:
    """Points and open intervals with the costs to be reached, by the steps from `over.lo` on."""
    own = restricted(upper, over)
    start: Cut = (where.start[0] - over.lo, where.start[1])
    end: Cut = (where.end[0] - over.lo, where.end[1])
    for k, t in enumerate(own.breaks):
        yield from _clipped(Gap((t, 0), (t, 1)), Target(own.at[k], _ZERO), start, end)
        if k < len(own.between):
            left, right = own.between[k]
            hi, target = own.breaks[k + 1], Target(left, _ZERO)
            if isinstance(left, Fraction) and isinstance(right, Fraction):
                slope = (right - left) / (hi - t)
                target = Target(left - slope * t, slope)
            yield from _clipped(Gap((t, 1), (hi, 0)), target, start, end)


def _clipped(piece: Gap, target: Target, start: Cut, end: Cut) -> Iterator[tuple[Gap, Target]]:
    clipped = Gap(max(piece.start, start), min(piece.end, end))
    if clipped.start < clipped.end:
        yield clipped, target


def _ends(gap: Gap) -> tuple[Fraction, Fraction]:
    lo, hi = gap.start[0], gap.end[0]
    assert isinstance(lo, Fraction)
    assert isinstance(hi, Fraction)
    return lo, hi

"""Intervals of steps with the costs to be reached on them, in floats."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import final

from tamemip.duality import LineFunction

#: A line this much below the costs, relatively, counts as reaching them: floats propose.
_SLACK = 1e-9
#: Intervals shorter than this, relatively, are left to exact arithmetic.
_SHORT = 1e-9


@final
@dataclass(frozen=True, slots=True)
class Segment:
    """The costs to be reached for ``lo <= t <= hi``: affine, or infinite."""

    lo: float
    hi: float
    left: float
    right: float

    def at(self, t: float) -> float:
        """The costs at a step."""
        if self.lo == self.hi or math.isinf(self.left):
            return self.left
        return self.left + (self.right - self.left) * (t - self.lo) / (self.hi - self.lo)


def over(upper: LineFunction, steps: Sequence[tuple[float, float]]) -> list[Segment]:
    """The pieces of the least costs within some intervals, both from left to right."""
    breaks = [float(t) for t in upper.breaks]
    found: list[Segment] = []
    for lo, hi in steps:
        for k, (left, right) in enumerate(upper.between):
            a, b = breaks[k], breaks[k + 1]
            start, end = max(lo, a), min(hi, b)
            if start < end:
                piece = Segment(a, b, float(left), float(right))
                found.append(Segment(start, end, piece.at(start), piece.at(end)))
    return found


def missed(
    segments: list[Segment], line: tuple[float, float] | None, *, is_guard: bool
) -> list[Segment]:
    """Where a line ``value + rate t`` is below the costs, or a guard not positive.

    The very same list if the line settles nothing.
    """
    if line is None:
        return segments
    value, rate = line
    left: list[Segment] = []
    for s in segments:
        first, last = value + rate * s.lo, value + rate * s.hi
        size = _SLACK * (1 + abs(value) + abs(rate * s.hi))
        if is_guard:
            first, last = first - size, last - size
        elif math.isinf(s.left):
            left.append(s)
            continue
        else:
            first, last = first - s.left + size, last - s.right + size
        left += _negative(s, first, last)
    return segments if left == segments else left


def _negative(s: Segment, first: float, last: float) -> Iterable[Segment]:
    """The part of a segment where an affine function is negative, given at its ends."""
    if first < 0 and last < 0:
        yield s
    elif first < 0 or last < 0:
        root = s.lo + (s.hi - s.lo) * first / (first - last)
        lo, hi = (s.lo, root) if first < 0 else (root, s.hi)
        if hi - lo > _SHORT * (1 + abs(s.hi)):
            yield Segment(lo, hi, s.at(lo), s.at(hi))

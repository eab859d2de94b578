"""The least costs that are known along a line, in floats: what a search aims at."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import Generic, NamedTuple, TypeVar, final

from tamemip.duality import LineFunction

Owner = TypeVar("Owner")

#: A line this much below the costs, relatively, counts as reaching them: floats propose.
_SLACK = 1e-9
#: Intervals shorter than this, relatively, are left to exact arithmetic.
_SHORT = 1e-9


class Segment(NamedTuple):
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

    def within(self, lo: float, hi: float) -> Segment:
        """A part of it."""
        return Segment(lo, hi, self.at(lo), self.at(hi))


@final
class FloatUpper(Generic[Owner]):
    """The least of many affine functions, each on an interval of its own.

    Parameters
    ----------
    length
        The functions live on ``[0, length]``.
    known
        Costs that are known at first, of no owner; infinite if None.
    """

    def __init__(self, length: float, known: LineFunction | None = None) -> None:
        self._segments = [Segment(0.0, length, math.inf, math.inf)]
        if known is not None and known.between:
            breaks = [float(t) for t in known.breaks]
            self._segments = [
                Segment(breaks[k], breaks[k + 1], float(left), float(right))
                for k, (left, right) in enumerate(known.between)
            ]
        self._owners: list[Owner | None] = [None] * len(self._segments)
        self._joined = _joined(self._segments)
        self._starts = [s.lo for s in self._joined]
        #: Changes whenever the function does.
        self.version = 0

    def __iter__(self) -> Iterator[tuple[Segment, Owner | None]]:
        return iter(zip(self._segments, self._owners, strict=True))

    def at(self, t: float) -> float:
        """The costs at a step."""
        return self._joined[max(bisect_right(self._starts, t) - 1, 0)].at(t)

    def over(self, steps: Iterable[tuple[float, float]]) -> list[Segment]:
        """The segments within some intervals, both from left to right."""
        found: list[Segment] = []
        for lo, hi in steps:
            k = max(bisect_right(self._starts, lo) - 1, 0)
            while k < len(self._joined) and self._joined[k].lo < hi:
                s = self._joined[k]
                start, end = max(lo, s.lo), min(hi, s.hi)
                if start < end:
                    inside = start == s.lo and end == s.hi
                    found.append(s if inside else s.within(start, end))
                k += 1
        return found

    def improve(self, piece: Segment, owner: Owner) -> bool:
        """Take up a function where it is less; False if it is nowhere."""
        segments: list[Segment] = []
        owners: list[Owner | None] = []
        is_better = False
        for s, old in zip(self._segments, self._owners, strict=True):
            lo, hi = max(s.lo, piece.lo), min(s.hi, piece.hi)
            if hi - lo <= _SHORT * (1 + abs(hi)):
                segments.append(s)
                owners.append(old)
                continue
            for part, is_new in _lower(s, piece, lo, hi):
                is_better = is_better or is_new
                segments.append(part)
                owners.append(owner if is_new else old)
        if is_better:
            self._segments, self._owners = segments, owners
            self._joined = _joined(segments)
            self._starts = [s.lo for s in self._joined]
            self.version += 1
        return is_better


def _joined(segments: Sequence[Segment]) -> list[Segment]:
    """Neighbors on one line made one."""
    joined = [segments[0]]
    for s in segments[1:]:
        before = joined[-1]
        if _goes_on(before, s):
            joined[-1] = Segment(before.lo, s.hi, before.left, s.right)
        else:
            joined.append(s)
    return joined


def _goes_on(before: Segment, s: Segment) -> bool:
    """Whether two neighbors are on one line, as far as floats can tell."""
    if math.isinf(before.left) or math.isinf(s.left):
        return before.left == s.left
    size = _SLACK * (1 + abs(s.left) + abs(s.right))
    if before.left == before.right or s.left == s.right:
        ends = (before.right - before.left, s.left - before.right, s.right - s.left)
        return max(map(abs, ends)) <= size
    whole = Segment(before.lo, s.hi, before.left, s.right)
    return abs(before.right - s.left) <= size and abs(whole.at(s.lo) - s.left) <= size


def _lower(s: Segment, new: Segment, lo: float, hi: float) -> list[tuple[Segment, bool]]:
    """A segment cut where the new function is less on ``[lo, hi]``."""
    first, last = new.at(lo) - s.at(lo), new.at(hi) - s.at(hi)
    size = _SLACK * (1 + abs(new.left) + abs(new.right))
    if first >= -size and last >= -size:
        return [(s, False)]
    start, end = lo, hi
    if first > 0 or last > 0:
        root = lo + (hi - lo) * first / (first - last)
        start, end = (root, hi) if first > 0 else (lo, root)
    # Ends that differ by rounding alone are the same.
    short = _SHORT * (1 + abs(s.hi))
    start, end = s.lo if start - s.lo <= short else start, s.hi if s.hi - end <= short else end
    parts = [(s.within(s.lo, start), False)] if start > s.lo else []
    parts.append((new.within(start, end), True))
    return [*parts, (s.within(end, s.hi), False)] if end < s.hi else parts


def missed(
    segments: list[Segment], value: float, rate: float, *, margin: float = 0.0
) -> list[Segment]:
    """Where a line ``value + rate t`` is below the costs.

    The very same list if the line settles nothing.

    Parameters
    ----------
    segments, value, rate
        The costs, and the line.
    margin
        The line may be so much below constant costs.
    """
    left: list[Segment] = []
    for s in segments:
        if math.isinf(s.left):
            left.append(s)
            continue
        size = _SLACK * (1 + abs(value) + abs(rate * s.hi))
        if s.left == s.right:
            size += margin
        first, last = value + rate * s.lo - s.left + size, value + rate * s.hi - s.right + size
        _keep_negative(left, s, first, last)
    return segments if left == segments else left


def not_positive(segments: list[Segment], value: float, rate: float) -> list[Segment]:
    """Where a guard ``value + rate t`` is not positive; the very same list if that is all."""
    left: list[Segment] = []
    for s in segments:
        size = _SLACK * (1 + abs(value) + abs(rate * s.hi))
        _keep_negative(left, s, value + rate * s.lo - size, value + rate * s.hi - size)
    return segments if left == segments else left


def _keep_negative(left: list[Segment], s: Segment, first: float, last: float) -> None:
    """Add the part of a segment where an affine function is negative, given at its ends."""
    if first < 0 and last < 0:
        left.append(s)
    elif first < 0 or last < 0:
        root = s.lo + (s.hi - s.lo) * first / (first - last)
        lo, hi = (s.lo, root) if first < 0 else (root, s.hi)
        if hi - lo > _SHORT * (1 + abs(s.hi)):
            left.append(s.within(lo, hi))


def middle_of_longest(segments: Sequence[Segment]) -> float:
    """The middle of the longest segment."""
    longest = max(segments, key=lambda s: s.hi - s.lo)
    return (longest.lo + longest.hi) / 2


def is_inside(segments: Iterable[Segment], t: float) -> bool:
    """Whether a step is well inside of one of the segments."""
    room = _SHORT * (1 + abs(t))
    return any(s.lo + room < t < s.hi - room for s in segments)

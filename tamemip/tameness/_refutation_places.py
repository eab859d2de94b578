"""Lines along which a function may go wild: to infinity, and to ends of its domain."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from tamemip.certificates import Domain, Enclosure, Facts, Node
from tamemip.certificates._refutation_lines import Line

_STARTS = (Fraction(1), Fraction(1000))
_OFFSETS = (Fraction(3, 7), Fraction(5, 2), Fraction(-5, 2))
"""Inner points of an interval; of a bounded one by their share of its length."""
_MOST_AXES = 6


def lines_inside(nodes: Sequence[Node], facts: Sequence[Facts], domain: Domain) -> Iterator[Line]:
    """Half-lines and segments parallel to an axis, then along a diagonal.

    Parameters
    ----------
    nodes, facts
        The expression: lines end where an affine denominator vanishes, too.
    domain
        The box.
    """
    n = len(domain.names)
    axes = [j for j in range(n) if domain.names[j] not in domain.eliminated][:_MOST_AXES]
    poles = _poles(nodes, facts, n)
    for offset in range(len(_OFFSETS)):
        inner = [_inner(interval, offset) for interval in domain.intervals]
        for j in axes:
            yield from _along_axis(domain, inner, j, poles)
        if len(axes) > 1:
            yield from _diagonal(domain, inner, axes)
        if len(axes) == 1 and offset == 0:
            return


def _along_axis(
    domain: Domain, inner: Sequence[Fraction], j: int, poles: Sequence[tuple[int, Fraction]]
) -> Iterator[Line]:
    interval = domain.intervals[j]
    for sign, end in ((1, interval.high), (-1, interval.low)):
        if isinstance(end, float):
            for start in _STARTS:
                yield Line(tuple(inner), _axis(domain, j, sign), start, to_zero=False)
        else:
            yield from _towards(domain, inner, j, end)
    for place, pole in poles:
        if place == j and interval.low < pole < interval.high:
            yield from _towards(domain, inner, j, pole)


def _towards(domain: Domain, inner: Sequence[Fraction], j: int, end: Fraction) -> Iterator[Line]:
    """Segments from a point on the axis, on either side of it, as far as they fit."""
    interval = domain.intervals[j]
    base = (*inner[:j], end, *inner[j + 1 :])
    for sign, far in ((1, interval.high), (-1, interval.low)):
        room = abs(far - end) / 2 if isinstance(far, Fraction) else Fraction(1)
        for start in (min(room, Fraction(1)), min(room, Fraction(1, 1000))):
            if start > 0 and interval.contains(end + sign * start):
                yield Line(base, _axis(domain, j, sign), start, to_zero=True)


def _diagonal(domain: Domain, inner: Sequence[Fraction], axes: Sequence[int]) -> Iterator[Line]:
    """All variables that can, grow; or else fall."""
    direction = [Fraction(0)] * len(inner)
    for place, j in enumerate(axes):
        if domain.intervals[j].high == math.inf:
            direction[j] = Fraction(place + 1)
        elif domain.intervals[j].low == -math.inf:
            direction[j] = Fraction(-place - 1)
    if any(direction):
        yield Line(tuple(inner), tuple(direction), Fraction(1), to_zero=False)


def _axis(domain: Domain, j: int, sign: int) -> tuple[Fraction, ...]:
    return tuple(Fraction(sign if k == j else 0) for k in range(len(domain.names)))


def _inner(interval: Enclosure, which: int) -> Fraction:
    """A point of the interval, inside if it has an inside."""
    low, high = interval.low, interval.high
    offset = _OFFSETS[which]
    if isinstance(low, Fraction) and isinstance(high, Fraction):
        share = (offset / 3) % 1
        return low + (high - low) * share
    if isinstance(low, Fraction):
        return low + abs(offset)
    if isinstance(high, Fraction):
        return high - abs(offset)
    return Fraction(0) if which == 0 else offset


def _poles(nodes: Sequence[Node], facts: Sequence[Facts], n: int) -> list[tuple[int, Fraction]]:
    """Zeros of affine functions of one variable under a fraction bar or a logarithm."""
    found: dict[tuple[int, Fraction], None] = {}
    for node in nodes:
        if node.op == "divide":
            below = node.of[1]
        elif node.op in ("power", "log", "root", "real-power"):
            below = node.of[0]
        else:
            continue
        form = facts[below].affine
        if form is None or len(form.terms) != 1:
            continue
        ((_, weight),) = form.terms
        bits = facts[below].variables
        found[bits.bit_length() - 1, -form.constant / weight] = None
    return [(j, pole) for j, pole in found if 0 <= j < n]

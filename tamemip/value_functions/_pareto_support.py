"""Supported outcomes, and the volume that outcomes dominate. All in min orientation."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.value_functions._pareto_objectives import Outcome
from tamemip.value_functions._pareto_pieces import ParetoSegment

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True, slots=True)
class Support:
    """Whether an outcome is least for some positive weights, and for an open set of them."""

    is_supported: bool
    is_extreme: bool


def support_of(outcome: Outcome, others: Sequence[Outcome]) -> Support:
    """How an outcome is supported among others.

    The weights ``w >= 0`` of sum 1 with ``w z <= w y`` for every other outcome ``y`` are
    an interval or a polygon. Its vertices are found by cutting the simplex by one
    half-plane after the other; their mean is in its relative interior.
    """
    n = len(outcome)
    corners = [tuple(_ONE if i == k else _ZERO for i in range(n)) for k in range(n)]
    for other in others:
        normal = tuple(y - z for y, z in zip(other, outcome, strict=True))
        corners = _cut(corners, normal)
        if not corners:
            return Support(is_supported=False, is_extreme=False)
    is_positive = all(any(corner[i] for corner in corners) for i in range(n))
    return Support(is_positive, is_positive and len(corners) >= n)


def _cut(corners: Sequence[Outcome], normal: Outcome) -> list[Outcome]:
    """The part of a convex polygon (or segment) where ``normal w >= 0``: corners in order."""
    values = [sum((a * w for a, w in zip(normal, c, strict=True)), _ZERO) for c in corners]
    kept: list[Outcome] = []
    for k, (corner, value) in enumerate(zip(corners, values, strict=True)):
        following = (k + 1) % len(corners)
        if value >= 0:
            kept.append(corner)
        if value * values[following] < 0:
            share = value / (value - values[following])
            pairs = zip(corner, corners[following], strict=True)
            kept.append(tuple(a + share * (b - a) for a, b in pairs))
    return list(dict.fromkeys(kept))


def area(
    isolated: Sequence[Outcome], segments: Sequence[ParetoSegment], reference: Outcome
) -> Fraction:
    """The area of what two-objective outcomes dominate and a reference does not dominate."""
    points = [ParetoSegment(z, z, True, True) for z in isolated]
    parts = sorted((*points, *segments), key=lambda part: (part.start[0], -part.start[1]))
    total = _ZERO
    for part, following in itertools.zip_longest(parts, parts[1:]):
        total += _under(part.start, part.end, reference)
        end = reference[0] if following is None else following.start[0]
        total += _under(part.end, (end, part.end[1]), reference)
    return total


def _under(start: Outcome, end: Outcome, reference: Outcome) -> Fraction:
    """The area between a falling segment and the height of the reference, to the left of it."""
    (x0, y0), (x1, y1), (right, height) = start, end, reference
    slope = (y1 - y0) / (x1 - x0) if x1 > x0 else _ZERO
    if y0 > height:
        if y1 >= height:
            return _ZERO
        x0, y0 = x0 + (height - y0) / slope, height
    if x1 > right:
        x1, y1 = right, y0 + slope * (right - x0)
    return max(x1 - x0, _ZERO) * ((height - y0) + (height - y1)) / 2


def volume(outcomes: Iterable[Outcome], reference: Outcome) -> Fraction:
    """The volume of what three-objective outcomes dominate, up to a reference."""
    inside = [z for z in outcomes if all(a < r for a, r in zip(z, reference, strict=True))]
    heights = sorted({z[2] for z in inside})
    total = _ZERO
    for low, high in itertools.pairwise([*heights, reference[2]]):
        flat = list(_minimal_pairs((z[0], z[1]) for z in inside if z[2] <= low))
        total += (high - low) * area(flat, (), reference[:2])
    return total


def _minimal_pairs(pairs: Iterable[tuple[Fraction, Fraction]]) -> Iterator[Outcome]:
    best: Fraction | None = None
    for first, second in sorted(set(pairs)):
        if best is None or second < best:
            best = second
            yield first, second

"""Convex polygons of the plane, exactly."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Sequence
from fractions import Fraction
from typing import TypeAlias

Corner: TypeAlias = tuple[Fraction, Fraction]


def ring(points: Iterable[Corner]) -> list[Corner]:
    """The vertices of the convex hull, counterclockwise (Andrew 1979); two for a segment."""
    ordered = sorted(set(points))
    if len(ordered) < 3:
        return ordered
    lower, upper = _chain(ordered), _chain(ordered[::-1])
    return lower[:-1] + upper[:-1]


def split_at(corners: Sequence[Corner], points: Collection[Corner]) -> list[Corner]:
    """The same polygon with further vertices: the points that lie on its edges."""
    if len(corners) < 2:
        return list(corners)
    result: list[Corner] = []
    for a, b in zip(corners, [*corners[1:], corners[0]], strict=True):
        inside = [p for p in points if p not in (a, b) and _is_between(a, b, p)]
        result += [a, *sorted(inside, key=lambda p: abs(p[0] - a[0]) + abs(p[1] - a[1]))]
    return result


def clipped(corners: Sequence[Corner], constant: Fraction, normal: Corner) -> list[Corner]:
    """The part of a convex polygon where ``constant + normal . p >= 0``."""
    if not corners:
        return []
    values = [constant + normal[0] * x + normal[1] * y for x, y in corners]
    kept: list[Corner] = []
    for k, (p, value) in enumerate(zip(corners, values, strict=True)):
        after = (k + 1) % len(corners)
        if value >= 0:
            kept.append(p)
        if value * values[after] < 0:
            share, q = value / (value - values[after]), corners[after]
            kept.append((p[0] + share * (q[0] - p[0]), p[1] + share * (q[1] - p[1])))
    return kept


def integral(corners: Sequence[Corner], constant: Fraction, rates: Corner) -> Fraction:
    """The integral of ``constant + rates . p`` over a convex polygon, triangle by triangle."""
    total = Fraction(0)
    for a, b in itertools.pairwise(corners[1:]):
        area = _turn(corners[0], a, b) / 2
        mean = [(corners[0][i] + a[i] + b[i]) / 3 for i in (0, 1)]
        total += area * (constant + rates[0] * mean[0] + rates[1] * mean[1])
    return total


def _chain(ordered: Sequence[Corner]) -> list[Corner]:
    chain: list[Corner] = []
    for p in ordered:
        while len(chain) > 1 and _turn(chain[-2], chain[-1], p) <= 0:
            chain.pop()
        chain.append(p)
    return chain


def _turn(a: Corner, b: Corner, c: Corner) -> Fraction:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _is_between(a: Corner, b: Corner, p: Corner) -> bool:
    if _turn(a, b, p):
        return False
    return all(min(x, y) <= z <= max(x, y) for x, y, z in zip(a, b, p, strict=True))

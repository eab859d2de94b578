"""Sets of vectors: the hull of finitely many points, plus a box around 0."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.differentiation._calculus_numbers import Real, middle
from tamemip.differentiation._cones import Vector, dot, in_hull
from tamemip.duality import solve_exactly

__all__ = ["GeneratorSet", "corners"]

_ZERO = Fraction(0)
#: Sums of at most this many times the cap are formed before redundant points are dropped.
_SLACK = 4


@final
@dataclass(frozen=True, slots=True)
class GeneratorSet:
    """The set ``conv(points) + [-radius, radius]``.

    Attributes
    ----------
    points
        Points, each once.
    radius
        Half the widths of the box, entry by entry; zero where all is rational.
    is_outer
        Whether it was enlarged: because of the cap, or because it is not known which branches
        are active.
    """

    points: tuple[Vector, ...]
    radius: Vector
    is_outer: bool = False

    @classmethod
    def of(cls, points: Iterable[Vector]) -> GeneratorSet:
        """The hull of points."""
        kept = _extremes(tuple(dict.fromkeys(points)))
        return cls(kept, (_ZERO,) * len(kept[0]))

    @classmethod
    def zero(cls, dimension: int) -> GeneratorSet:
        """The origin alone."""
        return cls(((_ZERO,) * dimension,), (_ZERO,) * dimension)

    @property
    def dimension(self) -> int:
        """The length of its vectors."""
        return len(self.radius)

    @property
    def is_exact(self) -> bool:
        """Whether the box is one point."""
        return not any(self.radius)

    @property
    def is_singleton(self) -> bool:
        """Whether it is one point."""
        return len(self.points) == 1 and self.is_exact

    @property
    def is_zero(self) -> bool:
        """Whether it is the origin alone."""
        return self.is_singleton and not any(self.points[0])

    def scaled(self, factor: Real) -> GeneratorSet:
        """All multiples by one number, which may be known by an interval only."""
        if factor == 1:
            return self
        k, error = middle(factor)
        if not k and not error:
            return GeneratorSet.zero(self.dimension)
        points = tuple(dict.fromkeys(tuple(k * v for v in p) for p in self.points))
        sizes = [max(abs(p[j]) for p in self.points) for j in range(self.dimension)]
        radius = tuple(
            error * size + (abs(k) + error) * r for size, r in zip(sizes, self.radius, strict=True)
        )
        return GeneratorSet(points, radius, self.is_outer)

    def plus(self, other: GeneratorSet, limit: int) -> GeneratorSet:
        """All sums of an element of each; a box from `limit` points on."""
        if other.is_zero:
            return self._flagged(other).capped(limit)
        if self.is_zero:
            return other._flagged(self).capped(limit)
        radius = tuple(a + b for a, b in zip(self.radius, other.radius, strict=True))
        is_outer = self.is_outer or other.is_outer
        if len(self.points) * len(other.points) > _SLACK * limit:
            a, b = self.boxed(), other.boxed()
            center = tuple(x + y for x, y in zip(a.points[0], b.points[0], strict=True))
            wide = tuple(x + y for x, y in zip(a.radius, b.radius, strict=True))
            return GeneratorSet((center,), wide, is_outer=True)
        sums = (
            tuple(x + y for x, y in zip(p, q, strict=True))
            for p in self.points
            for q in other.points
        )
        points = _extremes(tuple(dict.fromkeys(sums)))
        return GeneratorSet(points, radius, is_outer).capped(limit)

    def union(self, other: GeneratorSet, limit: int) -> GeneratorSet:
        """The hull of both."""
        points = _extremes(tuple(dict.fromkeys((*self.points, *other.points))))
        radius = tuple(max(a, b) for a, b in zip(self.radius, other.radius, strict=True))
        return GeneratorSet(points, radius, self.is_outer or other.is_outer).capped(limit)

    def capped(self, limit: int) -> GeneratorSet:
        """The set itself, or its box if it has more than `limit` points."""
        return self if len(self.points) <= limit else self.boxed()

    def boxed(self) -> GeneratorSet:
        """The least box that holds it."""
        if len(self.points) == 1:
            return self
        ends = [
            (min(p[j] for p in self.points), max(p[j] for p in self.points))
            for j in range(self.dimension)
        ]
        center = tuple((low + high) / 2 for low, high in ends)
        radius = tuple(
            (high - low) / 2 + r for (low, high), r in zip(ends, self.radius, strict=True)
        )
        return GeneratorSet((center,), radius, is_outer=True)

    def enlarged(self) -> GeneratorSet:
        """The same set, marked as an outer one."""
        return GeneratorSet(self.points, self.radius, is_outer=True)

    def ends(self) -> tuple[tuple[Fraction, Fraction], ...]:
        """The least and the greatest value of every entry."""
        return tuple(
            (min(p[j] for p in self.points) - r, max(p[j] for p in self.points) + r)
            for j, r in enumerate(self.radius)
        )

    def support(self, direction: Sequence[Fraction]) -> Fraction:
        """The largest scalar product with a direction."""
        spread = sum((abs(d) * r for d, r in zip(direction, self.radius, strict=True)), _ZERO)
        return max(dot(p, direction) for p in self.points) + spread

    def contains(self, point: Vector) -> bool:
        """Whether a point lies in it, decided exactly."""
        if self.is_exact:
            return in_hull(point, self.points)
        if len(self.points) == 1:
            parts = zip(point, self.points[0], self.radius, strict=True)
            return all(abs(v - p) <= r for v, p, r in parts)
        segments = [j for j, r in enumerate(self.radius) if r]
        return _in_sum(point, self.points, self.radius, segments)

    def _flagged(self, other: GeneratorSet) -> GeneratorSet:
        return self.enlarged() if other.is_outer and not self.is_outer else self


def corners(box: GeneratorSet, limit: int) -> tuple[Vector, ...] | None:
    """The points and the corners of the box around each; None if there are more than `limit`."""
    wide = [j for j, r in enumerate(box.radius) if r]
    if len(wide) >= limit.bit_length() or len(box.points) << len(wide) > limit:
        return None
    found = list(box.points)
    for j in wide:
        r = box.radius[j]
        found = [(*p[:j], p[j] + s * r, *p[j + 1 :]) for p in found for s in (-1, 1)]
    return tuple(dict.fromkeys(found))


def _in_sum(
    point: Vector, points: Sequence[Vector], radius: Vector, segments: Sequence[int]
) -> bool:
    """Whether ``point = sum k p + s`` with the weights k of a hull and ``|s| <= radius``."""
    n, count, one = len(point), len(points), Fraction(1)
    rows = [{k: p[j] for k, p in enumerate(points) if p[j]} for j in range(n)]
    for k, j in enumerate(segments):
        rows[j][count + k] = one
    rows.append(dict.fromkeys(range(count), one))
    slack = [radius[j] for j in segments]
    verdict = solve_exactly(
        rows,
        ["="] * (n + 1),
        [*point, one],
        costs=[_ZERO] * (count + len(slack)),
        lower=[*(_ZERO,) * count, *(-r for r in slack)],
        upper=[*(float("inf"),) * count, *slack],
    )
    return verdict is not None and verdict.point is not None


# -- redundant points ----------------------------------------------------------------------


def _extremes(points: tuple[Vector, ...]) -> tuple[Vector, ...]:
    """The points without those that are plainly redundant: on a line, and in a plane."""
    if len(points) < 3:
        return points
    moving = [j for j in range(len(points[0])) if any(p[j] != points[0][j] for p in points)]
    if len(moving) == 1:
        return _ends_on_a_line(points)
    if len(moving) == 2:
        return _polygon(points, moving)
    return _ends_on_a_line(points) if _are_collinear(points) else points


def _are_collinear(points: Sequence[Vector]) -> bool:
    first = points[0]
    way = tuple(b - a for a, b in zip(first, points[1], strict=True))
    j = next(k for k, v in enumerate(way) if v)
    for p in points[2:]:
        t = (p[j] - first[j]) / way[j]
        if any(a + t * w != b for a, w, b in zip(first, way, p, strict=True)):
            return False
    return True


def _ends_on_a_line(points: Sequence[Vector]) -> tuple[Vector, ...]:
    low, high = min(points), max(points)
    return tuple(p for p in points if p in (low, high))


def _polygon(points: Sequence[Vector], axes: Sequence[int]) -> tuple[Vector, ...]:
    """The corners of a plane hull, by the monotone chain of Andrew (1979)."""
    i, j = axes
    ordered = sorted(points, key=lambda p: (p[i], p[j]))

    def chain(sequence: Iterable[Vector]) -> list[Vector]:
        kept: list[Vector] = []
        for p in sequence:
            while len(kept) > 1 and _turn(kept[-2], kept[-1], p, i, j) <= 0:
                kept.pop()
            kept.append(p)
        return kept

    found = {*chain(ordered), *chain(reversed(ordered))}
    return tuple(p for p in points if p in found)


def _turn(a: Vector, b: Vector, c: Vector, i: int, j: int) -> Fraction:
    return (b[i] - a[i]) * (c[j] - a[j]) - (b[j] - a[j]) * (c[i] - a[i])

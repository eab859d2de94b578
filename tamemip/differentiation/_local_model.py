"""What a value function looks like near a right-hand side: a minimum of support functions.

With the finitely many optimal integer parts S at b, and with the dual face of each,

    v(b + d) = v(b) + h(d),    h(d) = min over S of sup { y d : y in face of S },

for all small d at which h is finite; where it is infinite, v jumps up or becomes infeasible
(min orientation). The other parts cost more by a fixed amount near b. So h decides whether v
is Lipschitz near b, and which slopes v has on open sets near b.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound
from tamemip.differentiation._cones import Vector, dot, interior_point
from tamemip.errors import NotAllowedError

__all__ = ["Face", "LocalModel"]

_ZERO = Fraction(0)
#: Cones examined at most, for one question.
_MOST_CONES = 20_000


@final
@dataclass(frozen=True, slots=True)
class Face:
    """The optimal duals of one integer part, in min orientation; a line is two rays."""

    vertices: tuple[Vector, ...]
    rays: tuple[Vector, ...]

    def support(self, d: Vector) -> Bound:
        """``sup y d``."""
        if any(dot(r, d) > 0 for r in self.rays):
            return math.inf
        return max(dot(y, d) for y in self.vertices)


@final
@dataclass(frozen=True, slots=True)
class LocalModel:
    """The function ``h`` in ``dimension`` variables; a face for each optimal integer part."""

    faces: tuple[Face, ...]
    dimension: int

    def value(self, d: Vector) -> Bound:
        """``h(d)``."""
        return min(face.support(d) for face in self.faces)

    @property
    def is_bounded(self) -> bool:
        """Whether every face is bounded; then `v` is Lipschitz near ``b``."""
        return not any(face.rays for face in self.faces)

    @property
    def slopes(self) -> tuple[Vector, ...]:
        """All vertices of all faces, each once, in order."""
        return tuple(dict.fromkeys(y for face in self.faces for y in face.vertices))

    def infinite_direction(self) -> Vector | None:
        """Some ``d`` with ``h(d) = inf``, or None if there is none."""
        if not all(face.rays for face in self.faces):
            return None
        choices = [face.rays for face in self.faces]
        return next(_points_inside([], choices, self.dimension), None)

    def fall_at_border(self) -> tuple[Vector, Vector] | None:
        """Where a part ends that no bounded face replaces: ``(d, r)``, or None.

        On the facet ``r d = 0`` of the cone where the part is feasible it is strictly cheaper
        at ``d`` than every part with a bounded face; beyond, it is infeasible.
        """
        sure = [face for face in self.faces if not face.rays]
        for face in self.faces:
            for r in face.rays:
                d = self._fall(face, r, sure)
                if d is not None:
                    return d, r
        return None

    def _fall(self, face: Face, r: Vector, sure: Sequence[Face]) -> Vector | None:
        plane = _Plane.of(r)
        others = [_negative(q) for q in face.rays if not _is_parallel(q, r)]
        if any(_is_opposite(q, r) for q in face.rays):
            return None  # the part lives in the plane only: its border is not a facet
        inside = [plane.restricted(q) for q in others]
        if not sure:
            return None if not plane.dimension else _first(inside, [], plane)
        choices = [
            tuple(
                tuple(plane.restricted(_minus(y, own)) for own in face.vertices)
                for y in other.vertices
            )
            for other in sure
        ]
        return _first(inside, choices, plane)

    def essential_slopes(self) -> tuple[Vector, ...]:
        """The slopes of ``h`` on open cones, each once: their hull is the Clarke subdifferential.

        Raises
        ------
        NotAllowedError
            If there are too many cones to examine.
        """
        return tuple(y for y in self.slopes if self._is_essential(y))

    def _is_essential(self, y: Vector) -> bool:
        holders = [k for k, face in enumerate(self.faces) if y in face.vertices]
        return any(self._has_open_cone(y, k) for k in holders)

    def _has_open_cone(self, y: Vector, k: int) -> bool:
        face = self.faces[k]
        fixed = [_minus(y, other) for other in face.vertices if other != y]
        fixed += [_negative(r) for r in face.rays]
        choices = []
        for other in (*self.faces[:k], *self.faces[k + 1 :]):
            if y in other.vertices:
                continue  # never below the slope y
            above = tuple(_minus(z, y) for z in other.vertices)
            choices.append(above + other.rays)
        return next(_points_inside(fixed, choices, self.dimension), None) is not None


@final
@dataclass(frozen=True, slots=True)
class _Plane:
    """The plane ``r d = 0``, with all coordinates but one as its own."""

    normal: Vector
    pivot: int

    @classmethod
    def of(cls, r: Vector) -> _Plane:
        return cls(r, next(i for i, v in enumerate(r) if v))

    @property
    def dimension(self) -> int:
        return len(self.normal) - 1

    def restricted(self, g: Vector) -> Vector:
        """The functional ``g d`` in the coordinates of the plane."""
        k, r = self.pivot, self.normal
        return tuple(v - g[k] * r[i] / r[k] for i, v in enumerate(g) if i != k)

    def point(self, e: Vector) -> Vector:
        """The point of the plane with these coordinates."""
        k, r = self.pivot, self.normal
        at = -sum((r[i if i < k else i + 1] * v for i, v in enumerate(e)), _ZERO) / r[k]
        return (*e[:k], at, *e[k:])


def _first(
    inside: Sequence[Vector], choices: Sequence[Sequence[tuple[Vector, ...]]], plane: _Plane
) -> Vector | None:
    """A point of the plane strictly inside, for one choice of each group of normals."""
    found = next(_points_in_groups(list(inside), choices, plane.dimension), None)
    return None if found is None else plane.point(found)


def _points_inside(
    fixed: list[Vector], choices: Sequence[Sequence[Vector]], dimension: int
) -> Iterator[Vector]:
    """Points strictly inside of `fixed` and of one normal of each choice."""
    groups = [tuple((g,) for g in choice) for choice in choices]
    yield from _points_in_groups(fixed, groups, dimension)


def _points_in_groups(
    fixed: list[Vector], choices: Sequence[Sequence[tuple[Vector, ...]]], dimension: int
) -> Iterator[Vector]:
    examined = 0
    stack = [(fixed, 0)]
    while stack:
        normals, depth = stack.pop()
        examined += 1
        if examined > _MOST_CONES:
            raise NotAllowedError(
                f"more than {_MOST_CONES} cones would have to be examined; "
                "ask for kind='conservative'."
            )
        d = interior_point(normals, dimension)
        if d is None:
            continue
        if depth == len(choices):
            yield d
            continue
        ordered = sorted(choices[depth], key=lambda group: min(dot(g, d) for g in group))
        stack.extend(([*normals, *group], depth + 1) for group in ordered)


def _minus(a: Vector, b: Vector) -> Vector:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def _negative(a: Vector) -> Vector:
    return tuple(-x for x in a)


def _is_parallel(a: Vector, b: Vector) -> bool:
    """Whether they are positive multiples of each other."""
    k = next(i for i, v in enumerate(b) if v)
    scale = a[k] / b[k]
    return scale > 0 and all(x == scale * y for x, y in zip(a, b, strict=True))


def _is_opposite(a: Vector, b: Vector) -> bool:
    return _is_parallel(_negative(a), b)

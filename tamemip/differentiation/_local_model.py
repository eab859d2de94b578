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
from typing import TypeAlias, final

from tamemip.certificates import Bound
from tamemip.differentiation._cones import Vector, dot, interior_point
from tamemip.errors import NotAllowedError

__all__ = ["Face", "Fall", "LocalModel"]

#: Cones examined at most, for one question.
_MOST_CONES = 5_000

Group: TypeAlias = "tuple[Vector, ...]"


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
class Fall:
    """A discontinuity of ``h``: at `place`, going into the direction `way`.

    Attributes
    ----------
    place
        Where; 0 is the point itself, and every positive multiple of `place` is one more.
    way
        ``h(place + t way)`` stays above ``h(place)`` by a fixed amount for small ``t > 0``.
    ray
        Of the dual face of a part that is cheapest at `place` and ends there.
    """

    place: Vector
    way: Vector
    ray: Vector


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

    def fall(self) -> Fall | None:
        """A discontinuity of ``h``, at 0 if there is one; None if there is none.

        ``h`` is positively homogeneous and piecewise linear: if it is finite and continuous,
        it is Lipschitz, and so is `v` near ``b``.

        Raises
        ------
        NotAllowedError
            If there are too many cones to examine.
        """
        d = self._infinite_direction()
        if d is not None:
            ray = next(r for r in self.faces[0].rays if dot(r, d) > 0)
            return Fall((Fraction(0),) * self.dimension, d, ray)
        for k, face in enumerate(self.faces):
            others = (*self.faces[:k], *self.faces[k + 1 :])
            for r in face.rays:
                found = _Border(face, r, others, self.dimension).fall()
                if found is not None:
                    return found
        return None

    def _infinite_direction(self) -> Vector | None:
        """Some ``d`` with ``h(d) = inf``, or None if there is none."""
        if not all(face.rays for face in self.faces):
            return None
        choices = [tuple((r,) for r in face.rays) for face in self.faces]
        return _point_inside([], choices, self.dimension)

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
            choices.append(tuple((g,) for g in (*above, *other.rays)))
        return _point_inside(fixed, choices, self.dimension) is not None


@final
@dataclass(frozen=True, slots=True)
class _Border:
    """The border ``r d = 0`` of where a part is feasible: do others take over at the same cost.

    The border is jumped over at ``d`` in the direction ``e`` if the part is feasible at ``d``
    with ``r e > 0``, and if every other part is dearer at ``d``, or infeasible from ``d`` on
    along ``e``: ``q d > 0`` for a ray q of its face, or ``q d = 0`` and ``q e > 0``. To find
    such a pair it suffices to try ``q d >= 0, q e > 0``, for ``e + t d`` serves as well.
    """

    face: Face
    r: Vector
    others: Sequence[Face]
    dimension: int

    def fall(self) -> Fall | None:
        """The discontinuity, if there is one."""
        ends = [_beside(_negative(q)) for q in self.face.rays]
        stack = [([_behind(self.r)], [*ends, _beside(self.r)])]
        for _ in range(_MOST_CONES):
            if not stack:
                return None
            strict, weak = stack.pop()
            found = interior_point(strict, 2 * self.dimension, weak=weak)
            if found is None:
                continue
            d, e = found[: self.dimension], found[self.dimension :]
            rival = next((other for other in self.others if not self._is_out(other, d, e)), None)
            if rival is None:
                return Fall(d, e, self.r)
            stack += [
                ([*strict, *more], [*weak, *more_weak]) for more, more_weak in self._ways_out(rival)
            ]
        raise _too_many()

    def _is_out(self, other: Face, d: Vector, e: Vector) -> bool:
        own = max(dot(y, d) for y in self.face.vertices)
        if any(dot(y, d) > own for y in other.vertices):
            return True
        return any(self._ends(q, d, e) for q in other.rays)

    @staticmethod
    def _ends(q: Vector, d: Vector, e: Vector) -> bool:
        rise = dot(q, d)
        return rise > 0 or (rise == 0 and dot(q, e) > 0)

    def _ways_out(self, other: Face) -> Iterator[tuple[Group, Group]]:
        for y in other.vertices:
            yield tuple(_beside(_minus(y, own)) for own in self.face.vertices), ()
        for q in other.rays:
            yield (_behind(q),), (_beside(q),)


def _beside(g: Vector) -> Vector:
    """The functional ``g d`` of the pair ``(d, e)``."""
    return (*g, *(Fraction(0),) * len(g))


def _behind(g: Vector) -> Vector:
    """The functional ``g e`` of the pair ``(d, e)``."""
    return (*(Fraction(0),) * len(g), *g)


def _point_inside(
    fixed: list[Vector], choices: Sequence[Sequence[Group]], dimension: int
) -> Vector | None:
    """A point strictly inside of `fixed` and of one group of normals of each choice."""
    stack = [fixed]
    for _ in range(_MOST_CONES):
        if not stack:
            return None
        normals = stack.pop()
        d = interior_point(normals, dimension)
        if d is None:
            continue
        choice = next((c for c in choices if not _is_met(c, d)), None)
        if choice is None:
            return d
        ordered = sorted(choice, key=lambda group: min(dot(g, d) for g in group))
        stack.extend([*normals, *group] for group in ordered)
    raise _too_many()


def _is_met(choice: Sequence[Group], d: Vector) -> bool:
    return any(all(dot(g, d) > 0 for g in group) for group in choice)


def _too_many() -> NotAllowedError:
    return NotAllowedError(
        f"more than {_MOST_CONES} cones would have to be examined to know what the value does "
        "near this point. Differentiate the elastic envelope: tm.elastic(program, penalty=...)."
    )


def _minus(a: Vector, b: Vector) -> Vector:
    return tuple(x - y for x, y in zip(a, b, strict=True))


def _negative(a: Vector) -> Vector:
    return tuple(-x for x in a)

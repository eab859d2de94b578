"""The dual faces of optimal integer parts as functionals of what moves."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tamemip.arithmetic import Generators
from tamemip.differentiation._cones import Vector
from tamemip.differentiation._fibres import Fibres
from tamemip.differentiation._fibres_types import OptimalPair
from tamemip.differentiation._local_model import Face
from tamemip.differentiation._moving import Direction, Moving, direction_of

__all__ = ["dual_face_of", "moved_face", "moving_rays"]

_ZERO, _ONE = Fraction(0), Fraction(1)


def dual_face_of(fibres: Fibres, pair: OptimalPair) -> Generators:
    """The dual face of a part; without continuous columns it is a cone of units."""
    exact, m = pair.program.exact, pair.program.n_rows
    if not all(exact.integer):
        return fibres.dual_face(pair)
    sign = 1 if exact.sense == "min" else -1
    rays, lines = [], []
    activities = zip(exact.A.times(pair.point), pair.rhs, exact.row_sense, strict=True)
    for i, (activity, b, row_sense) in enumerate(activities):
        toward = sign if row_sense == ">=" else -sign
        unit = tuple(Fraction(toward * (k == i)) for k in range(m))
        if row_sense == "=":
            lines.append(unit)
        elif activity == b:
            rays.append(unit)
    return Generators(((_ZERO,) * m,), tuple(sorted(rays)), tuple(lines))


def moved_face(moving: Moving, pair: OptimalPair, face: Generators) -> Face:
    """The derivatives by what moves that a dual face stands for, in min orientation.

    Right-hand sides and bounds may move, directly or by parameters. An integer that sits on a
    bound which moves ends where the bound passes it: one more ray, at no price.
    """
    sign = 1 if moving.program.sense == "min" else -1
    nowhere = (_ZERO,) * moving.program.n_cols

    def image(y: Vector, *, is_ray: bool) -> Vector:
        flat = moving.derivatives(nowhere, y, is_ray=is_ray)
        return flat if sign == 1 else tuple(-v for v in flat)

    rays = [image(r, is_ray=True) for r in face.rays]
    for line in face.lines:
        rays += [image(line, is_ray=True), image(tuple(-v for v in line), is_ray=True)]
    rays += [moving.image(end) for end in _integer_ends(moving, pair)]
    vertices = [image(y, is_ray=False) for y in face.vertices]
    return Face(tuple(dict.fromkeys(vertices)), tuple(dict.fromkeys(r for r in rays if any(r))))


def moving_rays(moving: Moving, pair: OptimalPair, face: Generators) -> Iterator[Vector]:
    """The rays of the dual face of a part that price something which moves; a line is two rays.

    The others stand for rows and bounds that stay as they are while the integer part is that
    of the pair: these describe a fixed polyhedron, and multipliers for a fixed polyhedron
    need not be bounded.
    """
    rows, lower, upper = (
        moving.moving_rows(pair.point),
        moving.moving_bounds("lower"),
        moving.moving_bounds("upper"),
    )
    lines = (side for line in face.lines for side in (line, tuple(-v for v in line)))
    for ray in (*face.rays, *lines):
        if any(ray[i] for i in rows):
            yield ray
            continue
        along = direction_of(moving.program, (_ZERO,) * moving.program.n_cols, ray, is_ray=True)
        if any(along.lower[j] for j in lower) or any(along.upper[j] for j in upper):
            yield ray


def _integer_ends(moving: Moving, pair: OptimalPair) -> Iterator[Direction]:
    """Where the part of a pair ends: a lower bound that rises, an upper one that falls."""
    exact = moving.program.exact
    still, nothing = (_ZERO,) * len(exact.c), (_ZERO,) * len(exact.rhs)
    for j, value in enumerate(pair.point):
        if not exact.integer[j]:
            continue
        if value == exact.lower[j] and "lower" in moving.moved:
            yield Direction(still, still, nothing, _unit(j, _ONE, still), still)
        if value == exact.upper[j] and "upper" in moving.moved:
            yield Direction(still, still, nothing, still, _unit(j, -_ONE, still))


def _unit(j: int, v: Fraction, zeros: Vector) -> Vector:
    return (*zeros[:j], v, *zeros[j + 1 :])

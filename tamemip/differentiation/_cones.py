"""Open polyhedral cones: is there a point inside? Floats propose it, rationals decide."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

import numpy as np

from tamemip.duality import solve_exactly

__all__ = ["Vector", "dot", "in_hull", "interior_point", "primitive_vector"]

Vector: TypeAlias = tuple[Fraction, ...]
_ZERO, _ONE = Fraction(0), Fraction(1)
#: Denominators tried for a proposed point, the shortest first.
_DENOMINATORS = (1, 2, 12, 1000, 10**6, 10**12)
#: A margin in floats below which no point is proposed.
_MARGIN = 1e-9


def dot(a: Sequence[Fraction], b: Sequence[Fraction]) -> Fraction:
    """The scalar product."""
    return sum((x * y for x, y in zip(a, b, strict=True) if x and y), _ZERO)


def primitive_vector(v: Sequence[Fraction]) -> Vector:
    """The positive multiple of largest entry 1 in absolute value; 0 stays."""
    size = max((abs(x) for x in v), default=_ZERO)
    return tuple(x / size for x in v) if size else tuple(v)


def interior_point(
    normals: Sequence[Vector], dimension: int, *, weak: Sequence[Vector] = ()
) -> Vector | None:
    """Some ``d`` with ``g d > 0`` for all normals, proved; None if there is none, proved.

    For the `weak` ones ``g d >= 0`` suffices. A zero normal has no such ``d``. That there is
    none is shown by multipliers ``k >= 0``, not all zero on the strict ones, with
    ``sum k g = 0`` (the theorem of Motzkin).

    Examples
    --------
    >>> one, zero = Fraction(1), Fraction(0)
    >>> interior_point([(one, zero), (zero, one)], 2)
    (Fraction(1, 1), Fraction(1, 1))
    >>> interior_point([(one, zero), (-one, zero)], 2) is None
    True
    """
    rows = [primitive_vector(g) for g in normals]
    if any(not any(g) for g in rows):
        return None
    if not rows:
        return (_ZERO,) * dimension
    loose = [primitive_vector(g) for g in weak if any(g)]
    proposed = _proposed(rows, loose)
    if proposed is not None:
        return proposed
    return _decided(rows, loose, dimension)


def in_hull(point: Vector, generators: Sequence[Vector], rays: Sequence[Vector] = ()) -> bool:
    """Whether a point is a convex combination of generators, plus a conic one of rays.

    A separating direction found in floats decides at once, if it separates exactly; the rest
    is a linear program in rationals.
    """
    if not generators:
        return False
    if point in generators:
        return True
    lifted = [(*(g - p for g, p in zip(v, point, strict=True)), _ONE) for v in generators]
    lifted += [(*v, _ZERO) for v in rays]
    moving = [(*row[:-1],) for row in lifted]
    if _proposed([primitive_vector(row) for row in moving if any(row)]) is not None and all(
        any(row) for row in moving
    ):
        return False
    return _combination(lifted, len(point)) is not None


def _combination(columns: Sequence[Vector], dimension: int) -> Vector | None:
    """Weights ``k >= 0`` with ``sum k v = (0, ..., 0, 1)``, exactly; None if there are none."""
    rows = [{j: v[i] for j, v in enumerate(columns) if v[i]} for i in range(dimension + 1)]
    verdict = solve_exactly(
        rows,
        ["="] * (dimension + 1),
        [*(_ZERO,) * dimension, _ONE],
        costs=[_ZERO] * len(columns),
        lower=[_ZERO] * len(columns),
        upper=[float("inf")] * len(columns),
    )
    return None if verdict is None else verdict.point


def _proposed(rows: Sequence[Vector], weak: Sequence[Vector] = ()) -> Vector | None:
    """The direction of largest margin in floats, if a short rational one serves."""
    if not rows:
        return None
    from scipy.optimize import linprog  # slow to import

    matrix = np.array([[float(v) for v in row] for row in (*rows, *weak)])
    n = matrix.shape[1]
    margins = np.array([1.0] * len(rows) + [0.0] * len(weak))
    found = linprog(
        np.append(np.zeros(n), -1.0),
        A_ub=np.hstack([-matrix, margins[:, None]]),
        b_ub=np.zeros(len(margins)),
        bounds=[(-1.0, 1.0)] * n + [(None, 1.0)],
        method="highs",
    )
    if found.status != 0 or found.x is None or found.x[-1] < _MARGIN:
        return None
    for q in _DENOMINATORS:
        d = tuple(Fraction(round(float(v) * q), q) for v in found.x[:n])
        if all(dot(row, d) > 0 for row in rows) and all(dot(row, d) >= 0 for row in weak):
            return d
    return None


def _decided(rows: Sequence[Vector], weak: Sequence[Vector], dimension: int) -> Vector | None:
    """Maximize the margin in rationals."""
    free = [float("-inf")] * dimension
    system = [{**{j: v for j, v in enumerate(row) if v}, dimension: -_ONE} for row in rows]
    system += [{j: v for j, v in enumerate(row) if v} for row in weak]
    verdict = solve_exactly(
        system,
        [">="] * len(system),
        [_ZERO] * len(system),
        costs=[*(_ZERO,) * dimension, -_ONE],
        lower=[*free, _ZERO],
        upper=[*(float("inf"),) * dimension, _ONE],
    )
    if verdict is None or verdict.point is None or not verdict.point[dimension]:
        return None
    return verdict.point[:dimension]

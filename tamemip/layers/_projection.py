"""The point of a polytope that is nearest to a given one, by an oracle for linear costs.

Wolfe's algorithm [1]_: a corral is an affinely independent set of points of the polytope whose
hull has the nearest point of its affine hull inside. The face of the corral carries the
derivative: while it stays the same, the nearest point moves by the orthogonal projection onto
its directions.

References
----------
.. [1] P. Wolfe, "Finding the nearest point in a polytope", Mathematical Programming 11 (1976),
   128-149.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.errors import NotAllowedError

if TYPE_CHECKING:
    from tamemip.layers._answer import Floats

#: Weights below this are zero.
_WEIGHT = 1e-12
#: The oracle's improvement below this, relative to the size of the points, is none.
_GAP = 1e-10
#: Points that are this little farther, relative to the size of the points, are on the same face.
_FACE = 1e-9
#: Singular values below this, relative to the largest, are zero.
_RANK = 1e-9
_MOST_STEPS = 1000


@final
@dataclass(frozen=True, slots=True, eq=False)
class Projection:
    """The nearest point, and the face that it lies in.

    Attributes
    ----------
    point
        Array of shape ``(n,)``.
    directions
        Orthonormal directions of the face, one a column: shape ``(n, k)``.
    """

    point: Floats
    directions: Floats


def project(target: Floats, known: Floats, oracle: Callable[[Floats], Floats]) -> Projection:
    """Project a point onto the convex hull of all points that an oracle can find.

    Parameters
    ----------
    target
        The point, shape ``(n,)``.
    known
        Some points of the polytope, one a row; at least one.
    oracle
        A point of the polytope of least cost, for a cost vector.

    Raises
    ------
    NotAllowedError
        If the steps do not end.
    """
    points = known - target
    corral, weights = [int(np.argmin((points**2).sum(axis=1)))], np.ones(1)
    scale = 1.0 + float((points**2).sum(axis=1).max())
    for _ in range(_MOST_STEPS):
        x = weights @ points[corral]
        products = points @ x
        best = int(np.argmin(products))
        if best in corral or products[best] > x @ x - _GAP * scale:
            found = oracle(x) - target
            if found @ x > x @ x - _GAP * scale:
                # Known points of the face may span more of it than the corral does.
                on_face = points[products <= x @ x + _FACE * scale]
                return Projection(x + target, _directions(np.vstack([points[corral], on_face])))
            points = np.vstack([points, found])
            best = len(points) - 1
        corral, weights = _minor_cycle(points, [*corral, best], np.append(weights, 0.0))
    raise NotAllowedError(
        f"the projection did not end within {_MOST_STEPS} steps; scale costs and columns so that "
        "they are near 1, or choose a larger tau."
    )


def _minor_cycle(points: Floats, corral: list[int], weights: Floats) -> tuple[list[int], Floats]:
    """Drop points until the nearest point of the affine hull lies inside of the hull."""
    while True:
        affine = _affine_minimum(points[corral])
        if (affine > _WEIGHT).all():
            return corral, affine
        falling = affine <= _WEIGHT
        drop = weights[falling] - affine[falling]
        steps = np.where(drop > 0, weights[falling] / np.where(drop > 0, drop, 1.0), 0.0)
        step = min(1.0, float(steps.min()))
        weights = weights + step * (affine - weights)
        keep = weights > _WEIGHT
        if keep.all():
            keep[int(np.argmin(weights))] = False
        corral = [k for k, kept in zip(corral, keep, strict=True) if kept]
        weights = weights[keep] / weights[keep].sum()


def _affine_minimum(points: Floats) -> Floats:
    """Weights, of sum one, of the point of the affine hull that is nearest to the origin."""
    k = len(points)
    system = np.zeros((k + 1, k + 1))
    system[:k, :k] = points @ points.T
    system[k, :k] = system[:k, k] = 1.0
    right = np.zeros(k + 1)
    right[k] = 1.0
    return np.asarray(np.linalg.lstsq(system, right, rcond=None)[0][:k], dtype=np.float64)


def _directions(points: Floats) -> Floats:
    differences = (points[1:] - points[0]).T
    if not differences.shape[1]:
        return np.zeros((points.shape[1], 0))
    left, singular, _ = np.linalg.svd(differences, full_matrices=False)
    return np.asarray(left[:, singular > _RANK * singular[0]], dtype=np.float64)

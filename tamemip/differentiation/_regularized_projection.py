"""Projection on the hull of finitely many points, exactly, and the faces it meets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction

from tamemip.arithmetic import generators
from tamemip.differentiation._cones import Vector, dot
from tamemip.errors import NotAllowedError

__all__ = ["Matrix", "faces_between", "project_on_hull", "projector"]

Matrix = tuple[Vector, ...]
_ZERO, _ONE = Fraction(0), Fraction(1)
#: Faces that are listed at most.
_MOST_FACES = 2_000


def project_on_hull(
    target: Vector, first: Vector, improve: Callable[[Vector], Vector | None]
) -> tuple[Vector, tuple[Vector, ...], Vector]:
    """The point of a polytope nearest to a target, by Wolfe's algorithm in rationals [1]_.

    Parameters
    ----------
    target
        The point that is projected.
    first
        A vertex of the polytope.
    improve
        From the difference ``g = x - target`` at a point ``x`` of the hull of known vertices to a
        vertex ``a`` with the least ``g a`` as far as is known, or None to stop.

    Returns
    -------
    point, atoms, weights
        The point, and the affinely independent vertices of which it is a positive combination.

    References
    ----------
    .. [1] P. Wolfe, "Finding the nearest point in a polytope", Mathematical Programming 11
       (1976), 128-149.
    """
    atoms, weights = [first], [_ONE]
    while True:
        x = _combination(atoms, weights)
        g = _minus(x, target)
        atom = improve(g)
        if atom is None or dot(g, atom) >= dot(g, x):
            return x, tuple(atoms), tuple(weights)
        atoms.append(atom)
        weights.append(_ZERO)
        _settle(atoms, weights, target)


def _settle(atoms: list[Vector], weights: list[Fraction], target: Vector) -> None:
    """Move to the nearest point of the affine hull, dropping atoms whose weight runs out."""
    while True:
        wanted = _affine_weights(atoms, target)
        if all(w > 0 for w in wanted):
            weights[:] = wanted
            return
        ratios = [w / (w - v) for w, v in zip(weights, wanted, strict=True) if v <= 0 and w != v]
        step = min(ratios, default=_ZERO)
        moved = [w + step * (v - w) for w, v in zip(weights, wanted, strict=True)]
        kept = [k for k, w in enumerate(moved) if w > 0]
        atoms[:] = [atoms[k] for k in kept]
        weights[:] = [moved[k] for k in kept]


def _affine_weights(atoms: Sequence[Vector], target: Vector) -> list[Fraction]:
    """Weights of sum 1 of the nearest point of the affine hull of independent atoms."""
    base = atoms[0]
    edges = [_minus(a, base) for a in atoms[1:]]
    inner = solve_dense(
        [[dot(u, v) for v in edges] for u in edges],
        [dot(u, _minus(target, base)) for u in edges],
    )
    return [_ONE - sum(inner, _ZERO), *inner]


def projector(atoms: Sequence[Vector]) -> Matrix:
    """The orthogonal projection on the directions of the affine hull of some points.

    Examples
    --------
    >>> zero, one = Fraction(0), Fraction(1)
    >>> [[str(v) for v in row] for row in projector([(zero, zero), (one, one)])]
    [['1/2', '1/2'], ['1/2', '1/2']]
    """
    n = len(atoms[0])
    basis: list[Vector] = []
    for atom in atoms[1:]:
        edge = _minus(atom, atoms[0])
        for b in basis:
            share = dot(edge, b) / dot(b, b)
            edge = tuple(e - share * v for e, v in zip(edge, b, strict=True))
        if any(edge):
            basis.append(edge)
    sizes = [dot(b, b) for b in basis]
    return tuple(
        tuple(
            sum((b[i] * b[j] / s for b, s in zip(basis, sizes, strict=True)), _ZERO)
            for j in range(n)
        )
        for i in range(n)
    )


def faces_between(point: Vector, atoms: Sequence[Vector]) -> tuple[tuple[Vector, ...], ...]:
    """The faces of the hull of some points that contain a point, the largest first.

    Raises
    ------
    NotAllowedError
        If there are too many.
    """
    tight = [facet for facet in _facets(atoms) if _gap(facet, point) == 0]
    whole = frozenset(range(len(atoms)))
    known = {whole}
    fresh = [whole]
    while fresh:
        face = fresh.pop()
        for facet in tight:
            smaller = frozenset(k for k in face if _gap(facet, atoms[k]) == 0)
            if smaller not in known:
                known.add(smaller)
                fresh.append(smaller)
        if len(known) > _MOST_FACES:
            raise NotAllowedError(
                f"the point lies on more than {_MOST_FACES} faces; ask near it, at generic costs."
            )
    ordered = sorted(known, key=lambda face: (-len(face), sorted(face)))
    return tuple(tuple(atoms[k] for k in sorted(face)) for face in ordered)


def _facets(atoms: Sequence[Vector]) -> tuple[Vector, ...]:
    """Rows ``(a, b)`` with ``a v <= b`` on all atoms, one a facet, the equations left out."""
    n = len(atoms[0])
    found = generators([(*v, -_ONE) for v in atoms], [_ZERO] * len(atoms), dimension=n + 1)
    return found.rays


def _gap(facet: Vector, point: Vector) -> Fraction:
    return facet[-1] - dot(facet[:-1], point)


def solve_dense(matrix: Sequence[Sequence[Fraction]], right: Sequence[Fraction]) -> list[Fraction]:
    """The solution of a regular system."""
    import flint

    size = len(right)
    if not size:
        return []
    left = flint.fmpq_mat(
        size, size, [flint.fmpq(v.numerator, v.denominator) for row in matrix for v in row]
    )
    column = flint.fmpq_mat(size, 1, [flint.fmpq(v.numerator, v.denominator) for v in right])
    solved = left.solve(column)
    return [Fraction(int(solved[k, 0].p), int(solved[k, 0].q)) for k in range(size)]


def _combination(atoms: Sequence[Vector], weights: Sequence[Fraction]) -> Vector:
    return tuple(
        sum((w * a[j] for w, a in zip(weights, atoms, strict=True)), _ZERO)
        for j in range(len(atoms[0]))
    )


def _minus(a: Vector, b: Vector) -> Vector:
    return tuple(x - y for x, y in zip(a, b, strict=True))

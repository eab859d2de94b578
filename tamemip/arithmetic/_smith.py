"""The finite group that a square integer matrix leaves behind."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, final

__all__ = ["Cokernel", "cokernel", "determinant"]

Matrix: TypeAlias = Sequence[Sequence[int]]


@final
@dataclass(frozen=True, slots=True)
class Cokernel:
    """The group ``Z^k / B Z^k`` as a product of cyclic groups, with the way into it.

    Attributes
    ----------
    moduli
        Orders of the cyclic factors, each dividing the next: the invariant factors of
        ``B`` beyond 1 (Smith 1861).
    images
        The image of each unit vector: one residue a factor.

    Examples
    --------
    >>> group = cokernel([[-1, 2], [5, 1]])
    >>> group.order, group.moduli
    (11, (11,))
    >>> group.image([-1, 5]), group.image([2, 1])
    ((0,), (0,))
    """

    moduli: tuple[int, ...]
    images: tuple[tuple[int, ...], ...]

    @property
    def order(self) -> int:
        """Number of elements: the absolute value of the determinant."""
        return math.prod(self.moduli)

    def image(self, vector: Sequence[int]) -> tuple[int, ...]:
        """The element that a vector stands for."""
        return tuple(
            sum(v * h[k] for v, h in zip(vector, self.images, strict=True)) % modulus
            for k, modulus in enumerate(self.moduli)
        )


def determinant(matrix: Matrix) -> int:
    """The determinant of a square integer matrix; 1 for the empty one."""
    import flint

    return int(flint.fmpz_mat(matrix).det()) if matrix else 1


def cokernel(matrix: Matrix) -> Cokernel:
    """The group ``Z^k / B Z^k`` of a nonsingular integer matrix ``B``, given by its rows.

    The Hermite form of the columns (FLINT) has ones on the diagonal but for a few places:
    unit vectors with a 1 are combinations of the others modulo ``B Z^k``. The Smith form of
    the small rest is found here, with the transformation that FLINT does not return.

    Raises
    ------
    ZeroDivisionError
        If the matrix is singular.
    """
    import flint

    k = len(matrix)
    if k == 0:
        return Cokernel((), ())
    hermite = [[int(v) for v in row] for row in flint.fmpz_mat(matrix).transpose().hnf().tolist()]
    if not all(hermite[i][i] for i in range(k)):
        raise ZeroDivisionError("the matrix is singular: the group is infinite")
    kept = [i for i in range(k) if hermite[i][i] > 1]
    moduli, into = _smith([[hermite[i][j] for j in kept] for i in kept])
    # Above a pivot 1 the Hermite form is 0, so a row reads e_i + (kept ones) = 0.
    words = [
        [int(i == j) for j in kept] if i in kept else [-hermite[i][j] for j in kept]
        for i in range(k)
    ]
    images = tuple(
        tuple(
            sum(w * row[c] for w, row in zip(word, into, strict=True)) % modulus
            for c, modulus in enumerate(moduli)
        )
        for word in words
    )
    significant = [c for c, modulus in enumerate(moduli) if modulus > 1]
    return Cokernel(
        tuple(moduli[c] for c in significant),
        tuple(tuple(image[c] for c in significant) for image in images),
    )


def _smith(relations: list[list[int]]) -> tuple[list[int], list[list[int]]]:
    """Invariant factors, and the matrix V of ``U R V = diag(factors)``, for rows R of relations.

    Row operations change the relations and not their lattice; column operations change the
    generators, and V says how: ``z -> z V`` leads into the product of cyclic groups.
    """
    n = len(relations)
    rows = [list(row) for row in relations]
    into = [[int(i == j) for j in range(n)] for i in range(n)]
    for t in range(n):
        while True:
            pivot = min(
                ((i, j) for i in range(t, n) for j in range(t, n) if rows[i][j]),
                key=lambda place: abs(rows[place[0]][place[1]]),
            )
            _swap(rows, into, t, *pivot)
            if not _clear(rows, into, t) and not _spread(rows, t):
                break
    return [abs(rows[t][t]) for t in range(n)], into


def _swap(rows: list[list[int]], into: list[list[int]], t: int, i: int, j: int) -> None:
    """Bring the entry (i, j) to (t, t)."""
    rows[t], rows[i] = rows[i], rows[t]
    for row in (*rows, *into):
        row[t], row[j] = row[j], row[t]


def _clear(rows: list[list[int]], into: list[list[int]], t: int) -> bool:
    """Reduce row and column t by the pivot; whether something is left of them."""
    pivot, n = rows[t][t], len(rows)
    for i in range(t + 1, n):
        q = rows[i][t] // pivot
        if q:
            rows[i] = [v - q * w for v, w in zip(rows[i], rows[t], strict=True)]
    for j in range(t + 1, n):
        q = rows[t][j] // pivot
        if q:
            for row in (*rows, *into):
                row[j] -= q * row[t]
    return any(rows[i][t] or rows[t][i] for i in range(t + 1, n))


def _spread(rows: list[list[int]], t: int) -> bool:
    """Add a row that the pivot does not divide to the pivot's row; whether there was one."""
    for i in range(t + 1, len(rows)):
        if any(v % rows[t][t] for v in rows[i][t + 1 :]):
            rows[t] = [v + w for v, w in zip(rows[t], rows[i], strict=True)]
            return True
    return False

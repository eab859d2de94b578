"""Singular matrices in a product of hulls of rows, and the refusal that shows one."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import final

from tamemip.differentiation._cones import Vector
from tamemip.errors import NotAllowedError

__all__ = ["SingularElementError", "determinant", "inverse", "singular_between"]

_ZERO, _ONE = Fraction(0), Fraction(1)
#: Larger matrices are not printed.
_SHOWN = 6


@final
class SingularElementError(NotAllowedError):
    """An implicit function was to be differentiated where an element is singular.

    Attributes
    ----------
    element
        An element of the conservative Jacobian of the equations, row by row and in rationals,
        whose block of the unknowns is singular.
    names
        Its columns.
    """

    def __init__(
        self, message: str, *, element: Sequence[Vector] = (), names: Sequence[str] = ()
    ) -> None:
        super().__init__(message)
        self.element = tuple(element)
        self.names = tuple(names)

    @classmethod
    def of(
        cls, element: Sequence[Vector], names: Sequence[str], unknowns: Sequence[str]
    ) -> SingularElementError:
        """The refusal for an element."""
        text = ""
        if len(element) <= _SHOWN and len(names) <= 2 * _SHOWN:
            rows = "; ".join(", ".join(map(str, row)) for row in element)
            text = f": [{rows}] by {', '.join(names)}"
        return cls(
            "the conservative Jacobian of the equations has an element whose block by "
            f"{', '.join(unknowns[:_SHOWN])} is singular{text}. The implicit function theorem says "
            "nothing here: ask at another point, or regularize the equations.",
            element=element,
            names=names,
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the facts."""
        return (_again, (self.args[0], self.element, self.names))


def _again(
    message: str, element: tuple[Vector, ...], names: tuple[str, ...]
) -> SingularElementError:
    return SingularElementError(message, element=element, names=names)


def determinant(rows: Sequence[Sequence[Fraction]]) -> Fraction:
    """The determinant of a square matrix of rationals."""
    found = _matrix(rows).det()
    return Fraction(int(found.p), int(found.q))


def inverse(rows: Sequence[Sequence[Fraction]]) -> tuple[Vector, ...]:
    """The inverse of a square matrix of rationals that has one."""
    found = _matrix(rows).inv()
    n = len(rows)
    return tuple(
        tuple(Fraction(int(found[i, j].p), int(found[i, j].q)) for j in range(n)) for i in range(n)
    )


def singular_between(
    first: Sequence[Vector], second: Sequence[Vector], columns: Sequence[int]
) -> tuple[Vector, ...]:
    """A matrix with a singular block, between two whose blocks have opposite determinants.

    Rows are exchanged one at a time; the determinant is affine in each, so that where its sign
    changes the weight of the root is rational.

    Parameters
    ----------
    first, second
        The matrices, row by row.
    columns
        Those of the block.
    """
    current = list(first)
    before = determinant(_block(current, columns))
    for i, row in enumerate(second):
        if not before:
            return tuple(current)
        old = current[i]
        current[i] = row
        after = determinant(_block(current, columns))
        if before * after < 0:
            weight = before / (before - after)
            current[i] = tuple(a + weight * (b - a) for a, b in zip(old, row, strict=True))
            return tuple(current)
        before = after
    assert not before, "the determinants have opposite signs"
    return tuple(current)


def _block(rows: Sequence[Vector], columns: Sequence[int]) -> list[list[Fraction]]:
    return [[row[j] for j in columns] for row in rows]


def _matrix(rows: Sequence[Sequence[Fraction]]):  # type: ignore[no-untyped-def]  # flint has no types
    import flint

    return flint.fmpq_mat([[flint.fmpq(v.numerator, v.denominator) for v in row] for row in rows])

"""Cones that are no polyhedra, and affine maps into them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from typing import TypeAlias, final

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import ExactMatrix
from tamemip.errors import InvalidInputError


@final
@dataclass(frozen=True, init=False)
class AffineMap:
    """The map ``x -> A x + b``, in exact data.

    Parameters
    ----------
    A
        One row an entry of the image, one number a column of the program.
    b
        One number a row.

    Raises
    ------
    InvalidInputError
        If the shapes do not fit, or a number is not finite.

    Examples
    --------
    >>> AffineMap([[1, 0], [0, "1/2"]], [0, 3]).shape
    (2, 2)
    """

    A: ExactMatrix
    b: tuple[Fraction, ...]

    def __init__(
        self, A: ExactMatrix | Sequence[Sequence[Number]], b: Sequence[Number | Fraction]
    ) -> None:
        matrix = A if isinstance(A, ExactMatrix) else _matrix(A)
        constants = tuple(rationalize(v, what=f"b[{i}]") for i, v in enumerate(b))
        if len(constants) != len(matrix):
            raise InvalidInputError(
                f"b has {len(constants)} entries, but A has {len(matrix)} rows; give one number a "
                "row."
            )
        object.__setattr__(self, "A", matrix)
        object.__setattr__(self, "b", constants)

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows, number of columns."""
        return self.A.shape


@final
@dataclass(frozen=True)
class SecondOrderCone:
    """``{x : u_0 >= sqrt(u_1^2 + ... + u_k^2)}``, with ``u`` the image of ``x``.

    Parameters
    ----------
    image
        The affine map; its first entry bounds the Euclidean norm of the others.

    Examples
    --------
    The disk of radius 2:

    >>> SecondOrderCone(AffineMap([[0, 0], [1, 0], [0, 1]], [2, 0, 0])).image.b[0]
    Fraction(2, 1)
    """

    image: AffineMap

    def __post_init__(self) -> None:
        _require_rows(self, self.image, 1, "the bound, then the entries of the norm")


@final
@dataclass(frozen=True)
class RotatedSecondOrderCone:
    """``{x : 2 u_0 u_1 >= u_2^2 + ... + u_k^2, u_0 >= 0, u_1 >= 0}``, with ``u`` the image.

    Parameters
    ----------
    image
        The affine map; its first two entries are the factors.

    Examples
    --------
    The points over a parabola:

    >>> over = RotatedSecondOrderCone(AffineMap([[0, 1], [0, 0], [1, 0]], [0, "1/2", 0]))
    >>> over.image.shape
    (3, 2)
    """

    image: AffineMap

    def __post_init__(self) -> None:
        _require_rows(self, self.image, 2, "two factors, then the entries of the norm")


@final
@dataclass(frozen=True)
class SemidefiniteCone:
    """``{x : U is positive semidefinite}``, for a symmetric matrix ``U`` affine in ``x``.

    Parameters
    ----------
    image
        The lower triangle of ``U``, row by row: ``u_00, u_10, u_11, u_20, ...``.

    Examples
    --------
    >>> SemidefiniteCone(AffineMap([[1], [0], [1]], [0, 1, 0])).order
    2
    """

    image: AffineMap

    def __post_init__(self) -> None:
        _require_rows(self, self.image, 1, "the lower triangle of a matrix, row by row")
        count = len(self.image.b)
        if self.order * (self.order + 1) // 2 != count:
            raise InvalidInputError(
                f"a lower triangle has 1, 3, 6, 10, ... entries, not {count}; give the entries "
                "on and below the diagonal, row by row."
            )

    @property
    def order(self) -> int:
        """Number of rows of the matrix."""
        return (isqrt(8 * len(self.image.b) + 1) - 1) // 2


@final
@dataclass(frozen=True)
class ExponentialCone:
    """The closure of ``{x : u_1 exp(u_0 / u_1) <= u_2, u_1 > 0}``, with ``u`` the image.

    The closure adds the face ``u_0 <= 0, u_1 = 0, u_2 >= 0``.

    Parameters
    ----------
    image
        The affine map, of three entries.

    References
    ----------
    .. [1] V. Chandrasekaran, P. Shah, "Relative entropy optimization and its applications",
       Mathematical Programming 161 (2017), 1-32.

    Examples
    --------
    The points over the graph of exp:

    >>> ExponentialCone(AffineMap([[1, 0], [0, 0], [0, 1]], [0, 1, 0])).image.shape
    (3, 2)
    """

    image: AffineMap

    def __post_init__(self) -> None:
        _require_rows(self, self.image, 3, "three entries")
        if len(self.image.b) != 3:
            raise InvalidInputError(
                f"an exponential cone has three entries, and the map has {len(self.image.b)} "
                "rows; use one cone for each three of them."
            )


@final
@dataclass(frozen=True, init=False)
class PowerCone:
    """``{x : u_1^a_1 ... u_k^a_k >= |u_0|, u_1, ..., u_k >= 0}``, with ``u`` the image.

    Parameters
    ----------
    image
        The affine map; its first entry is the one that is bounded.
    exponents
        Positive rationals with the sum 1, one for each other entry.

    Raises
    ------
    InvalidInputError
        If the exponents are not positive, do not add up to 1, or do not fit the map.

    References
    ----------
    .. [1] R. Chares, "Cones and interior-point algorithms for structured convex optimization
       involving powers and exponentials", thesis, Louvain-la-Neuve 2009.

    Examples
    --------
    >>> mean = PowerCone(AffineMap([[1, 0, 0], [0, 1, 0], [0, 0, 1]], [0] * 3), ["1/3", "2/3"])
    >>> mean.exponents
    (Fraction(1, 3), Fraction(2, 3))
    """

    image: AffineMap
    exponents: tuple[Fraction, ...]

    def __init__(self, image: AffineMap, exponents: Sequence[Number]) -> None:
        _require_rows(self, image, 2, "the bounded entry, then the factors")
        found = tuple(rationalize(v, what=f"exponents[{k}]") for k, v in enumerate(exponents))
        if len(found) != len(image.b) - 1:
            raise InvalidInputError(
                f"the map has {len(image.b) - 1} entries after the first, but there are "
                f"{len(found)} exponents; give one for each."
            )
        if any(v <= 0 for v in found) or sum(found) != 1:
            raise InvalidInputError(
                f"the exponents are {', '.join(map(str, found))}, with the sum {sum(found)}; they "
                "have to be positive with the sum 1. Give them as fractions, such as '1/3'."
            )
        object.__setattr__(self, "image", image)
        object.__setattr__(self, "exponents", found)


Cone: TypeAlias = (
    SecondOrderCone | RotatedSecondOrderCone | SemidefiniteCone | ExponentialCone | PowerCone
)
"""A cone with an affine map into it."""


def _matrix(A: Sequence[Sequence[Number]]) -> ExactMatrix:
    rows = [
        tuple(rationalize(v, what=f"A[{i}, {j}]") for j, v in enumerate(row))
        for i, row in enumerate(A)
    ]
    widths = {len(row) for row in rows}
    if len(widths) != 1:
        found = ", ".join(map(str, sorted(widths))) or "no"
        raise InvalidInputError(
            f"A has rows of {found} entries; give one number a column of the program in each row."
        )
    sparse = tuple(tuple((j, v) for j, v in enumerate(row) if v) for row in rows)
    return ExactMatrix(sparse, widths.pop())


def _require_rows(cone: Cone, image: AffineMap, least: int, what: str) -> None:
    kind = type(cone).__name__
    if not isinstance(image, AffineMap):
        raise InvalidInputError(f"a {kind} takes an AffineMap(A, b), not {type(image).__name__}.")
    if len(image.b) < least:
        raise InvalidInputError(
            f"the map into a {kind} has {len(image.b)} rows; it has {least} or more: {what}."
        )

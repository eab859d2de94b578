"""A conservative Jacobian: a product of blocks of rows, each the hull of finitely many points."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, product
from typing import TYPE_CHECKING, TypeAlias, cast, final

import numpy as np

from tamemip.arithmetic import rationalize
from tamemip.differentiation._calculus_numbers import Real, middle
from tamemip.differentiation._calculus_sets import GeneratorSet
from tamemip.differentiation._cones import Vector
from tamemip.errors import InvalidInputError, NotAllowedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.arithmetic import Number

__all__ = ["ConservativeJacobian", "JacobianBlock", "Matrix"]

Matrix: TypeAlias = "tuple[Vector, ...]"
"""Rows of rationals."""

#: Generators that `str` shows.
_SHOWN = 8


@final
@dataclass(frozen=True, slots=True)
class JacobianBlock:
    """Some rows of a Jacobian that move together.

    Attributes
    ----------
    n_rows
        How many rows.
    entries
        The set of their entries, flat, row by row.
    """

    n_rows: int
    entries: GeneratorSet


@final
@dataclass(frozen=True, eq=False, repr=False)
class ConservativeJacobian:
    r"""A conservative Jacobian of a map at a point: a product of hulls of finitely many rows.

    Every element `J` of a conservative field obeys the chain rule along every absolutely
    continuous curve, :math:`(f \circ \gamma)'(t) = J \gamma'(t)` for almost every `t` [1]_.

    Obtain one from `tamemip.conservative_jacobian` or `tamemip.implicit_jacobian`.

    Attributes
    ----------
    names
        The columns: what the map is differentiated in.
    at
        Where, one number a column.
    values
        The values of the map there: rationals, or intervals that hold irrational ones.
    blocks
        The rows. Blocks vary independently of each other.
    reasons
        Which hypotheses were checked.

    References
    ----------
    .. [1] J. Bolte, E. Pauwels, "Conservative set valued fields, automatic differentiation,
       stochastic gradient methods and deep learning", Mathematical Programming 188 (2021),
       19-51.
    """

    names: tuple[str, ...]
    at: Vector
    values: tuple[Real, ...]
    blocks: tuple[JacobianBlock, ...]
    reasons: tuple[str, ...] = ()

    # -- what it is ------------------------------------------------------------------------

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return len(self.values), len(self.names)

    @property
    def is_exact(self) -> bool:
        """Whether the generators are rational and no box is added to their hull.

        If not, the set is the hull of the generators plus a box of half width `radius`: because
        derivatives are irrational, or because of the cap (see `is_outer`).
        """
        return all(block.entries.is_exact for block in self.blocks)

    @property
    def is_outer(self) -> bool:
        """Whether it only *contains* a conservative Jacobian.

        Because there would be more generators than the cap, and a box is stated in their place;
        or because two irrational numbers could not be told apart. Elements of a larger set need
        not obey the chain rule.
        """
        return any(block.entries.is_outer for block in self.blocks)

    @property
    def is_singleton(self) -> bool:
        """Whether it is one matrix: then the map is strictly differentiable at the point."""
        return all(block.entries.is_singleton for block in self.blocks)

    @property
    def n_generators(self) -> int:
        """How many generators there are."""
        count = 1
        for block in self.blocks:
            count *= len(block.entries.points)
        return count

    @property
    def value(self) -> NDArray[np.float64]:
        """The values of the map, as floats."""
        return np.array([float(middle(v)[0]) for v in self.values])

    @property
    def exact_value(self) -> Vector:
        """The values of the map in rationals.

        Raises
        ------
        NotAllowedError
            If one is irrational; `values` has an interval for it.
        """
        if not all(isinstance(v, Fraction) for v in self.values):
            raise NotAllowedError("a value is irrational: see `values` for intervals.")
        return tuple(v for v in self.values if isinstance(v, Fraction))

    @property
    def element(self) -> NDArray[np.float64]:
        """One generator, as floats of shape `shape`; within `radius` of an element."""
        return self._floats(self.exact_element)

    @property
    def exact_element(self) -> Matrix:
        """One generator in rationals."""
        return next(self._matrices())

    @property
    def generators(self) -> tuple[NDArray[np.float64], ...]:
        """Matrices whose convex hull, plus the box `radius`, is the set; as floats."""
        return tuple(self._floats(matrix) for matrix in self.exact_generators)

    @property
    def exact_generators(self) -> tuple[Matrix, ...]:
        """`generators` in rationals. There are `n_generators` of them."""
        return tuple(self._matrices())

    @property
    def radius(self) -> NDArray[np.float64]:
        """Half the width of the box that is added to the hull, entry by entry; rounded up."""
        rows = [row for block in self.blocks for row in _rows(block.entries.radius, block.n_rows)]
        floats = np.array([[float(v) for v in row] for row in rows]).reshape(self.shape)
        return np.where(floats > 0, np.nextafter(floats, np.inf), 0.0)

    def row(self, i: int) -> tuple[Vector, ...]:
        """The generators of one row, in rationals."""
        start = 0
        for block in self.blocks:
            if i < start + block.n_rows:
                found = (_rows(p, block.n_rows)[i - start] for p in block.entries.points)
                return tuple(dict.fromkeys(found))
            start += block.n_rows
        raise InvalidInputError(f"there is no row {i}; the Jacobian has the shape {self.shape}.")

    # -- questions -------------------------------------------------------------------------

    def contains(self, matrix: object) -> bool:
        """Whether a matrix lies in the set, decided exactly.

        If the set is not exact or only an outer one, "no" still is a proof.

        Parameters
        ----------
        matrix
            Of shape `shape`; one row may stand alone. Floats are read as the decimals that they
            print.

        Raises
        ------
        InvalidInputError
            If the shape does not fit.
        """
        rows = self._read(matrix)
        start = 0
        for block in self.blocks:
            flat = tuple(v for row in rows[start : start + block.n_rows] for v in row)
            if not block.entries.contains(flat):
                return False
            start += block.n_rows
        return True

    def support(self, direction: object) -> float:
        """The largest ``sum(J * direction)`` over the set, as a float.

        Parameters
        ----------
        direction
            Of shape `shape`; one row may stand alone.
        """
        return float(self.exact_support(direction))

    def exact_support(self, direction: object) -> Fraction:
        """`support` as a rational: exact, or an upper bound if the set is not exact."""
        rows = self._read(direction)
        total, start = Fraction(0), 0
        for block in self.blocks:
            flat = tuple(v for row in rows[start : start + block.n_rows] for v in row)
            total += block.entries.support(flat)
            start += block.n_rows
        return total

    # -- shapes ----------------------------------------------------------------------------

    def _matrices(self) -> Iterator[Matrix]:
        parts = [[_rows(p, block.n_rows) for p in block.entries.points] for block in self.blocks]
        for chosen in product(*parts):
            yield tuple(row for part in chosen for row in part)

    def _floats(self, matrix: Matrix) -> NDArray[np.float64]:
        return np.array([[float(v) for v in row] for row in matrix]).reshape(self.shape)

    def _read(self, given: object) -> Matrix:
        rows = given.tolist() if isinstance(given, np.ndarray) else given
        m, n = self.shape
        if m == 1 and isinstance(rows, Sequence) and len(rows) == n and _is_flat(rows):
            rows = [rows]
        if not isinstance(rows, Sequence) or len(rows) != m or any(_width(r) != n for r in rows):
            raise InvalidInputError(f"a matrix of the shape {self.shape} is expected.")
        return tuple(
            tuple(rationalize(v, what="an entry") for v in cast("Sequence[Number]", row))
            for row in rows
        )

    # -- how it prints ---------------------------------------------------------------------

    def __repr__(self) -> str:
        n = self.n_generators
        notes = [f"{n} generator{'s' * (n != 1)}"]
        notes += ["with a box around them"] * (not self.is_exact)
        notes += ["an outer approximation"] * self.is_outer
        return f"ConservativeJacobian(shape {self.shape}, {', '.join(notes)})"

    def __str__(self) -> str:
        point = ", ".join(f"{n} = {v}" for n, v in zip(self.names, self.at, strict=True))
        lines = [repr(self), f"  at {point}" if point else "  of a constant"]
        for matrix in islice(self._matrices(), _SHOWN):
            rows = "; ".join(", ".join(_short(v) for v in row) for row in matrix)
            lines.append(f"  [{rows}]")
        if self.n_generators > _SHOWN:
            lines.append(f"  ... and {self.n_generators - _SHOWN} more")
        lines += [f"  because {reason}" for reason in self.reasons]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def _rows(flat: Vector, n_rows: int) -> Matrix:
    n = len(flat) // n_rows
    return tuple(flat[i * n : (i + 1) * n] for i in range(n_rows))


def _is_flat(rows: Sequence[object]) -> bool:
    return not any(isinstance(v, Sequence) and not isinstance(v, str) for v in rows)


def _width(row: object) -> int:
    return len(row) if isinstance(row, Sequence) and not isinstance(row, str) else -1


def _short(v: Fraction) -> str:
    text = str(v)
    return text if len(text) <= 24 else repr(float(v))

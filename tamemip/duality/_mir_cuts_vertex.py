"""What a vertex of the relaxation violates: many aggregated rows, rounded in floats."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

#: Floats this close to an integer are one.
_WHOLE = 1e-9
#: Values this close to an integer count as integral, and to a bound as at it.
_INTEGRAL = 1e-6
#: Fractions nearer to 0 or 1 than this are not tried.
_LEAST_FRACTION = 1e-2


@final
@dataclass(frozen=True)
class Columns:
    """Values, upper bounds and integrality of some columns."""

    point: Floats
    upper: Floats
    integer: Flags

    def at(self, places: NDArray[np.int64]) -> Columns:
        """Some of the columns."""
        return Columns(self.point[places], self.upper[places], self.integer[places])

    @cached_property
    def fractional(self) -> Flags:
        """Integer columns with a fractional value."""
        distance = np.abs(self.point - np.round(self.point))
        found: Flags = self.integer & (distance > _INTEGRAL)
        return found

    @cached_property
    def complemented(self) -> Flags:
        """Columns that are nearer to their upper bounds than to zero."""
        found: Flags = np.isfinite(self.upper) & (2 * self.point > self.upper)
        return found

    def fractions(self, rows: Floats, right: Floats, complemented: Flags) -> Floats:
        """The fraction ``r`` of each aggregated row, some columns counted from above."""
        moved = right - rows @ np.where(complemented, self.upper, 0.0)
        result: Floats = moved - np.floor(moved)
        return result

    def depths(
        self,
        rows: Floats,
        right: Floats,
        *,
        paid: Floats,
        paid_right: Floats,
        complemented: Flags,
    ) -> tuple[Floats, Floats]:
        """Round aggregated rows: how deep the cuts are for their lengths; their coefficients.

        Parameters
        ----------
        rows, right
            Shape ``(k, n)`` and ``(k,)``: sums of weighted rows.
        paid, paid_right
            What their negative weights add up to.
        complemented
            Columns that are counted from their upper bounds.
        """
        u = np.where(complemented, self.upper, 0.0)
        moved = right - rows @ u
        r = self.fractions(rows, right, complemented)
        is_good = (r > _LEAST_FRACTION) & (r < 1 - _LEAST_FRACTION)
        r = np.where(is_good, r, 0.5)[:, None]
        sign = np.where(complemented, -1.0, 1.0)
        turned = rows * sign
        rounded = np.where(self.integer, _rounding(turned, r), np.maximum(turned, 0.0) / r)
        coefficients = rounded * sign + paid / r
        rhs = np.ceil(moved) + (rounded * sign) @ u + paid_right / r[:, 0]
        norm = np.sqrt((coefficients**2).sum(axis=1))
        depth = (rhs - coefficients @ self.point) / np.maximum(norm, 1e-9)
        return np.where(is_good, depth, -np.inf), coefficients


@final
@dataclass(frozen=True)
class MixedVertex:
    """A point to cut off among the rows of the relaxation.

    Attributes
    ----------
    columns
        The point.
    matrix, rhs, is_equation, has_integer_slack
        The rows of the relaxation, in floats.
    """

    columns: Columns
    matrix: sparse.csr_array
    rhs: Floats
    is_equation: Flags
    has_integer_slack: Flags

    @cached_property
    def slack(self) -> Floats:
        """By row; not negative."""
        return np.maximum(np.asarray(self.matrix @ self.columns.point - self.rhs), 0.0)

    @cached_property
    def transposed(self) -> sparse.csr_array:
        """The matrix by column."""
        return sparse.csr_array(self.matrix.T)

    def aggregated(self, weights: Floats) -> Floats:
        """Sums of weighted rows; `weights` and the result have one row each."""
        return np.ascontiguousarray(np.asarray(self.transposed @ weights.T).T)

    def paid(self, weights: Floats) -> tuple[Floats, Floats]:
        """What the negative weights of inequalities add up to, taken positive: rows, rhs."""
        negative = np.where(self.is_equation, 0.0, np.maximum(-weights, 0.0))
        return self.aggregated(negative), negative @ self.rhs


def _rounding(t: Floats, r: Floats) -> Floats:
    nearest = np.round(t)
    t = np.where(np.abs(t - nearest) < _WHOLE, nearest, t)
    whole = np.floor(t)
    return whole + np.minimum((t - whole) / r, 1.0)

"""An optimal point with its integers held, its duals, and where it sits."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.layers._cell import Cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.layers._answer import Floats
    from tamemip.programs import MixedIntegerProgram

    Mask = NDArray[np.bool_]

#: Linear programs are solved to 1e-7, relative to what a row or bound is.
TIGHT = 1e-7


@final
@dataclass(frozen=True, eq=False)
class Vertex:
    """A vertex of the linear program that is left when the integers are held; min orientation.

    Attributes
    ----------
    program
        The program of the item.
    x
        The point, shape ``(n,)``.
    y
        Duals of the rows, of the minimization, shape ``(m,)``.
    """

    program: MixedIntegerProgram
    x: Floats
    y: Floats

    @cached_property
    def sign(self) -> float:
        """1 for a minimum, -1 for a maximum."""
        return 1.0 if self.program.sense == "min" else -1.0

    @cached_property
    def z(self) -> Floats:
        """Reduced costs of the minimization."""
        if not self.y.any():
            return np.asarray(self.sign * self.program.c, dtype=np.float64)
        return np.asarray(self.sign * self.program.c - self.program.A.T @ self.y, dtype=np.float64)

    # -- where the point sits --------------------------------------------------------------

    @cached_property
    def continuous(self) -> Mask:
        """Continuous columns that can move."""
        return np.asarray(~self.program.integrality & (self.program.lower < self.program.upper))

    @cached_property
    def is_equation(self) -> Mask:
        """Rows that are equations."""
        return np.array([sense == "=" for sense in self.program.row_sense], dtype=np.bool_)

    @cached_property
    def slack(self) -> Floats:
        """How far each row is from equality."""
        return np.asarray(np.abs(self.program.A @ self.x - self.program.rhs), dtype=np.float64)

    @cached_property
    def tight(self) -> Mask:
        """Rows that hold with equality."""
        near = self.slack <= TIGHT * np.maximum(1.0, np.abs(self.program.rhs))
        return np.asarray(near | self.is_equation)

    @cached_property
    def at_lower(self) -> Mask:
        """Columns at their lower bound."""
        return _touches(self.x, self.program.lower)

    @cached_property
    def at_upper(self) -> Mask:
        """Columns at their upper bound."""
        return _touches(self.x, self.program.upper)

    @cached_property
    def inside(self) -> Mask:
        """Continuous columns strictly between their bounds."""
        return np.asarray(self.continuous & ~self.at_lower & ~self.at_upper)

    @cached_property
    def repairable(self) -> Mask:
        """Rows that some continuous column enters."""
        if not self.continuous.any():
            return np.zeros(self.program.n_rows, dtype=np.bool_)
        sizes = abs(self.program.A) @ self.continuous.astype(np.float64)
        return np.asarray(sizes > 0)

    @cached_property
    def is_degenerate(self) -> bool:
        """Whether more rows are tight than columns are free to adapt: duals may not be unique."""
        if not self.continuous.any():
            return False
        return bool((self.tight & self.repairable).sum() != self.inside.sum())

    # -- derivatives of the user's value ---------------------------------------------------

    def duals(self) -> Floats:
        """Derivative of the value by the right-hand sides."""
        return np.asarray(self.sign * self.y + 0.0, dtype=np.float64)

    def by_lower(self) -> Floats:
        """Derivative of the value by the lower bounds: zero for integer columns."""
        return np.where(self.continuous, self.sign * np.maximum(self.z, 0.0), 0.0) + 0.0

    def by_upper(self) -> Floats:
        """Derivative of the value by the upper bounds: zero for integer columns."""
        return np.where(self.continuous, self.sign * np.minimum(self.z, 0.0), 0.0) + 0.0

    def cell(self) -> Cell:
        """Where the solution is affine in the data."""
        rows = np.flatnonzero(self.tight & self.repairable)
        columns = np.flatnonzero(self.inside)
        held = self.continuous & ~self.inside
        return Cell(self.program.A, self.x, rows, columns, held & self.at_lower, held)


def _touches(x: Floats, bound: Floats) -> Mask:
    finite = np.isfinite(bound)
    place = np.where(finite, bound, 0.0)
    return np.asarray(finite & (np.abs(x - place) <= TIGHT * np.maximum(1.0, np.abs(place))))

"""The rows of a cut system as arrays, and the way back."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy import sparse

from tamemip.duality._rounding_cuts_rows import SAFE, Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._cut_system import CutSystem


@final
@dataclass(frozen=True, slots=True)
class IntegerRelaxation:
    """``min cost x``, integer rows, ``0 <= x <= upper``: the rows without bounds.

    Attributes
    ----------
    cost
        Integer costs, in units of the granularity of the system.
    origin
        Pairs (row of the system, sign): what each row is. Rows with a fractional
        right-hand side are rounded up here, and fractional equations taken twice; rows
        with a huge right-hand side are left out, which only weakens what is found.
    """

    cost: NDArray[np.int64]
    upper: NDArray[np.float64]
    rows: Rows
    is_equation: NDArray[np.bool_]
    origin: tuple[tuple[int, int], ...]

    @classmethod
    def of(cls, system: CutSystem) -> IntegerRelaxation:
        """Read the rows of the canonical form off a system, at its right-hand side."""
        origin: list[tuple[int, int]] = []
        for i in system.structural_rows:
            signs = (1, -1) if system.is_free(i) and not _is_whole(system, i) else (1,)
            origin += [(i, sign) for sign in signs if -SAFE < system.rhs(i) < SAFE]
        dense = [sign * system.coefficients(i) for i, sign in origin]
        matrix = np.array(dense, dtype=np.int64).reshape(-1, system.n_cols)
        right = [math.ceil(sign * system.rhs(i)) for i, sign in origin]
        upper = np.array(system.upper, dtype=np.float64)
        return cls(
            cost=system.cost,
            upper=np.where((upper < 0) | (upper >= SAFE), np.inf, upper),
            rows=Rows(sparse.csr_array(matrix), np.array(right, dtype=np.int64)),
            is_equation=np.array(
                [system.is_free(i) and _is_whole(system, i) for i, _ in origin], dtype=bool
            ),
            origin=tuple(origin),
        )

    def row_in(self, system: CutSystem, i: int) -> int:
        """The row of the system that row `i` here is; a rounded one becomes a cut there."""
        row, sign = self.origin[i]
        if sign == 1 and system.rhs(row) == self.rows.rhs[i]:
            return row
        number = system.add([row], [sign], 1)
        if number is None:
            raise AssertionError("a row of a cut system is too large for the system")
        return number


def _is_whole(system: CutSystem, i: int) -> bool:
    return math.ceil(system.rhs(i)) == system.rhs(i)

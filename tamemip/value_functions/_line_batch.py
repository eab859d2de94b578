"""A function on a line at many steps at once, in floats."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.functions import nearest_float
from tamemip.value_functions._line_pieces import Cell

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Floats this close to a break, relatively, are left to exact arithmetic.
_NEAR_A_BREAK = 1e-9


@final
class LineTable:
    """The cells of a function on a line as arrays.

    Parameters
    ----------
    cells
        Points and open intervals in turn.
    """

    def __init__(self, cells: Sequence[Cell]) -> None:
        inner = [cell for cell in cells if not cell.is_point]
        self._breaks = np.array([float(cell.lo) for cell in cells[::2]])
        self._slopes = np.array([float(cell.slope or 0) for cell in inner])
        self._starts = np.array([_float_at(cell, cell.lo) for cell in inner])

    def values(self, steps: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Values, and which of them are too close to a break to be told by floats."""
        if len(self._breaks) < 2:
            return np.full(len(steps), math.nan), np.full(len(steps), True)
        k = np.clip(np.searchsorted(self._breaks, steps) - 1, 0, len(self._starts) - 1)
        # An infinite value is a constant: its slope is 0.
        values = self._starts[k] + self._slopes[k] * (steps - self._breaks[k])
        room = np.minimum(abs(steps - self._breaks[k]), abs(steps - self._breaks[k + 1]))
        return values, room <= _NEAR_A_BREAK * np.maximum(1.0, abs(steps))


def _float_at(cell: Cell, t: Fraction) -> float:
    value = cell.at(t)
    return math.nan if value is None else nearest_float(value)

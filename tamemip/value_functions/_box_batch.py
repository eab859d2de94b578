"""Values at many parameters at once, in floats that know where they are not sure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from tamemip.value_functions._box_cells import AffineForm, BoxCell, BoxNode, Plane

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Relative to the sizes of all terms, millions of times their rounding errors.
_MARGIN = 1e-10
#: Floats that are multiples of this print all of their digits; sums of them are exact.
_GRID = 2.0**-10
_EXACT = 2.0**53


def box_values(
    root: BoxNode, theta: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values at an array of shape ``(n, k)``, and where they have to be read exactly."""
    values = np.full(len(theta), math.nan)
    unsure = np.zeros(len(theta), dtype=bool)
    is_short = (theta == np.rint(theta / _GRID) * _GRID).all(axis=1)
    stack = [(root, np.arange(len(theta)))]
    while stack:
        node, here = stack.pop()
        if not len(here):
            continue
        if isinstance(node, BoxCell):
            values[here] = _values_in(node, theta[here])
            continue
        heights, is_sure = _heights(node.plane, theta[here], is_short[here])
        unsure[here[~is_sure]] = True
        stack.append((node.at_least, here[is_sure & (heights >= 0)]))
        stack.append((node.below, here[is_sure & (heights < 0)]))
    return values, unsure


def _heights(
    plane: Plane, theta: NDArray[np.float64], is_short: NDArray[np.bool_]
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Values of a plane, and whether their signs are sure."""
    numbers = np.array(plane.coefficients, dtype=np.float64)
    terms = theta * numbers
    heights = terms.sum(axis=1) + float(plane.constant)
    sizes = np.abs(terms).sum(axis=1) + abs(float(plane.constant))
    largest = max(map(abs, (plane.constant, *plane.coefficients)))
    is_exact = is_short & (sizes < _EXACT * _GRID) & (largest < _EXACT)
    return heights, is_exact | (np.abs(heights) > _MARGIN * sizes)


def _values_in(cell: BoxCell, theta: NDArray[np.float64]) -> NDArray[np.float64] | float:
    if isinstance(cell.value, AffineForm):
        rates = np.array([float(v) for v in cell.value.coefficients])
        values: NDArray[np.float64] = theta @ rates + float(cell.value.constant)
        return values
    return math.nan if cell.value is None else cell.value

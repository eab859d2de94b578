"""The picture of a value function on a box."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from tamemip.errors import NotAllowedError
from tamemip.value_functions._axes import COLOR, GAP, INFEASIBLE, mark_ends, new_axes
from tamemip.value_functions._box_cells import AffineForm, BoxCell

if TYPE_CHECKING:
    from tamemip.value_functions._box_value import BoxValueFunction


def plot_box(v: BoxValueFunction, ax: Any) -> Any:
    """Draw a function of one or two parameters; return the axes."""
    k = len(v.parameters.rows)
    if k not in (1, 2):
        raise NotAllowedError(
            f"plot() draws functions of one or two moving rows; this one has {k}. Make one on a "
            "box in which fewer rows move."
        )
    axes = new_axes() if ax is None else ax
    if k == 1:
        _graph(v, axes)
    else:
        _map(v, axes)
    return axes


def _graph(v: BoxValueFunction, axes: Any) -> None:
    """Pieces with closed ends filled and open ends hollow."""
    filled: set[tuple[Fraction, Fraction]] = set()
    hollow: set[tuple[Fraction, Fraction]] = set()
    for cell in v.cells:
        ends = sorted(theta[0] for theta in cell.vertices)
        if not isinstance(cell.value, AffineForm):
            shade, alpha = (GAP, 0.2) if cell.value is None else (INFEASIBLE, 1.0)
            axes.axvspan(float(ends[0]), float(ends[-1]), color=shade, alpha=alpha, lw=0, zorder=0)
            continue
        values = [cell.value.at((t,)) for t in ends]
        axes.plot([float(t) for t in ends], [float(x) for x in values], color=COLOR)
        for t, x in zip(ends, values, strict=True):
            (filled if cell.holds((t,)) else hollow).add((t, x))
    mark_ends(axes, filled, hollow)
    axes.set_xlabel(v.program.row_names[v.parameters.rows[0]])
    axes.set_ylabel("value")


def _map(v: BoxValueFunction, axes: Any) -> None:
    """Cells as polygons, their colors from the values, interpolated inside."""
    import matplotlib as mpl

    finite = [cell for cell in v.cells if isinstance(cell.value, AffineForm)]
    ends = [float(x) for cell in finite for x in map(_finite(cell), cell.vertices)]
    norm = mpl.colors.Normalize(min(ends, default=0.0), max(ends, default=1.0))
    for cell in v.cells:
        corners = _around(cell)
        if isinstance(cell.value, AffineForm):
            values = [float(cell.value.at(theta)) for theta in cell.vertices]
            at = np.array([[float(x) for x in theta] for theta in cell.vertices])
            if len(at) > 2 and np.linalg.matrix_rank(at - at[0]) == 2:
                axes.tripcolor(*at.T, values, shading="gouraud", norm=norm, zorder=0)
            else:
                axes.plot(*at.T, color="k", marker="o", markersize=2, lw=1, zorder=2)
        else:
            face, alpha = (GAP, 0.3) if cell.value is None else (INFEASIBLE, 1.0)
            axes.fill(*corners.T, facecolor=face, alpha=alpha, lw=0, zorder=0)
        axes.fill(*corners.T, fill=False, edgecolor="0.3", lw=0.5, zorder=1)
    for name, axis in zip(v.parameters.rows, (axes.set_xlabel, axes.set_ylabel), strict=True):
        axis(v.program.row_names[name])
    axes.figure.colorbar(mpl.cm.ScalarMappable(norm), ax=axes, label="value")


def _finite(cell: BoxCell) -> Any:
    assert isinstance(cell.value, AffineForm)
    return cell.value.at


def _around(cell: BoxCell) -> Any:
    """The vertices of a polygon in order, as floats."""
    at = np.array([[float(x) for x in theta] for theta in cell.vertices])
    middle = at.mean(axis=0)

    def angle(k: int) -> float:
        return math.atan2(at[k, 1] - middle[1], at[k, 0] - middle[0])

    return at[sorted(range(len(at)), key=angle)]

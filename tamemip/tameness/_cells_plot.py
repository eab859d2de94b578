"""The picture of a semilinear function of one or two variables."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tamemip.certificates import Enclosure
from tamemip.errors import MissingDependencyError
from tamemip.tameness._cells_decomposition import Cell, CellDecomposition, cells
from tamemip.tameness._cells_geometry import Region
from tamemip.value_functions import AffineForm

if TYPE_CHECKING:
    from tamemip.tameness._verdict import Verdict

_COLOR, _UNDEFINED = "C0", "0.9"
_MARGIN = Fraction(1)
"""What an unbounded picture shows beyond the vertices, at least."""

Point = tuple[Fraction, ...]


def plot(verdict: Verdict, *, ax: Any = None) -> Any:
    """Draw the cells of a semilinear function of one or two variables.

    In one variable: its graph, with a full dot where an end of a piece belongs to the graph
    and a hollow one where it does not. In two: the cells, colored by the value, with full
    lines where a side belongs to the cell that is drawn and dots for cells that are points.
    Gray: undefined. Of an unbounded domain a part around the vertices is shown.

    Parameters
    ----------
    verdict
        Certified semilinear.
    ax
        Matplotlib axes to draw on; new ones if None.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    NotAllowedError, UnsupportedError
        As for the cells.
    """
    return plot_cells(cells(verdict), ax=ax)


def plot_cells(found: CellDecomposition, *, ax: Any = None) -> Any:
    """Draw cells; return the axes."""
    axes = _new_axes() if ax is None else ax
    window = [_window(found, i) for i in range(len(found.names))]
    if len(found.names) == 1:
        _graph(found, window, axes)
    else:
        _map(found, window, axes)
    return axes


def _new_axes() -> Any:
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError:
        raise MissingDependencyError(
            "plot() was asked for, but Matplotlib is not installed; it comes with: "
            "pip install 'tamemip[plot]'.",
            name="matplotlib",
        ) from None
    return plt.subplots()[1]


def _window(found: CellDecomposition, i: int) -> Enclosure:
    """The interval of a coordinate that is shown."""
    e = found.domain.interval(found.names[i])
    if e.is_bounded:
        return e
    shown = [v[i] for cell in found for v in cell.vertices]
    low, high = min(shown, default=Fraction(0)), max(shown, default=Fraction(0))
    margin = max((high - low) / 4, _MARGIN)
    return Enclosure.between(
        low - margin if math.isinf(e.low) else e.low,
        high + margin if math.isinf(e.high) else e.high,
    )


def _shown(cell: Cell, window: Sequence[Enclosure]) -> Region | None:
    """The part of a cell in the window."""
    part: Region | None = Region.of_box(window)
    for side in cell.sides:
        form = _form_of(side.plane.constant, side.plane.coefficients)
        part = None if part is None else part.cut(form, is_strict=side.is_strict)
    return part


def _form_of(constant: int, coefficients: Sequence[int]) -> AffineForm:
    return AffineForm(Fraction(constant), tuple(map(Fraction, coefficients)))


# -- one variable ----------------------------------------------------------------------------


def _graph(found: CellDecomposition, window: Sequence[Enclosure], axes: Any) -> None:
    filled: set[tuple[Fraction, Fraction]] = set()
    hollow: set[tuple[Fraction, Fraction]] = set()
    for cell in found:
        part = _shown(cell, window)
        if part is None:
            continue
        ends = sorted(v[0][1] for v in part.vertices)
        if cell.value is None:
            _blank(axes, ends)
            continue
        values = [cell.value.at((t,)) for t in ends]
        axes.plot([float(t) for t in ends], [float(v) for v in values], color=_COLOR)
        interval = cell.interval
        for end, is_open in (
            (interval.low, interval.low_open),
            (interval.high, interval.high_open),
        ):
            if isinstance(end, Fraction):
                (hollow if is_open else filled).add((end, cell.value.at((end,))))
    # Where the graph goes on, an end is no end.
    breaks = {t for t, _ in hollow - filled}
    jumps = {p for p in filled if p[0] in breaks or p[0] in _domain_ends(found)}
    _dots(axes, jumps | _lonely(found), _COLOR)
    _dots(axes, hollow - filled, "white")
    axes.set_xlabel(found.names[0])
    axes.set_ylabel("value")


def _domain_ends(found: CellDecomposition) -> set[Fraction]:
    e = found.domain.interval(found.names[0])
    return {end for end in (e.low, e.high) if isinstance(end, Fraction)}


def _lonely(found: CellDecomposition) -> set[tuple[Fraction, Fraction]]:
    """The graph over cells that are points."""
    return {
        (cell.inner_point[0], cell.value.at(cell.inner_point))
        for cell in found
        if cell.value is not None and cell.dimension == 0
    }


def _blank(axes: Any, ends: Sequence[Fraction]) -> None:
    if ends[0] == ends[-1]:
        axes.axvline(float(ends[0]), color=_UNDEFINED, lw=1, zorder=0)
    else:
        axes.axvspan(float(ends[0]), float(ends[-1]), color=_UNDEFINED, lw=0, zorder=0)


def _dots(axes: Any, points: set[tuple[Fraction, Fraction]], face: str) -> None:
    axes.plot(
        [float(t) for t, _ in sorted(points)],
        [float(value) for _, value in sorted(points)],
        linestyle="none",
        marker="o",
        markersize=5,
        markerfacecolor=face,
        markeredgecolor=_COLOR,
        zorder=3,
    )


# -- two variables ---------------------------------------------------------------------------


def _map(found: CellDecomposition, window: Sequence[Enclosure], axes: Any) -> None:
    import matplotlib as mpl

    shown = [(cell, part) for cell in found if (part := _shown(cell, window)) is not None]
    corners = [[_finite(v) for v in part.vertices] for _, part in shown]
    values = [
        [float(cell.value.at(v)) for v in points] if cell.value is not None else []
        for (cell, _), points in zip(shown, corners, strict=True)
    ]
    flat = list(itertools.chain.from_iterable(values))
    norm = mpl.colors.Normalize(min(flat, default=0.0), max(flat, default=1.0))
    colors = mpl.colormaps["viridis"]
    for (cell, part), points, heights in zip(shown, corners, values, strict=True):
        at = [tuple(map(float, p)) for p in points]
        if cell.dimension < 2 or len(at) < 3:
            color = colors(norm(sum(heights) / len(heights))) if heights else _UNDEFINED
            axes.plot(*zip(*at, strict=True), color=color, marker="o", markersize=3, zorder=2)
            continue
        around = _around(at)
        if heights:
            axes.tripcolor(*zip(*at, strict=True), heights, shading="gouraud", norm=norm, zorder=0)
        else:
            axes.fill(*zip(*around, strict=True), facecolor=_UNDEFINED, lw=0, zorder=0)
        _outline(axes, cell, part)
    for name, label in zip(found.names, (axes.set_xlabel, axes.set_ylabel), strict=True):
        label(name)
    axes.figure.colorbar(mpl.cm.ScalarMappable(norm), ax=axes, label="value")


def _outline(axes: Any, cell: Cell, part: Region) -> None:
    """Sides that belong to the cell are full lines, the others thin and dashed."""
    for row in range(len(part.rows)):
        ends = [
            tuple(map(float, _finite(v)))
            for v, tight in zip(part.vertices, part.tight, strict=True)
            if tight >> row & 1
        ]
        if len(ends) < 2 or row < 2 * len(cell.names):
            continue
        style = {"lw": 0.6, "ls": "--"} if part.rows[row].is_strict else {"lw": 1.0, "ls": "-"}
        axes.plot(*zip(*ends, strict=True), color="0.2", zorder=1, **style)


def _around(at: Sequence[tuple[float, ...]]) -> list[tuple[float, ...]]:
    """The corners of a polygon in order."""
    middle = [sum(c) / len(at) for c in zip(*at, strict=True)]
    return sorted(at, key=lambda p: math.atan2(p[1] - middle[1], p[0] - middle[0]))


def _finite(vertex: Sequence[tuple[Fraction, Fraction]]) -> Point:
    return tuple(a for _, a in vertex)

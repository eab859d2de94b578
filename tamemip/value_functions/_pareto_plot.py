"""The picture of a Pareto frontier."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from tamemip.errors import MissingDependencyError
from tamemip.value_functions._pareto_objectives import Outcome

if TYPE_CHECKING:
    from tamemip.value_functions._pareto_frontier import ParetoFrontier

_COLOR, _GAP = "C0", "C1"


def plot_frontier(frontier: ParetoFrontier, ax: Any) -> Any:
    """Draw segments and points, gaps shaded; return the axes."""
    n = len(frontier.costs)
    axes = _new_axes(n) if ax is None else ax
    if frontier.faces:
        _draw_faces(frontier, axes)
    is_known = frontier.is_certified
    first = frontier.supported if is_known else frontier.points
    for segment in frontier.segments:
        ends = zip(segment.start, segment.end, strict=True)
        axes.plot(*([float(a), float(b)] for a, b in ends), color=_COLOR)
    _dots(axes, first, "o", _COLOR, "supported" if is_known else "nondominated")
    if is_known:
        _dots(axes, frontier.unsupported, "s", _COLOR, "unsupported")
    _dots(axes, _open_ends(frontier), "o", "white", "not attained")
    for axis, k in zip("xyz", range(n), strict=False):
        getattr(axes, f"set_{axis}label")(f"objective {k + 1}")
    if n == 2:
        _shade_gaps(frontier, axes)
    return axes


def _draw_faces(frontier: ParetoFrontier, axes: Any) -> None:
    # Matplotlib's own, without types.
    from mpl_toolkits.mplot3d.art3d import Poly3DCollection  # type: ignore[import-untyped]

    polygons = [[tuple(map(float, z)) for z in face.vertices] for face in frontier.faces]
    faces = Poly3DCollection(polygons, facecolor=_COLOR, edgecolor=_COLOR, alpha=0.4)
    axes.add_collection3d(faces)


def _open_ends(frontier: ParetoFrontier) -> list[Outcome]:
    ends = [s.start for s in frontier.segments if not s.start_closed]
    ends += [s.end for s in frontier.segments if not s.end_closed]
    for face in frontier.faces:
        flags = zip(face.vertices, face.vertices_closed, strict=True)
        ends += [z for z, is_closed in flags if not is_closed]
    points = set(frontier.points)
    return [z for z in dict.fromkeys(ends) if z not in points]


def _dots(axes: Any, outcomes: Sequence[Outcome], marker: str, face: str, label: str) -> None:
    if outcomes:
        axes.plot(
            *([float(v) for v in values] for values in zip(*outcomes, strict=True)),
            linestyle="none",
            marker=marker,
            markersize=5,
            markerfacecolor=face,
            markeredgecolor=_COLOR,
            zorder=3,
            label=label,
        )


def _shade_gaps(frontier: ParetoFrontier, axes: Any) -> None:
    """A rectangle a gap; what has no end ends where the picture does."""
    (left, right), (low, high) = axes.get_xlim(), axes.get_ylim()
    for gap in frontier.gaps:
        (x0, x1), (y0, y1) = (sorted(map(float, pair)) for pair in zip(*gap, strict=True))
        x0, x1 = _within(x0, x1, left, right)
        y0, y1 = _within(y0, y1, low, high)
        axes.fill_between([x0, x1], y0, y1, color=_GAP, alpha=0.2, lw=0, zorder=0)


def _within(start: float, end: float, low: float, high: float) -> tuple[float, float]:
    return (low if math.isinf(start) else start), (high if math.isinf(end) else end)


def _new_axes(n: int) -> Any:
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError:
        raise MissingDependencyError(
            "plot() was asked for, but Matplotlib is not installed; it comes with: "
            "pip install 'tamemip[plot]'.",
            name="matplotlib",
        ) from None
    if n == 2:
        return plt.subplots()[1]
    return plt.figure().add_subplot(projection="3d")

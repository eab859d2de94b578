"""The picture of a value function in a file, by Matplotlib."""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tamemip.analysis._curve import Curve, Dot
from tamemip.errors import InvalidInputError, MissingDependencyError

if TYPE_CHECKING:
    from tamemip.analysis._value_report import ValueReport

_COLOR, _INFEASIBLE, _GAP = "#0b5394", "0.9", "#b45f06"
_INCHES = (8.0, 4.5)


def figure_class() -> Any:
    """Matplotlib's Figure, which needs no display.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise MissingDependencyError(
            "--plot was asked for, but Matplotlib is not installed; it comes with: "
            "pip install 'tamemip[plot]'. --html FILE draws the same picture without it.",
            name="matplotlib",
        ) from None
    return Figure


def refuse_format(name: str) -> None:
    """Refuse a file whose ending Matplotlib does not draw.

    Raises
    ------
    InvalidInputError
        If it has no such ending.
    """
    known = figure_class()().canvas.get_supported_filetypes()
    if Path(name).suffix.lower().removeprefix(".") not in known:
        raise InvalidInputError(
            f"--plot {name}: the ending says which picture it shall be; "
            f"{', '.join('.' + ending for ending in sorted(known))} can be drawn."
        )


def write_plot(name: str, report: ValueReport) -> None:
    """Draw closed ends filled, open ends hollow, infeasible stretches and gaps shaded."""
    figure = figure_class()(figsize=_INCHES, layout="constrained")
    axes = figure.subplots()
    _draw(axes, report.curve)
    axes.set_xlim(*_limits(report.curve))
    axes.set_xlabel(report.moves.axis)
    axes.set_ylabel("optimal value")
    axes.set_title(report.program.name)
    try:
        figure.savefig(name)
    except OSError as error:
        raise InvalidInputError(f"cannot write {name}: {error.strerror or error}.") from error


def _draw(axes: Any, curve: Curve) -> None:
    for part in curve.infeasible:
        axes.axvspan(float(part.lo), float(part.hi), color=_INFEASIBLE, lw=0, zorder=0)
    for gap in curve.gaps:
        ends, low, high = [float(gap.lo), float(gap.hi)], float(gap.low), float(gap.high)
        if math.isfinite(low) and math.isfinite(high):
            axes.fill_between(ends, low, high, color=_GAP, alpha=0.2, lw=0, zorder=0)
        else:
            axes.axvspan(*ends, color=_GAP, alpha=0.2, lw=0, zorder=0)
    for piece in curve.pieces:
        steps = (piece.lo, piece.hi)
        axes.plot([float(t) for t in steps], [float(piece.at(t)) for t in steps], color=_COLOR)
    dots = curve.dots
    _dots(axes, [dot for dot in dots if not dot.is_closed], "white")
    _dots(axes, [dot for dot in dots if dot.is_closed], _COLOR)


def _dots(axes: Any, dots: Sequence[Dot], face: str) -> None:
    axes.plot(
        [float(dot.at) for dot in dots],
        [float(dot.value) for dot in dots],
        linestyle="none",
        marker="o",
        markersize=5,
        markerfacecolor=face,
        markeredgecolor=_COLOR,
        zorder=3,
    )


def _limits(curve: Curve) -> tuple[float, float]:
    lo, hi = float(curve.low), float(curve.high)
    margin = 0.02 * (hi - lo) or 1.0
    return lo - margin, hi + margin

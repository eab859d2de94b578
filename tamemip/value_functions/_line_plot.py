"""The picture of a value function on a line."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tamemip.errors import MissingDependencyError

if TYPE_CHECKING:
    from tamemip.value_functions._line_value import LineValueFunction

_COLOR = "C0"
_INFEASIBLE, _GAP = "0.9", "C1"


def plot_line(v: LineValueFunction, ax: Any) -> Any:
    """Draw pieces, closed ends filled and open ends hollow; return the axes."""
    axes = _new_axes() if ax is None else ax
    ends = {t for jump in v.jumps for t in (jump.t,)}
    filled: list[tuple[Fraction, Fraction]] = []
    hollow: list[tuple[Fraction, Fraction]] = []
    for piece in v.pieces:
        if piece.lo < piece.hi:
            steps = (piece.lo, piece.hi)
            axes.plot([float(t) for t in steps], [float(piece.at(t)) for t in steps], color=_COLOR)
        for t, closed in ((piece.lo, piece.lo_closed), (piece.hi, piece.hi_closed)):
            if t in ends or not closed or piece.lo == piece.hi:
                (filled if closed else hollow).append((t, piece.at(t)))
    # A point that one piece reaches is no open end of another one.
    hollow = [point for point in hollow if point not in filled]
    _dots(axes, filled, _COLOR)
    _dots(axes, hollow, "white")
    for part in v.infeasible:
        axes.axvspan(float(part.lo), float(part.hi), color=_INFEASIBLE, lw=0, zorder=0)
    for gap in v.gaps:
        axes.axvspan(float(gap.lo), float(gap.hi), color=_GAP, alpha=0.2, lw=0, zorder=0)
    axes.set_xlabel("t")
    axes.set_ylabel("v(t)")
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


def _dots(axes: Any, points: list[tuple[Fraction, Fraction]], face: str) -> None:
    axes.plot(
        [float(t) for t, _ in points],
        [float(value) for _, value in points],
        linestyle="none",
        marker="o",
        markersize=5,
        markerfacecolor=face,
        markeredgecolor=_COLOR,
        zorder=3,
    )

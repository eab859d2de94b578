"""The picture of a value function on a line."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tamemip.value_functions._axes import COLOR, GAP, INFEASIBLE, mark_ends, new_axes

if TYPE_CHECKING:
    from tamemip.value_functions._line_value import LineValueFunction


def plot_line(v: LineValueFunction, ax: Any) -> Any:
    """Draw pieces, closed ends filled and open ends hollow; return the axes."""
    axes = new_axes() if ax is None else ax
    ends = {t for jump in v.jumps for t in (jump.t,)}
    filled: list[tuple[Fraction, Fraction]] = []
    hollow: list[tuple[Fraction, Fraction]] = []
    for piece in v.pieces:
        if piece.lo < piece.hi:
            steps = (piece.lo, piece.hi)
            axes.plot([float(t) for t in steps], [float(piece.at(t)) for t in steps], color=COLOR)
        for t, closed in ((piece.lo, piece.lo_closed), (piece.hi, piece.hi_closed)):
            if t in ends or not closed or piece.lo == piece.hi:
                (filled if closed else hollow).append((t, piece.at(t)))
    mark_ends(axes, filled, hollow)
    for part in v.infeasible:
        axes.axvspan(float(part.lo), float(part.hi), color=INFEASIBLE, lw=0, zorder=0)
    for gap in v.gaps:
        axes.axvspan(float(gap.lo), float(gap.hi), color=GAP, alpha=0.2, lw=0, zorder=0)
    axes.set_xlabel("t")
    axes.set_ylabel("v(t)")
    return axes

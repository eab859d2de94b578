"""The picture of a knapsack's value function."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tamemip.value_functions import pyplot

if TYPE_CHECKING:
    from tamemip.plugins.knapsack._value_function import KnapsackValueFunction

_COLOR, _NOTHING = "C0", "0.9"
_MOST_DOTS = 60
_DOT = 5
"""Size of a dot, in points."""


def plot_steps(V: KnapsackValueFunction, ax: Any) -> Any:
    """Draw the steps of a value function of one capacity; return the axes.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    UnsupportedError
        If there are several capacities.
    """
    pieces = V.pieces
    axes = pyplot().subplots()[1] if ax is None else ax
    lows = np.array([float(piece.lo) for piece in pieces])
    highs = np.array([float(piece.hi) for piece in pieces])
    values = np.array([float(piece.value_at_lo) for piece in pieces])
    axes.hlines(values, lows, highs, colors=_COLOR)
    if len(pieces) <= _MOST_DOTS:
        style = {"linestyle": "none", "marker": "o", "markersize": _DOT, "color": _COLOR}
        axes.plot(lows, values, zorder=3, **style)
        axes.plot(highs[:-1], values[:-1], markerfacecolor="white", zorder=3, **style)
    else:
        axes.step(lows, values, where="post", color=_COLOR, linewidth=0.5)
    nothing = float(pieces[0].lo) if pieces else float(V.upto[0])
    if nothing > 0:
        axes.axvspan(0, nothing, color=_NOTHING, lw=0, zorder=0)
    axes.set_xlabel("capacity")
    axes.set_ylabel("value")
    return axes

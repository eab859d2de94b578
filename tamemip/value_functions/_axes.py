"""What the pictures of value functions share: axes, colors, and the ends of pieces."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from types import ModuleType
from typing import Any

from tamemip.errors import MissingDependencyError

COLOR = "C0"
INFEASIBLE, GAP = "0.9", "C1"


def pyplot() -> ModuleType:
    """Matplotlib's pyplot, which comes with the extra ``plot``.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    try:
        import matplotlib.pyplot as plt
    except ModuleNotFoundError:
        raise MissingDependencyError(
            "plot() was asked for, but Matplotlib is not installed; it comes with: "
            "pip install 'tamemip[plot]'.",
            name="matplotlib",
        ) from None
    module: ModuleType = plt
    return module


def new_axes() -> Any:
    """The axes of a new figure."""
    return pyplot().subplots()[1]


def mark_ends(
    axes: Any,
    filled: Collection[tuple[Fraction, Fraction]],
    hollow: Collection[tuple[Fraction, Fraction]],
) -> None:
    """Full dots at the ends that belong to a graph, hollow ones at those that do not.

    A point that one piece reaches is no open end of another one.
    """
    reached = set(filled)
    _dots(axes, filled, COLOR)
    _dots(axes, [point for point in hollow if point not in reached], "white")


def _dots(axes: Any, points: Collection[tuple[Fraction, Fraction]], face: str) -> None:
    axes.plot(
        [float(t) for t, _ in points],
        [float(value) for _, value in points],
        linestyle="none",
        marker="o",
        markersize=5,
        markerfacecolor=face,
        markeredgecolor=COLOR,
        zorder=3,
    )

"""Pictures of a training: the loss of the descent, and the gap of the search."""

from __future__ import annotations

import math
import os
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tamemip.errors import InvalidInputError, MissingDependencyError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tamemip.plugins.bnn._network_fit import NetworkFit


def plot_training(fits: Sequence[NetworkFit], path: str | os.PathLike[str] | None = None) -> Any:
    """Draw the loss of the descent by epoch, and value and bound of the search by seconds.

    Parameters
    ----------
    fits
        The ``fits_`` of a classifier. Of several networks, each is a thin line.
    path
        Where to write the picture, if anywhere: ``.png``, ``.svg`` or ``.pdf``.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    InvalidInputError
        If the file cannot be written.
    """
    new_figure = _figure_type()
    figure = new_figure(figsize=(9.0, 3.5), layout="constrained")
    left, right = figure.subplots(1, 2)
    _losses(left, fits)
    _gap(right, fits)
    if path is not None:
        try:
            figure.savefig(path, dpi=150)
        except (OSError, ValueError) as error:
            raise InvalidInputError(f"cannot draw to {os.fspath(path)}: {error}.") from error
    return figure


def refuse_format(path: str | os.PathLike[str]) -> None:
    """Refuse a picture that could not be drawn, before the training.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    InvalidInputError
        If the suffix names no format of pictures.
    """
    formats = _figure_type()().canvas.get_supported_filetypes()
    suffix = Path(path).suffix.lower().removeprefix(".")
    if suffix not in formats:
        raise InvalidInputError(
            f"cannot draw to {os.fspath(path)}: its name has to end in .png, .svg or .pdf."
        )


def _figure_type() -> Any:
    """The type of Matplotlib figures.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    try:
        from matplotlib.figure import Figure
    except ModuleNotFoundError:
        raise MissingDependencyError(
            "a plot was asked for, but Matplotlib is not installed; it comes with: "
            "pip install 'tamemip[plot]'.",
            name="matplotlib",
        ) from None
    return Figure


def _losses(axes: Any, fits: Sequence[NetworkFit]) -> None:
    width = _THICK if len(fits) == 1 else _THIN
    for fit in fits:
        if fit.losses:
            axes.plot(range(1, len(fit.losses) + 1), fit.losses, color="C0", linewidth=width)
    if not any(fit.losses for fit in fits):
        _say(axes, "no descent")
    axes.set(xlabel="epoch", ylabel="loss", title="Descent")


def _gap(axes: Any, fits: Sequence[NetworkFit]) -> None:
    width = _THICK if len(fits) == 1 else _THIN
    first = next((fit for fit in fits if fit.history), None)
    for fit in fits:
        for steps, name, color in ((_values(fit), "value", "C0"), (_bounds(fit), "bound", "C3")):
            if not fit.history or not steps:
                continue
            axes.step(
                *zip(*steps, strict=True),
                where="post",
                color=color,
                linewidth=width,
                marker=".",
                label=name if fit is first else None,
            )
    if first is None:
        _say(axes, "no search, or it ended at once")
    else:
        axes.legend()
    axes.set(xlabel="seconds", ylabel="objective", title="Search: value and bound")


def _values(fit: NetworkFit) -> list[tuple[float, float]]:
    """By time, the value of the best network so far: solvers also report worse ones."""
    steps = _finite([(step.seconds, step.value) for step in fit.history], fit, float(fit.value))
    # The last value is the best one: what is better is on the other side of all others.
    better = max if any(value < steps[-1][1] for _, value in steps) else min
    best = list(accumulate((value for _, value in steps), better))
    return [(seconds, value) for (seconds, _), value in zip(steps, best, strict=True)]


def _bounds(fit: NetworkFit) -> list[tuple[float, float]]:
    return _finite([(step.seconds, step.bound) for step in fit.history], fit, float(fit.bound))


def _finite(
    steps: Sequence[tuple[float, float]], fit: NetworkFit, last: float
) -> list[tuple[float, float]]:
    """The numbers that can be drawn, with what is known at the end."""
    found = [(seconds, number) for seconds, number in steps if math.isfinite(number)]
    if math.isfinite(last):
        found.append((max([fit.seconds, *(seconds for seconds, _ in found)]), last))
    return found


def _say(axes: Any, text: str) -> None:
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes)
    axes.set(xticks=[], yticks=[])


_THICK, _THIN = 1.5, 0.6

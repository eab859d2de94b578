"""Gantt charts: one lane a machine, one color a job."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from tamemip.plugins.scheduling._critical_chain import critical_chain
from tamemip.value_functions import pyplot

if TYPE_CHECKING:
    from tamemip.plugins.scheduling._schedule import Schedule, ScheduledOperation

#: Eight colors that are told apart by all kinds of color vision (M. Okabe, K. Ito, 2008), and
#: whether dark text is read on them. Further jobs have the same colors with another hatch.
_COLORS = (
    *(("#56b4e9", True), ("#e69f00", True), ("#009e73", False), ("#f0e442", True)),
    *(("#cc79a7", True), ("#0072b2", False), ("#d55e00", False), ("#b0b0b0", True)),
)
_HATCHES = ("", "//", "..", "xx", "\\\\", "++")
_BAR = 0.8
#: Of the width of the chart, for one digit of a label.
_DIGIT = Fraction(1, 110)
#: Of the makespan, for the number that is written at its line.
_MARGIN = 1.02


def gantt(schedule: Schedule, *, ax: Any = None, critical: Collection[str] | None = None) -> Any:
    """Draw a schedule: a lane for each machine, a bar for each operation, a color for each job.

    Bars have the number of their job on them where there is room, critical ones a black
    outline; a dashed line stands at the makespan. An operation of no duration is a stroke.

    Parameters
    ----------
    schedule
        What to draw.
    ax
        Axes of Matplotlib to draw into; of a new figure that fits, if None.
    critical
        Names of the operations to outline. By default, if the objective is the makespan,
        those on chains without a gap from beginning to end, each operation of the same job or
        on the same machine as the one before; `makespan_gradient` knows them for projects, too.

    Returns
    -------
    matplotlib.axes.Axes
        The axes.

    Raises
    ------
    MissingDependencyError
        If Matplotlib is not installed.
    """
    lanes = {lane: k for k, lane in enumerate(schedule.lanes)}
    if ax is None:
        size = (max(6.0, min(14.0, 4 + len(schedule.operations) / 10)), 1.3 + 0.42 * len(lanes))
        ax = pyplot().subplots(figsize=size, layout="constrained")[1]
    if critical is None:
        critical = critical_chain(schedule) if schedule.objective == "makespan" else ()
    for operation in schedule.operations:
        _draw(ax, operation, lanes[operation.lane], schedule.makespan)
    for operation in schedule.operations:
        if operation.name in critical:
            _outline(ax, operation, lanes[operation.lane])
    _frame(ax, schedule, list(lanes))
    ax.set_title(_legend(schedule, critical), fontsize="small", color="0.4", loc="right")
    return ax


def _draw(ax: Any, operation: ScheduledOperation, lane: int, makespan: Fraction) -> None:
    color, is_light = _COLORS[operation.job % len(_COLORS)]
    hatch = _HATCHES[operation.job // len(_COLORS) % len(_HATCHES)]
    start, duration = float(operation.start), float(operation.duration)
    if not operation.duration:
        ax.plot([start, start], [lane - _BAR / 2, lane + _BAR / 2], color=color, linewidth=2.5)
        return
    ax.barh(lane, duration, left=start, height=_BAR, color=color, hatch=hatch, edgecolor="white")
    label = str(operation.job)
    if operation.duration >= makespan * _DIGIT * len(label):
        box = {"facecolor": color, "edgecolor": "none", "pad": 0.8} if hatch else None
        ax.text(
            start + duration / 2,
            lane,
            label,
            ha="center",
            va="center",
            fontsize=8,
            color="black" if is_light else "white",
            bbox=box,
            clip_on=True,
        )


def _outline(ax: Any, operation: ScheduledOperation, lane: int) -> None:
    start, duration = float(operation.start), float(operation.duration)
    ax.barh(lane, duration, left=start, height=_BAR, color="none", edgecolor="black", linewidth=2)


def _frame(ax: Any, schedule: Schedule, lanes: list[str]) -> None:
    end = float(schedule.makespan)
    ax.set_yticks(range(len(lanes)), lanes)
    ax.set_ylim(len(lanes) - 0.5, -0.5)
    ax.set_xlim(0, end * _MARGIN if end else 1)
    ax.axvline(end, color="black", linestyle="--", linewidth=1)
    ax.set_xlabel("time")
    ax.set_title(_title(schedule), fontsize="medium", loc="left")
    ax.spines[["top", "right"]].set_visible(False)
    ax.set_axisbelow(True)
    ax.xaxis.grid(visible=True, color="0.9")


def _title(schedule: Schedule) -> str:
    text = f"{schedule.objective} {schedule.value}"
    if schedule.objective != "makespan":
        text += f", makespan {schedule.makespan}"
    return text


def _legend(schedule: Schedule, critical: Collection[str]) -> str:
    # Operations are called "job 3, operation 1" or "activity 7".
    kinds = sorted({o.name.partition(" ")[0] for o in schedule.operations})
    outlined = "; outlined: critical" * any(o.name in critical for o in schedule.operations)
    return f"number: {' or '.join(kinds)}{outlined}"

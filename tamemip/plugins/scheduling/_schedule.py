"""A schedule: what starts when, where and for how long."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any, final

from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number


@final
@dataclass(frozen=True, slots=True)
class ScheduledOperation:
    """One bar of a Gantt chart.

    Attributes
    ----------
    name
        What the instance calls it: ``"job 2"``, ``"job 2, operation 0"``.
    job
        The number of its job, from 0 on; bars of a job have one color.
    lane
        The machine (or resource) that it keeps busy, in words: ``"machine 1"``.
    start, duration
        When it starts, and for how long, in the unit of the instance.
    """

    name: str
    job: int
    lane: str
    start: Fraction
    duration: Fraction

    def __post_init__(self) -> None:
        """Read the times exactly: a schedule of NaN is none."""
        for what in ("start", "duration"):
            exact = exact_number(getattr(self, what), f"{what} of {self.name}")
            object.__setattr__(self, what, exact)

    @property
    def end(self) -> Fraction:
        """When it ends."""
        return self.start + self.duration


@final
@dataclass(frozen=True, slots=True, repr=False)
class Schedule:
    """A decoded schedule.

    Attributes
    ----------
    operations
        One entry an operation, in the order of the instance.
    value
        What it costs, exactly: see `objective`.
    objective
        What `value` is, in words: ``"makespan"``, ``"weighted tardiness"``.
    """

    operations: tuple[ScheduledOperation, ...]
    value: Fraction
    objective: str

    @property
    def starts(self) -> tuple[Fraction, ...]:
        """When each operation starts."""
        return tuple(operation.start for operation in self.operations)

    @property
    def completions(self) -> tuple[Fraction, ...]:
        """When each operation ends."""
        return tuple(operation.end for operation in self.operations)

    @property
    def makespan(self) -> Fraction:
        """When the last operation ends."""
        return max((operation.end for operation in self.operations), default=Fraction(0))

    @property
    def lanes(self) -> tuple[str, ...]:
        """The machines in use, in the order of their names' numbers."""
        return tuple(sorted({o.lane for o in self.operations}, key=_natural))

    def on(self, lane: str) -> tuple[ScheduledOperation, ...]:
        """The operations of a machine, by start."""
        chosen = [operation for operation in self.operations if operation.lane == lane]
        return tuple(sorted(chosen, key=lambda o: (o.start, o.end)))

    @property
    def order(self) -> tuple[int, ...]:
        """The jobs of the operations, by start."""
        return tuple(o.job for o in sorted(self.operations, key=lambda o: (o.start, o.end)))

    def refuse_overlaps(self) -> None:
        """Refuse two operations at one time in one lane.

        Raises
        ------
        InvalidInputError
            If there are such; the message names them.
        """
        for lane in self.lanes:
            bars = self.on(lane)
            for first, second in pairwise(bars):
                if second.start < first.end:
                    raise InvalidInputError(
                        f"{second.name} starts at {second.start} on {lane}, before {first.name} "
                        f"ends at {first.end}."
                    )

    def plot(self, *, ax: Any = None, critical: Collection[str] | None = None) -> Any:
        """Draw it: see `gantt`.

        Raises
        ------
        MissingDependencyError
            If Matplotlib is not installed.
        """
        # Late, since charts are drawn of what is defined here.
        from tamemip.plugins.scheduling._gantt import gantt

        return gantt(self, ax=ax, critical=critical)

    def __repr__(self) -> str:
        count = f"{len(self.operations)} operation{'s' * (len(self.operations) != 1)}"
        return f"Schedule({self.objective} {self.value}, {count})"

    def __str__(self) -> str:
        return "\n".join([f"{self.objective} {self.value}", *map(_line, self._shown())])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def _shown(self) -> Iterator[tuple[str, str]]:
        for lane in self.lanes:
            bars = (f"{o.name} [{o.start}, {o.end}]" for o in self.on(lane))
            yield lane, "  ".join(bars)


def _line(row: tuple[str, str]) -> str:
    return f"  {row[0]}: {row[1]}"


def _natural(lane: str) -> tuple[object, ...]:
    """So that machine 2 comes before machine 10."""
    words = lane.split()
    return tuple((0, int(w), "") if w.isdigit() else (1, 0, w) for w in words)

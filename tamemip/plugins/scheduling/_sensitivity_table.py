"""The table of a schedule's sensitivity: what a unit more costs, and a unit less saves."""

from __future__ import annotations

import html
import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip._aligned import aligned
from tamemip.errors import InvalidInputError

Reach: TypeAlias = "Fraction | float | None"
"""A step, infinite if there is no end to it, None if none is known."""


@final
@dataclass(frozen=True, slots=True)
class Rate:
    """How the value changes to one side of a number.

    Attributes
    ----------
    slope
        The one-sided derivative: what a unit more costs, or a unit less saves. None if a
        limit came first.
    until
        The step up to which it is so: infinite for ever, None if unknown.
    is_end
        Whether it is otherwise beyond that step; if not, that is as far as was looked.
    is_proved
        Whether the slope is proved; if not, it is claimed by CP-SAT.
    """

    slope: Fraction | None
    until: Reach = None
    is_end: bool = False
    is_proved: bool = False

    def __str__(self) -> str:
        return "?" if self.slope is None else f"{self.slope}{'' if self.is_proved else '*'}"

    @property
    def reach(self) -> str:
        """How far it goes, in words."""
        if self.slope is None or self.until is None:
            return ""
        if self.until == math.inf:
            return "ever"
        return f"{self.until}{'' if self.is_end else '+'}"


@final
@dataclass(frozen=True, slots=True)
class Sensitivity:
    """One line of the table: one number of the instance.

    Attributes
    ----------
    name
        The operation; or the parameter of the program, where other data than durations move.
    number
        What it is in the instance.
    more, less
        What happens if it is larger, and smaller.
    slack
        By how much it may grow, if everything waits for the same as in the schedule, without
        a change of the makespan. None where the objective is another.
    paths
        On how many of the critical paths found it is. None as above.
    """

    name: str
    number: Fraction
    more: Rate
    less: Rate
    slack: Fraction | None = None
    paths: int | None = None

    @property
    def cells(self) -> tuple[str, ...]:
        """What the table shows, in the order of `SensitivityTable.HEADER`."""
        last = ("" if v is None else str(v) for v in (self.slack, self.paths))
        sides = (str(self.more), self.more.reach, str(self.less), self.less.reach)
        return (self.name, str(self.number), *sides, *last)


@final
@dataclass(frozen=True, slots=True, repr=False)
class SensitivityTable:
    """Which numbers cost the plan, the dearest first; iterate over it for `Sensitivity`.

    Attributes
    ----------
    rows
        One line a number.
    value, objective
        What the plan costs, and what that is.
    reasons
        What is proved, and what is claimed.
    """

    rows: tuple[Sensitivity, ...]
    value: Fraction
    objective: str
    reasons: tuple[str, ...]

    HEADER = ("", "is", "more costs", "up to", "less saves", "up to", "slack", "paths")

    def __iter__(self) -> Iterator[Sensitivity]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> Sensitivity:
        for row in self.rows:
            if row.name == name:
                return row
        known = ", ".join(repr(row.name) for row in self.rows[:_NAMED])
        raise InvalidInputError(f"there is no line {name!r} in the table; it has {known}, ...")

    def __repr__(self) -> str:
        lines = f"{len(self.rows)} line{'s' * (len(self.rows) != 1)}"
        return f"SensitivityTable({self.objective} {self.value}, {lines})"

    def __str__(self) -> str:
        lines = aligned(self._cells(), left=1)
        return "\n".join([f"{self.objective} {self.value}", *lines, *self.reasons])

    def _repr_html_(self) -> str:
        head, *body = self._cells()
        rows = [
            f"<tr>{''.join(f'<{tag}>{html.escape(c)}</{tag}>' for c in cells)}</tr>"
            for tag, cells in (("th", head), *(("td", cells) for cells in body))
        ]
        notes = "".join(f"<p>{html.escape(reason)}</p>" for reason in self.reasons)
        title = html.escape(f"{self.objective} {self.value}")
        return f"<table><caption>{title}</caption>{''.join(rows)}</table>{notes}"

    def _cells(self) -> list[tuple[str, ...]]:
        """Head and lines, without columns that are empty."""
        table = [self.HEADER, *(row.cells for row in self.rows)]
        used = [k for k in range(len(self.HEADER)) if any(line[k] for line in table[1:])]
        return [tuple(line[k] for k in used) for line in table]


_NAMED = 3

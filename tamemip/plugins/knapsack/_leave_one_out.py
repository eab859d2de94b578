"""The tables of a knapsack without each of its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from tamemip.plugins.knapsack._stages import Stage, Table, add_stages

Part: TypeAlias = Sequence[Stage]


def tables_without(
    parts: Sequence[Part], always: Table, *, deadline: float | None = None
) -> Iterator[tuple[int, Table]]:
    """For each part, its number and the table of all the others, and of what is there always.

    By halves: the table that lacks the first half of the parts is made from the one that lacks
    all of them, and so on. So a part is added about ``log2(len(parts))`` times, and
    as many tables are kept. A table that is yielded is used again when the next one is asked for.
    """
    if parts:
        yield from _within(parts, 0, len(parts), always, deadline)


def _within(
    parts: Sequence[Part], lo: int, hi: int, table: Table, deadline: float | None
) -> Iterator[tuple[int, Table]]:
    """Parts from `lo` to `hi`, given the table of all the others."""
    if hi - lo == 1:
        yield lo, table
        return
    middle = (lo + hi) // 2
    for first, last, rest in ((lo, middle, (middle, hi)), (middle, hi, (lo, middle))):
        more = table.copy()
        add_stages(more, [s for part in parts[slice(*rest)] for s in part], deadline=deadline)
        yield from _within(parts, first, last, more, deadline)

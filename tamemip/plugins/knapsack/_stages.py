"""Dynamic programming over cells: what there is to take, one stage after the other."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.errors import NotAllowedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

Cell: TypeAlias = tuple[int, ...]
Table: TypeAlias = "NDArray[Any]"

_CHUNK = 1 << 17
"""Cells that are worked on at once: they and their sources stay in the cache."""


@final
@dataclass(frozen=True, slots=True)
class Option:
    """Some copies of an item as one thing to take.

    Attributes
    ----------
    item, copies
        What it is.
    value
        What it brings.
    sizes
        How many cells it takes, by axis.
    start
        The least cell where an optimal choice has to have it; at least `sizes`.
    """

    item: int
    copies: int
    value: int
    sizes: Cell
    start: Cell


@final
@dataclass(frozen=True, slots=True)
class Stage:
    """Options of which at most one is taken; exactly one, if that `is_due`.

    `default` is the item that is taken if no option is, if there is one.
    """

    options: tuple[Option, ...]
    default: int | None = None
    is_due: bool = False


def dtype_for(total: int) -> Any:
    """Integers that hold sums of two numbers between ``-1 - total`` and `total`."""
    if 2 * total + 2 < 2**31:
        return np.int32
    return np.int64 if 2 * total + 2 < 2**63 else object


def fill(
    stages: Sequence[Stage],
    shape: Cell,
    dtype: Any,
    *,
    unreachable: int = -1,
    deadline: float | None = None,
) -> Table:
    """The most value that fits into each cell.

    Where a stage that is due fits nowhere, the entry is negative: `unreachable`, and
    what later stages added to it.
    """
    table: Table = np.zeros(shape, dtype=dtype)
    add_stages(table, stages, unreachable=unreachable, deadline=deadline)
    return table


def add_stages(
    table: Table,
    stages: Sequence[Stage],
    *,
    unreachable: int = -1,
    deadline: float | None = None,
) -> None:
    """Let each cell of a table choose at these stages too, in place.

    Raises
    ------
    NotAllowedError
        If the deadline passes.
    """
    run = _Run(unreachable, deadline, table.shape, table.dtype)
    for stage in stages:
        run.add(table, stage, None)


def choices(
    stages: Sequence[Stage],
    cell: Cell,
    dtype: Any,
    *,
    unreachable: int = -1,
    deadline: float | None = None,
) -> tuple[Option | None, ...] | None:
    """An optimal choice in a cell, as the option taken at each stage; None if nothing fits.

    The tables are made again up to the cell, in blocks of about the root of the number of
    stages: once to keep the table before each block, once more, from the last block to the
    first, to keep the choices within it. So it takes twice the work of `fill`, and little
    memory (the idea of D. S. Hirschberg, "A linear space algorithm for computing maximal
    common subsequences", Communications of the ACM 18 (1975), 341-343).
    """
    shape = tuple(k + 1 for k in cell)
    width = max(1, math.isqrt(len(stages)))
    run = _Run(unreachable, deadline, shape, dtype)
    table: Table = np.zeros(shape, dtype=dtype)
    before = []
    for k, stage in enumerate(stages):
        if k % width == 0:
            before.append(table.copy())
        run.add(table, stage, None)
    if table[cell] < 0:
        return None
    found: list[Option | None] = []
    for b in range(len(before) - 1, -1, -1):
        block = stages[b * width : (b + 1) * width]
        inside = tuple(slice(0, k + 1) for k in cell)
        for option in _backwards(block, before.pop()[inside], cell, run):
            found.append(option)
            if option is not None:
                cell = tuple(k - s for k, s in zip(cell, option.sizes, strict=True))
    return tuple(reversed(found))


def _backwards(
    block: Sequence[Stage], table: Table, cell: Cell, run: _Run
) -> Iterator[Option | None]:
    """What is taken in a cell, from the last stage of a block to the first."""
    taken = np.zeros((len(block), *table.shape), dtype=_counter(block))
    table = np.ascontiguousarray(table)
    for stage, noted in zip(block, taken, strict=True):
        run.add(table, stage, noted)
    for stage, noted in zip(reversed(block), taken[::-1], strict=True):
        k = int(noted[cell])
        option = stage.options[k - 1] if k else None
        yield option
        if option is not None:
            cell = tuple(q - s for q, s in zip(cell, option.sizes, strict=True))


def _counter(block: Sequence[Stage]) -> type[np.unsignedinteger[Any]]:
    """A type that counts the options of a stage."""
    most = max(len(stage.options) for stage in block)
    return np.uint8 if most < 256 else np.uint32


@final
class _Run:
    """Stages that are added to tables of one kind, with the memory they need."""

    def __init__(self, unreachable: int, deadline: float | None, shape: Cell, dtype: Any) -> None:
        self._unreachable = unreachable
        self._deadline = deadline
        rest = max(1, math.prod(shape[1:]))
        self._width = max(1, _CHUNK // rest)
        self._offers = np.empty(min(self._width, shape[0]) * rest, dtype=dtype)

    def add(self, table: Table, stage: Stage, noted: Table | None) -> None:
        """Let each cell choose, in place; `noted` gets the numbers of options, from 1 on.

        Chunks go from the far end to the near one, so that what a chunk is computed from
        has not changed yet (Bellman's order).
        """
        if self._deadline is not None and time.monotonic() > self._deadline:
            raise NotAllowedError(
                "the table is not finished within the limits, and half a table says nothing. "
                "Allow more seconds, or ask for a smaller capacity."
            )
        is_simple = len(stage.options) == 1 and not stage.is_due
        first = 0 if stage.is_due else min((o.start[0] for o in stage.options), default=len(table))
        hi = len(table)
        while hi > first:
            lo = max(first, hi - self._width)
            here = table[lo:hi]
            best = here
            if stage.is_due:
                best = np.full_like(here, self._unreachable)
            elif not is_simple:
                best = here.copy()
            for k, option in enumerate(stage.options):
                self._offer(table, option, best, (lo, hi), noted, k + 1)
            if best is not here:
                here[...] = best
            hi = lo

    def _offer(
        self,
        table: Table,
        option: Option,
        best: Table,
        chunk: tuple[int, int],
        noted: Table | None,
        number: int,
    ) -> None:
        """Take the option wherever that is better than the best so far."""
        lo, hi = max(chunk[0], option.start[0]), chunk[1]
        if lo >= hi or any(s >= n for s, n in zip(option.start, table.shape, strict=True)):
            return
        ends = table.shape[1:]
        inner = tuple(slice(s, None) for s in option.start[1:])
        source = tuple(
            slice(b - s, n - s)
            for b, s, n in zip(option.start[1:], option.sizes[1:], ends, strict=True)
        )
        cells = best[(slice(lo - chunk[0], hi - chunk[0]), *inner)]
        first = option.sizes[0]
        offers = self._offers[: cells.size].reshape(cells.shape)
        np.add(table[(slice(lo - first, hi - first), *source)], option.value, out=offers)
        if noted is not None:
            noted[(slice(lo, hi), *inner)][offers > cells] = number
        np.maximum(cells, offers, out=cells)

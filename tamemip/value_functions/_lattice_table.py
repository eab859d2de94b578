"""Dynamic programming over an integer box."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import NotAllowedError

if TYPE_CHECKING:
    from numpy.typing import NDArray

_CHUNK = 1 << 17
"""Cells that are worked on at once: they and their sources stay in the cache."""


@final
@dataclass(frozen=True, slots=True)
class Item:
    """Some copies of a column as one thing to take or to leave."""

    column: int
    copies: int
    value: int
    sizes: tuple[int, ...]


def items_of(column: int, value: int, sizes: tuple[int, ...], copies: int) -> Iterator[Item]:
    """Items of which every number of copies from 0 up to `copies` is a sum: 1, 2, 4, ..., rest."""
    step = 1
    while copies > 0:
        taken = min(step, copies)
        yield Item(column, taken, taken * value, tuple(taken * size for size in sizes))
        copies -= taken
        step *= 2


def packing_table(
    shape: tuple[int, ...],
    items: Sequence[Item],
    dtype: Any,
    *,
    deadline: float | None = None,
    taken: NDArray[np.bool_] | None = None,
) -> NDArray[Any]:
    """The most value that fits into each cell: ``max`` with ``<=`` rows.

    Cells are updated in place from the far end, so that each source is still without
    the item (Bellman's order for 0-1 knapsacks). `taken[k]` notes where item ``k`` is used.
    """
    table = np.zeros(shape, dtype=dtype)
    for k, item in enumerate(items):
        _in_time(deadline)
        if any(size >= n for size, n in zip(item.sizes, shape, strict=True)):
            continue
        inner = tuple(slice(size, None) for size in item.sizes[1:])
        source = tuple(slice(0, n - s) for n, s in zip(shape[1:], item.sizes[1:], strict=True))
        for lo, hi in _chunks(shape, item.sizes[0]):
            first = item.sizes[0]
            offer = table[(slice(lo - first, hi - first), *source)] + table.dtype.type(item.value)
            cells = table[(slice(lo, hi), *inner)]
            if taken is not None:
                taken[k][(slice(lo, hi), *inner)] = offer > cells
            np.maximum(cells, offer, out=cells)
    return table


def covering_table(
    shape: tuple[int, ...],
    items: Sequence[Item],
    dtype: Any,
    unreachable: int,
    *,
    deadline: float | None = None,
    taken: NDArray[np.bool_] | None = None,
) -> NDArray[Any]:
    """The least cost that covers each cell: ``min`` with ``>=`` rows.

    A demand that is more than covered counts as zero. Cells that no choice covers
    hold at least `unreachable`.
    """
    table = np.full(shape, unreachable, dtype=dtype)
    table[(0,) * len(shape)] = 0
    for k, item in enumerate(items):
        _in_time(deadline)
        axes = [np.maximum(np.arange(n) - s, 0) for n, s in zip(shape, item.sizes, strict=True)]
        for lo, hi in _chunks(shape, 0):
            offer = table[np.ix_(axes[0][lo:hi], *axes[1:])] + table.dtype.type(item.value)
            cells = table[lo:hi]
            if taken is not None:
                taken[k][lo:hi] = offer < cells
            np.minimum(cells, offer, out=cells)
        np.minimum(table, unreachable, out=table)
    return table


def level_points(table: NDArray[Any], *, is_packing: bool) -> NDArray[np.int64]:
    """Cells whose value is lost by one step: down for packing, up for covering.

    The edge of the table counts as a loss.
    """
    is_level = np.ones(table.shape, dtype=np.bool_)
    for axis in range(table.ndim):
        changes = np.diff(table, axis=axis) != 0
        inside = [slice(None)] * table.ndim
        inside[axis] = slice(1, None) if is_packing else slice(None, -1)
        is_level[tuple(inside)] &= changes
    return np.argwhere(is_level)


def _chunks(shape: tuple[int, ...], first: int) -> Iterator[tuple[int, int]]:
    """Ranges of the first axis from the far end down to `first`."""
    width = max(1, _CHUNK // max(1, int(np.prod(shape[1:], dtype=np.int64))))
    hi = shape[0]
    while hi > first:
        lo = max(first, hi - width)
        yield lo, hi
        hi = lo


def _in_time(deadline: float | None) -> None:
    if deadline is not None and time.monotonic() > deadline:
        raise NotAllowedError(
            "the table of the lattice method is not finished within the limits, and half a table "
            "proves nothing. Allow more seconds, or ask for a smaller box."
        )

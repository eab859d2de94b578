"""The table of a nested minimum: affine functions first, then what is made of earlier rows."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.certificates import Bound

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.functions._affine import AffineFunction, Leaf, LeafMinimum, Sum

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]


@final
@dataclass(frozen=True, slots=True)
class SumRow:
    """An affine function plus minima of lower levels."""

    linear: int
    blocks: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class LeafRow:
    """+inf if a guard is positive, else the greatest of the terms."""

    terms: tuple[int, ...]
    guards: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class LeastRow:
    """The least of some leaves."""

    leaves: tuple[int, ...]


Row: TypeAlias = SumRow | LeafRow | LeastRow


def rows_of(
    function: LeafMinimum,
) -> tuple[list[AffineFunction], list[tuple[list[SumRow], list[LeafRow], list[LeastRow]]]]:
    """The affine functions, and the other rows level by level; the last row is the function."""
    levels = _levels(function)
    pieces: dict[AffineFunction, int] = {}
    for minima in levels:
        for leaf in (leaf for minimum in minima for leaf in minimum.leaves):
            for piece in (*leaf.bounds, *leaf.guards, *(s.linear for s in leaf.sums)):
                pieces.setdefault(piece, len(pieces))
    place: dict[int, int] = {}
    rows: list[tuple[list[SumRow], list[LeafRow], list[LeastRow]]] = []
    stop = len(pieces)
    for minima in levels:
        level = _level_rows(minima, pieces, place, stop)
        rows.append(level)
        first = stop + len(level[0]) + len(level[1])
        place.update((id(minimum), first + k) for k, minimum in enumerate(minima))
        stop = first + len(minima)
    return list(pieces), rows


def _levels(function: LeafMinimum) -> list[list[LeafMinimum]]:
    """Every minimum once, after those that it is made of; the last level is the function."""
    depth: dict[int, int] = {}
    levels: list[list[LeafMinimum]] = []

    def visit(minimum: LeafMinimum) -> int:
        if id(minimum) not in depth:
            below = {visit(b) for leaf in minimum.leaves for s in leaf.sums for b in s.blocks}
            depth[id(minimum)] = level = max(below, default=-1) + 1
            levels.extend([] for _ in range(level + 1 - len(levels)))
            levels[level].append(minimum)
        return depth[id(minimum)]

    visit(function)
    return levels


def _level_rows(
    minima: Sequence[LeafMinimum],
    pieces: dict[AffineFunction, int],
    place: dict[int, int],
    first: int,
) -> tuple[list[SumRow], list[LeafRow], list[LeastRow]]:
    n_sums = sum(len(leaf.sums) for minimum in minima for leaf in minimum.leaves)
    sums: list[SumRow] = []
    leaves: list[LeafRow] = []
    least: list[LeastRow] = []

    def sum_row(total: Sum) -> int:
        sums.append(SumRow(pieces[total.linear], tuple(place[id(b)] for b in total.blocks)))
        return first + len(sums) - 1

    def leaf_row(leaf: Leaf) -> int:
        terms = (*(pieces[p] for p in leaf.bounds), *map(sum_row, leaf.sums))
        leaves.append(LeafRow(terms, tuple(pieces[p] for p in leaf.guards)))
        return first + n_sums + len(leaves) - 1

    for minimum in minima:
        least.append(LeastRow(tuple(map(leaf_row, minimum.leaves))))
    return sums, leaves, least


@final
class _Groups:
    """Rows (`owners`) that are made of several earlier rows each (`members`)."""

    def __init__(self, groups: Iterable[tuple[int, Sequence[int]]]) -> None:
        kept = [(owner, members) for owner, members in groups if members]
        self.owners: Ints = np.array([owner for owner, _ in kept], dtype=np.int64)
        self.members: Ints = np.array([k for _, members in kept for k in members], dtype=np.int64)
        lengths = [len(members) for _, members in kept]
        self.sizes: Ints = np.array(lengths, dtype=np.int64)
        self.starts: Ints = np.cumsum([0, *lengths], dtype=np.int64)[:-1]

    def reduce(self, operation: np.ufunc, table: Floats) -> Floats:
        return np.asarray(operation.reduceat(table[self.members], self.starts, axis=0))


@final
class _Level:
    """The rows of one level: its sums, its leaves, its minima."""

    def __init__(
        self, first: int, sums: list[SumRow], leaves: list[LeafRow], minima: list[LeastRow]
    ) -> None:
        second, third = first + len(sums), first + len(sums) + len(leaves)
        self.stop = third + len(minima)
        self._sums, self._leaves = slice(first, second), slice(second, third)
        self._minima = slice(third, self.stop)
        self._linear: Ints = np.array([row.linear for row in sums], dtype=np.int64)
        self._blocks = _Groups((first + k, row.blocks) for k, row in enumerate(sums))
        self._terms = _Groups((second + k, row.terms) for k, row in enumerate(leaves))
        self._guards = _Groups((second + k, row.guards) for k, row in enumerate(leaves))
        self._members = _Groups((third + k, row.leaves) for k, row in enumerate(minima))

    def fill(self, table: Floats, slack: float) -> None:
        self._fill_sums(table, slack)
        self._fill_leaves(table)
        if self._guards.owners.size:
            rows = table[self._guards.owners]
            rows[self._guards.reduce(np.maximum, table) > 0] = np.inf
            table[self._guards.owners] = rows
        table[self._minima] = np.inf
        if self._members.owners.size:
            table[self._members.owners] = self._members.reduce(np.minimum, table)

    def fill_reach(self, table: Floats) -> None:
        self._fill_sums(table, 0.0)
        self._fill_leaves(table)
        table[self._minima] = -np.inf
        if self._members.owners.size:
            table[self._members.owners] = self._members.reduce(np.maximum, table)

    def _fill_sums(self, table: Floats, slack: float) -> None:
        table[self._sums] = table[self._linear]
        blocks = self._blocks
        if not blocks.owners.size:
            return
        linear = table[blocks.owners]
        total = linear + blocks.reduce(np.add, table)
        if slack:
            sizes = np.abs(linear) + blocks.reduce(np.add, np.abs(table))
            widened = total + slack * (blocks.sizes + 2)[:, None] * sizes
            total = np.where(np.isfinite(total), widened, total)
        # +inf wins over -inf; a NaN that is left comes from an unknown linear part.
        total[(blocks.reduce(np.maximum, table) == np.inf) | np.isnan(total)] = np.inf
        table[blocks.owners] = total

    def _fill_leaves(self, table: Floats) -> None:
        table[self._leaves] = -np.inf
        if self._terms.owners.size:
            table[self._terms.owners] = self._terms.reduce(np.maximum, table)


@final
class RowTable:
    """Fills a table from its first rows, the values of the affine functions.

    Tables are arrays of shape `(size, k)`: one right-hand side a column.
    """

    def __init__(
        self,
        n_pieces: int,
        levels: Sequence[tuple[list[SumRow], list[LeafRow], list[LeastRow]]],
    ) -> None:
        self._n_pieces = n_pieces
        self._rows: list[Row] = []
        self._levels: list[_Level] = []
        self.size = n_pieces
        for sums, leaves, minima in levels:
            self._rows += [*sums, *leaves, *minima]
            self._levels.append(_Level(self.size, sums, leaves, minima))
            self.size = self._levels[-1].stop

    def filled(self, pieces: Floats, *, slack: float = 0.0) -> Floats:
        """The whole table; each sum is moved by `slack` times the size of its parts."""
        table = self._started(pieces)
        for level in self._levels:
            level.fill(table, slack)
        return table

    def reach(self, pieces: Floats) -> Floats:
        """For sizes of the pieces, the greatest size of any finite entry of each column."""
        table = self._started(pieces)
        for level in self._levels:
            level.fill_reach(table)
        return np.asarray(table.max(axis=0, initial=0.0))

    def _started(self, pieces: Floats) -> Floats:
        table = np.empty((self.size, pieces.shape[1]))
        table[: self._n_pieces] = pieces
        return table

    def exact(self, piece: Callable[[int], Fraction], low: Floats, high: Floats) -> Bound:
        """The last row, exactly, from intervals of all rows; most rows need no look."""
        known: dict[int, Bound] = {}

        def value(k: int) -> Bound:
            if low[k] == math.inf or high[k] == -math.inf:
                return float(low[k])
            if k not in known:
                known[k] = piece(k) if k < self._n_pieces else made(self._rows[k - self._n_pieces])
            return known[k]

        def made(row: Row) -> Bound:
            match row:
                case SumRow(linear, blocks):
                    return _total([value(linear), *map(value, blocks)])
                case LeafRow(terms, guards):
                    if any(high[k] > 0 and value(k) > 0 for k in guards):
                        return math.inf
                    floor = max((low[k] for k in terms), default=-math.inf)
                    return max((value(k) for k in terms if high[k] >= floor), default=-math.inf)
                case LeastRow(leaves):
                    ceiling = min((high[k] for k in leaves), default=math.inf)
                    return min((value(k) for k in leaves if low[k] <= ceiling), default=math.inf)

        return value(self.size - 1)


def _total(values: Sequence[Bound]) -> Bound:
    """The sum; +inf if one of the values is, else -inf if one of them is."""
    for infinity in (math.inf, -math.inf):
        if infinity in values:
            return infinity
    return sum((v for v in values if isinstance(v, Fraction)), Fraction(0))

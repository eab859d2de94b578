"""Packing problems ``max {p x : W x <= D, x in Z_+}`` with ``W >= 0``: exact dynamic programs.

These are the values inside `Generator` nodes.
"""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound
from tamemip.errors import UnsupportedError
from tamemip.functions._group_values import whole_inputs
from tamemip.functions._tables import Generator

Size: TypeAlias = tuple[int, ...]

#: Ways of filling that are followed at most, over all columns.
STATES = 200_000


@final
@dataclass(frozen=True, slots=True)
class Packing:
    """A best packing: its profit, and how often each column is taken."""

    profit: int
    counts: tuple[int, ...]


@final
@dataclass(frozen=True, slots=True)
class _State:
    """The best way to a residual capacity: profit so far, count of the last column, before."""

    profit: int
    count: int
    before: Size


@final
@dataclass(frozen=True, slots=True)
class _Item:
    """A column that fits at least once: its place, its surrogate weight, and how often it fits."""

    column: int
    size: Size
    profit: int
    weight: int
    reach: int


def best_packing(
    columns: Sequence[tuple[Size, int]], capacity: Size, *, states: int = STATES
) -> Packing | None:
    """The best packing of columns with positive profits; None after too many states.

    Column by column, over the residual capacities that matter to the later columns. A
    state is dropped when the fractional knapsack of a weighted sum of the rows shows that
    it cannot beat the best packing known (Dantzig 1957).
    """
    return _Search(columns, capacity, states).run()


@final
class _Search:
    """Columns that compete for the rows that are scarce; the others are taken as they fit."""

    def __init__(self, columns: Sequence[tuple[Size, int]], capacity: Size, states: int) -> None:
        self._left = states
        reach = [_fitting(size, capacity) for size, _ in columns]
        uses = [
            sum(n * size[r] for n, (size, _) in zip(reach, columns, strict=True))
            for r in range(len(capacity))
        ]
        scarce = [r for r, (use, d) in enumerate(zip(uses, capacity, strict=True)) if use > d]
        self._root = tuple(capacity[r] for r in scarce)
        # Any nonnegative weights give a valid bound; scarce rows weigh more.
        scale = max(self._root, default=0) + 1
        self._weights = [scale // (d + 1) + 1 for d in self._root]
        free = [0] * len(columns)
        items = []
        for j, (n, (size, profit)) in enumerate(zip(reach, columns, strict=True)):
            inside = tuple(size[r] for r in scarce)
            if n and not any(inside):
                free[j] = n
            elif n:
                weight = sum(w * s for w, s in zip(self._weights, inside, strict=True))
                items.append(_Item(j, inside, profit, weight, n))
        self._items = sorted(items, key=lambda i: Fraction(i.profit, i.weight), reverse=True)
        self._volume = [0, *itertools.accumulate(i.weight * i.reach for i in self._items)]
        self._profit = [0, *itertools.accumulate(i.profit * i.reach for i in self._items)]
        self._needs = self._needed()
        self._free = free
        start = sum(n * profit for n, (_, profit) in zip(free, columns, strict=True))
        self._start = start
        self._best = Packing(start, tuple(free))

    def _needed(self) -> list[Size]:
        """What the columns from each place on can use of every row at most."""
        total = [0] * len(self._root)
        needs = [tuple(total)]
        for item in reversed(self._items):
            total = [t + s * item.reach for t, s in zip(total, item.size, strict=True)]
            needs.append(tuple(total))
        return needs[::-1]

    def run(self) -> Packing | None:
        start = self._cut(self._root, 0)
        layers: list[dict[Size, _State]] = [{start: _State(self._start, 0, ())}]
        self._complete(layers, start)
        for k in range(len(self._items)):
            layer = self._next(layers[k], k)
            if self._left < 0:
                return None
            layers.append(layer)
            if not layer:
                return self._best
            self._complete(
                layers, max(layer, key=lambda r: layer[r].profit + self._bound(r, k + 1))
            )
        return self._best

    def _next(self, layer: dict[Size, _State], k: int) -> dict[Size, _State]:
        """The states after one more column."""
        item = self._items[k]
        made: dict[Size, _State] = {}
        for residual, state in layer.items():
            # The bound falls with the count, because later columns are less dense.
            for count in range(min(_fitting(item.size, residual), item.reach), -1, -1):
                left = tuple(r - count * s for r, s in zip(residual, item.size, strict=True))
                profit = state.profit + count * item.profit
                if profit + self._bound(left, k + 1) <= self._best.profit:
                    break
                kept = self._cut(left, k + 1)
                known = made.get(kept)
                if known is None or known.profit < profit:
                    made[kept] = _State(profit, count, residual)
                self._left -= 1
                if self._left < 0:
                    return made
        return made

    def _bound(self, residual: Size, k: int) -> int:
        """The fractional knapsack of the columns from place k on."""
        room = sum(w * r for w, r in zip(self._weights, residual, strict=True))
        volume = self._volume[k] + room
        last = bisect.bisect_right(self._volume, volume) - 1
        profit = self._profit[last] - self._profit[k]
        if last < len(self._items):
            item = self._items[last]
            profit += (volume - self._volume[last]) * item.profit // item.weight
        return profit

    def _cut(self, residual: Size, k: int) -> Size:
        """The capacities that the columns from place k on can tell apart."""
        return tuple(min(r, need) for r, need in zip(residual, self._needs[k], strict=True))

    def _complete(self, layers: list[dict[Size, _State]], residual: Size) -> None:
        """Fill a state up greedily, and keep the packing if it is the best so far."""
        k = len(layers) - 1
        counts = list(self._free)
        profit, left = layers[k][residual].profit, residual
        for item in self._items[k:]:
            count = min(_fitting(item.size, left), item.reach)
            counts[item.column] = count
            profit += count * item.profit
            left = tuple(r - count * s for r, s in zip(left, item.size, strict=True))
        if profit <= self._best.profit:
            return
        for place in range(k, 0, -1):
            state = layers[place][residual]
            counts[self._items[place - 1].column] = state.count
            residual = state.before
        self._best = Packing(profit, tuple(counts))


def _fitting(size: Size, capacity: Size) -> int:
    """How often a size fits."""
    return min((c // s for s, c in zip(size, capacity, strict=True) if s), default=0)


# -- nodes --------------------------------------------------------------------------------


def generator_value(node: Generator, inputs: Sequence[Bound]) -> Bound:
    """The value of a node at the values of its inputs.

    Raises
    ------
    UnsupportedError
        If the packing needs more states than are kept.
    """
    whole = whole_inputs(inputs)
    if whole is None:
        return math.inf
    capacity = capacity_of(node, whole)
    if any(d < 0 for d in capacity):
        return math.inf
    linear = sum((w * v for w, v in zip(node.weights, whole, strict=True)), Fraction(0))
    return linear - packing_profit(node, capacity)


def capacity_of(node: Generator, inputs: Sequence[int]) -> Size:
    """How much there is of each capacity."""
    return tuple(-sum(a * v for a, v in zip(row, inputs, strict=True)) for row in node.capacities)


def packing_profit(node: Generator, capacity: Size) -> Fraction:
    """The profit of the best packing into nonnegative capacities.

    Raises
    ------
    UnsupportedError
        If it needs more states than are kept.
    """
    scale, columns = scaled_columns(node)
    packing = best_packing(columns, capacity)
    if packing is None:
        raise UnsupportedError(
            f"the generator function cannot be evaluated here: the packing of {len(columns)} "
            f"columns needs more than {STATES} states at this right-hand side. Bound the columns "
            "of the program, or take another method."
        )
    return Fraction(packing.profit, scale)


def scaled_columns(node: Generator) -> tuple[int, list[tuple[Size, int]]]:
    """The columns with integer profits, over a common denominator."""
    scale = math.lcm(*(profit.denominator for _, profit in node.columns))
    return scale, [(size, int(profit * scale)) for size, profit in node.columns]

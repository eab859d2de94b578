"""Values of functions of integers: shortest paths in a finite group, best packings."""

from __future__ import annotations

import heapq
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._json import RejectedError
from tamemip.certificates._problem import Bound
from tamemip.errors import UnsupportedError

Matrix: TypeAlias = tuple[tuple[int, ...], ...]

MAX_WORK = 60_000_000
"""Elements of a group times generators, at most."""
MAX_ORDER = 2_000_000
"""Elements of a group, at most."""
MAX_STATES = 200_000
"""Residual capacities that one packing may go through."""


_TRIED = 8
"""Ways of filling that are completed after every column."""


class TooLargeError(RejectedError, UnsupportedError):
    """A function cannot be evaluated within the limits of the checker."""


def _integers(earlier: Mapping[int, Bound], of: Sequence[int]) -> list[int] | None:
    values = [earlier[k] for k in of]
    whole = [v.numerator for v in values if isinstance(v, Fraction) and v.denominator == 1]
    return whole if len(whole) == len(values) else None


# -- paths in a group ------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False, slots=True)
class GroupPaths:
    """``w f`` plus the length of a shortest path; inf off the integers and off the paths."""

    of: tuple[int, ...]
    weights: tuple[Fraction, ...]
    elements: Matrix
    moduli: tuple[int, ...]
    lengths: Mapping[int, Fraction]

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value."""
        whole = _integers(earlier, self.of)
        return math.inf if whole is None else self.of_integers(whole)

    def of_integers(self, values: Sequence[int]) -> Bound:
        """Its value at integers."""
        place = 0
        for c, modulus in enumerate(self.moduli):
            residue = sum(v * h[c] for v, h in zip(values, self.elements, strict=True))
            place = place * modulus + residue % modulus
        if place not in self.lengths:
            return math.inf
        pairs = zip(self.weights, values, strict=True)
        return self.lengths[place] + sum((w * v for w, v in pairs), Fraction(0))


def require_work(moduli: Sequence[int], n_generators: int) -> None:
    """Refuse groups that take too long."""
    order = 1
    for modulus in moduli:
        order *= modulus
        if order > MAX_ORDER or order * max(n_generators, 1) > MAX_WORK:
            raise TooLargeError("the group is too large for this checker")


def shortest_paths(
    moduli: Sequence[int], generators: Matrix, costs: Sequence[Fraction]
) -> dict[int, Fraction]:
    """Lengths of shortest paths from 0, by element in mixed radix (Dijkstra 1959)."""
    scale = math.lcm(*(cost.denominator for cost in costs))
    steps = [(g, int(cost * scale)) for g, cost in zip(generators, costs, strict=True)]
    lengths = {0: 0}
    heap = [(0, 0)]
    while heap:
        length, place = heapq.heappop(heap)
        if length > lengths[place]:
            continue
        for g, cost in steps:
            target = _moved(place, g, moduli)
            if length + cost < lengths.get(target, length + cost + 1):
                lengths[target] = length + cost
                heapq.heappush(heap, (length + cost, target))
    return {place: Fraction(length, scale) for place, length in lengths.items()}


def _moved(place: int, element: Sequence[int], moduli: Sequence[int]) -> int:
    if len(moduli) == 1:
        return (place + element[0]) % moduli[0]
    target, stride = 0, 1
    for residue, modulus in zip(reversed(element), reversed(moduli), strict=True):
        target += (place + residue) % modulus * stride
        place, stride = place // modulus, stride * modulus
    return target


# -- packings --------------------------------------------------------------------------


@final
@dataclass(frozen=True, eq=False, slots=True)
class PackingDual:
    """``w f`` less the profit of a best packing; inf where a capacity is negative."""

    of: tuple[int, ...]
    weights: tuple[Fraction, ...]
    capacities: Matrix
    packing: tuple[tuple[tuple[int, ...], Fraction], ...]

    def at(self, e: Sequence[Fraction], earlier: Mapping[int, Bound]) -> Bound:
        """Its value."""
        whole = _integers(earlier, self.of)
        return math.inf if whole is None else self.of_integers(whole)

    def of_integers(self, values: Sequence[int]) -> Bound:
        """Its value at integers."""
        capacity = tuple(
            -sum(w * v for w, v in zip(row, values, strict=True)) for row in self.capacities
        )
        if any(d < 0 for d in capacity):
            return math.inf
        linear = sum((w * v for w, v in zip(self.weights, values, strict=True)), Fraction(0))
        return linear - best_profit(self.packing, capacity)


@final
@dataclass(frozen=True, slots=True)
class _Item:
    """A column that fits: its size in every row and in their weighted sum, and how often."""

    size: tuple[int, ...]
    volume: int
    profit: int
    reach: int


def best_profit(
    packing: Sequence[tuple[tuple[int, ...], Fraction]], capacity: tuple[int, ...]
) -> Fraction:
    """The profit of a best packing.

    Rows that hold all copies of all columns at once bind nothing and are left out.
    """
    scale = math.lcm(*(profit.denominator for _, profit in packing))
    reaches = [_copies(size, capacity) for size, _ in packing]
    uses = [
        sum(n * size[r] for n, (size, _) in zip(reaches, packing, strict=True))
        for r in range(len(capacity))
    ]
    scarce = [r for r, d in enumerate(capacity) if uses[r] > d]
    left = tuple(capacity[r] for r in scarce)
    largest = 1 + max(left, default=0)
    rows = [1 + largest // (d + 1) for d in left]
    items, free = [], 0
    for reach, (size, profit) in zip(reaches, packing, strict=True):
        inside = tuple(size[r] for r in scarce)
        volume = sum(w * s for w, s in zip(rows, inside, strict=True))
        if reach and volume:
            items.append(_Item(inside, volume, int(profit * scale), reach))
        elif reach:
            free += reach * int(profit * scale)
    items.sort(key=lambda item: Fraction(item.profit, item.volume), reverse=True)
    return Fraction(free + _best_filling(items, rows, left), scale)


def _best_filling(items: Sequence[_Item], rows: Sequence[int], capacity: tuple[int, ...]) -> int:
    """Column by column, densest first, over the capacities that are left.

    Rows are added up with weights that favor the scarce ones; in the sum a fractional
    knapsack bounds what the columns that are left can still bring. A way of filling that
    cannot beat the best full packing known is not followed.
    """
    best, steps = _filled(items, capacity), 0
    ways = {capacity: 0}
    needs = [sum(item.reach * item.size[r] for item in items) for r in range(len(rows))]
    for k, item in enumerate(items):
        later = items[k + 1 :]
        needs = [need - item.reach * s for need, s in zip(needs, item.size, strict=True)]
        found: dict[tuple[int, ...], int] = {}
        for left, total in ways.items():
            for count in range(min(item.reach, _copies(item.size, left)), -1, -1):
                rest, profit = _less(left, item.size, count), total + count * item.profit
                # Later columns are less dense, so that fewer copies only lower the bound.
                room = sum(w * d for w, d in zip(rows, rest, strict=True))
                if profit + _hope(later, room) <= best:
                    break
                # More capacity than all later columns use together makes no difference.
                key = tuple(map(min, rest, needs))
                found[key] = max(profit, found.get(key, 0))
                steps += 1
                if steps > MAX_STATES:
                    raise TooLargeError("a packing goes through too many states")
        ways = found
        for left in sorted(ways, key=ways.__getitem__, reverse=True)[:_TRIED]:
            best = max(best, ways[left] + _filled(later, left))
    return best


def _hope(items: Sequence[_Item], room: int) -> int:
    """The fractional knapsack of columns by falling density, rounded down."""
    total = 0
    for item in items:
        if item.volume * item.reach >= room:
            return total + room * item.profit // item.volume
        total, room = total + item.profit * item.reach, room - item.volume * item.reach
    return total


def _filled(items: Sequence[_Item], left: tuple[int, ...]) -> int:
    """The profit of taking every column as often as it fits, one after the other."""
    total = 0
    for item in items:
        count = min(item.reach, _copies(item.size, left))
        total, left = total + count * item.profit, _less(left, item.size, count)
    return total


def _copies(size: Sequence[int], capacity: Sequence[int]) -> int:
    return min(d // s for s, d in zip(size, capacity, strict=True) if s)


def _less(capacity: Sequence[int], size: Sequence[int], count: int) -> tuple[int, ...]:
    return tuple(d - count * s for s, d in zip(size, capacity, strict=True))

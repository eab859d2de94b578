"""How far the numbers of one item can move before the optimal packings change."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, final

from tamemip.certificates import Bound
from tamemip.plugins.knapsack._rest import Rest
from tamemip.plugins.knapsack._solution import Label

Presence: TypeAlias = Literal["every", "some", "no"]


@final
@dataclass(frozen=True, slots=True)
class ItemMoves:
    """What is known of one item, all other numbers as they are.

    Attributes
    ----------
    label
        What the item is called.
    count
        How often the packing of the table takes it.
    presence
        Whether it is in ``"every"`` optimal packing, in ``"some"`` or in ``"no"`` one.
    least_count, most_count
        How often optimal packings take it.
    profit, weight
        Its numbers.
    profit_low, profit_high
        The profits for which the packing of the table stays optimal: the largest such
        interval.
    weight_limit
        The largest weight with which some optimal packing takes it; None if none does
        even if it weighs nothing.
    """

    label: Label
    count: int
    presence: Presence
    least_count: int
    most_count: int
    profit: Fraction
    weight: Fraction
    profit_low: Bound
    profit_high: Bound
    weight_limit: Fraction | None


@final
@dataclass(frozen=True, slots=True)
class ItemInRest:
    """An item, and all that it competes with for one capacity.

    Attributes
    ----------
    label, profit, weight, upper, count
        The item, and how often a given optimal packing takes it.
    capacity
        The one capacity.
    rest
        The value of everything else, for what the item leaves of the capacity.
    without
        The best value if the item is not taken.
    """

    label: Label
    profit: Fraction
    weight: Fraction
    upper: Bound
    count: int
    capacity: Fraction
    rest: Rest
    without: Bound

    def moves(self) -> ItemMoves:
        """What can move how far."""
        others = [self._others(t) for t in range(self._most + 1)]
        worth = [t * self.profit + rest for t, rest in enumerate(others)]
        best = max(worth)
        optimal = [t for t, value in enumerate(worth) if value == best]
        presence: Presence = "every" if optimal[0] else "some" if optimal[-1] else "no"
        low, high = self._profit_range(others)
        return ItemMoves(
            self.label,
            self.count,
            presence,
            optimal[0],
            optimal[-1],
            self.profit,
            self.weight,
            low,
            high,
            self._weight_limit(),
        )

    @property
    def _most(self) -> int:
        """Taking it more often than this is impossible, or changes nothing."""
        room = self.capacity // self.weight if self.weight else Fraction(self.count + 1)
        if isinstance(self.upper, Fraction) and (self.weight or self.upper < room):
            return int(min(self.upper, room))
        return int(room)

    def _others(self, count: int) -> Bound:
        """The value of everything else if the item is taken so often."""
        if not count:
            return self.without
        return self.rest.at(self.capacity - count * self.weight)

    def _profit_range(self, others: list[Bound]) -> tuple[Bound, Bound]:
        """For which profits `p` the count ``t`` is best: ``t p + others[t] >= s p + others[s]``."""
        here = others[self.count]
        low: Bound = -math.inf
        high: Bound = math.inf
        for s, there in enumerate(others):
            if s < self.count:
                low = max(low, (there - here) / (self.count - s))
            elif s > self.count:
                high = min(high, (here - there) / (s - self.count))
        return low, high

    def _weight_limit(self) -> Fraction | None:
        """The largest weight `w` with which taking it `t` times is best, over all `t`.

        It is while the rest, for ``capacity - t w``, is worth what is missing.
        """
        return max(self._limits(), default=None)

    def _limits(self) -> Iterator[Fraction]:
        count = 1
        while count <= self.upper:
            target = self.without - count * self.profit
            least = self.rest.least_capacity(target)
            if least is not None and least <= self.capacity:
                yield (self.capacity - least) / count
            if self.profit <= 0 or (least is not None and least <= self.rest.load):
                return
            count += 1

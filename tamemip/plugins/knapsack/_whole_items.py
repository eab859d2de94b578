"""Items in whole cells and whole units of value."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.errors import UnsupportedError
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._stages import Cell


@final
@dataclass(frozen=True, slots=True)
class Kind:
    """Equal copies of an item, in whole cells and units of value; both are positive.

    Attributes
    ----------
    item
        Its place in the instance.
    value
        What a copy brings.
    sizes
        How many cells a copy takes, by axis.
    copies
        How many there are, at most as many as fit.
    is_unlimited
        Whether there are as many as fit.
    """

    item: int
    value: int
    sizes: Cell
    copies: int
    is_unlimited: bool


@final
@dataclass(frozen=True, slots=True)
class WholeItems:
    """What of an instance can be of use, for capacities up to some.

    Attributes
    ----------
    units, value_unit
        The weight of one cell, by row (0 for a row without weights), and one unit of value.
    last
        The last cell.
    kinds
        Items that fit, weigh and bring something.
    taken
        Pairs of item and copies that weigh nothing and bring something.
    constant
        What these bring.
    """

    units: tuple[Fraction, ...]
    value_unit: Fraction
    last: Cell
    kinds: tuple[Kind, ...]
    taken: tuple[tuple[int, int], ...]
    constant: Fraction


def whole_items(instance: Knapsack, upto: Sequence[Fraction]) -> WholeItems:
    """The items of an instance in whole numbers.

    Raises
    ------
    UnsupportedError
        If the value is unbounded.
    """
    units = tuple(unit_of(row) for row in instance.weights)
    last = whole_parts(upto, units)
    value_unit = unit_of(p for p in instance.profits if p > 0)
    values = whole_parts(instance.profits, (value_unit,) * instance.n_items)
    pairs = zip(instance.weights, units, strict=True)
    columns = zip(*(whole_parts(row, (unit,) * len(row)) for row, unit in pairs), strict=True)
    kinds: list[Kind] = []
    taken: list[tuple[int, int]] = []
    for j, (value, sizes, upper) in enumerate(zip(values, columns, instance.upper, strict=True)):
        if value <= 0 or upper == 0:
            continue
        if any(sizes):
            room = min(end // size for end, size in zip(last, sizes, strict=True) if size)
            is_unlimited = upper >= room
            if room:
                copies = room if is_unlimited else int(upper)
                kinds.append(Kind(j, value, sizes, copies, is_unlimited))
        elif isinstance(upper, Fraction):
            taken.append((j, int(upper)))
        else:
            raise UnsupportedError(
                f"the value is unbounded: item {j} has the profit {instance.profits[j]}, weighs "
                "nothing, and there is any number of it. Give it an upper bound."
            )
    constant = sum((instance.profits[j] * copies for j, copies in taken), Fraction(0))
    return WholeItems(units, value_unit, last, tuple(kinds), tuple(taken), constant)


def most_value(kinds: Sequence[Kind], last: Cell) -> int:
    """An upper bound on the value of all choices."""
    everything = sum(kind.copies * kind.value for kind in kinds)
    if len(last) > 1 or not kinds:
        return everything
    # Nothing is worth more, cell by cell, than the kind of best value a cell.
    best = max(Fraction(kind.value, kind.sizes[0]) for kind in kinds)
    return min(everything, math.floor(best * last[0]))


def unit_of(numbers: Iterable[Fraction]) -> Fraction:
    """The greatest number of which all are whole multiples; 0 if all are 0.

    Examples
    --------
    >>> unit_of([Fraction(3, 2), Fraction(9, 4)])
    Fraction(3, 4)
    """
    values = [v for v in numbers if v]
    scale = math.lcm(*(v.denominator for v in values))
    common = math.gcd(*(v.numerator * (scale // v.denominator) for v in values))
    return Fraction(common, scale)


def whole_parts(numbers: Sequence[Fraction], units: Sequence[Fraction]) -> Cell:
    """How often each unit goes into its number, rounded down; 0 where the unit is 0."""
    return tuple(
        v.numerator * unit.denominator // (v.denominator * unit.numerator) if unit else 0
        for v, unit in zip(numbers, units, strict=True)
    )

"""Small knapsacks of every kind, and their packings one by one."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction
from functools import lru_cache

from hypothesis import strategies as st

from tamemip.plugins.knapsack import AnyKnapsack, Knapsack, MultipleChoiceKnapsack

denominators = st.sampled_from([1, 1, 2, 3])
rationals = st.builds(Fraction, st.integers(0, 18), denominators)
profits = st.builds(Fraction, st.integers(-4, 18), denominators)
one, one_or_two, up_to_three = st.just(1), st.integers(1, 2), st.integers(1, 3)


@st.composite
def items(draw, *, capacities=up_to_three):
    """Knapsacks without classes; an item that weighs something may be there without limit."""
    n, m = draw(st.integers(1, 4)), draw(capacities)
    rows = [draw(st.lists(rationals, min_size=n, max_size=n)) for _ in range(m)]
    upper, uppers = [], st.integers(0, 3)
    for j in range(n):
        is_heavy = any(row[j] >= 2 for row in rows)
        upper.append(draw(st.one_of(uppers, st.none()) if is_heavy else uppers))
    return Knapsack(
        draw(st.lists(profits, min_size=n, max_size=n)),
        rows,
        draw(st.lists(rationals, min_size=m, max_size=m)),
        upper=upper,
    )


@st.composite
def zero_one(draw, *, most=5, capacities=one):
    """0-1 knapsacks with small integers, in which ties and full capacities are frequent."""
    n, m = draw(st.integers(1, most)), draw(capacities)
    rows = st.lists(st.lists(st.integers(0, 5), min_size=n, max_size=n), min_size=m, max_size=m)
    numbers = st.integers(0, 12)
    return Knapsack(
        draw(st.lists(st.integers(0, 6), min_size=n, max_size=n)),
        draw(rows),
        [draw(numbers) / Fraction(draw(st.sampled_from([1, 2]))) for _ in range(m)],
    )


@st.composite
def classes(draw, *, capacities=one_or_two):
    """Multiple-choice knapsacks."""
    lengths = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    m = draw(capacities)

    def table(numbers):
        return [draw(st.lists(numbers, min_size=k, max_size=k)) for k in lengths]

    return MultipleChoiceKnapsack(
        table(profits),
        [table(rationals) for _ in range(m)],
        draw(st.lists(rationals, min_size=m, max_size=m)),
        choose=draw(st.sampled_from(["exactly one", "at most one"])),
    )


def flat(instance: AnyKnapsack) -> Knapsack:
    return instance if isinstance(instance, Knapsack) else instance.without_classes()


Packing = tuple[tuple[int, ...], Fraction, tuple[Fraction, ...]]


def packings(instance: AnyKnapsack, capacities: Sequence[Fraction]) -> list[Packing]:
    """Counts, value and loads of every packing that these capacities allow."""
    reach = tuple(max(c, own) for c, own in zip(capacities, instance.capacities, strict=True))
    return [packing for packing in _every(instance, reach) if _fits(packing[2], capacities)]


def best_value(instance: AnyKnapsack, capacities: Sequence[Fraction]) -> Fraction | float:
    return max((value for _, value, _ in packings(instance, capacities)), default=-math.inf)


def best_packings(instance: AnyKnapsack) -> list[tuple[int, ...]]:
    """All optimal packings at the instance's own capacities."""
    best = best_value(instance, instance.capacities)
    every = packings(instance, instance.capacities)
    return [counts for counts, value, _ in every if value == best]


def plain_table(instance: Knapsack, last: int) -> list[int]:
    """The textbook: integer data, one capacity, item by item and copy by copy."""
    table = [0] * (last + 1)
    for p, w, up in zip(instance.profits, instance.weights[0], instance.upper, strict=True):
        profit, weight = int(p), int(w)
        for _ in range(min(int(up) if up != math.inf else last, last // weight)):
            for c in range(last, weight - 1, -1):
                table[c] = max(table[c], table[c - weight] + profit)
    return table


@lru_cache(maxsize=20)
def _every(instance: AnyKnapsack, capacities: tuple[Fraction, ...]) -> list[Packing]:
    plain = flat(instance)
    found = []
    for counts in _all_counts(instance, capacities):
        loads = tuple(_dot(row, counts) for row in plain.weights)
        if _fits(loads, capacities):
            found.append((counts, _dot(plain.profits, counts), loads))
    return found


def _fits(loads: Sequence[Fraction], capacities: Sequence[Fraction]) -> bool:
    return all(load <= c for load, c in zip(loads, capacities, strict=True))


def _all_counts(instance: AnyKnapsack, capacities: Sequence[Fraction]) -> Iterator[tuple[int, ...]]:
    if isinstance(instance, Knapsack):
        ranges = [range(_most(instance, j, capacities) + 1) for j in range(instance.n_items)]
        yield from itertools.product(*ranges)
        return
    ways = []
    for row in instance.profits:
        units = [tuple(int(i == j) for i in range(len(row))) for j in range(len(row))]
        nothing = [(0,) * len(row)] if instance.choose == "at most one" else []
        ways.append(units + nothing)
    for chosen in itertools.product(*ways):
        yield tuple(itertools.chain(*chosen))


def _most(instance: Knapsack, j: int, capacities: Sequence[Fraction]) -> int:
    rows = zip(instance.weights, capacities, strict=True)
    return int(min([instance.upper[j], *(max(c, 0) // row[j] for row, c in rows if row[j])]))


def _dot(row: Sequence[Fraction], counts: Sequence[int]) -> Fraction:
    return sum((v * x for v, x in zip(row, counts, strict=True) if x), Fraction(0))

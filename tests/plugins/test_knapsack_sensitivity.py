"""What may move in a knapsack, and how far: as far as brute force says."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import NotAllowedError
from tamemip.plugins.knapsack import (
    Knapsack,
    KnapsackSolution,
    program,
    sensitivity,
)
from tests.plugins.knapsacks_at_random import (
    best_packings,
    best_value,
    classes,
    flat,
    items,
    zero_one,
)

with_one_capacity = st.one_of(
    items(capacities=st.just(1)), zero_one(), classes(capacities=st.just(1))
)

T9 = Knapsack([7, 9, 2, 15], [3, 4, 1, 7], 14, upper=None)
T9_VALUES = [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30, 32]
T9_BINARY = Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 7)


@settings(max_examples=150, deadline=None)
@given(with_one_capacity)
def test_the_table_of_moves_is_that_of_brute_force(instance):
    capacity = instance.capacities[0]
    if best_value(instance, [capacity]) == -math.inf:
        with pytest.raises(NotAllowedError):
            sensitivity(instance)
        return
    table = sensitivity(instance)
    best = best_packings(instance)
    assert table.solution.counts in best
    for k, entry in enumerate(table):
        counts = {packing[k] for packing in best}
        if flat(instance).weights[0][k]:
            assert (entry.least_count, entry.most_count) == (min(counts), max(counts))
        assert entry.presence == ("every" if min(counts) else "some" if max(counts) else "no")
        for end, out in ((entry.profit_low, -1), (entry.profit_high, 1)):
            if abs(end) != math.inf:
                assert is_optimal(table.solution, with_profit(instance, k, end))
                beyond = with_profit(instance, k, end + Fraction(out, 1000))
                assert not is_optimal(table.solution, beyond)
            else:
                far = with_profit(instance, k, out * Fraction(1000))
                assert is_optimal(table.solution, far)


@settings(max_examples=150, deadline=None)
@given(with_one_capacity)
def test_an_item_is_taken_up_to_its_weight_limit_and_not_beyond(instance):
    if best_value(instance, instance.capacities) == -math.inf:
        return
    for k, entry in enumerate(sensitivity(instance)):
        if entry.weight_limit is None:
            assert not is_taken(with_weight(instance, k, Fraction(0)), k)
        else:
            assert is_taken(with_weight(instance, k, entry.weight_limit), k)
            heavier = with_weight(instance, k, entry.weight_limit + Fraction(1, 1000))
            assert not is_taken(heavier, k)


@settings(max_examples=100, deadline=None)
@given(with_one_capacity)
def test_the_capacity_moves_up_to_the_steps_beside_it(instance):
    (capacity,) = instance.capacities
    here = best_value(instance, [capacity])
    if here == -math.inf:
        return
    moves = sensitivity(instance).capacity
    little = Fraction(1, 1000)
    assert best_value(instance, [moves.low]) == here
    below = best_value(instance, [moves.low - little]) if moves.low > 0 else -math.inf
    assert here - below == moves.loss
    if moves.high is None:
        assert moves.gain == 0
        assert best_value(instance, [capacity + 40]) == here
    else:
        assert best_value(instance, [moves.high - little]) == here
        assert best_value(instance, [moves.high]) == here + moves.gain > here


@settings(max_examples=10, deadline=None)
@given(zero_one(most=4))
def test_profit_ranges_are_the_cost_ranges_of_the_program(instance):
    table = sensitivity(instance)
    ranges = tm.cost_ranges(program(instance).program)
    if tuple(ranges.point) == table.solution.counts:
        for entry, known in zip(table, ranges, strict=True):
            assert known.is_proved
            assert (entry.profit_low, entry.profit_high) == (known.low, known.high)


def is_optimal(packed, instance):
    counts = packed.counts
    return KnapsackSolution.of(instance, counts).value == best_value(instance, instance.capacities)


def is_taken(instance, k):
    """Whether some optimal packing takes the item."""
    return any(packing[k] for packing in best_packings(instance))


def with_profit(instance, k, profit):
    if isinstance(instance, Knapsack):
        return replace(
            instance, profits=[*instance.profits[:k], profit, *instance.profits[k + 1 :]]
        )
    return replace(instance, profits=_changed(instance.profits, instance.labels[k], profit))


def with_weight(instance, k, weight):
    if isinstance(instance, Knapsack):
        (row,) = instance.weights
        bounded = instance.upper
        if weight == 0 and bounded[k] == math.inf:
            bounded = [*bounded[:k], 40, *bounded[k + 1 :]]
        return replace(instance, weights=[*row[:k], weight, *row[k + 1 :]], upper=bounded)
    (table,) = instance.weights
    return replace(instance, weights=_changed(table, instance.labels[k], weight))


def _changed(table, label, number):
    k, j = label
    rows = [list(row) for row in table]
    rows[k][j] = number
    return rows

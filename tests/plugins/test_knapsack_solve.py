"""Best packings of knapsacks: those of brute force, and of the literature."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import NotAllowedError
from tamemip.plugins.knapsack import (
    Knapsack,
    MultipleChoiceKnapsack,
    _best_counts,
    _states,
    evaluate,
    read,
    solve,
    value_function,
)
from tests.plugins.knapsacks_at_random import (
    best_value,
    classes,
    items,
    plain_table,
)

DATA = Path(__file__).parents[3] / "shared/data/knapsack"
needs_data = pytest.mark.skipif(not DATA.is_dir(), reason="../shared/data/knapsack is not there")
anything = st.one_of(items(), classes())


# -- the literature ----------------------------------------------------------------------


def stated():
    path = DATA / "std/optimum.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8") as file:
        return [(row["name"], int(row["optimum"])) for row in csv.DictReader(file)]


@needs_data
@pytest.mark.parametrize(("name", "optimum"), stated())
def test_known_optima_are_reproduced_in_two_ways(name, optimum):
    instance = read(DATA / f"std/{name}.txt")
    answer = solve(instance)
    assert answer.is_exact
    assert answer.status is tm.Status.OPTIMAL
    assert evaluate(instance, answer.solution) == answer.value == answer.bound == optimum
    V = value_function(instance)
    assert V.exact(instance.capacities[0]) == optimum
    if instance.n_items <= 1000:
        assert V.solution(instance.capacities[0]).value == optimum


@needs_data
def test_known_optima_of_ten_capacities_are_found():
    for instance in read(DATA / "orlib_mkp/mknap1.txt"):
        answer = solve(instance, limits=tm.Limits(seconds=60))
        assert answer.value == instance.optimum
        assert not answer.is_exact
        assert "claimed" in str(answer)


# -- best packings -----------------------------------------------------------------------


@settings(deadline=None)
@given(anything)
@example(Knapsack([1, 1], [3, 3], 2))
@example(Knapsack([-1], [1], 2))
@example(Knapsack([2, 3], [0, 0], 0, upper=[2, 3]))
def test_the_best_packing_is_that_of_brute_force(instance):
    answer = solve(instance)
    best = best_value(instance, instance.capacities)
    assert answer.value == answer.bound == best
    assert answer.is_exact
    if best == -math.inf:
        assert answer.status is tm.Status.INFEASIBLE
        assert answer.solution is None
        with pytest.raises(NotAllowedError):
            answer.items  # noqa: B018
    else:
        assert evaluate(instance, answer.solution) == best


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=5, max_size=40),
    st.integers(1, 3),
    st.integers(0, 300),
)
def test_deciding_most_items_by_bounds_loses_nothing(pairs, upper, capacity):
    profits, weights = zip(*pairs, strict=True)
    instance = Knapsack(profits, weights, capacity, upper=upper)
    assert solve(instance).value == plain_table(instance, capacity)[-1]


@given(
    st.lists(st.tuples(st.integers(1, 40), st.integers(1, 40)), min_size=5, max_size=40),
    st.sampled_from(["free", "weight", "weight and more"]),
    st.integers(1, 3),
    st.integers(0, 300),
)
@settings(deadline=None)
def test_lists_of_states_find_the_best_packing(pairs, kind, upper, capacity):
    weights = [w for _, w in pairs]
    profits = {
        "free": [p for p, _ in pairs],
        "weight": weights,
        "weight and more": [w + 4 for w in weights],
    }[kind]
    instance = Knapsack(profits, weights, capacity, upper=upper)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_best_counts, "_LITTLE_WORK", -1)
        patch.setattr(_best_counts, "_UNSURE", 7)
        patch.setattr(_states, "_FEW_STATES", 4)
        answer = solve(instance)
    assert answer.is_exact
    assert evaluate(instance, answer.solution) == plain_table(instance, capacity)[-1]


def test_capacities_beyond_all_tables_are_solved_exactly():
    """Nine items fit, if the small parts of their weights do: two small capacities instead."""
    profits = [10**6 + 11 * k for k in range(1, 25)]
    small = [7 * k * k for k in range(1, 25)]
    large = Knapsack(profits, [10**12 + v for v in small], 9 * 10**12 + 10**4)
    answer = solve(large)
    assert answer.is_exact
    assert answer.value == solve(Knapsack(profits, [[1] * 24, small], [9, 10**4])).value


def test_a_packing_that_fits_within_a_tolerance_does_not_count(monkeypatch):
    monkeypatch.setattr(_best_counts, "_LITTLE_WORK", -1)
    monkeypatch.setattr(_best_counts, "_MOST_WORK", 0)
    monkeypatch.setattr(_states, "_MOST_STATES", 1)
    profits = [10**6 + 11 * k for k in range(1, 25)]
    weights = [10**12 + 7 * k * k for k in range(1, 25)]
    instance = Knapsack(profits, weights, 9 * 10**12 + 10**4)
    answer = solve(instance, limits=tm.Limits(seconds=2))
    assert not answer.is_exact
    assert evaluate(instance, answer.solution) == answer.value <= 9_001_210 <= answer.bound


def test_what_is_too_large_for_a_table_is_a_claim(monkeypatch):
    monkeypatch.setattr(_best_counts, "_MOST_WORK", 0)
    monkeypatch.setattr(_best_counts, "_LITTLE_WORK", -1)
    monkeypatch.setattr(_states, "_MOST_STATES", 1)
    instance = Knapsack([13, 16, 19, 24, 3], [5, 6, 8, 10, 2], 16)
    answer = solve(instance)
    assert not answer.is_exact
    assert (answer.status, answer.value) == (tm.Status.OPTIMAL, best_value(instance, [16]))
    assert "claimed" in answer.solution.origin
    infeasible = MultipleChoiceKnapsack([[1, 2]], [[3, 4]], 2)
    assert solve(infeasible).status is tm.Status.INFEASIBLE


def test_without_time_the_greedy_packing_and_a_bound_are_left():
    instance = Knapsack([13, 16, 19, 24, 3], [5, 6, 8, 10, 2], 16)
    answer = solve(instance, limits=tm.Limits(seconds=0))
    assert answer.status is tm.Status.LIMIT
    assert not answer.is_exact
    best = best_value(instance, [16])
    assert evaluate(instance, answer.solution) == answer.value <= best <= answer.bound
    assert "limit reached" in repr(answer)

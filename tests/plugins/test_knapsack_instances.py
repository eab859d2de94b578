"""Knapsack instances: what goes in is kept exactly, or refused by the name of the entry."""

from __future__ import annotations

import dataclasses
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.errors import (
    InvalidInputError,
    MissingDependencyError,
    NotAllowedError,
    UnsupportedError,
)
from tamemip.plugins.knapsack import (
    FAMILY,
    Knapsack,
    KnapsackSolution,
    MultipleChoiceKnapsack,
)

NAN, INF = math.nan, math.inf
rationals = st.fractions(min_value=0, max_value=50, max_denominator=12)


@given(st.lists(st.tuples(rationals, rationals), min_size=1, max_size=6), rationals)
def test_all_ways_to_write_a_number_give_the_same_instance(items, capacity):
    profits, weights = zip(*items, strict=True)
    plain = Knapsack(profits, weights, capacity)
    texts = Knapsack(map(str, profits), (str(w) for w in weights), [str(capacity)], upper="1")
    nested = Knapsack(list(profits), [list(weights)], [capacity], upper=[1] * len(items))
    assert plain == texts == nested
    assert hash(plain) == hash(texts)
    assert plain.profits == profits
    assert plain.weights == (weights,)
    assert plain.capacities == (capacity,)


def test_arrays_are_read_as_the_decimals_they_print():
    weights = np.array([[0.1, 2.5], [3.0, 4.0]])
    instance = Knapsack(np.array([1, 2]), weights, np.array([7, 8]), upper=np.array([1, 3]))
    assert instance.weights == ((Fraction(1, 10), Fraction(5, 2)), (3, 4))
    assert instance.upper == (1, 3)
    assert np.float64 not in {type(v) for v in (*instance.profits, *instance.capacities)}


@pytest.mark.parametrize("upper", [None, INF, "inf", [None, INF]], ids=str)
def test_no_limit_is_none_or_infinite(upper):
    assert Knapsack([1, 2], [1, 1], 3, upper=upper).upper == (INF, INF)


@given(
    st.lists(st.tuples(rationals, rationals.filter(bool)), min_size=1, max_size=4),
    rationals,
    st.fractions(min_value=1, max_value=3, max_denominator=4),
)
def test_a_finite_upper_bound_is_never_reached_while_ratios_grow_little(items, capacity, room):
    profits, weights = zip(*items, strict=True)
    bounded = Knapsack(profits, weights, capacity, upper=None).with_finite_upper(room=room)
    for bound, weight in zip(bounded.upper, weights, strict=True):
        assert bound >= capacity * room // weight
        assert bound * weight > capacity * room
    assert bounded.with_finite_upper() == bounded


def test_an_item_that_weighs_nothing_cannot_be_bounded():
    instance = Knapsack([1, 2], [[0, 1], [0, 0]], [3, 3], upper=[None, None])
    with pytest.raises(NotAllowedError, match=r"upper\[0\]"):
        instance.with_finite_upper()
    with pytest.raises(InvalidInputError, match="room is 0"):
        instance.with_finite_upper(room=0)


def test_profits_of_any_sign_are_data():
    assert Knapsack([-1, 0], [0, 0], 0).profits == (-1, 0)


@pytest.mark.parametrize("instance", FAMILY.examples(), ids=lambda k: k.name)
def test_instances_are_values(instance):
    assert pickle.loads(pickle.dumps(instance)) == instance
    assert dataclasses.replace(instance) == instance
    assert dataclasses.replace(instance, name="another") != instance
    with pytest.raises(dataclasses.FrozenInstanceError):
        instance.name = "moved"


@pytest.mark.parametrize(
    ("make", "named"),
    [
        (lambda: Knapsack([1, 2], [3, -1], 4), "weights[1] is -1"),
        (lambda: Knapsack([1, 2], [[3, 1], [0, -2]], [4, 4]), "weights[1][1] is -2"),
        (lambda: Knapsack([1, NAN], [3, 1], 4), "profits[1]"),
        (lambda: Knapsack([1, 2], [3, INF], 4), "weights[1]"),
        (lambda: Knapsack([1, 2], [3, "1,5"], 4), "weights[1]"),
        (lambda: Knapsack([1, 2], [3, 1], NAN), "capacities is nan"),
        (lambda: Knapsack([1, 2], [3, 1], -4), "capacities is -4"),
        (lambda: Knapsack([1, 2], [[3, 1], [1, 1]], [4, -1]), "capacities[1] is -1"),
        (lambda: Knapsack([], [], 4), "profits is empty"),
        (lambda: Knapsack([1, 2], [], []), "weights is empty"),
        (lambda: Knapsack([1, 2], [3], 4), "weights has 1 entries, but there are 2 items"),
        (lambda: Knapsack([1, 2], [[3, 1], [1]], [4, 5]), "weights[1] has 1 entries"),
        (lambda: Knapsack([1, 2], [3, 1], [4, 5]), "rows of weights: 1, capacities: 2"),
        (lambda: Knapsack([1, 2, 3], [[1, 2]] * 3, [4, 5]), "shape (3, 2); (2, 3) is needed"),
        (lambda: Knapsack([1, 2, 3], [[1], [2], [3]], 4), "shape (3, 1); (1, 3) is needed"),
        (lambda: Knapsack([1, 2], [3, 1], 4, upper=0.5), "upper is 1/2"),
        (lambda: Knapsack([1, 2], [3, 1], 4, upper=[1, -1]), "upper[1] is -1"),
        (lambda: Knapsack([1, 2], [3, 1], 4, upper=[1, NAN]), "upper[1]"),
        (lambda: Knapsack([1, 2], [3, 1], 4, upper=-INF), "upper is -inf"),
        (lambda: Knapsack([1, 2], [3, 1], 4, upper=[1]), "upper has 1 entries"),
        (lambda: Knapsack("12", [3, 1], 4), "profits has to be a sequence"),
        (lambda: Knapsack([1, 2], [3, 1], 4, optimum=NAN), "optimum"),
        (lambda: MultipleChoiceKnapsack([], [], 3), "profits is empty"),
        (lambda: MultipleChoiceKnapsack([[1], []], [[1], []], 3), "profits[1] is empty"),
        (lambda: MultipleChoiceKnapsack([1, 2], [1, 2], 3), "profits[0] is 1"),
        (lambda: MultipleChoiceKnapsack([[1, 2]], [[1, -2]], 3), "weights[0][1] is -2"),
        (lambda: MultipleChoiceKnapsack([[1, 2]], [[[1, 2]], [[1, -2]]], [3, 3]), "weights[1][0]"),
        (lambda: MultipleChoiceKnapsack([[1, 2], [3]], [[1], [2]], 3), "weights[0] has 1"),
        (lambda: MultipleChoiceKnapsack([[1, 2]], [[1, 2], [3]], 3), "weights has 2 lists"),
        (lambda: MultipleChoiceKnapsack([[1]], [[1]], 3, choose="one"), "choose is 'one'"),
    ],
    ids=lambda case: case if isinstance(case, str) else "",
)
def test_what_is_no_knapsack_is_refused_by_name(make, named):
    with pytest.raises(InvalidInputError) as refusal:
        make()
    assert named in str(refusal.value)


@pytest.mark.parametrize("make", FAMILY.bad_examples())
def test_bad_examples_are_refused(make):
    with pytest.raises(InvalidInputError):
        make()


@pytest.mark.parametrize("profits", [[[1, 2], [2, 3]], np.eye(2)], ids=["lists", "array"])
def test_quadratic_profits_are_refused_with_a_way_out(profits):
    with pytest.raises(UnsupportedError, match="quadratic"):
        Knapsack(profits, [1, 2], 3)


# -- solutions ------------------------------------------------------------------------------


counted = st.lists(st.tuples(rationals, rationals, st.integers(0, 4)), min_size=1, max_size=6)


@given(counted, rationals)
def test_solutions_add_up(items, capacity):
    profits, weights, counts = zip(*items, strict=True)
    packed = KnapsackSolution.of(Knapsack(profits, weights, capacity, upper=4), counts)
    assert packed.value == sum(p * x for p, _, x in items)
    assert packed.loads == (sum(w * x for _, w, x in items),)
    assert packed.slack == (capacity - packed.loads[0],)
    assert packed.items == tuple(j for j, x in enumerate(counts) if x)
    assert pickle.loads(pickle.dumps(packed)) == packed
    if capacity:
        assert sum(packed.shares()) == packed.loads[0] / capacity


def test_items_of_classes_are_named_by_class_and_place():
    instance = MultipleChoiceKnapsack([[6, 9], [4, 5, 7]], [[2, 4], [1, 2, 4]], 6)
    packed = KnapsackSolution.of(instance, [0, 1, 0, 1, 0])
    assert packed.items == ((0, 1), (1, 1))
    assert repr(packed) == "KnapsackSolution(value 14, items (0, 1), (1, 1))"


def test_a_solution_shows_what_is_taken():
    instance = Knapsack([3, "1/2", 8], [[2, 1, 9], [1, 4, 9]], [14, 15], upper=[None, 2, 1])
    packed = KnapsackSolution.of(instance, [2, 1, 0], origin="by hand")
    head, columns, *rows = str(packed).splitlines()
    assert head == "value 13/2 (by hand), 2 of 3 items, loads 5 of 14, 6 of 15"
    assert columns.split() == ["item", "count", "profit", "weight[0]", "weight[1]", "share"]
    assert [row.split()[:5] for row in rows] == [
        ["0", "2", "6", "4", "2"],
        ["1", "1", "1/2", "1", "4"],
    ]
    assert packed._repr_html_().count("<tr>") == 3
    assert str(KnapsackSolution.of(instance, [0, 0, 0])).count("\n") == 0


def test_long_solutions_and_instances_are_cut():
    instance = Knapsack([1] * 500, [1] * 500, 500)
    packed = KnapsackSolution.of(instance, [1] * 500)
    assert "more items" in str(packed)
    assert max(len(str(packed).splitlines()), len(str(instance).splitlines())) < 30
    assert len(repr(packed)) < 100


def test_an_item_that_needs_no_capacity_has_no_share():
    instance = Knapsack([1, 1], [2, 0], 0)
    assert KnapsackSolution.of(instance, [1, 1]).shares() == (None, 0)


def test_pandas_gets_one_line_an_item_that_is_taken():
    pytest.importorskip("pandas", reason="pandas is not installed")
    packed = KnapsackSolution.of(Knapsack([3, 4, 5], [1, 2, 3], 9, upper=3), [2, 0, 1])
    frame = packed.to_pandas()
    assert list(frame.columns) == ["item", "count", "profit", "weight"]
    assert frame.to_numpy().tolist() == [[0, 2, 6, 2], [2, 1, 5, 3]]


def test_without_pandas_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "pandas", None)
    with pytest.raises(MissingDependencyError, match="pip install pandas"):
        KnapsackSolution.of(Knapsack([3], [1], 9), [1]).to_pandas()

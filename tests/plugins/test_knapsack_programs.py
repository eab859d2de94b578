"""Knapsack programs: their optima are those of brute force, their parameters move the data."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, NotLipschitzError
from tamemip.plugins import Family
from tamemip.plugins.knapsack import (
    FAMILY,
    Knapsack,
    KnapsackSolution,
    MultipleChoiceKnapsack,
    decode,
    evaluate,
    program,
)

sizes = st.fractions(min_value=0, max_value=9, max_denominator=3)
signed = st.fractions(min_value=-3, max_value=9, max_denominator=3)


@st.composite
def knapsacks(draw):
    """Small knapsacks of at most three capacities, each item at most thrice."""
    n, m = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    row = st.lists(sizes, min_size=n, max_size=n)
    return Knapsack(
        draw(st.lists(signed, min_size=n, max_size=n)),
        draw(st.lists(row, min_size=m, max_size=m)),
        draw(st.lists(sizes, min_size=m, max_size=m)),
        upper=draw(st.lists(st.integers(0, 3), min_size=n, max_size=n)),
    )


@st.composite
def choices(draw):
    """Small multiple-choice knapsacks."""
    lengths = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    m = draw(st.integers(1, 2))

    def table(numbers):
        return [draw(st.lists(numbers, min_size=k, max_size=k)) for k in lengths]

    return MultipleChoiceKnapsack(
        table(signed),
        [table(sizes) for _ in range(m)],
        draw(st.lists(sizes, min_size=m, max_size=m)),
        choose=draw(st.sampled_from(["exactly one", "at most one"])),
    )


def all_counts(instance):
    """Every way to choose items, fitting or not, straight from the definition."""
    if isinstance(instance, Knapsack):
        yield from itertools.product(*(range(int(u) + 1) for u in instance.upper))
        return
    least = 1 if instance.choose == "exactly one" else 0
    for counts in itertools.product((0, 1), repeat=instance.n_items):
        tally = [0] * instance.n_classes
        for (k, _), x in zip(instance.labels, counts, strict=True):
            tally[k] += x
        if all(least <= t <= 1 for t in tally):
            yield counts


def best_by_brute_force(instance):
    """The largest profit of a packing that fits; None if none does."""
    packed = (KnapsackSolution.of(instance, counts) for counts in all_counts(instance))
    return max((s.value for s in packed if min(s.slack) >= 0), default=None)


@settings(max_examples=60, deadline=None)
@given(st.one_of(knapsacks(), choices()))
def test_the_program_has_the_value_of_brute_force(instance):
    claim = tm.solve(program(instance).program)
    best = best_by_brute_force(instance)
    if best is None:
        assert claim.status is tm.Status.INFEASIBLE
    else:
        packed = decode(instance, claim.point)
        assert evaluate(instance, packed) == packed.value == best


@given(st.one_of(knapsacks(), choices()), st.data())
def test_evaluate_accepts_what_the_program_accepts(instance, data):
    top = 3 if isinstance(instance, Knapsack) else 1
    count = st.integers(-1, top + 1)
    n = instance.n_items
    counts = data.draw(st.lists(count, min_size=n, max_size=n))
    packed = KnapsackSolution.of(instance, counts)
    p = program(instance).program
    if p.violations(counts):
        with pytest.raises(InvalidInputError):
            evaluate(instance, packed)
    else:
        assert evaluate(instance, packed) == p.objective(counts)


def moved(instance, theta):
    """The knapsack whose numbers are moved as the names of the parameters say."""
    single = instance.n_capacities == 1

    def named(what, row, *item):
        places = [*([] if single or row is None else [row]), *item]
        return f"{what}[{','.join(map(str, places))}]" if places else what

    def profit(value, *item):
        return value + theta[named("profit", None, *item)]

    def weight(value, i, *item):
        return value + theta[named("weight", i, *item)]

    capacities = [c + theta[named("capacity", i)] for i, c in enumerate(instance.capacities)]
    if isinstance(instance, Knapsack):
        profits = [profit(p, j) for j, p in enumerate(instance.profits)]
        weights = [
            [weight(w, i, j) for j, w in enumerate(row)] for i, row in enumerate(instance.weights)
        ]
    else:
        profits = [
            [profit(p, k, j) for j, p in enumerate(row)] for k, row in enumerate(instance.profits)
        ]
        weights = [
            [[weight(w, i, k, j) for j, w in enumerate(row)] for k, row in enumerate(table)]
            for i, table in enumerate(instance.weights)
        ]
    return replace(instance, profits=profits, weights=weights, capacities=capacities)


moves = st.fractions(min_value=0, max_value=2, max_denominator=4)


@given(st.one_of(knapsacks(), choices()), st.data())
def test_parameters_are_what_is_added_to_the_numbers_of_their_names(instance, data):
    q = program(instance)
    k = q.n_parameters
    theta = data.draw(st.lists(moves, min_size=k, max_size=k))
    aim = moved(instance, dict(zip(q.names, theta, strict=True)))
    assert q.at(theta).exact == program(aim).program.exact


def test_names_are_those_of_the_items():
    q = program(Knapsack([3, 4], [[1, 2], [2, 1]], [3, 3]))
    assert q.names == (
        *("profit[0]", "profit[1]"),
        *("weight[0,0]", "weight[0,1]", "capacity[0]"),
        *("weight[1,0]", "weight[1,1]", "capacity[1]"),
    )
    assert q.program.row_names == ("capacity[0]", "capacity[1]")
    q = program(MultipleChoiceKnapsack([[3, 4], [5]], [[1, 2], [2]], 3))
    assert q.names == (
        *("profit[0,0]", "profit[0,1]", "profit[1,0]"),
        *("weight[0,0]", "weight[0,1]", "weight[1,0]", "capacity"),
    )
    assert q.program.col_names == ("take[0,0]", "take[0,1]", "take[1,0]")
    assert q.program.row_names == ("capacity", "class[0]", "class[1]")
    assert q.program.row_sense == ("<=", "=", "=")


def test_a_weight_of_zero_has_its_parameter():
    q = program(Knapsack([3, 4], [0, 2], 3))
    moved_weight = dict.fromkeys(q.names, 0) | {"weight[0]": 5}
    assert q.at(moved_weight).exact.A.rows == (((0, 5), (1, 2)),)


def test_points_are_decoded_exactly_whatever_holds_them():
    instance = Knapsack(["1/3", 2], [1, 1], 3, upper=3)
    for point in ([2.0000001, 0.9999999], (2, 1), np.array([2.0, 1.0]), [Fraction(2), 1]):
        assert decode(instance, point).value == Fraction(8, 3)


@pytest.mark.parametrize("point", [[0.5, 0], [0], [0, 0, 0], [math.nan, 0]], ids=str)
def test_what_is_no_point_is_refused(point):
    with pytest.raises(InvalidInputError):
        decode(Knapsack([1, 2], [1, 1], 3), point)


@pytest.mark.parametrize(
    ("counts", "named"),
    [
        ([1, 0, 1, 0], "the items weigh 8, but capacity is 7"),
        ([2, 0, 0, 0], "item 0 is taken 2 times"),
        ([0, -1, 0, 0], "item 1 is taken -1 times"),
    ],
)
def test_evaluate_names_what_is_broken(counts, named):
    instance = Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 7)
    with pytest.raises(InvalidInputError, match=named):
        evaluate(instance, KnapsackSolution.of(instance, counts))


def test_evaluate_names_the_class_that_is_broken():
    instance = MultipleChoiceKnapsack([[1, 2], [3]], [[1, 1], [1]], 9)
    with pytest.raises(InvalidInputError, match=r"items \[\] of class 1 are chosen; exactly one"):
        evaluate(instance, KnapsackSolution.of(instance, [1, 0, 0]))
    with pytest.raises(InvalidInputError, match=r"items \[0, 1\] of class 0"):
        evaluate(instance, KnapsackSolution.of(instance, [1, 1, 1]))


def test_the_family_refuses_what_is_no_knapsack():
    with pytest.raises(InvalidInputError, match="no knapsack"):
        FAMILY.program({"profits": [1]})


def test_the_family_is_found_by_name():
    assert tm.family("knapsack") is FAMILY
    assert isinstance(FAMILY, Family)


@pytest.mark.parametrize("instance", FAMILY.examples(), ids=lambda k: k.name)
def test_examples_have_the_optimum_that_they_state(instance):
    packed = decode(instance, tm.solve(program(instance).program).point)
    assert evaluate(instance, packed) == packed.value
    assert instance.optimum in (None, packed.value)


# -- the literature -------------------------------------------------------------------------


def test_unbounded_knapsack_at_all_capacities():
    values = []
    for capacity in range(15):
        instance = Knapsack([7, 9, 2, 15], [3, 4, 1, 7], capacity, upper=None)
        claim = tm.solve(program(instance).program)
        values.append(evaluate(instance, decode(instance, claim.point)))
    assert values == [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30, 32]


def test_ties_of_the_unbounded_knapsack():
    instance = Knapsack([7, 9, 2, 15], [3, 4, 1, 7], 10, upper=None)
    for counts in ([2, 1, 0, 0], [3, 0, 1, 0]):
        assert evaluate(instance, KnapsackSolution.of(instance, counts)) == 23


@pytest.mark.parametrize(
    ("profits", "weights", "capacity", "upper", "value"),
    [
        ([10, 7, 25, 24], [2, 1, 6, 5], 7, 1, 34),
        ([11, 7, 5, 1], [6, 4, 3, 1], 25, 1, 24),
        ([11, 7, 5, 1], [6, 4, 3, 1], 25, None, 45),
    ],
)
def test_knapsacks_of_the_literature(profits, weights, capacity, upper, value):
    instance = Knapsack(profits, weights, capacity, upper=upper)
    assert decode(instance, tm.solve(program(instance).program).point).value == value


def test_a_tie_in_the_profits_has_both_packings_as_derivatives():
    q = program(Knapsack([10, 7, 27, 24], [2, 1, 6, 5], 7))
    field = tm.conservative_gradient(q.program, wrt="c")
    found = {tuple(map(int, x)) for x in field.generators}
    assert found == {(1, 0, 0, 1), (0, 1, 1, 0)}


def test_the_value_jumps_in_a_capacity_that_is_used_up():
    q = program(Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 7))
    with pytest.raises(NotLipschitzError):
        tm.conservative_gradient(q)


def test_with_room_to_spare_only_the_profits_matter():
    q = program(Knapsack([10, 7, 27, 24], [2, 1, 6, 5], "15/2"))
    field = tm.conservative_gradient(q, wrt="theta")
    packings = {(1, 0, 0, 1), (0, 1, 1, 0)}
    assert {tuple(map(int, g)) for g in field.generators} == {(*x, 0, 0, 0, 0, 0) for x in packings}


def test_unbounded_items_have_derivatives_in_weights():
    instance = Knapsack([7, 9, 2, 15], [3, 4, 1, 7], "21/2", upper=None)
    ties = {(2, 1, 0, 0), (3, 0, 1, 0)}
    for known in (instance, instance.with_finite_upper()):
        field = tm.conservative_gradient(program(known))
        assert {tuple(map(int, g)) for g in field.generators} == {(*x, 0, 0, 0, 0, 0) for x in ties}
    with pytest.raises(NotLipschitzError):
        tm.conservative_gradient(program(Knapsack([7, 9], [3, 4], 10, upper=None)))


def test_a_large_knapsack_is_a_program_and_prints_shortly():
    n = 10_000
    q = program(Knapsack(range(1, n + 1), range(1, n + 1), n))
    assert q.n_parameters == 2 * n + 1
    assert len(str(q).splitlines()) < 40

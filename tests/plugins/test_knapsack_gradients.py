"""Gradients of knapsack values: all optimal packings, or a refusal where the value jumps."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import NotAllowedError, NotLipschitzError
from tamemip.plugins.knapsack import Knapsack, program, sensitivity, value_function
from tests.plugins.knapsacks_at_random import best_packings, best_value, packings, zero_one

TIE = Knapsack([10, 7, 27, 24], [2, 1, 6, 5], 7)
TIE_WITH_SLACK = replace(TIE, capacities=["15/2"])
SMALL = Fraction(1, 10**9)

positive = zero_one(most=4).map(
    lambda k: replace(k, weights=[[w + 1 for w in row] for row in k.weights])
)


def slack(instance, counts):
    """What a packing leaves of each capacity."""
    loads = next(load for c, _, load in packings(instance, instance.capacities) if c == counts)
    return [c - load for c, load in zip(instance.capacities, loads, strict=True)]


def moved(instance, theta):
    """The knapsack whose data are displaced by parameters in the order of its program."""
    n = instance.n_items
    rows = [
        [w + theta[n + i * (n + 1) + j] for j, w in enumerate(row)]
        for i, row in enumerate(instance.weights)
    ]
    capacities = [c + theta[n + i * (n + 1) + n] for i, c in enumerate(instance.capacities)]
    profits = [p + t for p, t in zip(instance.profits, theta, strict=False)]
    return replace(instance, profits=profits, weights=rows, capacities=capacities)


def test_a_tie_of_two_packings_has_both_as_generators():
    D = tm.conservative_gradient(program(TIE).program, wrt="c")
    assert D.value == 34
    assert set(D.exact_generators) == {(1, 0, 0, 1), (0, 1, 1, 0)}
    assert D.contains([Fraction(1, 2)] * 4)
    assert not D.contains([1, 1, 0, 0])
    clarke = tm.conservative_gradient(program(TIE).program, wrt="c", kind="clarke")
    assert set(clarke.exact_generators) == set(D.exact_generators)


@settings(max_examples=25, deadline=None)
@given(zero_one(most=4))
def test_the_gradient_in_the_profits_is_the_hull_of_all_best_packings(instance):
    D = tm.conservative_gradient(program(instance).program, wrt="c")
    assert set(D.exact_generators) == set(best_packings(instance))


@settings(max_examples=25, deadline=None)
@given(zero_one(most=4))
def test_the_table_of_moves_says_what_the_gradient_says(instance):
    generators = tm.conservative_gradient(program(instance).program, wrt="c").exact_generators
    for k, entry in enumerate(sensitivity(instance)):
        counts = {int(g[k]) for g in generators}
        assert entry.presence == ("every" if min(counts) else "some" if max(counts) else "no")


@settings(max_examples=25, deadline=None)
@given(zero_one(most=4, capacities=st.integers(1, 2)))
@example(TIE)
@example(TIE_WITH_SLACK)
def test_the_value_jumps_in_the_capacities_unless_a_best_packing_leaves_room(instance):
    q = program(instance).program
    if any(min(slack(instance, counts)) > 0 for counts in best_packings(instance)):
        D = tm.conservative_gradient(q, wrt="rhs")
        assert set(D.exact_generators) == {(0,) * instance.n_capacities}
        return
    with pytest.raises(NotLipschitzError) as refused:
        tm.conservative_gradient(q, wrt="rhs")
    assert refused.value.jump.at == best_value(instance, instance.capacities)


@settings(max_examples=25, deadline=None)
@given(positive)
@example(TIE)
@example(TIE_WITH_SLACK)
def test_all_parameters_have_a_gradient_if_no_best_packing_is_tight(instance):
    q, best = program(instance), best_packings(instance)
    if any(min(slack(instance, counts)) == 0 for counts in best):
        with pytest.raises((NotLipschitzError, NotAllowedError)):
            tm.conservative_gradient(q, wrt="theta")
        return
    D = tm.conservative_gradient(q, wrt="theta")
    rest = (0,) * (q.n_parameters - instance.n_items)
    assert set(D.exact_generators) == {(*counts, *rest) for counts in best}


@settings(max_examples=15, deadline=None)
@given(positive, st.data())
def test_rates_are_those_of_the_gradient(instance, data):
    q = program(instance)
    assume(all(min(slack(instance, counts)) > 0 for counts in best_packings(instance)))
    D = tm.conservative_gradient(q, wrt="theta")
    steps = st.integers(-5, 5)
    way = data.draw(st.lists(steps, min_size=q.n_parameters, max_size=q.n_parameters))
    near = moved(instance, [SMALL * v for v in way])
    change = best_value(near, near.capacities) - best_value(instance, instance.capacities)
    # The value is a maximum of the packings that are best here.
    assert change / SMALL == max(
        sum(g * v for g, v in zip(generator, way, strict=True)) for generator in D.exact_generators
    )


def test_weights_and_capacity_have_no_gradient_where_a_packing_is_tight():
    with pytest.raises(NotLipschitzError) as refused:
        tm.conservative_gradient(program(TIE), wrt="theta")
    assert (refused.value.jump.at, refused.value.jump.limit) == (34, 31)


def test_with_room_to_spare_the_profits_alone_have_rates():
    D = tm.conservative_gradient(program(TIE_WITH_SLACK), wrt="theta")
    assert set(D.exact_generators) == {
        (1, 0, 0, 1, 0, 0, 0, 0, 0),
        (0, 1, 1, 0, 0, 0, 0, 0, 0),
    }


def test_unlimited_items_have_gradients_too():
    unlimited = Knapsack([7, 9, 2, 15], [3, 4, 1, 7], "21/2", upper=None)
    D = tm.conservative_gradient(program(unlimited), wrt="theta")
    assert {g[:4] for g in D.exact_generators} == set(best_packings(unlimited))


@pytest.mark.parametrize("penalty", [1, 3, 5])
def test_what_overload_costs_gives_capacity_a_gradient(penalty):
    """The elastic envelope: ``max V(c) - penalty |c - 7|`` over all capacities ``c``."""
    V = value_function(TIE, upto=14)
    E = tm.elastic(program(TIE).program, penalty={"capacity": penalty})
    best = max(V.exact(c) - penalty * abs(c - 7) for c in range(15))
    D = tm.conservative_gradient(E, wrt="rhs")
    assert D.value == best
    prices = {g[0] for g in D.exact_generators}
    assert prices <= {0, penalty}
    assert (penalty in prices) == any(V.exact(c) - penalty * (c - 7) == best for c in range(7, 15))

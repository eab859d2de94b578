"""Lot sizing against all setup patterns and the dynamic program of Wagner and Whitin."""

from __future__ import annotations

import pickle
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._lot_sizing import LotSizing
from tamemip.plugins.scheduling._lot_sizing_member import MEMBER
from tamemip.plugins.scheduling._lot_sizing_program import (
    LotPlan,
    evaluate_lots,
    lot_plan,
    lot_sizing_program,
)


def by_recursion(lots: LotSizing) -> Fraction:
    """Wagner and Whitin (1958): some best plan produces only when the stock is empty."""
    best = [Fraction(0)]
    for last in range(lots.n_periods):
        best.append(min(best[first] + _lot_cost(lots, first, last) for first in range(last + 1)))
    return best[-1]


def _lot_cost(lots: LotSizing, first: int, last: int) -> Fraction:
    """Of one lot in `first` for the demand up to `last`; none if there is no demand."""
    units = lots.demand[first : last + 1]
    if not any(units):
        return Fraction(0)
    cost = lots.setup[first] + lots.production[first] * sum(units)
    for t in range(first, last):
        cost += lots.holding[t] * sum(lots.demand[t + 1 : last + 1])
    return cost


def by_patterns(lots: LotSizing) -> Fraction:
    """All patterns of setups; every unit in turn is produced where it costs least.

    Units are indivisible here, so that demands and capacities have to be integers. With a
    pattern given, lots are flows, and integers are enough.
    """
    costs = []
    for pattern in product([0, 1], repeat=lots.n_periods):
        found = _by_plans(lots, pattern)
        if found is not None:
            costs.append(found)
    return min(costs)


def _by_plans(lots: LotSizing, pattern) -> Fraction | None:
    total = int(sum(lots.demand))
    most = [min(total, int(c)) for c in (lots.capacity or [total] * lots.n_periods)]
    costs = []
    for plan in product(*(range(m * y + 1) for m, y in zip(most, pattern, strict=True))):
        try:
            costs.append(evaluate_lots(lots, LotPlan(tuple(map(Fraction, plan)), (), Fraction(0))))
        except InvalidInputError:
            continue
    return min(costs, default=None)


small = st.integers(0, 4)


@st.composite
def instances(draw, *, most: int = 4, least: int = 0, with_capacity: bool = False) -> LotSizing:
    n = draw(st.integers(1, most))
    series = st.lists(small, min_size=n, max_size=n)
    demand = draw(st.lists(st.integers(least, 4), min_size=n, max_size=n))
    capacity = None
    if with_capacity:
        needed = max(-(-sum(demand[: t + 1]) // (t + 1)) for t in range(n))
        capacity = needed + draw(st.integers(0, 1))
    setup = draw(st.lists(st.integers(0, 9), min_size=n, max_size=n))
    return LotSizing(demand, setup, draw(series), draw(series), capacity=capacity)


@settings(max_examples=40, deadline=None)
@given(instances(most=6))
def test_the_program_has_the_value_of_the_recursion(lots):
    claim = tm.solve(lot_sizing_program(lots).program)
    plan = lot_plan(lots, claim.point)
    assert plan.value == evaluate_lots(lots, plan) == by_recursion(lots)
    assert claim.value == pytest.approx(float(plan.value))


@settings(max_examples=12, deadline=None)
@given(instances(most=3, with_capacity=True))
def test_the_program_has_the_value_of_all_patterns(lots):
    claim = tm.solve(lot_sizing_program(lots).program)
    plan = lot_plan(lots, claim.point)
    assert plan.value == evaluate_lots(lots, plan) == by_patterns(lots)
    assert claim.value == pytest.approx(float(plan.value))


@settings(max_examples=20, deadline=None)
@given(instances(), st.data())
def test_the_program_is_right_where_demand_and_costs_move(lots, data):
    moves = {
        what: [Fraction(data.draw(st.integers(0, 1)), 5) for _ in lots.demand]
        for what in ("demand", "setup", "production", "holding")
    }
    moved = {
        what: [v + d for v, d in zip(getattr(lots, what), more, strict=True)]
        for what, more in moves.items()
    }
    theta = [d for more in moves.values() for d in more]
    claim = tm.solve(lot_sizing_program(lots).at(theta))
    assert claim.value == pytest.approx(float(by_recursion(LotSizing(**moved))))


@settings(max_examples=10, deadline=None)
@given(instances(most=3, least=1))
def test_rates_lie_in_the_gradient(lots):
    gradient = tm.conservative_gradient(lot_sizing_program(lots, slots=["demand", "setup"]))
    here, step = by_recursion(lots), Fraction(1, 10**6)
    n = lots.n_periods
    for k in range(2 * n):
        direction = [int(i == k) for i in range(2 * n)]
        demand = [d + step * e for d, e in zip(lots.demand, direction[:n], strict=True)]
        setup = [c + step * e for c, e in zip(lots.setup, direction[n:], strict=True)]
        moved = LotSizing(demand, setup, lots.production, lots.holding)
        rate = (by_recursion(moved) - here) / step
        assert -gradient.exact_support([-d for d in direction]) <= rate
        assert rate <= gradient.exact_support(direction)


def test_the_first_unit_of_a_period_may_cost_a_setup():
    lots = LotSizing([3, 0], setup=1, production=1, holding=5)
    moved = LotSizing(["3", "1/1000"], setup=1, production=1, holding=5)
    assert by_recursion(moved) == by_recursion(lots) + Fraction(6, 1000)
    lots = LotSizing([0], setup=1, production=1, holding=5)
    with pytest.raises(tm.errors.NotLipschitzError):
        tm.conservative_gradient(lot_sizing_program(lots, slots=["demand"]))


def test_two_best_plans_have_two_prices():
    lots = LotSizing([20, 50, 10], setup=60, production=2, holding=1)
    gradient = tm.conservative_gradient(lot_sizing_program(lots, slots=["demand"]))
    assert {tuple(map(int, g)) for g in gradient.generators} == {(2, 2, 3), (2, 3, 4)}


def test_examples_decode_to_their_value():
    for example in MEMBER.examples():
        claim = tm.solve(MEMBER.program(example).program)
        plan = MEMBER.decode(example, claim.point)
        assert MEMBER.evaluate(example, plan) == plan.value
        assert float(plan.value) == pytest.approx(claim.value)


def test_bad_examples_are_refused():
    for make in MEMBER.bad_examples():
        with pytest.raises(InvalidInputError):
            make()


@pytest.mark.parametrize(
    ("plan", "message"),
    [
        ([9, 0], "lot\\[0\\] is 9; the capacity is 8"),
        ([-1, 5], "lot\\[0\\] is -1"),
        ([4, 2], "period 1: 1 units of the demand are missing"),
        ([4], "the plan has 1 lots"),
    ],
)
def test_evaluation_names_what_is_broken(plan, message):
    lots = LotSizing([4, 3], 1, 1, 1, capacity=8)
    with pytest.raises(InvalidInputError, match=message):
        evaluate_lots(lots, LotPlan(tuple(map(Fraction, plan)), (), Fraction(0)))


def test_setups_that_cover_nothing_are_refused():
    lots = LotSizing([4, 3], 1, 1, 1)
    with pytest.raises(InvalidInputError, match="no continuous part"):
        lot_plan(lots, [0] * lot_sizing_program(lots).program.n_cols)


def test_instances_are_values():
    lots = LotSizing([1, "1/2"], 3, [1, 2], 0.5, capacity=1, name="two")
    assert pickle.loads(pickle.dumps(lots)) == lots
    same = LotSizing([1, 0.5], [3, 3], [1, 2], "1/2", capacity=[1, 1], name="two")
    assert len({lots, same}) == 1
    assert repr(lots) == "LotSizing('two', 2 periods, with capacities)"

"""Expected values over scenarios, against brute force."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction as Q

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError
from tests.brute_force import ValueOracle
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs, programs, right_hand_sides


def some_programs():
    return st.one_of(programs(), branching_programs()).filter(lambda p: p.n_rows > 0)


def simple_recourse():
    """Birge and Louveaux: ``min 2 y1 + y2``, ``y1 >= x - xi``, ``y2 >= xi - x``."""
    return tm.MixedIntegerProgram.from_arrays([2, 1], [[1, 0], [0, 1]], ">=", [0, 0])


def after(x, outcomes):
    return [[x - xi, xi - x] for xi in outcomes]


def knapsack():
    return tm.MixedIntegerProgram.from_arrays(
        [7, 9, 2, 15], [[3, 4, 1, 7]], "<=", [10], sense="max"
    )


@st.composite
def weights_of(draw, n):
    sizes = draw(st.lists(st.integers(0, 5), min_size=n, max_size=n).filter(any))
    return [Q(k, sum(sizes)) for k in sizes]


def mean_of(values, weights, sense):
    """The expectation; an infeasible scenario of positive weight wins."""
    worst = math.inf if sense == "min" else -math.inf
    counted = [v for v, w in zip(values, weights, strict=True) if w]
    for infinite in (worst, -worst):
        if infinite in counted:
            return infinite
    return sum((w * v for v, w in zip(values, weights, strict=True) if w), Q(0))


@st.composite
def stochastic(draw):
    p = draw(some_programs())
    n = draw(st.integers(1, 5))
    rhs = [draw(right_hand_sides(p)) for _ in range(n)]
    if n > 2:
        rhs[-1] = rhs[0]
    return p, rhs, draw(weights_of(n))


@calm(50)
@given(stochastic())
def test_the_expected_value_is_that_of_brute_force(given_one):
    p, rhs, weights = given_one
    values = [ValueOracle(p)(b) for b in rhs]
    found = tm.expected_value(p, rhs, weights)
    assert found.is_exact
    assert found.value == mean_of(values, weights, p.sense)
    assert [s.low for s in found.per_scenario] == [s.high for s in found.per_scenario] == values
    assert found.refinements <= len(set(rhs))
    again = tm.expected_value(p, rhs, weights, start=found.dual_function)
    assert (again.value, again.refinements) == (found.value, 0)


@calm(40)
@given(stochastic(), st.data())
def test_bounds_enclose_the_expected_value(given_one, data):
    p, rhs, weights = given_one
    true = mean_of([ValueOracle(p)(b) for b in rhs], weights, p.sense)
    F = tm.dual_function(p, method="branch-and-bound", at=data.draw(right_hand_sides(p)))
    points = [point.point for point in F.tight_points if point.point is not None]
    U = tm.upper_function(p, points)
    for V in (F, U, tm.sandwich(F, U)):
        found = tm.expected_value(V, rhs, weights)
        assert found.low <= true <= found.high
        if found.is_exact:
            assert found.value == true
    both = tm.expected_value(tm.sandwich(F, U), rhs, weights)
    alone = tm.expected_value(F, rhs, weights)
    assert both.low <= alone.low <= alone.high <= both.high


# -- remembered cases --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("x", "value"),
    [
        (Q(0), Q(3, 2)),
        (Q(1, 2), Q(3, 2)),
        (Q(1), Q(1, 2)),
        (Q(3, 2), Q(3, 2)),
        (Q(2), Q(1)),
        (Q(5, 2), Q(3)),
        (Q(3), Q(3)),
    ],
)
def test_simple_integer_recourse_of_birge_and_louveaux(x, value):
    found = tm.expected_value(simple_recourse(), after(x, (1, 2)))
    assert found.value == value
    assert float(found) == float(value)


def test_all_kinds_of_value_functions_agree():
    p = knapsack()
    rhs, weights = [[3], [7], ["21/2"], [14], [3]], ["1/4", "1/8", "1/8", "1/4", "1/4"]
    wanted = Q(7) / 2 + Q(16 + 23, 8) + Q(32, 4)
    lattice = tm.value_function(p, domain=tm.Box({0: (0, 14)}), method="lattice")
    line = tm.value_function(p, along={0: 1}, interval=(-10, 4))
    gomory = tm.gomory_function(p, domain=tm.Box({0: (0, 14)}))
    for V in (p, lattice, gomory):
        assert tm.expected_value(V, rhs, weights).value == wanted
    steps = [-7, -3, "1/2", 4, -7]
    assert tm.expected_value(line, steps, weights).value == wanted
    assert tm.expected_value(p, np.array([[3.0], [7.0], [10.5], [14.0], [3.0]])).is_exact


def test_a_scenario_that_is_infeasible_decides_unless_its_weight_is_zero():
    p = knapsack()
    assert tm.expected_value(p, [[3], [-1]]).value == -math.inf
    assert tm.expected_value(p, [[3], [-1]], [1, 0]).value == 7
    assert float(tm.expected_value(p, [[-1]])) == -math.inf


def test_a_dual_function_alone_gives_an_interval():
    F = tm.dual_function(knapsack(), at=[10])
    found = tm.expected_value(F, [[10], [13]])
    assert not found.is_exact
    assert found.low <= Q(23 + 30, 2) <= found.high
    with pytest.raises(NotAllowedError):
        _ = found.value
    with pytest.raises(NotAllowedError):
        float(found)


def test_a_limit_gives_an_interval():
    p = tm.MixedIntegerProgram.from_arrays(
        [-7, -9, -5], [[13, 17, 11], [5, 3, 19]], "<=", [101, 83]
    )
    found = tm.expected_value(p, [[k, 80] for k in range(60, 100)], limits=tm.Limits(seconds=0))
    assert found.stopped is not None
    assert found.low <= tm.expected_value(p, [[k, 80] for k in range(60, 100)]).value <= found.high


@pytest.mark.parametrize(
    ("scenarios", "weights"),
    [
        ([], None),
        ([[1], [2]], [1]),
        ([[1], [2]], ["1/2", "1/3"]),
        ([[1], [2]], [0.3333, 0.6666]),
        ([[1], [2]], [2, -1]),
        ([[1, 2]], None),
        ([1, 2], None),
        ([["a"]], None),
    ],
)
def test_senseless_scenarios_and_weights_are_refused(scenarios, weights):
    with pytest.raises(InvalidInputError):
        tm.expected_value(knapsack(), scenarios, weights)


def test_floats_are_the_decimals_they_print():
    assert tm.expected_value(knapsack(), [[k] for k in range(10)], [0.1] * 10).is_exact


def test_options_of_the_work_belong_to_a_program():
    F = tm.dual_function(knapsack())
    with pytest.raises(InvalidInputError, match="program"):
        tm.expected_value(F, [[3]], chunks=2)
    with pytest.raises(InvalidInputError, match="start"):
        tm.expected_value(simple_recourse(), [[0, 0]], start=F)
    with pytest.raises(InvalidInputError):
        tm.expected_value("model.mps", [[3]])
    line = tm.value_function(knapsack(), along={0: 1}, interval=(0, 4))
    with pytest.raises(InvalidInputError, match="step"):
        tm.expected_value(line, [[3]])


def test_it_pickles_and_prints():
    found = tm.expected_value(simple_recourse(), after(Q(1, 2), (1, 2)))
    assert pickle.loads(pickle.dumps(found)).value == Q(3, 2)
    assert repr(found) == "ExpectedValue(3/2, 2 scenarios)"
    assert "proved in 2 of 2 scenarios" in str(found)
    assert found._repr_html_().startswith("<pre>")

"""The linear-programming engine and its exact answers, against elimination."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_duals, basic_point
from tests.brute_force import ValueOracle
from tests.programs_at_random import programs, right_hand_sides

from_arrays = MixedIntegerProgram.from_arrays

calm = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
linear_programs = programs(max_integers=0, max_continuous=3)


def signed(p) -> int:
    return 1 if p.sense == "min" else -1


@given(st.data())
@calm
def test_the_engine_agrees_with_elimination_under_moving_data(data):
    p = data.draw(linear_programs)
    engine, v = LPEngine(p), ValueOracle(p)
    for b in (p.exact.rhs, *data.draw(st.lists(right_hand_sides(p), max_size=3))):
        if max((abs(x) for x in b), default=0) > 10**4:
            continue  # beyond the tolerance of floats
        engine.set_rhs(np.array([float(x) for x in b]))
        status = engine.solve()
        value = v(b) if isinstance(v(b), float) else v(b) - p.offset
        value *= signed(p)
        if status is LPStatus.OPTIMAL:
            assert engine.objective == pytest.approx(float(value), rel=1e-6, abs=1e-6)
        elif status is LPStatus.INFEASIBLE:
            assert value == math.inf
        else:
            assert value == -math.inf


@given(st.data())
@calm
def test_the_exact_point_and_duals_of_an_optimal_basis_prove_each_other(data):
    p = data.draw(linear_programs)
    engine = LPEngine(p)
    if engine.solve() is not LPStatus.OPTIMAL:
        return
    e, cost = p.exact, [signed(p) * c for c in p.exact.c]
    point = basic_point(e, engine.basis(), lower=e.lower, upper=e.upper, rhs=e.rhs)
    y = basic_duals(e, engine.basis(), cost)
    assert p.violations(point) == ()
    reduced = dict(enumerate(cost))
    for i, w in y.items():
        assert e.row_sense[i] == "=" or (w > 0) == (e.row_sense[i] == ">=")
        for j, a in e.A.rows[i]:
            reduced[j] -= w * a
    bound = sum((w * e.rhs[i] for i, w in y.items()), Fraction(0)) + sum(
        (r * (e.lower[j] if r > 0 else e.upper[j]) for j, r in reduced.items() if r), Fraction(0)
    )
    assert bound == sum((c * x for c, x in zip(cost, point, strict=True)), Fraction(0))
    floats = engine.row_duals()
    assert all(floats[i] == pytest.approx(float(y.get(i, 0)), abs=1e-7) for i in range(p.n_rows))


@given(st.data())
@calm
def test_a_farkas_ray_refutes_every_point_of_the_box(data):
    p = data.draw(linear_programs)
    engine = LPEngine(p)
    if engine.solve() is not LPStatus.INFEASIBLE:
        return
    ray = engine.farkas_ray()
    if ray is None:
        return  # an empty row has none
    e = p.exact

    def gap(y):
        r = -(p.A.T @ y)
        r[np.abs(r) < 1e-9] = 0.0
        at = np.where(r > 0, p.lower, p.upper)
        return float(p.rhs @ y + np.sum(r[r != 0] * at[r != 0]))

    assert len(ray) == len(e.rhs)
    assert max(gap(ray), gap(-ray)) > 0


BOX = from_arrays([-1, -2], [[1, 1]], ["<="], [3], upper=2, integrality=False)


def test_bounds_costs_and_rows_move_and_come_back():
    engine = LPEngine(BOX)
    assert engine.solve() is LPStatus.OPTIMAL
    assert engine.objective == pytest.approx(-5)
    first = engine.basis()
    engine.set_bounds(np.array([0.0, 0.0]), np.array([2.0, 1.0]))
    engine.solve()
    assert engine.objective == pytest.approx(-4)
    engine.set_cost(np.array([1.0, 1.0]))
    engine.solve()
    assert engine.objective == pytest.approx(0)
    engine.set_cost(np.array([-1.0, -2.0]))
    engine.set_bounds(np.array([0.0, 0.0]), np.array([2.0, 2.0]))
    engine.set_rhs(np.array([-1.0]))
    assert engine.solve() is LPStatus.INFEASIBLE
    engine.set_rhs(np.array([3.0]))
    engine.set_basis(first)
    engine.solve()
    assert engine.objective == pytest.approx(-5)
    assert engine.point().tolist() == pytest.approx([1, 2])
    assert engine.solves == 5
    assert BOX.upper.tolist() == [2, 2]


def test_a_basis_names_rows_and_columns():
    engine = LPEngine(BOX)
    engine.solve()
    basis = engine.basis()
    assert basis.nonbasic_rows().tolist() == [0]
    assert basis.basic_columns().tolist() == [0]
    assert basis.columns_at_upper().tolist() == [1]


def test_an_iteration_limit_holds_for_one_solve_only():
    n = 30
    p = from_arrays(
        [1 + (7 * j) % 11 for j in range(n)],
        [[1 + (i * j) % 13 for j in range(n)] for i in range(1, 21)],
        ">=",
        [50 + i for i in range(20)],
        integrality=False,
    )
    engine = LPEngine(p)
    assert engine.solve(iterations=1) is LPStatus.ITERATION_LIMIT
    limited = engine.objective
    assert engine.solve() is LPStatus.OPTIMAL
    assert limited <= engine.objective


def test_a_max_program_is_kept_as_a_minimisation():
    p = from_arrays([2], [[1]], ["<="], [3], sense="max", integrality=False, offset=100)
    engine = LPEngine(p)
    engine.solve()
    assert engine.objective == pytest.approx(-6)
    assert engine.row_duals().tolist() == pytest.approx([-2])


def test_programs_without_rows_or_columns_are_optimal():
    no_rows = from_arrays([1], np.zeros((0, 1)), [], [], lower=2, integrality=False)
    engine = LPEngine(no_rows)
    assert engine.solve() is LPStatus.OPTIMAL
    assert engine.objective == pytest.approx(2)
    assert LPEngine(from_arrays([], np.zeros((1, 0)), ["<="], [1])).solve() is LPStatus.OPTIMAL

"""`solve` against enumeration, against itself, and on every odd shape."""

from __future__ import annotations

import itertools
import math
import threading

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError, SolverError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Status, incumbent, rounded_point, solve
from tests.solvers.cases import (
    brute_force,
    hard_program,
    program_where_highs_is_wrong,
    random_program,
)

seeds = st.integers(0, 10**6)


def build(*args, **kwargs):
    return MixedIntegerProgram.from_arrays(*args, **kwargs)


@settings(max_examples=60, deadline=None)
@given(seeds, st.sampled_from(["auto", "scip", "cp-sat"]), st.integers(-100, 100))
def test_pure_integer_programs_match_enumeration(seed, solver, offset):
    p = random_program(seed, integer_share=1.0, offset=offset)
    claim = solve(p, solver=solver)
    truth = brute_force(p)
    if truth is None:
        assert claim.status is Status.INFEASIBLE
        assert claim.value == claim.bound == (math.inf if p.sense == "min" else -math.inf)
    else:
        assert claim.status is Status.OPTIMAL
        assert claim.value == float(truth)
        assert p.objective(rounded_point(p, claim)) == truth


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_mixed_programs_match_enumeration_of_the_integers(seed):
    p = random_program(seed, integer_share=0.6)
    claim = solve(p)
    best = best_over_integer_parts(p)
    assert claim.value == pytest.approx(best, abs=1e-6)


def best_over_integer_parts(p):
    columns = [j for j, flag in enumerate(p.exact.integer) if flag]
    grids = (range(int(p.lower[j]), int(p.upper[j]) + 1) for j in columns)
    parts = (dict(zip(columns, part, strict=True)) for part in itertools.product(*grids))
    values = [solve(p.relax().fix(part), solver="highs").value for part in parts]
    return min(values) if p.sense == "min" else max(values)


# -- where HiGHS is wrong ---------------------------------------------------------


def test_auto_is_right_where_highs_as_a_mip_solver_is_wrong():
    claim = solve(program_where_highs_is_wrong())
    assert claim.value == pytest.approx(2.1)
    assert claim.solver == "scip"


def test_highs_by_name_is_never_believed_alone():
    p = program_where_highs_is_wrong()
    found = answer(p, "highs")
    if isinstance(found, SolverError):
        assert found.solver == "highs"
        assert "scip" in str(found)
    else:  # a HiGHS that is right here
        assert found.value == pytest.approx(2.1)
        assert found.reason == "confirmed by scip"


@settings(max_examples=40, deadline=None)
@given(seeds)
def test_a_mixed_integer_claim_of_highs_agrees_or_is_refused(seed):
    p = random_program(seed, integer_share=0.6)
    found = answer(p, "highs")
    if not isinstance(found, SolverError):
        assert found.value == pytest.approx(solve(p, solver="scip").value, abs=1e-5)


def answer(program, solver):
    """The claim of a solver, or the error that refuses it."""
    try:
        return solve(program, solver=solver)
    except (SolverError, UnsupportedError) as error:
        return error


def test_a_limit_of_highs_keeps_only_the_bound_of_the_relaxation():
    p = hard_program()
    claim = solve(p, solver="highs", limits=Limits(seconds=0.2))
    assert claim.status is Status.LIMIT
    assert claim.bound == pytest.approx(solve(p.relax()).value, abs=1e-6)


# -- statuses ---------------------------------------------------------------------

INFEASIBLE = {
    "invalid-for-cp-sat": build(
        [-2, 4, -3, -2],
        [[-2, -3, -4, -1], [1, 3, 5, 3]],
        ["<=", "="],
        [3, "1/2"],
        lower=[0, -3, -3, 0],
        upper=[2, 4, 2, 5],
    ),
    "parity": build([1, 1], [[2, 2]], ["="], [1], upper=10),
    "free-parity": build([-1, 0, 0], [[0, 2, 2]], ["="], [1], lower=-math.inf),
    "unbounded-relaxation": build([-1, 0], [[0, 2]], ["="], [1]),
    "linear": build([-1, 0], [[0, 2]], ["="], [-1], integrality=False),
    "no-integer-in-bounds": build([1], [[1]], [">="], [0], lower="1/5", upper="4/5"),
    "no-columns": build([], np.zeros((1, 0)), [">="], [1]),
    "max": build([1, 0], [[0, 2]], ["="], [1], sense="max"),
}
UNBOUNDED = {
    "one": build([-1], [[1]], [">="], [0]),
    "free-integers": build([-1, -1], [[1, -1]], ["="], [0], lower=-math.inf),
    "linear": build([-1, 0], [[0, 2]], ["="], [1], integrality=False),
    "no-rows": build([1], np.zeros((0, 1)), [], [], sense="max", integrality=False),
    "max-mixed": build(
        [1, 1], [[1, -1]], ["<="], [3], sense="max", integrality=[True, False], offset=5
    ),
}


@pytest.mark.parametrize("name", INFEASIBLE)
@pytest.mark.parametrize("solver", ["auto", "scip", "cp-sat", "highs"])
def test_infeasible_is_an_answer(name, solver):
    p = INFEASIBLE[name]
    claim = answer(p, solver)
    if isinstance(claim, UnsupportedError):
        assert solver == "cp-sat"
        return
    assert claim.status is Status.INFEASIBLE
    assert claim.value == claim.bound == (math.inf if p.sense == "min" else -math.inf)
    assert claim.point is None


@pytest.mark.parametrize("name", UNBOUNDED)
@pytest.mark.parametrize("solver", ["auto", "scip", "highs"])
def test_unbounded_is_an_answer_with_a_feasible_point(name, solver):
    p = UNBOUNDED[name]
    claim = solve(p, solver=solver)
    assert claim.status is Status.UNBOUNDED
    assert claim.value == claim.bound == (-math.inf if p.sense == "min" else math.inf)
    assert rounded_point(p, claim) is not None


@pytest.mark.parametrize("solver", ["auto", "scip", "cp-sat", "highs"])
@pytest.mark.parametrize(
    "limits", [Limits(seconds=0), Limits(seconds=0.3), Limits(nodes=1)], ids=str
)
def test_a_limit_is_an_answer(solver, limits):
    p = hard_program() if solver != "cp-sat" else pure(hard_program())
    claim = solve(p, solver=solver, limits=limits)
    assert claim.status is Status.LIMIT
    assert claim.bound <= claim.value
    assert claim.seconds < 5


def pure(p):
    return build(p.c, p.A, p.row_sense, p.rhs, lower=0, upper=p.upper)


@pytest.mark.parametrize("solver", ["scip", "cp-sat", "highs"])
def test_a_gap_is_met(solver):
    costs, weights = [7 + (5 * j) % 11 for j in range(40)], [9 + (7 * j) % 13 for j in range(40)]
    p = build(costs, [weights], [">="], [401], upper=1, offset=100)
    claim = solve(p, solver=solver, limits=Limits(gap=0.2))
    assert claim.status is Status.OPTIMAL
    assert claim.gap <= 0.2


# -- odd shapes and odd numbers -----------------------------------------------------

SHAPES = {
    "no-rows": (build([-1, 1], np.zeros((0, 2)), [], [], upper=10), -10),
    "no-rows-linear": (build([-1, 1], np.zeros((0, 2)), [], [], upper=10, integrality=False), -10),
    "no-columns": (build([], np.zeros((1, 0)), ["<="], [1], offset=3), 3),
    "no-objective": (build([0, 0], [[1, 1]], ["="], [3], upper=10, offset=7), 7),
    "zero-row": (build([1], [[0]], ["<="], [0], lower=2, upper=3), 2),
    "fractional-bounds": (build([1], [[1]], [">="], [0], lower="1/5", upper="14/5"), 1),
    "free-integer": (build([1], [[2]], [">="], [-5], lower=-math.inf), -2),
    "bounds-beyond-1e7": (build([-1, -1], [[1, 2]], ["<="], [3 * 10**9], upper=2 * 10**9), -2.5e9),
    "bounds-beyond-1e20": (build([-1, -1], [[1, 2]], ["<="], [30], upper=10**30), -30),
    "faint": (build(["1e-10", "2e-10"], [["1e-11", "1e-11"]], [">="], ["3e-11"], upper=9), 3e-10),
    "thirds": (build([1, "5/7"], [["1/3", 1]], ["="], [1], upper=10), 5 / 7),
    "big-offset": (build([1], [[2]], [">="], [3], upper=9, offset=10**12), 10**12 + 2),
    "fixed": (build([3, 1], [[1, 1]], [">="], [4], lower=2, upper=2), 8),
}


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize("solver", ["auto", "scip", "cp-sat", "highs"])
def test_odd_shapes(name, solver):
    p, value = SHAPES[name]
    claim = answer(p, solver)
    if isinstance(claim, UnsupportedError):
        assert solver == "cp-sat"
    else:
        assert claim.status is Status.OPTIMAL
        assert claim.value == pytest.approx(value, rel=1e-9, abs=1e-15)


def test_bounds_that_solvers_take_for_infinite_are_not_called_unbounded():
    p = build([-1, -1], [[1, -1]], ["<="], [3], upper=10**30)
    claim = solve(p)
    assert claim.status is Status.LIMIT
    assert "1e20" in claim.reason


@pytest.mark.parametrize(
    "p",
    [
        build([10**25], [[1]], [">="], [1], upper=3),
        build([1, 1], [[10**25, 1]], [">="], [1], upper=3),
        build([1], [[1]], ["<="], [10**25], upper=3),
        build([1], [[1]], [">="], [1], lower=10**25, upper=10**26),
    ],
    ids=["cost", "entry", "rhs", "bounds"],
)
def test_numbers_that_no_solver_can_hold_are_named(p):
    with pytest.raises(UnsupportedError, match=r"column 'x0'|row 'R0'"):
        solve(p)


def test_cp_sat_gets_no_continuous_column():
    with pytest.raises(UnsupportedError, match="'x1' is continuous"):
        solve(program_where_highs_is_wrong(), solver="cp-sat")


def test_an_unknown_solver_is_refused_with_the_known_ones():
    with pytest.raises(InvalidInputError, match="'auto', 'scip', 'cp-sat', 'highs'"):
        solve(SHAPES["fixed"][0], solver="gurobi")


@pytest.mark.parametrize("hint", [[1], [1, math.nan], ["a", 1]])
def test_a_hint_that_does_not_fit_is_refused(hint):
    with pytest.raises(InvalidInputError, match="hint"):
        solve(SHAPES["fixed"][0], hint=hint)


@pytest.mark.parametrize("solver", ["auto", "scip", "cp-sat", "highs"])
def test_hints_may_be_good_or_bad(solver):
    p = build([2, 3], [[3, 5]], [">="], [7], upper=5)
    for hint in ([4, 0], [0, 0], [100, -100]):
        assert solve(p, solver=solver, hint=hint).value == 5.0


def test_threads_have_to_be_positive():
    with pytest.raises(InvalidInputError, match="threads"):
        solve(SHAPES["fixed"][0], threads=0)
    assert solve(SHAPES["no-rows"][0], threads=2).value == -10


@pytest.mark.parametrize("solver", ["scip", "cp-sat", "highs"])
def test_solves_run_in_any_thread_and_leave_none_behind(solver):
    p, value = SHAPES["thirds"]
    before = threading.active_count()
    results = []
    workers = [
        threading.Thread(target=lambda: results.append(solve(p, solver=solver).value))
        for _ in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert results == pytest.approx([value] * 3)
    assert threading.active_count() == before


def test_an_incumbent_comes_quickly():
    p = hard_program()
    claim = incumbent(p, seconds=0.5)
    assert claim.point is not None
    assert claim.seconds < 3
    assert claim.bound <= claim.value


def test_the_incumbent_of_a_linear_program_is_its_optimum():
    claim = incumbent(program_where_highs_is_wrong().relax(), seconds=5)
    assert claim.status is Status.OPTIMAL

"""Infeasible subsets: small, proved, and proved minimal where they say so."""

from __future__ import annotations

import math

import pytest
from hypothesis import HealthCheck, assume, given, settings

from tamemip.certificates import check
from tamemip.duality import dual_function, infeasible_subset
from tamemip.errors import NotAllowedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tests.brute_force import ValueOracle
from tests.programs_at_random import programs

FEW = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
    derandomize=True,
)


def kept(program, subset) -> MixedIntegerProgram:
    """The program with the subset alone."""
    rows = [program.row_index(name) for name in subset.rows]
    bounds = {(program.col_index(name), side) for name, side in subset.bounds}
    exact = program.exact
    n = program.n_cols
    dense = [[dict(exact.A.rows[i]).get(j, 0) for j in range(n)] for i in rows]
    return MixedIntegerProgram.from_arrays(
        [0] * n,
        dense,
        [exact.row_sense[i] for i in rows],
        [exact.rhs[i] for i in rows],
        lower=[exact.lower[j] if (j, ">=") in bounds else -math.inf for j in range(n)],
        upper=[exact.upper[j] if (j, "<=") in bounds else math.inf for j in range(n)],
        integrality=[name in subset.integers for name in program.col_names],
    )


@FEW
@given(programs())
def test_the_subset_alone_is_infeasible_and_the_certificate_is_about_the_program(program):
    F = dual_function(program)
    assume(F.tight_at and F.tight_points[0].point is None)
    subset = infeasible_subset(program, F=F, limits=Limits(seconds=2))
    statement = check(subset.certificate, program=program.exact)
    worst = math.inf if program.sense == "min" else -math.inf
    assert statement.bound(program.exact.rhs) == worst
    assert subset.dual_function.exact(program.exact.rhs) == worst
    assert ValueOracle(kept(program, subset))(kept(program, subset).exact.rhs) == math.inf


def test_rows_and_bounds_without_part_in_it_are_left_out():
    program = MixedIntegerProgram.from_arrays(
        [1, 1, 1],
        [[1, 1, 0], [1, 0, 1], [0, 1, 1], [1, 1, 0]],
        ["<=", "<=", "<=", ">="],
        [3, 9, 9, 4],
        upper=10,
        row_names=["CAP", "A", "B", "NEED"],
    )
    subset = infeasible_subset(program)
    assert subset.rows == ("CAP", "NEED")
    assert subset.bounds == ()
    assert subset.integers == ()
    assert subset.is_minimal
    assert str(subset).startswith("2 rows cannot hold together:\n  CAP: x0 + x1 <= 3\n")


def test_integrality_is_named_where_the_relaxation_is_feasible():
    program = MixedIntegerProgram.from_arrays([1, 1], [[2, 4]], ["="], [3], upper=5)
    subset = infeasible_subset(program)
    assert subset.rows == ("R0",)
    assert set(subset.integers) == {"x0", "x1"}


def test_two_bounds_around_no_integer_are_enough():
    program = MixedIntegerProgram.from_arrays([1], [[1]], ["<="], [5], lower="1/3", upper="2/3")
    subset = infeasible_subset(program)
    assert (subset.rows, subset.integers, subset.is_minimal) == ((), ("x0",), True)
    assert check(subset.certificate, program=program.exact).bound([5]) == math.inf


def test_a_feasible_program_is_refused():
    program = MixedIntegerProgram.from_arrays([1], [[1]], ["<="], [5])
    with pytest.raises(NotAllowedError):
        infeasible_subset(program)


def test_an_integer_column_that_is_rounded_without_need_is_left_out():
    """The bound x0 <= -5/3 refutes the rows as it is; rounded to -2 it does so too."""
    program = MixedIntegerProgram.from_arrays(
        [-1, "4/5"],
        [[3, 1], ["-5/3", 9]],
        [">=", "="],
        ["-7/2", "5/3"],
        lower=-math.inf,
        upper=["-5/3", math.inf],
        sense="max",
    )
    subset = infeasible_subset(program)
    assert (subset.rows, subset.bounds) == (("R0", "R1"), (("x0", "<="),))
    assert subset.integers == ()
    assert subset.is_minimal


def test_an_integer_column_that_is_rounded_for_a_reason_is_named():
    program = MixedIntegerProgram.from_arrays([1], [[1]], "<=", ["3/2"], lower="4/3", upper=9)
    subset = infeasible_subset(program)
    assert (subset.bounds, subset.integers) == ((("x0", ">="),), ("x0",))
    assert subset.is_minimal

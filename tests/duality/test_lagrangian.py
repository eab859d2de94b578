"""Lagrangian dual functions: below the value everywhere, proved, never below the relaxation."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.duality._lagrangian import build_lagrangian, kept_blocks
from tamemip.duality._linear import build_linear
from tamemip.errors import InvalidInputError
from tests.brute_force import ValueOracle
from tests.duality.laws import assert_nowhere_worse, assert_proved, assert_valid, calm, sign_of
from tests.programs_at_random import any_programs, right_hand_sides

NO_LIMITS = tm.Limits()


def built(program, dualize, *, limits=NO_LIMITS):
    rhs = program.exact.rhs
    return build_lagrangian(program, rhs, limits=limits, watch=None, dualize=dualize)


@calm(25)
@given(any_programs, st.data())
def test_lagrangian_functions_bound_the_value_and_are_never_below_the_relaxation(program, data):
    rows = st.lists(st.integers(0, program.n_rows - 1)) if program.n_rows else st.just([])
    dualize = data.draw(st.one_of(st.none(), rows))
    F, v = built(program, dualize), ValueOracle(program)
    points = [data.draw(right_hand_sides(program)) for _ in range(3)]
    assert_valid(F, v, points)
    assert_proved(F, points)
    own = program.exact.rhs
    linear = build_linear(program, own, limits=NO_LIMITS, watch=None)
    assert sign_of(F) * F.exact(own) >= sign_of(F) * linear.exact(own)
    if dualize == [] and v.is_complete:
        assert F.exact(own) == v(own)


# -- cases ------------------------------------------------------------------------------


def assignment() -> tm.MixedIntegerProgram:
    """Three jobs, two machines: each job once, and a knapsack a machine."""
    cost = [[4, 4, 4], [9, 8, 7]]
    load = [[5, 5, 4], [4, 4, 4]]
    rows, sense, rhs = [], [], []
    for j in range(3):
        rows.append([int(k % 3 == j) for k in range(6)])
        sense.append("=")
        rhs.append(1)
    for i in range(2):
        rows.append([load[i][k % 3] if k // 3 == i else 0 for k in range(6)])
        sense.append("<=")
        rhs.append(8)
    names = ["job0", "job1", "job2", "machine0", "machine1"]
    return tm.MixedIntegerProgram.from_arrays(
        [*cost[0], *cost[1]], rows, sense, rhs, upper=1, row_names=names
    )


def test_knapsacks_that_are_kept_bound_better_than_the_relaxation():
    program = assignment()
    v = ValueOracle(program)
    F = built(program, ["job0", "job1", "job2"])
    linear = built(program, None)
    assert linear.exact(program.exact.rhs) < F.exact(program.exact.rhs) <= v(program.exact.rhs)
    assert {len(block) for block, _ in kept_blocks(program, [0, 1, 2]).blocks} == {3}
    for b in ([1, 1, 1, 7, 9], [1, 0, 1, 8, 8], ["1/2", 1, 1, 8, 8], [1, 1, 1, 10**9, 10**9]):
        assert F.exact(b) <= v([Fraction(w) for w in b])


def test_names_and_indices_of_rows_are_the_same():
    program = assignment()
    F, G = built(program, ["machine1", "machine0"]), built(program, [3, 4])
    assert F.exact(program.exact.rhs) == G.exact(program.exact.rhs)


def test_pricing_rows_with_integral_vertices_behind_them_gives_the_relaxation():
    """Without the knapsacks every job takes its cheapest machine: an integral polyhedron."""
    program = assignment()
    own = program.exact.rhs
    assert built(program, ["machine0", "machine1"]).exact(own) == built(program, None).exact(own)


def test_rows_of_continuous_columns_are_priced_as_well():
    program = tm.MixedIntegerProgram.from_arrays(
        [3, 1, 2], [[2, 1, 0], [0, 1, 1]], ">=", [3, "5/2"], upper=4, integrality=[1, 0, 0]
    )
    structure = kept_blocks(program, [0])
    assert structure.master_rows.tolist() == [0, 1]
    F, v = built(program, [0]), ValueOracle(program)
    assert F.exact([3, "5/2"]) <= v([Fraction(3), Fraction(5, 2)])
    assert_proved(F, [])


def test_an_infeasible_block_proves_the_program_infeasible():
    program = tm.MixedIntegerProgram.from_arrays(
        [1, 1], [[1, 1], [2, 0]], ["<=", "="], [5, 1], upper=3
    )
    F = built(program, [0])
    assert F.exact([5, 1]) == float("inf")
    assert F.is_tight
    assert F.exact([5, 2]) <= 1


def test_an_unbounded_relaxation_bounds_nothing():
    program = tm.MixedIntegerProgram.from_arrays([-1, 1], [[1, -1]], ">=", [0])
    F = built(program, [0])
    assert F.exact([0]) == -float("inf")


def test_an_unknown_row_is_refused():
    with pytest.raises(InvalidInputError, match="nowhere"):
        built(assignment(), ["nowhere"])


def test_a_limit_leaves_the_relaxation():
    program = assignment()
    F = built(program, [0, 1, 2], limits=tm.Limits(seconds=0))
    assert F.report.stopped in ("seconds", None)
    assert_nowhere_worse(F, built(program, None), [])
    assert_proved(F, [])


def test_an_interrupt_leaves_the_relaxation(monkeypatch):
    from tamemip.duality import _lagrangian

    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(_lagrangian.Block, "solve", interrupted)
    program = assignment()
    F = built(program, [0, 1, 2])
    assert F.report.stopped == "interrupted"
    assert F.exact(program.exact.rhs) >= built(program, None).exact(program.exact.rhs)

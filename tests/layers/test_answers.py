"""Answers in floats against the exact conservative gradient."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.differentiation import conservative_gradient
from tamemip.differentiation._optimal_parts import optimal_parts
from tamemip.errors import (
    InvalidInputError,
    NotAllowedError,
    NotLipschitzError,
    SolverError,
    UnsupportedError,
)
from tamemip.layers._data import read_layer
from tamemip.layers._oracle import Oracle, Plan
from tests.layers.cases import data_of, exactly, knapsack, mixed, parametric, step

_SLOTS = [("rhs",), ("c",), ("A",), ("lower",), ("upper",), ("rhs", "c"), ("A", "rhs", "c")]


def oracle(data, *, cache=0, warm_start=False, infeasible="inf", limits=None):
    plan = Plan(data, "auto", limits, infeasible, False)
    return Oracle(plan, executor=None, cache=cache, warm_start=warm_start)


@st.composite
def small_programs(draw):
    """Programs with a point, in small numbers: ties, degenerate vertices and jumps abound."""
    m, n = draw(st.integers(1, 3)), draw(st.integers(2, 4))
    A = [[draw(st.integers(-3, 3)) for _ in range(n)] for _ in range(m)]
    integers = [draw(st.booleans()) for _ in range(n)]
    is_boxed = draw(st.integers(0, 3)) > 0
    upper = [draw(st.integers(1, 3)) if flag or is_boxed else math.inf for flag in integers]
    inside = [
        min(draw(st.integers(0, 1)) if flag else draw(st.integers(0, 3)) / 2, up)
        for flag, up in zip(integers, upper, strict=True)
    ]
    senses = [draw(st.sampled_from(["<=", ">=", "<=", ">=", "="])) for _ in range(m)]
    away = {"<=": 0.5, ">=": -0.5, "=": 0.0}
    rhs = [
        sum(a * x for a, x in zip(row, inside, strict=True)) + away[s] * draw(st.integers(0, 2))
        for row, s in zip(A, senses, strict=True)
    ]
    costs = [draw(st.integers(-30, 50)) / 10 for _ in range(n)]
    return tm.MixedIntegerProgram.from_arrays(
        costs,
        A,
        senses,
        rhs,
        upper=upper,
        integrality=integers,
        sense=draw(st.sampled_from(["min", "max"])),
    )


def exact_gradient(program, slots):
    """The exact gradient; None where it is refused."""
    try:
        return conservative_gradient(program, wrt=slots)
    except (NotLipschitzError, NotAllowedError, UnsupportedError):
        return None


@settings(max_examples=30, deadline=None)
@given(small_programs(), st.sampled_from(_SLOTS))
def test_the_value_is_the_exact_one_and_the_derivative_is_in_the_conservative_gradient(
    program, slots
):
    try:
        data = read_layer(program, slots, None)
        (answer,) = oracle(data).answers([tuple(data_of(program, s) for s in slots)], [None])
    except (NotAllowedError, SolverError):  # unbounded integers; a ray that MathOpt cannot print
        return
    field = exact_gradient(program, slots)
    if field is None:
        return
    assert abs(answer.value - float(field.value)) <= 1e-7
    element = {slot: exactly(data.derivative(slot, answer)) for slot in slots}
    assert field.contains(element if len(slots) > 1 else element[slots[0]])


@settings(max_examples=30, deadline=None)
@given(small_programs(), st.sampled_from([("rhs",), ("lower",), ("upper",)]))
def test_where_one_part_is_optimal_a_jump_is_flagged_exactly_if_there_is_one(program, slots):
    try:
        data = read_layer(program, slots, None)
        (answer,) = oracle(data).answers([tuple(data_of(program, s) for s in slots)], [None])
    except SolverError:
        return
    if not math.isfinite(answer.value) or len(optimal_parts(program).parts) > 1:
        return
    try:
        conservative_gradient(program, wrt=slots)
    except NotLipschitzError:
        assert answer.flags.jump
    except (NotAllowedError, UnsupportedError):
        return
    else:
        assert not answer.flags.jump


@pytest.mark.parametrize("slots", _SLOTS, ids=",".join)
def test_derivatives_are_central_differences_away_from_kinks(slots):
    program, h = mixed(), 1e-6
    data = read_layer(program, slots, None)
    asked = oracle(data)
    here = [data_of(program, slot) + (0.3 if slot in ("lower", "upper") else 0.0) for slot in slots]
    if "lower" in slots:
        here = [np.array([-0.3, -0.3, 0.2, 0.1])]

    def value(arrays):
        return asked.answers([tuple(arrays)], [None])[0].value

    (answer,) = asked.answers([tuple(here)], [None])
    assert not answer.flags.jump
    for k, slot in enumerate(slots):
        D = data.derivative(slot, answer)
        for place in np.ndindex(*D.shape):
            up, down = [a.copy() for a in here], [a.copy() for a in here]
            up[k][place] += h
            down[k][place] -= h
            assert (value(up) - value(down)) / (2 * h) == pytest.approx(D[place], abs=1e-6)


def test_parameters_follow_the_chain_rule():
    q, h = parametric(), 1e-6
    data = read_layer(q, None, None)
    asked = oracle(data)
    here = np.array([0.1, 0.2])
    (answer,) = asked.answers([(here,)], [None])
    D = data.derivative("theta", answer)
    for k in range(2):
        e = h * np.eye(2)[k]
        up, down = asked.answers([(here + e,), (here - e,)], [0, 1])
        assert (up.value - down.value) / (2 * h) == pytest.approx(D[k], abs=1e-6)


def test_a_row_that_does_not_move_is_no_reason_for_a_jump():
    p = tm.MixedIntegerProgram.from_arrays(
        [1, 1, 3],
        [[1, 1, 0], [1, 0, 1]],
        ["=", ">="],
        [1, "5/2"],
        upper=[1, 1, 9],
        integrality=[True, True, False],
    )
    (rigid,) = oracle(read_layer(p, "rhs", None)).answers([(np.array([1.0, 2.5]),)], [None])
    q = tm.ParametricProgram(p, rhs=[[0], [1]])
    (moved,) = oracle(read_layer(q, None, None)).answers([(np.array([0.0]),)], [None])
    assert rigid.flags.jump
    assert not moved.flags.jump


def test_rows_that_only_together_cannot_move_are_flagged():
    p = tm.MixedIntegerProgram.from_arrays(
        [1, 1], [[1, 1], [2, 2]], "=", [1, 2], upper=2, integrality=False
    )
    (answer,) = oracle(read_layer(p, "rhs", None)).answers([(np.array([1.0, 2.0]),)], [None])
    assert "'R0'" in answer.flags.jump


def test_the_elastic_envelope_never_jumps_and_has_the_known_values():
    data = read_layer(step(), "rhs", 2)
    batch = [(np.array([float(b)]),) for b in (-0.5, 0, 0.25, 0.5, 0.75, 1, 2)]
    answers = oracle(data).answers(batch, list(range(7)))
    assert [a.value for a in answers] == pytest.approx([1, 0, 0, 0, -0.5, -1, -1])
    assert not any(a.flags.jump for a in answers)
    assert all(-2 <= a.duals[0] <= 0 for a in answers)


def test_an_exact_penalty_is_found_once_at_the_data_of_the_program():
    data = read_layer(step(), "rhs", "exact")
    assert set(data.penalty) == {"R0"}
    (answer,) = oracle(data).answers([(np.array([1.0]),)], [None])
    assert answer.value == pytest.approx(-1.0)


def test_ties_of_every_kind_are_flagged():
    twins = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 1]], "=", [1], upper=1)
    idle = tm.MixedIntegerProgram.from_arrays([1, 0], [[1, 0]], ">=", [1], upper=1)
    flat = tm.MixedIntegerProgram.from_arrays(
        [1, 1], [[1, 1]], ">=", ["1/2"], upper=1, integrality=False
    )
    traded = tm.MixedIntegerProgram.from_arrays(
        [2, 1], [[2, 1]], ">=", ["5/2"], upper=[1, 9], integrality=[True, False]
    )
    for program in (twins, idle, flat, traded):
        (answer,) = oracle(read_layer(program, "c", None)).answers([(program.c,)], [None])
        assert answer.flags.tie


def test_the_cache_is_used_and_bounded():
    data = read_layer(knapsack(), "c", None)
    asked = oracle(data, cache=2)
    first, second, third = (data.base.c + k for k in range(3))
    asked.answers([(first,), (second,), (first,)], [0, 1, 2])
    assert asked.n_solves == 2
    asked.answers([(third,), (first,)], [0, 1])
    assert asked.n_solves == 3
    asked.answers([(second,)], [None])
    assert asked.n_solves == 4


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
def test_a_number_that_is_none_names_the_batch_item(wrong):
    data = read_layer(knapsack(), "c", None)
    bad = data.base.c.copy()
    bad[3] = wrong
    with pytest.raises(InvalidInputError, match=r"batch item 1: c\[3\]"):
        oracle(data).answers([(data.base.c,), (bad,)], [0, 1])


def test_an_infeasible_item_is_named_or_infinite():
    data = read_layer(step(), "rhs", None)
    batch = [(np.array([0.5]),), (np.array([-1.0]),)]
    with pytest.raises(NotAllowedError, match="batch item 1: the program is infeasible"):
        oracle(data, infeasible="raise").answers(batch, [0, 1])
    values = [a.value for a in oracle(data).answers(batch, [0, 1])]
    assert values == [0.0, math.inf]


def test_a_limit_inside_of_a_solve_names_the_item():
    data = read_layer(mixed(), "c", None)
    with pytest.raises(NotAllowedError, match="batch item 0: the solver stopped"):
        oracle(data, limits=tm.Limits(seconds=0)).answers([(data.base.c,)], [0])


def test_slots_that_do_not_go_with_the_program_are_refused():
    unbounded = tm.MixedIntegerProgram.from_arrays([1], [[1]], ">=", [1])
    with pytest.raises(NotAllowedError, match="'x0'"):
        read_layer(unbounded, "A", None)
    for wrt in ("theta", "d", "", "c c", ("c", "theta")):
        with pytest.raises(InvalidInputError):
            read_layer(mixed(), wrt, None)
    with pytest.raises(InvalidInputError):
        read_layer(parametric(), "rhs", None)

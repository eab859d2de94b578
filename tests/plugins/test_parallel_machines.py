"""Identical machines: makespans and gradients against all assignments."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._parallel_machines import (
    MEMBER,
    ParallelMachines,
    assignment,
    decode_parallel_machines,
    evaluate_parallel_machines,
    parallel_machines_program,
)

#: Small enough that no rate changes between it and zero, with the integers drawn here.
STEP = Fraction(1, 10**6)


def loads(choice, processing, machines):
    return [
        sum((p for p, k in zip(processing, choice, strict=True) if k == m), Fraction(0))
        for m in range(machines)
    ]


def least_makespan(processing, machines):
    choices = product(range(machines), repeat=len(processing))
    return min(max(loads(choice, processing, machines)) for choice in choices)


def best(instance):
    return least_makespan(instance.processing, instance.machines)


@st.composite
def workshops(draw, *, most=5, least_time=0):
    times = draw(st.lists(st.integers(least_time, 6), min_size=1, max_size=most))
    return ParallelMachines(times, draw(st.integers(1, 3)))


@given(workshops())
@settings(max_examples=40, deadline=None)
def test_the_decoded_optimum_is_the_least_of_all_assignments(instance):
    point = tm.solve(parallel_machines_program(instance).program).point
    schedule = decode_parallel_machines(instance, point)
    assert schedule.value == best(instance) == evaluate_parallel_machines(instance, schedule)


@given(workshops(), st.data())
@settings(max_examples=30, deadline=None)
def test_the_program_is_right_away_from_the_instance(instance, data):
    q = parallel_machines_program(instance)
    n = instance.n_jobs
    moves = st.lists(st.fractions(0, 9, max_denominator=3), min_size=n, max_size=n)
    theta = data.draw(moves)
    moved = ParallelMachines(
        [p + v for p, v in zip(instance.processing, theta, strict=True)], instance.machines
    )
    point = tm.solve(q.at(theta)).point
    assert decode_parallel_machines(moved, point).value == best(moved)


@given(workshops(least_time=1))
@settings(max_examples=15, deadline=None)
def test_rates_lie_in_the_conservative_gradient(instance):
    q = parallel_machines_program(instance)
    D = tm.conservative_gradient(q, at=[0] * q.n_parameters)
    assert D.value == best(instance)
    for j in range(instance.n_jobs):
        values = []
        for step in (-STEP, 0, STEP):
            times = list(instance.processing)
            times[j] += step
            values.append(least_makespan(times, instance.machines))
        shares = [g[j] for g in D.exact_generators]
        for rate in ((values[1] - values[0]) / STEP, (values[2] - values[1]) / STEP):
            assert min(shares) <= rate <= max(shares)


@given(workshops(least_time=1))
@settings(max_examples=15, deadline=None)
def test_the_generators_are_the_critical_loads_of_optimal_assignments(instance):
    """Each generator counts the jobs of a machine that is loaded up to the makespan."""
    q = parallel_machines_program(instance)
    value, expected = best(instance), set()
    for choice in product(range(instance.machines), repeat=instance.n_jobs):
        each = loads(choice, instance.processing, instance.machines)
        if max(each) == value:
            critical = [m for m, load in enumerate(each) if load == value]
            expected |= {tuple(int(k == m) for k in choice) for m in critical}
    D = tm.conservative_gradient(q, at=[0] * q.n_parameters)
    assert set(D.exact_generators) == expected


def test_two_machines_of_theory():
    q = parallel_machines_program(ParallelMachines([3, 3, 2, 2, 2], 2))
    D = tm.conservative_gradient(q, wrt="theta", at=[0] * 5)
    assert D.value == 6
    assert set(D.exact_generators) == {(1, 1, 0, 0, 0), (0, 0, 1, 1, 1)}
    assert D.contains([Fraction(1, 3)] * 2 + [Fraction(2, 3)] * 3)
    assert not D.contains([1, 1, 1, 1, 1])
    F = tm.dual_function(q.program)
    tm.check(F.certificate, program=q.program)
    assert F.exact(q.program.exact.rhs) == 6


def test_the_makespan_as_a_function_of_one_time():
    q = parallel_machines_program(ParallelMachines([3, 3, 2, 2, 2], 2))
    v = tm.value_function(q, along={"processing[0]": 1}, interval=(-3, 4))
    for t in [*v.breakpoints, Fraction(-5, 2), Fraction(1, 3), Fraction(4)]:
        assert v.exact(t) == least_makespan([3 + t, 3, 2, 2, 2], 2)


@pytest.mark.parametrize(
    ("processing", "machines", "item"),
    [
        ([], 2, "processing is empty"),
        ([3, -1], 2, r"processing\[1\]"),
        ([3, float("nan")], 2, r"processing\[1\]"),
        ([3, "x"], 2, r"processing\[1\]"),
        ([3, 1], 0, "machines"),
        ([3, 1], -2, "machines"),
        ([3, 1], 1.5, "machines"),
        ([3, 1], [0, 1], "machines"),
        ([3, 1], float("inf"), "machines"),
        (None, 2, "processing"),
    ],
)
def test_bad_data_are_refused_by_name(processing, machines, item):
    with pytest.raises(InvalidInputError, match=item):
        ParallelMachines(processing, machines)


def test_bad_examples_are_refused():
    for make in MEMBER.bad_examples():
        with pytest.raises(InvalidInputError):
            make()


def test_schedules_of_something_else_are_refused():
    instance = ParallelMachines([3, 1], 2)
    schedule = assignment(instance, [0, 1])
    first, second = schedule.operations
    wrong = [
        (first,),
        (replace(first, duration=Fraction(2)), second),
        (first, replace(second, lane="machine 0")),
        (first, replace(second, lane="machine 2")),
        (first, replace(second, start=Fraction(-1))),
    ]
    for operations in wrong:
        with pytest.raises(InvalidInputError):
            evaluate_parallel_machines(instance, replace(schedule, operations=operations))
    for machines in ([0], [0, 2], [0, -1]):
        with pytest.raises(InvalidInputError):
            assignment(instance, machines)


@pytest.mark.parametrize(
    "point", [(1, 0, 0, 3), (1, 1, 1, 3), (0, 1, 0, 3), (1, 1, 0), (2, 1, 0, 3)]
)
def test_points_that_are_no_assignment_are_refused(point):
    with pytest.raises(InvalidInputError):
        decode_parallel_machines(ParallelMachines([3, 1], 2), point)


def test_instances_print_compare_and_pickle():
    for instance in MEMBER.examples():
        again = pickle.loads(pickle.dumps(instance))
        assert again == instance
        assert hash(again) == hash(instance)
        assert "\n" not in repr(instance)
        assert str(instance).startswith(repr(instance))
        assert instance._repr_html_().startswith("<pre>")
        assert instance.optimum in (None, best(instance))

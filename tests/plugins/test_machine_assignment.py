"""Planning and scheduling with facilities: costs against all assignments and orders."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction
from itertools import combinations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.plugins.scheduling import _machine_assignment_packing as packing
from tamemip.plugins.scheduling._machine_assignment import MachineAssignment
from tamemip.plugins.scheduling._machine_assignment_packing import conflicts, fitting_starts
from tamemip.plugins.scheduling._machine_assignment_program import (
    MEMBER,
    decode_machine_assignment,
    decode_windowed,
    evaluate_machine_assignment,
    machine_assignment_program,
    windowed_program,
)
from tamemip.plugins.scheduling._read_cmin import read_machine_assignment

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "scheduling" / "rcpsp_scip"
#: As published with the files, in the test set of SCIP's Scheduler application.
OPTIMA = {"c10j2m1": 183, "c10j2m2": 169, "c10j2m3": 144, "c10j2m4": 167, "c10j2m5": 207}


@st.composite
def plans(draw, *, most=4, is_unary=False):
    n, width = draw(st.integers(1, most)), draw(st.integers(1, 2))

    def table(least, top):
        row = st.lists(st.integers(least, top), min_size=width, max_size=width)
        return draw(st.lists(row, min_size=n, max_size=n))

    releases = draw(st.lists(st.integers(0, 3), min_size=n, max_size=n))
    lengths = draw(st.lists(st.integers(1, 7), min_size=n, max_size=n))
    shared = (
        {}
        if is_unary
        else {
            "demands": table(0, 3),
            "capacities": draw(st.lists(st.integers(1, 4), min_size=width, max_size=width)),
        }
    )
    return MachineAssignment(
        table(1, 4),
        table(-2, 5),
        releases,
        [r + d for r, d in zip(releases, lengths, strict=True)],
        **shared,
    )


def fits(instance, machine, jobs):
    """Whether jobs fit on a facility, by all integer starting times."""
    ranges = [
        range(
            int(instance.releases[j]),
            int(instance.deadlines[j] - instance.durations[j][machine]) + 1,
        )
        for j in jobs
    ]
    horizon = range(int(max((instance.deadlines[j] for j in jobs), default=0)))
    return any(
        all(
            sum(
                instance.demands[j][machine]
                for j, s in zip(jobs, starts, strict=True)
                if s <= t < s + instance.durations[j][machine]
            )
            <= instance.capacities[machine]
            for t in horizon
        )
        for starts in product(*ranges)
    )


def least_cost(instance):
    """The least cost of all assignments, or infinity."""
    known = {}
    best = float("inf")
    for choice in product(range(instance.n_machines), repeat=instance.n_jobs):
        sets = [(m, tuple(j for j, k in enumerate(choice) if k == m)) for m in set(choice)]
        for key in sets:
            if key not in known:
                known[key] = fits(instance, *key)
        if all(known[key] for key in sets):
            best = min(best, sum(instance.costs[j][m] for j, m in enumerate(choice)))
    return best


@given(plans())
@settings(max_examples=60, deadline=None)
def test_conflicts_are_the_minimal_sets_that_do_not_fit(instance):
    for m in range(instance.n_machines):
        bad = [
            jobs
            for size in range(1, instance.n_jobs + 1)
            for jobs in combinations(range(instance.n_jobs), size)
            if not fits(instance, m, jobs)
        ]
        minimal = {s for s in bad if not any(set(t) < set(s) for t in bad)}
        assert set(conflicts(instance, m)) == minimal


@given(plans())
@settings(max_examples=40, deadline=None)
def test_the_decoded_optimum_is_the_least_of_all_plans(instance):
    claim = tm.solve(machine_assignment_program(instance).program)
    cost = least_cost(instance)
    assert (claim.status is tm.Status.INFEASIBLE) == (cost == float("inf"))
    if claim.has_point:
        schedule = decode_machine_assignment(instance, claim.point)
        assert schedule.value == cost == evaluate_machine_assignment(instance, schedule)


@given(plans(most=3, is_unary=True))
@settings(max_examples=25, deadline=None)
def test_starting_times_say_the_same_as_conflicts(instance):
    claim = tm.solve(windowed_program(instance).program)
    cost = least_cost(instance)
    assert (claim.status is tm.Status.INFEASIBLE) == (cost == float("inf"))
    if claim.has_point:
        assert decode_windowed(instance, claim.point).value == cost


@given(plans(most=3, is_unary=True), st.integers(0, 2), st.integers(0, 3))
@settings(max_examples=20, deadline=None)
def test_the_windowed_program_is_right_away_from_the_instance(instance, later, earlier):
    q = windowed_program(instance)
    theta = dict.fromkeys(q.names, 0) | {"deadline[0]": later, "release[0]": -earlier}
    theta["duration[0,0]"] = 1
    durations = [list(row) for row in instance.durations]
    durations[0][0] += 1
    moved = MachineAssignment(
        durations,
        instance.costs,
        [instance.releases[0] - earlier, *instance.releases[1:]],
        [instance.deadlines[0] + later, *instance.deadlines[1:]],
    )
    assert tm.solve(q.at(theta)).value == least_cost(moved)


def test_the_cost_as_a_function_of_a_deadline_jumps():
    instance = MachineAssignment([[3, 2], [3, 2]], [[1, 5], [1, 4]], [0, 0], [5, 5])
    v = tm.value_function(windowed_program(instance), along={"deadline[0]": 1}, interval=(0, 3))
    for t in range(4):
        moved = MachineAssignment(instance.durations, instance.costs, [0, 0], [5 + t, 5])
        assert v.exact(t) == least_cost(moved)
    assert [jump.t for jump in v.jumps] == [1]


@given(plans(most=3))
@settings(max_examples=20, deadline=None)
def test_the_gradient_in_the_costs_is_that_of_a_concave_function(instance):
    cost = least_cost(instance)
    if cost == float("inf"):
        return
    q = machine_assignment_program(instance)
    D = tm.conservative_gradient(q, at=[0] * q.n_parameters)
    assert D.value == cost
    step = Fraction(1, 1000)
    for k, (j, m) in enumerate(product(range(instance.n_jobs), range(instance.n_machines))):
        assert q.names[k] == f"cost[{j},{m}]"
        shares = [g[k] for g in D.exact_generators]
        for sign, rate in ((1, min(shares)), (-1, max(shares))):
            costs = [list(row) for row in instance.costs]
            costs[j][m] += sign * step
            assert least_cost(replaced(instance, costs)) - cost == sign * step * rate


def replaced(instance, costs):
    return MachineAssignment(
        instance.durations,
        costs,
        instance.releases,
        instance.deadlines,
        demands=instance.demands,
        capacities=instance.capacities,
    )


@pytest.mark.parametrize("name", OPTIMA)
def test_published_optima_are_proved(name):
    path = DATA / f"{name}.cmin"
    if not path.is_file():
        pytest.skip("the shared data are not beside the repository")
    instance = read_machine_assignment(path)
    q = machine_assignment_program(instance)
    F = tm.dual_function(q.program)
    tm.check(F.certificate, program=q.program)
    schedule = decode_machine_assignment(instance, tm.solve(q.program).point)
    assert F.exact(q.program.exact.rhs) == schedule.value == OPTIMA[name]
    assert evaluate_machine_assignment(instance, schedule) == OPTIMA[name]


def test_fractions_are_no_obstacle():
    instance = MachineAssignment([["1/2"], ["1/3"]], [[1], [1]], [0, "1/4"], ["5/6", "7/12"])
    assert fitting_starts(instance, 0, [0, 1]) is None
    later = MachineAssignment([["1/2"], ["1/3"]], [[1], [1]], [0, "1/4"], ["13/12", "7/12"])
    assert fitting_starts(later, 0, [0, 1]) == {1: Fraction(1, 4), 0: Fraction(7, 12)}


def test_jobs_without_length_do_not_split_others():
    """One at time 1 cannot be inside the other one, but may stand at its ends."""
    for release, deadline, does_fit in [(1, 1, False), (0, 1, True), (1, 2, True)]:
        instance = MachineAssignment([[2], [0]], [[1], [1]], [0, release], [2, deadline])
        assert (conflicts(instance, 0) == ()) is does_fit
        claim = tm.solve(windowed_program(instance).program)
        assert claim.has_point is does_fit
        if does_fit:
            schedule = decode_windowed(instance, claim.point)
            assert evaluate_machine_assignment(instance, schedule) == 2


def test_too_many_sets_are_refused(monkeypatch):
    monkeypatch.setattr(packing, "_MOST_SETS", 100)
    instance = MachineAssignment([[1]] * 8, [[1]] * 8, [0] * 8, [20] * 8)
    with pytest.raises(UnsupportedError, match="facility 0"):
        machine_assignment_program(instance)


def test_shared_facilities_have_no_windowed_program():
    instance = MachineAssignment([[1], [1]], [[1], [1]], [0, 0], [1, 1], capacities=[2])
    with pytest.raises(UnsupportedError):
        windowed_program(instance)


NAN = float("nan")
CASES = [
    (([], [], [], []), {}, "durations is empty"),
    (([[]], [[]], [0], [1]), {}, "durations is empty"),
    (([[3, -2]], [[1, 1]], [0], [5]), {}, r"durations\[0\]\[1\]"),
    (([[3, 2]], [[1, NAN]], [0], [5]), {}, r"costs\[0\]\[1\]"),
    (([[3, 2], [1]], [[1, 1]] * 2, [0, 0], [5, 5]), {}, r"durations\[1\]"),
    (([[3, 2]], [[1, 1]] * 2, [0], [5]), {}, "costs has 2 rows"),
    (([[3, 2]], [[1, 1]], [6], [5]), {}, r"deadlines\[0\] is 5, before releases\[0\]"),
    (([[3, 2]], [[1, 1]], [0, 0], [5]), {}, "releases"),
    (([[3, 2]], [[1, 1]], [0], [5]), {"capacities": [1]}, "capacities"),
    (([[3, 2]], [[1, 1]], [0], [5]), {"capacities": [-1, 1]}, r"capacities\[0\]"),
    (([[3, 2]], [[1, 1]], [0], [5]), {"demands": [[1, -1]]}, r"demands\[0\]\[1\]"),
    (([3, 2], [1, 1], [0], [5]), {}, r"durations\[0\]"),
]


@pytest.mark.parametrize(("arguments", "more", "item"), CASES)
def test_bad_data_are_refused_by_name(arguments, more, item):
    with pytest.raises(InvalidInputError, match=item):
        MachineAssignment(*arguments, **more)


def test_bad_examples_are_refused():
    for make in MEMBER.bad_examples():
        with pytest.raises(InvalidInputError):
            make()


def test_schedules_of_something_else_are_refused():
    instance = MachineAssignment([[3, 2], [3, 2]], [[1, 5], [1, 4]], [0, 0], [5, 5])
    schedule = decode_machine_assignment(instance, [1, 0, 0, 1])
    assert evaluate_machine_assignment(instance, schedule) == 5
    first, second = schedule.operations
    wrong = [
        (first,),
        (first, replace(second, lane="machine 2")),
        (first, replace(second, lane="machine 0")),
        (first, replace(second, lane="machine 0", duration=Fraction(3))),
        (replace(first, start=Fraction(-1)), second),
        (replace(first, start=Fraction(3)), second),
    ]
    for operations in wrong:
        with pytest.raises(InvalidInputError):
            evaluate_machine_assignment(instance, replace(schedule, operations=operations))


@pytest.mark.parametrize(
    "point", [(1, 0, 1, 0), (1, 1, 0, 1), (0, 0, 0, 1), (1, 0, 0), (2, 0, 0, 1)]
)
def test_points_that_are_no_plan_are_refused(point):
    instance = MachineAssignment([[3, 2], [3, 2]], [[1, 5], [1, 4]], [0, 0], [5, 5])
    with pytest.raises(InvalidInputError):
        decode_machine_assignment(instance, point)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2 1\n3 1 7  4 1", "line 2: the file ends here, but the cost of job 1 on facility 0"),
        ("2 1\n3 1 7  4 one 8\n1\n0 9  1 9\n", "line 2: 'one' is no number"),
        ("2 1\n3 1 7  4 1 8\n1\n0 9  1 9\n5\n", "line 5: the file should end here"),
        ("2 1\n3 1 7  4 1 8\n1\n0 9  9 1\n", r"deadlines\[1\]"),
        ("0 1\n", "the number of jobs"),
        ("", "the number of jobs"),
    ],
)
def test_bad_files_are_refused_by_line(tmp_path, text, told):
    path = tmp_path / "two.cmin"
    path.write_text(text)
    with pytest.raises(InvalidInputError, match=told):
        read_machine_assignment(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match="there is no file"):
        read_machine_assignment(tmp_path / "none.cmin")


def test_instances_print_compare_and_pickle():
    for instance in MEMBER.examples():
        again = pickle.loads(pickle.dumps(instance))
        assert again == instance
        assert hash(again) == hash(instance)
        assert "\n" not in repr(instance)
        assert str(instance).startswith(repr(instance))
        assert instance._repr_html_().startswith("<pre>")
        assert instance.optimum in (None, least_cost(instance))

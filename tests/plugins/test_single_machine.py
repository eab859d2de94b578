"""One machine: both programs, the search, the reader, against all permutations."""

from __future__ import annotations

import pickle
from dataclasses import replace
from fractions import Fraction
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.plugins.scheduling._read_weighted_tardiness import read_weighted_tardiness
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.plugins.scheduling._single_machine_program import (
    MEMBER,
    decode_single_machine,
    evaluate_single_machine,
    point_of_order,
    sequence,
    single_machine_program,
)
from tamemip.plugins.scheduling._single_machine_search import find_single_machine, smith_order
from tamemip.plugins.scheduling._single_machine_solving import solve_single_machine
from tamemip.plugins.scheduling._single_machine_time_indexed import (
    decode_time_indexed,
    point_of_starts,
    time_indexed_program,
)

DATA = Path(__file__).parents[2].parent / "shared" / "data" / "scheduling" / "weighted_tardiness"
WT40 = DATA / "wt40_001_060.txt"
needs_data = pytest.mark.skipif(
    not WT40.is_file(), reason="the shared data are not beside the repository"
)
#: Small enough that no rate changes between it and zero, with the integers drawn here.
STEP = Fraction(1, 10**6)


def cost_of(order, processing, weights, due):
    clock, cost = Fraction(0), Fraction(0)
    for j in order:
        clock += processing[j]
        cost += weights[j] * (clock if due is None else max(clock - due[j], 0))
    return cost


def least_cost(processing, weights, due):
    orders = permutations(range(len(processing)))
    return min(cost_of(order, processing, weights, due) for order in orders)


def best(instance):
    return least_cost(instance.processing, instance.weights, instance.due)


@st.composite
def machines(draw, *, most=4, least_time=0, least_weight=0, due=None):
    n = draw(st.integers(1, most))

    def numbers(least, top):
        return draw(st.lists(st.integers(least, top), min_size=n, max_size=n))

    has_due = draw(st.booleans()) if due is None else due
    return SingleMachine(
        numbers(least_time, 6),
        numbers(least_weight, 4),
        due=numbers(0, 15) if has_due else None,
    )


# -- values ----------------------------------------------------------------------------------


@given(machines())
@settings(max_examples=40, deadline=None)
def test_the_decoded_optimum_is_the_least_of_all_orders(instance):
    point = tm.solve(single_machine_program(instance).program).point
    schedule = decode_single_machine(instance, point)
    assert schedule.value == best(instance) == evaluate_single_machine(instance, schedule)


@given(machines(least_time=1))
@settings(max_examples=25, deadline=None)
def test_starting_times_say_the_same_as_orders(instance):
    point = tm.solve(time_indexed_program(instance).program, solver="scip").point
    assert decode_time_indexed(instance, point).value == best(instance)


@given(machines(most=4, least_time=1), st.data())
@settings(max_examples=30, deadline=None)
def test_every_order_is_a_point_of_both_programs_with_its_cost(instance, data):
    order = data.draw(st.permutations(range(instance.n_jobs)))
    cost = cost_of(order, instance.processing, instance.weights, instance.due)
    cases = [
        (single_machine_program, point_of_order, decode_single_machine),
        (time_indexed_program, point_of_starts, decode_time_indexed),
    ]
    for model, point_of, decode in cases:
        program, point = model(instance).program, point_of(instance, order)
        assert not program.violations(point)
        assert sum(c * x for c, x in zip(program.exact.c, point, strict=True)) == cost
        assert decode(instance, point) == sequence(instance, order)
        assert decode(instance, point).order == tuple(order)


@given(machines(), st.data())
@settings(max_examples=20, deadline=None)
def test_the_program_is_right_away_from_the_instance(instance, data):
    q = single_machine_program(instance)
    n = instance.n_jobs
    moves = st.lists(st.fractions(0, 3, max_denominator=4), min_size=n, max_size=n)
    times, weights = data.draw(moves), data.draw(moves)
    theta = dict.fromkeys(q.names, Fraction(0))
    theta |= {f"processing[{j}]": v for j, v in enumerate(times)}
    theta |= {f"weight[{j}]": v for j, v in enumerate(weights) if f"weight[{j}]" in theta}
    moved = SingleMachine(
        [p + v for p, v in zip(instance.processing, times, strict=True)],
        [w + theta.get(f"weight[{j}]", 0) for j, w in enumerate(instance.weights)],
        due=instance.due,
    )
    point = tm.solve(q.at(theta)).point
    assert decode_single_machine(moved, point).value == best(moved)


@given(machines(least_weight=1, due=True, most=3), st.sampled_from(["processing", "due"]))
@settings(max_examples=10, deadline=None)
def test_the_value_function_of_a_time_is_that_of_the_moved_instance(instance, what):
    v = tm.value_function(
        single_machine_program(instance), along={f"{what}[0]": 1}, interval=(0, 6)
    )
    for t in [*v.breakpoints, Fraction(1, 3), Fraction(5)]:
        times, due = list(instance.processing), list(instance.due)
        (times if what == "processing" else due)[0] += t
        assert v.exact(t) == least_cost(times, instance.weights, due)


def test_three_jobs_of_theory():
    instance = SingleMachine([3, 1, 2], [1, 2, 1])
    q = single_machine_program(instance)
    F = tm.dual_function(q.program)
    tm.check(F.certificate, program=q.program)
    assert F.exact(q.program.exact.rhs) == 11
    schedule = decode_single_machine(instance, tm.solve(q.program).point)
    assert (schedule.value, schedule.order) == (11, (1, 2, 0))


def test_dual_functions_of_starting_times_are_tight():
    instance = SingleMachine([3, 1, 2, 4], [1, 2, 1, 2], due=[2, 3, 4, 6])
    q = time_indexed_program(instance)
    F = tm.dual_function(q.program)
    tm.check(F.certificate, program=q.program)
    assert F.exact(q.program.exact.rhs) == best(instance) == 10


# -- gradients -------------------------------------------------------------------------------


def rates(instance, slot, j):
    """One-sided rates of the least cost in one number, from the left and the right."""
    data = {
        "processing": list(instance.processing),
        "weight": list(instance.weights),
        "due": list(instance.due or ()),
    }

    def value(step):
        moved = {name: list(values) for name, values in data.items()}
        moved[slot][j] += step
        return least_cost(moved["processing"], moved["weight"], moved["due"] or None)

    here = value(0)
    return (here - value(-STEP)) / STEP, (value(STEP) - here) / STEP


def slots(q):
    for k, name in enumerate(q.names):
        slot, _, index = name.partition("[")
        yield k, slot, int(index[:-1])


@given(machines(least_time=1, least_weight=1))
@settings(max_examples=25, deadline=None)
def test_rates_lie_in_the_conservative_gradient(instance):
    q = single_machine_program(instance)
    D = tm.conservative_gradient(q, at=[0] * q.n_parameters)
    for k, slot, j in slots(q):
        shares = [g[k] for g in D.exact_generators]
        left, right = rates(instance, slot, j)
        assert min(shares) <= min(left, right) <= max(left, right) <= max(shares)
        # The least cost is concave in the weights.
        if slot == "weight":
            assert (left, right) == (max(shares), min(shares))


def test_a_job_without_weight_has_no_parameters_of_lateness():
    q = single_machine_program(SingleMachine([1, 2], [0, 1], due=[1, 1]))
    assert q.names == ("processing[0]", "processing[1]", "weight[1]", "due[1]")
    assert "weight[0]" in single_machine_program(SingleMachine([1, 2], [0, 1])).names


# -- search ----------------------------------------------------------------------------------


@given(machines(most=5))
@settings(max_examples=30, deadline=None)
def test_the_search_finds_the_least_of_few_jobs(instance):
    assert find_single_machine(instance, rounds=20).value == best(instance)


@given(machines(most=5, due=False))
@settings(max_examples=30, deadline=None)
def test_smiths_rule_is_optimal(instance):
    assert sequence(instance, smith_order(instance)).value == best(instance)


@given(machines(most=4, least_time=1))
@settings(max_examples=15, deadline=None)
def test_solving_closes_small_instances(instance):
    found = solve_single_machine(instance, rounds=5)
    assert found.status is tm.Status.OPTIMAL
    assert found.value == found.bound == best(instance)


def test_a_stopped_search_says_so():
    instance = SingleMachine([7, 3, 5, 4, 6], [1, 3, 2, 5, 4], due=[3, 3, 3, 3, 3])
    found = solve_single_machine(instance, limits=tm.Limits(seconds=0))
    assert found.status is tm.Status.LIMIT
    assert 0 <= found.bound <= found.value == best(instance)


def test_the_search_keeps_fractions_exact():
    instance = SingleMachine(["1/3", "1/7", 2], ["1/2", 1, "2/3"], due=["1/5", 0, 1])
    assert find_single_machine(instance).value == best(instance)
    assert solve_single_machine(instance).value == best(instance)


def test_too_many_digits_are_refused_by_the_search():
    instance = SingleMachine([f"1/{10**12}", 1], [1, f"1/{10**12 + 1}"], due=[0, 0])
    with pytest.raises(UnsupportedError, match="too many digits"):
        find_single_machine(instance)


# -- refusals --------------------------------------------------------------------------------

CASES = [
    (([], []), {}, "processing is empty"),
    (([3, -1], [1, 1]), {}, r"processing\[1\]"),
    (([3, 1], [1, -1]), {}, r"weights\[1\]"),
    (([3, float("nan")], [1, 1]), {}, r"processing\[1\]"),
    (([3, 1], [1]), {}, "weights"),
    (([3, 1], [1, 1]), {"due": [1]}, "due"),
    (([3, 1], [1, 1]), {"due": [1, "late"]}, r"due\[1\]"),
    ((3, [1]), {}, "processing"),
    (([3], [1]), {"optimum": float("inf")}, "optimum"),
]


@pytest.mark.parametrize(("arguments", "more", "item"), CASES)
def test_bad_data_are_refused_by_name(arguments, more, item):
    with pytest.raises(InvalidInputError, match=item):
        SingleMachine(*arguments, **more)


def test_bad_examples_are_refused():
    for make in MEMBER.bad_examples():
        with pytest.raises(InvalidInputError):
            make()


def test_schedules_of_something_else_are_refused():
    instance = SingleMachine([3, 1], [1, 2])
    schedule = sequence(instance, [1, 0])
    first, second = schedule.operations
    wrong = [
        (first,),
        (second, first),
        (replace(first, duration=Fraction(2)), second),
        (replace(first, start=Fraction(1, 2)), second),
        (first, replace(second, start=Fraction(-1))),
        (first, replace(second, lane="machine 1")),
    ]
    for operations in wrong:
        with pytest.raises(InvalidInputError):
            evaluate_single_machine(instance, replace(schedule, operations=operations))
    late = replace(schedule, operations=(replace(first, start=Fraction(9)), second))
    assert evaluate_single_machine(instance, late) == 12 + 2


def test_points_that_are_no_order_are_refused():
    instance = SingleMachine([1, 1, 1], [1, 1, 1])
    with pytest.raises(InvalidInputError, match="cycle"):
        decode_single_machine(instance, (1, 0, 1, 1, 2, 3))
    for point in [(1, 1, 2, 1, 2, 3), (1, 1, 1), ("1/2", 1, 1, 1, 2, 3)]:
        with pytest.raises(InvalidInputError):
            decode_single_machine(instance, point)
    with pytest.raises(InvalidInputError):
        decode_time_indexed(SingleMachine([2, 1], [1, 4]), [0, 1, 0, 0, 0])
    with pytest.raises(InvalidInputError):
        sequence(instance, [0, 1, 1])


@pytest.mark.parametrize("processing", [[1, "1/2"], [1, 0], [3000, 3000]])
def test_starting_times_need_few_whole_numbers(processing):
    with pytest.raises(UnsupportedError):
        time_indexed_program(SingleMachine(processing, [1, 1]))


def test_instances_print_compare_and_pickle():
    for instance in MEMBER.examples():
        again = pickle.loads(pickle.dumps(instance))
        assert again == instance
        assert hash(again) == hash(instance)
        assert "\n" not in repr(instance)
        assert str(instance).startswith(repr(instance))
        assert instance._repr_html_().startswith("<pre>")
        found = solve_single_machine(instance)
        assert pickle.loads(pickle.dumps(found)) == found
        assert str(found).startswith("optimal")
        assert instance.optimum in (None, best(instance))


# -- files -----------------------------------------------------------------------------------


@needs_data
def test_the_files_of_the_or_library_are_read():
    found = read_weighted_tardiness(WT40)
    assert len(found) == 60
    assert found.names[0] == "wt40_001"
    assert found.names[-1] == "wt40_060"
    assert found["wt40_001"].processing[:3] == (26, 24, 79)
    assert found["wt40_001"].optimum == 913
    assert {instance.n_jobs for instance in found} == {40}


@needs_data
def test_stated_optima_are_found():
    found = read_weighted_tardiness(WT40)
    for name in ("wt40_005", "wt40_026", "wt40_028", "wt40_051", "wt40_055"):
        assert find_single_machine(found[name], rounds=20).value == found[name].optimum
    assert solve_single_machine(found["wt40_051"]).bound == 0


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "wt2_011_012.txt"
    path.write_text("3 1\n1 2\n2 2\n4 2\n1 1\n3 5\n")
    return path


def test_a_small_file(file):
    found = read_weighted_tardiness(file)
    assert found.names == ("wt2_011", "wt2_012")
    assert found[1] == SingleMachine([4, 2], [1, 1], due=[3, 5], name="wt2_012")


def test_the_number_of_jobs_is_given_or_follows_from_the_optima(file):
    other = file.with_name("late.txt")
    other.write_text(file.read_text())
    with pytest.raises(InvalidInputError, match="jobs="):
        read_weighted_tardiness(other)
    assert len(read_weighted_tardiness(other, jobs=4)) == 1
    other.with_name("late_optimum.txt").write_text("1\n7\n")
    assert [instance.optimum for instance in read_weighted_tardiness(other)] == [1, 7]
    with pytest.raises(InvalidInputError, match="states 2 optima"):
        read_weighted_tardiness(other, jobs=4)
    other.with_name("late_optimum.txt").write_text("1\n7\n8\n1\n5\n")
    with pytest.raises(InvalidInputError, match="12 numbers"):
        read_weighted_tardiness(other)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("3 1\n1 2\n2 2\n4 2\n1 1\n3", "line 6: the file ends here"),
        ("3 1\n1 two\n2 2\n", "line 2: 'two' is no number"),
        ("3 1\n1 -2\n2 2\n", r"line 3: .*weights\[1\] is -2"),
        ("", "empty"),
    ],
)
def test_bad_files_are_refused_by_line(tmp_path, text, told):
    path = tmp_path / "wt2.txt"
    path.write_text(text)
    with pytest.raises(InvalidInputError, match=told):
        read_weighted_tardiness(path)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(InvalidInputError, match="there is no file"):
        read_weighted_tardiness(tmp_path / "wt40.txt")


def test_a_time_of_zero_may_move_both_ways():
    q = single_machine_program(SingleMachine([1, 0], [1, 2]))
    assert tm.conservative_gradient(q).flat == ((1, 3, 1, 0),)

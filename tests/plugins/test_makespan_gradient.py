"""Critical paths of all optimal selections: the conservative gradient of the makespan."""

from __future__ import annotations

import json
import pickle
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.plugins.scheduling import (
    FAMILY,
    FlowShop,
    JobShop,
    ParallelMachines,
    ResourceConstrained,
    SingleMachine,
    makespan_gradient,
)
from tamemip.plugins.scheduling._selections_search import SelectionsSearch
from tests.plugins import selections_by_force as force
from tests.plugins.schedules_at_random import flow_shops, job_shops, parallel, projects

SHOPS = Path(__file__).parents[2].parent / "shared" / "data" / "scheduling" / "jobshop.json"
#: So many selections at most, where the core lists them, too.
FEW = 12
TWINS = JobShop([[2, 2], [2, 2]], [[0, 1], [0, 1]])


def named(name):
    if not SHOPS.exists():
        pytest.skip(f"the shared data are absent: {SHOPS}")
    data = json.loads(SHOPS.read_text(encoding="utf-8"))[name]
    return JobShop(data["duration_matrix"], data["machines_matrix"], name=name)


@settings(deadline=None, max_examples=60)
@given(job_shops() | flow_shops() | projects() | parallel())
def test_the_critical_paths_are_those_of_all_shortest_selections(instance):
    selections, p = force.selections(instance), force.durations(instance)
    D = makespan_gradient(instance)
    assert D.is_complete
    assert D.value == force.makespan(selections, p)
    assert set(D.exact_generators) == force.generators(selections, p)


@settings(deadline=None, max_examples=15)
@given(job_shops(least=1) | flow_shops(least=1) | projects(least=1) | parallel(least=1))
def test_the_program_has_the_same_gradient(instance):
    assume(len(force.selections(instance)) <= FEW)
    q = FAMILY.program(instance)
    D = makespan_gradient(instance)
    whole = tm.conservative_gradient(q)
    places = [q.names.index(slot) for slot in D.slots]
    assert {tuple(g[k] for k in places) for g in whole.exact_generators} == set(D.exact_generators)


@settings(deadline=None, max_examples=30)
@given(job_shops() | flow_shops() | projects() | parallel())
def test_a_path_fills_the_time_of_a_schedule_that_the_instance_allows(instance):
    D = makespan_gradient(instance)
    for path, on in zip(D.paths, D.exact_generators, strict=True):
        assert FAMILY.evaluate(instance, path.schedule) == D.value
        bars = [path.schedule.operations[k] for k in path.places]
        assert tuple(bar.name for bar in bars) == path.operations
        assert (bars[0].start, bars[-1].end) == (0, D.value)
        assert all(first.end == second.start for first, second in pairwise(bars))
        assert on == tuple(int(k in path.places) for k in range(len(D.names)))


@settings(deadline=None, max_examples=25)
@given(job_shops() | flow_shops() | projects() | parallel())
def test_a_known_schedule_changes_nothing(instance):
    D = makespan_gradient(instance)
    again = makespan_gradient(instance, schedule=D.paths[-1].schedule)
    assert again.value == D.value
    assert again.exact_generators == D.exact_generators


@settings(deadline=None, max_examples=6)
@given(st.data(), job_shops() | parallel())
def test_the_chain_rule_holds_along_broken_lines(data, instance):
    selections, p = force.selections(instance), force.durations(instance)
    corner = st.lists(st.integers(0, 3), min_size=len(p), max_size=len(p))
    path = [p, data.draw(corner)]

    def field(durations):
        return makespan_gradient(_moved(instance, durations)).exact_generators

    assert tm.path_law(lambda d: force.makespan(selections, d), field, path) == 0


def _moved(instance, durations):
    if isinstance(instance, ParallelMachines):
        return ParallelMachines(durations, instance.machines)
    left = iter(durations)
    return JobShop([[next(left) for _ in row] for row in instance.durations], instance.machines)


def test_one_partition_has_two_critical_machines():
    D = makespan_gradient(ParallelMachines([3, 3, 2, 2, 2], 2))
    assert D.value == 6
    assert set(D.exact_generators) == {(1, 1, 0, 0, 0), (0, 0, 1, 1, 1)}
    assert D.contains(["1/2", "1/2", "1/2", "1/2", "1/2"])
    assert not D.contains([1, 1, 0, 0, 1])
    assert D.exact_support({"job 0": 2, "processing[2]": 1}) == 2


def test_twins_have_a_kink_at_every_operation():
    D = makespan_gradient(TWINS)
    assert D.always == D.never == ()
    assert D.sometimes == D.names
    assert D.generators.shape == (4, 4)
    assert D.count("job 0, operation 0") == D.count("processing[0,0]") == 3
    assert not D.is_singleton


def test_an_operation_that_takes_no_time_may_be_left_out_of_a_path():
    D = makespan_gradient(JobShop([[2, 0], [1]], [[0, 1], [1]]))
    assert set(D.exact_generators) == {(1, 0, 0), (1, 1, 0)}
    assert (D.always, D.never) == (("job 0, operation 0",), ("job 1, operation 0",))


def test_fractions_are_counted_in_their_unit():
    D = makespan_gradient(FlowShop([["1/2", "1/3"], ["1/6", "3/4"]]))
    assert D.value == Fraction(1, 6) + Fraction(3, 4) + Fraction(1, 3)
    assert D.exact_generators == ((0, 1, 1, 1),)


def test_a_project_waits_for_what_it_shares():
    D = makespan_gradient(ResourceConstrained([3, 2, 2], [[1], [1], [1]], [1], [(1, 2)]))
    assert D.always == ("activity 0", "activity 1", "activity 2")
    np.testing.assert_array_equal(D.element, [1, 1, 1])


def test_fisher_and_thompson_six_by_six():
    D = makespan_gradient(named("ft06"))
    assert (D.value, D.is_complete, len(D.paths)) == (55, True, 9)
    assert D.always == ()
    assert len(D.never) == 6


def test_a_limit_on_paths_leaves_open_what_it_leaves_open():
    D = makespan_gradient(TWINS, limit=1)
    assert len(D.paths) > 1  # each operation is asked for the other way
    assert not D.is_complete
    assert not D.undecided


@pytest.mark.parametrize(
    ("instance", "words"),
    [
        (ParallelMachines([3, 3, 2, 2, 2], 2), "some machine has work for 6 or more"),
        (TWINS, "machine 0 has work for 4, and there is 2 after it"),
        (JobShop([[1, 2], [1]], [[0, 1], [0]]), "up to the end of job 0, operation 1"),
    ],
    ids=["work", "work and more", "a job"],
)
def test_what_a_job_or_machine_alone_proves_is_called_proved(instance, words):
    reason = makespan_gradient(instance).reasons[0]
    assert reason.startswith("the makespan is least, proved: ")
    assert words in reason


def test_what_is_not_proved_is_called_claimed():
    assert makespan_gradient(ParallelMachines([3, 3, 2], 2)).reasons == (
        "the makespan is least: claimed by CP-SAT, not proved",
        "there are no other critical paths: claimed by CP-SAT, not proved",
    )


def test_a_given_schedule_saves_the_search_and_is_refused_if_it_is_not_shortest():
    D = makespan_gradient(TWINS)
    again = makespan_gradient(TWINS, schedule=D.paths[-1].schedule)
    assert set(again.exact_generators) == set(D.exact_generators)
    slow = FAMILY.decode(JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]]), [6, 9, 0, 2, 11, 0, 0])
    assert slow.value == 11
    with pytest.raises(InvalidInputError):
        makespan_gradient(JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]]), schedule=slow)


def test_what_cannot_be_asked_is_refused():
    with pytest.raises(InvalidInputError, match="SingleMachine"):
        makespan_gradient(SingleMachine([1], [1]))
    with pytest.raises(NotAllowedError):
        makespan_gradient(TWINS, limits=tm.Limits(seconds=0))
    with pytest.raises(UnsupportedError):
        makespan_gradient(JobShop([["1e-30", 1e15]], [[0, 1]]))
    D = makespan_gradient(TWINS)
    for wrong in ([1, 2], {"job 9": 1}, "1111"):
        with pytest.raises(InvalidInputError):
            D.contains(wrong)


def test_an_interrupt_leaves_the_paths_that_were_found(monkeypatch):
    asked = iter(range(100))
    solve = SelectionsSearch.solve

    def interrupted(self, model, **options):
        if next(asked) == 2:
            raise KeyboardInterrupt
        return solve(self, model, **options)

    monkeypatch.setattr(SelectionsSearch, "solve", interrupted)
    D = makespan_gradient(TWINS)
    assert D.paths
    assert not D.is_complete
    assert D.reasons[-1].startswith("a limit came first")


def test_it_prints_and_pickles():
    D = makespan_gradient(TWINS)
    assert repr(D) == "MakespanGradient(makespan 6, 4 critical paths)"
    assert "sometimes: (0,0) (0,1) (1,0) (1,1)" in str(D)
    assert D._repr_html_().startswith("<pre>")
    assert pickle.loads(pickle.dumps(D)) == D
    assert str(makespan_gradient(TWINS)) == str(D)

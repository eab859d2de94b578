"""Which minute costs the plan: rates of the optimal value, and how far they hold."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.plugins.scheduling import (
    FAMILY,
    JobShop,
    ParallelMachines,
    SingleMachine,
    makespan_gradient,
    sensitivity,
)
from tamemip.plugins.scheduling._selections_search import SelectionsSearch
from tests.plugins import selections_by_force as force
from tests.plugins.schedules_at_random import flow_shops, job_shops, parallel, projects

#: No duration of a test is larger, and no bend is further away.
FAR = 12


@settings(deadline=None, max_examples=25)
@given(job_shops() | flow_shops() | projects() | parallel())
def test_rates_and_their_reach_are_those_of_all_selections(instance):
    selections, p = force.selections(instance), force.durations(instance)
    table = sensitivity(instance)
    assert table.value == force.makespan(selections, p)
    for i, name in enumerate(force.names(instance)):

        def value(d, i=i):
            return force.makespan(selections, (*p[:i], d, *p[i + 1 :]))

        row = table[name]
        assert row.number == p[i]
        assert _known(row.more) == _rate([value(p[i] + t) for t in range(FAR)])
        assert _known(row.less) == _rate([value(p[i] - t) for t in range(int(p[i]) + 1)])


def _known(rate):
    return rate.slope, rate.until


def _rate(values):
    """The slope at the first one, and the last step up to which it stays."""
    if len(values) == 1:
        return None, None
    slope = abs(values[1] - values[0])
    bend = next((t for t, v in enumerate(values) if abs(v - values[0]) != slope * t), None)
    return slope, math.inf if bend is None else bend - 1


@settings(deadline=None, max_examples=10)
@given(job_shops(), st.sampled_from([Fraction(2, 3), Fraction(1, 2), 5]))
def test_another_unit_of_time_changes_the_steps_and_not_the_rates(shop, factor):
    scaled = JobShop([[factor * p for p in row] for row in shop.durations], shop.machines)
    table, other = sensitivity(shop), sensitivity(scaled)
    assert other.value == factor * table.value
    for row in table:
        same = other[row.name]
        assert _known_slopes(same) == _known_slopes(row)
        for rate, mine in ((same.more, row.more), (same.less, row.less)):
            assert rate.until == (None if mine.until is None else mine.until * factor)


TWINS = JobShop([[2, 2], [2, 2]], [[0, 1], [0, 1]])


@pytest.mark.parametrize(
    "instance",
    [TWINS, JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]]), ParallelMachines([3, 3, 2, 2, 2], 2)],
    ids=repr,
)
def test_the_program_has_the_same_rates(instance):
    q = FAMILY.program(instance)
    slots = makespan_gradient(instance).slots
    table = sensitivity(instance)
    for name, slot in zip(force.names(instance), slots, strict=True):
        v = tm.value_function(q, along={slot: 1}, interval=("-1/2", "1/2"))
        assert (table[name].less.slope, table[name].more.slope) == _slopes(v)


def _slopes(v):
    left = next(piece.slope for piece in v.pieces if piece.lo < 0 <= piece.hi)
    return left, next(piece.slope for piece in v.pieces if piece.lo <= 0 < piece.hi)


@settings(deadline=None, max_examples=25)
@given(job_shops() | flow_shops() | projects() | parallel())
def test_a_rate_that_a_schedule_shows_is_proved_if_the_makespan_is(instance):
    table = sensitivity(instance)
    is_proved = table.reasons[0].startswith("the makespan is least, proved: ")
    for row in table:
        for rate, shown in ((row.more, 0), (row.less, 1)):
            if rate.slope == shown:
                assert rate.is_proved == is_proved
        assert row.more.slope != 1 or row.paths > 0


def test_the_dearest_come_first():
    table = sensitivity(JobShop([[3, 2, 2], [2, 4, 1]], [[0, 1, 2], [1, 0, 2]]))
    slopes = [(row.more.slope, row.less.slope) for row in table]
    assert slopes == sorted(slopes, reverse=True)


def test_slack_is_what_the_given_schedule_leaves():
    shop = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]])
    best = FAMILY.decode(shop, [0, 3, 0, 3, 7, 1, 0])
    table = sensitivity(shop, schedule=best)
    assert [table[name].slack for name in force.names(shop)] == [0, 2, 1, 0]
    assert table["job 1, operation 0"].more.until == 1


def test_slack_in_parallel_is_that_of_the_machine():
    shop = ParallelMachines([4, 1, 2], 2)
    table = sensitivity(shop)
    assert [table[f"job {j}"].slack for j in range(3)] == [0, 1, 1]


@pytest.mark.parametrize("due", [None, [3, 2, 4]], ids=["completion", "tardiness"])
def test_one_machine_by_brute_force(due):
    def value(p, w, d):
        best = []
        for order in itertools.permutations(range(3)):
            time, total = Fraction(0), Fraction(0)
            for j in order:
                time += p[j]
                total += w[j] * (time if d is None else max(Fraction(0), time - d[j]))
            best.append(total)
        return min(best)

    data = {"processing": [3, 1, 2], "weight": [1, 2, 1], "due": due}
    table = sensitivity(SingleMachine(data["processing"], data["weight"], due=due))
    here = value(*data.values())
    assert table.value == here
    assert len(table) == 6 + 3 * (due is not None)
    for row in table:
        what, _, place = row.name.rstrip("]").partition("[")
        for step, rate in ((Fraction(1, 100), row.more), (-Fraction(1, 100), row.less)):
            moved = {k: list(v) if v else v for k, v in data.items()}
            moved[what][int(place)] += step
            assert rate.is_proved
            assert (value(*moved.values()) - here) / step == rate.slope


def test_what_time_did_not_allow_is_shown_as_unknown():
    with pytest.raises(NotAllowedError):
        sensitivity(TWINS, limits=tm.Limits(seconds=0))
    best = makespan_gradient(TWINS).paths[0].schedule
    table = sensitivity(TWINS, schedule=best, limits=tm.Limits(seconds=0))
    assert all(row.more.slope is row.less.slope is None and row.paths for row in table)
    assert "?" in str(table)


def test_what_an_interrupt_leaves_open_is_shown_as_unknown(monkeypatch):
    schedule = makespan_gradient(TWINS).paths[0].schedule
    whole = sensitivity(TWINS, schedule=schedule)
    asked = iter(range(100))
    solve = SelectionsSearch.solve

    def interrupted(self, model, **options):
        if next(asked) == 5:
            raise KeyboardInterrupt
        return solve(self, model, **options)

    monkeypatch.setattr(SelectionsSearch, "solve", interrupted)
    table = sensitivity(TWINS, schedule=schedule)
    assert 0 < sum(row.more.slope is not None for row in table) < 4
    for row in table:
        assert row.more.slope in (None, whole[row.name].more.slope)


def test_it_prints_and_pickles():
    table = sensitivity(TWINS)
    assert repr(table) == "SensitivityTable(makespan 6, 4 lines)"
    assert "more costs" in str(table)
    assert "<th>more costs</th>" in table._repr_html_()
    assert pickle.loads(pickle.dumps(table)) == table
    with pytest.raises(InvalidInputError):
        table["job 7"]
    with pytest.raises(InvalidInputError):
        sensitivity("a plan")


SHOP = JobShop(
    [[20, 35, 15], [30, 10, 40], [25, 20, 30], [15, 45, 20]],
    [[0, 1, 2], [1, 0, 2], [0, 2, 1], [1, 0, 2]],
)


def test_a_dual_function_turns_claims_into_proofs():
    q = FAMILY.program(SHOP)
    F = tm.dual_function(q.program)
    claimed, proved = sensitivity(SHOP), sensitivity(SHOP, dual=F)
    assert not any(row.more.is_proved or row.less.is_proved for row in claimed)
    assert proved.reasons[0] == "the makespan is least, proved: by the dual function"
    for row in proved:
        assert (row.more.slope, row.less.slope) == _known_slopes(claimed[row.name])
        assert row.less.is_proved or row.less.slope == 0
    stay = q.at(dict.fromkeys(q.names, 0) | {"processing[3,0]": -5}).exact.rhs
    refined = sensitivity(SHOP, dual=F.refine(at=stay))
    assert refined["job 3, operation 0"].less.is_proved


def _known_slopes(row):
    return row.more.slope, row.less.slope


def test_a_dual_function_says_nothing_about_other_matrices():
    instance = ParallelMachines([3, 3, 2], 2)
    F = tm.dual_function(FAMILY.program(instance).program)
    table, plain = sensitivity(instance, dual=F), sensitivity(instance)
    assert table.reasons[0] == "the makespan is least, proved: by the dual function"
    assert all(_known_slopes(row) == _known_slopes(plain[row.name]) for row in table)
    with pytest.raises(InvalidInputError):
        sensitivity(ParallelMachines([3, 3, 1], 2), dual=F)

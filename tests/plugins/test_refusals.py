"""What users hand in by mistake, or write as the literature does: clear answers."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction

import pytest

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins import knapsack, scheduling
from tamemip.plugins.knapsack import Knapsack
from tamemip.plugins.scheduling import (
    JobShop,
    LotSizing,
    ParallelMachines,
    ResourceConstrained,
    SingleMachine,
)

SHOP = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]])
SCHEDULING, KNAPSACK = tm.family("scheduling"), tm.family("knapsack")


def test_the_signatures_of_the_literature_work_by_position():
    assert Knapsack([1, 2], [1, 1], 1, 1) == Knapsack([1, 2], [1, 1], 1)
    assert SingleMachine([3, 1], [1, 2], [2, 3]) == SingleMachine([3, 1], [1, 2], due=[2, 3])
    assert ParallelMachines([3, 3, 2, 2, 2], 2).machines == 2


@pytest.mark.parametrize("start", [math.nan, math.inf, None, "soon"])
def test_a_bar_of_a_schedule_starts_at_a_number(start):
    schedule = scheduling.solve(SHOP).schedule
    with pytest.raises(InvalidInputError, match="start"):
        replace(schedule.operations[0], start=start)
    exact = replace(schedule.operations[0], start=0.5)
    assert exact.start == Fraction(1, 2)


@pytest.mark.parametrize(
    "solution", [None, 5, [1], scheduling.solve(LotSizing([1], 1, 1, 1)).schedule]
)
def test_a_solution_of_another_kind_is_refused(solution):
    with pytest.raises(InvalidInputError, match="Schedule"):
        SCHEDULING.evaluate(SHOP, solution)
    with pytest.raises(InvalidInputError, match="KnapsackSolution"):
        KNAPSACK.evaluate(Knapsack([1], [1], 1), solution)


@pytest.mark.parametrize("instance", [None, 5, "knapsack"])
def test_what_is_no_instance_is_refused(instance):
    for work in (
        knapsack.program,
        KNAPSACK.program,
        SCHEDULING.program,
        lambda given: KNAPSACK.decode(given, [1]),
        lambda given: SCHEDULING.decode(given, [1]),
    ):
        with pytest.raises(InvalidInputError):
            work(instance)


@pytest.mark.parametrize(
    "instance",
    [
        JobShop([["3.141592653589793", 2], [1, "2.718281828459045"]], [[0, 1], [1, 0]]),
        ResourceConstrained(["3.141592653589793", "2.718281828459045"], [[1], [1]], [1], []),
        SingleMachine(["3.141592653589793", "2.718281828459045"], [1, 2], [1, 2]),
    ],
    ids=lambda instance: type(instance).__name__,
)
def test_data_with_many_digits_are_solved_as_a_program(instance):
    found = scheduling.solve(instance)
    assert found.value == SCHEDULING.evaluate(instance, found.schedule)
    assert found.status is tm.Status.OPTIMAL


def test_the_number_of_jobs_can_be_said(tmp_path):
    path = tmp_path / "tardy.txt"
    path.write_text("3 1  1 2  2 2\n4 2  1 1  3 5\n")
    with pytest.raises(InvalidInputError, match="jobs="):
        scheduling.read(path)
    assert len(scheduling.read(path, jobs=2)) == 2


def test_brackets_without_end_are_no_file(tmp_path):
    path = tmp_path / "deep.json"
    path.write_text("[" * 100_000)
    with pytest.raises(InvalidInputError, match="deep"):
        scheduling.read(path)


def test_a_claim_that_is_feasible_up_to_a_tolerance_only_is_not_believed():
    """5000003 x <= 5000000: off by 3 in 5 million, which a relative tolerance lets pass."""
    heavy = Knapsack([3], [5_000_003], 5_000_000, 2)
    claim = tm.solve(KNAPSACK.program(heavy).program)
    assert claim.value == 0
    assert KNAPSACK.evaluate(heavy, KNAPSACK.decode(heavy, claim.point)) == 0
    alone = tm.solve(KNAPSACK.program(heavy).program, solver="scip")
    assert alone.value == 0 or (alone.status is tm.Status.LIMIT and "tolerance" in alone.reason)


def test_parameters_that_are_missing_or_unknown_are_named():
    q = KNAPSACK.program(Knapsack([3], [2], 4))
    with pytest.raises(InvalidInputError, match="theta has no 'profit\\[0\\]', 'weight\\[0\\]'"):
        q.at({"capacity": 1})
    with pytest.raises(InvalidInputError, match="no parameter 'capacty'"):
        q.at({"capacty": 1})

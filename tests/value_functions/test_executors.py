"""Independent work on threads, processes and a Dask cluster: the results are the same."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from fractions import Fraction as Q
from multiprocessing import get_context

import pytest

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.solvers import run_all, split_evenly


def knapsack():
    return tm.MixedIntegerProgram.from_arrays(
        [7, 9, 2, 15], [[3, 4, 1, 7], [5, 2, 8, 3]], "<=", [20, 22], upper=3, sense="max"
    )


SCENARIOS = [[Q(k, 2), 30 - k] for k in range(12, 26)]


@contextmanager
def threads():
    with ThreadPoolExecutor(2) as executor:
        yield executor


@contextmanager
def processes():
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as executor:
        yield executor


@contextmanager
def dask_cluster():
    """Two worker processes on the loopback device, no dashboard."""
    distributed = pytest.importorskip(
        "distributed", reason="Dask is not installed: the extra `distributed`"
    )
    settings = {"n_workers": 2, "threads_per_worker": 1, "dashboard_address": None}
    with (
        distributed.LocalCluster(host="127.0.0.1", processes=True, **settings) as cluster,
        distributed.Client(cluster) as client,
    ):
        yield client.get_executor()


EXECUTORS = [
    pytest.param(threads, id="threads"),
    pytest.param(processes, id="processes"),
    pytest.param(dask_cluster, id="dask", marks=pytest.mark.extras),
]


@pytest.mark.parametrize("opened", EXECUTORS)
def test_results_are_the_same_on_every_executor(opened):
    here = tm.expected_value(knapsack(), SCENARIOS)
    ranges = tm.cost_ranges(knapsack())
    with opened() as executor:
        there = tm.expected_value(knapsack(), SCENARIOS, executor=executor, chunks=3)
        assert tm.cost_ranges(knapsack(), executor=executor).ranges == ranges.ranges
    assert here.is_exact
    assert (there.low, there.high, there.per_scenario) == (here.low, here.high, here.per_scenario)
    # The joined function proves all of it by itself.
    again = tm.expected_value(there.dual_function, SCENARIOS)
    assert again.value == here.value
    assert tm.check(there.dual_function.certificate, program=knapsack())


def _fail_at_three(k):
    if k == 3:
        raise InvalidInputError("three")
    return k


@pytest.mark.parametrize("opened", EXECUTORS[:2])
def test_an_error_of_the_work_is_raised_here(opened):
    with opened() as executor, pytest.raises(InvalidInputError, match="three"):
        run_all(_fail_at_three, range(6), executor)


def test_results_come_in_the_order_of_the_items():
    with threads() as executor:
        assert run_all(abs, [-3, 2, -1], executor) == run_all(abs, [-3, 2, -1]) == [3, 2, 1]


def test_what_is_no_executor_is_refused():
    with pytest.raises(InvalidInputError, match="executor"):
        tm.expected_value(knapsack(), SCENARIOS, executor="threads")
    with pytest.raises(InvalidInputError, match="positive"):
        split_evenly([1, 2], 0)


def test_shares_are_even_and_none_is_empty():
    assert split_evenly(range(7), 3) == [range(0, 2), range(2, 4), range(4, 7)]
    assert [len(share) for share in split_evenly("ab", 5)] == [1, 1]
    assert split_evenly([], 2) == []

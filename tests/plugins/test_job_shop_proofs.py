"""Schedules that CP-SAT finds, and certificates that none is shorter."""

import random
import subprocess
import sys
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings

import tamemip as tm
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.plugins.scheduling._cp_shop import find_schedule
from tamemip.plugins.scheduling._disjunctive import (
    least_makespan,
    schedule_at,
    schedule_of,
)
from tamemip.plugins.scheduling._disjunctive_dispatch import dispatched
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._job_shop_member import MEMBER
from tamemip.plugins.scheduling._proof import prove_makespan
from tamemip.plugins.scheduling._read_job_shop import read_job_shop_json
from tests.plugins.test_flow_shop import flow_shops
from tests.plugins.test_flow_shop import least_makespan_of_all as least_of_permutations
from tests.plugins.test_job_shop import job_shops, least_makespan_of_all

LAWS = settings(max_examples=15, deadline=None)
SHARED = Path(__file__).parents[3] / "shared" / "data" / "scheduling" / "jobshop.json"
needs_data = pytest.mark.skipif(
    not SHARED.exists(), reason="the shared data are not beside the repository"
)


def classic(name):
    return read_job_shop_json(SHARED)[name]


def shop_of_size(n_jobs, n_machines):
    draw = random.Random(1)
    return JobShop(
        [[draw.randint(1, 99) for _ in range(n_machines)] for _ in range(n_jobs)],
        [draw.sample(range(n_machines), n_machines) for _ in range(n_jobs)],
    )


@LAWS
@given(job_shops())
def test_cp_sat_finds_the_least_makespan_of_all_selections(shop):
    found = find_schedule(shop)
    assert found.value == found.bound == least_makespan_of_all(shop)
    assert found.status is tm.Status.OPTIMAL
    assert MEMBER.evaluate(shop, found.schedule) == found.value
    first = schedule_of(shop, dispatched(shop))
    assert least_makespan(shop) <= found.value <= MEMBER.evaluate(shop, first)


@pytest.mark.parametrize("formulation", ["disjunctive", "windows"])
@LAWS
@given(shop=job_shops())
def test_the_least_makespan_is_proved(formulation, shop):
    proof = prove_makespan(shop, formulation=formulation)
    assert proof.is_optimal
    assert proof.bound == proof.value == least_makespan_of_all(shop)
    assert tm.check(proof.certificate, program=proof.program).kind == "dual-function"


@pytest.mark.parametrize("formulation", ["disjunctive", "windows"])
@LAWS
@given(shop=flow_shops(most_jobs=3))
def test_the_least_makespan_of_permutations_is_proved(formulation, shop):
    proof = prove_makespan(shop, formulation=formulation)
    assert proof.bound == proof.value == least_of_permutations(shop)


@pytest.mark.parametrize("formulation", ["disjunctive", "windows"])
@LAWS
@given(shop=job_shops())
def test_a_schedule_that_is_too_long_is_bettered(formulation, shop):
    first = schedule_of(shop, dispatched(shop))
    late = schedule_at(shop, {o: t + 1 for o, t in zip(shop.operations, first.starts, strict=True)})
    for schedule in (first, late):
        proof = prove_makespan(shop, schedule=schedule, formulation=formulation)
        assert proof.bound == proof.value == least_makespan_of_all(shop)
        assert MEMBER.evaluate(shop, proof.schedule) == proof.value


def test_the_search_is_the_same_each_time():
    shop, limits = shop_of_size(10, 8), tm.Limits(nodes=50)
    one, two = (find_schedule(shop, limits=limits) for _ in range(2))
    assert one.schedule == two.schedule


def test_without_time_there_is_a_schedule_all_the_same():
    shop = shop_of_size(8, 5)
    found = find_schedule(shop, limits=tm.Limits(seconds=0))
    assert (found.status, found.reason) == (tm.Status.LIMIT, "time limit")
    assert found.value == MEMBER.evaluate(shop, found.schedule)
    assert found.bound >= least_makespan(shop)
    proof = prove_makespan(shop, limits=tm.Limits(seconds=0))
    assert not proof.is_optimal
    assert proof.bound <= proof.value


INTERRUPT = """
import os, signal, threading
from tamemip.plugins.scheduling import FAMILY, find_schedule
from tests.plugins.test_job_shop_proofs import shop_of_size
shop = shop_of_size(20, 15)
find_schedule(shop_of_size(2, 2))  # imports are not what is interrupted
timer = threading.Timer(1.0, os.kill, (os.getpid(), signal.SIGINT))
timer.start()
found = find_schedule(shop)
timer.join()
assert FAMILY.evaluate(shop, found.schedule) == found.value
assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
print(found.status.value, found.reason)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send SIGINT to itself")
def test_ctrl_c_gives_the_best_schedule_so_far():
    done = subprocess.run(
        [sys.executable, "-c", INTERRUPT], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stdout.strip().endswith("interrupted"), done.stderr


def test_durations_beyond_integers_of_cp_sat_are_refused():
    shop = JobShop([[Fraction(1, 2**31 - 1), 2**12]], [[0, 1]])
    with pytest.raises(UnsupportedError):
        find_schedule(shop)


def test_schedules_that_are_none_are_refused():
    shop = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]])
    with pytest.raises(InvalidInputError):
        prove_makespan(
            shop, schedule=schedule_at(shop, dict.fromkeys(shop.operations, Fraction(0)))
        )
    with pytest.raises(InvalidInputError):
        prove_makespan(shop, formulation="time-indexed")
    for call in (lambda: find_schedule(shop, workers=0), lambda: prove_makespan([[3, 2]])):
        with pytest.raises(InvalidInputError):
            call()


def test_what_is_proved_is_said():
    shop = FlowShop([[3, 2], [2, 4], [1, 3]])
    proof = prove_makespan(shop)
    assert str(proof).startswith("10 is the least makespan (proved")
    assert repr(proof) == "MakespanProof(makespan 10, bound 10, disjunctive)"
    assert "claimed by cp-sat, not proved" in str(find_schedule(shop))


@needs_data
@pytest.mark.parametrize("name", ["ft06", "la01", "la05"])
def test_classics_are_proved(name):
    shop = classic(name)
    proof = prove_makespan(shop)
    assert proof.is_optimal
    assert proof.value == shop.optimum
    (_, value), *_ = proof.statement.tight_at
    assert value == shop.optimum


@needs_data
@pytest.mark.parametrize("name", ["la02", "la07"])
def test_one_machine_bounds_close_classics_at_the_root(name):
    shop = classic(name)
    proof = prove_makespan(shop, formulation="windows")
    assert proof.bound == proof.value == shop.optimum
    assert proof.function.n_leaves == 1


@needs_data
def test_the_optimum_of_ft10_is_found():
    shop = classic("ft10")
    found = find_schedule(shop, limits=tm.Limits(seconds=60))
    assert MEMBER.evaluate(shop, found.schedule) == found.value == 930

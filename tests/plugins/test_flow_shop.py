"""Permutation flow shops against all permutations, Johnson's rule and free flow shops."""

import pickle
from fractions import Fraction
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._cp_shop import find_schedule
from tamemip.plugins.scheduling._disjunctive import schedule_of
from tamemip.plugins.scheduling._disjunctive_dispatch import by_insertion, dispatched, in_turn
from tamemip.plugins.scheduling._disjunctive_program import point_of
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._flow_shop_member import MEMBER, jobs_name
from tamemip.plugins.scheduling._job_shop import JobShop

LAWS = settings(max_examples=15, deadline=None)


@st.composite
def flow_shops(draw, *, most_jobs=4, n_machines=None):
    duration = st.fractions(min_value=0, max_value=5, max_denominator=2)
    width = n_machines or draw(st.integers(1, 4))
    rows = st.lists(duration, min_size=width, max_size=width)
    return FlowShop(draw(st.lists(rows, min_size=1, max_size=most_jobs)))


def makespan_in_turn(durations, jobs):
    """The textbook recursion: a job leaves a machine after it, and after the one before."""
    ends = [Fraction(0)] * len(durations[0])
    for j in jobs:
        for k, p in enumerate(durations[j]):
            ends[k] = max(ends[k], ends[k - 1] if k else Fraction(0)) + p
    return ends[-1]


def least_makespan_of_all(shop):
    turns = permutations(range(shop.n_jobs))
    return min(makespan_in_turn(shop.durations, jobs) for jobs in turns)


@LAWS
@given(flow_shops(most_jobs=3))
def test_the_program_has_the_least_makespan_of_all_permutations(shop):
    program = MEMBER.program(shop).program
    assert tm.dual_function(program).value == least_makespan_of_all(shop)
    schedule = MEMBER.decode(shop, tm.solve(program).point)
    assert MEMBER.evaluate(shop, schedule) == schedule.value == least_makespan_of_all(shop)


@LAWS
@given(flow_shops())
def test_cp_sat_finds_the_least_makespan_of_all_permutations(shop):
    found = find_schedule(shop)
    assert found.value == found.bound == least_makespan_of_all(shop)
    assert MEMBER.evaluate(shop, found.schedule) == found.value


@LAWS
@given(flow_shops(most_jobs=5), st.randoms(use_true_random=False))
def test_a_permutation_has_the_makespan_of_the_recursion(shop, random):
    jobs = list(range(shop.n_jobs))
    random.shuffle(jobs)
    schedule = schedule_of(shop, in_turn(shop, jobs))
    assert schedule.value == makespan_in_turn(shop.durations, jobs)
    starts = dict(zip(shop.operations, schedule.starts, strict=True))
    point = point_of(shop, starts, jobs_name)
    assert MEMBER.decode(shop, point).value <= schedule.value
    assert MEMBER.evaluate(shop, schedule_of(shop, dispatched(shop))) >= find_schedule(shop).value


@LAWS
@given(flow_shops(most_jobs=7, n_machines=2))
def test_johnsons_rule_is_best_on_two_machines(shop):
    early = sorted((p, j) for j, (p, q) in enumerate(shop.durations) if p <= q)
    late = sorted(((q, j) for j, (p, q) in enumerate(shop.durations) if p > q), reverse=True)
    jobs = [j for _, j in early + late]
    assert find_schedule(shop).value == makespan_in_turn(shop.durations, jobs)


@LAWS
@given(flow_shops(n_machines=3))
def test_overtaking_gains_nothing_on_three_machines(shop):
    assert find_schedule(JobShop.flow(shop.durations)).value == least_makespan_of_all(shop)


@LAWS
@given(flow_shops(most_jobs=6))
def test_a_job_is_inserted_where_it_costs_least(shop):
    jobs = []
    for j in sorted(range(shop.n_jobs), key=lambda j: -sum(shop.durations[j])):
        tried = [[*jobs[:k], j, *jobs[k:]] for k in range(len(jobs) + 1)]
        jobs = min(tried, key=lambda turn: makespan_in_turn(shop.durations, turn))
    assert by_insertion(shop) == tuple(jobs)


def test_the_first_of_taillards_flow_shops_is_solved():
    # 20 jobs, 5 machines; 1278 is the optimum in the literature.
    draw = taillards_numbers(873654221)
    rows = [[draw(1, 99) for _ in range(20)] for _ in range(5)]
    found = find_schedule(FlowShop(list(zip(*rows, strict=True))), limits=tm.Limits(seconds=60))
    assert found.value == 1278


def taillards_numbers(seed):
    """The generator of Taillard (1993), after Bratley, Fox and Schrage."""
    state = seed

    def draw(low, high):
        nonlocal state
        state = 16807 * state % (2**31 - 1)
        return low + (high - low + 1) * state // (2**31 - 1)

    return draw


def test_overtaking_gains_on_four_machines():
    # Job 1 has a long way to go in the middle; it is overtaken on the last two machines.
    shop = FlowShop([[4, 1, 1, 4], [1, 4, 4, 1]])
    free = JobShop.flow(shop.durations)
    assert find_schedule(free).value < least_makespan_of_all(shop)
    with pytest.raises(InvalidInputError):
        MEMBER.evaluate(shop, find_schedule(free).schedule)


@pytest.mark.parametrize("shop", [*MEMBER.examples()], ids=lambda shop: shop.name)
def test_examples_state_their_optimum(shop):
    value = tm.dual_function(MEMBER.program(shop).program).value
    assert value == least_makespan_of_all(shop)
    assert shop.optimum in (None, value)


@pytest.mark.parametrize("make", [*MEMBER.bad_examples()])
def test_bad_examples_are_refused(make):
    with pytest.raises(InvalidInputError):
        make()


def test_errors_name_the_job():
    with pytest.raises(InvalidInputError) as caught:
        FlowShop([[3, 2], [1]])
    assert str(caught.value).startswith("durations[1] ")


def test_instances_pickle():
    shop = FlowShop([[3, "1/2"], [2, 4]], name="n", optimum=7)
    assert pickle.loads(pickle.dumps(shop)) == shop
    assert repr(shop) == "FlowShop('n', 2 jobs, 2 machines)"

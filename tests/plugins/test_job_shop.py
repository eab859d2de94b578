"""Job shops: the program, decoding and evaluation against all selections."""

import pickle
from fractions import Fraction
from itertools import pairwise, permutations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._disjunctive import schedule_at, schedule_of
from tamemip.plugins.scheduling._disjunctive_program import pair_name, point_of
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._job_shop_member import MEMBER

SLOW = settings(max_examples=12, deadline=None)
QUICK = settings(max_examples=40, deadline=None)


def durations(*, least=0):
    return st.fractions(min_value=least, max_value=5, max_denominator=2)


@st.composite
def job_shops(draw, *, least=0):
    """At most three jobs on three machines, ragged, with machines visited again."""
    lengths = draw(st.lists(st.integers(1, 3), min_size=1, max_size=3))
    times = [[draw(durations(least=least)) for _ in range(n)] for n in lengths]
    visits = [[draw(st.integers(0, 2)) for _ in range(n)] for n in lengths]
    return JobShop(times, visits)


def selections(shop):
    """All orders of the machines, whether they go round in a circle or not."""
    orders = [permutations(shop.on(m)) for m in shop.machine_numbers]
    return (dict(zip(shop.machine_numbers, choice, strict=True)) for choice in product(*orders))


def starts_by_waiting(shop, orders):
    """Earliest starts by relaxing arcs until nothing moves; None for a circle."""
    arcs = [((j, k), (j, k + 1)) for j, k in shop.operations if k + 1 < len(shop.durations[j])]
    arcs += [arc for order in orders.values() for arc in pairwise(order)]
    starts = dict.fromkeys(shop.operations, Fraction(0))
    for _ in range(len(starts) + 1):
        moved = False
        for a, b in arcs:
            if starts[b] < starts[a] + shop.duration(a):
                starts[b], moved = starts[a] + shop.duration(a), True
        if not moved:
            return starts
    return None


def least_makespan_of_all(shop):
    found = (starts_by_waiting(shop, orders) for orders in selections(shop))
    return min(
        max(starts[o] + shop.duration(o) for o in shop.operations)
        for starts in found
        if starts is not None
    )


def moved(shop, displacements):
    """The shop with longer and shorter operations."""
    longer = [
        [p + displacements.get(f"processing[{j},{k}]", 0) for k, p in enumerate(row)]
        for j, row in enumerate(shop.durations)
    ]
    return JobShop(longer, shop.machines)


@SLOW
@given(job_shops())
def test_the_program_has_the_least_makespan_of_all_selections(shop):
    assert tm.dual_function(MEMBER.program(shop).program).value == least_makespan_of_all(shop)


@SLOW
@given(job_shops(least=1), st.data())
def test_the_program_follows_the_durations(shop, data):
    q = MEMBER.program(shop)
    steps = {name: data.draw(st.fractions(-1, 1, max_denominator=2)) for name in q.names}
    there = q.at(steps)
    other = moved(shop, steps)
    assert tm.dual_function(there).value == least_makespan_of_all(other)
    assert MEMBER.decode(other, tm.solve(there).point).value == least_makespan_of_all(other)


@SLOW
@given(job_shops(least=1), st.data())
def test_the_dual_function_of_the_instance_bounds_other_durations(shop, data):
    q = MEMBER.program(shop)
    F = tm.dual_function(q.program)
    steps = {name: data.draw(st.fractions(-1, 1, max_denominator=2)) for name in q.names}
    assert F.exact(q.at(steps).exact.rhs) <= least_makespan_of_all(moved(shop, steps))


def test_a_circle_of_no_length_is_a_circle():
    shop = JobShop([[0, 0], [0]], [[0, 0], [0]])
    with pytest.raises(InvalidInputError, match="circle"):
        schedule_of(shop, {0: ((0, 1), (0, 0), (1, 0))})


@QUICK
@given(job_shops(), st.data())
def test_a_schedule_survives_the_way_to_a_point_and_back(shop, data):
    orders = data.draw(st.sampled_from(list(selections(shop))))
    ones = JobShop([[1] * len(row) for row in shop.durations], shop.machines)
    if starts_by_waiting(ones, orders) is None:  # a circle, of whatever length
        with pytest.raises(InvalidInputError):
            schedule_of(shop, orders)
        return
    starts = starts_by_waiting(shop, orders)
    schedule = schedule_of(shop, orders)
    assert schedule == schedule_at(shop, starts)
    point = point_of(shop, starts, pair_name)
    noisy = [float(v) + 1e-7 for v in point]
    assert MEMBER.decode(shop, point).value <= schedule.value
    assert MEMBER.decode(shop, noisy) == MEMBER.decode(shop, point)
    assert MEMBER.evaluate(shop, schedule) == schedule.value


@QUICK
@given(job_shops(least=1), st.data())
def test_a_schedule_that_moves_an_operation_forward_is_refused(shop, data):
    orders = data.draw(st.sampled_from(list(selections(shop))))
    starts = starts_by_waiting(shop, orders)
    if starts is None:
        return
    operation = data.draw(st.sampled_from(shop.operations))
    starts[operation] -= Fraction(1, 3)
    with pytest.raises(InvalidInputError):
        MEMBER.evaluate(shop, schedule_at(shop, starts))


def test_parameters_come_job_by_job():
    q = MEMBER.program(JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]]))
    assert q.names == tuple(f"processing[{j},{k}]" for j in range(2) for k in range(2))


def test_a_schedule_of_another_shop_is_refused():
    shop = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]])
    schedule = schedule_of(shop, {0: [(0, 0), (1, 1)], 1: [(1, 0), (0, 1)]})
    for other in (
        JobShop([[3, 2], [2, 5]], [[0, 1], [1, 0]]),
        JobShop([[3, 2], [2, 4]], [[0, 1], [0, 1]]),
        JobShop([[3, 2], [2]], [[0, 1], [1]]),
    ):
        with pytest.raises(InvalidInputError):
            MEMBER.evaluate(other, schedule)


def test_an_operation_of_no_duration_needs_its_machine_free():
    shop = JobShop([[1, 0], [3]], [[1, 0], [0]])
    inside = {(0, 0): Fraction(0), (0, 1): Fraction(1), (1, 0): Fraction(0)}
    with pytest.raises(InvalidInputError):
        MEMBER.evaluate(shop, schedule_at(shop, inside))
    before = {**inside, (1, 0): Fraction(1)}
    assert MEMBER.evaluate(shop, schedule_at(shop, before)) == 4


def test_circles_of_no_duration_are_put_into_an_order():
    shop = JobShop([[0], [0], [0]], [[0], [0], [0]])
    names = MEMBER.program(shop).program.col_names
    circle = {"before[(0,0),(1,0)]": 1, "before[(1,0),(2,0)]": 1, "before[(0,0),(2,0)]": 0}
    assert MEMBER.decode(shop, [circle.get(name, 0) for name in names]).value == 0


def test_circles_that_take_time_are_refused():
    shop = JobShop([[1], [1], [1]], [[0], [0], [0]])
    names = MEMBER.program(shop).program.col_names
    circle = {"before[(0,0),(1,0)]": 1, "before[(1,0),(2,0)]": 1, "before[(0,0),(2,0)]": 0}
    with pytest.raises(InvalidInputError):
        MEMBER.decode(shop, [circle.get(name, 0) for name in names])


def test_points_that_are_none_are_refused():
    shop = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]])
    for point in ([0] * 6, [0, 3, 0, 3, 7, 0.5, 0], [float("nan")] * 7):
        with pytest.raises(InvalidInputError):
            MEMBER.decode(shop, point)


@pytest.mark.parametrize("shop", [*MEMBER.examples()], ids=lambda shop: shop.name)
def test_examples_state_their_optimum(shop):
    value = tm.dual_function(MEMBER.program(shop).program).value
    assert value == least_makespan_of_all(shop)
    assert shop.optimum in (None, value)


@pytest.mark.parametrize("make", [*MEMBER.bad_examples()])
def test_bad_examples_are_refused(make):
    with pytest.raises(InvalidInputError):
        make()


@pytest.mark.parametrize(
    ("times", "visits", "item"),
    [
        ([[3, 2], [1, -1]], [[0, 1], [1, 0]], "durations[1][1]"),
        ([[3, 2], [1, float("nan")]], [[0, 1], [1, 0]], "durations[1][1]"),
        ([[3, 2], [1, 1]], [[0, 1], [1, "x"]], "machines[1][1]"),
        ([[3, 2], [1, 1]], [[0, 1], [1.5, 0]], "machines[1][0]"),
        ([[3, 2], []], [[0, 1], []], "durations[1]"),
        ([[3, 2], [1, 1]], [[0, 1], [1]], "machines[1]"),
        ([[3, 2], [1, 1]], [[0, 1]], "machines"),
        ([[3, 2], 7], [[0, 1], [1, 0]], "durations[1]"),
    ],
)
def test_errors_name_the_item(times, visits, item):
    with pytest.raises(InvalidInputError) as caught:
        JobShop(times, visits)
    assert str(caught.value).startswith(item + " ")


def test_all_kinds_of_numbers_make_the_same_instance():
    one = JobShop([[3, "1/2"], [2, 4]], [[0, 1], [1, 0]], name="n", optimum=7)
    two = JobShop(
        np.array([[3, 0.5], [2, 4]]), np.array([[0, 1], [1, 0]]), name="n", optimum=Fraction(7)
    )
    assert one == two
    assert hash(one) == hash(two)
    assert pickle.loads(pickle.dumps(one)) == one
    assert one != JobShop([[3, "1/2"], [2, 4]], [[0, 1], [1, 0]])

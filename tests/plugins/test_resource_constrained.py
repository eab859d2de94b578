"""Resource-constrained projects against brute force, and PSPLIB's files."""

from __future__ import annotations

import pickle
from fractions import Fraction
from itertools import pairwise, permutations, product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.plugins.scheduling._read_psplib import read_psplib
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._resource_constrained_flow import (
    earliest_starts,
    flow_program,
    flow_schedule,
)
from tamemip.plugins.scheduling._resource_constrained_lists import list_schedule
from tamemip.plugins.scheduling._resource_constrained_member import MEMBER
from tamemip.plugins.scheduling._resource_constrained_proof import prove_project
from tamemip.plugins.scheduling._resource_constrained_schedule import (
    evaluate_project,
    project_schedule,
)
from tamemip.plugins.scheduling._resource_constrained_search import find_project_schedule
from tamemip.plugins.scheduling._resource_constrained_time import (
    time_indexed_program,
    time_indexed_schedule,
)

PSPLIB = Path(__file__).parents[2].parent / "shared" / "data" / "scheduling" / "rcpsp_scip"
KNOWN = (43, 47, 47, 62, 39, 48, 60, 53, 49, 45)
"""Optima of j301_1 to j301_10."""
with_data = pytest.mark.skipif(
    not PSPLIB.is_dir(), reason="the shared data are not beside the repository"
)


def by_starts(project: ResourceConstrained) -> Fraction:
    """The least makespan over all vectors of integer starts that the project allows."""
    total = int(sum(project.durations))
    ranges = [range(total - int(p) + 1) for p in project.durations]
    ends = []
    for starts in product(*ranges):
        try:
            ends.append(evaluate_project(project, project_schedule(project, starts)))
        except InvalidInputError:
            continue
    return min(ends)


def by_lists(project: ResourceConstrained, durations: list[Fraction] | None = None) -> Fraction:
    """The least makespan over all priority lists, each activity as early as it fits.

    Some list gives a best schedule (R. Kolisch, European Journal of Operational Research 90
    (1996), 320-333).
    """
    times = list(project.durations) if durations is None else durations
    n = len(times)
    before = {j: [i for i, b in project.precedences if b == j] for j in range(n)}
    ends = []
    for order in permutations(range(n)):
        if any(order.index(i) > order.index(j) for j in range(n) for i in before[j]):
            continue
        starts: dict[int, Fraction] = {}
        for j in order:
            first = max((starts[i] + times[i] for i in before[j]), default=Fraction(0))
            moments = sorted({first, *(starts[i] + times[i] for i in starts)})
            later = (s for s in moments if s >= first)
            starts[j] = next(s for s in later if _fits(project, times, starts, j, s))
        ends.append(max(starts[j] + times[j] for j in range(n)))
    return min(ends)


def _fits(project, times, starts, j, start) -> bool:
    for moment in {start, *(s for s in starts.values() if start < s < start + times[j])}:
        running = [i for i, s in starts.items() if s <= moment < s + times[i]]
        for k, capacity in enumerate(project.capacities):
            if sum(project.requirements[i][k] for i in [*running, j]) > capacity:
                return False
    return True


@st.composite
def projects(draw, *, most: int = 4, longest: int = 3) -> ResourceConstrained:
    n = draw(st.integers(1, most))
    k = draw(st.integers(0, 2))
    capacities = draw(st.lists(st.integers(1, 3), min_size=k, max_size=k))
    return ResourceConstrained(
        draw(st.lists(st.integers(1, longest), min_size=n, max_size=n)),
        [[draw(st.integers(0, c)) for c in capacities] for _ in range(n)],
        capacities,
        draw(st.lists(st.sampled_from(_pairs(n)), max_size=2)) if n > 1 else [],
    )


def _pairs(n: int) -> list[tuple[int, int]]:
    return [(i, j) for j in range(n) for i in range(j)]


# -- values -------------------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(projects(most=3))
def test_lists_find_what_all_starts_find(project):
    assert by_lists(project) == by_starts(project)


@settings(max_examples=25, deadline=None)
@given(projects())
def test_both_programs_have_the_value_of_all_lists(project):
    best = by_lists(project)
    claims = [tm.solve(q.program) for q in (flow_program(project), time_indexed_program(project))]
    flow = flow_schedule(project, claims[0].point)
    timed = time_indexed_schedule(project, claims[1].point)
    assert all(claim.value == pytest.approx(float(best)) for claim in claims)
    assert flow.value == timed.value == best
    assert evaluate_project(project, flow) == evaluate_project(project, timed) == best


@settings(max_examples=15, deadline=None)
@given(projects(), st.data())
def test_the_flow_program_is_right_where_durations_move(project, data):
    moves = [Fraction(data.draw(st.integers(-3, 2)), 4) for _ in project.durations]
    total = sum(project.durations)
    moved = [p + d for p, d in zip(project.durations, moves, strict=True)]
    if sum(moved) > project.horizon:
        moves = [-abs(d) for d in moves]
        moved = [p + d for p, d in zip(project.durations, moves, strict=True)]
    assert total <= project.horizon
    claim = tm.solve(flow_program(project).at(moves))
    assert claim.value == pytest.approx(float(by_lists(project, moved)))


@settings(max_examples=10, deadline=None)
@given(projects(most=3), st.integers(0, 2))
def test_both_programs_are_right_where_capacities_grow(project, more):
    if not project.capacities:
        return
    grown = ResourceConstrained(
        project.durations,
        project.requirements,
        [c + more for c in project.capacities],
        project.precedences,
    )
    theta = [more] * project.n_resources
    for q in (flow_program(project, slots=["capacity"]), time_indexed_program(project)):
        assert tm.solve(q.at(theta)).value == pytest.approx(float(by_lists(grown)))


def test_capacity_below_a_requirement_is_infeasible():
    project = ResourceConstrained([1, 1], [[2], [1]], [2], [])
    for q in (flow_program(project, slots=["capacity"]), time_indexed_program(project)):
        assert tm.solve(q.at([-1])).status is tm.Status.INFEASIBLE


def test_the_horizon_of_the_time_indexed_program_decides():
    project = ResourceConstrained([2, 2], [[1], [1]], [1], [])
    assert tm.solve(time_indexed_program(project, horizon=4).program).value == 4
    claim = tm.solve(time_indexed_program(project, horizon=3).program)
    assert claim.status is tm.Status.INFEASIBLE
    with pytest.raises(InvalidInputError, match="the precedences alone take 2"):
        time_indexed_program(project, horizon=1)


def test_the_time_indexed_program_is_proved():
    project = ResourceConstrained([2, 3, 2, 1], [[2], [1], [1], [2]], [2], [(0, 2)])
    program = time_indexed_program(project, horizon=int(by_lists(project))).program
    bound = tm.dual_function(program)
    assert bound.exact(program.exact.rhs) == by_lists(project)
    assert tm.check(bound.certificate, program=program)


# -- gradients ----------------------------------------------------------------------------


def test_gradient_of_two_teams_is_that_of_two_machines():
    """THEORY's partition argument on a small case: 2 | 1 + 1."""
    project = ResourceConstrained([2, 1, 1], [[1], [1], [1]], [2], [])
    gradient = tm.conservative_gradient(flow_program(project))
    found = {tuple(map(int, g)) for g in gradient.generators}
    assert found == {(1, 0, 0), (0, 1, 1)}


@settings(max_examples=8, deadline=None)
@given(projects(most=3))
def test_rates_of_the_makespan_lie_in_the_gradient(project):
    gradient = tm.conservative_gradient(flow_program(project))
    here, step = by_lists(project), Fraction(1, 1000)
    for j in range(project.n_activities):
        for sign in (1, -1):
            moved = [p + sign * step * (i == j) for i, p in enumerate(project.durations)]
            rate = (by_lists(project, moved) - here) / step
            direction = [sign * (i == j) for i in range(project.n_activities)]
            down = -gradient.exact_support([-d for d in direction])
            assert down <= rate <= gradient.exact_support(direction)


# -- schedules ----------------------------------------------------------------------------


def test_decoding_reads_the_orders_only_and_is_exact():
    project = ResourceConstrained(["1/3", "1/7"], [[1], [1]], [1], [])
    program = flow_program(project).program
    point = [0.0] * program.n_cols
    point[program.col_index("before[1,0]")] = 0.9999999
    assert flow_schedule(project, point).starts == (Fraction(1, 7), 0)


def test_contradicting_orders_are_refused():
    project = ResourceConstrained([1, 1], [[1], [1]], [1], [])
    with pytest.raises(InvalidInputError, match="contradict"):
        earliest_starts(project, [(0, 1), (1, 0)])


def test_activities_of_no_length_may_precede_each_other_in_a_circle():
    project = ResourceConstrained([0, 0], [[], []], [], [])
    assert earliest_starts(project, [(0, 1), (1, 0)]) == (0, 0)


def test_tracks_never_overlap():
    project = ResourceConstrained([3, 2, 2, 1], [[1]] * 4, [3], [(1, 2)])
    schedule = project_schedule(project, [0, 0, 2, 3])
    for lane in schedule.lanes:
        bars = schedule.on(lane)
        assert all(a.end <= b.start for a, b in pairwise(bars))
    assert schedule.lanes == ("track 0", "track 1")


@pytest.mark.parametrize(
    ("starts", "message"),
    [
        ([-1, 0, 2], "activity 0 starts at -1"),
        ([0, 0, 1], "activity 2 starts at 1, but activity 1 before it ends at 2"),
        ([0, 1, 0], "activity 2 starts at 0, but activity 1 before it ends at 3"),
        ([0, 0, 2], "at time 0 activities 0, 1 use 2 of resource 0"),
    ],
)
def test_evaluation_names_what_is_broken(starts, message):
    project = ResourceConstrained([3, 2, 2], [[1]] * 3, [1], [(1, 2)])
    with pytest.raises(InvalidInputError, match=message):
        evaluate_project(project, project_schedule(project, starts))


def test_a_schedule_of_another_project_is_refused():
    one, two = (ResourceConstrained([1] * n, [[1]] * n, [1], []) for n in (1, 2))
    with pytest.raises(InvalidInputError, match="1 operations"):
        evaluate_project(two, project_schedule(one, [0]))


# -- instances ----------------------------------------------------------------------------


def test_examples_decode_to_their_value():
    for example in MEMBER.examples():
        claim = tm.solve(MEMBER.program(example).program)
        schedule = MEMBER.decode(example, claim.point)
        assert MEMBER.evaluate(example, schedule) == schedule.value
        assert float(schedule.value) == pytest.approx(claim.value)


def test_bad_examples_are_refused():
    for make in MEMBER.bad_examples():
        with pytest.raises(InvalidInputError):
            make()


def test_a_cycle_is_named():
    with pytest.raises(InvalidInputError, match="activities 3 -> 5 -> 3"):
        ResourceConstrained([1] * 6, [[]] * 6, [], [(0, 1), (3, 5), (5, 3)])


def test_an_activity_that_can_never_run_is_named():
    with pytest.raises(InvalidInputError, match="activity 1 requires 3 of resource 0"):
        ResourceConstrained([1, 1], [[1], [3]], [2], [])


def test_instances_are_values():
    project = ResourceConstrained([1, "1/2"], [[1], [1]], [1], [(0, 1), (0, 1)], name="p")
    assert pickle.loads(pickle.dumps(project)) == project
    assert len({project, ResourceConstrained([1, 0.5], [[1], [1]], [1], [(0, 1)], name="p")}) == 1
    assert repr(project) == "ResourceConstrained('p', 2 activities, 1 resource)"


@pytest.mark.parametrize("slots", [[], ["size"], "processing"])
def test_unknown_slots_are_refused(slots):
    project = ResourceConstrained([1], [[1]], [1], [])
    with pytest.raises(InvalidInputError, match="slots is"):
        flow_program(project, slots=slots)


# -- files --------------------------------------------------------------------------------


@with_data
@pytest.mark.parametrize("k", range(1, 11))
def test_psplib_instances_have_their_known_makespan(k):
    project = read_psplib(PSPLIB / f"j301_{k}.sm")
    assert (project.n_activities, project.n_resources) == (30, 4)
    assert project.optimum is None
    found = find_project_schedule(project)
    assert found.value == found.bound == evaluate_project(project, found.schedule) == KNOWN[k - 1]


@with_data
def test_the_time_indexed_program_attains_a_known_makespan():
    project = read_psplib(PSPLIB / "j301_2.sm")
    claim = tm.solve(time_indexed_program(project, horizon=47).program)
    schedule = time_indexed_schedule(project, claim.point, horizon=47)
    assert claim.value == evaluate_project(project, schedule) == 47


@with_data
def test_the_first_psplib_instance_is_read_as_it_stands():
    project = read_psplib(PSPLIB / "j301_1.sm")
    assert project.name == "j301_1"
    assert project.durations[:3] == (8, 4, 6)
    assert project.requirements[2] == (0, 0, 0, 3)
    assert project.capacities == (12, 13, 4, 12)
    assert [j for i, j in project.precedences if i == 0] == [4, 9, 13]


SMALL = """\
************************************************************************
projects                      :  1
jobs (incl. supersource/sink ):  4
RESOURCES
  - renewable                 :  1   R
  - nonrenewable              :  0   N
PRECEDENCE RELATIONS:
jobnr.    #modes  #successors   successors
   1        1          2           2   3
   2        1          1           4
   3        1          1           4
   4        1          0
************************************************************************
REQUESTS/DURATIONS:
jobnr. mode duration  R 1
------------------------------------------------------------------------
  1      1     0       0
  2      1     8       4
  3      1     4      10
  4      1     0       0
************************************************************************
RESOURCEAVAILABILITIES:
  R 1
   12
"""


def _written(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "small.sm"
    path.write_text(text)
    return path


def test_a_small_file_is_read(tmp_path):
    project = read_psplib(_written(tmp_path, SMALL))
    assert project == ResourceConstrained([8, 4], [[4], [10]], [12], [], name="small")


@pytest.mark.parametrize(
    ("old", "new", "line", "message"),
    [
        (
            SMALL[SMALL.index("  3      1     4") :],
            "",
            18,
            "the duration of job 3 is still to come",
        ),
        (SMALL[SMALL.index("   12\n") :], "", 23, "the line of availabilities is still to come"),
        ("8       4", "8       x", 18, "'x' is no number"),
        ("8       4", "8", 18, "3 numbers, but 4 are needed"),
        ("2           2   3", "2           2", 9, "1 successors in this line"),
        ("1           4\n   3", "1           9\n   3", 10, "jobs are numbered 1 to 4"),
        ("   3        1          1 ", "   5        1          1 ", 11, "3 should come here"),
        ("jobs (incl. supersource/sink ):  4", "", 7, "'jobs"),
        ("REQUESTS/DURATIONS:", "REQUESTS:", 14, "should begin here"),
        ("jobs (incl. supersource/sink ):  4", "jobs : many", 3, "'many' is no number"),
    ],
)
def test_damaged_files_are_refused_by_line(tmp_path, old, new, line, message):
    assert old in SMALL
    path = _written(tmp_path, SMALL.replace(old, new))
    with pytest.raises(InvalidInputError, match=message) as caught:
        read_psplib(path)
    assert f"small.sm, line {line}" in str(caught.value)


def test_several_modes_and_other_resources_are_refused(tmp_path):
    modes = SMALL.replace("   2        1          1 ", "   2        3          1 ")
    with pytest.raises(UnsupportedError, match="3 modes"):
        read_psplib(_written(tmp_path, modes))
    other = SMALL.replace("nonrenewable              :  0", "nonrenewable              :  2")
    with pytest.raises(UnsupportedError, match="only renewable"):
        read_psplib(_written(tmp_path, other))


def test_cycles_and_excesses_in_files_are_refused(tmp_path):
    cycle = SMALL.replace("2        1          1           4", "2        1          1           3")
    cycle = cycle.replace("3        1          1           4", "3        1          1           2")
    with pytest.raises(InvalidInputError, match="activities 0 -> 1 -> 0"):
        read_psplib(_written(tmp_path, cycle))
    with pytest.raises(InvalidInputError, match="activity 1 requires 10"):
        read_psplib(_written(tmp_path, SMALL.replace("   12\n", "    9\n")))


def test_a_missing_file_is_said_to_be_missing(tmp_path):
    with pytest.raises(InvalidInputError, match="there is no file"):
        read_psplib(tmp_path / "none.sm")


# -- searches and proofs ------------------------------------------------------------------


@settings(max_examples=15, deadline=None)
@given(projects())
def test_the_search_finds_the_best_of_all_lists(project):
    found = find_project_schedule(project)
    assert found.status is tm.Status.OPTIMAL
    assert found.value == found.bound == by_lists(project)
    assert evaluate_project(project, found.schedule) == found.value


def test_the_search_is_exact_on_fractions():
    project = ResourceConstrained(["1/3", "1/7", "1/2"], [["1/2"], ["2/3"], [0]], [1], [(0, 2)])
    assert find_project_schedule(project).value == by_lists(project) == Fraction(5, 6)


def test_without_time_there_is_a_schedule_all_the_same():
    project = ResourceConstrained([3, 2, 2, 1], [[1], [1], [2], [1]], [2], [(1, 2)])
    found = find_project_schedule(project, limits=tm.Limits(seconds=0))
    assert evaluate_project(project, found.schedule) == found.value >= found.bound


@settings(max_examples=40, deadline=None)
@given(projects(most=5), st.randoms(use_true_random=False))
def test_list_schedules_are_allowed(project, random):
    order = list(range(project.n_activities))
    random.shuffle(order)
    # Predecessors first: the precedences of these projects go from small to large numbers.
    order = sorted(order) if project.precedences else order
    schedule = list_schedule(project, order)
    assert evaluate_project(project, schedule) == schedule.value >= by_lists(project)


def test_lists_keep_predecessors_of_no_length_first():
    project = ResourceConstrained([0, 0, 2], [[], [], []], [], [(1, 0), (0, 2)])
    assert find_project_schedule(project, limits=tm.Limits(seconds=0)).value == 2


def test_sizes_beyond_integers_of_the_search_are_refused():
    project = ResourceConstrained([1, Fraction(1, 10**13)], [[1], [1]], [1], [])
    with pytest.raises(UnsupportedError, match="common denominator"):
        find_project_schedule(project)


@settings(max_examples=8, deadline=None)
@given(projects(most=3), st.sampled_from([1, 2, 3]))
def test_shortest_schedules_are_proved(project, denominator):
    scaled = ResourceConstrained(
        [p / denominator for p in project.durations],
        project.requirements,
        project.capacities,
        project.precedences,
    )
    proof = prove_project(scaled, find_project_schedule(scaled).schedule)
    assert proof.is_optimal
    assert proof.bound == by_lists(scaled)
    assert tm.check(proof.certificate, program=proof.program)


def test_a_schedule_that_is_too_long_is_not_proved():
    project = ResourceConstrained([2, 1], [[1], [1]], [2], [])
    proof = prove_project(project, project_schedule(project, ["1/2", 0]))
    assert (proof.bound, proof.is_optimal) == (2, False)
    assert "shorter than 2: proved" in str(proof)


def test_a_schedule_that_is_none_is_not_proved():
    project = ResourceConstrained([2, 1], [[1], [1]], [1], [])
    with pytest.raises(InvalidInputError, match="at time 0 activities 0, 1 use 2"):
        prove_project(project, project_schedule(project, [0, 0]))


@with_data
def test_a_psplib_instance_is_proved():
    project = read_psplib(PSPLIB / "j301_7.sm")
    proof = prove_project(project, find_project_schedule(project).schedule)
    assert proof.is_optimal
    assert proof.bound == KNOWN[6]
    assert tm.check(proof.certificate, program=proof.program)

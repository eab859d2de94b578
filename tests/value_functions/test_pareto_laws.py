"""Pareto frontiers against brute force: pure and mixed, min and max."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction as Q

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import UnsupportedError
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs, entries, programs
from tests.value_functions.pareto_by_brute_force import FrontierOracle, outcomes_of


@st.composite
def two_objectives(draw, p):
    """Two vectors; sometimes the same one twice, its opposite, or a zero one."""
    vector = st.lists(entries, min_size=p.n_cols, max_size=p.n_cols)
    first, second = draw(vector), draw(vector)
    kind = draw(st.sampled_from(["any"] * 6 + ["same", "double", "opposite", "zero"]))
    factor = {"same": 1, "double": 2, "opposite": -1, "zero": 0}.get(kind)
    return [first, second if factor is None else [factor * c for c in first]]


def some_programs(parts=24):
    """Few integer parts, so that brute force can look everywhere."""
    some = st.one_of(
        programs(max_rows=2, max_integers=2), branching_programs(), programs(max_rows=2)
    )
    return some.filter(lambda p: number_of_parts(p) <= parts)


def pure_programs(parts=200):
    some = st.one_of(programs(max_rows=2, max_continuous=1), branching_programs())
    return some.filter(lambda p: all(p.exact.integer) and number_of_parts(p) <= parts)


def number_of_parts(p):
    exact = p.exact
    bounds = zip(exact.lower, exact.upper, exact.integer, strict=True)
    return math.prod(
        max(0, math.floor(up) - math.ceil(low) + 1) for low, up, flag in bounds if flag
    )


def frontier_of(p, objectives):
    try:
        return tm.pareto_frontier(p, objectives=objectives)
    except UnsupportedError:
        return None


@calm(60)
@given(st.data())
def test_an_outcome_is_on_the_frontier_exactly_if_brute_force_says_so(data):
    p = data.draw(some_programs())
    objectives = data.draw(two_objectives(p))
    oracle = FrontierOracle(p, objectives)
    sign = 1 if p.sense == "min" else -1
    frontier = frontier_of(p, objectives)
    if frontier is None:
        far, beyond, below = (oracle(Q(t)) for t in (10**9, 10**10, -(10**9)))
        assert not isinstance(far, Q) or beyond < far or below != math.inf
        return
    assert frontier.is_certified
    steps = oracle.steps
    for z in frontier.points:
        assert sign * z[1] in steps
    for t in oracle.looked_at():
        value = oracle(t)
        if value == math.inf:
            continue
        z = (sign * value, sign * t)
        assert (z in frontier) == oracle.is_efficient(t)
        assert frontier.dominates(z) != oracle.is_efficient(t)
        assert frontier.dominates((z[0] + sign, z[1]))
        assert not frontier.dominates((z[0] - sign * Q(1, 10**6), z[1]))


@calm(40)
@given(st.data())
def test_every_outcome_has_a_solution_and_every_segment_is_a_part_of_the_frontier(data):
    p = data.draw(some_programs())
    objectives = data.draw(two_objectives(p))
    frontier = frontier_of(p, objectives)
    if frontier is None:
        return
    inside = [s.at(Q(k, 7)) for s in frontier.segments for k in (1, 3, 6)]
    for z in (*frontier.points, *inside):
        x = frontier.solution(z)
        assert not p.violations(x)
        assert z == tuple(sum(c * v for c, v in zip(o, x, strict=True)) for o in objectives)
        assert z in frontier
    for segment in frontier.segments:
        assert segment.start_closed == (segment.start in frontier)
        assert segment.end_closed == (segment.end in frontier)
    again = pickle.loads(pickle.dumps(frontier))
    assert (again.points, again.segments) == (frontier.points, frontier.segments)
    assert frontier.ideal == tuple(
        (min if p.sense == "min" else max)(values) for values in zip(*frontier.points, strict=True)
    )


@calm(25)
@given(st.data())
def test_the_objectives_can_change_places(data):
    p = data.draw(some_programs())
    objectives = data.draw(two_objectives(p))
    one, other = frontier_of(p, objectives), frontier_of(p, objectives[::-1])
    assert (one is None) == (other is None)
    if one is None:
        return
    assert {z[::-1] for z in one.points} == set(other.points)
    turned = {(s.end[::-1], s.start[::-1], s.end_closed, s.start_closed) for s in one.segments}
    assert turned == set(other.segments)
    assert {z[::-1] for z in one.supported} == set(other.supported)
    assert {z[::-1] for z in one.extreme} == set(other.extreme)
    sign = 1 if p.sense == "min" else -1
    reference = tuple(z + sign * Q(5, 2) for z in one.nadir)
    assert one.hypervolume(reference) == other.hypervolume(reference[::-1])


@calm(25)
@given(st.data())
def test_supported_outcomes_are_those_of_weighted_sums(data):
    p = data.draw(pure_programs())
    objectives = data.draw(two_objectives(p))
    frontier = frontier_of(p, objectives)
    if frontier is None:
        return
    assert set(frontier.points) == outcomes_of(p, objectives)
    sign = 1 if p.sense == "min" else -1
    inside = [tuple(sign * v for v in z) for z in frontier.points]
    # All ratios of weights at which two outcomes tie, and one between any two of them.
    ties = sorted({(a[0] - b[0]) / (b[1] - a[1]) for a in inside for b in inside if a[1] < b[1]})
    ratios = {*ties, *((a + b) / 2 for a, b in itertools.pairwise(ties))}
    ratios |= {ties[0] / 2, ties[-1] + 1} if ties else {Q(1)}
    found = set()
    for ratio in ratios:
        least = min(z[0] + ratio * z[1] for z in inside)
        found |= {z for z in inside if z[0] + ratio * z[1] == least}
    assert {tuple(sign * v for v in z) for z in found} == set(frontier.supported)
    assert set(frontier.extreme) <= set(frontier.supported)
    assert not set(frontier.unsupported) & set(frontier.supported)


@calm(25)
@given(st.data())
def test_three_objectives_are_those_of_enumeration(data):
    p = data.draw(pure_programs())
    vector = st.lists(entries, min_size=p.n_cols, max_size=p.n_cols)
    objectives = [data.draw(vector) for _ in range(3)]
    found = outcomes_of(p, objectives)
    frontier = frontier_of(p, objectives)
    if frontier is None:
        assert not found
        return
    assert frontier.is_certified
    assert set(frontier.points) == found
    assert len(frontier) == len(found)
    for z in frontier.points:
        x = frontier.solution(z)
        assert not p.violations(x)
        assert z == tuple(sum(c * v for c, v in zip(o, x, strict=True)) for o in objectives)
    sign = 1 if p.sense == "min" else -1
    above = tuple(z + sign for z in frontier.nadir)
    assert frontier.dominates(above)


@calm(15)
@given(st.data())
def test_at_a_limit_nothing_is_claimed_that_is_not_so(data):
    p = data.draw(branching_programs().filter(lambda p: number_of_parts(p) <= 24))
    objectives = data.draw(two_objectives(p))
    limits = tm.Limits(nodes=data.draw(st.integers(0, 3)))
    try:
        frontier = tm.pareto_frontier(p, objectives=objectives, limits=limits)
    except UnsupportedError:
        return
    oracle = FrontierOracle(p, objectives)
    sign = 1 if p.sense == "min" else -1
    for z in frontier.points:
        assert oracle(sign * z[1]) == sign * z[0]
        assert oracle.is_efficient(sign * z[1])
    for t in oracle.looked_at():
        if oracle.is_efficient(t):
            z = (sign * oracle(t), sign * t)
            boxes = [gap for gap in frontier.gaps if _is_in_box(z, gap, sign)]
            if not boxes:
                assert z in frontier


def _is_in_box(z, gap, sign):
    return all(
        sign * a <= sign * v <= sign * b for v, a, b in zip(z, gap.best, gap.worst, strict=True)
    )


def test_a_limit_of_no_time_leaves_a_gap():
    p = tm.MixedIntegerProgram.from_arrays([0, 0], [[2, 1]], "<=", [4], upper=3, sense="max")
    frontier = tm.pareto_frontier(p, [[5, 2], [-3, -1]], limits=tm.Limits(seconds=0))
    assert not frontier.is_certified
    assert frontier.gaps
    assert str(frontier)
    with pytest.raises(tm.errors.NotAllowedError):
        _ = frontier.nadir

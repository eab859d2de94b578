"""Frontiers of three objectives with continuous columns, against brute force."""

from __future__ import annotations

import math
from fractions import Fraction as Q

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._pareto_faces import search_faces
from tamemip.value_functions._pareto_objectives import read_objectives
from tests.brute_force import ValueOracle
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs, entries, programs
from tests.value_functions.pareto_by_brute_force import outcomes_of

EPSILON = Q(1, 10**12)


def small(p, parts=16):
    bounds = zip(p.exact.lower, p.exact.upper, p.exact.integer, strict=True)
    sizes = (math.floor(up) - math.ceil(low) + 1 for low, up, flag in bounds if flag)
    return math.prod(max(0, size) for size in sizes) <= parts


@st.composite
def trade_offs(draw):
    """An integer column and three continuous ones, each of them dear in one objective."""
    n = 4
    sense = draw(st.sampled_from(["min", "max"]))
    coefficients = st.lists(st.integers(1, 5), min_size=n, max_size=n)
    rows = [draw(coefficients) for _ in range(draw(st.integers(1, 2)))]
    p = MixedIntegerProgram.from_arrays(
        [0] * n,
        rows,
        ">=" if sense == "min" else "<=",
        [draw(st.integers(2, 9)) for _ in rows],
        upper=[draw(st.integers(1, 2)), *(draw(st.integers(1, 5)) for _ in range(3))],
        integrality=[True, False, False, False],
        sense=sense,
    )
    little = st.lists(st.integers(0, 2), min_size=n, max_size=n)
    costs = [draw(little) for _ in range(3)]
    for k in range(3):
        costs[k][k + 1] += draw(st.integers(2, 6))
        costs[k][0] += draw(st.integers(0, 6))
    return p, costs


@st.composite
def cases(draw):
    """A program with three objectives; most have faces."""
    if draw(st.booleans()):
        p = draw(some_programs())
        return p, draw(three_objectives(p))
    return draw(trade_offs())


def some_programs():
    some = st.one_of(programs(max_rows=2, max_integers=2), branching_programs())
    return some.filter(lambda p: small(p) and not all(p.exact.integer))


@st.composite
def three_objectives(draw, p):
    vector = st.lists(entries, min_size=p.n_cols, max_size=p.n_cols)
    return [draw(vector) for _ in range(3)]


def value_oracle(p, objectives):
    """The least first objective by limits on the others, in min orientation."""
    sign = 1 if p.sense == "min" else -1
    first, *others = ([sign * c for c in costs] for costs in objectives)
    exact = p.exact
    moved = MixedIntegerProgram.from_arrays(
        first,
        [*exact.A.to_dense(), *others],
        [*exact.row_sense, "<=", "<="],
        [*exact.rhs, 0, 0],
        lower=exact.lower,
        upper=exact.upper,
        integrality=exact.integer,
    )
    value = ValueOracle(moved)
    return lambda s, t: value([*exact.rhs, s, t])


def frontier_of(p, objectives):
    try:
        return tm.pareto_frontier(p, objectives)
    except UnsupportedError:
        return None


def inside_of(parts):
    """Outcomes inside of segments and faces, and on all edges."""
    found = [s.at(Q(k, 5)) for s in parts.segments for k in (1, 3)]
    for face in parts.faces:
        n = len(face.vertices)
        found.append(tuple(sum(values, Q(0)) / n for values in zip(*face.vertices, strict=True)))
        for a, b in zip(face.vertices, [*face.vertices[1:], face.vertices[0]], strict=True):
            found.append(tuple((x + y) / 2 for x, y in zip(a, b, strict=True)))
    return found


@calm(25)
@given(st.data())
def test_an_outcome_is_on_the_frontier_exactly_if_brute_force_says_so(data):
    p, objectives = data.draw(cases())
    frontier = frontier_of(p, objectives)
    if frontier is None:
        return
    assert frontier.is_certified
    v = value_oracle(p, objectives)
    sign = 1 if p.sense == "min" else -1
    tried = [*frontier.points, *inside_of(frontier)]
    tried += [z for face in frontier.faces for z in face.vertices]
    some = tried[:: max(1, len(tried) // 8)]
    steps = [(sign * y[1], sign * z[2]) for y in some for z in some]
    steps += [(s + 1, t + Q(1, 7)) for s, t in steps[:4]]
    for s, t in dict.fromkeys(steps[:: max(1, len(steps) // 40)]):
        value = v(s, t)
        if value == math.inf:
            continue
        is_efficient = v(s - EPSILON, t) > value and v(s, t - EPSILON) > value
        z = (sign * value, sign * s, sign * t)
        assert (z in frontier) == is_efficient
        assert frontier.dominates(z) != is_efficient
        assert frontier.dominates((z[0] + sign, *z[1:]))


@calm(20)
@given(st.data())
def test_flags_say_what_is_on_the_frontier_and_all_of_it_has_solutions(data):
    p, objectives = data.draw(cases())
    frontier = frontier_of(p, objectives)
    if frontier is None:
        return
    for segment in frontier.segments:
        assert segment.start_closed == (segment.start in frontier)
        assert segment.end_closed == (segment.end in frontier)
        assert segment.at(Q(1, 2)) in frontier
    for face in frontier.faces:
        assert face.vertices_closed == tuple(z in frontier for z in face.vertices)
        n = len(face.vertices)
        middle = tuple(sum(values, Q(0)) / n for values in zip(*face.vertices, strict=True))
        assert middle in frontier
    for z in [*frontier.points, *(z for z in inside_of(frontier) if z in frontier)][:12]:
        x = frontier.solution(z)
        assert not p.violations(x)
        assert z == tuple(sum(c * v for c, v in zip(o, x, strict=True)) for o in objectives)


@calm(25)
@given(st.data())
def test_the_order_of_the_objectives_does_not_matter(data):
    p, objectives = data.draw(cases())
    one, other = frontier_of(p, objectives), frontier_of(p, objectives[1:] + objectives[:1])
    if one is None or other is None:
        return

    def moved(z):
        return (*z[1:], z[0])

    sign = 1 if p.sense == "min" else -1
    assert (moved(one.ideal), moved(one.nadir)) == (other.ideal, other.nadir)
    for room in (Q(-1, 2), Q(5, 2)):
        reference = tuple(z + sign * room for z in one.nadir)
        assert one.hypervolume(reference) == other.hypervolume(moved(reference))
    assert {moved(z) for z in one.extreme} == set(other.extreme)
    assert all(moved(z) in other for z in one.points)
    assert all((moved(z) in other) == (z in one) for z in inside_of(one))


@calm(25)
@given(st.data())
def test_without_continuous_columns_the_faces_are_points(data):
    some = st.one_of(programs(max_rows=2, max_integers=2, max_continuous=1), branching_programs())
    p = data.draw(some.filter(lambda p: all(p.exact.integer) and small(p, 40)))
    objectives = data.draw(three_objectives(p))
    several = read_objectives(p, objectives)
    try:
        found = search_faces(several, Limits(), progress=False)
    except UnsupportedError:
        assert not outcomes_of(p, objectives)
        return
    assert {several.turned(z) for z in found.pieces.isolated} == outcomes_of(p, objectives)
    assert found.pieces.segments == found.pieces.faces == ()


@calm(25)
@given(st.data())
def test_two_methods_agree_where_continuous_columns_have_no_costs(data):
    p = data.draw(some_programs())
    objectives = [
        [c if flag else 0 for c, flag in zip(costs, p.exact.integer, strict=True)]
        for costs in data.draw(three_objectives(p))
    ]
    frontier = frontier_of(p, objectives)
    several = read_objectives(p, objectives)
    try:
        found = search_faces(several, Limits(), progress=False)
    except UnsupportedError:
        assert frontier is None
        return
    assert frontier.solves[0] > 0 or frontier.solves[1] > 0
    assert set(frontier.points) == {several.turned(z) for z in found.pieces.isolated}
    assert found.pieces.segments == found.pieces.faces == ()


def test_a_simplex_is_one_face():
    p = tm.MixedIntegerProgram.from_arrays([0] * 3, [[1, 1, 1]], ">=", [3], integrality=False)
    with pytest.raises(UnsupportedError):
        tm.pareto_frontier(p, [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    p = tm.MixedIntegerProgram.from_arrays(
        [0] * 3, [[1, 1, 1]], ">=", [3], upper=4, integrality=False
    )
    frontier = tm.pareto_frontier(p, [[1, 0, 0], [0, 1, 0], [0, 0, 1]])
    (face,) = frontier.faces
    assert set(face.vertices) == {(3, 0, 0), (0, 3, 0), (0, 0, 3)}
    assert all((*face.vertices_closed, *face.edges_closed))
    assert frontier.segments == frontier.isolated == ()
    assert frontier.hypervolume((3, 3, 3)) == 27 - Q(27, 6)
    assert frontier.hypervolume((10, 10, 10)) == 1000 - Q(27, 6)
    assert (1, 1, 1) in frontier
    assert (1, 1, Q(11, 10)) not in frontier
    assert frontier.dominates((1, 1, Q(11, 10)))
    assert tm.check(frontier.certificate)
    assert "1 face" in repr(frontier)
    assert "face" in str(frontier)


def test_the_picture_has_every_face():
    matplotlib = pytest.importorskip("matplotlib", reason="plot() needs Matplotlib")
    matplotlib.use("Agg")
    p = tm.MixedIntegerProgram.from_arrays(
        [0] * 3, [[1, 1, 1]], ">=", [3], upper=4, integrality=False
    )
    axes = tm.pareto_frontier(p, [[1, 0, 0], [0, 1, 0], [0, 0, 1]]).plot()
    assert len(axes.collections) == 1
    axes.figure.canvas.draw()


def test_a_segment_stands_among_points():
    p = tm.MixedIntegerProgram.from_arrays(
        [0] * 4,
        [[4, 1, 1, 0], [2, 1, 0, 1], [0, 1, 1, 1]],
        [">=", ">=", "<="],
        [4, 4, 6],
        upper=[2, 6, 6, 4],
        integrality=[True, False, False, False],
    )
    frontier = tm.pareto_frontier(p, [[9, 1, 3, 1], [0, 2, 1, 1], [1, 1, 0, 2]])
    assert frontier.isolated == ((4, 8, 4), (18, 0, 2))
    assert frontier.segments == (((11, 2, 5), (11, 4, 3), True, True),)
    assert frontier.faces == ()


def test_a_limit_of_no_time_leaves_a_gap():
    p = tm.MixedIntegerProgram.from_arrays(
        [0] * 3, [[3, 2, 1]], ">=", [7], upper=4, integrality=[True, True, False]
    )
    frontier = tm.pareto_frontier(p, [[1, 0, 0], [0, 1, 0], [0, 0, 1]], limits=tm.Limits(seconds=0))
    assert not frontier.is_certified
    assert frontier.gaps
    assert str(frontier)

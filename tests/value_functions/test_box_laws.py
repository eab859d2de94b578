"""Value functions on a box, against brute force: at vertices, beside them and elsewhere."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction as Q

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import UnsupportedError
from tests.brute_force import ValueOracle
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs, programs

EPSILON = Q(1, 10**7)
MOST_POINTS = 60


@st.composite
def boxes(draw, p):
    """A box over one to three rows, sometimes with an interval that is a point."""
    rows = draw(st.lists(st.integers(0, p.n_rows - 1), min_size=1, max_size=3, unique=True))
    intervals = {}
    for i in rows:
        middle = draw(st.sampled_from([p.exact.rhs[i], Q(0)]))
        lo = middle - draw(st.builds(Q, st.integers(0, 5), st.sampled_from([1, 1, 2, 3])))
        intervals[i] = (lo, lo + draw(st.sampled_from([Q(0), Q(1), Q(3), Q(13, 2)])))
    return tm.Box(intervals)


def some_programs():
    return st.one_of(programs(), branching_programs()).filter(lambda p: p.n_rows > 0)


def value_of(p, box, **options):
    try:
        return tm.value_function(p, domain=box, **options)
    except UnsupportedError:
        return None


def some_of(points):
    """Not too many, spread evenly."""
    points = list(points)
    return points[:: 1 + len(points) // MOST_POINTS]


def points_of(v):
    """Vertices of the cells, points just beside them, and points inside, as parameters."""
    lows, highs = v.parameters.lows, v.parameters.highs
    found = {}
    for cell in v.cells:
        n = len(cell.vertices)
        middle = tuple(sum(c) / n for c in zip(*cell.vertices, strict=True))
        found[middle] = None
        for vertex in cell.vertices:
            found[vertex] = None
            found[tuple(x + EPSILON * (y - x) for x, y in zip(vertex, middle, strict=True))] = None
            beyond = tuple(x - EPSILON * (y - x) for x, y in zip(vertex, middle, strict=True))
            if all(lo <= x <= hi for x, lo, hi in zip(beyond, lows, highs, strict=True)):
                found[beyond] = None
    return some_of(found)


def drawn(data, v):
    shares = st.fractions(0, 1, max_denominator=12)
    return tuple(
        lo + (hi - lo) * data.draw(shares)
        for lo, hi in zip(v.parameters.lows, v.parameters.highs, strict=True)
    )


@calm(60)
@given(st.data())
def test_the_value_is_right_at_vertices_beside_them_and_elsewhere(data):
    p = data.draw(some_programs())
    box = data.draw(boxes(p))
    v = value_of(p, box)
    if v is None:
        return  # unbounded: see the test below
    oracle = ValueOracle(p)
    assert v.is_certified
    assert v.stopped is None
    assert v.gaps == ()
    for theta in [*points_of(v), *(drawn(data, v) for _ in range(5))]:
        rhs = v.parameters.rhs_at(theta)
        assert v.exact(rhs) == oracle(rhs)


@calm(30)
@given(st.data())
def test_it_is_refused_only_where_a_value_is_unbounded(data):
    p = data.draw(programs(max_continuous=2).filter(lambda p: p.n_rows > 0))
    box = data.draw(boxes(p))
    if value_of(p, box) is not None:
        return
    feasible = ValueOracle(p.with_cost([0] * p.n_cols))
    unbounded = -math.inf if p.sense == "min" else math.inf
    oracle = ValueOracle(p)
    ends = box.of_rows(p)
    grid = [[lo + (hi - lo) * Q(k, 12) for lo, hi in ends] for k in range(13)]
    assert all(oracle(b) in (unbounded, -unbounded) for b in grid)
    assert all(oracle(b) == unbounded for b in grid if feasible(b) == 0)


@calm(30)
@given(st.data())
def test_cells_are_disjoint_and_cover_and_their_points_attain_the_value(data):
    p = data.draw(some_programs())
    v = value_of(p, data.draw(boxes(p)))
    if v is None:
        return
    for theta in points_of(v):
        (cell,) = (cell for cell in v.cells if cell.holds(theta))
        rhs = v.parameters.rhs_at(theta)
        assert cell.at(theta) == v.exact(rhs)
        assert cell == v.cell(rhs)
        if cell.point is None:
            assert cell.at(theta) in (math.inf, -math.inf)
            continue
        point = cell.point.at(theta, p.n_cols)
        assert p.with_rhs(rhs).violations(point) == ()
        assert p.objective(point) == cell.at(theta)
        assert point in v.argmin(rhs) or any(
            p.objective(other) == cell.at(theta) for other in v.argmin(rhs)
        )


@calm(30)
@given(st.data())
def test_the_value_is_the_least_over_the_parts_and_few_parts_do(data):
    p = data.draw(some_programs())
    box = data.draw(boxes(p))
    v = value_of(p, box)
    if v is None:
        return
    few = value_of(p, box, minimal=True)
    assert few.minimal
    assert few.is_certified
    assert len(few.parts) <= len(v.parts)
    upper = tm.upper_function(p, few.parts)
    for theta in points_of(few)[:20]:
        rhs = v.parameters.rhs_at(theta)
        assert few.exact(rhs) == v.exact(rhs) == upper.exact(rhs)
    for k, part in enumerate(few.parts):
        others = tm.upper_function(p, [*few.parts[:k], *few.parts[k + 1 :]])
        own = [theta for cell in few.cells if cell.part == part for theta in inside(cell)]
        assert any(others.exact(rhs) != few.exact(rhs) for rhs in map(v.parameters.rhs_at, own))


def inside(cell):
    """Points of the relative interior."""
    n = len(cell.vertices)
    for vertex in cell.vertices:
        for weight in (0, n, 8 * n, 64 * n):
            yield tuple(
                (sum(column) + weight * x) / (n + weight)
                for column, x in zip(zip(*cell.vertices, strict=True), vertex, strict=True)
            )


@calm(30)
@given(st.data())
def test_floats_are_the_exact_values(data):
    p = data.draw(some_programs())
    v = value_of(p, data.draw(boxes(p)))
    if v is None:
        return
    box = box_ends(v)
    whole = [
        [math.floor(x) if lo <= math.floor(x) else x for x, (lo, _) in zip(rhs, box, strict=True)]
        for rhs in map(v.parameters.rhs_at, points_of(v))
    ]
    exact = [v.exact(rhs) for rhs in whole]
    assert [float(x) for x in exact] == v(whole).tolist()
    floats = np.array([[float(x) for x in rhs] for rhs in whole])
    inside_box = [
        k for k, row in enumerate(floats.tolist())
        if all(lo <= Q(str(x)) <= hi for x, (lo, hi) in zip(row, box, strict=True))
    ]  # fmt: skip
    if not inside_box:
        return
    rows = floats[inside_box]
    values = v(np.stack([rows, rows]))
    expected = [float(v.exact([str(x) for x in row])) for row in rows.tolist()]
    assert values.shape == (2, len(rows))
    for value, right in zip(values[0].tolist(), expected, strict=True):
        assert value == right or math.isclose(value, right, rel_tol=1e-12, abs_tol=1e-12)


def box_ends(v):
    return v.box.of_rows(v.program)


@calm(20)
@given(st.data())
def test_limits_leave_gaps_with_bounds_that_hold(data):
    p = data.draw(some_programs())
    v = value_of(p, data.draw(boxes(p)), limits=tm.Limits(nodes=data.draw(st.integers(0, 12))))
    if v is None:
        return
    oracle = ValueOracle(p)
    assert v.is_certified == (v.gaps == ()) == (v.stopped is None)
    for gap in v.gaps:
        assert gap.low <= gap.high
    for theta in points_of(v)[:20]:
        rhs = v.parameters.rhs_at(theta)
        low, high = v.bounds(rhs)
        assert low <= oracle(rhs) <= high
        for gap in v.gaps:
            if gap.cell.holds(theta):
                assert gap.low <= oracle(rhs) <= gap.high
                assert math.isnan(v(rhs))


@calm(10)
@given(st.data())
def test_it_survives_pickling_and_prints(data):
    p = data.draw(some_programs())
    v = value_of(p, data.draw(boxes(p)))
    if v is None:
        return
    w = pickle.loads(pickle.dumps(v))
    assert repr(w) == repr(v)
    assert str(w) == str(v)
    assert w._repr_html_() == v._repr_html_()
    for theta in points_of(v)[:5]:
        rhs = v.parameters.rhs_at(theta)
        assert w.exact(rhs) == v.exact(rhs)
        assert w.argmin(rhs) == v.argmin(rhs)

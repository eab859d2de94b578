"""The minimum of support functions: where it falls, and its slopes."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as Q

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.differentiation._cones import dot, in_hull, interior_point
from tamemip.differentiation._local_model import Face, LocalModel
from tests.duality.laws import calm

vectors = st.lists(st.integers(-1, 2).map(Q), min_size=2, max_size=2).map(tuple)
faces = st.builds(
    Face,
    st.lists(vectors, min_size=1, max_size=2, unique=True).map(tuple),
    st.lists(vectors.filter(any), max_size=2, unique=True).map(tuple),
)
models = st.lists(faces, min_size=1, max_size=3).map(lambda found: LocalModel(tuple(found), 2))
#: Steps into every direction, and second ones that are much shorter.
AROUND = [(Q(a), Q(b)) for a, b in itertools.product(range(-2, 3), repeat=2)]
WIDE = [(Q(a), Q(b)) for a, b in itertools.product(range(-6, 7), repeat=2)]
SHORT = Q(1, 10**6)


def is_continuous(model):
    """Whether short second steps change the model by little only, near all grid points."""
    for d in AROUND:
        here = model.value(d)
        for e in AROUND:
            there = model.value(tuple(a + SHORT * b for a, b in zip(d, e, strict=True)))
            if math.isinf(here) or math.isinf(there) or abs(there - here) > 100 * SHORT:
                return False
    return True


@calm(40)
@given(models)
def test_a_fall_is_found_exactly_where_the_minimum_is_not_continuous(model):
    """Rays have small entries, so that the grid meets all their planes."""
    fall = model.fall()
    if fall is None:
        assert is_continuous(model)
        return
    here = model.value(fall.place)
    for step in (SHORT, SHORT**2):
        beyond = tuple(a + step * b for a, b in zip(fall.place, fall.way, strict=True))
        assert model.value(beyond) - here > 100 * step
    assert any(fall.ray in face.rays for face in model.faces)
    assert dot(fall.ray, fall.place) == 0 < dot(fall.ray, fall.way)


@calm(40)
@given(models)
def test_essential_slopes_are_those_of_open_cones(model):
    if model.fall() is not None:
        return
    essential = model.essential_slopes()
    assert set(essential) <= set(model.slopes)
    for d in AROUND:
        here = model.value(d)
        assert min(dot(y, d) for y in essential) <= here <= max(dot(y, d) for y in essential)
    generic = [(a + Q(1, 101), b + Q(1, 211)) for a, b in AROUND]
    seen = {y for d in generic for y in model.slopes if is_slope(model, y, d)}
    assert seen <= set(essential)


def is_slope(model, y, d):
    """Whether the model is the linear function `y` all around a point."""
    steps = [(SHORT, Q(0)), (-SHORT, Q(0)), (Q(0), SHORT), (Q(0), -SHORT)]
    points = [d, *(tuple(a + b for a, b in zip(d, s, strict=True)) for s in steps)]
    return all(model.value(point) == dot(y, point) for point in points)


def test_a_part_that_lives_in_a_plane_only():
    """Cheaper than the other one where it lives: a jump at every point of a half-line."""
    up, down = (Q(1), Q(0)), (Q(-1), Q(0))
    model = LocalModel((Face(((Q(0), Q(-1)),), (up, down)), Face(((Q(0), Q(0)),), ())), 2)
    fall = model.fall()
    assert fall.place[0] == 0 < fall.place[1]
    assert fall.way[0] != 0


def test_two_parts_that_take_over_from_each_other():
    """Neither is feasible everywhere, together they are, at the same price."""
    right, left = Face(((Q(1),),), ((Q(-1),),)), Face(((Q(0),),), ((Q(1),),))
    assert LocalModel((right, left), 1).fall() is None
    assert set(LocalModel((right, left), 1).essential_slopes()) == {(Q(0),), (Q(1),)}
    assert LocalModel((right,), 1).fall().way[0] < 0


def test_a_part_that_takes_over_at_a_higher_price():
    """On the half-line where the first part ends the second one costs more."""
    first = Face(((Q(0), Q(0)),), ((Q(1), Q(0)),))
    second = Face(((Q(0), Q(1)), (Q(0), Q(0))), ())
    fall = LocalModel((first, second), 2).fall()
    assert fall.place[0] == 0 < fall.place[1]
    assert fall.way[0] > 0


@calm(40)
@given(st.lists(vectors, max_size=4), st.lists(vectors, max_size=3))
def test_points_inside_of_cones(strict, weak):
    d = interior_point(strict, 2, weak=weak)
    if d is None:
        assert not any(
            all(dot(g, v) > 0 for g in strict) and all(dot(g, v) >= 0 for g in weak) for v in AROUND
        )
    else:
        assert all(dot(g, d) > 0 for g in strict)
        assert all(dot(g, d) >= 0 for g in weak)


@calm(40)
@given(vectors, st.lists(vectors, min_size=1, max_size=4))
def test_points_of_hulls(point, generators):
    """In the hull, or a direction separates it; in the plane these have small entries."""
    separated = any(all(dot(g, d) < dot(point, d) for g in generators) for d in WIDE)
    assert in_hull(point, generators) != separated


@pytest.mark.parametrize("dimension", [0, 1, 3])
def test_no_conditions_leave_everything(dimension):
    assert interior_point([], dimension) == (Q(0),) * dimension

"""Polytopes that are cut by planes, against enumeration."""

from __future__ import annotations

import itertools
from fractions import Fraction as Q

from hypothesis import given
from hypothesis import strategies as st

from tamemip.arithmetic import solve_square
from tamemip.value_functions._box_geometry import Polytope, homogeneous, point_of, product
from tests.duality.laws import calm


@st.composite
def cut_boxes(draw):
    """A box and what some planes leave of it, or None where that is nothing."""
    k = draw(st.integers(1, 3))
    polytope = Polytope.of_box((Q(0),) * k, tuple(Q(draw(st.integers(1, 4))) for _ in range(k)))
    small = st.integers(-3, 3)
    for _ in range(draw(st.integers(0, 6))):
        row = tuple(draw(st.lists(small, min_size=k + 1, max_size=k + 1)))
        if not any(row[1:]):
            continue
        cut = polytope.cut(row, is_strict=draw(st.booleans()))
        polytope = polytope if cut is None else cut
    return polytope


def vertices_by_enumeration(polytope):
    """Feasible intersections of as many planes as there are dimensions."""
    k = polytope.dimension
    found = set()
    for rows in itertools.combinations(polytope.rows, k):
        matrix = [tuple((j, Q(a)) for j, a in enumerate(row[1:]) if a) for row in rows]
        point = solve_square(matrix, [Q(-row[0]) for row in rows])
        if point is not None:
            vertex = homogeneous(point)
            if all(product(row, vertex) >= 0 for row in polytope.rows):
                found.add(tuple(point))
    return found


def points_inside(polytope):
    """Points of the relative interior of every face, and some more of it."""
    points = [point_of(v) for v in polytope.vertices]
    for n in range(1, min(len(points), 4) + 1):
        for some in itertools.combinations(points, n):
            yield tuple(sum(c) / n for c in zip(*some, strict=True))
    yield tuple(sum(c) / len(points) for c in zip(*points, strict=True))


@calm(100)
@given(cut_boxes())
def test_the_vertices_are_the_vertices(polytope):
    assert {point_of(v) for v in polytope.vertices} == vertices_by_enumeration(polytope)
    assert len(set(polytope.vertices)) == len(polytope.vertices)
    for vertex, tight in zip(polytope.vertices, polytope.tight, strict=True):
        assert tight == sum(
            1 << i for i, row in enumerate(polytope.rows) if product(row, vertex) == 0
        )


@calm(100)
@given(cut_boxes(), st.data())
def test_a_function_is_positive_iff_it_is_at_all_points(polytope, data):
    row = tuple(data.draw(st.lists(st.integers(-4, 4), min_size=polytope.dimension + 1,
                                   max_size=polytope.dimension + 1)))  # fmt: skip
    inside = [theta for theta in points_inside(polytope) if polytope.holds(theta)]
    assert inside  # a cell that is left is not empty
    everywhere = all(product(row, homogeneous(theta)) > 0 for theta in inside)
    if polytope.is_positive(polytope.values(row)):
        assert everywhere
    elif min(polytope.values(row)) >= 0:
        # Its zeros are a face, with a point inside that is one of those looked at.
        assert not everywhere or len(polytope.vertices) > 4


@calm(100)
@given(cut_boxes())
def test_inner_points_and_sides(polytope):
    theta = polytope.inner_point()
    assert polytope.holds(theta)
    sides = polytope.sides(0)
    points = [*points_inside(polytope), *(tuple(Q(j, 2) for j in at) for at in itertools.product(
        range(-1, 10, 3), repeat=polytope.dimension))]  # fmt: skip
    for point in points:
        assert all(side.holds(point) for side in sides) == polytope.holds(point)

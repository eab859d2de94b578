"""Hulls of points plus boxes: sums, multiples and unions against brute force."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tamemip.certificates import Enclosure
from tamemip.differentiation._calculus_numbers import (
    difference,
    function,
    is_positive,
    middle,
    rational_power,
    whole_power,
)
from tamemip.differentiation._calculus_sets import GeneratorSet
from tamemip.differentiation._cones import in_hull
from tamemip.errors import NotAllowedError

Point = tuple[Fraction, ...]


def points(dimension: int, most: int = 6) -> st.SearchStrategy[list[Point]]:
    entry = st.integers(-3, 3).map(Fraction)
    return st.lists(st.tuples(*[entry] * dimension), min_size=1, max_size=most)


def pairs(most: int = 6) -> st.SearchStrategy[tuple[list[Point], list[Point]]]:
    return st.integers(1, 3).flatmap(lambda n: st.tuples(points(n, most), points(n, most)))


@given(st.integers(1, 3).flatmap(points))
@settings(max_examples=80, deadline=None)
def test_dropped_points_are_redundant(given_points: list[Point]) -> None:
    kept = GeneratorSet.of(given_points).points
    assert set(kept) <= set(given_points)
    assert all(in_hull(p, kept) for p in given_points)


@given(points(2, 9))
@settings(max_examples=50, deadline=None)
def test_in_a_plane_no_kept_point_is_redundant(given_points: list[Point]) -> None:
    kept = GeneratorSet.of(given_points).points
    for p in kept:
        assert not in_hull(p, [q for q in kept if q != p])


@given(pairs(), st.sampled_from([Fraction(-2), Fraction(0), Fraction(1, 3)]))
@settings(max_examples=60, deadline=None)
def test_supports_add_and_scale(both: tuple[list[Point], list[Point]], k: Fraction) -> None:
    first, second = map(GeneratorSet.of, both)
    n = first.dimension
    for d in product((-1, 0, 2), repeat=n):
        direction = tuple(map(Fraction, d))
        a, b = first.support(direction), second.support(direction)
        assert first.plus(second, 1000).support(direction) == a + b
        assert first.union(second, 1000).support(direction) == max(a, b)
        turned = first.support(tuple(k * v for v in direction))
        assert first.scaled(k).support(direction) == turned


@given(pairs(4))
@settings(max_examples=40, deadline=None)
def test_a_box_beyond_the_cap_holds_the_sum(both: tuple[list[Point], list[Point]]) -> None:
    first, second = map(GeneratorSet.of, both)
    exact, outer = first.plus(second, 1000), first.plus(second, 1)
    assert outer.is_outer == (len(exact.points) > 1)
    assert all(outer.contains(p) for p in exact.points)
    # The box is the least one.
    assert outer.ends() == exact.ends()


@given(points(2, 4), st.fractions(0, 1, max_denominator=7), st.integers(-3, 3))
@settings(max_examples=40, deadline=None)
def test_multiples_by_an_interval_hold_all_multiples(
    given_points: list[Point], share: Fraction, low: int
) -> None:
    factor = Enclosure.between(Fraction(low), Fraction(low + 1))
    k = low + share
    scaled = GeneratorSet.of(given_points).scaled(factor)
    assert not scaled.is_exact or not any(map(any, given_points))
    assert all(scaled.contains(tuple(k * v for v in p)) for p in given_points)


@given(points(2, 4), points(2, 1), points(2, 1))
@settings(max_examples=60, deadline=None)
def test_hulls_with_a_box_contain_just_sums(
    hull: list[Point], radius: list[Point], extra: list[Point]
) -> None:
    box = tuple(abs(v) for v in radius[0])
    found = GeneratorSet(GeneratorSet.of(hull).points, box)
    corners = [
        tuple(p[j] + s[j] * box[j] for j in range(2))
        for p in hull
        for s in product((-1, 1), repeat=2)
    ]
    assert all(found.contains(c) for c in corners)
    assert found.contains(extra[0]) == in_hull(extra[0], corners)


@given(st.integers(0, 10**30), st.integers(1, 10**30), st.integers(2, 7))
@settings(max_examples=80, deadline=None)
def test_rational_roots_are_exact(p: int, q: int, degree: int) -> None:
    a = Fraction(p + 1, q)
    assert rational_power(a**degree, Fraction(1, degree)) == a
    assert rational_power(a**degree, Fraction(-2, degree)) == a**-2
    found = rational_power(a, Fraction(1, degree))
    if isinstance(found, Enclosure):
        assert found.low**degree < a < found.high**degree
    else:
        assert found**degree == a


def test_functions_of_intervals_hold_those_of_their_numbers() -> None:
    wide = Enclosure.between(Fraction(1, 4), Fraction(3, 4))
    for name in ("exp", "log", "sin", "cos", "cosh", "tanh", "sigmoid", "normal density"):
        for x in (Fraction(1, 4), Fraction(1, 2), Fraction(3, 4)):
            inside, value = function(name, wide), function(name, x)
            assert isinstance(inside, Enclosure)
            assert isinstance(value, Enclosure)
            assert value.is_within(inside)


def test_what_is_too_large_is_no_number() -> None:
    tower = function("exp", function("exp", Fraction(20)))
    assert is_positive(tower)
    with pytest.raises(NotAllowedError):
        middle(function("exp", tower))
    tiny = function("exp", Fraction(-(10**7)))
    assert is_positive(difference(Fraction(1), tiny))
    assert whole_power(Fraction(2), -3) == Fraction(1, 8)

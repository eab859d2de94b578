"""The picture of the report: where it finds jumps, and which ends are closed."""

from __future__ import annotations

from fractions import Fraction

import pytest

import tamemip as tm
from tamemip.analysis._frame import ticks
from tamemip.analysis._numbers import long_text, short_text
from tamemip.analysis._profile import liveliest_row, profile, window
from tamemip.analysis._svg import picture


def step_down():
    """v(b) = 0 for 0 <= b < 1 and -1 from 1 on: the jump belongs to the right."""
    p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], ["<="], [1], upper=1)
    return tm.dual_function(p)


def test_a_jump_is_found_at_its_place_with_its_ends():
    drawn = profile(step_down().refine(at=["1/2"]), 0, 0.25, 3.0)
    assert [stretch.points for stretch in drawn.bound] == [
        ((0.25, 0.0), (1.0, 0.0)),
        ((1.0, -1.0), (3.0, -1.0)),
    ]
    ends = [(stretch.left_closed, stretch.right_closed) for stretch in drawn.bound]
    assert ends == [(None, False), (True, None)]


def test_the_picture_marks_open_and_closed_ends_and_the_value():
    image = picture(profile(step_down().refine(at=["1/2"]), 0, 0.25, 3.0))
    assert image.count('class="closed"') == 1
    assert image.count('class="open"') == 1
    assert image.count('class="optimum"') == 2  # in the graph and in the legend


def test_the_relaxation_of_a_maximum_has_the_users_sign():
    p = tm.MixedIntegerProgram.from_arrays([2], [[2]], ["<="], [3], sense="max", offset=5)
    drawn = profile(tm.dual_function(p), 0, 0.0, 4.0)
    assert drawn.relaxation == ((0.0, 5.0), (4.0, 9.0))


def test_nothing_finite_gives_no_picture():
    p = tm.MixedIntegerProgram.from_arrays([1], [[1]], ["<="], [-50], upper=1)
    assert picture(profile(tm.dual_function(p), 0, -60.0, -40.0)) == ""


def test_the_liveliest_row_is_one_that_moves_the_function():
    p = tm.MixedIntegerProgram.from_arrays([1], [[0], [1]], [">=", ">="], [-1, 3], upper=9)
    F = tm.dual_function(p)
    assert liveliest_row(F, range(2)) == 1
    assert liveliest_row(F, [0]) is None


@pytest.mark.parametrize(
    ("rhs", "low", "high"),
    [(0.0, None, None), (40.0, 30.0, 45.0), (5.0, -float("inf"), float("inf")), (-3.0, -3.0, -3.0)],
)
def test_a_window_is_around_the_right_hand_side(rhs, low, high):
    left, right = window(rhs, low, high)
    assert left < rhs < right


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-3, 7), (1e6, 1e6 + 3), (-0.02, 0.01)])
def test_ticks_are_few_round_and_inside(low, high):
    found = ticks(low, high)
    assert 2 <= len(found) <= 8
    assert all(low - 1e-9 <= t <= high + 1e-9 for t in found)


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("5", "5", "5"),
        ("-7/2", "-3.5", "-7/2 = -3.5"),
        ("1/3", "1/3", "1/3 ≈ 0.3333333333"),
        ("1234567/7654321", "≈0.16129", "1234567/7654321 ≈ 0.1612902046"),
        ("1000000000000000000001", "≈1e+21", "1000000000000000000001"),
    ],
)
def test_numbers_are_exact_or_marked(text, short, long):
    assert long_text(Fraction(text)) == long
    assert short_text(Fraction(text)) == short


def test_unknown_and_infinite_numbers_are_no_zeros():
    assert short_text(None) == "?"
    assert short_text(float("inf")) == "∞"
    assert short_text(-float("inf")) == "-∞"

"""Boxes of right-hand sides."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError

P = tm.MixedIntegerProgram.from_arrays([1], [[1], [2]], ">=", [3, "5/2"])

rationals = st.fractions(min_value=-9, max_value=9, max_denominator=6)


def test_rows_that_are_not_named_keep_their_right_hand_side():
    assert tm.Box({"R0": (0, 1.5)}).of_rows(P) == ((0, Fraction(3, 2)), (Fraction(5, 2),) * 2)


@pytest.mark.parametrize(
    "intervals",
    [{"R0": (2, 1)}, {"R0": 3}, {"R0": (1, 2, 3)}, {"R0": "12"}, {"R0": (0, "x")}, [("R0", 1)]],
    ids=str,
)
def test_what_is_no_interval_is_refused(intervals):
    with pytest.raises(InvalidInputError):
        tm.Box(intervals)


@pytest.mark.parametrize("intervals", [{"R7": (0, 1)}, {5: (0, 1)}, {"R0": (0, 1), 0: (0, 1)}])
def test_rows_that_do_not_exist_or_are_named_twice_are_refused(intervals):
    with pytest.raises(InvalidInputError):
        tm.Box(intervals).of_rows(P)


@given(rationals, rationals, rationals)
def test_a_box_is_closed(lo, hi, value):
    lo, hi = sorted((lo, hi))
    box = tm.Box({0: (lo, hi)})
    assert box.holds(P, [value, "5/2"]) is (lo <= value <= hi)
    assert box.holds(P, [lo, "5/2"])
    assert box.holds(P, [hi, "5/2"])
    assert not box.holds(P, [lo, 2])


def test_a_box_reads_like_a_mapping_and_prints():
    box = tm.Box({"R0": (0, math.inf), 1: (-1, "1/2")})
    assert dict(box.items()) == {"R0": (0, math.inf), 1: (-1, Fraction(1, 2))}
    assert list(box) == ["R0", 1]
    assert box[1] == (-1, Fraction(1, 2))
    assert not box.is_bounded
    assert repr(box) == "Box({'R0': (0, inf), 1: (-1, 1/2)})"
    assert "-1 <= 1 <= 1/2" in str(box)
    assert pickle.loads(pickle.dumps(box)) == box == tm.Box(box)
    assert hash(tm.Box(box)) == hash(box)

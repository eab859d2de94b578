"""Verdicts on programs whose integers no row bounds."""

from __future__ import annotations

from fractions import Fraction

import pytest

import tamemip as tm

make = tm.MixedIntegerProgram.from_arrays
LIN, ALG = tm.Structure.SEMILINEAR, tm.Structure.SEMIALGEBRAIC
MIXED = ([2, 3, 1], [[3, 5, 1]], [">="], [7])

SEMILINEAR = {
    "the ceiling of an inverse, off zero": (
        make([1], [[1]], [">="], [1]), {(0, 0): ("1/8", 1)}, "A"),
    "the same, on a half-line": (
        make([1], [[1]], [">="], [1]), {(0, 0): ("1/8", "inf")}, "A"),
    "a covering problem": (
        make([2, 3], [[3, 5]], [">="], [7]), {(0, 0): (1, 3), (0, 1): (2, 5)}, "A"),
    "all data of a pure one": (
        make([2, 3], [[3, 5]], [">="], [7]),
        {"A": {(0, 0): (1, 3), (0, 1): (2, 5)}, "rhs": {0: (0, 9)}, "c": {0: (1, 2)}}, "A,b,c"),
    "a maximum": (
        make([-2, -3], [[3, 5]], [">="], [7], sense="max"), {(0, 0): (1, 3)}, "A"),
    "entries on integers": (
        make(*MIXED, integrality=[True, True, False]), {(0, 0): (1, 3)}, "A"),
    "a column in no row": (
        make([1, 1], [[1, 0]], ["<="], [3], upper=[3, "inf"]), None, "rhs"),
    "a column in no row, free to improve": (
        make([1, -1], [[1, 0]], ["<="], [3], upper=[3, "inf"]), None, "rhs"),
    "infinite everywhere": (
        make([7, 9], [[3, 4]], [">="], [10], sense="max"), None, "rhs"),
}  # fmt: skip


@pytest.mark.parametrize("name", SEMILINEAR)
def test_semilinear(name):
    verdict = tm.certify(*SEMILINEAR[name])
    assert verdict.status is tm.CERTIFIED
    assert verdict.structure is LIN


def test_entries_on_continuous_columns_make_it_semialgebraic():
    program = make(*MIXED, integrality=[True, True, False])
    verdict = tm.certify(program, {(0, 0): (1, 3), (0, 2): (1, 2)}, "A")
    assert (verdict.status, verdict.structure) == (tm.CERTIFIED, ALG)


HALF_LINES = {
    "a knapsack": (make([2, 3], [[3, 5]], [">="], [7]), {"R0": (0, "inf")}),
    "from a fraction on": (make([2, 3], [[3, 5]], [">="], [7]), {"R0": ("1000/7", "inf")}),
    "beside a loose row": (
        make([2, 3], [[3, 5], [1, 0]], [">=", "<="], [7, 4]), {"R0": (0, "inf")}),
    "a ceiling": (make([1], [[1]], [">="], [0]), {"R0": (-5, "inf")}),
}  # fmt: skip


@pytest.mark.parametrize("name", HALF_LINES)
def test_right_hand_sides_on_a_half_line_are_refuted(name):
    verdict = tm.certify(*HALF_LINES[name])
    assert verdict.status is tm.REFUTED
    assert verdict.witness.kind == "W1"


def test_what_is_not_so():
    """No wrong answer where the new rules do not apply."""
    covering = make([2, 3], [[3, 5]], [">="], [7])
    assert tm.certify(covering, {"R0": ("-inf", 5)}).structure is LIN
    assert tm.certify(make([1], [[1]], [">="], [1]), {(0, 0): (0, 1)}, "A").status is tm.REFUTED
    # x1 costs nothing, and no row bounds it.
    free = make([0, 3], [[3, 5]], [">="], [8])
    assert tm.certify(free, {(0, 0): (Fraction(1), 3)}, "A").status is tm.UNKNOWN

"""Dual functions of every method, turned back into programs, rows of the user and a simple form."""

from __future__ import annotations

import doctest
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import UnsupportedError
from tests.programs_at_random import branching_programs, right_hand_sides

SOLVER_ACCURACY = 1e-6
LARGEST = 10**4  # beyond it a solver's floats are no referee
METHODS = ("linear", "branch-and-bound", "branch-and-cut", "chvatal", "mir", "group", "generator")


@pytest.mark.parametrize("method", METHODS)
def test_a_dual_function_is_the_value_function_of_its_program(method):
    compared = []

    @given(branching_programs(), st.data())
    @settings(max_examples=20, deadline=None)
    def round_trip(program, data):
        try:
            F = tm.dual_function(program, method=method, limits=tm.Limits(seconds=2))
        except UnsupportedError:
            return
        q = F.to_program()
        for b in (program.exact.rhs, data.draw(right_hand_sides(program))):
            value = F.exact(b)
            assert F.in_rows.exact(b) == value
            assert F.in_rows.simplify().exact(b) == value
            if max(map(abs, b)) > LARGEST:
                continue
            claim = tm.solve(q.at(b), limits=tm.Limits(seconds=5))
            if claim.status is tm.Status.LIMIT:
                continue
            if isinstance(value, Fraction):
                expected = pytest.approx(float(value), abs=SOLVER_ACCURACY, rel=SOLVER_ACCURACY)
                assert claim.value == expected
            else:
                assert claim.value == value
            compared.append(value)

    round_trip()
    assert compared


def test_the_price_function_of_t1_is_the_known_one():
    # T1, min x1/2 + 2 x3 + x4, x1 - (3/2) x2 + x3 - x4 = b: the price function of its tree.
    program = tm.MixedIntegerProgram.from_arrays(
        ["1/2", 0, 2, 1],
        [[1, "-3/2", 1, -1]],
        ["="],
        ["7/2"],
        integrality=[True, True, False, False],
        row_names=["b"],
    )
    F = tm.dual_function(program, method="branch-and-bound")
    assert repr(F.in_rows.simplify()) == "PriceFunction('min(b/2 + 3/4, 2b - 9/2, -b + 6)')"
    assert F.in_rows.lipschitz_constant == 2


def test_the_page_on_terms_says_what_happens():
    page = Path(__file__).parents[2] / "docs" / "theory" / "terms.md"
    failed, attempted = doctest.testfile(str(page), module_relative=False)
    assert attempted > 0
    assert failed == 0

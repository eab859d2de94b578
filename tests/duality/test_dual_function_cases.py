"""Cases that once failed, and the ground truth of the literature."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

import tamemip as tm
from tamemip.certificates import check, check_fast
from tamemip.programs import MixedIntegerProgram
from tests.brute_force import ValueOracle

from_arrays = MixedIntegerProgram.from_arrays
HALF, THIRD = Fraction(1, 2), Fraction(1, 3)


# -- cases that once failed: the function has to be tight at the program's rhs ------

ONCE_ENDLESS = {
    "an integer column whose bounds hold no integer": from_arrays(
        [1], [[1]], [">="], [0], lower="0.3", upper="0.7"
    ),
    "an empty row that cannot hold": from_arrays(
        [0], [[0]], ["="], [-7], upper=4, integrality=False
    ),
    "an empty row that cannot hold beside free columns": from_arrays(
        [1, 0], [[0, 0]], [">="], [1], lower=-math.inf, integrality=[True, False]
    ),
    "an equality that fails by less than the solver's tolerance": from_arrays(
        [1], [[1]], ["="], ["1.0000000001"], upper=3
    ),
    "two costs that differ by less than the solver's tolerance": from_arrays(
        [1, "0.999999999"], [[1, 1]], ["="], [1], integrality=False
    ),
}


@pytest.mark.parametrize("p", ONCE_ENDLESS.values(), ids=ONCE_ENDLESS.keys())
def test_the_search_ends_and_proves_the_value(p):
    F = tm.dual_function(p)
    assert F.is_tight
    assert F.value == ValueOracle(p)(p.exact.rhs)
    for checker in (check, check_fast):
        assert checker(F.certificate).bound(p.exact.rhs) == F.value


def test_refining_where_the_program_is_unbounded_is_tight_there():
    p = from_arrays([-1, 0], [[0, 1]], ["<="], [-1])
    F = tm.dual_function(p)
    assert F.value == math.inf
    G = F.refine(at=[1])
    assert G.exact([1]) == -math.inf
    assert (Fraction(1),) in G.tight_at
    assert check(G.certificate).tight_at == (((-1,), math.inf), ((1,), -math.inf))


def test_refining_keeps_what_an_earlier_right_hand_side_needs():
    p = from_arrays([0, 2], [[2, 0]], ["="], [0], lower=[0, -6], upper=[2, -6])
    F = tm.dual_function(p).refine(at=[HALF]).refine(at=[-2]).refine(at=[4])
    assert [F.exact(d) for d in F.tight_at] == [-12, math.inf, math.inf, -12]
    assert check(F.certificate).tight_at == tuple((d, F.exact(d)) for d in F.tight_at)


def test_fractions_are_not_rounded_before_a_function_that_jumps_is_evaluated():
    p = from_arrays([1], [[THIRD]], [">="], [5])
    F = tm.dual_function(p)
    for k in range(60):
        b = [Fraction(k, 3)]
        assert F(b) == F.exact(b)
        assert F([str(b[0])]) == F.exact(b)
    thirds = [[Fraction(k, 3)] for k in range(60)]
    assert F(thirds).tolist() == [float(F.exact(b)) for b in thirds]


def test_integers_beyond_the_floats_are_not_rounded():
    p = from_arrays([1], [[1]], [">="], [0], upper=2**53 + 1)
    F = tm.dual_function(p).refine(at=[2**53 + 2])
    assert F([2**53 + 1]) < math.inf
    assert F([2**53 + 2]) == math.inf


@pytest.mark.parametrize(
    ("huge", "nearest"), [(1e300, 1e301), (1e308, math.inf), (-1e308, 0.0)]
)
@pytest.mark.filterwarnings("error")
def test_huge_right_hand_sides_are_rounded_to_the_nearest_float(huge, nearest):
    p = from_arrays([1], [["1/10"]], [">="], [5], integrality=False)
    F = tm.dual_function(p)
    assert F.refine(at=[-1]).exact([huge]) == max(10 * Fraction(str(huge)), 0)
    assert F.refine(at=[-1])([huge]) == nearest


def test_the_constant_is_added_before_rounding_to_a_float():
    p = from_arrays([1], [[3]], [">="], [5], upper=10, offset="1/10", integrality=False)
    F = tm.dual_function(p)
    d = np.arange(31.0)[:, None]
    assert F(d).tolist() == [float(F.exact(row)) for row in d]


def test_a_dive_without_column_bounds_stops_at_the_first_point_and_at_the_limit():
    p = from_arrays([1, 1], [[2, -2], [1, 1]], ["=", "<="], [1, 8], lower=-math.inf)
    F = tm.dual_function(p, limits=tm.Limits(nodes=40))
    assert F.report.stopped == "nodes"
    assert F.tight_at == ()
    unbounded = p.with_rhs([2, 8])
    G = tm.dual_function(unbounded)
    assert G.value == -math.inf
    assert G.is_tight

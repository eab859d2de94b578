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


@pytest.mark.parametrize(("huge", "nearest"), [(1e300, 1e301), (1e308, math.inf), (-1e308, 0.0)])
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


# -- the literature (numbers of ../shared/THEORY.md, section 5) ----------------------------------


def refined(F, points):
    for b in points:
        F = F.refine(at=b)
    return F


def test_t1_guzelsoy_and_ralphs():
    p = from_arrays(
        [HALF, 0, 2, 1],
        [[1, "-3/2", 1, -1]],
        ["="],
        ["7/2"],
        integrality=[True, True, False, False],
    )
    at = [Fraction(k, 2) for k in range(-6, 9)]
    values = [
        Fraction(v)
        for v in [
            "0",
            "1",
            "1/2",
            "0",
            "1",
            "1/2",
            "0",
            "1",
            "1/2",
            "3/2",
            "1",
            "2",
            "3/2",
            "5/2",
            "2",
        ]
    ]
    assert [ValueOracle(p)([d]) for d in at] == values
    F = tm.dual_function(p)
    assert F.value == Fraction(5, 2)
    assert all(F.exact([d]) <= v for d, v in zip(at, values, strict=True))
    G = refined(F, [[d] for d in at])
    assert [G.exact([d]) for d in at] == values
    assert check(G.certificate).n_leaves == G.n_leaves


def test_t4_and_t6_nemhauser_and_wolsey():
    p = from_arrays([7, 2], [[-1, 2], [5, 1], [-2, -2]], "<=", [4, 20, -7], sense="max")
    F, v = tm.dual_function(p), ValueOracle(p)
    assert F.value == 28
    assert F.tight_points[0].point == (4, 0)
    assert F.exact([4, 19, -7]) >= 27
    assert F.exact([8, 20, -7]) >= 31
    for d1 in range(-2, 9, 2):
        for d2 in range(0, 25, 3):
            assert F.exact([d1, d2, -7]) >= v([d1, d2, -7])
    linear = tm.dual_function(p, method="linear")
    assert linear.value == 30  # 332/11 rounded to an attainable objective
    assert tm.dual_function(p.relax()).value == Fraction(332, 11)


@pytest.mark.parametrize("d", [(1, 1, 1), (2, 1, 1), (2, 2, 1), (2, 2, 2), (0, HALF, 3 * HALF)])
def test_t7_triangle(d):
    p = from_arrays([1, 1, 1], [[1, 1, 0], [1, 0, 1], [0, 1, 1]], "<=", d, sense="max")
    w = [math.floor(v) for v in d]
    value = min(sum(w) // 2, w[0] + w[1], w[0] + w[2], w[1] + w[2])
    assert tm.dual_function(p).value == value


def test_t8_the_value_function_of_a_covering_row():
    p = from_arrays([2, 3], [[3, 5]], [">="], [0])
    F = refined(tm.dual_function(p), [[b] for b in range(1, 30)])
    for b in range(30):
        assert F.exact([b]) == max(math.ceil(Fraction(3 * b, 5)), 2 * math.ceil(Fraction(b, 5)))


@pytest.mark.parametrize(
    ("c", "a", "capacity", "upper", "value"),
    [
        ([10, 7, 25, 24], [2, 1, 6, 5], 7, 1, 34),
        ([11, 7, 5, 1], [6, 4, 3, 1], 25, 1, 24),
        ([11, 7, 5, 1], [6, 4, 3, 1], 25, math.inf, 45),
        ([7, 9, 2, 15], [3, 4, 1, 7], 14, math.inf, 32),
    ],
)
def test_t9_knapsacks(c, a, capacity, upper, value):
    p = from_arrays(c, [a], ["<="], [capacity], upper=upper, sense="max")
    F = tm.dual_function(p)
    assert F.value == value
    assert check(F.certificate).tight_at == (((capacity,), value),)


def test_t9_unbounded_knapsack_along_the_capacity():
    p = from_arrays([7, 9, 2, 15], [[3, 4, 1, 7]], ["<="], [0], sense="max")
    values = [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30, 32]
    F = refined(tm.dual_function(p), [[w] for w in range(15)])
    assert [F.exact([w]) for w in range(15)] == values


def test_t12_cook_kannan_schrijver_has_a_branching_proof():
    p = from_arrays(
        [0, 0, 1],
        [[-1, 0, 1], [0, -1, 1], [1, 1, 2]],
        "<=",
        [0, 0, 2],
        integrality=[True, True, False],
        sense="max",
    )
    F = tm.dual_function(p)
    assert F.value == 0
    assert F.n_leaves == 3
    assert check(F.certificate).tight_at == (((0, 0, 2), 0),)
    assert tm.dual_function(p.relax()).value == HALF


def test_t15_a_jump():
    p = from_arrays([-1], [[1]], ["<="], [1], upper=1)
    values = {
        -HALF: math.inf,
        Fraction(0): 0,
        Fraction(1, 4): 0,
        HALF: 0,
        Fraction(3, 4): 0,
        Fraction(1): -1,
        Fraction(2): -1,
    }
    F = tm.dual_function(p)
    assert F.value == -1
    assert all(F.exact([d]) <= v for d, v in values.items())
    G = refined(F, [[d] for d in values])
    assert {d: G.exact([d]) for d in values} == values


def test_t24_an_infeasible_leaf_stays():
    p = from_arrays([1], [[2]], [">="], [1], upper=1)
    F = tm.dual_function(p)
    assert [F.exact([d]) for d in (-1, 0, 1, 2)] == [0, 0, 1, 1]
    assert all(F.exact([d]) <= ValueOracle(p)([d]) for d in np.linspace(-2, 4, 49))

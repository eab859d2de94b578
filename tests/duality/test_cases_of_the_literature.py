"""Dual functions that the literature prints, as terms: the cases T4 to T23 of the theory."""

import itertools
from fractions import Fraction as Q

import pytest

import tamemip as tm
from tamemip.duality import DualFunction
from tamemip.duality._reports import BuildReport
from tamemip.functions import ceil, combination, exact_value, mixed_integer_rounding, rounding
from tests.brute_force import ValueOracle
from tests.duality.laws import assert_proved

REPORT = BuildReport(0, 0, 0, 0.0, 0.0, None)
T4 = tm.MixedIntegerProgram.from_arrays(
    [7, 2], [[-1, 2], [5, 1], [-2, -2]], "<=", [4, 20, -7], sense="max"
)


def t4_of_nemhauser_and_wolsey():
    """``d2/2 + 3/2 ⌊d2/3 + 2/3 ⌊2/5 d2 + 3/5 ⌊(5 d1 + d2)/11⌋⌋⌋`` over e = -d."""
    first = ceil(combination({0: Q(5, 11), 1: Q(1, 11)}))
    second = ceil(combination({1: Q(2, 5)}, [(Q(3, 5), first)]))
    third = ceil(combination({1: Q(1, 3)}, [(Q(2, 3), second)]))
    return combination({1: Q(1, 2)}, [(Q(3, 2), third)])


def test_t4_the_printed_formula_is_proved_and_takes_the_printed_values():
    F = DualFunction.of_nodes(T4, "by hand", [t4_of_nemhauser_and_wolsey()], [], [], REPORT)
    assert F.depth == 3
    assert F.is_subadditive
    assert [F.exact(d) for d in ([4, 20, -7], [4, 19, -7], [8, 20, -7])] == [28, Q(55, 2), 31]
    assert F.exact([-1, 5, -2]) == 7  # F(a_1) = c_1
    assert F.exact([2, 1, -2]) == 2  # F(a_2) = c_2
    points = [(d1, d2, -7) for d1, d2 in itertools.product(range(-2, 9, 2), range(0, 25, 4))]
    v = ValueOracle(T4.with_rhs([4, 20, -7]))
    for d in points:
        assert F.exact(d) >= v(d)
    assert_proved(F, points[::9])


@pytest.mark.parametrize("method", ["chvatal", "group", "branch-and-cut", "mir", "auto"])
def test_t4_and_t5_are_reached_by_every_construction(method):
    F = tm.dual_function(T4, method=method)
    assert F.value == 28 or (method == "mir" and F.value >= 28)
    if method == "group":  # order 11
        assert F.is_subadditive


@pytest.mark.parametrize("k", [2, 3, 4, 5])
def test_t13_has_the_value_0_with_a_proof(k):
    p = tm.MixedIntegerProgram.from_arrays(
        [1, 0], [[1, -2 * k], [1, 2 * k]], "<=", [0, 2 * k], sense="max", upper=[2 * k, 1]
    )
    F = tm.dual_function(p, method="chvatal")
    assert F.value == 0
    assert F.is_tight
    assert_proved(F, [(0, 2 * k), (1, 2 * k + 1), (-1, 3)])


@pytest.mark.parametrize("method", ["chvatal", "mir", "branch-and-cut"])
def test_t11_the_recourse_of_one_scenario_at_its_jumps(method):
    # Q(x, 1) = min 2 y1 + y2: y1 >= x - 1, y2 >= 1 - x.
    p = tm.MixedIntegerProgram.from_arrays([2, 1], [[1, 0], [0, 1]], ">=", [0, 0])
    for x in (Q(0), Q(1, 2), Q(1), Q(3, 2), Q(2)):
        F = tm.dual_function(p, method=method, at=[x - 1, 1 - x])
        up, down = max(-(-(x - 1) // 1), 0), max(-(-(1 - x) // 1), 0)
        assert F.exact([x - 1, 1 - x]) == 2 * up + down


@pytest.mark.parametrize("method", ["branch-and-cut", "branch-and-bound", "auto"])
def test_t12_has_no_split_proof_and_a_tree_of_three_leaves(method):
    p = tm.MixedIntegerProgram.from_arrays(
        [0, 0, 1], [[-1, 0, 1], [0, -1, 1], [1, 1, 2]], "<=", [0, 0, 2], sense="max",
        integrality=[True, True, False], lower=["-inf", "-inf", 0],
    )  # fmt: skip
    F = tm.dual_function(p, method=method)
    assert F.value == 0
    assert F.n_leaves <= 3
    assert tm.dual_function(p, method="mir").value > 0


@pytest.mark.parametrize("method", ["chvatal", "branch-and-cut"])
def test_t15_the_jump_belongs_to_the_right(method):
    p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1)
    for b, value in ((Q(0), 0), (Q(99, 100), 0), (Q(1), -1), (Q(2), -1)):
        assert tm.dual_function(p, method=method, at=[b]).exact([b]) == value


def test_t21_is_linear_at_1():
    p = tm.MixedIntegerProgram.from_arrays(
        [3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False]
    )
    F = tm.dual_function(p, method="mir")
    assert F.exact([1]) == 3
    assert F.is_tight


@pytest.mark.parametrize("r", [Q(3, 4), Q(1, 2), Q(1, 3)])
def test_t23_roundings_are_subadditive_with_the_printed_constant(r):
    """F_a of the text in min form: a = 1 - r, Lipschitz constant 1/(1 - a) = 1/r."""
    grid = [Q(k, 12) for k in range(-60, 61)]
    value = {t: rounding(t, r) for t in grid}
    node = mixed_integer_rounding(combination({0: 1}), r)
    for t in grid:
        assert exact_value(node, [t]) == value[t]
    for s, t in itertools.product(grid, repeat=2):
        if s + t in value:
            assert value[s + t] <= value[s] + value[t]
        assert abs(value[s] - value[t]) <= abs(s - t) / r

"""Textbook programs under the Lipschitz dual functions, and the joint that they are made of."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import check, check_fast
from tamemip.duality import _mir
from tamemip.duality._coefficients import coefficients, is_function
from tamemip.duality._mir_tree_slopes import slopes
from tamemip.errors import NotLipschitzError, UnsupportedError
from tamemip.functions import (
    MixedIntegerRounding,
    ceil,
    combination,
    exact_value,
    mixed_integer_rounding,
    topological,
)
from tests.brute_force import ValueOracle
from tests.duality.laws import assert_proved, assert_valid, calm

HALVES = [Fraction(k, 2) for k in range(-12, 13)]


def program(c, A, senses, rhs, **options):
    return tm.MixedIntegerProgram.from_arrays(c, A, senses, rhs, **options)


def guzelsoy_ralphs(b=Fraction(7, 2)):
    """T1: min x1/2 + 2 x3 + x4, x1 - 3/2 x2 + x3 - x4 = b."""
    return program(
        ["1/2", 0, 2, 1], [[1, "-3/2", 1, -1]], ["="], [b], integrality=[True, True, False, False]
    )


def test_guzelsoy_and_ralphs():
    values = [0, 1, "1/2", 0, 1, "1/2", 0, 1, "1/2", "3/2", 1, 2, "3/2", "5/2", 2]
    v = {Fraction(k, 2): Fraction(w) for k, w in zip(range(-6, 9), values, strict=True)}
    for b in (Fraction(1, 2), Fraction(7, 2), Fraction(-1)):
        p = guzelsoy_ralphs(b)
        F = tm.dual_function(p, method="mir")
        assert all(F.exact([d]) <= value for d, value in v.items())
        assert F.exact([b]) > max(0, b / 2) or v[b] == max(0, b / 2)
        assert_proved(F, [(d,) for d in v])


def test_no_rounding_of_splits_reaches_cook_kannan_and_schrijver():
    """T12: the value is 0 and no finite number of split cuts proves it; 1/2 is the relaxation's."""
    A = [[1, 0, -1], [0, 1, -1], [1, 1, 2]]
    p = program(
        [0, 0, 1], A, [">=", ">=", "<="], [0, 0, 2],
        upper=[2, 2, math.inf], integrality=[True, True, False], sense="max",
    )  # fmt: skip
    F = tm.dual_function(p, method="mir")
    assert 0 < F.value < Fraction(1, 2)
    assert not F.is_tight
    assert F.is_subadditive
    assert_proved(F, [(0, 0, 2), (0, 0, 3), (-1, 0, 2)])


def test_a_jump_is_bridged():
    """T15: v(b) = 0 on [0, 1), -1 from 1 on."""
    for b, value in [(1, -1), (Fraction(1, 2), 0), (0, 0), (7, -1)]:
        p = program([-1], [[1]], ["<="], [b], upper=1)
        F = tm.dual_function(p, method="mir")
        assert F.is_tight
        assert F.value == value
        assert_proved(F, [(d,) for d in HALVES])
        assert_valid(F, ValueOracle(p), [(d,) for d in HALVES])


def test_a_value_function_with_a_concave_kink():
    """T21: min 3 x1 + 3 y1 + y2, x1 + y1 - y2 = b: v = 3 b^+ + b^-."""
    p = program([3, 3, 1], [[1, 1, -1]], ["="], [1], integrality=[True, False, False])
    F = tm.dual_function(p, method="mir")
    assert F.value == 3
    assert all(F.exact([d]) <= max(3 * d, -d) for d in HALVES)


def test_a_leaf_without_points_keeps_its_ray():
    """T24: min x, 2 x >= b, x binary, at b = 1."""
    p = program([1], [[2]], [">="], [1], upper=1)
    F = tm.dual_function(p, method="mir")
    assert F.is_tight
    assert F.value == 1
    assert_valid(F, ValueOracle(p), [(d,) for d in HALVES])


def test_no_point_at_all_gives_a_guard():
    p = program([1, 1], [[2, 2]], ["="], [3], upper=2)
    F = tm.dual_function(p, method="mir")
    assert F.value == math.inf
    assert F.tight_at == ((Fraction(3),),)
    (guard,) = F.guards
    assert exact_value(guard, F.canonical([3])) > 0
    assert_valid(F, ValueOracle(p), [(d,) for d in HALVES])
    assert_proved(F, [(d,) for d in HALVES])


@pytest.mark.parametrize("sense", ["min", "max"])
def test_a_relaxation_that_is_empty_at_the_rhs_gives_a_guard(sense):
    p = program([1, 1], [[2, 1]], [">="], [9], upper=[2, 1], sense=sense, integrality=[True, False])
    F = tm.dual_function(p, method="mir")
    assert F.value == (math.inf if sense == "min" else -math.inf)
    assert not math.isinf(F.exact([3]))
    assert_valid(F, ValueOracle(p), [(d,) for d in HALVES])


def test_a_column_without_an_integer_is_a_guard():
    p = program([1], [[1]], [">="], [0], lower="1/4", upper="3/4")
    assert tm.dual_function(p, method="mir").value == math.inf


def test_without_a_dual_feasible_point_it_is_refused():
    p = program([-1, 1], [[1, -1]], [">="], [0], integrality=[True, False])
    with pytest.raises(UnsupportedError):
        tm.dual_function(p, method="mir")


def test_free_integer_columns():
    p = program(
        [1, 1, 2], [[2, 1, -1], [-2, 1, 3]], [">=", ">="], [1, "1/2"],
        lower=[-math.inf, 0, 0], integrality=[True, False, False],
    )  # fmt: skip
    F = tm.dual_function(p, method="mir")
    v = tm.solve(p).value
    linear = tm.dual_function(p, method="linear").value
    assert linear <= F.value <= v + 1e-9
    assert_proved(F, [(1, 1), (3, 3)])


def test_ctrl_c_leaves_the_relaxation(monkeypatch):
    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    p = program([3, 2], [[2, 5]], [">="], [4], upper=3, integrality=[True, False])
    monkeypatch.setattr(_mir, "run_trial", interrupted)
    F = tm.dual_function(p, method="mir")
    assert F.report.stopped == "interrupted"
    assert F.value == tm.dual_function(p, method="linear").value
    assert_proved(F, [(4,)])


def test_strong_at_several_right_hand_sides():
    p = program(
        [4, 6, 5, 1], [[5, 7, 6, 1], [1, -3, 2, -1]], [">=", "<="], [8, 1],
        upper=[1, 1, 1, 2], integrality=[True, True, True, False],
    )  # fmt: skip
    F = tm.dual_function(p, method="mir")
    G = F.refine(at=[13, 2])
    assert F.is_tight
    assert set(G.tight_at) == {(8, 1), (13, 2)}
    assert G.is_subadditive
    assert_valid(G, ValueOracle(p), [(d, e) for d in range(-2, 22, 3) for e in (-2, 0, 1)])


def test_both_checkers_confirm_a_mixed_binary_program_with_two_rows():
    rows = [[7, 5, 6, 3, 4, -1, 1], [2, 4, 1, 5, 3, 1, -1]]
    p = program(
        [9, 8, 7, 6, 5, 3, 4], rows, [">=", ">="], [13, 8], upper=[1] * 5 + [2, 2],
        integrality=[True] * 5 + [False] * 2,
    )  # fmt: skip
    F = tm.dual_function(p, method="mir")
    nodes = topological(*F.closed_forms)
    assert F.is_tight
    assert any(isinstance(node, MixedIntegerRounding) for node in nodes)
    for checker in (check, check_fast):
        assert checker(F.certificate, program=p).bound(p.exact.rhs) == F.value


def test_ceilings_have_no_slopes():
    with pytest.raises(NotLipschitzError):
        slopes(ceil(combination({0: 1})))


weights = st.builds(Fraction, st.integers(-9, 9), st.sampled_from([1, 2, 3]))
positive = st.builds(Fraction, st.integers(1, 9), st.sampled_from([1, 2, 3]))


@given(st.lists(weights, min_size=4, max_size=4), positive, positive, weights, weights)
@calm(100)
def test_a_joint_is_nowhere_below_the_worse_child(coordinates, a, b, d, e):
    """``b G((f - g)/(a + b)) + g >= min(f, g + b)``, with equality where g <= f <= g + a + b."""
    u, v, w, z = coordinates
    f, g = combination({0: u, 1: v}), combination({0: w, 1: z})
    scale = 1 / (a + b)
    node = mixed_integer_rounding(
        combination({0: u * scale, 1: v * scale}),
        b * scale,
        minus=combination({0: w * scale, 1: z * scale}),
    )
    left, right = exact_value(f, [d, e]), exact_value(g, [d, e])
    joint = b * exact_value(node, [d, e])
    assert joint >= min(left, right + b)
    if right <= left <= right + a + b:
        assert joint == min(left, right + b)


def test_parts_of_a_function_do_not_exceed_the_costs():
    p = guzelsoy_ralphs()
    form = p.canonical()
    F = tm.dual_function(p, method="mir")
    found = coefficients(form, F.closed_forms)
    assert all(is_function(form, found[node]) for node in F.closed_forms)

"""Gradients of programs of the literature, and popular claims that are false."""

from __future__ import annotations

import math
from fractions import Fraction as Q

import pytest

import tamemip as tm
from tamemip.differentiation import optimal_pair
from tamemip.errors import NotLipschitzError

make = tm.MixedIntegerProgram.from_arrays
half = Q(1, 2)
oo = math.inf


def exact(D):
    """The generators, flat."""
    return set(D.flat)


def refusal(program, **asked):
    with pytest.raises(NotLipschitzError) as found:
        tm.conservative_gradient(program, **asked)
    assert found.value.jump.is_certified
    return found.value


def slope(program, b):
    """The derivative by one right-hand side, where there is one."""
    D = tm.conservative_gradient(program, at=[b], kind="clarke")
    assert D.is_singleton
    return D.flat[0][0]


def two_slopes(program, b):
    return sorted(y for (y,) in tm.conservative_gradient(program, at=[b]).flat)


# -- a program with two integer and two continuous columns (Guzelsoy, Ralphs 2007) ------------


GUZELSOY_RALPHS = make(
    [half, 0, 2, 1], [[1, Q(-3, 2), 1, -1]], "=", [0], integrality=[True, True, False, False]
)


def test_kinks_and_slopes_of_guzelsoy_and_ralphs():
    kinks = [Q(-3, 2), -1, 0, half, 1, Q(3, 2), 2, Q(5, 2)]
    for b in kinks:
        assert two_slopes(GUZELSOY_RALPHS, b) == [-1, 2]
    between = {Q(-7, 4): -1, Q(-5, 4): 2, Q(-1, 2): -1, Q(1, 4): 2, Q(3, 4): -1, Q(9, 4): 2}
    assert {b: slope(GUZELSOY_RALPHS, b) for b in between} == between


def test_three_optimal_parts_of_guzelsoy_and_ralphs():
    D = tm.conservative_gradient(GUZELSOY_RALPHS, at=["7/2"])
    assert D.value == Q(5, 2)
    assert set(D.parts) == {(3, 0), (4, 0), (5, 1)}
    assert exact(D) == {(-1,), (2,)}
    clarke = tm.conservative_gradient(GUZELSOY_RALPHS, at=["7/2"], kind="clarke")
    assert exact(clarke) == exact(D)


@pytest.mark.parametrize(
    ("b", "expected"),
    [
        (-1, half),
        (-half, half),
        (0, 0),
        (half, half),
        (1, half),
        (Q(5, 4), Q(3, 4)),
        (Q(3, 2), 1),
        (2, 1),
        (Q(7, 2), 2),
    ],
)
def test_envelope_of_penalty_one_of_guzelsoy_and_ralphs(b, expected):
    E = tm.elastic(GUZELSOY_RALPHS, penalty=1)
    D = tm.conservative_gradient(E, at=[b])
    assert D.value == expected
    assert all(abs(y) <= 1 for (y,) in D.flat)


def test_penalty_two_is_exact_for_guzelsoy_and_ralphs():
    assert all(tm.is_exact_penalty(GUZELSOY_RALPHS, 2, at=[b]) for b in (-1, half, Q(7, 2)))
    assert not tm.is_exact_penalty(GUZELSOY_RALPHS, 1, at=[-1])


# -- one row and five columns (Hassanzadeh, Ralphs 2014) ---------------------------------------


HASSANZADEH_RALPHS = make(
    [3, Q(7, 2), 3, 6, 7],
    [[6, 5, -4, 2, -7]],
    "=",
    [0],
    integrality=[True, True, True, False, False],
)


def test_kinks_of_hassanzadeh_and_ralphs():
    kinks = [-8, Q(-31, 4), -4, Q(-15, 4), 0, Q(17, 8), 5, Q(41, 8), 6, 8]
    assert all(two_slopes(HASSANZADEH_RALPHS, b) == [-1, 3] for b in kinks)
    smooth = [-8 + Q(1, 8), -6, -2, 1, 3, Q(81, 16), Q(11, 2), 7]
    slopes = [slope(HASSANZADEH_RALPHS, b) for b in smooth]
    assert slopes == [3, -1, -1, 3, -1, 3, -1, 3]
    assert tm.lipschitz(HASSANZADEH_RALPHS).constant == 3


# -- jumps -------------------------------------------------------------------------------------


def simple_recourse(xi):
    """Simple integer recourse by the first-stage decision (Birge, Louveaux 2011)."""
    p = make([2, 1], [[1, 0], [0, 1]], ">=", [-xi, xi])
    return tm.ParametricProgram(p, rhs=[[1], [-1]])


def expected_recourse():
    p = make([1, half, 1, half], [[int(i == j) for j in range(4)] for i in range(4)], ">=", [0] * 4)
    return tm.ParametricProgram(p.with_rhs([-1, 1, -2, 2]), rhs=[[1], [-1], [1], [-1]])


def test_simple_integer_recourse_is_refused_at_every_integer():
    for q in (simple_recourse(1), simple_recourse(2), expected_recourse()):
        for x in range(-1, 5):
            assert isinstance(refusal(q, at=[x]).jump.limit, Q)
        for x in (half, Q(3, 2), Q(7, 4)):
            assert exact(tm.conservative_gradient(q, at=[x])) == {(0,)}


def test_values_of_expected_simple_integer_recourse():
    q = expected_recourse()
    places = {half: Q(3, 2), Q(3, 2): Q(3, 2), Q(5, 2): 3}
    assert {x: tm.conservative_gradient(q, at=[x]).value for x in places} == places
    jumps = {0: Q(3, 2), 1: half, 2: 1, 3: 3}
    assert {x: refusal(q, at=[x]).jump.at for x in jumps} == jumps


STEP_DOWN = make([-1], [[1]], "<=", [1], upper=1)


def test_a_step_is_refused_with_its_horizon_normal():
    found = refusal(STEP_DOWN)
    assert found.normal == (-1,)
    assert (found.jump.at, found.jump.limit, found.jump.direction) == (-1, 0, (-1,))
    assert refusal(STEP_DOWN, at=[0]).jump.limit == oo
    assert slope(STEP_DOWN, half) == slope(STEP_DOWN, 2) == 0


def test_envelope_of_penalty_two_of_a_step():
    E = tm.elastic(STEP_DOWN, penalty=2)
    places = {-half: 1, 0: 0, Q(1, 4): 0, half: 0, Q(3, 4): -half, 1: -1, 2: -1}
    assert {b: tm.conservative_gradient(E, at=[b]).value for b in places} == places
    assert [two_slopes(E, b) for b in (0, half, Q(3, 4), 1)] == [[-2, 0], [-2, 0], [-2], [-2, 0]]


def test_rounding_up_has_derivatives_between_the_integers_only():
    p = make([1], [[1]], ">=", [0], lower=-oo)
    assert slope(p, Q(5, 2)) == 0
    assert refusal(p, at=[2]).jump.limit == 3
    assert tm.lipschitz(p, domain=tm.Box({0: (0, 10)})).status is tm.REFUTED
    assert tm.lipschitz(p, domain=tm.Box({0: ("1/4", "3/4")})).is_certified


def test_rounding_up_of_a_reciprocal_by_the_matrix():
    """v(a) = ceil(1/a)."""
    p = make([1], [[half]], ">=", [1], upper=10)
    found = refusal(p, wrt="A")
    assert (found.jump.at, found.jump.limit) == (2, 3)
    D = tm.conservative_gradient(p, wrt="A", at=[[Q(2, 5)]])
    assert (D.value, exact(D)) == (3, {(0,)})


def test_an_infeasible_leaf_is_a_jump():
    p = make([1], [[2]], ">=", [1], upper=1)
    assert slope(p, 1) == 0
    assert (refusal(p, at=[0]).jump.limit, refusal(p, at=[2]).jump.limit) == (1, oo)


def test_the_margin_of_a_binary_neuron_is_a_step():
    """The least weight that fits AND on {-1, 1}^2 with a margin: 0, then 3, then infeasible."""
    points = [((1, 1), 1), ((1, -1), -1), ((-1, 1), -1), ((-1, -1), -1)]
    rows = [[*(y * v for v in (*x, 1)), 0, 0, 0] for x, y in points]
    for k in range(3):
        unit = [int(i == k) for i in range(3)]
        rows += [[*(-v for v in unit), *unit], [*unit, *unit]]
    p = make([0, 0, 0, 1, 1, 1], rows, ">=", [0] * 10, lower=[-1] * 3 + [0] * 3, upper=1)
    q = tm.ParametricProgram(p, rhs=[[1]] * 4 + [[0]] * 6, names=("margin",))
    D = tm.conservative_gradient(q, at=["1/2"])
    assert (D.value, exact(D)) == (3, {(0,)})
    assert refusal(q, at=[0]).jump.limit == 3
    assert refusal(q, at=[1]).jump.limit == oo


# -- costs, matrices, parameters ---------------------------------------------------------------


def test_a_tie_between_two_knapsacks():
    p = make([10, 7, 27, 24], [[2, 1, 6, 5]], "<=", [7], upper=1, sense="max")
    D = tm.conservative_gradient(p, wrt="c")
    assert D.value == 34
    assert exact(D) == {(1, 0, 0, 1), (0, 1, 1, 0)}
    assert D.contains([half] * 4)
    assert not D.contains([1, 0, 1, 0])


def test_makespan_of_two_machines_by_the_processing_times():
    """P2||Cmax with a unique partition: either machine may be the last one."""
    times = [3, 3, 2, 2, 2]
    p = make(
        [1, 0, 0, 0, 0, 0],
        [[1, *(-t for t in times)], [1, *times]],
        ">=",
        [0, sum(times)],
        upper=[oo, 1, 1, 1, 1, 1],
        integrality=[False] + [True] * 5,
    )
    unit = [[int(i == j) for j in range(5)] for i in range(5)]
    entries = {(0, j + 1): [-v for v in unit[j]] for j in range(5)}
    entries |= {(1, j + 1): unit[j] for j in range(5)}
    q = tm.ParametricProgram(p, rhs=[[0] * 5, [1] * 5], A=entries)
    D = tm.conservative_gradient(q, at=[0] * 5)
    assert D.value == 6
    assert exact(D) == {(1, 1, 0, 0, 0), (0, 0, 1, 1, 1)}


def test_weighted_completion_by_processing_times_and_weights():
    """1||sum wC: the order 2, 3, 1 is the only optimal one."""
    times, weights = [3, 1, 2], [1, 2, 1]
    pairs = [(0, 1), (0, 2), (1, 2)]
    # Completions, then whether i comes before j, for i < j.
    rows, rhs, slopes, entries = [], [], [], {}
    for j in range(3):
        row, slope_of, right = [int(i == j) for i in range(3)] + [0] * 3, [0] * 3, times[j]
        slope_of[j] = 1
        for k, (a, b) in enumerate(pairs):
            if b == j:
                row[3 + k] = -times[a]
                entries[j, 3 + k] = [-int(i == a) for i in range(3)]
            elif a == j:
                row[3 + k] = times[b]
                entries[j, 3 + k] = [int(i == b) for i in range(3)]
                right += times[b]
                slope_of[b] += 1
        rows, rhs, slopes = [*rows, row], [*rhs, right], [*slopes, slope_of]
    # No circles.
    rows += [[0, 0, 0, 1, -1, 1], [0, 0, 0, -1, 1, -1]]
    rhs, slopes = [*rhs, 0, -1], [*slopes, [0] * 3, [0] * 3]
    p = make(
        [*weights, 0, 0, 0],
        rows,
        ">=",
        rhs,
        upper=[20, 20, 20, 1, 1, 1],
        integrality=[False] * 3 + [True] * 3,
    )
    q = tm.ParametricProgram(p, rhs=slopes, A=entries)
    D = tm.conservative_gradient(q, at=[0] * 3)
    assert (D.value, exact(D)) == (11, {(1, 4, 2)})
    (x,) = tm.conservative_gradient(p, wrt="c").flat
    assert x[:3] == (6, 1, 3)


# -- what is true ------------------------------------------------------------------------------


LARGER_THAN_CLARKE = make([3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False])


def test_conservative_may_be_larger_than_clarke():
    """v(b) = 3 b for b >= 0, and -b below."""
    D = tm.conservative_gradient(LARGER_THAN_CLARKE)
    assert set(D.parts) == {(0,), (1,)}
    assert exact(D) == {(-1,), (3,)}
    assert exact(tm.conservative_gradient(LARGER_THAN_CLARKE, kind="clarke")) == {(3,)}


def test_any_optimal_point_goes_with_any_optimal_duals():
    """A degenerate fibre with two optimal points and two optimal duals: four generators."""
    p = make(
        [0, 0, 1],
        [[1, 1, 0], [0, 0, 1], [0, 0, 1]],
        ["=", ">=", ">="],
        [1, 1, 1],
        upper=2,
        integrality=False,
    )
    D = tm.conservative_gradient(p, wrt=["A", "rhs", "c"])
    pairs = {(y[9:12], y[12:]) for y in D.flat}
    points, duals = {(1, 0, 1), (0, 1, 1)}, {(0, 1, 0), (0, 0, 1)}
    assert pairs == {(y, x) for x in points for y in duals}


def test_the_least_of_conservative_fields_is_conservative():
    """Along a path through kinks of both kinds, with the duals of all optimal parts."""
    assert tm.path_law(HASSANZADEH_RALPHS, None, [[-9], [9], [0]]) == 0
    assert tm.path_law(LARGER_THAN_CLARKE, None, [[-1], [2]]) == 0


# -- what is false -----------------------------------------------------------------------------


def test_false_that_tame_functions_have_gradients():
    verdict = tm.certify(STEP_DOWN, {"R0": (0, 2)})
    assert verdict.status is tm.CERTIFIED
    assert refusal(STEP_DOWN).normal == (-1,)
    assert tm.lipschitz(STEP_DOWN, domain=tm.Box({0: (0, 2)})).status is tm.REFUTED


def test_false_that_chvatal_functions_are_lipschitz():
    """So nothing that needs a conservative Jacobian may be fed with one."""
    p = make([2, 3], [[3, 5]], ">=", [7])
    F = tm.dual_function(p, method="chvatal")
    assert not tm.lipschitz(F).is_certified
    assert tm.path_law(F.exact, lambda b: [0], [[1], [9]]) > 0


def test_false_that_zero_is_a_conservative_gradient_of_a_step_function():
    """It is the derivative almost everywhere, and the chain rule fails all the same."""
    assert tm.path_law(lambda b: math.ceil(b[0]), lambda b: [0], [[half], [Q(3, 2)]]) == 1


def test_false_that_duals_of_the_relaxation_are_subgradients():
    """v_LP(b) = max(0, b/2); the slopes of v are 2 and -1."""
    relaxed = tm.conservative_gradient(GUZELSOY_RALPHS.relax(), at=["1/4"])
    assert exact(relaxed) == {(half,)}
    D = tm.conservative_gradient(GUZELSOY_RALPHS, at=["1/4"])
    assert exact(D) == {(2,)}
    assert not D.contains(relaxed.element)


def test_false_that_duals_of_one_optimal_part_lie_in_clarke():
    pair = optimal_pair(LARGER_THAN_CLARKE, [1])
    clarke = tm.conservative_gradient(LARGER_THAN_CLARKE, kind="clarke")
    D = tm.conservative_gradient(LARGER_THAN_CLARKE)
    assert D.contains(pair.duals)
    assert D.contains([-1])
    assert not clarke.contains([-1])


def test_false_that_any_sign_times_the_penalty_is_an_elastic_gradient():
    """v(b) = min L |b - x| over x in [0, 1] is 0 on (0, 1), and so is its only gradient."""
    inside = make([0], [[1]], "=", [half], upper=1, integrality=False)
    E = tm.elastic(inside, penalty=5)
    for b in (Q(1, 4), half, Q(3, 4)):
        assert exact(tm.conservative_gradient(E, at=[b])) == {(0,)}
        assert exact(tm.conservative_gradient(E, at=[b], kind="element")) == {(0,)}
    assert two_slopes(E, 1) == [0, 5]
    assert tm.path_law(E, lambda b: [[-5], [5]], [["1/4"], ["3/4"]]) > 0


def test_false_that_straight_through_is_a_conservative_field():
    """The loss (1 - sign(w))^2 with the derivative of the sign taken to be 1."""

    def sign(w):
        return 1 if w >= 0 else -1

    def loss(w):
        return (1 - sign(w[0])) ** 2

    def straight_through(w):
        return [-2 * (1 - sign(w[0]))]

    assert tm.path_law(loss, straight_through, [[-1], [1]]) > 0
    assert tm.path_law(loss, straight_through, [[-1], [-half]]) > 0


def test_false_that_branch_and_bound_functions_are_subadditive():
    p = make([7, 2], [[-1, 2], [5, 1], [-2, -2]], "<=", [4, 20, -7], sense="max")
    F = tm.dual_function(p, method="branch-and-bound")
    assert F.exact([4, 20, -7]) == 28
    assert not F.is_subadditive
    a, b = [4, 20, -7], [0, 0, 0]
    assert F.exact(a) + F.exact(b) > F.exact(a), "superadditive functions are at most 0 at 0"


def test_false_that_roundings_are_tame_on_bounded_domains():
    """It is the argument that has to be bounded."""
    assert tm.certify("floor(1/x)", "x in (0, 1]").status is tm.REFUTED
    assert tm.certify("floor(1/x)", "x in [1/8, 1]").status is tm.CERTIFIED

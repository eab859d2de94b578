"""Solution maps of programs with a name, with ties, and with saboteurs."""

from __future__ import annotations

import dataclasses
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

import tamemip as tm
from tamemip.differentiation import SwitchError, solution_jacobian
from tamemip.differentiation._solution_tree import Dearer
from tamemip.errors import (
    CertificateError,
    InvalidInputError,
    NotAllowedError,
    UnsupportedError,
)

half, third = Fraction(1, 2), Fraction(1, 3)
inf = math.inf
make = tm.MixedIntegerProgram.from_arrays


def _knapsack(third_profit):
    return make([10, 7, third_profit, 24], [[2, 1, 6, 5]], "<=", [7], upper=1, sense="max")


def _plant():
    return make(
        [5, 1, 4],
        [[0, 1, 1], [-3, 1, 0]],
        [">=", "<="],
        [2, 0],
        upper=[1, inf, inf],
        integrality=[True, False, False],
        row_names=["demand", "capacity"],
        col_names=["open", "make", "buy"],
    )


# -- where it exists ---------------------------------------------------------------------


def test_guzelsoy_ralphs_the_solution_follows_the_basis_between_kinks():
    p = make(
        [half, 0, 2, 1],
        [[1, Fraction(-3, 2), 1, -1]],
        "=",
        [Fraction(3, 4)],
        integrality=[True, True, False, False],
    )
    J = solution_jacobian(p)
    # Between the kinks 1/2 and 1 the slope is -1, by the last column.
    assert J.value == Fraction(3, 4)
    assert J.exact_point == (1, 0, 0, Fraction(1, 4))
    assert J.exact_jacobian == ((0,), (0,), (0,), (-1,))
    assert J.cell.contains([1])
    assert not J.cell.contains([Fraction(49, 100)])
    assert not J.cell.contains([Fraction(101, 100)])


def test_hassanzadeh_ralphs_the_cell_lies_within_the_stability_region():
    p = make(
        [3, Fraction(7, 2), 3, 6, 7, 5],
        [[6, 5, -4, 2, -7, 1]],
        "=",
        [3],
        integrality=[True, True, True, False, False, False],
    )
    J = solution_jacobian(p)
    assert J.value == Fraction(11, 2)
    assert J.exact_point == (0, 1, 0, 0, Fraction(2, 7), 0)
    assert J.exact_jacobian == ((0,), (0,), (0,), (0,), (Fraction(-1, 7),), (0,))
    # The integer part stays optimal on [17/8, 41/8], and the basis up to 5.
    assert 0 < J.cell.step([-1]) <= Fraction(7, 8)
    assert 0 < J.cell.step([1]) <= 2


def test_the_jacobian_by_the_costs_is_zero_and_its_cell_a_neighborhood():
    J = solution_jacobian(_knapsack(24), wrt="c")
    assert J.integer_part == (1, 0, 0, 1)
    assert not J.jacobian.any()
    assert J.jacobian.shape == (4, 4)
    assert J.cell.has_inside([10, 7, 24, 24])
    assert not J.cell.contains([10, 7, 27, 24])
    assert (J.cell.G @ np.array([10.0, 7.0, 24.0, 24.0]) < J.cell.g).all()


def test_integers_do_not_move_with_a_right_hand_side_that_has_room():
    p = make([10, 7, 24, 24], [[2, 1, 6, 5]], "<=", ["15/2"], upper=1, sense="max")
    J = solution_jacobian(p)
    assert not J.jacobian.any()
    assert J.cell.contains([7])
    assert not J.cell.contains(["69/10"])
    assert not J.cell.contains([8])


def test_slots_are_differentiated_together_and_read_by_name():
    p = _plant()
    J = solution_jacobian(p, wrt=("rhs", "c"))
    assert J.jacobian["rhs"].tolist() == [[0, 0], [1, 0], [0, 0]]
    assert J.jacobian["c"].shape == (3, 3)
    assert J.cell.contains({"rhs": [2, 0], "c": [5, 1, 4]})
    assert J.point_at({"rhs": ["201/100", 0]}) == (1, Fraction(201, 100), 0)
    with pytest.raises(NotAllowedError, match="outside"):
        J.point_at({"rhs": [4, 0], "c": [5, 1, 4]})


@pytest.mark.parametrize(
    ("theta", "wrt", "shapes"),
    [
        ([2.5, 0], "rhs", (3, 2)),
        (np.array([[0, 1, 1], [-3, 1, 0.0]]), "A", (3, 2, 3)),
        ({"A": [[0, 1, 1], [-3, 1, 0]], "c": [5, 1, 4]}, ("A", "c"), {"A": (3, 2, 3), "c": (3, 3)}),
        (None, ("lower", "c"), {"lower": (3, 3), "c": (3, 3)}),
    ],
    ids=str,
)
def test_every_slot_can_move(theta, wrt, shapes):
    J = solution_jacobian(_plant(), theta, wrt=wrt)
    found = J.jacobian
    is_dict = isinstance(found, dict)
    assert ({k: v.shape for k, v in found.items()} if is_dict else found.shape) == shapes
    assert J.prove().own_boxes == 1
    assert len(J.cell.g) == len(J.cell.G) == len(J.cell.half_spaces)


def test_a_moving_matrix_bends_the_solution_inside_of_its_cell():
    p = make([1], [[2]], ">=", [3], integrality=False)
    q = tm.ParametricProgram(p, A={(0, 0): [1]}, names=("a",))
    J = solution_jacobian(q, [0])
    assert J.exact_point == (Fraction(3, 2),)
    assert J.exact_jacobian == ((Fraction(-3, 4),),)
    assert not J.is_affine
    assert J.point_at(["1/10"]) == (Fraction(10, 7),)
    assert J.prove().conditions > 0


def test_a_matrix_that_multiplies_integers_only_keeps_it_affine():
    q = tm.ParametricProgram(_plant(), A={("capacity", "open"): [-1]}, names=("size",))
    J = solution_jacobian(q, [-2])
    # Capacity 3 - 2 = 1 is not worth 5: all is bought, whatever the size nearby.
    assert J.exact_point == (0, 0, 2)
    assert J.is_affine
    assert not J.jacobian.any()


def test_bounds_of_columns_are_followed():
    p = make([-1, 1], [[1, 1]], ">=", [1], upper=[half, 3], integrality=False)
    J = solution_jacobian(p, wrt="upper")
    assert J.exact_point == (half, half)
    assert J.exact_jacobian == ((1, 0), (-1, 0))
    assert J.cell.contains([1, 3])
    assert not J.cell.contains(["11/10", 3])


def test_infinite_bounds_stay_where_they_are():
    p = make([-1, 1], [[1, 1]], ">=", [1], upper=[half, inf], integrality=False)
    J = solution_jacobian(p, wrt="upper")
    assert J.cell.contains([third, inf])
    assert not J.cell.contains([third, 5])


def test_degenerate_rows_that_follow_are_allowed():
    p = make([1, 1], [[1, 0], [2, 0], [0, 1]], ">=", [1, 2, 0], integrality=False)
    q = tm.ParametricProgram(p, rhs=[[1], [2], [0]])
    assert solution_jacobian(q, [0]).exact_jacobian == ((1,), (0,))


def test_it_pickles_and_prints():
    J = pickle.loads(pickle.dumps(solution_jacobian(_plant())))
    assert J.prove() == solution_jacobian(_plant()).prove()
    assert "rhs[demand]" in str(J)
    assert len(repr(J).splitlines()) == 1


# -- where it does not --------------------------------------------------------------------


def test_a_tie_of_two_knapsacks_is_refused_and_both_are_named():
    with pytest.raises(SwitchError) as caught:
        solution_jacobian(_knapsack(27), wrt="c")
    assert set(caught.value.parts) == {(1, 0, 0, 1), (0, 1, 1, 0)}
    for name in ("quadratic_argmin", "perturbed_argmin", "moreau_envelope"):
        assert name in str(caught.value)
    again = pickle.loads(pickle.dumps(caught.value))
    assert (again.parts, again.points) == (caught.value.parts, caught.value.points)


def test_a_binary_column_switches_where_its_cost_is_zero():
    p = make([0], [[0]], "<=", [0], upper=1)
    q = tm.ParametricProgram(p, c=[[1]], names=("c",))
    with pytest.raises(SwitchError) as caught:
        solution_jacobian(q, [0])
    assert caught.value.parts == ((0,), (1,))
    assert solution_jacobian(q, [1]).exact_point == (0,)
    assert solution_jacobian(q, ["-1/9"]).exact_point == (1,)
    assert not solution_jacobian(q, [1]).cell.contains(["-1/100"])


def test_two_points_of_one_part_are_a_tie():
    p = make([1, 1], [[1, 1]], ">=", [1], integrality=False)
    with pytest.raises(SwitchError) as caught:
        solution_jacobian(p)
    assert set(caught.value.points) == {(1, 0), (0, 1)}


def test_a_ray_of_solutions_is_a_tie():
    p = make([0, 1], [[1, 0]], ">=", [1], integrality=False)
    with pytest.raises(SwitchError) as caught:
        solution_jacobian(p)
    first, second = caught.value.points
    assert first != second


def test_a_degenerate_point_bends():
    p = make([1, 3], [[1, 1], [1, 0]], [">=", "<="], [1, 1], integrality=False)
    with pytest.raises(SwitchError) as caught:
        solution_jacobian(p)
    # One more unit of demand is bought from the second column, one less is not.
    assert caught.value.points[0] != caught.value.points[1]
    q = tm.ParametricProgram(p, rhs=[[1], [1]])
    assert solution_jacobian(q, [0]).exact_jacobian == ((1,), (0,))


@pytest.mark.parametrize("b", [0, 1, 2, 3])
def test_simple_integer_recourse_is_refused_at_integers(b):
    p = make([2, 1], [[1, 0], [0, 1]], ">=", [b - 1, 1 - b])
    with pytest.raises(SwitchError):
        solution_jacobian(p)


def test_an_integer_column_at_a_bound_that_moves_is_refused():
    p = make([-1], [[1]], "<=", [5], upper=2)
    with pytest.raises(SwitchError) as caught:
        solution_jacobian(p, wrt="upper")
    assert caught.value.points == ((2,), None)
    J = solution_jacobian(p, ["5/2"], wrt="upper")
    assert J.cell.contains([2])
    assert not J.cell.contains([3])
    assert J.exact_jacobian == ((0,),)


def test_equal_bounds_that_move_apart_are_refused():
    p = make([1], [[1]], "<=", [5], lower=1, upper=1, integrality=False)
    with pytest.raises(SwitchError):
        solution_jacobian(p, wrt="upper")
    q = tm.ParametricProgram(p, lower=[[1]], upper=[[1]])
    assert solution_jacobian(q, [0]).exact_jacobian == ((1,),)


def test_a_degenerate_point_under_a_moving_matrix_is_refused_or_not_proved():
    p = make([1, 3], [[1, 1], [1, 0]], [">=", "<="], [1, 1], integrality=False)
    with pytest.raises(SwitchError):
        solution_jacobian(tm.ParametricProgram(p, A={(0, 0): [1]}), [0])
    twice = make([1], [[1], [2]], ">=", [1, 2], integrality=False)
    both = tm.ParametricProgram(twice, A={(0, 0): [1], (1, 0): [2]})
    with pytest.raises(NotAllowedError, match="degenerate"):
        solution_jacobian(both, [0])


def test_no_solution_has_no_derivative():
    with pytest.raises(NotAllowedError):
        solution_jacobian(make([1], [[1]], ">=", [3], upper=2))
    with pytest.raises(NotAllowedError):
        solution_jacobian(make([-1], [[1]], ">=", [0]))


def test_infinitely_many_solutions_are_refused():
    p = make([0, 0], [[1, -1]], "=", [0])
    with pytest.raises((UnsupportedError, SwitchError)):
        solution_jacobian(p)


@pytest.mark.parametrize("theta", [[1, 2], ["nan"], {"x": 1}, None])
def test_parameters_have_to_fit(theta):
    q = tm.ParametricProgram(_plant(), rhs=[[1], [0]], names=("t",))
    with pytest.raises(InvalidInputError):
        solution_jacobian(q, theta)


# -- saboteurs ------------------------------------------------------------------------------


def _cell():
    q = tm.ParametricProgram(_knapsack(24), c=[[0], [0], [1], [0]], names=("t",))
    return solution_jacobian(q, [0]).cell


def test_a_cell_with_a_half_space_less_is_rejected():
    cell = _cell()
    for k in range(len(cell.half_spaces)):
        rest = cell.half_spaces[:k] + cell.half_spaces[k + 1 :]
        with pytest.raises(CertificateError):
            dataclasses.replace(cell, half_spaces=rest).prove()


def test_a_larger_cell_is_rejected():
    cell = _cell()
    for k, half_space in enumerate(cell.half_spaces):
        wider = dataclasses.replace(half_space, bound=half_space.bound - third)
        spaces = (*cell.half_spaces[:k], wider, *cell.half_spaces[k + 1 :])
        with pytest.raises(CertificateError):
            dataclasses.replace(cell, half_spaces=spaces).prove()


def test_a_tree_that_forgets_its_multipliers_is_rejected():
    cell = _cell()
    assert any(isinstance(node, Dearer) and node.multipliers for node in cell.tree)
    for k, node in enumerate(cell.tree):
        if isinstance(node, Dearer):
            tree = (*cell.tree[:k], Dearer(()), *cell.tree[k + 1 :])
            with pytest.raises(CertificateError):
                dataclasses.replace(cell, tree=tree).prove()


def test_a_cell_around_another_point_is_rejected():
    cell = _cell()
    with pytest.raises(CertificateError):
        dataclasses.replace(cell, at=(Fraction(1, 10**6),)).prove()
    p = _knapsack(24)
    moved = tm.ParametricProgram(p, c=[[0], [0], [2], [0]], names=("t",))
    other = dataclasses.replace(cell.moving, parametric=moved)
    with pytest.raises(CertificateError):
        dataclasses.replace(cell, moving=other).prove()


def test_another_point_or_other_duals_are_rejected():
    cell = solution_jacobian(_plant()).cell
    other = dataclasses.replace(cell.active, point=(Fraction(0), Fraction(0), Fraction(2)))
    with pytest.raises(CertificateError):
        dataclasses.replace(cell, active=other).prove()
    for i, y in cell.duals.items():
        with pytest.raises(CertificateError):
            dataclasses.replace(cell, duals={**cell.duals, i: y + 1}).prove()

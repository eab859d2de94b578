"""Fibres of the literature, and the traps that exact arithmetic has to see."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest

from tamemip.differentiation import (
    Fibres,
    InfeasibleFibre,
    UnboundedFibre,
    dual_face,
    optimal_pair,
    primal_face,
)
from tamemip.differentiation._fibres_proofs import LinearData, is_farkas_vector
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.programs import MixedIntegerProgram

_ONE = Fraction(1)
half = Fraction(1, 2)


def _recourse():
    """Two prices, 2 and -1, and two integer columns."""
    return MixedIntegerProgram.from_arrays(
        ["1/2", 0, 2, 1],
        [[1, "-3/2", 1, -1]],
        ["="],
        ["7/2"],
        integrality=[True, True, False, False],
    )


@pytest.mark.parametrize(
    ("part", "prices"), [((3, 0), ["2"]), ((4, 0), ["-1"]), ((5, 1), ["-1", "2"])], ids=str
)
def test_prices_of_the_running_example(part, prices):
    pair = optimal_pair(_recourse(), part)
    face = dual_face(pair)
    assert pair.value == Fraction(5, 2)
    assert [str(y) for (y,) in face.vertices] == prices
    assert face.is_bounded


def test_a_jump_is_an_unbounded_face():
    p = MixedIntegerProgram.from_arrays([-1], [[1]], ["<="], [1], upper=1)
    face = dual_face(optimal_pair(p, [1]))
    assert face.vertices == ((0,),)
    assert face.rays == ((-1,),)
    assert dual_face(optimal_pair(p, [1], rhs=["3/2"])).is_point
    fibre = Fibres(p).solve([1], rhs=["1/2"])
    assert isinstance(fibre, InfeasibleFibre)
    assert fibre.multipliers == (-1,)


def test_a_max_program_has_its_own_signs():
    p = MixedIntegerProgram.from_arrays([1], [[1]], ["<="], [1], upper=1, sense="max", offset=5)
    pair = optimal_pair(p, [1])
    face = dual_face(pair)
    assert pair.value == 6
    assert face.rays == ((1,),)  # v(b + d) = v(b) + min{y d} : -inf for d < 0
    q = MixedIntegerProgram.from_arrays([2], [[1]], ["<="], [3], integrality=False, sense="max")
    assert optimal_pair(q, []).duals == (2,)


def test_conservative_and_clarke_differ_here():
    p = MixedIntegerProgram.from_arrays(
        [3, 3, 1], [[1, 1, -1]], ["="], [1], integrality=[True, False, False]
    )
    fibres_of_p = Fibres(p)
    faces = [fibres_of_p.dual_face(fibres_of_p.optimal_pair([s])).vertices for s in (0, 1)]
    assert faces == [((3,),), ((-1,), (3,))]


def test_the_prices_of_an_elastic_row_are_duals_and_not_signs():
    p = MixedIntegerProgram.from_arrays(
        [0, 5, 5],
        [[1, 1, -1]],
        ["="],
        ["1/2"],
        upper=[1, math.inf, math.inf],
        integrality=False,
    )
    assert dual_face(optimal_pair(p, [])).vertices == ((0,),)
    assert dual_face(optimal_pair(p, [], rhs=[1])).vertices == ((0,), (5,))
    assert dual_face(optimal_pair(p, [], rhs=[0])).vertices == ((-5,), (0,))


def test_the_infeasible_part_of_a_rounding_example():
    p = MixedIntegerProgram.from_arrays([1], [[2]], [">="], [1], upper=1)
    fibre = Fibres(p).solve([0])
    assert isinstance(fibre, InfeasibleFibre)
    assert fibre.multipliers == (1,)
    assert dual_face(optimal_pair(p, [1])).is_point
    assert dual_face(optimal_pair(p, [1], rhs=[2])).rays == ((1,),)


def test_an_equality_of_integers_alone_is_a_line():
    p = MixedIntegerProgram.from_arrays([1, 1], [[1, 2]], ["="], [3], upper=3)
    face = dual_face(optimal_pair(p, [1, 1]))
    assert face.vertices == ((0,),)
    assert face.lines == ((1,),)


def test_a_range_has_a_ray_on_each_side_that_is_tight():
    p = MixedIntegerProgram.from_arrays(
        [1], [[1], [1]], [">=", "<="], [2, 2], lower=-math.inf, integrality=False
    )
    face = dual_face(optimal_pair(p, []))
    assert face.vertices == ((1, 0),)
    assert face.rays == ((1, -1),)
    assert not dual_face(optimal_pair(p, [], rhs=[2, 3])).rays


def test_an_unbounded_fibre_shows_its_ray():
    p = MixedIntegerProgram.from_arrays([0, -1], [[1, -1]], ["<="], [4], integrality=[True, False])
    fibre = Fibres(p).solve([2])
    assert isinstance(fibre, UnboundedFibre)
    assert fibre.ray == (0, 1)
    assert optimal_pair(p, [2]) is None


def test_a_gap_below_the_tolerance_of_floats_is_seen():
    tiny = Fraction(1, 10**15)
    p = MixedIntegerProgram.from_arrays(
        [1], [[1], [1]], [">=", "<="], [1 + tiny, 1], integrality=False
    )
    assert isinstance(Fibres(p).solve([]), InfeasibleFibre)
    assert optimal_pair(p, [], rhs=[1 - tiny, 1]).value == 1 - tiny


def test_multipliers_that_prove_nothing_are_no_proof():
    p = MixedIntegerProgram.from_arrays([1], [[1]], [">="], [1], upper=1, integrality=False)
    lp = LinearData(p.exact)
    assert is_farkas_vector(lp, {0: _ONE}, (Fraction(2),))
    assert not is_farkas_vector(lp, {0: _ONE}, (_ONE,))  # x = 1 is feasible
    assert not is_farkas_vector(lp, {}, (Fraction(2),))
    assert not is_farkas_vector(lp, {0: -_ONE}, (-_ONE,))  # the wrong sign


def test_a_basic_column_at_its_bound_is_degenerate():
    p = MixedIntegerProgram.from_arrays([3, 1], [[1, -1]], ["="], [2], integrality=False)
    warm = Fibres(p)
    assert not warm.optimal_pair([]).is_primal_degenerate
    assert warm.optimal_pair([], rhs=[0]).is_primal_degenerate


def test_primal_faces_keep_their_rays_and_lines():
    p = MixedIntegerProgram.from_arrays(
        [0, 0, 1],
        [[1, -1, 0]],
        ["<="],
        [0],
        lower=[-math.inf, -math.inf, 0],
        integrality=[False, False, True],
    )
    face = primal_face(optimal_pair(p, [0]))
    assert face.lines == ((1, 1, 0),)
    assert len(face.rays) == 1


def test_a_part_outside_its_bounds_names_the_column():
    p = MixedIntegerProgram.from_arrays([1], [[1]], [">="], [0], upper=1)
    fibre = Fibres(p).solve([2])
    assert isinstance(fibre, InfeasibleFibre)
    assert fibre.column == 0
    assert "'x0'" in repr(fibre)


@pytest.mark.parametrize("part", [[], [1, 2], [half], ["1/2"]], ids=str)
def test_parts_that_are_none_are_refused(part):
    p = MixedIntegerProgram.from_arrays([1], [[1]], [">="], [0])
    with pytest.raises(InvalidInputError):
        optimal_pair(p, part)


def test_a_face_with_more_generators_than_the_limit_is_refused():
    n = 7
    rows = [[int(i == j) for j in range(n)] for i in range(n)]
    p = MixedIntegerProgram.from_arrays(
        [0] * n, rows, ["<="] * n, [1] * n, upper=2, integrality=False
    )
    pair = optimal_pair(p, [])
    assert len(primal_face(pair).vertices) == 2**n
    with pytest.raises(NotAllowedError):
        primal_face(pair, limit=100)

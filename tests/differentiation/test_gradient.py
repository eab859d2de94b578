"""What a gradient is asked and how it answers: slots, shapes, refusals, hypotheses."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction as Q

import numpy as np
import pytest

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError, NotLipschitzError, UnsupportedError

make = tm.MixedIntegerProgram.from_arrays
oo = math.inf
TWO_PARTS = make([3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False])


def refusal(program, **asked):
    with pytest.raises(NotLipschitzError) as found:
        tm.conservative_gradient(program, **asked)
    return found.value


# -- shapes ------------------------------------------------------------------------------------


def test_shapes_of_slots():
    p = make(
        [1, 2], [[1, 1], [1, 0], [0, 1]], ["=", "<=", "<="], [1, 2, 2], upper=2, integrality=False
    )
    shapes = {"rhs": (3,), "c": (2,), "A": (3, 2), "lower": (2,), "upper": (2,)}
    for slot, shape in shapes.items():
        D = tm.conservative_gradient(p, wrt=slot)
        assert D.element.shape == shape
        assert all(y.shape == shape for y in D.generators)
        assert D.contains(D.element)
        assert D.support(np.zeros(shape)) == 0
    D = tm.conservative_gradient(p, wrt=["c", "A"])
    assert {slot: v.shape for slot, v in D.element.items()} == {"c": (2,), "A": (3, 2)}
    assert D.contains(D.element)
    assert D.exact_element["A"] == ((-1, 0), (0, 0), (0, 0))


def test_max_programs_are_not_negated():
    low = make([-3, 2], [[1, -1]], "<=", [1], upper=2, integrality=False)
    high = make([3, -2], [[1, -1]], "<=", [1], upper=2, integrality=False, sense="max")
    for slot in ("rhs", "c", "A", "upper"):
        one, other = (tm.conservative_gradient(p, wrt=slot).flat for p in (low, high))
        sign = 1 if slot == "c" else -1
        assert {tuple(sign * v for v in y) for y in one} == set(other)


def test_at_moves_the_program():
    D = tm.conservative_gradient(TWO_PARTS, at=["-1/2"])
    assert (D.value, D.flat) == (Q(1, 2), ((-1,),))
    D = tm.conservative_gradient(TWO_PARTS, wrt=["rhs", "c"], at={"rhs": [2], "c": [4, 5, 1]})
    assert D.value == 8
    assert tm.conservative_gradient(TWO_PARTS, wrt="c", at=[4, 5, 1]).flat == ((1, 0, 0),)


def test_floats_are_read_as_they_print():
    D = tm.conservative_gradient(TWO_PARTS)
    assert D.contains([2.1])
    assert not D.contains([3.0000001])


def test_it_pickles_and_prints():
    D = tm.conservative_gradient(TWO_PARTS)
    again = pickle.loads(pickle.dumps(D))
    assert (again.flat, again.parts, again.value) == (D.flat, D.parts, D.value)
    assert "2 generators" in repr(D)
    assert "because" in str(D)


@pytest.mark.parametrize(
    "asked",
    [
        {"wrt": "slope"},
        {"wrt": []},
        {"wrt": ["rhs", "b"]},
        {"wrt": "theta"},
        {"kind": "frechet"},
        {"at": [1, 2]},
        {"wrt": "rhs", "at": {"row": [1]}},
        {"at": [math.nan]},
    ],
    ids=str,
)
def test_questions_that_make_no_sense(asked):
    with pytest.raises(InvalidInputError):
        tm.conservative_gradient(TWO_PARTS, **asked)


def test_points_of_the_wrong_shape():
    D = tm.conservative_gradient(TWO_PARTS, wrt=["rhs", "c"])
    with pytest.raises(InvalidInputError):
        D.contains([1])
    with pytest.raises(InvalidInputError):
        D.contains({"rhs": [1, 2], "c": [1, 2, 3]})


# -- no value, no end --------------------------------------------------------------------------


def test_no_finite_value():
    for p in (make([1], [[2]], "=", [1]), make([-1], [[1]], ">=", [0])):
        with pytest.raises(NotAllowedError):
            tm.conservative_gradient(p)


def test_infinitely_many_ties():
    p = make([0, 0], [[1, -1]], "=", [0])
    with pytest.raises(UnsupportedError):
        tm.conservative_gradient(p)


def test_more_ties_than_asked_for():
    p = make([1] * 5, [[1] * 5], ">=", ["3/2"], upper=1)
    assert len(tm.conservative_gradient(p).parts) == 10
    with pytest.raises(NotAllowedError):
        tm.conservative_gradient(p, limit=9)


def test_an_element_needs_one_part_only_where_every_part_will_do():
    many = tm.elastic(make([1] * 8, [[1] * 8], ">=", [4], upper=1), penalty=3)
    D = tm.conservative_gradient(many, kind="element", limit=1)
    assert not D.is_complete
    assert tm.conservative_gradient(many, wrt="c", kind="element", limit=1).value == 4
    with pytest.raises(NotAllowedError):
        tm.conservative_gradient(many, limit=1)


# -- where the hypotheses fail -----------------------------------------------------------------


def test_a_matrix_without_rank_is_refused():
    """min x2, x1 = b, x1 in {0, 1}, 0 <= x2 <= 1: no continuous column can repair the row."""
    p = make([0, 1], [[1, 0]], "=", [1], upper=1, integrality=[True, False])
    found = refusal(p)
    assert found.jump.limit == oo
    assert refusal(p, wrt=["A", "rhs"]).jump.limit == oo


def test_points_that_may_run_away_with_the_matrix_are_refused():
    """max x2, x2 <= a x1, x2 <= 1, and x1 costs nothing: 0 at a = 0, but 1 for a > 0."""
    p = make(
        [0, 1],
        [[0, -1], [0, 1]],
        [">=", "<="],
        [0, 1],
        lower=[0, -1],
        integrality=False,
        sense="max",
    )
    with pytest.raises(NotAllowedError):
        tm.conservative_gradient(p, wrt="A")
    boxed = make(
        [0, 1],
        [[0, -1], [0, 1]],
        [">=", "<="],
        [0, 1],
        lower=[0, -1],
        upper=[3, 1],
        integrality=False,
        sense="max",
    )
    assert tm.conservative_gradient(boxed, wrt="A").value == 0
    infeasible = make([0], [[0]], "=", [1], integrality=False)
    with pytest.raises(NotAllowedError):
        tm.conservative_gradient(infeasible, wrt="A")


def test_integers_without_bounds_go_with_a_matrix_where_costs_keep_them_in_one_set():
    """min x, a x >= 1: the value is 1 for all a >= 1, so near 2, and jumps at 1."""
    assert tm.conservative_gradient(make([1], [[2]], ">=", [1]), wrt="A").flat == ((0,),)
    with pytest.raises((NotLipschitzError, NotAllowedError)):
        tm.conservative_gradient(make([1], [[1]], ">=", [1]), wrt="A")
    with pytest.raises(NotAllowedError):
        tm.conservative_gradient(make([0], [[2]], ">=", [1]), wrt="A")


def test_free_columns_of_an_epigraph_go_with_a_matrix():
    """min t, t >= 2 x + 1, t >= 4 - x at x = 1, t free: both rows are tight."""
    p = make(
        [1, 0],
        [[1, -2], [1, 1]],
        ">=",
        [1, 4],
        lower=[-oo, 1],
        upper=[oo, 3],
        integrality=[False, True],
    )
    D = tm.conservative_gradient(p, wrt="A")
    assert set(D.flat) == {(-3, -1, 0, 0), (0, 0, -3, -1)}


def test_costs_that_fall_along_unbounded_optimal_points():
    p = make([0], [[1]], ">=", [1], integrality=False)
    for kind in ("element", "conservative", "clarke"):
        found = refusal(p, wrt="c", kind=kind)
        assert (found.jump.at, found.jump.limit, found.normal) == (0, -oo, (1,))
    highest = make([0], [[1]], ">=", [1], integrality=False, sense="max")
    assert refusal(highest, wrt="c").jump.limit == oo


def test_unbounded_optimal_points_do_no_harm_where_their_costs_stay():
    """The optimal points are a ray along a column whose cost no parameter moves."""
    p = make([1, 0], [[1, 0], [0, 1]], ">=", [1, 0], integrality=False)
    q = tm.ParametricProgram(p, c=[[1], [0]])
    assert tm.conservative_gradient(q, at=[0]).flat == ((1,),)
    moving = tm.ParametricProgram(p, c=[[0], [1]])
    assert refusal(moving, at=[0]).jump.limit == -oo


def test_integers_on_a_bound_that_moves():
    p = make([-1], [[1]], "<=", [10], upper=3)
    assert refusal(p, wrt="upper").jump.limit == -2
    assert tm.conservative_gradient(p, wrt="upper", at=["7/2"]).flat == ((0,),)
    free = make([0], [[1]], "<=", [10], upper=3)
    assert tm.conservative_gradient(free, wrt="upper").flat == ((0,),)


def test_bounds_of_a_pinned_column():
    p = make([-1], [[1]], "<=", [9], lower=2, upper=2, integrality=False)
    found = refusal(p, wrt="upper")
    assert (found.jump.limit, found.jump.direction) == (oo, (-1,))
    together = tm.ParametricProgram(p, lower=[[1]], upper=[[1]])
    assert tm.conservative_gradient(together, at=[0]).flat == ((-1,),)


def test_rows_that_stay_need_no_bounded_duals():
    """A row of integers alone is tight and has a free price; only the other row moves."""
    p = make(
        [1, 0], [[1, -3], [0, 1]], [">=", ">="], [0, 1], upper=[9, 1], integrality=[False, True]
    )
    with pytest.raises((NotAllowedError, NotLipschitzError)):
        tm.conservative_gradient(p, wrt=["A", "rhs"])
    q = tm.ParametricProgram(p, A={(0, 1): [-1]}, rhs=[[1], [0]])
    assert tm.conservative_gradient(q, at=[0]).flat == ((2,),)


def test_a_jump_nearby_is_refused_as_well():
    """At 0 both parts cost the same, along the first parameter one of them is cheaper."""
    p = make(
        [-2, 1],
        [[2, 0], [2, 0], [-2, 1], [0, 1]],
        ["<=", "<=", ">=", ">="],
        [2, 2, -2, -2],
        lower=[0, -oo],
        upper=[1, oo],
        integrality=[True, False],
    )
    q = tm.ParametricProgram(p, rhs=[[-1, 0], [1, 0], [0, 0], [0, 1]])
    found = refusal(q, at=[0, 0])
    assert found.jump.is_certified
    assert found.jump.start[0] == 0 < found.jump.start[1]
    assert tm.conservative_gradient(q, at=[0, -1]).is_singleton


def test_clarke_of_a_bilinear_dependence_is_given_where_it_is_one_point():
    p = make([1, 2], [[1, 1]], ">=", [1], upper=4, integrality=False)
    C = tm.conservative_gradient(p, wrt=["A", "rhs", "c"], kind="clarke")
    assert C.flat == ((-1, 0, 1, 1, 0),)
    with pytest.raises(UnsupportedError):
        tm.conservative_gradient(p.with_cost([1, 1]), wrt=["A", "c"], kind="clarke")


def test_no_rows_and_no_parameters():
    p = make([1], np.zeros((0, 1)), [], [], lower=2, upper=5)
    assert tm.conservative_gradient(p).flat == ((),)
    assert tm.conservative_gradient(p, wrt="c").flat == ((2,),)

"""Lipschitz verdicts: against enumerated values, and cases with a known answer."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as Q

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError
from tests.differentiation.exact_rates import STEP, directions, moved, tight_programs, value
from tests.duality.laws import calm

make = tm.MixedIntegerProgram.from_arrays
oo = math.inf
half = Q(1, 2)
_SIGN = {"min": 1, "max": -1}


def assert_jump_of_rhs(p, jump):
    """The value jumps where the verdict says, from the program's own right-hand side on."""
    start = p if jump.start is None else moved(p, {"rhs": jump.start}, Q(1))
    beyond = value(moved(start, {"rhs": jump.direction}, STEP))
    assert value(start) == jump.at != jump.limit
    if isinstance(jump.limit, float):
        assert beyond == jump.limit
    else:
        assert abs(beyond - jump.limit) < 100 * STEP


def grid(box, count):
    return list(
        itertools.product(
            *([low + (high - low) * Q(k, count) for k in range(count + 1)] for low, high in box)
        )
    )


@calm(15)
@given(tight_programs(max_rows=2, max_integers=2), st.data())
def test_verdicts_on_boxes(p, data):
    lows = data.draw(directions(p.n_rows, 1))[0]
    box = [(low, low + data.draw(st.sampled_from([half, 1]))) for low in lows]
    verdict = tm.lipschitz(p, domain=tm.Box(dict(enumerate(box))))
    if verdict.jump is not None:
        assert_jump_of_rhs(p, verdict.jump)
        return
    values = {b: value(p.with_rhs(b)) for b in grid(box, 2)}
    if verdict.status is tm.UNKNOWN:
        assert any(v == -_SIGN[p.sense] * oo for v in values.values()), "unbounded"
        return
    if not verdict.is_certified:
        assert any(isinstance(v, float) for v in values.values())
        return
    if any(isinstance(v, float) for v in values.values()):
        assert len(set(values.values())) == 1, "finite everywhere, or nowhere"
        return
    for (a, v), (b, w) in itertools.combinations(values.items(), 2):
        allowed = sum(k * abs(x - y) for k, x, y in zip(verdict.constants, a, b, strict=True))
        assert abs(v - w) <= allowed


@calm(20)
@given(tight_programs(), st.data())
def test_constants_near_a_point(p, data):
    if isinstance(value(p), float):
        return
    verdict = tm.lipschitz(p, at=p.exact.rhs)
    if not verdict.is_certified:
        assert verdict.normal is not None
        return
    ways = data.draw(directions(p.n_rows, 3))
    for d, e in itertools.combinations(ways, 2):
        change = value(moved(p, {"rhs": d}, STEP)) - value(moved(p, {"rhs": e}, STEP))
        steps = (abs(x - y) for x, y in zip(d, e, strict=True))
        assert abs(change) <= STEP * sum(
            k * s for k, s in zip(verdict.constants, steps, strict=True)
        )


def test_two_rows_without_complete_recourse_on_a_box():
    """min x + 2 z, x + z = a, z >= b - 1, z binary, 0 <= x <= 3: continuous where both fit."""
    p = make([1, 2], [[1, 1], [0, 1]], ["=", ">="], [1, 0], upper=[3, 1], integrality=[False, True])
    verdict = tm.lipschitz(p, domain=tm.Box({0: (1, 2), 1: ("-1", 0)}))
    assert verdict.is_certified
    assert verdict.constants == (1, 0)
    jumping = tm.lipschitz(p, domain=tm.Box({0: (1, 2), 1: (0, "1/2")}))
    assert jumping.status is tm.REFUTED
    assert_jump_of_rhs(p, jumping.jump)


def test_a_jump_inside_of_a_box_that_no_edge_shows():
    """A cheap part lives on the diagonal of the box only."""
    p = make(
        [-1, 0, 0],
        [[1, 1, 0], [-1, -1, 0], [1, 0, 0]],
        ["<=", "<=", "<="],
        [2, 0, 1],
        lower=[0, -9, 0],
        upper=[1, 9, 1],
        integrality=[True, False, False],
    )
    verdict = tm.lipschitz(p, domain=tm.Box({0: (-1, 1), 1: (-1, 1)}))
    assert verdict.status is tm.REFUTED
    assert_jump_of_rhs(p, verdict.jump)


def test_linear_programs_that_are_finite_on_a_box():
    p = make([1, 3], [[1, 1], [1, -1]], ["=", "<="], [2, 0], integrality=False)
    assert tm.lipschitz(p, domain=tm.Box({0: (1, 2), 1: (0, 1)})).is_certified
    assert tm.lipschitz(p, domain=tm.Box({0: (-1, 2), 1: (0, 1)})).status is tm.REFUTED


def test_a_value_function_on_a_box_is_asked_itself():
    p = make([1, 2], [[1, 1], [0, 1]], ["=", ">="], [1, 0], upper=[3, 1], integrality=[False, True])
    V = tm.value_function(p, domain=tm.Box({0: (1, 2), 1: (-1, 0)}))
    assert tm.lipschitz(V).constants == (1, 0)


def test_complete_recourse_gives_one_constant_for_all_right_hand_sides():
    p = make([3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False])
    verdict = tm.lipschitz(p)
    assert (verdict.where, verdict.constant) == ("everywhere", 3)
    assert tm.lipschitz(tm.elastic(make([1], [[1]], ">=", [0]), penalty=7)).constant == 7


def test_a_program_that_jumps_somewhere_is_refuted_everywhere():
    p = make([1], [[1]], ">=", [half], lower=-9, upper=9)
    verdict = tm.lipschitz(p)
    assert verdict.status is tm.REFUTED
    assert_jump_of_rhs(p, verdict.jump)


def test_slopes_of_a_square_exceed_the_one_at_the_point():
    """min c x, x = t, c = t: the value t^2 has slope 2 at 1, and more beside."""
    p = make([0], [[1]], "=", [0], lower=-9, upper=9, integrality=False)
    q = tm.ParametricProgram(p, rhs=[[1]], c=[[1]])
    near_one, near_zero = tm.lipschitz(q, at=[1]), tm.lipschitz(q, at=[0])
    assert near_one.constant > 2
    assert near_zero.constant > 0


def test_mixed_integer_roundings_are_lipschitz_and_roundings_are_not():
    p = make([3, 3, 1], [[1, 1, -1]], "=", [half], integrality=[True, False, False])
    assert tm.lipschitz(tm.dual_function(p, method="mir")).is_certified
    F = tm.dual_function(make([2, 3], [[3, 5]], ">=", [7]), method="chvatal")
    assert not tm.lipschitz(F).is_certified


def test_what_is_not_proved_is_unknown():
    """The matrix moves, and duals of an optimal part are unbounded without a jump in sight."""
    p = make([0], [[1]], ">=", [1], upper=2)
    q = tm.ParametricProgram(p, A={(0, 0): [1]})
    assert tm.lipschitz(q, at=[0]).status is tm.UNKNOWN


def test_an_entry_that_meets_a_zero_moves_nothing():
    """x >= 0 stays x >= 0 while its coefficient is near 1: the value is 0."""
    p = make([1], [[1]], ">=", [0], lower=-oo)
    q = tm.ParametricProgram(p, A={(0, 0): [1]})
    assert tm.lipschitz(q, at=[0]).status is tm.CERTIFIED


def test_point_and_box_exclude_each_other():
    p = make([1], [[1]], ">=", [0])
    with pytest.raises(InvalidInputError):
        tm.lipschitz(p, at=[0], domain=tm.Box({0: (0, 1)}))

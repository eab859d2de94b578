"""Questions that are asked to break the answers: wrong slots, limits at once, joint refusals."""

from __future__ import annotations

import math
from fractions import Fraction as Q

import pytest

import tamemip as tm
from tamemip.differentiation import moreau_envelope, quadratic_argmin
from tamemip.errors import InvalidInputError, NotAllowedError, NotLipschitzError

make = tm.MixedIntegerProgram.from_arrays
AT_ONCE = tm.Limits(seconds=0.0)
TWO_PARTS = make([3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False])


def test_what_names_no_slot_is_refused():
    for wrt in (3, 1.5, "rhz", (), ("rhs", "rhs")):
        with pytest.raises(InvalidInputError, match="wrt"):
            tm.conservative_gradient(TWO_PARTS, wrt=wrt)


def test_two_copies_of_a_program_whose_clarke_subdifferential_is_smaller():
    p = make(
        [3, 3, 1, 3, 3, 1],
        [[1, 1, -1, 0, 0, 0], [0, 0, 0, 1, 1, -1]],
        "=",
        [1, 1],
        integrality=[True, False, False] * 2,
    )
    corners = {(a, b) for a in (3, -1) for b in (3, -1)}
    assert set(tm.conservative_gradient(p).flat) == corners
    assert tm.conservative_gradient(p, kind="clarke").flat == ((3, 3),)


@pytest.mark.parametrize("sense", ["min", "max"])
def test_a_jump_by_right_hand_sides_is_told_in_all_that_moves(sense):
    """``x = 2`` for an integer: the normal of a ray `y` is ``(-y x, y, 0)``."""
    p = make([3], [[1]], "=", [2], upper=5, sense=sense)
    with pytest.raises(NotLipschitzError) as found:
        tm.conservative_gradient(p, wrt=("A", "rhs", "c"))
    jump, normal = found.value.jump, found.value.normal
    assert len(jump.direction) == len(normal) == 3
    assert jump.is_certified
    assert jump.at == 6
    assert jump.limit == (math.inf if sense == "min" else -math.inf)
    assert jump.direction[0] == jump.direction[2] == normal[2] == 0
    assert normal[0] == -2 * normal[1]
    rise = normal[1] * jump.direction[1]
    assert rise > 0 if sense == "min" else rise < 0


def test_limits_are_told_from_programs_without_a_value():
    p = make([1, 2], [[1, 1]], ">=", [1], upper=1)
    with pytest.raises(NotAllowedError, match="limit"):
        quadratic_argmin(p, 1, limits=AT_ONCE)
    with pytest.raises(NotAllowedError, match="limit"):
        moreau_envelope(make([1], [[1]], ">=", [1], upper=9), 1, limits=AT_ONCE)


def test_equal_moreau_minima_are_both_proximal():
    found = moreau_envelope(make([1], [[1]], ">=", [1], upper=9), "1/2", at=[1])
    assert found.value == 1
    assert set(found.generators) == {Q(0), Q(2)}


def test_what_is_no_penalty_or_box_is_refused():
    for penalty in (None, 0, -1, math.nan, [1, 2], {"nowhere": 1}):
        with pytest.raises(InvalidInputError):
            tm.elastic(TWO_PARTS, penalty=penalty)
    for domain in ([(0, 3)], "wide", 3):
        with pytest.raises(InvalidInputError, match="Box"):
            tm.lipschitz(TWO_PARTS, domain=domain)

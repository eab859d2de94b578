"""The rules of functions that bend, and of those that round."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import final

from tamemip.differentiation._calculus_arithmetic import chained
from tamemip.differentiation._calculus_numbers import (
    Real,
    difference,
    hull,
    is_negative,
    is_positive,
    is_zero,
    negated,
    product,
)
from tamemip.differentiation._calculus_scene import Local, Scene, Visit, number, refused, shown
from tamemip.differentiation._cones import Vector
from tamemip.differentiation._refusal import Jump
from tamemip.errors import NotLipschitzError
from tamemip.tameness import Expression, divide

__all__ = [
    "StepError",
    "jump_of",
    "visit_absolute",
    "visit_extreme",
    "visit_modulo",
    "visit_rounding",
    "visit_sign",
]

_ZERO, _ONE = Fraction(0), Fraction(1)


def visit_absolute(scene: Scene, e: Expression) -> Visit:
    """The absolute value: both signs at 0."""
    f = yield from number(e.of[0])
    side = scene.side_of(f) if is_zero(f.value) else 0
    if is_positive(f.value) or side > 0 or (f.is_constant and is_zero(f.value)):
        return f
    opposite = f.slopes.scaled(-_ONE)
    if is_negative(f.value) or side < 0:
        return Local(negated(f.value), opposite, f.is_constant)
    both = f.slopes.union(opposite, scene.limit)
    if not is_zero(f.value):
        both = both.enlarged()
    return Local(_absolute(f.value), both)


def _absolute(a: Real) -> Real:
    return abs(a) if isinstance(a, Fraction) else a.absolute()


def visit_extreme(scene: Scene, e: Expression) -> Visit:
    """The greatest or the least of some numbers: the hull over those that are active."""
    of: list[Local] = []
    for f in e.of:
        of.append((yield from number(f)))
    sign = _ONE if e.op == "maximum" else -_ONE
    active = [
        f
        for f in of
        if not any(is_positive(product(sign, difference(g.value, f.value))) for g in of)
    ]
    first, *others = active
    if not others:
        return first
    slopes, value = first.slopes, first.value
    is_tied = True
    for other in others:
        slopes = slopes.union(other.slopes, scene.limit)
        is_tied &= is_zero(difference(other.value, value))
    if not is_tied:
        slopes = slopes.enlarged()
        # Numbers that are not told apart: one of them is the extreme.
        value = hull([f.value for f in active])
    return Local(value, slopes, is_constant=is_tied and all(f.is_constant for f in active))


# -- rounding ------------------------------------------------------------------------------


def visit_rounding(scene: Scene, e: Expression) -> Visit:
    """Floor and ceiling: constant off the integers, and refused where they jump."""
    f = yield from number(e.of[0])
    below, above = _rounded_ends(f.value)
    if below == above:
        value = Fraction(below if e.op == "floor" else below + 1)
        return scene.constant(value)
    if not isinstance(f.value, Fraction):
        raise refused(e, "rounds a number that is not proved to be off the integers")
    side = scene.side_of(f)
    if side:
        low = f.value if side > 0 else f.value - 1
        return scene.constant(low if e.op == "floor" else low + 1)
    enclosure = scene.facts_near(e.of[0]).enclosure
    stays = enclosure.low >= f.value if e.op == "floor" else enclosure.high <= f.value
    if f.is_constant or stays:
        return scene.constant(f.value)
    toward = -1 if e.op == "floor" else 1
    raise jump_of(scene, e, f, toward, f.value, f.value + toward)


def _rounded_ends(value: Real) -> tuple[int, int]:
    """The same integer twice, if the number lies strictly between it and the next one."""
    if isinstance(value, Fraction):
        low = math.floor(value)
        return (low, low) if value.denominator > 1 else (low, low + 1)
    if not (isinstance(value.low, Fraction) and isinstance(value.high, Fraction)):
        return 0, 1
    low = math.floor(value.low)
    is_inside = value.low > low and value.high < low + 1
    return (low, low) if is_inside else (low, low + 1)


def visit_sign(scene: Scene, e: Expression) -> Visit:
    """The sign, and the step of Heaviside: constant off 0."""
    f = yield from number(e.of[0])
    at_zero = e.value if e.op == "heaviside" and e.value is not None else _ZERO
    low = _ZERO if e.op == "heaviside" else -_ONE
    if is_positive(f.value):
        return scene.constant(_ONE)
    if is_negative(f.value):
        return scene.constant(low)
    if not is_zero(f.value):
        raise refused(e, "is a step at a number that is not proved to differ from 0")
    if f.is_constant:
        return scene.constant(at_zero)
    if scene.side_of(f):
        return scene.constant(_ONE if scene.side_of(f) > 0 else low)
    near = scene.facts_near(e.of[0]).enclosure
    if (near.low >= 0 and at_zero == 1) or (near.high <= 0 and at_zero == low):
        return scene.constant(at_zero)
    toward, limit = (1, _ONE) if at_zero != 1 else (-1, low)
    raise jump_of(scene, e, f, toward, at_zero, limit)


def visit_modulo(scene: Scene, e: Expression) -> Visit:
    """``f - g floor(f/g)``, off the places where the quotient is an integer."""
    f = yield from number(e.of[0])
    g = yield from number(e.of[1])
    ratio = divide(*e.of)
    q = yield from number(ratio)
    below, above = _rounded_ends(q.value)
    if below != above and isinstance(q.value, Fraction) and (q.is_constant or scene.side_of(q)):
        above = below = below - (scene.side_of(q) < 0)
    if below == above:
        value = difference(f.value, product(Fraction(below), g.value))
        return chained(scene, value, [(_ONE, f), (Fraction(-below), g)])
    if not isinstance(q.value, Fraction):
        raise refused(e, "rounds a quotient that is not proved to be off the integers")
    # At f/g = k from below the remainder tends to g, and it is 0 there.
    limit = g.value if isinstance(g.value, Fraction) else None
    raise jump_of(scene, e, q, -1, _ZERO, limit)


def jump_of(
    scene: Scene, e: Expression, f: Local, toward: int, at: Fraction, limit: Fraction | None
) -> Exception:
    """The refusal where a step has its argument `f` on the edge.

    The step jumps if the argument passes the edge, which is proved by a direction along which
    it grows; where none is found, it is only not proved that there is a derivative.
    """
    direction = scene.rising_direction(f.slopes)
    if direction is None:
        return refused(e, "is a step on its edge: it is not proved to be constant nearby")
    way: Vector = tuple(toward * v for v in direction)
    return StepError(e, Jump(way, at, limit, is_certified=False))


@final
class StepError(NotLipschitzError):
    """A part of a function jumps; the whole may still be Lipschitz.

    Attributes
    ----------
    part
        The part.
    way
        A direction along which it jumps.
    """

    def __init__(self, part: Expression, jump: Jump) -> None:
        super().__init__(f"the part {shown(part)} jumps here: {jump}.", jump=jump)
        self.part = part
        self.way = jump.direction

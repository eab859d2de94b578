"""The rules of conditions, and of functions that they choose between."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

from tamemip.differentiation._calculus_kinks import jump_of
from tamemip.differentiation._calculus_numbers import (
    difference,
    hull,
    is_negative,
    is_positive,
    is_zero,
)
from tamemip.differentiation._calculus_scene import (
    Local,
    Scene,
    State,
    Truth,
    Visit,
    number,
    refused,
)
from tamemip.tameness import Expression, subtract

__all__ = ["visit_comparison", "visit_connective", "visit_indicator", "visit_piecewise"]

_ZERO, _ONE = Fraction(0), Fraction(1)


def visit_comparison(scene: Scene, e: Expression) -> Visit:
    """``f < g``, ``f <= g``, ``f = g``: on the border where both sides are equal."""
    side = yield from number(subtract(*e.of))
    passed = scene.side_of(side) if is_zero(side.value) else 0
    if is_negative(side.value) or passed < 0:
        return _same(holds=e.op != "equal")
    if is_positive(side.value) or passed > 0:
        return _same(holds=False)
    here = e.op != "less" if is_zero(side.value) else None
    return Truth(here, here if side.is_constant else None)


def _same(*, holds: bool) -> Truth:
    return Truth(here=holds, near=holds)


def visit_connective(scene: Scene, e: Expression) -> Visit:
    """Not, and, or; what is decided by the first conditions does not ask for the others."""
    del scene
    if e.op == "not":
        of = yield from _condition(e.of[0])
        return Truth(_not(of.here), _not(of.near))
    deciding = e.op == "or"
    found = Truth(here=not deciding, near=not deciding)
    for condition in e.of:
        of = yield from _condition(condition)
        found = Truth(
            _joined(found.here, of.here, deciding), _joined(found.near, of.near, deciding)
        )
        if found.near is deciding:
            return found
    return found


def _not(value: bool | None) -> bool | None:
    return None if value is None else not value


def _joined(a: bool | None, b: bool | None, deciding: bool) -> bool | None:
    """The logic of Kleene, in which one value decides."""
    if a is deciding or b is deciding:
        return deciding
    return None if a is None or b is None else not deciding


def _condition(e: Expression) -> Generator[Expression, State, Truth]:
    state = yield e
    assert isinstance(state, Truth), "expressions know which arguments are conditions"
    return state


def visit_indicator(scene: Scene, e: Expression) -> Visit:
    """1 or 0; refused on the border."""
    of = yield from _condition(e.of[0])
    if of.near is not None:
        return scene.constant(Fraction(of.near))
    border = yield from _border(scene, e.of[0])
    if border is None or of.here is None:
        raise refused(e, "is a step on its edge: it is not proved to be constant nearby")
    at = Fraction(of.here)
    raise jump_of(scene, e, border, _leaving(e.of[0]), at, 1 - at)


def _border(scene: Scene, condition: Expression) -> Generator[Expression, State, Local | None]:
    """The difference of the sides of a comparison, if it changes its sign here, proved."""
    comparison = _stripped(condition)
    if comparison.op not in ("less", "less-equal", "equal"):
        return None
    side = yield from number(subtract(*comparison.of))
    if not is_zero(side.value) or scene.rising_direction(side.slopes) is None:
        return None
    return side


def _leaving(condition: Expression) -> int:
    """The sign of the difference of the sides that changes a condition from the border on."""
    return -1 if _stripped(condition).op == "less" else 1


def _stripped(condition: Expression) -> Expression:
    """A condition without negations."""
    while condition.op == "not":
        condition = condition.of[0]
    return condition


# -- piecewise functions -------------------------------------------------------------------


@final
@dataclass(slots=True)
class _Branches:
    """The branches that are chosen at the point, or arbitrarily near, in their order."""

    numbers: list[Local] = field(default_factory=list)
    truths: list[bool | None] = field(default_factory=list)
    #: None where a condition holds in a neighborhood.
    conditions: list[Expression | None] = field(default_factory=list)
    is_open: bool = True

    def add(self, condition: Expression | None, truth: Truth, local: Local) -> None:
        """One more branch; it is the last one if its condition holds in a neighborhood."""
        self.numbers.append(local)
        self.truths.append(truth.here)
        self.conditions.append(None if truth.near else condition)
        self.is_open = truth.near is not True


def visit_piecewise(scene: Scene, e: Expression) -> Visit:
    """One branch, where one alone is chosen nearby; the hull of several where they agree."""
    branches = _Branches()
    for place in range(0, len(e.of) - 1, 2):
        truth = yield from _condition(e.of[place])
        if truth.near is False:
            continue
        local = yield from number(e.of[place + 1])
        branches.add(e.of[place], truth, local)
        if truth.near:
            break
    if branches.is_open and len(e.of) % 2:
        local = yield from number(e.of[-1])
        branches.add(None, _same(holds=True), local)
    if not branches.numbers:
        raise refused(e, "has no value here: no condition holds")
    if branches.is_open and not scene.facts_near(e).is_total:
        raise refused(e, "is not proved to have values on all sides")
    if len(branches.numbers) == 1:
        return branches.numbers[0]
    return (yield from _pasted(scene, e, branches))


def _pasted(scene: Scene, e: Expression, branches: _Branches) -> Visit:
    """The hull of the branches that agree at the point, once continuity is proved.

    A continuous function that is one of finitely many locally Lipschitz ones at each point is
    locally Lipschitz, and the hull over those that agree with it is conservative: along a curve,
    where a branch agrees on a set of times, the derivatives agree at almost all of them.
    """
    chosen = next((f for f, t in zip(branches.numbers, branches.truths, strict=True) if t), None)
    is_known = chosen is not None and None not in branches.truths
    reference = chosen.value if chosen is not None and is_known else branches.numbers[0].value
    gaps = [difference(f.value, reference) for f in branches.numbers]
    all_agree = all(is_zero(gap) for gap in gaps)
    if not (all_agree and (yield from _is_isolated(scene, e, branches))):
        near = scene.facts_near(e)
        if not (near.is_continuous and near.is_total):
            raise (yield from _torn(scene, e, branches))
    differing = [is_positive(gap) or is_negative(gap) for gap in gaps]
    if not is_known and any(differing):
        raise refused(e, "chooses by a number that is not proved to be on either side")
    agreeing = [f for f, out in zip(branches.numbers, differing, strict=True) if not out]
    slopes = agreeing[0].slopes
    for f in agreeing[1:]:
        slopes = slopes.union(f.slopes, scene.limit)
    if all(is_zero(difference(f.value, reference)) for f in agreeing):
        return Local(reference, slopes, is_constant=all(f.is_constant for f in agreeing))
    value = reference if is_known else hull(f.value for f in agreeing)
    return Local(value, slopes.enlarged())


def _is_isolated(
    scene: Scene, e: Expression, branches: _Branches
) -> Generator[Expression, State, bool]:
    """Whether the point alone is on the borders: one coordinate, that they pass strictly."""
    if len(scene.reach(e)) > 1:
        return False
    for condition in branches.conditions:
        if condition is not None and (yield from _border(scene, condition)) is None:
            return False
    return True


def _torn(
    scene: Scene, e: Expression, branches: _Branches
) -> Generator[Expression, State, Exception]:
    """The refusal of a function that is not proved to be continuous; a jump if there is one."""
    values = [f.value for f in branches.numbers]
    first, holds = branches.conditions[0], branches.truths[0]
    is_closed = branches.conditions[-1] is None
    if len(values) == 2 and is_closed and first is not None and holds is not None:
        at, limit = values if holds else values[::-1]
        border = yield from _border(scene, first)
        if border is not None and isinstance(at, Fraction) and isinstance(limit, Fraction):
            if at != limit:
                return jump_of(scene, e, border, _leaving(first), at, limit)
    return refused(
        e,
        "is on a border of its branches, and is not proved to be continuous there",
        "Write it with max, min or abs, or ask at another point.",
    )

"""Search for a dual feasible point of a relaxation, or for an improving ray."""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from tamemip.certificates import (
    Bound,
    Problem,
    RejectedError,
    require_dual_feasible,
    require_improving,
)
from tamemip.certificates._definable_programs import require_climbing
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_duals, basic_point


class Below(NamedTuple):
    """A dual feasible point, by row, or an improving ray, by column; or neither."""

    dual: dict[int, Fraction] | None = None
    ray: dict[int, Fraction] | None = None


def below_of(program: MixedIntegerProgram) -> Below:
    """What the relaxation does below; the duals of a right-hand side where it is feasible.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays([2, -3], [[3, 5]], "=", [7])
    >>> below_of(p).dual
    {0: Fraction(-3, 5)}
    """
    problem = program.exact
    point = [_nearest_zero(a, b) for a, b in zip(problem.lower, problem.upper, strict=True)]
    feasible = replace(program.relax().exact, rhs=problem.A.times(point))
    engine = LPEngine(replace(program, exact=feasible))
    if engine.solve() is LPStatus.OPTIMAL:
        sign = 1 if problem.sense == "min" else -1
        dual = basic_duals(feasible, engine.basis(), [sign * v for v in problem.c])
        return Below(dual=dual) if dual is not None and _is_dual(problem, dual) else Below()
    ray = _ray(program)
    return Below(ray=ray) if ray is not None and _is_ray(problem, ray) else Below()


def _ray(program: MixedIntegerProgram) -> dict[int, Fraction] | None:
    """The best direction of the recession cone within the unit cube."""
    one, zero = Fraction(1), Fraction(0)
    problem = program.exact
    cone = replace(
        problem,
        rhs=(zero,) * len(problem.rhs),
        lower=tuple(zero if isinstance(a, Fraction) else -one for a in problem.lower),
        upper=tuple(zero if isinstance(b, Fraction) else one for b in problem.upper),
        integer=(False,) * len(problem.c),
    )
    engine = LPEngine(replace(program, exact=cone))
    if engine.solve() is not LPStatus.OPTIMAL:
        return None
    point = basic_point(cone, engine.basis(), lower=cone.lower, upper=cone.upper, rhs=cone.rhs)
    return None if point is None else {j: v for j, v in enumerate(point) if v}


def climb_of(
    program: MixedIntegerProgram,
) -> tuple[tuple[Fraction, ...], dict[int, Fraction]] | None:
    """An integer point, and a direction into every row; None if there is no such direction.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays([7, 9], [[3, 4]], ">=", [10], sense="max")
    >>> point, direction = climb_of(p)
    >>> point, sum(p.exact.A[0, j] * v for j, v in direction.items()) > 0
    ((Fraction(0, 1), Fraction(0, 1)), True)
    """
    problem = program.exact
    pairs = list(zip(problem.lower, problem.upper, problem.integer, strict=True))
    point = tuple(_whole(_nearest_zero(a, b), a) if f else _nearest_zero(a, b) for a, b, f in pairs)
    zero = Fraction(0)
    cone = replace(
        problem,
        sense="min",
        c=(zero,) * len(pairs),
        rhs=tuple(Fraction(1 if sense == ">=" else -1) for sense in problem.row_sense),
        lower=tuple(zero if isinstance(a, Fraction) else a for a in problem.lower),
        upper=tuple(zero if isinstance(b, Fraction) else b for b in problem.upper),
        integer=(False,) * len(pairs),
    )
    engine = LPEngine(replace(program, exact=cone))
    if engine.solve() is not LPStatus.OPTIMAL:
        return None
    found = basic_point(cone, engine.basis(), lower=cone.lower, upper=cone.upper, rhs=cone.rhs)
    if found is None:
        return None
    scale = math.lcm(*(v.denominator for v in found))
    climb = {j: v * scale for j, v in enumerate(found) if v}
    try:
        require_climbing(problem, point, tuple(sorted(climb.items())))
    except RejectedError:
        return None
    return point, climb


def _whole(value: Fraction, low: Bound) -> Fraction:
    return Fraction(math.ceil(value) if value == low else math.floor(value))


def _nearest_zero(low: Bound, high: Bound) -> Fraction:
    if isinstance(low, Fraction) and low > 0:
        return low
    return high if isinstance(high, Fraction) and high < 0 else Fraction(0)


def _is_dual(problem: Problem, dual: dict[int, Fraction]) -> bool:
    try:
        require_dual_feasible(problem, tuple(sorted(dual.items())))
    except RejectedError:
        return False
    return True


def _is_ray(problem: Problem, ray: dict[int, Fraction]) -> bool:
    try:
        require_improving(problem, tuple(sorted(ray.items())))
    except RejectedError:
        return False
    return True

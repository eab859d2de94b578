"""Directions along which a program has no end of optimal parts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from tamemip.certificates import ExactMatrix
from tamemip.duality import recession_program
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._relaxation import Point

#: Lengths below this are rounding errors.
_NOTHING = 1e-7


def free_ray(program: MixedIntegerProgram) -> Point | None:
    """A ray of the recession cone that costs nothing and moves an integer column, or None.

    From an optimal point, every integral multiple of it leads to another one (Meyer 1974),
    so that the optimal integer parts are infinitely many. The ray is exact; None is what
    floats say, unless every integer column is bounded.
    """
    exact = program.exact
    open_up = [f and u == math.inf for f, u in zip(exact.integer, exact.upper, strict=True)]
    open_down = [f and v == -math.inf for f, v in zip(exact.integer, exact.lower, strict=True)]
    if not any(open_up) and not any(open_down):
        return None
    cone = _free_cone(program)
    engine = LPEngine(cone)
    for cost in _lengths(open_up, open_down):
        engine.set_cost(cost)
        if engine.solve() is not LPStatus.OPTIMAL or engine.objective > -_NOTHING:
            continue
        data = cone.exact
        ray = basic_point(data, engine.basis(), lower=data.lower, upper=data.upper, rhs=data.rhs)
        if ray is not None and not cone.violations(ray) and _moves(ray, exact.integer):
            return _shortest(ray)
    return None


def is_improving(program: MixedIntegerProgram, ray: Point) -> bool:
    """Whether a direction is a ray of the recession cone that lowers costs forever."""
    sign = 1 if program.sense == "min" else -1
    cost = sum((c * v for c, v in zip(program.exact.c, ray, strict=True)), Fraction(0))
    return sign * cost < 0 and not recession_program(program).violations(ray)


def _free_cone(program: MixedIntegerProgram) -> MixedIntegerProgram:
    """The recession cone within a unit box, with one more row: the costs do not change."""
    cone = recession_program(program)
    costs = tuple((j, c) for j, c in enumerate(program.exact.c) if c)
    data = replace(
        cone.exact,
        A=ExactMatrix((*cone.exact.A.rows, costs), cone.n_cols),
        row_sense=(*cone.exact.row_sense, "="),
        rhs=(*cone.exact.rhs, Fraction(0)),
    )
    rows = tuple(f"r{i}" for i in range(len(data.rhs)))
    return MixedIntegerProgram(data, rows, cone.col_names, cone.name)


def _lengths(open_up: list[bool], open_down: list[bool]) -> Iterator[NDArray[np.float64]]:
    """Costs whose least value is negative where an integer column can move.

    Columns that can move to one side only are taken together; free ones one by one.
    """
    up, down = np.array(open_up, dtype=float), np.array(open_down, dtype=float)
    is_free = (up > 0) & (down > 0)
    together = np.where(is_free, 0.0, down - up)
    if together.any():
        yield together
    for j in np.flatnonzero(is_free).tolist():
        for side in (-1.0, 1.0):
            cost = np.zeros(len(up))
            cost[j] = side
            yield cost


def _moves(ray: Point, integer: tuple[bool, ...]) -> bool:
    return any(v for v, flag in zip(ray, integer, strict=True) if flag)


def _shortest(ray: Point) -> Point:
    """The shortest integral multiple."""
    scale = math.lcm(*(v.denominator for v in ray))
    whole = [int(v * scale) for v in ray]
    divisor = math.gcd(*whole)
    return tuple(Fraction(v, divisor) for v in whole)

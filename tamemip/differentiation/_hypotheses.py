"""Hypotheses on a program that make its value Lipschitz, each decided exactly."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

from tamemip.arithmetic import rank
from tamemip.differentiation._cones import Vector, interior_point
from tamemip.duality import solve_exactly
from tamemip.programs import MixedIntegerProgram

__all__ = ["coercive_price", "has_complete_recourse"]

_ZERO, _ONE = Fraction(0), Fraction(1)
#: Entries of the largest system that is decided.
_LARGEST = 100_000


def has_complete_recourse(program: MixedIntegerProgram) -> bool:
    """Whether continuous columns and slacks can repair every right-hand side; False if not proved.

    The vectors along which the rows can be moved for ever, by continuous columns without a
    bound on that side and by the slacks of inequalities, generate all of space as a cone
    exactly if they span it and some positive combination of all of them is zero. Then the
    duals of the continuous columns are a polytope, and the value is Lipschitz wherever it is
    finite, for all data near these.
    """
    vectors = _over_rows_without_units(list(_moves(program)), program.n_rows)
    if vectors is None:
        return True
    m = len(vectors[0]) if vectors else 1
    if len(vectors) <= m or m * len(vectors) > _LARGEST or rank(vectors) < m:
        return False
    rows = [{k: v[i] for k, v in enumerate(vectors) if v[i]} for i in range(m)]
    verdict = solve_exactly(
        rows,
        ["="] * m,
        [_ZERO] * m,
        costs=[_ZERO] * len(vectors),
        lower=[_ONE] * len(vectors),
        upper=[math.inf] * len(vectors),
    )
    return verdict is not None and verdict.point is not None


def _over_rows_without_units(vectors: Sequence[Vector], m: int) -> list[Vector] | None:
    """The vectors without the rows that units repair both ways; None if these are all rows."""
    units = set()
    for v in vectors:
        support = [i for i, a in enumerate(v) if a]
        if len(support) == 1:
            units.add((support[0], v[support[0]] > 0))
    rest = [i for i in range(m) if not {(i, True), (i, False)} <= units]
    if not rest:
        return None
    shortened = (tuple(v[i] for i in rest) for v in vectors)
    return [v for v in shortened if any(v)]


def _moves(program: MixedIntegerProgram) -> Iterator[Vector]:
    """The directions ``g`` with the recession cone ``{y : g y <= 0}`` of the duals."""
    exact, m = program.exact, program.n_rows
    for i, sense in enumerate(exact.row_sense):
        if sense != "=":
            unit = [_ZERO] * m
            unit[i] = _ONE if sense == "<=" else -_ONE
            yield tuple(unit)
    for j, column in enumerate(exact.A.columns):
        if exact.integer[j]:
            continue
        dense = [_ZERO] * m
        for i, a in column:
            dense[i] = a
        if exact.upper[j] == math.inf:
            yield tuple(dense)
        if exact.lower[j] == -math.inf:
            yield tuple(-a for a in dense)


def coercive_price(program: MixedIntegerProgram) -> Vector | None:
    """Prices ``y`` under which every direction of recession costs something, or None.

    In min orientation: strictly the right signs on the rows, ``c_j - A_j y > 0`` for every
    column without an upper bound, ``< 0`` for those without a lower one. Free columns need
    ``c_j - A_j y = 0``, and independent columns of the matrix. Then the costs are interior to
    the dual of the recession cone, and the points that cost at most a given amount lie in one
    compact set, for all data near these; otherwise a direction of recession costs nothing.
    """
    exact, m = program.exact, program.n_rows
    sign = 1 if exact.sense == "min" else -1
    normals, equations = [], []
    for j, column in enumerate(exact.A.columns):
        row = [_ZERO] * (m + 1)
        for i, a in column:
            row[i] = -a
        row[m] = sign * exact.c[j]
        is_open_up, is_open_down = exact.upper[j] == math.inf, exact.lower[j] == -math.inf
        if is_open_up and is_open_down:
            equations.append(tuple(row))
        elif is_open_up:
            normals.append(tuple(row))
        elif is_open_down:
            normals.append(tuple(-v for v in row))
    if not normals and not equations:
        return (_ZERO,) * m
    for i, sense in enumerate(exact.row_sense):
        if sense != "=":
            unit = [_ZERO] * (m + 1)
            unit[i] = _ONE if sense == ">=" else -_ONE
            normals.append(tuple(unit))
    normals.append((*(_ZERO,) * m, _ONE))
    if equations and rank([row[:m] for row in equations]) < len(equations):
        return None
    weak = [side for row in equations for side in (row, tuple(-v for v in row))]
    inside = interior_point(normals, m + 1, weak=weak)
    return None if inside is None else tuple(v / inside[m] for v in inside[:m])

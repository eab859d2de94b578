"""Exact basic solutions: a float basis, solved again in rational arithmetic."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.arithmetic import solve_square
from tamemip.certificates import Bound, Problem, SparseVector
from tamemip.solvers._lp import Basis, LPEngine, LPStatus

if TYPE_CHECKING:
    from tamemip.programs import MixedIntegerProgram

__all__ = ["basic_duals", "basic_point", "basic_step", "relaxation_duals"]


def basic_point(
    problem: Problem,
    basis: Basis,
    *,
    lower: Sequence[Bound],
    upper: Sequence[Bound],
    rhs: Sequence[Fraction],
) -> tuple[Fraction, ...] | None:
    """The exact primal point of a basis, or None if the basis is singular.

    Nonbasic columns sit at the bound that the basis names (0 if they are free),
    rows whose slack is nonbasic hold at equality.

    Parameters
    ----------
    problem
        The program whose rows are used; its own bounds and rhs are not.
    basis
        A basis from the engine.
    lower, upper, rhs
        The bounds and right-hand side under which the basis was found.
    """
    at_upper = set(basis.columns_at_upper().tolist())
    unknowns = basis.basic_columns().tolist()
    place = {j: k for k, j in enumerate(unknowns)}
    point = [
        Fraction(0) if j in place else _nonbasic_value(lower[j], upper[j], j in at_upper)
        for j in range(len(lower))
    ]
    rows, right = [], []
    for i in basis.nonbasic_rows().tolist():
        row = problem.A.rows[i]
        rows.append(tuple((place[j], v) for j, v in row if j in place))
        right.append(rhs[i] - sum((v * point[j] for j, v in row if point[j]), Fraction(0)))
    if len(rows) != len(unknowns):
        return None
    solution = solve_square(rows, right)
    if solution is None:
        return None
    for j, value in zip(unknowns, solution, strict=True):
        point[j] = value
    return tuple(point)


def basic_step(
    problem: Problem, basis: Basis, direction: SparseVector
) -> dict[int, Fraction] | None:
    """How the point of a basis moves with the right-hand side, by column; None if singular.

    Parameters
    ----------
    problem, basis
        The program, and a basis from the engine.
    direction
        The direction of the right-hand side, by row.
    """
    rates = dict(direction)
    unknowns = basis.basic_columns().tolist()
    place = {j: k for k, j in enumerate(unknowns)}
    tight = basis.nonbasic_rows().tolist()
    if len(tight) != len(unknowns):
        return None
    rows = [tuple((place[j], v) for j, v in problem.A.rows[i] if j in place) for i in tight]
    solution = solve_square(rows, [rates.get(i, Fraction(0)) for i in tight])
    if solution is None:
        return None
    return {j: v for j, v in zip(unknowns, solution, strict=True) if v}


def _nonbasic_value(low: Bound, up: Bound, at_upper: bool) -> Fraction:
    order = (up, low) if at_upper else (low, up)
    return next((v for v in order if isinstance(v, Fraction)), Fraction(0))


def basic_duals(
    problem: Problem, basis: Basis, cost: Sequence[Fraction]
) -> dict[int, Fraction] | None:
    """The exact dual vector of a basis, by row; None if the basis is singular."""
    tight = basis.nonbasic_rows().tolist()
    place = {i: k for k, i in enumerate(tight)}
    columns = basis.basic_columns().tolist()
    if len(columns) != len(tight):
        return None
    rows = [tuple((place[i], v) for i, v in problem.A.columns[j] if i in place) for j in columns]
    solution = solve_square(rows, [cost[j] for j in columns])
    if solution is None:
        return None
    return {i: v for i, v in zip(tight, solution, strict=True) if v}


def relaxation_duals(program: MixedIntegerProgram) -> dict[int, Fraction] | None:
    """Exact duals of an optimal basis of the linear relaxation, min orientation; or None."""
    engine = LPEngine(program)
    if engine.solve() is not LPStatus.OPTIMAL:
        return None
    sign = 1 if program.sense == "min" else -1
    return basic_duals(program.exact, engine.basis(), [sign * c for c in program.exact.c])

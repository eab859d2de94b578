"""Search for proofs that the integer columns of a program are bounded over a box of data."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import repeat
from typing import Literal, NamedTuple

import numpy as np

from tamemip.certificates import (
    Bound,
    ColumnBounds,
    ColumnProof,
    ExactMatrix,
    LevelProof,
    Problem,
    RejectedError,
    RowSense,
    SparseVector,
    Varying,
)
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_duals

#: Linear programs that one search may solve.
_MAX_PROGRAMS = 200
#: Prices of the objective that are tried, one after the other.
_PRICES = tuple(Fraction(16) ** k for k in range(6))


class Search(NamedTuple):
    """Proofs of bounds, and the integer columns that are left."""

    proofs: list[ColumnProof]
    left: list[int]
    levels: list[LevelProof]


def bound_integers(program: MixedIntegerProgram, varying: Varying) -> Search:
    """Proofs that bound every integer column, as far as they are found.

    Rows bound columns one after the other; where that ends, duals of linear programs do;
    where costs move, too, they bound columns where the objective is bounded.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], "<=", ["7/2"])
    >>> bound_integers(p, Varying({}, {}, {})).left
    []
    """
    known = ColumnBounds.of(program.exact, varying)
    proofs: list[ColumnProof] = []
    _by_rows(known, proofs)
    left = known.loose_integers()
    if left and not varying.A and varying.columns is None:
        _by_duals(known, proofs)
        left = known.loose_integers()
    levels: list[LevelProof] = []
    if left and varying.has_compact_rhs() and varying.has_compact_cost() and varying.c:
        levels = _by_levels(known, left)
        left = [] if levels else left
    return Search(proofs, left, levels)


def _by_rows(known: ColumnBounds, proofs: list[ColumnProof]) -> None:
    """Round after round of single rows, until no infinite bound becomes finite."""
    moved = True
    while moved and known.loose_integers():
        moved = False
        for i in range(len(known.problem.rhs)):
            for proof in _of_row(known, i):
                try:
                    known.prove(*proof)
                except RejectedError:
                    continue
                proofs.append(proof)
                moved = True


def _of_row(known: ColumnBounds, i: int) -> Iterator[ColumnProof]:
    """Attempts of one row at columns without a bound."""
    problem, sense = known.problem, known.problem.row_sense[i]
    low, high = known.varying.rhs_range(problem, i)
    moving = {j: ends for (k, j), ends in known.varying.A.items() if k == i}
    entries: dict[int, tuple[Bound, ...]] = {j: (v,) for j, v in problem.A.rows[i]}
    entries.update(moving)
    open_ones = [j for j in entries if _is_open(known, j)]
    for t, other, end in ((1, ">=", high), (-1, "<=", low)) if open_ones else ():
        if sense == other or not isinstance(end, Fraction):
            continue
        blocked = [j for j in open_ones if not moving and _blocks(known, t, j, entries[j][0])]
        for j in open_ones if len(blocked) < 2 else ():
            if blocked in ([], [j]):
                yield from _attempts(known, i, j, t, entries[j])


def _attempts(
    known: ColumnBounds, i: int, j: int, t: int, values: tuple[Bound, ...]
) -> Iterator[ColumnProof]:
    for value in values:
        if not isinstance(value, Fraction) or not value:
            continue
        is_upper = (value > 0) == (t > 0)
        bound = known.upper[j] if is_upper else known.lower[j]
        if not isinstance(bound, Fraction):
            side: Literal["<=", ">="] = "<=" if is_upper else ">="
            yield j, side, ((i, t / abs(value)),)


def _is_open(known: ColumnBounds, j: int) -> bool:
    return math.inf in (known.upper[j], -known.lower[j])


def _blocks(known: ColumnBounds, t: int, j: int, value: Bound) -> bool:
    """Whether column `j` keeps its row from bounding others, read with the sign `t`."""
    bound = known.lower[j] if value * t > 0 else known.upper[j]
    return not isinstance(bound, Fraction)


def _by_duals(known: ColumnBounds, proofs: list[ColumnProof]) -> None:
    """The duals of ``max x_j`` and ``max -x_j`` over the data that leave most room."""
    rows, relaxed = roomy_relaxation(known)
    engine = LPEngine(relaxed)
    solved = 0
    for j in known.loose_integers():
        for side, s in (("<=", 1), (">=", -1)):
            bound = known.upper[j] if s == 1 else known.lower[j]
            if isinstance(bound, Fraction):
                continue
            y = dual_of(engine, relaxed, rows, _unit_cost(relaxed.n_cols, j, -s))
            solved += 1
            if y is None or solved > _MAX_PROGRAMS:
                return
            proof: ColumnProof = (j, "<=" if side == "<=" else ">=", y)
            try:
                known.prove(*proof)
            except RejectedError:
                return
            proofs.append(proof)


def _by_levels(known: ColumnBounds, left: list[int]) -> list[LevelProof]:
    """A price for each column that is left; nothing if one column has none."""
    if known.varying.A or known.varying.columns is not None:
        return []
    rows, relaxed = roomy_relaxation(known)
    engine = LPEngine(relaxed)
    worst = worst_costs(known)
    found: list[LevelProof] = []
    for j in left:
        for is_upper in (True, False):
            if isinstance((known.upper if is_upper else known.lower)[j], Fraction):
                continue
            proof = _level_of(known, engine, relaxed, rows, worst, j, is_upper=is_upper)
            if proof is None:
                return []
            found.append(proof)
    return found


def _level_of(
    known: ColumnBounds,
    engine: LPEngine,
    relaxed: MixedIntegerProgram,
    rows: list[int],
    worst: list[Fraction],
    j: int,
    *,
    is_upper: bool,
) -> LevelProof | None:
    for price in _PRICES:
        cost = [price * c for c in worst]
        cost[j] -= 1 if is_upper else -1
        y = dual_of(engine, relaxed, rows, cost)
        if y is None:
            continue
        proof: LevelProof = (j, "<=" if is_upper else ">=", y, price)
        try:
            known.prove_level(*proof)
        except RejectedError:
            continue
        return proof
    return None


def worst_costs(known: ColumnBounds) -> list[Fraction]:
    """Costs, in min orientation, from which those of the box differ in the harmless way only.

    The least ones where a column is bounded below, as it is where it is never negative.
    """
    sign = 1 if known.problem.sense == "min" else -1
    found = []
    for j, low in enumerate(known.lower):
        ends = sorted(sign * v for v in known.varying.cost_range(known.problem, j))
        value = ends[0] if isinstance(low, Fraction) else ends[1]
        found.append(value if isinstance(value, Fraction) else Fraction(0))
    return found


def _unit_cost(n: int, j: int, value: int) -> list[Fraction]:
    cost = [Fraction(0)] * n
    cost[j] = Fraction(value)
    return cost


def dual_of(
    engine: LPEngine, relaxed: MixedIntegerProgram, rows: list[int], exact_cost: list[Fraction]
) -> SparseVector | None:
    """Multipliers of the rows of the program that prove the least cost of the relaxation."""
    engine.set_cost(np.array([float(v) for v in exact_cost]))
    if engine.solve() is not LPStatus.OPTIMAL:
        return None
    duals = basic_duals(relaxed.exact, engine.basis(), exact_cost)
    if duals is None:
        return None
    y: dict[int, Fraction] = {}
    for k, value in duals.items():
        y[rows[k]] = y.get(rows[k], Fraction(0)) - value
    return tuple((i, v) for i, v in sorted(y.items()) if v)


def roomy_relaxation(known: ColumnBounds) -> tuple[list[int], MixedIntegerProgram]:
    """The relaxation with the bounds known so far and the rows in their widest form."""
    problem = known.problem
    rows: list[int] = []
    senses: list[RowSense] = []
    rhs: list[Fraction] = []
    for i, sense in enumerate(problem.row_sense):
        low, high = known.varying.rhs_range(problem, i)
        sides: list[tuple[RowSense, Bound]] = []
        if sense == "=" and low == high:
            sides.append(("=", low))
        else:
            sides += [("<=", high)] if sense != ">=" else []
            sides += [(">=", low)] if sense != "<=" else []
        for kind, value in sides:
            if isinstance(value, Fraction):
                rows.append(i)
                senses.append(kind)
                rhs.append(value)
    n = len(problem.c)
    exact: Problem = replace(
        problem,
        sense="min",
        c=(Fraction(0),) * n,
        A=ExactMatrix(tuple(map(_roomy_row, repeat(known), rows, senses)), n),
        row_sense=tuple(senses),
        rhs=tuple(rhs),
        lower=tuple(known.lower),
        upper=tuple(known.upper),
        integer=(False,) * n,
    )
    names = tuple(f"R{k}" for k in range(len(rows)))
    return rows, MixedIntegerProgram(exact, names, tuple(f"x{j}" for j in range(n)), "")


def _roomy_row(known: ColumnBounds, i: int, sense: RowSense) -> SparseVector:
    """A row with the coefficients that leave most room, where the sign of a column tells."""
    entries = dict(known.problem.A.rows[i])
    for (row, j), (low, high) in known.varying.A.items():
        if row == i:
            is_least = (sense == "<=") == (known.lower[j] >= 0)
            end = low if is_least else high
            entries[j] = end if isinstance(end, Fraction) else Fraction(0)
    return tuple((j, v) for j, v in sorted(entries.items()) if v)

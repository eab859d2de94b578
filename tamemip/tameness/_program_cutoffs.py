"""Search for a point that is feasible for all data of a box, and for what its cost bounds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import NamedTuple

from tamemip.certificates import (
    Bound,
    ColumnBounds,
    ExactMatrix,
    LevelProof,
    Problem,
    Range,
    RejectedError,
    RowSense,
    SparseVector,
)
from tamemip.certificates._definable_programs_bounds import Side, cutoff_of
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, incumbent, rounded_point
from tamemip.tameness._program_bounds import dual_of, roomy_relaxation, worst_costs

_SECONDS = 2.0
_ROUNDS = 3
_PRICES = tuple(Fraction(16) ** k for k in range(-1, 4))


class Cutoff(NamedTuple):
    """A point that is feasible for all data, and bounds of columns where nothing costs more."""

    point: tuple[Fraction, ...]
    proofs: list[LevelProof]


def cut_off(program: MixedIntegerProgram, known: ColumnBounds) -> Cutoff | None:
    """Bounds by the cost of a point that is feasible for all data of a box.

    The point solves the program with the least favorable data. Whatever is found tightens
    `known`; None if there is no such point.

    Parameters
    ----------
    program
        The program.
    known
        Its box of data, and the bounds that are known.

    Examples
    --------
    ``min{x: a x >= 1, x integer}`` for a in [1/8, 1] is at most 8:

    >>> from tamemip.certificates import Varying
    >>> p = MixedIntegerProgram.from_arrays([1], [[1]], [">="], [1])
    >>> box = Varying({}, {}, {(0, 0): (Fraction(1, 8), Fraction(1))})
    >>> known = ColumnBounds.of(p.exact, box)
    >>> cut_off(p, known).point, known.upper
    ((Fraction(8, 1),), [Fraction(8, 1)])
    """
    hardest = _hardest(known)
    if hardest is None:
        return None
    robust = replace(program, exact=hardest)
    point = rounded_point(robust, incumbent(robust, seconds=_SECONDS))
    if point is None:
        return None
    try:
        cutoff = cutoff_of(known.problem, known.varying, point)
    except RejectedError:
        return None
    proofs: list[LevelProof] = []
    for _ in range(_ROUNDS):
        count = len(proofs)
        proofs += _round(known, cutoff)
        if len(proofs) == count or not known.loose_integers():
            break
    return Cutoff(point, proofs)


def _round(known: ColumnBounds, cutoff: Fraction) -> list[LevelProof]:
    rows, relaxed = roomy_relaxation(known)
    engine, costs = LPEngine(relaxed), worst_costs(known)
    found: list[LevelProof] = []
    for j in known.loose_integers():
        sides: tuple[tuple[Side, Bound], ...] = (("<=", known.upper[j]), (">=", known.lower[j]))
        for side, bound in sides:
            if isinstance(bound, Fraction):
                continue
            for y, price in _attempts(engine, relaxed, rows, costs, j, side):
                try:
                    known.prove_below(j, side, y, price, cutoff)
                except RejectedError:
                    continue
                found.append((j, side, y, price))
                break
    return found


def _attempts(
    engine: LPEngine,
    relaxed: MixedIntegerProgram,
    rows: list[int],
    costs: list[Fraction],
    j: int,
    side: Side,
) -> Iterator[tuple[SparseVector, Fraction]]:
    """The cost of the column itself, and then duals of ``max x_j - price f(x)``."""
    if costs[j]:
        yield (), 1 / abs(costs[j])
    for price in _PRICES:
        cost = [price * c for c in costs]
        cost[j] -= 1 if side == "<=" else -1
        y = dual_of(engine, relaxed, rows, cost)
        if y is not None:
            yield y, price


def _hardest(known: ColumnBounds) -> Problem | None:
    """The program whose points are feasible for all data; None if there can be none.

    A column that would need its moving coefficient both small and large is fixed at 0.
    """
    problem, varying = known.problem, known.varying
    lower, upper = list(problem.lower), list(problem.upper)
    senses = problem.row_sense
    rhs: list[Fraction] = []
    for i, sense in enumerate(senses):
        least, most = varying.rhs_range(problem, i)
        value = least if sense == "<=" else most
        if not isinstance(value, Fraction) or (sense == "=" and least != most):
            return None
        rhs.append(value)
    zero: set[int] = {j for j in range(len(problem.c)) if varying.is_free(problem, j)}
    moving: dict[int, dict[int, Fraction]] = {}
    for (i, j), ends in varying.A.items():
        worst = _worst(ends, _sign(problem, j), senses[i])
        if worst is None:
            zero.add(j)
        moving.setdefault(i, {})[j] = worst or Fraction(0)
    costs = [_greatest_cost(known, j) for j in range(len(problem.c))]
    zero |= {j for j, c in enumerate(costs) if c is None}
    for j in zero:
        if not lower[j] <= 0 <= upper[j]:
            return None
        lower[j] = upper[j] = Fraction(0)
    rows = tuple(_row(problem.A.rows[i], moving.get(i, {})) for i in range(len(senses)))
    sign = 1 if problem.sense == "min" else -1
    return replace(
        problem,
        c=tuple(sign * (c or Fraction(0)) for c in costs),
        A=ExactMatrix(rows, len(problem.c)),
        rhs=tuple(rhs),
        lower=tuple(lower),
        upper=tuple(upper),
    )


def _greatest_cost(known: ColumnBounds, j: int) -> Fraction | None:
    """In min orientation, for the sign of the column; None if it is not bounded."""
    low, high = known.varying.cost_range(known.problem, j)
    if low == high and isinstance(low, Fraction):
        return low if known.problem.sense == "min" else -low
    if known.problem.sense == "max":
        low, high = -high, -low
    sign = _sign(known.problem, j)
    end = high if sign > 0 else low
    return end if sign and isinstance(end, Fraction) else None


def _sign(problem: Problem, j: int) -> int:
    """1 for a column that is never negative, -1 for one that is never positive, 0 otherwise."""
    return 1 if problem.lower[j] >= 0 else -1 if problem.upper[j] <= 0 else 0


def _worst(ends: Range, sign: int, sense: RowSense) -> Fraction | None:
    """The coefficient that leaves a row least room."""
    if ends[0] == ends[1] and isinstance(ends[0], Fraction):
        return ends[0]
    if sense == "=" or not sign:
        return None
    value = ends[0] if (sense == ">=") == (sign > 0) else ends[1]
    return value if isinstance(value, Fraction) else None


def _row(row: SparseVector, moving: Mapping[int, Fraction]) -> SparseVector:
    entries = dict(row) | dict(moving)
    return tuple((j, v) for j, v in sorted(entries.items()) if v)

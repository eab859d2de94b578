"""Optimality, infeasibility and unboundedness of a linear program, decided in rationals."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from tamemip.certificates import Problem
from tamemip.duality import IntegerData, Multipliers, Rationalizer, solve_exactly
from tamemip.errors import NotAllowedError, SolverError
from tamemip.solvers import Basis, basic_duals, basic_point

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Vector: TypeAlias = tuple[Fraction, ...]
Duals: TypeAlias = dict[int, Fraction]

_ZERO, _ONE = Fraction(0), Fraction(1)

#: Entries of the dense tableau in rationals, at most: several seconds.
LARGEST_TABLEAU = 200_000


@final
@dataclass(frozen=True, slots=True)
class Optimum:
    """An optimal point with optimal duals of a minimization.

    Attributes
    ----------
    point, duals
        By column, and by row without zeros.
    is_primal_degenerate, is_dual_degenerate
        If not, the duals (the point) are unique.
    """

    point: Vector
    duals: Duals
    is_primal_degenerate: bool
    is_dual_degenerate: bool


@final
@dataclass(frozen=True, slots=True)
class Ray:
    """A feasible point and a direction that improves it forever."""

    point: Vector
    direction: Vector


@final
class LinearData:
    """A linear program that is minimized, at any right-hand side.

    Parameters
    ----------
    problem
        Its data; the sense is ``"min"``, and no column is integer.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self._data = IntegerData(problem)
        self.empty_rows = [i for i, row in enumerate(problem.A.rows) if not row]

    # -- questions to a pair -----------------------------------------------------------

    def is_within(self, point: Vector) -> bool:
        """Whether a point satisfies the bounds."""
        problem = self.problem
        triples = zip(problem.lower, point, problem.upper, strict=True)
        return all(low <= v <= up for low, v, up in triples)

    def slacks(self, point: Vector, right: Vector) -> Vector | None:
        """``A x - b``, or None if a row is violated."""
        problem = self.problem
        rooms = [-b for b in right]
        for j, v in enumerate(point):
            if v:
                for i, a in problem.A.columns[j]:
                    rooms[i] += a * v
        for sense, room in zip(problem.row_sense, rooms, strict=True):
            if (room < 0 and sense != "<=") or (room > 0 and sense != ">="):
                return None
        return tuple(rooms)

    def reduced_costs(self, duals: Mapping[int, Fraction]) -> dict[int, Fraction]:
        """``c - A^T y`` without zeros, for duals of the right signs."""
        return exact_reduced(self._data.multipliers(duals, is_ray=False))

    def pulls(self, multipliers: Mapping[int, Fraction]) -> dict[int, Fraction]:
        """``-A^T y`` without zeros, for multipliers of the right signs."""
        return exact_reduced(self._data.multipliers(multipliers, is_ray=True))

    def have_right_signs(self, multipliers: Mapping[int, Fraction]) -> bool:
        """Whether they are ``>= 0`` on rows ``>=`` and ``<= 0`` on rows ``<=``."""
        return all(
            (y >= 0 or self.problem.row_sense[i] != ">=")
            and (y <= 0 or self.problem.row_sense[i] != "<=")
            for i, y in multipliers.items()
        )


def exact_reduced(multipliers: Multipliers) -> dict[int, Fraction]:
    """Reduced costs as fractions, without zeros."""
    denominator = multipliers.reduced_denominator
    return {j: Fraction(r, denominator) for j, r in multipliers.reduced.items()}


def violated_row(lp: LinearData, right: Vector) -> tuple[int, Fraction] | None:
    """A row without columns that cannot hold, with its multiplier."""
    for i in lp.empty_rows:
        sense, b = lp.problem.row_sense[i], right[i]
        if (b > 0 and sense != "<=") or (b < 0 and sense != ">="):
            return i, _ONE if b > 0 else -_ONE
    return None


# -- optimality ---------------------------------------------------------------------------


def optimum_of_basis(lp: LinearData, basis: Basis, right: Vector) -> Optimum | None:
    """The pair that a basis stands for, or None if it is not optimal in exact arithmetic."""
    problem = lp.problem
    point = basic_point(problem, basis, lower=problem.lower, upper=problem.upper, rhs=right)
    if point is None:
        return None
    duals = basic_duals(problem, basis, problem.c)
    if duals is None:
        return None
    rooms = lp.slacks(point, right) if lp.is_within(point) else None
    if rooms is None:
        return None
    if not lp.have_right_signs(duals):
        return None
    reduced = lp.reduced_costs(duals)
    if not _is_complementary(lp, point, rooms, duals, reduced):
        return None
    columns, rows = basis.masks()
    return Optimum(
        point,
        duals,
        _is_primal_degenerate(lp, columns, rows, point, rooms),
        _is_dual_degenerate(lp, columns, rows, duals, reduced),
    )


def _is_complementary(
    lp: LinearData, point: Vector, rooms: Vector, duals: Duals, reduced: Mapping[int, Fraction]
) -> bool:
    """Whether a feasible point and duals of the right signs prove one another optimal."""
    if any(rooms[i] for i, y in duals.items() if y):
        return False
    lower, upper = lp.problem.lower, lp.problem.upper
    return all(point[j] == (lower[j] if z > 0 else upper[j]) for j, z in reduced.items())


def _is_primal_degenerate(
    lp: LinearData,
    columns: NDArray[np.bool_],
    rows: NDArray[np.bool_],
    point: Vector,
    rooms: Vector,
) -> bool:
    problem = lp.problem
    return any(
        is_basic and v in (low, up)
        for is_basic, low, v, up in zip(columns, problem.lower, point, problem.upper, strict=True)
    ) or any(not is_tight and not room for is_tight, room in zip(rows, rooms, strict=True))


def _is_dual_degenerate(
    lp: LinearData,
    columns: NDArray[np.bool_],
    rows: NDArray[np.bool_],
    duals: Duals,
    reduced: Mapping[int, Fraction],
) -> bool:
    problem = lp.problem
    return any(
        not is_basic and j not in reduced and problem.lower[j] != problem.upper[j]
        for j, is_basic in enumerate(columns)
    ) or any(
        is_tight and sense != "=" and not duals.get(i)
        for i, (is_tight, sense) in enumerate(zip(rows, problem.row_sense, strict=True))
    )


# -- infeasibility ------------------------------------------------------------------------


def farkas_vector(lp: LinearData, ray: NDArray[np.float64], right: Vector) -> Duals | None:
    """Farkas multipliers near a float ray of either sign, or None."""
    rationalizer = Rationalizer()
    for sign in (1, -1):
        for guess in (rationalizer.vertex(sign * ray), *rationalizer.roundings(sign * ray)):
            kept = {i: y for i, y in guess.items() if y and lp.have_right_signs({i: y})}
            if is_farkas_vector(lp, kept, right):
                return kept
    return None


def is_farkas_vector(lp: LinearData, multipliers: Mapping[int, Fraction], right: Vector) -> bool:
    """Whether multipliers prove that no point is feasible: ``y b > max y A x`` over the box."""
    if not lp.have_right_signs(multipliers):
        return False
    problem = lp.problem
    margin = sum((y * right[i] for i, y in multipliers.items()), _ZERO)
    for j, z in lp.pulls(multipliers).items():
        bound = problem.lower[j] if z > 0 else problem.upper[j]
        if not isinstance(bound, Fraction):
            return False
        margin += z * bound
    return margin > 0


# -- without floats -----------------------------------------------------------------------


def exact_optimum(lp: LinearData, right: Vector) -> Optimum | Duals | Ray:
    """The end of a linear program, by the simplex method in rationals.

    Raises
    ------
    NotAllowedError
        If it is too large for that.
    """
    problem = lp.problem
    _require_small(problem)
    rows = [dict(row) for row in problem.A.rows]
    verdict = solve_exactly(
        rows,
        problem.row_sense,
        right,
        costs=problem.c,
        lower=problem.lower,
        upper=problem.upper,
    )
    if verdict is None:
        return _improving_ray(lp, right)
    if verdict.point is None:
        _require(is_farkas_vector(lp, verdict.multipliers, right))
        return verdict.multipliers
    rooms = lp.slacks(verdict.point, right)
    _require(lp.is_within(verdict.point) and lp.have_right_signs(verdict.multipliers))
    reduced = lp.reduced_costs(verdict.multipliers)
    if rooms is None:
        raise _broken()
    _require(_is_complementary(lp, verdict.point, rooms, verdict.multipliers, reduced))
    return Optimum(verdict.point, verdict.multipliers, True, True)


def _improving_ray(lp: LinearData, right: Vector) -> Ray:
    """A feasible point, and the steepest direction of the recession cone in a unit box."""
    problem = lp.problem
    rows = [dict(row) for row in problem.A.rows]
    senses = problem.row_sense
    start = solve_exactly(
        rows,
        senses,
        right,
        costs=(_ZERO,) * len(problem.c),
        lower=problem.lower,
        upper=problem.upper,
    )
    steepest = solve_exactly(
        rows,
        senses,
        (_ZERO,) * len(rows),
        costs=problem.c,
        lower=[-_ONE if v == -math.inf else _ZERO for v in problem.lower],
        upper=[_ONE if v == math.inf else _ZERO for v in problem.upper],
    )
    if start is None or start.point is None or steepest is None or steepest.point is None:
        raise _broken()
    _require(lp.is_within(start.point) and lp.slacks(start.point, right) is not None)
    _require(sum((c * v for c, v in zip(problem.c, steepest.point, strict=True)), _ZERO) < 0)
    _require(_stays_feasible(lp, steepest.point))
    return Ray(start.point, steepest.point)


def _stays_feasible(lp: LinearData, direction: Vector) -> bool:
    problem = lp.problem
    return lp.slacks(direction, (_ZERO,) * len(problem.rhs)) is not None and all(
        (v >= 0 or low == -math.inf) and (v <= 0 or up == math.inf)
        for low, v, up in zip(problem.lower, direction, problem.upper, strict=True)
    )


def _require(is_true: bool) -> None:
    if not is_true:
        raise _broken()


def _broken() -> SolverError:
    return SolverError(
        "the exact simplex method ended with a point or multipliers that do not prove what it "
        "says. This is a mistake of the library: please report the program.",
        solver="exact simplex",
    )


def _require_small(problem: Problem) -> None:
    boxed = sum(
        isinstance(low, Fraction) and isinstance(up, Fraction)
        for low, up in zip(problem.lower, problem.upper, strict=True)
    )
    height = len(problem.rhs) + boxed
    entries = height * (2 * height + len(problem.c))
    if entries > LARGEST_TABLEAU:
        raise NotAllowedError(
            "an exact solution of the linear program of one integer part was asked for; the "
            "basis that floats propose is not optimal in exact arithmetic, and the program has "
            f"{entries} entries, more than {LARGEST_TABLEAU}, which is too many for rationals "
            "alone. Scale its rows and columns so that the coefficients are of one size."
        )

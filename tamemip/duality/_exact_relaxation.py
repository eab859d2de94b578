"""The relaxation over a box, solved in rationals from the start where it is small."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.certificates import Bound
from tamemip.duality._exact_simplex import ExactVerdict, solve_exactly

if TYPE_CHECKING:
    from tamemip.duality._multipliers import IntegerData
    from tamemip.duality._relaxation import Point
    from tamemip.duality._tree import Literals

#: Entries of the dense tableau, at most: a few seconds.
LARGEST_TABLEAU = 60_000


def exact_over_box(
    data: IntegerData,
    literals: Literals,
    rhs: Sequence[Fraction],
    *,
    largest: int = LARGEST_TABLEAU,
) -> ExactVerdict | None:
    """The least cost over a box, in min orientation; None if it is unbounded or large.

    Columns that the box fixes are constants, so that a fixed integer part leaves little.
    """
    problem = data.problem
    lower, upper = list(data.lower), list(data.upper)
    for (j, side), at in literals.items():
        (upper if side == "<=" else lower)[j] = Fraction(at)
    fixed = {j: v for j, v in enumerate(lower) if v == upper[j] and isinstance(v, Fraction)}
    loose = [j for j in range(len(lower)) if j not in fixed]
    if _entries(len(rhs), lower, upper, loose) > largest:
        return None
    place = {j: k for k, j in enumerate(loose)}
    rows, sides = [], []
    for row, b in zip(problem.A.rows, rhs, strict=True):
        rows.append({place[j]: v for j, v in row if j in place})
        sides.append(b - sum((v * fixed[j] for j, v in row if j in fixed), Fraction(0)))
    verdict = solve_exactly(
        rows,
        problem.row_sense,
        sides,
        costs=[data.sign * problem.c[j] for j in loose],
        lower=[lower[j] for j in loose],
        upper=[upper[j] for j in loose],
    )
    if verdict is None or verdict.point is None:
        return verdict
    return ExactVerdict(_joined(fixed, place, verdict.point), verdict.multipliers)


def _entries(m: int, lower: Sequence[Bound], upper: Sequence[Bound], loose: Sequence[int]) -> int:
    """Entries of the tableau: a row a row and a doubly bounded column."""
    doubled = sum(isinstance(lower[j], Fraction) and isinstance(upper[j], Fraction) for j in loose)
    height = m + doubled
    return height * (2 * height + len(loose))


def _joined(fixed: dict[int, Fraction], place: dict[int, int], values: Point) -> Point:
    n = len(fixed) + len(place)
    return tuple(fixed[j] if j in fixed else values[place[j]] for j in range(n))

"""The second checker's look at points: bounds, integrality, rows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tamemip.certificates._fast_integers import IntegerProblem
from tamemip.certificates._json import RejectedError
from tamemip.certificates._step import ScaledVector, Step


def feasible(
    step: Step, name: str, problem: IntegerProblem, rhs: Sequence[Fraction]
) -> ScaledVector:
    """The point that a step has under a name, if it is feasible at a right-hand side."""
    point = step.vector(name, size=problem.n_cols)
    x = [0] * problem.n_cols
    for j, v in zip(point.indices, point.values, strict=True):
        x[j] = v * problem.grid
    for j, v in enumerate(x):
        low, up = problem.lower[j] * point.denominator, problem.upper[j] * point.denominator
        if (v < low and not problem.lower_is_free[j]) or (v > up and not problem.upper_is_free[j]):
            raise RejectedError(f"the point is outside the bounds of column {j}")
        if problem.integer[j] and v % (problem.grid * point.denominator):
            raise RejectedError(f"the point is fractional in column {j}")
    hold_rows(point, rhs, problem)
    return point


def hold_rows(x: ScaledVector, rhs: Sequence[Fraction], problem: IntegerProblem) -> None:
    """Reject a vector that violates a row."""
    entries = dict(zip(x.indices, x.values, strict=True))
    for i, (columns, values) in enumerate(problem.rows):
        total = sum(a * entries.get(j, 0) for j, a in zip(columns, values, strict=True))
        # total / (unit * denominator) against p / q, cross-multiplied.
        excess = total * rhs[i].denominator - rhs[i].numerator * problem.unit * x.denominator
        sense = problem.row_sense[i]
        if (excess > 0 and sense != ">=") or (excess < 0 and sense != "<="):
            raise RejectedError(f"row {i} is violated")

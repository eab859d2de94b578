"""Points that solvers return, looked at with our own eyes."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np

from tamemip.arithmetic import rationalize
from tamemip.solvers._model import row_heights

if TYPE_CHECKING:
    from tamemip.programs import MixedIntegerProgram
    from tamemip.solvers._claim import Claim, Point

FEASIBILITY_TOLERANCE = 2e-6  # solvers work to 1e-6, relative to a row's largest term
INTEGRALITY_TOLERANCE = 1e-5
_SIMPLE_DENOMINATORS = (1, 1000, 10**6)  # tried for continuous values, coarse first
_SIMPLE_DISTANCE = 1e-7


def rounded_point(program: MixedIntegerProgram, claim: Claim) -> tuple[Fraction, ...] | None:
    """An exactly feasible point near the one of a claim, if rounding finds it.

    Integer columns go to the nearest integer. Continuous ones are read as
    bounds where they touch them, as simple fractions, and as the decimals they
    print, in this order. Nothing is solved again.

    Returns
    -------
    tuple of Fraction, or None
        A point without exact violations.
    """
    if claim.point is None:
        return None
    pure = all(program.exact.integer)
    for denominator in (*_SIMPLE_DENOMINATORS, None):
        point = tuple(
            _read(program, j, float(value), denominator) for j, value in enumerate(claim.point)
        )
        if not program.violations(point):
            return point
        if pure:
            return None
    return None


def broken_integer_row(program: MixedIntegerProgram, claim: Claim) -> str | None:
    """A row that a point of integers, added up exactly, breaks after all; None if there is none.

    A tolerance that is relative to a row's terms lets points pass that are off by whole units
    where the terms are in the millions.
    """
    if claim.point is None or not all(program.exact.integer):
        return None
    broken = program.violations([round(float(value)) for value in claim.point])
    return broken[0] if broken else None


def exact_value(program: MixedIntegerProgram, point: Point) -> Fraction:
    """Objective of a float point, computed without rounding."""
    terms = (c * Fraction(float(x)) for c, x in zip(program.exact.c, point, strict=True) if c and x)
    return sum(terms, program.exact.offset)


def value_scale(program: MixedIntegerProgram, point: Point) -> float:
    """The size of the numbers that add up to an objective value."""
    largest = float(np.max(np.abs(program.c), initial=0.0))
    return max(largest, abs(float(program.offset)), float(np.abs(program.c) @ np.abs(point)))


def snapped(program: MixedIntegerProgram, point: Point) -> Point:
    """The point with integer columns rounded, if that keeps it feasible."""
    candidate = np.where(program.integrality, np.rint(point), point)
    candidate = np.clip(candidate, program.lower, program.upper) + 0.0  # no -0.0 in print
    return candidate if breach(program, candidate) is None else point


def breach(program: MixedIntegerProgram, point: Point) -> str | None:
    """What a float point breaks by more than a tolerance, worst kind first, or None."""
    if not np.isfinite(point).all():
        return "the point has entries that are not finite"
    size = np.maximum(1.0, np.abs(point))
    outside = np.maximum(program.lower - point, point - program.upper)
    if (j := _worst(outside - FEASIBILITY_TOLERANCE * size)) is not None:
        return (
            f"column {program.col_names[j]!r} = {point[j]:.9g} is outside "
            f"[{program.lower[j]:.9g}, {program.upper[j]:.9g}]"
        )
    fraction = np.where(program.integrality, np.abs(point - np.rint(point)), 0.0)
    if (j := _worst(fraction - INTEGRALITY_TOLERANCE)) is not None:
        return f"column {program.col_names[j]!r} = {point[j]:.9g} is not an integer"
    return _row_breach(program, point)


def _row_breach(program: MixedIntegerProgram, point: Point) -> str | None:
    if not program.n_rows:
        return None
    activity = program.A @ point
    senses = np.array(program.row_sense, dtype="U2")
    excess = np.where(senses == ">=", program.rhs - activity, activity - program.rhs)
    excess = np.where(senses == "=", np.abs(excess), excess)
    # A row is as large as its largest term, so that its scale does not matter.
    terms = program.A.copy()
    terms.data = terms.data * np.maximum(1.0, np.abs(point))[terms.indices]
    size = np.maximum(np.abs(program.rhs), row_heights(terms))
    i = _worst(excess - FEASIBILITY_TOLERANCE * size)
    if i is None:
        return None
    sense = program.row_sense[i]
    return f"row {program.row_names[i]!r}: {activity[i]:.9g} {sense} {program.rhs[i]:.9g} fails"


def _worst(excess: Point) -> int | None:
    if not excess.size:
        return None
    j = int(np.argmax(excess))
    return j if excess[j] > 0 else None


def _read(program: MixedIntegerProgram, j: int, value: float, denominator: int | None) -> Fraction:
    if program.exact.integer[j]:
        return Fraction(round(value))
    exact = rationalize(value)
    for bound in (program.exact.lower[j], program.exact.upper[j]):
        if isinstance(bound, Fraction) and abs(exact - bound) <= _SIMPLE_DISTANCE:
            return bound
    if denominator is None:
        return exact
    simple = exact.limit_denominator(denominator)
    return simple if abs(simple - exact) <= _SIMPLE_DISTANCE else exact

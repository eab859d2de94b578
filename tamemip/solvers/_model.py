"""A program as solvers take it: float arrays, at a scale that they can see."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray
    from scipy import sparse

    from tamemip.certificates import Bound, SparseVector
    from tamemip.programs import MixedIntegerProgram

    Floats = NDArray[np.float64]

INFINITY = 10**20  # SCIP and HiGHS take what is this large for infinite
_FAINT = 1e-4  # SCIP and HiGHS drop numbers near 1e-9: rows and costs below this are scaled up
_LARGEST_INTEGER = 2**53  # the last integer up to which doubles are exact
_LARGEST_CP_SAT_BOUND = 2**31


@final
@dataclass(frozen=True, eq=False)
class FloatModel:
    """``min`` or ``max`` ``cost x`` over ``row_lower <= matrix x <= row_upper``, and bounds.

    Rows and costs may be scaled: the user's objective is
    ``cost x / scale + offset``. Bounds beyond `INFINITY` are infinite here: the
    model is then a relaxation (see `has_loose_bounds`).
    """

    cost: Floats
    matrix: sparse.csr_array[Any]
    row_lower: Floats
    row_upper: Floats
    lower: Floats
    upper: Floats
    integrality: NDArray[np.bool_]
    is_maximum: bool
    scale: Fraction
    offset: Fraction

    def to_user(self, objective: float) -> float:
        """A number on the solver's objective scale, in the user's terms."""
        if not abs(objective) < INFINITY:
            return math.copysign(math.inf, objective)
        return float(Fraction(objective) / self.scale + self.offset)

    @property
    def scaled_offset(self) -> float:
        """The offset on the solver's objective scale."""
        return float(self.offset * self.scale)


def why_not_float(program: MixedIntegerProgram) -> str | None:
    """Why a solver in floats cannot take a program, or None."""
    exact = program.exact
    for j, cost in enumerate(exact.c):
        if abs(cost) >= INFINITY:
            return f"column {program.col_names[j]!r} has a cost beyond 1e20"
    for j, (low, up) in enumerate(zip(exact.lower, exact.upper, strict=True)):
        if low >= INFINITY or up <= -INFINITY:
            return f"the bounds of column {program.col_names[j]!r} lie beyond 1e20"
    for i, (row, rhs) in enumerate(zip(exact.A, exact.rhs, strict=True)):
        if abs(rhs) >= INFINITY or any(abs(v) >= INFINITY for _, v in row):
            return f"row {program.row_names[i]!r} has a number beyond 1e20"
    return None if abs(exact.offset) < INFINITY else "the offset is beyond 1e20"


def has_loose_bounds(program: MixedIntegerProgram) -> bool:
    """Whether a finite bound is infinite for the solvers."""
    bounds = (*program.exact.lower, *program.exact.upper)
    return any(isinstance(b, Fraction) and abs(b) >= INFINITY for b in bounds)


def float_model(program: MixedIntegerProgram) -> FloatModel:
    """The model for SCIP and HiGHS.

    Faint rows and costs are multiplied by powers of two, which rounds nothing.
    """
    heights = row_heights(program.A)
    factors = np.array([_power_of_two(h) for h in heights])
    cost_scale = _power_of_two(float(np.max(np.abs(program.c), initial=0.0)))
    rows = np.repeat(np.arange(program.n_rows), np.diff(program.A.indptr))
    matrix = program.A.copy()
    matrix.data = matrix.data * factors[rows]
    return _model(
        program, program.c * cost_scale, matrix, program.rhs * factors, Fraction(cost_scale)
    )


def why_not_integer(program: MixedIntegerProgram) -> str | None:
    """Why CP-SAT cannot take a program, or None.

    CP-SAT computes with 64-bit integers. It was wrong on mixed programs, and it
    is wrong where numbers have to be rounded: it gets neither.
    """
    exact = program.exact
    if not all(exact.integer):
        return f"column {program.col_names[exact.integer.index(False)]!r} is continuous"
    reach: list[Fraction] = []
    for j, (low, up) in enumerate(zip(exact.lower, exact.upper, strict=True)):
        if not (isinstance(low, Fraction) and isinstance(up, Fraction)):
            return f"column {program.col_names[j]!r} has no finite bounds"
        reach.append(max(abs(low), abs(up)))
        if reach[-1] > _LARGEST_CP_SAT_BOUND:
            return f"the bounds of column {program.col_names[j]!r} are not within 2**31"
    for i, (row, rhs) in enumerate(zip(exact.A, exact.rhs, strict=True)):
        size = abs(rhs) + sum(abs(v) * reach[j] for j, v in row)
        if size / _step(row) > _LARGEST_INTEGER:
            return f"row {program.row_names[i]!r}, scaled to integers, is beyond 2**53"
    factor = math.lcm(*(v.denominator for v in exact.c))
    if (
        factor * sum(abs(v) * r for v, r in zip(exact.c, reach, strict=True) if v)
        > _LARGEST_INTEGER
    ):
        return "the costs, scaled to integers, are beyond 2**53"
    return None


def integer_conflict(program: MixedIntegerProgram) -> str | None:
    """An equality row that no integers satisfy, by divisibility, or None.

    CP-SAT calls some models with such a row invalid instead of infeasible.
    """
    exact = program.exact
    for i, (row, rhs) in enumerate(zip(exact.A, exact.rhs, strict=True)):
        if exact.row_sense[i] == "=" and (rhs / _step(row)).denominator != 1:
            return f"row {program.row_names[i]!r} has no integer solution, by divisibility"
    return None


def integer_model(program: MixedIntegerProgram) -> FloatModel:
    """The model for CP-SAT: integer rows without common divisors, integer costs.

    Inequalities are rounded to the nearest right-hand side that integers reach.
    """
    exact = program.exact
    matrix = program.A.copy()
    data: list[float] = []
    rhs: list[float] = []
    for row, right, sense in zip(exact.A, exact.rhs, exact.row_sense, strict=True):
        step = _step(row)
        data.extend(float(v / step) for _, v in row)
        level = right / step
        rhs.append(float(math.floor(level) if sense == "<=" else math.ceil(level)))
    matrix.data = np.array(data, dtype=np.float64)
    scale = math.lcm(*(v.denominator for v in exact.c))
    cost = np.array([float(v * scale) for v in exact.c], dtype=np.float64)
    return _model(program, cost, matrix, np.array(rhs, dtype=np.float64), Fraction(scale))


def _step(row: SparseVector) -> Fraction:
    """The positive generator of all values that a row takes at integers; 1 for an empty row."""
    factor = math.lcm(*(v.denominator for _, v in row))
    return Fraction(math.gcd(*((v * factor).numerator for _, v in row)) or 1, factor)


def _model(
    program: MixedIntegerProgram,
    cost: Floats,
    matrix: sparse.csr_array[Any],
    rhs: Floats,
    scale: Fraction,
) -> FloatModel:
    exact = program.exact
    senses = np.array(program.row_sense, dtype="U2")
    lower = _solver_bounds(exact.lower, exact.integer, math.ceil)
    upper = _solver_bounds(exact.upper, exact.integer, math.floor)
    return FloatModel(
        cost=cost,
        matrix=matrix,
        row_lower=np.where(senses == "<=", -np.inf, rhs),
        row_upper=np.where(senses == ">=", np.inf, rhs),
        lower=lower,
        upper=upper,
        integrality=program.integrality,
        is_maximum=program.sense == "max",
        scale=scale,
        offset=program.offset,
    )


def _solver_bounds(
    bounds: Sequence[Bound], integer: Sequence[bool], tighten: Callable[[Fraction], int]
) -> Floats:
    """Bounds as floats; whole numbers on integer columns, infinite beyond `INFINITY`."""
    values = []
    for bound, flag in zip(bounds, integer, strict=True):
        if not isinstance(bound, Fraction) or abs(bound) >= INFINITY:
            values.append(math.inf if bound > 0 else -math.inf)
        else:
            values.append(float(tighten(bound) if flag else bound))
    return np.array(values, dtype=np.float64)


def row_heights(matrix: sparse.csr_array[Any]) -> Floats:
    """The largest absolute value in each row; 0 in an empty one."""
    heights = np.zeros(matrix.shape[0])
    filled = np.flatnonzero(np.diff(matrix.indptr))
    if filled.size:
        heights[filled] = np.maximum.reduceat(np.abs(matrix.data), matrix.indptr[filled])
    return heights


def _power_of_two(height: float) -> float:
    """The power of two that lifts a faint height to about 1; otherwise 1."""
    return 2.0 ** -math.frexp(height)[1] if 0.0 < height < _FAINT else 1.0

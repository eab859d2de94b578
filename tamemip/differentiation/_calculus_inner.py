"""Values and solutions of programs as functions that a composition is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from tamemip.certificates import Bound, SparseVector
from tamemip.differentiation._cones import Vector, dot
from tamemip.differentiation._gradient import conservative_gradient
from tamemip.differentiation._solution_jacobian import solution_jacobian
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.tameness import Expression
from tamemip.value_functions import (
    BoxValueFunction,
    CostValueFunction,
    LatticeValueFunction,
    LineValueFunction,
    MovingLine,
)

if TYPE_CHECKING:
    from tamemip.solvers import Limits

__all__ = ["OptimalEntry", "OptimalValue", "Valued", "moving_program", "with_moving_rows"]

Valued: TypeAlias = (
    "MixedIntegerProgram | ParametricProgram | LineValueFunction | BoxValueFunction "
    "| LatticeValueFunction | CostValueFunction"
)
"""What has an optimal value that moves."""

_ZERO, _ONE = Fraction(0), Fraction(1)


@final
@dataclass(frozen=True, eq=False)
class OptimalValue:
    """The optimal value of a program whose parameters are expressions.

    Attributes
    ----------
    program
        The program.
    arguments
        One expression a parameter.
    ranges
        The interval in which each parameter has to lie.
    """

    program: ParametricProgram
    arguments: tuple[Expression, ...]
    ranges: tuple[tuple[Bound, Bound] | None, ...]

    def local(self, values: Vector, limits: Limits | None) -> tuple[Fraction, tuple[Vector, ...]]:
        """The value, and generators of a conservative gradient in the parameters."""
        for name, value, ends in zip(self.program.names, values, self.ranges, strict=True):
            if ends is not None and not ends[0] < value < ends[1]:
                raise InvalidInputError(
                    f"the value function is known for {name} between {ends[0]} and {ends[1]}; it "
                    f"was to be differentiated at {value}. Ask inside, or hand in its program."
                )
        found = conservative_gradient(self.program, at=values, limits=limits)
        return found.value, found.flat

    def __str__(self) -> str:
        return f"the optimal value of {self.program.program!r}"


@final
@dataclass(frozen=True, eq=False)
class OptimalEntry:
    """One column of the optimal solution of a program whose parameters are expressions.

    Attributes
    ----------
    program
        The program.
    arguments
        One expression a parameter.
    column
        The index of the column.
    """

    program: ParametricProgram
    arguments: tuple[Expression, ...]
    column: int

    def local(self, values: Vector, limits: Limits | None) -> tuple[Fraction, tuple[Vector, ...]]:
        """The optimal entry, and its derivative by the parameters."""
        found = solution_jacobian(self.program, values, limits=limits)
        return found.exact_point[self.column], (found.rows[self.column],)

    def __str__(self) -> str:
        name = self.program.program.col_names[self.column]
        return f"the optimal {name!r} of {self.program.program!r}"


def moving_program(
    f: Valued, names: Iterable[str] | None = None
) -> tuple[ParametricProgram, tuple[tuple[Bound, Bound] | None, ...]]:
    """What moves in a value, as parameters, and where each of them has to lie.

    Parameters
    ----------
    f
        A program, of which right-hand sides move; a parametric program; a value function.
    names
        The rows that move, of a program; all if None.
    """
    match f:
        case ParametricProgram():
            return f, (None,) * f.n_parameters
        case MixedIntegerProgram():
            rows = f.row_names if names is None else tuple(names)
            return with_moving_rows(f, rows), (None,) * len(rows)
        case BoxValueFunction() | LatticeValueFunction():
            ends = {f.program.row_names[_row(f.program, key)]: f.box[key] for key in f.box}
            return with_moving_rows(f.program, ends), tuple(ends.values())
        case CostValueFunction():
            slopes = {j: [rate] for j, rate in f.direction}
            return ParametricProgram(f.program, c=slopes, names=("t",)), (f.interval,)
        case LineValueFunction():
            if f.origin is not None:
                return _along(f.origin), (f.interval,)
            slopes = {i: [rate] for i, rate in f.direction}
            return ParametricProgram(f.program, rhs=slopes, names=("t",)), (f.interval,)


def with_moving_rows(p: MixedIntegerProgram, rows: Iterable[str]) -> ParametricProgram:
    """The program with the right-hand sides of some rows as parameters."""
    names = tuple(rows)
    if not names:
        raise InvalidInputError("no row moves; name one at least.")
    places = [_row(p, name) for name in names]
    start = [_ZERO if i in places else b for i, b in enumerate(p.exact.rhs)]
    k = len(names)
    units = {i: [_ONE if j == c else _ZERO for j in range(k)] for c, i in enumerate(places)}
    return ParametricProgram(p.with_rhs(start), rhs=units, names=names)


def _row(p: MixedIntegerProgram, key: object) -> int:
    if isinstance(key, str) and key in p.row_names:
        return p.row_names.index(key)
    if isinstance(key, int) and 0 <= key < p.n_rows:
        return key
    raise InvalidInputError(f"there is no row {key!r}; the rows are {list(p.row_names)[:8]}.")


def _along(line: MovingLine) -> ParametricProgram:
    """The program of a line of parameters, in the step."""
    q, way = line.of, tuple(line.direction)

    def slopes(rows: Sequence[SparseVector]) -> Mapping[int, list[Fraction]]:
        return {i: [_rate(row, way)] for i, row in enumerate(rows) if row}

    return ParametricProgram(
        q.at(tuple(line.start)),
        rhs=slopes(q.rhs.rows),
        c=slopes(q.c.rows),
        lower=slopes(q.lower.rows),
        upper=slopes(q.upper.rows),
        A={(entry.row, entry.col): [_rate(entry.slope, way)] for entry in q.A},
        names=("t",),
    )


def _rate(slope: SparseVector, way: Vector) -> Fraction:
    return dot([v for _, v in slope], [way[k] for k, _ in slope])

"""Columns and rows of a parametric program while it is written."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound, ExactMatrix, Problem, RowSense, Sense
from tamemip.errors import NotAllowedError
from tamemip.programs import MixedIntegerProgram, ParametricProgram

UNIT = -1
"""The column of the number 1."""

Affine: TypeAlias = tuple[Mapping[int, Fraction], Fraction]
"""Weights of the parameters, and a constant."""

Expression: TypeAlias = Mapping[int, Affine]
"""Columns with coefficients that are affine in the parameters."""

ZERO = Fraction(0)
ONE = Fraction(1)

#: A program with more columns is of no use to a solver, and its leaves are better kept as a tree.
_MOST_COLUMNS = 200_000


@final
class Draft:
    """Columns and rows while they are made. A row says that an expression is ``>= 0`` or 0."""

    def __init__(self, n_parameters: int) -> None:
        self.n_parameters = n_parameters
        self.names: list[str] = []
        self._counts: dict[str, int] = {}
        self.integer: list[bool] = []
        self.lower: list[Bound] = []
        self.upper: list[Bound] = []
        self.rows: list[tuple[Expression, RowSense]] = []

    def column(
        self, kind: str, *, integer: bool, lower: Bound = -math.inf, upper: Bound = math.inf
    ) -> int:
        """A new column, named by its kind and a number."""
        if len(self.names) >= _MOST_COLUMNS:
            raise NotAllowedError(
                f"the program of this function needs more than {_MOST_COLUMNS} columns."
            )
        number = self._counts[kind] = self._counts.get(kind, 0) + 1
        self.names.append(f"{kind}{number}")
        self.integer.append(integer)
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.names) - 1

    def require(self, expression: Expression, sense: RowSense = ">=") -> None:
        """Add the row ``expression >= 0``, or ``= 0``."""
        self.rows.append((expression, sense))

    def program(
        self, value: Expression, symbols: Sequence[str], sense: Sense, offset: Fraction, name: str
    ) -> ParametricProgram:
        """Minimize an expression (or maximize its negative)."""
        value = self._objective(value)
        sign = 1 if sense == "min" else -1
        constant = value.get(UNIT, ({}, ZERO))[1]
        slots = _Slots(self.n_parameters)
        costs = [sign * slots.cost(j, value.get(j), sign) for j in range(len(self.names))]
        matrix, rhs = [], []
        for i, (expression, _) in enumerate(self.rows):
            matrix.append(tuple(slots.row(i, expression)))
            rhs.append(slots.side(i, expression.get(UNIT)))
        problem = Problem(
            sense=sense,
            c=tuple(costs),
            A=ExactMatrix(tuple(matrix), len(self.names)),
            row_sense=tuple(row_sense for _, row_sense in self.rows),
            rhs=tuple(rhs),
            lower=tuple(self.lower),
            upper=tuple(self.upper),
            integer=tuple(self.integer),
            offset=sign * constant + offset,
        )
        rows = tuple(f"R{i}" for i in range(len(rhs)))
        program = MixedIntegerProgram(problem, rows, tuple(self.names), name)
        return ParametricProgram(
            program, rhs=slots.rhs, c=slots.costs, A=slots.entries, names=tuple(symbols)
        )

    def _objective(self, value: Expression) -> Expression:
        """The value without a part that moves with the argument: a column above it, if need be."""
        if not value.get(UNIT, ({}, ZERO))[0]:
            return value
        column = self.column("value", integer=False)
        self.require(difference(of_column(column), value))
        return of_column(column)


@final
class _Slots:
    """The parts of a program's data that move with the parameters."""

    def __init__(self, k: int) -> None:
        self._k = k
        self.rhs: dict[int, list[Fraction]] = {}
        self.costs: dict[int, list[Fraction]] = {}
        self.entries: dict[tuple[int | str, int | str], list[Fraction]] = {}

    def cost(self, j: int, affine: Affine | None, sign: int) -> Fraction:
        """The constant of a cost; its slope is kept."""
        weights, constant = affine or ({}, ZERO)
        if weights:
            self.costs[j] = self._dense(weights, sign)
        return constant

    def row(self, i: int, expression: Expression) -> Iterator[tuple[int, Fraction]]:
        """The constants of a row; slopes are kept."""
        for j, (weights, constant) in sorted(expression.items()):
            if j == UNIT:
                continue
            if weights:
                self.entries[i, j] = self._dense(weights, 1)
            if constant:
                yield j, constant

    def side(self, i: int, affine: Affine | None) -> Fraction:
        """The right-hand side of a row: minus what multiplies 1."""
        weights, constant = affine or ({}, ZERO)
        if weights:
            self.rhs[i] = self._dense(weights, -1)
        return -constant

    def _dense(self, weights: Mapping[int, Fraction], sign: int) -> list[Fraction]:
        line = [ZERO] * self._k
        for i, w in weights.items():
            line[i] = sign * w
        return line


def of_column(column: int) -> Expression:
    """A column as an expression."""
    return {column: ({}, ONE)}


def difference(left: Expression, right: Expression) -> Expression:
    """One expression less another one."""
    return total([(ONE, left), (-ONE, right)])


def total(terms: Iterable[tuple[Fraction, Expression]]) -> Expression:
    """A weighted sum; coefficients that cancel are dropped."""
    weights: dict[int, dict[int, Fraction]] = {}
    constants: dict[int, Fraction] = {}
    for factor, expression in terms:
        for column, (slope, constant) in expression.items():
            constants[column] = constants.get(column, ZERO) + factor * constant
            own = weights.setdefault(column, {})
            for i, w in slope.items():
                own[i] = own.get(i, ZERO) + factor * w
    slopes = {j: {i: w for i, w in own.items() if w} for j, own in weights.items()}
    return {j: (slopes[j], constants[j]) for j in constants if slopes[j] or constants[j]}

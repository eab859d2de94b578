"""The canonical form of a problem, as the checkers see it.

``min c x'``, rows ``A x' (>=, =) e``, ``x' >= 0``: a column with a finite lower bound
is shifted, one with only an upper bound is flipped, a free one is split in two; a
``<=`` row is negated; behind the rows stands ``-x' >= -(upper - lower)`` for every
column with two finite bounds. Functions in closed form are functions of ``e``.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import final

from tamemip.certificates._problem import Bound, Problem


@final
@dataclass(frozen=True, slots=True)
class SignedColumn:
    """``x[source] = base + sum(sign * x')`` over the canonical columns of a source."""

    source: int
    sign: int
    base: Fraction


@final
class CanonicalProblem:
    """The canonical form of a problem; row `n_rows` is the objective, ``-c x' >= -t``."""

    def __init__(self, problem: Problem) -> None:
        sign = -1 if problem.sense == "max" else 1
        bounds = [_inward(problem, j) for j in range(len(problem.c))]
        self.columns = [column for j, pair in enumerate(bounds) for column in _split(j, pair)]
        self.integer = [problem.integer[column.source] for column in self.columns]
        self.cost = [sign * column.sign * problem.c[column.source] for column in self.columns]
        base = [Fraction(0)] * len(bounds)
        self._of_source: list[list[tuple[int, int]]] = [[] for _ in bounds]
        for k, column in enumerate(self.columns):
            base[column.source] += column.base
            self._of_source[column.source].append((k, column.sign))
        total = sum((c * v for c, v in zip(problem.c, base, strict=True)), Fraction(0))
        #: The cost of a point is ``cost x'`` plus this, in min orientation.
        self.constant = sign * (problem.offset + total)
        self.rows: list[tuple[tuple[int, Fraction], ...]] = []
        self.is_equation: list[bool] = []
        self._rhs: list[tuple[int, Fraction]] = []
        for row, sense in zip(problem.A.rows, problem.row_sense, strict=True):
            s = -1 if sense == "<=" else 1
            self.rows.append(tuple((k, s * t * v) for j, v in row for k, t in self._of_source[j]))
            self.is_equation.append(sense == "=")
            self._rhs.append((s, -s * sum((v * base[j] for j, v in row), Fraction(0))))
        self._widths: list[Fraction] = []
        for k, column in enumerate(self.columns):
            low, up = bounds[column.source]
            if isinstance(low, Fraction) and isinstance(up, Fraction):
                self.rows.append(((k, Fraction(-1)),))
                self.is_equation.append(False)
                self._widths.append(low - up)

    @property
    def n_rows(self) -> int:
        """Number of rows, those of the upper bounds included."""
        return len(self.rows)

    @property
    def n_cols(self) -> int:
        """Number of columns."""
        return len(self.columns)

    def rhs(self, d: Sequence[Fraction]) -> list[Fraction]:
        """The canonical right-hand side of a right-hand side of the problem's rows."""
        own = [s * v + shift for (s, shift), v in zip(self._rhs, d, strict=True)]
        return own + self._widths

    @cached_property
    def objective(self) -> tuple[tuple[int, Fraction], ...]:
        """The coefficients ``-c`` of the objective row."""
        return tuple((k, -c) for k, c in enumerate(self.cost) if c)

    def row(self, i: int) -> Iterable[tuple[int, Fraction]]:
        """A row, or the objective row behind them."""
        return self.objective if i == self.n_rows else self.rows[i]

    def of_source(self, j: int) -> Sequence[tuple[int, int]]:
        """The canonical columns of a column, with their signs."""
        return self._of_source[j]

    def to_problem(
        self, coefficients: Mapping[int, Fraction]
    ) -> tuple[dict[int, Fraction], Fraction] | None:
        """``sum(a x') >= f`` as ``sum(b x) >= f + shift``, or None.

        None where the two parts of a free column do not have opposite coefficients:
        such an inequality is not linear in the column.
        """
        found: dict[int, Fraction] = {}
        shift = Fraction(0)
        for k, a in coefficients.items():
            column = self.columns[k]
            b = a * column.sign
            if len(self._of_source[column.source]) == 2:
                other = sum(i for i, _ in self._of_source[column.source]) - k
                if coefficients.get(other, Fraction(0)) != -a:
                    return None
            found[column.source] = b
            shift += b * column.base
        return {j: b for j, b in found.items() if b}, shift


def _inward(problem: Problem, j: int) -> tuple[Bound, Bound]:
    low, up = problem.lower[j], problem.upper[j]
    if problem.integer[j]:
        low = Fraction(math.ceil(low)) if isinstance(low, Fraction) else low
        up = Fraction(math.floor(up)) if isinstance(up, Fraction) else up
    return low, up


def _split(j: int, bounds: tuple[Bound, Bound]) -> Iterable[SignedColumn]:
    low, up = bounds
    if isinstance(low, Fraction):
        yield SignedColumn(j, 1, low)
    elif isinstance(up, Fraction):
        yield SignedColumn(j, -1, up)
    else:
        yield SignedColumn(j, 1, Fraction(0))
        yield SignedColumn(j, -1, Fraction(0))

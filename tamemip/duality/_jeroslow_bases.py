"""Dual feasible bases of the continuous columns, and the integer program that they scale to."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.arithmetic import solve_square
from tamemip.certificates import SparseVector
from tamemip.duality._jeroslow_rows import SpannedRows, spanned_rows
from tamemip.errors import NotAllowedError, UnsupportedError
from tamemip.functions import Node, ceil, combination
from tamemip.programs import CanonicalForm, MixedIntegerProgram

#: Sets of columns that are looked at, at most.
_MOST_SETS = 200_000

Column = tuple[SparseVector, Fraction, str]
"""Entries, cost and name."""


@final
@dataclass(frozen=True, eq=False)
class DualFeasibleBasis:
    """A basis ``E`` of the continuous columns with ``v_E = A_E^{-T} c_E`` dual feasible.

    Attributes
    ----------
    columns
        Names of its columns; ``-row`` is the slack of a row.
    matrix, inverse
        ``A_E`` and ``A_E^{-1}``, by rows; 0 at rows that have integer columns only.
    prices
        ``v_E``, one a row; 0 at those rows.
    """

    columns: tuple[str, ...]
    matrix: tuple[tuple[Fraction, ...], ...]
    inverse: tuple[tuple[Fraction, ...], ...]
    prices: tuple[Fraction, ...]

    def coordinates(self, e: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """``A_E^{-1} e``."""
        return tuple(_dot(row, e) for row in self.inverse)

    def point(self, whole: Sequence[int], M: int) -> tuple[Fraction, ...]:
        """``A_E whole / M``: the right-hand side with these coordinates, rounded."""
        return tuple(_dot(row, [Fraction(v) for v in whole]) / M for row in self.matrix)

    def rounding_nodes(self, M: int) -> tuple[Node, ...]:
        """The entries of ``floor_E`` as nodes; ``floor(x) = -ceil(-x)``."""
        negated = [
            ceil(combination({i: -M * v for i, v in enumerate(row) if v})) for row in self.inverse
        ]
        return tuple(
            combination((), [(-a / M, node) for a, node in zip(row, negated, strict=True) if a])
            for row in self.matrix
        )


def _dot(row: Sequence[Fraction], e: Sequence[Fraction]) -> Fraction:
    return sum((a * v for a, v in zip(row, e, strict=True) if a), Fraction(0))


@final
@dataclass(frozen=True, eq=False)
class ScaledProgram:
    """What the formula is made of: bases, the scale ``M``, and the program of ``z_M``.

    The program of ``z_M`` is the one of `rows` with its continuous columns divided by
    ``M`` and made integer.
    """

    rows: SpannedRows
    bases: tuple[DualFeasibleBasis, ...]
    M: int
    program: MixedIntegerProgram

    @property
    def form(self) -> CanonicalForm:
        """The canonical form of the program that the formula is about."""
        return self.rows.form


def scaled_program(form: CanonicalForm) -> ScaledProgram:
    """All dual feasible bases, the least scale that serves them, and the program of ``z_M``.

    Raises
    ------
    UnsupportedError
        If the continuous part has no dual feasible point.
    NotAllowedError
        If there are too many sets of columns to look at.
    """
    rows = spanned_rows(form)
    bases = tuple(_bases(rows))
    if not bases:
        raise UnsupportedError(
            "the continuous columns have no dual feasible basis: the program is unbounded "
            "wherever it is feasible. Bound some columns."
        )
    integers = [rows.column(k) for k, flag in enumerate(form.integer) if flag]
    M = math.lcm(
        *(
            sum((row[i] * v for i, v in column), Fraction(0)).denominator
            for basis in bases
            for row in basis.inverse
            for column in integers
        )
    )
    return ScaledProgram(rows, bases, M, _program(rows, M))


def _program(rows: SpannedRows, M: int) -> MixedIntegerProgram:
    """The program of ``z_M``; slacks may stay real, since only their sign matters."""
    form = rows.form
    scale = [Fraction(1) if flag else Fraction(1, M) for flag in form.integer]
    return MixedIntegerProgram.from_arrays(
        [c * s for c, s in zip(form.c, scale, strict=True)],
        [[a * s for a, s in zip(row, scale, strict=True)] for row in rows.rows],
        form.row_sense,
        rows.moved(form.rhs),
        col_names=[f"y{k}" for k in range(form.n_cols)],
    )


def _bases(rows: SpannedRows) -> Iterator[DualFeasibleBasis]:
    columns = _continuous_columns(rows)
    m = len(rows.spanned)
    count = math.comb(len(columns), m)
    if count > _MOST_SETS:
        raise NotAllowedError(
            f"the formula has a bracket for every dual feasible basis of {len(columns)} "
            f"continuous columns (slacks of inequalities and bounds included) in {m} rows: "
            f"{count} sets of columns are too many to look at. It is for small programs."
        )
    for chosen in itertools.combinations(columns, m):
        basis = _basis(chosen, columns, rows)
        if basis is not None:
            yield basis


def _continuous_columns(rows: SpannedRows) -> list[Column]:
    form = rows.form
    names = form.program.col_names
    columns: list[Column] = [
        (rows.column(k), form.c[k], names[form.columns[k].source])
        for k, flag in enumerate(form.integer)
        if not flag
    ]
    for i, sense in enumerate(form.row_sense):
        if sense == ">=":
            columns.append((((i, Fraction(-1)),), Fraction(0), f"-{_row_name(form, i)}"))
    return columns


def _row_name(form: CanonicalForm, i: int) -> str:
    m = form.program.n_rows
    if i < m:
        return form.program.row_names[i]
    return f"bound of {form.program.col_names[form.bound_columns[i - m]]}"


def _basis(
    chosen: Sequence[Column], columns: Sequence[Column], rows: SpannedRows
) -> DualFeasibleBasis | None:
    spanned = rows.spanned
    place = {i: k for k, i in enumerate(spanned)}
    transposed = [tuple((place[i], v) for i, v in entries) for entries, _, _ in chosen]
    some_prices = solve_square(transposed, [cost for _, cost, _ in chosen])
    if some_prices is None:
        return None
    m, zero = rows.form.n_rows, Fraction(0)
    prices = dict(zip(spanned, some_prices, strict=True))
    for entries, cost, _ in columns:
        if sum((v * prices[i] for i, v in entries), zero) > cost:
            return None
    matrix = [[zero] * len(chosen) for _ in range(m)]
    for k, (entries, _, _) in enumerate(chosen):
        for i, v in entries:
            matrix[i][k] = v
    inverse = []
    for r in range(len(chosen)):
        row = solve_square(transposed, [Fraction(int(k == r)) for k in range(len(chosen))])
        assert row is not None  # the same system has been solved above
        by_row = dict(zip(spanned, row, strict=True))
        inverse.append(tuple(by_row.get(i, zero) for i in range(m)))
    return DualFeasibleBasis(
        tuple(name for _, _, name in chosen),
        tuple(map(tuple, matrix)),
        tuple(inverse),
        tuple(prices.get(i, zero) for i in range(m)),
    )

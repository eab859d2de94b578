"""The canonical form: a minimisation over ``x' >= 0`` with rows ``>=`` and ``=``."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Literal, final

from tamemip.certificates import Bound, ExactMatrix, RowSense, SparseVector
from tamemip.programs import _display, _entry
from tamemip.programs._program import MixedIntegerProgram, Vector


@final
@dataclass(frozen=True, slots=True)
class CanonicalColumn:
    """A canonical column: ``x[source]`` is `base` plus the sum of ``sign * x'``."""

    source: int
    sign: Literal[1, -1]
    base: Fraction


@final
@dataclass(frozen=True, repr=False)
class CanonicalForm:
    """A program rewritten as ``min c x'``, ``A x' (>=, =) rhs``, ``x' >= 0``.

    A user's column with a finite lower bound is shifted, ``x = lower + x'``; one with
    only an upper bound is flipped, ``x = upper - x'``; a free one is split in two
    consecutive columns, ``x = x' - x''``. Bounds of integer columns are rounded
    inwards first, so that ``x'`` is an integer where ``x`` is.

    The user's rows come first, in their order; a ``<=`` row is negated. Behind them
    stands ``-x' >= -(upper - lower)`` for every column with two finite bounds, by
    column. A ``max`` objective is negated:

        user's objective = sign * (canonical objective) + offset.

    Attributes
    ----------
    program
        The program that was rewritten.
    c, A, row_sense, rhs, integer
        The exact data. `row_sense` has ``">="`` and ``"="`` only.
    sign, offset
        The way back of the objective; `sign` is -1 for a maximisation.
    columns
        What each canonical column stands for.
    row_sign
        -1 for every row that was negated, 1 for the others: one a user's row.
    rhs_shift
        What is added to ``row_sign * rhs`` of the user's rows.
    bound_columns
        The user's columns whose upper bounds are the last rows, in row order.

    Examples
    --------
    >>> p = MixedIntegerProgram.from_arrays([3], [[2]], "<=", [9], lower=1, upper=3.5, sense="max")
    >>> form = p.canonical()
    >>> form.c, form.A.to_dense()
    ((Fraction(-3, 1),), ((Fraction(-2, 1),), (Fraction(-1, 1),)))
    >>> form.rhs_of([5])
    (Fraction(-3, 1), Fraction(-2, 1))
    >>> form.point(form.canonical_point([2]))
    (Fraction(2, 1),)
    """

    program: MixedIntegerProgram
    c: tuple[Fraction, ...]
    A: ExactMatrix
    row_sense: tuple[RowSense, ...]
    rhs: tuple[Fraction, ...]
    integer: tuple[bool, ...]
    sign: Literal[1, -1]
    offset: Fraction
    columns: tuple[CanonicalColumn, ...]
    row_sign: tuple[int, ...]
    rhs_shift: tuple[Fraction, ...]
    bound_columns: tuple[int, ...]

    @property
    def n_rows(self) -> int:
        """Number of rows, those of the upper bounds included."""
        return len(self.rhs)

    @property
    def n_cols(self) -> int:
        """Number of columns."""
        return len(self.c)

    def rhs_of(self, b: Vector) -> tuple[Fraction, ...]:
        """Canonical right-hand side for a right-hand side of the user's rows: an affine map."""
        given = _entry.vector(b, self.program.n_rows, "b", "decimal")
        m = len(given)
        moved = zip(self.row_sign, given, self.rhs_shift, strict=True)
        return (*(sign * v + shift for sign, v, shift in moved), *self.rhs[m:])

    def point(self, canonical_point: Vector) -> tuple[Fraction, ...]:
        """The user's point that a canonical point stands for."""
        values = _entry.vector(canonical_point, self.n_cols, "canonical_point", "decimal")
        result = [Fraction(0)] * self.program.n_cols
        for column, value in zip(self.columns, values, strict=True):
            result[column.source] += column.base + column.sign * value
        return tuple(result)

    def canonical_point(self, point: Vector) -> tuple[Fraction, ...]:
        """The canonical point of a user's point; a free column becomes its two parts."""
        x = _entry.vector(point, self.program.n_cols, "point", "decimal")
        result = []
        for column in self.columns:
            value = column.sign * (x[column.source] - column.base)
            result.append(max(value, Fraction(0)) if column.source in self._split else value)
        return tuple(result)

    def objective(self, canonical_point: Vector) -> Fraction:
        """The canonical objective ``c x'``, exactly and without the offset."""
        values = _entry.vector(canonical_point, self.n_cols, "canonical_point", "decimal")
        return sum((c * v for c, v in zip(self.c, values, strict=True)), Fraction(0))

    @cached_property
    def _split(self) -> frozenset[int]:
        sources = [column.source for column in self.columns]
        return frozenset(j for j, after in pairwise(sources) if j == after)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the data, not what is cached."""
        return {key: self.__dict__[key] for key in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        return f"CanonicalForm({self.n_rows} rows, {self.n_cols} columns, of {self.program!r})"

    def __str__(self) -> str:
        sign = "" if self.sign == 1 else "-"
        return (
            f"canonical form of {self.program!r}\n"
            f"  min c x', A x' (>=, =) rhs, x' >= 0: {self.n_rows} rows "
            f"({len(self.bound_columns)} of them upper bounds), {self.n_cols} columns\n"
            f"  objective = {sign}(c x') + {self.offset}"
        )

    def _repr_html_(self) -> str:
        return _display.html(str(self))


def canonical_form(program: MixedIntegerProgram) -> CanonicalForm:
    """Rewrite a program as a minimisation over ``x' >= 0`` with rows ``>=`` and ``=``."""
    exact = program.exact
    triples = zip(exact.lower, exact.upper, exact.integer, strict=True)
    bounds = [_inward(lower, upper, flag) for lower, upper, flag in triples]
    columns = tuple(_canonical_columns(bounds))
    base = [Fraction(0)] * program.n_cols
    for column in columns:
        base[column.source] += column.base
    sign: Literal[1, -1] = 1 if exact.sense == "min" else -1
    row_sign = tuple(-1 if sense == "<=" else 1 for sense in exact.row_sense)
    shift = tuple(-s * activity for s, activity in zip(row_sign, exact.A.times(base), strict=True))
    own = [s * v + d for s, v, d in zip(row_sign, exact.rhs, shift, strict=True)]
    bound_rows = list(_bound_rows(columns, bounds))
    senses: list[RowSense] = ["=" if sense == "=" else ">=" for sense in exact.row_sense]
    senses += [">="] * len(bound_rows)
    return CanonicalForm(
        program=program,
        c=tuple(sign * column.sign * exact.c[column.source] for column in columns),
        A=_matrix(exact.A, columns, row_sign, [row for row, _ in bound_rows]),
        row_sense=tuple(senses),
        rhs=(*own, *(side for _, side in bound_rows)),
        integer=tuple(exact.integer[column.source] for column in columns),
        sign=sign,
        offset=exact.offset + sum((c * v for c, v in zip(exact.c, base, strict=True)), Fraction(0)),
        columns=columns,
        row_sign=row_sign,
        rhs_shift=shift,
        bound_columns=tuple(columns[row[0][0]].source for row, _ in bound_rows),
    )


def _inward(lower: Bound, upper: Bound, is_integer: bool) -> tuple[Bound, Bound]:
    """Bounds, rounded inwards where only integers count."""
    if is_integer:
        lower = Fraction(math.ceil(lower)) if isinstance(lower, Fraction) else lower
        upper = Fraction(math.floor(upper)) if isinstance(upper, Fraction) else upper
    return lower, upper


def _canonical_columns(bounds: Sequence[tuple[Bound, Bound]]) -> Iterator[CanonicalColumn]:
    for j, (lower, upper) in enumerate(bounds):
        if isinstance(lower, Fraction):
            yield CanonicalColumn(j, 1, lower)
        elif isinstance(upper, Fraction):
            yield CanonicalColumn(j, -1, upper)
        else:
            yield CanonicalColumn(j, 1, Fraction(0))
            yield CanonicalColumn(j, -1, Fraction(0))


def _bound_rows(
    columns: Sequence[CanonicalColumn], bounds: Sequence[tuple[Bound, Bound]]
) -> Iterator[tuple[SparseVector, Fraction]]:
    """Row and right-hand side of ``-x' >= -(upper - lower)``, where both are finite."""
    for k, column in enumerate(columns):
        lower, upper = bounds[column.source]
        if isinstance(lower, Fraction) and isinstance(upper, Fraction):
            yield ((k, Fraction(-1)),), lower - upper


def _matrix(
    A: ExactMatrix,
    columns: Sequence[CanonicalColumn],
    row_sign: Sequence[int],
    bound_rows: Sequence[SparseVector],
) -> ExactMatrix:
    places: list[list[tuple[int, int]]] = [[] for _ in range(A.n_cols)]
    for k, column in enumerate(columns):
        places[column.source].append((k, column.sign))
    rows = [
        tuple((k, sign * s * value) for j, value in row for k, s in places[j])
        for sign, row in zip(row_sign, A.rows, strict=True)
    ]
    return ExactMatrix((*rows, *bound_rows), len(columns))

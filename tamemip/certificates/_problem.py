"""The exact problem that a certificate speaks of."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Literal, TypeAlias, final

from tamemip.certificates._json import (
    RejectedError,
    as_indices,
    as_list,
    as_mapping,
    as_rational,
    as_rationals,
    require_keys,
    show,
)
from tamemip.errors import CertificateError

Bound: TypeAlias = Fraction | float
"""A Fraction, or ``math.inf`` or ``-math.inf``; never a finite float."""

RowSense: TypeAlias = Literal["<=", "=", ">="]
Sense: TypeAlias = Literal["min", "max"]
SparseVector: TypeAlias = tuple[tuple[int, Fraction], ...]
"""Pairs (index, value), by rising index, without zeros."""


@final
@dataclass(frozen=True)
class ExactMatrix:
    """A sparse matrix of rationals: one sparse vector a row."""

    rows: tuple[SparseVector, ...]
    n_cols: int

    @property
    def shape(self) -> tuple[int, int]:
        """Number of rows, number of columns."""
        return len(self.rows), self.n_cols

    @cached_property
    def columns(self) -> tuple[SparseVector, ...]:
        """The same matrix, one sparse vector a column."""
        columns: list[list[tuple[int, Fraction]]] = [[] for _ in range(self.n_cols)]
        for i, row in enumerate(self.rows):
            for j, value in row:
                columns[j].append((i, value))
        return tuple(tuple(column) for column in columns)

    def __getitem__(self, key: tuple[int, int]) -> Fraction:
        i, j = key
        if not -self.n_cols <= j < self.n_cols:
            raise IndexError(f"column {j} of a matrix with {self.n_cols} columns")
        return next((v for k, v in self.rows[i] if k == j % self.n_cols), Fraction(0))

    def __iter__(self) -> Iterator[SparseVector]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def times(self, x: Sequence[Fraction]) -> tuple[Fraction, ...]:
        """The product ``A x``."""
        return tuple(sum((v * x[j] for j, v in row), Fraction(0)) for row in self.rows)

    def to_dense(self) -> tuple[tuple[Fraction, ...], ...]:
        """All entries, row by row."""
        return tuple(
            tuple(dict(row).get(j, Fraction(0)) for j in range(self.n_cols)) for row in self.rows
        )


@final
@dataclass(frozen=True)
class Problem:
    """A mixed-integer program in exact data, as its user wrote it.

    ``sense c x + offset`` over ``A x (row_sense) rhs``, ``lower <= x <= upper``,
    ``x[j]`` integer where ``integer[j]``. Names are no part of it.
    """

    sense: Sense
    c: tuple[Fraction, ...]
    A: ExactMatrix
    row_sense: tuple[RowSense, ...]
    rhs: tuple[Fraction, ...]
    lower: tuple[Bound, ...]
    upper: tuple[Bound, ...]
    integer: tuple[bool, ...]
    offset: Fraction

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON text; equal data, equal digest."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode("ascii")).hexdigest()

    def to_json(self) -> dict[str, object]:
        """A JSON object; rationals are integers or strings such as ``"7/3"``."""
        return {
            "sense": self.sense,
            "c": [number_to_json(v) for v in self.c],
            "rows": [
                {
                    "sense": sense,
                    "cols": [j for j, _ in row],
                    "vals": [number_to_json(v) for _, v in row],
                }
                for sense, row in zip(self.row_sense, self.A.rows, strict=True)
            ],
            "rhs": [number_to_json(v) for v in self.rhs],
            "lower": [bound_to_json(v) for v in self.lower],
            "upper": [bound_to_json(v) for v in self.upper],
            "integer": [j for j, flag in enumerate(self.integer) if flag],
            "offset": number_to_json(self.offset),
        }

    @classmethod
    def from_json(cls, value: object) -> Problem:
        """Read back what `to_json` wrote; nothing looser is accepted.

        Raises
        ------
        CertificateError
            As step 0, rule ``"problem"``, if anything is malformed.

        Examples
        --------
        >>> zero, one = Fraction(0), Fraction(1)
        >>> row = ExactMatrix((((0, Fraction(1, 2)),),), 1)
        >>> p = Problem("min", (one,), row, (">=",), (one,), (zero,), (math.inf,), (True,), zero)
        >>> Problem.from_json(p.to_json()) == p
        True
        """
        try:
            return _problem_from_json(value)
        except RejectedError as error:
            raise CertificateError(0, "problem", str(error)) from None


def number_to_json(value: Fraction) -> int | str:
    """An integer, or the text ``"numerator/denominator"`` in lowest terms."""
    return value.numerator if value.denominator == 1 else f"{value.numerator}/{value.denominator}"


def bound_to_json(value: Bound) -> int | str | None:
    """Like `number_to_json`; None where there is no bound."""
    if isinstance(value, Fraction):
        return number_to_json(value)
    assert math.isinf(value)
    return None


def _problem_from_json(value: object) -> Problem:
    data = as_mapping(value, "problem")
    keys = ("sense", "c", "rows", "rhs", "lower", "upper", "integer", "offset")
    require_keys(data, keys)
    n = len(as_list(data["c"], "c"))
    rows = [_row_from_json(row, n) for row in as_list(data["rows"], "rows")]
    integer = set(as_indices(data["integer"], "integer", size=n))
    return Problem(
        sense=_sense_from_json(data["sense"]),
        c=as_rationals(data["c"], "c", size=n),
        A=ExactMatrix(tuple(row for _, row in rows), n),
        row_sense=tuple(sense for sense, _ in rows),
        rhs=as_rationals(data["rhs"], "rhs", size=len(rows)),
        lower=_bounds_from_json(data["lower"], "lower", n, absent=-math.inf),
        upper=_bounds_from_json(data["upper"], "upper", n, absent=math.inf),
        integer=tuple(j in integer for j in range(n)),
        offset=as_rational(data["offset"], "offset"),
    )


def _sense_from_json(value: object) -> Sense:
    match value:
        case "min":
            return "min"
        case "max":
            return "max"
        case _:
            raise RejectedError(f'sense: "min" or "max" is expected, not {show(value)}')


def _row_from_json(value: object, n_cols: int) -> tuple[RowSense, SparseVector]:
    row = as_mapping(value, "rows")
    require_keys(row, ("sense", "cols", "vals"))
    columns = as_indices(row["cols"], "rows.cols", size=n_cols)
    values = as_rationals(row["vals"], "rows.vals", size=len(columns))
    if not all(values):
        raise RejectedError("rows.vals: a listed entry is zero")
    return _row_sense_from_json(row["sense"]), tuple(zip(columns, values, strict=True))


def _row_sense_from_json(value: object) -> RowSense:
    match value:
        case "<=":
            return "<="
        case "=":
            return "="
        case ">=":
            return ">="
        case _:
            raise RejectedError(f'rows.sense: "<=", "=" or ">=" is expected, not {show(value)}')


def _bounds_from_json(value: object, what: str, n: int, *, absent: float) -> tuple[Bound, ...]:
    bounds = as_list(value, what)
    if len(bounds) != n:
        raise RejectedError(f"{what}: {len(bounds)} bounds for {n} columns")
    return tuple(absent if v is None else as_rational(v, what) for v in bounds)

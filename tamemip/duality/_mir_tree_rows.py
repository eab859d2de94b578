"""Cuts as rows of a tree, with short numbers.

A cut whose coefficients are raised, since ``x' >= 0``, and whose right-hand side is lowered
still holds. Trees are searched over such rows; what they prove holds all the more for the
cuts themselves, whose coefficients are smaller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.certificates import ExactMatrix, RowSense, SparseVector
from tamemip.duality._coefficients import NoInequalityError
from tamemip.duality._cut_tree import CutRow, cut_rows
from tamemip.functions import Node, exact_values
from tamemip.programs import MixedIntegerProgram

if TYPE_CHECKING:
    from tamemip.programs import CanonicalForm

_ZERO = Fraction(0)
#: Numbers with common denominators up to this are short anyhow.
_SHORT = 2**64


@final
@dataclass(frozen=True, slots=True)
class ShortRow:
    """A row ``row x >= side`` over the user's columns that a cut implies at one rhs."""

    node: Node
    row: SparseVector
    side: Fraction


def short_rows(
    form: CanonicalForm, cuts: Sequence[Node], e: Sequence[Fraction], *, digits: int | None
) -> tuple[ShortRow, ...]:
    """Cuts as rows; those that are no inequality of the user's columns are left out.

    Parameters
    ----------
    form, cuts, e
        The cuts, and the canonical right-hand side.
    digits
        Binary digits of their largest coefficients; None for exact ones.
    """
    rows = _usable(form, cuts)
    values = exact_values([cut.node for cut in rows], e)
    return tuple(
        _short(form, cut, value, digits)
        for cut, value in zip(rows, values, strict=True)
        if isinstance(value, Fraction)
    )


def with_rows(
    program: MixedIntegerProgram, rows: Sequence[ShortRow], rhs: Sequence[Fraction]
) -> MixedIntegerProgram:
    """The program at a right-hand side, with further rows ``>=``."""
    exact = program.exact
    senses: list[RowSense] = [">="] * len(rows)
    problem = replace(
        exact,
        A=ExactMatrix((*exact.A.rows, *(row.row for row in rows)), exact.A.n_cols),
        row_sense=(*exact.row_sense, *senses),
        rhs=(*rhs, *(row.side for row in rows)),
    )
    names = (*program.row_names, *(f"cut::{k}" for k in range(len(rows))))
    return MixedIntegerProgram(problem, names, program.col_names, program.name)


def _usable(form: CanonicalForm, cuts: Sequence[Node]) -> tuple[CutRow, ...]:
    try:
        return cut_rows(form, cuts)
    except NoInequalityError:
        return tuple(row for cut in cuts for row in _usable_row(form, cut))


def _usable_row(form: CanonicalForm, cut: Node) -> tuple[CutRow, ...]:
    """A cut alone; nothing if its two halves of a free column differ."""
    try:
        return cut_rows(form, [cut])
    except NoInequalityError:
        return ()


def _short(form: CanonicalForm, cut: CutRow, value: Fraction, digits: int | None) -> ShortRow:
    """Coefficients raised and the side lowered, to multiples of a power of two."""
    numbers = [*(a for _, a in cut.row), value]
    if digits is None or math.lcm(*(v.denominator for v in numbers)) <= _SHORT:
        return ShortRow(cut.node, cut.row, value + cut.shift)
    largest = max((abs(a) for _, a in cut.row), default=_ZERO)
    unit = Fraction(2) ** (math.frexp(float(largest))[1] - digits)
    first: dict[int, list[int]] = {}
    for k, column in enumerate(form.columns):
        first.setdefault(column.source, []).append(k)
    row, shift = [], _ZERO
    for j, a in cut.row:
        columns = [form.columns[k] for k in first[j]]
        sign = columns[0].sign
        raised = sign * (math.ceil(sign * a / unit) * unit) if len(columns) == 1 else a
        shift += raised * columns[0].base
        row.append((j, raised))
    lowered = math.floor(value / unit) * unit
    return ShortRow(cut.node, tuple((j, a) for j, a in row if a), lowered + shift)

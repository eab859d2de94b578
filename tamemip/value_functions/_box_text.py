"""Value functions on a box as text."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

from tamemip.value_functions._box_cells import AffineForm, BoxCell, BoxSide

if TYPE_CHECKING:
    from tamemip.value_functions._box_value import BoxValueFunction

_SHOWN = 20


def box_text(v: BoxValueFunction) -> str:
    """A few lines: the box, and the function cell by cell."""
    box = (f"  {line}" for line in _box_lines(v))
    return "\n".join((repr(v), *box, *(f"  {what}: {where}" for where, what in _rows(v))))


def box_html(v: BoxValueFunction) -> str:
    """A table for a notebook."""
    rows = "".join(
        f"<tr><td>{escape(where)}</td><td>{escape(what)}</td></tr>" for where, what in _rows(v)
    )
    head = "<tr><th>where</th><th>value</th></tr>"
    box = escape("; ".join(_box_lines(v)))
    return f"<p>{escape(repr(v))}<br>{box}</p><table>{head}{rows}</table>"


def affine_text(numbers: Sequence[Fraction | int], names: Sequence[str]) -> str:
    """The function with a constant, and coefficients of names: ``1/2 + 3 R1 - R2``."""
    shown = str(numbers[0]) if numbers[0] or not any(numbers[1:]) else ""
    for a, name in zip(numbers[1:], names, strict=True):
        if a:
            size = "" if abs(a) == 1 else f"{abs(a)} "
            sign = ("-" if a < 0 else "") if not shown else (" - " if a < 0 else " + ")
            shown += f"{sign}{size}{name}"
    return shown


def side_text(side: BoxSide, names: Sequence[str]) -> str:
    """An inequality with its constant on the right."""
    plane, relation = side.plane, ">" if side.is_strict else ">="
    if next((a for a in plane.coefficients if a), 0) < 0:
        plane, relation = -plane, relation.replace(">", "<")
    common = math.gcd(*plane.coefficients)
    left = affine_text((0, *(a // common for a in plane.coefficients)), names)
    return f"{left} {relation} {Fraction(-plane.constant, common)}"


def _rows(v: BoxValueFunction) -> list[tuple[str, str]]:
    names = [v.program.row_names[i] for i in v.parameters.rows]
    rows = [(_where(cell, names), _what(cell, names)) for cell in v.cells[:_SHOWN]]
    hidden = len(v.cells) - len(rows)
    return [*rows, (f"{hidden} more", "...")] if hidden else rows


def _box_lines(v: BoxValueFunction) -> list[str]:
    p = v.parameters
    names = (v.program.row_names[i] for i in p.rows)
    return [f"{lo} <= {name} <= {hi}" for name, lo, hi in zip(names, p.lows, p.highs, strict=True)]


def _where(cell: BoxCell, names: Sequence[str]) -> str:
    return ", ".join(side_text(side, names) for side in cell.sides) or "everywhere"


def _what(cell: BoxCell, names: Sequence[str]) -> str:
    if cell.value is None:
        return "not proved"
    if isinstance(cell.value, AffineForm):
        return affine_text((cell.value.constant, *cell.value.coefficients), names)
    return "infeasible"

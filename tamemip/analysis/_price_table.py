"""Tables of shadow prices, for terminals and for notebooks."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from tamemip.analysis._numbers import short_text
from tamemip.analysis._price_entries import ColumnPrice, MaybeBound, RowPrice

if TYPE_CHECKING:
    from rich.table import Table

_ABSENT = "—"


@final
@dataclass(frozen=True, slots=True)
class TextTable:
    """A table of texts; the first column is a name, the others are numbers."""

    header: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]

    def to_rich(self) -> Table:
        """The table for a terminal."""
        from rich import box
        from rich.table import Table

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
        for k, title in enumerate(self.header):
            table.add_column(title, justify="right" if k else "left", overflow="fold")
        for line in self.lines:
            table.add_row(*line)
        return table

    def to_html(self) -> str:
        """The table for a notebook."""
        head = "".join(f"<th>{html.escape(title)}</th>" for title in self.header)
        body = "\n".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in line) + "</tr>"
            for line in self.lines
        )
        return f"<table><thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>"


def row_table(rows: Sequence[RowPrice]) -> TextTable:
    """One line a row."""
    header = (
        "row",
        "",
        "rhs",
        "activity",
        "slope left",
        "slope right",
        "jump left",
        "jump right",
        "low",
        "high",
        "LP dual",
        "fixed dual",
        "proved",
    )
    return TextTable(header, tuple(_row_line(row) for row in rows))


def _row_line(row: RowPrice) -> tuple[str, ...]:
    numbers = (row.slope_left, row.slope_right, row.jump_left, row.jump_right)
    duals = (row.lp_dual, row.fixed_dual)
    return (
        row.name,
        row.sense,
        _cell(row.rhs),
        _cell(row.activity),
        *(_cell(v) for v in numbers),
        end_text(row.low, is_exact=row.low_is_exact),
        end_text(row.high, is_exact=row.high_is_exact),
        *(_cell(v) for v in duals),
        _proof(row),
    )


def end_text(end: MaybeBound, *, is_exact: bool) -> str:
    """An end of a range, marked where the price may hold further."""
    return _cell(end) if is_exact or end is None else f"{_cell(end)}…"


def _proof(row: RowPrice) -> str:
    if row.proof_left == row.proof_right:
        return {"proved": "yes", "proved at the point only": "value only"}.get(row.proof_left, "no")
    return "left" if row.proof_left == "proved" else "right"


def column_table(columns: Sequence[ColumnPrice]) -> TextTable:
    """One line a column."""
    header = ("column", "", "value", "cost", "cost gradient", "LP reduced cost")
    lines = (
        (
            column.name,
            "integer" if column.is_integer else "continuous",
            _cell(column.value),
            _cell(column.cost),
            _cell(column.cost_gradient),
            _cell(column.reduced_cost),
        )
        for column in columns
    )
    return TextTable(header, tuple(lines))


def _cell(value: MaybeBound) -> str:
    return _ABSENT if value is None else short_text(value)

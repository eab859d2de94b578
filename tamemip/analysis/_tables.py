"""The report as tables on a terminal."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, final

from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.measure import Measurement
from rich.table import Table
from rich.text import Text

from tamemip.analysis._numbers import short_text
from tamemip.analysis._regularity import lipschitz_words
from tamemip.analysis._words import (
    COLUMN_HEADER,
    COLUMN_LEGEND,
    COLUMN_TITLE,
    LEGEND,
    ROW_HEADER,
    ROW_TITLE,
    column_cells,
    row_cells,
)
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Status

if TYPE_CHECKING:
    from tamemip.analysis._price_entries import RowPrice
    from tamemip.analysis._report import Report
    from tamemip.analysis._value_report import ValueReport

_ROWS_SHOWN = 25
_COLUMNS_SHOWN = 25
_NO_LIMIT = 10_000
_STYLES = {
    Status.OPTIMAL: "bold green",
    Status.INFEASIBLE: "bold red",
    Status.UNBOUNDED: "bold red",
    Status.INFEASIBLE_OR_UNBOUNDED: "bold yellow",
    Status.LIMIT: "bold yellow",
}


def tables(report: Report, *, everything: bool = False) -> Group:
    """The whole report; only the first rows and columns of a wide model.

    Parameters
    ----------
    report
        The report.
    everything
        Show all rows and all columns.
    """
    parts: list[RenderableType] = [Text(title(report), style="bold")]
    headline, *rest = summary(report)
    parts += [Text(f"  {headline}", style=_STYLES[report.status])]
    parts += [Text(f"  {line}") for line in rest]
    if report.infeasible_subset is not None:
        parts += [Text(""), Text(str(report.infeasible_subset))]
    if report.ray is not None:
        parts += [Text(""), _ray(report)]
    if report.value_function is not None:
        parts += _value_function_parts(report.value_function, everything=everything)
    if report.prices is not None and len(report.prices):
        parts += _row_parts(list(report.prices), None if everything else _ROWS_SHOWN)
    if report.point is not None:
        parts += _column_parts(report, None if everything else _COLUMNS_SHOWN)
    return Group(*parts)


def summary(report: Report) -> Iterator[str]:
    """The lines above the tables: the answer, what is proved beside it, the notes."""
    yield report.headline()
    if (function := report.dual_function) is not None:
        side = "F(d) <= v(d)" if report.program.sense == "min" else "F(d) >= v(d)"
        leaves = f"{function.n_leaves} lea{'f' if function.n_leaves == 1 else 'ves'}"
        yield f"dual function: {side} for every rhs d; {function.method}, {leaves}"
    if (checked := report.checked) is not None:
        yield (
            f"certificate: accepted by the {checked.checker} checker in {checked.seconds:.2f} s, "
            f"{checked.bytes / 1000:.0f} kB"
        )
    else:
        yield "certificate: not checked"
    if report.tameness is not None:
        yield f"tameness: {report.tameness.meaning()}"
    if report.lipschitz is not None:
        yield f"regularity: v is {lipschitz_words(report.lipschitz)}"
    timings = report.timings
    value = f"value function {timings.value_function:.1f}, " if report.value_function else ""
    yield (
        f"time: {timings.total:.1f} s (dual function {timings.dual_function:.1f}, "
        f"{value}"
        f"prices {timings.prices:.1f}, check {timings.check:.1f})"
    )
    if (reason := report.reason_of_stop()) is not None:
        yield f"stopped: {reason}"
    yield from (f"note: {note}" for note in report.notes)


def title(report: Report) -> str:
    """What was analyzed: name and size."""
    return program_title(report.program, report.source)


def program_title(program: MixedIntegerProgram, source: str | None) -> str:
    """Name and size of a program."""
    integers = sum(program.exact.integer)
    return (
        f"{program.name or source or 'program'}: {program.sense}, "
        f"{program.n_rows} row{'s' * (program.n_rows != 1)}, "
        f"{program.n_cols} column{'s' * (program.n_cols != 1)}, {integers} integer"
    )


def _value_function_parts(value: ValueReport, *, everything: bool) -> Iterator[RenderableType]:
    from tamemip.analysis._value_tables import value_section

    return value_section(value, everything=everything)


def _row_parts(rows: Sequence[RowPrice], limit: int | None) -> Iterator[RenderableType]:
    yield Text("")
    yield Text(ROW_TITLE, style="bold")
    yield Fitted(ROW_HEADER, [row_cells(row) for row in rows[:limit]], dim=("LP", "ints fixed"))
    yield from rest_of(len(rows), limit, "rows")
    yield from (Text(line, style="dim") for line in LEGEND)


def _column_parts(report: Report, limit: int | None) -> Iterator[RenderableType]:
    assert report.point is not None
    yield Text("")
    if report.prices is not None:
        yield Text(COLUMN_TITLE, style="bold")
        lines = [column_cells(c, report.cost_range(c.index)) for c in report.prices.columns[:limit]]
        yield Fitted(COLUMN_HEADER, lines, dim=("LP reduced cost",))
    else:
        unbounded = report.status is Status.UNBOUNDED
        yield Text("A feasible point" if unbounded else "Columns", style="bold")
        yield Fitted(COLUMN_HEADER[:3], list(point_cells(report, limit)), dim=())
    yield from rest_of(report.program.n_cols, limit, "columns")
    if report.cost_ranges is not None:
        yield from (Text(line, style="dim") for line in COLUMN_LEGEND)


def point_cells(report: Report, limit: int | None) -> Iterator[tuple[str, str, str]]:
    """Name, value and cost of the columns, where there are no prices."""
    program = report.program
    triples = zip(program.col_names, report.point or (), program.exact.c, strict=True)
    for name, value, cost in islice(triples, limit):
        yield name, short_text(value), short_text(cost)


@final
@dataclass(frozen=True, slots=True)
class Fitted:
    """A table that gives up space, then dim columns from the right, before it breaks numbers."""

    header: Sequence[str]
    lines: Sequence[Sequence[str]]
    dim: Sequence[str]

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        hidden: tuple[str, ...] = ()
        table = self._table(padding=1, hidden=hidden)
        for count in range(len(self.dim) + 1):
            if _width(table, console, options) <= options.max_width:
                break
            hidden = tuple(self.dim[len(self.dim) - count :])
            table = self._table(padding=0, hidden=hidden)
        yield table
        if hidden:
            yield Text(f"no room for the columns: {', '.join(hidden)}", style="dim")

    def _table(self, *, padding: int, hidden: Collection[str]) -> Table:
        table = Table(
            box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold", padding=(0, padding)
        )
        shown = [k for k, name in enumerate(self.header) if name not in hidden]
        for k in shown:
            table.add_column(
                self.header[k],
                justify="right" if k else "left",
                style="dim" if self.header[k] in self.dim else "",
                overflow="fold",
            )
        for line in self.lines:
            table.add_row(*(Text(line[k]) for k in shown))
        return table


def _width(table: Table, console: Console, options: ConsoleOptions) -> int:
    """How wide a table would like to be."""
    return Measurement.get(console, options.update(max_width=_NO_LIMIT), table).maximum


def rest_of(count: int, limit: int | None, what: str) -> Iterator[RenderableType]:
    """A line that says how many lines are not shown, if some are not."""
    if limit is not None and count > limit:
        yield Text(f"... {count - limit} more {what}; --all shows them, --json FILE has them all")


def _ray(report: Report) -> RenderableType:
    assert report.ray is not None
    pairs = zip(report.program.col_names, report.ray, strict=True)
    moves = ", ".join(f"{name} {short_text(value)}" for name, value in pairs if value)
    return Text(f"Improves forever along: {moves}")

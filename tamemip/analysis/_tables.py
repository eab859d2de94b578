"""The report as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from tamemip.analysis._numbers import short_text
from tamemip.analysis._words import gradient_text, jumps_text, price_text, range_text, relaxed_text
from tamemip.solvers import Status

if TYPE_CHECKING:
    from tamemip.analysis._prices import ColumnPrice, RowPrice
    from tamemip.analysis._report import Report

_ROWS_SHOWN = 25
_COLUMNS_SHOWN = 25
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
    if report.prices is not None and len(report.prices):
        parts += _row_parts(list(report.prices), None if everything else _ROWS_SHOWN)
    if report.point is not None:
        parts += _column_parts(report, None if everything else _COLUMNS_SHOWN)
    return Group(*parts)


def summary(report: Report) -> Iterator[str]:
    """The lines above the tables: the answer, the dual function, the check, the notes."""
    yield report.headline()
    if (function := report.dual_function) is not None:
        side = "F(d) <= v(d)" if report.program.sense == "min" else "F(d) >= v(d)"
        leaves = f"{function.n_leaves} lea{'f' if function.n_leaves == 1 else 'ves'}"
        yield f"dual function: {side} for every right-hand side d, {function.method}, {leaves}"
    if (checked := report.checked) is not None:
        yield (
            f"certificate: accepted by the {checked.checker} checker in {checked.seconds:.2f} s, "
            f"{checked.bytes / 1000:.0f} kB"
        )
    else:
        yield "certificate: not checked"
    timings = report.timings
    yield (
        f"time: {timings.total:.1f} s (dual function {timings.dual_function:.1f}, "
        f"prices {timings.prices:.1f}, check {timings.check:.1f})"
    )
    if (reason := report.reason_of_stop()) is not None:
        yield f"stopped: {reason}"
    yield from (f"note: {note}" for note in report.notes)


def title(report: Report) -> str:
    """What was analyzed: name and size."""
    program = report.program
    integers = sum(program.exact.integer)
    return (
        f"{program.name or report.source or 'program'}: {program.sense}, "
        f"{program.n_rows} row{'s' * (program.n_rows != 1)}, "
        f"{program.n_cols} column{'s' * (program.n_cols != 1)}, {integers} integer"
    )


def _row_parts(rows: Sequence[RowPrice], limit: int | None) -> Iterator[RenderableType]:
    yield Text("")
    yield Text("Prices of the rows: change of the optimal value by one unit of right-hand side")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("row", overflow="fold")
    for header in ("rhs", "price left", "price right", "jumps", "holds for"):
        table.add_column(header, justify="right", overflow="fold")
    table.add_column("LP only", justify="right", style="dim")
    table.add_column("integers fixed", justify="right", style="dim")
    for row in rows[:limit]:
        table.add_row(
            Text(row.name),
            f"{row.sense} {short_text(row.rhs)}",
            price_text(row.slope_left, row.proof_left),
            price_text(row.slope_right, row.proof_right),
            jumps_text(row),
            range_text(row),
            relaxed_text(row.lp_dual),
            relaxed_text(row.fixed_dual),
        )
    yield table
    yield from _rest(len(rows), limit, "rows")


def _column_parts(report: Report, limit: int | None) -> Iterator[RenderableType]:
    yield Text("")
    columns = () if report.prices is None else report.prices.columns
    yield Text("Columns" if not columns else "Columns: gradient is d(optimal value)/d(cost)")
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, header_style="bold")
    table.add_column("column", overflow="fold")
    for header in ("value", "cost", *(("gradient",) if columns else ())):
        table.add_column(header, justify="right")
    for cells in _column_cells(report, columns, limit):
        table.add_row(*cells)
    yield table
    yield from _rest(report.program.n_cols, limit, "columns")


def _column_cells(
    report: Report, columns: Sequence[ColumnPrice], limit: int | None
) -> Iterator[tuple[RenderableType, ...]]:
    for column in columns[:limit]:
        yield (
            Text(column.name),
            short_text(column.value),
            short_text(column.cost),
            gradient_text(column),
        )
    if not columns and report.point is not None:
        program = report.program
        shown = zip(program.col_names, report.point, program.exact.c, strict=True)
        for _, (name, value, cost) in zip(range(limit or program.n_cols), shown, strict=False):
            yield Text(name), short_text(value), short_text(cost)


def _rest(count: int, limit: int | None, what: str) -> Iterator[RenderableType]:
    if limit is not None and count > limit:
        yield Text(f"... {count - limit} more {what}; --all shows them, --json FILE has them all")


def _ray(report: Report) -> RenderableType:
    assert report.ray is not None
    pairs = zip(report.program.col_names, report.ray, strict=True)
    moves = ", ".join(f"{name} {short_text(value)}" for name, value in pairs if value)
    return Text(f"Improves forever along: {moves}")

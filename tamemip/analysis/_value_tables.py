"""The report on a value function as tables on a terminal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from tamemip.analysis._tables import Fitted, program_title, rest_of
from tamemip.analysis._value_words import (
    JUMP_HEADER,
    VALUE_LEGEND,
    jump_cells,
    part_cells,
    part_header,
    value_summary,
)

if TYPE_CHECKING:
    from tamemip.analysis._value_report import ValueReport

_SHOWN = 40


def value_tables(report: ValueReport, *, everything: bool = False) -> Group:
    """The whole report; only the first pieces of a long one.

    Parameters
    ----------
    report
        The report.
    everything
        Show all pieces and all jumps.
    """
    headline, *rest = value_summary(report)
    style = "bold green" if report.curve.is_certified else "bold yellow"
    title = program_title(report.program, report.source)
    parts: list[RenderableType] = [Text(title, style="bold")]
    parts += [Text(f"  optimal value {report.moves.title}", style="bold")]
    parts += [Text(f"  {headline}", style=style)]
    parts += [Text(f"  {line}") for line in rest]
    return Group(*parts, *value_parts(report, None if everything else _SHOWN))


def value_section(report: ValueReport, *, everything: bool) -> Iterator[RenderableType]:
    """The value function inside of another report."""
    yield Text("")
    yield Text(f"The optimal value {report.moves.title}", style="bold")
    yield from (Text(f"  {line}") for line in value_summary(report))
    yield from value_parts(report, None if everything else _SHOWN)


def value_parts(report: ValueReport, limit: int | None) -> Iterator[RenderableType]:
    """The tables: the parts of the axis, and the jumps."""
    curve = report.curve
    yield Text("")
    lines = [part_cells(part) for part in curve.parts[:limit]]
    yield Fitted(part_header(report), lines, dim=())
    yield from rest_of(len(curve.parts), limit, "parts")
    if curve.jumps:
        yield Fitted(JUMP_HEADER, [jump_cells(jump) for jump in curve.jumps[:limit]], dim=())
        yield from rest_of(len(curve.jumps), limit, "jumps")
    yield Text(VALUE_LEGEND, style="dim")

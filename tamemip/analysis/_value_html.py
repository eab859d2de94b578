"""The report on a value function as a page that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from tamemip.analysis._html_parts import document, element, foot, table
from tamemip.analysis._value_svg import value_picture
from tamemip.analysis._value_words import (
    JUMP_HEADER,
    VALUE_LEGEND,
    jump_cells,
    part_cells,
    part_header,
    value_summary,
    value_title,
)

if TYPE_CHECKING:
    from tamemip.analysis._value_report import ValueReport


def value_page(report: ValueReport) -> str:
    """A complete page."""
    return document(value_title(report), value_fragment(report))


def value_fragment(report: ValueReport) -> str:
    """The report as one element, with its style."""
    program = report.program
    headline, *rest = value_summary(report)
    tone = "good" if report.curve.is_certified else "open"
    return element(
        (
            f"<h1>{escape(program.name or 'A mixed-integer program')}</h1>",
            f'<p class="soft">{escape(value_title(report))}</p>',
            f'<div class="answer {tone}">{escape(headline)}</div>',
            "<ul>" + "".join(f"<li>{escape(text)}</li>" for text in rest) + "</ul>",
            *value_sections(report),
            *_proofs(report),
            foot(program, report.source),
        )
    )


def value_sections(report: ValueReport) -> Iterator[str]:
    """The picture, and the tables of pieces and jumps."""
    image = value_picture(report.curve, axis=report.moves.axis, place=report.moves.shift)
    yield f"<h2>The optimal value {escape(report.moves.title)}</h2>"
    if image:
        yield '<p class="soft">A full dot belongs to the graph, an empty one does not.</p>'
        yield image
    yield f'<p class="soft">{escape(VALUE_LEGEND)}</p>'
    yield table(part_header(report), [part_cells(part) for part in report.curve.parts])
    if report.curve.jumps:
        yield "<h2>Jumps</h2>"
        yield table(JUMP_HEADER, [jump_cells(jump) for jump in report.curve.jumps])


def _proofs(report: ValueReport) -> Iterator[str]:
    if len(report.checked) == 1:
        yield "<h2>What was proved</h2>"
        yield f"<p>{escape(report.checked[0].statement.text)}</p>"

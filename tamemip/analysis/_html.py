"""The report as a page that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

from tamemip.analysis._html_parts import document, element, foot, table
from tamemip.analysis._numbers import MaybeBound, short_text
from tamemip.analysis._profile import Profile, liveliest_row, profile, window
from tamemip.analysis._svg import picture
from tamemip.analysis._tables import point_cells, summary, title
from tamemip.analysis._value_html import value_sections
from tamemip.analysis._words import COLUMN_HEADER, ROW_HEADER, column_cells, row_cells
from tamemip.solvers import Status

if TYPE_CHECKING:
    from tamemip.analysis._price_entries import RowPrice
    from tamemip.analysis._report import Report

#: Rows that are looked at for the picture, when there are no prices to choose by.
_ROWS_TRIED = 60

_TONES = {
    Status.OPTIMAL: "good",
    Status.INFEASIBLE: "bad",
    Status.UNBOUNDED: "bad",
    Status.INFEASIBLE_OR_UNBOUNDED: "open",
    Status.LIMIT: "open",
}


def page(report: Report) -> str:
    """A complete page."""
    return document(title(report), fragment(report))


def fragment(report: Report) -> str:
    """The report as one element, with its style."""
    return element(
        (
            *_head(report),
            *_conflict(report),
            *_value_function(report),
            *_picture(report),
            *_rows(report),
            *_columns(report),
            *_foot(report),
        )
    )


def _head(report: Report) -> Iterator[str]:
    program = report.program
    headline, *rest = summary(report)
    yield f"<h1>{escape(program.name or 'A mixed-integer program')}</h1>"
    yield f'<p class="soft">{escape(title(report))}</p>'
    yield f'<div class="answer {_TONES[report.status]}">{escape(headline)}</div>'
    yield "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in rest) + "</ul>"


def _conflict(report: Report) -> Iterator[str]:
    if report.infeasible_subset is not None:
        yield "<h2>Why it is infeasible</h2>"
        yield f"<pre>{escape(str(report.infeasible_subset))}</pre>"
    if report.ray is not None:
        yield "<h2>The direction in which it improves forever</h2>"
        pairs = zip(report.program.col_names, report.ray, strict=True)
        yield table(("column", "direction"), [(n, short_text(v)) for n, v in pairs if v])


def _value_function(report: Report) -> Iterator[str]:
    if report.value_function is not None:
        yield from value_sections(report.value_function)


def _picture(report: Report) -> Iterator[str]:
    drawn = _profile(report)
    image = "" if drawn is None else picture(drawn)
    if drawn is None or not image:
        return
    yield f"<h2>Along row {escape(drawn.row)}</h2>"
    side = "above" if report.program.sense == "min" else "below"
    yield (
        '<p class="soft">The other right-hand sides stay as they are. Wherever this one goes, the '
        f"optimal value lies on the blue line or {side} it; where there is a green line, it lies "
        "on that. A full dot belongs to the graph, an empty one does not.</p>"
    )
    yield image


def _profile(report: Report) -> Profile | None:
    function = report.dual_function
    if function is None or not report.program.n_rows:
        return None
    if report.prices is not None and len(report.prices):
        row = max(report.prices, key=_interest)
        ends = window(float(row.rhs), _float(row.low), _float(row.high))
        return profile(function, row.index, *ends, price=row)
    index = liveliest_row(function, range(min(report.program.n_rows, _ROWS_TRIED))) or 0
    return profile(function, index, *window(float(report.program.rhs[index]), None, None))


def _interest(row: RowPrice) -> tuple[bool, float]:
    """Rows with a jump first, then those whose price the relaxation gets most wrong."""
    jumps = [abs(jump) for jump in (row.jump_left, row.jump_right) if isinstance(jump, Fraction)]
    slopes = [slope for slope in (row.slope_left, row.slope_right) if isinstance(slope, Fraction)]
    relaxed = row.lp_dual or Fraction(0)
    wrong = max((abs(slope - relaxed) + abs(slope) for slope in slopes), default=Fraction(0))
    return any(jumps), float(wrong)


def _float(value: MaybeBound) -> float | None:
    return None if value is None else float(value)


def _rows(report: Report) -> Iterator[str]:
    if report.prices is None or not len(report.prices):
        return
    yield "<h2>Prices of the rows</h2>"
    yield (
        '<p class="soft">Change of the optimal value by one unit of right-hand side, to the left '
        "and to the right, for the program with its integers. The two grey columns are other "
        "questions: the linear relaxation, and the program with its integers fixed.</p>"
    )
    yield table(ROW_HEADER, [row_cells(row) for row in report.prices], soft=2)


def _columns(report: Report) -> Iterator[str]:
    if report.point is None:
        return
    yield "<h2>Columns</h2>"
    if report.prices is None:
        yield table(COLUMN_HEADER[:3], list(point_cells(report, None)))
        return
    yield (
        '<p class="soft">The point stays optimal while the cost of one column moves in its range, '
        "ends included, and the other costs stay; a range marked ? is not proved, and the true "
        "one lies in it. The gradient is that of the optimal value in the costs. The reduced cost "
        "belongs to the linear relaxation.</p>"
    )
    lines = [column_cells(c, report.cost_range(c.index)) for c in report.prices.columns]
    yield table(COLUMN_HEADER, lines, soft=1)


def _foot(report: Report) -> Iterator[str]:
    proved: tuple[str, ...] = ()
    if report.checked is not None:
        proved += (report.checked.statement.text,)
    if report.tameness is not None:
        proved += report.tameness.statements()
    if proved:
        yield "<h2>What was proved</h2>"
        yield from (f"<p>{escape(text)}</p>" for text in proved)
    yield foot(report.program, report.source)

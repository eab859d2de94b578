"""The report as a page that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

import tamemip
from tamemip.analysis._numbers import MaybeBound, short_text
from tamemip.analysis._profile import Profile, liveliest_row, profile, window
from tamemip.analysis._svg import picture
from tamemip.analysis._tables import point_cells, summary, title
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

_STYLE = """
.tamemip { --ink: #1d2733; --soft: #5c6b7a; --line: #dfe5ea; --paper: #ffffff; --blue: #0b5394;
  --amber: #b45f06; --green: #1b6e3c; --red: #a61c1c;
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink);
  background: var(--paper); max-width: 60rem; margin: 0 auto; padding: 1.5rem 1.25rem 3rem; }
.tamemip h1 { font-size: 1.5rem; margin: 0 0 .25rem; }
.tamemip h2 { font-size: 1.1rem; margin: 2rem 0 .25rem; }
.tamemip p { margin: .25rem 0 .75rem; }
.tamemip .soft, .tamemip td.soft { color: var(--soft); }
.tamemip .answer { border-left: 5px solid; padding: .5rem 1rem; margin: 1rem 0; font-size: 1.15rem;
  font-weight: 600; }
.tamemip .good { border-color: var(--green); background: #eff7f1; }
.tamemip .bad { border-color: var(--red); background: #fbf0f0; }
.tamemip .open { border-color: var(--amber); background: #fdf6ec; }
.tamemip ul { padding-left: 1.2rem; margin: .5rem 0; }
.tamemip .wide { overflow-x: auto; }
.tamemip table { border-collapse: collapse; font-variant-numeric: tabular-nums; width: 100%; }
.tamemip th, .tamemip td { padding: .25rem .6rem; text-align: right; white-space: nowrap;
  border-bottom: 1px solid var(--line); }
.tamemip th:first-child, .tamemip td:first-child { text-align: left; }
.tamemip thead th { border-bottom: 2px solid var(--ink); position: sticky; top: 0;
  background: var(--paper); }
.tamemip pre { background: #f4f6f8; padding: .75rem 1rem; overflow-x: auto; }
.tamemip svg { width: 100%; height: auto; }
.tamemip svg text { font-size: 12px; fill: var(--soft); }
.tamemip svg .grid { stroke: var(--line); }
.tamemip svg .axis { stroke: var(--soft); }
.tamemip svg .here { stroke: var(--soft); stroke-dasharray: 2 4; }
.tamemip svg .bound { stroke: var(--blue); stroke-width: 2.4; fill: none; }
.tamemip svg .relaxation { stroke: var(--amber); stroke-width: 1.6; stroke-dasharray: 7 4;
  fill: none; }
.tamemip svg .proved { stroke: #9bd0ae; stroke-width: 10; stroke-linecap: butt; fill: none; }
.tamemip svg .closed { fill: var(--blue); stroke: var(--blue); }
.tamemip svg .open { fill: var(--paper); stroke: var(--blue); stroke-width: 1.6; }
.tamemip svg .optimum { fill: none; stroke: var(--green); stroke-width: 2.6; }
"""


def page(report: Report) -> str:
    """A complete page."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title(report))}</title>\n</head>\n<body>\n{fragment(report)}\n"
        "</body>\n</html>\n"
    )


def fragment(report: Report) -> str:
    """The report as one element, with its style."""
    parts = (
        *_head(report),
        *_conflict(report),
        *_picture(report),
        *_rows(report),
        *_columns(report),
        *_foot(report),
    )
    return f'<style>{_STYLE}</style>\n<div class="tamemip">\n' + "\n".join(parts) + "\n</div>"


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
        yield _table(("column", "direction"), [(n, short_text(v)) for n, v in pairs if v])


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
    yield _table(ROW_HEADER, [row_cells(row) for row in report.prices], soft=2)


def _columns(report: Report) -> Iterator[str]:
    if report.point is None:
        return
    yield "<h2>Columns</h2>"
    if report.prices is None:
        yield _table(COLUMN_HEADER[:3], list(point_cells(report, None)))
        return
    yield (
        '<p class="soft">The gradient is that of the optimal value in the costs. The reduced cost '
        "belongs to the linear relaxation.</p>"
    )
    yield _table(COLUMN_HEADER, [column_cells(c) for c in report.prices.columns], soft=1)


def _foot(report: Report) -> Iterator[str]:
    if report.checked is not None:
        yield "<h2>What was proved</h2>"
        yield f"<p>{escape(report.checked.statement.text)}</p>"
    yield (
        f'<p class="soft">tamemip {tamemip.__version__}. Problem {report.program.digest[:16]}'
        f"{'' if report.source is None else ', read from ' + escape(report.source)}.</p>"
    )


def _table(header: Sequence[str], rows: Sequence[Sequence[str]], *, soft: int = 0) -> str:
    """A table whose last ``soft`` columns are grey."""
    first_soft = len(header) - soft
    head = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "\n".join(
        "<tr>"
        + "".join(
            f"<td{' class=soft' if k >= first_soft else ''}>{escape(cell)}</td>"
            for k, cell in enumerate(row)
        )
        + "</tr>"
        for row in rows
    )
    return (
        f'<div class="wide"><table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n'
        "</table></div>"
    )

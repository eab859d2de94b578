"""The report as a page that needs nothing from outside."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

import tamemip
from tamemip.analysis._numbers import long_text, short_text
from tamemip.analysis._profile import Profile, liveliest_row, profile, window
from tamemip.analysis._svg import picture
from tamemip.analysis._tables import summary, title
from tamemip.analysis._words import gradient_text, jumps_text, price_text, range_text, relaxed_text
from tamemip.solvers import Status

if TYPE_CHECKING:
    from tamemip.analysis._prices import RowPrice
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
    side = "below" if report.program.sense == "min" else "above"
    yield (
        f'<p class="soft">The optimal value lies on or {side} the blue graph'
        f"{' for a minimum' if side == 'below' else ''}.</p>"
    )
    yield image


def _profile(report: Report) -> Profile | None:
    function = report.dual_function
    if function is None or not report.program.n_rows:
        return None
    rows = list(report.prices or ())
    if rows:
        row = max(rows, key=_interest)
        index = report.program.row_index(row.name)
        ends = window(float(row.rhs), _finite(row.low), _finite(row.high))
        return profile(function, index, *ends)
    chosen = liveliest_row(function, range(min(report.program.n_rows, _ROWS_TRIED)))
    if chosen is None:
        chosen = 0
    return profile(function, chosen, *window(float(report.program.rhs[chosen]), None, None))

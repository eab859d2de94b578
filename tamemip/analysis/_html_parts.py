"""The parts that every page shares: style, frame, tables, foot."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

import tamemip
from tamemip.programs import MixedIntegerProgram

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
.tamemip svg .empty { fill: var(--line); opacity: .7; }
.tamemip svg .gap { fill: var(--amber); opacity: .22; }
.tamemip svg .closed { fill: var(--blue); stroke: var(--blue); }
.tamemip svg .open { fill: var(--paper); stroke: var(--blue); stroke-width: 1.6; }
.tamemip svg .optimum { fill: none; stroke: var(--green); stroke-width: 2.6; }
"""


def document(title: str, body: str) -> str:
    """A complete page."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n</head>\n<body>\n{body}\n</body>\n</html>\n"
    )


def element(parts: Iterable[str]) -> str:
    """Parts as one element, with its style."""
    return f'<style>{_STYLE}</style>\n<div class="tamemip">\n' + "\n".join(parts) + "\n</div>"


def foot(program: MixedIntegerProgram, source: str | None) -> str:
    """What made the page, and about which problem."""
    return (
        f'<p class="soft">tamemip {tamemip.__version__}. Problem {program.digest[:16]}'
        f"{'' if source is None else ', read from ' + escape(source)}.</p>"
    )


def table(header: Sequence[str], rows: Sequence[Sequence[str]], *, soft: int = 0) -> str:
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

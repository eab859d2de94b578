"""Value functions on a line as text."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tamemip.value_functions._line_pieces import LineGap, LineInterval, LinePiece

if TYPE_CHECKING:
    from tamemip.value_functions._line_value import LineValueFunction

_SHOWN = 30


def line_text(v: LineValueFunction) -> str:
    """A few lines: the function piece by piece, from left to right."""
    return "\n".join((repr(v), *(f"  {where}: {what}" for where, what in _rows(v))))


def line_html(v: LineValueFunction) -> str:
    """A table for a notebook."""
    rows = "".join(
        f"<tr><td>{escape(where)}</td><td>{escape(what)}</td></tr>" for where, what in _rows(v)
    )
    head = "<tr><th>step t</th><th>value</th></tr>"
    return f"<p>{escape(repr(v))}</p><table>{head}{rows}</table>"


def _rows(v: LineValueFunction) -> list[tuple[str, str]]:
    parts: list[LinePiece | LineInterval | LineGap] = [*v.pieces, *v.infeasible, *v.gaps]
    parts.sort(key=lambda part: (part.lo, part.hi, not part.lo_closed))
    rows = [(interval_text(part), _what(part)) for part in parts[:_SHOWN]]
    hidden = len(parts) - len(rows)
    return [*rows, ("...", f"{hidden} more")] if hidden else rows


def interval_text(part: LinePiece | LineInterval | LineGap) -> str:
    """An interval with its brackets; a single point as a set."""
    if part.lo == part.hi:
        return f"{{{part.lo}}}"
    left, right = "[" if part.lo_closed else "(", "]" if part.hi_closed else ")"
    return f"{left}{part.lo}, {part.hi}{right}"


def _what(part: LinePiece | LineInterval | LineGap) -> str:
    match part:
        case LinePiece(slope=None | 0):
            return str(part.value_at_lo)
        case LinePiece(slope=slope):
            assert slope is not None
            sign, size = "-" if slope < 0 else "+", "" if abs(slope) == 1 else f"{abs(slope)} "
            step = "t" if part.lo == 0 else f"(t {'-' if part.lo > 0 else '+'} {abs(part.lo)})"
            shown = f"{part.value_at_lo} {sign} {size}{step}"
            return shown.removeprefix("0 + ")
        case LineInterval():
            return "infeasible"
        case LineGap():
            return f"between {part.low} and {part.high}"

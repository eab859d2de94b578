"""The report on a value function as JSON types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tamemip
from tamemip.analysis._json_parts import Object, model, number
from tamemip.value_functions import LineGap, LineInterval, LineJump, LinePiece

if TYPE_CHECKING:
    from tamemip.analysis._value_report import ValueReport


def value_to_json(report: ValueReport) -> Object:
    """See `ValueReport.to_json`."""
    return {
        "tamemip": "value-function",
        "version": tamemip.__version__,
        "model": model(report.program, report.source),
        **value_content(report),
    }


def value_content(report: ValueReport) -> Object:
    """The value function itself, without the model."""
    moves, curve = report.moves, report.curve
    lo, hi = curve.low, curve.high
    return {
        "moves": "rhs" if moves.kind == "rhs" else "cost",
        "direction": [
            {"name": name, **number("rate", rate)}
            for name, (_, rate) in zip(moves.names, moves.rates, strict=True)
        ],
        "axis": moves.kind if moves.is_itself else "step",
        **number("low", lo),
        **number("high", hi),
        **number("given", moves.shift),
        "status": "proved" if curve.is_certified else "limit",
        "stopped": report.stopped,
        "pieces": [_piece(piece) for piece in curve.pieces],
        "jumps": [_jump(jump) for jump in curve.jumps],
        "infeasible": [_interval(part) for part in curve.infeasible],
        "gaps": [
            {**_interval(gap), **number("bound_low", gap.low), **number("bound_high", gap.high)}
            for gap in curve.gaps
        ],
        "certificates": [
            {"checker": c.checker, "bytes": c.bytes, "statement": c.statement.text}
            for c in report.checked
        ],
        "certificate_checked": bool(report.checked),
        "seconds": {"search": round(report.seconds, 3), "check": round(report.check_seconds, 3)},
        "notes": list(report.notes),
    }


def _piece(piece: LinePiece) -> Object:
    return {
        **_interval(piece),
        **number("slope", piece.slope),
        **number("value_at_lo", piece.value_at_lo),
        **number("value_at_hi", piece.at(piece.hi)),
    }


def _interval(part: LinePiece | LineInterval | LineGap) -> Object:
    return {
        **number("lo", part.lo),
        **number("hi", part.hi),
        "lo_closed": part.lo_closed,
        "hi_closed": part.hi_closed,
    }


def _jump(jump: LineJump) -> Object:
    return {
        **number("at", jump.t),
        **number("left", jump.left),
        **number("value", jump.at),
        **number("right", jump.right),
    }

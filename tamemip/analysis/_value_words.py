"""A value function in the words of a table."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from tamemip.analysis._curve import Part
from tamemip.analysis._numbers import MaybeBound, short_text
from tamemip.analysis._tables import program_title
from tamemip.value_functions import LineGap, LineInterval, LineJump, LinePiece

if TYPE_CHECKING:
    from tamemip.analysis._value_report import ValueReport

JUMP_HEADER = ("jumps at", "from the left", "value", "from the right")
VALUE_LEGEND = (
    "[ ]: the end belongs to the piece; ( ): it does not, and the value beside it is a limit"
)


def part_header(report: ValueReport) -> tuple[str, ...]:
    """The heads of the cells of `part_cells`."""
    return (report.moves.axis, "value", "slope", "")


def part_cells(part: Part) -> tuple[str, ...]:
    """One part of the axis: where, the values at its ends, the slope, how it is proved."""
    match part:
        case LinePiece():
            ends = dict.fromkeys(short_text(part.at(t)) for t in (part.lo, part.hi))
            slope = "" if part.slope is None else short_text(part.slope)
            return interval_text(part), " → ".join(ends), slope, "proved"
        case LineInterval():
            return interval_text(part), "infeasible", "", "proved"
        case LineGap():
            bounds = f"between {short_text(part.low)} and {short_text(part.high)}"
            return interval_text(part), bounds, "", "not proved"


def jump_cells(jump: LineJump) -> tuple[str, ...]:
    """The cells under `JUMP_HEADER`."""
    return tuple(map(_limit, (jump.t, jump.left, jump.at, jump.right)))


def interval_text(part: Part) -> str:
    """An interval with its brackets; a single point as a set."""
    if part.lo == part.hi:
        return f"{{{short_text(part.lo)}}}"
    left, right = "[" if part.lo_closed else "(", "]" if part.hi_closed else ")"
    return f"{left}{short_text(part.lo)}, {short_text(part.hi)}{right}"


def value_title(report: ValueReport) -> str:
    """What was asked: name and size of the program, and what moves."""
    return f"{program_title(report.program, report.source)}; {report.moves.title}"


def value_summary(report: ValueReport) -> Iterator[str]:
    """The lines above the tables: the answer, where the program stands, the check, the notes."""
    yield report.headline()
    if (here := report.here()) is not None:
        yield here
    yield _check(report)
    yield f"time: {report.seconds:.1f} s, check {report.check_seconds:.1f} s"
    if (reason := report.reason_of_stop()) is not None:
        yield f"stopped: {reason}"
    yield from (f"note: {note}" for note in report.notes)


def _check(report: ValueReport) -> str:
    checked = report.checked
    if not checked:
        return "certificate: not checked"
    checkers = " and ".join(dict.fromkeys(c.checker for c in checked))
    size = sum(c.bytes for c in checked) / 1000
    what = "certificate:" if len(checked) == 1 else f"{len(checked)} certificates:"
    return (
        f"{what} accepted by the {checkers} checker in {report.check_seconds:.2f} s, {size:.0f} kB"
    )


def _limit(value: MaybeBound) -> str:
    """A limit of the value: infinite where nothing is feasible, empty beyond the range."""
    if value is None:
        return ""
    return "infeasible" if isinstance(value, float) else short_text(value)

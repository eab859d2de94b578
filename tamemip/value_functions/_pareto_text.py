"""Pareto frontiers as text, and as a table."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from tamemip.errors import MissingDependencyError
from tamemip.value_functions._pareto_pieces import ParetoSegment

if TYPE_CHECKING:
    from tamemip.certificates import Bound
    from tamemip.value_functions._pareto_frontier import ParetoFrontier

_SHOWN = 30


def headline(frontier: ParetoFrontier) -> str:
    """One line: what there is, and whether it is proved."""
    counts = [_count(len(frontier.isolated), "isolated point")]
    if len(frontier.costs) == 2 or frontier.segments:
        counts.append(_count(len(frontier.segments), "segment"))
    if frontier.faces:
        counts.append(_count(len(frontier.faces), "face"))
    proved = "certified" if frontier.is_certified else _count(len(frontier.gaps), "gap")
    sense = frontier.program.sense
    return (
        f"ParetoFrontier({sense}, {len(frontier.costs)} objectives, {', '.join((*counts, proved))})"
    )


def frontier_text(frontier: ParetoFrontier) -> str:
    """A few lines: points and segments, best first objective first."""
    return "\n".join((headline(frontier), *(f"  {a}: {b}" for a, b in _rows(frontier))))


def frontier_html(frontier: ParetoFrontier) -> str:
    """A table for a notebook."""
    rows = "".join(f"<tr><td>{escape(a)}</td><td>{escape(b)}</td></tr>" for a, b in _rows(frontier))
    head = "<tr><th>outcomes</th><th></th></tr>"
    return f"<p>{escape(headline(frontier))}</p><table>{head}{rows}</table>"


def frontier_frame(frontier: ParetoFrontier) -> Any:
    """One row an isolated point or a segment, in floats."""
    try:
        import pandas as pd
    except ModuleNotFoundError:
        raise MissingDependencyError(
            "to_frame() was asked for, but pandas is not installed; it comes with: "
            "pip install pandas. `points` and `segments` have the same numbers.",
            name="pandas",
        ) from None
    n = range(1, len(frontier.costs) + 1)
    columns = [
        "kind",
        *(f"start_{k}" for k in n),
        *(f"end_{k}" for k in n),
        "start_closed",
        "end_closed",
    ]
    rows = []
    for part in _parts(frontier):
        kind = "point" if part.start == part.end else "segment"
        values = (float(v) for v in (*part.start, *part.end))
        rows.append((kind, *values, part.start_closed, part.end_closed))
    return pd.DataFrame(rows, columns=columns)


def _rows(frontier: ParetoFrontier) -> list[tuple[str, str]]:
    parts = _parts(frontier)
    rows = [(_where(part), _what(frontier, part)) for part in parts[:_SHOWN]]
    if len(parts) > _SHOWN:
        rows.append(("...", f"{len(parts) - _SHOWN} more"))
    for face in frontier.faces[: _SHOWN - len(rows)]:
        rows.append((" ".join(map(_vector, face.vertices)), "face"))
    gaps = frontier.gaps[:_SHOWN]
    return [*rows, *((f"{_vector(gap.best)} to {_vector(gap.worst)}", "gap") for gap in gaps)]


def _parts(frontier: ParetoFrontier) -> list[ParetoSegment]:
    """Points as segments, and segments, in order."""
    points = [ParetoSegment(z, z, True, True) for z in frontier.isolated]
    sign = 1 if frontier.program.sense == "min" else -1
    return sorted((*points, *frontier.segments), key=lambda p: tuple(sign * v for v in p.start))


def _where(part: ParetoSegment) -> str:
    if part.start == part.end:
        return _vector(part.start)
    left, right = "[" if part.start_closed else "(", "]" if part.end_closed else ")"
    return f"{left}{_vector(part.start)}, {_vector(part.end)}{right}"


def _what(frontier: ParetoFrontier, part: ParetoSegment) -> str:
    if part.start != part.end:
        return "segment"
    if not frontier.is_certified:
        return "nondominated"
    return "supported" if part.start in frontier.supported else "unsupported"


def _vector(values: tuple[Bound, ...]) -> str:
    return f"({', '.join(map(str, values))})"


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}{'s' * (n != 1)}"

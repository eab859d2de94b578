"""What a Pareto frontier is made of, and how it is read off a value function on a line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple, final

from tamemip.certificates import Bound
from tamemip.value_functions._line_pieces import LineGap, LineInterval, LinePiece
from tamemip.value_functions._line_value import LineValueFunction
from tamemip.value_functions._pareto_objectives import Outcome


class ParetoSegment(NamedTuple):
    """A continuous part of a frontier: a segment between two outcomes.

    `start` has the better first objective. An end that is not closed is the limit of
    nondominated outcomes, but is dominated itself.
    """

    start: Outcome
    end: Outcome
    start_closed: bool
    end_closed: bool

    def at(self, share: Fraction) -> Outcome:
        """The outcome a share of the way from `start` to `end`."""
        return tuple(a + share * (b - a) for a, b in zip(self.start, self.end, strict=True))


class ParetoFace(NamedTuple):
    """A continuous part of a frontier of three objectives: a convex polygon of outcomes.

    Its interior is nondominated. `vertices` go around it; some may lie within a side.
    `vertices_closed` says which of them are nondominated, `edges_closed` which of the open
    edges are, from each vertex to the next one.
    """

    vertices: tuple[Outcome, ...]
    vertices_closed: tuple[bool, ...]
    edges_closed: tuple[bool, ...]

    def closed_vertices(self) -> tuple[Outcome, ...]:
        """The nondominated vertices."""
        flags = zip(self.vertices, self.vertices_closed, strict=True)
        return tuple(z for z, is_closed in flags if is_closed)

    def closed_edges(self) -> tuple[tuple[Outcome, Outcome], ...]:
        """The nondominated edges, by their ends."""
        following = (*self.vertices[1:], self.vertices[0])
        edges = zip(self.vertices, following, self.edges_closed, strict=True)
        return tuple((a, b) for a, b, is_closed in edges if is_closed)


class ParetoGap(NamedTuple):
    """A box of outcomes, with its boundary, in which there may be further nondominated ones.

    `best` and `worst` are its corners; entries of them may be infinite.
    """

    best: tuple[Bound, ...]
    worst: tuple[Bound, ...]


@final
@dataclass(frozen=True, slots=True)
class Pieces:
    """Parts of a frontier in min orientation, by rising first objective, and gaps."""

    isolated: tuple[Outcome, ...]
    segments: tuple[ParetoSegment, ...]
    gaps: tuple[ParetoGap, ...]
    faces: tuple[ParetoFace, ...] = ()


def corners(pieces: Pieces, *, closed: bool) -> list[Outcome]:
    """Isolated outcomes, ends and vertices, in order; only those on the frontier, if `closed`."""
    ends = [(s.start, s.start_closed) for s in pieces.segments]
    ends += [(s.end, s.end_closed) for s in pieces.segments]
    for face in pieces.faces:
        ends += zip(face.vertices, face.vertices_closed, strict=True)
    return sorted({*pieces.isolated, *(z for z, is_closed in ends if is_closed or not closed)})


def efficient_pieces(v: LineValueFunction, least: Bound, most: Bound) -> Pieces:
    """The outcomes ``(v(t), t)`` with ``v(s) > v(t)`` for every ``s < t``.

    Parameters
    ----------
    v
        The least first objective over the points whose second one is ``t`` or better, from
        the least such step on. It never rises, and it is continuous from the right.
    least, most
        Bounds of it, in min orientation; they serve where it is not proved.
    """
    sign = 1 if v.program.sense == "min" else -1
    proved: list[LinePiece | LineInterval] = [
        *(_turned_piece(piece, sign) for piece in v.pieces),
        *(_turned_interval(interval, sign) for interval in v.infeasible),
    ]
    proved.sort(key=lambda s: (s.lo, s.hi, not s.lo_closed))
    lo, hi = sorted((sign * v.interval[0], sign * v.interval[1]))
    found = list(_walk(list(_with_gaps(proved, (lo, hi), least, most))))[::-1]
    return Pieces(
        tuple(part for part in found if not isinstance(part, ParetoSegment | ParetoGap)),
        tuple(part for part in found if isinstance(part, ParetoSegment)),
        tuple(part for part in found if isinstance(part, ParetoGap)),
    )


def _with_gaps(
    proved: Sequence[LinePiece | LineInterval],
    interval: tuple[Fraction, Fraction],
    least: Bound,
    most: Bound,
) -> Iterator[LinePiece | LineGap]:
    """The pieces, with what is between proved stretches; the value never rises."""
    # Ends of a gap: a step, and whether it belongs to what is proved.
    lo, is_taken, high = interval[0], False, most
    for stretch in proved:
        if lo < stretch.lo or not (is_taken or stretch.lo_closed):
            low = stretch.value_at_lo if isinstance(stretch, LinePiece) else least
            yield LineGap(lo, stretch.lo, not is_taken, not stretch.lo_closed, low, high)
        if isinstance(stretch, LinePiece):
            yield stretch
            high = stretch.at(stretch.hi)
        lo, is_taken = stretch.hi, stretch.hi_closed
    if lo < interval[1] or not is_taken:
        yield LineGap(lo, interval[1], not is_taken, True, least, high)


def _walk(
    stretches: Sequence[LinePiece | LineGap],
) -> Iterator[Outcome | ParetoSegment | ParetoGap]:
    before: LinePiece | LineGap | None = None
    for stretch in stretches:
        if isinstance(stretch, LineGap):
            yield ParetoGap((stretch.low, stretch.lo), (stretch.high, stretch.hi))
        else:
            yield from _of_piece(before, stretch)
        before = stretch


def _of_piece(
    before: LinePiece | LineGap | None, piece: LinePiece
) -> Iterator[Outcome | ParetoSegment | ParetoGap]:
    value = piece.value_at_lo
    first = (value, piece.lo)
    is_first_proved = piece.lo_closed and _is_less_than_all(value, before)
    if piece.slope:
        last = (piece.at(piece.hi), piece.hi)
        is_kink = isinstance(before, LinePiece) and _falls_to(before, value)
        # Walked by rising second objective, told by rising first one.
        yield ParetoSegment(last, first, piece.hi_closed, is_first_proved or is_kink)
    elif is_first_proved:
        yield first
    if isinstance(before, LineGap) and piece.lo_closed and not is_first_proved:
        yield ParetoGap(first, first)


def _is_less_than_all(value: Fraction, before: LinePiece | LineGap | None) -> bool:
    """Whether the value jumps down to this one, or starts here."""
    match before:
        case None:
            return True
        case LinePiece():
            return before.at(before.hi) > value
        case LineGap():
            return before.low > value


def _falls_to(before: LinePiece, value: Fraction) -> bool:
    """Whether a piece before comes down to a value without a jump, never having had it."""
    return bool(before.slope) and before.at(before.hi) == value


def _turned_piece(piece: LinePiece, sign: int) -> LinePiece:
    if sign == 1:
        return piece
    end = -piece.at(piece.hi)
    return LinePiece(-piece.hi, -piece.lo, piece.hi_closed, piece.lo_closed, piece.slope, end)


def _turned_interval(interval: LineInterval, sign: int) -> LineInterval:
    if sign == 1:
        return interval
    return LineInterval(-interval.hi, -interval.lo, interval.hi_closed, interval.lo_closed)

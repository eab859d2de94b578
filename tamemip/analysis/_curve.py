"""A value function as a report shows it: its parts, by the numbers of the axis."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias, final

from tamemip.certificates import Bound
from tamemip.value_functions import (
    CostValueFunction,
    LineGap,
    LineInterval,
    LineJump,
    LinePiece,
    LineValueFunction,
)

Part: TypeAlias = LinePiece | LineInterval | LineGap
OnALine: TypeAlias = LineValueFunction | CostValueFunction


@final
@dataclass(frozen=True, slots=True)
class Dot:
    """The end of a piece; `is_closed` if the point belongs to the graph."""

    at: Fraction
    value: Fraction
    is_closed: bool


@final
@dataclass(frozen=True, slots=True)
class Curve:
    """The optimal value along an axis.

    Attributes
    ----------
    low, high
        The ends of the axis.
    pieces, infeasible, gaps
        Together they cover it: where the value is proved and finite, where it is proved
        that there is no feasible point, and where only bounds are proved.
    jumps
        Where the value is not continuous, with its limits.
    """

    low: Fraction
    high: Fraction
    pieces: tuple[LinePiece, ...]
    infeasible: tuple[LineInterval, ...]
    gaps: tuple[LineGap, ...]
    jumps: tuple[LineJump, ...]

    @property
    def is_certified(self) -> bool:
        """Whether the value is proved everywhere."""
        return not self.gaps

    @property
    def parts(self) -> tuple[Part, ...]:
        """All of it, from left to right."""
        found: list[Part] = [*self.pieces, *self.infeasible, *self.gaps]
        return tuple(sorted(found, key=lambda part: (part.lo, part.hi, not part.lo_closed)))

    @property
    def dots(self) -> tuple[Dot, ...]:
        """The ends of the pieces at jumps and isolated points, and where pieces end for good.

        A point that one piece reaches is no open end of another one.
        """
        jumps = {jump.t for jump in self.jumps}
        closed: dict[tuple[Fraction, Fraction], None] = {}
        open_: dict[tuple[Fraction, Fraction], None] = {}
        for piece in self.pieces:
            ends = ((piece.lo, piece.lo_closed), (piece.hi, piece.hi_closed))
            for t, is_closed in ends:
                if t in jumps or not is_closed or piece.lo == piece.hi:
                    (closed if is_closed else open_)[t, piece.at(t)] = None
        return (
            *(Dot(*point, is_closed=False) for point in open_ if point not in closed),
            *(Dot(*point, is_closed=True) for point in closed),
        )

    def part_at(self, place: Fraction) -> Part | None:
        """The part that holds a place of the axis; None beyond its ends."""
        return next((part for part in self.parts if _holds(part, place)), None)


def curve_of(v: OnALine, shift: Fraction) -> Curve:
    """The value function with ``shift`` added to its steps."""
    if isinstance(v, LineValueFunction):
        pieces, jumps, infeasible, gaps = v.pieces, v.jumps, v.infeasible, v.gaps
    else:
        pieces, gaps = _cost_parts(v)
        jumps, infeasible = (), ()
    lo, hi = v.interval
    return Curve(
        lo + shift,
        hi + shift,
        tuple(p._replace(lo=p.lo + shift, hi=p.hi + shift) for p in pieces),
        tuple(p._replace(lo=p.lo + shift, hi=p.hi + shift) for p in infeasible),
        tuple(p._replace(lo=p.lo + shift, hi=p.hi + shift) for p in gaps),
        tuple(jump._replace(t=jump.t + shift) for jump in jumps),
    )


def _holds(part: Part, place: Fraction) -> bool:
    after = part.lo < place or (part.lo == place and part.lo_closed)
    return after and (place < part.hi or (place == part.hi and part.hi_closed))


def _cost_parts(v: CostValueFunction) -> tuple[tuple[LinePiece, ...], tuple[LineGap, ...]]:
    """Where the value is proved, and the rest.

    Concave (for ``min``) between its bounds: a line that is the value at two places is
    the value between them.
    """
    if v.is_certified:
        return tuple(
            LinePiece(p.lo, p.hi, True, True, p.slope, p.value_at_lo) for p in v.pieces
        ), ()
    places = sorted({*v.interval, *v.breakpoints, *(sample.t for sample in v.search.samples)})
    found = list(_stretches(v, places))
    return (
        tuple(part for part in found if isinstance(part, LinePiece)),
        tuple(_merged(part for part in found if isinstance(part, LineGap))),
    )


def _stretches(v: CostValueFunction, places: Sequence[Fraction]) -> Iterator[LinePiece | LineGap]:
    """Pieces, gaps, and proved points beside gaps; bounds are affine between the places."""
    bounds = [v.bounds(t) for t in places]
    is_taken = False  # whether some part has the left end
    for ends, values in zip(pairwise(places), pairwise(bounds), strict=True):
        (lo, hi), ((low, high), (next_low, next_high)) = ends, values
        starts, stops = low == high, next_low == next_high
        if starts and stops:
            assert isinstance(low, Fraction)
            assert isinstance(next_low, Fraction)
            yield LinePiece(lo, hi, True, True, (next_low - low) / (hi - lo), low)
            is_taken = True
            continue
        if starts and not is_taken:
            yield _point(lo, low)
        least, most = min(low, next_low), max(high, next_high)
        yield LineGap(lo, hi, not starts and not is_taken, not stops, least, most)
        is_taken = not stops
    if not is_taken:
        (low, high), end = bounds[-1], places[-1]
        yield _point(end, low) if low == high else LineGap(end, end, True, True, low, high)


def _point(t: Fraction, value: Bound) -> LinePiece:
    assert isinstance(value, Fraction)
    return LinePiece(t, t, True, True, None, value)


def _merged(gaps: Iterable[LineGap]) -> Iterator[LineGap]:
    """Neighbors as one gap."""
    last: LineGap | None = None
    for gap in gaps:
        if last is not None and last.hi == gap.lo and (last.hi_closed or gap.lo_closed):
            low, high = min(last.low, gap.low), max(last.high, gap.high)
            last = LineGap(last.lo, gap.hi, last.lo_closed, gap.hi_closed, low, high)
            continue
        if last is not None:
            yield last
        last = gap
    if last is not None:
        yield last


def spread(curve: Curve) -> tuple[Fraction, Fraction] | None:
    """The least and the greatest finite value or bound of a curve; None if there is none."""
    values: list[Bound] = [piece.at(t) for piece in curve.pieces for t in (piece.lo, piece.hi)]
    values += [bound for gap in curve.gaps for bound in (gap.low, gap.high)]
    finite = [v for v in values if isinstance(v, Fraction) and math.isfinite(v)]
    return (min(finite), max(finite)) if finite else None

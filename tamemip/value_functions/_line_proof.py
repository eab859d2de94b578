"""Writing the proof of a value function on a line down."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.certificates import Certificate, CertificateBuilder, Over
from tamemip.duality import LineFunction, write_best, write_parts
from tamemip.errors import SolverError
from tamemip.value_functions._lifted_proof import parts_with_cuts, read_cuts
from tamemip.value_functions._line_parts import ExactPiece, LineParts
from tamemip.value_functions._line_pieces import LineInterval, LinePiece

if TYPE_CHECKING:
    from tamemip.value_functions._line_value import IntegerPart, LineValueFunction


def write_line_certificate(v: LineValueFunction) -> Certificate:
    """The certificate of all that is proved; of the dual function alone if that is nothing."""
    builder = CertificateBuilder(v.program.exact)
    parts = write_parts(builder, v.dual_function)
    function = write_best(builder, parts)
    line = builder.line(v.program.exact.rhs, dict(v.direction))
    over_cuts = parts[len(v.dual_function.trees) :][: len(v.cuts_over)]
    cuts = read_cuts(builder, line, dict(zip(over_cuts, v.cuts_over, strict=True)))
    writer = _Writer(v, builder, function, line, cuts)
    steps = list(writer.stretches())
    if not steps:
        return v.dual_function.certificate
    return builder.finish({"kind": "value-function-on-a-line", "of": line, "tight": steps})


@final
@dataclass(slots=True)
class _Writer:
    """Writes stretches from left to right; each begins where the one before has ended."""

    v: LineValueFunction
    builder: CertificateBuilder
    function: int
    line: int
    cuts: Sequence[tuple[Over, int]]
    #: How far it has been written, and whether that end is included.
    done: tuple[Fraction, bool] | None = None
    parts: LineParts = field(init=False)
    points: dict[tuple[IntegerPart, Fraction], dict[int, Fraction]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        lo, hi = self.v.interval
        moved = self.v.program.with_rhs(self.v.rhs_at(lo))
        self.parts = LineParts(moved, self.v.direction, hi - lo)

    def stretches(self) -> Iterator[int]:
        """The steps, in order."""
        parts: list[LinePiece | LineInterval] = [*self.v.pieces, *self.v.infeasible]
        for part in sorted(parts, key=lambda part: (part.lo, part.hi, not part.lo_closed)):
            if isinstance(part, LinePiece):
                yield from self._piece(part)
            else:
                yield from self._stretch(part.lo, part.hi, part.lo_closed, part.hi_closed, None)

    def _piece(self, piece: LinePiece) -> Iterator[int]:
        """One piece, maybe by several integer parts that are optimal in turn."""
        lo, lo_closed = piece.lo, piece.lo_closed
        while True:
            hi, part = self._furthest(piece, lo)
            segment = self._segment(part, lo, hi, piece)
            hi_closed = piece.hi_closed or hi < piece.hi
            yield from self._stretch(lo, hi, lo_closed, hi_closed, segment)
            if hi == piece.hi:
                return
            lo, lo_closed = hi, False

    def _furthest(self, piece: LinePiece, lo: Fraction) -> tuple[Fraction, IntegerPart]:
        """The integer part that is optimal from a step of a piece on for the longest time."""
        best: tuple[Fraction, IntegerPart] | None = None
        for part, costs in zip(self.v.parts, self.v.costs, strict=True):
            end = self._contact(costs, piece, lo)
            if end is not None and (best is None or end > best[0]):
                best = end, part
        # U is the least of the costs, each of them continuous on a closed interval.
        assert best is not None
        assert best[0] > lo or piece.hi == lo
        return best

    def _contact(self, costs: LineFunction, piece: LinePiece, lo: Fraction) -> Fraction | None:
        """How far the costs of a part are those of the piece, from a step on; convex above it."""
        start, end = lo - self.v.interval[0], piece.hi - self.v.interval[0]
        if costs.exactly(start) != self._in_min(piece.at(lo)):
            return None
        fine = costs.refined((start, end))
        reached: Fraction | None = None
        for s, cost in zip(fine.breaks, fine.at, strict=True):
            if start <= s <= end:
                t = s + self.v.interval[0]
                if cost != self._in_min(piece.at(t)):
                    break
                reached = t
        return reached

    def _in_min(self, value: Fraction) -> Fraction:
        program = self.v.program
        return (1 if program.sense == "min" else -1) * (value - program.offset)

    def _segment(self, part: IntegerPart, lo: Fraction, hi: Fraction, piece: LinePiece) -> int:
        made = self._exact(part, lo, hi, piece)
        if made is None:
            ends = self._point(part, lo), self._point(part, hi)
        else:
            start = self.v.interval[0]
            ends = made.point_at(lo - start), made.point_at(hi - start)
        return self.builder.segment(self.line, lo, hi, *ends)

    def _exact(
        self, part: IntegerPart, lo: Fraction, hi: Fraction, piece: LinePiece
    ) -> ExactPiece | None:
        """One basis that serves the whole interval; None if that is not the one in the middle."""
        start = self.v.interval[0]
        first, last = lo - start, hi - start
        made = self.parts.exact(tuple(map(int, part)), float((first + last) / 2))
        if made is None or first < made.lo or made.hi < last:
            return None
        is_best = all(
            made.cost + made.slope * (t - start) == self._in_min(piece.at(t)) for t in (lo, hi)
        )
        return made if is_best else None

    def _point(self, part: IntegerPart, t: Fraction) -> dict[int, Fraction]:
        key = part, t
        if key not in self.points:
            point = self.v.point_of(part, t)
            if point is None:
                raise SolverError(
                    f"no exact optimal point of a fixed integer part was found at the step {t}: "
                    "coefficients 1e9 apart are the usual reason.",
                    solver="highs",
                )
            self.points[key] = {j: x for j, x in enumerate(point) if x}
        return self.points[key]

    def _stretch(
        self, lo: Fraction, hi: Fraction, lo_closed: bool, hi_closed: bool, segment: int | None
    ) -> Iterator[int]:
        # At a kink both pieces have the point; the first one keeps it.
        lo_closed = lo_closed and self.done != (lo, True)
        self.done = hi, hi_closed
        whole = Over(lo, hi, lo_closed, hi_closed)
        for part, cuts in parts_with_cuts(whole, self.cuts):
            interval = (part.lo, part.hi, part.brackets)
            yield self.builder.stretch(
                self.function, self.line, interval, segment=segment, cuts=cuts
            )

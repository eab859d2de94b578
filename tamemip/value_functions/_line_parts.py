"""Integer parts along a line: the linear pieces of their least costs, basis by basis.

A basis of the linear program that is left when the integer columns are fixed gives
points that are affine in the step, on the interval on which they stay feasible. Floats
find the bases; where one matters its line of points is computed again exactly.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.certificates import Bound, SparseVector
from tamemip.duality import IntegerData, LineFunction
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Basis, LPEngine, LPStatus, basic_point, basic_step
from tamemip.value_functions._line_upper import Segment

if TYPE_CHECKING:
    from numpy.typing import NDArray

IntegerPart: TypeAlias = tuple[int, ...]

#: Steps beyond the end of a piece, relative to the line, where the next basis is looked for.
_BEYOND = 1e-7
#: Pieces that are read of one part, at most.
_MOST_PIECES = 24
#: Rates below this, relatively, are rounding errors.
_NO_RATE = 1e-11


@final
@dataclass(frozen=True, slots=True)
class ExactPiece:
    """The points ``point + t * step`` of one integer part, feasible for ``lo <= t <= hi``."""

    lo: Fraction
    hi: Fraction
    cost: Fraction
    slope: Fraction
    point: Sequence[Fraction]
    step: Mapping[int, Fraction]

    def point_at(self, t: Fraction) -> dict[int, Fraction]:
        """The nonzero entries of the point at a step."""
        moved = (
            (j, x + t * self.step[j] if j in self.step else x) for j, x in enumerate(self.point)
        )
        return {j: x for j, x in moved if x}

    def on_line(self, length: Fraction) -> LineFunction:
        """Its costs as a function on ``[0, length]``, infinite outside."""
        ends = [self.cost + self.slope * t for t in (self.lo, self.hi)]
        breaks, at = [self.lo], [ends[0]]
        between: list[tuple[Bound, Bound]] = []
        if self.hi > self.lo:
            breaks, at, between = [self.lo, self.hi], ends, [(ends[0], ends[1])]
        everywhere: list[Bound] = [*at]
        if self.lo > 0:
            breaks, everywhere = [Fraction(0), *breaks], [math.inf, *everywhere]
            between = [(math.inf, math.inf), *between]
        if self.hi < length:
            breaks, everywhere = [*breaks, length], [*everywhere, math.inf]
            between = [*between, (math.inf, math.inf)]
        return LineFunction(tuple(breaks), tuple(everywhere), tuple(between))


@final
class LineParts:
    """Reads integer parts on the line ``rhs + t * direction``, ``0 <= t <= length``.

    Parameters
    ----------
    program
        The program; its own right-hand side is the start of the line.
    direction
        By row.
    length
        The end of the line, positive or zero.
    """

    def __init__(
        self, program: MixedIntegerProgram, direction: SparseVector, length: Fraction
    ) -> None:
        self._program, self._direction, self._length = program, direction, length
        self._end = float(length)
        integer = np.array(program.exact.integer, dtype=bool)
        self.integers = np.flatnonzero(integer)
        self._others = np.flatnonzero(~integer)
        self._rhs = program.rhs.copy()
        self._rates = np.zeros(program.n_rows)
        for i, rate in direction:
            self._rates[i] = float(rate)
        self._A = program.A
        self._is_le = np.array([s != ">=" for s in program.exact.row_sense], dtype=bool)
        self._is_ge = np.array([s != "<=" for s in program.exact.row_sense], dtype=bool)
        self._engine = LPEngine(program)
        self._cost = self._engine.cost
        self._box = self._engine.lower.copy(), self._engine.upper.copy()
        if len(self._others):
            self._dense = np.asarray(self._A[:, self._others].todense(), dtype=np.float64)
        self._data = IntegerData(program.exact)

    # -- floats ------------------------------------------------------------------------

    def pieces(self, part: IntegerPart, t: float) -> Iterator[Segment]:
        """The costs of a part around a step, piece by piece to both sides."""
        if not len(self._others):
            yield from self._constant(part)
            return
        self._fix(part)
        here = self._piece(t)
        if here is None:
            return
        yield here
        beyond = _BEYOND * (1 + self._end)
        for side in (-1, 1):
            piece = here
            for _ in range(_MOST_PIECES):
                end = piece.lo if side < 0 else piece.hi
                following = end + side * beyond
                if not 0 <= following <= self._end:
                    break
                found = self._piece(following)
                if found is None:
                    break
                yield found
                # Convex and continuous: what lies between is below its chord.
                first, last = (found, piece) if side < 0 else (piece, found)
                if first.hi < last.lo:
                    yield Segment(first.hi, last.lo, first.right, last.left)
                piece = found

    def _constant(self, part: IntegerPart) -> Iterator[Segment]:
        """A part of a pure program costs the same wherever it is feasible."""
        point = np.array(part, dtype=np.float64)
        room = self._A @ point - self._rhs
        lo, hi = self._range(room, -self._rates, np.full(len(room), 1e-9))
        if lo <= hi:
            cost = float(self._cost @ point)
            yield Segment(lo, hi, cost, cost)

    def _range(
        self, room: NDArray[np.float64], rate: NDArray[np.float64], slack: NDArray[np.float64]
    ) -> tuple[float, float]:
        """Steps at which rows hold, given their activity above the rhs and its rate."""
        ge, le = self._is_ge, self._is_le
        rooms = np.concatenate([room[ge] + slack[ge], slack[le] - room[le]])
        return _interval(rooms, np.concatenate([rate[ge], -rate[le]]), 0.0, self._end)

    def _fix(self, part: IntegerPart) -> None:
        lower, upper = self._box[0].copy(), self._box[1].copy()
        lower[self.integers] = upper[self.integers] = part
        self._engine.set_bounds(lower, upper)

    def _solved(self, t: float) -> Basis | None:
        self._engine.set_rhs(self._rhs + t * self._rates)
        if self._engine.solve() is not LPStatus.OPTIMAL:
            return None
        return self._engine.basis()

    def _piece(self, t: float) -> Segment | None:
        """The piece of the basis that is optimal at a step."""
        basis = self._solved(t)
        if basis is None:
            return None
        basic, tight = basis.masks()
        columns = np.flatnonzero(basic[self._others])
        rows = np.flatnonzero(tight)
        if len(columns) != len(rows):
            return None
        matrix = self._dense[np.ix_(rows, columns)]
        try:
            dx = np.linalg.solve(matrix, self._rates[rows]) if len(rows) else np.zeros(0)
        except np.linalg.LinAlgError:
            return None
        x = self._engine.point()
        where = self._others[columns]
        loose = ~tight
        room = self._A @ x - self._rhs - t * self._rates
        rate = self._dense[:, columns] @ dx - self._rates
        dx[np.abs(dx) <= _NO_RATE * (1 + np.abs(dx).max(initial=0.0))] = 0.0
        below, above = x[where] - self._engine.lower[where], self._engine.upper[where] - x[where]
        ge, le = self._is_ge & loose, self._is_le & loose
        rooms = np.concatenate([below, above, room[ge], -room[le]])
        rates = np.concatenate([dx, -dx, rate[ge], -rate[le]])
        lo, hi = _interval(np.maximum(rooms, 0.0), rates, -t, self._end - t)
        value, slope = self._engine.objective, float(self._cost[where] @ dx)
        return Segment(t + lo, t + hi, value + slope * lo, value + slope * hi)

    # -- exactly -----------------------------------------------------------------------

    def exact_over(
        self, part: IntegerPart, lo: float, hi: float, known: Sequence[ExactPiece]
    ) -> list[ExactPiece]:
        """The pieces that are missing on an interval: one cost may need several bases."""
        found: list[ExactPiece] = []
        short = _BEYOND * (1 + self._end)
        waiting = [(lo, hi)]
        while waiting and len(found) < _MOST_PIECES:
            lo, hi = waiting.pop()
            t = (lo + hi) / 2
            piece = next((p for p in (*known, *found) if p.lo <= t <= p.hi), None)
            if piece is None:
                piece = self.exact(part, t)
                if piece is None or not piece.lo <= t <= piece.hi:
                    continue
                found.append(piece)
            sides = (lo, float(piece.lo)), (float(piece.hi), hi)
            waiting += [(a, b) for a, b in sides if b - a > short]
        return found

    def exact(self, part: IntegerPart, t: float) -> ExactPiece | None:
        """The piece of the basis that is optimal at a step, exactly; None if it has none.

        Every point of it is feasible, so that its costs are an upper bound of the value.
        """
        made = self._line_of_points(part, t)
        if made is None:
            return None
        start, step = made
        lo, hi = Fraction(0), self._length
        for room, rate in self._rooms(start, step):
            if rate == 0:
                if room < 0:
                    return None
            elif rate > 0:
                lo = max(lo, Fraction(-room, rate))
            else:
                hi = min(hi, Fraction(-room, rate))
        if lo > hi:
            return None
        cost = self._costs_of(enumerate(start))
        return ExactPiece(lo, hi, cost, self._costs_of(step.items()), start, step)

    def _line_of_points(
        self, part: IntegerPart, t: float
    ) -> tuple[Sequence[Fraction], dict[int, Fraction]] | None:
        """The point of a basis at ``t = 0``, and how it moves."""
        if not len(self._others):
            return [Fraction(v) for v in part], {}
        self._fix(part)
        basis = self._solved(t)
        if basis is None:
            return None
        exact = self._program.exact
        lower, upper = list(self._data.lower), list(self._data.upper)
        for j, v in zip(self.integers.tolist(), part, strict=True):
            lower[j] = upper[j] = Fraction(v)
        start = basic_point(exact, basis, lower=lower, upper=upper, rhs=exact.rhs)
        step = basic_step(exact, basis, self._direction)
        return None if start is None or step is None else (start, step)

    def _costs_of(self, point: Iterable[tuple[int, Fraction]]) -> Fraction:
        c = self._program.exact.c
        return self._data.sign * sum((c[j] * x for j, x in point if x and c[j]), Fraction(0))

    def _rooms(
        self, start: Sequence[Fraction], step: dict[int, Fraction]
    ) -> Iterator[tuple[int, int]]:
        """Room to every bound and row at ``t = 0``, and its rate, both times a positive number."""
        low, up = self._data.lower, self._data.upper
        d = math.lcm(*(x.denominator for x in (*start, *step.values())))
        at = [x.numerator * (d // x.denominator) for x in start]
        by = {j: x.numerator * (d // x.denominator) for j, x in step.items()}
        for j, x in enumerate(at):
            rate = by.get(j, 0)
            for sign, bound in ((1, low[j]), (-1, up[j])):
                if isinstance(bound, Fraction):
                    q = bound.denominator
                    yield sign * (x * q - bound.numerator * d), sign * rate * q
        rates = dict(self._direction)
        exact, zero = self._program.exact, Fraction(0)
        for i, (sense, row) in enumerate(zip(exact.row_sense, self._data.rows, strict=True)):
            scale, rhs, moves = self._data.row_scale[i], exact.rhs[i], rates.get(i, zero)
            q = math.lcm(rhs.denominator, moves.denominator)
            k = q // rhs.denominator * scale * d
            room = q * sum(a * at[j] for j, a in row) - rhs.numerator * k
            k = q // moves.denominator * scale * d
            rate = q * sum(a * by[j] for j, a in row if j in by) - moves.numerator * k
            if sense != "<=":
                yield room, rate
            if sense != ">=":
                yield -room, -rate


def _interval(
    rooms: NDArray[np.float64], rates: NDArray[np.float64], lo: float, hi: float
) -> tuple[float, float]:
    """Where all of ``room + rate * t`` are nonnegative, within ``[lo, hi]``."""
    still = np.abs(rates) <= _NO_RATE * (1 + np.abs(rooms))
    if np.any(rooms[still] < 0):
        return math.inf, -math.inf
    up, down = (rates > 0) & ~still, (rates < 0) & ~still
    if up.any():
        lo = max(lo, float((-rooms[up] / rates[up]).max()))
    if down.any():
        hi = min(hi, float((-rooms[down] / rates[down]).min()))
    return lo, hi

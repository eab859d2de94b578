"""Upper functions along a line, exactly: every integer part is a convex function."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import final

from tamemip.certificates import Bound, ExactMatrix, SparseVector
from tamemip.duality._restriction import IntegerPart, Restriction, moved
from tamemip.duality._sandwich_line import LineFunction, smallest
from tamemip.errors import SolverError
from tamemip.programs import MixedIntegerProgram


@final
class PartsOnLine:
    """Integer parts on the line ``rhs + t * direction``, ``0 <= t <= length``.

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
        self._direction, self._length = direction, length
        self._start = program.exact.rhs
        self._values = Restriction(program)
        ends = (_with_step(program, direction, length, sign) for sign in (1, -1))
        self._first, self._last = map(Restriction, ends)

    def part_of(self, point: Sequence[Fraction]) -> IntegerPart:
        """The integer part of a point."""
        return tuple(point[j] for j in self._values.integers)

    def least(self, parts: Iterable[IntegerPart]) -> LineFunction:
        """The least of ``f_S`` over some parts, in min orientation without the constant."""
        nothing = LineFunction.affine(Fraction(0), self._length, math.inf, math.inf)
        return smallest([nothing, *map(self.read, parts)])

    def read(self, part: IntegerPart) -> LineFunction:
        """``f_S`` on the line: convex on a closed interval, ``inf`` outside."""
        start = self._first.value(part, self._first.program.exact.rhs)
        if not isinstance(start, Fraction):
            return LineFunction.affine(Fraction(0), self._length, math.inf, math.inf)
        last = self._last.value(part, self._last.program.exact.rhs)
        assert isinstance(last, Fraction)  # feasible and bounded, like the other end
        return self._within(part, start, -last)

    def _within(self, part: IntegerPart, start: Fraction, end: Fraction) -> LineFunction:
        points = self._convex_points(part, start, end)
        breaks, at = [s for s, _ in points], [v for _, v in points]
        between: list[tuple[Bound, Bound]] = list(pairwise(at))
        if start > 0:
            breaks, at = [Fraction(0), *breaks], [math.inf, *at]
            between = [(math.inf, math.inf), *between]
        if end < self._length:
            breaks, at = [*breaks, self._length], [*at, math.inf]
            between = [*between, (math.inf, math.inf)]
        return LineFunction(tuple(breaks), tuple(at), tuple(between)).thinned()

    def _convex_points(
        self, part: IntegerPart, start: Fraction, end: Fraction
    ) -> list[tuple[Fraction, Bound]]:
        """Kinks with their values: tangents are met until they are the function."""
        first, last = self._value(part, start), self._value(part, end)
        if start == end:
            return [(start, first)]
        if not isinstance(first, Fraction) or not isinstance(last, Fraction):
            return [(start, first), (end, last)]  # unbounded: all along
        done: list[tuple[Fraction, Bound]] = [(start, first)]
        waiting = [(start, first, end, last)]
        while waiting:
            s, u, t, v = waiting.pop()
            left, right = self._slope(part, s), self._slope(part, t)
            if u + left * (t - s) == v or v - right * (t - s) == u:
                done.append((t, v))
                continue
            meeting = (u - v + right * t - left * s) / (right - left)
            value = self._value(part, meeting)
            assert isinstance(value, Fraction)
            if value == u + left * (meeting - s):
                done += [(meeting, value), (t, v)]
            else:
                waiting += [(meeting, value, t, v), (s, u, meeting, value)]
        return done

    def _value(self, part: IntegerPart, t: Fraction) -> Bound:
        return self._values.value(part, moved(self._start, self._direction, t))

    def _slope(self, part: IntegerPart, t: Fraction) -> Fraction:
        if self._values.is_pure:
            return Fraction(0)
        duals = self._values.duals(part, moved(self._start, self._direction, t))
        if duals is None:
            raise SolverError(
                "no exact dual of a fixed integer part was found on the line: coefficients 1e9 "
                "apart are the usual reason.",
                solver="highs",
            )
        return sum((duals.get(i, Fraction(0)) * v for i, v in self._direction), Fraction(0))


def _with_step(
    program: MixedIntegerProgram, direction: SparseVector, length: Fraction, sign: int
) -> MixedIntegerProgram:
    """The program with the step along the line as one more column, the only cost."""
    exact, rates = program.exact, dict(direction)
    n = program.n_cols
    rows = [
        (*entries, (n, -rates[i])) if rates.get(i) else entries
        for i, entries in enumerate(exact.A.rows)
    ]
    return MixedIntegerProgram.from_arrays(
        [*[0] * n, sign],
        ExactMatrix(tuple(rows), n + 1),
        exact.row_sense,
        exact.rhs,
        lower=[*exact.lower, 0],
        upper=[*exact.upper, length],
        integrality=[*exact.integer, False],
    )

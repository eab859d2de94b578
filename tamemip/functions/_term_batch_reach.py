"""How large the integers of a program can become on a box: decides which arithmetic is exact."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, assert_never, final

from tamemip.functions._compiled_exact import rounded
from tamemip.functions._compiled_rows import (
    Bracket,
    Extreme,
    Guard,
    Instruction,
    Program,
    Rounding,
    RoundUp,
    Row,
    Search,
    Take,
)

Interval: TypeAlias = tuple[int, int]


@final
@dataclass(frozen=True, slots=True)
class Reach:
    """Bounds on the size of integers, over all instructions.

    Attributes
    ----------
    rounded
        Terms of a row under a ceiling, added up in size, times their number and four:
        the error of a float sum, of quotients as weights, is less than this many
        times half a unit in the last place of one.
    plain
        Everything else: registers, and rows that are wanted as they are.
    weights
        Weights, constants and divisors, of any row.
    """

    rounded: int
    plain: int
    weights: int


def reach(program: Program, scale: int, low: Sequence[int], high: Sequence[int]) -> Reach | None:
    """Bounds for all inputs in a box; None where a bracket has no float ends."""
    try:
        return _Reaching(program, scale, list(zip(low, high, strict=True))).reach()
    except OverflowError:
        return None


class _Reaching:
    def __init__(self, program: Program, scale: int, inputs: Sequence[Interval]) -> None:
        self._program = program
        self._scale = scale
        self._inputs = inputs
        self._held: dict[int, Interval] = {}
        self._rounded = self._plain = self._weights = 0

    def reach(self) -> Reach:
        for register, step in self._program.steps:
            self._obey(register, step)
        return Reach(self._rounded, self._plain, self._weights)

    def _obey(self, register: int, step: Instruction) -> None:
        low, high = self._interval(step)
        self._plain = max(self._plain, -low, high)
        self._held[register] = (low, high)

    def _interval(self, step: Instruction) -> Interval:
        match step:
            case Take():
                return self._row(step.row)
            case RoundUp():
                low, high = self._row(step.row, is_rounded=True)
                q = self._divisor(step.row)
                return -(-low // q) * step.factor, -(-high // q) * step.factor
            case Rounding():
                return self._rounding(step)
            case Extreme():
                intervals = [self._row(row) for row in step.rows]
                return min(low for low, _ in intervals), max(high for _, high in intervals)
            case Guard():
                return (0, 0) if step.of is None else self._held[step.of]
            case Search():
                return self._search(step)
            case _:
                assert_never(step)

    def _divisor(self, row: Row) -> int:
        return row.denominator * (self._scale if row.is_scaled else 1)

    def _row(self, row: Row, *, is_rounded: bool = False) -> Interval:
        at = row.at(self._scale)
        low = high = at.constant
        size = abs(at.constant) + 1
        largest = max(size, at.divisor)
        for pairs, held in ((at.inputs, self._inputs), (at.parts, self._held)):
            for k, w in pairs:
                bottom, top = held[k]
                if w < 0:
                    bottom, top = top, bottom
                low += w * bottom
                high += w * top
                size += abs(w) * max(abs(bottom), abs(top), 1)
                largest = max(largest, abs(w))
        self._weights = max(self._weights, largest)
        if is_rounded:
            self._rounded = max(self._rounded, size * (len(at.inputs) + len(at.parts) + 4))
        else:
            self._plain = max(self._plain, size)
        return low, high

    def _rounding(self, step: Rounding) -> Interval:
        low, high = self._row(step.row)
        least, most = (0, 0) if step.minus is None else self._row(step.minus)
        q, r = self._divisor(step.row), step.fraction
        # All products on the way to the result.
        size = max(abs(low), abs(high)) + q
        other = max(abs(least), abs(most))
        self._plain = max(self._plain, 2 * size * max(r.numerator, r.denominator))
        self._plain = max(self._plain, 2 * other * r.denominator)
        return rounded(low, least, q, r), rounded(high, most, q, r)

    def _search(self, step: Search) -> Interval:
        low, high = self._bracket(step.bracket)
        self._plain = max(self._plain, abs(low), abs(high))
        self._held[step.moving] = (-high, -low)
        for register, inner in step.body:
            self._obey(register, inner)
        self._row(step.sign)
        return low * step.factor, high * step.factor

    def _bracket(self, bracket: Bracket) -> Interval:
        low = high = bracket.constant
        size = bracket.constant_size
        for (i, w), (_, s) in zip(bracket.weights, bracket.sizes, strict=True):
            bottom, top = (float(Fraction(v, self._scale)) for v in self._inputs[i])
            low += min(w * bottom, w * top)
            high += max(w * bottom, w * top)
            size += s * max(abs(bottom), abs(top))
        doubt = bracket.width(size)
        if not math.isfinite(high - low + doubt):
            raise OverflowError
        return math.floor(low - doubt), math.ceil(high + bracket.gap + doubt)

"""The second checker's bounds along a line: read once, then compared in integers."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates._fast_integers import Line
from tamemip.certificates._line_values import RhsLine


@final
@dataclass(frozen=True, slots=True)
class Span:
    """The interval between two steps of a line, with costs at both.

    A bound is ``(A + B t) / D`` on the line. Its excess over the costs at an end, times
    D and a factor of the span, is ``A at_zero + B at_end - D cost``.
    """

    line: RhsLine
    common: int
    at_zero: int
    at_ends: tuple[int, int]
    costs: tuple[int, int]

    @classmethod
    def of(
        cls,
        line: RhsLine,
        common: int,
        steps: tuple[Fraction, Fraction],
        costs: tuple[Fraction, Fraction] | None,
    ) -> Span:
        """Both ends and both costs over one denominator."""
        numbers = (*steps, *(costs or ()))
        factor = math.lcm(*(v.denominator for v in numbers))
        first, last, *scaled = (v.numerator * (factor // v.denominator) for v in numbers)
        low, high = scaled or (0, 0)
        return cls(line, common, factor, (first, last), (low, high))

    def excess(self, bound: Line, *, of_costs: bool) -> tuple[int, int]:
        """How far a bound, that reads no cut, is above the costs or 0 at both ends."""
        a, b, d = self.line.forms.get(bound) or self._form(bound)
        start, (first, last) = a * self.at_zero, self.at_ends
        if not of_costs:
            return start + b * first, start + b * last
        low, high = self.costs
        return start + b * first - d * low, start + b * last - d * high

    def _form(self, bound: Line) -> tuple[int, int, int]:
        """A, B and D; read once for all stretches of the line."""
        y, rates = bound.y, dict(self.line.direction)
        pairs = list(zip(y.indices, y.values, strict=True))
        start = Fraction(bound.constant, self.common) + sum(v * self.line.rhs[i] for i, v in pairs)
        rate = sum((v * rates[i] for i, v in pairs if i in rates), Fraction(0))
        under = math.lcm(start.denominator, rate.denominator)
        form = (int(start * under), int(rate * under), under * y.denominator)
        self.line.forms[bound] = form
        return form

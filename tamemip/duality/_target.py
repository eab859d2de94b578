"""How high a leaf has to reach before it may be closed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import Problem

#: A float bound this close to the target, relatively, is left to exact arithmetic.
_SLACK = 1e-9
#: Share of the granularity by which a float bound must clear the next lower value.
_GRANULAR_SLACK = 1e-6


@final
@dataclass(frozen=True, slots=True)
class Target:
    """What closes a leaf: the value itself, or rounding up to it.

    If every cost sits on an integer column and is a multiple of ``g``, then
    every attainable objective is an integer multiple of ``g``, whatever the
    right-hand side. A leaf above ``value - g`` is then as good as ``value``.

    Attributes
    ----------
    granularity
        The largest such ``g``, or None.
    """

    granularity: Fraction | None

    @classmethod
    def of(cls, problem: Problem) -> Target:
        """Read the granularity off the costs."""
        costs = [(c, flag) for c, flag in zip(problem.c, problem.integer, strict=True) if c]
        if not costs or not all(flag for _, flag in costs):
            return cls(None)
        d = math.lcm(*(c.denominator for c, _ in costs))
        return cls(Fraction(math.gcd(*(int(c * d) for c, _ in costs)), d))

    def threshold(self, value: float) -> float:
        """The float bound from which on a leaf is worth an exact look."""
        if not math.isfinite(value):
            return value
        if self.granularity is None:
            return value - _SLACK * max(1.0, abs(value))
        g = float(self.granularity)
        return value - g + max(_GRANULAR_SLACK * g, 1e-13 * abs(value))

    def is_reached(self, bound: Fraction, value: Fraction) -> bool:
        """Whether an exact leaf bound closes the leaf for this value."""
        if self.granularity is None:
            return bound >= value
        return bound > value - self.granularity

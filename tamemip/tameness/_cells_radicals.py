"""Roots of quotients of polynomials: they pass rational levels where a polynomial vanishes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from tamemip.certificates import Enclosure
from tamemip.tameness._cells_ratios import Polynomial, Ratio


@final
@dataclass(frozen=True, slots=True)
class Radical:
    """``factor * base**(1/degree) + shift``; of even degree for bases >= 0 only."""

    base: Ratio
    degree: int
    factor: Fraction
    shift: Fraction

    def times(self, factor: Fraction) -> Radical:
        """A multiple by a number other than 0."""
        return replace(self, factor=factor * self.factor, shift=factor * self.shift)

    def plus(self, number: Fraction) -> Radical:
        """The sum with a number."""
        return replace(self, shift=self.shift + number)

    def compare(self, t: Fraction, level: Fraction) -> int:
        """The sign of the value at t minus a level: a root grows with its base."""
        turn = 1 if self.factor > 0 else -1
        target = self._target(level)
        if target is None:
            return turn
        value = self.base.at(t)
        return turn * ((value > target) - (value < target))

    def crossing(self, level: Fraction) -> Polynomial:
        """A polynomial that is 0 just where the value is a level; empty if it never is."""
        target = self._target(level)
        return () if target is None else self.base.less(target)

    def floor(self, t: Fraction, bounds: Enclosure) -> Fraction:
        """The floor of the value at t, by bisection between bounds."""
        low, high = bounds.floor().low, bounds.floor().high
        assert isinstance(low, Fraction)
        assert isinstance(high, Fraction)
        while low < high:
            middle = (low + high + 1) // 2
            if self.compare(t, Fraction(middle)) >= 0:
                low = Fraction(middle)
            else:
                high = Fraction(middle - 1)
        return low

    def at(self, t: Fraction) -> Fraction | None:
        """The value if it is rational."""
        value = self.base.at(t)
        top = whole_root(abs(value.numerator), self.degree)
        bottom = whole_root(value.denominator, self.degree)
        if top is None or bottom is None:
            return None
        root = Fraction(top if value >= 0 else -top, bottom)
        return self.factor * root + self.shift

    def _target(self, level: Fraction) -> Fraction | None:
        """What the base is where the value is the level; None if the root is always greater."""
        root = (level - self.shift) / self.factor
        return None if root < 0 and self.degree % 2 == 0 else root**self.degree


def whole_root(n: int, degree: int) -> int | None:
    """The root of a number >= 0 if it is whole."""
    low, high = 0, 1 << (n.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        if middle**degree <= n:
            low = middle
        else:
            high = middle - 1
    return low if low**degree == n else None

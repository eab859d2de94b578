"""Intervals with rational or infinite ends: what is known of the values of an expression."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates._json import show
from tamemip.certificates._problem import Bound

_LONG = 640
"""Bits beyond which an end is rounded outward."""
_KEPT = 256
_HUGE = 2**14
"""Numbers of more bits become infinite, and their inverses 0."""
MAX_BITS = 2**14
"""Exact numbers of more bits are not computed with: they would double in size node by node."""


@final
@dataclass(frozen=True, slots=True)
class Enclosure:
    """An interval that holds every value; an infinite end is always open.

    Parameters
    ----------
    low, high
        The ends: Fractions, or ``-math.inf`` and ``math.inf``.
    low_open, high_open
        Whether the end itself is no value.

    Examples
    --------
    >>> print(Enclosure.between(0, 1, high_open=True).plus(Enclosure.point(2)))
    [2, 3)
    """

    low: Bound
    high: Bound
    low_open: bool
    high_open: bool

    @classmethod
    def between(
        cls, low: Bound | int, high: Bound | int, *, low_open: bool = False, high_open: bool = False
    ) -> Enclosure:
        """An interval from its ends; infinite ends become open."""
        a = _exact(low)
        b = _exact(high)
        return cls(a, b, low_open or a == -math.inf, high_open or b == math.inf)

    @classmethod
    def point(cls, value: Fraction | int) -> Enclosure:
        """One value."""
        return cls.between(value, value)

    @classmethod
    def everything(cls) -> Enclosure:
        """The real line."""
        return EVERYTHING

    @property
    def is_bounded(self) -> bool:
        """Whether both ends are finite."""
        return self.low != -math.inf and self.high != math.inf

    @property
    def is_empty(self) -> bool:
        """Whether no number lies in it."""
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    @property
    def value(self) -> Fraction | None:
        """The one value in it, if there is just one."""
        if self.low == self.high and isinstance(self.low, Fraction):
            return None if self.low_open or self.high_open else self.low
        return None

    @property
    def is_positive(self) -> bool:
        """Whether all of it is above 0."""
        return self.low > 0 or (self.low == 0 and self.low_open)

    @property
    def is_negative(self) -> bool:
        """Whether all of it is below 0."""
        return self.high < 0 or (self.high == 0 and self.high_open)

    @property
    def excludes_zero(self) -> bool:
        """Whether 0 is outside."""
        return self.is_positive or self.is_negative

    def contains(self, value: Fraction | int) -> bool:
        """Whether a number lies in it."""
        above = value > self.low or (value == self.low and not self.low_open)
        return above and (value < self.high or (value == self.high and not self.high_open))

    def is_within(self, other: Enclosure) -> bool:
        """Whether every number of it lies in `other`."""
        low = self.low > other.low or (
            self.low == other.low and (self.low_open or not other.low_open)
        )
        high = self.high < other.high or (
            self.high == other.high and (self.high_open or not other.high_open)
        )
        return low and high

    def meet(self, other: Enclosure) -> Enclosure:
        """The numbers in both; may be empty."""
        low, low_open = max((self.low, self.low_open), (other.low, other.low_open))
        high, high_closed = min((self.high, not self.high_open), (other.high, not other.high_open))
        return Enclosure(low, high, low_open, not high_closed)

    def hull(self, other: Enclosure) -> Enclosure:
        """The least interval that holds both."""
        low, low_open = min((self.low, self.low_open), (other.low, other.low_open))
        high, high_closed = max((self.high, not self.high_open), (other.high, not other.high_open))
        return Enclosure(low, high, low_open, not high_closed)

    def plus(self, other: Enclosure) -> Enclosure:
        """Sums of one number of each."""
        return _made(
            _down(_sum(self.low, other.low)),
            _up(_sum(self.high, other.high)),
            self.low_open or other.low_open,
            self.high_open or other.high_open,
        )

    def scaled(self, factor: Fraction) -> Enclosure:
        """Multiples by a number; 0 times anything is 0."""
        if factor == 1:
            return self
        if factor == 0:
            return ZERO
        if factor < 0:
            return self.negated().scaled(-factor)
        return _made(
            _down(_times(factor, self.low)),
            _up(_times(factor, self.high)),
            self.low_open,
            self.high_open,
        )

    def negated(self) -> Enclosure:
        """The numbers with their sign changed."""
        return Enclosure(-self.high, -self.low, self.high_open, self.low_open)

    def times(self, other: Enclosure) -> Enclosure:
        """Products of one number of each."""
        ends = [
            _product(a, b)
            for a in ((self.low, self.low_open), (self.high, self.high_open))
            for b in ((other.low, other.low_open), (other.high, other.high_open))
        ]
        low, low_open = min(ends)
        high, high_closed = max((v, not is_open) for v, is_open in ends)
        return _made(_down(low), _up(high), low_open, not high_closed)

    def reciprocal(self) -> Enclosure:
        """``1/x`` for the numbers other than 0."""
        if self.low < 0 < self.high or self.low == self.high == 0:
            return EVERYTHING
        if self.high <= 0:
            return self.negated().reciprocal().negated()
        high: Bound = math.inf if self.low <= 0 else _up(_invert(self.low))
        return _made(
            _down(_invert(self.high)), high, self.high_open, self.low_open or self.low <= 0
        )

    def absolute(self) -> Enclosure:
        """Absolute values."""
        if self.low >= 0:
            return self
        if self.high <= 0:
            return self.negated()
        far, is_closed = max((-self.low, not self.low_open), (self.high, not self.high_open))
        return Enclosure(Fraction(0), far, False, not is_closed)

    def power(self, exponent: int) -> Enclosure:
        """``x**exponent`` for an exponent of at least 1."""
        base = self.absolute() if exponent % 2 == 0 else self
        return _made(
            _down(_power(base.low, exponent, -1)),
            _up(_power(base.high, exponent, 1)),
            base.low_open,
            base.high_open,
        )

    def floor(self) -> Enclosure:
        """Values of the floor: integers, hence closed ends."""
        low: Bound = self.low if isinstance(self.low, float) else Fraction(math.floor(self.low))
        if isinstance(self.high, float):
            return Enclosure.between(low, self.high)
        top = math.ceil(self.high) - 1 if self.high_open else math.floor(self.high)
        return Enclosure.between(low, max(Fraction(top), low))

    def ceiling(self) -> Enclosure:
        """Values of the ceiling."""
        return self.negated().floor().negated()

    def __str__(self) -> str:
        left, right = "(" if self.low_open else "[", ")" if self.high_open else "]"
        return f"{left}{show(self.low)}, {show(self.high)}{right}"


def total(enclosures: Iterable[Enclosure]) -> Enclosure:
    """Sums of one number of each."""
    result = ZERO
    for enclosure in enclosures:
        result = result.plus(enclosure)
    return result


def least(enclosures: Sequence[Enclosure]) -> Enclosure:
    """Minima of one number of each."""
    low, low_open = min((e.low, e.low_open) for e in enclosures)
    high, high_closed = min((e.high, not e.high_open) for e in enclosures)
    return Enclosure(low, high, low_open, not high_closed)


def greatest(enclosures: Sequence[Enclosure]) -> Enclosure:
    """Maxima of one number of each."""
    return least([e.negated() for e in enclosures]).negated()


def finite_end(end: Bound) -> Fraction:
    """An end that is known to be finite."""
    assert isinstance(end, Fraction)
    return end


def rounded(low: Bound, high: Bound, *, low_open: bool, high_open: bool) -> Enclosure:
    """An interval whose ends are rounded outward where they are long."""
    return Enclosure.between(_down(low), _up(high), low_open=low_open, high_open=high_open)


def _made(low: Bound, high: Bound, low_open: bool, high_open: bool) -> Enclosure:
    return Enclosure(low, high, low_open or low == -math.inf, high_open or high == math.inf)


def _exact(value: Bound | int) -> Bound:
    if isinstance(value, float):
        assert math.isinf(value), "a finite float is no exact end"
        return value
    return Fraction(value)


def _sum(a: Bound, b: Bound) -> Bound:
    """Ends of one side; a Fraction is kept away from infinities, which would make it a float."""
    if isinstance(a, float):
        return a
    return b if isinstance(b, float) else a + b


def _times(a: Fraction, b: Bound) -> Bound:
    return a * b if isinstance(b, Fraction) else (b if a > 0 else -b)


def _product(a: tuple[Bound, bool], b: tuple[Bound, bool]) -> tuple[Bound, bool]:
    """The product of two ends; 0 is reached as soon as one end is a 0 that is a value."""
    (x, x_open), (y, y_open) = a, b
    if x == 0 or y == 0:
        return Fraction(0), not ((x == 0 and not x_open) or (y == 0 and not y_open))
    if isinstance(x, Fraction):
        return _times(x, y), x_open or y_open
    return (x if y > 0 else -x), True


def _invert(value: Bound) -> Bound:
    return 1 / value if isinstance(value, Fraction) else Fraction(0)


def _power(value: Bound, exponent: int, side: int) -> Bound:
    """By squaring; a long end is rounded outward on the way."""
    if not isinstance(value, Fraction):
        return value if value > 0 or exponent % 2 else -value
    sign = -1 if value < 0 and exponent % 2 else 1
    result, base = Fraction(1), abs(value)
    outward = _up if sign * side > 0 else _down
    while exponent:
        if exponent & 1:
            grown = outward(result * base)
            if isinstance(grown, float):
                return sign * grown
            result = grown
        exponent >>= 1
        if exponent:
            grown = outward(base * base)
            if isinstance(grown, float):
                return sign * grown
            base = grown
    return sign * result


def _down(value: Bound) -> Bound:
    """The number, or one that is a little less and much shorter."""
    if isinstance(value, float) or _bits(value) <= _LONG:
        return value
    size = value.numerator.bit_length() - value.denominator.bit_length()
    if size > _HUGE:
        return Fraction(1 << _HUGE) if value > 0 else -math.inf
    if size < -_HUGE:
        return Fraction(0) if value > 0 else Fraction(-1, 1 << (_HUGE - 1))
    exponent = size - _KEPT
    if exponent >= 0:
        return Fraction((value.numerator // (value.denominator << exponent)) << exponent)
    return Fraction((value.numerator << -exponent) // value.denominator, 1 << -exponent)


def _up(value: Bound) -> Bound:
    return -_down(-value)


def is_long(value: Fraction) -> bool:
    """Whether an exact number has too many bits to be kept."""
    return _bits(value) > MAX_BITS


def _bits(value: Fraction) -> int:
    return value.numerator.bit_length() + value.denominator.bit_length()


ZERO = Enclosure(Fraction(0), Fraction(0), False, False)
ONE = Enclosure(Fraction(1), Fraction(1), False, False)
UNIT = Enclosure(Fraction(0), Fraction(1), False, False)
EVERYTHING = Enclosure(-math.inf, math.inf, True, True)
POSITIVE = Enclosure(Fraction(0), math.inf, True, True)
NONNEGATIVE = Enclosure(Fraction(0), math.inf, False, True)

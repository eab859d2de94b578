"""Functions of one variable that repeat in the long run: their values on one period, exactly.

Let D > 0. A function f of t *repeats* from t0 on if there is a function r with

    f(t + k D) = f(t) + k r(t)    for t in [t0, t0 + D) and k = 0, 1, 2, ...,

and if f and r are affine and constant on finitely many points and open intervals, the
*phases*. Then f is known for all t >= t0. The sums, rational multiples, roundings, extremes and
conditions of functions that repeat do so, too, for some multiple of D and a later t0:

* the rates r of a sum are the sums of those of its terms;
* ``floor(f)`` has the rate of f, if that is an integer: a multiple of D makes it one;
* where the rates of f and g are different, the sign of ``f - g`` is that of the difference from
  some k on; where they are the same, it does not depend on k.

By induction every total function of one variable that is definable in (R, <, +, Z) with
rational scalars by such operations repeats at each infinite end of the line.

*Theorem.* A function that repeats is definable in some o-minimal expansion of the real field, on
the half-line from t0 on, just if it is affine there, or nowhere defined.
*Proof.* On an open phase with the slope a, f has the slope a at t + k D for all k. If f is
definable, it is differentiable from some point on, with a monotone derivative: so all slopes are
one number a. Then ``f - a t`` is constant from some point on, for it is continuous there and has
the derivative 0. So f(t) = a t + b for large t, and r = a D on all phases; going back by k D,
it is so from t0 on. Points where f is defined, too, form a periodic set, which is a finite
union of points and intervals on the half-line just if it is all of it, or empty. Affine
functions are definable. ∎
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._json import RejectedError

_ZERO = Fraction(0)


@final
class Missing(enum.Enum):
    """Why there is no value."""

    UNDEFINED = "undefined"
    UNKNOWN = "unknown"


@final
@dataclass(frozen=True, slots=True)
class Motion:
    """The value ``slope * t + constant + k * rate`` at ``t + k D``."""

    slope: Fraction
    constant: Fraction
    rate: Fraction

    def at(self, t: Fraction) -> Fraction:
        """The value on the first period."""
        return self.slope * t + self.constant

    def plus(self, other: Motion, weight: Fraction) -> Motion:
        """The sum with a multiple of another one."""
        return Motion(
            self.slope + weight * other.slope,
            self.constant + weight * other.constant,
            self.rate + weight * other.rate,
        )

    @property
    def is_fixed(self) -> bool:
        """Whether it is one number."""
        return self.slope == 0 and self.rate == 0


Value: TypeAlias = Motion | Missing


@final
@dataclass(frozen=True, slots=True)
class Phase:
    """What a function is at a point of the first period, or between two of them."""

    low: Fraction
    high: Fraction
    value: Value

    @property
    def is_point(self) -> bool:
        """Whether it is a point."""
        return self.low == self.high

    @property
    def inside(self) -> Fraction:
        """A point of the phase."""
        return (self.low + self.high) / 2


Germ: TypeAlias = tuple[Phase, ...]
"""From the left to the right: a point and an open interval in turn, up to ``t0 + D``."""

STILL = Motion(_ZERO, _ZERO, _ZERO)


@final
class PeriodTooShortError(RejectedError):
    """A rounded function grows by no integer in a period; `factor` times the period will do."""

    def __init__(self, factor: int) -> None:
        self.factor = factor
        super().__init__("period: a rounded function does not grow by a multiple of its unit")


def fixed(value: Fraction) -> Motion:
    """A number."""
    return Motion(_ZERO, value, _ZERO)


def refined(germs: Sequence[Germ]) -> list[tuple[Fraction, Fraction, tuple[Value, ...]]]:
    """The common phases of several functions, with the values of all."""
    ends = sorted({phase.low for germ in germs for phase in germ if phase.is_point})
    stop = germs[0][-1].high
    found = []
    places = [0] * len(germs)
    for k, low in enumerate(ends):
        for high in (low, ends[k + 1] if k + 1 < len(ends) else stop):
            values = []
            for i, germ in enumerate(germs):
                while not _holds(germ[places[i]], low, high):
                    places[i] += 1
                values.append(germ[places[i]].value)
            found.append((low, high, tuple(values)))
    return found


def _holds(phase: Phase, low: Fraction, high: Fraction) -> bool:
    if low < high:
        return phase.low <= low and high <= phase.high
    return phase.low == low if phase.is_point else phase.low < low < phase.high


def joined(phases: Sequence[Phase]) -> Germ:
    """Without the points, but the first, at which nothing happens."""
    result: list[Phase] = []
    for phase in phases:
        if len(result) > 2 and not phase.is_point:
            before, point = result[-2], result[-1]
            if before.value == phase.value and _fits(point, phase.value):
                result[-2:] = [Phase(before.low, phase.high, phase.value)]
                continue
        result.append(phase)
    return tuple(result)


def _fits(point: Phase, value: Value) -> bool:
    """Whether a value continues another one at a point."""
    mine = point.value
    if isinstance(mine, Missing) or isinstance(value, Missing):
        return mine is value
    return mine.rate == value.rate and mine.at(point.low) == value.at(point.low)


def is_known(germ: Germ) -> bool:
    """Whether all its values are, or are known to be none."""
    return all(phase.value is not Missing.UNKNOWN for phase in germ)


def is_nowhere_defined(germ: Germ) -> bool:
    """Whether it has no value."""
    return all(phase.value is Missing.UNDEFINED for phase in germ)


def is_defined(germ: Germ) -> bool:
    """Whether it is known to have a value everywhere."""
    return all(isinstance(phase.value, Motion) for phase in germ)


def straight(germ: Germ, period: Fraction) -> Motion | None:
    """The affine function that a germ is from its start on; None if it is none."""
    value = germ[1].value
    if isinstance(value, Missing) or value.rate != value.slope * period:
        return None
    for phase in germ:
        if not (_fits(phase, value) if phase.is_point else phase.value == value):
            return None
    return value

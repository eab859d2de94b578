"""From float multipliers to short rational ones.

The vertices of dual polyhedra of real models have small denominators, so a
continued fraction usually finds the very vertex that the float stands for.
Whether it did is decided by exact arithmetic alone.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Float multipliers below this size, relative to the largest, are noise.
_NOISE = 1e-11
#: A continued fraction counts as found when it is this close, relatively.
_FOUND = 1e-10
#: Denominators at which the search for a convergent stops, one after the other.
_LADDER = (1, 60, 10_000, 10_000_000)
#: A rounding that keeps the bound where it may give way a little: multiples of these.
_ROUNDINGS = (10**4, 10**6, 10**9, 10**12)


@final
class Rationalizer:
    """Float vectors to short rationals, with a memory.

    The same dual values come back at hundreds of leaves; each is reconstructed once.
    """

    def __init__(self) -> None:
        self._known: dict[float, Fraction] = {}

    def vertex(self, y: NDArray[np.float64]) -> dict[int, Fraction]:
        """The shortest rational vector that the floats could stand for."""
        return {int(i): self._closest(float(y[i])) for i in _support(y)}

    def roundings(self, y: NDArray[np.float64]) -> list[dict[int, Fraction]]:
        """Nearby decimals, coarse ones first."""
        nonzero = _support(y)
        return [{int(i): Fraction(round(float(y[i]) * q), q) for i in nonzero} for q in _ROUNDINGS]

    def _closest(self, value: float) -> Fraction:
        key = float(f"{value:.11e}")
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _shortest(value)
        return found


def _support(y: NDArray[np.float64]) -> NDArray[np.intp]:
    size = float(np.max(np.abs(y), initial=0.0))
    return np.flatnonzero(np.abs(y) > _NOISE * max(size, 1e-300))


def _shortest(value: float) -> Fraction:
    """The first convergent that is close enough, else the last one tried."""
    target = guess = Fraction(value)
    for denominator in _LADDER:
        guess = target.limit_denominator(denominator)
        if abs(guess - target) <= _FOUND * abs(target):
            break
    return guess

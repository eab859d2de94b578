"""From float multipliers to short rational ones.

The vertices of dual polyhedra of real models have small denominators, so a
continued fraction usually finds the very vertex that the float stands for.
Whether it did is decided by exact arithmetic alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Float multipliers below this size, relative to the largest, are noise.
_NOISE = 1e-11
#: A continued fraction counts as found when it is this close, relatively.
_FOUND = 1e-10
#: Denominators that the roundings try, from short to long.
_LADDER = (1_000, 100_000, 10_000_000)
#: Rounding that keeps the bound: multiples of these fractions.
_COARSE = (1, 2, 12, 120, 2_520, 10**6, 10**9, 10**12)


@final
class Rationalizer:
    """Float vectors to candidates of short rationals, with a memory.

    The same dual values come back at hundreds of leaves; each is reconstructed once.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[float, int], Fraction] = {}

    def candidates(self, y: NDArray[np.float64]) -> Iterator[dict[int, Fraction]]:
        """Rational vectors near ``y``, the likely vertex first, then plain roundings."""
        nonzero = self._support(y)
        seen: list[dict[int, Fraction]] = []
        for limit in _LADDER:
            vector = {int(i): self._closest(float(y[i]), limit) for i in nonzero}
            vector = {i: v for i, v in vector.items() if v}
            if vector not in seen:
                seen.append(vector)
                yield vector
        for q in reversed(_COARSE):
            yield {int(i): Fraction(round(float(y[i]) * q), q) for i in nonzero}

    def _support(self, y: NDArray[np.float64]) -> NDArray[np.intp]:
        size = float(np.max(np.abs(y), initial=0.0))
        return np.flatnonzero(np.abs(y) > _NOISE * max(size, 1e-300))

    def _closest(self, value: float, limit: int) -> Fraction:
        key = (float(f"{value:.11e}"), limit)
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = _shortest(value, limit)
        return found


def _shortest(value: float, limit: int) -> Fraction:
    """The first convergent that is close enough, else the best below the limit."""
    target = Fraction(value)
    for denominator in (1, 60, 10_000, limit):
        guess = target.limit_denominator(min(denominator, limit))
        if abs(guess - target) <= _FOUND * abs(target):
            return guess
    return target.limit_denominator(limit)

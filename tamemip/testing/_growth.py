"""What samples say about a function of one variable: affine pieces, growth, oscillation."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from fractions import Fraction
from typing import TypeAlias

from tamemip.certificates import Enclosure

Line: TypeAlias = Callable[[Fraction], Enclosure | None]

CLOSE = Fraction(1, 2**40)
TURNS = 100
"""So many turns on a long interval are called oscillation."""


def is_affine_almost_everywhere(f: Line) -> bool:
    """Whether second differences vanish near most of the points tried.

    A semilinear function bends at finitely many points; a generic one is not close to them.
    """
    points = [Fraction(7 * k, 13) + Fraction(1, 101) for k in range(-30, 31)]
    bent = sum(_bends(f, t) for t in points)
    return 2 * bent <= len(points)


def _bends(f: Line, t: Fraction) -> bool:
    below, at, above = f(t - CLOSE), f(t), f(t + CLOSE)
    if below is None or at is None or above is None:
        return False
    return below.plus(above).plus(at.scaled(Fraction(-2))).excludes_zero


def grows_too_fast(f: Line) -> bool:
    """Whether its logarithm doubles, again and again, as the argument doubles."""
    for sign in (1, -1):
        sizes = [_log_size(f(Fraction(sign * 2**k))) for k in range(5, 10)]
        known = [size for size in sizes if size is not None and size > 1]
        if len(known) == len(sizes) and all(
            later > 1.5 * size for size, later in itertools.pairwise(known)
        ):
            return True
    return False


def _log_size(value: Enclosure | None) -> float | None:
    """The logarithm of the least absolute value there may be."""
    if value is None or not value.excludes_zero:
        return None
    size = value.low if value.is_positive else -value.high
    if not isinstance(size, Fraction) or size <= 0:
        return None
    return math.log2(size.numerator) - math.log2(size.denominator)


def oscillates(f: Line) -> bool:
    """Whether it turns more than `TURNS` times on a long interval."""
    turns, last, before = 0, 0, None
    for k in range(800):
        value = f(Fraction(7 * k, 5))
        if value is None or before is None:
            before = value
            continue
        step = value.plus(before.negated())
        way = 1 if step.is_positive else -1 if step.is_negative else 0
        turns += way * last < 0
        last, before = way or last, value
    return turns > TURNS

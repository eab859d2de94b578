"""Quotients of polynomials in one variable: intermediate values of semilinear functions."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound

Polynomial: TypeAlias = tuple[Fraction, ...]
"""Coefficients, that of the lowest degree first, the last one not 0; 0 is empty."""

MOST_DEGREE = 64


@final
@dataclass(frozen=True, slots=True)
class Ratio:
    """``numerator / denominator``, coprime, in the coordinate `axis`."""

    axis: int
    numerator: Polynomial
    denominator: Polynomial

    def at(self, t: Fraction) -> Fraction:
        """The value where the denominator is not 0."""
        return evaluate(self.numerator, t) / evaluate(self.denominator, t)

    def less(self, value: Fraction) -> Polynomial:
        """A polynomial that is 0 just where the ratio has this value."""
        return sum_of(self.numerator, scaled(self.denominator, -value))


def reduced(axis: int, numerator: Polynomial, denominator: Polynomial) -> Ratio:
    """The ratio without common factors, its denominator monic."""
    common = _gcd(numerator, denominator)
    top, bottom = divided(numerator, common)[0], divided(denominator, common)[0]
    lead = 1 / bottom[-1]
    return Ratio(axis, scaled(top, lead), scaled(bottom, lead))


def evaluate(p: Polynomial, t: Fraction) -> Fraction:
    """The value, by Horner's rule."""
    value = Fraction(0)
    for c in reversed(p):
        value = value * t + c
    return value


def sum_of(p: Polynomial, q: Polynomial) -> Polynomial:
    """The sum."""
    if len(p) < len(q):
        p, q = q, p
    return _trimmed([c + (q[i] if i < len(q) else 0) for i, c in enumerate(p)])


def scaled(p: Polynomial, factor: Fraction) -> Polynomial:
    """A multiple."""
    return tuple(factor * c for c in p) if factor else ()


def product_of(p: Polynomial, q: Polynomial) -> Polynomial:
    """The product."""
    result = [Fraction(0)] * max(len(p) + len(q) - 1, 0)
    for i, a in enumerate(p):
        for j, b in enumerate(q):
            result[i + j] += a * b
    return _trimmed(result)


def divided(p: Polynomial, q: Polynomial) -> tuple[Polynomial, Polynomial]:
    """Quotient and remainder."""
    rest, quotient = list(p), [Fraction(0)] * max(len(p) - len(q) + 1, 0)
    for i in range(len(quotient) - 1, -1, -1):
        factor = rest[i + len(q) - 1] / q[-1]
        quotient[i] = factor
        for j, c in enumerate(q):
            rest[i + j] -= factor * c
    return _trimmed(quotient), _trimmed(rest)


def rational_zeros(p: Polynomial, low: Bound, high: Bound) -> list[Fraction] | None:
    """All zeros in a closed interval, ascending; None if one of them is irrational."""
    from flint import fmpz_poly

    common = math.lcm(*(c.denominator for c in p))
    _, factors = fmpz_poly([int(c * common) for c in p]).factor()
    zeros = []
    for factor, _ in factors:
        coefficients = tuple(Fraction(int(c)) for c in factor.coeffs())
        if len(coefficients) == 2:
            zeros.append(-coefficients[0] / coefficients[1])
        elif len(coefficients) > 2 and _count_zeros(coefficients, low, high):
            return None
    return sorted(z for z in zeros if low <= z <= high)


def _count_zeros(p: Polynomial, low: Bound, high: Bound) -> int:
    """Zeros of a square-free polynomial that is not 0 at the ends, by Sturm's theorem."""
    chain = [p, _trimmed([i * c for i, c in enumerate(p)][1:])]
    while chain[-1]:
        chain.append(scaled(divided(chain[-2], chain[-1])[1], Fraction(-1)))
    return _variations(chain[:-1], low) - _variations(chain[:-1], high)


def _variations(chain: Sequence[Polynomial], t: Bound) -> int:
    signs = [s for s in (_sign_at(p, t) for p in chain) if s]
    return sum(a != b for a, b in itertools.pairwise(signs))


def _sign_at(p: Polynomial, t: Bound) -> int:
    if isinstance(t, Fraction):
        value = evaluate(p, t)
    else:
        value = p[-1] if t > 0 or len(p) % 2 else -p[-1]
    return (value > 0) - (value < 0)


def _gcd(p: Polynomial, q: Polynomial) -> Polynomial:
    while q:
        p, q = q, divided(p, q)[1]
        q = scaled(q, 1 / q[-1]) if q else q
    return p


def _trimmed(coefficients: Sequence[Fraction]) -> Polynomial:
    n = len(coefficients)
    while n and not coefficients[n - 1]:
        n -= 1
    return tuple(Fraction(c) for c in coefficients[:n])

"""Rational numbers just below and just above the values of elementary functions.

Every function takes a rational point and returns a pair ``(low, high)`` with the value
between. Series are summed in integers over a power of two, with their remainders and all
rounding on the safe side; there is no float in a bound.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from functools import cache, lru_cache
from typing import TypeAlias

from tamemip.certificates._problem import Bound

Pair: TypeAlias = tuple[Fraction, Fraction]

_BITS = 128
_LARGEST = 2**12
"""The exponential of more is given as infinite."""
_FAR = Fraction(6)
_TAIL = Fraction(1, 2**50)
"""More than ``1 - erf(6)``, which is less than ``2.2e-17 < 2**-55``."""


def root_between(value: Fraction, n: int) -> Pair:
    """The real n-th root; exact where it is rational. Of negative numbers for odd n only."""
    if value < 0:
        low, high = root_between(-value, n)
        return -high, -low
    p, q = _integer_root(value.numerator, n), _integer_root(value.denominator, n)
    if p**n == value.numerator and q**n == value.denominator:
        return Fraction(p, q), Fraction(p, q)
    # Scaled so that the root has at least _BITS digits.
    shift = max(_BITS - (value.numerator.bit_length() - value.denominator.bit_length()) // n, 0)
    root = _integer_root((value.numerator << (n * shift)) // value.denominator, n)
    return Fraction(root, 1 << shift), Fraction(root + 1, 1 << shift)


@lru_cache(maxsize=4096)
def exp_between(x: Fraction) -> tuple[Fraction, Bound]:
    """The exponential: Taylor's series after halving the argument, then squaring."""
    if x == 0:
        return Fraction(1), Fraction(1)
    if x < 0:
        least, most = exp_between(-x)
        return (Fraction(0) if isinstance(most, float) else 1 / most), 1 / least
    if x > _LARGEST:
        return Fraction(2**_LARGEST), math.inf
    halvings = math.floor(x).bit_length() + 8
    bits = _BITS + 2 * halvings
    unit = 1 << bits
    r = (x.numerator << bits) // (x.denominator << halvings)
    low = _exp_series(r, bits)
    high = _exp_series(r + 1, bits) + 64
    for _ in range(halvings):
        low = (low * low) >> bits
        high = -((-high * high) >> bits)
    return Fraction(low, unit), Fraction(high, unit)


def _exp_series(r: int, bits: int) -> int:
    """Less than exp by at most 64 units, for ``0 <= r <= 2**(bits - 8) + 1``.

    Every term is cut off below; those left out are less than one unit together.
    """
    total = term = 1 << bits
    for k in range(1, 40):
        term = ((term * r) >> bits) // k
        total += term
    return total


@lru_cache(maxsize=4096)
def log_between(x: Fraction) -> Pair:
    """The logarithm of a positive number: ``log(m 2**k) = k log 2 + 2 artanh((m-1)/(m+1))``."""
    if x == 1:
        return Fraction(0), Fraction(0)
    k = x.numerator.bit_length() - x.denominator.bit_length()
    m = x / Fraction(2) ** k
    two = _log_of_two()
    near = _twice_artanh((m - 1) / (m + 1))
    far = (k * two[0], k * two[1]) if k >= 0 else (k * two[1], k * two[0])
    return near[0] + far[0], near[1] + far[1]


@cache
def _log_of_two() -> Pair:
    return _twice_artanh(Fraction(1, 3))


def _twice_artanh(z: Fraction) -> Pair:
    """``2 (z + z**3/3 + ...)`` for ``|z| <= 1/3``."""
    if z < 0:
        low, high = _twice_artanh(-z)
        return -high, -low
    low, high = _odd_series(z, 1)
    return 2 * low, 2 * high


def _odd_series(z: Fraction, sign: int) -> Pair:
    """``sum sign**k z**(2k+1) / (2k+1)`` for ``0 <= z <= 1/2``, cut off after enough terms.

    Of the powers both neighbours are kept: each is off by at most two units a step, and
    the terms left out are at most twice the next one.
    """
    bits = _BITS + 32
    x = (z.numerator << bits) // z.denominator
    square = (x * x) >> bits
    total, error, power, k = 0, 0, x, 0
    while power > 1:
        total += (sign**k) * (power // (2 * k + 1))
        power = (power * square) >> bits
        error += 4
        k += 1
    error += 4 * (k + 4)
    unit = 1 << bits
    return Fraction(total - error, unit), Fraction(total + error, unit)


@cache
def pi_between() -> Pair:
    """Machin's formula: ``pi = 16 arctan(1/5) - 4 arctan(1/239)``."""
    a, b = _odd_series(Fraction(1, 5), -1), _odd_series(Fraction(1, 239), -1)
    return 16 * a[0] - 4 * b[1], 16 * a[1] - 4 * b[0]


@lru_cache(maxsize=4096)
def atan_between(x: Fraction) -> Pair:
    """The arc tangent, after moving the argument into [-1/2, 1/2]."""
    if x == 0:
        return Fraction(0), Fraction(0)
    if x < 0:
        low, high = atan_between(-x)
        return -high, -low
    if x > 1:
        low, high = atan_between(1 / x)
        pi = pi_between()
        return pi[0] / 2 - high, pi[1] / 2 - low
    if x <= Fraction(1, 2):
        return _odd_series(x, -1)
    half = _odd_series(Fraction(1, 2), -1)
    rest = _odd_series((x - Fraction(1, 2)) / (1 + x / 2), -1)
    return half[0] + rest[0], half[1] + rest[1]


@lru_cache(maxsize=4096)
def sin_between(x: Fraction, *, quarter_turns: int = 0) -> Pair:
    """The sine of ``x + quarter_turns pi/2``."""
    pi = pi_between()
    shift = Fraction(quarter_turns, 2)
    turns = math.floor(x / (2 * pi[0]) + shift / 2 + Fraction(1, 2))
    # The reduced argument is x + (shift - 2 turns) pi.
    factor = shift - 2 * turns
    if factor == 0:
        return _sine(x, Fraction(0))
    middle, radius = (pi[0] + pi[1]) / 2, (pi[1] - pi[0]) / 2
    return _sine(x + factor * middle, abs(factor) * radius)


def _sine(x: Fraction, radius: Fraction) -> Pair:
    """Around x, at most `radius` away: the sine is 1-Lipschitz."""
    if x == 0 and radius == 0:
        return Fraction(0), Fraction(0)
    bits = _BITS + 32
    unit = 1 << bits
    r = (x.numerator << bits) // x.denominator
    square = (r * r) >> bits
    total, term, k, error = 0, r, 1, 4
    while abs(term) > 1:
        total += term
        # Truncation is floor: off by one unit at most, each time.
        term = -(((term * square) >> bits) // ((k + 1) * (k + 2)))
        k += 2
        error += 64
    low = Fraction(total - error, unit) - radius
    high = Fraction(total + error, unit) + radius
    return max(low, Fraction(-1)), min(high, Fraction(1))


@lru_cache(maxsize=4096)
def erf_between(x: Fraction) -> Pair:
    """The error function: ``2/sqrt(pi) sum (-1)**k x**(2k+1) / (k! (2k+1))``."""
    if x == 0:
        return Fraction(0), Fraction(0)
    if x < 0:
        low, high = erf_between(-x)
        return -high, -low
    if x >= _FAR:
        return 1 - _TAIL, Fraction(1)
    bits = _BITS + 160
    unit = 1 << bits
    r = (x.numerator << bits) // x.denominator
    square = (r * r) >> bits
    total, power, k, error = 0, r, 0, 4
    while power > 1:
        total += (-1) ** k * (power // (2 * k + 1))
        k += 1
        power = ((power * square) >> bits) // k
        # A term is off by what the earlier ones are, times at most 36/k.
        error += 1
    error = error << 72
    pi = pi_between()
    low_root, high_root = root_between(pi[0], 2)[0], root_between(pi[1], 2)[1]
    low, high = Fraction(total - error, unit), Fraction(total + error, unit)
    return max(2 * low / high_root, Fraction(0)), min(2 * high / low_root, Fraction(1))


@lru_cache(maxsize=4096)
def lambertw_between(x: Fraction) -> Pair:
    """The w >= -1 with ``w exp(w) = x``, for ``x > -1/e``: bisection, each step proved."""
    if x == 0:
        return Fraction(0), Fraction(0)
    low, high = Fraction(-1), max(Fraction(1), log_between(max(x, Fraction(1)))[1] + 1)
    for _ in range(80):
        middle = (low + high) / 2
        a, b = _times_exp(middle)
        if b <= x:
            low = middle
        elif a >= x:
            high = middle
        else:
            break
    return low, high


def _times_exp(w: Fraction) -> tuple[Bound, Bound]:
    a, b = exp_between(w)
    if w >= 0:
        return w * a, (math.inf if isinstance(b, float) else w * b)
    return (-math.inf if isinstance(b, float) else w * b), w * a


def constant_between(name: str) -> Pair | None:
    """A constant by its name; None if there is none of this name."""
    if name == "pi":
        return pi_between()
    if name == "e":
        low, high = exp_between(Fraction(1))
        assert isinstance(high, Fraction)
        return low, high
    kind, _, digits = name.partition(":")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 20) or int(digits) < 2:
        return None
    functions: dict[str, Callable[[Fraction], Pair]] = {
        "sqrt": lambda v: root_between(v, 2),
        "log": log_between,
    }
    return functions[kind](Fraction(int(digits))) if kind in functions else None


def _integer_root(value: int, n: int) -> int:
    """The floor of the n-th root, by Newton's method from above."""
    if n == 2:
        return math.isqrt(value)
    if value < 2 or n == 1:
        return value
    root = 1 << -(-value.bit_length() // n)
    while True:
        better = ((n - 1) * root + value // root ** (n - 1)) // n
        if better >= root:
            return root
        root = better

"""Numbers of the calculus: rationals where possible, else intervals with rational ends."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from tamemip.certificates import Bound, Enclosure
from tamemip.errors import NotAllowedError

if TYPE_CHECKING:
    import flint

__all__ = [
    "Real",
    "as_enclosure",
    "difference",
    "function",
    "hull",
    "is_negative",
    "is_positive",
    "is_zero",
    "middle",
    "negated",
    "product",
    "quotient",
    "rational_power",
    "real_sum",
    "whole_power",
]

Real: TypeAlias = "Fraction | Enclosure"
"""A rational number, or an interval that holds an irrational one."""

_ZERO, _ONE = Fraction(0), Fraction(1)
#: Bits to which irrational numbers are enclosed.
_BITS = 320
#: Numbers are written as rationals up to this power of 2.
_LARGEST_SHIFT = 2**14
#: Longer exponents are not multiplied out.
_MOST_EXPONENT = 4096


def as_enclosure(a: Real) -> Enclosure:
    """A number as an interval."""
    return a if isinstance(a, Enclosure) else Enclosure.point(a)


def hull(values: Iterable[Real]) -> Real:
    """The least interval that holds some numbers."""
    first, *others = values
    if all(v == first for v in others):
        return first
    found = as_enclosure(first)
    for v in others:
        found = found.hull(as_enclosure(v))
    return found


def middle(a: Real) -> tuple[Fraction, Fraction]:
    """A rational number and how far the true one is from it at most.

    Raises
    ------
    NotAllowedError
        If the interval is unbounded.
    """
    if isinstance(a, Fraction):
        return a, _ZERO
    if not (isinstance(a.low, Fraction) and isinstance(a.high, Fraction)):
        raise NotAllowedError(
            "a value or a derivative is too large to be enclosed in rationals. Rescale it."
        )
    return (a.low + a.high) / 2, (a.high - a.low) / 2


def real_sum(a: Real, b: Real) -> Real:
    """The sum."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a + b
    return as_enclosure(a).plus(as_enclosure(b))


def negated(a: Real) -> Real:
    """The number with its sign changed."""
    return -a if isinstance(a, Fraction) else a.negated()


def difference(a: Real, b: Real) -> Real:
    """The difference."""
    return real_sum(a, negated(b))


def product(a: Real, b: Real) -> Real:
    """The product; 0 times anything is 0."""
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return a * b
    if a == 0 or b == 0:
        return _ZERO
    return as_enclosure(a).times(as_enclosure(b))


def quotient(a: Real, b: Real) -> Real:
    """The quotient by a number that is not 0, as the caller knows."""
    if isinstance(b, Fraction):
        return product(a, 1 / b)
    return product(a, b.reciprocal())


def is_positive(a: Real) -> bool:
    """Whether it is proved to be above 0."""
    return a > 0 if isinstance(a, Fraction) else a.is_positive


def is_negative(a: Real) -> bool:
    """Whether it is proved to be below 0."""
    return a < 0 if isinstance(a, Fraction) else a.is_negative


def is_zero(a: Real) -> bool:
    """Whether it is proved to be 0."""
    return (a if isinstance(a, Fraction) else a.value) == 0


def whole_power(a: Real, n: int) -> Real:
    """An integer power, of a number other than 0 if `n` is negative."""
    if n < 0:
        return quotient(_ONE, whole_power(a, -n))
    if isinstance(a, Fraction) and n <= _MOST_EXPONENT:
        return a**n
    return _ONE if n == 0 else as_enclosure(a).power(n)


def rational_power(a: Real, exponent: Fraction) -> Real:
    """A power of a positive number; exact if the root is rational."""
    if exponent.denominator == 1:
        return whole_power(a, exponent.numerator)
    if isinstance(a, Fraction):
        root = _exact_root(a, exponent.denominator)
        if root is not None:
            return whole_power(root, exponent.numerator)
    # The root is monotone, and so is the rational power of it.
    root_interval = _monotone(lambda x: x.root(exponent.denominator), as_enclosure(a))
    return whole_power(root_interval, exponent.numerator)


def function(name: str, a: Real) -> Real:
    """An elementary function of a number inside of its domain.

    Parameters
    ----------
    name
        A name of `ATOMS`: ``"exp"``, ``"sin"`` and so on, or one of the two densities.
    a
        The number.
    """
    exact = _EXACT.get(name)
    if exact is not None and a == exact[0]:
        return exact[1]
    interval = as_enclosure(a)
    if name in _TURNING:
        return _on_a_ball(_TURNING[name], interval)
    return _monotone(_RISING[name], interval)


def _exact_root(a: Fraction, degree: int) -> Fraction | None:
    top, bottom = _integer_root(a.numerator, degree), _integer_root(a.denominator, degree)
    found = Fraction(top, bottom) if bottom else _ZERO
    return found if found**degree == a else None


def _integer_root(n: int, degree: int) -> int:
    """The floor of the root of ``n >= 0``, by Newton's iteration from above."""
    if n < 2:
        return n
    x = 1 << -(-n.bit_length() // degree)
    while True:
        better = ((degree - 1) * x + n // x ** (degree - 1)) // degree
        if better >= x:
            return x
        x = better


# -- enclosures by ball arithmetic ---------------------------------------------------------

Ball: TypeAlias = "flint.arb"

_EXACT: Mapping[str, tuple[Fraction, Fraction]] = {
    "exp": (_ZERO, _ONE),
    "log": (_ONE, _ZERO),
    "sin": (_ZERO, _ZERO),
    "cos": (_ZERO, _ONE),
    "tan": (_ZERO, _ZERO),
    "asin": (_ZERO, _ZERO),
    "acos": (_ONE, _ZERO),
    "atan": (_ZERO, _ZERO),
    "sinh": (_ZERO, _ZERO),
    "cosh": (_ZERO, _ONE),
    "tanh": (_ZERO, _ZERO),
    "sigmoid": (_ZERO, Fraction(1, 2)),
    "erf": (_ZERO, _ZERO),
    "gaussian-cdf": (_ZERO, Fraction(1, 2)),
    "lambertw": (_ZERO, _ZERO),
}


def _normal_density(x: Ball) -> Ball:
    """The density of the standard normal law."""
    return (-(x * x) / 2).exp() / (2 * type(x).pi()).sqrt()


def _bell(x: Ball) -> Ball:
    """The derivative of the error function."""
    return 2 * (-(x * x)).exp() / type(x).pi().sqrt()


_RISING: Mapping[str, Callable[[Ball], Ball]] = {
    "exp": lambda x: x.exp(),
    "log": lambda x: x.log(),
    "tan": lambda x: x.tan(),
    "asin": lambda x: x.asin(),
    "acos": lambda x: x.acos(),
    "atan": lambda x: x.atan(),
    "sinh": lambda x: x.sinh(),
    "tanh": lambda x: x.tanh(),
    "sigmoid": lambda x: 1 / (1 + (-x).exp()),
    "softplus": lambda x: (-x).exp().log1p() + x,
    "erf": lambda x: x.erf(),
    "gaussian-cdf": lambda x: (-x / type(x)(2).sqrt()).erfc() / 2,
    "lambertw": lambda x: x.lambertw(),
}
"""Functions that are monotone where the calculus asks for them."""

_TURNING: Mapping[str, Callable[[Ball], Ball]] = {
    "sin": lambda x: x.sin(),
    "cos": lambda x: x.cos(),
    "cosh": lambda x: x.cosh(),
    "normal density": _normal_density,
    "error density": _bell,
}
"""Functions that are not monotone."""


def _monotone(f: Callable[[Ball], Ball], a: Enclosure) -> Enclosure:
    low = _image(f, a.low, a.low)
    high = low if a.low == a.high else _image(f, a.high, a.high)
    return low.hull(high)


def _on_a_ball(f: Callable[[Ball], Ball], a: Enclosure) -> Enclosure:
    return _image(f, a.low, a.high)


def _image(f: Callable[[Ball], Ball], low: object, high: object) -> Enclosure:
    """The values on a bounded interval; everything if it is unbounded, or too large."""
    import flint

    if not (isinstance(low, Fraction) and isinstance(high, Fraction)):
        return Enclosure.everything()
    with flint.ctx.workprec(_BITS):
        ball = flint.arb(flint.fmpq(low.numerator, low.denominator))
        if low != high:
            ball = ball.union(flint.arb(flint.fmpq(high.numerator, high.denominator)))
        image = f(ball)
        if not image.is_finite():
            return Enclosure.everything()
        return _enclosed(image)


def _enclosed(image: Ball) -> Enclosure:
    """A finite ball as an interval."""
    low, is_low_open = _end(image.lower(), upward=False)
    high, is_high_open = _end(image.upper(), upward=True)
    return Enclosure.between(low, high, low_open=is_low_open, high_open=is_high_open)


def _end(end: Ball, *, upward: bool) -> tuple[Bound, bool]:
    """A rational beyond an end, and whether it differs from it.

    Where the exponent would fill the memory it is 0, a power of 2, or infinite.
    """
    digits, shift = (int(v) for v in end.man_exp())
    if abs(shift) <= _LARGEST_SHIFT:
        return Fraction(int(end.fmpq().p), int(end.fmpq().q)), False
    is_tiny = shift + digits.bit_length() < -_LARGEST_SHIFT // 2
    size: Bound = Fraction(1, 2 ** (_LARGEST_SHIFT // 2)) if is_tiny else math.inf
    if upward:
        return (size if digits > 0 else _ZERO), True
    return (_ZERO if digits > 0 else -size), True

"""Powers, products and quotients as SymPy means them."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from tamemip.errors import InvalidInputError
from tamemip.tameness._conditions import equal, piecewise
from tamemip.tameness._expression import (
    Expression,
    Operand,
    constant,
    divide,
    exp,
    multiply,
    named,
    power,
    real_power,
    scale,
)

_MOST_BITS = 20_000
"""Longer powers of numbers are not written out."""


def raised(base: Expression, exponent: Expression) -> Expression:
    """The power ``base**exponent``.

    It is taken of numbers >= 0 if the exponent is no integer but a positive number, and of
    numbers > 0 if the exponent is an expression.

    Raises
    ------
    InvalidInputError
        If the base is a negative number: the power is complex.
    """
    if exponent.op == "const" and exponent.value is not None:
        return _rational_power(base, exponent.value)
    if base.op == "named" and base.name == "e":
        return exp(exponent)
    _refuse_negative(base, exponent)
    if _is_positive_number(exponent) and base.op not in ("const", "named"):
        return piecewise([(equal(base, 0), 0)], default=real_power(base, exponent))
    return real_power(base, exponent)


def product(factors: Iterable[Expression]) -> Expression:
    """The product; equal factors are a power, and what ``1/f`` is among them divides."""
    above: dict[Expression, int] = {}
    below: dict[Expression, int] = {}
    for f in factors:
        if f.op == "divide" and f.of[0].op == "const" and f.of[0].value == 1:
            below[f.of[1]] = below.get(f.of[1], 0) + 1
        else:
            above[f] = above.get(f, 0) + 1
    top = multiply(*(_rational_power(f, Fraction(n)) for f, n in above.items()))
    if not below:
        return top
    # Numbers of the numerator stay in front: -1/x is one term with coefficient -1.
    k = top.value if top.op in ("const", "scale") and top.value is not None else Fraction(1)
    rest = constant(1) if top.op == "const" else top.of[0] if top.op == "scale" else top
    bottom = multiply(*(_rational_power(f, Fraction(n)) for f, n in below.items()))
    return scale(divide(rest, bottom), k)


def quotient(numerator: Operand, denominator: Expression) -> Expression:
    """The quotient; the number 0 is refused as a denominator."""
    if denominator.op == "const" and denominator.value == 0:
        raise InvalidInputError("this divides by 0 everywhere.")
    return divide(numerator, denominator)


def _rational_power(base: Expression, r: Fraction) -> Expression:
    if base.op == "const" and base.value is not None:
        return _power_of_number(base.value, r)
    if r == 0:
        return constant(1)
    if base.op == "named" and base.name == "e":
        return exp(constant(r))
    return power(base, r) if r > 0 else divide(1, power(base, -r))


def _power_of_number(value: Fraction, r: Fraction) -> Expression:
    if r == 0 or value == 1:
        return constant(1)
    if value == 0 and r < 0:
        raise InvalidInputError(f"0**({r}) divides by 0.")
    if r.denominator != 1:
        _refuse_negative(constant(value), constant(r))
    bits = max(value.numerator.bit_length(), value.denominator.bit_length())
    if abs(r.numerator) * bits > _MOST_BITS:
        raise InvalidInputError(
            f"({value})**({r}) is too long a number to write out; use exp and log for it."
        )
    if r.denominator == 1:
        return constant(value ** int(r))
    base = value**r.numerator
    above, below = (_exact_root(n, r.denominator) for n in (base.numerator, base.denominator))
    if above is not None and below is not None:
        return constant(Fraction(above, below))
    if r.denominator == 2:
        radicand = base.numerator * base.denominator
        if len(str(radicand)) < 20:
            return scale(named(f"sqrt:{radicand}"), Fraction(1, base.denominator))
    return power(constant(base), Fraction(1, r.denominator))


def _exact_root(n: int, degree: int) -> int | None:
    """The root of an integer >= 0, if it is one."""
    low, high = 0, 1 << (n.bit_length() // degree + 1)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**degree <= n else (low, middle - 1)
    return low if low**degree == n else None


def _refuse_negative(base: Expression, exponent: Expression) -> None:
    if base.op == "const" and base.value is not None and base.value < 0:
        raise InvalidInputError(
            f"({base})**({exponent}) is not real: a power of a negative number has an integer "
            "exponent here. For an odd root write real_root."
        )


def _is_positive_number(e: Expression) -> bool:
    if e.op == "scale":
        return e.value is not None and e.value > 0 and e.of[0].op == "named"
    return e.op == "named"

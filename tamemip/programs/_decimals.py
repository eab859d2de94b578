"""Decimal text to rationals and back, without a float in between."""

from __future__ import annotations

import math
import re
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

from tamemip.errors import InvalidInputError

Rounding: TypeAlias = Literal["refuse", "nearest"]
"""What to do with a rational that no finite decimal equals."""

INFINITE_FROM = Fraction(10) ** 20
"""Bounds and right-hand sides of this size mean "none" in MPS and LP files."""

# 1e999999999 is ten characters of input and a gigabyte of integer.
_LONGEST = 1000
_LARGEST_EXPONENT = 1000
_DECIMAL = re.compile(r"([+-]?)([0-9]*)\.?([0-9]*)(?:[eEdD]([+-]?[0-9]{1,6}))?")
_INFINITY = re.compile(r"([+-]?)inf(?:inity)?", re.IGNORECASE)
_POINT_UP_TO = 25


@lru_cache(maxsize=1 << 14)
def read_decimal(text: str) -> Fraction:
    """The rational that a decimal writes, exactly.

    Exponents may be marked with ``e`` or, as in Fortran, with ``d``.

    Raises
    ------
    ValueError
        If it is no finite decimal, or longer than any sensible one.

    Examples
    --------
    >>> read_decimal("-0.1"), read_decimal("2.5d+1")
    (Fraction(-1, 10), Fraction(25, 1))
    """
    found = _DECIMAL.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None or not (found[2] or found[3]):
        raise ValueError(text)
    power = int(found[4] or 0)
    if abs(power) > _LARGEST_EXPONENT:
        raise ValueError(text)
    digits, power = int(found[1] + found[2] + found[3]), power - len(found[3])
    return Fraction(digits * 10**power) if power >= 0 else Fraction(digits, 10**-power)


def read_bound(text: str) -> Fraction | float:
    """Like `read_decimal`; ``inf`` and what is `INFINITE_FROM` or larger are infinite."""
    found = _INFINITY.fullmatch(text)
    if found is not None:
        return -math.inf if found[1] == "-" else math.inf
    return as_bound(read_decimal(text))


def as_bound(value: Fraction) -> Fraction | float:
    """A number, or the infinity that its size stands for in a file."""
    if abs(value) < INFINITE_FROM:
        return value
    return math.inf if value > 0 else -math.inf


def finite_decimal(value: Fraction) -> str | None:
    """The decimal that equals a rational; None where there is none.

    Examples
    --------
    >>> finite_decimal(Fraction(-7, 40)), finite_decimal(Fraction(1, 3))
    ('-0.175', None)
    """
    if value.denominator == 1:
        return _integer(value.numerator)
    twos = (value.denominator & -value.denominator).bit_length() - 1
    fives, rest = 0, value.denominator >> twos
    while rest % 5 == 0:
        rest, fives = rest // 5, fives + 1
    if rest != 1:
        return None
    places = max(twos, fives)
    digits = value.numerator * 10**places // value.denominator
    if places > _POINT_UP_TO:
        return f"{_integer(digits)}e-{places}"
    text = str(abs(digits)).rjust(places + 1, "0")
    return f"{'-' * (digits < 0)}{text[:-places]}.{text[-places:]}"


def write_number(value: Fraction, *, rounding: Rounding, what: str) -> str:
    """Text of a number in a file; `read_decimal` reads it back.

    Raises
    ------
    InvalidInputError
        If no finite decimal equals the number and `rounding` is ``"refuse"``,
        or if it is too long to be written.
    """
    text = finite_decimal(value)
    if text is None:
        if rounding == "refuse":
            raise InvalidInputError(
                f"{what} is {value}, which no finite decimal equals. Scale the program, or "
                'pass rounding="nearest" to write the nearest double instead.'
            )
        text = repr(float(value))
    try:
        read_decimal(text)
    except ValueError:
        raise InvalidInputError(f"{what} has too many digits to be written.") from None
    return text


def _integer(value: int) -> str:
    """Digits of an integer, with its trailing zeros in an exponent where they are many."""
    if abs(value) < 10**_POINT_UP_TO:
        return str(value)
    zeros = 0
    while value % 10 == 0:
        value, zeros = value // 10, zeros + 1
    return f"{value}e{zeros}" if zeros else str(value)

"""Values that families give, read and compared."""

from __future__ import annotations

import math
import numbers
from decimal import Decimal
from fractions import Fraction
from typing import cast

from tamemip.arithmetic import Number, rationalize
from tamemip.testing._families_outcome import NotJudgedError

TOLERANCE = Fraction(1, 10**6)
"""Solvers work to a relative 1/1000000; so may a float that comes from their floats."""
ROUNDING = Fraction(1, 10**9)
"""A float that adds exact data up may be off by a relative 1/1000000000."""


def number(found: object, what: str) -> Fraction:
    """A finite number, exactly; a float is read as the decimal that it prints.

    Raises
    ------
    AssertionError
        If it is none.
    """
    is_number = isinstance(found, numbers.Real | Decimal) and not isinstance(found, bool)
    if not is_number or not math.isfinite(cast("float", found)):
        raise AssertionError(
            f"{what} is {found!r}; it has to be a finite number (an int, a float or a Fraction)"
        )
    return rationalize(cast("Number", found), what=what)


def value_of(solution: object) -> object:
    """The ``value`` of a decoded solution.

    Raises
    ------
    AssertionError
        If there is none, or it is no finite number.
    """
    if not hasattr(solution, "value"):
        raise AssertionError(
            f"the decoded {type(solution).__name__} has no attribute `value`; a solution says "
            "what it is worth"
        )
    if callable(solution.value):
        raise AssertionError(
            f"`value` of the decoded {type(solution).__name__} is a method; it has to be a number, "
            "or a property that gives one"
        )
    number(solution.value, "`value` of the decoded solution")
    return cast("object", solution.value)


def borrowed_value(solution: object) -> object:
    """The ``value`` of a solution in a check that is not about it; not judged without one."""
    try:
        return value_of(solution)
    except AssertionError as error:
        raise NotJudgedError(f"{error}: see the check 'decode'") from error


def is_exactly(found: object, expected: Fraction) -> bool:
    """Whether a number is another one; of a float, whether it is so up to `ROUNDING`."""
    off = abs(number(found, "a value") - expected)
    return off <= slack(expected, ROUNDING) if is_float(found) else off == 0


def is_close(found: object, expected: Fraction) -> bool:
    """Whether a number is another one up to `TOLERANCE`."""
    return abs(number(found, "a value") - expected) <= slack(expected)


def agrees(found: object, expected: Fraction) -> bool:
    """Whether an exact number is another one, or a float is close to it."""
    return is_close(found, expected) if is_float(found) else is_exactly(found, expected)


def slack(expected: Fraction, relative: Fraction = TOLERANCE) -> Fraction:
    """What a float of this size may be off by."""
    return relative * max(Fraction(1), abs(expected))


def is_float(found: object) -> bool:
    """Whether a number was computed with rounding."""
    return not isinstance(found, numbers.Rational | Decimal)


def told(value: Fraction) -> str:
    """A number for people."""
    return str(value) if value.denominator < 1000 else f"{value} (about {float(value):.9g})"

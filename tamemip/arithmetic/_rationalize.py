"""The one door from floats to rationals."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Literal, TypeAlias

from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError

Number: TypeAlias = "int | float | Fraction | Decimal | str | numbers.Real"
Exactness: TypeAlias = Literal["decimal", "binary"]

#: Texts longer than this, and powers of ten beyond this, are no data of a program.
_LONGEST_TEXT = 4_000
_LARGEST_EXPONENT = 4_000
_INFINITIES = frozenset({"inf", "+inf", "-inf", "infinity", "+infinity", "-infinity"})


def rationalize(value: Number, *, exact: Exactness = "decimal", what: str = "a number") -> Fraction:
    """The rational that a number stands for.

    Parameters
    ----------
    value
        An ``int``, ``Fraction``, ``Decimal``, a text such as ``"7/3"`` or ``"1e-3"``,
        or a float (numpy scalars included).
    exact
        ``"decimal"`` reads a float as the shortest decimal that prints as it
        (``0.1`` is 1/10); ``"binary"`` as the dyadic number that it stores.
    what
        Name of the entry, for the error message.

    Raises
    ------
    InvalidInputError
        If the value is NaN, infinite, or no number at all.

    Examples
    --------
    >>> rationalize(0.1), rationalize("7/3")
    (Fraction(1, 10), Fraction(7, 3))
    >>> rationalize(0.1, exact="binary").denominator == 2**55
    True
    """
    if isinstance(value, Fraction):
        return value
    if isinstance(value, int):
        return Fraction(value)
    try:
        return _read(value, exact)
    except (ValueError, ZeroDivisionError, OverflowError, TypeError):
        raise InvalidInputError(
            f"{what} is {value!r}; a finite number is needed (int, float, Fraction, "
            'Decimal or a text such as "7/3").'
        ) from None


def rationalize_bound(
    value: Number | None, *, exact: Exactness = "decimal", what: str = "a bound"
) -> Bound:
    """Like `rationalize`, with ``+-inf`` (as a float or a text) let through."""
    if isinstance(value, str) and value.strip().lower() in _INFINITIES:
        return float(value)
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Rational):
        as_float = float(value)
        if math.isinf(as_float):
            return as_float
    if value is None:
        raise InvalidInputError(f"{what} is None; use math.inf or -math.inf for no bound.")
    return rationalize(value, exact=exact, what=what)


def _read(value: Number, exact: Exactness) -> Fraction:
    if isinstance(value, (str, Decimal)):
        return _read_text(str(value))
    if isinstance(value, numbers.Integral):
        return Fraction(int(value))
    if isinstance(value, numbers.Real):
        # numpy.float32 prints its own shortest decimal, so ask the value, not float(value).
        return _FLOAT_READERS[exact](value)
    raise TypeError


def _read_text(text: str) -> Fraction:
    """A text as a rational; a power of ten that would fill the memory is refused."""
    _, _, exponent = text.lower().partition("e")
    if len(text) > _LONGEST_TEXT or (exponent and abs(int(exponent)) > _LARGEST_EXPONENT):
        raise ValueError(text)
    return Fraction(text)


def _decimal(value: numbers.Real) -> Fraction:
    text = str(value)  # the shortest decimal that reads back as the same float
    return Fraction(text)


_FLOAT_READERS: dict[Exactness, Callable[[numbers.Real], Fraction]] = {
    "decimal": _decimal,
    "binary": lambda value: Fraction(float(value)),
}

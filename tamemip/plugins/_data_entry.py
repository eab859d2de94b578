"""Data of instances: read exactly, or refused by the name of the item."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, cast

from tamemip.arithmetic import Number, rationalize
from tamemip.errors import InvalidInputError


def exact_numbers(
    values: Iterable[Number],
    what: str,
    *,
    length: int | None = None,
    least: Number | None = None,
    is_integral: bool = False,
    per: str = "entries",
) -> tuple[Fraction, ...]:
    """A tuple of rationals, each checked; a message names the entry as ``what[k]``.

    Parameters
    ----------
    values
        Numbers, as `tamemip.arithmetic.rationalize` reads them.
    what
        What they are, for messages: ``"weights"``.
    length
        How many there have to be, if not any number.
    least
        The least value allowed, if there is one.
    is_integral
        Whether each has to be an integer.
    per
        What there is one of for each, for messages: ``"items"``.

    Raises
    ------
    InvalidInputError
        If these are no numbers, too many, too few, too small or fractional.

    Examples
    --------
    >>> exact_numbers([3, "1/2"], "weights", least=0)
    (Fraction(3, 1), Fraction(1, 2))
    >>> exact_numbers([3, -1], "weights", least=0)
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: weights[1] is -1; it has to be at least 0.
    """
    entries = entries_of(values, what)
    if length is not None and len(entries) != length:
        raise InvalidInputError(f"{what} has {len(entries)} entries, but there are {length} {per}.")
    return tuple(
        exact_number(v, f"{what}[{k}]", least=least, is_integral=is_integral)
        for k, v in enumerate(entries)
    )


def exact_number(
    value: Number, what: str, *, least: Number | None = None, is_integral: bool = False
) -> Fraction:
    """One rational, checked.

    Raises
    ------
    InvalidInputError
        If it is no number, too small or fractional.

    Examples
    --------
    >>> exact_number(2.5, "capacity", is_integral=True)
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: capacity is 5/2; an integer is needed.
    """
    number = rationalize(value, what=what)
    if least is not None and number < rationalize(least):
        raise InvalidInputError(f"{what} is {number}; it has to be at least {least}.")
    if is_integral and number.denominator != 1:
        raise InvalidInputError(f"{what} is {number}; an integer is needed.")
    return number


def exact_table(
    rows: Iterable[Iterable[Number]],
    what: str,
    *,
    width: int | None = None,
    least: Number | None = None,
    is_integral: bool = False,
    per: str = "entries",
) -> tuple[tuple[Fraction, ...], ...]:
    """Rows of rationals; a message names the entry as ``what[i][k]``.

    Raises
    ------
    InvalidInputError
        As `exact_numbers`.

    Examples
    --------
    >>> exact_table([[1, 2], [3]], "weights", width=2, per="items")
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: weights[1] has 1 entries, but there are 2 items.
    """
    return tuple(
        exact_numbers(
            row, f"{what}[{i}]", length=width, least=least, is_integral=is_integral, per=per
        )
        for i, row in enumerate(entries_of(rows, what))
    )


def exact_point(
    point: Sequence[Number], integer: Sequence[bool], names: Sequence[str]
) -> tuple[Fraction, ...]:
    """A point of a program, exactly, with its integers rounded.

    Parameters
    ----------
    point
        One number a column, as a solver gives it.
    integer
        Which columns are integer.
    names
        Names of the columns.

    Raises
    ------
    InvalidInputError
        If the lengths differ, a number is not finite, or an integer column is not within
        1/1000 of an integer.

    Examples
    --------
    >>> exact_point([0.9999999, 0.5], [True, False], ["x", "y"])
    (Fraction(1, 1), Fraction(1, 2))
    """
    values = exact_numbers(point, "point", length=len(names), per="columns")
    return tuple(
        _rounded(v, name) if whole else v
        for v, whole, name in zip(values, integer, names, strict=True)
    )


_ROUNDING = Fraction(1, 1000)
"""A solver's integer may be off by so much."""


def _rounded(value: Fraction, name: str) -> Fraction:
    whole = Fraction(round(value))
    if abs(value - whole) > _ROUNDING:
        raise InvalidInputError(
            f"column {name!r} is {float(value):g} in the point, but it is an integer column."
        )
    return whole


def entries_of(values: Iterable[Any], what: str) -> list[Any]:
    """What a sequence, a generator or an array holds, as a list.

    Raises
    ------
    InvalidInputError
        If it is none of these.

    Examples
    --------
    >>> entries_of("12", "weights")
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: weights has to be a sequence, not '12'.
    """
    if isinstance(values, str | bytes) or not hasattr(values, "__iter__"):
        raise InvalidInputError(f"{what} has to be a sequence, not {values!r}.")
    # An array would give numpy's integers and floats, which print as `np.float64(1.0)`.
    return list(cast("Any", values).tolist() if hasattr(values, "tolist") else values)

"""Exact numbers as people and programs read them."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TypeAlias

from tamemip.certificates import Bound

MaybeBound: TypeAlias = Bound | None

#: Decimals that are written in full; longer ones are rounded and marked with "≈".
_DECIMALS = 6
#: Longest numerator and denominator, together, that a table shows as they are.
_SHORT = 9


def exact_text(value: MaybeBound) -> str | None:
    """``"1057/5"``, ``"inf"``, ``"-inf"``; None for an unknown number."""
    if value is None:
        return None
    if isinstance(value, Fraction):
        return str(value)
    return "inf" if value > 0 else "-inf"


def json_number(value: MaybeBound) -> float | int | None:
    """The nearest double; None for an unknown or infinite number, which JSON cannot hold."""
    if not isinstance(value, Fraction):
        return None
    if value.denominator == 1:
        return value.numerator
    number = _as_float(value)
    return number if math.isfinite(number) else None


def short_text(value: MaybeBound) -> str:
    """A number for a cell of a table: in full where that is short, else ``"≈2.71828"``."""
    if value is None:
        return "?"
    if not isinstance(value, Fraction):
        return "∞" if value > 0 else "-∞"
    if (decimal := _short_decimal(value)) is not None:
        return decimal
    text = str(value)
    return text if len(text) <= _SHORT else f"≈{_as_float(value):.6g}"


def long_text(value: MaybeBound) -> str:
    """A number for a headline: the exact rational, and the decimal where that is another one."""
    if not isinstance(value, Fraction) or value.denominator == 1:
        return short_text(value) if not isinstance(value, Fraction) else str(value)
    decimal = _short_decimal(value)
    if decimal is not None:
        return f"{value} = {decimal}"
    return f"{value} ≈ {_as_float(value):.10g}"


def float_text(value: float | None) -> str:
    """A number that was computed in floating point."""
    if value is None:
        return "?"
    if math.isinf(value):
        return "∞" if value > 0 else "-∞"
    return f"{value + 0.0:.6g}"


def _as_float(value: Fraction) -> float:
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _short_decimal(value: Fraction) -> str | None:
    """``value`` as a decimal of at most `_DECIMALS` digits behind the point, if it is one."""
    scaled = value * 10**_DECIMALS
    if scaled.denominator != 1 or abs(value) >= 10**12:
        return None
    whole, rest = divmod(abs(scaled.numerator), 10**_DECIMALS)
    tail = f".{rest:0{_DECIMALS}d}".rstrip("0") if rest else ""
    return f"{'-' if value < 0 else ''}{whole}{tail}"

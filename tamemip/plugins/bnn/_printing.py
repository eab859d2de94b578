"""How exact numbers print."""

from __future__ import annotations

from tamemip.certificates import Bound

__all__ = ["shown"]

_PLAIN = 1000
"""Denominators up to this one are written out."""


def shown(value: Bound) -> str:
    """A short text: exact if the denominator is small, else ten digits.

    Examples
    --------
    >>> from fractions import Fraction
    >>> shown(Fraction(7, 3)), shown(Fraction(1, 2**40)), shown(float("inf"))
    ('7/3', '9.094947018e-13', 'inf')
    """
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if value.denominator <= _PLAIN else f"{float(value):.10g}"

"""Prices in the words of a table."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.analysis._numbers import MaybeBound, float_text, short_text

if TYPE_CHECKING:
    from tamemip.analysis._prices import ColumnPrice, RowPrice

#: What stands in a cell where nothing is proved.
UNKNOWN = "?"


def jumps_text(row: RowPrice) -> str:
    """The jumps that are there: ``"12 right"``; nothing where there is none."""
    sides = (("left", row.jump_left), ("right", row.jump_right))
    return ", ".join(f"{short_text(jump)} {side}" for side, jump in sides if jump)


def price_text(slope: MaybeBound, proof: str) -> str:
    """A slope; a question mark where none is proved."""
    return UNKNOWN if slope is None else short_text(slope)


def range_text(row: RowPrice) -> str:
    """The range of right-hand sides in which the prices hold."""
    if row.low is None or row.high is None:
        return UNKNOWN
    low, high = short_text(row.low), short_text(row.high)
    left = "(" if math.isinf(row.low) else "["
    right = ")" if math.isinf(row.high) else "]"
    return f"{left}{low}, {high}{right}"


def relaxed_text(value: Fraction | float | None) -> str:
    """The price of a relaxation or a restriction."""
    return short_text(value) if isinstance(value, Fraction) else float_text(value)


def gradient_text(column: ColumnPrice) -> str:
    """The conservative gradient of the optimal value in the cost of a column."""
    return short_text(column.gradient)

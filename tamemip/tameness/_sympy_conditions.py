"""Comparisons and branches as SymPy means them."""

from __future__ import annotations

from collections.abc import Iterable

from tamemip.tameness._conditions import (
    always,
    equal,
    less,
    less_equal,
    negation,
    piecewise,
)
from tamemip.tameness._expression import Expression

COMPARISONS = frozenset({"<", "<=", ">", ">=", "==", "!="})


def compared(left: Expression, sign: str, right: Expression) -> Expression:
    """The condition ``left sign right``."""
    match sign:
        case "<":
            return less(left, right)
        case "<=":
            return less_equal(left, right)
        case ">":
            return less(right, left)
        case ">=":
            return less_equal(right, left)
        case "==":
            return equal(left, right)
    return negation(equal(left, right))


def branching(branches: Iterable[tuple[Expression, Expression]]) -> Expression:
    """The value behind the first condition that holds; a condition True ends the list.

    Without one, the function is undefined where no condition holds.
    """
    kept: list[tuple[Expression, Expression]] = []
    for condition, value in branches:
        if condition is always(holds=True):
            return piecewise(kept, default=value) if kept else value
        kept.append((condition, value))
    return piecewise(kept)

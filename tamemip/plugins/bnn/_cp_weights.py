"""Weights as variables of CP-SAT."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias, final

Part: TypeAlias = "tuple[Any, Callable[[int], int]]"
"""A variable, and its value as a function of the weight."""


@final
@dataclass(frozen=True, slots=True)
class CpWeight:
    """A weight, or the sum of several that are merged.

    Attributes
    ----------
    value
        The weight: a variable or an expression.
    size
        Its absolute value; None if nobody needs it.
    parts
        The variables behind them.
    most
        The largest absolute value.
    factors, constant
        The weight is the sum of `factors` times the variables of `parts`, plus the constant.
    """

    value: Any
    size: Any
    parts: tuple[Part, ...]
    most: int
    factors: tuple[int, ...]
    constant: int = 0

    def hint(self, cp: Any, number: int) -> None:
        """Let the search begin with a number."""
        for variable, read in self.parts:
            cp.add_hint(variable, read(number))


def binary_weight(cp: Any, place: str, count: int) -> CpWeight:
    """The sum of so many weights -1 and 1; its size is that of all of them."""
    if count == 1:
        positive = cp.new_bool_var(f"positive{place}")
        return CpWeight(2 * positive - 1, 1, ((positive, lambda w: int(w > 0)),), 1, (2,), -1)
    positives = cp.new_int_var(0, count, f"positives{place}")
    parts: tuple[Part, ...] = ((positives, lambda w: (w + count) // 2),)
    return CpWeight(2 * positives - count, count, parts, count, (2,), -count)


def ternary_weight(cp: Any, place: str) -> CpWeight:
    """A weight -1, 0 or 1."""
    plus, minus = cp.new_bool_var(f"plus{place}"), cp.new_bool_var(f"minus{place}")
    cp.add_at_most_one(plus, minus)
    parts: tuple[Part, ...] = ((plus, lambda w: int(w > 0)), (minus, lambda w: int(w < 0)))
    return CpWeight(plus - minus, plus + minus, parts, 1, (1, -1))


def integer_weight(cp: Any, place: str, most: int, *, with_size: bool) -> CpWeight:
    """A weight from ``-most`` to ``most``."""
    weight = cp.new_int_var(-most, most, f"weight{place}")
    if not with_size:
        return CpWeight(weight, None, ((weight, int),), most, (1,))
    size = cp.new_int_var(0, most, f"size{place}")
    cp.add_abs_equality(size, weight)
    return CpWeight(weight, size, ((weight, int), (size, abs)), most, (1, 0))

"""Expressions in one line of text."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tamemip.tameness._expression import Expression

LONGEST = 400
"""Longer texts of arguments are shown as ``...``."""

_BETWEEN = {"less": " < ", "less-equal": " <= ", "equal": " = ", "and": " and ", "or": " or "}
_NAMES = {"maximum": "max", "minimum": "min", "power": "^", "gaussian-cdf": "Phi"}


def expression_text(expression: Expression) -> str:
    """The expression as a mathematician would type it; long parts are left out."""
    texts: dict[Expression, str] = {}
    stack = [expression]
    while stack:
        e = stack[-1]
        missing = [f for f in e.of if f not in texts]
        if missing:
            stack.extend(reversed(missing))
        else:
            texts[stack.pop()] = _text(e, [_short(texts[f]) for f in e.of])
    return texts[expression]


def _text(e: Expression, of: Sequence[str]) -> str:
    match e.op:
        case "const":
            return str(e.value)
        case "variable" | "named":
            return str(e.name)
        case "add":
            return "(" + " + ".join(of).replace("+ -", "- ") + ")"
        case "scale":
            assert e.value is not None
            return f"-{of[0]}" if e.value == -1 else f"{_factor(e.value)}*{of[0]}"
        case "multiply":
            return "*".join(of)
        case "divide":
            return f"({of[0]}/{of[1]})"
        case "power":
            return f"({of[0]})^({e.value})"
        case "less" | "less-equal" | "equal" | "and" | "or":
            return "(" + _BETWEEN[e.op].join(of) + ")"
        case "infimum" | "supremum" | "argmin" | "argmax":
            return f"{e.op}_{e.name}({of[0]})"
        case "primitive":
            return f"{e.name}({', '.join(of)})"
        case "root":
            return f"root{e.value}({of[0]})"
    return f"{_NAMES.get(e.op, e.op)}({', '.join(of)})"


def _factor(value: Fraction) -> str:
    return str(value) if value.denominator == 1 else f"({value})"


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else "..."

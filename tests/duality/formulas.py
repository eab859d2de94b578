"""Formulas as they are printed, read back."""

from __future__ import annotations

import math
import re
from fractions import Fraction


def read_aloud(formula: str, **values: Fraction) -> Fraction | float:
    """The value of a formula as it is printed."""
    code = re.sub(r"(\d+) ?(?=[⌈⌊(a-z])(?!if|and|else)", r"\1*", formula)
    code = re.sub(r"\d+", r"Fraction(\g<0>)", code)
    for mark, word in {
        "⌈": "up(",
        "⌊": "down(",
        "⌉": ")",
        "⌋": ")",
        "≤": "<=",
        ", else": " else",
    }.items():
        code = code.replace(mark, word)
    names = {
        "up": lambda t: Fraction(math.ceil(t)),
        "down": lambda t: Fraction(math.floor(t)),
        "Fraction": Fraction,
        "max": max,
        "min": min,
        "inf": math.inf,
    }
    return eval(code.replace("∞", "inf"), names, values)  # our own formula

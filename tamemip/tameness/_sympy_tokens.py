"""The words and signs of texts, and how strongly the signs bind: as in Python."""

from __future__ import annotations

import re
from collections.abc import Sequence

TOKEN = re.compile(
    r"\s*(?:(?P<number>(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[^\W\d]\w*)"
    r"|(?P<sign>\*\*|//|<=|>=|==|!=|[-+*/%^()<>,&|~]))"
)
_SIGNS: Sequence[tuple[str, ...]] = (
    ("or",),
    ("and",),
    ("not",),
    ("<", "<=", ">", ">=", "==", "!="),
    ("|",),
    ("&",),
    ("+", "-"),
    ("*", "/", "//", "%"),
    ("neg", "pos", "~"),
    ("**", "^"),
)
LEVEL = {sign: level for level, signs in enumerate(_SIGNS) for sign in signs}
PREFIX = {"-": "neg", "+": "pos", "~": "~", "not": "not"}
NO_NUMBERS = {
    "I": "complex",
    "oo": "infinite",
    "inf": "infinite",
    "zoo": "infinite",
    "nan": "no number",
}

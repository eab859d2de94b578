"""Numbers, symbols and inequalities as SMT-LIB writes them."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Sequence
from fractions import Fraction

from tamemip.certificates import Enclosure

_SIMPLE = re.compile(r"[A-Za-z_][A-Za-z0-9_.]*")
_UNQUOTABLE = re.compile(r"[|\\]|[^\x20-\x7e]")
_RESERVED = frozenset({
    "abs", "and", "as", "assert", "assertion", "atan2", "bv2nat", "cos", "cosh", "declare",
    "define", "distinct", "div", "divisible", "e", "euler", "exists", "exp", "exit", "false",
    "forall", "get", "is_int", "ite", "let", "lambda", "match", "mod", "not", "or", "par", "pi",
    "pop", "push", "rem", "root", "select", "sin", "sinh", "sqrt", "store", "tan", "tanh", "acos",
    "acosh", "asin", "asinh", "atan", "atanh", "to_int", "to_real", "true", "xor", "implies",
    "iff", "if", "Int", "Real", "Bool", "Array", "BINARY", "DECIMAL", "HEXADECIMAL", "NUMERAL",
    "STRING", "log", "pow", "max", "min", "sec", "csc", "cot", "update", "is", "nat", "bag",
    "set", "char", "seq", "re", "str", "const", "map", "ext", "power", "sum",
})  # fmt: skip
"""Symbols that some solver knows already."""


def number(value: Fraction) -> str:
    """A rational number as a term of sort Real."""
    size = abs(value)
    text = f"{size.numerator}.0"
    if size.denominator != 1:
        text = f"(/ {text} {size.denominator}.0)"
    return f"(- {text})" if value < 0 else text


def symbol_of(name: str, taken: Collection[str]) -> str:
    """A symbol for a name, quoted if it must be; another one if it is reserved or taken."""
    plain = _UNQUOTABLE.sub("?", name)
    if plain in _RESERVED:
        plain += "_"
    simple = _SIMPLE.fullmatch(plain) is not None
    symbol = plain if simple else f"|{plain}|"
    while symbol in taken:
        plain += "_"
        symbol = plain if simple else f"|{plain}|"
    return symbol


def fresh(stem: str, taken: Collection[str]) -> str:
    """A prefix with which no symbol begins."""
    while any(symbol.startswith(stem) for symbol in taken):
        stem += "_"
    return stem


def inequalities(term: str, interval: Enclosure) -> list[str]:
    """That a term lies in an interval."""
    found = []
    if not math.isinf(interval.low):
        found.append(f"({_relation(interval.low_open)} {number(Fraction(interval.low))} {term})")
    if not math.isinf(interval.high):
        found.append(f"({_relation(interval.high_open)} {term} {number(Fraction(interval.high))})")
    return found


def both(conditions: Sequence[str | None]) -> str:
    """The conjunction; None is what always holds."""
    some = list(dict.fromkeys(c for c in conditions if c is not None))
    if not some:
        return "true"
    return some[0] if len(some) == 1 else f"(and {' '.join(some)})"


def _relation(is_open: bool) -> str:
    return "<" if is_open else "<="

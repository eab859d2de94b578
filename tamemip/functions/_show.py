"""Terms as lines of text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.functions._formula import Piece, formula, free_letter, one_line
from tamemip.functions._nodes import Node

#: Characters of a formula that still counts as one line.
_LINE = 64
#: Lines of a long formula that are shown, and characters of each.
_LINES = 12
_WIDTH = 200

_PLAIN = re.compile(r"[A-Za-z]\d*")


@final
@dataclass(frozen=True, slots=True)
class TextNotation:
    """Formulas for a terminal, such as ``⌈2b1/3⌉ + max(b1, b2)/2``."""

    symbols: tuple[str, ...]
    longest: int = 76

    def coordinate(self, index: int) -> str:
        """The symbol of a row."""
        return self.symbols[index]

    def variable(self, depth: int) -> str:
        """``t``, or ``t1``, ``t2`` further inside."""
        return f"{free_letter('tsu', self.symbols)}{depth or ''}"

    def name(self, number: int) -> str:
        """``f1``, ``f2`` and so on."""
        return f"{free_letter('fgh', self.symbols)}{number}"

    def number(self, value: Fraction) -> str:
        """``7/3``."""
        return str(value)

    def brackets(self, inner: str) -> str:
        """``(f + g)``."""
        return f"({inner})"

    def multiple(self, weight: Fraction, piece: Piece) -> str:
        """``2b1/3``."""
        if weight == 1:
            return piece.text
        text = self.brackets(piece.text) if piece.is_sum else piece.text
        is_tight = text[0] in "⌈⌊(" or _PLAIN.fullmatch(text) or not text[0].isalnum()
        above = "" if weight.numerator == 1 else f"{weight.numerator}{'' if is_tight else '·'}"
        below = "" if weight.denominator == 1 else f"/{weight.denominator}"
        return f"{above}{text}{below}"

    def ceiling(self, inner: str) -> str:
        """``⌈f⌉``."""
        return f"⌈{inner}⌉"

    def floor(self, inner: str) -> str:
        """``⌊f⌋``."""
        return f"⌊{inner}⌋"

    def rounding(self, inner: str, fraction: Fraction) -> str:
        """``G[1/3](f)``."""
        return f"G[{fraction}]({inner})"

    def extreme(self, which: str, inner: Sequence[str]) -> str:
        """``max(f, g)``."""
        return f"{which}({', '.join(inner)})"

    def at_most_zero(self, inner: str) -> str:
        """``f ≤ 0``."""
        return f"{inner} ≤ 0"

    def at_least_zero(self, inner: str) -> str:
        """``f ≥ 0``."""
        return f"{inner} ≥ 0"

    def guarded(self, inner: str | None, guards: Sequence[str], sign: str) -> str:
        """``(f if g ≤ 0, else ∞)``."""
        condition = " and ".join(guards) or "true"
        function = f"{'' if sign else '-'}∞" if inner is None else inner
        return f"({function} if {condition}, else {sign}∞)"

    def threshold(self, condition: str, granularity: Fraction, variable: str) -> str:
        """``min{t ∈ ℤ : f ≤ 0}``."""
        scale = "" if granularity == 1 else f"({granularity})"
        return f"min{{{variable} ∈ {scale}ℤ : {condition}}}"

    def table(self, which: str, inner: Sequence[str], detail: str) -> str:
        """``group(f, g; mod 2 6)``."""
        return f"{which}({', '.join(inner)}; {detail})"


def in_one_line(root: Node, symbols: tuple[str, ...]) -> str | None:
    """The formula of a term, or None if it does not fit into a line."""
    return one_line(root, TextNotation(symbols), len(symbols), _LINE)


def in_lines(root: Node, symbols: tuple[str, ...]) -> list[str]:
    """The formula in lines, parts before what they are used in; the middle is left out."""
    written = formula(root, TextNotation(symbols), len(symbols))
    lines = [f"{name} = {text}" for name, text in written.definitions]
    if len(lines) > _LINES:
        hidden = len(lines) - _LINES + 1
        lines = [*lines[: _LINES - 2], f"... {hidden} more", lines[-1]]
    lines.append(f"F = {written.text}")
    return [f"  {line if len(line) <= _WIDTH else line[: _WIDTH - 4] + ' ...'}" for line in lines]


def named_part(node: Node, symbols: tuple[str, ...]) -> str:
    """A part in one line for an error message, or its kind if the line is long."""
    line = one_line(node, TextNotation(symbols), len(symbols), 2 * _LINE)
    return type(node).__name__ if line is None else line

r"""Terms as LaTeX, for notebooks and papers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.functions._formula import Formula, Piece, formula, free_letter
from tamemip.functions._nodes import Node

_INDEXED = re.compile(r"([A-Za-z])_?(\d+)")
_SPECIAL = re.compile(r"([#$%&_{}])")


@final
@dataclass(frozen=True, slots=True)
class LatexNotation:
    r"""Formulas such as ``\left\lceil \tfrac{2}{3} b_{1} \right\rceil``."""

    symbols: tuple[str, ...]
    longest: int = 240

    def coordinate(self, index: int) -> str:
        """The symbol of a row: a letter with an index, or upright words."""
        symbol = self.symbols[index]
        if found := _INDEXED.fullmatch(symbol):
            return f"{found[1]}_{{{found[2]}}}"
        if len(symbol) == 1 and symbol.isalpha():
            return symbol
        plain = symbol.replace("\\", " ").replace("~", " ").replace("^", " ")
        # Escaped outside of the text: MathJax shows a backslash in text as it is.
        pieces = (piece for piece in _SPECIAL.split(plain) if piece)
        return "".join(
            rf"\{piece}" if _SPECIAL.fullmatch(piece) else rf"\text{{{piece}}}" for piece in pieces
        )

    def variable(self, depth: int) -> str:
        """``t``, with an index further inside."""
        letter = free_letter("tsu", self.symbols)
        return f"{letter}_{{{depth}}}" if depth else letter

    def name(self, number: int) -> str:
        """``f_{1}`` and so on."""
        return f"{free_letter('fgh', self.symbols)}_{{{number}}}"

    def number(self, value: Fraction) -> str:
        r"""``\tfrac{7}{3}``."""
        if value.denominator == 1:
            return str(value)
        return rf"\tfrac{{{value.numerator}}}{{{value.denominator}}}"

    def brackets(self, inner: str) -> str:
        r"""``\left( f + g \right)``."""
        return rf"\left({inner}\right)"

    def multiple(self, weight: Fraction, piece: Piece) -> str:
        r"""``\tfrac{2}{3} b_{1}``."""
        if weight == 1:
            return piece.text
        text = self.brackets(piece.text) if piece.is_sum else piece.text
        return f"{self.number(weight)} {text}"

    def ceiling(self, inner: str) -> str:
        r"""``\left\lceil f \right\rceil``."""
        return rf"\left\lceil {inner} \right\rceil"

    def floor(self, inner: str) -> str:
        r"""``\left\lfloor f \right\rfloor``."""
        return rf"\left\lfloor {inner} \right\rfloor"

    def rounding(self, inner: str, fraction: Fraction) -> str:
        r"""``G_{1/3}\left( f \right)``."""
        return rf"G_{{{fraction}}}\left({inner}\right)"

    def extreme(self, which: str, inner: Sequence[str]) -> str:
        r"""``\max\left\{ f,\; g \right\}``."""
        listed = r",\; ".join(inner)
        return rf"\{which}\left\{{ {listed} \right\}}"

    def at_most_zero(self, inner: str) -> str:
        r"""``f \le 0``."""
        return rf"{inner} \le 0"

    def at_least_zero(self, inner: str) -> str:
        r"""``f \ge 0``."""
        return rf"{inner} \ge 0"

    def guarded(self, inner: str | None, guards: Sequence[str], sign: str) -> str:
        """Cases: the function under its guards, else infinity."""
        function = rf"{'+' if sign else '-'}\infty" if inner is None else inner
        condition = r",\; ".join(guards) or r"\text{always}"
        rest = rf" \\ {sign or '+'}\infty & \text{{otherwise}}" if guards else ""
        return rf"\begin{{cases}} {function} & {condition}{rest} \end{{cases}}"

    def threshold(self, condition: str, granularity: Fraction, variable: str) -> str:
        r"""``\min\left\{ t \in \mathbb{Z} : f \le 0 \right\}``."""
        scale = "" if granularity == 1 else self.number(granularity)
        return rf"\min\left\{{ {variable} \in {scale}\mathbb{{Z}} : {condition} \right\}}"

    def table(self, which: str, inner: Sequence[str], detail: str) -> str:
        r"""``\operatorname{group}_{mod 6}\left( f \right)``."""
        return rf"\operatorname{{{which}}}_{{\text{{{detail}}}}}\left({', '.join(inner)}\right)"


def latex(root: Node, symbols: tuple[str, ...]) -> str:
    r"""A term as LaTeX without dollar signs; with definitions, an ``aligned`` block."""
    return joined(formula(root, LatexNotation(symbols), len(symbols)), symbols)


def joined(written: Formula, symbols: tuple[str, ...]) -> str:
    """Definitions and formula in one block."""
    if not written.definitions:
        return written.text
    notation = LatexNotation(symbols)
    argument = ", ".join(notation.coordinate(i) for i in range(len(symbols)))
    argument = argument if len(symbols) <= 6 else "b"
    lines = [*written.definitions, (f"F({argument})", written.text)]
    body = " \\\\\n".join(f"{name} &= {text}" for name, text in lines)
    return f"\\begin{{aligned}}\n{body}\n\\end{{aligned}}"

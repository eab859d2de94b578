"""Formulas in the user's own right-hand side and sense: a ``max`` program rounds down."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction

from tamemip.functions import (
    Ceil,
    Combination,
    Guarded,
    Maximum,
    Minimum,
    Node,
    children,
    combination,
    guarded,
    substitute,
    topological,
)
from tamemip.programs import CanonicalForm

#: Characters of a formula that is still shown.
_LONGEST = 600

#: Stand for the names of rows while a formula is translated: characters for private use.
_FIRST_MARK = 0xF0000
_LATEX = {
    "max(": r"\max\left(",
    "min(": r"\min\left(",
    "(": r"\left(",
    ")": r"\right)",
    "⌈": r"\left\lceil ",
    "⌉": r" \right\rceil ",
    "⌊": r"\left\lfloor ",
    "⌋": r" \right\rfloor ",
    "∞": r"\infty",
    "≤": r"\le",
    ", else ": r"\text{, else }",
    " if ": r"\text{ if }",
    " and ": r"\text{ and }",
}
_TOKEN = re.compile("|".join(map(re.escape, _LATEX)))
_INDEXED = re.compile(r"([A-Za-z])_?(\d*)")

_Key = tuple[Node, bool]
"""A node, and whether it is written with the other sign."""


def formula_text(form: CanonicalForm, node: Node) -> str | None:
    """A term as a formula in the names of the rows; None if it is long, or of other kinds.

    The sign of a ``max`` program is carried to the leaves: ``-ceil(-x)`` is ``floor(x)``,
    minus a maximum is a minimum.
    """
    return _written(form, node, form.program.row_names)


def formula_latex(form: CanonicalForm, node: Node) -> str | None:
    """The same formula in LaTeX, without dollar signs."""
    names = form.program.row_names
    marks = [chr(_FIRST_MARK + i) for i in range(len(names))]
    written = _written(form, node, marks)
    if written is None:
        return None
    translated = _TOKEN.sub(lambda found: _LATEX[found[0]], written)
    for mark, name in zip(marks, names, strict=True):
        translated = translated.replace(mark, _name_in_latex(name))
    return translated


def _name_in_latex(name: str) -> str:
    if found := _INDEXED.fullmatch(name):
        return f"{found[1]}_{{{found[2]}}}" if found[2] else found[1]
    plain = re.sub(r"[\\~^]", " ", name)
    return rf"\text{{{re.sub(r'([#$%&_{}])', lambda found: chr(92) + found[1], plain)}}}"


def _written(form: CanonicalForm, node: Node, names: Sequence[str]) -> str | None:
    kinds = (Combination, Ceil, Maximum, Minimum, Guarded)
    if not all(isinstance(part, kinds) for part in topological(node)):
        return None
    own = _plus(substitute(node, _users_rows(form)), form.sign * form.offset)
    texts: dict[_Key, str] = {}
    is_negative = form.sign == -1
    for part in topological(own):
        for flipped in (False, True):
            texts[part, flipped] = _text(part, flipped, texts, names)
        if min(len(texts[part, False]), len(texts[part, True])) > _LONGEST:
            return None
    shown = texts[own, is_negative]
    if isinstance(own, Guarded):
        shown = shown[1:-1]  # its brackets are for formulas that it is a part of
    return shown if len(shown) <= _LONGEST else None


def _plus(node: Node, constant: Fraction) -> Node:
    """A node plus a constant, inside of its guards."""
    if not constant:
        return node
    if isinstance(node, Guarded):
        of = None if node.of is None else _plus(node.of, constant)
        return guarded(of, node.guards)
    return combination((), [(1, node)], constant=constant)


def _users_rows(form: CanonicalForm) -> dict[int, Node]:
    """The canonical right-hand side in terms of the user's: signs, shifts, fixed bounds."""
    rows = zip(form.row_sign, form.rhs_shift, strict=True)
    moved = {i: combination({i: sign}, constant=shift) for i, (sign, shift) in enumerate(rows)}
    fixed = {i: combination(constant=form.rhs[i]) for i in range(len(moved), form.n_rows)}
    return moved | fixed


def _text(node: Node, is_negative: bool, texts: Mapping[_Key, str], names: Sequence[str]) -> str:
    inner = [texts[child, is_negative] for child in children(node)]
    match node:
        case Combination():
            return _sum(node, is_negative, texts, names)
        case Ceil():
            return f"⌊{inner[0]}⌋" if is_negative else f"⌈{inner[0]}⌉"
        case Maximum() | Minimum():
            is_greatest = isinstance(node, Maximum) is not is_negative
            return f"{'max' if is_greatest else 'min'}({', '.join(inner)})"
        case Guarded():
            guards = " and ".join(f"{texts[g, False]} ≤ 0" for g in node.guards)
            infinity = "-∞" if is_negative else "∞"
            nothing = "∞" if is_negative else "-∞"
            of = nothing if node.of is None else texts[node.of, is_negative]
            return f"({of} if {guards}, else {infinity})"
        case _:
            raise AssertionError(node)  # kinds have been checked


def _sum(
    node: Combination, is_negative: bool, texts: Mapping[_Key, str], names: Sequence[str]
) -> str:
    sign = -1 if is_negative else 1
    terms = [(sign * w, names[i]) for i, w in node.linear]
    for w, part in node.parts:
        # A part may take the sign of its product: what it rounds is positive where it can be.
        flipped = (w < 0) is not is_negative
        plain, other = texts[part, flipped], texts[part, not flipped]
        is_better = plain.lstrip("⌈⌊(").startswith("-") and not other.lstrip("⌈⌊(").startswith("-")
        terms.append((-abs(w), other) if is_better else (abs(w), plain))
    written = "".join(_term(w, text) for w, text in terms)
    if node.constant or not terms:
        constant = sign * node.constant
        written += f" {'-' if constant < 0 else '+'} {abs(constant)}"
    return f"-{written[3:]}" if written.startswith(" - ") else written.removeprefix(" + ")


def _term(weight: Fraction, text: str) -> str:
    size = abs(weight)
    is_sum = " + " in text or " - " in text or text.startswith("-")
    is_call = text.startswith(("max(", "min(", "⌈", "⌊", "(")) and _closes_at_end(text)
    if is_sum and not is_call and (size != 1 or weight < 0 or text.startswith("-")):
        text = f"({text})"
    above = "" if size.numerator == 1 else f"{size.numerator} "
    if size.numerator != 1 and text[0] in "⌈⌊(":
        above = above.rstrip()
    below = "" if size.denominator == 1 else f"/{size.denominator}"
    return f" {'-' if weight < 0 else '+'} {above}{text}{below}"


def _closes_at_end(text: str) -> bool:
    """Whether the bracket that opens first closes last."""
    level = 0
    for k, character in enumerate(text):
        level += (character in "(⌈⌊") - (character in ")⌉⌋")
        if level == 0 and character in ")⌉⌋":
            return k == len(text) - 1
    return False

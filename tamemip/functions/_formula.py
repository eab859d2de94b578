"""A term as a formula, in a notation: shared or long parts get names of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol, assert_never, final

from tamemip.functions._nodes import (
    ONE,
    ZERO,
    Ceil,
    Combination,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    children,
    topological,
)
from tamemip.functions._tables import Generator, GroupTable

#: A part that is used twice gets a name from this length on.
_SHORT = 16


@final
@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a formula; a sum needs brackets in a product."""

    text: str
    is_sum: bool = False


@final
@dataclass(frozen=True, slots=True)
class Shown:
    """A function and its negative as pieces of a formula: one of them reads better.

    Attributes
    ----------
    value, negative
        ``-ceil(-f)`` is a floor, the negative of a maximum a minimum.
    is_negative
        Whether the negative is the better one of the two: there are only minus signs here.
    turns
        Whether a minus sign in front is moved inside.
    """

    value: Piece
    negative: Piece
    is_negative: bool = False
    turns: bool = False


class Notation(Protocol):
    """How formulas are written."""

    @property
    def longest(self) -> int:
        """Length from which on a part gets a name."""

    def coordinate(self, index: int) -> str:
        """The coordinate of the argument with an index."""

    def name(self, number: int) -> str:
        """The name of a part, from 1 on."""

    def number(self, value: Fraction) -> str:
        """A number that is not negative."""

    def brackets(self, inner: str) -> str:
        """A sum in brackets."""

    def multiple(self, weight: Fraction, piece: Piece) -> str:
        """A positive multiple."""

    def ceiling(self, inner: str) -> str:
        """A ceiling."""

    def floor(self, inner: str) -> str:
        """The negative of the ceiling of a negative."""

    def rounding(self, inner: str, fraction: Fraction) -> str:
        """A mixed-integer rounding."""

    def extreme(self, which: str, inner: Sequence[str]) -> str:
        """A maximum or a minimum."""

    def at_most_zero(self, inner: str) -> str:
        """That a function is not positive."""

    def at_least_zero(self, inner: str) -> str:
        """That a function is not negative."""

    def guarded(self, inner: str | None, guards: Sequence[str], sign: str) -> str:
        """A function under conditions, or these alone; it is infinite elsewhere, with a sign."""

    def threshold(self, condition: str, granularity: Fraction, variable: str) -> str:
        """The least t with a condition."""

    def table(self, which: str, inner: Sequence[str], detail: str) -> str:
        """A function of integers that is tabulated."""

    def variable(self, depth: int) -> str:
        """The variable of a threshold that lies inside of `depth` others."""


@final
@dataclass(frozen=True, slots=True)
class Formula:
    """Definitions of named parts, each after what it uses, and the formula itself."""

    definitions: tuple[tuple[str, str], ...]
    text: str


def formula(root: Node, notation: Notation, n_rows: int) -> Formula:
    """Write a term; parts that are shared or long become definitions."""
    order = topological(root)
    uses = Counter(child for node in order for child in children(node))
    writer = _Writer(notation, n_rows)
    definitions: list[tuple[str, str]] = []
    for node in order:
        shown = writer.shown(node)
        better = shown.negative if shown.is_negative else shown.value
        is_shared = uses[node] > 1 and len(better.text) > _SHORT
        if node is not root and (is_shared or len(better.text) > notation.longest):
            name = Piece(notation.name(len(definitions) + 1))
            definitions.append((name.text, better.text))
            minus = Piece(f"-{name.text}", is_sum=True)
            pair = (minus, name) if shown.is_negative else (name, minus)
            shown = Shown(*pair, is_negative=shown.is_negative)
        writer.pieces[node] = shown
    return Formula(tuple(definitions), writer.pieces[root].value.text)


def one_line(root: Node, notation: Notation, n_rows: int, length: int) -> str | None:
    """The whole formula in one line, or None if it is longer than `length`."""
    writer = _Writer(notation, n_rows)
    for node in topological(root):
        shown = writer.pieces[node] = writer.shown(node)
        if min(len(shown.value.text), len(shown.negative.text)) > length:
            return None
    text = writer.pieces[root].value.text
    return text if len(text) <= length else None


def free_letter(letters: str, symbols: Sequence[str]) -> str:
    """The first letter that, alone or with a number, is no symbol; the last if there is none."""
    taken = {
        symbol[0] for symbol in symbols if symbol[1:].strip("_").isdecimal() or symbol[1:] == ""
    }
    return next((letter for letter in letters if letter not in taken), letters[-1])


@final
class _Writer:
    """Writes nodes from the pieces that their parts have become."""

    def __init__(self, notation: Notation, n_rows: int) -> None:
        self.pieces: dict[Node, Shown] = {}
        self._notation = notation
        self._n_rows = n_rows

    def shown(self, node: Node) -> Shown:
        """A node and its negative."""
        notation = self._notation
        match node:
            case Combination():
                rows = [self._coordinate(i, w) for i, w in node.linear]
                parts = [(w, self.pieces[part]) for w, part in node.parts]
                return self._sum([*rows, *parts], node.constant)
            case Ceil():
                of = self.pieces[node.of]
                up = Piece(notation.ceiling(of.value.text))
                down = Piece(notation.floor(of.negative.text))
                value = Piece(f"-{down.text}", is_sum=True) if of.is_negative else up
                return Shown(value, down, is_negative=of.is_negative)
            case MixedIntegerRounding():
                return self._rounding(node)
            case Maximum():
                return self._extreme("max", "min", node.of)
            case Minimum():
                return self._extreme("min", "max", node.of)
            case Guarded():
                return self._guarded(node)
            case Threshold():
                variable = notation.variable(node.coordinate - self._n_rows)
                condition = self._condition(node.of)
                return _atom(notation.threshold(condition, node.granularity, variable))
            case GroupTable():
                return self._table(node, "group", f"mod {' '.join(map(str, node.moduli))}")
            case Generator():
                return self._table(node, "packing", f"{len(node.columns)} columns")
            case _:
                assert_never(node)

    def _coordinate(self, index: int, weight: Fraction) -> tuple[Fraction, Shown]:
        """A coordinate; those behind the rows are ``-t`` of a threshold."""
        if index < self._n_rows:
            return weight, _atom(self._notation.coordinate(index))
        return -weight, _atom(self._notation.variable(index - self._n_rows))

    def _rounding(self, node: MixedIntegerRounding) -> Shown:
        of = self.pieces[node.of]
        if node.minus is None:
            return _atom(self._notation.rounding(of.value.text, node.fraction))
        minus = self.pieces[node.minus]
        argument = self._sum([(ONE, of), (-ONE, minus)], ZERO).value.text
        inner = _atom(self._notation.rounding(argument, node.fraction))
        return self._sum([(ONE, inner), (1 / node.fraction, minus)], ZERO)

    def _extreme(self, which: str, opposite: str, of: Sequence[Node]) -> Shown:
        members = [self.pieces[f] for f in of]
        value = self._notation.extreme(which, [m.value.text for m in members])
        negative = self._notation.extreme(opposite, [m.negative.text for m in members])
        if all(m.is_negative for m in members):
            minus = Piece(f"-{negative}", is_sum=True)
            return Shown(minus, Piece(negative), is_negative=True)
        return Shown(Piece(value), Piece(negative), turns=True)

    def _guarded(self, node: Guarded) -> Shown:
        guards = [self._condition(guard) for guard in node.guards]
        of = None if node.of is None else self.pieces[node.of]
        above, below = None, None
        if of is not None:
            above, below = of.value.text, of.negative.text
        value = Piece(self._notation.guarded(above, guards, ""))
        return Shown(value, Piece(self._notation.guarded(below, guards, "-")), turns=True)

    def _condition(self, guard: Node) -> str:
        shown = self.pieces[guard]
        if shown.is_negative:
            return self._notation.at_least_zero(shown.negative.text)
        return self._notation.at_most_zero(shown.value.text)

    def _table(self, node: GroupTable | Generator, which: str, detail: str) -> Shown:
        inputs = [self.pieces[f] for f in node.inputs]
        inner = [piece.value.text for piece in inputs]
        table = _atom(self._notation.table(which, inner, detail))
        weighted = [(w, piece) for w, piece in zip(node.weights, inputs, strict=True) if w]
        return self._sum([*weighted, (ONE, table)], ZERO)

    def _sum(self, terms: Sequence[tuple[Fraction, Shown]], constant: Fraction) -> Shown:
        if len(terms) == 1 and not constant and abs(terms[0][0]) == 1:
            w, only = terms[0]
            turned = Shown(only.negative, only.value, not only.is_negative, only.turns)
            return only if w == 1 else turned
        signed = [_better(w, shown) for w, shown in terms]
        is_negative = bool(signed) and all(w < 0 for w, _ in signed)
        value, negative = (self._line(signed, constant, sign) for sign in (1, -1))
        return Shown(value, negative, is_negative=is_negative)

    def _line(
        self, terms: Sequence[tuple[Fraction, Piece]], constant: Fraction, sign: int
    ) -> Piece:
        notation = self._notation
        written: list[tuple[bool, str]] = []
        for w, piece in terms:
            bare = piece.is_sum and abs(w) == 1
            text = notation.brackets(piece.text) if bare else notation.multiple(abs(w), piece)
            written.append((sign * w < 0, text))
        if constant or not written:
            written.append((sign * constant < 0, notation.number(abs(constant))))
        (is_negative, first), *rest = written
        joined = ("-" if is_negative else "") + first
        joined += "".join(f" {'-' if minus else '+'} {text}" for minus, text in rest)
        return Piece(joined, is_sum=len(written) > 1 or is_negative)


def _atom(text: str) -> Shown:
    return Shown(Piece(text), Piece(f"-{text}", is_sum=True))


def _better(w: Fraction, shown: Shown) -> tuple[Fraction, Piece]:
    """A weighted function by its better form."""
    if shown.is_negative or (shown.turns and w < 0):
        return -w, shown.negative
    return w, shown.value

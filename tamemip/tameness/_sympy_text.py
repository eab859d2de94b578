"""Expressions from a text, read by a parser of our own: nothing in it is executed.

The grammar is that of Python and SymPy: numbers, names, ``+ - * / // % **``, comparisons
(also chains), ``& | ~`` or ``and or not``, calls, and the pairs of ``Piecewise``. A ``^`` is a
power. The stack is explicit, so that nesting has no limit.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, NoReturn, TypeAlias, final

from tamemip.errors import InvalidInputError
from tamemip.tameness._conditions import (
    always,
    argmax,
    argmin,
    conjunction,
    disjunction,
    infimum,
    negation,
    supremum,
)
from tamemip.tameness._expression import (
    Expression,
    add,
    constant,
    floor,
    named,
    scale,
    variable,
)
from tamemip.tameness._sympy_conditions import COMPARISONS, branching, compared
from tamemip.tameness._sympy_functions import TEXT_FUNCTIONS, golden_ratio
from tamemip.tameness._sympy_powers import product, quotient, raised
from tamemip.tameness._sympy_tokens import LEVEL, NO_NUMBERS, PREFIX, TOKEN
from tamemip.tameness._sympy_wording import Wording

CONSTANTS: Mapping[str, Callable[[], Expression]] = {
    "pi": lambda: named("pi"),
    "\N{GREEK SMALL LETTER PI}": lambda: named("pi"),
    "E": lambda: named("e"),
    "GoldenRatio": golden_ratio,
    "True": lambda: always(holds=True),
    "False": lambda: always(holds=False),
}
PROJECTIONS: Mapping[str, Callable[[Expression, str], Expression]] = {
    "infimum": infimum,
    "supremum": supremum,
    "argmin": argmin,
    "argmax": argmax,
}
"""``infimum(f, y)``: over the interval of y in the domain."""

Kind: TypeAlias = Literal["plain", "sum", "product", "chain", "all", "some", "pair"]


def parsed(text: str, *, variables: Collection[str] = ()) -> tuple[Expression, Wording]:
    """The expression that a text stands for, and how the text says its parts.

    Parameters
    ----------
    text
        Such as ``"floor(3*x) + Abs(y)"``.
    variables
        Names that are variables even if they are also those of constants.

    Raises
    ------
    InvalidInputError
        If the text is no expression; the message shows the place.

    Examples
    --------
    >>> e, words = parsed("floor(3*x) - x**2/2")
    >>> print(e)
    (floor(3*x) + (-1/2)*(x)^(2))
    """
    try:
        return _Parser(text, frozenset(variables)).run()
    except _PlacedError as error:
        raise InvalidInputError(str(error)) from None


@final
@dataclass(slots=True)
class _Item:
    """An operand: a part of the text, with what is known of it so far."""

    kind: Kind
    parts: list[Expression]
    start: int
    end: int


@final
@dataclass(slots=True)
class _Operator:
    sign: str
    place: int


@final
@dataclass(slots=True)
class _Opening:
    """An open bracket: of a call, if `name` is not empty; `items` are complete."""

    name: str
    place: int
    items: list[_Item]


@final
class _Parser:
    """Operators wait on a stack until one of lower precedence follows (Dijkstra 1961)."""

    def __init__(self, text: str, variables: frozenset[str]) -> None:
        self._text = text
        self._variables = variables
        self._place = 0
        self._items: list[_Item] = []
        self._waiting: list[_Operator | _Opening] = []
        self._words = Wording(self._told)

    def run(self) -> tuple[Expression, Wording]:
        """Read everything."""
        wants_operand = True
        while (token := self._next()) is not None:
            step = self._operand if wants_operand else self._operator
            wants_operand = step(*token)
        if wants_operand:
            self._fail(len(self._text), "something is missing at the end")
        self._reduce(0)
        if self._waiting:
            self._fail(self._waiting[-1].place, "this bracket is never closed")
        return self._finished(self._items.pop()), self._words

    # -- tokens ----------------------------------------------------------------------------

    def _next(self) -> tuple[str, str, int, int] | None:
        """The kind, the text, the start and the end of the next token."""
        match = TOKEN.match(self._text, self._place)
        if match is None:
            rest = self._text[self._place :]
            if not rest.strip():
                return None
            place = len(self._text) - len(rest.lstrip())
            hint = "; an equation is written with ==" if self._text[place] == "=" else ""
            self._fail(place, f"this is no part of an expression{hint}")
        kind = match.lastgroup or ""
        word, start, self._place = match[kind], match.start(kind), match.end()
        if word in ("and", "or", "not"):
            kind = "sign"
        return kind, word, start, self._place

    def _opens(self) -> bool:
        match = TOKEN.match(self._text, self._place)
        return match is not None and match["sign"] == "("

    # -- where an operand is expected ------------------------------------------------------

    def _operand(self, kind: str, word: str, start: int, end: int) -> bool:
        if kind == "number":
            with self._at(start):
                self._push(constant(word), start, end)
            return False
        if kind == "name":
            return self._name(word, start, end)
        if word in PREFIX:
            self._waiting.append(_Operator(PREFIX[word], start))
            return True
        if word == "(":
            self._waiting.append(_Opening("", start, []))
            return True
        self._fail(start, f"a number, a name or a bracket is expected before {word!r}")

    def _name(self, word: str, start: int, end: int) -> bool:
        if self._opens():
            if word not in TEXT_FUNCTIONS and word not in PROJECTIONS and word != "Piecewise":
                self._fail(
                    start,
                    f"{word!r} is no function that is known here; those of SymPy are, such as "
                    "floor, Abs, Max, exp; a product is written with *",
                )
            self._next()
            self._waiting.append(_Opening(word, start, []))
            return True
        if word in self._variables or not (word in CONSTANTS or self._is_no_variable(word, start)):
            self._push(variable(word), start, end)
        elif word in CONSTANTS:
            self._push(CONSTANTS[word](), start, end)
        return False

    def _is_no_variable(self, word: str, start: int) -> bool:
        """Refuse a word that looks like something else; only the domain can make it a variable."""
        if word in NO_NUMBERS:
            self._fail(start, f"{word} is {NO_NUMBERS[word]}: real numbers only")
        if not word.isidentifier():
            self._fail(start, f"{word!r} is no name; a power is written x**2, a fraction 1/2")
        if word in TEXT_FUNCTIONS or word in PROJECTIONS or word == "Piecewise":
            self._fail(
                start,
                f"{word} is a function: give it arguments in brackets, or name it in the domain "
                "if it is a variable",
            )
        return False

    # -- where an operator is expected -----------------------------------------------------

    def _operator(self, kind: str, word: str, start: int, end: int) -> bool:
        if kind != "sign" or word in ("(", "~", "not"):
            self._fail(start, "an operator is missing here; a product is written with *")
        if word in (")", ","):
            return self._separate(word, start, end)
        level = LEVEL[word]
        self._reduce(level + 1 if word in ("**", "^") else level)
        self._waiting.append(_Operator(word, start))
        return True

    def _separate(self, word: str, start: int, end: int) -> bool:
        """A comma or a closing bracket."""
        self._reduce(0)
        if not self._waiting:
            self._fail(start, "there is no open bracket")
        opening = self._waiting[-1]
        assert isinstance(opening, _Opening)
        opening.items.append(self._items.pop())
        if word == ",":
            return True
        self._waiting.pop()
        self._items.append(self._closed(opening, end))
        return False

    def _closed(self, opening: _Opening, end: int) -> _Item:
        name, items = opening.name, opening.items
        if not name and len(items) > 1:
            parts = [self._finished(item) for item in items]
            return _Item("pair", parts, opening.place, end)
        if not name:
            return _Item("plain", [self._finished(items[0])], opening.place, end)
        if name == "Piecewise":
            made = self._piecewise(opening)
        else:
            with self._at(opening.place):
                made = self._called(name, items)
        self._words.note(made, (opening.place, end))
        return _Item("plain", [made], opening.place, end)

    def _called(self, name: str, items: Sequence[_Item]) -> Expression:
        arguments = [self._finished(item) for item in items]
        if name not in PROJECTIONS:
            return TEXT_FUNCTIONS[name](name, arguments)
        if len(arguments) != 2 or arguments[1].op != "variable" or not arguments[1].name:
            raise InvalidInputError(f"{name} takes a function and a variable: {name}(f, y).")
        return PROJECTIONS[name](arguments[0], arguments[1].name)

    def _piecewise(self, opening: _Opening) -> Expression:
        branches: list[tuple[Expression, Expression]] = []
        for item in opening.items:
            if item.kind != "pair" or len(item.parts) != 2 or not item.parts[1].is_condition:
                self._fail(item.start, "Piecewise takes pairs (value, condition)")
            branches.append((item.parts[1], item.parts[0]))
        return branching(branches)

    # -- what operators do -----------------------------------------------------------------

    def _reduce(self, level: int) -> None:
        """Apply the waiting operators that bind at least as strongly as `level`."""
        while self._waiting:
            top = self._waiting[-1]
            if isinstance(top, _Opening) or LEVEL[top.sign] < level:
                return
            self._waiting.pop()
            right = self._items.pop()
            with self._at(top.place):
                if top.sign in ("neg", "pos", "~", "not"):
                    self._items.append(self._prefixed(top, right))
                else:
                    self._items.append(self._joined(self._items.pop(), top.sign, right))

    def _prefixed(self, operator: _Operator, item: _Item) -> _Item:
        f = self._finished(item)
        if operator.sign in ("~", "not"):
            _require(f, "a condition", operator.sign)
            f = negation(f)
        else:
            _require(f, "a number", operator.sign)
            f = scale(f, -1) if operator.sign == "neg" else f
        return _Item("plain", [f], operator.place, item.end)

    def _joined(self, left: _Item, sign: str, right: _Item) -> _Item:
        """Sums, products, chains and junctions grow in one list: wide ones stay flat."""
        g = self._finished(right)
        _require(g, "a condition" if sign in ("&", "|", "and", "or") else "a number", sign)
        if sign in ("**", "^", "//", "%"):
            f = self._finished(left)
            _require(f, "a number", sign)
            return _Item("plain", [_binary(f, sign, g)], left.start, right.end)
        if sign in COMPARISONS:
            return self._compared(left, sign, g, right.end)
        kind = _GROWING[sign]
        if left.kind != kind:
            f = self._finished(left)
            _require(f, "a condition" if kind in ("all", "some") else "a number", sign)
            left = _Item(kind, [f], left.start, left.end)
        part = scale(g, -1) if sign == "-" else quotient(1, g) if sign == "/" else g
        left.parts.append(part)
        left.end = right.end
        return left

    def _compared(self, left: _Item, sign: str, g: Expression, end: int) -> _Item:
        """A chain keeps its last number behind its comparisons: ``0 <= x <= 1`` is two."""
        if left.kind == "chain":
            *done, f = left.parts
        else:
            done, f = [], self._finished(left)
        _require(f, "a number", sign)
        return _Item("chain", [*done, compared(f, sign, g), g], left.start, end)

    def _finished(self, item: _Item) -> Expression:
        match item.kind:
            case "plain":
                (made,) = item.parts
            case "sum":
                made = add(*item.parts)
            case "product":
                made = product(item.parts)
            case "chain":
                *done, _ = item.parts
                made = done[0] if len(done) == 1 else conjunction(*done)
            case "all":
                made = conjunction(*item.parts)
            case "some":
                made = disjunction(*item.parts)
            case "pair":
                self._fail(item.start, "a pair stands in Piecewise only")
        self._words.note(made, (item.start, item.end))
        return made

    def _push(self, e: Expression, start: int, end: int) -> None:
        self._words.note(e, (start, end))
        self._items.append(_Item("plain", [e], start, end))

    # -- errors ----------------------------------------------------------------------------

    def _told(self, part: tuple[int, int], _: Expression) -> str:
        start, end = part
        return self._text[start:end]

    @contextmanager
    def _at(self, place: int) -> Iterator[None]:
        """Tell the place of what is wrong."""
        try:
            yield
        except _PlacedError:
            raise
        except InvalidInputError as error:
            self._fail(place, str(error).rstrip("."))

    def _fail(self, place: int, reason: str) -> NoReturn:
        near = self._text[place : place + 30] or "the end"
        raise _PlacedError(f"cannot read the expression at {near!r} (place {place}): {reason}.")


class _PlacedError(InvalidInputError):
    """The message has the place already."""


_GROWING: Mapping[str, Kind] = {
    "+": "sum",
    "-": "sum",
    "*": "product",
    "/": "product",
    "&": "all",
    "and": "all",
    "|": "some",
    "or": "some",
}


def _binary(f: Expression, sign: str, g: Expression) -> Expression:
    match sign:
        case "//":
            return floor(quotient(f, g))
        case "%":
            return TEXT_FUNCTIONS["Mod"]("Mod", (f, g))
    return raised(f, g)


def _require(e: Expression, what: Literal["a number", "a condition"], sign: str) -> None:
    if e.is_condition != (what == "a condition"):
        raise InvalidInputError(
            f"{sign!r} needs {what} here; put brackets around comparisons, or join them by and, or"
        )

r"""Reading CPLEX-LP files in exact decimals.

Conventions, where the format leaves room:

* A section's keyword opens a line; a column called ``st``, ``bin``, ``end`` ... must
  not stand first in one. A keyword with a colon behind it is a row's name.
* Columns are numbered as they first occur, rows without a name are called
  ``c1, c2, ...`` by their position.
* ``l <= expression <= u`` is split in two rows: the left inequality keeps the name
  ``R``, the right one is ``R::range`` and stands right behind it. An infinite side is
  no row.
* Repeated columns of one row are summed; constants on the left move to the right.
* Columns of the sections Bounds, General and Binary must occur in the objective or
  in a row.
* Binary columns have bounds [0, 1], cut with the bounds that were given.
* A negative upper bound needs a lower bound: the default 0 is above it, and that is
  refused. Bounds of 1e20 and more are infinite.
* Text behind End is ignored; ``\ Problem name: ...`` is the program's name.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound, RowSense
from tamemip.errors import InvalidInputError
from tamemip.programs._decimals import as_bound, read_bound, read_decimal
from tamemip.programs._draft import OPPOSITE, Draft, DraftColumn, DraftRow
from tamemip.programs._lines import Lines
from tamemip.programs._lp_tokens import Kind, Token, Tokens
from tamemip.programs._program import MixedIntegerProgram

_INFINITIES = frozenset({"inf", "infinity"})
_READABLE = frozenset({"rows", "bounds", "integer", "binary"})


def read_lp(lines: Lines) -> MixedIntegerProgram:
    """Read an LP file.

    Raises
    ------
    InvalidInputError
        If the file is malformed; the message names file and line.
    UnsupportedError
        If it has a section or term that no linear program has.
    """
    return _LpReader(lines).read()


@final
class _LpReader:
    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self.tokens = Tokens(lines)
        self.draft = Draft()
        self.columns: dict[str, int] = {}
        self.binary: set[int] = set()
        self.bounded: dict[int, int] = {}
        self.row_count = 0

    def read(self) -> MixedIntegerProgram:
        self._objective()
        while (section := self.tokens.take()).text != "end":
            self._section(section)
        self.draft.name = self.tokens.title
        self._finish_bounds()
        try:
            return self.draft.program()
        except InvalidInputError as error:
            raise InvalidInputError(f"{self.lines.path}: {error}") from None

    def _section(self, section: Token) -> None:
        if section.text in ("min", "max"):
            raise self.lines.invalid("a second objective")
        if section.text not in _READABLE:
            raise self.lines.unsupported(
                f"section {section.text!r} is not part of a mixed-integer linear program"
            )
        while not self.tokens.at(Kind.SECTION):
            match section.text:
                case "rows":
                    self._row()
                case "bounds":
                    self._bound()
                case _:
                    self._integer(is_binary=section.text == "binary")

    # -- objective and rows ----------------------------------------------------

    def _objective(self) -> None:
        first = self.tokens.peek()
        if first.kind is not Kind.SECTION or first.text not in ("min", "max"):
            self.tokens.unexpected("Minimize or Maximize")
        self.draft.sense = "max" if self.tokens.take().text == "max" else "min"
        _, column = self._label("")
        entries, constant = self._expression(column)
        if not isinstance(constant, Fraction):
            raise self.lines.invalid("the objective has an infinite constant")
        self.draft.offset = constant
        for j, cost in entries.items():
            self.draft.columns[j].cost = cost
        if not self.tokens.at(Kind.SECTION):
            self.tokens.unexpected("the end of the objective")

    def _row(self) -> None:
        self.row_count += 1
        name, first = self._label(f"c{self.row_count}")
        if first is None and self.tokens.at(Kind.SENSE):
            self.tokens.unexpected(f"a term of row {name!r}")
        entries, constant = self._expression(first)
        sense = self._row_sense()
        if entries:
            self._add_row(name, entries, sense, self._side() - constant)
        else:
            self._ranged_row(name, constant, sense)

    def _label(self, default: str) -> tuple[str, Token | None]:
        """The label of a row or the default, and a column that was read in its search."""
        if not self.tokens.at(Kind.NAME):
            return default, None
        first = self.tokens.take()
        if not self.tokens.at(Kind.COLON):
            return default, first
        self.tokens.take()
        return first.text, None

    def _ranged_row(self, name: str, left: Bound, sense: RowSense) -> None:
        """``left sense expression``, perhaps with a second side to the right."""
        entries, constant = self._expression(None)
        if not entries:
            self.tokens.unexpected(f"a column in row {name!r}")
        left = (as_bound(left) if isinstance(left, Fraction) else left) - constant
        if not self.tokens.at(Kind.SENSE):
            self._add_row(name, entries, OPPOSITE[sense], left)
            return
        if self._row_sense() != sense or sense == "=":
            raise self.lines.invalid(f"row {name!r} has two senses that make no range")
        right = self._side() - constant
        if isinstance(left, Fraction) and isinstance(right, Fraction):
            self.draft.rows.append(DraftRow(name, OPPOSITE[sense], left, right, entries))
            return
        self._add_row(name, entries, OPPOSITE[sense], left)
        self._add_row(name, entries, sense, right)

    def _add_row(
        self, name: str, entries: dict[int, Fraction], sense: RowSense, rhs: Bound
    ) -> None:
        """Add a row; none if its right-hand side is infinite the harmless way."""
        if isinstance(rhs, Fraction):
            self.draft.rows.append(DraftRow(name, sense, rhs, None, entries))
        elif (sense, rhs) not in (("<=", math.inf), (">=", -math.inf)):
            raise self.lines.invalid(f"row {name!r} has the right-hand side {rhs}")

    def _row_sense(self) -> RowSense:
        if not self.tokens.at(Kind.SENSE):
            self.tokens.unexpected("a term, or one of <= = >=")
        return _sense(self.tokens.take().text)

    def _side(self) -> Bound:
        """A number or an infinity, with its signs."""
        sign = self._signs()
        token = self.tokens.peek()
        if token.kind is Kind.NUMBER or token.text.lower() in _INFINITIES:
            return sign * self._number(self.tokens.take())
        self.tokens.unexpected("a number")

    def _signs(self) -> int:
        sign = 1
        while self.tokens.at(Kind.SIGN):
            sign *= -1 if self.tokens.take().text == "-" else 1
        return sign

    def _number(self, token: Token) -> Bound:
        try:
            return read_bound(token.text)
        except ValueError:
            raise self.lines.invalid(f"{token.text[:40]!r} is not a finite number") from None

    def _expression(self, first: Token | None) -> tuple[dict[int, Fraction], Bound]:
        """Terms up to a sense or section, summed by column, and the constant.

        `first` is a column that was already taken from the tokens. The constant is
        infinite only where an infinity stands alone, left of a sense.
        """
        entries: dict[int, Fraction] = {}
        constant: Bound = Fraction(0)
        is_first = first is None
        if first is not None:
            constant = self._term(entries, first, Fraction(1))
        while self.tokens.at(Kind.SIGN, Kind.NUMBER, Kind.NAME):
            if not is_first and not self.tokens.at(Kind.SIGN):
                self.tokens.unexpected("+ or - between two terms")
            is_first = False
            coefficient = Fraction(self._signs())
            if has_number := self.tokens.at(Kind.NUMBER):
                coefficient *= self._coefficient(self.tokens.take())
            if self.tokens.at(Kind.NAME):
                constant += self._term(entries, self.tokens.take(), coefficient)
            elif has_number:
                constant += coefficient
            else:
                self.tokens.unexpected("a number or a column after the sign")
        if self.tokens.at(Kind.OTHER):
            self.tokens.unexpected("a linear term")
        return entries, constant

    def _coefficient(self, token: Token) -> Fraction:
        try:
            return read_decimal(token.text)
        except ValueError:
            raise self.lines.invalid(f"{token.text[:40]!r} is not a finite number") from None

    def _term(self, entries: dict[int, Fraction], token: Token, coefficient: Fraction) -> Bound:
        """Add a coefficient to its column; return what is to be added to the constant."""
        if token.text.lower() in _INFINITIES and not entries and self.tokens.at(Kind.SENSE):
            return math.inf if coefficient > 0 else -math.inf
        if token.text.lower() in _INFINITIES or token.text.lower() == "nan":
            raise self.lines.invalid(f"{token.text!r} is not a finite coefficient")
        j = self.columns.get(token.text)
        if j is None:
            j = self.columns[token.text] = len(self.columns)
            self.draft.columns.append(DraftColumn(token.text))
        entries[j] = entries.get(j, Fraction(0)) + coefficient
        return Fraction(0)

    # -- bounds and integers ---------------------------------------------------

    def _bound(self) -> None:
        """``l <= x <= u`` and its parts, or ``x free``."""
        if not self.tokens.at(Kind.NAME) or self.tokens.peek().text.lower() in _INFINITIES:
            left = self._side()
            sense = self._row_sense()
            j = self._known_column()
            self._cut(j, OPPOSITE[sense], left)
        else:
            j = self._known_column()
            if self.tokens.at(Kind.NAME) and self.tokens.peek().text.lower() == "free":
                self.tokens.take()
                self.draft.columns[j].lower, self.draft.columns[j].upper = -math.inf, math.inf
                return
            if not self.tokens.at(Kind.SENSE):
                self.tokens.unexpected("one of <= = >= free")
        if self.tokens.at(Kind.SENSE):
            self._cut(j, self._row_sense(), self._side())

    def _known_column(self) -> int:
        if not self.tokens.at(Kind.NAME):
            self.tokens.unexpected("the name of a column")
        name = self.tokens.take().text
        j = self.columns.get(name)
        if j is None:
            raise self.lines.invalid(f"column {name!r} is in no row and not in the objective")
        self.bounded[j] = self.lines.number
        return j

    def _cut(self, j: int, sense: RowSense, value: Bound) -> None:
        column = self.draft.columns[j]
        if sense in (">=", "="):
            column.lower = value
        if sense in ("<=", "="):
            column.upper = value

    def _integer(self, *, is_binary: bool) -> None:
        j = self._known_column()
        self.draft.columns[j].is_integer = True
        if is_binary:
            self.binary.add(j)

    def _finish_bounds(self) -> None:
        for j in self.binary:
            column = self.draft.columns[j]
            column.lower = max(column.lower, Fraction(0))
            column.upper = min(column.upper, Fraction(1))
        for j, line in self.bounded.items():
            column = self.draft.columns[j]
            if column.lower > column.upper or column.lower == math.inf:
                raise InvalidInputError(
                    f"{self.lines.path}, line {line}: column {column.name!r} has lower bound "
                    f"{column.lower} and upper bound {column.upper}."
                )


def _sense(text: str) -> RowSense:
    match text:
        case "<=":
            return "<="
        case ">=":
            return ">="
        case _:
            return "="

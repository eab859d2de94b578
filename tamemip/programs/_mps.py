"""Reading MPS files, fixed and free, in exact decimals.

Conventions, where the format leaves room:

* The first ``N`` row is the objective (or the one that OBJNAME names); further
  ``N`` rows are dropped and logged.
* The right-hand side of the objective row is *minus* the objective constant.
* A column between the INTORG and INTEND markers that the BOUNDS section never
  mentions has bounds [0, 1]; once it is mentioned, what is left open is
  ``0 <= x < inf``, as for a continuous column.
* A negative ``UP`` bound on a column whose lower bound was not given makes the
  lower bound ``-inf``, as most solvers do (HiGHS reads an infeasible column);
  ``UP 0`` leaves it at 0.
* Bounds of 1e20 and more are infinite.
* A range ``r`` on row ``R`` makes the second row ``R::range``, right behind ``R``.
  ``L``: ``R <= rhs`` and ``R::range >= rhs - |r|``; ``G``: ``R >= rhs`` and
  ``R::range <= rhs + |r|``; ``E`` with ``r > 0`` as ``G``, with ``r < 0`` as ``L``,
  with ``r = 0`` stays an equation.
* One set of RHS, RANGES and BOUNDS; a second set is refused by name.
* An entry, a right-hand side or a range that is given twice is refused.
* Names hold blanks in fixed format only. A file is read as free format first, and
  by the columns of fixed format where that cannot be.
* Text behind ENDATA is ignored.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Sequence
from fractions import Fraction
from typing import NoReturn, final

from tamemip.certificates import RowSense
from tamemip.errors import InvalidInputError
from tamemip.programs._decimals import INFINITE_FROM, read_bound, read_decimal
from tamemip.programs._draft import Draft, DraftColumn, DraftRow
from tamemip.programs._lines import Lines
from tamemip.programs._mps_fields import Split, pairs, split_fixed, split_free
from tamemip.programs._program import MixedIntegerProgram

_logger = logging.getLogger(__name__)

_SENSES: dict[str, RowSense] = {"L": "<=", "E": "=", "G": ">="}
_SECTIONS = frozenset({"ROWS", "COLUMNS", "RHS", "RANGES", "BOUNDS", "OBJSENSE", "OBJNAME"})
_REFUSED = {
    "SOS": "special ordered sets",
    "SOS1": "special ordered sets",
    "SOS2": "special ordered sets",
    "SETS": "special ordered sets",
    "QUADOBJ": "a quadratic objective",
    "QMATRIX": "a quadratic objective",
    "QSECTION": "quadratic terms",
    "QCMATRIX": "quadratic constraints",
    "CSECTION": "conic constraints",
    "INDICATORS": "indicator constraints",
    "LAZYCONS": "lazy constraints",
    "USERCUTS": "user cuts",
    "GENCONS": "general constraints",
    "PWLOBJ": "a piecewise-linear objective",
    "SCENARIOS": "scenarios",
}
_BOUNDS_WITH_VALUE = frozenset({"LO", "UP", "FX", "LI", "UI"})
_BOUNDS_WITHOUT_VALUE = frozenset({"FR", "MI", "PL", "BV"})


class _NotFreeError(InvalidInputError):
    """The line cannot be free format; fixed format may have names with blanks."""


def read_mps(lines: Lines) -> MixedIntegerProgram:
    """Read an MPS file.

    Raises
    ------
    InvalidInputError
        If the file is malformed; the message names file, line, row and column.
    UnsupportedError
        If it has a section or bound that no linear program has.
    """
    try:
        return _MpsReader(lines, split_free).read()
    except _NotFreeError as error:
        try:
            return _MpsReader(lines, split_fixed).read()
        except InvalidInputError:
            raise InvalidInputError(str(error)) from None


@final
class _MpsReader:
    def __init__(self, lines: Lines, split: Split) -> None:
        self.lines = lines
        self.split = split
        self.draft = Draft()
        self.section = ""
        self.seen: set[str] = set()
        self.sets: dict[str, str] = {}
        self.objective: str | None = None
        self.free_rows: set[str] = set()
        self.rows: dict[str, DraftRow] = {}
        self.columns: dict[str, int] = {}
        self.costs: set[int] = set()
        self.in_integers = False
        self.marked: set[int] = set()
        self.given: dict[tuple[str, str], Fraction | float | None] = {}
        self.bound_line: dict[int, int] = {}

    def read(self) -> MixedIntegerProgram:
        for line in self.lines:
            if line[0] == "*" or not line.strip():
                continue
            if not line[0].isspace():
                if self._header(line):
                    return self._finish()
            else:
                self._data(self.split(line.rstrip("\r\n\x1a"), self.section))
        if not self.lines.number:
            raise self.lines.invalid("the file is empty")
        raise self.lines.invalid("the file ends without ENDATA; it is truncated, or no MPS file")

    # -- sections --------------------------------------------------------------

    def _header(self, line: str) -> bool:
        """Enter a section; true at ENDATA."""
        word, _, rest = line.strip().partition(" ")
        word, _, tabbed = word.partition("\t")
        keyword, rest = word.upper(), f"{tabbed} {rest}".strip()
        if keyword == "ENDATA":
            return True
        if keyword == "NAME":
            self.draft.name = rest
        elif keyword in _REFUSED:
            raise self.lines.unsupported(
                f"section {keyword} ({_REFUSED[keyword]}) is not part of a mixed-integer "
                "linear program"
            )
        elif keyword in _SECTIONS:
            self._enter(keyword, rest)
        else:
            raise self.lines.invalid(
                f"unknown section {word[:40]!r} (data lines begin with a blank)"
            )
        return False

    def _enter(self, keyword: str, rest: str) -> None:
        if keyword in self.seen:
            raise self.lines.invalid(f"section {keyword} comes twice")
        if keyword == "OBJNAME" and "ROWS" in self.seen:
            raise self.lines.invalid("section OBJNAME has to come before ROWS")
        self.seen.add(keyword)
        self.section = keyword
        self.in_integers = False
        if rest and keyword in ("OBJSENSE", "OBJNAME"):
            self._data([rest])

    def _data(self, fields: list[str]) -> None:
        if not fields:
            self._cannot_split(f"{self.section} has an empty line", fields)
        match self.section:
            case "COLUMNS":
                self._column(fields)
            case "ROWS":
                self._row(fields)
            case "RHS" | "RANGES":
                self._side(fields)
            case "BOUNDS":
                self._bound(fields)
            case "OBJSENSE":
                self._sense(fields)
            case "OBJNAME":
                self.objective = fields[0]
            case _:
                raise self.lines.invalid("data before the first section; this is no MPS file")

    def _sense(self, fields: Sequence[str]) -> None:
        word = fields[0].upper()
        if len(fields) != 1 or word[:3] not in ("MIN", "MAX"):
            raise self.lines.invalid(f"OBJSENSE is {' '.join(fields)!r}; use MIN or MAX")
        self.draft.sense = "max" if word.startswith("MAX") else "min"

    def _row(self, fields: Sequence[str]) -> None:
        if len(fields) != 2:
            self._cannot_split("ROWS needs a sense and a name", fields)
        kind, name = fields[0].upper(), fields[1]
        if name in self.rows or name in self.free_rows:
            raise self.lines.invalid(f"row {name!r} is declared twice")
        if kind == "N":
            self._free_row(name)
        elif kind in _SENSES:
            self.rows[name] = DraftRow(name, _SENSES[kind])
        else:
            raise self.lines.invalid(f"row {name!r} has the sense {fields[0]!r}; use N, L, E or G")

    def _free_row(self, name: str) -> None:
        self.free_rows.add(name)
        if self.objective is None:
            self.objective = name
        elif name != self.objective:
            _logger.info("%s: free row %r is dropped", self.lines.path, name)

    # -- columns ---------------------------------------------------------------

    def _column(self, fields: list[str]) -> None:
        if len(fields) > 2 and fields[1] == "'MARKER'":
            self._marker(fields[-1])
            return
        if len(fields) > 3 and fields[3].startswith("$") and fields[3] not in self.rows:
            del fields[3:]
        if len(fields) not in (3, 5):
            self._cannot_split("COLUMNS needs a column and one or two pairs of row, number", fields)
        j = self._column_index(fields[0])
        for k in range(1, len(fields), 2):
            self._entry(fields[0], j, fields[k], fields[k + 1])

    def _marker(self, kind: str) -> None:
        if kind not in ("'INTORG'", "'INTEND'"):
            raise self.lines.unsupported(f"marker {kind} (only integer markers are linear)")
        self.in_integers = kind == "'INTORG'"

    def _column_index(self, name: str) -> int:
        j = self.columns.get(name)
        if j is None:
            j = self.columns[name] = len(self.columns)
            self.draft.columns.append(DraftColumn(name, is_integer=self.in_integers))
            if self.in_integers:
                self.marked.add(j)
        elif j != len(self.columns) - 1:
            raise self.lines.invalid(f"column {name!r} is declared twice")
        return j

    def _entry(self, column: str, j: int, row: str, text: str) -> None:
        found = self.rows.get(row)
        if found is not None:
            if j in found.entries:
                raise self.lines.invalid(f"row {row!r}, column {column!r} is given twice")
            found.entries[j] = self._number(text, row, column)
        elif row not in self.free_rows:
            # Only fixed format has names with blanks, and they look like unknown rows.
            raise _NotFreeError(str(self.lines.invalid(f"column {column!r}: no row is {row!r}")))
        elif row == self.objective:
            if j in self.costs:
                raise self.lines.invalid(f"the cost of column {column!r} is given twice")
            self.costs.add(j)
            self.draft.columns[j].cost = self._number(text, row, column)

    def _number(self, text: str, row: str, column: str) -> Fraction:
        try:
            return read_decimal(text)
        except ValueError:
            raise self.lines.invalid(
                f"row {row!r}, {self.section} {column!r}: {text[:40]!r} is not a finite number"
            ) from None

    # -- right-hand sides and ranges -------------------------------------------

    def _side(self, fields: list[str]) -> None:
        if not 2 <= len(fields) <= 5:
            self._cannot_split(f"{self.section} needs one or two pairs of row, number", fields)
        chosen = fields.pop(0) if len(fields) % 2 else ""
        self._one_set(chosen)
        for row, text in pairs(fields):
            if row not in self.rows and row not in self.free_rows:
                raise self.lines.invalid(f"{self.section} names an unknown row {row!r}")
            if (self.section, row) in self.given:
                raise self.lines.invalid(f"{self.section} of row {row!r} is given twice")
            value = self._number(text, row, chosen)
            self.given[self.section, row] = value
            self._set_side(row, value)

    def _one_set(self, chosen: str) -> None:
        first = self.sets.setdefault(self.section, chosen) if chosen else ""
        if chosen and chosen != first:
            raise self.lines.unsupported(
                f"a second {self.section} set, {chosen!r} after {first!r}; keep one set in the file"
            )

    def _set_side(self, row: str, value: Fraction) -> None:
        if row in self.rows:
            if abs(value) >= INFINITE_FROM:
                raise self.lines.invalid(
                    f"{self.section} of row {row!r} is infinite (1e20 or more); drop the row"
                )
            if self.section == "RHS":
                self.rows[row].rhs = value
        elif row == self.objective and self.section == "RHS":
            self.draft.offset = -value

    # -- bounds ----------------------------------------------------------------

    def _bound(self, fields: list[str]) -> None:
        kind = fields[0].upper()
        if kind == "SC":
            raise self.lines.unsupported(f"SC bound (semi-continuous column): {' '.join(fields)!r}")
        if kind not in _BOUNDS_WITH_VALUE | _BOUNDS_WITHOUT_VALUE:
            raise self.lines.invalid(f"unknown bound type {fields[0][:40]!r}")
        chosen, name, text = self._bound_fields(kind, fields)
        self._one_set(chosen)
        j = self.columns.get(name)
        if j is None:
            raise self.lines.invalid(f"{kind} bound on an unknown column {name!r}")
        value = None if kind in _BOUNDS_WITHOUT_VALUE else self._bound_value(kind, name, text)
        if self.given.setdefault((kind, name), value) != value:
            raise self.lines.invalid(f"column {name!r} has two different {kind} bounds")
        self.bound_line[j] = self.lines.number
        self._set_bound(kind, j, value)

    def _bound_fields(self, kind: str, fields: list[str]) -> tuple[str, str, str]:
        """Set, column and number; the set may be missing, and the number where none is needed."""
        rest = fields[1:]
        if kind in _BOUNDS_WITHOUT_VALUE and rest and rest[-1] in self.columns and len(rest) < 3:
            rest = [*rest, ""]
        if len(rest) == 2:
            rest = ["", *rest]
        if len(rest) != 3:
            self._cannot_split(f"{kind} bound needs a set, a column and a number", fields)
        return rest[0], rest[1], rest[2]

    def _bound_value(self, kind: str, name: str, text: str) -> Fraction | float:
        try:
            return read_bound(text)
        except ValueError:
            raise self.lines.invalid(
                f"{kind} bound of column {name!r}: {text[:40]!r} is not a number"
            ) from None

    def _set_bound(self, kind: str, j: int, value: Fraction | float | None) -> None:
        column = self.draft.columns[j]
        column.is_integer |= kind in ("BV", "LI", "UI")
        if kind in ("FR", "MI"):
            column.lower = -math.inf
        if kind in ("FR", "PL"):
            column.upper = math.inf
        if kind == "BV":
            column.lower, column.upper = Fraction(0), Fraction(1)
        if value is None:
            return
        if kind in ("LO", "LI", "FX"):
            column.lower = value
        if kind in ("UP", "UI", "FX"):
            column.upper = value
        has_lower = any((k, column.name) in self.given for k in ("LO", "LI", "FX", "BV"))
        if kind in ("UP", "UI") and value < 0 and not has_lower:
            column.lower = -math.inf

    # -- the end ---------------------------------------------------------------

    def _finish(self) -> MixedIntegerProgram:
        if "ROWS" not in self.seen or "COLUMNS" not in self.seen:
            raise self.lines.invalid("ENDATA comes before the sections ROWS and COLUMNS")
        if self.objective is not None and self.objective not in self.free_rows:
            raise self.lines.invalid(f"OBJNAME names {self.objective!r}, which is no N row")
        for j in self.marked - self.bound_line.keys():
            self.draft.columns[j].upper = Fraction(1)
        for row in self.rows.values():
            self._apply_range(row)
            self.draft.rows.append(row)
        self._check_bounds()
        try:
            return self.draft.program()
        except InvalidInputError as error:
            raise InvalidInputError(f"{self.lines.path}: {error}") from None

    def _apply_range(self, row: DraftRow) -> None:
        width = self.given.get(("RANGES", row.name))
        if not isinstance(width, Fraction) or (row.sense == "=" and not width):
            return
        if row.sense == "=":
            row.sense = ">=" if width > 0 else "<="
        row.other = row.rhs + abs(width) if row.sense == ">=" else row.rhs - abs(width)

    def _check_bounds(self) -> None:
        for j, line in self.bound_line.items():
            column = self.draft.columns[j]
            wrong_way = column.lower == math.inf or column.upper == -math.inf
            if column.lower > column.upper or wrong_way:
                raise InvalidInputError(
                    f"{self.lines.path}, line {line}: column {column.name!r} has lower bound "
                    f"{column.lower} and upper bound {column.upper}."
                )

    def _cannot_split(self, message: str, fields: Sequence[str]) -> NoReturn:
        found = " ".join(fields)[:60]
        raise _NotFreeError(str(self.lines.invalid(f"{message}; found {found!r}")))

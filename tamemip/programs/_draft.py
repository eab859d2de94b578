"""A program while it is being read or imported: the only mutable one."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound, ExactMatrix, Problem, RowSense, Sense
from tamemip.errors import InvalidInputError
from tamemip.programs import _entry
from tamemip.programs._program import MixedIntegerProgram

RANGE_SUFFIX = "::range"
"""What the second row of a split ranged row has at the end of its name."""

OPPOSITE: Mapping[RowSense, RowSense] = {"<=": ">=", ">=": "<=", "=": "="}


@final
@dataclass(slots=True)
class DraftRow:
    """One row. `other` is the right-hand side of the opposite inequality, or None."""

    name: str
    sense: RowSense
    rhs: Fraction = Fraction(0)
    other: Fraction | None = None
    entries: dict[int, Fraction] = field(default_factory=dict)


@final
@dataclass(slots=True)
class DraftColumn:
    """One column; continuous and nonnegative until told otherwise."""

    name: str
    cost: Fraction = Fraction(0)
    lower: Bound = Fraction(0)
    upper: Bound = math.inf
    is_integer: bool = False


@final
@dataclass(slots=True)
class Draft:
    """Rows, columns and objective, collected one by one."""

    name: str = ""
    sense: Sense = "min"
    offset: Fraction = Fraction(0)
    rows: list[DraftRow] = field(default_factory=list)
    columns: list[DraftColumn] = field(default_factory=list)

    def add_between(
        self, name: str, entries: dict[int, Fraction], lower: Bound, upper: Bound
    ) -> None:
        """Add ``lower <= entries <= upper``: no row if both are infinite, one, or a split pair.

        Of two finite sides the lower one keeps the name.
        """
        if lower == upper and isinstance(lower, Fraction):
            self.rows.append(DraftRow(name, "=", lower, None, entries))
        elif isinstance(lower, Fraction):
            other = upper if isinstance(upper, Fraction) else None
            self._refuse_wrong_way(name, upper, math.inf)
            self.rows.append(DraftRow(name, ">=", lower, other, entries))
        elif isinstance(upper, Fraction):
            self._refuse_wrong_way(name, lower, -math.inf)
            self.rows.append(DraftRow(name, "<=", upper, None, entries))
        elif lower == math.inf or upper == -math.inf:
            raise InvalidInputError(f"row {name!r} has the range [{lower}, {upper}].")

    @staticmethod
    def _refuse_wrong_way(name: str, side: Bound, free: float) -> None:
        if not isinstance(side, Fraction) and side != free:
            raise InvalidInputError(f"row {name!r} has the right-hand side {side}.")

    def program(self) -> MixedIntegerProgram:
        """The program, ranged rows split in two.

        Raises
        ------
        InvalidInputError
            If two rows or two columns have one name, or bounds are crossed.
        """
        rows = list(_split(self.rows))
        columns = self.columns
        row_names = _distinct((row.name for row in rows), "row")
        col_names = _distinct((column.name for column in columns), "column")
        matrix = ExactMatrix(tuple(_entry.sparse_vector(row.entries) for row in rows), len(columns))
        problem = Problem(
            sense=self.sense,
            c=tuple(column.cost for column in columns),
            A=matrix,
            row_sense=tuple(row.sense for row in rows),
            rhs=tuple(row.rhs for row in rows),
            lower=tuple(column.lower for column in columns),
            upper=tuple(column.upper for column in columns),
            integer=tuple(column.is_integer for column in columns),
            offset=self.offset,
        )
        return MixedIntegerProgram(problem, row_names, col_names, self.name)


def fresh_name(wanted: str, taken: Iterable[str]) -> str:
    """The wanted name, with underscores behind it until nothing else has it."""
    others = set(taken)
    while wanted in others:
        wanted += "_"
    return wanted


def distinct_names(wanted: Iterable[str], prefix: str) -> list[str]:
    """Names of a foreign model made distinct: empty ones numbered, repeated ones numbered."""
    given = list(wanted)
    taken = {name for name in given if name}
    used: set[str] = set()
    result = []
    for k, name in enumerate(given):
        chosen = name
        if not name or name in used:
            chosen = fresh_name(f"{name}#{k}" if name else f"{prefix}{k}", taken | used)
        used.add(chosen)
        result.append(chosen)
    return result


def _split(rows: Iterable[DraftRow]) -> Iterable[DraftRow]:
    for row in rows:
        yield DraftRow(row.name, row.sense, row.rhs, None, row.entries)
        if row.other is not None:
            name, sense = row.name + RANGE_SUFFIX, OPPOSITE[row.sense]
            yield DraftRow(name, sense, row.other, None, row.entries)


def _distinct(names: Iterable[str], what: str) -> tuple[str, ...]:
    seen: set[str] = set()
    for name in (result := tuple(names)):
        if name in seen:
            raise InvalidInputError(f"two {what}s are called {name!r}; names have to be distinct.")
        seen.add(name)
    return result

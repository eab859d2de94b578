"""How the data of a program are said, and read from a text: by the names of rows and columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TypeAlias

from tamemip.certificates import Bound, Range, Varying
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tamemip.tameness._domain import domain_of

Place: TypeAlias = "str | tuple[str, str] | tuple[str, tuple[str, str]]"
"""A name, or a slot with what is meant in it: a name, or the row and column of an entry."""

_PART = re.compile(
    r"\s*(?P<key>\S.*?)\s+in\s+(?P<interval>R(?![\w.\[])|[\[(][^\[\]()]*[\])])\s*(?:[,;]|$)"
)
_ENTRY = re.compile(r"(?P<slot>rhs|b|c|A)\[(?P<key>.+)\]")
#: Names that a message lists.
_SHOWN = 6


def subject_of(program: MixedIntegerProgram) -> str:
    """The optimal value in words.

    Examples
    --------
    >>> subject_of(MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [7]))
    'the optimal value of a min program of 1 row and 2 columns, 2 of them integer'
    """
    m, n, k = program.n_rows, program.n_cols, sum(program.exact.integer)
    name = f"{program.name}, " if program.name else ""
    size = f"{m} row{'s' * (m != 1)} and {n} column{'s' * (n != 1)}"
    return f"the optimal value of {name}a {program.sense} program of {size}, {k} of them integer"


def data_in_words(program: MixedIntegerProgram, varying: Varying) -> str:
    """A box of data by the names of rows and columns.

    Examples
    --------
    >>> from fractions import Fraction
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [7], row_names=["cap"])
    >>> data_in_words(p, Varying({0: (Fraction(0), Fraction(9))}, None, {}))
    'cap in [0, 9], all costs in R'
    """
    rows, columns = program.row_names, program.col_names
    parts = _listed(varying.rhs, "all right-hand sides", {i: rows[i] for i in varying.rhs or ()})
    parts += _listed(varying.c, "all costs", {j: f"c[{columns[j]}]" for j in varying.c or ()})
    if varying.columns is not None:
        which = "" if varying.columns == "all" else f" of {varying.columns} columns"
        parts.append(f"all entries of A{which} in R")
    for (i, j), ends in varying.A.items():
        parts.append(f"A[{rows[i]}, {columns[j]}] in {_interval(ends)}")
    return ", ".join(parts) or "one point: nothing moves"


def read_ranges(text: str, program: MixedIntegerProgram) -> list[tuple[Place, Range]]:
    """The intervals of a text such as ``"cap in [0, 9], c[x] in [1, 2], A[cap, x] in [0, 1]"``.

    Names are those of rows and columns, whatever they contain.

    Raises
    ------
    InvalidInputError
        If some part cannot be read, or is there twice.
    """
    found: dict[Place, Range] = {}
    place = 0
    while text[place:].strip():
        match = _PART.match(text, place)
        if match is None:
            raise InvalidInputError(
                f"cannot read the domain at {text[place:].strip()[:40]!r}: write "
                "'ROW in [0, 9]', 'COLUMN in [0, 9]' or 'A[ROW, COLUMN] in [0, 1]', joined by "
                "commas."
            )
        key = _place_of(match["key"], program)
        if key in found:
            raise InvalidInputError(f"the domain speaks of {match['key']!r} twice.")
        (interval,) = domain_of(f"x in {match['interval']}", ["x"]).intervals
        ends: tuple[Bound, Bound] = interval.low, interval.high
        found[key] = ends
        place = match.end()
    return list(found.items())


def names_shown(names: tuple[str, ...]) -> str:
    """The first of some names."""
    more = f", ... ({len(names)} in all)" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more if names else "none"


def _place_of(key: str, program: MixedIntegerProgram) -> Place:
    if key in program.row_names or key in program.col_names:
        return key
    entry = _ENTRY.fullmatch(key)
    if entry is None:
        return key
    slot, inner = entry["slot"], entry["key"].strip()
    if slot != "A":
        return ("rhs" if slot == "b" else slot), inner
    for comma in (k for k, letter in enumerate(inner) if letter == ","):
        row, column = inner[:comma].strip(), inner[comma + 1 :].strip()
        if row in program.row_names and column in program.col_names:
            return "A", (row, column)
    raise InvalidInputError(
        f"{key!r} is no entry of A: write A[ROW, COLUMN]; rows are "
        f"{names_shown(program.row_names)}, columns {names_shown(program.col_names)}."
    )


def _listed(ranges: Mapping[int, Range] | None, whole: str, names: Mapping[int, str]) -> list[str]:
    if ranges is None:
        return [f"{whole} in R"]
    return [f"{names[k]} in {_interval(ends)}" for k, ends in ranges.items()]


def _interval(ends: Range) -> str:
    low, high = ends
    left = "(" if isinstance(low, float) else "["
    right = ")" if isinstance(high, float) else "]"
    return f"{left}{low}, {high}{right}"

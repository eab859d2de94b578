"""Writing MPS files, free format, in exact decimals."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tamemip.certificates import Bound, RowSense
from tamemip.errors import InvalidInputError
from tamemip.programs._decimals import INFINITE_FROM, Rounding, write_number
from tamemip.programs._draft import RANGE_SUFFIX, fresh_name
from tamemip.programs._program import MixedIntegerProgram

_LETTERS: dict[RowSense, str] = {"<=": "L", "=": "E", ">=": "G"}


def mps_lines(program: MixedIntegerProgram, rounding: Rounding) -> Iterator[str]:
    """The lines of the file; the objective row is called ``OBJ``, or ``OBJ_`` if a row is."""
    for name in (*program.row_names, *program.col_names):
        _check_name(name)
    objective = fresh_name("OBJ", program.row_names)
    yield f"NAME {title_of(program)}".rstrip()
    if program.sense == "max":
        yield from ("OBJSENSE", "    MAX")
    yield from ("ROWS", f" N {objective}")
    ranged = ranged_rows(program)
    yield from (
        f" {_LETTERS[program.row_sense[i]]} {name}"
        for i, name in enumerate(program.row_names)
        if i - 1 not in ranged
    )
    yield from _columns(program, objective, ranged, rounding)
    yield from _sides(program, objective, ranged, rounding)
    yield from _bounds(program, rounding)
    yield "ENDATA"


def ranged_rows(program: MixedIntegerProgram) -> frozenset[int]:
    """Rows ``R`` that the next row ``R::range`` completes to a ranged row."""
    exact, names = program.exact, program.row_names
    result: set[int] = set()
    for i in range(program.n_rows - 1):
        senses = exact.row_sense[i], exact.row_sense[i + 1]
        width = exact.rhs[i + 1] - exact.rhs[i]
        fits = (senses == (">=", "<=") and width >= 0) or (senses == ("<=", ">=") and width <= 0)
        same = exact.A.rows[i] == exact.A.rows[i + 1]
        if fits and same and names[i + 1] == names[i] + RANGE_SUFFIX and i - 1 not in result:
            result.add(i)
    return frozenset(result)


def write_side(value: Fraction, *, rounding: Rounding, what: str) -> str:
    """Text of a right-hand side or a bound; so large a one would be read as infinite."""
    if abs(value) >= INFINITE_FROM:
        raise InvalidInputError(
            f"{what} is {value}; files take 1e20 and more for infinite. Scale the program."
        )
    return write_number(value, rounding=rounding, what=what)


def title_of(program: MixedIntegerProgram) -> str:
    """The program's name, on one line."""
    return " ".join(program.name.split())


def _check_name(name: str) -> None:
    if not name or any(char.isspace() for char in name) or not name.isprintable():
        raise InvalidInputError(
            f"the name {name!r} cannot be written to an MPS file: it is empty, or has blanks "
            "or control characters. Rename it (dataclasses.replace)."
        )
    if name == "'MARKER'":
        raise InvalidInputError(f"the name {name} means something else in an MPS file. Rename it.")


def _columns(
    program: MixedIntegerProgram, objective: str, ranged: frozenset[int], rounding: Rounding
) -> Iterator[str]:
    yield "COLUMNS"
    exact, in_integers, markers = program.exact, False, 0
    for j, column in enumerate(exact.A.columns):
        if exact.integer[j] != in_integers:
            in_integers = exact.integer[j]
            kind = "'INTORG'" if in_integers else "'INTEND'"
            yield f"    MARKER{markers} 'MARKER' {kind}"
            markers += 1
        name = program.col_names[j]
        entries = [(program.row_names[i], v) for i, v in column if i - 1 not in ranged]
        if exact.c[j] or not entries:
            entries.insert(0, (objective, exact.c[j]))
        for row, value in entries:
            what = f"the entry of row {row!r}, column {name!r}"
            yield f"    {name} {row} {write_number(value, rounding=rounding, what=what)}"
    if in_integers:
        yield f"    MARKER{markers} 'MARKER' 'INTEND'"


def _sides(
    program: MixedIntegerProgram, objective: str, ranged: frozenset[int], rounding: Rounding
) -> Iterator[str]:
    yield "RHS"
    rhs, names = program.exact.rhs, program.row_names
    if program.offset:
        text = write_number(-program.offset, rounding=rounding, what="the objective constant")
        yield f"    RHS {objective} {text}"
    for i, value in enumerate(rhs):
        if value and i - 1 not in ranged:
            what = f"the right-hand side of row {names[i]!r}"
            yield f"    RHS {names[i]} {write_side(value, rounding=rounding, what=what)}"
    if ranged:
        yield "RANGES"
    for i in sorted(ranged):
        what = f"the range of row {names[i]!r}"
        text = write_side(abs(rhs[i + 1] - rhs[i]), rounding=rounding, what=what)
        yield f"    RNG {names[i]} {text}"


def _bounds(program: MixedIntegerProgram, rounding: Rounding) -> Iterator[str]:
    yield "BOUNDS"
    exact = program.exact
    for j, name in enumerate(program.col_names):
        for kind, value in _bound_entries(exact.lower[j], exact.upper[j], exact.integer[j]):
            if value is None:
                yield f" {kind} BND {name}"
            else:
                what = f"the {kind} bound of column {name!r}"
                yield f" {kind} BND {name} {write_side(value, rounding=rounding, what=what)}"


def _bound_entries(
    lower: Bound, upper: Bound, is_integer: bool
) -> Iterator[tuple[str, Fraction | None]]:
    """Bound types and values of one column, in an order that every reader understands."""
    low = lower if isinstance(lower, Fraction) else None
    up = upper if isinstance(upper, Fraction) else None
    if low is None and up is None:
        yield "FR", None
    elif low is not None and low == up:
        yield "FX", low
    else:
        if low is None:
            yield "MI", None
        elif low:
            yield "LO", low
        if up is not None:
            yield "UP", up
        elif is_integer:
            yield "PL", None  # without it, readers give integer columns the bounds [0, 1]

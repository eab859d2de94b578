"""Writing CPLEX-LP files in exact decimals."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction

from tamemip.certificates import Bound, SparseVector
from tamemip.errors import InvalidInputError
from tamemip.programs._decimals import Rounding, write_number
from tamemip.programs._draft import OPPOSITE
from tamemip.programs._lp_tokens import is_writable_name
from tamemip.programs._mps_write import ranged_rows, title_of, write_side
from tamemip.programs._program import MixedIntegerProgram

_TERMS_A_LINE = 6


def lp_lines(program: MixedIntegerProgram, rounding: Rounding) -> Iterator[str]:
    """The lines of the file.

    Every column is in the objective, with a zero if need be: readers number the
    columns as they first occur.
    """
    _check_names(program)
    if title := title_of(program):
        yield f"\\ Problem name: {title}"
    yield "Minimize" if program.sense == "min" else "Maximize"
    costs = tuple(enumerate(program.exact.c))
    terms = _terms(program, costs, rounding, "the cost")
    if program.offset:
        terms.append(_signed(program.offset, rounding, "the objective constant"))
    yield from _wrapped(" obj:", terms, "")
    yield "Subject To"
    yield from _rows(program, rounding)
    yield "Bounds"
    yield from _bounds(program, rounding)
    yield from _integers(program)
    yield "End"


def _check_names(program: MixedIntegerProgram) -> None:
    for name in (*program.row_names, *program.col_names):
        if not is_writable_name(name):
            raise InvalidInputError(
                f"the name {name!r} cannot be written to an LP file: it is a keyword, begins "
                "like a number, or has one of the characters + - * ^ / < > = : [ ] \\ or a blank. "
                "Write an .mps file, or rename it (dataclasses.replace)."
            )
    if program.n_rows and not program.n_cols:
        raise InvalidInputError("an LP file cannot hold rows without columns; write an .mps file.")


def _rows(program: MixedIntegerProgram, rounding: Rounding) -> Iterator[str]:
    exact, names, ranged = program.exact, program.row_names, ranged_rows(program)
    for i, row in enumerate(exact.A.rows):
        if i - 1 in ranged:
            continue
        # A row without entries still needs a column to be a row.
        entries = row or ((0, Fraction(0)),)
        terms = _terms(program, entries, rounding, f"the entry of row {names[i]!r}")
        what = f"the right-hand side of row {names[i]!r}"
        sense = exact.row_sense[i]
        side = write_side(exact.rhs[i], rounding=rounding, what=what)
        if i in ranged:
            other = write_side(exact.rhs[i + 1], rounding=rounding, what=what)
            turned = OPPOSITE[sense]
            yield from _wrapped(f" {names[i]}: {side} {turned}", terms, f" {turned} {other}")
        else:
            yield from _wrapped(f" {names[i]}:", terms, f" {sense} {side}")


def _terms(
    program: MixedIntegerProgram,
    entries: SparseVector | Iterable[tuple[int, Fraction]],
    rounding: Rounding,
    what: str,
) -> list[str]:
    result = []
    for j, value in entries:
        name = program.col_names[j]
        result.append(f"{_signed(value, rounding, f'{what}, column {name!r},')} {name}")
    return result


def _signed(value: Fraction, rounding: Rounding, what: str) -> str:
    text = write_number(value, rounding=rounding, what=what)
    return f"- {text[1:]}" if text.startswith("-") else f"+ {text}"


def _wrapped(head: str, terms: list[str], tail: str) -> Iterator[str]:
    """Head, terms and tail, a few terms a line."""
    parts = [terms[k : k + _TERMS_A_LINE] for k in range(0, len(terms), _TERMS_A_LINE)] or [[]]
    for k, part in enumerate(parts):
        end = tail if k == len(parts) - 1 else ""
        yield f"{head if k == 0 else '     '} {' '.join(part)}{end}".rstrip()


def _bounds(program: MixedIntegerProgram, rounding: Rounding) -> Iterator[str]:
    exact = program.exact
    for j, name in enumerate(program.col_names):
        lower, upper = exact.lower[j], exact.upper[j]
        low = _bound_text(lower, rounding, f"the lower bound of column {name!r}")
        up = _bound_text(upper, rounding, f"the upper bound of column {name!r}")
        if lower == upper:
            yield f" {name} = {low}"
        elif isinstance(upper, Fraction):
            yield f" {low} <= {name} <= {up}"
        elif not isinstance(lower, Fraction):
            yield f" {name} free"
        elif lower:
            yield f" {name} >= {low}"


def _bound_text(value: Bound, rounding: Rounding, what: str) -> str:
    if not isinstance(value, Fraction):
        return "inf" if value > 0 else "-inf"
    return write_side(value, rounding=rounding, what=what)


def _integers(program: MixedIntegerProgram) -> Iterator[str]:
    exact = program.exact
    binary = {
        j
        for j in range(program.n_cols)
        if exact.integer[j] and (exact.lower[j], exact.upper[j]) == (0, 1)
    }
    general = [j for j in range(program.n_cols) if exact.integer[j] and j not in binary]
    for title, chosen in (("General", general), ("Binary", sorted(binary))):
        if chosen:
            yield title
            yield from (f" {program.col_names[j]}" for j in chosen)

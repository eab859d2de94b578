"""Programs as readable text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tamemip.programs._program import MixedIntegerProgram

_ROWS_SHOWN = 12
_TERMS_SHOWN = 8


def text(program: MixedIntegerProgram) -> str:
    """A few lines: objective, the first rows, the first bounds."""
    exact = program.exact
    costs = _affine(program, enumerate(exact.c), exact.offset)
    lines = [repr(program), f"  {exact.sense} {costs}"]
    rows = zip(program.row_names, exact.A.rows, exact.row_sense, exact.rhs, strict=True)
    shown = [
        f"  {name}: {_affine(program, row, Fraction(0))} {sense} {rhs}"
        for _, (name, row, sense, rhs) in zip(range(_ROWS_SHOWN), rows, strict=False)
    ]
    lines += _with_rest(shown, program.n_rows, "rows")
    lines += _with_rest(list(_bounds(program, _ROWS_SHOWN)), program.n_cols, "columns")
    return "\n".join(lines)


def html(shown: str) -> str:
    """Text for a notebook, its lines kept."""
    return f"<pre>{escape(shown)}</pre>"


def _with_rest(shown: list[str], count: int, what: str) -> list[str]:
    hidden = count - len(shown)
    return [*shown, f"  ... {hidden} more {what}"] if hidden else shown


def _bounds(program: MixedIntegerProgram, limit: int) -> Iterator[str]:
    exact = program.exact
    for j, name in enumerate(program.col_names[:limit]):
        kind = "integer" if exact.integer[j] else "continuous"
        yield f"  {exact.lower[j]} <= {name} <= {exact.upper[j]}, {kind}"


def _affine(
    program: MixedIntegerProgram, entries: Iterable[tuple[int, Fraction]], constant: Fraction
) -> str:
    parts = [_term(v, program.col_names[j]) for j, v in entries if v]
    hidden = len(parts) - _TERMS_SHOWN
    if hidden > 0:
        parts[_TERMS_SHOWN:] = [f"+ ({hidden} more terms)"]
    if constant:
        parts.append(f"{'-' if constant < 0 else '+'} {abs(constant)}")
    joined = " ".join(parts) or "0"
    return joined.removeprefix("+ ")


def _term(value: Fraction, name: str) -> str:
    size = "" if abs(value) == 1 else f"{abs(value)} "
    return f"{'-' if value < 0 else '+'} {size}{name}"

"""What every report in JSON shares: numbers with their exact forms, and the model."""

from __future__ import annotations

from typing import TypeAlias

from tamemip.analysis._numbers import MaybeBound, exact_text, json_number
from tamemip.programs import MixedIntegerProgram

Object: TypeAlias = dict[str, object]


def number(name: str, value: MaybeBound) -> Object:
    """The pair of a double and an exact string; None where JSON has no number."""
    return {name: json_number(value), f"{name}_exact": exact_text(value)}


def model(program: MixedIntegerProgram, source: str | None) -> Object:
    """Name, size and digest of a program."""
    return {
        "name": program.name,
        "file": source,
        "rows": program.n_rows,
        "columns": program.n_cols,
        "integers": sum(program.exact.integer),
        "sense": program.sense,
        "digest": program.digest,
    }

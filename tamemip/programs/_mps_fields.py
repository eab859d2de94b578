"""Fields of a line of an MPS file, in free and in fixed format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TypeAlias

Split: TypeAlias = Callable[[str, str], list[str]]
"""Fields of a line, given the line and the section it stands in."""


def split_free(line: str, section: str) -> list[str]:
    """Fields between blanks."""
    return line.split()


def split_fixed(line: str, section: str) -> list[str]:
    """Fields by the columns of fixed format, where names may hold blanks.

    They come in the order of free format, without the empty ones at the end.
    """
    line = line.expandtabs()
    if "'MARKER'" in line or section in ("OBJSENSE", "OBJNAME"):
        return line.split()
    ends = ((1, 3), (4, 12), (14, 22), (24, 36), (39, 47), (49, 61))
    fields = [line[start:end].strip() for start, end in ends]
    kept = {"ROWS": fields[:2], "BOUNDS": fields[:4]}.get(section, fields[1:])
    while kept and not kept[-1]:
        kept.pop()
    return kept


def pairs(fields: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Fields two by two."""
    yield from zip(fields[::2], fields[1::2], strict=True)

"""Text files of tables with comments between them, read row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import final

from tamemip.arithmetic import rationalize
from tamemip.errors import InvalidInputError
from tamemip.programs import Lines


@final
class Rows:
    """The rows of a file that are not blank; errors name the line.

    Parameters
    ----------
    path
        The file, plain or gzipped.
    """

    def __init__(self, path: Path) -> None:
        self.lines = Lines(path)
        self._rows = self._split()

    def header(self) -> tuple[list[list[str]], list[str]] | None:
        """The comments that come next, and the row of numbers after them, as words.

        None if the file ends before such a row. A comment begins with no digit.
        """
        comments: list[list[str]] = []
        for row in self._rows:
            if row[0][0].isdigit():
                return comments, row
            comments.append(row)
        return None

    def counts(self, words: Sequence[str], *what: str) -> tuple[int, ...]:
        """The positive integers that a row begins with."""
        if len(words) < len(what):
            raise self.lines.invalid(
                f"the numbers of {' and of '.join(what)} are needed, but this is {words[0]!r} alone"
            )
        numbers = zip(words, what, strict=False)
        return tuple(self.integer(word, f"the number of {name}", least=1) for word, name in numbers)

    def next(self, width: int, what: str) -> list[str]:
        """The words of the next row, of which there have to be so many."""
        words = next(self._rows, None)
        if words is None:
            raise self.lines.invalid(f"the file ends here, but {what} is still to come")
        if len(words) != width:
            raise self.lines.invalid(f"{what} has {len(words)} entries; {width} are needed")
        return words

    def label(self, *words: str) -> None:
        """Pass over a line that has to begin with one of some words."""
        row = next(self._rows, None)
        needed = " or ".join(map(repr, words))
        if row is None:
            raise self.lines.invalid(f"the file ends here, but {needed} is still to come")
        if row[0].lower() not in words:
            raise self.lines.invalid(f"{row[0][:40]!r} stands where {needed} is needed")

    def duration(self, word: str, what: str) -> Fraction:
        """A word as a number that is zero or more."""
        value = self._number(word, what)
        if value < 0:
            raise self.lines.invalid(f"{what} has the duration {value}; it has to be at least 0")
        return value

    def integer(self, word: str, what: str, *, least: int, most: int | None = None) -> int:
        """A word as an integer between two numbers."""
        value = self._number(word, what)
        if value.denominator != 1 or value < least or (most is not None and value > most):
            span = f"of at least {least}" if most is None else f"from {least} to {most}"
            raise self.lines.invalid(f"{what} is {value}; an integer {span} is needed")
        return int(value)

    def _number(self, word: str, what: str) -> Fraction:
        try:
            return rationalize(word)
        except InvalidInputError:
            raise self.lines.invalid(f"{word[:40]!r} is no number, in {what}") from None

    def _split(self) -> Iterator[list[str]]:
        for line in self.lines:
            if words := line.split():
                yield words


def default_names(path: Path, given: Sequence[str]) -> tuple[str, ...]:
    """Names for the tables of a file: those they have, else the file's, numbered from 1 on."""
    stem = path.name.removesuffix(".gz").rsplit(".", 1)[0]
    return tuple(
        name or (stem if len(given) == 1 else f"{stem}-{k}") for k, name in enumerate(given, 1)
    )

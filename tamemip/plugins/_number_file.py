"""Text files of numbers, with errors that name the line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import final

from tamemip.arithmetic import rationalize
from tamemip.errors import InvalidInputError
from tamemip.programs import Lines


@final
class NumberFile:
    r"""The numbers of a text file, one after the other, whatever the line breaks.

    Parameters
    ----------
    path
        The file, plain or gzipped.

    Attributes
    ----------
    lines
        The file's lines, with the number of the last one read.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "two.txt")
    >>> _ = path.write_text("3 1/2\nx")
    >>> file = NumberFile(path)
    >>> file.integer("the number of items"), file.number("a weight")
    (3, Fraction(1, 2))
    >>> file.number("a weight")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: ...two.txt, line 2: 'x' is no number; a weight is needed.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.lines = Lines(Path(path))
        self._words = self._split()

    def number(self, what: str) -> Fraction:
        """The next number.

        Raises
        ------
        InvalidInputError
            If the file ends here, or there is something else; the message names the line.
        """
        word = next(self._words, None)
        if word is None:
            raise self.lines.invalid(f"the file ends here, but {what} is still to come")
        try:
            return rationalize(word)
        except InvalidInputError:
            raise self.lines.invalid(f"{word[:40]!r} is no number; {what} is needed") from None

    def integer(self, what: str, *, least: int = 0) -> int:
        """The next number, an integer that is not too small."""
        value = self.number(what)
        if value.denominator != 1 or value < least:
            raise self.lines.invalid(f"{what} is {value}; an integer of at least {least} is needed")
        return int(value)

    def numbers(self, count: int, what: str) -> tuple[Fraction, ...]:
        """The next `count` numbers; messages call them ``what 0, what 1, ...``."""
        return tuple(self.number(f"{what} {k}") for k in range(count))

    @property
    def is_at_end(self) -> bool:
        """Whether no word is left."""
        word = next(self._words, None)
        if word is None:
            return True
        self._words = _again(word, self._words)
        return False

    def finish(self) -> None:
        """Refuse a file that goes on.

        Raises
        ------
        InvalidInputError
            If a word is left.
        """
        word = next(self._words, None)
        if word is not None:
            raise self.lines.invalid(f"the file should end here, but goes on with {word[:40]!r}")

    def _split(self) -> Iterator[str]:
        for line in self.lines:
            yield from line.split()


def _again(word: str, words: Iterator[str]) -> Iterator[str]:
    yield word
    yield from words

"""A text file, line by line, with a bound on memory and errors that name the line."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from pathlib import Path
from typing import final

from tamemip.errors import InvalidInputError, UnsupportedError

_LONGEST_LINE = 1 << 24
_MOST_BLANK_LINES = 100_000
# Tab, line feed, form feed, carriage return and the old end-of-file mark are text.
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x19\x1b-\x1f\x7f]")
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@final
class Lines:
    """The lines of a plain or gzipped text file in UTF-8 or Latin-1.

    Iterating opens the file anew; only one line is in memory at a time.

    Attributes
    ----------
    path
        The file.
    number
        Number of the line that was read last, from 1 on; 0 before the first.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.number = 0
        self._encoding: str | None = None

    def __iter__(self) -> Iterator[str]:
        self.number, self._encoding = 0, None
        try:
            with self._open() as stream:
                yield from self._decoded(stream)
        except (gzip.BadGzipFile, EOFError, zlib.error) as error:
            raise self.invalid(f"the compressed file is damaged ({error})") from None
        except OSError as error:
            reason = error.strerror or str(error)
            raise InvalidInputError(f"cannot read {self.path}: {reason}.") from error

    def invalid(self, message: str) -> InvalidInputError:
        """An error that names the file and the line."""
        return InvalidInputError(f"{self._here()}: {message}.")

    def unsupported(self, message: str) -> UnsupportedError:
        """A refusal that names the file and the line."""
        return UnsupportedError(f"{self._here()}: {message}.")

    def _here(self) -> str:
        return f"{self.path}, line {self.number}" if self.number else str(self.path)

    def _open(self) -> BufferedIOBase:
        if self.path.is_dir():
            raise InvalidInputError(f"{self.path} is a folder; name a model file in it.")
        if not self.path.exists():
            raise InvalidInputError(f"there is no file {self.path}.")
        if not self.path.is_file():
            raise InvalidInputError(f"{self.path} is not a regular file.")
        if self.path.suffix.lower() == ".gz":
            return gzip.open(self.path, "rb")
        return self.path.open("rb")

    def _decoded(self, stream: BufferedIOBase) -> Iterator[str]:
        blank = 0
        while raw := stream.readline(_LONGEST_LINE + 1):
            self.number += 1
            blank = 0 if raw.strip() else blank + 1
            if blank > _MOST_BLANK_LINES:
                raise self.invalid(f"more than {_MOST_BLANK_LINES} blank lines; this is no model")
            if self.number == 1:
                raw = raw.removeprefix(_BYTE_ORDER_MARK)
            if _NOT_TEXT.search(raw):
                raise self.invalid("this is not a text file (in UTF-8 or Latin-1)")
            if len(raw) > _LONGEST_LINE:
                raise self.invalid(f"the line is longer than {_LONGEST_LINE} bytes")
            yield self._decode(raw)

    def _decode(self, raw: bytes) -> str:
        """One line of text; the first line that is not ASCII settles the encoding."""
        if raw.isascii():
            return raw.decode("ascii")
        if self._encoding != "latin-1":
            try:
                text = raw.decode("utf-8")
            except UnicodeDecodeError:
                if self._encoding == "utf-8":
                    raise self.invalid("the text is UTF-8 above this line, but not here") from None
                self._encoding = "latin-1"
            else:
                self._encoding = "utf-8"
                return text
        return raw.decode("latin-1")

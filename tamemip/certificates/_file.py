"""Lines of text in a file, plain or gzipped."""

from __future__ import annotations

import gzip
import os
import zlib
from collections.abc import Iterable

from tamemip.errors import CertificateError, InvalidInputError

MAX_BYTES = 2**30
"""Largest text that is read, once decompressed."""

_CHUNK = 2**20
_GZIP_MAGIC = b"\x1f\x8b"


def read_lines(path: str | os.PathLike[str]) -> tuple[str, ...]:
    """The lines of a file; gzip is recognised by its first bytes.

    Raises
    ------
    InvalidInputError
        If the file cannot be opened: missing, a folder, no permission.
    CertificateError
        If its bytes are no text: damaged, truncated, too large.
    """
    try:
        data = _read_bytes(path)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise CertificateError(0, "file", f"damaged gzip data: {error}") from None
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"cannot read {os.fspath(path)!r}: {error}") from error
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CertificateError(0, "file", f"not a text file: {error.reason}") from None
    # Only "\n" ends a line: str.splitlines knows nine other ends that JSON strings may contain.
    lines = text.split("\n")
    return tuple(lines[:-1] if lines[-1] == "" else lines)


def write_lines(path: str | os.PathLike[str], lines: Iterable[str]) -> None:
    """Write lines; gzipped if the name ends in ``.gz``, the same bytes each time.

    Raises
    ------
    InvalidInputError
        If the file cannot be written.
    """
    name = os.fspath(path)
    try:
        with open(name, "wb") as file:
            if name.endswith(".gz"):
                with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
                    packed.writelines(f"{line}\n".encode() for line in lines)
            else:
                file.writelines(f"{line}\n".encode() for line in lines)
    except (OSError, ValueError) as error:
        raise InvalidInputError(f"cannot write {name!r}: {error}") from error


def _read_bytes(path: str | os.PathLike[str]) -> bytes:
    with open(path, "rb") as file:
        packed = file.peek(2)[:2] == _GZIP_MAGIC
        stream = gzip.GzipFile(fileobj=file) if packed else file
        chunks: list[bytes] = []
        size = 0
        while chunk := stream.read(_CHUNK):
            chunks.append(chunk)
            size += len(chunk)
            if size > MAX_BYTES:
                raise CertificateError(0, "file", f"more than {MAX_BYTES} bytes of text")
        return b"".join(chunks)

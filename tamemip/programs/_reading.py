"""The doors `read` and `write`: the suffix of a path chooses the format."""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeAlias

from tamemip.errors import InvalidInputError
from tamemip.programs._decimals import Rounding
from tamemip.programs._lines import Lines
from tamemip.programs._lp_format import read_lp
from tamemip.programs._lp_write import lp_lines
from tamemip.programs._mps import read_mps
from tamemip.programs._mps_write import mps_lines
from tamemip.programs._program import MixedIntegerProgram

_Writer: TypeAlias = Callable[[MixedIntegerProgram, Rounding], Iterator[str]]

_READERS: dict[str, Callable[[Lines], MixedIntegerProgram]] = {".mps": read_mps, ".lp": read_lp}
_WRITERS: dict[str, _Writer] = {".mps": mps_lines, ".lp": lp_lines}


def read(path: str | os.PathLike[str]) -> MixedIntegerProgram:
    r"""Read a model file, in exact decimals.

    Numbers never pass through a float: ``0.1`` in the file is 1/10 in the program.
    A ranged row ``R`` becomes two rows, ``R`` and ``R::range``.

    Parameters
    ----------
    path
        A file that ends in ``.mps`` (fixed or free format), ``.lp`` (CPLEX-LP format),
        ``.mps.gz`` or ``.lp.gz``.

    Returns
    -------
    MixedIntegerProgram
        The program, with the names of the file.

    Raises
    ------
    InvalidInputError
        If there is no such file, its suffix is unknown, or it is malformed; the
        message names the line.
    UnsupportedError
        If the model is not a mixed-integer linear program: special ordered sets,
        semi-continuous columns, quadratic terms, indicators, lazy constraints.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> text = "Minimize\n 0.1 x + 2 y\nSubject To\n c: 1 <= x + y <= 9\nEnd"
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "small.lp")
    ...     _ = path.write_text(text)
    ...     p = read(path)
    >>> p.exact.c, p.row_names
    ((Fraction(1, 10), Fraction(2, 1)), ('c', 'c::range'))
    """
    file = Path(path)
    return _READERS[_format(file)](Lines(file))


def write(
    program: MixedIntegerProgram, path: str | os.PathLike[str], *, rounding: Rounding = "refuse"
) -> None:
    """Write a program to a model file, exactly.

    `read` gives the same program back, names included. Rows ``R`` and ``R::range``
    are written as one ranged row.

    Parameters
    ----------
    program
        The program to write.
    path
        A path that ends in ``.mps``, ``.lp``, ``.mps.gz`` or ``.lp.gz``. An existing
        file is replaced, once the program is known to be writable.
    rounding
        What to do with a number that no finite decimal equals, such as 1/3:
        ``"refuse"``, or write the ``"nearest"`` double. (To scale the row instead
        would change its dual price.)

    Raises
    ------
    InvalidInputError
        If a number or a name cannot be written in the format, or the suffix is
        unknown.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> p = MixedIntegerProgram.from_arrays([1, "1/8"], [[2, 3]], ">=", [4])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = pathlib.Path(folder, "model.mps.gz")
    ...     write(p, path)
    ...     read(path) == p
    True
    """
    file = Path(path)
    if rounding not in ("refuse", "nearest"):
        raise InvalidInputError(f'rounding is {rounding!r}; it has to be "refuse" or "nearest".')
    text = "".join(f"{line}\n" for line in _WRITERS[_format(file)](program, rounding))
    content = text.encode("utf-8")
    if file.suffix.lower() == ".gz":
        # No time stamp and no file name inside: equal programs give equal files.
        content = gzip.compress(content, mtime=0)
    try:
        file.write_bytes(content)
    except OSError as error:
        raise InvalidInputError(f"cannot write {file}: {error.strerror or error}.") from error


def _format(file: Path) -> str:
    name = file.name.lower().removesuffix(".gz")
    for suffix in _READERS:
        if name.endswith(suffix):
            return suffix
    raise InvalidInputError(f"the suffix of {file} is not known; use .mps, .lp, .mps.gz or .lp.gz.")

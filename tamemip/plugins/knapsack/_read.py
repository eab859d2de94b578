"""Files of knapsacks: which format it is, and one instance or several."""

from __future__ import annotations

import os
from pathlib import Path

from tamemip.arithmetic import rationalize
from tamemip.errors import InvalidInputError
from tamemip.plugins._instances import Instances
from tamemip.plugins._number_file import NumberFile
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._read_columns import read_columns
from tamemip.plugins.knapsack._read_orlib import read_numbered, read_single
from tamemip.plugins.knapsack._read_pisinger import read_pisinger
from tamemip.programs import Lines


def read(path: str | os.PathLike[str]) -> Knapsack | Instances[Knapsack]:
    r"""The knapsack of a file, or the knapsacks of a file of several.

    The format is told by the first line:

    ``n capacity``
        One line ``profit weight`` an item follows, and perhaps a line with a solution (the
        low-dimensional set, and Pisinger's instances as they are often passed on).
    ``K``
        OR-Library (``mknap1``, ``mknapcb1`` to ``mknapcb9``): `K` problems, each of them
        ``n m optimum``, the profits, `m` rows of weights, the capacities. An optimum of 0
        is one that the file does not know.
    ``n m optimum``
        One problem of that kind, as several collections keep them.
    a name
        The format of Pisinger's hard instances [1]_: blocks of a line with the name, lines
        ``n``, ``c`` (the capacity), ``z`` (the optimum) and ``time``, then a line
        ``number,profit,weight,taken`` an item, and ``-----``.

    Parameters
    ----------
    path
        The file, plain or gzipped.

    Returns
    -------
    Knapsack or Instances
        A file of one problem gives a `Knapsack`, called as the file; a file of several
        gives them by place and by name: as the file names them, else ``mknap1-1``,
        ``mknap1-2`` and so on. `Knapsack.optimum` is what the file states, not checked.

    Raises
    ------
    InvalidInputError
        If the file cannot be read, ends too early, goes on too long or has a word, a negative
        weight or a negative capacity in it. The message names the line.

    References
    ----------
    .. [1] D. Pisinger, "Where are the hard knapsack problems?", Computers & Operations
       Research 32 (2005), 2271-2284.
    .. [2] P. C. Chu, J. E. Beasley, "A genetic algorithm for the multidimensional knapsack
       problem", Journal of Heuristics 4 (1998), 63-86.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "four.txt")
    >>> _ = path.write_text("4 20\n9 6\n11 5\n13 9\n15 7\n")
    >>> print(read(path))
    Knapsack('four', 4 items, capacity 20)
      item 0: profit 9, weight 6
      item 1: profit 11, weight 5
      item 2: profit 13, weight 9
      item 3: profit 15, weight 7
    """
    lines = Lines(Path(path))
    first = next((line.split() for line in lines if line.strip()), None)
    if first is None:
        raise InvalidInputError(f"{path} is empty.")
    stem = _stem(Path(path))
    if not _is_number(first[0]):
        return _one_or_several(read_pisinger(lines))
    match len(first):
        case 1:
            return _one_or_several(read_numbered(NumberFile(path), stem))
        case 2:
            return read_columns(lines, stem)
        case 3:
            return read_single(NumberFile(path), stem)
        case count:
            raise lines.invalid(
                f"the first line has {count} numbers; a file of knapsacks begins with "
                "'n capacity', with the number of problems, with 'n m optimum' or with a name"
            )


def _one_or_several(found: list[Knapsack]) -> Knapsack | Instances[Knapsack]:
    return found[0] if len(found) == 1 else Instances(found)


def _stem(path: Path) -> str:
    """The name of a file, without its endings (``mknap1.txt.gz``)."""
    name = path.name.removesuffix(".gz")
    return Path(name).stem


def _is_number(word: str) -> bool:
    try:
        rationalize(word)
    except InvalidInputError:
        return False
    return True

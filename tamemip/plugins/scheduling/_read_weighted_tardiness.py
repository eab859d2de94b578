"""Weighted tardiness instances of the OR-Library."""

from __future__ import annotations

import os
import re
from fractions import Fraction
from pathlib import Path

from tamemip.errors import InvalidInputError
from tamemip.plugins._instances import Instances
from tamemip.plugins._number_file import NumberFile
from tamemip.plugins.scheduling._single_machine import SingleMachine


def read_weighted_tardiness(
    path: str | os.PathLike[str], *, jobs: int | None = None
) -> Instances[SingleMachine]:
    r"""Read the weighted tardiness instances of a file, as the OR-Library has them [1]_.

    Each instance is all its processing times, then all its weights, then all its due dates;
    nothing else stands in the file, not even the number of jobs. A file ``wt40_optimum.txt``
    beside ``wt40.txt``, one number an instance, fills in `SingleMachine.optimum`.

    Parameters
    ----------
    path
        The file, plain or gzipped.
    jobs
        Jobs of an instance; if None, the digits of a name ``wt40...``, else what the number
        of stated optima leaves.

    Returns
    -------
    Instances of SingleMachine
        Called ``wt40_001``, ``wt40_002`` and so on; a file ``wt40_026_050.txt`` begins with
        ``wt40_026``.

    Raises
    ------
    InvalidInputError
        If there is no such file, it ends inside an instance, a word or a negative number is
        where a number has to be, or the number of jobs cannot be told; with the line.

    References
    ----------
    .. [1] J. E. Beasley, "OR-Library: distributing test problems by electronic mail", Journal
       of the Operational Research Society 41 (1990), 1069-1072.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "wt2.txt")
    >>> _ = path.write_text("3 1  1 2  2 2\n4 2  1 1  3 5\n")
    >>> found = read_weighted_tardiness(path)
    >>> found.names, found[1].due
    (('wt2_001', 'wt2_002'), (Fraction(3, 1), Fraction(5, 1)))
    """
    path = Path(path)
    optima = _optima(path)
    n = _jobs(path, optima) if jobs is None else jobs
    if n < 1:
        raise InvalidInputError(f"jobs is {n}; at least 1 is needed.")
    file, stem, first = NumberFile(path), *_prefix(path)
    found: list[SingleMachine] = []
    while not file.is_at_end:
        k = len(found)
        found.append(_instance(file, n, f"{stem}_{first + k:03d}", optima, k))
    if not found:
        raise file.lines.invalid("the file is empty; an instance is needed")
    if optima is not None and len(optima) != len(found):
        raise InvalidInputError(
            f"{path} has {len(found)} instances of {n} jobs, but {_companion(path)} states "
            f"{len(optima)} optima. Give the number of jobs as jobs=..."
        )
    return Instances(found)


def _instance(
    file: NumberFile, n: int, name: str, optima: tuple[Fraction, ...] | None, k: int
) -> SingleMachine:
    processing, weights, due = (
        file.numbers(n, f"{what} of {name}, job")
        for what in ("the time", "the weight", "the due date")
    )
    optimum = optima[k] if optima is not None and k < len(optima) else None
    try:
        return SingleMachine(processing, weights, due=due, name=name, optimum=optimum)
    except InvalidInputError as error:
        raise file.lines.invalid(f"{name}, which ends here: {str(error).rstrip('.')}") from None


def _jobs(path: Path, optima: tuple[Fraction, ...] | None) -> int:
    """Jobs of an instance, which the file does not tell."""
    named = re.match(r"wt(\d+)", path.name)
    if named:
        return int(named[1])
    if not optima:
        raise InvalidInputError(
            f"{path} does not tell how many jobs its instances have: say jobs=..., or call it "
            "wt40.txt for 40."
        )
    count = _count(path)
    if count % (3 * len(optima)):
        raise InvalidInputError(
            f"{path} has {count} numbers, which cannot be {len(optima)} instances (that is how "
            f"many optima {_companion(path)} states) of three numbers a job."
        )
    return count // (3 * len(optima))


def _count(path: Path) -> int:
    file, count = NumberFile(path), 0
    while not file.is_at_end:
        file.number("a number")
        count += 1
    return count


def _companion(path: Path) -> Path:
    """The file of optima: ``wt40_optimum.txt`` for ``wt40.txt`` and ``wt40.txt.gz``."""
    return path.with_name(f"{_stem(path)}_optimum.txt")


def _optima(path: Path) -> tuple[Fraction, ...] | None:
    if not _companion(path).is_file():
        return None
    file = NumberFile(_companion(path))
    optima: list[Fraction] = []
    while not file.is_at_end:
        optima.append(file.number(f"the optimum of instance {len(optima) + 1}"))
    return tuple(optima)


def _prefix(path: Path) -> tuple[str, int]:
    """What the instances are called, and the number of the first one."""
    stem = _stem(path)
    ranged = re.fullmatch(r"(.+)_(\d+)_(\d+)", stem)
    return (ranged[1], int(ranged[2])) if ranged else (stem, 1)


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").removesuffix(".txt")

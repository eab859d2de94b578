"""Job shops from files: JSON tables, and text with pairs of machine and duration."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeAlias

from tamemip.errors import InvalidInputError
from tamemip.plugins._instances import Instances
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._read_job_shop_rows import Rows, default_names
from tamemip.programs import Lines

Tables: TypeAlias = "tuple[list[list[Fraction]], list[list[int]]]"
"""Durations and machines."""


def read_job_shop_json(path: str | os.PathLike[str]) -> Instances[JobShop]:
    """Read job shops from a mapping of names to tables in JSON.

    Each entry has a ``duration_matrix``, a ``machines_matrix`` and, if it is known,
    ``metadata`` with the ``optimum``.

    Parameters
    ----------
    path
        The file, plain or gzipped.

    Raises
    ------
    InvalidInputError
        If the file is missing, is no JSON (the message names the line) or has no job shops
        (the message names the entry and its line).

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "two.json")
    >>> _ = path.write_text('''{"a": {"duration_matrix": [[3, 2], [2, 4.5]],
    ... "machines_matrix": [[0, 1], [1, 0]], "metadata": {"optimum": 7.5}}}''')
    >>> read_job_shop_json(path)["a"].optimum
    Fraction(15, 2)
    """
    lines = Lines(Path(path))
    text = "".join(lines)
    try:
        found = json.loads(text, parse_float=Decimal)
    except RecursionError:
        raise InvalidInputError(f"{lines.path}: the brackets are nested too deeply.") from None
    except json.JSONDecodeError as error:
        raise InvalidInputError(
            f"{lines.path}, line {error.lineno}: this is no JSON ({error.msg})."
        ) from None
    if not isinstance(found, dict):
        raise InvalidInputError(f"{lines.path} has no mapping from names to job shops.")
    shops = []
    for name, entry in found.items():
        line = text.count("\n", 0, max(text.find(json.dumps(name)), 0)) + 1
        shops.append(_of_entry(f"{lines.path}, line {line}, {name!r}", name, entry))
    return Instances(shops)


def read_job_shop_text(path: str | os.PathLike[str]) -> Instances[JobShop]:
    r"""Read job shops from text in the format of OR-Library [1]_.

    A line has the numbers of jobs and of machines, then one line a job has the machine (from
    0 on) and the duration of each operation in turn. Before the two numbers, lines that begin
    with no digit are comments; ``instance NAME`` among them names the instance. A file may have
    several of them.

    Parameters
    ----------
    path
        The file, plain or gzipped. An instance without a name takes the file's.

    Raises
    ------
    InvalidInputError
        If the file is missing, cut off or another one; the message names the line.

    References
    ----------
    .. [1] J. E. Beasley, "OR-Library: distributing test problems by electronic mail", Journal
       of the Operational Research Society 41 (1990), 1069-1072.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "small.txt")
    >>> _ = path.write_text("# machine, duration, ...\n2 2\n0 3 1 2\n1 2 0 4\n")
    >>> print(read_job_shop_text(path)["small"])
    JobShop('small', 2 jobs, 2 machines, 4 operations)
      job 0: machine 0 for 3, machine 1 for 2
      job 1: machine 1 for 2, machine 0 for 4
    """
    rows = Rows(Path(path))
    found = list(_of_text(rows))
    if not found:
        raise rows.lines.invalid("there is no job shop in the file")
    names = default_names(rows.lines.path, [name for name, _ in found])
    return Instances(
        [JobShop(*tables, name=name) for name, (_, tables) in zip(names, found, strict=True)]
    )


def _of_text(rows: Rows) -> Iterator[tuple[str, Tables]]:
    while (head := rows.header()) is not None:
        comments, counts = head
        n_jobs, n_machines = rows.counts(counts, "jobs", "machines")
        durations: list[list[Fraction]] = []
        machines: list[list[int]] = []
        for j in range(n_jobs):
            words = rows.next(2 * n_machines, f"job {j}")
            machine = f"a machine of job {j}"
            machines.append(
                [rows.integer(w, machine, least=0, most=n_machines - 1) for w in words[::2]]
            )
            durations.append([rows.duration(w, f"job {j}") for w in words[1::2]])
        yield _name(comments), (durations, machines)


def _name(comments: list[list[str]]) -> str:
    """What the last of the lines ``instance NAME`` says."""
    named = [words[1] for words in comments if words[0].lower() == "instance" and len(words) > 1]
    return named[-1] if named else ""


# Any: a value of JSON.
def _of_entry(where: str, name: str, entry: Any) -> JobShop:
    """A job shop of an object of JSON; messages begin with `where`."""
    if not isinstance(entry, dict):
        raise InvalidInputError(f"{where}: an object with two tables is needed.")
    for key in ("duration_matrix", "machines_matrix"):
        if key not in entry:
            raise InvalidInputError(f"{where}: there is no {key!r}.")
    known = entry.get("metadata")
    optimum = known.get("optimum") if isinstance(known, dict) else None
    try:
        return JobShop(
            entry["duration_matrix"], entry["machines_matrix"], name=name, optimum=optimum
        )
    except InvalidInputError as error:
        raise InvalidInputError(f"{where}: {error}") from None

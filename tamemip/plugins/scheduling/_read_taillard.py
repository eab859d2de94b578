"""Taillard's benchmark files of job shops and permutation flow shops."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

from tamemip.plugins._instances import Instances
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._read_job_shop_rows import Rows, default_names

_JOB_SHOP = ("jobs", "machines", "time seed", "machine seed", "upper bound", "lower bound")
_FLOW_SHOP = ("jobs", "machines", "seed", "upper bound", "lower bound")


def read_taillard_job_shops(path: str | os.PathLike[str]) -> Instances[JobShop]:
    r"""Read job shops in Taillard's format [1]_.

    After a line of text, a line has the numbers of jobs and of machines, and maybe two seeds,
    an upper and a lower bound of the makespan. Under ``Times`` there is a line a job with its
    durations, under ``Machines`` a line a job with its machines, from 1 on. A file may have
    several of them; where the bounds agree they are the instance's ``optimum``.

    Parameters
    ----------
    path
        The file, plain or gzipped; instances are named after it.

    Raises
    ------
    InvalidInputError
        If the file is missing, cut off or another one; the message names the line.

    References
    ----------
    .. [1] E. Taillard, "Benchmarks for basic scheduling problems", European Journal of
       Operational Research 64 (1993), 278-285.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "tai.txt")
    >>> _ = path.write_text(
    ...     "Nb of jobs, Nb of Machines\n2 2\nTimes\n3 2\n2 4\nMachines\n1 2\n2 1\n"
    ... )
    >>> print(read_taillard_job_shops(path)["tai"])
    JobShop('tai', 2 jobs, 2 machines, 4 operations)
      job 0: machine 0 for 3, machine 1 for 2
      job 1: machine 1 for 2, machine 0 for 4
    """
    rows = Rows(Path(path))
    found = []
    for n_jobs, n_machines, optimum in _heads(rows, _JOB_SHOP):
        rows.label("times", "times:")
        durations = _times(rows, n_jobs, n_machines, "job")
        rows.label("machines", "machines:")
        machines = [
            [
                rows.integer(word, f"a machine of job {j}", least=1, most=n_machines) - 1
                for word in rows.next(n_machines, f"the machines of job {j}")
            ]
            for j in range(n_jobs)
        ]
        found.append((durations, machines, optimum))
    names = default_names(rows.lines.path, [""] * len(found))
    return Instances(
        [JobShop(t, m, name=n, optimum=v) for n, (t, m, v) in zip(names, found, strict=True)]
    )


def read_taillard_flow_shops(path: str | os.PathLike[str]) -> Instances[FlowShop]:
    r"""Read permutation flow shops in Taillard's format [1]_.

    After a line of text, a line has the numbers of jobs and of machines, and maybe a seed, an
    upper and a lower bound of the makespan. Under ``processing times`` there is a line a
    machine with the durations of the jobs. A file may have several of them; where the bounds
    agree they are the instance's ``optimum``.

    Parameters
    ----------
    path
        The file, plain or gzipped; instances are named after it.

    Raises
    ------
    InvalidInputError
        If the file is missing, cut off or another one; the message names the line.

    References
    ----------
    .. [1] E. Taillard, "Benchmarks for basic scheduling problems", European Journal of
       Operational Research 64 (1993), 278-285.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "tai.txt")
    >>> _ = path.write_text(
    ...     "jobs, machines, seed, upper and lower bound :\n3 2 1 10 10\n"
    ...     "processing times :\n3 2 1\n2 4 3\n"
    ... )
    >>> shop = read_taillard_flow_shops(path)["tai"]
    >>> print(shop)
    FlowShop('tai', 3 jobs, 2 machines)
      job 0: machine 0 for 3, machine 1 for 2
      job 1: machine 0 for 2, machine 1 for 4
      job 2: machine 0 for 1, machine 1 for 3
    >>> shop.optimum
    Fraction(10, 1)
    """
    rows = Rows(Path(path))
    found = []
    for n_jobs, n_machines, optimum in _heads(rows, _FLOW_SHOP):
        rows.label("processing", "times", "times:")
        by_machine = _times(rows, n_machines, n_jobs, "machine")
        found.append((list(zip(*by_machine, strict=True)), optimum))
    names = default_names(rows.lines.path, [""] * len(found))
    return Instances(
        [FlowShop(t, name=name, optimum=v) for name, (t, v) in zip(names, found, strict=True)]
    )


def _heads(rows: Rows, columns: Sequence[str]) -> Iterator[tuple[int, int, int | None]]:
    """For each instance of a file its numbers of jobs and machines, and its optimum."""
    head = rows.header()
    if head is None:
        raise rows.lines.invalid("there is no shop in the file")
    while head is not None:
        words = head[1]
        n_jobs, n_machines = rows.counts(words, "jobs", "machines")
        yield n_jobs, n_machines, _optimum(rows, words, columns)
        head = rows.header()


def _optimum(rows: Rows, words: Sequence[str], columns: Sequence[str]) -> int | None:
    """The bounds, where they agree; a row may have the two counts alone."""
    if len(words) not in (2, len(columns)):
        raise rows.lines.invalid(
            f"there are {len(words)} numbers; needed are {', '.join(columns)}, or the first two"
        )
    pairs = zip(words[2:], columns[2:], strict=False)
    numbers = [rows.integer(word, f"the {what}", least=0) for word, what in pairs]
    return numbers[-1] if numbers and numbers[-1] == numbers[-2] else None


def _times(rows: Rows, height: int, width: int, what: str) -> list[list[Fraction]]:
    """A table of durations, a row a job or a machine."""
    return [
        [rows.duration(w, f"{what} {k}") for w in rows.next(width, f"the times of {what} {k}")]
        for k in range(height)
    ]

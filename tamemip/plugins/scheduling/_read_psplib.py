"""Projects from PSPLIB's text files (``.sm``)."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NoReturn, final

from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._resource_constrained import Arc, ResourceConstrained
from tamemip.programs import Lines


def read_psplib(path: str | os.PathLike[str]) -> ResourceConstrained:
    """Read a single-mode project of PSPLIB [1]_.

    The file's first and last job, the "supersource" and "supersink" of no length and no
    requirement, are dropped with their precedences: job 2 of the file is activity 0. The
    file states no optimum, so that ``optimum`` is None; its "horizon" is not used.

    Parameters
    ----------
    path
        The file, plain or gzipped. Its name without the ending becomes the instance's.

    Raises
    ------
    InvalidInputError
        If the file is missing or no project: the message names the line.
    UnsupportedError
        If a job has several modes, or there are nonrenewable or doubly constrained
        resources.

    References
    ----------
    .. [1] R. Kolisch, A. Sprecher, "PSPLIB - a project scheduling problem library", European
       Journal of Operational Research 96 (1997), 205-216.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> path = pathlib.Path(tempfile.mkdtemp(), "two.sm")
    >>> _ = path.write_text('''
    ... jobs (incl. supersource/sink ): 4
    ... - renewable : 1 R
    ... PRECEDENCE RELATIONS:
    ... jobnr. #modes #successors successors
    ... 1 1 1 2
    ... 2 1 1 3
    ... 3 1 1 4
    ... 4 1 0
    ... REQUESTS/DURATIONS:
    ... jobnr. mode duration R 1
    ... 1 1 0 0
    ... 2 1 8 4
    ... 3 1 4 10
    ... 4 1 0 0
    ... RESOURCEAVAILABILITIES:
    ... R 1
    ... 12
    ... ''')
    >>> print(read_psplib(path))
    two: project of 2 activities, 1 resource, 1 precedence
      activity 0: duration 8, requires 4, before 1
      activity 1: duration 4, requires 10
      capacities: 12
    """
    file = Path(path)
    reader = _Reader(Lines(file))
    n, resources = reader.counts()
    arcs = reader.successors(n)
    rows = reader.requests(n, resources)
    capacities = reader.availabilities(resources)
    reader.refuse_needs_of_ends(rows)
    try:
        return ResourceConstrained(
            [row[0] for row in rows[1:-1]],
            [row[1:] for row in rows[1:-1]],
            capacities,
            [(i - 2, j - 2) for i, j in arcs if i not in (1, n) and j not in (1, n)],
            name=file.name.removesuffix(".gz").removesuffix(".sm"),
        )
    except InvalidInputError as error:
        raise InvalidInputError(
            f"{path} is no project (activity j is job j + 2 of the file): {error}"
        ) from None


_SECTIONS = {
    "successors": "PRECEDENCE RELATIONS",
    "requests": "REQUESTS/DURATIONS",
    "availabilities": "RESOURCEAVAILABILITIES",
}


@final
class _Reader:
    """The file from top to bottom, section by section."""

    def __init__(self, lines: Lines) -> None:
        self.lines = lines
        self._rest: Iterator[str] = (
            line.strip() for line in lines if line.strip() and not line.startswith("***")
        )

    def counts(self) -> tuple[int, int]:
        """The number of jobs and of resources."""
        n, resources = 0, 0
        for line in self._rest:
            label, _, rest = line.partition(":")
            if label.startswith("projects") and self._first(rest) != 1:
                raise self.lines.unsupported("there are several projects; one is read here")
            if label.startswith("jobs"):
                n = self._first(rest)
            elif "renewable" in label and "non" not in label:
                resources = self._first(rest)
            elif ("nonrenewable" in label or "doubly" in label) and self._first(rest):
                raise self.lines.unsupported("only renewable resources are read here")
            if line.upper().startswith(_SECTIONS["successors"]):
                if n < 3:
                    raise self.lines.invalid(
                        f"the line 'jobs (incl. supersource/sink ): ...' is missing or says {n}; "
                        "3 jobs at least are needed above here"
                    )
                return n, resources
        self._end(f"the section {_SECTIONS['successors']!r}")

    def successors(self, n: int) -> list[Arc]:
        """Pairs of jobs, numbered as in the file."""
        arcs: list[Arc] = []
        for job in range(1, n + 1):
            row = self._row(f"the successors of job {job}", "jobnr.")
            self._same(row, 0, job, "the job")
            if len(row) < 3 or len(row) != 3 + row[2]:
                raise self.lines.invalid(
                    f"job {job} has {max(len(row) - 3, 0)} successors in this line, which says "
                    f"that there are {row[2] if len(row) > 2 else '...'}"
                )
            if row[1] != 1:
                raise self.lines.unsupported(
                    f"job {job} has {row[1]} modes; only single-mode projects are read here"
                )
            for later in row[3:]:
                if not 1 <= later <= n:
                    raise self.lines.invalid(
                        f"job {job} precedes job {later}, but jobs are numbered 1 to {n}"
                    )
                arcs.append((job, later))
        self._section("requests")
        return arcs

    def requests(self, n: int, resources: int) -> list[list[int]]:
        """Duration and requirements of each job."""
        rows = []
        for job in range(1, n + 1):
            row = self._row(f"the duration of job {job}", "jobnr.")
            self._same(row, 0, job, "the job")
            self._length(row, 3 + resources, f"job {job}: number, mode, duration and requests")
            rows.append(row[2:])
        self._section("availabilities")
        return rows

    def availabilities(self, resources: int) -> list[int]:
        """The capacities."""
        if not resources:
            return []
        row = self._row("the line of availabilities", "R")
        self._length(row, resources, "availabilities")
        return row

    def refuse_needs_of_ends(self, rows: Sequence[Sequence[int]]) -> None:
        """Refuse a source or sink that is an activity of its own."""
        for job in (1, len(rows)):
            if any(rows[job - 1]):
                raise InvalidInputError(
                    f"{self.lines.path}: job {job} is to be the supersource or supersink, but "
                    "it has a duration or a requirement."
                )

    def _section(self, section: str) -> None:
        title = _SECTIONS[section]
        line = next(self._rest, None)
        if line is None:
            self._end(f"the section {title!r}")
        if not line.upper().startswith(title):
            raise self.lines.invalid(f"the section {title!r} should begin here, not {line[:40]!r}")

    def _row(self, what: str, header: str) -> list[int]:
        line = next(self._rest, None)
        while line is not None and (line.startswith((header, "---"))):
            line = next(self._rest, None)
        if line is None:
            self._end(what)
        return [self._integer(word, what) for word in line.split()]

    def _integer(self, word: str, what: str) -> int:
        if not re.fullmatch(r"\d+", word):
            raise self.lines.invalid(f"{word[:40]!r} is no number, in {what}")
        return int(word)

    def _first(self, text: str) -> int:
        words = text.split()
        return self._integer(words[0] if words else "", "a count")

    def _same(self, row: Sequence[int], place: int, job: int, what: str) -> None:
        if row[place] != job:
            raise self.lines.invalid(f"{what} is {row[place]}; {job} should come here")

    def _length(self, row: Sequence[int], length: int, what: str) -> None:
        if len(row) != length:
            raise self.lines.invalid(f"{len(row)} numbers, but {length} are needed ({what})")

    def _end(self, what: str) -> NoReturn:
        raise self.lines.invalid(f"the file ends here, but {what} is still to come")

"""All checks of a family in one table."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import final

from tamemip.testing._families_check import SECONDS, FamilyCheck, SomeFamily, checks_for
from tamemip.testing._families_examples import name_of
from tamemip.testing._families_outcome import Outcome, OutcomeKind


@final
@dataclass(frozen=True, slots=True)
class CheckLine:
    """What one check says.

    Attributes
    ----------
    name
        What is checked.
    outcome
        How it ended, and why.
    seconds
        How long it took.
    """

    name: str
    outcome: Outcome
    seconds: float

    @property
    def cells(self) -> tuple[str, str, str, str]:
        """Name, how it ended, seconds, reason."""
        return self.name, self.outcome.kind.value, f"{self.seconds:.1f}", self.outcome.reason


@final
@dataclass(frozen=True, slots=True, repr=False)
class CheckReport:
    """What all checks say about a family; iterate over it for `CheckLine`."""

    family: str
    lines: tuple[CheckLine, ...]

    HEADER = ("check", "outcome", "seconds", "reason")

    @property
    def passed(self) -> bool:
        """Whether no check failed."""
        return not self.failed

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the checks that failed."""
        return self._named(OutcomeKind.FAILED)

    def __iter__(self) -> Iterator[CheckLine]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __repr__(self) -> str:
        failed = f"failed: {', '.join(self.failed)}" if self.failed else "no check failed"
        return f"CheckReport({self.family}: {failed})"

    def __str__(self) -> str:
        rows = [self.HEADER, *(line.cells for line in self.lines)]
        widths = [max(len(row[k]) for row in rows) for k in range(3)]
        table = ("  ".join([*map(str.ljust, row, widths), _short(row[3])]).rstrip() for row in rows)
        messages = (
            f"{line.name}: {line.outcome.reason}" for line in self.lines if line.name in self.failed
        )
        return "\n".join([*table, self._verdict(), *messages])

    def _repr_html_(self) -> str:
        rows = (
            "<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>"
            for row in (self.HEADER, *(line.cells for line in self.lines))
        )
        return f"<table>{''.join(rows)}</table><p>{html.escape(self._verdict())}</p>"

    def _named(self, kind: OutcomeKind) -> tuple[str, ...]:
        return tuple(line.name for line in self.lines if line.outcome.kind is kind)

    def _verdict(self) -> str:
        counts = ", ".join(
            f"{len(self._named(kind))} {kind.value}" for kind in OutcomeKind if self._named(kind)
        )
        return f"{self.family}: {counts}"


_SHOWN = 60
"""So many characters of a reason stand in the table."""


def _short(reason: str) -> str:
    text = " ".join(reason.split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def run_checks(
    family: SomeFamily, *, seconds: float = SECONDS, progress: bool = False
) -> CheckReport:
    """Run all conformance checks on a family, and report.

    Parameters
    ----------
    family
        A family, a class or function that makes one, or the name of an installed one.
    seconds
        How long one solve or search of a check may take.
    progress
        Show a line on the terminal.

    Returns
    -------
    CheckReport
        One line a check. A check that fails has the message as its reason.

    Raises
    ------
    PluginError, InvalidInputError
        As `checks_for`.

    Examples
    --------
    >>> class Nothing:
    ...     name = "nothing"
    >>> report = run_checks(Nothing)
    >>> report.passed, report.failed[0]
    (False, 'protocol')
    >>> print(next(iter(report)).outcome)
    FAILED: nothing: there is no method `program`; a family has program, decode, examples and a
    `name` (see tamemip.plugins.Family).
    """
    checks = checks_for(family, seconds=seconds)
    lines = []
    with _terminal_line(progress) as say:
        for k, check in enumerate(checks):
            say(f"{check} ({k + 1} of {len(checks)})")
            began = time.monotonic()
            outcome = _outcome(check)
            lines.append(CheckLine(check.name, outcome, time.monotonic() - began))
    return CheckReport(name_of(checks[0].family), tuple(lines))


def _outcome(check: FamilyCheck) -> Outcome:
    try:
        return check()
    except AssertionError as error:
        return Outcome(OutcomeKind.FAILED, str(error))
    except Exception as error:  # one broken check must not keep the others from being run
        return Outcome(OutcomeKind.FAILED, f"{type(error).__name__}: {error}")


@contextmanager
def _terminal_line(wanted: bool) -> Iterator[Callable[[str], None]]:
    """What shows a text on the terminal, in the same line each time; nothing without one."""
    if not wanted or not sys.stderr.isatty():
        yield lambda text: None
        return
    from rich.console import Console
    from rich.status import Status

    with Status("starting", console=Console(stderr=True)) as status:
        yield status.update

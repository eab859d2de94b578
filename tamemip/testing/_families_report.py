"""All checks of a family in one table."""

from __future__ import annotations

import html
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

from tamemip._aligned import aligned
from tamemip.testing._families_check import SECONDS, FamilyCheck, SomeFamily, checks_for
from tamemip.testing._families_code import name_of
from tamemip.testing._families_outcome import Outcome, OutcomeKind

if TYPE_CHECKING:
    from rich.console import Group


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
        """Whether no check failed, and one example at least was judged."""
        return not self.failed and self.is_judged

    @property
    def failed(self) -> tuple[str, ...]:
        """The names of the checks that failed."""
        return self._named(OutcomeKind.FAILED)

    @property
    def is_judged(self) -> bool:
        """Whether an example was judged by any check, or failed as it is declared."""
        return any(
            line.outcome.judged or line.outcome.kind is OutcomeKind.EXPECTED_FAILURE
            for line in self.lines
        )

    def __iter__(self) -> Iterator[CheckLine]:
        return iter(self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def __repr__(self) -> str:
        failed = f"failed: {', '.join(self.failed)}" if self.failed else "no check failed"
        return f"CheckReport({self.family}: {failed})"

    def __str__(self) -> str:
        rows = [self.HEADER, *(line.cells for line in self.lines)]
        table = aligned([(*row[:3], _short(row[3])) for row in rows], left=4)
        messages = (
            f"{line.name}: {line.outcome.reason}"
            for line in self.lines
            if line.name in self.failed or _is_long(line.outcome.reason)
        )
        return "\n".join([self._verdict(), *table, *messages])

    def __rich__(self) -> Group:
        """What a terminal shows; reasons are broken into lines."""
        from rich.console import Group
        from rich.table import Table
        from rich.text import Text

        table = Table(*self.HEADER[:3])
        table.add_column(self.HEADER[3], overflow="fold")
        for line in self.lines:
            style = "bold red" if line.name in self.failed else ""
            table.add_row(*(Text(cell, style) for cell in line.cells))
        return Group(Text(self._verdict()), table)

    def _repr_html_(self) -> str:
        rows = (
            "<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>"
            for row in (self.HEADER, *(line.cells for line in self.lines))
        )
        return f"<p>{html.escape(self._verdict())}</p><table>{''.join(rows)}</table>"

    def _named(self, kind: OutcomeKind) -> tuple[str, ...]:
        return tuple(line.name for line in self.lines if line.outcome.kind is kind)

    def _verdict(self) -> str:
        counts = ", ".join(
            f"{len(self._named(kind))} {kind.value}" for kind in OutcomeKind if self._named(kind)
        )
        nothing = "" if self.is_judged else "; no example was judged"
        return f"{self.family}: {counts}{nothing}"


_SHOWN = 60
"""So many characters of a reason stand in the table."""


def _short(reason: str) -> str:
    text = " ".join(reason.split())
    return f"{text[: _SHOWN - 3]}..." if _is_long(reason) else text


def _is_long(reason: str) -> bool:
    return len(" ".join(reason.split())) > _SHOWN


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

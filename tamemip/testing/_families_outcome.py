"""How a check of a family ends."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import final


class OutcomeKind(Enum):
    """How a check ended."""

    PASSED = "passed"
    NOT_RUN = "not run"
    EXPECTED_FAILURE = "expected failure"
    FAILED = "FAILED"

    def __repr__(self) -> str:
        return f"OutcomeKind.{self.name}"


@final
@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended, and why.

    Attributes
    ----------
    kind
        How it ended. A check that is called never returns ``FAILED``: it raises AssertionError.
    reason
        Why it was not run, what the expected failure says, or which examples a passed check
        could not judge; empty if there is nothing to say.
    judged
        How many examples were judged; 0 for a check that is not about examples.

    Examples
    --------
    >>> print(Outcome(OutcomeKind.NOT_RUN, "the family has no `evaluate`"))
    not run: the family has no `evaluate`
    """

    kind: OutcomeKind
    reason: str = ""
    judged: int = 0

    def __str__(self) -> str:
        return f"{self.kind.value}: {self.reason}" if self.reason else self.kind.value


PASSED = Outcome(OutcomeKind.PASSED)


@final
class NotJudgedError(Exception):
    """An example says nothing about a check: it is too large, or another check comes first."""


@final
class StoppedError(Exception):
    """What an example raised while it was judged, which no check asks for.

    Attributes
    ----------
    where
        Which example it was.
    error
        What was raised.
    """

    def __init__(self, where: str, error: Exception) -> None:
        super().__init__(f"{where}: {error}")
        self.where = where
        self.error = error

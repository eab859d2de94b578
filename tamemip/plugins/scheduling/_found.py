"""What a search found: a schedule, exactly, and a bound, with who says so."""

from __future__ import annotations

import html
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, Protocol, TypeVar, final

from tamemip.certificates import Bound
from tamemip.solvers import Status


class Valued(Protocol):
    """A decoded solution."""

    @property
    def value(self) -> Fraction:
        """What it costs, exactly."""
        ...


Plan = TypeVar("Plan", bound=Valued)


@final
@dataclass(frozen=True, slots=True, repr=False)
class FoundSchedule(Generic[Plan]):
    """The best schedule that a search found, and a bound on all others.

    Attributes
    ----------
    schedule
        The best schedule (or plan) found. What it costs is exact, and the instance allows it.
    bound
        None costs less: `source` is who says so.
    status
        `Status.OPTIMAL` if the bound is reached up to the gap of the limits; `Status.LIMIT`
        if the search was stopped.
    seconds
        Wall-clock time.
    reason
        Why the search ended, in short.
    source
        Where the bound is from: a theorem, or the claim of a solver.
    """

    schedule: Plan
    bound: Bound
    status: Status
    seconds: float
    reason: str
    source: str

    @property
    def value(self) -> Fraction:
        """What the schedule costs, exactly."""
        return self.schedule.value

    @property
    def objective(self) -> str:
        """What the value is, in words."""
        return str(getattr(self.schedule, "objective", "cost"))

    def __repr__(self) -> str:
        return (
            f"FoundSchedule({self.status.value}, {self.objective} {self.value}, bound {self.bound})"
        )

    def __str__(self) -> str:
        why = f" ({self.reason})" if self.status is Status.LIMIT else ""
        return (
            f"{self.status.value}{why}: {self.objective} {self.value}, bound {self.bound} "
            f"({self.source}), {self.seconds:.2f} s"
        )

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


CP_SAT = "claimed by cp-sat, not proved"
"""The source of its bounds."""

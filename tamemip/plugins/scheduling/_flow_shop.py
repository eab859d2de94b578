"""Permutation flow shops: all jobs pass all machines in one order."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number, exact_table
from tamemip.plugins.scheduling._disjunctive import Operation, of_all, on_machine, table


@final
@dataclass(frozen=True, slots=True, repr=False)
class FlowShop:
    """Jobs that pass machines 0, 1, ... one after the other and do not overtake.

    Operation ``(j, k)`` is the one of job `j` on machine `k`; it takes ``durations[j][k]``.
    Every machine sees the jobs in the same order, which is sought: the one of least makespan.
    This is the permutation flow shop of the literature. Where jobs may overtake between
    machines, use `JobShop.flow`; with at most three machines that gains nothing [1]_.

    Parameters
    ----------
    durations
        One list a job, with one number a machine, zero or more, in any unit of time. As for a
        job shop, `machines` has the machine of each of them: ``(0, 1, ...)`` for every job.
    name
        What to call it.
    optimum
        The least makespan, as a file states it; None if it states none. It is kept for
        comparison, and neither checked nor used.

    Raises
    ------
    InvalidInputError
        If a duration is negative or no number, or jobs differ in length; the message names
        the item.

    References
    ----------
    .. [1] R. W. Conway, W. L. Maxwell and L. W. Miller, "Theory of Scheduling",
       Addison-Wesley, 1967.

    Examples
    --------
    >>> shop = FlowShop([[3, 2], [2, 4], [1, 3]])
    >>> shop
    FlowShop(3 jobs, 2 machines)
    >>> shop.machines
    ((0, 1), (0, 1), (0, 1))
    """

    durations: tuple[tuple[Fraction, ...], ...]
    machines: tuple[tuple[int, ...], ...]
    name: str
    optimum: Fraction | None

    def __init__(
        self,
        durations: Iterable[Iterable[Number]],
        *,
        name: str = "",
        optimum: Number | None = None,
    ) -> None:
        times = exact_table(durations, "durations", least=0)
        _require_rectangle(times)
        object.__setattr__(self, "durations", times)
        object.__setattr__(self, "machines", (tuple(range(len(times[0]))),) * len(times))
        object.__setattr__(self, "name", name)
        known = None if optimum is None else exact_number(optimum, "optimum", least=0)
        object.__setattr__(self, "optimum", known)

    @property
    def n_jobs(self) -> int:
        """Number of jobs."""
        return len(self.durations)

    @property
    def operations(self) -> tuple[Operation, ...]:
        """All operations ``(j, k)``, job by job."""
        return of_all(self)

    @property
    def machine_numbers(self) -> tuple[int, ...]:
        """The machines, in order."""
        return tuple(range(len(self.durations[0])))

    def on(self, machine: int) -> tuple[Operation, ...]:
        """The operations on a machine, job by job."""
        return on_machine(self, machine)

    def duration(self, operation: Operation) -> Fraction:
        """How long an operation takes."""
        return self.durations[operation[0]][operation[1]]

    def machine(self, operation: Operation) -> int:
        """The machine of an operation."""
        return operation[1]

    def __repr__(self) -> str:
        name = f"{self.name!r}, " if self.name else ""
        n_machines = len(self.durations[0])
        jobs = f"{self.n_jobs} job{'s' * (self.n_jobs != 1)}"
        return f"FlowShop({name}{jobs}, {n_machines} machine{'s' * (n_machines != 1)})"

    def __str__(self) -> str:
        return "\n".join([repr(self), *table(self)])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _require_rectangle(durations: tuple[tuple[Fraction, ...], ...]) -> None:
    if not durations:
        raise InvalidInputError("durations is empty; a flow shop has a job.")
    width = len(durations[0])
    if not width:
        raise InvalidInputError("durations[0] is empty; a flow shop has a machine.")
    for j, row in enumerate(durations):
        if len(row) != width:
            raise InvalidInputError(
                f"durations[{j}] has {len(row)} entries, but durations[0] has {width}: "
                "in a flow shop every job visits every machine."
            )

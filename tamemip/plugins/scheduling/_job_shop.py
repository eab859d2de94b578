"""Job shops: every job goes from machine to machine in an order of its own."""

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
class JobShop:
    """Jobs that visit machines in given orders; a machine does one operation at a time.

    Operation ``(j, k)`` is operation `k` of job `j`. It takes ``durations[j][k]`` on machine
    ``machines[j][k]``, starts when operation ``(j, k - 1)`` has ended, and is not interrupted.
    Sought is a schedule of least makespan: the time at which the last operation ends.

    Jobs may have different lengths and come back to a machine. An operation of duration zero
    still needs its machine to be free of others at that moment, so that the least makespan
    depends continuously on the durations.

    Parameters
    ----------
    durations
        One list a job: how long its operations take, in the order in which they are done,
        in any unit of time. Numbers that are zero or more.
    machines
        One list a job, of the same lengths: the numbers of the machines, from 0 on.
    name
        What to call it.
    optimum
        The least makespan, as a file states it; None if it states none. It is kept for
        comparison, and neither checked nor used.

    Raises
    ------
    InvalidInputError
        If a duration is negative or no number, a machine is no number of one, a job is
        empty, or the two tables differ in shape; the message names the item.

    References
    ----------
    .. [1] J. F. Muth and G. L. Thompson (eds.), "Industrial Scheduling", Prentice-Hall,
       1963.

    Examples
    --------
    >>> shop = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]], name="two by two")
    >>> shop
    JobShop('two by two', 2 jobs, 2 machines, 4 operations)
    >>> print(shop)
    JobShop('two by two', 2 jobs, 2 machines, 4 operations)
      job 0: machine 0 for 3, machine 1 for 2
      job 1: machine 1 for 2, machine 0 for 4
    >>> JobShop([[3, -2]], [[0, 1]])
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: durations[0][1] is -2; it has to be at least 0.
    """

    durations: tuple[tuple[Fraction, ...], ...]
    machines: tuple[tuple[int, ...], ...]
    name: str
    optimum: Fraction | None

    def __init__(
        self,
        durations: Iterable[Iterable[Number]],
        machines: Iterable[Iterable[Number]],
        *,
        name: str = "",
        optimum: Number | None = None,
    ) -> None:
        times = exact_table(durations, "durations", least=0)
        visits = exact_table(machines, "machines", least=0, is_integral=True)
        _require_shape(times, visits)
        object.__setattr__(self, "durations", times)
        object.__setattr__(self, "machines", tuple(tuple(map(int, row)) for row in visits))
        object.__setattr__(self, "name", name)
        known = None if optimum is None else exact_number(optimum, "optimum", least=0)
        object.__setattr__(self, "optimum", known)

    @classmethod
    def flow(
        cls,
        durations: Iterable[Iterable[Number]],
        *,
        name: str = "",
        optimum: Number | None = None,
    ) -> JobShop:
        """The flow shop in which jobs may overtake: all visit machines 0, 1, ... in turn.

        Where they may not overtake, see `FlowShop`.

        Examples
        --------
        >>> JobShop.flow([[3, 2], [2, 4]]).machines
        ((0, 1), (0, 1))
        """
        times = exact_table(durations, "durations", least=0)
        return cls(times, [range(len(row)) for row in times], name=name, optimum=optimum)

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
        """The machines that some job visits, in order."""
        return tuple(sorted({m for row in self.machines for m in row}))

    def on(self, machine: int) -> tuple[Operation, ...]:
        """The operations on a machine, job by job."""
        return on_machine(self, machine)

    def duration(self, operation: Operation) -> Fraction:
        """How long an operation takes."""
        return self.durations[operation[0]][operation[1]]

    def machine(self, operation: Operation) -> int:
        """The machine of an operation."""
        return self.machines[operation[0]][operation[1]]

    def __repr__(self) -> str:
        count = sum(map(len, self.durations))
        name = f"{self.name!r}, " if self.name else ""
        jobs = f"{self.n_jobs} job{'s' * (self.n_jobs != 1)}"
        n_machines = len(self.machine_numbers)
        machines = f"{n_machines} machine{'s' * (n_machines != 1)}"
        return f"JobShop({name}{jobs}, {machines}, {count} operation{'s' * (count != 1)})"

    def __str__(self) -> str:
        return "\n".join([repr(self), *table(self)])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _require_shape(
    durations: tuple[tuple[Fraction, ...], ...], machines: tuple[tuple[Fraction, ...], ...]
) -> None:
    if not durations:
        raise InvalidInputError("durations is empty; a job shop has a job.")
    if len(machines) != len(durations):
        raise InvalidInputError(
            f"machines has {len(machines)} rows, but durations has {len(durations)}: "
            "one a job is needed."
        )
    for j, (times, visits) in enumerate(zip(durations, machines, strict=True)):
        if not times:
            raise InvalidInputError(f"durations[{j}] is empty; a job has an operation.")
        if len(visits) != len(times):
            raise InvalidInputError(
                f"machines[{j}] has {len(visits)} entries, but durations[{j}] has "
                f"{len(times)}: one an operation is needed."
            )

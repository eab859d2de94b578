"""Identical machines side by side."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._data_entry import exact_number, exact_numbers, exact_point
from tamemip.plugins.scheduling._member import BadExample, Member
from tamemip.plugins.scheduling._schedule import Schedule, ScheduledOperation
from tamemip.plugins.scheduling._single_machine_program import refuse_other_jobs
from tamemip.programs import ParametricProgram


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class ParallelMachines:
    r"""Jobs for several identical machines; the last one shall end early.

    Every job runs on one machine, without a break; the makespan is the largest load,
    :math:`P||C_{\max}` in the three fields of [1]_. Two machines make it NP-hard already.

    Parameters
    ----------
    processing
        How long each job takes; at least 0.
    machines
        How many machines there are; at least 1.
    name
        What it is called.
    optimum
        The makespan that its source states as optimal, if it does. It is not used.

    Raises
    ------
    InvalidInputError
        If there is no job or no machine, or an entry is no number or negative; the message
        names the entry.

    References
    ----------
    .. [1] R. L. Graham, E. L. Lawler, J. K. Lenstra, A. H. G. Rinnooy Kan, "Optimization and
       approximation in deterministic sequencing and scheduling: a survey", Annals of Discrete
       Mathematics 5 (1979), 287-326.

    Examples
    --------
    The makespan of the one best partition moves with either machine's jobs:

    >>> import tamemip as tm
    >>> from tamemip.plugins.scheduling import ParallelMachines
    >>> q = tm.family("scheduling").program(ParallelMachines([3, 3, 2, 2, 2], 2))
    >>> D = tm.conservative_gradient(q, at=[0] * q.n_parameters)
    >>> for g in D.generators:
    ...     print(g)
    [1. 1. 0. 0. 0.]
    [0. 0. 1. 1. 1.]
    """

    processing: tuple[Fraction, ...]
    machines: int
    name: str
    optimum: Fraction | None

    def __init__(
        self,
        processing: Iterable[Number],
        machines: int,
        *,
        name: str = "",
        optimum: Number | None = None,
    ) -> None:
        times = exact_numbers(processing, "processing", least=0)
        if not times:
            raise InvalidInputError("processing is empty; at least one job is needed.")
        if hasattr(machines, "__len__") and not isinstance(machines, str):
            raise InvalidInputError("machines is a sequence; the number of machines is needed.")
        count = exact_number(machines, "machines", least=1, is_integral=True)
        fields: dict[str, object] = {
            "processing": times,
            "machines": int(count),
            "name": name,
            "optimum": None if optimum is None else exact_number(optimum, "optimum"),
        }
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @property
    def n_jobs(self) -> int:
        """Number of jobs."""
        return len(self.processing)

    def __repr__(self) -> str:
        jobs = f"{self.n_jobs} job{'s' * (self.n_jobs != 1)}"
        machines = f"{self.machines} machine{'s' * (self.machines != 1)}"
        return f"ParallelMachines({jobs}, {machines}{f', {self.name!r}' if self.name else ''})"

    def __str__(self) -> str:
        shown = " ".join(map(str, self.processing[:_SHOWN]))
        more = f" ... and {self.n_jobs - _SHOWN} more" if self.n_jobs > _SHOWN else ""
        return f"{self!r}\n  processing: {shown}{more}"

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def parallel_machines_program(instance: ParallelMachines) -> ParametricProgram:
    r"""The assignment program of identical machines.

    ``assign[j,m]`` is 1 if job `j` runs on machine `m`; ``load[m]`` holds the ``makespan``
    above the load. The parameters ``processing[j]`` are displacements. Machines are alike, so
    job `j` is offered the machines ``0, ..., j`` only: any partition of the jobs can be named
    so, whatever the times are. The program is right wherever they stay nonnegative.

    Parameters
    ----------
    instance
        The jobs and the number of machines.

    Examples
    --------
    >>> parallel_machines_program(ParallelMachines([3, 2], 2)).program.col_names
    ('assign[0,0]', 'assign[1,0]', 'assign[1,1]', 'makespan')
    """
    build = ProgramBuilder("min", name=instance.name)
    offers = {pair: build.column(_assign(*pair), upper=1) for pair in _offers(instance)}
    makespan = build.column("makespan", cost=1, integer=False)
    times = [Affine.of(p, f"processing[{j}]") for j, p in enumerate(instance.processing)]
    for j in range(instance.n_jobs):
        build.row(f"once[{j}]", {c: 1 for (i, _), c in offers.items() if i == j}, "=", 1)
    for m in range(min(instance.machines, instance.n_jobs)):
        load = {column: times[j] for (j, k), column in offers.items() if k == m}
        build.row(f"load[{m}]", {**load, makespan: -1}, "<=", 0)
    return build.build()


def decode_parallel_machines(instance: ParallelMachines, point: Sequence[Number]) -> Schedule:
    """The schedule of a point: on every machine the jobs by number, without idle time.

    Only the assignment is read off the point; times and makespan follow from the instance.

    Raises
    ------
    InvalidInputError
        If the point does not fit, or does not give a job to just one machine.
    """
    offers = list(_offers(instance))
    names = [*(_assign(*pair) for pair in offers), "makespan"]
    values = exact_point(point, [*(True for _ in offers), False], names)
    machine: dict[int, int] = {}
    for (j, m), value in zip(offers, values, strict=False):
        if value not in (0, 1):
            raise InvalidInputError(f"column {_assign(j, m)!r} is {value}; 0 or 1 is needed.")
        if value and machine.setdefault(j, m) != m:
            raise InvalidInputError(f"job {j} is on two machines, {machine[j]} and {m}.")
    for j in range(instance.n_jobs):
        if j not in machine:
            raise InvalidInputError(f"job {j} is on no machine.")
    return assignment(instance, [machine[j] for j in range(instance.n_jobs)])


def evaluate_parallel_machines(instance: ParallelMachines, solution: Schedule) -> Fraction:
    """The makespan of a schedule.

    Raises
    ------
    InvalidInputError
        If it is no schedule of the instance: a job is missing, has another duration, starts
        before time zero, overlaps with another one, or runs on a machine that there is not.
    """
    refuse_other_jobs(solution, instance.processing)
    for operation in solution.operations:
        kind, _, number = operation.lane.partition(" ")
        if kind != "machine" or not number.isdecimal() or int(number) >= instance.machines:
            raise InvalidInputError(
                f"{operation.name} is on {operation.lane}; there are machines 0 to "
                f"{instance.machines - 1}."
            )
    solution.refuse_overlaps()
    return solution.makespan


def assignment(instance: ParallelMachines, machines: Sequence[int]) -> Schedule:
    """The schedule that gives every job to a machine.

    Raises
    ------
    InvalidInputError
        If there is not one machine a job, from 0 on.

    Examples
    --------
    >>> print(assignment(ParallelMachines([3, 3, 2, 2, 2], 2), [0, 0, 1, 1, 1]))
    makespan 6
      machine 0: job 0 [0, 3]  job 1 [3, 6]
      machine 1: job 2 [0, 2]  job 3 [2, 4]  job 4 [4, 6]
    """
    if len(machines) != instance.n_jobs:
        raise InvalidInputError(f"{len(machines)} machines are given for {instance.n_jobs} jobs.")
    loads: dict[int, Fraction] = {}
    operations = []
    for j, (m, duration) in enumerate(zip(machines, instance.processing, strict=True)):
        if m not in range(instance.machines):
            raise InvalidInputError(f"job {j} is given to machine {m}, which there is not.")
        start = loads.get(m, Fraction(0))
        operations.append(ScheduledOperation(f"job {j}", j, f"machine {m}", start, duration))
        loads[m] = start + duration
    return Schedule(tuple(operations), max(loads.values()), "makespan")


def _offers(instance: ParallelMachines) -> Iterator[tuple[int, int]]:
    """Pairs of a job and a machine that it may run on: the first of those that are still empty.

    Numbering machines by the smallest job on them, job j never needs a number above j.
    """
    for j in range(instance.n_jobs):
        for m in range(min(instance.machines, j + 1)):
            yield j, m


def _assign(j: int, m: int) -> str:
    return f"assign[{j},{m}]"


def _examples() -> Iterator[ParallelMachines]:
    yield ParallelMachines([3, 3, 2, 2, 2], 2, name="one partition, two critical", optimum=6)
    yield ParallelMachines([2, 2, 2], 2, name="three partitions tie", optimum=4)
    yield ParallelMachines([5, "7/2", 3, 1], 3, name="fractions")
    yield ParallelMachines([4, 1], 3, name="more machines than jobs")
    yield ParallelMachines([2, 0, 3], 1, name="one machine", optimum=5)


def _bad_examples() -> Iterator[BadExample]:
    cases: list[Callable[[], object]] = [
        lambda: ParallelMachines([], 2),
        lambda: ParallelMachines([3, -1], 2),
        lambda: ParallelMachines([3, float("nan")], 2),
        lambda: ParallelMachines([3, 1], 0),
        lambda: ParallelMachines([3, 1], 1.5),  # type: ignore[arg-type]  # refused, that is the test
        lambda: ParallelMachines([3, 1], [0, 1]),  # type: ignore[arg-type]  # likewise
    ]
    yield from cases


MEMBER = Member(
    ParallelMachines,
    parallel_machines_program,
    decode_parallel_machines,
    evaluate_parallel_machines,
    _examples,
    _bad_examples,
)

_SHOWN = 20
"""Jobs that are printed."""

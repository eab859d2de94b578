"""Programs of one machine, by the time at which each job starts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.plugins._affine import Affine
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._data_entry import exact_point
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.plugins.scheduling._single_machine_program import sequence
from tamemip.programs import ParametricProgram


def time_indexed_program(instance: SingleMachine) -> ParametricProgram:
    r"""The 0-1 program of one machine by starting times [1]_.

    ``start[j,t]`` is 1 if job `j` starts at time `t`; at ``time[t]``, between `t` and
    ``t + 1``, one job runs at most. The horizon is the sum of the processing times, so there
    is no idle time. Its relaxation is far stronger than that of `single_machine_program`, its
    size grows with the horizon: SCIP closes most instances of 20 jobs of up to 10 units within
    seconds, where few linear orders of 16 jobs are closed in ten (see bench).

    The parameters ``weight[j]`` are displacements; that of a job that is never late moves
    nothing. The program is right for all of them. Times are fixed: they are the columns.

    Parameters
    ----------
    instance
        The jobs; processing times are positive integers.

    Raises
    ------
    UnsupportedError
        If a processing time is no positive integer, or all of it would have more than two
        million entries.

    References
    ----------
    .. [1] J. P. Sousa, L. A. Wolsey, "A time indexed formulation of non-preemptive single
       machine scheduling problems", Mathematical Programming 54 (1992), 353-367.

    Examples
    --------
    >>> q = time_indexed_program(SingleMachine([2, 1], [1, 4], due=[2, 1]))
    >>> q.program.col_names
    ('start[0,0]', 'start[0,1]', 'start[1,0]', 'start[1,1]', 'start[1,2]')
    >>> q.names
    ('weight[0]', 'weight[1]')
    """
    times = _whole_times(instance)
    horizon = sum(times)
    weights = [f"weight[{j}]" for j in range(instance.n_jobs)]
    build = ProgramBuilder("min", name=instance.name, parameters=weights)
    columns = {
        (j, t): build.column(_start(j, t), cost=_cost(instance, j, t), upper=1)
        for j, t in _starts(times)
    }
    for j, p in enumerate(times):
        build.row(f"once[{j}]", {columns[j, t]: 1 for t in range(horizon - p + 1)}, "=", 1)
    for t in range(horizon):
        running = {
            columns[j, s]: 1
            for j, p in enumerate(times)
            for s in range(max(0, t - p + 1), min(t, horizon - p) + 1)
        }
        build.row(f"time[{t}]", running, "<=", 1)
    return build.build()


def decode_time_indexed(instance: SingleMachine, point: Sequence[Number]) -> Schedule:
    """The schedule of a point of `time_indexed_program`.

    Raises
    ------
    InvalidInputError
        If the point does not fit, or does not start every job once.

    Examples
    --------
    >>> instance = SingleMachine([2, 1], [1, 4], due=[2, 1])
    >>> print(decode_time_indexed(instance, [0, 1, 1, 0, 0]))
    weighted tardiness 1
      machine 0: job 1 [0, 1]  job 0 [1, 3]
    """
    offers = list(_starts(_whole_times(instance)))
    names = [_start(j, t) for j, t in offers]
    values = exact_point(point, [True] * len(names), names)
    chosen = sorted((t, j) for (j, t), v in zip(offers, values, strict=True) if v)
    if set(values) - {0, 1} or sorted(j for _, j in chosen) != list(range(instance.n_jobs)):
        raise InvalidInputError("the point does not start every job just once.")
    return sequence(instance, [j for _, j in chosen])


def point_of_starts(instance: SingleMachine, order: Sequence[int]) -> tuple[Fraction, ...]:
    """The point of `time_indexed_program` that does the jobs in an order.

    Examples
    --------
    >>> tuple(map(int, point_of_starts(SingleMachine([2, 1], [1, 4]), [1, 0])))
    (0, 1, 1, 0, 0)
    """
    starts = sequence(instance, order).starts
    return tuple(Fraction(starts[j] == t) for j, t in _starts(_whole_times(instance)))


def time_indexed_entries(instance: SingleMachine) -> int:
    """Entries of the matrix of `time_indexed_program`, to see beforehand if it is too large.

    Examples
    --------
    >>> time_indexed_entries(SingleMachine([2, 1], [1, 4]))
    12
    """
    horizon = sum(instance.processing)
    return int(sum((p + 1) * (horizon - p + 1) for p in instance.processing))


_MOST_ENTRIES = 2_000_000


def _whole_times(instance: SingleMachine) -> list[int]:
    for j, p in enumerate(instance.processing):
        if p.denominator != 1 or p < 1:
            raise UnsupportedError(
                f"processing[{j}] is {p}; a program by starting times needs positive integers. "
                "Take a smaller unit of time, or single_machine_program(instance)."
            )
    if time_indexed_entries(instance) > _MOST_ENTRIES:
        raise UnsupportedError(
            f"the program by starting times would have {time_indexed_entries(instance)} entries, "
            f"more than {_MOST_ENTRIES}. Take a larger unit of time, or "
            "single_machine_program(instance)."
        )
    return [int(p) for p in instance.processing]


def _starts(times: Sequence[int]) -> Iterator[tuple[int, int]]:
    horizon = sum(times)
    return ((j, t) for j, p in enumerate(times) for t in range(horizon - p + 1))


def _cost(instance: SingleMachine, j: int, t: int) -> Affine:
    end = t + instance.processing[j]
    late = end if instance.due is None else max(end - instance.due[j], 0 * end)
    return Affine(instance.weights[j] * late, {f"weight[{j}]": late} if late else {})


def _start(j: int, t: int) -> str:
    return f"start[{j},{t}]"

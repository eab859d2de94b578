"""Resource-constrained projects: the time-indexed program, with 0-1 columns only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._data_entry import exact_number, exact_point
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._resource_constrained_schedule import project_schedule
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.programs import ParametricProgram


def time_indexed_program(
    instance: ResourceConstrained, *, horizon: Number | None = None
) -> ParametricProgram:
    r"""The least makespan of a project with integer durations, in 0-1 columns only [1]_.

    ``start[j,t]`` is 1 iff activity `j` starts at `t`, an integer between the longest chain
    of precedences before `j` and the `horizon` less the longest chain from `j` on. Rows

    .. math::

        \sum_t x_{jt} = 1, \quad
        \sum_{s > t - p_i} x_{is} + \sum_{s \le t} x_{js} \le 1 \ (i \to j), \quad
        \sum_j r_{jk} \sum_{t - p_j < s \le t} x_{js} \le R_k,

    the second for precedences (the disaggregated form [2]_), the third at all times. The
    end is one more activity, of no length, after all activities. Its tight relaxation makes
    it the program for proofs: integer starts are enough, since durations are integers.

    Parameters ``capacity[k]`` are added to ``capacities[k]``; without resources there is one,
    ``capacity``, that moves nothing. The program is that of the schedules that end by the
    horizon: infeasible where the least makespan is above it.

    Parameters
    ----------
    instance
        The project; its durations are integers.
    horizon
        An integer by which everything ends; the sum of the durations if not given, which
        is right for all capacities. A makespan that a schedule attains is right at the
        instance, and for all larger capacities.

    Raises
    ------
    InvalidInputError
        If a duration or the horizon is no integer, or the horizon is below the longest chain
        of precedences.

    References
    ----------
    .. [1] A. A. B. Pritsker, L. J. Watters, P. M. Wolfe, "Multiproject scheduling with
       limited resources: a zero-one programming approach", Management Science 16 (1969),
       93-108.
    .. [2] N. Christofides, R. Alvarez-Valdes, J. M. Tamarit, "Project scheduling with
       resource constraints: a branch and bound approach", European Journal of Operational
       Research 29 (1987), 262-273.

    Examples
    --------
    >>> import tamemip as tm
    >>> project = ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)])
    >>> q = time_indexed_program(project)
    >>> tm.solve(q.program).value, tm.solve(q.at([-1])).value
    (4.0, 7.0)
    """
    windows = _windows(instance, horizon)
    # A program of a plugin has a parameter; without resources this one moves nothing.
    slots = [f"capacity[{k}]" for k in range(instance.n_resources)] or ["capacity"]
    build = ProgramBuilder("min", name=instance.name, parameters=slots)
    for j in range(instance.n_activities):
        for t in windows.starts(j):
            build.column(_start(j, t), upper=1)
        build.row(f"once[{j}]", {_start(j, t): 1 for t in windows.starts(j)}, "=", 1)
    for t in windows.ends:
        build.column(_end(t), upper=1, cost=t)
    build.row("end", {_end(t): 1 for t in windows.ends}, "=", 1)
    _precedences(build, instance, windows)
    _capacities(build, instance, windows)
    return build.build()


def time_indexed_schedule(
    instance: ResourceConstrained, point: Sequence[Number], *, horizon: Number | None = None
) -> Schedule:
    """The schedule of a point of `time_indexed_program` with the same horizon.

    Raises
    ------
    InvalidInputError
        If the point has a wrong length, a column is no integer, or an activity starts never
        or twice.

    Examples
    --------
    >>> import tamemip as tm
    >>> project = ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)])
    >>> point = tm.solve(time_indexed_program(project, horizon=4).program).point
    >>> time_indexed_schedule(project, point, horizon=4)
    Schedule(makespan 4, 3 operations)
    """
    program = time_indexed_program(instance, horizon=horizon).program
    values = exact_point(point, program.integrality.tolist(), program.col_names)
    chosen = {name for name, v in zip(program.col_names, values, strict=True) if v}
    windows = _windows(instance, horizon)
    starts = []
    for j in range(instance.n_activities):
        times = [t for t in windows.starts(j) if _start(j, t) in chosen]
        if len(times) != 1:
            raise InvalidInputError(f"activity {j} starts {len(times)} times in the point.")
        starts.append(times[0])
    return project_schedule(instance, starts)


def chains(instance: ResourceConstrained) -> tuple[tuple[Fraction, ...], tuple[Fraction, ...]]:
    """Longest chains of precedences: before each activity, and from its start to the end.

    Examples
    --------
    >>> project = ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)])
    >>> [tuple(map(int, numbers)) for numbers in chains(project)]
    [(0, 0, 2), (3, 4, 2)]
    """
    n, durations = instance.n_activities, instance.durations
    heads, tails = [Fraction(0)] * n, list(durations)
    # As many rounds as the longest chain has arcs: the precedences have no cycle.
    for _ in range(n):
        for i, j in instance.precedences:
            heads[j] = max(heads[j], heads[i] + durations[i])
            tails[i] = max(tails[i], durations[i] + tails[j])
    return tuple(heads), tuple(tails)


@final
@dataclass(frozen=True, slots=True)
class _Windows:
    """When activities may start, all times integers.

    Attributes
    ----------
    first, last
        The earliest and the latest start of each activity.
    ends
        When the project may end.
    """

    first: tuple[int, ...]
    last: tuple[int, ...]
    ends: range

    def starts(self, j: int) -> range:
        """All starts of an activity."""
        return range(self.first[j], self.last[j] + 1)


def _windows(instance: ResourceConstrained, horizon: Number | None) -> _Windows:
    for j, duration in enumerate(instance.durations):
        exact_number(duration, f"durations[{j}]", is_integral=True)
    total = sum(instance.durations, Fraction(0))
    last = total if horizon is None else exact_number(horizon, "horizon", is_integral=True)
    heads, tails = chains(instance)
    longest = max(h + t for h, t in zip(heads, tails, strict=True))
    if last < longest:
        raise InvalidInputError(
            f"horizon is {last}, but the precedences alone take {longest}. Give that, or more."
        )
    return _Windows(
        tuple(int(h) for h in heads),
        tuple(int(last - t) for t in tails),
        range(int(longest), int(last) + 1),
    )


def _start(j: int, t: int) -> str:
    return f"start[{j},{t}]"


def _end(t: int) -> str:
    return f"end[{t}]"


def _precedences(build: ProgramBuilder, instance: ResourceConstrained, windows: _Windows) -> None:
    for i, j in instance.precedences:
        length = int(instance.durations[i])
        for t in windows.starts(j):
            late = {_start(i, s): 1 for s in windows.starts(i) if s > t - length}
            early = {_start(j, s): 1 for s in windows.starts(j) if s <= t}
            if late:
                build.row(f"precedence[{i},{j},{t}]", {**late, **early}, "<=", 1)
    for i in set(range(instance.n_activities)) - {i for i, _ in instance.precedences}:
        length = int(instance.durations[i])
        for t in windows.ends:
            late = {_start(i, s): 1 for s in windows.starts(i) if s > t - length}
            early = {_end(s): 1 for s in windows.ends if s <= t}
            if late:
                build.row(f"finish[{i},{t}]", {**late, **early}, "<=", 1)


def _capacities(build: ProgramBuilder, instance: ResourceConstrained, windows: _Windows) -> None:
    last = windows.ends[-1]
    for k, capacity in enumerate(instance.capacities):
        needs = [row[k] for row in instance.requirements]
        stock = Affine.of(capacity, f"capacity[{k}]")
        for t in range(last):
            used = {
                _start(j, s): need
                for j, need in enumerate(needs)
                if need
                for s in windows.starts(j)
                if t - int(instance.durations[j]) < s <= t
            }
            if used:
                build.row(f"capacity[{k},{t}]", used, "<=", stock)

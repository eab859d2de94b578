"""Programs of planning and scheduling with facilities."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, permutations, product

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.plugins._affine import Affine, Entry
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._data_entry import exact_point
from tamemip.plugins.scheduling._machine_assignment import MachineAssignment
from tamemip.plugins.scheduling._machine_assignment_packing import (
    conflicts,
    fitting_starts,
    is_within_capacity,
)
from tamemip.plugins.scheduling._member import BadExample, Member
from tamemip.plugins.scheduling._schedule import Schedule, ScheduledOperation
from tamemip.programs import ParametricProgram


def machine_assignment_program(instance: MachineAssignment) -> ParametricProgram:
    r"""The program of who does what; when follows from it.

    ``assign[j,m]`` is 1 if facility `m` does job `j`. A set of jobs that does not fit into
    its time windows on facility `m`, while every smaller one does, has the row
    ``conflict[m,...]``: not all of them at once. These rows describe the assignments that can
    be scheduled, exactly; a method by Benders cuts [1]_ would find some of them one by one.

    The parameters ``cost[j,m]`` are displacements; the program is right for all of them. Time
    windows and durations are constants here, they move in `windowed_program`.

    Parameters
    ----------
    instance
        The jobs.

    Raises
    ------
    UnsupportedError
        If too many sets of jobs fit together for such a list.

    References
    ----------
    .. [1] J. N. Hooker, "Planning and scheduling by logic-based Benders decomposition",
       Operations Research 55 (2007), 588-602.

    Examples
    --------
    >>> instance = MachineAssignment([[3, 2], [3, 2]], [[1, 5], [1, 4]], [0, 0], [5, 5])
    >>> machine_assignment_program(instance).program.row_names
    ('once[0]', 'once[1]', 'conflict[0,0,1]')
    """
    build = ProgramBuilder("min", name=instance.name)
    assign = _assign_columns(build, instance)
    for m in range(instance.n_machines):
        for jobs in conflicts(instance, m):
            name = f"conflict[{','.join(map(str, (m, *jobs)))}]"
            build.row(name, {assign[j, m]: 1 for j in jobs}, "<=", len(jobs) - 1)
    return build.build()


def windowed_program(instance: MachineAssignment) -> ParametricProgram:
    r"""The program with starting times, for facilities that do one job at a time [1]_.

    ``start[j]`` is when job `j` starts; ``first[i,j]`` is 1 only if job `i` ends before job
    `j` starts, which has to be so, one way or the other, where both are on one facility. The
    constants of the ``after[i,j]`` rows are the deadline of `i` less the release of `j` and
    move with them, so that the program is right for all windows, all costs and all
    nonnegative durations.

    The parameters ``cost[j,m]``, ``release[j]``, ``deadline[j]`` and ``duration[j,m]`` are
    displacements. The cost jumps where a window closes on an assignment: see
    `tamemip.value_function` for where. Its points are decoded by `decode_windowed`.

    Parameters
    ----------
    instance
        The jobs.

    Raises
    ------
    UnsupportedError
        If two jobs may run on one facility at one time.

    References
    ----------
    .. [1] A. S. Manne, "On the job-shop scheduling problem", Operations Research 8 (1960),
       219-223.

    Examples
    --------
    How late must job 0 be allowed to end, so that both jobs can have the cheaper facility?

    >>> import tamemip as tm
    >>> instance = MachineAssignment([[3, 2], [3, 2]], [[1, 5], [1, 4]], [0, 0], [5, 5])
    >>> v = tm.value_function(windowed_program(instance), along={"deadline[0]": 1}, interval=(0, 3))
    >>> v.jumps[0].t, v.jumps[0].left, v.jumps[0].at
    (Fraction(1, 1), Fraction(5, 1), Fraction(2, 1))
    """
    if not instance.is_disjunctive:
        raise UnsupportedError(
            "two of the jobs can share a facility; the program with starting times is for "
            "facilities that do one job at a time. Use machine_assignment_program(instance)."
        )
    build = ProgramBuilder("min", name=instance.name)
    assign = _assign_columns(build, instance)
    n, machines = instance.n_jobs, range(instance.n_machines)
    pairs = list(permutations(range(n), 2))
    first = {pair: build.column(f"first[{pair[0]},{pair[1]}]", upper=1) for pair in pairs}
    releases = [Affine.of(r, f"release[{j}]") for j, r in enumerate(instance.releases)]
    deadlines = [Affine.of(d, f"deadline[{j}]") for j, d in enumerate(instance.deadlines)]
    start = [build.column(f"start[{j}]", lower=r, integer=False) for j, r in enumerate(releases)]
    took = [
        {assign[j, m]: Affine.of(instance.durations[j][m], f"duration[{j},{m}]") for m in machines}
        for j in range(n)
    ]
    for j in range(n):
        build.row(f"deadline[{j}]", {start[j]: 1, **took[j]}, "<=", deadlines[j])
    for i, j in pairs:
        most = deadlines[i] - releases[j]
        entries: dict[str, Entry] = {start[i]: 1, start[j]: -1, **took[i], first[i, j]: most}
        build.row(f"after[{i},{j}]", entries, "<=", most)
    for (i, j), m in product(combinations(range(n), 2), machines):
        both = {first[i, j]: 1, first[j, i]: 1, assign[i, m]: -1, assign[j, m]: -1}
        build.row(f"meet[{i},{j},{m}]", both, ">=", -1)
    return build.build()


def decode_machine_assignment(instance: MachineAssignment, point: Sequence[Number]) -> Schedule:
    """The schedule of a point: its assignment, every job as early as it was found to fit.

    Raises
    ------
    InvalidInputError
        If the point does not fit, does not give a job to just one facility, or gives jobs to
        a facility that do not fit there.
    """
    names = [_assign(j, m) for j, m in _offers(instance)]
    return _scheduled(instance, exact_point(point, [True] * len(names), names))


def decode_windowed(instance: MachineAssignment, point: Sequence[Number]) -> Schedule:
    """As `decode_machine_assignment`, for a point of `windowed_program`.

    Examples
    --------
    >>> import tamemip as tm
    >>> instance = MachineAssignment([[3, 2], [3, 2]], [[1, 5], [1, 4]], [0, 0], [5, 5])
    >>> decode_windowed(instance, tm.solve(windowed_program(instance).program).point).value
    Fraction(5, 1)
    """
    names = [_assign(j, m) for j, m in _offers(instance)]
    names += [f"first[{i},{j}]" for i, j in permutations(range(instance.n_jobs), 2)]
    whole = len(names)
    names += [f"start[{j}]" for j in range(instance.n_jobs)]
    return _scheduled(instance, exact_point(point, [k < whole for k in range(len(names))], names))


def evaluate_machine_assignment(instance: MachineAssignment, solution: Schedule) -> Fraction:
    """What a schedule costs, from the facilities that it uses.

    Raises
    ------
    InvalidInputError
        If it is no schedule of the instance: a job is missing, on no facility, of another
        duration, outside its window, or more is in use than a facility has.
    """
    if [operation.job for operation in solution.operations] != list(range(instance.n_jobs)):
        raise InvalidInputError(
            f"the schedule has operations of the jobs {[o.job for o in solution.operations]}; "
            f"one of each of the {instance.n_jobs} jobs is needed, in order."
        )
    machines = {f"machine {m}": m for m in range(instance.n_machines)}
    cost = Fraction(0)
    for operation in solution.operations:
        if operation.lane not in machines:
            raise InvalidInputError(f"{operation.name} is on {operation.lane}, which is none.")
        _refuse_operation(instance, operation, machines[operation.lane])
        cost += instance.costs[operation.job][machines[operation.lane]]
    for lane in solution.lanes:
        used = [
            (o.start, o.end, instance.demands[o.job][machines[lane]]) for o in solution.on(lane)
        ]
        if not is_within_capacity(used, instance.capacities[machines[lane]]):
            raise InvalidInputError(
                f"the jobs on {lane} need more than capacities[{machines[lane]}] at one time."
            )
    return cost


def _refuse_operation(
    instance: MachineAssignment, operation: ScheduledOperation, machine: int
) -> None:
    job = operation.job
    if operation.duration != instance.durations[job][machine]:
        raise InvalidInputError(
            f"{operation.name} takes {operation.duration} in the schedule; "
            f"durations[{job}][{machine}] is {instance.durations[job][machine]}."
        )
    if operation.start < instance.releases[job]:
        raise InvalidInputError(
            f"{operation.name} starts at {operation.start}; releases[{job}] is "
            f"{instance.releases[job]}."
        )
    if operation.end > instance.deadlines[job]:
        raise InvalidInputError(
            f"{operation.name} ends at {operation.end}; deadlines[{job}] is "
            f"{instance.deadlines[job]}."
        )
    if instance.demands[job][machine] > instance.capacities[machine]:
        raise InvalidInputError(
            f"{operation.name} needs {instance.demands[job][machine]}; capacities[{machine}] is "
            f"{instance.capacities[machine]}."
        )


def _scheduled(instance: MachineAssignment, values: Sequence[Fraction]) -> Schedule:
    """The schedule of an assignment, which is what the values begin with."""
    chosen: list[list[int]] = [[] for _ in range(instance.n_jobs)]
    for (j, m), value in zip(_offers(instance), values, strict=False):
        if value not in (0, 1):
            raise InvalidInputError(f"column {_assign(j, m)!r} is {value}; 0 or 1 is needed.")
        if value:
            chosen[j].append(m)
    for j, machines in enumerate(chosen):
        if len(machines) != 1:
            raise InvalidInputError(f"job {j} is on {len(machines)} facilities; 1 is needed.")
    starts: dict[int, Fraction] = {}
    for m in range(instance.n_machines):
        jobs = [j for j in range(instance.n_jobs) if chosen[j] == [m]]
        found = fitting_starts(instance, m, jobs)
        if found is None:
            raise InvalidInputError(f"the jobs {jobs} do not fit on facility {m} together.")
        starts |= found
    operations = tuple(
        ScheduledOperation(f"job {j}", j, f"machine {m}", starts[j], instance.durations[j][m])
        for j, (m,) in enumerate(chosen)
    )
    cost = sum((instance.costs[j][m] for j, (m,) in enumerate(chosen)), Fraction(0))
    return Schedule(operations, cost, "cost")


def _assign_columns(
    build: ProgramBuilder, instance: MachineAssignment
) -> dict[tuple[int, int], str]:
    """The columns and rows that give every job to one facility."""
    assign = {
        (j, m): build.column(
            _assign(j, m), cost=Affine.of(instance.costs[j][m], f"cost[{j},{m}]"), upper=1
        )
        for j, m in _offers(instance)
    }
    for j in range(instance.n_jobs):
        build.row(f"once[{j}]", {assign[j, m]: 1 for m in range(instance.n_machines)}, "=", 1)
    return assign


def _offers(instance: MachineAssignment) -> Iterator[tuple[int, int]]:
    return product(range(instance.n_jobs), range(instance.n_machines))


def _assign(j: int, m: int) -> str:
    return f"assign[{j},{m}]"


def _examples() -> Iterator[MachineAssignment]:
    yield MachineAssignment(
        [[3, 2], [3, 2]], [[1, 5], [1, 4]], [0, 0], [5, 5], name="one job too many", optimum=5
    )
    yield MachineAssignment(
        [[3, 2], [3, 2], [4, 4]],
        [[1, 4], [1, 4], [2, 7]],
        [0, 0, 1],
        [5, 5, 8],
        name="two jobs tie",
    )
    yield MachineAssignment(
        [[2, 2], [2, 2], [3, 1]],
        [[1, 9], [2, 9], [3, 9]],
        [0, 0, 0],
        [3, 3, 3],
        demands=[[2, 1], [1, 1], [1, 1]],
        capacities=[3, 1],
        name="shared facilities",
    )


def _bad_examples() -> Iterator[BadExample]:
    cases: list[Callable[[], object]] = [
        lambda: MachineAssignment([], [], [], []),
        lambda: MachineAssignment([[3, -2]], [[1, 1]], [0], [5]),
        lambda: MachineAssignment([[3, 2]], [[1, float("nan")]], [0], [5]),
        lambda: MachineAssignment([[3, 2]], [[1]], [0], [5]),
        lambda: MachineAssignment([[3, 2], [1]], [[1, 1], [1, 1]], [0, 0], [5, 5]),
        lambda: MachineAssignment([[3, 2]], [[1, 1]], [6], [5]),
        lambda: MachineAssignment([[3, 2]], [[1, 1]], [0], [5, 5]),
        lambda: MachineAssignment([[3, 2]], [[1, 1]], [0], [5], capacities=[-1, 1]),
    ]
    yield from cases


MEMBER = Member(
    MachineAssignment,
    machine_assignment_program,
    decode_machine_assignment,
    evaluate_machine_assignment,
    _examples,
    _bad_examples,
)

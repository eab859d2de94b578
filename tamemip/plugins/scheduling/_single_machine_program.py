"""Programs of one machine, by linear orders of the jobs."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._data_entry import exact_point
from tamemip.plugins.scheduling._member import BadExample, Member
from tamemip.plugins.scheduling._schedule import Schedule, ScheduledOperation
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.programs import ParametricProgram

MACHINE = "machine 0"
"""The lane of a schedule."""

Pairs = Mapping[tuple[int, int], str]


def single_machine_program(instance: SingleMachine) -> ParametricProgram:
    r"""The linear ordering program of one machine [1]_.

    ``before[i,j]`` (for ``i < j``) is 1 if job `i` comes before job `j`; triangle rows
    ``cycle[i,j,k]`` forbid cycles. ``completion[j]`` *equals* the processing times of job `j`
    and of what comes before it, and ``tardiness[j]`` is at least what the due date leaves:

    .. math:: C_j = p_j + \sum_i p_i x_{ij}, \qquad T_j \ge C_j - d_j, \quad T_j \ge 0.

    The parameters ``processing[j]``, ``weight[j]`` and ``due[j]`` are displacements. The
    program is right wherever processing times and weights stay nonnegative. A job that has a
    due date and the weight zero has neither ``weight[j]`` nor ``due[j]``, and no tardiness:
    with a weight below zero, tardiness would be a gain without end.

    Parameters
    ----------
    instance
        The jobs.

    References
    ----------
    .. [1] M. E. Dyer, L. A. Wolsey, "Formulating the single machine sequencing problem with
       release dates as a mixed integer program", Discrete Applied Mathematics 26 (1990),
       255-270.

    Examples
    --------
    >>> q = single_machine_program(SingleMachine([3, 1], [1, 2], due=[2, 2]))
    >>> q.program.col_names
    ('before[0,1]', 'completion[0]', 'completion[1]', 'tardiness[0]', 'tardiness[1]')
    >>> q.names == tuple(f"{what}[{j}]" for what in ("processing", "weight", "due") for j in (0, 1))
    True
    """
    n = instance.n_jobs
    build = ProgramBuilder("min", name=instance.name, parameters=_parameters(instance))
    before = {pair: build.column(_before(*pair), upper=1) for pair in combinations(range(n), 2)}
    costs = [Affine.of(w, f"weight[{j}]") for j, w in enumerate(instance.weights)]
    completion = [
        build.column(
            f"completion[{j}]",
            cost=cost if instance.due is None else 0,
            # Free, so that a time of 0 may move both ways: the row says what it is.
            lower=-math.inf,
            integer=False,
        )
        for j, cost in enumerate(costs)
    ]
    late = {
        j: build.column(f"tardiness[{j}]", cost=costs[j], integer=False)
        for j in _lateable(instance)
    }
    for j in range(n):
        entries, rhs = _sequence_row(instance, before, j)
        build.row(f"sequence[{j}]", {completion[j]: 1, **entries}, "=", rhs)
    for j, column in late.items():
        assert instance.due is not None
        due = Affine.of(instance.due[j], f"due[{j}]")
        build.row(f"late[{j}]", {column: 1, completion[j]: -1}, ">=", -due)
    for i, j, k in combinations(range(n), 3):
        there, on, across = before[i, j], before[j, k], before[i, k]
        build.row(f"cycle[{i},{j},{k}]", {there: 1, on: 1, across: -1}, "<=", 1)
        build.row(f"cycle[{k},{j},{i}]", {there: 1, on: 1, across: -1}, ">=", 0)
    return build.build()


def decode_single_machine(instance: SingleMachine, point: Sequence[Number]) -> Schedule:
    """The schedule of a point: the jobs in its order, without idle time.

    Only the order is read off the point; times and value follow from the instance, exactly.

    Raises
    ------
    InvalidInputError
        If the point does not fit, or its ``before`` columns are no linear order.
    """
    pairs = list(combinations(range(instance.n_jobs), 2))
    names = [_before(*pair) for pair in pairs]
    names += [f"completion[{j}]" for j in range(instance.n_jobs)]
    names += [f"tardiness[{j}]" for j in _lateable(instance)]
    values = exact_point(point, [k < len(pairs) for k in range(len(names))], names)
    places = [0] * instance.n_jobs
    for (i, j), value in zip(pairs, values, strict=False):
        if value not in (0, 1):
            raise InvalidInputError(f"column {_before(i, j)!r} is {value}; 0 or 1 is needed.")
        places[j if value else i] += 1
    if sorted(places) != list(range(instance.n_jobs)):
        raise InvalidInputError("the columns before[i,j] of the point are no order: they cycle.")
    return sequence(instance, sorted(range(instance.n_jobs), key=places.__getitem__))


def evaluate_single_machine(instance: SingleMachine, solution: Schedule) -> Fraction:
    """What a schedule costs, from its completion times.

    Raises
    ------
    InvalidInputError
        If it is no schedule of the instance: a job is missing, has another duration, starts
        before time zero, or overlaps with another one.
    """
    refuse_other_jobs(solution, instance.processing)
    for operation in solution.operations:
        if operation.lane != MACHINE:
            raise InvalidInputError(f"{operation.name} is on {operation.lane}, not {MACHINE}.")
    solution.refuse_overlaps()
    return sum(map(instance.price, range(instance.n_jobs), solution.completions), Fraction(0))


def sequence(instance: SingleMachine, order: Sequence[int]) -> Schedule:
    """The schedule that does the jobs in an order, without idle time.

    Raises
    ------
    InvalidInputError
        If the order does not name every job once.

    Examples
    --------
    >>> print(sequence(SingleMachine([3, 1, 2], [1, 2, 1]), [1, 2, 0]))
    weighted completion time 11
      machine 0: job 1 [0, 1]  job 2 [1, 3]  job 0 [3, 6]
    """
    if sorted(order) != list(range(instance.n_jobs)):
        raise InvalidInputError(
            f"order is {list(order)}; each of 0, ..., {instance.n_jobs - 1} is needed once."
        )
    starts, clock = [Fraction(0)] * instance.n_jobs, Fraction(0)
    for j in order:
        starts[j], clock = clock, clock + instance.processing[j]
    operations = tuple(
        ScheduledOperation(f"job {j}", j, MACHINE, start, duration)
        for j, (start, duration) in enumerate(zip(starts, instance.processing, strict=True))
    )
    value = sum((instance.price(o.job, o.end) for o in operations), Fraction(0))
    return Schedule(operations, value, instance.objective)


def point_of_order(instance: SingleMachine, order: Sequence[int]) -> tuple[Fraction, ...]:
    """The point of the program that `sequence` is decoded from.

    Examples
    --------
    >>> instance = SingleMachine([3, 1], [1, 2])
    >>> tuple(map(int, point_of_order(instance, [1, 0])))
    (0, 4, 1)
    """
    ends = sequence(instance, order).completions
    place = {j: k for k, j in enumerate(order)}
    pairs = combinations(range(instance.n_jobs), 2)
    late = (
        max(ends[j] - instance.due[j], Fraction(0)) if instance.due is not None else Fraction(0)
        for j in _lateable(instance)
    )
    return (*(Fraction(place[i] < place[j]) for i, j in pairs), *ends, *late)


def refuse_other_jobs(solution: Schedule, processing: Sequence[Fraction]) -> None:
    """Refuse a schedule that has not the jobs ``0, 1, ...`` with their processing times.

    Raises
    ------
    InvalidInputError
        If one is missing, in another place, has another duration, or starts before zero.
    """
    if [operation.job for operation in solution.operations] != list(range(len(processing))):
        raise InvalidInputError(
            f"the schedule has {len(solution.operations)} operations, of the jobs "
            f"{[operation.job for operation in solution.operations]}; one of each of the "
            f"{len(processing)} jobs is needed, in order."
        )
    for operation, duration in zip(solution.operations, processing, strict=True):
        if operation.duration != duration:
            raise InvalidInputError(
                f"{operation.name} takes {operation.duration} in the schedule; "
                f"processing[{operation.job}] is {duration}."
            )
        if operation.start < 0:
            raise InvalidInputError(f"{operation.name} starts at {operation.start}, before 0.")


def _sequence_row(
    instance: SingleMachine, before: Pairs, j: int
) -> tuple[dict[str, Affine], Affine]:
    """Entries and right-hand side of ``C_j - (what comes before j) = p_j``."""
    entries: dict[str, Affine] = {}
    rhs = Affine.of(instance.processing[j], f"processing[{j}]")
    for i, p in enumerate(instance.processing):
        time = Affine.of(p, f"processing[{i}]")
        if i < j:
            entries[before[i, j]] = -time
        elif i > j:
            # Job i comes before j unless before[j,i] is 1.
            entries[before[j, i]] = time
            rhs = rhs + time
    return entries, rhs


def _lateable(instance: SingleMachine) -> list[int]:
    """The jobs whose tardiness costs."""
    if instance.due is None:
        return []
    return [j for j, w in enumerate(instance.weights) if w]


def _parameters(instance: SingleMachine) -> list[str]:
    n = instance.n_jobs
    weighted = range(n) if instance.due is None else _lateable(instance)
    return [
        *(f"processing[{j}]" for j in range(n)),
        *(f"weight[{j}]" for j in weighted),
        *(f"due[{j}]" for j in _lateable(instance)),
    ]


def _before(i: int, j: int) -> str:
    return f"before[{i},{j}]"


def _examples() -> Iterator[SingleMachine]:
    yield SingleMachine([3, 1, 2], [1, 2, 1], name="one optimal order", optimum=11)
    yield SingleMachine([2, 4, 1], [1, 2, 3], name="two jobs tie by Smith's rule")
    yield SingleMachine([5], [2], due=[3], name="one job, late")
    yield SingleMachine([3, 1, 2, 4], [1, 2, 1, 2], due=[2, 3, 4, 6], name="late jobs, tied")
    yield SingleMachine([1, 2], [1, 1], due=[3, 3], name="just in time")
    yield SingleMachine(["1/2", "3/2", 1], [1, 0, "2/3"], due=[0, 1, 1], name="fractions")


def _bad_examples() -> Iterator[BadExample]:
    nan = float("nan")
    cases: list[Callable[[], object]] = [
        lambda: SingleMachine([], []),
        lambda: SingleMachine([3, -1], [1, 1]),
        lambda: SingleMachine([3, 1], [1, -1]),
        lambda: SingleMachine([3, nan], [1, 1]),
        lambda: SingleMachine([3, 1], [1]),
        lambda: SingleMachine([3, 1], [1, 1], due=[4]),
        lambda: SingleMachine([3, 1], [1, 1], due=[4, float("inf")]),
        lambda: SingleMachine([3, "soon"], [1, 1]),
    ]
    yield from cases


MEMBER = Member(
    SingleMachine,
    single_machine_program,
    decode_single_machine,
    evaluate_single_machine,
    _examples,
    _bad_examples,
)

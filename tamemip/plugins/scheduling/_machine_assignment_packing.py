"""Which jobs fit on one facility together, within their time windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import NamedTuple, TypeAlias

from tamemip.errors import UnsupportedError
from tamemip.plugins.scheduling._machine_assignment import MachineAssignment

Use: TypeAlias = tuple[Fraction, Fraction, Fraction]
"""Start, end and demand of a job on a facility."""


def conflicts(instance: MachineAssignment, machine: int) -> tuple[tuple[int, ...], ...]:
    """The minimal sets of jobs that do not fit on a facility together, smallest first.

    Sets are looked at by size, and only those all of whose subsets fit.

    Parameters
    ----------
    instance
        The jobs.
    machine
        The facility.

    Raises
    ------
    UnsupportedError
        If more than 20,000 sets fit: then this list is no way to model the instance.

    Examples
    --------
    >>> instance = MachineAssignment([[2], [2], [2]], [[0]] * 3, [0, 0, 0], [4, 4, 9])
    >>> conflicts(instance, 0)
    ()
    >>> conflicts(MachineAssignment([[2], [2], [2]], [[0]] * 3, [0, 0, 0], [4, 4, 4]), 0)
    ((0, 1, 2),)
    """
    found: list[tuple[int, ...]] = []
    layer: dict[tuple[int, ...], None] = {(): None}
    count = 0
    while layer:
        longer: dict[tuple[int, ...], None] = {}
        for jobs in _candidates(layer, instance.n_jobs):
            if fitting_starts(instance, machine, jobs) is None:
                found.append(jobs)
            else:
                longer[jobs] = None
        count += len(longer)
        if count > _MOST_SETS:
            raise UnsupportedError(
                f"more than {_MOST_SETS} sets of jobs fit on facility {machine}: too many to "
                "model the facilities by the sets that do not. Use windowed_program(instance)."
            )
        layer = longer
    return tuple(found)


def fitting_starts(
    instance: MachineAssignment, machine: int, jobs: Iterable[int]
) -> dict[int, Fraction] | None:
    """When jobs can start on a facility that they share, or None if they do not fit.

    Jobs are placed one after the other, each as early as possible beside those that are
    placed. If any schedule meets the deadlines, one of these does [1]_, and all orders are
    tried, so None is an answer: there is no schedule.

    References
    ----------
    .. [1] R. Kolisch, "Serial and parallel resource-constrained project scheduling methods
       revisited", European Journal of Operational Research 90 (1996), 320-333.

    Examples
    --------
    >>> instance = MachineAssignment([[2], [3]], [[0], [0]], [0, 1], [9, 4])
    >>> {j: int(start) for j, start in fitting_starts(instance, 0, [0, 1]).items()}
    {1: 1, 0: 4}
    """
    by_deadline = tuple(sorted(jobs, key=lambda j: (instance.deadlines[j], j)))
    if any(instance.demands[j][machine] > instance.capacities[machine] for j in by_deadline):
        return None
    placed = _placed(instance, machine, by_deadline, ())
    return None if placed is None else {bar.job: bar.start for bar in placed}


def is_within_capacity(bars: Sequence[Use], capacity: Fraction) -> bool:
    """Whether bars ``(start, end, demand)`` never need more than a capacity at one time.

    A bar ends before another one begins that starts where it ends. A bar without length needs
    room beside what began before and ends after it. The use is largest where a bar starts.

    Examples
    --------
    >>> is_within_capacity([(0, 2, 3), (1, 3, 2), (2, 4, 3)], capacity=5)
    True
    """
    return all(_use_at_start(bar, bars) <= capacity for bar in bars)


_MOST_SETS = 20_000


class _Bar(NamedTuple):
    job: int
    start: Fraction
    end: Fraction


def _use_at_start(
    bar: Use,
    bars: Sequence[Use],
) -> Fraction:
    t, end, demand = bar
    if t < end:
        return sum((use for a, b, use in bars if a <= t < b), Fraction(0))
    return demand + sum((use for a, b, use in bars if a < t < b), Fraction(0))


def _candidates(layer: dict[tuple[int, ...], None], n: int) -> Iterator[tuple[int, ...]]:
    """Sets with one job more, all of whose subsets with one job less are in the layer."""
    for jobs in layer:
        for j in range(jobs[-1] + 1 if jobs else 0, n):
            longer = (*jobs, j)
            if all(shorter in layer for shorter in combinations(longer, len(jobs))):
                yield longer


def _placed(
    instance: MachineAssignment, machine: int, left: tuple[int, ...], bars: tuple[_Bar, ...]
) -> tuple[_Bar, ...] | None:
    """All bars of a schedule that goes on from these, or None."""
    if not left:
        return bars
    earliest = {j: _earliest(instance, machine, j, bars) for j in left}
    # What is placed only delays the others: one that is late already stays late.
    if any(bar.end > instance.deadlines[j] for j, bar in earliest.items()):
        return None
    for j, bar in earliest.items():
        rest = tuple(i for i in left if i != j)
        found = _placed(instance, machine, rest, (*bars, bar))
        if found is not None:
            return found
    return None


def _earliest(instance: MachineAssignment, machine: int, job: int, bars: Sequence[_Bar]) -> _Bar:
    """The job where it fits first: at its release, or where another one ends."""
    release, duration = instance.releases[job], instance.durations[job][machine]
    times = sorted({release, *(bar.end for bar in bars if bar.end > release)})
    used = [(bar.start, bar.end, instance.demands[bar.job][machine]) for bar in bars]
    room = instance.capacities[machine] - instance.demands[job][machine]
    for t in times[:-1]:
        end = t + duration
        inside = [(max(a, t), b, demand) for a, b, demand in used if a < end and b > t]
        if is_within_capacity(inside, room):
            return _Bar(job, t, end)
    return _Bar(job, times[-1], times[-1] + duration)

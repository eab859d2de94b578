"""Schedules of resource-constrained projects: their bars, and what the instance says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_numbers
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._schedule import Schedule, ScheduledOperation


def project_schedule(instance: ResourceConstrained, starts: Iterable[Number]) -> Schedule:
    """The schedule with given starts, not checked (see `evaluate_project`).

    Its lanes, called tracks, are as few as keep the bars apart; they stand for nothing in
    the instance.

    Raises
    ------
    InvalidInputError
        If these are no numbers, or not one an activity.

    Examples
    --------
    >>> project = ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)])
    >>> print(project_schedule(project, [0, 0, 2]))
    makespan 4
      track 0: activity 0 [0, 3]
      track 1: activity 1 [0, 2]  activity 2 [2, 4]
    """
    times = exact_numbers(starts, "starts", length=instance.n_activities, per="activities")
    tracks = _tracks(times, instance.durations)
    operations = tuple(
        ScheduledOperation(f"activity {j}", j, f"track {track}", start, duration)
        for j, (track, start, duration) in enumerate(
            zip(tracks, times, instance.durations, strict=True)
        )
    )
    return Schedule(operations, max(o.end for o in operations), "makespan")


def evaluate_project(instance: ResourceConstrained, schedule: Schedule) -> Fraction:
    """The makespan of a schedule that the project allows, from the instance alone.

    Only the starts are read.

    Raises
    ------
    InvalidInputError
        If an activity starts before time 0 or before a predecessor has ended, or a resource
        is overdrawn; the message says which and when.

    Examples
    --------
    >>> project = ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)])
    >>> evaluate_project(project, project_schedule(project, [0, 0, 2]))
    Fraction(4, 1)
    >>> evaluate_project(project, project_schedule(project, [0, 0, 1]))
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: activity 2 starts at 1, but activity 1 before it ends at 2.
    """
    starts = schedule.starts
    if len(starts) != instance.n_activities:
        raise InvalidInputError(
            f"the schedule has {len(starts)} operations, but there are "
            f"{instance.n_activities} activities."
        )
    ends = tuple(s + p for s, p in zip(starts, instance.durations, strict=True))
    for j, start in enumerate(starts):
        if start < 0:
            raise InvalidInputError(f"activity {j} starts at {start}, before time 0.")
    for i, j in instance.precedences:
        if starts[j] < ends[i]:
            raise InvalidInputError(
                f"activity {j} starts at {starts[j]}, but activity {i} before it ends at {ends[i]}."
            )
    _refuse_overdraft(instance, starts, ends)
    return max(ends)


def _refuse_overdraft(
    instance: ResourceConstrained, starts: Sequence[Fraction], ends: Sequence[Fraction]
) -> None:
    # The use of a resource rises at starts only.
    for time in sorted(set(starts)):
        running = [j for j in range(len(starts)) if starts[j] <= time < ends[j]]
        for k, capacity in enumerate(instance.capacities):
            used = sum((instance.requirements[j][k] for j in running), Fraction(0))
            if used > capacity:
                raise InvalidInputError(
                    f"at time {time} activities {', '.join(map(str, running))} use {used} of "
                    f"resource {k}, of which there are {capacity}."
                )


def _tracks(starts: Sequence[Fraction], durations: Sequence[Fraction]) -> list[int]:
    """Bars in the order of their starts, each on the first track that is free."""
    free: list[Fraction] = []
    tracks = [0] * len(starts)
    for j in sorted(range(len(starts)), key=lambda j: (starts[j], j)):
        found = next((t for t, end in enumerate(free) if end <= starts[j]), len(free))
        free[found:] = [starts[j] + durations[j], *free[found + 1 :]]
        tracks[j] = found
    return tracks

"""Whether a shop allows a schedule: from the instance alone, without the program."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._disjunctive import (
    Operation,
    Shop,
    chains,
    machines_in_use,
    of_all,
    on_machine,
)
from tamemip.plugins.scheduling._schedule import Schedule


def checked_makespan(shop: Shop, schedule: Schedule) -> Fraction:
    """The makespan of a schedule that the shop allows.

    Raises
    ------
    InvalidInputError
        If an operation is missing, has another duration or machine, starts before time 0 or
        before its job is there, or shares its machine.
    """
    starts = checked_starts(shop, schedule)
    for a, b in chains(shop):
        if starts[b] < starts[a] + _duration(shop, a):
            raise InvalidInputError(
                f"operation {b[1]} of job {b[0]} starts at {starts[b]}, but operation {a[1]} "
                f"of that job ends at {starts[a] + _duration(shop, a)}."
            )
    for machine in machines_in_use(shop):
        order = sorted(on_machine(shop, machine), key=lambda o: (starts[o], _duration(shop, o)))
        for a, b in pairwise(order):
            if starts[b] < starts[a] + _duration(shop, a):
                raise InvalidInputError(
                    f"on machine {machine}, operation {b[1]} of job {b[0]} starts at "
                    f"{starts[b]}, but operation {a[1]} of job {a[0]} ends at "
                    f"{starts[a] + _duration(shop, a)}."
                )
    return max(starts[o] + _duration(shop, o) for o in of_all(shop))


def checked_starts(shop: Shop, schedule: Schedule) -> dict[Operation, Fraction]:
    """The starts of a schedule that has the operations of the shop and none before time 0.

    Raises
    ------
    InvalidInputError
        If an operation is missing, has another duration or machine, or starts too early.
    """
    operations = of_all(shop)
    if len(schedule.operations) != len(operations):
        raise InvalidInputError(
            f"the schedule has {len(schedule.operations)} operations, but there are "
            f"{len(operations)}."
        )
    for (j, k), bar in zip(operations, schedule.operations, strict=True):
        if bar.duration != shop.durations[j][k]:
            raise InvalidInputError(
                f"operation {k} of job {j} takes {bar.duration} in the schedule, but "
                f"durations[{j}][{k}] is {shop.durations[j][k]}."
            )
        if bar.lane != f"machine {shop.machines[j][k]}":
            raise InvalidInputError(
                f"operation {k} of job {j} is on {bar.lane} in the schedule, but "
                f"machines[{j}][{k}] is {shop.machines[j][k]}."
            )
        if bar.start < 0:
            raise InvalidInputError(f"operation {k} of job {j} starts at {bar.start}, before 0.")
    return dict(zip(operations, schedule.starts, strict=True))


def _duration(shop: Shop, operation: Operation) -> Fraction:
    return shop.durations[operation[0]][operation[1]]

"""Bounds on the makespan that are seen at once, and so prove some schedules shortest."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

from tamemip.plugins.scheduling._selections import Resource, Selections


def proved_reason(selections: Selections, makespan: Fraction) -> str | None:
    """Why no makespan is smaller, in words; None if that is not seen here."""
    ends = _heads(selections)
    longest = max(range(len(ends)), key=lambda i: ends[i] + selections.durations[i])
    if ends[longest] + selections.durations[longest] == makespan:
        return (
            f"the makespan is least, proved: what has to be done up to the end of "
            f"{selections.names[longest]} takes as long"
        )
    for resource in selections.resources:
        for first, work, last in _needs(selections, resource):
            # Makespans are sums of durations, hence multiples of their unit.
            if math.ceil((first + work + last) / selections.unit) * selections.unit == makespan:
                return f"the makespan is least, proved: {_words(resource, first, work, last)}"
    return None


def _heads(selections: Selections) -> tuple[Fraction, ...]:
    """What has to be done before each operation."""
    return selections.earliest(())


def _needs(
    selections: Selections, resource: Resource
) -> Iterator[tuple[Fraction, Fraction, Fraction]]:
    """For sets of users: the time before any of them, for all of them, and after the last.

    Sets are those whose members have at least so much before them and after them.
    """
    heads, tails = _heads(selections), _heads(selections.reversed())
    p = selections.durations
    users = [i for i, demand in resource.demands.items() if demand]
    for first in sorted({heads[i] for i in users}):
        for last in sorted({tails[i] for i in users}):
            chosen = [i for i in users if heads[i] >= first and tails[i] >= last]
            if chosen:
                work = sum((p[i] * resource.demands[i] for i in chosen), Fraction(0))
                yield first, work / resource.capacity, last


def _words(resource: Resource, first: Fraction, work: Fraction, last: Fraction) -> str:
    around = [f"{time} {side} it" for time, side in ((first, "before"), (last, "after")) if time]
    more = f", and there is {' and '.join(around)}" if around else ""
    return f"{resource.name} has work for {work}{' or more' * (not resource.is_unary)}{more}"

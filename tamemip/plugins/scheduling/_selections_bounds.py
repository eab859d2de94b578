"""Lower bounds that prove a makespan least: by a dual function, or by a job or machine alone."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from tamemip.duality import DualFunction
from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._family import FAMILY
from tamemip.plugins.scheduling._selections import (
    MakespanInstance,
    Resource,
    Selections,
    selections_of,
)
from tamemip.programs import ParametricProgram


@final
@dataclass(frozen=True, slots=True)
class LowerBounds:
    """What is known without a search about makespans of an instance and of similar ones.

    Attributes
    ----------
    selections
        The selections of the instance.
    program
        Its program.
    dual
        A dual function of the program: a lower bound for every right-hand side, hence for
        other durations, too, if they stand in right-hand sides alone.
    """

    selections: Selections
    program: ParametricProgram
    dual: DualFunction | None

    @staticmethod
    def of(instance: MakespanInstance, dual: DualFunction | None) -> LowerBounds:
        """The bounds of an instance.

        Raises
        ------
        InvalidInputError
            If the dual function is one of another program.
        """
        selections = selections_of(instance)
        program = FAMILY.program(instance)
        if dual is not None and dual.program.exact != program.program.exact:
            raise InvalidInputError(
                "the dual function belongs to another program. Build it for this instance: "
                "tm.dual_function(tm.family('scheduling').program(instance).program)."
            )
        return LowerBounds(selections, program, dual)

    def reason(self, makespan: Fraction) -> str | None:
        """Why no makespan of the instance is smaller, in words; None if that is not seen."""
        if self._by_dual(self.selections.durations, makespan):
            return "the makespan is least, proved: by the dual function"
        return _alone(self.selections, makespan)

    def prove(self, durations: Sequence[Fraction], makespan: Fraction) -> bool:
        """Whether the makespan is proved to be at least so much for other durations."""
        if self._by_dual(durations, makespan):
            return True
        moved = replace(self.selections, durations=tuple(durations))
        return _alone(moved, makespan) is not None

    def _by_dual(self, durations: Sequence[Fraction], makespan: Fraction) -> bool:
        if self.dual is None:
            return False
        steps = (q - p for p, q in zip(self.selections.durations, durations, strict=True))
        theta = dict.fromkeys(self.program.names, Fraction(0))
        theta |= dict(zip(self.selections.slots, steps, strict=True))
        exact, moved = self.program.program.exact, self.program.at(theta).exact
        is_alike = replace(moved, rhs=exact.rhs) == exact
        return is_alike and self.dual.exact(moved.rhs) >= makespan


def _alone(selections: Selections, makespan: Fraction) -> str | None:
    """What job, chain or resource alone takes so long, in words."""
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

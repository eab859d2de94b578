"""The selection to start from: one of least makespan, and who says that it is least."""

from __future__ import annotations

from dataclasses import dataclass
from typing import final

from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.plugins.scheduling._family import FAMILY
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._selections import MakespanInstance
from tamemip.plugins.scheduling._selections_bounds import LowerBounds
from tamemip.plugins.scheduling._selections_search import Selected, SelectionsSearch
from tamemip.solvers import Status


@final
@dataclass(frozen=True, slots=True)
class Optimum:
    """A selection of least makespan.

    Attributes
    ----------
    selected
        The selection.
    reason
        Why, or by whose claim, no makespan is smaller.
    is_proved
        Whether it is proved.
    """

    selected: Selected
    reason: str
    is_proved: bool


def optimum(
    search: SelectionsSearch,
    bounds: LowerBounds,
    instance: MakespanInstance,
    schedule: Schedule | None,
) -> Optimum:
    """The selection of a given schedule, or the least one that CP-SAT finds.

    Raises
    ------
    NotAllowedError
        If a limit came before the makespan was known to be least.
    InvalidInputError
        If the instance does not allow the schedule, or a shorter one is found.
    """
    if schedule is None:
        selected = _least(search)
    else:
        FAMILY.evaluate(instance, schedule)
        selected = search.selected(search.selections.selection_in(schedule))
        _refuse_shorter(schedule, selected)
    proof = bounds.reason(selected.makespan)
    if proof:
        return Optimum(selected, proof, is_proved=True)
    if schedule is not None:
        shorter, is_least = search.shorter(selected.makespan)
        _refuse_shorter(schedule, shorter)
        if not is_least:
            reason = "the makespan is least: taken from the given schedule, not checked"
            return Optimum(selected, reason, is_proved=False)
    reason = "the makespan is least: claimed by CP-SAT, not proved"
    return Optimum(selected, reason, is_proved=False)


def _least(search: SelectionsSearch) -> Selected:
    found, bound, status = search.least()
    if status is not Status.OPTIMAL:
        raise NotAllowedError(
            f"a limit came before the makespan was known to be least: found {found.makespan}, "
            f"none is shorter than {bound} (claimed by CP-SAT). Raise the limits, or give a "
            "`schedule` that is known to be shortest."
        )
    return found


def _refuse_shorter(schedule: Schedule, found: Selected | None) -> None:
    if found is not None and found.makespan < schedule.makespan:
        raise InvalidInputError(
            f"the given schedule of makespan {schedule.makespan} is no shortest one: there is "
            f"one of makespan {found.makespan}."
        )

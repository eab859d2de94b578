"""Which minute of which operation costs the plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from tamemip.plugins.scheduling._critical_paths import CriticalPaths, critical_paths
from tamemip.plugins.scheduling._makespan_bounds import proved_reason
from tamemip.plugins.scheduling._makespan_gradient import (
    least_makespan,
    said_complete,
    said_least,
)
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._selections import MakespanInstance, selections_of
from tamemip.plugins.scheduling._selections_search import SelectionsSearch
from tamemip.plugins.scheduling._sensitivity_program import program_sensitivity
from tamemip.plugins.scheduling._sensitivity_rates import Rates
from tamemip.plugins.scheduling._sensitivity_table import Rate, Sensitivity, SensitivityTable
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.solvers import Limits


def sensitivity(
    instance: MakespanInstance | SingleMachine,
    *,
    schedule: Schedule | None = None,
    limits: Limits | None = None,
    limit: int = 100,
) -> SensitivityTable:
    r"""Which minute of which operation costs the plan: one-sided rates of the optimal value.

    For the makespan, one line an operation: what the *least* makespan gains if it takes a
    unit of time more, and loses if it takes a unit less; not that of one schedule, for with
    other durations another one may be best. Both are 0 or 1, and hold up to a step that is
    given. If the operation takes ``d``, the makespan is :math:`\min_S \max(A_S, B_S + d)`
    over all selections; its two slopes and their ends are four questions to CP-SAT.

    For a single machine, one line a number of the instance, by the exact value function of the
    program (`tamemip.value_function`); proved, and for few jobs only.

    Parameters
    ----------
    instance
        A `JobShop`, `FlowShop`, `ResourceConstrained`, `ParallelMachines` or
        `SingleMachine`.
    schedule
        An optimal schedule, if one is known; that it is optimal is then not asked again. The
        column ``slack`` refers to it, else to the schedule that was found.
    limits
        Limits of all searches together.
    limit
        The most critical paths to list.

    Returns
    -------
    SensitivityTable
        The dearest first. What a limit or Ctrl-C left open is shown as ``?``; a rate with
        an asterisk is claimed by CP-SAT, others are proved.

    Raises
    ------
    NotAllowedError
        If a limit came before the optimum.
    InvalidInputError
        If the schedule is not optimal, or the instance is of another kind.
    UnsupportedError
        If the durations are too large for CP-SAT when brought to a common denominator.

    References
    ----------
    .. [1] N. G. Hall, M. E. Posner, "Sensitivity analysis for scheduling problems", Journal of
       Scheduling 7 (2004), 49-83.

    Examples
    --------
    >>> from tamemip.plugins.scheduling import ParallelMachines, sensitivity
    >>> print(sensitivity(ParallelMachines([3, 3, 2, 2, 2], 2)))
    """
    if isinstance(instance, SingleMachine):
        return program_sensitivity(instance, limits=limits)
    selections = selections_of(instance)
    search = SelectionsSearch(selections, limits)
    if schedule is None:
        found = least_makespan(search)
        value, waits = found.makespan, found.arcs
    else:
        value, waits = schedule.makespan, selections.selection_in(schedule)
    proof = proved_reason(selections, value)
    rates = _rates(search, search.units(value), proof is not None)
    listed = critical_paths(search, value, limit=limit)
    slacks = selections.slacks(waits)
    rows = [
        Sensitivity(name, p, more, less, slack, _count(listed, i))
        for i, (name, p, (more, less), slack) in enumerate(
            zip(selections.names, selections.durations, rates, slacks, strict=True)
        )
    ]
    reasons = [proof or said_least(schedule), *_marks(rates), _listed(listed)]
    return SensitivityTable(tuple(sorted(rows, key=_dearest)), value, "makespan", tuple(reasons))


def _rates(search: SelectionsSearch, units: int, is_proved: bool) -> list[tuple[Rate, Rate]]:
    """Both rates of each operation; no question takes the time of all others."""
    n = len(search.selections.durations)
    found: list[tuple[Rate, Rate]] = []
    for_paths = _FOR_PATHS * search.seconds_left if math.isfinite(search.seconds_left) else 0.0
    try:
        for i in range(n):
            share = max(0.0, search.seconds_left - for_paths) / (n - i) / _QUESTIONS
            rates = Rates(search, units, is_proved, share)
            found.append((rates.more(i), rates.less(i)))
    except KeyboardInterrupt:
        pass  # the rest stays unknown, and says so
    return found + [(Rate(None), Rate(None))] * (n - len(found))


#: The part of the time that is kept for critical paths.
_FOR_PATHS = 0.25
#: The most questions about an operation that may turn out to be long ones, as a rule.
_QUESTIONS = 3


def _count(listed: CriticalPaths, i: int) -> int | None:
    return sum(int(on[i]) for on in listed.found) if listed.found else None


def _dearest(row: Sensitivity) -> tuple[Fraction, ...]:
    """Sorts what costs most and saves most to the top."""
    slopes = (rate.slope for rate in (row.more, row.less))
    return (*(Fraction(-1) if s is None else -s for s in slopes), row.slack or Fraction(0))


def _marks(rates: Sequence[tuple[Rate, Rate]]) -> list[str]:
    every = [rate for pair in rates for rate in pair]
    lines = ["rates without * are proved; those with * and all steps are claimed by CP-SAT"]
    if all(rate.is_proved for rate in every if rate.slope is not None):
        lines = ["all rates are proved; the steps are claimed by CP-SAT"]
    if any(rate.slope is None for rate in every):
        lines.append("? is not known: a limit came first, or a duration of 0 cannot shrink")
    return lines


def _listed(listed: CriticalPaths) -> str:
    n = len(listed.found)
    count = f"{n} critical path{'s' * (n != 1)}"
    return f"{count}; {said_complete(listed.is_complete)}"

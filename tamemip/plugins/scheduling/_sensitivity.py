"""Which minute of which operation costs the plan."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from tamemip.duality import DualFunction
from tamemip.plugins.scheduling._critical_paths import CriticalPaths, critical_paths
from tamemip.plugins.scheduling._makespan_gradient import said_complete
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._selections import MakespanInstance
from tamemip.plugins.scheduling._selections_bounds import LowerBounds
from tamemip.plugins.scheduling._selections_optimum import Optimum, optimum
from tamemip.plugins.scheduling._selections_progress import progress_text
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
    dual: DualFunction | None = None,
    limits: Limits | None = None,
    limit: int = 100,
    workers: int = 1,
    progress: bool = False,
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
        An optimal schedule, if one is known. The column ``slack`` refers to it, else to the
        schedule that was found.
    dual
        A dual function of the program of the instance, for a makespan. What it proves, for the
        instance or with one duration a unit away, is not only claimed.
    limits
        Limits of all searches together.
    limit
        The most critical paths to list.
    workers
        Threads of CP-SAT. With one, and no limit of time, the answer is the same each time.
    progress
        Show a progress line on a terminal.

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
        If the instance does not allow the schedule, or a better one is found, the instance is of
        another kind, or the dual function belongs to another program.
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
    makespan 6
           is  more costs  up to  less saves  up to  slack  paths
    job 0   3           1      1           0      1      0      1
    job 1   3           1      1           0      1      0      1
    job 2   2           1      1           0      1      0      1
    job 3   2           1      1           0      1      0      1
    job 4   2           1      1           0      1      0      1
    the makespan is least, proved: some machine has work for 6 or more
    all rates are proved; the steps are claimed by CP-SAT
    2 critical paths; there are no other critical paths: claimed by CP-SAT, not proved
    """
    if isinstance(instance, SingleMachine):
        return program_sensitivity(instance, limits=limits)
    bounds = LowerBounds.of(instance, dual)
    with progress_text(progress) as say:
        search = SelectionsSearch(bounds.selections, limits, workers=workers, say=say)
        best = optimum(search, bounds, instance, schedule)
        slacks = bounds.selections.slacks(best.selected.arcs)
        rates = _rates(search, bounds, best, slacks)
        listed = critical_paths(search, best.selected, limit=limit)
    rows = [
        Sensitivity(name, p, more, less, slack, sum(int(on[i]) for on in listed.found))
        for i, (name, p, (more, less), slack) in enumerate(
            zip(bounds.selections.names, bounds.selections.durations, rates, slacks, strict=True)
        )
    ]
    rows.sort(key=_dearest)
    reasons = (best.reason, *_marks(rates), _listed(listed))
    return SensitivityTable(tuple(rows), best.selected.makespan, "makespan", reasons)


def _rates(
    search: SelectionsSearch, bounds: LowerBounds, best: Optimum, slacks: Sequence[Fraction]
) -> list[tuple[Rate, Rate]]:
    """Both rates of each operation; no question takes the time of all others."""
    n, units = len(search.selections.durations), search.units(best.selected.makespan)
    found: list[tuple[Rate, Rate]] = []
    for_paths = _FOR_PATHS * search.seconds_left if math.isfinite(search.seconds_left) else 0.0
    try:
        for i in range(n):
            search.say(f"rates: operation {i + 1} of {n}")
            share = max(0.0, search.seconds_left - for_paths) / (n - i) / _QUESTIONS
            rates = Rates(search, bounds, units, best.is_proved, share)
            found.append((rates.more(i, slacks[i]), rates.less(i)))
    except KeyboardInterrupt:
        search.stop()  # the rest stays unknown, and says so
    return found + [(Rate(None), Rate(None))] * (n - len(found))


#: The part of the time that is kept for critical paths.
_FOR_PATHS = 0.25
#: The most questions about an operation that may turn out to be long ones, as a rule.
_QUESTIONS = 3


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

"""Schedules of one machine: local search finds, a program bounds."""

from __future__ import annotations

import time
from fractions import Fraction

from tamemip.arithmetic import Number, rationalize_bound
from tamemip.certificates import Bound
from tamemip.errors import UnsupportedError
from tamemip.plugins.scheduling._found import FoundSchedule
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.plugins.scheduling._single_machine_program import (
    decode_single_machine,
    point_of_order,
    single_machine_program,
)
from tamemip.plugins.scheduling._single_machine_search import find_single_machine
from tamemip.plugins.scheduling._single_machine_time_indexed import (
    decode_time_indexed,
    point_of_starts,
    time_indexed_program,
)
from tamemip.programs import ParametricProgram
from tamemip.solvers import Claim, Limits, Status, solve


def solve_single_machine(
    instance: SingleMachine,
    *,
    limits: Limits | None = None,
    rounds: int = 200,
    seed: int = 0,
) -> FoundSchedule[Schedule]:
    """Look for a cheapest schedule of one machine, and for a bound.

    `find_single_machine` finds. Without due dates Smith's rule is optimal, and a schedule
    without tardiness is, since nothing costs less than zero: these are theorems. Otherwise
    SCIP bounds the time-indexed program, or the linear ordering program where that one is
    too large; this is a claim, as all that solvers say. For a proof of a small instance, ask
    for `tamemip.dual_function` of either program.

    Parameters
    ----------
    instance
        The jobs.
    limits
        Of the search for a bound.
    rounds, seed
        Of the local search.

    Raises
    ------
    InvalidInputError
        As `find_single_machine`.

    Examples
    --------
    >>> found = solve_single_machine(SingleMachine([3, 1, 2, 4], [1, 2, 1, 2], due=[2, 3, 4, 6]))
    >>> found
    FoundSchedule(optimal, weighted tardiness 10, bound 10)
    >>> found.source
    'claimed by scip of the time-indexed program'
    """
    began = time.perf_counter()
    schedule = find_single_machine(instance, rounds=rounds, seed=seed)
    if instance.due is None:
        bound, source = schedule.value, "Smith's rule"
    elif schedule.value == 0:
        bound, source = Fraction(0), "nothing costs less than zero"
    else:
        return _bounded(instance, schedule, Limits() if limits is None else limits, began)
    seconds = time.perf_counter() - began
    return FoundSchedule(schedule, bound, Status.OPTIMAL, seconds, "optimal", source)


def _bounded(
    instance: SingleMachine, schedule: Schedule, limits: Limits, began: float
) -> FoundSchedule[Schedule]:
    """The better one of a schedule and what SCIP finds from it on, with SCIP's bound."""
    model, kind = _model(instance)
    is_timed = kind == _TIMED
    point = (point_of_starts if is_timed else point_of_order)(instance, schedule.order)
    hint: list[Number] = list(point)
    left = limits.after(time.perf_counter() - began)
    claim = solve(model.program, solver="scip", limits=left, hint=hint)
    decode = decode_time_indexed if is_timed else decode_single_machine
    best = schedule
    if claim.point is not None:
        best = min(best, decode(instance, claim.point.tolist()), key=lambda found: found.value)
    source = f"claimed by {claim.solver} of the {kind} program"
    seconds = time.perf_counter() - began
    bound = _bound(claim, best.value, limits)
    return FoundSchedule(best, bound, claim.status, seconds, claim.reason, source)


_TIMED = "time-indexed"
_ORDERED = "linear ordering"


def _model(instance: SingleMachine) -> tuple[ParametricProgram, str]:
    try:
        return time_indexed_program(instance), _TIMED
    except UnsupportedError:
        return single_machine_program(instance), _ORDERED


def _bound(claim: Claim, value: Fraction, limits: Limits) -> Bound:
    """The claimed bound; a solver that closed the whole gap means the exact value."""
    if claim.status is Status.OPTIMAL and not limits.gap:
        return value
    # Costs are nonnegative, whatever the solver got to know.
    return max(Fraction(0), min(value, rationalize_bound(claim.bound)))

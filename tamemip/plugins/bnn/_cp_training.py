"""Training by CP-SAT, one objective after another."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, final

from tamemip.plugins.bnn._assessment import (
    best_total,
    best_value,
    exact_sums,
    is_better_greater,
    objective_values,
    signed_priorities,
)
from tamemip.plugins.bnn._cp_goals import Goal, goals, require
from tamemip.plugins.bnn._cp_training_model import TrainingModel, training_model
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.solvers import Limits, Status, native_cp_sat, run_natively

INTERRUPTED = "interrupted"
"""How the reason of a search begins that somebody has stopped."""

Report: TypeAlias = Callable[[float, float], None]
"""Is told the value and the bound of a search that goes on; infinite if there is none."""


@final
@dataclass(frozen=True, slots=True)
class CpAnswer:
    """What CP-SAT found and claims.

    Attributes
    ----------
    network
        The best network found, if there is one.
    bound
        It claims that no network is better than this; None if it claims that there is none.
    status
        How the search ended.
    reason
        Why, in short.
    """

    network: BinarizedNetwork | None
    bound: Fraction | None
    status: Status
    reason: str


@final
@dataclass(frozen=True, slots=True)
class Search:
    """How to search.

    Attributes
    ----------
    limits
        Limits of all searches together.
    workers, seed
        Threads of CP-SAT, and the seed of its random choices.
    report
        Is told about progress.
    """

    limits: Limits
    workers: int
    seed: int
    report: Report


def train_by_cp(
    instance: NetworkTraining, search: Search, *, start: BinarizedNetwork | None = None
) -> CpAnswer:
    """Look for the best network by the first objective, then the next among these, and so on.

    Raises
    ------
    UnsupportedError
        If the data, brought to a common denominator, are too large for CP-SAT.
    """
    clock = _Clock(search.limits, time.perf_counter())
    model = training_model(instance)
    require(model)
    stages = goals(model)
    best = start
    bound, reason, is_open = best_total(instance), "optimal", False
    fixed: list[Fraction] = []
    for rank, goal in enumerate(stages):
        is_last = rank == len(stages) - 1
        if best is not None:
            model.hint(best)
        if best is None or _value(model, best, rank) != best_value(instance, goal.name):
            run = _solve(model, goal, search, clock.left(is_last=is_last), fixed)
            if run.outcome == "INFEASIBLE" and not fixed:
                return CpAnswer(None, None, Status.INFEASIBLE, "infeasible")
            best = _better(instance, best, run.network)
        else:
            run = _Run("OPTIMAL", None, best_value(instance, goal.name), "optimal")
        if not is_open:
            bound = _total(instance, fixed, run.bound)
            reason = run.reason
            is_open = run.outcome != "OPTIMAL"
        if best is None or run.reason.startswith(INTERRUPTED):
            return CpAnswer(best, bound, Status.LIMIT, run.reason)
        if not is_last:
            fixed.append(_keep(model, goal, best, rank))
            # Within a gap that is allowed, the value may still be short of the bound.
            is_open = is_open or run.bound != fixed[-1]
    return CpAnswer(best, bound, Status.LIMIT if is_open else Status.OPTIMAL, reason)


@final
@dataclass(frozen=True, slots=True)
class _Clock:
    """What is left of the limits."""

    limits: Limits
    began: float

    def left(self, *, is_last: bool) -> Limits:
        """The limits of the next search, which is not to take all time from those after it."""
        left = self.limits.after(time.perf_counter() - self.began)
        if left.seconds is None or is_last:
            return left
        return Limits(_SHARE * left.seconds, left.nodes, left.gap, left.memory_mb)


@final
@dataclass(frozen=True, slots=True)
class _Run:
    """One search: how it ended, what it found, and the bound that is claimed, if there is one."""

    outcome: str
    network: BinarizedNetwork | None
    bound: Fraction | None
    reason: str


_SHARE = 0.7
"""Of the time that is left, so much may go into an objective that is not the last one."""


def _solve(
    model: TrainingModel, goal: Goal, search: Search, limits: Limits, fixed: Sequence[Fraction]
) -> _Run:
    cp = model.model
    (cp.maximize if is_better_greater(goal.name) else cp.minimize)(goal.expression)
    solver = native_cp_sat(limits, workers=search.workers, seed=search.seed)
    if model.is_large:
        # Probing a large model takes longer than most limits: digits of 784 pixels, 4 hidden
        # neurons and 20 samples have a network after 1 s without, 2 s or never with.
        solver.parameters.cp_model_probing_level = 0
    bounds: list[float] = []
    told = _told(model.instance, fixed, search.report)
    callback = _callback(told, goal.unit, solver, bounds)
    outcome, _, is_interrupted = run_natively(solver, cp, callback)
    network = None
    if outcome in ("OPTIMAL", "FEASIBLE"):
        bounds.append(solver.best_objective_bound)
        network = model.network(solver.value)
    # Without a solution the answer's bound may be one that was never set: trust what was told.
    claimed = _claimed_bound(bounds[-1], goal) if bounds else None
    reason = INTERRUPTED if is_interrupted else _reason(outcome, limits, solver)
    return _Run(outcome, network, claimed, reason)


def _value(model: TrainingModel, network: BinarizedNetwork, rank: int) -> Fraction:
    sums = exact_sums(model.instance, network)
    return objective_values(model.instance, network, sums)[rank]


def _better(
    instance: NetworkTraining, first: BinarizedNetwork | None, second: BinarizedNetwork | None
) -> BinarizedNetwork | None:
    """The better of two networks; the first of equals."""
    if first is None or second is None:
        return first or second
    keys = [
        [
            v if is_better_greater(name) else -v
            for name, v in zip(
                instance.objectives,
                objective_values(instance, network, exact_sums(instance, network)),
                strict=True,
            )
        ]
        for network in (first, second)
    ]
    return second if keys[1] > keys[0] else first


def _keep(model: TrainingModel, goal: Goal, network: BinarizedNetwork, rank: int) -> Fraction:
    """Ask of all further networks to be as good by an objective."""
    value = _value(model, network, rank)
    scaled = int(value * goal.unit)
    is_maximized = is_better_greater(goal.name)
    model.model.add(goal.expression >= scaled if is_maximized else goal.expression <= scaled)
    return value


def _total(
    instance: NetworkTraining, fixed: Sequence[Fraction], bound: Fraction | None
) -> Fraction:
    """A bound on the value: objectives are decided up to one that has a bound, or none."""
    best = [best_value(instance, name) for name in instance.objectives[len(fixed) :]]
    values = [*fixed, best[0] if bound is None else bound, *best[1:]]
    return sum(
        (w * v for w, v in zip(signed_priorities(instance), values, strict=True)), Fraction(0)
    )


def _told(instance: NetworkTraining, fixed: Sequence[Fraction], report: Report) -> Report:
    """What to tell of an objective: the value in one number, with those that are decided."""
    factors = [float(w) for w in signed_priorities(instance)]
    before = sum(w * float(v) for w, v in zip(factors, fixed, strict=False))
    factor = factors[len(fixed)]
    best = [best_value(instance, name) for name in instance.objectives[len(fixed) + 1 :]]
    after = sum(w * float(v) for w, v in zip(factors[len(fixed) + 1 :], best, strict=True))
    return lambda value, bound: report(before + factor * value, before + factor * bound + after)


def _callback(report: Report, unit: int, solver: Any, bounds: list[float]) -> Any:
    """Reports of solutions and bounds, in the unit of the instance; keeps the bounds."""
    from ortools.sat.python import cp_model

    values = [math.nan]

    class Callback(cp_model.CpSolverSolutionCallback):
        def on_solution_callback(self) -> None:
            values.append(self.objective_value / unit)
            report(values[-1], self.best_objective_bound / unit)

    def on_bound(bound: float) -> None:
        bounds.append(bound)
        report(values[-1], bound / unit)

    solver.best_bound_callback = on_bound
    return Callback()


_HALF = 0.5
_LATE = 0.75
"""A search that took this share of its time was stopped by the clock."""


def _claimed_bound(bound: float, goal: Goal) -> Fraction | None:
    """CP-SAT's bound: an integer in the goal's unit, which its answer has as a float."""
    if not math.isfinite(bound) or abs(bound) >= _NO_BOUND:
        return None
    is_maximized = is_better_greater(goal.name)
    whole = math.floor(bound + _HALF) if is_maximized else math.ceil(bound - _HALF)
    return Fraction(whole, goal.unit)


_NO_BOUND = 2.0**53


def _reason(outcome: str, limits: Limits, solver: Any) -> str:
    if outcome == "OPTIMAL":
        return "optimal" if not limits.gap else "optimal, or gap reached"
    if limits.seconds is not None and solver.wall_time >= _LATE * limits.seconds:
        return "time limit"
    if limits.nodes is not None and solver.num_conflicts >= _LATE * limits.nodes:
        return "node limit"
    return "limit reached"

"""Training by CP-SAT, one objective after another."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, final

from tamemip.plugins.bnn._assessment import best_value, is_better_greater, signed_priorities
from tamemip.plugins.bnn._cp_goals import Goal, goals, require
from tamemip.plugins.bnn._cp_training_model import TrainingModel, training_model
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._objective_stages import (
    INTERRUPTED,
    StagedAnswer,
    StageRun,
    in_stages,
    share_of,
)
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.solvers import Limits, Status, native_cp_sat, run_natively

Report: TypeAlias = Callable[[float, float], None]
"""Is told the value and the bound of a search that goes on; infinite if there is none."""


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
    utmost
        A value of the first objective that no network betters, if one is known.
    """

    limits: Limits
    workers: int
    seed: int
    report: Report
    utmost: Fraction | None = None


def train_by_cp(
    instance: NetworkTraining, search: Search, *, start: BinarizedNetwork | None = None
) -> StagedAnswer:
    """Look for the best network by the first objective, then the next among these, and so on.

    Raises
    ------
    UnsupportedError
        If the data or the regularization, brought to a common denominator, are too large for
        CP-SAT.
    """
    began = time.perf_counter()
    model = training_model(instance)
    require(model)
    stages = goals(model)
    if search.utmost is not None:
        _cut_off(model, stages[0], search.utmost)

    kept: list[Fraction] = []

    def run(rank: int, best: BinarizedNetwork | None, fixed: Sequence[Fraction]) -> StageRun:
        # Of objectives that needed no search, too.
        for goal, value in list(zip(stages, fixed, strict=False))[len(kept) :]:
            _keep(model, goal, value)
            kept.append(value)
        if best is not None:
            model.hint(best)
        left = search.limits.after(time.perf_counter() - began)
        return _solve(model, stages[rank], search, share_of(left, instance, rank), fixed)

    return in_stages(instance, run, start=start)


def _solve(
    model: TrainingModel, goal: Goal, search: Search, limits: Limits, fixed: Sequence[Fraction]
) -> StageRun:
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
    return StageRun(_STATUSES.get(outcome, Status.LIMIT), network, claimed, reason, "cp-sat")


_STATUSES = {"OPTIMAL": Status.OPTIMAL, "INFEASIBLE": Status.INFEASIBLE}


def _cut_off(model: TrainingModel, goal: Goal, utmost: Fraction) -> None:
    """Say that no network betters a value."""
    scaled = utmost * goal.unit
    if is_better_greater(goal.name):
        model.model.add(goal.expression <= math.floor(scaled))
    else:
        model.model.add(goal.expression >= math.ceil(scaled))


def _keep(model: TrainingModel, goal: Goal, value: Fraction) -> None:
    """Ask of all further networks to be as good by an objective."""
    scaled = int(value * goal.unit)
    is_maximized = is_better_greater(goal.name)
    model.model.add(goal.expression >= scaled if is_maximized else goal.expression <= scaled)


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

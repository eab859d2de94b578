"""Searches for the best network, by CP-SAT and by solvers in floats, under one clock."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError, SolverError
from tamemip.plugins.bnn._assessment import best_total, is_better_greater, value_unit
from tamemip.plugins.bnn._cp_training import Search, train_by_cp
from tamemip.plugins.bnn._encoding import encode
from tamemip.plugins.bnn._fitted import FittedNetwork, decode, evaluate, fit_of
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._objective_stages import StagedAnswer, total_bound
from tamemip.plugins.bnn._solver_training import (
    BEYOND_FLOATS,
    FloatSearch,
    bound_of_claim,
    is_beyond_floats,
    train_by_solver,
)
from tamemip.plugins.bnn._trained import TrainedNetwork, TrainingProgress
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.plugins.bnn._training_program import Move, movable, training_program
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Status, solve


@final
@dataclass(frozen=True, slots=True)
class TrainingSearch:
    """How to search, since when, and what was told on the way.

    Attributes
    ----------
    instance
        What is trained.
    limits
        Limits of all searches together.
    workers, seed
        Threads, and the seed of CP-SAT's random choices.
    progress
        Is called with each new value or bound of CP-SAT.
    utmost
        A value of the first objective that no network betters, if one is known.
    """

    instance: NetworkTraining
    limits: Limits
    workers: int
    seed: int
    progress: Callable[[TrainingProgress], None] | None
    utmost: Fraction | None = None
    history: list[TrainingProgress] = field(default_factory=list)
    began: float = field(default_factory=time.perf_counter)

    @property
    def left(self) -> Limits:
        """What is left of the limits."""
        return self.limits.after(time.perf_counter() - self.began)

    @property
    def first_bound(self) -> Fraction:
        """A value that no network betters, known before any search."""
        bound = best_total(self.instance)
        if self.utmost is None:
            return bound
        known = total_bound(self.instance, (), self.utmost)
        return min(bound, known) if self._is_greater else max(bound, known)

    def tell(self, first: FittedNetwork | None) -> None:
        """Report a network that is known before any search."""
        if first is not None:
            self._report(float(first.value), float(self.first_bound))

    def at_once(self, first: FittedNetwork | None, status: Status) -> TrainedNetwork:
        """A network, and the bound that was known before any search."""
        reason = "optimal" if status is Status.OPTIMAL else "time limit"
        who = "coordinate descent" if self.utmost is None else "linear relaxation"
        return self._answer(first, self.first_bound, status, reason, who)

    def by_cp(self, first: FittedNetwork | None, limits: Limits) -> TrainedNetwork:
        """What CP-SAT finds, examined.

        Raises
        ------
        UnsupportedError
            If the data, brought to a common denominator, are too large for CP-SAT.
        """
        search = Search(limits, self.workers, self.seed, self._report, self.utmost)
        start = None if first is None else first.network
        answer = train_by_cp(self.instance, search, start=start)
        return self._examined(answer, first)

    def by_solver(self, first: FittedNetwork | None, solver: str) -> TrainedNetwork:
        """What a solver in floats finds, examined.

        Raises
        ------
        SolverError
            If the solver fails, or its network is not allowed, exactly.
        UnsupportedError
            If it does not take the program.
        """
        program = solver_program(self.instance)
        if len(self.instance.objectives) > 1:
            search = FloatSearch(program, solver, self.left, self.workers)
            start = None if first is None else first.network
            return self._examined(train_by_solver(self.instance, search, start=start), first)
        hint = None if first is None else encode(self.instance, first.network, program.col_names)
        claim = solve(program, solver=solver, limits=self.left, hint=hint, threads=self.workers)
        found = None if claim.point is None else decode(self.instance, claim.point.tolist())
        if found is not None:
            _require_allowed(self.instance, found.network, claim.solver)
        is_final = claim.status in (Status.OPTIMAL, Status.INFEASIBLE)
        if is_final and is_beyond_floats(self.instance):
            return self._beyond_floats(better(self.instance, found, first), claim.solver)
        if first is not None:
            _require_feasible(claim.status, claim.solver)
        best = better(self.instance, found, first)
        (name,) = self.instance.objectives
        unit = value_unit(self.instance, name)
        rounded = bound_of_claim(claim.bound, unit, is_greater=self._is_greater)
        bound: Bound = claim.bound if rounded is None else rounded
        if claim.status is Status.OPTIMAL and best is not None and not self.limits.gap:
            bound = best.value
        bound = self._at_end(bound, claim.status)
        return self._answer(best, bound, claim.status, claim.reason, claim.solver)

    def _beyond_floats(self, best: FittedNetwork | None, solver: str) -> TrainedNetwork:
        """A network of a solver whose claims about all networks count for nothing."""
        if best is not None and best.value == self.first_bound:
            return self._answer(best, best.value, Status.OPTIMAL, "optimal", solver)
        return self._answer(best, self.first_bound, Status.LIMIT, BEYOND_FLOATS, solver)

    def united(self, first: TrainedNetwork, second: TrainedNetwork) -> TrainedNetwork:
        """The better network and the better bound of two searches."""
        best = better(self.instance, second.fitted, first.fitted)
        bound = self._sharper(first.bound, second.bound)
        status, reason = second.status, second.reason
        if best is not None and best.value == bound:
            status, reason = Status.OPTIMAL, "optimal"
        solver = f"{first.solver} and {second.solver}"
        return replace(self._answer(best, bound, status, reason, solver), history=first.history)

    def _answer(
        self, best: FittedNetwork | None, bound: Bound, status: Status, reason: str, solver: str
    ) -> TrainedNetwork:
        seconds = time.perf_counter() - self.began
        told = tuple(self.history)
        return TrainedNetwork(self.instance, best, bound, status, seconds, reason, solver, told)

    def _report(self, value: float, bound: float) -> None:
        told = TrainingProgress(time.perf_counter() - self.began, value, bound)
        self.history.append(told)
        if self.progress is not None:
            self.progress(told)

    def _at_end(self, bound: Bound, status: Status) -> Bound:
        """The bound of a search; at a limit it may be the one that was known before."""
        return self._sharper(bound, self.first_bound) if status is Status.LIMIT else bound

    def _sharper(self, first: Bound, second: Bound) -> Bound:
        return min(first, second) if self._is_greater else max(first, second)

    @property
    def _is_greater(self) -> bool:
        return is_better_greater(self.instance.objectives[0])

    @property
    def _worst(self) -> float:
        return -math.inf if self._is_greater else math.inf

    def _examined(self, answer: StagedAnswer, first: FittedNetwork | None) -> TrainedNetwork:
        solver = answer.solver or "coordinate descent"
        if first is not None:
            _require_feasible(answer.status, solver)
        found = None
        if answer.network is not None:
            _require_allowed(self.instance, answer.network, solver)
            found = fit_of(self.instance, answer.network)
        best = better(self.instance, found, first)
        bound: Bound = self._worst if answer.bound is None else answer.bound
        bound = self._at_end(bound, answer.status)
        status = answer.status
        if best is not None and best.value == bound:
            status = Status.OPTIMAL
        reason = "optimal" if status is Status.OPTIMAL else answer.reason
        return self._answer(best, bound, status, reason, solver)


def allowed(instance: NetworkTraining, network: BinarizedNetwork) -> FittedNetwork | None:
    """What a network is worth; None if the instance does not allow it.

    Raises
    ------
    InvalidInputError
        If it does not have the instance's inputs and layers.
    """
    fitted = fit_of(instance, network)
    try:
        evaluate(instance, fitted)
    except InvalidInputError:
        return None
    return fitted


def solver_program(instance: NetworkTraining) -> MixedIntegerProgram:
    """The training program with as little room for data as possible: for solvers and proofs."""
    move = next(name for name in _LIGHTEST if name in movable(instance))
    return training_program(instance, moves=(move,), room=0).program


_LIGHTEST: tuple[Move, ...] = ("regularization", "margin", "label")
"""What may move without more columns, larger bounds, more rows: as far as possible."""


def better(
    instance: NetworkTraining, found: FittedNetwork | None, first: FittedNetwork | None
) -> FittedNetwork | None:
    """The better of two networks, or the one that there is."""
    if found is None or first is None:
        return found or first
    sign = 1 if is_better_greater(instance.objectives[0]) else -1
    return first if sign * first.value > sign * found.value else found


def _require_feasible(status: Status, solver: str) -> None:
    if status is Status.INFEASIBLE:
        raise SolverError(
            f"{solver} says that no network is allowed, but the start is.", solver=solver
        )


def _require_allowed(instance: NetworkTraining, network: BinarizedNetwork, solver: str) -> None:
    try:
        evaluate(instance, network)
    except InvalidInputError as error:
        raise SolverError(
            f"the network that {solver} found is not allowed, exactly: {error} Data of very "
            "different sizes lead to this: scale or round them.",
            solver=solver,
        ) from error

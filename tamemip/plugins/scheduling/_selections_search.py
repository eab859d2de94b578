"""Searches among all selections of an instance, by CP-SAT, within limits."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from ortools.sat.python import cp_model

from tamemip.errors import InvalidInputError, NotAllowedError, SolverError, UnsupportedError
from tamemip.plugins.scheduling._selections import Arc, Selections
from tamemip.plugins.scheduling._selections_model import SelectionsModel
from tamemip.solvers import Limits, Status
from tamemip.solvers._interrupt import run_interruptibly

#: CP-SAT wants sums of what it counts to stay far below 2^63.
_LARGEST = 2**45

#: Seconds for a question whose answer can be done without.
_SOON = 10.0


@final
@dataclass(frozen=True, slots=True)
class Selected:
    """A selection, the longest paths to its operations, and its makespan, exactly."""

    arcs: tuple[Arc, ...]
    starts: tuple[Fraction, ...]
    makespan: Fraction


@final
class SelectionsSearch:
    """Questions about the selections of one instance, under limits that they share.

    Raises
    ------
    UnsupportedError
        If the durations, brought to a common denominator, are too large for CP-SAT.
    """

    def __init__(self, selections: Selections, limits: Limits | None, workers: int) -> None:
        self.selections = selections
        self._workers = workers
        self.total = sum(self.units(p) for p in selections.durations)
        self._limits = limits or Limits()
        self._began = time.perf_counter()
        if self.total * (len(selections.durations) + 1) > _LARGEST:
            raise UnsupportedError(
                f"the durations are multiples of {selections.unit} and sum up to {self.total} "
                "of it, which is too much for CP-SAT. Round them to fewer digits."
            )

    @property
    def seconds_left(self) -> float:
        """The time that is left; infinite without a limit."""
        left = self._limits.after(time.perf_counter() - self._began).seconds
        return math.inf if left is None else left

    def units(self, length: Fraction) -> int:
        """A length in units, rounded down."""
        return int(length / self.selections.unit)

    def least(self) -> tuple[Selected, Fraction, Status]:
        """The best selection found, the bound that CP-SAT claims, and how the search ended.

        Raises
        ------
        NotAllowedError
            If a limit came before the first selection.
        """
        model = SelectionsModel(self.selections, self.total)
        model.model.minimize(model.makespan(self.total))
        solver, status = self.solve(model)
        found = self.read(model, solver, status)
        if found is None:
            raise NotAllowedError("a limit was reached before the first schedule was found.")
        bound = round(solver.best_objective_bound) * self.selections.unit
        ended = Status.OPTIMAL if status == cp_model.OPTIMAL else Status.LIMIT
        return found, bound, ended

    def is_least(self, makespan: Fraction) -> bool | None:
        """Whether no selection is shorter, as CP-SAT claims; None if it does not know soon.

        Raises
        ------
        InvalidInputError
            If there is a shorter one.
        """
        most = self.units(makespan) - 1
        if most < 0:
            return True
        model = SelectionsModel(self.selections, most)
        model.makespan_at_most(most)
        solver, status = self.solve(model, seconds=min(_SOON, self.seconds_left / 10))
        found = self.read(model, solver, status)
        if found is not None:
            raise InvalidInputError(
                f"the given schedule of makespan {makespan} is no shortest one: there is one of "
                f"makespan {found.makespan}."
            )
        return True if status == cp_model.INFEASIBLE else None

    def read(
        self, model: SelectionsModel, solver: cp_model.CpSolver, status: cp_model.CpSolverStatus
    ) -> Selected | None:
        """The selection of a solution, if there is one."""
        if status not in (cp_model.OPTIMAL, cp_model.FEASIBLE):
            return None
        arcs = model.selection(solver)
        starts = self.selections.earliest(arcs)
        ends = (s + p for s, p in zip(starts, self.selections.durations, strict=True))
        return Selected(arcs, starts, max(ends))

    def solve(
        self, model: SelectionsModel, *, seconds: float = math.inf
    ) -> tuple[cp_model.CpSolver, cp_model.CpSolverStatus]:
        """Run CP-SAT in so much of the time that is left; the same question, the same answer."""
        solver = cp_model.CpSolver()
        parameters = solver.parameters
        parameters.num_workers = self._workers
        parameters.random_seed = 0
        parameters.catch_sigint_signal = False
        parameters.max_time_in_seconds = min(seconds, self.seconds_left)
        if self._limits.nodes is not None:
            parameters.max_number_of_conflicts = self._limits.nodes
        if self._limits.memory_mb is not None:
            parameters.max_memory_in_mb = int(self._limits.memory_mb)
        status = run_interruptibly(lambda: solver.solve(model.model), solver.stop_search)
        if status == cp_model.MODEL_INVALID:
            raise SolverError(
                "CP-SAT refuses the model of the selections.",
                solver="cp-sat",
                raw=model.model.validate(),
            )
        return solver, status

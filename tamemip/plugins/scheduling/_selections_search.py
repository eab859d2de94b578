"""Searches among all selections of an instance, by CP-SAT, within limits."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.errors import NotAllowedError, UnsupportedError
from tamemip.plugins.scheduling._selections import Arc, Selections
from tamemip.plugins.scheduling._selections_model import SelectionsModel
from tamemip.plugins.scheduling._selections_progress import Say, say_nothing
from tamemip.solvers import Limits, Status, native_cp_sat, run_natively

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

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
@dataclass(frozen=True, slots=True)
class Answer:
    """What CP-SAT says.

    Attributes
    ----------
    solver
        Where the values of variables are.
    status
        The best one is found, there is none, or a limit came first: claimed.
    has_values
        Whether there is a solution.
    """

    solver: cp_model.CpSolver
    status: Status
    has_values: bool


@final
class SelectionsSearch:
    """Questions about the selections of one instance, under limits that they share.

    Raises
    ------
    UnsupportedError
        If the durations, brought to a common denominator, are too large for CP-SAT.
    """

    def __init__(
        self,
        selections: Selections,
        limits: Limits | None,
        *,
        workers: int = 1,
        say: Say = say_nothing,
    ) -> None:
        self.selections = selections
        self._workers = workers
        self._say = say
        self._is_stopped = False
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
        left = self._limits.after(self._seconds).seconds
        return 0.0 if self._is_stopped else math.inf if left is None else left

    @property
    def _seconds(self) -> float:
        return time.perf_counter() - self._began

    def stop(self) -> None:
        """Leave no time for further questions, as after Ctrl-C."""
        self._is_stopped = True

    def say(self, what: str) -> None:
        """Show what is being done."""
        self._say(f"{what}, {self._seconds:.0f} s")

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
        self.say("least makespan")
        model = SelectionsModel(self.selections, self.total)
        model.model.minimize(model.makespan(self.total))
        answer = self.solve(model)
        found = self.read(model, answer)
        if found is None:
            raise NotAllowedError("a limit was reached before the first schedule was found.")
        bound = round(answer.solver.best_objective_bound) * self.selections.unit
        return found, bound, answer.status

    def shorter(self, makespan: Fraction) -> tuple[Selected | None, bool]:
        """A selection of smaller makespan, if one is found soon, and whether there is none.

        That there is none is CP-SAT's claim.
        """
        most = self.units(makespan) - 1
        if most < 0:
            return None, True
        model = SelectionsModel(self.selections, most)
        model.makespan_at_most(most)
        answer = self.solve(model, seconds=min(_SOON, self.seconds_left / 10))
        return self.read(model, answer), answer.status is Status.INFEASIBLE

    def read(self, model: SelectionsModel, answer: Answer) -> Selected | None:
        """The selection of an answer, if there is one."""
        return self.selected(model.selection(answer.solver)) if answer.has_values else None

    def selected(self, arcs: Sequence[Arc]) -> Selected:
        """A selection with its longest paths."""
        starts = self.selections.earliest(arcs)
        ends = (s + p for s, p in zip(starts, self.selections.durations, strict=True))
        return Selected(tuple(arcs), starts, max(ends))

    def solve(self, model: SelectionsModel, *, seconds: float = math.inf) -> Answer:
        """Run CP-SAT in so much of the time that is left; the same question, the same answer."""
        left = min(seconds, self.seconds_left)
        limits = replace(self._limits, seconds=left if math.isfinite(left) else None, gap=0.0)
        solver = native_cp_sat(limits, workers=self._workers)
        status, _, is_interrupted = run_natively(solver, model.model)
        if is_interrupted:
            raise KeyboardInterrupt
        ended = {"OPTIMAL": Status.OPTIMAL, "INFEASIBLE": Status.INFEASIBLE}
        has_values = status in ("OPTIMAL", "FEASIBLE")
        return Answer(solver, ended.get(status, Status.LIMIT), has_values)

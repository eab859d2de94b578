"""Schedules of projects by CP-SAT, in its own words: intervals and cumulative constraints."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.errors import SolverError, UnsupportedError
from tamemip.plugins.scheduling._found import CP_SAT, FoundSchedule
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._resource_constrained_lists import list_schedule, longest_first
from tamemip.plugins.scheduling._resource_constrained_schedule import (
    evaluate_project,
    project_schedule,
)
from tamemip.plugins.scheduling._resource_constrained_time import chains
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.solvers import Limits, Status, native_cp_sat, run_natively

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


def find_project_schedule(
    project: ResourceConstrained,
    *,
    limits: Limits | None = None,
    workers: int = 1,
    seed: int = 0,
) -> FoundSchedule[Schedule]:
    """Look for a short schedule of a project with CP-SAT.

    One interval an activity, a cumulative constraint a resource, the last end least. The data
    are scaled to integers, so that the starts of CP-SAT's answer are exact; that the project
    allows them is checked here.

    Parameters
    ----------
    project
        The project.
    limits
        Limits of the search; ``nodes`` counts conflicts. At a limit, or after Ctrl-C, the
        best schedule so far is returned; there is always one.
    workers
        Threads of CP-SAT. With one, and no limit of time, the answer is the same each time.
    seed
        Seed of CP-SAT's random choices.

    Returns
    -------
    FoundSchedule
        A schedule, and a bound that is claimed; see `prove_project` for one that is proved.

    Raises
    ------
    UnsupportedError
        If the data, brought to a common denominator, are too large for CP-SAT.

    Examples
    --------
    >>> project = ResourceConstrained([3, 2, "5/2"], [[1], [1], [1]], [2], [(1, 2)])
    >>> find_project_schedule(project)
    FoundSchedule(optimal, makespan 9/2, bound 9/2)
    """
    began = time.perf_counter()
    first = list_schedule(project, longest_first(project))
    search = _Search(project, first)
    found, claimed, reason = search.run(limits or Limits(), workers, seed)
    schedule = first if found is None or found.value >= first.value else found
    bound = min(schedule.value, max(_longest_chain(project), claimed))
    is_over = reason == "" or bound == schedule.value
    return FoundSchedule(
        schedule,
        bound,
        Status.OPTIMAL if is_over else Status.LIMIT,
        time.perf_counter() - began,
        ("optimal" if bound == schedule.value else "gap reached") if is_over else reason,
        CP_SAT,
    )


def _longest_chain(project: ResourceConstrained) -> Fraction:
    heads, tails = chains(project)
    return max(h + t for h, t in zip(heads, tails, strict=True))


@final
class _Search:
    """CP-SAT's model of a project in integers, and what comes of solving it."""

    def __init__(self, project: ResourceConstrained, hint: Schedule) -> None:
        from ortools.sat.python import cp_model

        self.project = project
        self.scale = _scale(project.durations, "durations")
        lengths = [int(self.scale * p) for p in project.durations]
        latest = int(self.scale * hint.value)
        self.model = model = cp_model.CpModel()
        self.starts = [model.new_int_var(0, latest, f"start[{j}]") for j in range(len(lengths))]
        makespan = model.new_int_var(0, latest, "makespan")
        for i, j in project.precedences:
            model.add(self.starts[j] >= self.starts[i] + lengths[i])
        for start, length, time_hint in zip(self.starts, lengths, hint.starts, strict=True):
            model.add(makespan >= start + length)
            model.add_hint(start, int(self.scale * time_hint))
        bars = [
            model.new_fixed_size_interval_var(start, length, f"activity[{j}]")
            for j, (start, length) in enumerate(zip(self.starts, lengths, strict=True))
        ]
        for k, capacity in enumerate(project.capacities):
            needs = [row[k] for row in project.requirements]
            units = _scale([*needs, capacity], f"requirements of resource {k}")
            model.add_cumulative(bars, [int(units * r) for r in needs], int(units * capacity))
        model.minimize(makespan)

    def run(self, limits: Limits, workers: int, seed: int) -> tuple[Schedule | None, Fraction, str]:
        """The best schedule, the bound that is claimed, and what stopped the search, if so."""
        solver = native_cp_sat(limits, workers=workers, seed=seed)
        outcome, bound, is_interrupted = run_natively(solver, self.model)
        stopped = "interrupted" if is_interrupted else "limit reached"
        return *self._answer(solver, outcome, bound), "" if outcome == "OPTIMAL" else stopped

    def _answer(
        self, solver: cp_model.CpSolver, outcome: str, claimed: float
    ) -> tuple[Schedule | None, Fraction]:
        if outcome not in ("OPTIMAL", "FEASIBLE", "UNKNOWN"):
            raise SolverError(
                f"CP-SAT says {outcome} of a project, which always has a schedule.",
                solver="cp-sat",
                raw=solver.response_stats(),
            )
        if not math.isfinite(claimed):
            return None, Fraction(0)
        # An integer, which the answer has as a float.
        bound = Fraction(math.ceil(claimed - _HALF), self.scale)
        if outcome == "UNKNOWN":
            return None, bound
        starts = [Fraction(solver.value(start), self.scale) for start in self.starts]
        schedule = project_schedule(self.project, starts)
        evaluate_project(self.project, schedule)
        return schedule, bound


_HALF = 0.5


_LARGEST = 1 << 40
"""Sums beyond this are refused: CP-SAT adds up numbers of 64 bits."""


def _scale(values: Sequence[Fraction], what: str) -> int:
    scale = math.lcm(*(v.denominator for v in values))
    if scale * sum(values) > _LARGEST:
        raise UnsupportedError(
            f"CP-SAT needs integers: brought to the common denominator {scale}, the {what} add "
            f"up to {scale * sum(values)}, which is more than {_LARGEST}. Round them, or solve "
            "the project's program with tamemip.solve."
        )
    return scale

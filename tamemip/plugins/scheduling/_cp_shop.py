"""Schedules of shops by CP-SAT, in its own words: intervals that do not overlap."""

from __future__ import annotations

import html
import math
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, TypeAlias, final

from tamemip.errors import InvalidInputError, SolverError
from tamemip.plugins._data_entry import exact_number
from tamemip.plugins.scheduling._cp_shop_model import ShopModel, shop_model, starts_in
from tamemip.plugins.scheduling._disjunctive import (
    least_makespan,
    orders_of,
    schedule_of,
)
from tamemip.plugins.scheduling._disjunctive_dispatch import dispatched
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.solvers import Limits, Status, run_interruptibly

AnyShop: TypeAlias = "JobShop | FlowShop"


@final
@dataclass(frozen=True, slots=True, repr=False)
class FoundSchedule:
    """A schedule that CP-SAT found, and what it claims about shorter ones.

    Attributes
    ----------
    schedule
        The best schedule found. Its makespan is exact, and the shop allows it.
    bound
        No schedule is shorter: this is CP-SAT's claim, or the longest job or machine load
        where that is more. It is not proved here; see `prove_makespan`.
    status
        `Status.OPTIMAL` if the schedule is claimed to be a shortest one, up to the gap of
        the limits; `Status.LIMIT` if the search was stopped.
    seconds
        Wall-clock time.
    reason
        Why the search ended, in short.
    """

    schedule: Schedule
    bound: Fraction
    status: Status
    seconds: float
    reason: str

    @property
    def value(self) -> Fraction:
        """The makespan of the schedule, exactly."""
        return self.schedule.value

    def __repr__(self) -> str:
        return f"FoundSchedule({self.status.value}, makespan {self.value}, bound {self.bound})"

    def __str__(self) -> str:
        least = "" if self.value == self.bound else f" than {self.bound}"
        why = f" ({self.reason})" if self.status is Status.LIMIT else ""
        return (
            f"{self.status.value}{why}: a schedule of makespan {self.value}; none is "
            f"shorter{least} (claimed by cp-sat, not proved), {self.seconds:.2f} s"
        )

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


def find_schedule(
    shop: AnyShop,
    *,
    limits: Limits | None = None,
    workers: int = 1,
    seed: int = 0,
    progress: bool = False,
) -> FoundSchedule:
    """Look for a short schedule of a job shop or flow shop with CP-SAT.

    One interval an operation, intervals on a machine disjoint, the last end least. The
    durations are scaled to integers; of CP-SAT's answer only the orders of the machines are
    used: the schedule and its makespan follow from them exactly.

    Parameters
    ----------
    shop
        The shop.
    limits
        Limits of the search; ``nodes`` counts conflicts. At a limit, or after Ctrl-C, the
        best schedule so far is returned; there is always one.
    workers
        Threads of CP-SAT. With one, and no limit of time, the answer is the same each time.
    seed
        Seed of CP-SAT's random choices.
    progress
        Show the best makespan and bound on a terminal.

    Returns
    -------
    FoundSchedule
        A schedule, and a bound that is claimed.

    Raises
    ------
    InvalidInputError
        If this is no shop, or there is not at least one worker.
    UnsupportedError
        If the durations, brought to a common denominator, are too large for CP-SAT.

    References
    ----------
    .. [1] L. Perron, F. Didier and S. Gay, "The CP-SAT-LP solver", 29th International
       Conference on Principles and Practice of Constraint Programming (2023), 3:1-3:2.

    Examples
    --------
    >>> shop = JobShop([[3, 2], [2, 4], ["1/2", 1]], [[0, 1], [1, 0], [0, 1]])
    >>> find_schedule(shop)
    FoundSchedule(optimal, makespan 15/2, bound 15/2)
    """
    began = time.perf_counter()
    require_shop(shop)
    limits = limits or Limits()
    first = dispatched(shop)
    model = shop_model(shop, first)
    solver = _solver(limits, workers, seed)
    with _progress(progress, model.scale) as callback:
        outcome, claimed, is_interrupted = _solved(model, solver, callback)
    if outcome not in ("OPTIMAL", "FEASIBLE", "UNKNOWN"):
        raise SolverError(
            f"CP-SAT says {outcome} of a shop, which always has a schedule.",
            solver="cp-sat",
            raw=solver.response_stats(),
        )
    schedule = schedule_of(shop, first)
    if outcome != "UNKNOWN":
        found = schedule_of(shop, orders_of(shop, starts_in(model, solver)))
        schedule = min(schedule, found, key=lambda s: s.value)
    bound = min(schedule.value, max(least_makespan(shop), claimed))
    is_closed = bound == schedule.value
    seconds = time.perf_counter() - began
    if is_closed or outcome == "OPTIMAL":
        reason = "optimal" if is_closed else "gap reached"
        return FoundSchedule(schedule, bound, Status.OPTIMAL, seconds, reason)
    reason = "interrupted" if is_interrupted else _limit(limits, solver)
    return FoundSchedule(schedule, bound, Status.LIMIT, seconds, reason)


def require_shop(shop: object) -> None:
    """Refuse what is no shop.

    Raises
    ------
    InvalidInputError
        If it is neither a job shop nor a flow shop.
    """
    if not isinstance(shop, JobShop | FlowShop):
        raise InvalidInputError(
            f"a JobShop or FlowShop is needed, not {type(shop).__name__}; for other instances "
            "see tamemip.solve."
        )


def _solved(model: ShopModel, solver: Any, callback: Any) -> tuple[str, Fraction, bool]:
    """CP-SAT's status and bound, and whether Ctrl-C stopped it; the solver keeps the rest."""
    statuses: list[Any] = []
    is_interrupted = False
    try:
        run_interruptibly(
            lambda: statuses.append(solver.solve(model.model, callback)), solver.stop_search
        )
    except KeyboardInterrupt:
        is_interrupted = True
    if not statuses:  # interrupted before it began
        return "UNKNOWN", Fraction(0), is_interrupted
    bound = _claimed_bound(model, solver.best_objective_bound)
    return solver.status_name(statuses[0]), bound, is_interrupted


def _solver(limits: Limits, workers: int, seed: int) -> Any:
    from ortools.sat.python import cp_model

    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = int(exact_number(workers, "workers", least=1, is_integral=True))
    parameters.random_seed = int(exact_number(seed, "seed", least=0, is_integral=True))
    # Ten times fewer conflicts on ft10 with one worker (53,670 without, 3,811 with).
    parameters.use_strong_propagation_in_disjunctive = True
    parameters.use_dynamic_precedence_in_disjunctive = True
    parameters.relative_gap_limit = limits.gap
    # It would take Ctrl-C away from Python for good.
    parameters.catch_sigint_signal = False
    if limits.seconds is not None:
        parameters.max_time_in_seconds = limits.seconds
    if limits.nodes is not None:
        parameters.max_number_of_conflicts = limits.nodes
    if limits.memory_mb is not None:
        parameters.max_memory_in_mb = max(1, int(limits.memory_mb))
    return solver


def _claimed_bound(model: ShopModel, bound: float) -> Fraction:
    """CP-SAT's bound in the unit of the shop: an integer, which its answer has as a float."""
    return Fraction(math.ceil(bound - _HALF), model.scale) if math.isfinite(bound) else Fraction(0)


_HALF = 0.5
_LATE = 0.95
"""A search that took this share of its time was stopped by the clock."""


def _limit(limits: Limits, solver: Any) -> str:
    """CP-SAT does not say which limit it was."""
    if limits.seconds is not None and solver.wall_time >= _LATE * limits.seconds:
        return "time limit"
    return "memory limit" if limits.nodes is None else "node limit"


@contextmanager
def _progress(wanted: bool, scale: int) -> Iterator[Any]:
    """A callback that keeps one line on the terminal up to date, or None."""
    if not wanted or not sys.stderr.isatty():
        yield None
        return
    from ortools.sat.python import cp_model
    from rich.console import Console
    from rich.status import Status as Line

    with Line("cp-sat: starting", console=Console(stderr=True)) as line:

        class Callback(cp_model.CpSolverSolutionCallback):
            def on_solution_callback(self) -> None:
                line.update(
                    f"cp-sat: makespan {self.objective_value / scale:.10g}, "
                    f"bound {self.best_objective_bound / scale:.10g}, {self.wall_time:.0f} s"
                )

        yield Callback()

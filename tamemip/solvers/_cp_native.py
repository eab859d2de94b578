"""CP-SAT in its own words: for rooms that build its models themselves."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from tamemip.errors import InvalidInputError, SolverError
from tamemip.solvers._interrupt import run_interruptibly

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

    from tamemip.solvers._claim import Limits


def native_cp_sat(limits: Limits, *, workers: int = 1, seed: int = 0) -> cp_model.CpSolver:
    """A CP-SAT solver within limits; ``nodes`` counts conflicts.

    With one worker, and no limit of time, its answers are the same each time.

    Raises
    ------
    InvalidInputError
        If there is not at least one worker, or the seed is negative.
    """
    from ortools.sat.python import cp_model

    if workers < 1 or seed < 0:
        raise InvalidInputError(
            f"workers is {workers} and seed {seed}; at least 1, and at least 0, are needed."
        )
    solver = cp_model.CpSolver()
    parameters = solver.parameters
    parameters.num_workers = int(workers)
    parameters.random_seed = int(seed)
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


class NativeOutcome(NamedTuple):
    """How a search of CP-SAT ended.

    Attributes
    ----------
    status
        ``"OPTIMAL"``, ``"FEASIBLE"``, ``"INFEASIBLE"`` or ``"UNKNOWN"``, as it says.
    bound
        Its bound on the objective, claimed; minus infinity if the search never began.
    is_interrupted
        Whether Ctrl-C stopped it; what it has found so far is kept.
    """

    status: str
    bound: float
    is_interrupted: bool


def run_natively(
    solver: cp_model.CpSolver,
    model: cp_model.CpModel,
    # Any: a callback class of CP-SAT, which is imported late.
    callback: Any = None,
) -> NativeOutcome:
    """Solve a model; Ctrl-C stops the search and keeps what it has found.

    Raises
    ------
    SolverError
        If CP-SAT refuses the model.
    """
    statuses: list[Any] = []
    is_interrupted = False
    try:
        run_interruptibly(
            lambda: statuses.append(solver.solve(model, callback)), solver.stop_search
        )
    except KeyboardInterrupt:
        is_interrupted = True
    status = solver.status_name(statuses[0]) if statuses else "UNKNOWN"
    if status == "MODEL_INVALID":
        raise SolverError("CP-SAT refuses the model.", solver="cp-sat", raw=str(model.validate()))
    bound = solver.best_objective_bound if statuses else -math.inf
    return NativeOutcome(status, bound, is_interrupted)

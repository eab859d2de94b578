"""SCIP and CP-SAT, through OR-Tools MathOpt.

The model goes over as one protocol buffer, filled from arrays: MathOpt's
modelling layer makes one Python object a variable, and is slow for large models.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import MissingDependencyError, SolverError
from tamemip.solvers._claim import Claim, Limits, Point, Status
from tamemip.solvers._interrupt import is_main_thread, run_interruptibly
from tamemip.solvers._model import (
    FloatModel,
    float_model,
    integer_conflict,
    integer_model,
    why_not_float,
    why_not_integer,
)

if TYPE_CHECKING:
    from tamemip.programs import MixedIntegerProgram

_LATE = 0.98  # part of the time limit after which a limit is taken for the time limit
_MIP_BOUND = 2.0**53  # CP-SAT silently cuts the domains of a MIP at 1e7 otherwise

_STATUS = {
    "TERMINATION_REASON_OPTIMAL": Status.OPTIMAL,
    "TERMINATION_REASON_INFEASIBLE": Status.INFEASIBLE,
    "TERMINATION_REASON_UNBOUNDED": Status.UNBOUNDED,
    "TERMINATION_REASON_INFEASIBLE_OR_UNBOUNDED": Status.INFEASIBLE_OR_UNBOUNDED,
    "TERMINATION_REASON_FEASIBLE": Status.LIMIT,
    "TERMINATION_REASON_NO_SOLUTION_FOUND": Status.LIMIT,
    "TERMINATION_REASON_NUMERICAL_ERROR": Status.LIMIT,
    "TERMINATION_REASON_IMPRECISE": Status.LIMIT,
}


@final
@dataclass(frozen=True)
class Scip:
    """SCIP: every mixed-integer program whose numbers are below 1e20.

    Parameters
    ----------
    seeks_points
        Spend the effort on good points rather than on the bound.
    """

    seeks_points: bool = False

    name = "scip"
    licence = "Apache-2.0 (in OR-Tools)"
    scope = "mixed-integer programs, numbers below 1e20"

    def accepts(self, program: MixedIntegerProgram) -> str | None:
        """Why SCIP cannot take a program, or None."""
        return why_not_float(program)

    def solve(
        self,
        program: MixedIntegerProgram,
        limits: Limits,
        hint: Point | None = None,
        threads: int = 1,
    ) -> Claim:
        """Solve a program."""
        parameters = _parameters(self.name, limits, threads)
        parameters.gscip.silence_output = True
        parameters.gscip.bool_params["misc/catchctrlc"] = is_main_thread()
        if limits.nodes is not None:
            parameters.node_limit = limits.nodes
        if limits.memory_mb is not None:
            parameters.gscip.real_params["limits/memory"] = limits.memory_mb
        if self.seeks_points:
            parameters.gscip.heuristics = parameters.gscip.AGGRESSIVE
        model = float_model(program)
        return _solve(_Engine(self.name, "SOLVER_TYPE_GSCIP", limits), model, parameters, hint)


@final
@dataclass(frozen=True)
class CpSat:
    """CP-SAT: pure integer programs with finite bounds, in integer arithmetic."""

    name = "cp-sat"
    licence = "Apache-2.0 (in OR-Tools)"
    scope = "integer columns only, bounds within 2**31, data that scale to integers"

    def accepts(self, program: MixedIntegerProgram) -> str | None:
        """Why CP-SAT cannot take a program, or None."""
        return why_not_integer(program)

    def solve(
        self,
        program: MixedIntegerProgram,
        limits: Limits,
        hint: Point | None = None,
        threads: int = 1,
    ) -> Claim:
        """Solve a program; `Limits.nodes` counts conflicts."""
        if conflict := integer_conflict(program):
            worst = -math.inf if program.sense == "max" else math.inf
            return Claim(Status.INFEASIBLE, worst, worst, None, self.name, 0.0, conflict)
        parameters = _parameters(self.name, limits, threads)
        parameters.cp_sat.mip_max_bound = _MIP_BOUND
        parameters.cp_sat.catch_sigint_signal = False
        if limits.nodes is not None:
            parameters.cp_sat.max_number_of_conflicts = limits.nodes
        if limits.memory_mb is not None:
            parameters.cp_sat.max_memory_in_mb = max(1, int(limits.memory_mb))
        model = integer_model(program)
        return _solve(_Engine(self.name, "SOLVER_TYPE_CP_SAT", limits), model, parameters, hint)


def _parameters(solver: str, limits: Limits, threads: int) -> Any:
    try:
        from ortools.math_opt import parameters_pb2
    except ImportError as error:
        raise MissingDependencyError(
            f'solver "{solver}" needs ortools, which is not installed here: '
            'pip install "ortools>=9.15,<9.16"'
        ) from error
    parameters = parameters_pb2.SolveParametersProto(
        threads=threads, relative_gap_tolerance=limits.gap, absolute_gap_tolerance=0.0
    )
    if limits.seconds is not None:
        parameters.time_limit.FromNanoseconds(round(limits.seconds * 1e9))
    return parameters


@final
@dataclass(frozen=True)
class _Engine:
    """A solver of MathOpt and the limits it works under."""

    solver: str
    kind: str
    limits: Limits


def _solve(engine: _Engine, model: FloatModel, parameters: Any, hint: Point | None) -> Claim:
    from ortools.math_opt import parameters_pb2

    start = time.perf_counter()
    # A relative gap is one of the user's values; without a gap the offset only costs digits.
    offset = model.scaled_offset if engine.limits.gap > 0 else 0.0
    request = (
        _model_proto(model, offset),
        getattr(parameters_pb2, engine.kind),
        parameters_pb2.SolverInitializerProto(),
        parameters,
        _hint_proto(hint),
    )
    result = _run(engine.solver, request)
    return _claim(engine, model, offset, result, time.perf_counter() - start)


def _run(solver: str, request: tuple[Any, ...]) -> Any:
    from ortools.math_opt import callback_pb2
    from ortools.math_opt.core.python import solver as mathopt
    from ortools.util.python.solve_interrupter import SolveInterrupter
    from pybind11_abseil.status import StatusNotOk  # type: ignore[import-untyped]  # no stubs

    interrupter = SolveInterrupter()
    callbacks = (None, callback_pb2.CallbackRegistrationProto(), None)
    try:
        if solver == Scip.name:
            # An interrupter makes GSCIP print errors in every solve: SCIP catches Ctrl-C itself.
            return _raise_interrupt(mathopt.solve(*request, *callbacks, None))
        return run_interruptibly(
            lambda: mathopt.solve(*request, *callbacks, interrupter.pybind_interrupter),
            interrupter.interrupt,
        )
    except StatusNotOk as error:
        raise SolverError(
            f"{solver} refused the program: {error}", solver=solver, raw=str(error)
        ) from error


def _raise_interrupt(result: Any) -> Any:
    from ortools.math_opt import result_pb2

    if result.termination.limit == result_pb2.LIMIT_INTERRUPTED:
        raise KeyboardInterrupt
    return result


def _model_proto(model: FloatModel, offset: float) -> Any:
    from ortools.math_opt import model_pb2

    proto = model_pb2.ModelProto()
    rows, cols = model.matrix.shape
    columns = proto.variables
    columns.ids.extend(range(cols))
    columns.lower_bounds.extend(model.lower)
    columns.upper_bounds.extend(model.upper)
    columns.integers.extend(model.integrality.tolist())
    constraints = proto.linear_constraints
    constraints.ids.extend(range(rows))
    constraints.lower_bounds.extend(model.row_lower)
    constraints.upper_bounds.extend(model.row_upper)
    entries = proto.linear_constraint_matrix
    entries.row_ids.extend(np.repeat(np.arange(rows), np.diff(model.matrix.indptr)).tolist())
    entries.column_ids.extend(model.matrix.indices.tolist())
    entries.coefficients.extend(model.matrix.data)
    _fill(proto.objective.linear_coefficients, model.cost)
    proto.objective.maximize = model.is_maximum
    proto.objective.offset = offset
    return proto


def _hint_proto(hint: Point | None) -> Any:
    from ortools.math_opt import model_parameters_pb2

    proto = model_parameters_pb2.ModelSolveParametersProto()
    if hint is not None:
        values = proto.solution_hints.add().variable_values
        values.ids.extend(range(len(hint)))
        values.values.extend(hint)
    return proto


def _fill(vector: Any, values: Any) -> None:
    support = np.flatnonzero(values)
    vector.ids.extend(support.tolist())
    vector.values.extend(values[support])


def _claim(engine: _Engine, model: FloatModel, offset: float, result: Any, seconds: float) -> Claim:
    from ortools.math_opt import result_pb2

    ending = result.termination
    reason = result_pb2.TerminationReasonProto.Name(ending.reason)
    status = _STATUS.get(reason)
    if status is None:
        raise SolverError(
            f"{engine.solver} failed: {ending.detail or reason}",
            solver=engine.solver,
            raw=str(ending),
        )
    point, found = _point(model, result)
    worst = -math.inf if model.is_maximum else math.inf
    return Claim(
        status=status,
        value=worst if point is None else model.to_user(found - offset),
        bound=model.to_user(ending.objective_bounds.dual_bound - offset),
        point=point,
        solver=engine.solver,
        seconds=seconds,
        reason=_reason(engine.limits, status, ending, seconds),
        raw=str(ending),
    )


def _point(model: FloatModel, result: Any) -> tuple[Point | None, float]:
    from ortools.math_opt import solution_pb2

    for solution in result.solutions:
        primal = solution.primal_solution
        if primal.feasibility_status == solution_pb2.SOLUTION_STATUS_FEASIBLE:
            point = np.zeros(len(model.cost))
            point[np.array(primal.variable_values.ids, dtype=np.int64)] = (
                primal.variable_values.values
            )
            return point, primal.objective_value
    return None, math.nan


def _reason(limits: Limits, status: Status, ending: Any, seconds: float) -> str:
    from ortools.math_opt import result_pb2

    if status is not Status.LIMIT:
        return "gap reached" if "GAP_LIMIT" in ending.detail else status.value
    if ending.reason in (
        result_pb2.TERMINATION_REASON_NUMERICAL_ERROR,
        result_pb2.TERMINATION_REASON_IMPRECISE,
    ):
        return "numerical trouble"
    name = result_pb2.LimitProto.Name(ending.limit).removeprefix("LIMIT_").lower()
    if name not in ("undetermined", "unspecified", "other"):
        return f"{name} limit"
    # CP-SAT does not say which one it was.
    is_late = limits.seconds is not None and seconds >= _LATE * limits.seconds
    return "time limit" if is_late or limits.nodes is None else "node limit"

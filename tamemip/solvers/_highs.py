"""HiGHS, through highspy: the solver of linear programs.

Never through MathOpt, whose HiGHS crashes after ``import pulp``. As a
mixed-integer solver HiGHS 1.14 returned wrong optima; `tamemip.solvers.solve`
has such claims confirmed by SCIP.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import MissingDependencyError, SolverError
from tamemip.solvers._claim import Claim, Limits, Point, Status
from tamemip.solvers._interrupt import run_interruptibly
from tamemip.solvers._model import FloatModel, float_model, why_not_float

if TYPE_CHECKING:
    from tamemip.programs import MixedIntegerProgram

_STATUS = {
    "kOptimal": Status.OPTIMAL,
    "kInfeasible": Status.INFEASIBLE,
    "kUnbounded": Status.UNBOUNDED,
    "kUnboundedOrInfeasible": Status.INFEASIBLE_OR_UNBOUNDED,
    "kTimeLimit": Status.LIMIT,
    "kIterationLimit": Status.LIMIT,
    "kSolutionLimit": Status.LIMIT,
    "kMemoryLimit": Status.LIMIT,
    "kInterrupt": Status.LIMIT,
    "kUnknown": Status.LIMIT,
}
_REASON = {
    "kTimeLimit": "time limit",
    "kIterationLimit": "iteration limit",
    "kSolutionLimit": "node limit",
    "kMemoryLimit": "memory limit",
    "kInterrupt": "interrupted",
    "kUnknown": "numerical trouble",
}
_SMALLEST_ENTRY = 1e-12  # HiGHS drops entries below 1e-9 unless told


@final
@dataclass(frozen=True)
class Highs:
    """HiGHS: linear programs; mixed-integer ones only when asked for by name."""

    name = "highs"
    licence = "MIT (highspy)"
    scope = "linear programs; mixed-integer claims are confirmed by scip"

    def accepts(self, program: MixedIntegerProgram) -> str | None:
        """Why HiGHS cannot take a program, or None."""
        return why_not_float(program)

    def solve(
        self,
        program: MixedIntegerProgram,
        limits: Limits,
        hint: Point | None = None,
        threads: int = 1,
    ) -> Claim:
        """Solve a program."""
        start = time.perf_counter()
        model = float_model(program)
        engine = _engine(limits, threads)
        _load(engine, model)
        if hint is not None and model.integrality.any():
            engine.setSolution(len(hint), np.arange(len(hint), dtype=np.int32), hint)
        engine.HandleUserInterrupt = True
        run_interruptibly(engine.run, engine.cancelSolve)
        return _claim(self.name, model, engine, time.perf_counter() - start)


def _engine(limits: Limits, threads: int) -> Any:
    try:
        import highspy
    except ImportError as error:
        raise MissingDependencyError(
            'solver "highs" needs highspy, which is not installed here: '
            'pip install "highspy>=1.12,<1.15"'
        ) from error
    engine = highspy.Highs()
    options: dict[str, object] = {
        "output_flag": False,
        "mip_rel_gap": limits.gap,
        "mip_abs_gap": 0.0,
        "small_matrix_value": _SMALLEST_ENTRY,
        "allow_unbounded_or_infeasible": False,
    }
    if threads != 1:  # the pool of threads is one for the process: leave it alone by default
        options["threads"] = threads
    if limits.seconds is not None:
        options["time_limit"] = limits.seconds
    if limits.nodes is not None:
        options["mip_max_nodes"] = limits.nodes
    for name, value in options.items():
        engine.setOptionValue(name, value)
    return engine


def _load(engine: Any, model: FloatModel) -> None:
    import highspy

    lp = highspy.HighsLp()
    lp.num_row_, lp.num_col_ = model.matrix.shape
    lp.sense_ = highspy.ObjSense.kMaximize if model.is_maximum else highspy.ObjSense.kMinimize
    lp.offset_ = model.scaled_offset if model.integrality.any() else 0.0
    lp.col_cost_, lp.col_lower_, lp.col_upper_ = model.cost, model.lower, model.upper
    lp.row_lower_, lp.row_upper_ = model.row_lower, model.row_upper
    lp.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    lp.a_matrix_.start_ = model.matrix.indptr.astype(np.int32)
    lp.a_matrix_.index_ = model.matrix.indices.astype(np.int32)
    lp.a_matrix_.value_ = model.matrix.data
    if model.integrality.any():
        kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
        lp.integrality_ = [kinds[int(flag)] for flag in model.integrality]
    if engine.passModel(lp) == highspy.HighsStatus.kError:
        raise SolverError("highs refused the program", solver="highs", raw="passModel: kError")


def _claim(solver: str, model: FloatModel, engine: Any, seconds: float) -> Claim:
    said = engine.getModelStatus().name
    status = _STATUS.get(said)
    if status is None:
        raise SolverError(f"highs failed: {said}", solver=solver, raw=said)
    info = engine.getInfo()
    point = np.array(engine.getSolution().col_value) if info.primal_solution_status == 2 else None
    worst = -math.inf if model.is_maximum else math.inf
    offset = model.scaled_offset if model.integrality.any() else 0.0
    value = worst if point is None else model.to_user(info.objective_function_value - offset)
    return Claim(
        status=status,
        value=value,
        bound=_bound(status, model, info, value, offset),
        point=point,
        solver=solver,
        seconds=seconds,
        reason=_REASON.get(said, status.value),
        raw=said,
    )


def _bound(status: Status, model: FloatModel, info: Any, value: float, offset: float) -> float:
    if model.integrality.any():
        return model.to_user(info.mip_dual_bound - offset)
    if status is Status.OPTIMAL:
        return value  # a linear program stops where primal and dual meet
    return math.inf if model.is_maximum else -math.inf

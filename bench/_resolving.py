"""Solving a program again at other right-hand sides: what an evaluation replaces."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from _tables import Clock
from scipy import sparse

import tamemip as tm

#: HiGHS reads these statuses as "no point".
_NO_POINT = ("Infeasible", "Primal infeasible or unbounded")


def again_by(solver: str, program: tm.MixedIntegerProgram) -> Callable[[np.ndarray], float] | None:
    """A re-solve through `tamemip.solve`; None where the solver does not take the program."""
    if solver == "cp-sat" and not program.integrality.all():
        return None

    def again(rhs: np.ndarray) -> float:
        claim = tm.solve(program.with_rhs(rhs.tolist()), solver=solver)
        return _worst(program) if claim.value is None else float(claim.value)

    return again


def again_by_bare_highs(program: tm.MixedIntegerProgram) -> Callable[[np.ndarray], float]:
    """A re-solve by highspy with the model kept: only the row bounds are sent."""
    import highspy

    highs = highspy.Highs()
    highs.setOptionValue("output_flag", False)
    highs.setOptionValue("threads", 1)
    highs.setOptionValue("mip_rel_gap", 0.0)
    sense = np.array(program.row_sense, dtype=object)
    m, n = program.n_rows, program.n_cols
    lp = highspy.HighsLp()
    lp.num_col_, lp.num_row_ = n, m
    lp.col_cost_ = program.c if program.sense == "min" else -program.c
    lp.col_lower_, lp.col_upper_ = program.lower, program.upper
    lp.row_lower_, lp.row_upper_ = _row_bounds(sense, program.rhs)
    columns = sparse.csc_array(program.A)
    lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    lp.a_matrix_.start_, lp.a_matrix_.index_ = columns.indptr, columns.indices
    lp.a_matrix_.value_ = columns.data
    kinds = (highspy.HighsVarType.kContinuous, highspy.HighsVarType.kInteger)
    lp.integrality_ = [kinds[int(flag)] for flag in program.integrality]
    highs.passModel(lp)
    rows = np.arange(m, dtype=np.int32)
    sign = 1.0 if program.sense == "min" else -1.0

    def again(rhs: np.ndarray) -> float:
        highs.changeRowsBounds(m, rows, *_row_bounds(sense, rhs))
        highs.run()
        if highs.modelStatusToString(highs.getModelStatus()) in _NO_POINT:
            return _worst(program)
        return sign * float(highs.getInfo().objective_function_value) + float(program.offset)

    return again


def _row_bounds(sense: np.ndarray, rhs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return np.where(sense == "<=", -np.inf, rhs), np.where(sense == ">=", np.inf, rhs)


def _worst(program: tm.MixedIntegerProgram) -> float:
    return math.inf if program.sense == "min" else -math.inf


def timed(
    again: Callable[[np.ndarray], float], points: Sequence[np.ndarray]
) -> tuple[np.ndarray, float]:
    """Values and processor seconds a point, after one run that is not counted."""
    again(points[0])
    clock = Clock()
    with clock.running():
        values = np.array([again(rhs) for rhs in points])
    return values, clock.cpu / len(points)


def unsound(program: tm.MixedIntegerProgram, bounds: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Where a bound lies on the wrong side of the value, beyond a solver's tolerance."""
    sign = 1.0 if program.sense == "min" else -1.0
    slack = 1e-6 * np.maximum(1.0, np.abs(np.where(np.isfinite(values), values, 0.0)))
    return sign * bounds > sign * values + slack

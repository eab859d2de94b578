"""SCIP with the model kept, the step of the line as one more column: what loops solve again."""

from __future__ import annotations

import datetime
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from ortools.math_opt.python import mathopt

import tamemip as tm

#: Relative accuracy that is asked of floats, and no more.
TOLERANCE = 1e-6

_NO_POINT = (
    mathopt.TerminationReason.INFEASIBLE,
    mathopt.TerminationReason.INFEASIBLE_OR_UNBOUNDED,
)


@dataclass(frozen=True)
class Met:
    """An optimal point: its value, its step, its columns; None for a column without a point."""

    value: float
    step: float
    point: np.ndarray


class ScipOnLine:
    """A program in floats whose right-hand side is ``rhs + t * direction``, in min orientation.

    `seconds` is the limit of one solve. Runs on one thread without a gap.
    """

    def __init__(
        self, program: tm.MixedIntegerProgram, direction: Sequence[float], *, seconds: float = 60.0
    ) -> None:
        self.program = program
        self.sign = 1.0 if program.sense == "min" else -1.0
        self.costs = self.sign * np.asarray(program.c, dtype=float)
        self.offset = self.sign * float(program.offset)
        self.solves = 0
        self._model = mathopt.Model()
        self._columns = [
            self._model.add_variable(lb=float(lo), ub=float(up), is_integer=bool(whole))
            for lo, up, whole in zip(program.lower, program.upper, program.integrality, strict=True)
        ]
        self._t = self._model.add_variable(lb=0.0, ub=0.0)
        self._fill(direction)
        self._objective = sum(
            (c * x for c, x in zip(self.costs.tolist(), self._columns, strict=True) if c),
            start=mathopt.LinearExpression(),
        )
        self._parameters = mathopt.SolveParameters(
            relative_gap_tolerance=0.0,
            absolute_gap_tolerance=1e-9,
            threads=1,
            time_limit=datetime.timedelta(seconds=seconds),
        )
        self._model.minimize(self._objective)

    def _fill(self, direction: Sequence[float]) -> None:
        matrix = self.program.A.tocsr()
        for i, sense in enumerate(self.program.row_sense):
            b = float(self.program.rhs[i])
            row = self._model.add_linear_constraint(
                lb=-math.inf if sense == "<=" else b, ub=math.inf if sense == ">=" else b
            )
            for k in range(matrix.indptr[i], matrix.indptr[i + 1]):
                row.set_coefficient(self._columns[matrix.indices[k]], float(matrix.data[k]))
            if direction[i]:
                row.set_coefficient(self._t, -float(direction[i]))

    def value(self, t: float) -> float:
        """The optimal value at a step, in the program's own sense; NaN at the limit."""
        met = self.solve(t)
        return self.sign * (math.inf if met is None else met.value + self.offset)

    def solve(self, t: float) -> Met | None:
        """The least cost at a step, without the constant; None if there is no point."""
        self._range(t, t)
        return self._run()

    def above_line(self, lo: float, hi: float, slope: float) -> Met | None:
        """The least ``cost - slope * t`` over the steps of an interval: does a line hold there?"""
        self._range(lo, hi)
        self._model.minimize(self._objective - slope * self._t)
        try:
            return self._run()
        finally:
            self._model.minimize(self._objective)

    def first_with_cost(self, cost: float, lo: float, hi: float) -> float:
        """The first step of an interval at which the value is that good; `hi` if there is none."""
        self._range(lo, hi)
        room = TOLERANCE * max(1.0, abs(cost))
        row = self._model.add_linear_constraint(self._objective <= cost - self.offset + room)
        self._model.minimize(mathopt.LinearExpression() + self._t)
        met = self._run()
        self._model.minimize(self._objective)
        self._model.delete_linear_constraint(row)
        return hi if met is None else met.step

    def _range(self, lo: float, hi: float) -> None:
        self._t.lower_bound, self._t.upper_bound = -math.inf, math.inf
        self._t.lower_bound, self._t.upper_bound = lo, hi

    def _run(self) -> Met | None:
        self.solves += 1
        result = mathopt.solve(self._model, mathopt.SolverType.GSCIP, params=self._parameters)
        reason = result.termination.reason
        if reason in _NO_POINT:
            return None
        if reason != mathopt.TerminationReason.OPTIMAL:
            return Met(math.nan, math.nan, np.array([]))
        values = result.variable_values()
        point = np.array([values[x] for x in self._columns])
        return Met(result.objective_value(), values[self._t], point)


def agree(a: float, b: float) -> bool:
    """Whether two values are the same to a solver's tolerance, or the same infinity."""
    if math.isinf(a) or math.isinf(b):
        return a == b
    return abs(a - b) <= TOLERANCE * max(1.0, abs(a))

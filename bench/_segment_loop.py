"""The usual way to a value function on a line: one MIP after the other, from right to left.

The epsilon-constraint method of two-objective programs, written as well as we could. For
a `<=` row of a `min` program v does not increase. At a step t a MIP gives the optimal
integer part. A linear program over the other columns and t then says how far to the left
its line reaches. A flat line needs no more: v is at least v(t) there. Under a slanted line
another MIP, with t as a column, looks for a part that is better somewhere, and the piece is
cut where that one crosses. Behind the end of a part the next MIP is solved just below.
Everything is done in floats, so jumps are only as good as the solver's tolerance.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import highspy
import numpy as np
from _scip import Met, ScipOnLine
from scipy import sparse

import tamemip as tm

#: Relative distance to the next step behind a jump: SCIP does not tell nearer ones apart.
_BELOW = 1e-5
#: Relative amount by which a part is better.
_BETTER = 1e-6
#: Relative length of a piece that is skipped.
_SHORT = 1e-7


@dataclass(frozen=True)
class Line:
    """The function ``constant + slope * t`` on an interval, in min orientation."""

    lo: float
    hi: float
    slope: float
    constant: float


class PartOnLine:
    """The linear program that is left when the integer columns are fixed, t being a column."""

    def __init__(self, program: tm.MixedIntegerProgram, row: int) -> None:
        n, m = program.n_cols, program.n_rows
        sign = 1.0 if program.sense == "min" else -1.0
        self._costs = np.append(sign * program.c, 0.0)
        self._lower, self._upper = (np.append(v, 0.0) for v in (program.lower, program.upper))
        self._integers = np.flatnonzero(program.integrality).astype(np.int32)
        self._all = np.arange(n + 1, dtype=np.int32)
        self._t, self._cut = n, m
        moving = sparse.csc_array(([-1.0], ([row], [0])), shape=(m, 1))
        rows = sparse.hstack([sparse.csc_array(program.A), moving])
        matrix = sparse.csc_array(sparse.vstack([rows, sparse.csr_array(self._costs[None, :])]))
        sense = np.array(program.row_sense, dtype=object)
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = n + 1, m + 1
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = self._costs, self._lower, self._upper
        lp.row_lower_ = np.append(np.where(sense == "<=", -np.inf, program.rhs), -np.inf)
        lp.row_upper_ = np.append(np.where(sense == ">=", np.inf, program.rhs), np.inf)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data
        self._highs = highspy.Highs()
        for name, value in (("output_flag", False), ("presolve", "off"), ("threads", 1)):
            self._highs.setOptionValue(name, value)
        self._highs.passModel(lp)

    def line(self, point: np.ndarray, t: float, lo: float) -> Line | None:
        """The line of the least costs on the left of a step, and how far it reaches."""
        self._fix(point)
        self._highs.changeColBounds(self._t, t, t)
        if not self._is_solved():
            return None
        value = self._highs.getInfo().objective_function_value
        slope = self._highs.getSolution().col_dual[self._t]
        constant = value - slope * t
        reached = self._first(lo, t, slope, constant)
        return None if reached is None else Line(min(reached, t), t, slope, constant)

    def last_below(self, point: np.ndarray, line: Line) -> float | None:
        """The last step at which the least costs of a part are not above a line."""
        self._fix(point)
        step = self._first(line.lo, line.hi, line.slope, line.constant, sign=-1.0)
        return None if step is None else min(max(step, line.lo), line.hi)

    def _fix(self, point: np.ndarray) -> None:
        whole = np.rint(point[self._integers])
        self._highs.changeColsBounds(len(whole), self._integers, whole, whole)

    def _first(
        self, lo: float, hi: float, slope: float, constant: float, *, sign: float = 1.0
    ) -> float | None:
        """The first (or last) step of an interval at which ``cost <= constant + slope * t``."""
        h = self._highs
        h.changeColBounds(self._t, lo, hi)
        room = 1e-9 * max(1.0, abs(constant + slope * hi))
        h.changeRowBounds(self._cut, -math.inf, constant + room)
        h.changeCoeff(self._cut, self._t, -slope)
        only_t = np.zeros(self._t + 1)
        only_t[self._t] = sign
        h.changeColsCost(self._t + 1, self._all, only_t)
        step = sign * h.getInfo().objective_function_value if self._is_solved() else None
        h.changeColsCost(self._t + 1, self._all, self._costs)
        h.changeRowBounds(self._cut, -math.inf, math.inf)
        return step

    def _is_solved(self) -> bool:
        self._highs.run()
        return self._highs.getModelStatus() == highspy.HighsModelStatus.kOptimal


def segment_loop(scip: ScipOnLine, row: int, lo: float, hi: float) -> list[Line]:
    """All pieces of v on an interval of steps, from right to left (in min orientation)."""
    part_of = PartOnLine(scip.program, row)
    found: list[Line] = []
    t, met = hi, scip.solve(hi)
    while met is not None and len(met.point):
        line = _line_from(part_of, met.point, t, lo)
        if line is None:  # the part has ended within the solver's tolerance
            t, met = _below(scip, t, lo)
            continue
        better, line = _cut_where_better(scip, part_of, line)
        if not _is_short(line) or line.hi == hi:
            found.append(line)
        if line.lo <= lo:
            break
        if better is not None:
            t, met = line.lo, better
        elif part_of.line(met.point, line.lo - _step(line.lo), lo) is not None:
            t = line.lo - _step(line.lo)  # a kink of the same part
        else:
            t, met = _below(scip, line.lo, lo)
    return found


def _line_from(part_of: PartOnLine, point: np.ndarray, t: float, lo: float) -> Line | None:
    """The line on the left of a step; at a kink the solver may give the one on the right."""
    line = part_of.line(point, t, lo)
    if (line is None or _is_short(line)) and t - _step(t) > lo:
        line = part_of.line(point, t - _step(t), lo)
    return line


def _is_short(line: Line) -> bool:
    return line.hi - line.lo <= _SHORT * max(1.0, abs(line.hi))


def _cut_where_better(scip: ScipOnLine, part_of: PartOnLine, line: Line) -> tuple[Met | None, Line]:
    """The part that takes over, and the line up to there."""
    taken: Met | None = None
    while abs(line.slope) > _BETTER and line.hi > line.lo:
        met = scip.above_line(line.lo, line.hi, line.slope)
        if met is None or not met.value < line.constant - _BETTER * max(1.0, abs(line.constant)):
            break
        crossing = part_of.last_below(met.point, line)
        if crossing is None or crossing <= line.lo + _SHORT * max(1.0, abs(line.lo)):
            break
        line, taken = Line(crossing, line.hi, line.slope, line.constant), met
    return taken, line


def _below(scip: ScipOnLine, t: float, lo: float) -> tuple[float, Met | None]:
    step = max(t - _step(t), lo)
    return step, (None if step >= t else scip.solve(step))


def _step(t: float) -> float:
    return _BELOW * max(1.0, abs(t))

"""The relaxation that rounding cuts are added to and taken from, on HiGHS."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from scipy import sparse

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Seconds that a solve is given at least.
_SHORTEST = 0.05
#: Reduced costs below this are zero, so that their columns may still move.
_DUAL_ZERO = 1e-9


@final
@dataclass(frozen=True, slots=True)
class Solution:
    """An optimal vertex of the relaxation: value, point, one dual value a row."""

    objective: float
    point: Floats
    row_duals: Floats


@final
class CutRelaxation:
    """``min cost x``, rows ``>=`` and ``=``, ``0 <= x <= upper``, with rows that come and go."""

    def __init__(
        self,
        cost: Floats,
        upper: Floats,
        matrix: sparse.csr_array,
        rhs: Floats,
        is_equation: NDArray[np.bool_],
    ) -> None:
        import highspy

        self._highspy = highspy
        self._highs = highspy.Highs()
        options: dict[str, Any] = {
            "output_flag": False,
            "presolve": "off",
            "threads": 1,
            "solver": "simplex",
            "simplex_strategy": 1,
            "primal_feasibility_tolerance": 1e-9,
            "dual_feasibility_tolerance": 1e-9,
        }
        for option, value in options.items():
            self._highs.setOptionValue(option, value)
        self.cost, self.upper = cost, upper
        self._pass(sparse.csc_array(matrix), np.asarray(rhs, dtype=np.float64), is_equation)

    def _pass(
        self, matrix: sparse.csc_array, right: Floats, is_equation: NDArray[np.bool_]
    ) -> None:
        lp = self._highspy.HighsLp()
        lp.num_col_, lp.num_row_ = len(self.cost), len(right)
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = self.cost, np.zeros_like(self.cost), self.upper
        lp.row_lower_, lp.row_upper_ = right, np.where(is_equation, right, np.inf)
        lp.a_matrix_.format_ = self._highspy.MatrixFormat.kColwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = len(self.cost), len(right)
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data.astype(np.float64)
        status = self._highs.passModel(lp)
        self._is_refused = status == self._highspy.HighsStatus.kError  # entries of 1e15 and more

    def add(self, matrix: sparse.csr_array, rhs: Floats) -> None:
        """Append rows ``>=``."""
        self._highs.addRows(
            len(rhs),
            np.asarray(rhs, dtype=np.float64),
            np.full(len(rhs), np.inf),
            matrix.nnz,
            matrix.indptr[:-1].astype(np.int32),
            matrix.indices.astype(np.int32),
            matrix.data.astype(np.float64),
        )

    def remove(self, places: NDArray[np.int64]) -> None:
        """Take rows out; the later ones move up."""
        if len(places):
            self._highs.deleteRows(len(places), places.astype(np.int32))

    def solve(self, *, deadline: float) -> Solution | None:
        """Solve from the last basis; None if there is no optimum, or no time (`time.monotonic`)."""
        if self._is_refused:
            return None
        left = max(deadline - time.monotonic(), _SHORTEST)
        self._highs.setOptionValue("time_limit", self._highs.getRunTime() + left)
        self._highs.run()
        optimal = self._highspy.HighsModelStatus.kOptimal
        status = self._highs.getModelStatus()
        if status not in {optimal, self._highspy.HighsModelStatus.kTimeLimit}:
            self._highs.clearSolver()
            self._highs.run()
            status = self._highs.getModelStatus()
        return self._solution() if status == optimal else None

    def _solution(self) -> Solution:
        found = self._highs.getSolution()
        return Solution(
            float(self._highs.getObjectiveValue()),
            np.array(found.col_value, dtype=np.float64),
            np.array(found.row_dual, dtype=np.float64),
        )

    def basic_rows(self) -> NDArray[np.bool_]:
        """Rows whose slack is basic: they hold nothing."""
        return self._are_basic(self._highs.getBasis().row_status)

    def basic_columns(self) -> NDArray[np.bool_]:
        """Columns that are basic."""
        return self._are_basic(self._highs.getBasis().col_status)

    def columns_at_upper(self) -> NDArray[np.bool_]:
        """Nonbasic columns that sit at their upper bounds."""
        statuses = self._highs.getBasis().col_status
        at_upper = self._highspy.HighsBasisStatus.kUpper
        return np.fromiter((s == at_upper for s in statuses), dtype=bool, count=len(statuses))

    def inverse_rows(
        self, columns: NDArray[np.bool_], *, at_most: int, generator: np.random.Generator
    ) -> Floats:
        """Rows of the basis inverse that belong to the given basic columns."""
        _, basic = self._highs.getBasicVariables()
        places = [k for k, j in enumerate(basic) if j >= 0 and columns[j]]
        if len(places) > at_most:
            places = sorted(generator.choice(places, at_most, replace=False))
        n_rows = self._highs.getNumRow()
        rows = np.zeros((len(places), n_rows))
        for k, place in enumerate(places):
            _, rows[k] = self._highs.getBasisInverseRow(int(place))
        return rows

    # -- lexicographic optima --------------------------------------------------

    def solve_lexicographically(
        self, order: NDArray[np.int64], *, deadline: float
    ) -> Solution | None:
        """The optimal vertex whose columns are least, one after the other; after `solve`.

        What has a reduced cost is fixed, then the next column of `order` is
        minimised over what is left: the lexicographic dual simplex method of Gomory
        by means of an ordinary one.
        """
        columns = np.arange(len(self.cost), dtype=np.int32)
        low, up = np.zeros_like(self.cost), self.upper.copy()
        lp = self._highs.getLp()
        row_low, row_up = np.array(lp.row_lower_), np.array(lp.row_upper_)
        fixed_columns: set[int] = set()
        fixed_rows: set[int] = set()
        movable = self._fix(low, up, row_low, row_up, fixed_columns, fixed_rows)
        for j in order:
            if not movable or time.monotonic() > deadline:
                break
            if int(j) in fixed_columns:
                continue
            cost = np.zeros_like(self.cost)
            cost[j] = 1.0
            self._highs.changeColsCost(len(columns), columns, cost)
            self._highs.run()
            if self._highs.getModelStatus() != self._highspy.HighsModelStatus.kOptimal:
                break
            movable = self._fix(low, up, row_low, row_up, fixed_columns, fixed_rows)
        for k in fixed_columns:
            self._highs.changeColBounds(k, low[k], up[k])
        for k in fixed_rows:
            self._highs.changeRowBounds(k, row_low[k], row_up[k])
        self._highs.changeColsCost(len(columns), columns, self.cost)
        return self.solve(deadline=deadline)

    def _fix(
        self,
        low: Floats,
        up: Floats,
        row_low: Floats,
        row_up: Floats,
        fixed_columns: set[int],
        fixed_rows: set[int],
    ) -> int:
        """Fix what has a reduced cost; the number of nonbasic ones that may still move."""
        basis, found = self._highs.getBasis(), self._highs.getSolution()
        at_lower = self._highspy.HighsBasisStatus.kLower
        movable = 0
        nonbasic = np.flatnonzero(~self._are_basic(basis.col_status))
        duals = np.array(found.col_dual)
        for j in nonbasic.tolist():
            if j in fixed_columns or low[j] == up[j]:
                continue
            if abs(duals[j]) <= _DUAL_ZERO:
                movable += 1
                continue
            value = low[j] if basis.col_status[j] == at_lower else up[j]
            self._highs.changeColBounds(j, value, value)
            fixed_columns.add(j)
        nonbasic = np.flatnonzero(~self._are_basic(basis.row_status))
        duals = np.array(found.row_dual)
        for i in nonbasic.tolist():
            if i in fixed_rows or row_low[i] == row_up[i]:
                continue
            if abs(duals[i]) <= _DUAL_ZERO:
                movable += 1
                continue
            value = row_low[i] if basis.row_status[i] == at_lower else row_up[i]
            self._highs.changeRowBounds(i, value, value)
            fixed_rows.add(i)
        return movable

    def _are_basic(self, statuses: Any) -> NDArray[np.bool_]:
        basic = self._highspy.HighsBasisStatus.kBasic
        return np.fromiter((s == basic for s in statuses), dtype=bool, count=len(statuses))

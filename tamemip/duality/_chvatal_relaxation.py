"""The linear relaxation of a cut system, kept warm while bounds move."""

from __future__ import annotations

import enum
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, final

import numpy as np
from scipy import sparse

from tamemip.duality._cut_system import CutSystem
from tamemip.errors import SolverError

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A reduced cost or a dual below this is noise.
_TOLERANCE = 1e-9
_NO_LIMIT = 2_147_483_647


class Outcome(enum.Enum):
    """How a linear program ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    CUT_SHORT = "cut short"
    UNKNOWN = "unknown"


@final
class CutRelaxation:
    """``min cost x`` over some rows of a cut system, with column bounds that move.

    Proposes in floats: points, duals, rays. Exact arithmetic decides what they prove.

    Parameters
    ----------
    system
        The rows.
    rows
        Which of them are rows of the relaxation; bound rows are column bounds instead.
    has_cost
        Whether the objective counts; without it only infeasibility is looked for.
    """

    def __init__(self, system: CutSystem, rows: Sequence[int], *, has_cost: bool = True) -> None:
        import highspy

        self.system, self.rows = system, list(rows)
        self.n_fixed = len(self.rows)
        self._matrix = system.matrix(self.rows)
        self._is_free = np.array([system.is_free(i) for i in self.rows], dtype=bool)
        self.lower = [0] * system.n_cols
        self.upper = list(system.upper)
        self.has_cost = has_cost
        self.solves = 0
        self._outcomes = {
            highspy.HighsModelStatus.kOptimal: Outcome.OPTIMAL,
            highspy.HighsModelStatus.kModelEmpty: Outcome.OPTIMAL,
            highspy.HighsModelStatus.kInfeasible: Outcome.INFEASIBLE,
            highspy.HighsModelStatus.kUnbounded: Outcome.UNBOUNDED,
            highspy.HighsModelStatus.kIterationLimit: Outcome.CUT_SHORT,
        }
        self._highs = _highs(highspy)
        self._pass(highspy)

    def _pass(self, highspy: Any) -> None:
        lp, system = highspy.HighsLp(), self.system
        n, k = system.n_cols, len(self.rows)
        lp.num_col_, lp.num_row_ = n, k
        lp.col_cost_ = system.cost.astype(float) if self.has_cost else np.zeros(n)
        lp.col_lower_ = np.zeros(n)
        lp.col_upper_ = np.array([np.inf if u < 0 else float(u) for u in system.upper])
        rhs = np.array([float(system.rhs(i)) for i in self.rows])
        lp.row_lower_, lp.row_upper_ = rhs, np.where(self.is_free, rhs, np.inf)
        matrix = sparse.csc_array(self.matrix.astype(float))
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = n, k
        lp.a_matrix_.start_ = matrix.indptr
        lp.a_matrix_.index_ = matrix.indices
        lp.a_matrix_.value_ = matrix.data
        if self._highs.passModel(lp) == highspy.HighsStatus.kError:
            raise SolverError("HiGHS refused a relaxation with cuts.", solver="highs")

    # -- what moves --------------------------------------------------------------------

    def bound(self, j: int, lower: int, upper: int) -> None:
        """Move the bounds of a column; an upper bound of -1 is none."""
        if self.lower[j] != lower or self.upper[j] != upper:
            self.lower[j], self.upper[j] = lower, upper
            self._highs.changeColBounds(j, lower, np.inf if upper < 0 else upper)

    def set_cost(self, cost: NDArray[np.float64]) -> None:
        """Move to other costs."""
        columns = np.arange(len(cost), dtype=np.int32)
        self._highs.changeColsCost(len(cost), columns, cost)

    def append(self, i: int) -> None:
        """Append a row of the system, which `keep` may take out again."""
        row = self.system.coefficients(i)
        support = np.flatnonzero(row).astype(np.int32)
        rhs = float(self.system.rhs(i))
        self._highs.addRow(rhs, np.inf, len(support), support, row[support].astype(float))
        if len(self.rows) == len(self._matrix):
            self._matrix = np.vstack([self._matrix, np.zeros((64 + len(self.rows), len(row)), int)])
            self._is_free = np.append(self._is_free, np.zeros(64 + len(self.rows), dtype=bool))
        self._matrix[len(self.rows)] = row
        self.rows.append(i)

    def keep(self, appended: Collection[int]) -> None:
        """Take out all appended rows but some; the basis is lost."""
        first = self.n_fixed
        stays = [k for k in range(first, len(self.rows)) if self.rows[k] in appended]
        gone = sorted(set(range(first, len(self.rows))) - set(stays))
        self._highs.deleteRows(len(gone), np.array(gone, dtype=np.int32))
        self._highs.clearSolver()
        self._matrix[first : first + len(stays)] = self._matrix[stays]
        self.rows[first:] = [self.rows[k] for k in stays]

    @property
    def matrix(self) -> NDArray[np.int64]:
        """The coefficients of the rows."""
        return self._matrix[: len(self.rows)]

    @property
    def is_free(self) -> NDArray[np.bool_]:
        """Which rows are equations."""
        return self._is_free[: len(self.rows)]

    # -- solving -----------------------------------------------------------------------

    def solve(self) -> Outcome:
        """Solve by dual simplex from the last basis."""
        self.solves += 1
        self._highs.run()
        outcome = self._outcomes.get(self._highs.getModelStatus())
        return self._from_scratch() if outcome in (None, Outcome.CUT_SHORT) else outcome

    def _from_scratch(self) -> Outcome:
        for strategy in (1, 4):
            self._highs.clearSolver()
            self._highs.setOptionValue("simplex_strategy", strategy)
            self._highs.run()
            self._highs.setOptionValue("simplex_strategy", 1)
            outcome = self._outcomes.get(self._highs.getModelStatus())
            if outcome is not None:
                return outcome
        return Outcome.UNKNOWN

    def estimate(self, j: int, lower: int, upper: int, *, iterations: int) -> float:
        """A lower estimate of the objective under other bounds of one column; maybe ``inf``."""
        self.solves += 1
        self._highs.changeColBounds(j, lower, np.inf if upper < 0 else upper)
        self._highs.setOptionValue("simplex_iteration_limit", iterations)
        self._highs.run()
        self._highs.setOptionValue("simplex_iteration_limit", _NO_LIMIT)
        outcome = self._outcomes.get(self._highs.getModelStatus())
        value = np.inf if outcome is Outcome.INFEASIBLE else self.objective
        self._highs.changeColBounds(
            j, self.lower[j], np.inf if self.upper[j] < 0 else self.upper[j]
        )
        return value

    # -- what was found ----------------------------------------------------------------

    @property
    def objective(self) -> float:
        """The objective, in units of the granularity."""
        return float(self._highs.getObjectiveValue())

    def point(self) -> NDArray[np.float64]:
        """The primal solution."""
        return np.array(self._highs.getSolution().col_value)

    def duals(self) -> NDArray[np.float64]:
        """Row duals, nonnegative on rows that are no equations."""
        return np.array(self._highs.getSolution().row_dual)

    def ray(self) -> NDArray[np.float64] | None:
        """Row multipliers that prove infeasibility, largest 1; up to their sign."""
        _, found, ray = self._highs.getDualRay()
        if not found:
            self._from_scratch()
            _, found, ray = self._highs.getDualRay()
        y = np.array(ray)
        return y / np.abs(y).max() if found and len(y) and np.abs(y).max() > 0 else None

    def basis(self) -> Any:
        """The basis of the last solve, to be handed back."""
        return self._highs.getBasis()

    def set_basis(self, basis: Any) -> None:
        """Start the next solve from a basis."""
        self._highs.setBasis(basis)


def _highs(highspy: Any) -> Any:
    highs = highspy.Highs()
    options = {
        "output_flag": False,
        "presolve": "off",
        "threads": 1,
        "solver": "simplex",
        "simplex_strategy": 1,
        "primal_feasibility_tolerance": _TOLERANCE,
        "dual_feasibility_tolerance": _TOLERANCE,
    }
    for option, value in options.items():
        highs.setOptionValue(option, value)
    return highs

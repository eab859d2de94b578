"""The warm-started linear-programming engine, on HiGHS.

The engine proposes in floats: bases, dual vectors, Farkas rays. Nothing that
it says is believed before exact arithmetic has looked at it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np
from scipy import sparse

from tamemip.errors import SolverError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.programs import MixedIntegerProgram

_NO_LIMIT = 2_147_483_647
#: The code of `HighsBasisStatus.kBasic`.
_BASIC = 1
#: The code of `HighsBasisStatus.kUpper`.
_UPPER = 2


class LPStatus(enum.Enum):
    """How a linear program ended."""

    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNBOUNDED = "unbounded"
    ITERATION_LIMIT = "iteration limit"


@final
@dataclass(frozen=True, slots=True)
class Basis:
    """A basis as HiGHS keeps it; only to be handed back to the engine."""

    raw: Any

    def nonbasic_rows(self) -> NDArray[np.int64]:
        """Rows that the basis holds at equality."""
        return np.flatnonzero(self.masks()[1])

    def basic_columns(self) -> NDArray[np.int64]:
        """Columns that are basic."""
        return np.flatnonzero(self.masks()[0])

    def masks(self) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """Which columns are basic, and which rows are held at equality."""
        columns = np.array([int(s) for s in self.raw.col_status])
        rows = np.array([int(s) for s in self.raw.row_status])
        return columns == _BASIC, rows != _BASIC

    def columns_at_upper(self) -> NDArray[np.int64]:
        """Nonbasic columns that sit at their upper bound."""
        return np.flatnonzero(np.array([int(s) for s in self.raw.col_status]) == _UPPER)


@final
class LPEngine:
    """A relaxation that is solved again and again under other bounds.

    The relaxation is kept as a *minimisation* (costs of a max program are
    negated) without the objective constant. Dual simplex from the last basis:
    a basis stays dual feasible when only bounds or right-hand sides move.

    Parameters
    ----------
    program
        The program whose relaxation is solved.

    Examples
    --------
    >>> from tamemip.programs import MixedIntegerProgram
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [4])
    >>> engine = LPEngine(p)
    >>> engine.solve()
    <LPStatus.OPTIMAL: 'optimal'>
    >>> round(engine.objective, 6), engine.row_duals().round(6).tolist()
    (2.4, [0.6])
    """

    def __init__(self, program: MixedIntegerProgram) -> None:
        import highspy

        self._status_names = {
            highspy.HighsModelStatus.kOptimal: LPStatus.OPTIMAL,
            highspy.HighsModelStatus.kModelEmpty: LPStatus.OPTIMAL,
            highspy.HighsModelStatus.kInfeasible: LPStatus.INFEASIBLE,
            highspy.HighsModelStatus.kUnbounded: LPStatus.UNBOUNDED,
            highspy.HighsModelStatus.kIterationLimit: LPStatus.ITERATION_LIMIT,
        }
        self.n_rows, self.n_cols = program.n_rows, program.n_cols
        self._sign = 1.0 if program.sense == "min" else -1.0
        self.cost = self._sign * program.c
        self.lower = program.lower.copy()
        self.upper = program.upper.copy()
        sense = np.array(program.row_sense, dtype=object)
        self._has_low, self._has_high = sense != "<=", sense != ">="
        self._columns = np.arange(self.n_cols, dtype=np.int32)
        self._rhs = np.array(program.rhs, dtype=np.float64)
        self.solves = 0
        self._highs = _quiet_highs(highspy)
        self._pass(highspy, program)

    def _pass(self, highspy: Any, program: MixedIntegerProgram) -> None:
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.n_cols, self.n_rows
        lp.col_cost_, lp.col_lower_, lp.col_upper_ = self.cost, self.lower, self.upper
        lp.row_lower_, lp.row_upper_ = self._row_bounds(program.rhs)
        matrix = sparse.csc_array(program.A)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.num_col_, lp.a_matrix_.num_row_ = self.n_cols, self.n_rows
        lp.a_matrix_.start_ = matrix.indptr
        lp.a_matrix_.index_ = matrix.indices
        lp.a_matrix_.value_ = matrix.data
        status = self._highs.passModel(lp)
        if status == highspy.HighsStatus.kError:
            raise SolverError(
                "HiGHS refused the relaxation; look for coefficients near 1e15 and beyond.",
                solver="highs",
                raw=status,
            )

    def _row_bounds(self, rhs: NDArray[np.float64]) -> tuple[Any, Any]:
        low = np.where(self._has_low, rhs, -np.inf)
        high = np.where(self._has_high, rhs, np.inf)
        return low, high

    # -- what moves ------------------------------------------------------------

    def set_bounds(self, lower: NDArray[np.float64], upper: NDArray[np.float64]) -> None:
        """Move to other column bounds; only what differs is sent."""
        moved = np.flatnonzero((lower != self.lower) | (upper != self.upper))
        if len(moved):
            self._highs.changeColsBounds(
                len(moved), moved.astype(np.int32), lower[moved], upper[moved]
            )
            self.lower, self.upper = lower.copy(), upper.copy()

    def set_rhs(self, rhs: NDArray[np.float64]) -> None:
        """Move to another right-hand side; only what differs is sent."""
        right = np.array(rhs, dtype=np.float64)
        moved = np.flatnonzero(right != self._rhs)
        if len(moved):
            low, high = self._row_bounds(right)
            self._highs.changeRowsBounds(
                len(moved), moved.astype(np.int32), low[moved], high[moved]
            )
            self._rhs = right

    def set_cost(self, cost: NDArray[np.float64]) -> None:
        """Move to other costs, in the engine's orientation: minimisation."""
        self.cost = np.asarray(cost, dtype=np.float64)
        self._highs.changeColsCost(self.n_cols, self._columns, self.cost)

    def set_side_rows(self, matrix: NDArray[np.float64], lows: NDArray[np.float64]) -> None:
        """Replace the rows ``matrix @ x >= lows`` that hold besides those of the program.

        The rows of the program keep their indices in `row_duals` and `farkas_ray`.
        """
        have = self._highs.getNumRow()
        if have > self.n_rows:
            self._highs.deleteRows(have - self.n_rows, np.arange(self.n_rows, have, dtype=np.int32))
        sparse_rows = sparse.csr_array(matrix)
        self._highs.addRows(
            len(lows),
            np.asarray(lows, dtype=np.float64),
            np.full(len(lows), np.inf),
            sparse_rows.nnz,
            sparse_rows.indptr[:-1].astype(np.int32),
            sparse_rows.indices.astype(np.int32),
            sparse_rows.data.astype(np.float64),
        )

    # -- solving ---------------------------------------------------------------

    def solve(self, *, iterations: int | None = None) -> LPStatus:
        """Solve from the last basis.

        Parameters
        ----------
        iterations
            Stop after so many simplex iterations; the objective is then a
            lower estimate, good enough to rank branching candidates.

        Raises
        ------
        SolverError
            If HiGHS ends in another way twice, the second time from scratch.
        """
        self.solves += 1
        if iterations is not None:
            self._highs.setOptionValue("simplex_iteration_limit", iterations)
        try:
            self._highs.run()
            status = self._status_names.get(self._highs.getModelStatus())
            return status if status is not None else self._solve_from_scratch()
        finally:
            if iterations is not None:
                self._highs.setOptionValue("simplex_iteration_limit", _NO_LIMIT)

    def _solve_from_scratch(self) -> LPStatus:
        for strategy in ("dual", "primal"):
            self._highs.clearSolver()
            self._highs.setOptionValue("simplex_strategy", 1 if strategy == "dual" else 4)
            self._highs.run()
            self._highs.setOptionValue("simplex_strategy", 1)
            raw = self._highs.getModelStatus()
            if raw in self._status_names:
                return self._status_names[raw]
        text = self._highs.modelStatusToString(raw)
        raise SolverError(
            f"HiGHS could not solve a linear relaxation: it said {text!r} from scratch too. "
            "Badly scaled data (coefficients 1e9 apart) are the usual reason.",
            solver="highs",
            raw=text,
        )

    # -- what was found --------------------------------------------------------

    @property
    def objective(self) -> float:
        """Objective of the last solve: minimisation, without the constant."""
        return float(self._highs.getObjectiveValue())

    def point(self) -> NDArray[np.float64]:
        """Primal solution."""
        return np.array(self._highs.getSolution().col_value, dtype=np.float64)

    def row_duals(self) -> NDArray[np.float64]:
        """Dual vector ``y``: nonnegative on ``>=`` rows, nonpositive on ``<=`` rows."""
        return np.array(self._highs.getSolution().row_dual, dtype=np.float64)

    def reduced_costs(self) -> NDArray[np.float64]:
        """Reduced costs ``c - A^T y`` of the last solve."""
        return np.array(self._highs.getSolution().col_dual, dtype=np.float64)

    def farkas_ray(self) -> NDArray[np.float64] | None:
        """Row multipliers that prove infeasibility, up to sign and rounding, or None."""
        _, found, ray = self._highs.getDualRay()
        return np.array(ray, dtype=np.float64) if found else None

    def basis(self) -> Basis:
        """Return the basis of the last solve."""
        return Basis(self._highs.getBasis())

    def set_basis(self, basis: Basis) -> None:
        """Start the next solve from a basis."""
        self._highs.setBasis(basis.raw)


def _quiet_highs(highspy: Any) -> Any:
    highs = highspy.Highs()
    options = {
        "output_flag": False,
        "presolve": "off",
        "threads": 1,
        "solver": "simplex",
        "simplex_strategy": 1,
    }
    for option, value in options.items():
        highs.setOptionValue(option, value)
    return highs

"""Strong functions at one right-hand side: the subadditive dual over a pool, and its growth.

Over nonnegative combinations ``F = sum w_k g_k`` of a pool the subadditive dual is a
linear program: maximize ``F(d)`` subject to ``F(a_j) <= c_j``. Its own dual is the
relaxation with one row ``sum_j g_k(a_j) x_j >= g_k(d)`` for every atom. Rows are brought in
as they are violated; where the optimum is fractional, the tableau gives new atoms
(Gomory's fractional cuts with their multipliers).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.arithmetic import solve_square
from tamemip.duality._value_formula_atoms import AtomPool
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_duals

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._value_formula_lattice import Integers

#: A row is brought in if it is violated by more than this; floats only propose.
_VIOLATION = 1e-7
#: Rows brought in at a time, and how often.
_AT_ONCE, _ROUNDS_OF_ROWS = 8, 60
#: Distance from an integer from which a value counts as fractional.
_FRACTIONAL = 1e-6


@final
class PoolDual:
    """The subadditive dual of a program over a pool of atoms."""

    def __init__(self, pool: AtomPool) -> None:
        self._pool = pool
        self._cost = [int(v) for v in pool.program.c]
        self._working: list[int] = []
        self.solves = 0

    def any_feasible(self) -> dict[int, Fraction] | None:
        """Weights of some dual feasible function: there are some iff the cone is bounded."""
        solved = _solve(self._pool.coefficients, np.zeros(len(self._pool)), self._cost, [])
        if solved is None or solved.weights is None:
            return None
        return solved.weights if _is_feasible(self._pool, solved.weights, self._cost) else None

    def strongest(
        self, at: int, favor: NDArray[np.float64], thrift: float
    ) -> dict[int, Fraction] | None:
        """Weights of a dual feasible function that is as large as possible at a point.

        Parameters
        ----------
        at
            Number of the point.
        favor
            A small gain for every atom: ties are broken in favor of other points.
        thrift
            A small price of the size of an atom.

        Returns
        -------
        dict or None
            Exact weights, one an atom; None if the relaxation is empty there, or the
            proposal cannot be confirmed.
        """
        rhs = self._pool.values[:, at] + favor - thrift * self._pool.sizes
        self.solves += 1
        solved = _solve(self._pool.coefficients, rhs, self._cost, self._working)
        if solved is None or solved.weights is None:
            return None
        self._working = solved.rows[-64:]
        return solved.weights if _is_feasible(self._pool, solved.weights, self._cost) else None

    def guard(self, at: int) -> dict[int, Fraction] | None:
        """Weights of a function that is positive at a point and nowhere on the columns."""
        pool = self._pool
        n = len(self._cost)
        elastic = np.hstack([pool.coefficients, np.ones((len(pool), 1), dtype=np.int64)])
        rhs = pool.values[:, at] - 1e-4 * pool.sizes / (1 + pool.sizes.max())
        self.solves += 1
        solved = _solve(elastic, rhs, [0] * n + [1], [])
        weights = None if solved is None else solved.weights
        if weights is None or not _is_feasible(pool, weights, [0] * n):
            return None
        total = sum((w * int(pool.values[k, at]) for k, w in weights.items()), Fraction(0))
        return weights if total > 0 else None

    def add_cuts(self, at: int, most: int) -> bool:
        """Add the atoms of some tableau rows at a point; whether there was anything to add."""
        pool = self._pool
        self.solves += 1
        solved = _solve(pool.coefficients, pool.values[:, at].astype(float), self._cost, [])
        if solved is None:
            return False
        before = len(pool)
        x = solved.point
        distance = np.abs(x - np.rint(x))
        for j in np.argsort(-distance)[:most]:
            if distance[j] > _FRACTIONAL:
                self._add_cut(solved, int(j))
        return len(pool) > before

    def _add_cut(self, solved: _Solved, j: int) -> None:
        multipliers = solved.tableau_row(j, self._pool.coefficients)
        if multipliers is None:
            return
        for factor in (1, -1):
            parts = {k: (factor * w) % 1 for k, w in multipliers.items()}
            q = math.lcm(*(w.denominator for w in parts.values()))
            self._pool.add_rounded({k: int(w * q) for k, w in parts.items()}, q)


@final
class _Solved:
    """A relaxation that has been solved: point, exact weights, and its basis."""

    def __init__(self, engine: LPEngine, program: MixedIntegerProgram, rows: list[int]) -> None:
        self.rows, self.point = rows, engine.point()
        self._basis = engine.basis()
        duals = basic_duals(program.exact, self._basis, program.exact.c)
        self.weights = None if duals is None else {rows[i]: w for i, w in duals.items()}

    def tableau_row(self, j: int, coefficients: Integers) -> dict[int, Fraction] | None:
        """Multipliers of the tight atoms that give ``x_j``, but for columns at 0."""
        tight = [self.rows[i] for i in self._basis.nonbasic_rows()]
        columns = self._basis.basic_columns().tolist()
        if len(tight) != len(columns) or j not in columns:
            return None
        system = [
            tuple(
                (i, Fraction(int(coefficients[k, col])))
                for i, k in enumerate(tight)
                if coefficients[k, col]
            )
            for col in columns
        ]
        solution = solve_square(system, [Fraction(int(col == j)) for col in columns])
        return None if solution is None else dict(zip(tight, solution, strict=True))


def _solve(
    coefficients: Integers, rhs: NDArray[np.float64], cost: Sequence[int], start: Sequence[int]
) -> _Solved | None:
    """Solve ``min cost x`` over all rows, bringing in the violated ones; None if it is empty."""
    norms = 1.0 + np.abs(coefficients).max(axis=1, initial=0)
    rows = list(dict.fromkeys([*np.argsort(-rhs / norms)[:_AT_ONCE].tolist(), *start]))
    for _ in range(_ROUNDS_OF_ROWS):
        program = MixedIntegerProgram.from_arrays(
            cost, coefficients[rows].tolist(), ">=", rhs[rows].tolist(), integrality=False
        )
        engine = LPEngine(program)
        status = engine.solve()
        if status is LPStatus.UNBOUNDED:
            missing = [k for k in range(min(len(rhs), 64)) if k not in set(rows)]
            if not missing:
                return None
            rows += missing
            continue
        if status is not LPStatus.OPTIMAL:
            return None
        violation = (rhs - coefficients @ engine.point()) / norms
        violation[rows] = 0.0
        worst = np.argsort(-violation)[:_AT_ONCE]
        fresh = [int(k) for k in worst if violation[k] > _VIOLATION]
        if not fresh:
            break
        rows += fresh
    return _Solved(engine, program, rows)


def _is_feasible(pool: AtomPool, weights: dict[int, Fraction], cost: Sequence[int]) -> bool:
    """Whether ``w >= 0`` and ``sum w_k g_k(a_j) <= c_j``, exactly."""
    if any(w < 0 for w in weights.values()):
        return False
    totals = [
        sum((w * int(pool.coefficients[k, j]) for k, w in weights.items()), Fraction(0))
        for j in range(len(cost))
    ]
    return all(total <= c for total, c in zip(totals, cost, strict=True))

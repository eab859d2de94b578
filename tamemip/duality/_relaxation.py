"""What branch and bound asks of the relaxation, answered exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.certificates import Problem
from tamemip.duality._exact_relaxation import exact_over_box
from tamemip.duality._multipliers import IntegerData
from tamemip.duality._tree import Literals
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Basis, LPEngine, LPStatus, basic_duals, basic_point

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._search import Box

Point = tuple[Fraction, ...]


@final
class Relaxation:
    """The engine of a program at one right-hand side, with exact answers.

    Parameters
    ----------
    program, data
        The program and its integer data.
    rhs
        The right-hand side.
    """

    def __init__(
        self, program: MixedIntegerProgram, data: IntegerData, rhs: Sequence[Fraction]
    ) -> None:
        self.problem: Problem = program.exact
        self.data = data
        self.rhs = tuple(rhs)
        self.engine = LPEngine(program)
        self.lower = np.array([float(v) for v in data.lower])
        self.upper = np.array([float(v) for v in data.upper])
        self.cost = [Fraction(data.sign) * c for c in self.problem.c]
        self._elastic: LPEngine | None = None
        self._program = program
        self.move_to(self.rhs)

    def move_to(self, rhs: Sequence[Fraction]) -> None:
        """Go to another right-hand side."""
        self.rhs = tuple(rhs)
        self.engine.set_rhs(np.array([float(v) for v in rhs]))

    @property
    def integers(self) -> NDArray[np.intp]:
        """Indices of the integer columns."""
        return np.flatnonzero(np.array(self.problem.integer, dtype=bool))

    # -- points ----------------------------------------------------------------

    def offer(self, point: NDArray[np.float64], box: Box) -> tuple[Point, Fraction] | None:
        """An exact feasible point with the integer part of ``point``, and its cost.

        The continuous part is an exact basic solution of the relaxation with
        the integers fixed.
        """
        lower, upper = box
        low, up = lower.copy(), upper.copy()
        whole = np.rint(point[self.integers])
        low[self.integers] = up[self.integers] = whole
        if len(self.integers) == self.engine.n_cols:
            exact: Point | None = tuple(Fraction(int(v)) for v in whole)
        else:
            exact = self._basic_point(low, up)
            if exact is not None and not self.is_feasible(exact):
                exact = self._exact_point(whole)
        if exact is None or not self.is_feasible(exact):
            return None
        return exact, self.cost_of(exact)

    def cost_of(self, point: Point) -> Fraction:
        """Cost in min orientation, without the constant."""
        return sum((c * v for c, v in zip(self.cost, point, strict=True)), Fraction(0))

    def is_feasible(self, point: Point) -> bool:
        """Whether a point satisfies bounds, integrality and rows, exactly."""
        problem = self.problem
        for j, value in enumerate(point):
            if not self.data.lower[j] <= value <= self.data.upper[j]:
                return False
            if problem.integer[j] and value.denominator != 1:
                return False
        for i, activity in enumerate(problem.A.times(point)):
            sense, rhs = problem.row_sense[i], self.rhs[i]
            if (activity < rhs and sense != "<=") or (activity > rhs and sense != ">="):
                return False
        return True

    def _basic_point(self, low: NDArray[np.float64], up: NDArray[np.float64]) -> Point | None:
        self.engine.set_bounds(low, up)
        if self.engine.solve() is not LPStatus.OPTIMAL:
            return None
        exact_low = [
            Fraction(int(low[j])) if flag else self.data.lower[j]
            for j, flag in enumerate(self.problem.integer)
        ]
        exact_up = [
            Fraction(int(up[j])) if flag else self.data.upper[j]
            for j, flag in enumerate(self.problem.integer)
        ]
        return basic_point(
            self.problem, self.engine.basis(), lower=exact_low, upper=exact_up, rhs=self.rhs
        )

    def _exact_point(self, whole: NDArray[np.float64]) -> Point | None:
        """A best point of an integer part that is feasible by less than floats can tell."""
        part = {int(j): int(v) for j, v in zip(self.integers, whole, strict=True)}
        literals: Literals = {(j, "<="): v for j, v in part.items()}
        literals |= {(j, ">="): v for j, v in part.items()}
        verdict = exact_over_box(self.data, literals, self.rhs)
        return None if verdict is None else verdict.point

    # -- duals and rays, the last resort -----------------------------------------

    def basis_duals(
        self, literals: Literals, basis: Basis | None = None
    ) -> dict[int, Fraction] | None:
        """Exact duals of a basis, or of the optimal basis over a box."""
        if basis is None:
            self.engine.set_bounds(*self.box(literals))
            if self.engine.solve() is not LPStatus.OPTIMAL:
                return None
            basis = self.engine.basis()
        return basic_duals(self.problem, basis, self.cost)

    def basis_ray(self, literals: Literals) -> dict[int, Fraction] | None:
        """Exact Farkas ray over a box: duals of the least violation of its rows."""
        if self._elastic is None:
            self._elastic_program = elastic_feasibility(self._program)
            self._elastic = LPEngine(self._elastic_program)
        low, up = self.box(literals)
        extra = self._elastic.n_cols - len(low)
        engine = self._elastic
        engine.set_rhs(np.array([float(v) for v in self.rhs]))
        engine.set_bounds(
            np.concatenate([low, np.zeros(extra)]),
            np.concatenate([up, np.full(extra, math.inf)]),
        )
        if engine.solve() is not LPStatus.OPTIMAL:
            return None
        exact = self._elastic_program.exact
        return basic_duals(exact, engine.basis(), list(exact.c))

    def any_dual(self) -> NDArray[np.float64] | None:
        """A dual feasible vector: duals at a right-hand side that is surely feasible."""
        start = np.clip(np.zeros_like(self.lower), self.lower, self.upper)
        self.engine.set_rhs(self._program.A @ start)
        self.engine.set_bounds(self.lower, self.upper)
        status = self.engine.solve()
        dual = self.engine.row_duals() if status is LPStatus.OPTIMAL else None
        self.move_to(self.rhs)
        return dual

    def box(self, literals: Literals) -> Box:
        """Float bounds of a box."""
        low, up = self.lower.copy(), self.upper.copy()
        for (column, side), at in literals.items():
            (up if side == "<=" else low)[column] = at
        return low, up

    # -- unbounded ---------------------------------------------------------------

    def improving_ray(self) -> Point | None:
        """A direction that stays feasible and lowers the cost forever, exactly, or None."""
        cone = recession_program(self._program)
        engine = LPEngine(cone)
        if engine.solve() is not LPStatus.OPTIMAL:
            return None
        exact = cone.exact
        ray = basic_point(
            exact, engine.basis(), lower=exact.lower, upper=exact.upper, rhs=exact.rhs
        )
        if ray is None or self.cost_of(ray) >= 0:
            return None
        return ray


def elastic_feasibility(program: MixedIntegerProgram) -> MixedIntegerProgram:
    """Least total violation of the rows: its duals are Farkas rays of empty boxes."""
    exact = program.exact
    rows: list[list[tuple[int, Fraction]]] = [list(row) for row in exact.A.rows]
    n, one = len(exact.c), Fraction(1)
    for i, sense in enumerate(exact.row_sense):
        if sense != "<=":
            rows[i].append((n, one))
            n += 1
        if sense != ">=":
            rows[i].append((n, -one))
            n += 1
    extra = n - len(exact.c)
    return _with_data(
        program,
        rows,
        c=(Fraction(0),) * len(exact.c) + (one,) * extra,
        rhs=exact.rhs,
        lower=exact.lower + (Fraction(0),) * extra,
        upper=exact.upper + (math.inf,) * extra,
    )


def recession_program(program: MixedIntegerProgram) -> MixedIntegerProgram:
    """The steepest direction of the recession cone within a unit box."""
    exact = program.exact
    sign = 1 if exact.sense == "min" else -1
    zero, one = Fraction(0), Fraction(1)
    return _with_data(
        program,
        exact.A.rows,
        c=tuple(sign * c for c in exact.c),
        rhs=(zero,) * len(exact.rhs),
        lower=tuple(-one if v == -math.inf else zero for v in exact.lower),
        upper=tuple(one if v == math.inf else zero for v in exact.upper),
    )


def _with_data(
    program: MixedIntegerProgram,
    rows: Sequence[Sequence[tuple[int, Fraction]]],
    *,
    c: tuple[Fraction, ...],
    rhs: tuple[Fraction, ...],
    lower: tuple[Fraction | float, ...],
    upper: tuple[Fraction | float, ...],
) -> MixedIntegerProgram:
    from tamemip.certificates import ExactMatrix

    exact = Problem(
        sense="min",
        c=c,
        A=ExactMatrix(tuple(tuple(row) for row in rows), len(c)),
        row_sense=program.exact.row_sense,
        rhs=rhs,
        lower=lower,
        upper=upper,
        integer=(False,) * len(c),
        offset=Fraction(0),
    )
    return MixedIntegerProgram(
        exact, program.row_names, tuple(f"x{j}" for j in range(len(c))), program.name
    )

"""The linear program that is left when every integer column is fixed."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.certificates import Bound, SparseVector
from tamemip.duality._exact_relaxation import exact_over_box
from tamemip.duality._exact_simplex import ExactVerdict
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._multipliers import IntegerData
from tamemip.duality._relaxation import Point, Relaxation, recession_program
from tamemip.duality._tree import Literals
from tamemip.errors import SolverError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_duals, basic_point

if TYPE_CHECKING:
    from tamemip.duality._search import Box

IntegerPart: TypeAlias = tuple[Fraction, ...]
"""Values of the integer columns, in column order."""

#: A basis that is optimal a step away may miss the line's start; then shorter steps are tried.
_SHORTER_STEPS = (Fraction(1), Fraction(1, 100), Fraction(1, 10_000))
#: Exact pieces are made of the parts that look best in floats, this many of them.
_BEST_PARTS = 3


@final
@dataclass(frozen=True, slots=True)
class UpperPiece:
    """A proved upper line: the points ``point + t * step`` are feasible for ``t`` in [0, reach].

    Hence ``v(b + t d) <= cost + slope * t`` there, in min orientation and
    without the constant of the objective.

    Attributes
    ----------
    point, step
        Where the line of points begins, and its direction.
    cost, slope
        Cost at ``t = 0`` and its rate.
    reach
        The largest ``t``, maybe infinite; positive.
    """

    point: Point
    step: Point
    cost: Fraction
    slope: Fraction
    reach: Bound


@final
class Restriction:
    """Exact values of the program with its integer columns fixed.

    ``f_S(b) = c_I S + phi(b - A_I S)``, in min orientation and without the
    constant of the objective. The engine stays warm between calls.

    Parameters
    ----------
    program
        Any program.
    """

    def __init__(self, program: MixedIntegerProgram) -> None:
        self.program = program
        self.data = IntegerData(program.exact)
        self.integers = tuple(j for j, flag in enumerate(program.exact.integer) if flag)
        self.is_pure = len(self.integers) == program.n_cols
        self._relaxation = Relaxation(program, self.data, program.exact.rhs)
        self._activities: dict[Point, Sequence[Fraction]] = {}
        self._inside: dict[Point, bool] = {}

    # -- values --------------------------------------------------------------------

    def value(self, part: IntegerPart, rhs: Sequence[Fraction]) -> Bound:
        """``f_S(b)``: a Fraction, ``inf`` or ``-inf``, each of them proved.

        Raises
        ------
        SolverError
            If exact arithmetic confirms nothing of what the engine proposes.
        """
        relaxation = self._relaxation
        relaxation.move_to(rhs)
        if self.is_pure:
            return relaxation.cost_of(part) if relaxation.is_feasible(part) else math.inf
        made = relaxation.offer(self._as_point(part), (relaxation.lower, relaxation.upper))
        literals = self._literals(part)
        if made is not None and self._lower_bound(literals) == made[1]:
            return made[1]
        if made is None and self._is_empty(part):
            return math.inf
        exact = exact_over_box(self.data, literals, rhs)
        if exact is not None and self._is_proved(exact, literals):
            return math.inf if exact.point is None else relaxation.cost_of(exact.point)
        if self._improves_forever(part):
            return -math.inf
        raise SolverError(
            "the linear program of a fixed integer part could not be solved exactly: the "
            "engine's basis is not optimal in rational arithmetic. Coefficients 1e9 apart "
            "are the usual reason.",
            solver="highs",
        )

    def optimal_point(self, part: IntegerPart, rhs: Sequence[Fraction]) -> Point | None:
        """A point that attains ``f_S(b)``; None where that is infinite, or not attained exactly."""
        value = self.value(part, rhs)
        if not isinstance(value, Fraction):
            return None
        if self.is_pure:
            return part
        box = (self._relaxation.lower, self._relaxation.upper)
        made = self._relaxation.offer(self._as_point(part), box)
        if made is not None and made[1] == value:
            return made[0]
        exact = exact_over_box(self.data, self._literals(part), rhs)
        return None if exact is None else exact.point

    def duals(self, part: IntegerPart, rhs: Sequence[Fraction]) -> dict[int, Fraction] | None:
        """Optimal duals of ``f_S`` at ``rhs``, verified; min orientation, by row."""
        self._relaxation.move_to(rhs)
        literals = self._literals(part)
        y = self._relaxation.basis_duals(literals)
        value = self.value(part, rhs)
        if not isinstance(value, Fraction):
            return None
        if y is None or self._bound_of(y, literals) != value:
            exact = exact_over_box(self.data, literals, rhs)
            y = None if exact is None else exact.multipliers
        if y is None or self._bound_of(y, literals) != value:
            return None
        return self.data.multipliers(y, is_ray=False).exact_y()

    def _is_proved(self, exact: ExactVerdict, literals: Literals) -> bool:
        """Whether a verdict holds by weak duality, whatever it came from."""
        if exact.point is None:
            return self._is_farkas(exact.multipliers, literals)
        cost = self._relaxation.cost_of(exact.point)
        is_feasible = self._relaxation.is_feasible(exact.point)
        return is_feasible and self._bound_of(exact.multipliers, literals) == cost

    def _lower_bound(self, literals: Literals) -> Fraction | None:
        y = self._relaxation.basis_duals(literals)
        return None if y is None else self._bound_of(y, literals)

    def _bound_of(self, y: Mapping[int, Fraction], literals: Literals) -> Fraction | None:
        m = self.data.multipliers(y, is_ray=False)
        constant = box_constant(self.data, m, literals)
        return None if constant is None else constant + m.at(self._relaxation.rhs)

    def _is_empty(self, part: IntegerPart) -> bool:
        literals = self._literals(part)
        y = self._relaxation.basis_ray(literals)
        if y is not None and self._is_farkas(y, literals):
            return True
        # Within the engine's tolerance the least violation counts as none: ask the tableau.
        return any(
            self._is_farkas({i: sign * v for i, v in row.items()}, literals)
            for row in self._broken_rows(part)
            for sign in (1, -1)
        )

    def _is_farkas(self, y: Mapping[int, Fraction], literals: Literals) -> bool:
        m = self.data.multipliers(y, is_ray=True)
        constant = box_constant(self.data, m, literals)
        return constant is not None and constant + m.at(self._relaxation.rhs) > 0

    def _broken_rows(self, part: IntegerPart) -> Iterator[dict[int, Fraction]]:
        """Row multipliers of the tableau rows whose basic variable is out of its bounds."""
        rhs = self._relaxation.rhs
        self._float_value(part, rhs)
        basis = self._relaxation.engine.basis()
        lower, upper = self._bounds(part)
        exact = self.program.exact
        point = basic_point(exact, basis, lower=lower, upper=upper, rhs=rhs)
        if point is None:
            return
        for j, x in enumerate(point):
            if not lower[j] <= x <= upper[j]:
                unit = [Fraction(k == j) for k in range(len(point))]
                yield basic_duals(exact, basis, unit) or {}
        for i, activity in enumerate(exact.A.times(point)):
            sense = exact.row_sense[i]
            if (activity < rhs[i] and sense != "<=") or (activity > rhs[i] and sense != ">="):
                entries = dict(exact.A.rows[i])
                cost = [entries.get(j, Fraction(0)) for j in range(len(point))]
                row = basic_duals(exact, basis, cost) or {}
                yield {i: Fraction(1), **{k: -v for k, v in row.items() if k != i}}

    def _bounds(self, part: IntegerPart) -> tuple[list[Bound], list[Bound]]:
        """Exact column bounds with the integer columns fixed."""
        lower, upper = list(self.data.lower), list(self.data.upper)
        for j, v in zip(self.integers, part, strict=True):
            lower[j] = upper[j] = v
        return lower, upper

    def _improves_forever(self, part: IntegerPart) -> bool:
        """Whether a feasible point and a continuous direction of descent are found, exactly."""
        cone = recession_program(self.program).fix(dict.fromkeys(self.integers, 0))
        engine = LPEngine(cone)
        if engine.solve() is not LPStatus.OPTIMAL:
            return False
        exact = cone.exact
        lower, upper = exact.lower, exact.upper
        ray = basic_point(exact, engine.basis(), lower=lower, upper=upper, rhs=exact.rhs)
        relaxation = self._relaxation
        if ray is None or cone.violations(ray) or relaxation.cost_of(ray) >= 0:
            return False
        cost = relaxation.engine.cost
        relaxation.engine.set_cost(0.0 * cost)
        try:
            box = (relaxation.lower, relaxation.upper)
            return relaxation.offer(self._as_point(part), box) is not None
        finally:
            relaxation.engine.set_cost(cost)

    # -- lines ---------------------------------------------------------------------

    def best_pieces(
        self,
        parts: Iterable[IntegerPart],
        rhs: Sequence[Fraction],
        direction: SparseVector,
        *,
        step: Fraction,
    ) -> list[UpperPiece]:
        """Upper lines from ``rhs`` along a direction, of the parts that look best.

        Parameters
        ----------
        parts
            Integer parts.
        rhs, direction
            The line ``rhs + t * direction``, ``t >= 0``.
        step
            The ``t`` at which the engine looks for a basis: small.
        """
        if self.is_pure:
            found = (self.constant_piece(part, rhs, direction) for part in parts)
            return [piece for piece in found if piece is not None]
        ranked = sorted(
            (value, k, part)
            for k, part in enumerate(parts)
            if (value := self._float_value(part, moved(rhs, direction, step))) < math.inf
        )
        found = (self.piece(part, rhs, direction, step=step) for _, _, part in ranked[:_BEST_PARTS])
        return [piece for piece in found if piece is not None]

    def piece(
        self, part: IntegerPart, rhs: Sequence[Fraction], direction: SparseVector, *, step: Fraction
    ) -> UpperPiece | None:
        """The upper line of one part, from an exact basis near ``rhs``; None if there is none."""
        if self.is_pure:
            return self.constant_piece(part, rhs, direction)
        for shorter in _SHORTER_STEPS:
            piece = self._piece_of_basis(part, rhs, direction, step * shorter)
            if piece is not None:
                return piece
        return None

    def constant_piece(
        self, point: Point, rhs: Sequence[Fraction], direction: SparseVector
    ) -> UpperPiece | None:
        """The line of one feasible point that stays where it is."""
        if not self._is_inside(point):
            return None
        reach: Bound = min(self._ends(point, rhs, dict(direction)), default=math.inf)
        if reach <= 0:
            return None
        still = (Fraction(0),) * len(point)
        return UpperPiece(point, still, self._relaxation.cost_of(point), Fraction(0), reach)

    def _ends(
        self, point: Point, rhs: Sequence[Fraction], rates: Mapping[int, Fraction]
    ) -> Iterable[Fraction]:
        """For each row that moves against a fixed point, the ``t`` from which on it is broken."""
        zero = Fraction(0)
        senses = self.program.exact.row_sense
        for i, (activity, b) in enumerate(zip(self._activity(point), rhs, strict=True)):
            if (activity < b and senses[i] != "<=") or (activity > b and senses[i] != ">="):
                yield zero
                return
            rate = rates.get(i, zero)
            if (rate < 0 and senses[i] != ">=") or (rate > 0 and senses[i] != "<="):
                yield (activity - b) / rate

    def _is_inside(self, point: Point) -> bool:
        known = self._inside.get(point)
        if known is None:
            bounds = zip(point, self.data.lower, self.data.upper, strict=True)
            known = self._inside[point] = all(low <= x <= up for x, low, up in bounds)
        return known

    def _piece_of_basis(
        self, part: IntegerPart, rhs: Sequence[Fraction], direction: SparseVector, step: Fraction
    ) -> UpperPiece | None:
        if self._float_value(part, moved(rhs, direction, step)) == math.inf:
            return None
        basis = self._relaxation.engine.basis()
        lower, upper = self._bounds(part)
        exact = self.program.exact
        start = basic_point(exact, basis, lower=lower, upper=upper, rhs=tuple(rhs))
        one = Fraction(1)
        end = basic_point(exact, basis, lower=lower, upper=upper, rhs=moved(rhs, direction, one))
        if start is None or end is None:
            return None
        difference = tuple(b - a for a, b in zip(start, end, strict=True))
        return self._line(start, difference, rhs, direction)

    def _line(
        self, point: Point, step: Point, rhs: Sequence[Fraction], direction: SparseVector
    ) -> UpperPiece | None:
        reach = self._reach(point, step, rhs, direction)
        if reach is None:
            return None
        cost = self._relaxation.cost_of
        return UpperPiece(point, step, cost(point), cost(step), reach)

    def _reach(
        self, point: Point, step: Point, rhs: Sequence[Fraction], direction: SparseVector
    ) -> Bound | None:
        """Largest ``t`` up to which the line of points is feasible; None unless positive."""
        reach: Bound = math.inf
        for room, rate in self._rooms(point, step, rhs, dict(direction)):
            if room < 0 or (room == 0 and rate < 0):
                return None
            if rate < 0:
                reach = min(reach, room / -rate)
        return reach

    def _rooms(
        self, point: Point, step: Point, rhs: Sequence[Fraction], rates: Mapping[int, Fraction]
    ) -> Iterable[tuple[Fraction, Fraction]]:
        """Room to every bound and row at ``t = 0``, and how fast it changes."""
        for x, dx, low, up in zip(point, step, self.data.lower, self.data.upper, strict=True):
            if isinstance(low, Fraction):
                yield x - low, dx
            if isinstance(up, Fraction):
                yield up - x, -dx
        problem = self.program.exact
        start, change = self._activity(point), self._activity(step)
        for i, sense in enumerate(problem.row_sense):
            room, rate = start[i] - rhs[i], change[i] - rates.get(i, Fraction(0))
            if sense != "<=":
                yield room, rate
            if sense != ">=":
                yield -room, -rate

    def _activity(self, point: Point) -> Sequence[Fraction]:
        known = self._activities.get(point)
        if known is None:
            known = self._activities[point] = self.program.exact.A.times(point)
        return known

    # -- the engine ----------------------------------------------------------------

    def _float_value(self, part: IntegerPart, rhs: Sequence[Fraction]) -> float:
        relaxation = self._relaxation
        relaxation.move_to(rhs)
        relaxation.engine.set_bounds(*self._box(part))
        if relaxation.engine.solve() is not LPStatus.OPTIMAL:
            return math.inf
        return relaxation.engine.objective

    def _box(self, part: IntegerPart) -> Box:
        low, up = self._relaxation.lower.copy(), self._relaxation.upper.copy()
        columns = list(self.integers)
        low[columns] = up[columns] = [float(v) for v in part]
        return low, up

    def _as_point(self, part: IntegerPart) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
        point = np.zeros(self.program.n_cols)
        point[list(self.integers)] = [float(v) for v in part]
        return point

    def _literals(self, part: IntegerPart) -> Literals:
        literals: Literals = {}
        for j, v in zip(self.integers, part, strict=True):
            literals[j, "<="] = literals[j, ">="] = int(v)
        return literals


def moved(rhs: Sequence[Fraction], direction: SparseVector, t: Fraction) -> tuple[Fraction, ...]:
    """The right-hand side ``rhs + t * direction``."""
    result = list(rhs)
    for i, rate in direction:
        result[i] += t * rate
    return tuple(result)

"""Solutions that are affine in the parameters: an integer part and a basis of the rest.

Each is feasible on a polyhedron, the set where its conditions hold. The least cost of a
fixed integer part is a convex function, made of finitely many of them.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.certificates import Bound
from tamemip.duality import IntegerData
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_point
from tamemip.value_functions._box_cells import (
    AffineForm,
    AffinePoint,
    BoxParameters,
    IntegerPart,
    Theta,
)
from tamemip.value_functions._box_geometry import Integers, homogeneous, primitive, product

if TYPE_CHECKING:
    from numpy.typing import NDArray

_Numbers: TypeAlias = tuple[Fraction, ...]
"""Constant and coefficients."""

#: Conditions this much below 0 in floats, relatively, are violated; the rest is asked exactly.
_MARGIN = 1e-9
#: Costs this close, relatively, are compared exactly.
_SAME = 1e-7
#: Parameters this far apart, as a share of the box, are close by.
_ASIDE = Fraction(1, 10**4)


@final
@dataclass(frozen=True, slots=True)
class Affine:
    """The function ``numbers . (1, theta) / denominator``."""

    numbers: Integers
    denominator: int

    @classmethod
    def of(cls, numbers: Sequence[Fraction]) -> Affine:
        """From the constant and the coefficients."""
        d = math.lcm(*(v.denominator for v in numbers))
        return cls(tuple(v.numerator * (d // v.denominator) for v in numbers), d)

    def minus(self, other: Affine) -> Integers:
        """A positive multiple of the difference."""
        p, q = self.denominator, other.denominator
        return tuple(a * q - b * p for a, b in zip(self.numbers, other.numbers, strict=True))

    def at(self, vertex: Integers) -> Fraction:
        """Value at a point in homogeneous coordinates."""
        return Fraction(product(self.numbers, vertex), self.denominator * vertex[0])

    @property
    def is_constant(self) -> bool:
        """Whether it does not depend on the parameters."""
        return not any(self.numbers[1:])

    @property
    def form(self) -> AffineForm:
        """The same as fractions."""
        first, *rest = (Fraction(v, self.denominator) for v in self.numbers)
        return AffineForm(first, tuple(rest))

    def floats(self) -> NDArray[np.float64]:
        """Constant and coefficients."""
        return np.array([v / self.denominator for v in self.numbers])


@final
@dataclass(frozen=True, eq=False, slots=True)
class Solution:
    """A point for every ``theta``, feasible where the conditions are ``>= 0``.

    Attributes
    ----------
    part
        Its integer part.
    cost
        In min orientation, without the constant of the objective.
    conditions
        The rows and bounds that depend on ``theta``, each once.
    point
        The point.
    """

    part: IntegerPart
    cost: Affine
    conditions: tuple[Integers, ...]
    point: AffinePoint

    def is_feasible(self, vertex: Integers) -> bool:
        """Whether all conditions hold at a point in homogeneous coordinates."""
        return all(product(row, vertex) >= 0 for row in self.conditions)


@final
class Solutions:
    """The solutions that have been met, and where new ones come from.

    Parameters
    ----------
    program, parameters
        The program, and what moves in it.
    """

    def __init__(self, program: MixedIntegerProgram, parameters: BoxParameters) -> None:
        self._program, self._parameters = program, parameters
        self._exact = program.exact
        self._data = IntegerData(program.exact)
        self._cost = [self._data.sign * c for c in self._exact.c]
        self._integers = [j for j, flag in enumerate(self._exact.integer) if flag]
        self._continuous = [j for j, flag in enumerate(self._exact.integer) if not flag]
        self._engine = LPEngine(program) if self._continuous else None
        self._place = {i: 1 + k for k, i in enumerate(parameters.rows)}
        self._width = 1 + len(parameters.rows)
        self._known: dict[tuple[IntegerPart, tuple[Integers, ...]], Solution] = {}
        self._of_part: dict[IntegerPart, list[Solution]] = {}
        self._rows: list[NDArray[np.float64]] = []
        self._firsts: list[int] = []
        self._costs: list[NDArray[np.float64]] = []
        self._stacked: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None

    @property
    def parts(self) -> tuple[IntegerPart, ...]:
        """The integer parts, in the order in which they were met."""
        return tuple(self._of_part)

    @property
    def all(self) -> tuple[Solution, ...]:
        """Every solution, in the order in which they were met."""
        return tuple(self._known.values())

    # -- reading -----------------------------------------------------------------------

    def best(self, theta: Theta) -> Solution | None:
        """The cheapest of those that are feasible at some parameters."""
        vertex = homogeneous(theta)
        best: tuple[Fraction, Solution] | None = None
        for solution in self._maybe_feasible(theta):
            if best is not None and solution.cost.at(vertex) >= best[0]:
                continue
            if solution.is_feasible(vertex):
                best = solution.cost.at(vertex), solution
        return None if best is None else best[1]

    def optimal(self, theta: Theta, value: Fraction) -> Iterator[Solution]:
        """Those that are feasible and of a given cost at some parameters."""
        vertex = homogeneous(theta)
        for solution in self._maybe_feasible(theta):
            if solution.cost.at(vertex) == value and solution.is_feasible(vertex):
                yield solution

    def _maybe_feasible(self, theta: Theta) -> list[Solution]:
        """Those that floats do not exclude, by cost."""
        if not self._known:
            return []
        if self._stacked is None:
            self._stacked = np.concatenate(self._rows), np.array(self._costs)
        rows, costs = self._stacked
        at = np.array([1.0, *map(float, theta)])
        values, sizes = rows @ at, np.abs(rows) @ np.abs(at)
        least = np.minimum.reduceat(values + _MARGIN * sizes, self._firsts)
        order = np.argsort(costs @ at, kind="stable")
        every = list(self._known.values())
        return [every[k] for k in order if least[k] >= 0]

    # -- new ones ----------------------------------------------------------------------

    def feasible_with(self, part: IntegerPart, theta: Theta) -> Solution | None:
        """A solution with an integer part that is feasible at some parameters, or None.

        Where a basis changes the engine may take the wrong one, within its tolerance;
        then those of parameters close by are tried.
        """
        vertex = homogeneous(theta)
        for nearby in self._around(theta):
            found = self.of_part(part, nearby)
            if found is not None and found.is_feasible(vertex):
                return found
            if self._engine is None:
                return None
        return None

    def about(
        self, parts: Iterable[IntegerPart], theta: Theta, value: Fraction
    ) -> Iterator[IntegerPart]:
        """Those of some parts whose least cost seems to be a given one, in floats."""
        if self._engine is None:
            return  # every part has its one solution already
        goal = float(value)
        for part in parts:
            self._move_to(part, theta)
            if self._engine.solve() is LPStatus.OPTIMAL:
                gap = abs(self._engine.objective - goal)
                if gap <= _SAME * (1 + abs(goal)):
                    yield part

    def _around(self, theta: Theta) -> Iterator[Theta]:
        yield theta
        lows, highs = self._parameters.lows, self._parameters.highs
        for i, (lo, hi) in enumerate(zip(lows, highs, strict=True)):
            for step in (_ASIDE * (hi - lo), -_ASIDE * (hi - lo)):
                yield (*theta[:i], theta[i] + step, *theta[i + 1 :])

    def of_part(self, part: IntegerPart, theta: Theta) -> Solution | None:
        """A solution with an integer part, from a basis that the engine takes at some parameters.

        It need not be feasible there, nor optimal for the part: the engine computes in floats.
        None if there is none.
        """
        if not self._is_within(part):
            return None
        if self._engine is None:
            known = self._of_part.get(part)
            return known[0] if known else self._solution(part, {})
        columns = self._basic_columns(part, theta)
        return None if columns is None else self._solution(part, columns)

    def _is_within(self, part: IntegerPart) -> bool:
        lower, upper = self._data.lower, self._data.upper
        return all(lower[j] <= v <= upper[j] for j, v in zip(self._integers, part, strict=True))

    def _basic_columns(self, part: IntegerPart, theta: Theta) -> dict[int, _Numbers] | None:
        """The continuous columns of an optimal basis, as functions of the parameters."""
        engine = self._engine
        assert engine is not None
        lower, upper = self._move_to(part, theta)
        if engine.solve() is not LPStatus.OPTIMAL:
            return None
        basis = engine.basis()
        zero = (Fraction(0),) * (self._width - 1)
        starts = [zero]
        for i in range(self._width - 1):
            starts.append((*zero[:i], Fraction(1), *zero[i + 1 :]))
        points = []
        for start in starts:
            moved = self._parameters.rhs_at(start)
            point = basic_point(self._exact, basis, lower=lower, upper=upper, rhs=moved)
            if point is None:
                return None
            points.append(point)
        first = points[0]
        return {
            j: (first[j], *(point[j] - first[j] for point in points[1:]))
            for j in self._continuous
            if any(point[j] for point in points)
        }

    def _move_to(self, part: IntegerPart, theta: Theta) -> tuple[list[Bound], list[Bound]]:
        """Fix the integer columns and the right-hand side; the bounds that this gives."""
        assert self._engine is not None
        lower: list[Bound] = list(self._data.lower)
        upper: list[Bound] = list(self._data.upper)
        for j, v in zip(self._integers, part, strict=True):
            lower[j] = upper[j] = v
        ends = (np.array(side, dtype=np.float64) for side in (lower, upper))
        self._engine.set_bounds(*ends)
        self._engine.set_rhs(np.array(self._parameters.rhs_at(theta), dtype=np.float64))
        return lower, upper

    def _solution(self, part: IntegerPart, columns: dict[int, _Numbers]) -> Solution | None:
        """A new solution, or the one that is known; None if it is feasible nowhere."""
        values = {j: v for j, v in zip(self._integers, part, strict=True) if v}
        conditions = self._conditions(values, columns)
        if conditions is None:
            return None
        key = part, conditions
        known = self._known.get(key)
        if known is not None:
            return known
        cost = [Fraction(0)] * self._width
        cost[0] = sum((self._cost[j] * v for j, v in values.items()), Fraction(0))
        for j, numbers in columns.items():
            cost = [a + self._cost[j] * v for a, v in zip(cost, numbers, strict=True)]
        zero = (Fraction(0),) * (self._width - 1)
        entries = {j: AffineForm(v, zero) for j, v in values.items()}
        entries |= {j: AffineForm(v[0], v[1:]) for j, v in columns.items() if any(v)}
        solution = Solution(part, Affine.of(cost), conditions, AffinePoint(entries))
        self._keep(key, solution)
        return solution

    def _keep(self, key: tuple[IntegerPart, tuple[Integers, ...]], solution: Solution) -> None:
        self._known[key] = solution
        self._of_part.setdefault(solution.part, []).append(solution)
        rows = np.array(
            [[0.0] * self._width, *([float(v) for v in row] for row in solution.conditions)]
        )
        self._firsts.append(
            sum(len(block) for block in self._rows[-1:]) + (self._firsts[-1] if self._firsts else 0)
        )
        self._rows.append(rows)
        self._costs.append(solution.cost.floats())
        self._stacked = None

    def _conditions(
        self, values: dict[int, Fraction], columns: dict[int, _Numbers]
    ) -> tuple[Integers, ...] | None:
        """What has to be ``>= 0``; None if a constant is not."""
        found: dict[Integers, None] = {}
        for numbers in (*self._bound_rooms(columns), *self._row_rooms(values, columns)):
            if any(numbers[1:]):
                found[primitive(Affine.of(numbers).numbers)] = None
            elif numbers[0] < 0:
                return None
        return tuple(found)

    def _bound_rooms(self, columns: dict[int, _Numbers]) -> Iterator[Sequence[Fraction]]:
        zeros = (Fraction(0),) * self._width
        for j in self._continuous:
            numbers = columns.get(j, zeros)
            low, up = self._data.lower[j], self._data.upper[j]
            if isinstance(low, Fraction):
                yield (numbers[0] - low, *numbers[1:])
            if isinstance(up, Fraction):
                yield (up - numbers[0], *(-v for v in numbers[1:]))

    def _row_rooms(
        self, values: dict[int, Fraction], columns: dict[int, _Numbers]
    ) -> Iterator[Sequence[Fraction]]:
        for i, row in enumerate(self._exact.A.rows):
            room = [Fraction(0)] * self._width
            for j, a in row:
                if j in values:
                    room[0] += a * values[j]
                elif j in columns:
                    room = [r + a * v for r, v in zip(room, columns[j], strict=True)]
            if i in self._place:
                room[self._place[i]] -= 1
            else:
                room[0] -= self._parameters.rhs[i]
            if self._exact.row_sense[i] != "<=":
                yield room
            if self._exact.row_sense[i] != ">=":
                yield [-v for v in room]

"""What a box of integer parts costs at least, in rationals."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality import MultiplierPool, Multipliers, Rationalizer, box_constant, exact_over_box

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality import Literals, Relaxation
    from tamemip.solvers import Basis

#: Entries of the tableau of a box that is judged by the simplex method in rationals.
_SMALL_TABLEAU = 5_000

#: Bounds move by less than what a float could round.
_MOST_STEPS = 2**50


@final
@dataclass(slots=True)
class PartBox:
    """A box of integer parts with what is proved about it.

    Attributes
    ----------
    lower, upper
        Bounds by column, integers on integer columns; those of the others never move.
    bound
        Every feasible point in the box costs at least so much; None if nothing is proved.
    multipliers
        What proves the bound.
    """

    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    bound: Fraction | None = None
    multipliers: Multipliers | None = None
    basis: Basis | None = None

    @property
    def sides(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The lower and the upper bounds."""
        return self.lower, self.upper

    def within(self, column: int, low: float, up: float) -> PartBox:
        """The same box with one column cut."""
        lower, upper = self.lower.copy(), self.upper.copy()
        lower[column], upper[column] = low, up
        return PartBox(lower, upper, self.bound, self.multipliers, self.basis)

    def copy(self) -> PartBox:
        """An independent copy; multipliers are shared."""
        return PartBox(self.lower.copy(), self.upper.copy(), self.bound, self.multipliers)

    def improve(self, value: Fraction, m: Multipliers) -> None:
        """Take a bound up if it is higher than what is known."""
        if self.bound is None or value > self.bound:
            self.bound = value
        self.multipliers = m


@final
class ExactJudge:
    """Proves bounds and emptiness of boxes from what floats propose.

    Parameters
    ----------
    relaxation
        The engine, and integer data of the program.
    """

    def __init__(self, relaxation: Relaxation) -> None:
        self._relaxation, self._data = relaxation, relaxation.data
        self._rationalizer = Rationalizer()
        size = (len(relaxation.rhs), len(relaxation.lower), relaxation.rhs)
        self._duals, self._rays = MultiplierPool(*size), MultiplierPool(*size)
        self._made: dict[tuple[object, ...], Multipliers] = {}
        #: Products ``y rhs``; the multipliers are kept, so that their ids stay theirs.
        self._products: dict[int, Fraction] = {}
        self._integers = np.array(relaxation.problem.integer, dtype=bool)

    def is_known_above(self, box: PartBox, value: Fraction | None) -> bool:
        """Whether multipliers that are there prove the box empty, or dearer than a value."""
        literals = self.literals(box)
        pooled = self._rays.best(box.sides)
        if pooled is not None and pooled[0] > 0 and self._is_positive(pooled[1], literals):
            return True
        own = box.multipliers
        if own is not None and (bound := self._value(own, literals)) is not None:
            box.improve(bound, own)
        if value is None:
            return False
        if box.bound is not None and box.bound > value:
            return True
        pooled = self._duals.best(box.sides)
        if pooled is None or pooled[0] <= float(value):
            return False
        bound = self._value(pooled[1], literals)
        return bound is not None and bound > value

    def bound(
        self, box: PartBox, dual: NDArray[np.float64], basis: Basis, above: Fraction | None
    ) -> bool:
        """Improve the bound of a box by a float dual; True if it gets above a value.

        Parameters
        ----------
        box
            The box.
        dual, basis
            What the engine proposes.
        above
            The value that floats promise to exceed, or None if they do not.
        """
        literals = self.literals(box)
        for y in self._dual_candidates(dual, basis, literals):
            m = self._make(y, is_ray=False)
            value = self._value(m, literals)
            if value is None:
                continue
            self._duals.add(m)
            box.improve(value, m)
            if above is None or value > above:
                break
        return above is not None and box.bound is not None and box.bound > above

    def is_empty(self, box: PartBox, ray: NDArray[np.float64] | None) -> bool:
        """Whether a Farkas vector proves that a box holds no point."""
        literals = self.literals(box)
        for y in self._ray_candidates(ray, literals):
            for sign in (1, -1):
                m = self._make({i: sign * v for i, v in y.items()}, is_ray=True)
                if self._is_positive(m, literals):
                    self._rays.add(m)
                    return True
        return False

    def least_cost(self, box: PartBox, *, is_last: bool) -> Fraction | float | None:
        """The least cost over a box by the simplex method in rationals; ``inf`` if it is empty.

        None if the box is too large for it. `is_last` allows minutes for it.
        """
        literals, rhs = self.literals(box), self._relaxation.rhs
        if is_last:
            verdict = exact_over_box(self._data, literals, rhs)
        else:
            verdict = exact_over_box(self._data, literals, rhs, largest=_SMALL_TABLEAU)
        if verdict is None:
            return None
        m = self._make(verdict.multipliers, is_ray=verdict.point is None)
        value = self._value(m, literals)
        if value is None or (verdict.point is None and value <= 0):
            return None
        if verdict.point is None:
            return math.inf
        box.improve(value, m)
        return value

    def cut_dear(self, box: PartBox, value: Fraction) -> bool:
        """Cut off what costs more than a value, by reduced costs; True if a bound moved.

        Moving a column by ``k`` off the bound at which its reduced cost ``r`` counts it
        costs ``|r| k`` more than the bound of the box (Dantzig, Fulkerson, Johnson 1954).
        """
        m = box.multipliers
        bound = None if m is None else self._value(m, self.literals(box))
        if m is None or bound is None or bound > value:
            return False
        room = (value - bound) * m.reduced_denominator
        top, bottom = room.numerator, room.denominator
        has_moved = False
        for j, r in m.reduced.items():
            if not self._integers[j] or box.lower[j] == box.upper[j]:
                continue
            steps = top // (bottom * abs(r))
            if steps > _MOST_STEPS:
                continue
            if r > 0 and box.lower[j] + steps < box.upper[j]:
                box.upper[j] = box.lower[j] + steps
                has_moved = True
            elif r < 0 and box.upper[j] - steps > box.lower[j]:
                box.lower[j] = box.upper[j] - steps
                has_moved = True
        return has_moved

    def literals(self, box: PartBox) -> Literals:
        """Where a box is smaller than the root box."""
        found: Literals = {}
        root = self._relaxation
        for j in np.flatnonzero(box.lower != root.lower).tolist():
            found[j, ">="] = int(box.lower[j])
        for j in np.flatnonzero(box.upper != root.upper).tolist():
            found[j, "<="] = int(box.upper[j])
        return found

    # -- candidates -----------------------------------------------------------------------

    def _dual_candidates(
        self, dual: NDArray[np.float64], basis: Basis, literals: Literals
    ) -> Iterator[dict[int, Fraction]]:
        yield self._rationalizer.vertex(dual)
        exact = self._relaxation.basis_duals(literals, basis)
        if exact is not None:
            yield exact
        yield from self._rationalizer.roundings(dual)

    def _ray_candidates(
        self, ray: NDArray[np.float64] | None, literals: Literals
    ) -> Iterator[dict[int, Fraction]]:
        if ray is not None:
            scaled = ray / (float(np.abs(ray).max(initial=0.0)) or 1.0)
            yield self._rationalizer.vertex(scaled)
            yield from self._rationalizer.roundings(scaled)
        exact = self._relaxation.basis_ray(literals)
        if exact is not None:
            yield exact

    # -- values ---------------------------------------------------------------------------

    def _make(self, y: dict[int, Fraction], *, is_ray: bool) -> Multipliers:
        key = (is_ray, *((i, v.numerator, v.denominator) for i, v in sorted(y.items())))
        known = self._made.get(key)
        if known is None:
            known = self._made[key] = self._data.multipliers(y, is_ray=is_ray)
            self._products[id(known)] = known.at(self._relaxation.rhs)
        return known

    def _value(self, m: Multipliers, literals: Literals) -> Fraction | None:
        constant = box_constant(self._data, m, literals)
        return None if constant is None else constant + self._products[id(m)]

    def _is_positive(self, m: Multipliers, literals: Literals) -> bool:
        value = self._value(m, literals)
        return value is not None and value > 0

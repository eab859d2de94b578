"""Rows over the integer columns alone, propagated in machine integers.

A row with continuous columns is weakened by the least that they can contribute, and
rounded: what is left holds for every feasible integer part. All numbers fit 64 bits, or
the row is left out; so every bound that comes of it is exact.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality import IntegerData

#: Coefficients and sides beyond these are left out.
_LARGEST_COEFFICIENT, _LARGEST_SIDE = 2**40, 2**60
#: A side that no activity exceeds: the row is not there.
_NEVER = 2**62
#: Sums of products stay below this.
_SAFE = 2**61
#: Integers up to here are floats.
_EXACT_FLOATS = 2**53
#: Entries of the matrix, at most, where it is written out.
_LARGEST_DENSE = 200_000
#: Passes over the rows at one node, at most.
_PASSES = 12


@final
class IntegerRows:
    """Inequalities ``G x_I <= g`` that every feasible integer part satisfies.

    Parameters
    ----------
    data, rhs
        The program in scaled integers, and its right-hand side.

    Attributes
    ----------
    is_empty
        True if an equation over integer columns has no integer solution at all:
        the greatest common divisor of its coefficients does not divide its side.
    """

    def __init__(self, data: IntegerData, rhs: tuple[Fraction, ...]) -> None:
        self._data = data
        problem = data.problem
        self._columns = np.flatnonzero(np.array(problem.integer, dtype=bool))
        self._place = {int(j): k for k, j in enumerate(self._columns)}
        self.is_empty = False
        self._is_whole = all(problem.integer)
        self._dense: NDArray[np.int64] | None = None
        rows: list[dict[int, int]] = []
        sides: list[int] = []
        for row, scale, sense, b in zip(
            data.rows, data.row_scale, problem.row_sense, rhs, strict=True
        ):
            for sign in (1,) * (sense != ">=") + (-1,) * (sense != "<="):
                made = self._row({j: sign * v for j, v in row}, sign * scale * b)
                if made is not None:
                    rows.append(made[0])
                    sides.append(made[1])
            self.is_empty |= sense == "=" and self._has_no_integers(row, scale * b)
        costs = {self._place[j]: v for j, v in enumerate(data.cost) if v and j in self._place}
        self._has_costs = bool(costs) and max(map(abs, costs.values())) <= _LARGEST_COEFFICIENT
        self._is_whole &= self._has_costs or not costs
        if self._has_costs:
            rows += [costs, {k: -v for k, v in costs.items()}]
            sides += [_NEVER, _NEVER]
        self._pack(rows, sides)

    def set_value(self, value: Fraction, *, is_proved: bool) -> None:
        """From now on only costs up to a value count; exactly this one where it is proved.

        Costs are in min orientation, without the constant.
        """
        if not self._has_costs:
            return
        cost = {j: v for j, v in enumerate(self._data.cost) if v}
        side = value * self._data.cost_scale
        for place, sign in ((-2, 1), (-1, -1))[: 2 if is_proved else 1]:
            made = self._row({j: sign * v for j, v in cost.items()}, sign * side, divides=False)
            self._sides[place] = _NEVER if made is None else made[1]

    def tighten(self, lower: NDArray[np.float64], upper: NDArray[np.float64]) -> bool:
        """Tighten the bounds of the integer columns in place; False if the box is empty."""
        columns = self._columns
        if self.is_empty or bool((lower[columns] > upper[columns]).any()):
            return False
        if not len(self._sides):
            return True
        for _ in range(_PASSES):
            low, up = lower[columns], upper[columns]
            finite = np.concatenate([low[np.isfinite(low)], up[np.isfinite(up)]])
            if len(finite) and np.abs(finite).max() > self._reach:
                return True  # beyond machine integers: nothing is said
            after = self._pass(low, up)
            if after is None:
                return False
            if (after[0] == low).all() and (after[1] == up).all():
                return True
            lower[columns], upper[columns] = after
        return True

    @property
    def are_all(self) -> bool:
        """Whether an integer part that satisfies the rows is feasible, and not dearer."""
        return self._is_whole

    def is_listable(self, low: NDArray[np.float64], up: NDArray[np.float64]) -> bool:
        """Whether bounds of the integer columns are finite, and all activities exact."""
        if len(self._sides) * len(self._columns) > _LARGEST_DENSE:
            return False
        sides = np.concatenate([low, up])
        return bool(np.isfinite(sides).all()) and np.abs(sides).max(initial=0.0) <= self._reach

    def dense(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows in force, as a matrix with its right-hand sides."""
        if self._dense is None:
            self._dense = np.zeros((len(self._sides), len(self._columns)), dtype=np.int64)
            self._dense[self._of_row, self._of_column] = self._values
        in_force = self._sides != _NEVER
        return self._dense[in_force], self._sides[in_force]

    # -- rows ---------------------------------------------------------------------------

    def _row(
        self, row: Mapping[int, int], side: Fraction, *, divides: bool = True
    ) -> tuple[dict[int, int], int] | None:
        """A row ``<=`` over the integer columns, None if it says nothing or is too large."""
        rest = self._least(((j, v) for j, v in row.items() if j not in self._place))
        if rest is None:
            return None
        kept = {self._place[j]: v for j, v in row.items() if j in self._place}
        divisor = math.gcd(*kept.values()) if divides else 1
        whole = math.floor((side - rest) / (divisor or 1))
        if not kept:
            self.is_empty |= whole < 0
            return None
        kept = {k: v // divisor for k, v in kept.items()}
        if max(map(abs, kept.values())) > _LARGEST_COEFFICIENT or abs(whole) > _LARGEST_SIDE:
            self._is_whole = False
            return None
        return kept, whole

    def _least(self, entries: Iterable[tuple[int, int]]) -> Fraction | None:
        """The least that continuous columns contribute; None if there is none."""
        total = Fraction(0)
        for j, v in entries:
            bound = self._data.lower[j] if v > 0 else self._data.upper[j]
            if not isinstance(bound, Fraction):
                return None
            total += v * bound
        return total

    def _has_no_integers(self, row: Iterable[tuple[int, int]], side: Fraction) -> bool:
        entries = [(j, v) for j, v in row if v]
        if any(j not in self._place for j, _ in entries):
            return False
        divisor = math.gcd(*(v for _, v in entries))
        return side != 0 if divisor == 0 else (side / divisor).denominator != 1

    def _pack(self, rows: list[dict[int, int]], sides: list[int]) -> None:
        entries = list(_entries(rows))
        self._of_row = np.array([i for i, _, _ in entries], dtype=np.intp)
        self._of_column = np.array([k for _, k, _ in entries], dtype=np.intp)
        self._values = np.array([v for _, _, v in entries], dtype=np.int64)
        self._starts = np.searchsorted(self._of_row, np.arange(len(rows)))
        self._sides = np.array(sides, dtype=np.int64)
        self._is_positive = self._values > 0
        largest = max((sum(map(abs, row.values())) for row in rows), default=1)
        self._reach = _SAFE // largest

    # -- one pass -----------------------------------------------------------------------

    def _pass(
        self, low: NDArray[np.float64], up: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
        """Bounds that follow from each row by itself; None if a row cannot hold."""
        v, positive = self._values, self._is_positive
        best = np.where(positive, low[self._of_column], up[self._of_column])
        is_open = ~np.isfinite(best)
        share = v * np.where(is_open, 0.0, best).astype(np.int64)
        slack = self._sides - np.add.reduceat(share, self._starts)
        n_open = np.add.reduceat(is_open.astype(np.int64), self._starts)
        if bool(((slack < 0) & (n_open == 0)).any()):
            return None
        others_open = n_open[self._of_row] - is_open
        usable = (others_open == 0) & (self._sides[self._of_row] != _NEVER)
        room = (slack[self._of_row] + share)[usable]
        divisor, columns = v[usable], self._of_column[usable]
        is_up = positive[usable]
        new_low, new_up = low.copy(), up.copy()
        tops = room[is_up] // divisor[is_up]
        np.minimum.at(new_up, columns[is_up], _as_floats(tops, math.inf))
        bottoms = -(room[~is_up] // -divisor[~is_up])
        np.maximum.at(new_low, columns[~is_up], _as_floats(bottoms, -math.inf))
        if bool((new_low > new_up).any()):
            return None
        return new_low, new_up


def _as_floats(bounds: NDArray[np.int64], otherwise: float) -> NDArray[np.float64]:
    """Integers as floats; those that a float may round are no bounds."""
    return np.where(np.abs(bounds) <= _EXACT_FLOATS, bounds.astype(np.float64), otherwise)


def _entries(rows: list[dict[int, int]]) -> Iterator[tuple[int, int, int]]:
    return ((i, k, v) for i, row in enumerate(rows) for k, v in sorted(row.items()))

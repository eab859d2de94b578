"""Bounds of columns that hold for all data of a box: Farkas multipliers over intervals."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, final

from tamemip.certificates._definable_enclosure import is_long
from tamemip.certificates._definable_programs_ranges import EVERYTHING, Range, Varying
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import Bound, Problem, SparseVector

Side: TypeAlias = Literal["<=", ">="]

ZERO = Fraction(0)


@final
@dataclass(slots=True)
class ColumnBounds:
    """Bounds that every feasible point has, whatever the data of the box; they only tighten."""

    problem: Problem
    varying: Varying
    lower: list[Bound]
    upper: list[Bound]

    @classmethod
    def of(cls, problem: Problem, varying: Varying) -> ColumnBounds:
        """The bounds of the program itself."""
        return cls(problem, varying, list(problem.lower), list(problem.upper))

    def prove(self, j: int, side: Side, y: SparseVector) -> Bound:
        """Tighten a bound of column `j` by multipliers of the rows.

        With ``s = 1`` for an upper bound and ``-1`` for a lower one, and ``y`` nonnegative on
        ``<=`` rows and nonpositive on ``>=`` rows,

            ``s x_j <= y b - sum_k ((y A)_k - s [k = j]) x_k``

        holds at every feasible point; the right side is at most its greatest value for data in
        the box and ``x_k`` within the bounds known so far.

        Raises
        ------
        RejectedError
            If a multiplier has the wrong sign, or the right side is unbounded.
        """
        s = 1 if side == "<=" else -1
        return self._tighten(j, s, self._greatest(y, self._weights(y, j, s), j))

    def prove_level(self, j: int, side: Side, y: SparseVector, price: Fraction) -> Fraction:
        """Bound column `j` where the objective is bounded: ``s x_j <= price f(x) + constant``.

        With ``f`` the objective in min orientation without its offset and ``price > 0``. The
        constant that is returned is found as in `prove`, with the weights
        ``(y A)_k + price f_k - s [k = j]``.

        Raises
        ------
        RejectedError
            If a sign is wrong, or there is no such constant.
        """
        if price <= 0:
            raise RejectedError(f"the price of column {show(j)} is not positive")
        weights = self._weights(y, j, 1 if side == "<=" else -1)
        sign = 1 if self.problem.sense == "min" else -1
        for k in range(len(self.problem.c)):
            low, high = weights.get(k, (ZERO, ZERO))
            a, b = self.varying.cost_range(self.problem, k)
            ends = (times(price, a), times(price, b))
            ends = ends if sign == 1 else (-ends[1], -ends[0])
            weights[k] = (added(low, ends[0]), added(high, ends[1]))
        return self._greatest(y, weights, j)

    def prove_below(
        self, j: int, side: Side, y: SparseVector, price: Fraction, cutoff: Fraction
    ) -> Bound:
        """Tighten a bound of column `j` at the points where the objective is at most `cutoff`.

        As `prove_level`, with ``f(x) <= cutoff``. From then on, all bounds are about these
        points only.

        Raises
        ------
        RejectedError
            As `prove_level`.
        """
        constant = self.prove_level(j, side, y, price)
        return self._tighten(j, 1 if side == "<=" else -1, constant + price * cutoff)

    def _greatest(self, y: SparseVector, weights: Mapping[int, Range], j: int) -> Fraction:
        """The greatest value of ``y b - sum_k weights_k x_k``."""
        require_signs(self.problem, y)
        total = _greatest_rhs(self.problem, self.varying, y)
        for k, (low, high) in weights.items():
            total = added(total, greatest_product((-high, -low), (self.lower[k], self.upper[k])))
            if total == math.inf:
                break
        if not isinstance(total, Fraction):
            raise RejectedError(f"the multipliers give no bound of column {show(j)}")
        if is_long(total):
            raise RejectedError(f"the multipliers give too long a bound of column {show(j)}")
        return total

    def unbounded_integers(self) -> list[int]:
        """Integer columns that have an infinite bound."""
        return [
            j
            for j, flag in enumerate(self.problem.integer)
            if flag
            and not (isinstance(self.lower[j], Fraction) and isinstance(self.upper[j], Fraction))
        ]

    def loose_integers(self) -> list[int]:
        """Integer columns that have an infinite bound, and are in some row.

        Of a column that is in no row, whatever the data, the best value is a number, or
        infinite, for each of its costs: it is added to that of the others.
        """
        return [j for j in self.unbounded_integers() if self._is_in_rows(j)]

    def _is_in_rows(self, j: int) -> bool:
        moving = (ends for (_, k), ends in self.varying.A.items() if k == j)
        return (
            bool(self.problem.A.columns[j])
            or self.varying.is_free(self.problem, j)
            or any(ends != (ZERO, ZERO) for ends in moving)
        )

    def _weights(self, y: SparseVector, j: int, s: int) -> dict[int, Range]:
        """The coefficients ``(y A)_k - s [k = j]`` as intervals."""
        found = combined_rows(self.problem, self.varying, y)
        low, high = found.get(j, (ZERO, ZERO))
        found[j] = (added(low, Fraction(-s)), added(high, Fraction(-s)))
        return found

    def _tighten(self, j: int, s: int, total: Fraction) -> Bound:
        value = s * (Fraction(math.floor(total)) if self.problem.integer[j] else total)
        if s == 1:
            self.upper[j] = min(self.upper[j], value)
            return self.upper[j]
        self.lower[j] = max(self.lower[j], value)
        return self.lower[j]


def cutoff_of(problem: Problem, varying: Varying, x: Sequence[Fraction]) -> Fraction:
    """The greatest cost, for data of the box, of a point that is feasible for all of them.

    In min orientation, without the offset. The optimal value is nowhere greater, hence only
    points that cost no more count.

    Raises
    ------
    RejectedError
        If the point is not feasible for some data, or its cost is not bounded.
    """
    for k, value in enumerate(x):
        if not problem.lower[k] <= value <= problem.upper[k]:
            raise RejectedError(f"point: the entry of column {show(k)} is out of its bounds")
        if problem.integer[k] and value.denominator != 1:
            raise RejectedError(f"point: the entry of column {show(k)} is not an integer")
    for i, sense in enumerate(problem.row_sense):
        low, high = _activity(combined_rows(problem, varying, ((i, Fraction(1)),)), x)
        least, most = varying.rhs_range(problem, i)
        if (sense != "<=" and not low >= most) or (sense != ">=" and not high <= least):
            raise RejectedError(f"point: row {show(i)} does not hold for all data of the box")
    costs = {k: varying.cost_range(problem, k) for k in range(len(x))}
    low, high = _activity(costs, x)
    worst = high if problem.sense == "min" else -low
    if not isinstance(worst, Fraction):
        raise RejectedError("point: its cost is not bounded over the box")
    return worst


def _activity(row: Mapping[int, Range], x: Sequence[Fraction]) -> Range:
    """The values of a row at a point."""
    low: Bound = ZERO
    high: Bound = ZERO
    for k, ends in row.items():
        a, b = sorted(times(x[k], end) for end in ends)
        low, high = added(low, a), added(high, b)
    return low, high


def require_signs(problem: Problem, y: Iterable[tuple[int, Fraction]]) -> None:
    """Multipliers that keep ``y A x <= y b`` valid."""
    for i, value in y:
        sense = problem.row_sense[i]
        if (sense == "<=" and value < 0) or (sense == ">=" and value > 0):
            raise RejectedError(f"the multiplier of row {show(i)} has the wrong sign")


def combined_rows(problem: Problem, varying: Varying, y: SparseVector) -> dict[int, Range]:
    """The row ``y A``, as one interval a column."""
    found: dict[int, Range] = {}
    moving = _entries_by_row(varying.A) if varying.A else {}
    for i, value in y:
        row: dict[int, Range] = {j: (v, v) for j, v in problem.A.rows[i]}
        row.update(moving.get(i, {}))
        for j, (a, b) in row.items():
            low, high = found.get(j, (ZERO, ZERO))
            ends = (times(value, a), times(value, b))
            ends = ends if value > 0 else ends[::-1]
            found[j] = (added(low, ends[0]), added(high, ends[1]))
    if y and varying.columns is not None:
        for j in range(len(problem.c)):
            if varying.is_free(problem, j):
                found[j] = EVERYTHING
    return found


def greatest_product(a: Range, x: Range) -> Bound:
    """The supremum of a product of numbers from two intervals."""
    return max(times(p, q) for p in a for q in x)


def times(p: Bound, q: Bound) -> Bound:
    """The product; 0 kills it, however large the other one.

    A Fraction is kept away from infinities: one that is too large for a float would overflow.
    """
    if p == 0 or q == 0:
        return ZERO
    if isinstance(p, Fraction) and isinstance(q, Fraction):
        return p * q
    return math.inf if (p > 0) == (q > 0) else -math.inf


def added(p: Bound, q: Bound) -> Bound:
    """The sum of two ends of one side."""
    if isinstance(p, float):
        return p
    return q if isinstance(q, float) else p + q


def _greatest_rhs(problem: Problem, varying: Varying, y: SparseVector) -> Bound:
    total: Bound = ZERO
    for i, value in y:
        low, high = varying.rhs_range(problem, i)
        total = added(total, times(value, high if value > 0 else low))
    return total


def _entries_by_row(
    entries: Mapping[tuple[int, int], Range],
) -> dict[int, dict[int, Range]]:
    found: dict[int, dict[int, Range]] = {}
    for (i, j), ends in entries.items():
        found.setdefault(i, {})[j] = ends
    return found

"""The second checker's view of a problem: integers over one common denominator."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from operator import mul
from typing import final

from tamemip.certificates._problem import Bound, Problem
from tamemip.certificates._step import ScaledVector

_REDUCTIONS_KEPT = 256


@final
@dataclass(frozen=True, eq=False, slots=True)
class Weights:
    """Row multipliers; `cost` is 1 where the objective takes part, 0 for a ray."""

    cost: int
    y: ScaledVector


@final
@dataclass(frozen=True, eq=False, slots=True)
class Reduction:
    """What the leaves need of multipliers.

    ``r[j]`` is a reduced cost and `constant` the root box's ``sum r_j bound_j``, both
    times the denominators; `needed` holds the keys of infinite bounds that r asks for.
    """

    r: Sequence[int]
    constant: int
    needed: Collection[int]


def lower_key(j: int) -> int:
    """The key of the lower bound of a column."""
    return 2 * j + 1


def upper_key(j: int) -> int:
    """The key of the upper bound of a column."""
    return 2 * j


@final
class IntegerProblem:
    """The data of a problem times common denominators, in min orientation.

    `cost` and `rows` are multiplied by `unit`, bounds by `grid`: then the reduced
    costs of ``y / D`` are integers over ``D * unit``, and constants over
    ``D * unit * grid``. Infinite bounds are 0 and flagged in `lower_is_free`, `upper_is_free`.
    """

    def __init__(self, problem: Problem) -> None:
        self.sign = 1 if problem.sense == "min" else -1
        self.integer = problem.integer
        self.row_sense = problem.row_sense
        self.n_rows, self.n_cols = problem.A.shape
        entries = [a for row in problem.A.rows for _, a in row]
        self.unit = math.lcm(*{v.denominator for v in (*problem.c, *entries)})
        self.cost = [self.sign * _times(v, self.unit) for v in problem.c]
        self.rows = [
            ([j for j, _ in row], [_times(a, self.unit) for _, a in row]) for row in problem.A.rows
        ]
        self.offset = problem.offset * self.sign
        self._set_bounds(problem)
        self.reduction = lru_cache(maxsize=_REDUCTIONS_KEPT)(self._reduce)

    def _set_bounds(self, problem: Problem) -> None:
        finite = [v for v in (*problem.lower, *problem.upper) if isinstance(v, Fraction)]
        self.grid = math.lcm(*{v.denominator for v in finite})
        self.lower_is_free = [not isinstance(v, Fraction) for v in problem.lower]
        self.upper_is_free = [not isinstance(v, Fraction) for v in problem.upper]
        self.lower = [_scaled(v, self.grid) for v in problem.lower]
        self.upper = [_scaled(v, self.grid) for v in problem.upper]
        for j, flag in enumerate(problem.integer):
            if flag:
                # On the grid, rounding inwards is rounding to multiples of `grid`.
                self.lower[j] = -(-self.lower[j] // self.grid) * self.grid
                self.upper[j] = self.upper[j] // self.grid * self.grid
        self.is_empty = any(self.crosses(j, {}) for j in range(self.n_cols))

    def crosses(self, j: int, bounds: Mapping[int, int]) -> bool:
        """Whether lower and upper bound of a column cross, given added integer bounds."""
        low, up = bounds.get(lower_key(j)), bounds.get(upper_key(j))
        lows = [] if self.lower_is_free[j] else [self.lower[j]]
        ups = [] if self.upper_is_free[j] else [self.upper[j]]
        if low is not None:
            lows.append(low * self.grid)
        if up is not None:
            ups.append(up * self.grid)
        return bool(lows) and bool(ups) and max(lows) > min(ups)

    def _reduce(self, weights: Weights) -> Reduction:
        y = weights.y
        scale = weights.cost * y.denominator
        r = [scale * c for c in self.cost] if scale else [0] * self.n_cols
        for i, v in zip(y.indices, y.values, strict=True):
            columns, entries = self.rows[i]
            for j, a in zip(columns, entries, strict=True):
                r[j] -= v * a
        constant, needed = 0, []
        for j, v in enumerate(r):
            if v > 0:
                if self.lower_is_free[j]:
                    needed.append(lower_key(j))
                constant += v * self.lower[j]
            elif v < 0:
                if self.upper_is_free[j]:
                    needed.append(upper_key(j))
                constant += v * self.upper[j]
        return Reduction(r, constant, frozenset(needed))

    def shifts(self, bounds: Mapping[int, int]) -> tuple[list[_Shift], list[_Shift]]:
        """By how much added bounds move lower and upper bounds, on the grid."""
        lows: list[_Shift] = []
        ups: list[_Shift] = []
        for key, v in bounds.items():
            j, is_lower = divmod(key, 2)
            if is_lower:
                move = v * self.grid - self.lower[j]
                if move > 0 or self.lower_is_free[j]:
                    lows.append((j, move))
            else:
                move = v * self.grid - self.upper[j]
                if move < 0 or self.upper_is_free[j]:
                    ups.append((j, move))
        return lows, ups


_Shift = tuple[int, int]


@final
@dataclass(frozen=True, eq=False, slots=True)
class Line:
    """``(constant + y d) / denominator``, up to the factors common to all lines of a problem."""

    constant: int
    y: ScaledVector

    def numerator(self, scale: int, d: Sequence[int]) -> int:
        """``constant * scale + y d``, for d multiplied by the common factors."""
        y = self.y
        product: int = sum(map(mul, y.values, [d[i] for i in y.indices]))
        return self.constant * scale + product


@final
@dataclass(frozen=True, eq=False, slots=True)
class IntegerLeaf:
    """A leaf: +inf if empty or if a guard is positive, else the best of its lines."""

    is_empty: bool
    lines: tuple[Line, ...]
    guards: tuple[Line, ...]


def least(leaves: Iterable[IntegerLeaf], *, common: int, d: Sequence[Fraction]) -> Bound:
    """The least value of the leaves at d, where ``common`` is ``unit * grid``."""
    scale = math.lcm(*{v.denominator for v in d})
    moved = [_times(v, scale) * common for v in d]
    top, bottom = 0, 0  # The least so far is top / (bottom * scale * common); +inf if bottom is 0.
    for leaf in leaves:
        if leaf.is_empty or any(g.numerator(scale, moved) > 0 for g in leaf.guards):
            continue
        best, under = 0, 0
        for line in leaf.lines:
            value, denominator = line.numerator(scale, moved), line.y.denominator
            if not under or value * under > best * denominator:
                best, under = value, denominator
        if not under:
            return -math.inf
        if not bottom or best * bottom < top * under:
            top, bottom = best, under
    return Fraction(top, bottom * scale * common) if bottom else math.inf


def _times(value: Fraction, factor: int) -> int:
    return value.numerator * (factor // value.denominator)


def _scaled(bound: Bound, factor: int) -> int:
    return _times(bound, factor) if isinstance(bound, Fraction) else 0

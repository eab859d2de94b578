"""The second checker's view of a problem: integers over one common denominator."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from operator import mul
from typing import final

from tamemip.certificates._fast_terms import IntegerCut
from tamemip.certificates._problem import Bound, Problem
from tamemip.certificates._step import ScaledVector

_REDUCTIONS_KEPT = 256

ANY = -1
"""The cost of a bound that is infinite everywhere, and so holds for every cost."""

RAY, OBJECTIVE = 0, 1
"""Numbers of two costs: the zero that a ray has, and the problem's own."""


@final
@dataclass(frozen=True, eq=False, slots=True)
class Weights:
    """Row multipliers; `cost` is the number of the cost that they bound, `RAY` for a ray."""

    cost: int
    y: ScaledVector


@final
class Costs:
    """The costs that are bounded, in lowest terms, numbered in the order they are met.

    Cost k is the vector ``entries / denominator``; equal vectors have one number.
    """

    def __init__(self, objective: Mapping[int, int], unit: int) -> None:
        self._vectors: list[tuple[int, Mapping[int, int]]] = [(1, {})]
        self._numbers: dict[tuple[int, frozenset[tuple[int, int]]], int] = {}
        self._sums: dict[tuple[int, ...], int] = {}
        assert self.number(objective, unit) == OBJECTIVE

    def number(self, entries: Mapping[int, int], denominator: int) -> int:
        """The number of the cost ``entries / denominator``."""
        divisor = math.gcd(denominator, *entries.values())
        vector = {j: w // divisor for j, w in entries.items() if w}
        key = (denominator // divisor, frozenset(vector.items()))
        if key not in self._numbers:
            self._numbers[key] = len(self._vectors)
            self._vectors.append((denominator // divisor, vector))
        return self._numbers[key]

    def __getitem__(self, number: int) -> tuple[int, Mapping[int, int]]:
        return self._vectors[number]

    def sum(self, numbers: Iterable[int]) -> int:
        """The number of the sum of some costs."""
        summands = tuple(sorted(numbers))
        if summands not in self._sums:
            vectors = [self._vectors[k] for k in summands]
            denominator = math.lcm(*{d for d, _ in vectors})
            total: dict[int, int] = {}
            for d, vector in vectors:
                for j, w in vector.items():
                    total[j] = total.get(j, 0) + w * (denominator // d)
            self._sums[summands] = self.number(total, denominator)
        return self._sums[summands]


@final
@dataclass(frozen=True, eq=False, slots=True)
class Reduction:
    """What the leaves need of multipliers.

    ``r[j]`` is a reduced cost (0 if absent), `constant` the root box's ``sum r_j bound_j``, both
    times the denominators; `needed` holds the keys of infinite bounds that r asks for.
    """

    r: Mapping[int, int]
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
        self.costs = Costs({j: c for j, c in enumerate(self.cost) if c}, self.unit)
        self.offset = problem.offset * self.sign
        #: Valid inequalities as rows behind those of the problem, by their indices.
        self.cuts: dict[int, IntegerCut] = {}
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

    def add_cut(self, i: int, make: Callable[[], IntegerCut]) -> None:
        """Make row `i` known, once."""
        if i not in self.cuts:
            self.cuts[i] = make()

    def supposed(self, weights: Weights) -> Iterable[tuple[int, int]]:
        """Bounds that cuts among the rows of some multipliers suppose."""
        for i in weights.y.indices:
            if i >= self.n_rows:
                yield from self.cuts[i].bounds.items()

    def implies(self, bounds: Mapping[int, int], key: int, v: int) -> bool:
        """Whether added bounds, or those of the problem, are at least as tight as one."""
        j, is_lower = divmod(key, 2)
        is_free = self.lower_is_free[j] if is_lower else self.upper_is_free[j]
        root = (self.lower if is_lower else self.upper)[j]
        found = [] if is_free else [root]
        if key in bounds:
            found.append(bounds[key] * self.grid)
        return any(w >= v * self.grid if is_lower else w <= v * self.grid for w in found)

    def weights(self, cost: int, y: ScaledVector) -> Weights:
        """Multipliers of a cost; where its denominator, or a cut's, asks for it, y is expanded."""
        denominator, _ = self.costs[cost]
        factor = denominator // math.gcd(denominator, y.denominator * self.unit)
        for i, v in zip(y.indices, y.values, strict=True):
            if i >= self.n_rows:
                under = self.cuts[i].denominator
                factor = math.lcm(factor, under // math.gcd(under, v))
        if factor > 1:
            y = ScaledVector(y.denominator * factor, y.indices, [v * factor for v in y.values])
        return Weights(cost, y)

    def _reduce(self, weights: Weights) -> Reduction:
        y = weights.y
        denominator, cost = self.costs[weights.cost]
        scale = y.denominator * self.unit // denominator
        r = {j: scale * c for j, c in cost.items()}
        for i, v in zip(y.indices, y.values, strict=True):
            if i >= self.n_rows:
                cut = self.cuts[i]
                share = v // cut.denominator * self.unit
                for j, a in cut.a.items():
                    r[j] = r.get(j, 0) - share * a
                continue
            columns, entries = self.rows[i]
            for j, a in zip(columns, entries, strict=True):
                r[j] = r.get(j, 0) - v * a
        constant, needed = 0, []
        for j, v in r.items():
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

    def numerator(self, rhs: IntegerRhs) -> int:
        """``constant * scale + y d``, over the denominators of y and of the rhs."""
        y, d = self.y, rhs.entries
        product: int = sum(map(mul, y.values, [d[i] for i in y.indices]))
        return self.constant * rhs.scale + product


@final
class IntegerRhs:
    """A right-hand side over one denominator.

    `entries` is d times `unit`, where `unit` is `scale` times the common factor
    ``unit * grid`` of a problem, and `scale` the denominator of d.
    """

    __slots__ = ("entries", "scale", "unit")

    def __init__(
        self, d: Sequence[Fraction], common: int, cuts: Mapping[int, Fraction] | None = None
    ) -> None:
        values = dict(enumerate(d)) | dict(cuts or {})
        self.scale = math.lcm(*{v.denominator for v in values.values()})
        self.unit = self.scale * common
        self.entries = {i: _times(v, self.scale) * common for i, v in values.items()}


@final
@dataclass(frozen=True, eq=False, slots=True)
class IntegerLeaf:
    """A leaf: +inf if empty or if a guard is positive, else the best of its lines."""

    is_empty: bool
    lines: tuple[Line, ...]
    guards: tuple[Line, ...]

    def ratio(self, rhs: IntegerRhs) -> tuple[int, int]:
        """The value times ``rhs.unit``, as a fraction; ``1 / 0`` for +inf, ``-1 / 0`` for -inf."""
        if self.is_empty or any(guard.numerator(rhs) > 0 for guard in self.guards):
            return 1, 0
        best, under = -1, 0
        for line in self.lines:
            value, denominator = line.numerator(rhs), line.y.denominator
            if not under or value * under > best * denominator:
                best, under = value, denominator
        return best, under


def least(leaves: Iterable[IntegerLeaf], rhs: IntegerRhs) -> Bound:
    """The least value of the leaves."""
    top, bottom = 1, 0
    for leaf in leaves:
        value, under = leaf.ratio(rhs)
        if not under:
            if value < 0:
                return -math.inf
        elif not bottom or value * bottom < top * under:
            top, bottom = value, under
    return Fraction(top, bottom * rhs.unit) if bottom else math.inf


def _times(value: Fraction, factor: int) -> int:
    return value.numerator * (factor // value.denominator)


def _scaled(bound: Bound, factor: int) -> int:
    return _times(bound, factor) if isinstance(bound, Fraction) else 0

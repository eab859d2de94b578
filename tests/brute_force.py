"""Exact optimal values of small programs, by elimination and enumeration.

The continuous columns are eliminated once (Fourier 1824, Motzkin 1936) with the
right-hand side and the integer columns kept as symbols; what is left is a finite
list of linear inequalities that every integer part either meets or not. Nothing
here uses the library beyond reading a program's data.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

#: Where an integer column has no bound, this far from zero is looked at.
WINDOW = 4

Row = tuple[int, ...]
"""Integers ``r``; the inequality ``r . (1, t, b, x_I, x_C) >= 0``."""


class ValueOracle:
    """The value function ``v(b)`` of a program, by brute force.

    `is_complete` is False where integer columns are unbounded: only a window is
    looked at then, and the result is the value of a restriction of the program.
    """

    def __init__(self, program) -> None:
        p = program.exact
        self.sign = -1 if p.sense == "max" else 1
        self.m = len(p.rhs)
        self.offset = p.offset
        self.integers = [j for j, flag in enumerate(p.integer) if flag]
        self.continuous = [j for j, flag in enumerate(p.integer) if not flag]
        self.is_complete = all(
            math.isfinite(p.lower[j]) and math.isfinite(p.upper[j]) for j in self.integers
        )
        self._ranges = [_range(p.lower[j], p.upper[j]) for j in self.integers]
        system = set(self._inequalities(p))
        for _ in self.continuous:
            system = _eliminate_last(system)
        self._feasibility = [row for row in system if row[1] == 0]
        self._costs = [row for row in system if row[1] > 0]

    def __call__(self, b: Sequence[Fraction]) -> Fraction | float:
        """The optimal value at ``b``: a Fraction, or an infinity."""
        b = [Fraction(v) for v in b]
        best = math.inf
        feasibility = [(_at(row, b, self.m), row[2 + self.m :]) for row in self._feasibility]
        costs = [
            (_at(row, b, self.m) / row[1], [Fraction(v, row[1]) for v in row[2 + self.m :]])
            for row in self._costs
        ]
        for x in itertools.product(*self._ranges):
            if all(known + _dot(a, x) >= 0 for known, a in feasibility):
                best = min(
                    best, max((-known - _dot(a, x) for known, a in costs), default=-math.inf)
                )
        return self.sign * (best if isinstance(best, float) else best + self.sign * self.offset)

    def _inequalities(self, p) -> Iterator[Row]:
        n_integers = len(self.integers)
        place = {j: 2 + self.m + k for k, j in enumerate([*self.integers, *self.continuous])}
        size = 2 + self.m + n_integers + len(self.continuous)

        def row(entries: dict[int, Fraction]) -> Row:
            return _integral([entries.get(k, Fraction(0)) for k in range(size)])

        yield row({1: Fraction(1)} | {place[j]: -self.sign * c for j, c in enumerate(p.c)})
        for i, (entries, sense) in enumerate(zip(p.A.rows, p.row_sense, strict=True)):
            above = {2 + i: Fraction(-1)} | {place[j]: v for j, v in entries}
            if sense != "<=":
                yield row(above)
            if sense != ">=":
                yield row({k: -v for k, v in above.items()})
        for j in self.continuous:
            if math.isfinite(p.lower[j]):
                yield row({place[j]: Fraction(1), 0: -p.lower[j]})
            if math.isfinite(p.upper[j]):
                yield row({place[j]: Fraction(-1), 0: p.upper[j]})


def _range(lower, upper) -> range:
    low = math.ceil(lower) if math.isfinite(lower) else None
    up = math.floor(upper) if math.isfinite(upper) else None
    if low is None and up is None:
        return range(-WINDOW, WINDOW + 1)
    if low is None:
        return range(up - 2 * WINDOW, up + 1)
    if up is None:
        return range(low, low + 2 * WINDOW + 1)
    return range(low, up + 1)


def _eliminate_last(system: set[Row]) -> set[Row]:
    kept = {row[:-1] for row in system if row[-1] == 0}
    positive = [row for row in system if row[-1] > 0]
    negative = [row for row in system if row[-1] < 0]
    for p, n in itertools.product(positive, negative):
        combined = [v * -n[-1] + w * p[-1] for v, w in zip(p[:-1], n[:-1], strict=True)]
        kept.add(_integral([Fraction(v) for v in combined]))
    return kept


def _integral(values: Sequence[Fraction]) -> Row:
    """The same half-space in coprime integers."""
    scale = math.lcm(*(v.denominator for v in values))
    whole = [int(v * scale) for v in values]
    g = math.gcd(*whole) or 1
    return tuple(v // g for v in whole)


def _at(row: Row, b: Sequence[Fraction], m: int) -> Fraction:
    return Fraction(row[0]) + sum(
        (v * d for v, d in zip(row[2 : 2 + m], b, strict=True) if v), Fraction(0)
    )


def _dot(a, x):
    return sum(v * w for v, w in zip(a, x, strict=True) if v and w)

"""The data of a parametric program along a line of parameters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound, SparseVector
from tamemip.programs import MixedIntegerProgram, ParametricProgram

Parameters: TypeAlias = tuple[Fraction, ...]
"""One number a parameter."""

_ZERO = Fraction(0)


@final
@dataclass(frozen=True, slots=True)
class Moving:
    """A number that moves with the step: ``start + t * rate``."""

    start: Fraction
    rate: Fraction = _ZERO

    def at(self, t: Fraction) -> Fraction:
        """Its value at a step."""
        return self.start + t * self.rate

    def plus(self, other: Moving, times: Fraction) -> Moving:
        """``self + times * other``."""
        return Moving(self.start + times * other.start, self.rate + times * other.rate)


@final
@dataclass(frozen=True, slots=True)
class MovingData:
    """All data of the programs ``q(start + t * direction)``, as functions of the step ``t``.

    Attributes
    ----------
    program
        The program at parameters 0: names, senses and kinds of columns.
    rhs, c
        By row, by column.
    A
        The rows at step 0.
    A_rates
        How fast matrix entries move, by row and column; entries that stay are left out.
    lower, upper
        By column; None where there is no bound.
    """

    program: MixedIntegerProgram
    rhs: tuple[Moving, ...]
    c: tuple[Moving, ...]
    A: tuple[Mapping[int, Fraction], ...]
    A_rates: Mapping[tuple[int, int], Fraction]
    lower: tuple[Moving | None, ...]
    upper: tuple[Moving | None, ...]

    @property
    def slots(self) -> frozenset[str]:
        """Which data move, of ``rhs``, ``c``, ``A``, ``bounds``."""
        moving = {
            "rhs": any(v.rate for v in self.rhs),
            "c": any(v.rate for v in self.c),
            "A": bool(self.A_rates),
            "bounds": any(v is not None and v.rate for v in (*self.lower, *self.upper)),
        }
        return frozenset(name for name, moves in moving.items() if moves)

    def box(self, j: int, interval: tuple[Fraction, Fraction]) -> tuple[Bound, Bound]:
        """The least fixed bounds that hold a column's bounds at all steps of an interval.

        Where the bounds cross at every step, they are one point: rows say the rest.
        """
        lower, upper = self.lower[j], self.upper[j]
        low = -math.inf if lower is None else min(map(lower.at, interval))
        up = math.inf if upper is None else max(map(upper.at, interval))
        return low, max(low, up)


def moving_data(q: ParametricProgram, start: Parameters, direction: Parameters) -> MovingData:
    """Read off how every number of a parametric program moves along a line of parameters."""
    exact = q.program.exact

    def along(base: Fraction, slope: SparseVector) -> Moving:
        return Moving(base + _dot(slope, start), _dot(slope, direction))

    def numbers(base: Sequence[Fraction], slopes: Iterable[SparseVector]) -> tuple[Moving, ...]:
        return tuple(along(v, slope) for v, slope in zip(base, slopes, strict=True))

    def bounds(base: Sequence[Bound], slopes: Iterable[SparseVector]) -> tuple[Moving | None, ...]:
        return tuple(
            along(v, slope) if isinstance(v, Fraction) else None
            for v, slope in zip(base, slopes, strict=True)
        )

    A = [dict(row) for row in exact.A.rows]
    rates: dict[tuple[int, int], Fraction] = {}
    for i, j, slope in q.A:
        entry = along(A[i].get(j, _ZERO), slope)
        A[i][j] = entry.start
        if entry.rate:
            rates[i, j] = entry.rate
    return MovingData(
        q.program,
        numbers(exact.rhs, q.rhs.rows),
        numbers(exact.c, q.c.rows),
        tuple(A),
        rates,
        bounds(exact.lower, q.lower.rows),
        bounds(exact.upper, q.upper.rows),
    )


def _dot(slope: SparseVector, parameters: Parameters) -> Fraction:
    return sum((v * parameters[k] for k, v in slope), _ZERO)

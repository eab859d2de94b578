"""One side of one right-hand side: which way it moves, and where rows of integers jump."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import final

from tamemip.certificates import Bound, Problem, RowSense, SparseVector
from tamemip.duality import Cut


@final
@dataclass(frozen=True, slots=True)
class Side:
    """The line ``rhs + t * sign * e_row`` for ``t > 0``.

    Attributes
    ----------
    row, sign
        The row, and +1 for larger right-hand sides, -1 for smaller ones.
    sense, rhs
        Of the row.
    spacing
        Where all columns of the row are integer, its activity is a multiple of
        this number, and the value function is constant between the multiples:
        ``a x <= b`` says the same as ``a x <= spacing * floor(b / spacing)``. Else None.
    """

    row: int
    sign: int
    sense: RowSense
    rhs: Fraction
    spacing: Fraction | None

    @property
    def direction(self) -> SparseVector:
        """The direction of the line."""
        return ((self.row, Fraction(self.sign)),)

    @property
    def relaxes(self) -> bool:
        """Whether every feasible point stays feasible: the value can only improve."""
        return self.sense != "=" and (self.sign > 0) == (self.sense == "<=")

    @property
    def tightens(self) -> bool:
        """Whether no new point becomes feasible: the value can only get worse."""
        return self.sense != "=" and not self.relaxes

    @property
    def sample(self) -> Fraction:
        """The largest ``t`` with the value of ``t = 0+``, on a tightening side of integers."""
        assert self.spacing is not None
        place = self.sign * self.rhs / self.spacing
        left = math.ceil(place) - place
        return (left or 1) * self.spacing

    def next_multiple(self, cut: Cut) -> Bound:
        """The first ``t`` after a cut at which the row's right-hand side is a multiple."""
        assert self.spacing is not None
        t, side = cut
        if not isinstance(t, Fraction):
            return t
        place = (self.sign * self.rhs + t) / self.spacing
        whole = math.floor(place) + 1 if side else math.ceil(place)
        return whole * self.spacing - self.sign * self.rhs


def sides(problem: Problem, row: int) -> tuple[Side, Side]:
    """The smaller and the larger right-hand sides of a row."""
    gap = spacing(problem, row)
    sense, rhs = problem.row_sense[row], problem.rhs[row]
    return Side(row, -1, sense, rhs, gap), Side(row, 1, sense, rhs, gap)


def spacing(problem: Problem, row: int) -> Fraction | None:
    """The largest number that divides every activity of a row of integer columns."""
    entries = problem.A.rows[row]
    if not entries or not all(problem.integer[j] for j, _ in entries):
        return None
    return reduce(_gcd, (abs(v) for _, v in entries))


def _gcd(a: Fraction, b: Fraction) -> Fraction:
    d = math.lcm(a.denominator, b.denominator)
    return Fraction(math.gcd(int(a * d), int(b * d)), d)

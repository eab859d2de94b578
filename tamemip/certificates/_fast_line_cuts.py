"""The second checker's cuts along a line: affine functions below inequalities' values.

An affine function is kept by its values at the two ends of an interval. Where a sum has
been rounded, the greatest convex function below runs from one end to the integer that
the sum meets first, on along the integers, and from the last one to the other end.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._fast_covers import CutReading
from tamemip.certificates._fast_terms import Inequality, order_below
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._line_values import RhsLine

_Pair: TypeAlias = tuple[Fraction, Fraction]


@final
@dataclass(frozen=True, eq=False, slots=True)
class LinesOfCuts:
    """Lines below the cuts of the dual function `of`, by row: their values at two steps."""

    line: int
    of: int
    part: tuple[Fraction, bool, Fraction, bool]
    values: Mapping[int, _Pair]

    def at(self, t: Fraction) -> dict[int, Fraction]:
        """The values of the lines at a step."""
        lo, _, hi, _ = self.part
        share = (t - lo) / (hi - lo) if lo < hi else Fraction(0)
        return {i: a + share * (b - a) for i, (a, b) in self.values.items()}

    def reaches(self, lo: Fraction, hi: Fraction, lo_closed: bool, hi_closed: bool) -> bool:
        """Whether an interval lies within that of the lines."""
        first, has_first, last, has_last = self.part
        if lo < first or (lo == first and lo_closed and not has_first):
            return False
        return hi < last or (hi == last and (has_last or not hi_closed))


def lines_of_cuts(
    cited: int,
    of: int,
    line: RhsLine,
    cuts: CutReading,
    part: tuple[Fraction, bool, Fraction, bool],
) -> LinesOfCuts:
    """The lines below some cuts in an interval of a line."""
    lo, lo_closed, hi, hi_closed = part
    ends = [cuts.form.rhs(line.at(t)) for t in (lo, hi)]
    found: dict[int, _Pair] = {}
    lookup = cuts.inequalities.__getitem__
    for k in order_below([i - cuts.n_rows for i in cuts.shifts], lookup):
        inequality = lookup(k)
        earlier = [found[n] for n in inequality.of if n in found]
        match inequality.kind:
            case "literal":
                found[k] = inequality.number, inequality.number
            case "combine":
                found[k] = _sum(inequality, earlier, ends)
            case "ceil":
                found[k] = _ceiling(earlier[0], lo_closed, hi_closed)
            case "rounding":
                found[k] = _rounding(earlier, inequality.number)
            case _:
                raise RejectedError(f"the cut of step {show(k)} cannot be read along a line")
    values = {
        i: (found[i - cuts.n_rows][0] + shift, found[i - cuts.n_rows][1] + shift)
        for i, shift in cuts.shifts.items()
    }
    return LinesOfCuts(cited, of, part, values)


def _sum(inequality: Inequality, earlier: list[_Pair], ends: list[list[Fraction]]) -> _Pair:
    linear = inequality.linear
    totals = []
    for side, e in enumerate(ends):
        pairs = zip(linear.indices, linear.values, strict=True)
        total = sum((v * e[i] for i, v in pairs), Fraction(0)) / linear.denominator
        for w, pair in zip(inequality.weights, earlier, strict=True):
            total += w * pair[side]
        totals.append(total)
    return totals[0], totals[1]


def _ceiling(pair: _Pair, lo_closed: bool, hi_closed: bool) -> _Pair:
    a, b = pair
    if a == b:
        return _up(a), _up(a)
    # Just beside an end that is left out, a rising function has passed it.
    first = _up(a) if lo_closed or a > b else a - a % 1 + 1
    last = _up(b) if hi_closed or b > a else b - b % 1 + 1
    return _lowest_edge(pair, (first, last))


def _rounding(earlier: list[_Pair], r: Fraction) -> _Pair:
    f, g = earlier[0], earlier[1] if len(earlier) == 2 else (Fraction(0), Fraction(0))
    difference = f[0] - g[0], f[1] - g[1]
    steps = [d - d % 1 + min(d % 1 / r, Fraction(1)) for d in difference]
    low, high = _lowest_edge(difference, (steps[0], steps[1]))
    return low + g[0] / r, high + g[1] / r


def _lowest_edge(argument: _Pair, rounded: _Pair) -> _Pair:
    """Of the edges of the convex function below, the highest one halfway; the first of several."""
    a, b = argument
    inside = range(math.floor(min(a, b)) + 1, math.ceil(max(a, b)))
    if not inside:
        return rounded
    met, left = (inside[0], inside[-1]) if a < b else (inside[-1], inside[0])
    # By the argument as the variable: edges through an end and the nearest integer.
    slope = (met - rounded[0]) / (met - a)
    best = rounded[0], rounded[0] + slope * (b - a)
    slope = (left - rounded[1]) / (left - b)
    for edge in (argument, (rounded[1] + slope * (a - b), rounded[1])):
        if edge[0] + edge[1] > best[0] + best[1]:
            best = edge
    return best


def _up(value: Fraction) -> Fraction:
    return Fraction(-(-value // 1))

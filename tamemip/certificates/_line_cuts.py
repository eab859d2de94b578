"""Cuts along a line: affine functions below terms, in one interval of steps.

The right-hand side is affine in the step, and every weight of an earlier term is
nonnegative, so that a term does not rise when affine functions below its parts are put
in their places. What is left are roundings of one affine function, and these lie above
a convex function with few edges: one of them is taken, by a fixed rule.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._conclusions import Affine
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import Bound
from tamemip.certificates._terms import Ceiling, Combination, Literal, Rounding, Term

Ends: TypeAlias = tuple[Fraction, Fraction]
"""An affine function on an interval by its values at both ends."""


@final
@dataclass(frozen=True, slots=True)
class Over:
    """An interval of steps in which cuts are read, and which of its ends belong to it."""

    lo: Fraction
    hi: Fraction
    lo_closed: bool
    hi_closed: bool

    def holds(self, lo: Fraction, hi: Fraction, lo_closed: bool, hi_closed: bool) -> bool:
        """Whether another interval lies in it."""
        starts = self.lo < lo or (self.lo == lo and (self.lo_closed or not lo_closed))
        ends = hi < self.hi or (hi == self.hi and (self.hi_closed or not hi_closed))
        return starts and ends

    @property
    def brackets(self) -> str:
        """Which ends belong to it, as certificates say it."""
        return f"{'[' if self.lo_closed else '('}{']' if self.hi_closed else ')'}"

    def line(self, ends: Ends) -> tuple[Fraction, Fraction]:
        """Value at t = 0 and rate of an affine function."""
        if self.lo == self.hi:
            return ends[0], Fraction(0)
        rate = (ends[1] - ends[0]) / (self.hi - self.lo)
        return ends[0] - rate * self.lo, rate


@final
@dataclass(frozen=True, eq=False, slots=True)
class CutsOnLine:
    """Cuts of the dual function `of` along a line, replaced by affine functions below them.

    `lines` has, for every row of the problem and for every cut, the value at t = 0 and the
    rate; `known` remembers what has been read.
    """

    line: int
    of: int
    over: Over
    lines: Mapping[int, tuple[Fraction, Fraction]]
    known: dict[Affine, tuple[Fraction, Fraction]] = field(default_factory=dict)

    def along(self, affine: Affine) -> tuple[Fraction, Fraction]:
        """Value at t = 0 and rate, read once for all stretches."""
        known = self.known.get(affine)
        if known is None:
            value, rate = affine.constant, Fraction(0)
            for i, v in affine.slope:
                start, change = self.lines[i]
                value, rate = value + v * start, rate + v * change
            known = self.known[affine] = value, rate
        return known


def below_ceiling(ends: Ends, over: Over) -> Ends:
    """An affine function below ``ceil`` of another one, on an interval.

    An open end where the other one is least is not met: there the limit counts.
    """
    p, q = ends
    at_p, at_q = Fraction(math.ceil(p)), Fraction(math.ceil(q))
    if p < q and not over.lo_closed:
        at_p = Fraction(math.floor(p) + 1)
    if q < p and not over.hi_closed:
        at_q = Fraction(math.floor(q) + 1)
    return _edge(ends, (at_p, at_q))


def below_rounding(ends: Ends, r: Fraction) -> Ends:
    """An affine function below ``floor(t) + min(frac(t) / r, 1)`` of another one."""
    return _edge(ends, (_rounded(ends[0], r), _rounded(ends[1], r)))


def _edge(ends: Ends, at: Ends) -> Ends:
    """An edge of the convex function below a rounding, extended over the interval.

    The rounding is concave between integers, is the integer itself at each of them, and
    nowhere below its argument. So the edges go from the first end to the first integer
    inside, along the integers, and from the last one to the other end; without an
    integer inside there is one edge. The highest one in the middle is taken, of several
    the first.
    """
    (p, q), (at_p, at_q) = ends, at
    integers = [math.floor(min(ends)) + 1, math.ceil(max(ends)) - 1]
    if integers[0] > integers[1]:
        return at
    first, last = integers if p < q else integers[::-1]
    to_first, to_last = (first - p) / (q - p), (last - q) / (p - q)
    edges = [
        (at_p, at_p + (first - at_p) / to_first),
        ends,
        (at_q + (last - at_q) / to_last, at_q),
    ]
    return max(edges, key=sum)


def _rounded(t: Fraction, r: Fraction) -> Fraction:
    whole = math.floor(t)
    return whole + min((t - whole) / r, Fraction(1))


def below_terms(
    order: Sequence[tuple[int, Term]],
    first: Sequence[Fraction],
    last: Sequence[Fraction],
    over: Over,
) -> dict[int, Ends]:
    """Affine functions below terms in rising order of their steps, all they need among them.

    Parameters
    ----------
    order
        The terms.
    first, last
        The canonical right-hand sides at both ends of the interval.
    over
        The interval.
    """
    found: dict[int, Ends] = {}
    for step, term in order:
        found[step] = _below(step, term, found, (first, last), over)
    return found


def _below(
    step: int,
    term: Term,
    found: Mapping[int, Ends],
    e: tuple[Sequence[Fraction], Sequence[Fraction]],
    over: Over,
) -> Ends:
    match term:
        case Literal(value):
            return value, value
        case Combination():
            # Affine in its parts, with weights that are nonnegative.
            return _finite(term, e[0], found, 0), _finite(term, e[1], found, 1)
        case Ceiling((k,)):
            return below_ceiling(found[k], over)
        case Rounding(r, (k,)):
            return below_rounding(found[k], r)
        case Rounding(r, (k, n)):
            (f, h), (g, i) = found[k], found[n]
            p, q = below_rounding((f - g, h - i), r)
            return p + g / r, q + i / r
        case _:
            raise RejectedError(f"step {show(step)} is no cut that can be read along a line")


def _finite(
    term: Combination, e: Sequence[Fraction], found: Mapping[int, Ends], end: int
) -> Fraction:
    earlier: dict[int, Bound] = {k: found[k][end] for k in term.of}
    value = term.at(e, earlier)
    assert isinstance(value, Fraction)
    return value

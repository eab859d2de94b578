"""The second checker's bounds in boxes: their costs, and how their values are put together."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates._canonical import CanonicalProblem
from tamemip.certificates._fast_integers import (
    ANY,
    IntegerLeaf,
    IntegerProblem,
    IntegerRhs,
    least,
)
from tamemip.certificates._fast_terms import Inequality, inequalities_below, values_at
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import Bound

_Ratio: TypeAlias = tuple[int, int]
"""Numerator and denominator; (1, 0) is +inf and (-1, 0) is -inf."""

_TOP, _BOTTOM = (1, 0), (-1, 0)


@final
@dataclass(frozen=True, eq=False, slots=True)
class Cover:
    """A bound on a cost in the box of `bounds`: a leaf's, the least of two, a sum, the greatest.

    `cost` is its number in the table of costs. With a leaf both tuples are empty.
    """

    bounds: Mapping[int, int]
    cost: int
    leaf: IntegerLeaf | None
    least: tuple[int, ...] = ()
    summands: tuple[int, ...] = ()
    greatest: tuple[int, ...] = ()


@final
@dataclass(frozen=True, eq=False, slots=True)
class CutReading:
    """The right-hand sides of the cuts that some leaves read."""

    shifts: Mapping[int, Fraction]
    n_rows: int
    inequalities: Mapping[int, Inequality]
    form: CanonicalProblem

    @classmethod
    def of(
        cls,
        covers: Iterable[Cover],
        problem: IntegerProblem,
        form: CanonicalProblem,
        lookup: Callable[[int], Inequality],
    ) -> CutReading:
        """The cuts of the leaves among some covers."""
        leaves = [cover.leaf for cover in covers if cover.leaf is not None]
        lines = [line for leaf in leaves for line in (*leaf.lines, *leaf.guards)]
        used = {i for line in lines for i in line.y.indices if i >= problem.n_rows}
        shifts = {i: problem.cuts[i].shift for i in sorted(used)}
        inequalities = inequalities_below([i - problem.n_rows for i in shifts], lookup)
        return cls(shifts, problem.n_rows, inequalities, form)

    def at(self, d: Sequence[Fraction]) -> Mapping[int, Fraction]:
        """Their values, by their rows."""
        if not self.shifts:
            return {}
        steps = [i - self.n_rows for i in self.shifts]
        values = values_at(steps, self.inequalities.__getitem__, self.form.rhs(d))
        found: dict[int, Fraction] = {}
        for i, shift in self.shifts.items():
            value = values[i - self.n_rows]
            assert isinstance(value, Fraction)  # other terms are no rows
            found[i] = value + shift
        return found


@final
@dataclass(frozen=True, eq=False, slots=True)
class Leaves:
    """A dual function made of covers in rising order of their steps; the last one is its value.

    `common` is the factor of all their denominators.
    """

    covers: Mapping[int, Cover]
    common: int
    offset: Fraction
    cuts: CutReading

    @property
    def n_leaves(self) -> int:
        """How many leaves it is made of."""
        return len(self._leaves())

    @property
    def n_terms(self) -> int:
        """How many terms its cuts are made of."""
        return len(self.cuts.inequalities)

    @property
    def is_subadditive(self) -> bool:
        """Never by its form."""
        return False

    def at(self, d: Sequence[Fraction]) -> Bound:
        """Its value."""
        rhs = IntegerRhs(d, self.common, self.cuts.at(d))
        if any(cover.summands or cover.greatest for cover in self.covers.values()):
            value = self._last(rhs)
        else:
            value = least(self._leaves(), rhs)
        return value + self.offset if isinstance(value, Fraction) else value

    def _leaves(self) -> list[IntegerLeaf]:
        return [cover.leaf for cover in self.covers.values() if cover.leaf is not None]

    def _last(self, rhs: IntegerRhs) -> Bound:
        values: dict[int, _Ratio] = {}
        value = _TOP
        for step, cover in self.covers.items():
            if cover.leaf is not None:
                value = cover.leaf.ratio(rhs)
            elif cover.summands:
                value = _total([values[k] for k in cover.summands])
            elif cover.greatest:
                value = _highest([values[k] for k in cover.greatest])
            else:
                value = _lower(*(values[k] for k in cover.least))
            values[step] = value
        top, bottom = value
        return Fraction(top, bottom * rhs.unit) if bottom else top * math.inf


def joint_cost(costs: Iterable[int]) -> int:
    """The one cost that all share; `ANY` goes with every other."""
    found = {cost for cost in costs if cost != ANY}
    if len(found) > 1:
        raise RejectedError("bounds on different costs cannot be joined")
    return found.pop() if found else ANY


def tighten(bounds: dict[int, int], others: Mapping[int, int]) -> None:
    """Intersect a box with another one: even keys are upper bounds, odd ones lower."""
    for key, w in others.items():
        other = bounds.get(key)
        if other is None or (w > other if key % 2 else w < other):
            bounds[key] = w


def reachable(top: int, cover_of: Callable[[int], Cover]) -> Mapping[int, Cover]:
    """All covers that the value of one needs, in rising order."""
    found: dict[int, Cover] = {}
    stack = [top]
    while stack:
        k = stack.pop()
        if k not in found:
            cover = found[k] = cover_of(k)
            stack += cover.least
            stack += cover.summands
            stack += cover.greatest
    return {k: found[k] for k in sorted(found)}


def definite(step: int, cover: Cover) -> Cover:
    """A cover that bounds a cost of its own."""
    if cover.cost == ANY:
        raise RejectedError(f"step {show(step)} bounds no cost of its own")
    return cover


def _total(parts: Sequence[_Ratio]) -> _Ratio:
    if _TOP in parts:
        return _TOP
    if _BOTTOM in parts:
        return _BOTTOM
    bottom = math.lcm(*{q for _, q in parts})
    return sum(p * (bottom // q) for p, q in parts), bottom


def _highest(parts: Sequence[_Ratio]) -> _Ratio:
    highest = _BOTTOM
    for part in parts:
        if _lower(highest, part) == highest:
            highest = part
    return highest


def _lower(first: _Ratio, second: _Ratio) -> _Ratio:
    if not first[1] or not second[1]:
        # An infinity: the lower one is -inf, or the one that is not +inf.
        return second if first == _TOP or second == _BOTTOM else first
    return first if first[0] * second[1] <= second[0] * first[1] else second

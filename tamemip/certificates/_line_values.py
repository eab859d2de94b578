"""What is proved of the value function on a line: the conclusions that both checkers share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import Bound, SparseVector
from tamemip.certificates._step import Step

_ENDS = {"[]": (True, True), "[)": (True, False), "(]": (False, True), "()": (False, False)}


@final
@dataclass(frozen=True, eq=False, slots=True)
class RhsLine:
    """The right-hand sides ``rhs + t * direction``.

    `known` remembers what has been read along it, `forms` the same in integers, and
    `hints` which of its conditions has settled a leaf.
    """

    rhs: tuple[Fraction, ...]
    direction: SparseVector
    known: dict[object, tuple[Fraction, Fraction]] = field(default_factory=dict)
    forms: dict[object, tuple[int, int, int]] = field(default_factory=dict)
    hints: dict[object, int] = field(default_factory=dict)

    def at(self, t: Fraction) -> tuple[Fraction, ...]:
        """One of them."""
        d = list(self.rhs)
        for i, rate in self.direction:
            d[i] += t * rate
        return tuple(d)

    def step_of(self, d: Sequence[Fraction]) -> Fraction | None:
        """The step of a right-hand side; None if it is not on the line."""
        t = Fraction(0)
        for i, rate in self.direction[:1]:
            t = (d[i] - self.rhs[i]) / rate
        return t if self.at(t) == tuple(d) else None


@final
@dataclass(frozen=True, eq=False, slots=True)
class Segment:
    """Feasible points for ``lo <= t <= hi`` on the line of a step, with costs at the ends.

    Costs are in min orientation, the constant included, and affine between the ends.
    """

    line: int
    lo: Fraction
    hi: Fraction
    costs: tuple[Fraction, Fraction]

    def cost(self, t: Fraction) -> Fraction:
        """The cost of the point at a step."""
        first, last = self.costs
        if self.lo == self.hi:
            return first
        return Fraction(first + (last - first) * (t - self.lo) / (self.hi - self.lo))


@final
@dataclass(frozen=True, slots=True)
class ProvedStretch:
    """The value on an interval of steps: affine, with the limits `values` at its ends.

    In the user's orientation, infinite where no point is feasible.
    """

    line: int
    of: int
    lo: Fraction
    hi: Fraction
    lo_closed: bool
    hi_closed: bool
    values: tuple[Bound, Bound]

    def holds(self, t: Fraction) -> bool:
        """Whether a step belongs to it."""
        after = self.lo < t or (self.lo == t and self.lo_closed)
        return after and (t < self.hi or (t == self.hi and self.hi_closed))

    def at(self, t: Fraction) -> Bound:
        """The value at one of its steps."""
        first, last = self.values
        if not isinstance(first, Fraction) or not isinstance(last, Fraction) or first == last:
            return first
        return first + (last - first) * (t - self.lo) / (self.hi - self.lo)


def read_ends(step: Step) -> tuple[Fraction, Fraction, bool, bool]:
    """The interval of a step: first and last step, and which of them belong to it."""
    lo, hi, ends = step.rational("lo"), step.rational("hi"), step.fields["ends"]
    if not isinstance(ends, str) or ends not in _ENDS:
        raise RejectedError(f"ends: one of [] [) (] () is expected, not {show(ends)}")
    closed = _ENDS[ends]
    if lo > hi or (lo == hi and closed != (True, True)):
        raise RejectedError(f"the interval from {show(lo)} to {show(hi)} is empty")
    return lo, hi, *closed

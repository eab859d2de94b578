"""What is proved of the value function on a line: the conclusions that both checkers share."""

from __future__ import annotations

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

    `known` remembers what has been read along it.
    """

    rhs: tuple[Fraction, ...]
    direction: SparseVector
    known: dict[object, tuple[Fraction, Fraction]] = field(default_factory=dict)

    def at(self, t: Fraction) -> tuple[Fraction, ...]:
        """One of them."""
        d = list(self.rhs)
        for i, rate in self.direction:
            d[i] += t * rate
        return tuple(d)


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


def read_ends(step: Step) -> tuple[Fraction, Fraction, bool, bool]:
    """The interval of a step: first and last step, and which of them belong to it."""
    lo, hi, ends = step.rational("lo"), step.rational("hi"), step.fields["ends"]
    if not isinstance(ends, str) or ends not in _ENDS:
        raise RejectedError(f"ends: one of [] [) (] () is expected, not {show(ends)}")
    closed = _ENDS[ends]
    if lo > hi or (lo == hi and closed != (True, True)):
        raise RejectedError(f"the interval from {show(lo)} to {show(hi)} is empty")
    return lo, hi, *closed

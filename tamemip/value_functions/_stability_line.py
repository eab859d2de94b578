"""How far a convex bound from above stays the value, along a half-line."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import NamedTuple, final

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Bound, SparseVector
from tamemip.duality import (
    DualFunction,
    LeafLines,
    LeafReading,
    LineFunction,
    LineReading,
    PartsOnLine,
    Restriction,
    Target,
    covered_first,
    smallest,
)
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._line_function import line_value_function
from tamemip.value_functions._line_pieces import LineGap
from tamemip.value_functions._line_value import LineValueFunction

_ZERO, _ONE = Fraction(0), Fraction(1)

#: The half-line is searched up to twice, four times, ... the first step, so often.
_DOUBLINGS = 24


class StabilityInterval(NamedTuple):
    """Steps around 0 along a direction: ``lo <= 0 <= hi``, the ends included where closed.

    `is_proved` says that the interval is as large as can be (within the reach that was
    asked for); else a limit came first and it is a part of that.
    """

    lo: Bound
    hi: Bound
    lo_closed: bool
    hi_closed: bool
    is_proved: bool


@final
@dataclass(frozen=True, eq=False, slots=True)
class ConvexBound:
    """``v(d) <= constant + f_S(d)``: the value of the integer part of some program.

    Attributes
    ----------
    program
        The program; its right-hand side is where the lines start.
    part
        The integer part.
    constant
        In min orientation.
    """

    program: MixedIntegerProgram
    part: tuple[Fraction, ...]
    constant: Fraction

    def along(self, direction: SparseVector, length: Fraction) -> LineFunction:
        """The bound on ``rhs + t * direction``, ``0 <= t <= length``."""
        line = PartsOnLine(self.program, direction, length).read(self.part)
        if not self.constant:
            return line

        def lifted(value: Bound) -> Bound:
            return value + self.constant if isinstance(value, Fraction) else value

        return line.mapped(lifted, ())

    def has_slope_forever(self, direction: SparseVector, start: Fraction, slope: Fraction) -> bool:
        """Whether from a step on it is proved to be affine with this slope, without an end."""
        rhs = _moved(self.program, direction, start)
        piece = Restriction(self.program).piece(self.part, rhs, direction, step=_ONE)
        return piece is not None and piece.reach == math.inf and piece.slope == slope


class End(NamedTuple):
    """Where the bound stops being the value; `is_proved` unless a limit came first."""

    t: Bound
    is_closed: bool
    is_proved: bool


def interval_around(
    program: MixedIntegerProgram,
    bound: ConvexBound,
    direction: SparseVector,
    *,
    sure: tuple[Bound, Bound],
    reach: Number | None,
    limits: Limits | None,
) -> StabilityInterval:
    """The largest interval of steps around 0 in which the bound is the value.

    Parameters
    ----------
    program
        The program; its right-hand side is the step 0, and there they agree.
    bound
        The bound from above.
    direction
        By row.
    sure
        How far they are known to agree, backward and forward.
    reach, limits
        See `tamemip.value_functions.StabilityRegion.along`.
    """
    begin, limits = time.monotonic(), limits or Limits()
    far = None if reach is None else rationalize(reach, what="reach")
    if far is not None and far <= 0:
        raise InvalidInputError(f"`reach` is {far}; it has to be positive.")
    backward = tuple((i, -rate) for i, rate in direction)
    ends: list[End] = []
    for way, first in zip((backward, direction), sure, strict=True):
        left = limits.after(time.monotonic() - begin)
        if not ends and left.seconds is not None:
            left = replace(left, seconds=left.seconds / 2)  # the other way has its half
        ends.append(_end_of_agreement(program, bound, way, first=first, reach=far, limits=left))
    lo, hi = ends
    is_proved = lo.is_proved and hi.is_proved
    return StabilityInterval(-lo.t, hi.t, lo.is_closed, hi.is_closed, is_proved)


def sure_step(F: DualFunction, bound: ConvexBound, direction: SparseVector) -> Bound:
    """A step before which the dual function reaches the bound, by its first affine piece."""
    program, rhs = bound.program, bound.program.exact.rhs
    piece = Restriction(program).piece(bound.part, rhs, direction, step=_ONE)
    if piece is None:
        return _ZERO
    target = Target(piece.cost, piece.slope)
    cut = covered_first(LineReading(F, LeafLines(program, rhs)).gaps(direction, target))
    return _ZERO if cut is None else min(piece.reach, cut[0])


def _end_of_agreement(
    program: MixedIntegerProgram,
    bound: ConvexBound,
    direction: SparseVector,
    *,
    first: Bound,
    reach: Fraction | None,
    limits: Limits,
) -> End:
    """The end of the steps ``t >= 0`` up to which the bound is the value.

    The value function is computed on longer and longer intervals until the two differ, or
    until the leaves of its dual function show that they never will.

    Parameters
    ----------
    program
        The program; its right-hand side is where the line starts, and there they agree.
    bound
        The bound from above.
    direction
        By row.
    first
        They are known to agree before this step.
    reach
        The last step that is looked at, or None.
    limits
        Of all the work.
    """
    begin = time.monotonic()
    forever = End(math.inf, False, True) if reach is None else End(reach, True, True)
    if not isinstance(first, Fraction) or (reach is not None and reach < first):
        return forever
    length = 2 * first if first > 0 else _ONE
    for _ in range(_DOUBLINGS):
        length = length if reach is None else min(length, reach)
        left = limits.after(time.monotonic() - begin)
        v = line_value_function(
            program, along=dict(direction), interval=(_ZERO, length), limits=left
        )
        above = bound.along(direction, length)
        found = _first_difference(v, above)
        if found is not None:
            is_short = not found.is_proved and found.t < first
            return End(first, False, False) if is_short else found
        if length == reach:
            return End(reach, True, True)
        if _goes_on_forever(v, bound, above, direction):
            return forever
        length *= 2
    return End(length / 2, True, False)


def _first_difference(v: LineValueFunction, above: LineFunction) -> End | None:
    """The first step at which the bound is not the value; None if there is none."""
    gaps = v.gaps
    # The part itself may not have been met; where another one is better the two differ.
    met = smallest([*v.costs, above])
    every = {*met.breaks, *above.breaks, *(end for gap in gaps for end in (gap.lo, gap.hi))}
    f, g = met.refined(every), above.refined(every)
    for k, t in enumerate(g.breaks):
        if not _agree(f.at[k], g.at[k]):
            return End(t, False, True)
        if t and any(_covers(gap, t, t) for gap in gaps):
            return End(t, False, False)  # at 0 they are known to agree
        if k < len(g.between):
            # Below never lies above: affine functions that meet inside are equal.
            until = g.breaks[k + 1]
            middle = (t + until) / 2
            if not _agree(f.value(k, middle), g.value(k, middle)):
                return End(t, True, True)
            if any(_covers(gap, t, until) for gap in gaps):
                return End(t, True, False)
    return None


def _agree(low: Bound, high: Bound) -> bool:
    return isinstance(high, Fraction) and low == high


def _covers(gap: LineGap, lo: Fraction, hi: Fraction) -> bool:
    """Whether a gap covers a point, or the open interval between two points."""
    if lo < hi:
        return gap.lo <= lo and hi <= gap.hi
    is_left = gap.lo < lo or (gap.lo == lo and gap.lo_closed)
    return is_left and (lo < gap.hi or (lo == gap.hi and gap.hi_closed))


def _goes_on_forever(
    v: LineValueFunction, bound: ConvexBound, above: LineFunction, direction: SparseVector
) -> bool:
    """Whether from the end of the interval on every leaf stays at the bound, which is affine."""
    start, value = above.breaks[-1], above.at[-1]
    before, last = above.between[-1]
    if not isinstance(value, Fraction) or not isinstance(before, Fraction):
        return False
    assert isinstance(last, Fraction)
    slope = (last - before) / (start - above.breaks[-2])
    if not bound.has_slope_forever(direction, start, slope):
        return False
    return _stays_above(v.dual_function, v.rhs_at(start), direction, value, slope)


def _stays_above(
    F: DualFunction,
    rhs: tuple[Fraction, ...],
    direction: SparseVector,
    value: Fraction,
    slope: Fraction,
) -> bool:
    lines = LeafLines(F.program, rhs)
    # An attainable objective above value - g is at least the value.
    margin = Fraction(0) if slope else lines.granularity or Fraction(0)
    return any(
        all(_is_above(leaf, direction, value - margin, slope, margin > 0) for leaf in tree)
        for tree in lines.read(F)
    )


def _is_above(
    leaf: LeafReading, direction: SparseVector, level: Fraction, slope: Fraction, strict: bool
) -> bool:
    if any(line.start > 0 and line.rate(direction) >= 0 for line in leaf.guards):
        return True
    return any(
        (line.start > level if strict else line.start >= level) and line.rate(direction) >= slope
        for line in leaf.bounds
    )


def _moved(
    program: MixedIntegerProgram, direction: SparseVector, t: Fraction
) -> tuple[Fraction, ...]:
    rhs = list(program.exact.rhs)
    for i, rate in direction:
        rhs[i] += t * rate
    return tuple(rhs)

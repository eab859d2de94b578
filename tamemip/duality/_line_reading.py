"""A dual function along a line: where exactly it reaches another line.

On ``b + t d`` a leaf reaches the line ``value + slope * t`` where one of its
guards is positive (an open half-line of ``t``) or one of its bounds is high
enough (a half-line too). What no half-line covers is one interval, the leaf's
gap; the function is below the line exactly on the union of the gaps.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound, SparseVector
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._leaf_lines import LeafLines, LeafReading

Cut: TypeAlias = tuple[Bound, int]
"""A place on the line: ``(t, 0)`` is just before ``t``, ``(t, 1)`` just after it."""

AFTER_ZERO: Cut = (Fraction(0), 1)
AT_THE_END: Cut = (math.inf, 0)


@final
@dataclass(frozen=True, order=True, slots=True)
class Gap:
    """An interval of ``t`` between two cuts."""

    start: Cut
    end: Cut


_EVERYTHING = Gap(AFTER_ZERO, AT_THE_END)


@final
@dataclass(frozen=True, slots=True)
class Target:
    """The line to be reached, in min orientation: ``value + slope * t``.

    ``value`` is infinite where infeasibility is to be proved.
    """

    value: Bound
    slope: Fraction


@final
class LineReading:
    """The leaves of a dual function, read once at a right-hand side, for lines from there.

    Parameters
    ----------
    F
        The dual function.
    lines
        The reader for the right-hand side where the lines start.
    """

    def __init__(self, F: DualFunction, lines: LeafLines) -> None:
        self._trees = lines.read(F)
        self._granularity = lines.granularity

    def gaps(self, direction: SparseVector, target: Target) -> list[Gap]:
        """Where the function is *below* the target, for ``t > 0``: disjoint, in order."""
        below: list[Gap] | None = None
        # An attainable objective above value - g is at least the value.
        margin = Fraction(0) if target.slope else self._granularity or Fraction(0)
        for leaves in self._trees:
            found = _merged(_leaf_gaps(leaves, direction, target, margin))
            below = found if below is None else _intersection(below, found)
            if not below:
                return []
        return below or []


def covered_first(gaps: Sequence[Gap]) -> Cut | None:
    """How far the target is reached from ``t = 0+`` on; None if not even there."""
    if not gaps:
        return AT_THE_END
    return gaps[0].start if gaps[0].start > AFTER_ZERO else None


def covered_last(gaps: Sequence[Gap]) -> Cut | None:
    """The last place at which the target is reached; None if there is none."""
    if not gaps or gaps[-1].end < AT_THE_END:
        return AT_THE_END
    return gaps[-1].start if gaps[-1].start > AFTER_ZERO else None


def is_covered(gaps: Sequence[Gap], t: Fraction) -> bool:
    """Whether the target is reached at ``t``."""
    return not any(gap.start <= (t, 0) and (t, 1) <= gap.end for gap in gaps)


def _leaf_gaps(
    leaves: Iterable[LeafReading], direction: SparseVector, target: Target, margin: Fraction
) -> list[Gap]:
    gaps = []
    for leaf in leaves:
        gap = _leaf_gap(leaf, direction, target, margin)
        if gap == _EVERYTHING:
            return [gap]
        if gap is not None:
            gaps.append(gap)
    return gaps


def _leaf_gap(
    leaf: LeafReading, direction: SparseVector, target: Target, margin: Fraction
) -> Gap | None:
    """The interval of ``t > 0`` on which a leaf is below the target, or None."""
    upto, onward = AFTER_ZERO, AT_THE_END
    for start, rate, strict in _conditions(leaf, direction, target, margin):
        if rate == 0:
            if start > 0 or (start == 0 and not strict):
                return None
        elif rate > 0:
            onward = min(onward, (-start / rate, 1 if strict else 0))
        else:
            upto = max(upto, (-start / rate, 0 if strict else 1))
        if onward <= upto:
            return None
    return Gap(upto, onward)


def _conditions(
    leaf: LeafReading, direction: SparseVector, target: Target, margin: Fraction
) -> Iterable[tuple[Fraction, Fraction, bool]]:
    """Affine functions of ``t`` one of which has to be positive (or zero, unless strict)."""
    for guard in leaf.guards:
        yield guard.start, guard.rate(direction), True
    if isinstance(target.value, Fraction):
        for bound in leaf.bounds:
            rate = bound.rate(direction) - target.slope
            yield bound.start - target.value + margin, rate, margin > 0


def _merged(gaps: Iterable[Gap]) -> list[Gap]:
    merged: list[Gap] = []
    for gap in sorted(gaps):
        if merged and gap.start <= merged[-1].end:
            merged[-1] = Gap(merged[-1].start, max(merged[-1].end, gap.end))
        else:
            merged.append(gap)
    return merged


def _intersection(first: Sequence[Gap], second: Sequence[Gap]) -> list[Gap]:
    both = []
    for a in first:
        for b in second:
            start, end = max(a.start, b.start), min(a.end, b.end)
            if start < end:
                both.append(Gap(start, end))
    return sorted(both)

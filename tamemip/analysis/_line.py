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
from tamemip.duality import DualFunction
from tamemip.functions import AffineFunction, LeafMinimum

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


@final
@dataclass(frozen=True, slots=True)
class Target:
    """The line to be reached, in min orientation: ``value + slope * t``.

    ``value`` is infinite where infeasibility is to be proved.
    """

    value: Bound
    slope: Fraction


@final
class _Affine:
    """An affine function of the rhs, with its value at the line's start."""

    __slots__ = ("start", "weights")

    def __init__(self, function: AffineFunction, rhs: Sequence[Fraction]) -> None:
        self.start = function.exact(rhs)
        self.weights = dict(function.weights)

    def rate(self, direction: SparseVector) -> Fraction:
        zero = Fraction(0)
        return sum((self.weights.get(i, zero) * v for i, v in direction), zero)


@final
@dataclass(frozen=True, slots=True)
class _LeafReading:
    bounds: tuple[_Affine, ...]
    guards: tuple[_Affine, ...]


@final
class LineReading:
    """The leaves of a dual function, read once at a right-hand side, for lines from there.

    Parameters
    ----------
    F
        The dual function.
    rhs
        Where the lines start.
    """

    def __init__(self, F: DualFunction, rhs: Sequence[Fraction]) -> None:
        self._functions = [_read(function, rhs) for function in F.functions]
        self._granularity = [function.granularity for function in F.functions]

    def gaps(self, direction: SparseVector, target: Target) -> list[Gap]:
        """Where the function is *below* the target, for ``t > 0``: disjoint, in order."""
        below: list[Gap] | None = None
        for leaves, granularity in zip(self._functions, self._granularity, strict=True):
            # An attainable objective above value - g is at least the value.
            margin = granularity if granularity is not None and not target.slope else Fraction(0)
            found = _merged(
                gap
                for leaf in leaves
                if (gap := _leaf_gap(leaf, direction, target, margin)) is not None
            )
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


def _read(function: LeafMinimum, rhs: Sequence[Fraction]) -> list[_LeafReading]:
    known: dict[int, _Affine] = {}

    def affine(f: AffineFunction) -> _Affine:
        made = known.get(id(f))
        if made is None:
            made = known[id(f)] = _Affine(f, rhs)
        return made

    return [
        _LeafReading(
            tuple(affine(f) for f in leaf.bounds), tuple(affine(f) for f in leaf.guards)
        )
        for leaf in function.leaves
    ]


def _leaf_gap(
    leaf: _LeafReading, direction: SparseVector, target: Target, margin: Fraction
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
    leaf: _LeafReading, direction: SparseVector, target: Target, margin: Fraction
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

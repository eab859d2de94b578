"""Piecewise affine functions of one number: what a term is along a line."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias, final

from tamemip.certificates import Bound

Piece: TypeAlias = tuple[Bound, Bound]
"""The limits of an affine function at the two ends of an open interval."""


@final
@dataclass(frozen=True, eq=False, slots=True)
class LineFunction:
    """A function on a closed interval, affine or infinite between its breaks.

    Attributes
    ----------
    breaks
        Rising, the ends of the interval among them.
    at
        The values at the breaks.
    between
        For every open interval between two breaks the limits at its ends.
    """

    breaks: tuple[Fraction, ...]
    at: tuple[Bound, ...]
    between: tuple[Piece, ...]

    @classmethod
    def affine(cls, lo: Fraction, hi: Fraction, at_lo: Bound, at_hi: Bound) -> LineFunction:
        """An affine function by its values at the ends, or an infinite constant."""
        if lo == hi:
            return cls((lo,), (at_lo,), ())
        return cls((lo, hi), (at_lo, at_hi), ((at_lo, at_hi),))

    def value(self, k: int, s: Fraction) -> Bound:
        """The value inside of the interval with number `k`."""
        return _between(self.breaks[k], self.breaks[k + 1], self.between[k], s)

    def exactly(self, s: Fraction) -> Bound:
        """The value anywhere in the interval."""
        k = bisect_left(self.breaks, s)
        return self.at[k] if self.breaks[k] == s else self.value(k - 1, s)

    def refined(self, more: Iterable[Fraction]) -> LineFunction:
        """The same function with more breaks."""
        added = sorted(set(more) - set(self.breaks))
        if not added:
            return self
        breaks, at, between = [self.breaks[0]], [self.at[0]], list[Piece]()
        waiting = iter([*added, None])
        following = next(waiting)
        for k, (lo, hi) in enumerate(pairwise(self.breaks)):
            left = self.between[k][0]
            while following is not None and following < hi:
                if following > lo:
                    here = self.value(k, following)
                    breaks.append(following)
                    at.append(here)
                    between.append((left, here))
                    left = here
                following = next(waiting)
            breaks.append(hi)
            at.append(self.at[k + 1])
            between.append((left, self.between[k][1]))
        return LineFunction(tuple(breaks), tuple(at), tuple(between))

    def mapped(
        self, function: Callable[[Bound], Bound], breaks: Iterable[Fraction]
    ) -> LineFunction:
        """``function(f(s))``, which is affine between the old breaks and these."""
        fine = self.refined(breaks)
        pieces = []
        for k, (lo, hi) in enumerate(pairwise(fine.breaks)):
            # Two inner points: at the ends the function may jump.
            first, second = (2 * lo + hi) / 3, (lo + 2 * hi) / 3
            u, v = function(fine.value(k, first)), function(fine.value(k, second))
            pieces.append(_extended(u, v))
        return LineFunction(fine.breaks, tuple(map(function, fine.at)), tuple(pieces)).thinned()

    def crossings(
        self, levels: Callable[[Fraction, Fraction], Iterable[Fraction]]
    ) -> list[Fraction]:
        """Where the function passes certain levels inside of its pieces.

        Parameters
        ----------
        levels
            The levels strictly between two values, the lower one first.
        """
        found = []
        for (lo, hi), (u, v) in zip(pairwise(self.breaks), self.between, strict=True):
            if isinstance(u, Fraction) and isinstance(v, Fraction) and u != v:
                found += [
                    lo + (level - u) / (v - u) * (hi - lo) for level in levels(min(u, v), max(u, v))
                ]
        return found

    def thinned(self) -> LineFunction:
        """Without the breaks where nothing happens."""
        breaks, at, between = [self.breaks[0]], [self.at[0]], list[Piece]()
        for k, (lo, hi) in enumerate(pairwise(self.breaks)):
            piece = self.between[k]
            if between and _is_smooth(breaks[-2:], between[-1], at[-1], piece, hi):
                between[-1] = (between[-1][0], piece[1])
                breaks[-1], at[-1] = hi, self.at[k + 1]
            else:
                assert breaks[-1] == lo
                breaks.append(hi)
                at.append(self.at[k + 1])
                between.append(piece)
        return LineFunction(tuple(breaks), tuple(at), tuple(between))


def _between(lo: Fraction, hi: Fraction, piece: Piece, s: Fraction) -> Bound:
    u, v = piece
    if not isinstance(u, Fraction) or not isinstance(v, Fraction):
        return u
    return u + (v - u) * (s - lo) / (hi - lo)


def _extended(u: Bound, v: Bound) -> Piece:
    """The limits at the ends from the values at a third and at two thirds."""
    if isinstance(u, Fraction) and isinstance(v, Fraction):
        return 2 * u - v, 2 * v - u
    return u, v


def _is_smooth(
    ends: Sequence[Fraction], before: Piece, at: Bound, after: Piece, hi: Fraction
) -> bool:
    (u, v), (w, z) = before, after
    if not all(isinstance(x, Fraction) for x in (u, v, at, w, z)):
        return u == v == at == w == z
    lo, middle = ends
    return v == at == w and (v - u) * (hi - middle) == (z - w) * (middle - lo)


def combined(
    functions: Sequence[LineFunction],
    operation: Callable[[Sequence[Bound]], Bound],
    breaks: Iterable[Fraction] = (),
) -> LineFunction:
    """``operation(f_1(s), f_2(s), ...)``, affine between all breaks and these."""
    every = {s for f in functions for s in f.breaks} | set(breaks)
    fine = [f.refined(every) for f in functions]
    points = fine[0].breaks
    at = tuple(operation([f.at[k] for f in fine]) for k in range(len(points)))
    pieces = []
    for k, (lo, hi) in enumerate(pairwise(points)):
        first, second = (2 * lo + hi) / 3, (lo + 2 * hi) / 3
        u = operation([f.value(k, first) for f in fine])
        v = operation([f.value(k, second) for f in fine])
        pieces.append(_extended(u, v))
    return LineFunction(points, at, tuple(pieces)).thinned()


def largest(functions: Sequence[LineFunction]) -> LineFunction:
    """The pointwise maximum."""
    return _extreme(functions, max)


def smallest(functions: Sequence[LineFunction]) -> LineFunction:
    """The pointwise minimum."""
    return _extreme(functions, min)


def _extreme(
    functions: Sequence[LineFunction], operation: Callable[[Sequence[Bound]], Bound]
) -> LineFunction:
    # Halves first: the breaks of an envelope are few, those of all functions are many.
    if len(functions) > 2:
        middle = len(functions) // 2
        halves = (functions[:middle], functions[middle:])
        return _extreme([_extreme(half, operation) for half in halves], operation)
    if len(functions) == 1:
        return functions[0]
    first, second = functions
    return combined(functions, operation, _meetings(first, second))


def _meetings(first: LineFunction, second: LineFunction) -> list[Fraction]:
    """Where two functions cross inside of their pieces."""
    every = {*first.breaks, *second.breaks}
    f, g = first.refined(every), second.refined(every)
    found = []
    for k, (lo, hi) in enumerate(pairwise(f.breaks)):
        (u, v), (w, z) = f.between[k], g.between[k]
        if not all(isinstance(x, Fraction) for x in (u, v, w, z)):
            continue
        left, right = u - w, v - z
        if left * right < 0:
            found.append(lo + Fraction(left / (left - right)) * (hi - lo))
    return found


def total(weighted: Sequence[tuple[Fraction, LineFunction]]) -> LineFunction:
    """A sum of multiples; ``inf`` wins, then ``-inf``."""
    weights = [w for w, _ in weighted]

    def add(values: Sequence[Bound]) -> Bound:
        terms = [w * v for w, v in zip(weights, values, strict=True)]
        infinite = [v for v in terms if not isinstance(v, Fraction)]
        if infinite:
            return max(infinite)
        return sum((v for v in terms if isinstance(v, Fraction)), Fraction(0))

    return combined([f for _, f in weighted], add)


def integers_between(low: Fraction, high: Fraction) -> Iterable[Fraction]:
    """The integers strictly between two values."""
    return map(Fraction, range(math.floor(low) + 1, math.ceil(high)))

"""Where a dual function reaches a target along a line: floats first, then exactly.

Most leaves are far above the target on a whole piece; floats with a safe margin see
that in bulk. Those that are not, the tight ones above all, are read in rationals.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.certificates import SparseVector
from tamemip.duality import Cut, DualFunction, Gap, LeafLine, LeafLines, LeafReading, Target

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Relative to the sizes of all terms, millions of times their rounding errors.
_MARGIN = 1e-9

_Affine = tuple[Fraction, Fraction]
"""Value at t = 0, and rate."""


@final
class LineRates:
    """Rates of leaf lines along one direction, remembered: most leaves share multipliers."""

    def __init__(self, direction: SparseVector) -> None:
        self._direction = direction
        self._known: dict[int, tuple[LeafLine, Fraction]] = {}

    def of(self, line: LeafLine) -> Fraction:
        """The rate of a line."""
        key = id(line.weights)
        known = self._known.get(key)
        if known is None:
            # The line is kept as well, so that no other weights get their id.
            known = self._known[key] = (line, line.rate(self._direction))
        return known[1]


@final
class LineCover:
    """A dual function read along a line.

    Parameters
    ----------
    F, lines, rates
        The function, the reader of its leaves at the start of the line, and their rates.
    """

    def __init__(self, F: DualFunction, lines: LeafLines, rates: LineRates) -> None:
        granularity = lines.granularity or Fraction(0)
        self._trees = [_TreeOnLine.of(leaves, rates, granularity) for leaves in lines.read(F)]

    def gaps(self, piece: Gap, target: Target) -> list[Gap]:
        """Where in a piece the function is below the target: disjoint, in order."""
        below = [piece]
        for tree in self._trees:
            below = [gap for part in below for gap in tree.gaps(part, target)]
        return below


@final
@dataclass(frozen=True, eq=False, slots=True)
class _TreeOnLine:
    """The leaves of a tree: guards, then bounds, exactly and as floats.

    `firsts` has the first row of each leaf in the arrays of floats.
    """

    leaves: Sequence[tuple[Sequence[_Affine], Sequence[_Affine]]]
    values: NDArray[np.float64]
    rates: NDArray[np.float64]
    is_guard: NDArray[np.bool_]
    firsts: NDArray[np.intp]
    granularity: Fraction

    @classmethod
    def of(
        cls, readings: Sequence[LeafReading], rates: LineRates, granularity: Fraction
    ) -> _TreeOnLine:
        def affine(lines: Sequence[LeafLine]) -> list[_Affine]:
            return [(line.start, rates.of(line)) for line in lines]

        leaves = [(affine(leaf.guards), affine(leaf.bounds)) for leaf in readings]
        # A row that reaches nothing stands before those of each leaf.
        rows = [
            row
            for guards, bounds in leaves
            for row in ((-math.inf, 0, True), *_floats(guards, True), *_floats(bounds, False))
        ]
        firsts = np.cumsum([0, *(1 + len(g) + len(b) for g, b in leaves)])[:-1]
        values, slopes, is_guard = (np.array(column) for column in zip(*rows, strict=True))
        return cls(leaves, values, slopes, is_guard.astype(bool), firsts, granularity)

    def gaps(self, piece: Gap, target: Target) -> list[Gap]:
        found: list[Gap] = []
        for k in self._unsure(piece, target):
            gap = self._gap(k, piece, target)
            if gap == piece:
                return [piece]
            if gap is not None:
                found.append(gap)
        return _merged(found)

    def _unsure(self, piece: Gap, target: Target) -> NDArray[np.intp]:
        """The leaves of which floats cannot tell that they reach the target everywhere."""
        least = np.full(len(self.values), math.inf)
        for t in {float(piece.start[0]), float(piece.end[0])}:
            goal = float(target.value) + float(target.slope) * t
            size = 1 + abs(self.values) + abs(self.rates * t)
            if math.isfinite(goal):
                size += abs(float(target.value)) + abs(float(target.slope) * t)
            excess = self.values + self.rates * t - np.where(self.is_guard, 0.0, goal)
            # What never reaches anything is infinite on both sides.
            safe = np.where(np.isfinite(size), excess - _MARGIN * size, -math.inf)
            least = np.minimum(least, safe)
        return np.flatnonzero(np.maximum.reduceat(least, self.firsts) <= 0)

    def _gap(self, k: int, piece: Gap, target: Target) -> Gap | None:
        """The part of a piece on which a leaf is below the target, or None."""
        start, end = piece.start, piece.end
        for value, rate, is_strict in self._conditions(k, target):
            if rate == 0:
                if value > 0 or (value == 0 and not is_strict):
                    return None
                continue
            zero: Cut = (-value / rate, int(is_strict) if rate > 0 else 1 - int(is_strict))
            if rate > 0:
                end = min(end, zero)
            else:
                start = max(start, zero)
            if end <= start:
                return None
        return Gap(start, end)

    def _conditions(self, k: int, target: Target) -> Iterator[tuple[Fraction, Fraction, bool]]:
        """Affine functions one of which has to be positive (or zero, unless strict)."""
        guards, bounds = self.leaves[k]
        for value, rate in guards:
            yield value, rate, True
        if isinstance(target.value, Fraction):
            # An attainable objective above value - g is at least the value.
            margin = Fraction(0) if target.slope else self.granularity
            for value, rate in reversed(bounds):
                yield value - target.value + margin, rate - target.slope, margin > 0


def _floats(lines: Sequence[_Affine], is_guard: bool) -> Iterator[tuple[float, float, bool]]:
    return ((float(value), float(rate), is_guard) for value, rate in lines)


def _merged(gaps: Sequence[Gap]) -> list[Gap]:
    merged: list[Gap] = []
    for gap in sorted(gaps):
        if merged and gap.start <= merged[-1].end:
            merged[-1] = Gap(merged[-1].start, max(merged[-1].end, gap.end))
        else:
            merged.append(gap)
    return merged

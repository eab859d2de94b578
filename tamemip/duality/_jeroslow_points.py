"""The right-hand sides at which a Jeroslow formula needs the values of its integer program."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from tamemip.duality._jeroslow_bases import DualFeasibleBasis, ScaledProgram
from tamemip.duality._value_formula_lattice import Integers, LatticeProgram, require_small
from tamemip.errors import NotAllowedError

#: Right-hand sides of the integer program, at most.
_MOST_POINTS = 20_000

Interval = tuple[Fraction, Fraction]


def rounded_points(
    scaled: ScaledProgram, lattice: LatticeProgram, intervals: Sequence[Interval]
) -> Integers:
    """``floor_E(b)`` for all ``b`` in a box and all bases, in units of the rows, rounded up.

    A superset where several rows move: ``floor(M A_E^{-1} b)`` runs through a product.
    Rows with integer columns only are not rounded, and count where they are on their lattice.
    """
    found: dict[tuple[int, ...], None] = {}
    for basis in scaled.bases:
        for coordinates in _floors(_Segments.of(scaled, lattice, basis, intervals)):
            point = _in_units(scaled, lattice, basis, coordinates)
            if point is not None:
                found[point] = None
            if len(found) > _MOST_POINTS:
                raise NotAllowedError(
                    f"the formula needs the values of its integer program at more than "
                    f"{_MOST_POINTS} right-hand sides (scale M = {scaled.M}): take a "
                    "smaller domain."
                )
    points = sorted(found)
    require_small(k for point in points for k in point)
    return np.array(points, dtype=np.int64).reshape(len(points), len(lattice.units))


def read_point(
    scaled: ScaledProgram, lattice: LatticeProgram, basis: DualFeasibleBasis, e: Sequence[Fraction]
) -> tuple[int, ...] | None:
    """Where the bracket of a basis reads ``z_M`` for one right-hand side; None off a lattice."""
    rounded = [Fraction(math.floor(scaled.M * v)) for v in basis.coordinates(e)]
    whole = (e[q] / lattice.units[q] for q in scaled.rows.whole)
    return _in_units(scaled, lattice, basis, [*rounded, *whole])


def _in_units(
    scaled: ScaledProgram,
    lattice: LatticeProgram,
    basis: DualFeasibleBasis,
    coordinates: Sequence[Fraction],
) -> tuple[int, ...] | None:
    """The lattice point of some coordinates: those of the basis, then the whole rows."""
    n = len(basis.inverse)
    t = list(basis.point([int(v) for v in coordinates[:n]], scaled.M))
    for q, value in zip(scaled.rows.whole, coordinates[n:], strict=True):
        if value.denominator != 1:
            return None
        t[q] = value * lattice.units[q]
    return tuple(math.ceil(v / unit) for v, unit in zip(t, lattice.units, strict=True))


@final
@dataclass(frozen=True, slots=True)
class _Segments:
    """``M A_E^{-1} b``, then the whole rows in their units: ``start + sum of s_i moves_i``.

    Every ``s_i`` runs through ``[0, 1]``; `n_rounded` entries are rounded down.
    """

    start: tuple[Fraction, ...]
    moves: tuple[tuple[Fraction, ...], ...]
    n_rounded: int

    @classmethod
    def of(
        cls,
        scaled: ScaledProgram,
        lattice: LatticeProgram,
        basis: DualFeasibleBasis,
        intervals: Sequence[Interval],
    ) -> _Segments:
        def read(b: Sequence[Fraction]) -> tuple[Fraction, ...]:
            e = scaled.rows.rhs_of(b)
            rounded = (scaled.M * v for v in basis.coordinates(e))
            return (*rounded, *(e[q] / lattice.units[q] for q in scaled.rows.whole))

        low = [lo for lo, _ in intervals]
        start = read(low)
        moves = [
            tuple(v - w for v, w in zip(read([*low[:i], hi, *low[i + 1 :]]), start, strict=True))
            for i, (lo, hi) in enumerate(intervals)
            if lo < hi
        ]
        return cls(start, tuple(moves), len(basis.inverse))


def _floors(segments: _Segments) -> Iterator[tuple[Fraction, ...]]:
    if len(segments.moves) == 1:
        yield from _along(segments)
        return
    ranges = []
    for k, value in enumerate(segments.start):
        moves = [move[k] for move in segments.moves]
        low = value + sum((v for v in moves if v < 0), Fraction(0))
        high = value + sum((v for v in moves if v > 0), Fraction(0))
        first = math.floor(low) if k < segments.n_rounded else math.ceil(low)
        ranges.append(range(first, math.floor(high) + 1))
    count = math.prod(len(r) for r in ranges)
    if count > 50 * _MOST_POINTS:
        raise NotAllowedError(
            f"the domain is too large: at one basis alone it is rounded to {count} right-hand "
            "sides. Take a smaller one."
        )
    for whole in itertools.product(*ranges):
        yield tuple(map(Fraction, whole))


def _along(segments: _Segments) -> Iterator[tuple[Fraction, ...]]:
    """The values of the floors for ``0 <= s <= 1``: at the breaks and between them."""
    (move,) = segments.moves
    breaks = {Fraction(0), Fraction(1)}
    for value, slope in zip(segments.start, move, strict=True):
        if slope:
            ends = sorted((value, value + slope))
            if ends[1] - ends[0] > 4 * _MOST_POINTS:
                raise NotAllowedError(
                    f"the domain is too large: it is rounded to {math.floor(ends[1] - ends[0])} "
                    "right-hand sides. Take a smaller one."
                )
            steps = range(math.ceil(ends[0]), math.floor(ends[1]) + 1)
            breaks.update((k - value) / slope for k in steps)
    places = sorted(breaks)
    between = [(s + t) / 2 for s, t in itertools.pairwise(places)]
    n = segments.n_rounded
    for s in sorted((*places, *between)):
        here = [v + s * slope for v, slope in zip(segments.start, move, strict=True)]
        yield (*(Fraction(math.floor(v)) for v in here[:n]), *here[n:])

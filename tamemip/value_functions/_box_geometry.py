"""Polytopes with exact vertices, cut by planes.

Everything is in integers: a vertex is ``(w, x_1, ..., x_k)`` with ``w > 0`` for the point
``x / w``, a plane ``(h_0, h_1, ..., h_k)``; their product has the sign of the plane there.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from operator import mul
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.value_functions._box_cells import BoxSide, Plane, Theta

if TYPE_CHECKING:
    from numpy.typing import NDArray

Integers: TypeAlias = tuple[int, ...]

#: Denominators that data seldom have: inner points with them lie on few planes.
_DENOMINATORS = (13, 13 * 17, 13 * 17 * 19, 13 * 17 * 19 * 23)
#: An inner point is moved by at most this share of the extent, to have a short denominator.
_SHARE = Fraction(1, 8)


def product(a: Sequence[int], b: Sequence[int]) -> int:
    """The inner product."""
    return sum(map(mul, a, b))


def primitive(numbers: Sequence[int]) -> Integers:
    """Without common divisors."""
    g = math.gcd(*numbers)
    return tuple(numbers) if g <= 1 else tuple(v // g for v in numbers)


def homogeneous(theta: Sequence[Fraction]) -> Integers:
    """A point as integers."""
    w = math.lcm(*(v.denominator for v in theta))
    return (w, *(v.numerator * (w // v.denominator) for v in theta))


def point_of(vertex: Integers) -> Theta:
    """The point of a vertex."""
    return tuple(Fraction(x, vertex[0]) for x in vertex[1:])


@final
@dataclass(frozen=True, eq=False)
class Polytope:
    """A polytope without some of its faces: inequalities, and its exact vertices.

    Attributes
    ----------
    rows
        Inequalities ``row >= 0`` on the polytope.
    strict
        A bit for each row that is strict.
    vertices
        Of the closed polytope.
    tight
        For each vertex a bit for each row that is 0 there.
    """

    rows: tuple[Integers, ...]
    strict: int
    vertices: tuple[Integers, ...]
    tight: tuple[int, ...]

    @classmethod
    def of_box(cls, lows: Theta, highs: Theta) -> Polytope:
        """A closed box."""
        k = len(lows)
        rows: list[Integers] = []
        for i, (lo, hi) in enumerate(zip(lows, highs, strict=True)):
            for sign, end in ((1, lo), (-1, hi)):
                row = [0] * (k + 1)
                row[0], row[1 + i] = -sign * end.numerator, sign * end.denominator
                rows.append(tuple(row))
        vertices, tight = [], []
        for choice in itertools.product((0, 1), repeat=k):
            theta = [(lows, highs)[side][i] for i, side in enumerate(choice)]
            vertices.append(homogeneous(theta))
            tight.append(sum(1 << (2 * i + side) for i, side in enumerate(choice)))
        return cls(tuple(rows), 0, tuple(vertices), tuple(tight))

    @classmethod
    def of_point(cls, theta: Sequence[Fraction]) -> Polytope:
        """A single point, without rows."""
        return cls((), 0, (homogeneous(theta),), (0,))

    @property
    def dimension(self) -> int:
        """Number of parameters."""
        return len(self.vertices[0]) - 1

    @cached_property
    def floats(self) -> NDArray[np.float64]:
        """The vertices as columns ``(1, x)`` of an array of shape ``(k + 1, n)``."""
        return np.array([[x / v[0] for x in v] for v in self.vertices]).T

    def cut(self, row: Integers, *, is_strict: bool) -> Polytope | None:
        """What is on the side ``row >= 0``, or ``row > 0``; None if that is nothing."""
        signs = [product(row, v) for v in self.vertices]
        bit = 1 << len(self.rows)
        strict = self.strict | (bit if is_strict else 0)
        kept = [k for k, s in enumerate(signs) if s >= 0]
        vertices = [self.vertices[k] for k in kept]
        tight = [self.tight[k] | (bit if signs[k] == 0 else 0) for k in kept]
        for up, down in self._crossed(signs):
            u, d = self.vertices[up], self.vertices[down]
            vertices.append(
                primitive([signs[up] * y - signs[down] * x for x, y in zip(u, d, strict=True)])
            )
            tight.append(self.tight[up] & self.tight[down] | bit)
        if not vertices or _all_in(tight) & strict:
            return None
        return Polytope((*self.rows, row), strict, tuple(vertices), tuple(tight))

    def _crossed(self, signs: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Edges with a positive and a negative end."""
        ups = [k for k, s in enumerate(signs) if s > 0]
        downs = [k for k, s in enumerate(signs) if s < 0]
        for u, d in itertools.product(ups, downs):
            common = self.tight[u] & self.tight[d]
            # Two vertices are the ends of an edge if no other one lies on all their faces.
            if common.bit_count() >= self.dimension - 1 and not any(
                common & ~t == 0 for k, t in enumerate(self.tight) if k not in (u, d)
            ):
                yield u, d

    def is_positive(self, values: Sequence[int]) -> bool:
        """Whether an affine function is positive on the polytope, by its signs at the vertices.

        Its zeros are a face; that has to lie in a face that is left out.
        """
        if min(values) < 0:
            return False
        zeros = [t for t, value in zip(self.tight, values, strict=True) if value == 0]
        return not zeros or _all_in(zeros) & self.strict != 0

    def values(self, row: Sequence[int]) -> list[int]:
        """Signs of an affine function at the vertices."""
        return [product(row, v) for v in self.vertices]

    # -- points ------------------------------------------------------------------------

    def inner_point(self) -> Theta:
        """A point of the relative interior, on few planes, with short denominators."""
        points = [point_of(v) for v in self.vertices]
        if len(points) == 1:
            return points[0]
        # Uneven weights: symmetric polytopes have kinks in their middle.
        weights = [Fraction(7 + (5 * k) % 4) for k in range(len(points))]
        total = sum(weights)
        middle = tuple(
            sum((w * p[i] for w, p in zip(weights, points, strict=True)), Fraction(0)) / total
            for i in range(self.dimension)
        )
        extents = [max(c) - min(c) for c in zip(*points, strict=True)]
        short = tuple(_short(x, e * _SHARE) for x, e in zip(middle, extents, strict=True))
        return short if self.is_interior(short) else middle

    def is_interior(self, theta: Theta) -> bool:
        """Whether all rows are positive at a point."""
        vertex = homogeneous(theta)
        return all(product(row, vertex) > 0 for row in self.rows)

    def holds(self, theta: Theta) -> bool:
        """Whether a point belongs to the polytope."""
        vertex = homogeneous(theta)
        signs = [product(row, vertex) for row in self.rows]
        return all(s > 0 if self.strict >> i & 1 else s >= 0 for i, s in enumerate(signs))

    def facets(self) -> Iterator[tuple[Integers, bool]]:
        """The rows that touch it, and whether they are strict."""
        touched = 0
        for t in self.tight:
            touched |= t
        for i, row in enumerate(self.rows):
            if touched >> i & 1:
                yield row, bool(self.strict >> i & 1)

    def sides(self, first: int) -> tuple[BoxSide, ...]:
        """The rows from one on that are not superfluous; those before them are known."""
        return tuple(
            BoxSide(Plane.of(row), bool(self.strict >> i & 1))
            for i, row in enumerate(self.rows)
            if i >= first and self._is_needed(i)
        )

    def _is_needed(self, i: int) -> bool:
        """Whether a row is more than what the others say.

        It is not if it touches no vertex, or no more than another row that touches some
        vertices, but not all: facets touch the most.
        """
        touched = self._touched
        mine, is_strict = touched[i], self.strict >> i & 1
        everywhere = (1 << len(self.vertices)) - 1
        for j, other in enumerate(touched):
            is_as_good = self.strict >> j & 1 or not is_strict
            if other == mine:
                # Of equal rows the first one stays; both sides of a lower-dimensional cell do.
                if j < i and is_as_good and (mine != everywhere or self._is_same(i, j)):
                    return False
                if j > i and self.strict >> j & 1 and not is_strict and mine != everywhere:
                    return False
            elif other != everywhere and mine & ~other == 0 and is_as_good:
                return False
        return mine != 0

    def _is_same(self, i: int, j: int) -> bool:
        return primitive(self.rows[i]) == primitive(self.rows[j])

    @cached_property
    def _touched(self) -> list[int]:
        """For each row a bit for each vertex where it is 0."""
        return [
            sum(1 << k for k, t in enumerate(self.tight) if t >> i & 1)
            for i in range(len(self.rows))
        ]


def _all_in(masks: Sequence[int]) -> int:
    common = -1
    for mask in masks:
        common &= mask
    return common


def _short(x: Fraction, room: Fraction) -> Fraction:
    """A number close to another one, with a short and seldom denominator."""
    for q in _DENOMINATORS:
        if room * q >= 1:
            up = round(x * q)
            return Fraction(up if up % 13 else up + 1, q)
    return x

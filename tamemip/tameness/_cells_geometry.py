"""Convex polygons and intervals, bounded or not, cut by lines, with exact vertices.

An unbounded region is the part of it in a box with ends ``-M`` and ``M``, for a number M
that is greater than every other number. The coordinates of vertices are then ``b*M + a``;
as pairs ``(b, a)`` they are in the order of pairs.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound, Enclosure
from tamemip.value_functions import AffineForm

Far: TypeAlias = tuple[Fraction, Fraction]
"""``(b, a)`` for ``b*M + a``."""

_0, _1 = Fraction(0), Fraction(1)
ZERO: Far = (_0, _0)


@final
@dataclass(frozen=True, slots=True)
class Row:
    """The inequality ``far*M + form >= 0``, or ``> 0``."""

    form: AffineForm
    far: Fraction
    is_strict: bool

    def at(self, vertex: Sequence[Far]) -> Far:
        """The value of the left side."""
        b, a = value_at(self.form, vertex)
        return b + self.far, a

    def holds(self, point: Sequence[Fraction]) -> bool:
        """Whether a point satisfies it."""
        if self.far:
            return self.far > 0
        value = self.form.at(point)
        return value > 0 if self.is_strict else value >= 0


@final
@dataclass(frozen=True, eq=False, slots=True)
class Region:
    """An interval or a convex polygon without some of its sides.

    Attributes
    ----------
    rows
        What holds on it.
    vertices
        Of its closure.
    tight
        For each vertex a bit for each row that is 0 there.
    """

    rows: tuple[Row, ...]
    vertices: tuple[tuple[Far, ...], ...]
    tight: tuple[int, ...]

    @classmethod
    def of_box(cls, intervals: Sequence[Enclosure]) -> Region:
        """A box."""
        k, rows = len(intervals), []
        for i, e in enumerate(intervals):
            for sign, end, is_open in ((1, e.low, e.low_open), (-1, e.high, e.high_open)):
                rows.append(_box_row(k, i, sign, end, is_open=is_open))
        ends = [(_far(e.low), _far(e.high)) for e in intervals]
        vertices = tuple(dict.fromkeys(itertools.product(*ends)))
        tight = tuple(
            sum(1 << r for r, row in enumerate(rows) if row.at(v) == ZERO) for v in vertices
        )
        return cls(tuple(rows), vertices, tight)

    @property
    def dimension(self) -> int:
        """Number of coordinates."""
        return len(self.vertices[0])

    @property
    def is_point(self) -> bool:
        """Whether it has one point only."""
        return len(self.vertices) == 1

    def cut(self, form: AffineForm, *, is_strict: bool = False) -> Region | None:
        """Where ``form >= 0``, or ``form > 0``; None if that is nowhere, itself if everywhere."""
        values = [value_at(form, v) for v in self.vertices]
        zeros = [t for t, s in zip(self.tight, values, strict=True) if s == ZERO]
        if min(values) >= ZERO and (not (is_strict and zeros) or _is_left_out(self.rows, zeros)):
            return self
        bit = 1 << len(self.rows)
        kept = [i for i, s in enumerate(values) if s >= ZERO]
        vertices = [self.vertices[i] for i in kept]
        tight = [self.tight[i] | (bit if values[i] == ZERO else 0) for i in kept]
        for up, down in self._crossed(values):
            vertices.append(
                tuple(
                    _between(values[up], values[down], u, d)
                    for u, d in zip(self.vertices[up], self.vertices[down], strict=True)
                )
            )
            tight.append(self.tight[up] & self.tight[down] | bit)
        rows = (*self.rows, Row(form, _0, is_strict))
        if not vertices or _is_left_out(rows, tight):
            return None
        return Region(rows, tuple(vertices), tuple(tight))

    def face(self, form: AffineForm) -> Region | None:
        """Where ``form = 0``."""
        half = self.cut(form)
        return None if half is None else half.cut(minus(form))

    def span(self, form: AffineForm) -> tuple[Far, Far]:
        """The least and the greatest value on the closure."""
        values = [value_at(form, v) for v in self.vertices]
        return min(values), max(values)

    def vanishes(self, form: AffineForm) -> bool:
        """Whether a form is 0 everywhere on it."""
        return all(value_at(form, v) == ZERO for v in self.vertices)

    def holds(self, point: Sequence[Fraction]) -> bool:
        """Whether a point belongs to it."""
        return all(row.holds(point) for row in self.rows)

    def inner_point(self) -> tuple[Fraction, ...]:
        """A point of the relative interior."""
        points = self.near_vertices()
        count = len(points)
        return tuple(sum(c, _0) / count for c in zip(*points, strict=True))

    def near_vertices(self) -> list[tuple[Fraction, ...]]:
        """The vertices with a number in the place of M that is large enough for this region."""
        values = [row.at(v) for row in self.rows for v in self.vertices if not row.far]
        values += [x for v in self.vertices for x in v]
        m = Fraction(1 + max((math.ceil(abs(a / b)) for b, a in values if b), default=0))
        return [tuple(b * m + a for b, a in v) for v in self.vertices]

    def is_open_at(self, i: int) -> bool:
        """Whether a vertex does not belong to it."""
        return _is_left_out(self.rows, [self.tight[i]]) or any(b for b, _ in self.vertices[i])

    def _crossed(self, values: Sequence[Far]) -> Iterator[tuple[int, int]]:
        """Edges with a positive and a negative end."""
        ups = [i for i, s in enumerate(values) if s > ZERO]
        downs = [i for i, s in enumerate(values) if s < ZERO]
        for u, d in itertools.product(ups, downs):
            common = self.tight[u] & self.tight[d]
            # Two vertices are the ends of an edge if no other one lies on all their sides.
            if common.bit_count() >= self.dimension - 1 and not any(
                common & ~t == 0 for i, t in enumerate(self.tight) if i not in (u, d)
            ):
                yield u, d


def value_at(form: AffineForm, vertex: Sequence[Far]) -> Far:
    """The value of a form at a vertex."""
    b, a = _0, form.constant
    for w, (far, near) in zip(form.coefficients, vertex, strict=True):
        if w:
            b, a = b + w * far, a + w * near
    return b, a


def bound_of(value: Far) -> Bound:
    """The number, or the infinity that it stands for."""
    b, a = value
    return a if not b else math.copysign(math.inf, b)


def plus(f: AffineForm, g: AffineForm, factor: Fraction = _1) -> AffineForm:
    """``f + factor*g``."""
    pairs = zip(f.coefficients, g.coefficients, strict=True)
    return AffineForm(f.constant + factor * g.constant, tuple(a + factor * b for a, b in pairs))


def times(f: AffineForm, factor: Fraction) -> AffineForm:
    """A multiple."""
    return AffineForm(factor * f.constant, tuple(factor * a for a in f.coefficients))


def minus(f: AffineForm) -> AffineForm:
    """The negative."""
    return times(f, -_1)


def constant_form(value: Fraction, dimension: int) -> AffineForm:
    """A constant."""
    return AffineForm(value, (_0,) * dimension)


def coordinate(axis: int, dimension: int, *, less: Fraction = _0) -> AffineForm:
    """A coordinate, less a number."""
    return AffineForm(-less, tuple(_1 if i == axis else _0 for i in range(dimension)))


def _box_row(k: int, i: int, sign: int, end: Bound, *, is_open: bool) -> Row:
    axis = times(coordinate(i, k), Fraction(sign))
    if isinstance(end, float):
        return Row(axis, _1, False)
    return Row(AffineForm(-sign * end, axis.coefficients), _0, is_open)


def _far(end: Bound) -> Far:
    if isinstance(end, float):
        return (_1 if end > 0 else -_1, _0)
    return (_0, end)


def _is_left_out(rows: Sequence[Row], tight: Sequence[int]) -> bool:
    """Whether all these vertices lie on one side that is left out."""
    common = -1
    for t in tight:
        common &= t
    return any(row.is_strict and common >> r & 1 for r, row in enumerate(rows))


def _between(up: Far, down: Far, u: Far, d: Far) -> Far:
    """``(up*d - down*u) / (up - down)``.

    Products have M squared, and the quotient has not: on an edge that is no line at
    infinity the point solves two equations with rational coefficients, and on one that is,
    one coordinate is M or -M.
    """
    n2 = up[0] * d[0] - down[0] * u[0]
    n1 = up[0] * d[1] + up[1] * d[0] - down[0] * u[1] - down[1] * u[0]
    n0 = up[1] * d[1] - down[1] * u[1]
    d1, d0 = up[0] - down[0], up[1] - down[1]
    if not d1:
        assert not n2
        return n1 / d0, n0 / d0
    b = n2 / d1
    a = (n1 - b * d0) / d1
    assert a * d0 == n0
    return b, a

"""Continuity of a value function that is affine on the cells of a box, decided exactly."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias

from tamemip.arithmetic import generators, rank
from tamemip.certificates import Bound
from tamemip.differentiation._cones import Vector, primitive_vector
from tamemip.differentiation._lipschitz_verdict import LipschitzVerdict
from tamemip.differentiation._refusal import Jump
from tamemip.value_functions import AffineForm, BoxCell, BoxValueFunction

__all__ = ["of_cells"]

_ON_BOX = "on the box"
_ZERO = Fraction(0)
#: Pairs of cells that are compared at most.
_MOST_PAIRS = 20_000

Pair: TypeAlias = tuple[BoxCell, BoxCell]


def of_cells(V: BoxValueFunction, names: tuple[str, ...]) -> LipschitzVerdict:
    """Whether a value function on a box is Lipschitz.

    It is affine on each of finitely many cells that fill the box. If it is continuous, the
    affine functions of two cells agree where the closed cells meet; if all of them agree
    there, it is continuous, and the steepest of them gives the constants, for the box is
    convex. That affine functions agree on a polytope is seen at its vertices.
    """
    cells = V.cells
    if any(not cell.is_proved for cell in cells):
        return LipschitzVerdict.unknown(_ON_BOX, names, "the value is not proved everywhere")
    pairs = [pair for pair in combinations(cells, 2) if _may_differ(pair)]
    if not any(isinstance(cell.value, AffineForm) for cell in cells):
        return LipschitzVerdict.refuted(_ON_BOX, names, "there is no finite value in the box")
    if len(pairs) > _MOST_PAIRS:
        return LipschitzVerdict.unknown(
            _ON_BOX, names, f"{len(pairs)} pairs of cells meet, too many to compare"
        )
    for pair in pairs:
        jump = next(_jumps(V, pair), None)
        if jump is not None:
            return LipschitzVerdict.refuted(_ON_BOX, names, f"the value jumps {jump}", jump=jump)
    full = (cell.value for cell in cells if _is_full(cell, len(names)))
    steep = [form.coefficients for form in full if isinstance(form, AffineForm)]
    constants = tuple(max(abs(a) for a in column) for column in zip(*steep, strict=True))
    reason = f"continuous, with {len(steep)} affine pieces"
    return LipschitzVerdict.certified(_ON_BOX, names, constants, reason)


def _may_differ(pair: Pair) -> bool:
    """Whether the values of two cells differ as functions, and the cells may meet."""
    one, other = pair
    if one.value == other.value:
        return False
    return all(
        min(a) <= max(b) and min(b) <= max(a)
        for a, b in zip(
            zip(*one.vertices, strict=True), zip(*other.vertices, strict=True), strict=True
        )
    )


def _jumps(V: BoxValueFunction, pair: Pair) -> Iterator[Jump]:
    """Where the closed cells meet and their values differ."""
    for theta in _meeting(V, pair):
        one, other = (_limit(cell, theta) for cell in pair)
        if one == other:
            continue
        at = V.exact(V.parameters.rhs_at(theta))
        assert isinstance(at, Fraction), "the right-hand sides of a finite value are a closed set"
        cell, limit = (pair[0], one) if one != at else (pair[1], other)
        yield _jump(V, theta, cell, at, limit)


def _meeting(V: BoxValueFunction, pair: Pair) -> tuple[Vector, ...]:
    """The vertices of the common points of two closed cells."""
    lows, highs = V.parameters.lows, V.parameters.highs
    rows: list[Vector] = []
    right: list[Fraction] = []
    for k, (low, high) in enumerate(zip(lows, highs, strict=True)):
        unit = tuple(Fraction(int(i == k)) for i in range(len(lows)))
        rows += [unit, tuple(-v for v in unit)]
        right += [high, -low]
    for cell in pair:
        for side in cell.sides:
            rows.append(tuple(Fraction(-a) for a in side.plane.coefficients))
            right.append(Fraction(side.plane.constant))
    return generators(rows, right).vertices


def _limit(cell: BoxCell, theta: Vector) -> Bound:
    limit = cell.at(theta)
    assert limit is not None, "the value is proved on every cell"
    return limit


def _jump(V: BoxValueFunction, theta: Vector, cell: BoxCell, at: Fraction, limit: Bound) -> Jump:
    """The jump at a right-hand side when one enters a cell."""
    k = len(cell.vertices)
    inner = tuple(sum(column, _ZERO) / k for column in zip(*cell.vertices, strict=True))
    here, there = V.parameters.rhs_at(theta), V.parameters.rhs_at(inner)
    way = primitive_vector(tuple(b - a for a, b in zip(here, there, strict=True)))
    start = tuple(a - b for a, b in zip(here, V.program.exact.rhs, strict=True))
    return Jump(way, at, limit, is_certified=V.is_certified, start=start if any(start) else None)


def _is_full(cell: BoxCell, dimension: int) -> bool:
    """Whether a cell has an interior."""
    first, *others = cell.vertices
    spans: Sequence[Vector] = [
        tuple(a - b for a, b in zip(vertex, first, strict=True)) for vertex in others
    ]
    return len(spans) >= dimension and rank(spans) == dimension

"""Complemented mixed-integer rounding of one aggregated row.

Floats choose what to substitute, what to complement and what to divide by
(Marchand and Wolsey 2001); the cut itself is made of exact weights of rows. Bounds take
part as rows, with either sign: a row with a negative weight goes to the subtracted
side of the rounding, where its slack counts as a continuous variable.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np
from flint import fmpq
from scipy import sparse

from tamemip.duality._branch_and_cut_rows import (
    ExactWeights,
    RowSystem,
    SymbolicCut,
    Weights,
    to_flint,
    to_fraction,
)
from tamemip.functions import mixed_integer_rounding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

#: The fraction of a right-hand side lies at least so far from integers.
_LEAST_FRACTION = 0.01
#: Cuts whose numbers are larger than this are not made.
_LARGEST = 10**9
#: Columns that give divisors, at most, and what each of them is divided by further.
_DIVISORS, _PARTS = 12, (1, 2, 4, 8)
#: Columns that are tried to be complemented the other way.
_FLIPS = 6
#: A coefficient or a distance of this size is none.
_NOTHING = 1e-9
_INTEGRAL = 1e-6


@final
@dataclass(frozen=True, slots=True)
class Divisor:
    """The size of the coefficient of a column (1 without one), divided by a small number."""

    column: int | None
    part: int


@final
@dataclass(frozen=True, slots=True)
class Candidate:
    """A violated cut, ready to be made exactly."""

    efficacy: float
    weights: Weights
    complemented: frozenset[int]
    divisor: Divisor
    direction: Floats
    """Its row, without what slacks add, in floats and of length 1."""


@final
class RowRounder:
    """Rounds sums of the rows of a relaxation at one point.

    Parameters
    ----------
    system
        All rows.
    present, matrix
        The rows of the relaxation, by number and in floats.
    point
        The canonical point to be cut off.
    """

    def __init__(
        self, system: RowSystem, present: Sequence[int], matrix: sparse.csr_array, point: Floats
    ) -> None:
        self._system, self.present = system, present
        self.point = point
        self.rhs = np.array([float(system.rhs(i)) for i in present])
        self._transposed = sparse.csr_array(matrix.T)
        self.slack = np.maximum(matrix @ point - self.rhs, 0.0)
        self.slack[[system.is_free(i) for i in present]] = 0.0
        self.place = {i: k for k, i in enumerate(present)}
        self.distance = np.where(system.integer, 0.0, point)
        self._bound: dict[int, int] = {}
        self._choose_bounds()

    def _choose_bounds(self) -> None:
        """For every continuous column the nearest bound, where that is not 0."""
        system = self._system
        rows: list[int] = []
        self._columns: list[int] = []
        scales: list[float] = []
        for j in np.flatnonzero(~system.integer & (self.point > _NOTHING)).tolist():
            best, chosen, scale = float(self.point[j]), -1, 1.0
            room = max(float(system.upper[j]) - best, 0.0)
            if room < best - _NOTHING:
                best, chosen = room, int(system.upper_row[j])
            for i, p in system.variable_bounds.get(j, ()):
                distance = self.slack[self.place[i]] / p
                if distance <= best + _NOTHING:  # ties bring the integer columns in
                    best, chosen, scale = distance, i, p
            if chosen >= 0:
                self._bound[j] = chosen
                self.distance[j] = best
                rows.append(chosen)
                self._columns.append(j)
                scales.append(scale)
        inverse = sparse.diags_array([1.0 / s for s in scales], format="csr") if rows else None
        own = system.matrix(rows)
        self._bound_matrix = own if inverse is None else sparse.csr_array(inverse @ own)
        values = np.array([float(system.rhs(i)) for i in rows]) / np.array(scales or [])
        self._bound_rhs = values
        self._bound_slack = np.array([self.distance[j] for j in self._columns])

    # -- looking for a cut ---------------------------------------------------------

    def total(self, weights: Weights) -> tuple[Floats, float, float]:
        """Coefficients, right-hand side, and what slacks add on the left, in floats."""
        dense = np.zeros(len(self.present))
        for i, w in weights.items():
            dense[self.place[i]] = float(w)
        lost = float(np.maximum(-dense, 0.0) @ self.slack)
        return self._transposed @ dense, float(dense @ self.rhs), lost

    def round(
        self, weights: Weights, total: tuple[Floats, float, float] | None = None
    ) -> Candidate | None:
        """The deepest cut of an aggregated row that is found, if one is violated."""
        a, value, lost = self.total(weights) if total is None else total
        if self._columns:
            own = a[self._columns]
            a = a + own @ self._bound_matrix
            a[self._columns] = 0.0
            value += float(own @ self._bound_rhs)
            lost += float(np.maximum(-own, 0.0) @ self._bound_slack)
        columns = np.flatnonzero(np.abs(a) > _NOTHING)
        if not len(columns):
            return None
        shape = _Shape.of(self._system, self.point, columns, a[columns], value, lost)
        divisors, sizes = self._divisors(columns, a)
        depths = shape.efficacies(sizes)
        k = int(np.argmax(depths))
        if depths[k] <= _NOTHING:
            return None
        shape, depth = self._complement_more(shape, float(sizes[k]), float(depths[k]))
        direction = np.zeros(len(a))
        positive = columns[~self._system.integer[columns] & (a[columns] > 0)]
        value, rounded = shape.rounded(float(sizes[k]))
        direction[positive] = a[positive] / (float(sizes[k]) * value)
        direction[shape.columns] = rounded
        direction /= np.linalg.norm(direction) or 1.0
        return Candidate(depth, weights, shape.complemented, divisors[k], direction)

    def _divisors(self, columns: NDArray[np.int64], a: Floats) -> tuple[list[Divisor], Floats]:
        system = self._system
        whole = columns[system.integer[columns]]
        depth = np.minimum(self.point[whole], system.upper[whole] - self.point[whole])
        order = whole[np.argsort(-depth, kind="stable")]
        sizes: dict[float, int | None] = {1.0: None}
        for j in order.tolist():
            if len(sizes) > _DIVISORS:
                break
            inside = min(self.point[j], system.upper[j] - self.point[j]) > _INTEGRAL
            if inside or len(sizes) < 2:
                sizes.setdefault(abs(float(a[j])), j)
        divisors = [Divisor(j, part) for part in _PARTS for j in sizes.values()]
        values = np.array([size / part for part in _PARTS for size in sizes])
        return divisors, values

    def _complement_more(self, shape: _Shape, divisor: float, depth: float) -> tuple[_Shape, float]:
        """Complement columns strictly between their bounds where that makes the cut deeper."""
        upper = self._system.upper
        for j in shape.between(upper)[:_FLIPS]:
            other = shape.flipped(j, float(upper[j]))
            found = float(other.efficacies(np.array([divisor]))[0])
            if found > depth + _NOTHING:
                shape, depth = other, found
        return shape, depth

    # -- making it ---------------------------------------------------------------------

    def made(self, candidate: Candidate) -> SymbolicCut | None:
        """The cut with exact weights; None where its numbers are too large."""
        system = self._system
        weights = self._substituted({i: to_flint(w) for i, w in candidate.weights.items()})
        coefficients, value = system.combined(weights)
        divisor = fmpq(1, candidate.divisor.part)
        if candidate.divisor.column is not None:
            divisor *= abs(coefficients.get(candidate.divisor.column, fmpq(0)))
        if not divisor:
            return None
        weights = {i: w / divisor for i, w in weights.items()}
        value /= divisor
        own = {j: coefficients.get(j, fmpq(0)) / divisor for j in candidate.complemented}
        for j, a in own.items():
            value += a * to_flint(system.rhs(int(system.upper_row[j])))
        r = value - value.floor()
        if not _LEAST_FRACTION <= float(to_fraction(r)) <= 1 - _LEAST_FRACTION:
            return None
        for j, a in own.items():
            up = a.ceil() - a
            if up:
                i = int(system.upper_row[j])
                weights[i] = weights.get(i, fmpq(0)) + (1 - up if up >= r else -up)
        return _rounded(system, weights, r)

    def _substituted(self, weights: ExactWeights) -> ExactWeights:
        """The weights, with bound rows that take the continuous columns out."""
        coefficients, _ = self._system.combined(weights)
        total = dict(weights)
        for j, a in coefficients.items():
            i = self._bound.get(j)
            if i is not None:
                own = next(-v for k, v in self._system.row(i) if k == j)
                total[i] = total.get(i, fmpq(0)) + a / to_flint(own)
        return {i: w for i, w in total.items() if w}


def _rounded(system: RowSystem, weights: ExactWeights, r: fmpq) -> SymbolicCut | None:
    """``G(f - g) + g/r`` with the positive weights in f, the negative ones in g."""
    added = {i: w for i, w in weights.items() if w > 0 or (w and system.is_free(i))}
    taken = {i: -w for i, w in weights.items() if w < 0 and not system.is_free(i)}
    f, value = system.combined(added)
    g, minus = system.combined(taken)
    found: dict[int, fmpq] = {}
    for j in f.keys() | g.keys():
        a, b = f.get(j, fmpq(0)), g.get(j, fmpq(0))
        found[j] = _step(a - b, r) + b / r if system.integer[j] else max(a, b) / r
    numbers = [value, minus, r, *found.values()]
    scale = math.lcm(*(int(v.q) for v in numbers))
    if scale > _LARGEST or max(abs(v) for v in numbers) * scale > _LARGEST:
        return None
    exact = {j: to_fraction(a) for j, a in found.items() if a}
    if not exact or not system.is_linear_for_users(exact):
        return None
    node = mixed_integer_rounding(
        system.node(added), to_fraction(r), minus=system.node(taken) if taken else None
    )
    return SymbolicCut(node, exact, to_fraction(_step(value - minus, r) + minus / r))


def _step(t: fmpq, r: fmpq) -> fmpq:
    """``floor(t) + min(frac(t) / r, 1)``."""
    whole = t.floor()
    return whole + min((t - whole) / r, fmpq(1))


@final
@dataclass(frozen=True, eq=False, slots=True)
class _Shape:
    """An aggregated row at a point, some columns complemented, in floats.

    `coefficients` and `point` are those of the integer columns; `continuous` is what
    the others and the slacks add on the left.
    """

    columns: NDArray[np.int64]
    coefficients: Floats
    point: Floats
    value: float
    continuous: float
    continuous_norm: float
    complemented: frozenset[int]

    @classmethod
    def of(
        cls,
        system: RowSystem,
        point: Floats,
        columns: NDArray[np.int64],
        a: Floats,
        value: float,
        lost: float,
    ) -> _Shape:
        x, whole = point[columns], system.integer[columns]
        positive = ~whole & (a > 0)
        continuous = float((a * x)[positive].sum()) + lost
        norm = float((a[positive] ** 2).sum())
        columns, a, x = columns[whole], a[whole], x[whole]
        upper = system.upper[columns]
        flip = x > upper / 2
        value -= float((a[flip] * upper[flip]).sum())
        a = np.where(flip, -a, a)
        x[flip] = upper[flip] - x[flip]
        complemented = frozenset(columns[flip].tolist())
        return cls(columns, a, x, value, continuous, norm, complemented)

    def efficacies(self, divisors: Floats) -> Floats:
        """Violation over length, by divisor; 0 or less where the rounding is of no use."""
        value = self.value / divisors
        r = value - np.floor(value)
        useful = (r >= _LEAST_FRACTION) & (r <= 1 - _LEAST_FRACTION)
        r = np.where(useful, r, 0.5)
        a = self.coefficients[None, :] / divisors[:, None]
        # An integer that floats have moved down a little would cost a whole unit.
        base = np.floor(a + _NOTHING)
        rounded = base + np.minimum(np.maximum(a - base, 0.0) / r[:, None], 1.0)
        left = rounded @ self.point + self.continuous / (divisors * r)
        norm = (rounded**2).sum(axis=1) + self.continuous_norm / (divisors * r) ** 2
        useful &= norm > _NOTHING
        return np.where(useful, (np.ceil(value) - left) / np.sqrt(np.where(useful, norm, 1.0)), 0.0)

    def rounded(self, divisor: float) -> tuple[float, Floats]:
        """The fraction of the right-hand side, and the coefficients of the columns themselves."""
        value = self.value / divisor
        r = value - math.floor(value)
        a = self.coefficients / divisor
        base = np.floor(a + _NOTHING)
        signs = np.array([-1.0 if j in self.complemented else 1.0 for j in self.columns.tolist()])
        return r, signs * (base + np.minimum(np.maximum(a - base, 0.0) / r, 1.0))

    def between(self, upper: Floats) -> list[int]:
        """Columns strictly between finite bounds, the most central first."""
        own = upper[self.columns]
        inside = np.where(np.isfinite(own), np.minimum(self.point, own - self.point), 0.0)
        order = np.argsort(-inside, kind="stable")
        return [int(self.columns[k]) for k in order[:_FLIPS] if inside[k] > _INTEGRAL]

    def flipped(self, column: int, upper: float) -> _Shape:
        """The same row with one more column complemented, or one less."""
        (k,) = np.flatnonzero(self.columns == column)
        a, x = self.coefficients.copy(), self.point.copy()
        value = self.value - a[k] * upper
        a[k], x[k] = -a[k], upper - x[k]
        changed = self.complemented ^ {column}
        return _Shape(self.columns, a, x, value, self.continuous, self.continuous_norm, changed)

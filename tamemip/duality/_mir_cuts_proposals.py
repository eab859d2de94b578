"""Weights of rows for mixed-integer rounding: rows of the tableau, and aggregated rows.

References
----------
.. [1] H. Marchand and L. A. Wolsey, "Aggregation and mixed integer rounding to solve
   MIPs", Operations Research 49 (2001), 363-371.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality._mir_cuts_vertex import MixedVertex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Values this far from a bound count as between bounds.
_BETWEEN = 1e-6
#: A cut is proposed from this depth on.
_DEPTH = 1e-3
#: Coefficients below this, relative to the largest, are noise.
_NOISE = 1e-9
#: Rows that are started from in one round, at most.
_STARTS = 1_000
#: Rows that are added up at most, and coefficients whose size is tried as a divisor.
_ROWS_ADDED = 6
_DIVISORS = 8
#: What divisors are multiplied with as well.
_FACTORS = (1.0, 2.0, 4.0, 8.0)
#: Multiples of tableau rows.
_MULTIPLES = (1.0, -1.0, 2.0, -2.0, 3.0, -3.0)


@final
@dataclass(frozen=True, slots=True)
class Proposal:
    """Weights by row of the relaxation, columns counted from above, and the cut promised."""

    weights: Floats
    complemented: NDArray[np.bool_]
    depth: float
    coefficients: Floats


def tableau_proposals(
    vertex: MixedVertex, inverse: Floats, at_upper: NDArray[np.bool_]
) -> Iterator[Proposal]:
    """Gomory's mixed-integer cuts: rows of the basis inverse and small multiples of them."""
    if not len(inverse):
        return
    weights = np.concatenate([k * inverse for k in _MULTIPLES])
    weights[np.abs(weights) < _NOISE] = 0.0
    complemented = vertex.columns.complemented | at_upper
    movable = vertex.has_integer_slack & ~vertex.is_equation
    weights[:, movable] -= np.floor(weights[:, movable] + _NOISE)
    r = vertex.columns.fractions(vertex.aggregated(weights), weights @ vertex.rhs, complemented)
    weights[movable & (weights > _NOISE) & (1 - weights < r[:, None])] -= 1.0
    rows = vertex.aggregated(weights)
    rows[np.abs(rows) < _NOISE] = 0.0
    paid, paid_right = vertex.paid(weights)
    depths, cuts = vertex.columns.depths(
        rows,
        weights @ vertex.rhs,
        paid=paid,
        paid_right=paid_right,
        complemented=complemented,
    )
    for k in np.flatnonzero(depths > _DEPTH):
        yield Proposal(weights[k], complemented, float(depths[k]), cuts[k])


def aggregated_proposals(
    vertex: MixedVertex, *, generator: np.random.Generator
) -> Iterator[Proposal]:
    """Rows added up along continuous columns, with variable bounds, divided and rounded.

    Each row starts once, a tight one with either sign; of very many, some are drawn.
    """
    tight = vertex.slack < _BETWEEN
    starts = np.concatenate([np.arange(len(tight)), np.flatnonzero(tight)])
    signs = np.concatenate([np.ones(len(tight)), -np.ones(int(tight.sum()))])
    if len(starts) > _STARTS:
        kept = np.sort(generator.choice(len(starts), _STARTS, replace=False))
        starts, signs = starts[kept], signs[kept]
    weights = np.zeros((len(starts), len(tight)))
    weights[np.arange(len(starts)), starts] = signs
    bounds = _VariableBounds.of(vertex)
    used = weights != 0
    for _ in range(_ROWS_ADDED):
        if not len(weights):
            return
        rows = vertex.aggregated(weights)
        full = weights + bounds.substituted(rows)
        found, is_done = _divided(vertex, full)
        yield from found
        weights, used = _one_row_more(
            vertex, bounds, weights[~is_done], rows[~is_done], used[~is_done]
        )


@final
@dataclass(frozen=True, slots=True)
class _VariableBounds:
    """For each continuous column the tightest row that bounds it by one integer column.

    ``row[j]`` is -1 where a bound of the column itself is nearer; `distance` is that
    to the nearest bound of any kind.
    """

    row: NDArray[np.int64]
    coefficient: Floats
    distance: Floats
    n_rows: int

    @classmethod
    def of(cls, vertex: MixedVertex) -> _VariableBounds:
        distance = np.minimum(vertex.columns.point, vertex.columns.upper - vertex.columns.point)
        row = np.full(len(distance), -1, dtype=np.int64)
        coefficient = np.ones(len(distance))
        matrix = vertex.matrix
        sizes = np.diff(matrix.indptr)
        for i in np.flatnonzero((sizes == 2) & ~vertex.is_equation):
            part = slice(matrix.indptr[i], matrix.indptr[i + 1])
            columns, values = matrix.indices[part], matrix.data[part]
            continuous = np.flatnonzero(~vertex.columns.integer[columns])
            if len(continuous) != 1:
                continue
            j, value = columns[continuous[0]], values[continuous[0]]
            away = vertex.slack[i] / abs(value)
            if away < distance[j] or (away <= distance[j] + _BETWEEN and row[j] < 0):
                distance[j], row[j], coefficient[j] = away, i, value
        return cls(row, coefficient, distance, len(vertex.rhs))

    def substituted(self, rows: Floats) -> Floats:
        """Weights of bounding rows that make the continuous columns of some rows vanish."""
        columns = np.flatnonzero(self.row >= 0)
        weights = np.zeros((len(rows), self.n_rows))
        if len(columns):
            weights[:, self.row[columns]] = -rows[:, columns] / self.coefficient[columns]
        return weights


def _divided(vertex: MixedVertex, weights: Floats) -> tuple[list[Proposal], NDArray[np.bool_]]:
    """The deepest cut of each weighted row over some divisors; which rows gave one."""
    rows = vertex.aggregated(weights)
    rows[np.abs(rows) < _NOISE] = 0.0
    right = weights @ vertex.rhs
    paid, paid_right = vertex.paid(weights)
    inside = (
        vertex.columns.integer
        & (vertex.columns.point > _BETWEEN)
        & (vertex.columns.upper - vertex.columns.point > _BETWEEN)
    )
    found, is_done = [], np.zeros(len(weights), dtype=bool)
    for k in range(len(weights)):
        sizes = np.unique(np.abs(rows[k, inside]).round(9))[::-1]
        sizes = sizes[sizes > _NOISE][:_DIVISORS]
        if not len(sizes):
            continue
        columns = np.flatnonzero((rows[k] != 0) | (paid[k] != 0))
        q = (sizes[:, None] * np.array(_FACTORS)).ravel()[:, None]
        part = vertex.columns.at(columns)
        depths, cuts = part.depths(
            rows[k, columns] / q,
            right[k] / q[:, 0],
            paid=paid[k, columns] / q,
            paid_right=paid_right[k] / q[:, 0],
            complemented=part.complemented,
        )
        best = int(np.argmax(depths))
        if depths[best] > _DEPTH:
            is_done[k] = True
            cut = np.zeros(len(vertex.columns.point))
            cut[columns] = cuts[best]
            scaled, depth = weights[k] / q[best, 0], float(depths[best])
            found.append(Proposal(scaled, vertex.columns.complemented, depth, cut))
    return found, is_done


def _one_row_more(
    vertex: MixedVertex,
    bounds: _VariableBounds,
    weights: Floats,
    rows: Floats,
    used: NDArray[np.bool_],
) -> tuple[Floats, NDArray[np.bool_]]:
    """Add to each aggregated row another one that clears its most free continuous column."""
    between = np.where(
        vertex.columns.integer, 0.0, np.where(np.isinf(bounds.distance), 1e9, bounds.distance)
    )
    between[between < _BETWEEN] = 0.0
    kept_weights, kept_used = [], []
    by_column = vertex.transposed
    for w, row, was_used in zip(weights, rows, used, strict=True):
        score = np.where(np.abs(row) > _NOISE, between, 0.0)
        for j in np.argsort(-score)[:3]:
            if score[j] <= 0:
                break
            part = slice(by_column.indptr[j], by_column.indptr[j + 1])
            candidates, values = by_column.indices[part], by_column.data[part]
            factor = -row[j] / values
            fits = (
                vertex.is_equation[candidates]
                | (factor > 0)
                | (vertex.slack[candidates] < _BETWEEN)
            )
            fits &= ~was_used[candidates]
            if not fits.any():
                continue
            loss = np.where(fits, vertex.slack[candidates] * np.abs(factor), np.inf)
            best = int(np.argmin(loss))
            more, now_used = w.copy(), was_used.copy()
            more[candidates[best]] += factor[best]
            now_used[candidates[best]] = True
            kept_weights.append(more)
            kept_used.append(now_used)
            break
    shape = (-1, weights.shape[1])
    return np.array(kept_weights).reshape(shape), np.array(kept_used, dtype=bool).reshape(shape)

"""Where rounding cuts come from: rows, pairs of rows, parities, rows of the basis inverse.

Every source gives integer combinations of rows with divisors to try; whether one
becomes a cut is decided by rounding alone. Floats only propose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, final

import numpy as np
from scipy import sparse

from tamemip.duality._rounding_cuts_denominators import common_denominators
from tamemip.duality._rounding_cuts_rows import Rows

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Values this close to an integer count as integral.
_INTEGRAL = 1e-6
#: A multiplier of the basis inverse this close to an integer counts as one.
_WHOLE = 1e-9
#: Numerators are rounded down from this far below the next integer.
_NUMERATOR = 1e-5
#: Coefficients of tableau rows that are looked at in one go, and rows at least.
_ENTRIES = 1_000_000
_AT_LEAST = 200
#: Rows of either sign in a column that are paired with each other, at most.
_PARTNERS = 60


@final
@dataclass(frozen=True, slots=True)
class Aggregates:
    """Integer combinations of rows with a divisor each.

    ``weights`` has one row an aggregate and one column a row of the relaxation.
    """

    weights: sparse.csr_array
    divisors: Integers

    def at(self, places: NDArray[np.int64]) -> Aggregates:
        """Some of the aggregates."""
        return Aggregates(self.weights[places], self.divisors[places])


@final
@dataclass(frozen=True)
class Vertex:
    """A point to cut off, among the rows of the relaxation that it solves."""

    point: Floats
    upper: Floats
    rows: Rows
    is_equation: NDArray[np.bool_]

    @cached_property
    def fractional(self) -> NDArray[np.bool_]:
        """Columns with a fractional value."""
        distance: NDArray[np.bool_] = np.abs(self.point - np.round(self.point)) > _INTEGRAL
        return distance

    @cached_property
    def positive(self) -> NDArray[np.int64]:
        """Columns that are not zero."""
        return np.flatnonzero(self.point > 0)

    @cached_property
    def visible(self) -> Rows:
        """The rows on the columns that are not zero."""
        return self.rows.on(self.positive)

    @cached_property
    def slack(self) -> Floats:
        """By row."""
        return self.rows.slack(self.point)


def single_rows(vertex: Vertex, *, per_row: int = 12) -> Aggregates | None:
    """Each row by itself, equations in both directions; divisors near its coefficients."""
    near = np.flatnonzero(vertex.slack < vertex.rows.sizes())
    turned = near[vertex.is_equation[near]]
    places = np.concatenate([near, turned])
    signs = np.concatenate([np.ones(len(near), np.int64), -np.ones(len(turned), np.int64)])
    return _with_divisors(vertex, _picks(places, signs, len(vertex.rows)), per_row)


def pairs_of_rows(
    vertex: Vertex, *, generator: np.random.Generator, largest: int = 2000, per_row: int = 12
) -> Aggregates | None:
    """Sums of two rows in which a fractional column vanishes."""
    near = np.flatnonzero(vertex.slack < 0.5 * vertex.rows.sizes())
    if not len(near):
        return None
    by_column = sparse.csc_array(vertex.rows.matrix[near])
    found = [_opposite_pairs(by_column, int(j)) for j in np.flatnonzero(vertex.fractional)]
    first, second, one, two = (np.concatenate(parts) for parts in zip(*found, strict=True))
    if not len(first):
        return None
    if len(first) > largest:
        kept = generator.choice(len(first), largest, replace=False)
        first, second, one, two = first[kept], second[kept], one[kept], two[kept]
    k = np.arange(len(first))
    weights = sparse.csr_array(
        (
            np.concatenate([one, two]),
            (np.concatenate([k, k]), near[np.concatenate([first, second])]),
        ),
        shape=(len(k), len(vertex.rows)),
    )
    return _with_divisors(vertex, weights, per_row)


def _opposite_pairs(
    by_column: sparse.csc_array, column: int
) -> tuple[Integers, Integers, Integers, Integers]:
    """Pairs of rows with opposite signs in a column, and the weights that clear it."""
    start, stop = by_column.indptr[column], by_column.indptr[column + 1]
    rows, values = by_column.indices[start:stop], by_column.data[start:stop]
    plus, minus = np.flatnonzero(values > 0)[:_PARTNERS], np.flatnonzero(values < 0)[:_PARTNERS]
    i, j = (grid.ravel() for grid in np.meshgrid(plus, minus, indexing="ij"))
    divisor = np.gcd(values[i], values[j])
    return (
        rows[i].astype(np.int64),
        rows[j].astype(np.int64),
        -values[j] // divisor,
        values[i] // divisor,
    )


def tableau_rows(
    vertex: Vertex,
    inverse: Floats,
    *,
    divisors: Sequence[int],
    multiples: Sequence[int],
    generator: np.random.Generator,
    exact_denominators: bool = True,
) -> Aggregates | None:
    """Rows of the basis inverse modulo 1, with their multipliers rounded down to ``p/q``.

    Parameters
    ----------
    vertex
        The vertex that the basis stands for.
    inverse
        Shape ``(k, n_rows)``: one row of the inverse each.
    divisors
        The denominators ``q`` to try.
    multiples
        What each row is multiplied with before it is taken modulo 1.
    generator
        Draws the combinations that are tried where there are too many.
    exact_denominators
        Whether to try the common denominator of each row as well.
    """
    tight = np.flatnonzero(np.abs(inverse).max(axis=0, initial=0.0) > _WHOLE)
    if not len(tight):
        return None
    denominators = np.tile(np.array(divisors, dtype=np.int64), (len(inverse), 1))
    if exact_denominators:
        exact = common_denominators(inverse[:, tight])
        denominators = np.column_stack([denominators, exact])
    source, place = np.nonzero(denominators > 1)
    q = np.tile(denominators[source, place], len(multiples))
    factor = np.repeat(np.array(multiples, dtype=np.float64), len(source))
    source = np.tile(source, len(multiples))
    affordable = max(_ENTRIES // max(len(vertex.positive), len(tight)), _AT_LEAST)
    if len(q) > affordable:
        kept = np.sort(generator.choice(len(q), affordable, replace=False))
        source, q, factor = source[kept], q[kept], factor[kept]
    scaled = factor[:, None] * inverse[np.ix_(source, tight)]
    modulo_1 = np.maximum(scaled - np.floor(scaled + _WHOLE), 0.0)
    numerators = np.floor(modulo_1 * q[:, None] + _NUMERATOR).astype(np.int64)
    picked = sparse.csr_array(numerators)
    weights = sparse.csr_array(
        (picked.data, tight[picked.indices], picked.indptr),
        shape=(picked.shape[0], len(vertex.rows)),
    )
    places = vertex.rows.fitting(weights)
    return Aggregates(weights[places], q[places])


def parities(vertex: Vertex, *, largest: int = 400) -> Aggregates | None:
    """Zero-half cuts: sums of nearly tight rows that are even where it counts, odd on the right.

    Gaussian elimination over two elements, columns with the largest distance from
    their bounds first [1]_; columns at a bound may stay odd, as rounding them is free.

    References
    ----------
    .. [1] A. M. C. A. Koster, A. Zymolka and M. Kutschka, "Algorithms to separate
       {0,1/2}-Chvátal-Gomory cuts", Algorithmica 55 (2009), 375-391.
    """
    slack = np.maximum(vertex.slack, 0.0)
    near = np.flatnonzero(slack < 1.0 - _INTEGRAL)
    near = near[np.argsort(slack[near], kind="stable")][:largest]
    distance = np.minimum(vertex.point, vertex.upper - vertex.point)
    columns = np.flatnonzero(distance > _INTEGRAL)
    columns = columns[np.argsort(-distance[columns], kind="stable")][:largest]
    if not len(near) or not len(columns):
        return None
    at_upper = (vertex.point > _INTEGRAL) & (distance <= _INTEGRAL)
    shift = vertex.rows.matrix[near][:, np.flatnonzero(at_upper)] @ vertex.upper[at_upper]
    odd = np.asarray((vertex.rows.rhs[near] - np.asarray(shift).astype(np.int64)) % 2, dtype=bool)
    entries = np.asarray(vertex.rows.matrix[near][:, columns].toarray() % 2, dtype=bool)
    chosen = _eliminated(entries, odd, slack[near], distance[columns])
    if not len(chosen):
        return None
    picked = sparse.csr_array(chosen.astype(np.int64))
    weights = sparse.csr_array(
        (picked.data, near[picked.indices], picked.indptr),
        shape=(picked.shape[0], len(vertex.rows)),
    )
    places = vertex.rows.fitting(weights)
    return Aggregates(weights[places], np.full(len(places), 2, dtype=np.int64))


def _eliminated(
    entries: NDArray[np.bool_], odd: NDArray[np.bool_], slack: Floats, distance: Floats
) -> NDArray[np.bool_]:
    """Sums of rows (shape: sums x rows) that are odd on the right and cheap elsewhere."""
    sums = np.eye(len(odd), dtype=bool)
    entries, odd, slack = entries.copy(), odd.copy(), slack.copy()
    free = np.ones(len(odd), dtype=bool)
    found: dict[bytes, NDArray[np.bool_]] = {}
    loss = slack + entries @ distance
    for column in range(entries.shape[1] + 1):
        for i in np.flatnonzero(odd & free & (loss < 1.0 - _INTEGRAL)):
            found.setdefault(sums[i].tobytes(), sums[i].copy())
        if column == entries.shape[1]:
            break
        holders = np.flatnonzero(entries[:, column] & free)
        if not len(holders):
            continue
        pivot = holders[np.argmin(slack[holders])]
        others = holders[holders != pivot]
        entries[others] ^= entries[pivot]
        sums[others] ^= sums[pivot]
        odd[others] ^= odd[pivot]
        slack[others] += slack[pivot]
        loss[others] = slack[others] + entries[others] @ distance
        free[pivot] = False
        free &= slack < 1.0 - _INTEGRAL
    return np.array(list(found.values()), dtype=bool).reshape(-1, sums.shape[1])


def _picks(places: NDArray[np.int64], signs: Integers, n_rows: int) -> sparse.csr_array:
    return sparse.csr_array(
        (signs, places, np.arange(len(places) + 1)), shape=(len(places), n_rows)
    )


def _with_divisors(vertex: Vertex, weights: sparse.csr_array, per_row: int) -> Aggregates | None:
    """The aggregates of some weights, each with divisors near its own coefficients."""
    weights = weights[vertex.rows.fitting(weights)]
    rows = vertex.visible.combined(weights)
    which, divisors = _near_coefficients(rows, vertex, per_row)
    if not len(which):
        return None
    entries = np.cumsum(np.diff(rows.matrix.indptr)[which])
    step = 1 + int(entries[-1]) // _ENTRIES
    which, divisors = which[::step], divisors[::step]
    return Aggregates(weights[which], divisors)


def _near_coefficients(rows: Rows, vertex: Vertex, per_row: int) -> tuple[Integers, Integers]:
    """Pairs (row, divisor): divisors around coefficients of the columns that are not zero.

    A minimal cover of a knapsack row is cut out by the largest of its coefficients
    (the others are rounded down with their bounds), so divisors are taken there.
    """
    columns = vertex.positive[rows.matrix.indices]
    owner = np.repeat(np.arange(len(rows)), np.diff(rows.matrix.indptr))
    size = np.abs(rows.matrix.data)
    is_fractional = vertex.fractional[columns]
    can_be_cut = np.zeros(len(rows), dtype=bool)
    can_be_cut[owner[is_fractional & (size > 0)]] = True
    positive = (vertex.point[columns] > _INTEGRAL) & ~is_fractional & can_be_cut[owner]
    largest = [
        _largest(owner[use & (size > 1)], size[use & (size > 1)], len(rows), count)
        for use, count in ((is_fractional, per_row), (positive, per_row // 3))
    ]
    i = np.concatenate([pair[0] for pair in largest])
    v = np.concatenate([pair[1] for pair in largest])
    around = (v, v + 1, v - 1, (v + 1) // 2, 2 * v, (v + 2) // 3, v // 2 + 1, 2 * v + 1)
    which, divisors = np.tile(i, len(around)), np.concatenate(around)
    # A rounded row gains less than one: slack beyond (q - 1)/q eats it all.
    slack = rows.slack(vertex.point[vertex.positive])
    useful = (divisors > 1) & (slack[which] < divisors - 1 + _INTEGRAL)
    unique = np.unique(np.stack([which[useful], divisors[useful]]), axis=1)
    return unique[0], unique[1]


def _largest(owner: Integers, size: Integers, n_rows: int, count: int) -> tuple[Integers, Integers]:
    """The largest distinct sizes of each owner, at most `count` each."""
    unique = np.unique(np.stack([owner, -size]), axis=1)
    i, v = unique[0], -unique[1]
    rank = np.arange(len(i)) - np.searchsorted(i, np.arange(n_rows))[i]
    return i[rank < count], v[rank < count]

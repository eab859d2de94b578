"""Which of many violated cuts are kept: far from the point, not parallel, not known."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy import sparse

from tamemip.duality._rounding_cuts_rows import Rows, rounded, row_maxima
from tamemip.duality._rounding_cuts_sources import Aggregates, Vertex

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: A cut counts as violated from here on.
_VIOLATED = 1e-4
#: Candidates that are looked at for every cut that is taken.
_LOOKED_AT = 8


@final
@dataclass(frozen=True, slots=True)
class Candidates:
    """Violated cuts with what they were made of, the deepest first."""

    rows: Rows
    weights: sparse.csr_array
    bound_weights: sparse.csr_array
    divisors: Integers
    efficacy: Floats

    def __len__(self) -> int:
        return len(self.divisors)

    def at(self, places: NDArray[np.int64]) -> Candidates:
        """Some of the candidates, in the given order."""
        return Candidates(
            self.rows.at(places),
            self.weights[places],
            self.bound_weights[places],
            self.divisors[places],
            self.efficacy[places],
        )


def violated(
    aggregates: Aggregates,
    vertex: Vertex,
    *,
    largest_coefficient: int,
    least_efficacy: float,
    at_most: int = 400,
) -> Candidates:
    """Round aggregates and keep the deepest of the violated cuts.

    Columns at zero are rounded up and add nothing to the violation, so that first only
    the others are looked at: a fifth of the work, as most columns are at zero.
    """
    first = _deepest_where_positive(aggregates, vertex)
    aggregates = aggregates.at(first[: _LOOKED_AT * at_most])
    rows = vertex.rows.combined(aggregates.weights)
    cuts = rounded(rows, aggregates.divisors, vertex.point, vertex.upper)
    norm = np.where(cuts.norm > 0, cuts.norm, 1.0)
    efficacy = np.where(cuts.norm > 0, cuts.violation / norm, 0.0)
    good = np.flatnonzero((cuts.violation > _VIOLATED) & (efficacy > least_efficacy))
    good = good[row_maxima(cuts.rows.matrix[good]) <= largest_coefficient]
    good = good[np.argsort(-efficacy[good], kind="stable")][:at_most]
    chosen = cuts.rows.at(good)
    chosen.matrix.eliminate_zeros()
    return Candidates(
        chosen,
        aggregates.weights[good],
        cuts.bound_weights[good],
        aggregates.divisors[good],
        efficacy[good],
    )


def _deepest_where_positive(aggregates: Aggregates, vertex: Vertex) -> NDArray[np.int64]:
    """The aggregates whose cuts are violated, by depth in the columns that are not zero."""
    rows = vertex.visible.combined(aggregates.weights)
    columns = vertex.positive
    cuts = rounded(rows, aggregates.divisors, vertex.point[columns], vertex.upper[columns])
    good = np.flatnonzero(cuts.violation > _VIOLATED)
    depth = cuts.violation[good] / np.maximum(cuts.norm[good], 1.0)
    return good[np.argsort(-depth, kind="stable")]


def merged(candidates: list[Candidates]) -> Candidates:
    """All candidates of several lists, the deepest first."""
    first = candidates[0]
    together = Candidates(
        Rows(
            _stacked([c.rows.matrix for c in candidates]),
            np.concatenate([c.rows.rhs for c in candidates]),
        ),
        _stacked([c.weights for c in candidates]),
        _stacked([c.bound_weights for c in candidates]),
        np.concatenate([c.divisors for c in candidates]),
        np.concatenate([c.efficacy for c in candidates]),
    )
    if len(candidates) == 1:
        return first
    return together.at(np.argsort(-together.efficacy, kind="stable"))


def spread(
    candidates: Candidates, *, known: Collection[bytes], at_most: int, parallel: float
) -> NDArray[np.int64]:
    """Greedily, from the deepest on: cuts that are not known and not parallel to chosen ones."""
    first = min(len(candidates), _LOOKED_AT * at_most)
    matrix = candidates.rows.matrix[:first].astype(np.float64)
    norms = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1)).ravel())
    directions = sparse.csr_array(matrix.multiply(1.0 / norms[:, None]))
    is_open = np.ones(first, dtype=bool)
    chosen: list[int] = []
    for k in range(first):
        if not is_open[k] or row_key(candidates.rows, k) in known:
            continue
        chosen.append(k)
        cosines = directions @ directions[[k]].toarray().ravel()
        is_open &= cosines <= parallel
        if len(chosen) == at_most:
            break
    return np.array(chosen, dtype=np.int64)


def row_key(rows: Rows, k: int) -> bytes:
    """The row as bytes: equal for equal rows."""
    matrix = rows.matrix
    part = slice(matrix.indptr[k], matrix.indptr[k + 1])
    columns, values = matrix.indices[part], matrix.data[part]
    order = np.argsort(columns)
    columns = columns[order].astype(np.int64)
    key: bytes = columns.tobytes() + values[order].tobytes() + rows.rhs[k].tobytes()
    return key


def _stacked(matrices: list[sparse.csr_array]) -> sparse.csr_array:
    return sparse.csr_array(sparse.vstack(matrices, format="csr"))

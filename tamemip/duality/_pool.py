"""Multipliers made so far, looked through in bulk before new ones are made.

A dual vector is valid in every box; only its constant changes. A vector that
proved one leaf often proves its neighbours, and a function with fewer distinct
vectors has fewer pieces to write, to check and to evaluate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from tamemip.duality._multipliers import Multipliers
    from tamemip.duality._search import Box

#: Stands for an infinite bound, so that zero reduced costs cancel it.
_FAR = 1e30
#: At most so many reduced costs are looked through: a look costs one pass over them.
_CELLS = 200_000
_LEAST_CAPACITY, _LARGEST_CAPACITY = 64, 2_000


@final
class MultiplierPool:
    """The latest multipliers, as rows of float matrices."""

    def __init__(self, n_rows: int, n_cols: int, rhs: Sequence[Fraction]) -> None:
        self._rhs = np.array([float(v) for v in rhs])
        wanted = max(_LEAST_CAPACITY, _CELLS // max(1, n_cols))
        self._capacity = min(_LARGEST_CAPACITY, wanted)
        # Positive parts, then negative parts, so that one product does for both.
        self._parts = np.zeros((self._capacity, 2 * n_cols))
        self._at_rhs = np.zeros(self._capacity)
        self._members: list[Multipliers] = []
        self._next = 0

    def add(self, m: Multipliers) -> None:
        """Remember multipliers, in place of the oldest when the pool is full."""
        k = self._next
        self._next = (k + 1) % self._capacity
        if k < len(self._members):
            self._members[k] = m
        else:
            self._members.append(m)
        n = self._parts.shape[1] // 2
        self._parts[k] = 0.0
        for j, r in m.reduced.items():
            self._parts[k, j if r > 0 else n + j] = r / m.reduced_denominator
        # Common denominators can be beyond the reach of floats; quotients of integers are not.
        self._at_rhs[k] = sum(v / m.denominator * self._rhs[i] for i, v in m.y)

    def best(self, box: Box) -> tuple[float, Multipliers] | None:
        """The multipliers with the largest bound over a box, with that bound as a float."""
        count = len(self._members)
        if count == 0:
            return None
        sides = np.clip(np.concatenate(box), -_FAR, _FAR)
        values = self._at_rhs[:count] + self._parts[:count] @ sides
        k = int(np.argmax(values))
        return float(values[k]), self._members[k]

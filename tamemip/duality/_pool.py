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

    from numpy.typing import NDArray

    from tamemip.duality._multipliers import Multipliers
    from tamemip.duality._search import Box

#: Stands for an infinite bound, so that zero reduced costs cancel it.
_FAR = 1e30
#: At most so many of the latest multipliers are looked through.
_CAPACITY = 2_000


@final
class MultiplierPool:
    """The latest multipliers, as rows of float matrices."""

    def __init__(self, n_rows: int, n_cols: int, rhs: Sequence[Fraction]) -> None:
        self._rhs = np.array([float(v) for v in rhs])
        self._up = np.zeros((_CAPACITY, n_cols))
        self._down = np.zeros((_CAPACITY, n_cols))
        self._at_rhs = np.zeros(_CAPACITY)
        self._members: list[Multipliers] = []
        self._next = 0

    def add(self, m: Multipliers) -> None:
        """Remember multipliers, in place of the oldest when the pool is full."""
        k = self._next
        self._next = (k + 1) % _CAPACITY
        if k < len(self._members):
            self._members[k] = m
        else:
            self._members.append(m)
        row = np.zeros(self._up.shape[1])
        for j, r in m.reduced.items():
            row[j] = r / m.reduced_denominator
        self._up[k], self._down[k] = np.maximum(row, 0.0), np.minimum(row, 0.0)
        self._at_rhs[k] = sum(v * self._rhs[i] for i, v in m.y) / m.denominator

    def best(self, box: Box) -> tuple[float, Multipliers] | None:
        """The multipliers with the largest bound over a box, with that bound as a float."""
        count = len(self._members)
        if count == 0:
            return None
        low, up = np.clip(box[0], -_FAR, _FAR), np.clip(box[1], -_FAR, _FAR)
        values = self._at_rhs[:count] + self._up[:count] @ low + self._down[:count] @ up
        k = int(np.argmax(values))
        return float(values[k]), self._members[k]

"""Few functions out of many that are together right everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray


def cover(sets: Sequence[NDArray[np.bool_]], prices: Sequence[int]) -> list[int]:
    """Numbers of some sets with the union of all, cheap together.

    Greedy (most new elements for the price), then whatever the others make redundant is
    dropped, dearest first; the better of two notions of price is kept.
    """
    if not sets:
        return []
    table = np.array(sets, dtype=np.bool_)
    costs = np.array(prices, dtype=np.float64)
    choices = [_thinned(table, costs, _greedy(table, costs**power)) for power in (0.0, 0.5, 1.0)]
    return min(choices, key=lambda chosen: float(costs[chosen].sum()))


def _greedy(table: NDArray[np.bool_], costs: NDArray[np.float64]) -> list[int]:
    missing = table.any(axis=0)
    chosen: list[int] = []
    while missing.any():
        gains = table[:, missing].sum(axis=1) / costs
        best = int(np.argmax(gains))
        chosen.append(best)
        missing &= ~table[best]
    return chosen


def _thinned(table: NDArray[np.bool_], costs: NDArray[np.float64], chosen: list[int]) -> list[int]:
    counts = table[chosen].sum(axis=0)
    kept = list(chosen)
    for k in sorted(chosen, key=lambda k: -costs[k]):
        if np.all(counts[table[k]] > 1):
            counts = counts - table[k]
            kept.remove(k)
    return kept

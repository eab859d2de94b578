"""Small boxes of integer parts counted out: all parts at once, column by column."""

from __future__ import annotations

from typing import TYPE_CHECKING, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.differentiation._optimal_parts_rows import IntegerRows

#: Activities that are kept at a time, at most.
_CELLS = 2_000_000
#: Binary logarithm of the largest box that is tried at first; less after every failure.
_FIRST_REACH = 60.0
#: How much smaller the next box has to be after a failure, and how much larger it may be
#: after a success.
_STEP_DOWN, _STEP_UP = 3.0, 0.25


@final
class PartListing:
    """Lists the integer parts of a box that satisfy all integer rows.

    Partial parts are extended by one column at a time and dropped when the least that
    the remaining columns can add does not save a row. Machine integers, exact.

    Parameters
    ----------
    rows
        The rows.
    """

    def __init__(self, rows: IntegerRows) -> None:
        self._rows = rows
        self._reach = _FIRST_REACH

    def parts(
        self, lower: NDArray[np.float64], upper: NDArray[np.float64]
    ) -> NDArray[np.int64] | None:
        """The parts, one a row of an array; None if they are too many to be looked through."""
        if not self._rows.is_listable(lower, upper):
            return None
        size = float(np.log2(upper - lower + 1).sum())
        if size > self._reach:
            return None
        found = self._extended(lower.astype(np.int64), upper.astype(np.int64))
        if found is None:
            self._reach = size - _STEP_DOWN
        else:
            self._reach += _STEP_UP
        return found

    def _extended(self, low: NDArray[np.int64], up: NDArray[np.int64]) -> NDArray[np.int64] | None:
        G, g = self._rows.dense()
        positive = np.maximum(G, 0)
        negative = G - positive
        least = positive * low + negative * up
        most = positive * up + negative * low
        matters = most.sum(axis=1) > g
        G, g, least, most = G[matters], g[matters], least[matters], most[matters]
        order = self._order(least, most, g, low < up)
        parts = low[np.newaxis, :].copy()
        activity = least.sum(axis=1)[np.newaxis, :]
        for j in order:
            values = np.arange(low[j], up[j] + 1)
            if len(parts) * len(values) * max(len(g), len(low)) > _CELLS:
                return None
            steps = values[:, np.newaxis] * G[:, j] - least[:, j]
            activity = (activity[:, np.newaxis, :] + steps).reshape(
                len(parts) * len(values), len(g)
            )
            keeps = (activity <= g).all(axis=1)
            activity = activity[keeps]
            parts = np.repeat(parts, len(values), axis=0)
            parts[:, j] = np.tile(values, len(parts) // len(values))
            parts = parts[keeps]
        return parts

    @staticmethod
    def _order(
        least: NDArray[np.int64],
        most: NDArray[np.int64],
        g: NDArray[np.int64],
        is_loose: NDArray[np.bool_],
    ) -> list[int]:
        """Loose columns, first those that use up most of what rows have left."""
        slack = np.maximum(g - least.sum(axis=1), 0) + 1.0
        weight = ((most - least) / slack[:, np.newaxis]).sum(axis=0)
        ranked = np.argsort(-weight, kind="stable")
        return [int(j) for j in ranked if is_loose[j]]

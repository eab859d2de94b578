"""Where the solution of a program is affine in its data, and its derivative there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from tamemip.layers._answer import Answer, Floats
    from tamemip.layers._data import LayerData


@final
@dataclass(frozen=True, slots=True, eq=False)
class Cell:
    """Rows that hold with equality, columns that adapt, and columns at their bounds.

    Near the point the columns in `columns` solve the rows in `rows`; all others stay at their
    bounds, and the integer columns stay where they are.
    """

    A: sparse.csr_array[Any]
    x: Floats
    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    at_lower: NDArray[np.bool_]
    held: NDArray[np.bool_]

    def pull_back(self, g: Floats) -> tuple[Floats, Floats, Floats]:
        """Derivatives of ``g x`` by the right-hand sides and by the bounds.

        That by the matrix is ``-w x^T``, with `w` the first of them; that by the costs is zero.

        Returns
        -------
        tuple
            Arrays of shapes ``(m,)``, ``(n,)`` and ``(n,)``.
        """
        m, n = self.A.shape
        w = np.zeros(m)
        if len(self.rows) and len(self.columns):
            square = self.A[self.rows][:, self.columns].toarray()
            w[self.rows] = np.linalg.lstsq(square.T, g[self.columns], rcond=None)[0]
        by_bound = np.where(self.held, g - self.A.T @ w, 0.0)
        lower = np.where(self.at_lower, by_bound, 0.0)
        assert lower.shape == (n,)
        return w, lower, by_bound - lower


def pulled_back(data: LayerData, answer: Answer, g: Floats) -> list[Floats]:
    """Derivatives of ``g x`` by every slot of a layer; those by the costs are zero."""
    if answer.cell is None or not g.any():
        return [np.zeros(data.shape(slot)) for slot in data.wrt]
    full = np.zeros(len(answer.full_point))
    full[: data.n] = g
    w, lower, upper = answer.cell.pull_back(full)
    by_c = np.zeros(data.n)
    return [
        data.chain(slot, answer.point, by_c, w, lower[: data.n], upper[: data.n])
        for slot in data.wrt
    ]

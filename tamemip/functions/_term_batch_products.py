"""Matrix products in pieces so small that no matrix library wakes its threads for them.

Threads cost more than they give in products of this size, and stall where the machine is
shared: on two busy processors they made evaluation ten times slower. In tiles, products
are within a factor of two of one large product on two idle processors.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np
from scipy.sparse import csr_array

from tamemip.functions._term_batch_kernel import products

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[Any]

#: Columns of a tile; numbers of points are multiples of it, or smaller.
TILE = 256
#: Multiplications from which on OpenBLAS uses threads: matrix by matrix, matrix by vector.
_MATRIX_WORK = 1 << 18
_VECTOR_WORK = 9 << 10
#: Registers of one piece of a product with a vector.
PIECE = _VECTOR_WORK // TILE - 1
#: A matrix with fewer entries than this share of its cells is kept sparse.
_SPARSE = 0.15


def padded(n_points: int) -> int:
    """The number of columns that so many points need."""
    return n_points if n_points < TILE else -(-n_points // TILE) * TILE


def tiles(rows: Matrix) -> Matrix:
    """A matrix of points as columns, seen as a stack of tiles."""
    n_rows, width = rows.shape
    tile = min(TILE, width)
    return rows.reshape(n_rows, width // tile, tile).transpose(1, 0, 2)


@final
class Product:
    """A matrix that is multiplied with points as columns."""

    def __init__(self, matrix: Matrix) -> None:
        self._shape = matrix.shape
        height = _MATRIX_WORK // (TILE * max(1, matrix.shape[1]))
        self._sparse: Any = None
        if height < 2 or np.count_nonzero(matrix) < _SPARSE * matrix.size:
            self._sparse = csr_array(matrix)
            return
        height = min(height, max(1, matrix.shape[0]))
        n_blocks = -(-matrix.shape[0] // height)
        blocks = np.zeros((n_blocks * height, matrix.shape[1]), dtype=matrix.dtype)
        blocks[: len(matrix)] = matrix
        self._blocks = blocks.reshape(n_blocks, 1, height, matrix.shape[1])

    def times(self, points: Matrix, *, compiled: bool = False) -> Matrix:
        """The product, in a new array."""
        if self._sparse is not None and compiled:
            matrix = self._sparse
            return products(matrix.indptr, matrix.indices, matrix.data, points)
        if self._sparse is not None:
            return np.asarray(self._sparse @ points)
        n_blocks, _, height, _ = self._blocks.shape
        width = points.shape[1]
        tile = min(TILE, width)
        made = np.empty((n_blocks * height, width), dtype=self._blocks.dtype)
        view = made.reshape(n_blocks, height, width // tile, tile).transpose(0, 2, 1, 3)
        np.matmul(self._blocks, tiles(points)[None], out=view)
        return made[: self._shape[0]]

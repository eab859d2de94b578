"""Block structure: rows that link, blocks that fall apart without them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, final

import numpy as np
from scipy import sparse
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.programs import MixedIntegerProgram

#: At most this share of the rows may link.
_LINKING_SHARE = 0.25
#: The largest block holds at most this share of the integer columns.
_LARGEST_SHARE = 0.6


@final
@dataclass(frozen=True, slots=True)
class BlockStructure:
    """A bordered block-diagonal form.

    Attributes
    ----------
    master_rows
        The rows that link blocks, and those that touch no block.
    free_columns
        Columns of no block: all continuous.
    blocks
        Columns and rows of each block; every block has an integer column.
    """

    master_rows: NDArray[np.intp]
    free_columns: NDArray[np.intp]
    blocks: tuple[tuple[NDArray[np.intp], NDArray[np.intp]], ...]


def find_blocks(program: MixedIntegerProgram) -> BlockStructure | None:
    """The block structure with the fewest linking rows, or None if there is none.

    Rows are tried as linking in the order of their length, the longest first:
    what ties blocks together is longer than what makes them up.
    """
    lengths = np.diff(program.A.indptr)
    for shortest in sorted(set(lengths.tolist()), reverse=True):
        linking = lengths >= shortest
        if linking.sum() > _LINKING_SHARE * program.n_rows or shortest < 3:
            return None
        structure = _split(program, linking)
        if structure is not None:
            return structure
    return None


def _split(program: MixedIntegerProgram, linking: NDArray[np.bool_]) -> BlockStructure | None:
    inner = np.flatnonzero(~linking)
    entries = program.A[inner].tocoo()
    size = len(inner) + program.n_cols
    links = (entries.row, len(inner) + entries.col)  # rows first, then columns
    graph = sparse.coo_array((np.ones(entries.nnz), links), shape=(size, size))
    _, labels = connected_components(graph, directed=False)
    of_row, of_column = labels[: len(inner)], labels[len(inner) :]
    integer = np.unique(of_column[program.integrality])
    sizes = [int(program.integrality[of_column == k].sum()) for k in integer]
    if len(integer) < 2 or max(sizes) > _LARGEST_SHARE * program.integrality.sum():
        return None
    blocks = tuple((np.flatnonzero(of_column == k), inner[of_row == k]) for k in integer)
    in_block = np.isin(of_column, integer)
    master = np.setdiff1d(np.arange(program.n_rows), np.concatenate([r for _, r in blocks]))
    return BlockStructure(master, np.flatnonzero(~in_block), blocks)

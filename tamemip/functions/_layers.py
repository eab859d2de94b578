"""A minimum of maxima laid out so that bulk arithmetic meets whole slices only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Generic, TypeVar, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

T = TypeVar("T")


@final
class Layers(Generic[T]):
    """Members of leaves, layer by layer.

    Leaves are sorted by their number of members, the richest first. Layer ``k``
    holds the ``k``-th member of every leaf that has so many, in the order of the
    leaves: a prefix of them, so that the maximum over a leaf's members is taken
    for all leaves at once, one slice a layer.

    Parameters
    ----------
    leaves
        The members of each leaf. A leaf without any stands for minus infinity.

    Attributes
    ----------
    members
        All members in their new order.
    n_leaves
        Number of leaves, the empty ones included (they come last).
    """

    def __init__(self, leaves: Sequence[Sequence[T]]) -> None:
        order = sorted(leaves, key=len, reverse=True)
        self.n_leaves = len(order)
        self.members: list[T] = []
        self._starts: list[int] = []
        self._sizes: list[int] = []
        for k in range(len(order[0]) if order else 0):
            self._starts.append(len(self.members))
            self.members += [leaf[k] for leaf in order if len(leaf) > k]
            self._sizes.append(len(self.members) - self._starts[-1])

    def of_leaf(self, leaf: int) -> Iterator[int]:
        """Positions of a leaf's members."""
        for start, size in zip(self._starts, self._sizes, strict=True):
            if leaf >= size:
                return
            yield start + leaf

    def by_leaf(self, values: Floats) -> Floats:
        """Largest member of every leaf, one leaf a row, from one member a row.

        The values of the first layer are overwritten.
        """
        if not self._sizes:
            return np.full((self.n_leaves, values.shape[1]), -np.inf)
        best = values[: self._sizes[0]]
        for start, size in zip(self._starts[1:], self._sizes[1:], strict=True):
            np.maximum(best[:size], values[start : start + size], out=best[:size])
        if self.n_leaves > self._sizes[0]:
            rest = np.full((self.n_leaves - self._sizes[0], values.shape[1]), -np.inf)
            best = np.concatenate([best, rest])
        return best

    def minimum(self, values: Floats) -> Floats:
        """The least of the leaves' largest members; the first layer is overwritten."""
        return np.asarray(self.by_leaf(values).min(axis=0, initial=np.inf), dtype=np.float64)

"""Arrays of a batch: which axes they have, and one item after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.errors import InvalidInputError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.layers._data import Arrays, LayerData


@final
@dataclass(frozen=True)
class Batch:
    """What came in: the number of items (None: no batch axis), and which slots have one axis more.

    Attributes
    ----------
    size
        Number of items; None if no slot has a batch axis.
    has_axis
        Whether each slot has one; the other slots are the same for all items.
    """

    size: int | None
    has_axis: tuple[bool, ...]

    @property
    def count(self) -> int:
        """Number of items; one if there is no batch axis."""
        return 1 if self.size is None else self.size

    @property
    def labels(self) -> list[int | None]:
        """What an error calls each item."""
        return [None] if self.size is None else list(range(self.size))

    def items(self, arrays: Sequence[NDArray[Any]]) -> list[Arrays]:
        """The data of every item."""
        return [
            tuple(a[k] if axis else a for a, axis in zip(arrays, self.has_axis, strict=True))
            for k in range(self.count)
        ]


def read_batch(data: LayerData, shapes: Sequence[tuple[int, ...]]) -> Batch:
    """Compare the shapes that came in with those of one item.

    Raises
    ------
    InvalidInputError
        If the number of slots, a shape, or the number of items does not fit.
    """
    if len(shapes) != len(data.wrt):
        raise InvalidInputError(
            f"{len(shapes)} tensors came in; {len(data.wrt)} are needed, in this order: "
            f"{', '.join(data.wrt)}."
        )
    sizes: dict[str, int] = {}
    has_axis = []
    for slot, shape in zip(data.wrt, shapes, strict=True):
        want = data.shape(slot)
        axis = len(shape) == len(want) + 1
        if tuple(shape[1:] if axis else shape) != want:
            batched = ", ".join(["batch", *map(str, want)])
            raise InvalidInputError(
                f"{slot!r} has the shape {tuple(shape)}; {want} is needed for one item, "
                f"({batched}) for a batch."
            )
        has_axis.append(axis)
        if axis:
            sizes[slot] = shape[0]
    if len(set(sizes.values())) > 1:
        told = ", ".join(f"{slot!r} has {size}" for slot, size in sizes.items())
        raise InvalidInputError(f"the batch has no one size: {told} items.")
    return Batch(next(iter(sizes.values()), None), tuple(has_axis))


def stacked(rows: Sequence[NDArray[Any]], shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Rows of one shape as one array, also if there are none."""
    return np.array(rows, dtype=np.float64).reshape((len(rows), *shape))

"""Right-hand sides with long decimals: between two points of a grid.

Where no part of a graph has a negative weight, every node grows with the nodes that it
is made of. Evaluated with the lower end of an interval wherever a coordinate has a
positive weight, and the upper end elsewhere, a root is at most its value at every point
between; with the ends exchanged, at least that. Ends on a grid make both of them integer
arithmetic, and where they round to the same float, that is the float of the exact value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from tamemip.functions._compiled import AffineInput
from tamemip.functions._nodes import (
    Combination,
    Node,
    Threshold,
    combination,
    threshold,
    topological,
)
from tamemip.functions._rebuild import with_children
from tamemip.functions._tables import Generator, GroupTable

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats: TypeAlias = NDArray[np.float64]

#: Numbers of grid points in a unit that are tried.
GRIDS = (1_000_000, 10_000)
#: Coordinates times the grid are at most this long, so that a step is more than all errors.
_LONGEST = 2.0**50


def with_two_ends(
    roots: Sequence[Node], given: AffineInput
) -> tuple[tuple[Node, ...], AffineInput] | None:
    """The same nodes over both ends of every entry; None if some part has a negative weight.

    The entries for positive weights come first, then those for negative weights.
    """
    made: dict[Node, Node] = {}
    for node in topological(*roots):
        other = _moved(node, made, given)
        if other is None:
            return None
        made[node] = other
    ends = AffineInput(given.signs * 2, given.shifts * 2, given.fixed)
    return tuple(made[root] for root in roots), ends


def _moved(node: Node, made: dict[Node, Node], given: AffineInput) -> Node | None:
    m = given.n_inputs
    match node:
        case Combination():
            if any(w < 0 for w, _ in node.parts):
                return None
            linear = tuple((i if i < m and w > 0 else i + m, w) for i, w in node.linear)
            parts = [(w, made[part]) for w, part in node.parts]
            return combination(linear, parts, constant=node.constant)
        case Threshold():
            return threshold(made[node.of], node.granularity, node.coordinate + m)
        case GroupTable() | Generator():
            return None
        case _:
            return with_children(node, made)


def two_ends(d: Floats, grid: int, signs: Sequence[int]) -> tuple[Floats, Floats] | None:
    """Points of the grid on both sides of each row, arranged for nodes over both ends.

    Entries that are on the grid stay. None where a number is too long.
    """
    scaled = d * grid
    if np.abs(scaled).max(initial=0.0) >= _LONGEST:
        return None
    nearest = np.rint(scaled)
    is_on_grid = nearest / grid == d
    # A step further: the product is rounded, and the decimal is not quite the float.
    low = np.where(is_on_grid, nearest, np.floor(scaled) - 1)
    high = np.where(is_on_grid, nearest, np.ceil(scaled) + 1)
    grows = np.array(signs) > 0
    first, second = np.where(grows, low, high), np.where(grows, high, low)
    return np.hstack([first, second]), np.hstack([second, first])

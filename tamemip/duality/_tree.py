"""The branching tree: nodes, literals, and what each leaf brings along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._block_sum import BlockSum
    from tamemip.duality._multipliers import Multipliers
    from tamemip.solvers import Basis

Side: TypeAlias = Literal["<=", ">="]
#: A branching bound: (column, side) and the integer it is bounded by.
Literals: TypeAlias = dict[tuple[int, Side], int]


@final
@dataclass(slots=True)
class Evidence:
    """What a leaf has to show: float proposals first, exact multipliers later."""

    dual: NDArray[np.float64] | None = None
    ray: NDArray[np.float64] | None = None
    basis: Basis | None = None
    duals: list[Multipliers] = field(default_factory=list)
    rays: list[Multipliers] = field(default_factory=list)
    sums: list[BlockSum] = field(default_factory=list)
    is_open: bool = False
    """True where a search stopped before it came to the leaf."""

    def copied(self) -> Evidence:
        """A copy of the exact part."""
        copy = self.inherited()
        copy.is_open = self.is_open
        return copy

    def inherited(self) -> Evidence:
        """What a child keeps: the exact multipliers, which hold in a smaller box too."""
        duals, rays, sums = list(self.duals), list(self.rays), list(self.sums)
        return Evidence(duals=duals, rays=rays, sums=sums, is_open=True)


@final
@dataclass(slots=True)
class Node:
    """A node: a leaf has evidence, an inner node two children."""

    parent: int
    column: int
    side: Side
    at: int
    children: tuple[int, int] | None = None
    evidence: Evidence | None = None


@final
class Tree:
    """A branching tree over the integer columns; node 0 is the root.

    Branching on column ``j`` at ``v`` gives the children ``x_j <= v`` and
    ``x_j >= v + 1``. Bounds come from branching alone, so that the leaves cover
    every integer point of the root box whatever the right-hand side is.
    """

    def __init__(self) -> None:
        self.nodes = [Node(-1, -1, "<=", 0)]
        self._columns: frozenset[int] | None = None

    def branch(self, node: int, column: int, at: int) -> tuple[int, int]:
        """Split a leaf; the children inherit its exact multipliers."""
        evidence = self.nodes[node].evidence or Evidence()
        below, above = len(self.nodes), len(self.nodes) + 1
        self.nodes.append(Node(node, column, "<=", at, evidence=evidence.inherited()))
        self.nodes.append(Node(node, column, ">=", at + 1, evidence=evidence.inherited()))
        self.nodes[node].children = (below, above)
        self.nodes[node].evidence = None
        return below, above

    def copy(self) -> Tree:
        """An independent copy; exact multipliers are shared."""
        other = Tree()
        other.nodes = [
            Node(n.parent, n.column, n.side, n.at, n.children, n.evidence and n.evidence.copied())
            for n in self.nodes
        ]
        return other

    def leaves(self) -> list[int]:
        """Leaves under the root, from left to right."""
        found, stack = [], [0]
        while stack:
            k = stack.pop()
            children = self.nodes[k].children
            if children is None:
                found.append(k)
            else:
                stack.extend(reversed(children))
        return found

    def columns(self) -> frozenset[int]:
        """Columns that a bound of the tree depends on."""
        if self._columns is None:
            found = {node.column for node in self.nodes[1:]}
            for node in self.nodes:
                evidence = node.evidence or Evidence()
                for m in (*evidence.duals, *evidence.rays):
                    found.update(m.reduced)
            self._columns = frozenset(found)
        return self._columns

    def closed_share(self) -> float:
        """How much of the tree is closed, if every branch halves what is left."""
        share, stack = 0.0, [(0, 1.0)]
        while stack:
            k, weight = stack.pop()
            node = self.nodes[k]
            if node.children is not None:
                stack.extend((child, weight / 2) for child in node.children)
            elif node.evidence is not None and not node.evidence.is_open:
                share += weight
        return share

    def children_within(self, node: int, box: Literals) -> tuple[int, ...]:
        """Children of a node, without one that a smaller box leaves empty.

        A leaf may be inherited by smaller boxes; a branch that they no longer cut is none.
        """
        children = self.nodes[node].children
        if children is None:
            return ()
        first = self.nodes[children[0]]
        if box.get((first.column, "<="), first.at + 1) <= first.at:
            return children[:1]
        if box.get((first.column, ">="), first.at) > first.at:
            return children[1:]
        return children

    def leaves_within(self, box: Literals) -> list[int]:
        """Leaves that a smaller box still meets, from left to right."""
        found, stack = [], [0]
        while stack:
            k = stack.pop()
            if self.nodes[k].children is None:
                found.append(k)
            else:
                stack.extend(reversed(self.children_within(k, box)))
        return found

    def leaf_boxes(self) -> Iterator[tuple[int, Literals]]:
        """Leaves with their branching bounds, from left to right, in one pass down.

        A chain of branches on one column makes a deep tree with few bounds.
        """
        stack: list[tuple[int, Literals]] = [(0, {})]
        while stack:
            k, box = stack.pop()
            children = self.nodes[k].children
            if children is None:
                yield k, box
                continue
            for child in reversed(children):
                node = self.nodes[child]
                # Going down, the last bound met on a side is the tightest.
                stack.append((child, {**box, (node.column, node.side): node.at}))

    def literals(self, node: int) -> Literals:
        """The branching bounds of a node, the tightest a side."""
        found: Literals = {}
        while node > 0:
            entry = self.nodes[node]
            # Going up, the first bound met on a side is the tightest.
            found.setdefault((entry.column, entry.side), entry.at)
            node = entry.parent
        return found

    def box(
        self, node: int, lower: NDArray[np.float64], upper: NDArray[np.float64]
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Float bounds of a node, from those of the root."""
        low, up = lower.copy(), upper.copy()
        for (column, side), at in self.literals(node).items():
            (up if side == "<=" else low)[column] = at
        return low, up

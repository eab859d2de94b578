"""Cutting a proof down: a branch whose literal nobody needs is no branch.

Resolution on a branching literal: if the leaves below ``x_j <= v`` prove what
is needed without that bound, they prove it for the whole node, and the sibling
subtree can go. (The same thought drops conflicts in SAT solving; here it makes
a dual function with fewer leaves, hence a larger one.)
"""

from __future__ import annotations

from collections.abc import Callable
from typing import final

from tamemip.duality._tree import Evidence, Literals, Tree

__all__ = ["resolve"]

Suffices = Callable[[Evidence, Literals], bool]


@final
class _ProvedLeaf:
    """A leaf with the literals that its proof still relies on."""

    __slots__ = ("evidence", "literals")

    def __init__(self, evidence: Evidence, literals: Literals) -> None:
        self.evidence = evidence
        self.literals = literals


def resolve(tree: Tree, suffices: Suffices, *, first: int = 0) -> Tree:
    """Drop every subtree whose sibling does without the branching literal.

    Parameters
    ----------
    tree
        A tree all of whose leaves have evidence.
    suffices
        Whether evidence still closes a leaf under fewer literals.
    first
        Only branches whose children have at least this number are looked at: those
        of an earlier tree may prove its value at another right-hand side.

    Returns
    -------
    Tree
        A tree with at most as many leaves; its leaves' paths are their literals.
    """
    boxes = dict(tree.leaf_boxes())
    proofs: dict[int, list[_ProvedLeaf]] = {}
    kept: dict[int, int] = {}  # node -> the child that replaces it
    for k in _post_order(tree):
        node = tree.nodes[k]
        if node.children is None:
            assert node.evidence is not None
            proofs[k] = [_ProvedLeaf(node.evidence, boxes[k])]
            continue
        sides = [(child, proofs.pop(child)) for child in node.children]
        if min(node.children) < first:
            proofs[k] = sides[0][1] + sides[1][1]
            continue
        # Try the shorter proof first: keeping it drops the longer sibling.
        for child, leaves in sorted(sides, key=lambda side: len(side[1])):
            if _does_without(tree, child, leaves, suffices):
                proofs[k], kept[k] = leaves, child
                break
        else:
            proofs[k] = sides[0][1] + sides[1][1]
    return _rebuild(tree, kept)


def _post_order(tree: Tree) -> list[int]:
    order, stack = [], [0]
    while stack:
        k = stack.pop()
        order.append(k)
        stack.extend(tree.nodes[k].children or ())
    return order[::-1]


def _does_without(tree: Tree, child: int, leaves: list[_ProvedLeaf], suffices: Suffices) -> bool:
    """Drop the child's literal from all its leaves, or from none."""
    node = tree.nodes[child]
    key = (node.column, node.side)
    looser = tree.literals(node.parent).get(key)
    changed: list[tuple[_ProvedLeaf, Literals]] = []
    for leaf in leaves:
        if leaf.literals.get(key) != node.at:
            continue  # a deeper, tighter bound on the same side covers it, or it was dropped
        literals = dict(leaf.literals)
        if looser is None:
            del literals[key]
        else:
            literals[key] = looser
        if not suffices(leaf.evidence, literals):
            return False
        changed.append((leaf, literals))
    for leaf, literals in changed:
        leaf.literals = literals
    return True


def _rebuild(tree: Tree, kept: dict[int, int]) -> Tree:
    result = Tree()
    stack = [(0, 0)]
    while stack:
        old, new = stack.pop()
        while old in kept:
            old = kept[old]
        node = tree.nodes[old]
        if node.children is None:
            result.nodes[new].evidence = node.evidence
            continue
        below, above = node.children
        first = tree.nodes[below]
        stack.extend(zip(node.children, result.branch(new, first.column, first.at), strict=True))
        del above
    return result

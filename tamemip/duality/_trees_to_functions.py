"""From a proved tree to the function that it is."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.duality._block_sum import BlockSum, intersect
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Literals, Tree
from tamemip.functions import AffineFunction, Leaf, LeafMinimum, Sum

if TYPE_CHECKING:
    from collections.abc import Iterable


def leaf_minimum(tree: Tree, data: IntegerData) -> LeafMinimum:
    """The minimum over the leaves, in min orientation, without the constant."""
    n_rows = len(data.problem.rhs)
    if data.is_empty:
        nothing = Leaf(bounds=(), guards=(AffineFunction((), Fraction(1)),))
        return LeafMinimum((nothing,), n_rows)
    granularity = Target.of(data.problem).granularity
    return LeafMinimum(tuple(_leaves(tree, data, {})), n_rows, granularity)


def _leaves(tree: Tree, data: IntegerData, outer: Literals) -> Iterator[Leaf]:
    for k in tree.leaves_within(outer):
        evidence = tree.nodes[k].evidence or Evidence()
        literals = intersect(outer, tree.literals(k))
        yield Leaf(
            bounds=tuple(_affine(evidence.duals, literals, data)),
            guards=tuple(_affine(evidence.rays, literals, data)),
            sums=tuple(_sum(total, literals, data) for total in evidence.sums),
        )


def _sum(total: BlockSum, literals: Literals, data: IntegerData) -> Sum:
    (linear,) = _affine([total.linear], literals, data)
    n_rows = len(data.problem.rhs)
    blocks = (
        LeafMinimum(tuple(_leaves(block.tree, data, literals)), n_rows) for block in total.blocks
    )
    return Sum(linear, tuple(blocks))


def _affine(
    multipliers: Iterable[Multipliers], literals: Literals, data: IntegerData
) -> Iterator[AffineFunction]:
    for m in multipliers:
        constant = box_constant(data, m, literals)
        if constant is not None:
            weights = tuple((i, Fraction(v, m.denominator)) for i, v in m.y)
            yield AffineFunction(weights, constant)

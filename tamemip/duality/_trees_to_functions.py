"""From a proved tree to the function that it is."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from tamemip.duality._block_sum import BlockProof, BlockSum, intersect
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Literals, Side, Tree
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
    return LeafMinimum(tuple(_leaves(tree, data, {}, {})), n_rows, granularity)


#: Blocks made so far: a block that no literal touches is one and the same in every leaf.
_Made: TypeAlias = dict[tuple[int, frozenset[tuple[tuple[int, Side], int]]], LeafMinimum]


def _leaves(tree: Tree, data: IntegerData, outer: Literals, made: _Made) -> Iterator[Leaf]:
    for k in tree.leaves_within(outer):
        evidence = tree.nodes[k].evidence or Evidence()
        literals = intersect(outer, tree.literals(k))
        yield Leaf(
            bounds=tuple(_affine(evidence.duals, literals, data)),
            guards=tuple(_affine(evidence.rays, literals, data)),
            sums=tuple(_sum(total, literals, data, made) for total in evidence.sums),
        )


def _sum(total: BlockSum, literals: Literals, data: IntegerData, made: _Made) -> Sum:
    (linear,) = _affine([total.linear], literals, data)
    return Sum(linear, tuple(_block(block, literals, data, made) for block in total.blocks))


def _block(block: BlockProof, literals: Literals, data: IntegerData, made: _Made) -> LeafMinimum:
    own = block.own(literals)
    key = (id(block.tree), frozenset(own.items()))
    if key not in made:
        leaves = tuple(_leaves(block.tree, data, own, made))
        made[key] = LeafMinimum(leaves, len(data.problem.rhs))
    return made[key]


def _affine(
    multipliers: Iterable[Multipliers], literals: Literals, data: IntegerData
) -> Iterator[AffineFunction]:
    for m in multipliers:
        constant = box_constant(data, m, literals)
        if constant is not None:
            weights = tuple((i, Fraction(v, m.denominator)) for i, v in m.y)
            yield AffineFunction(weights, constant)

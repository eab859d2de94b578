"""From a proved tree to the function that it is."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

from tamemip.duality._leaf_proofs import box_constant
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Literals, Tree
from tamemip.functions import AffineFunction, Leaf, LeafMinimum


def leaf_minimum(tree: Tree, data: IntegerData) -> LeafMinimum:
    """The minimum over the leaves, in min orientation, without the constant."""
    leaves = []
    for k in tree.leaves():
        evidence = tree.nodes[k].evidence or Evidence()
        literals = tree.literals(k)
        leaves.append(
            Leaf(
                bounds=tuple(_affine(evidence.duals, literals, data)),
                guards=tuple(_affine(evidence.rays, literals, data)),
            )
        )
    granularity = Target.of(data.problem).granularity
    return LeafMinimum(tuple(leaves), len(data.problem.rhs), granularity)


def _affine(
    multipliers: Iterable[Multipliers], literals: Literals, data: IntegerData
) -> Iterable[AffineFunction]:
    for m in multipliers:
        constant = box_constant(data, m, literals)
        if constant is not None:
            weights = tuple((i, Fraction(v, m.denominator)) for i, v in m.y)
            yield AffineFunction(weights, constant)

"""A sum of block proofs: what a leaf shows where the program falls apart.

For multipliers ``y`` of the master rows, ``c = w_0 + sum_k w_k`` with ``w_k`` on
the columns of block ``k`` alone, and ``min c x >= y d + const + sum_k F_k(d)`` with
a dual function ``F_k`` of each block under the cost ``w_k`` (Lagrangian
decomposition: Geoffrion, Mathematical Programming Study 2 (1974), 82-114). The
sum of small trees stands for a product of them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from tamemip.certificates import Problem
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._tree import Literals, Tree

Cost = tuple[Fraction, ...]


@final
@dataclass(frozen=True, slots=True, eq=False)
class BlockProof:
    """A cost and the tree that bounds it, over the columns of the whole program."""

    cost: Cost
    tree: Tree

    def own(self, literals: Literals) -> Literals:
        """The literals that the block can tell apart: those on its columns."""
        columns = self.tree.columns()
        return {key: at for key, at in literals.items() if key[0] in columns}


@final
@dataclass(frozen=True, slots=True, eq=False)
class BlockSum:
    """A linear part and one proof a block; their costs add up to the objective."""

    linear_cost: Cost
    linear: Multipliers
    blocks: tuple[BlockProof, ...]

    def value(
        self, data: IntegerData, literals: Literals, rhs: tuple[Fraction, ...]
    ) -> Fraction | float:
        """Value at a right-hand side over a box: a Fraction, or an infinity."""
        constant = box_constant(data, self.linear, literals)
        if constant is None:
            return -math.inf
        total: Fraction = constant + self.linear.at(rhs)
        bottomless = False
        for block in self.blocks:
            part = _tree_value(block.tree, data, literals, rhs)
            if part == math.inf:
                return math.inf
            if isinstance(part, Fraction):
                total += part
            else:
                bottomless = True
        return -math.inf if bottomless else total


def _tree_value(
    tree: Tree, data: IntegerData, literals: Literals, rhs: tuple[Fraction, ...]
) -> Fraction | float:
    best: Fraction | float = math.inf
    for k in tree.leaves_within(literals):
        evidence = tree.nodes[k].evidence
        assert evidence is not None
        box = intersect(literals, tree.literals(k))
        if any(_at(m, data, box, rhs) > 0 for m in evidence.rays):
            continue
        best = min(best, max((_at(m, data, box, rhs) for m in evidence.duals), default=-math.inf))
    return best


def _at(
    m: Multipliers, data: IntegerData, literals: Literals, rhs: tuple[Fraction, ...]
) -> Fraction | float:
    constant = box_constant(data, m, literals)
    return -math.inf if constant is None else constant + m.at(rhs)


def intersect(first: Literals, second: Literals) -> Literals:
    """Literals of the intersection of two boxes."""
    result = dict(first)
    for key, at in second.items():
        known = result.get(key)
        if known is None:
            result[key] = at
        else:
            result[key] = min(known, at) if key[1] == "<=" else max(known, at)
    return result


def data_with_cost(problem: Problem, cost: Cost) -> IntegerData:
    """Integer data of the same rows and bounds under another cost, in min orientation."""
    return IntegerData(replace(problem, sense="min", c=cost, offset=Fraction(0)))

"""Better leaves where the next right-hand side may need them."""

from __future__ import annotations

from tamemip.duality._leaf_proofs import LeafJudge
from tamemip.duality._relaxation import Relaxation
from tamemip.duality._tree import Evidence, Tree
from tamemip.solvers import LPStatus

#: Leaves this close to the value, relatively, are strengthened; at most so many.
_NEAR, _LEAVES = 0.02, 40
#: A dual vector is kept if it lifts a leaf by this much, relatively.
_WORTH_KEEPING = 1e-6


def strengthen(tree: Tree, judge: LeafJudge, relaxation: Relaxation, value: float) -> None:
    """Give the leaves next to the value their best dual vector at the relaxation's rhs.

    They prove enough there as they are, but each may hold the best point at the
    next right-hand side.
    """
    scale = max(1.0, abs(value))
    near = []
    for k, literals in tree.leaf_boxes():
        bound = judge.bound(tree.nodes[k].evidence or Evidence(), literals)
        if bound <= value + _NEAR * scale:
            near.append((bound, k))
    for bound, k in sorted(near)[:_LEAVES]:
        evidence, literals = tree.nodes[k].evidence, tree.literals(k)
        engine = relaxation.engine
        engine.set_bounds(*relaxation.box(literals))
        if evidence is None or engine.solve() is not LPStatus.OPTIMAL:
            continue
        if engine.objective > bound + _WORTH_KEEPING * scale:
            judge.add_dual(evidence, literals, engine.row_duals(), above=bound)

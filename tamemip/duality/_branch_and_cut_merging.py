"""Cuts that make branches superfluous: siblings become one leaf.

Where the relaxation over the box of an inner node reaches the value once cuts are
added, the node is a leaf. From the bottom up this shortens a tree that is there; a node
whose children could not be merged is not looked at.
"""

from __future__ import annotations

import math
import time
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._branch_and_cut_cuts import enough_value
from tamemip.duality._branch_and_cut_rows import RowSystem
from tamemip.duality._branch_and_cut_separation import Effort, Separation
from tamemip.duality._coefficients import coefficients
from tamemip.duality._cut_tree import CutTree, cut_rows, extended_program
from tamemip.duality._leaf_proofs import Anchor, LeafJudge
from tamemip.duality._resolution import resolve
from tamemip.duality._tree import Evidence, Tree
from tamemip.solvers import LPStatus

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tamemip.duality._relaxation import Relaxation
    from tamemip.duality._reports import Incumbent
    from tamemip.duality._tree import Literals
    from tamemip.functions import Node
    from tamemip.programs import MixedIntegerProgram

#: What one node is worth: few rounds, and the bound has to be on its way.
_EFFORT = Effort(rounds=6, patience=2, hopeful=True)


@final
class Merger:
    """Shortens trees that prove a value at one right-hand side.

    Parameters
    ----------
    program, rhs
        The program and the right-hand side.
    incumbent
        The optimal point there; None if there is no feasible one.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        rhs: tuple[Fraction, ...],
        incumbent: Incumbent | None,
    ) -> None:
        self._program, self._rhs = program, rhs
        self._form = program.canonical()
        self._incumbent, self._enough = incumbent, enough_value(program, incumbent)

    def merged(self, cut_tree: CutTree, *, deadline: float) -> CutTree:
        """The tree with fewer leaves and maybe more cuts, proved like the one given."""
        system = RowSystem(self._form, self._form.rhs_of(self._rhs))
        found = coefficients(self._form, cut_tree.cuts)
        for cut in cut_tree.cuts:
            system.adopt(cut, found[cut])
        separation = Separation(system, self._enough)
        closed, used = self._closed(cut_tree.tree, separation, deadline)
        if not closed:
            return cut_tree
        known = set(cut_tree.cuts)
        more = dict.fromkeys(system.cuts[i - system.m].node for i in sorted(used))
        cuts = (*cut_tree.cuts, *(cut for cut in more if cut not in known))
        tree = self._proved(cut_tree.tree, closed, cuts)
        return CutTree(cuts, tree).pruned(self._program.n_rows)

    def _closed(
        self, tree: Tree, separation: Separation, deadline: float
    ) -> tuple[set[int], set[int]]:
        """Inner nodes that cuts close, and these cuts."""
        closed: set[int] = set()
        used: set[int] = set()
        for k, literals in _inner_nodes(tree):
            children = tree.nodes[k].children or ()
            if not all(tree.nodes[c].children is None or c in closed for c in children):
                continue
            if time.monotonic() > deadline:
                break
            separated = separation.run(_EFFORT, deadline=deadline, literals=literals)
            if separated.value >= self._enough:
                closed.add(k)
                used.update(separated.rows)
        return closed, used

    def _proved(self, tree: Tree, closed: set[int], cuts: Sequence[Node]) -> Tree:
        """The tree with the closed nodes as leaves, where exact arithmetic confirms them."""
        rows = cut_rows(self._form, cuts)
        extended = extended_program(self._program, rows, rhs=self._rhs)
        grower = BranchAndBound(extended, decomposes=False)
        value = None if self._incumbent is None else self._incumbent.cost
        anchor = Anchor(extended.exact.rhs, value)
        judge = LeafJudge(grower.relaxation, grower.target, anchor)
        result = tree.copy()
        stack: list[tuple[int, Literals]] = [(0, {})]
        while stack:
            k, literals = stack.pop()
            if k in closed:
                evidence = _float_evidence(grower.relaxation, literals)
                if judge.prove(evidence, literals):
                    result.nodes[k].children = None
                    result.nodes[k].evidence = evidence
                    continue
            for child in result.nodes[k].children or ():
                node = result.nodes[child]
                stack.append((child, {**literals, (node.column, node.side): node.at}))
        return resolve(result, judge.is_closed)


def _inner_nodes(tree: Tree) -> Iterator[tuple[int, Literals]]:
    """Inner nodes with their boxes, children before their parents."""
    order: list[tuple[int, Literals]] = []
    stack: list[tuple[int, Literals]] = [(0, {})]
    while stack:
        k, box = stack.pop()
        children = tree.nodes[k].children
        if children is not None:
            order.append((k, box))
            for child in children:
                node = tree.nodes[child]
                stack.append((child, {**box, (node.column, node.side): node.at}))
    return reversed(order)


def _float_evidence(relaxation: Relaxation, literals: Literals) -> Evidence:
    """What the relaxation over a box shows."""
    engine = relaxation.engine
    engine.set_bounds(*relaxation.box(literals))
    status = engine.solve()
    if status is LPStatus.INFEASIBLE:
        return Evidence(ray=engine.farkas_ray())
    if status is LPStatus.OPTIMAL:
        is_bounded = not math.isinf(relaxation.lower.min(initial=0.0)) and not math.isinf(
            relaxation.upper.max(initial=0.0)
        )
        return Evidence(dual=engine.row_duals(), basis=None if is_bounded else engine.basis())
    return Evidence()

"""Dual functions for other costs, from the branching of one that is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._cut_tree import CutTree, cut_rows, extended_program
from tamemip.duality._dual_function import DualFunction, tight_points
from tamemip.duality._multipliers import IntegerData
from tamemip.duality._target import Target
from tamemip.duality._tree import Evidence, Tree

if TYPE_CHECKING:
    from tamemip.duality._relaxation import Point
    from tamemip.programs import MixedIntegerProgram
    from tamemip.solvers import Limits


def recosted(
    F: DualFunction,
    program: MixedIntegerProgram,
    *,
    limits: Limits,
    points: Sequence[Point] = (),
) -> DualFunction | None:
    """A dual function for a program that differs from that of `F` in its costs alone.

    The branches and the cuts of `F` know nothing of costs, and neither do the rays at its
    leaves; only its dual vectors do. So its tree is taken as it stands, every leaf solved
    once, and branched on where that is not enough.

    Parameters
    ----------
    F
        A function with one tree.
    program
        The program with the new costs.
    limits
        Limits of the search.
    points
        Points that may be good.

    Returns
    -------
    DualFunction or None
        None if there is no such tree.
    """
    trees = F.trees or tuple(cut_tree.tree for cut_tree in F.cut_trees)
    if len(trees) != 1 or _has_sums(trees[0]):
        return None
    rhs = program.exact.rhs
    if F.trees:
        grower = BranchAndBound(program)
        tree = _without_duals(trees[0], IntegerData(program.exact))
        grown = grower.grow(rhs, tree=tree, points=points, limits=limits)
        return DualFunction.of_grown(program, grown)
    cuts = F.cut_trees[0].cuts
    extended = extended_program(program, cut_rows(program.canonical(), cuts), rhs=rhs)
    grower = BranchAndBound(extended, decomposes=False, target=Target.of(program.exact))
    tree = _without_duals(trees[0], IntegerData(extended.exact))
    grown = grower.grow(extended.exact.rhs, tree=tree, points=points, limits=limits)
    pruned = CutTree(cuts, grown.tree).pruned(program.n_rows)
    tight = tight_points(program, replace(grown, rhs=rhs))
    return replace(F, program=program, cut_trees=(pruned,), tight_points=tight, report=grown.report)


def _has_sums(tree: Tree) -> bool:
    return any(node.evidence is not None and node.evidence.sums for node in tree.nodes)


def _without_duals(tree: Tree, data: IntegerData) -> Tree:
    """The branches of a tree, with the rays at its leaves."""
    bare = tree.copy()
    for node in bare.nodes:
        if node.evidence is not None:
            rays: list[dict[int, Fraction]] = [ray.exact_y() for ray in node.evidence.rays]
            node.evidence = Evidence(rays=[data.multipliers(y, is_ray=True) for y in rays])
    return bare

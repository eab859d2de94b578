"""Better dual functions from old ones: `DualFunction.refine`."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._branch_and_cut_refining import refined_over_cuts
from tamemip.duality._builders import METHODS
from tamemip.duality._dual_function import DualFunction, tight_points
from tamemip.duality._multipliers import Multipliers
from tamemip.duality._progress import progress_line
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import merged
from tamemip.duality._tree import Evidence, Tree
from tamemip.errors import UnsupportedError
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.duality._reports import Watch


def refine(
    F: DualFunction, rhs: tuple[Fraction, ...], *, limits: Limits | None, progress: bool
) -> DualFunction:
    """See `DualFunction.refine`."""
    if rhs in F.tight_at:
        return F
    try:
        with progress_line(progress) as watch:
            if F.cut_trees and not F.trees:
                return refined_over_cuts(F, rhs, limits=limits or Limits(), watch=watch)
            better = _refined if F.trees else _joined
            return better(F, rhs, limits or Limits(), watch)
    except KeyboardInterrupt:  # at a moment that left nothing new
        return replace(F, report=replace(F.report, stopped="interrupted"))


def _joined(
    F: DualFunction, rhs: tuple[Fraction, ...], limits: Limits, watch: Watch | None
) -> DualFunction:
    """A function without plain trees, with another one that is strong elsewhere.

    The method that made it has the first word, so that a subadditive function stays
    one; where it does not reach the value, branch and bound does.
    """
    if F.method in METHODS and F.method != "linear":
        try:
            G = METHODS[F.method].load()(F.program, rhs, limits=limits, watch=watch)
        except UnsupportedError:
            pass  # a guard served the first right-hand side; nothing of the kind can here
        else:
            F = replace(F | G, method=F.method, report=merged(F.report, G.report))
            if rhs in F.tight_at or G.report.stopped is not None:
                return F
    grown = BranchAndBound(F.program).grow(rhs, limits=limits, watch=watch)
    G = DualFunction.of_grown(F.program, grown)
    method = G.method if F.method == "linear" else (F | G).method
    return replace(F | G, method=method, report=merged(F.report, G.report))


def _refined(
    F: DualFunction, rhs: tuple[Fraction, ...], limits: Limits, watch: Watch | None
) -> DualFunction:
    """Branching goes on in the leaves of the tree that says most at the right-hand side."""
    grower = BranchAndBound(F.program)
    trees = list(F.trees)
    ray = grower.root_ray(rhs)
    if ray is not None:
        points = (*F.tight_points, TightPoint(rhs, None, None))
        return replace(F, trees=_guarded(trees, ray), tight_points=points)
    best = _best_tree(F, rhs)
    grown = grower.grow(rhs, tree=trees[best].copy(), limits=limits, watch=watch)
    trees[best] = grown.tree
    points = (*F.tight_points, *tight_points(F.program, grown))
    report = merged(F.report, grown.report)
    return replace(F, trees=tuple(trees), tight_points=points, report=report)


def _best_tree(F: DualFunction, rhs: tuple[Fraction, ...]) -> int:
    """The tree that says most at a right-hand side; only trees with bounds can be refined."""
    grown = [k for k, tree in enumerate(F.trees) if not _is_guard(tree)]
    if len(grown) < 2:
        return grown[0] if grown else 0
    return max(grown, key=lambda k: F.functions[k].exact(rhs))


def _is_guard(tree: Tree) -> bool:
    """Whether a tree is nothing but rays of the root."""
    evidence = tree.nodes[0].evidence
    return (
        evidence is not None
        and bool(evidence.rays)
        and not evidence.duals
        and not evidence.sums
        and tree.nodes[0].children is None
    )


def _guarded(trees: list[Tree], ray: Multipliers) -> tuple[Tree, ...]:
    """The trees, with one ray more in the tree that is nothing but rays."""
    for k, tree in enumerate(trees):
        evidence = tree.nodes[0].evidence
        if evidence is not None and len(trees) > 1 and _is_guard(tree):
            grown = tree.copy()
            grown.nodes[0].evidence = Evidence(rays=[*evidence.rays, ray])
            return (*trees[:k], grown, *trees[k + 1 :])
    guard = Tree()
    guard.nodes[0].evidence = Evidence(rays=[ray])
    return (*trees, guard)

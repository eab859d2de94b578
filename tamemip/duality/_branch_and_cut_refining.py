"""Trees over cuts that go on growing, for another right-hand side."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._cut_tree import CutTree, cut_rows, extended_program
from tamemip.duality._dual_function import DualFunction, tight_points
from tamemip.duality._reports import merged

if TYPE_CHECKING:
    from tamemip.duality._reports import Watch
    from tamemip.solvers import Limits


def refined_over_cuts(
    F: DualFunction, rhs: tuple[Fraction, ...], *, limits: Limits, watch: Watch | None
) -> DualFunction:
    """Branching goes on in the leaves of the tree over cuts that says most at a rhs.

    The cuts stay as they are, with their right-hand sides taken there. Leaves that prove
    enough stay as well, so that the new function lies nowhere below the old one.

    Parameters
    ----------
    F
        A function with at least one tree over cuts.
    rhs
        The right-hand side of the user's rows at which it shall be strong too.
    limits, watch
        Limits of the search; who looks on.
    """
    form = F.program.canonical()
    trees = list(F.cut_trees)
    values = [tree.part(F.program).exact(rhs) for tree in trees]
    best = max(range(len(trees)), key=values.__getitem__)
    rows = cut_rows(form, trees[best].cuts)
    extended = extended_program(F.program, rows, rhs=rhs)
    grower = BranchAndBound(extended, decomposes=False)
    old = trees[best].tree.copy()
    grown = grower.grow(extended.exact.rhs, tree=old, limits=limits, watch=watch)
    trees[best] = CutTree(trees[best].cuts, grown.tree).pruned(F.program.n_rows)
    points = (*F.tight_points, *tight_points(F.program, replace(grown, rhs=rhs)))
    report = merged(F.report, grown.report)
    return replace(F, cut_trees=tuple(trees), tight_points=points, report=report)

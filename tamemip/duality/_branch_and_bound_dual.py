"""The method ``"branch-and-bound"``: a minimum over the leaves of one tree."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._dual_function import DualFunction

if TYPE_CHECKING:
    from tamemip.duality._reports import Watch
    from tamemip.programs import MixedIntegerProgram
    from tamemip.solvers import Limits


def build_branch_and_bound(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
) -> DualFunction:
    """Grow a tree that proves the value at a right-hand side (Wolsey 1981)."""
    grown = BranchAndBound(program).grow(rhs, limits=limits, watch=watch)
    return DualFunction.of_grown(program, grown, method="branch-and-bound")

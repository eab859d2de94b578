"""The method ``"auto"``: which construction fits a program, and why."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.duality._branch_and_bound_dual import build_branch_and_bound
from tamemip.duality._linear import build_linear

if TYPE_CHECKING:
    from tamemip.duality._dual_function import DualFunction
    from tamemip.duality._reports import Watch
    from tamemip.programs import MixedIntegerProgram
    from tamemip.solvers import Limits


def build_auto(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
) -> DualFunction:
    """The construction that fits a program; `BuildReport.reason` says why."""
    linear = build_linear(program, rhs, limits=limits, watch=None)
    if rhs in linear.tight_at:
        return _because(linear, "linear: the relaxation has the value of the program there")
    F = build_branch_and_bound(program, rhs, limits=limits, watch=watch)
    return _because(F, "branch and bound: the relaxation is not tight, and a tree always is")


def _because(F: DualFunction, reason: str) -> DualFunction:
    return replace(F, report=replace(F.report, reason=reason))

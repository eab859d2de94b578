"""The method ``"auto"``: which construction fits a program, and why.

The rules follow the measurements of `docs/theory/which-dual.md`.
"""

from __future__ import annotations

import time
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.duality._branch_and_bound_dual import build_branch_and_bound
from tamemip.duality._builders import METHODS
from tamemip.duality._linear import build_linear
from tamemip.duality._reports import merged
from tamemip.errors import UnsupportedError
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.duality._dual_function import DualFunction
    from tamemip.duality._reports import Watch
    from tamemip.programs import MixedIntegerProgram

#: Pure programs of at most so many rows times columns are tried by cuts first ...
_SMALL = 20_000
#: ... for at most so many seconds, and this share of the limit.
_SECONDS, _SHARE = 10.0, 0.4


def build_auto(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
) -> DualFunction:
    """The construction that fits a program; `BuildReport.reason` says why."""
    began = time.monotonic()
    linear = build_linear(program, rhs, limits=limits, watch=None)
    if rhs in linear.tight_at:
        return _because(linear, "linear: the relaxation has the value of the program there")
    # A limit of nodes is one of trees.
    if not _is_small_and_pure(program) or not linear.closed_forms or limits.nodes is not None:
        F = build_branch_and_bound(program, rhs, limits=limits, watch=watch)
        return _because(F, f"branch and bound: {_why_not_chvatal(program)}")
    seconds = _SECONDS if limits.seconds is None else min(_SECONDS, _SHARE * limits.seconds)
    first = replace(limits, seconds=seconds)
    try:
        closed = METHODS["chvatal"].load()(program, rhs, limits=first, watch=watch)
    except UnsupportedError:  # a column without a bound that has none in the relaxation
        F = build_branch_and_bound(program, rhs, limits=limits, watch=watch)
        return _because(F, "branch and bound: cuts need bounds that the program does not have")
    if rhs in closed.tight_at or closed.report.stopped == "interrupted":
        return _because(
            closed, "chvatal: pure integer, and a subadditive formula reaches the value"
        )
    left = limits.after(time.monotonic() - began)
    F = build_branch_and_bound(program, rhs, limits=left, watch=watch)
    both = replace(closed | F, method="branch-and-bound", report=merged(closed.report, F.report))
    return _because(both, f"branch and bound: no formula reached the value in {seconds:g} s")


def _is_small_and_pure(program: MixedIntegerProgram) -> bool:
    return all(program.exact.integer) and program.n_rows * program.n_cols <= _SMALL


def _why_not_chvatal(program: MixedIntegerProgram) -> str:
    if not all(program.exact.integer):
        return "there are continuous columns, and a tree reaches the value with them"
    return "a tree reaches the value; the program is large, or the nodes are limited"


def _because(F: DualFunction, reason: str) -> DualFunction:
    return replace(F, report=replace(F.report, reason=reason))

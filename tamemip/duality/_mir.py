"""Lipschitz subadditive dual functions of mixed-integer programs.

A branching tree is searched and proved as for branch and bound; then it is folded into
one function by pair roundings, a mixed-integer rounding a branch. Where all branching
columns are binary the result is nowhere below the minimum over the leaves; it is
subadditive, and as steep as its steepest leaf. See `docs/theory/mir-lifting.md`.
"""

from __future__ import annotations

import math
import time
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.duality._dual_function import DualFunction
from tamemip.duality._mir_cuts import MixedRootCuts, separate_mir
from tamemip.duality._mir_tree_root import RootProof, rounded_up
from tamemip.duality._mir_tree_trial import Trial, run_trial
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import BuildReport, merged
from tamemip.duality._target import Target
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.duality._reports import Watch
    from tamemip.functions import Node
    from tamemip.programs import MixedIntegerProgram

#: Share of the time for root cuts, for the first tree, and for searching at all: what
#: is left is for folding.
_CUTTING, _FIRST, _SEARCHING = 0.2, 0.6, 0.85
_MOST_CUTTING_SECONDS = 20.0
#: The bound of the cuts counts as better from this relative progress on.
_PROGRESS = 1e-6
#: A second tree, without cuts, may have so many times the nodes of the first one.
_PATIENCE, _LEAST_NODES = 4, 200


def build_mir(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
) -> DualFunction:
    """A Lipschitz subadditive dual function, the value at ``rhs`` where the tree allows it.

    Trees over mixed-integer rounding cuts and trees without cuts are both tried; the
    better function is kept, among equally good ones the smaller one.

    Parameters
    ----------
    program
        A mixed-integer program whose relaxation has a dual feasible point.
    rhs
        The right-hand side at which it shall be strong.
    limits, watch
        Limits of the search; who looks on.

    Raises
    ------
    UnsupportedError
        If the relaxation has no dual feasible point: no function bounds it everywhere.
    """
    began = time.monotonic()
    root = RootProof.of(program, rhs)
    if root.guards:
        point = TightPoint(rhs, None, None)
        report = BuildReport(1, 1, 1, time.monotonic() - began, 0.0, None)
        return DualFunction.of_nodes(program, "mir", root.functions, root.guards, [point], report)
    trials = _Trials(program, rhs, root, limits, watch)
    best = trials.best()
    return DualFunction.of_nodes(
        program, "mir", best.functions, best.guards, best.points, best.report
    )


@final
class _Trials:
    """The trees that are tried."""

    def __init__(
        self,
        program: MixedIntegerProgram,
        rhs: tuple[Fraction, ...],
        root: RootProof,
        limits: Limits,
        watch: Watch | None,
    ) -> None:
        self._program, self._rhs, self._root = program, rhs, root
        self._limits, self._watch = limits, watch
        self._began = time.monotonic()
        self._done: list[Trial] = []

    def best(self) -> Trial:
        """The best function of all trees, with the effort of all."""
        stopped = None
        try:
            self._run()
        except KeyboardInterrupt:
            stopped = "interrupted"
        best = max(self._done, key=lambda t: (t.value, -t.size), default=None)
        if best is None:
            return self._of_root(stopped)
        report = best.report
        for trial in self._done:
            if trial is not best:
                report = merged(trial.report, report)
        return replace(best, report=replace(report, stopped=stopped or report.stopped))

    def _run(self) -> None:
        cuts = self._cuts()
        if cuts:
            self._try(cuts, self._left(_FIRST, self._limits.nodes))
            first = self._done[0].report
            if first.stopped in ("seconds", "interrupted"):
                return
            allowed = max(_LEAST_NODES, _PATIENCE * first.nodes)
            if self._limits.nodes is not None:
                allowed = min(allowed, self._limits.nodes)
            self._try((), self._left(_SEARCHING, allowed if self._done[0].points else None))
        else:
            self._try((), self._left(_SEARCHING, self._limits.nodes))

    def _cuts(self) -> tuple[Node, ...]:
        """Cuts that hold something in the best relaxation, if they raise its bound."""
        seconds = self._limits.seconds
        allowed = _MOST_CUTTING_SECONDS
        if seconds is not None:
            allowed = min(allowed, _CUTTING * seconds)
        form = self._program.canonical()
        found = separate_mir(form, form.rhs_of(self._rhs), deadline=self._began + allowed)
        return tuple(found.cuts[k].node for k in found.holding) if _pays(found) else ()

    def _left(self, share: float, nodes: int | None) -> Limits:
        """Limits up to a share of the time."""
        seconds = self._limits.seconds
        if seconds is not None:
            seconds = max(share * seconds - (time.monotonic() - self._began), 0.0)
        return replace(self._limits, seconds=seconds, nodes=nodes)

    def _try(self, cuts: tuple[Node, ...], limits: Limits) -> None:
        trial = run_trial(
            self._program, self._rhs, self._root, cuts, limits=limits, watch=self._watch
        )
        self._done.append(trial)

    def _of_root(self, stopped: str | None) -> Trial:
        """The relaxation alone."""
        granularity = Target.of(self._program.exact).granularity
        e = self._program.canonical().rhs_of(self._rhs)
        functions = tuple(rounded_up(f, e, granularity) for f in self._root.functions)
        seconds = time.monotonic() - self._began
        report = BuildReport(1, 1, 1, seconds, 0.0, stopped)
        return Trial(functions, (), -math.inf, (), report)


def _pays(found: MixedRootCuts) -> bool:
    """Whether cuts raise the bound of the relaxation."""
    size = max(1.0, abs(found.relaxation_value))
    return bool(found.holding) and (found.cut_value > found.relaxation_value + _PROGRESS * size)

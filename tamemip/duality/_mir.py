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
from tamemip.duality._optimum import optimum
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import BuildReport, merged
from tamemip.duality._target import Target
from tamemip.functions import exact_value
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.duality._reports import Watch
    from tamemip.functions import Node
    from tamemip.programs import MixedIntegerProgram

#: Shares of the time: after the first tree, after cutting, after the tree over cuts, and
#: after all searching; what is left is for folding.
_FIRST, _CUTTING, _SECOND, _SEARCHING = 0.35, 0.45, 0.65, 0.85
#: Share of the time, and seconds at most, for cuts before any tree.
_GLANCE, _GLANCE_SECONDS = 0.15, 5.0
_MOST_CUTTING_SECONDS = 20.0
#: Nodes of the first tree, and of the tree over cuts where that was not enough.
_FIRST_NODES, _MOST_NODES, _LEAST_NODES = 2_500, 20_000, 200
#: Binary digits of the coefficients of cuts; a tree of a few nodes that misses the value
#: is grown once more with exact ones.
_DIGITS, _FEW_NODES = 22, 300
#: A function of so few nodes is good enough.
_TINY = 12
#: The bound of the cuts counts as better from this relative progress on.
_PROGRESS = 1e-6


def build_mir(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
) -> DualFunction:
    """A Lipschitz subadditive dual function, the value at ``rhs`` where the tree allows it.

    Trees without cuts and trees over mixed-integer rounding cuts are both tried; the
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
        self._found: MixedRootCuts | None = None

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
        """Cuts alone; a tree without, one over cuts; the first once more if none is strong."""
        most = self._limits.nodes
        self._try_cuts_alone()
        if any(trial.points for trial in self._done):
            return
        first_tree = len(self._done)
        self._try((), self._left(_FIRST, _least(_FIRST_NODES, most)))
        first = self._done[first_tree]
        if first.size <= _TINY and first.points:
            return
        cuts = self._cuts()
        if cuts:
            allowed = max(_LEAST_NODES, first.report.nodes) if first.points else _MOST_NODES
            self._try(cuts, self._left(_SECOND, _least(allowed, most)), digits=_DIGITS)
            if not self._done[-1].points and self._done[-1].report.nodes <= _FEW_NODES:
                self._try(cuts, self._left(_SECOND, _least(allowed, most)))
        if not any(trial.points for trial in self._done):
            self._try((), self._left(_SEARCHING, most))

    def _try_cuts_alone(self) -> None:
        """The dual function of the cuts, if there is a point that attains it."""
        began = time.monotonic()
        found = self._separated(_GLANCE, _GLANCE_SECONDS)
        if found is None or found.function is None or not _pays(found):
            return
        form, exact = self._program.canonical(), self._program.exact
        e = form.rhs_of(self._rhs)
        function = rounded_up(found.function, e, Target.of(exact).granularity)
        value = exact_value(function, e)
        limits = self._left(_FIRST, None)
        seconds = min(_GLANCE_SECONDS, limits.seconds or _GLANCE_SECONDS)
        best = optimum(self._program, self._rhs, replace(limits, seconds=seconds))
        points: tuple[TightPoint, ...] = ()
        if best is not None and form.objective(form.canonical_point(best.point)) == value:
            objective = self._program.objective(best.point)
            points = (TightPoint(self._rhs, best.point, objective),)
        report = BuildReport(1, found.rounds, 1, time.monotonic() - began, 0.0, None)
        assert isinstance(value, Fraction)  # functions of cuts are finite
        self._done.append(Trial((*self._root.functions, function), (), value, points, report))

    def _cuts(self) -> tuple[Node, ...]:
        """Cuts that hold something in the best relaxation, if they raise its bound."""
        found = self._found
        if found is None or found.stopped == "seconds":
            found = self._separated(_CUTTING, _MOST_CUTTING_SECONDS)
        if found is None or not _pays(found):
            return ()
        return tuple(found.cuts[k].node for k in found.holding)

    def _separated(self, share: float, most: float) -> MixedRootCuts | None:
        """Look for cuts, for a share of the time and some seconds at most."""
        now, deadline = time.monotonic(), math.inf
        if self._limits.seconds is not None:
            deadline = self._began + share * self._limits.seconds
        deadline = min(deadline, now + most)
        if deadline <= now:
            return None
        form = self._program.canonical()
        self._found = separate_mir(form, form.rhs_of(self._rhs), deadline=deadline)
        if self._found.stopped == "interrupted":
            raise KeyboardInterrupt  # the separation took the first one for itself
        return self._found

    def _left(self, share: float, nodes: int | None) -> Limits:
        """Limits up to a share of the time."""
        seconds = self._limits.seconds
        if seconds is not None:
            seconds = max(share * seconds - (time.monotonic() - self._began), 0.0)
        return replace(self._limits, seconds=seconds, nodes=nodes)

    def _try(self, cuts: tuple[Node, ...], limits: Limits, *, digits: int | None = None) -> None:
        trial = run_trial(
            self._program,
            self._rhs,
            self._root,
            cuts,
            digits=digits,
            limits=limits,
            watch=self._watch,
        )
        self._done.append(trial)
        if trial.report.stopped == "interrupted":
            raise KeyboardInterrupt  # the search took the first one for itself

    def _of_root(self, stopped: str | None) -> Trial:
        """The relaxation alone."""
        granularity = Target.of(self._program.exact).granularity
        e = self._program.canonical().rhs_of(self._rhs)
        functions = tuple(rounded_up(f, e, granularity) for f in self._root.functions)
        seconds = time.monotonic() - self._began
        report = BuildReport(1, 1, 1, seconds, 0.0, stopped)
        return Trial(functions, (), -math.inf, (), report)


def _least(allowed: int, most: int | None) -> int:
    """The smaller of a number and a limit, if there is one."""
    return allowed if most is None else min(allowed, most)


def _pays(found: MixedRootCuts) -> bool:
    """Whether cuts raise the bound of the relaxation."""
    size = max(1.0, abs(found.relaxation_value))
    return bool(found.holding) and (found.cut_value > found.relaxation_value + _PROGRESS * size)

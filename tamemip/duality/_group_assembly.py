"""From terms of a pure integer program to its dual function, with the point that it meets."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import final

from tamemip.duality._dual_function import DualFunction
from tamemip.duality._linear import build_linear, rounded_up
from tamemip.duality._optimum import optimum
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import BuildReport, Incumbent
from tamemip.duality._target import Target
from tamemip.functions import Node, combination
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

#: Seconds that a solver may look for the point that a function meets, where none are given.
_PATIENCE = 20.0
#: Share of the time that is left for it.
_SHARE = 0.3


@final
class Assembly:
    """What is known at one right-hand side beside a term: the linear dual, the best point.

    Parameters
    ----------
    program, rhs
        The program and the right-hand side.
    method
        The name of the method.
    limits
        Limits of the construction; the clock starts here.
    """

    def __init__(
        self, program: MixedIntegerProgram, rhs: tuple[Fraction, ...], method: str, limits: Limits
    ) -> None:
        self.program, self.rhs, self.method = program, rhs, method
        self.began = time.monotonic()
        self.deadline = self.began + (math.inf if limits.seconds is None else limits.seconds)
        self.linear = build_linear(program, rhs, limits=limits, watch=None)
        self._incumbent: Incumbent | None = None
        self._asked = self._interrupted = False

    def incumbent(self) -> Incumbent | None:
        """The best point that a solver finds in a while, exactly feasible."""
        if not self._asked:
            self._asked = True
            left = max(self.deadline - time.monotonic(), 0.0)
            seconds = min(_PATIENCE, _SHARE * left)
            try:
                self._incumbent = optimum(self.program, self.rhs, Limits(seconds=seconds))
            except KeyboardInterrupt:
                self._interrupted = True
        return self._incumbent

    def finished(
        self, functions: Sequence[Node], *, relaxations: int, stopped: str | None
    ) -> DualFunction:
        """The greatest of some terms and of the linear dual, tight where a point shows it.

        Terms are rounded up to the attainable objectives, as the linear dual is.
        """
        granularity = Target.of(self.program.exact).granularity
        rounded = [rounded_up(node, granularity) for node in functions]
        seconds = time.monotonic() - self.began
        report = BuildReport(0, 1 + relaxations, 0, seconds, 0.0, stopped)
        F = DualFunction.of_nodes(
            self.program,
            self.method,
            (*rounded, *self.linear.closed_forms),
            (*self.linear.guards, *_crossed_bounds(self.program)),
            (),
            report,
        )
        points = self._tight_points(F)
        if points:  # there was nothing left to look for
            stopped = None
        elif self._interrupted:
            stopped = "interrupted"
        return replace(F, tight_points=points, report=replace(report, stopped=stopped))

    def _tight_points(self, F: DualFunction) -> tuple[TightPoint, ...]:
        value = F.exact(self.rhs)
        if not isinstance(value, Fraction):
            return (TightPoint(self.rhs, None, None),)
        known = self.linear.tight_points
        if known and known[0].value == value:
            return known
        best = self.incumbent()
        if best is None or self.program.objective(best.point) != value:
            return ()
        return (TightPoint(self.rhs, best.point, value),)


def _crossed_bounds(program: MixedIntegerProgram) -> Iterator[Node]:
    """Guards of the integer columns that have no integer between their bounds."""
    form = program.canonical()
    for i in range(program.n_rows, form.n_rows):
        if form.rhs[i] > 0:
            yield combination({i: 1})

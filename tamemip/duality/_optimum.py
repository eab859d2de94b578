"""A point that a solver claims to be optimal, made exact."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from tamemip.duality._multipliers import IntegerData
from tamemip.duality._relaxation import Relaxation
from tamemip.duality._reports import Incumbent
from tamemip.errors import SolverError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, solve


def optimum(
    program: MixedIntegerProgram, rhs: Sequence[Fraction], limits: Limits
) -> Incumbent | None:
    """The best point a solver finds at a right-hand side, exactly feasible.

    Its cost is in min orientation, without the constant. None if the solver finds no
    point, or if exact arithmetic does not confirm it. Only that the point is feasible
    is certain; that it is optimal is the solver's claim.
    """
    try:
        claim = solve(program.with_rhs(tuple(rhs)), limits=limits)
    except SolverError:
        return None
    if claim.point is None:
        return None
    relaxation = Relaxation(program, IntegerData(program.exact), rhs)
    point = np.array([float(v) for v in claim.point])
    offered = relaxation.offer(point, (relaxation.lower, relaxation.upper))
    return None if offered is None else Incumbent(*offered)

"""Best values of single objectives, with proofs, and points that solvers claim to be best."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound
from tamemip.duality import DualFunction, Restriction, dual_function
from tamemip.errors import SolverError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, solve
from tamemip.value_functions._cost_search import tight_point
from tamemip.value_functions._pareto_objectives import Objectives, Point


@final
@dataclass(frozen=True, slots=True)
class BestOfOne:
    """The best value of one objective.

    Attributes
    ----------
    bound
        Proved: no point has less, in min orientation.
    point
        A feasible point; its value is the bound if `is_proved`. None if none was found.
    dual_function
        The proof.
    """

    bound: Bound
    point: Point | None
    is_proved: bool
    dual_function: DualFunction

    @property
    def stopped(self) -> str | None:
        """None if it is proved, else why not."""
        return None if self.is_proved else self.dual_function.report.stopped or "precision"


def best_of_one(objectives: Objectives, k: int, limits: Limits) -> BestOfOne:
    """The best value of objective number `k`.

    Raises
    ------
    UnsupportedError
        If the program is proved infeasible, or the objective unbounded.
    """
    program = objectives.alone(k)
    F = dual_function(program, method="branch-and-bound", limits=limits)
    tight = tight_point(F)
    bound = objectives.sign * F.value
    if tight is None:
        spent = F.report.search_seconds + F.report.proof_seconds
        point = claimed_best(program, program.exact.rhs, limits.after(spent))
        return BestOfOne(bound, point, False, F)
    if tight.point is None:
        raise UnsupportedError(
            "a Pareto frontier was asked for, but the program has no feasible point. Look at "
            "tamemip.infeasible_subset."
        )
    if tight.value is None:
        raise UnsupportedError(
            f"objectives[{k}] is unbounded: the frontier has no end there. Bound the columns, "
            "or add a row that bounds this objective."
        )
    return BestOfOne(bound, tight.point, True, F)


def claimed_best(
    program: MixedIntegerProgram, rhs: Sequence[Fraction], limits: Limits
) -> Point | None:
    """A feasible point that a solver claims to be best, exact; None if there is none."""
    moved = program.with_rhs(rhs)
    try:
        claim = solve(moved, limits=limits)
        if claim.point is None or not all(math.isfinite(x) for x in claim.point):
            return None
        flags = zip(claim.point, program.exact.integer, strict=True)
        part = tuple(Fraction(round(value)) for value, is_integer in flags if is_integer)
        point = Restriction(moved).optimal_point(part, moved.exact.rhs)
    except SolverError:
        return None
    return None if point is None or moved.violations(point) else point

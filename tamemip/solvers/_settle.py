"""Unbounded, or only said to be: an ambiguous claim is settled by two more solves.

A mixed-integer program in rational data that has a point is unbounded exactly
if its linear relaxation is, and that is so exactly if some ray of the recession
cone improves the objective [1]_.

References
----------
.. [1] R. R. Meyer, "On the existence of optimal solutions to integer and mixed-integer
   programming problems", Mathematical Programming 7 (1974), 223-235.
"""

from __future__ import annotations

import math
from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from tamemip.errors import SolverError
from tamemip.solvers._claim import Claim, Limits, Status
from tamemip.solvers._highs import Highs
from tamemip.solvers._model import has_loose_bounds
from tamemip.solvers._review import infinities, review

if TYPE_CHECKING:
    from collections.abc import Callable

    from tamemip.programs import MixedIntegerProgram

_RAY_TOLERANCE = 1e-7  # relative to the largest cost; the ray lies in a box of radius 1


def settle_unbounded(
    program: MixedIntegerProgram,
    claim: Claim,
    limits: Limits,
    solve_again: Callable[[MixedIntegerProgram, Limits], Claim],
) -> Claim:
    """Replace "infeasible or unbounded" by one of both, and doubt "unbounded".

    Raises
    ------
    SolverError
        If the program has a point, but no ray that improves the objective.
    """
    if has_loose_bounds(program):
        worst, best = infinities(program)
        reason = "bounds beyond 1e20 are infinite for the solver, and it ran to infinity"
        return replace(
            claim, status=Status.LIMIT, value=worst, bound=best, point=None, reason=reason
        )
    seconds = claim.seconds
    has_ray = improving_ray_value(program) < -_RAY_TOLERANCE
    if claim.point is None:
        feasibility = solve_again(program.with_cost((0,) * program.n_cols), limits.after(seconds))
        seconds += feasibility.seconds
        if feasibility.status is Status.INFEASIBLE:
            return replace(feasibility, seconds=seconds, raw=claim.raw + feasibility.raw)
        if feasibility.point is None:
            reason = "the time ran out before a point was found"
            return replace(
                claim, status=Status.INFEASIBLE_OR_UNBOUNDED, seconds=seconds, reason=reason
            )
        claim = replace(claim, point=feasibility.point, seconds=seconds)
    if not has_ray:
        raise SolverError(
            f"{claim.solver} says {claim.status.value}, but the program has a feasible point "
            "and no ray that improves its objective. Try another solver.",
            solver=claim.solver,
            raw=claim.raw,
        )
    reason = "a feasible point, and a ray of the relaxation that improves the objective"
    return replace(claim, status=Status.UNBOUNDED, reason=reason)


def improving_ray_value(program: MixedIntegerProgram) -> float:
    """Minimum of the objective over the recession cone, in a box, per largest cost.

    It is negative exactly if the linear relaxation is unbounded or infeasible.
    Maximization is turned around.
    """
    height = max((abs(c) for c in program.exact.c), default=Fraction(0))
    if not height:
        return 0.0
    cone = _recession_program(program, height)
    claim = review(cone, Highs().solve(cone, Limits()), Limits())
    return -claim.value if program.sense == "max" else claim.value


def _recession_program(program: MixedIntegerProgram, height: Fraction) -> MixedIntegerProgram:
    exact = program.exact
    data = replace(
        exact,
        c=tuple(c / height for c in exact.c),
        rhs=(Fraction(0),) * program.n_rows,
        lower=tuple(Fraction(-1 if math.isinf(low) else 0) for low in exact.lower),
        upper=tuple(Fraction(1 if math.isinf(up) else 0) for up in exact.upper),
        integer=(False,) * program.n_cols,
        offset=Fraction(0),
    )
    return replace(program, exact=data)

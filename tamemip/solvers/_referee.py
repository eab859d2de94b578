"""HiGHS as a mixed-integer solver: allowed by name, believed only when confirmed.

HiGHS 1.14 returned wrong optima on small mixed-integer programs: feasible
points, honest values, false bounds. Nothing in such a claim contradicts itself,
so another solver has to confirm it.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tamemip.errors import SolverError
from tamemip.solvers._claim import Claim, Limits, Status
from tamemip.solvers._highs import Highs
from tamemip.solvers._review import VALUE_TOLERANCE, infinities, review

if TYPE_CHECKING:
    from collections.abc import Callable

    from tamemip.programs import MixedIntegerProgram


def confirm(
    program: MixedIntegerProgram,
    claim: Claim,
    limits: Limits,
    solve_again: Callable[[MixedIntegerProgram, Limits, Claim], Claim],
) -> Claim:
    """Have a mixed-integer claim of HiGHS confirmed by a second solve.

    A limit that HiGHS reached keeps its point; its bound gives way to that of
    the linear relaxation.

    Raises
    ------
    SolverError
        If the second solver finds a better point, or any point of an infeasible program.
    """
    if claim.status is Status.LIMIT:
        return _with_relaxed_bound(program, claim)
    if claim.status not in (Status.OPTIMAL, Status.INFEASIBLE):
        return claim
    second = solve_again(program, limits.after(claim.seconds), claim)
    seconds = claim.seconds + second.seconds
    if _is_better(program, second, claim):
        raise SolverError(
            f"highs is wrong: it claims {claim.status.value} with bound {claim.bound:.9g}, but "
            f"{second.solver} found a feasible point with value {second.value:.9g}. "
            'Use solver="auto".',
            solver="highs",
            raw=f"{claim.raw}; {second!r}",
        )
    if second.status is claim.status:
        return replace(claim, seconds=seconds, reason=f"confirmed by {second.solver}")
    if second.status is Status.LIMIT:
        reason = f"{second.solver} could not confirm {claim.status.value} in time"
        return replace(
            claim, status=Status.LIMIT, bound=second.bound, seconds=seconds, reason=reason
        )
    raise SolverError(
        f"highs says {claim.status.value}, {second.solver} says {second.status.value}.",
        solver="highs",
        raw=f"{claim.raw}; {second!r}",
    )


def _is_better(program: MixedIntegerProgram, second: Claim, claim: Claim) -> bool:
    if second.point is None:
        return False
    lead = claim.bound - second.value if program.sense == "min" else second.value - claim.bound
    return lead > VALUE_TOLERANCE * max(1.0, abs(second.value))


def _with_relaxed_bound(program: MixedIntegerProgram, claim: Claim) -> Claim:
    relaxation = program.relax()
    lp = review(relaxation, Highs().solve(relaxation, Limits(seconds=claim.seconds + 1)), Limits())
    bound = lp.bound if lp.status is Status.OPTIMAL else infinities(program)[1]
    return replace(claim, bound=bound, seconds=claim.seconds + lp.seconds)

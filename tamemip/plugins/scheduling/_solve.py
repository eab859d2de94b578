"""One door to the searches: which one an instance is for."""

from __future__ import annotations

import time
from typing import Any

from tamemip.arithmetic import rationalize_bound
from tamemip.certificates import Bound
from tamemip.errors import NotAllowedError, UnsupportedError
from tamemip.plugins.scheduling._cp_shop import find_schedule
from tamemip.plugins.scheduling._family import FAMILY
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._found import FoundSchedule
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._proof import MakespanProof, prove_makespan
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._resource_constrained_proof import ProjectProof, prove_project
from tamemip.plugins.scheduling._resource_constrained_search import find_project_schedule
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.plugins.scheduling._single_machine_solving import solve_single_machine
from tamemip.solvers import Claim, Limits, Status
from tamemip.solvers import solve as ask_solver


# Any: each kind of instance has a solution of its own.
def solve(instance: object, *, limits: Limits | None = None) -> FoundSchedule[Any]:
    """A good schedule or plan of any scheduling instance, and a claimed bound.

    Shops and projects go to CP-SAT in its own words (`find_schedule`,
    `find_project_schedule`), single machines to a local search and SCIP
    (`solve_single_machine`), all others to a solver as the family's program. Nothing here
    is a proof of optimality: see `prove`, and `tamemip.dual_function` of the program.

    Parameters
    ----------
    instance
        An instance of the family.
    limits
        Limits of the search. At a limit the best schedule so far is returned.

    Raises
    ------
    InvalidInputError
        If it is no scheduling instance.
    NotAllowedError
        If there is no schedule, or none was found within the limits.

    Examples
    --------
    >>> from tamemip.plugins.scheduling import ParallelMachines
    >>> found = solve(ParallelMachines([3, 3, 2, 2, 2], 2))
    >>> found
    FoundSchedule(optimal, makespan 6, bound 6)
    """
    try:
        match instance:
            case JobShop() | FlowShop():
                return find_schedule(instance, limits=limits)
            case ResourceConstrained():
                return find_project_schedule(instance, limits=limits)
            case SingleMachine():
                return solve_single_machine(instance, limits=limits)
    except UnsupportedError:  # too many digits for integers of 64 bits
        pass
    return _by_program(instance, limits)


def prove(
    instance: JobShop | FlowShop | ResourceConstrained,
    *,
    schedule: Schedule | None = None,
    limits: Limits | None = None,
) -> MakespanProof | ProjectProof:
    """A bound on all makespans of a shop or a project, by a certificate that is checked.

    Parameters
    ----------
    instance
        The shop or project.
    schedule
        A short schedule; if None, `solve` looks for one within the limits.
    limits
        Limits of the proof. At a limit the bound is the best so far.

    Raises
    ------
    UnsupportedError
        If it is an instance of another kind.

    See Also
    --------
    prove_makespan, prove_project : what exactly is certified.

    Examples
    --------
    >>> proof = prove(JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]]))
    >>> proof.is_optimal, proof.bound
    (True, Fraction(7, 1))
    """
    match instance:
        case JobShop() | FlowShop():
            return prove_makespan(instance, schedule=schedule, limits=limits)
        case ResourceConstrained():
            if schedule is None:
                schedule = find_project_schedule(instance, limits=limits).schedule
            return prove_project(instance, schedule, limits=limits)
    raise UnsupportedError(
        f"`prove` is for shops and projects, not for {type(instance).__name__}; its program has a "
        'dual function with a proof: tamemip.dual_function(tamemip.family("scheduling")'
        ".program(instance).program)."
    )


def _by_program(instance: object, limits: Limits | None) -> FoundSchedule[Any]:
    began = time.perf_counter()
    claim = ask_solver(FAMILY.program(instance).program, limits=limits)
    if claim.point is None:
        raise NotAllowedError(
            f"no schedule was found: {claim.solver} says {claim.status.value} ({claim.reason})."
        )
    schedule = FAMILY.decode(instance, claim.point.tolist())
    source = f"claimed by {claim.solver}, not proved"
    seconds = time.perf_counter() - began
    bound = _bound(claim, schedule.value, limits)
    return FoundSchedule(schedule, bound, claim.status, seconds, claim.reason, source)


def _bound(claim: Claim, value: Bound, limits: Limits | None) -> Bound:
    """The claimed bound; a solver that closed the whole gap means the exact value."""
    if claim.status is Status.OPTIMAL and not (limits and limits.gap):
        return value
    return min(rationalize_bound(claim.bound, what="the bound"), value)

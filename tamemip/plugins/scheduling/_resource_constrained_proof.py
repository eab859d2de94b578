"""Resource-constrained projects: proofs that no schedule is shorter."""

from __future__ import annotations

import html
import math
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import Certificate
from tamemip.duality import dual_function
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._resource_constrained_schedule import evaluate_project
from tamemip.plugins.scheduling._resource_constrained_time import time_indexed_program
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits


@final
@dataclass(frozen=True, slots=True, repr=False)
class ProjectProof:
    """A lower bound on the makespans of a project, with its certificate.

    Attributes
    ----------
    schedule
        A schedule that the project allows.
    bound
        No schedule is shorter.
    program
        The time-indexed program whose value the certificate bounds: its times count
        ``1 / scale`` units of the project's, and everything ends by the schedule's makespan.
    certificate
        Proves the bound of the program; check it with ``tamemip.check(certificate,
        program=program)``.
    scale
        The common denominator of the durations.
    seconds
        Wall-clock time.
    """

    schedule: Schedule
    bound: Fraction
    program: MixedIntegerProgram
    certificate: Certificate
    scale: int
    seconds: float

    @property
    def is_optimal(self) -> bool:
        """Whether the schedule is proved to be a shortest one."""
        return self.bound == self.schedule.value

    def __repr__(self) -> str:
        return f"ProjectProof(makespan {self.schedule.value}, bound {self.bound})"

    def __str__(self) -> str:
        least = "no schedule is shorter" + ("" if self.is_optimal else f" than {self.bound}")
        return (
            f"a schedule of makespan {self.schedule.value}; {least}: proved, with "
            f"{len(self.certificate.lines)} lines, {self.seconds:.2f} s"
        )

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


def prove_project(
    project: ResourceConstrained, schedule: Schedule, *, limits: Limits | None = None
) -> ProjectProof:
    """Bound the makespans of a project from below, with a certificate.

    The core proves a bound on the value of the time-indexed program (`time_indexed_program`)
    whose horizon is the makespan of the schedule, in units in which all durations are
    integers. That bounds the project: take a schedule that is shorter. Moved to the earliest
    starts that its order relation allows, it is no longer, and its starts are sums of
    durations, so integers. Each activity then starts within its window, since the chains of
    precedences before and after it fit into the makespan. So it is a point of the program,
    which costs its makespan.

    Parameters
    ----------
    project
        The project.
    schedule
        A schedule of it, at best one that is thought to be a shortest one (see
        `find_project_schedule`). It is checked.
    limits
        Limits of the search for a proof. At a limit the bound is the best so far.

    Raises
    ------
    InvalidInputError
        If the project does not allow the schedule.

    Examples
    --------
    >>> import tamemip as tm
    >>> from tamemip.plugins.scheduling._resource_constrained_search import find_project_schedule
    >>> project = ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)])
    >>> proof = prove_project(project, find_project_schedule(project).schedule)
    >>> proof
    ProjectProof(makespan 4, bound 4)
    >>> statement = tm.check(proof.certificate, program=proof.program)
    """
    began = time.perf_counter()
    makespan = evaluate_project(project, schedule)
    scale = math.lcm(*(p.denominator for p in project.durations))
    counted = ResourceConstrained(
        [scale * p for p in project.durations],
        project.requirements,
        project.capacities,
        project.precedences,
    )
    horizon = math.ceil(scale * makespan)
    program = time_indexed_program(counted, horizon=horizon).program
    right = program.exact.rhs
    found = dual_function(program, method="linear")
    if found.exact(right) <= horizon - 1:
        found = dual_function(program, method="branch-and-cut", limits=limits)
    # The makespans of integer starts are integers.
    bound = min(makespan, Fraction(math.ceil(found.exact(right)), scale))
    return ProjectProof(
        schedule, bound, program, found.certificate, scale, time.perf_counter() - began
    )

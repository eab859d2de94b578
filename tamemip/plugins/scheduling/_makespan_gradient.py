"""The conservative gradient of the makespan in the durations: critical paths."""

from __future__ import annotations

from tamemip.duality import DualFunction
from tamemip.plugins.scheduling._critical_paths import critical_paths
from tamemip.plugins.scheduling._makespan_gradient_type import MakespanGradient
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._selections import MakespanInstance
from tamemip.plugins.scheduling._selections_bounds import LowerBounds
from tamemip.plugins.scheduling._selections_optimum import optimum
from tamemip.plugins.scheduling._selections_progress import progress_text
from tamemip.plugins.scheduling._selections_search import SelectionsSearch
from tamemip.solvers import Limits


def makespan_gradient(
    instance: MakespanInstance,
    *,
    schedule: Schedule | None = None,
    dual: DualFunction | None = None,
    limits: Limits | None = None,
    limit: int = 1000,
    workers: int = 1,
    progress: bool = False,
) -> MakespanGradient:
    r"""The conservative gradient of the least makespan in the durations of all operations.

    A selection :math:`S` decides who waits for whom; its makespan is its longest path, and

    .. math:: v(p) = \min_S \max_{P \text{ path of } S} \sum_{i \in P} p_i .

    With :math:`u_P` the vector that is 1 on a path and 0 elsewhere,

    .. math:: D(p) = \mathrm{conv} \{u_P : P \text{ a longest path of a shortest selection}\}

    is conservative [1]_: the rule for a minimum of finitely many maxima of linear functions.
    And :math:`u_P` is one of them if and only if there is a schedule of makespan
    :math:`v(p)` in which the operations of :math:`P` follow each other, two neighbors being
    of one job or in need of one resource, and take :math:`v(p)` together. (An operation of
    no duration takes its turn like all others.) So the paths are listed by CP-SAT, each with
    such a schedule, until it finds no other set of operations.

    What is checked: that each path takes just the makespan, in the schedule that comes with
    it, exactly. What is claimed by CP-SAT: that no schedule is shorter, unless a job or a
    machine alone takes as long, or `dual` says so, which are proofs; and that there are no
    further paths.

    Parameters
    ----------
    instance
        A `JobShop`, `FlowShop`, `ResourceConstrained` or `ParallelMachines`.
    schedule
        A schedule of least makespan, if one is known. If CP-SAT finds a shorter one soon, it
        is refused; else its makespan is taken to be least.
    dual
        A dual function of the program of the instance. Where it is tight, the makespan is
        called proved.
    limits
        Limits of all searches together; ``nodes`` counts conflicts of each.
    limit
        The most generators.
    workers
        Threads of CP-SAT. With one, and no limit of time, the answer is the same each time.
    progress
        Show a progress line on a terminal.

    Returns
    -------
    MakespanGradient
        The generators, one a set of operations, each with a critical path and a schedule.
        With Ctrl-C or at a limit those found so far.

    Raises
    ------
    NotAllowedError
        If a limit came before the makespan was known to be least.
    InvalidInputError
        If the instance does not allow the schedule, or a shorter one is found, or the dual
        function belongs to another program.
    UnsupportedError
        If the durations are too large for CP-SAT when brought to a common denominator.

    References
    ----------
    .. [1] J. Bolte, E. Pauwels, "Conservative set valued fields, automatic differentiation,
       stochastic gradient methods and deep learning", Mathematical Programming 188 (2021),
       19-51.
    .. [2] B. Roy, B. Sussmann, "Les problèmes d'ordonnancement avec contraintes disjonctives",
       SEMA, Note D.S. 9, 1964.

    Examples
    --------
    Two alike jobs on two machines: either may go first, and each order has two critical paths.

    >>> from tamemip.plugins.scheduling import JobShop, makespan_gradient
    >>> D = makespan_gradient(JobShop([[2, 2], [2, 2]], [[0, 1], [0, 1]]))
    >>> print(D)
    MakespanGradient(makespan 6, 4 critical paths)
      (1,0) -> (0,0) -> (0,1)
      (0,0) -> (0,1) -> (1,1)
      (0,0) -> (1,0) -> (1,1)
      (1,0) -> (1,1) -> (0,1)
      always: none
      sometimes: (0,0) (0,1) (1,0) (1,1)
      never: none
      the makespan is least, proved: machine 0 has work for 4, and there is 2 after it
      there are no other critical paths: claimed by CP-SAT, not proved
    >>> D.paths[0].schedule.value
    Fraction(6, 1)
    >>> D.contains(["3/4", "3/4", "3/4", "3/4"]), D.support({"processing[0,1]": -1})
    (True, 0.0)
    """
    bounds = LowerBounds.of(instance, dual)
    with progress_text(progress) as say:
        search = SelectionsSearch(bounds.selections, limits, workers=workers, say=say)
        best = optimum(search, bounds, instance, schedule)
        listed = critical_paths(search, best.selected, limit=limit)
    generators = sorted(listed.found, reverse=True)  # not in the order of a search
    return MakespanGradient(
        names=bounds.selections.names,
        short=bounds.selections.short,
        slots=bounds.selections.slots,
        value=best.selected.makespan,
        paths=tuple(listed.found[on] for on in generators),
        exact_generators=tuple(generators),
        is_complete=listed.is_complete,
        undecided=tuple(bounds.selections.names[i] for i in sorted(listed.undecided)),
        reasons=(best.reason, said_complete(listed.is_complete)),
    )


def said_complete(is_complete: bool) -> str:
    """Who says that there are no further critical paths, or that there may be."""
    if is_complete:
        return "there are no other critical paths: claimed by CP-SAT, not proved"
    return "a limit came first: there may be other critical paths"

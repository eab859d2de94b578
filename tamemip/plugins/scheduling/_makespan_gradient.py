"""The conservative gradient of the makespan in the durations: critical paths."""

from __future__ import annotations

from tamemip.duality import DualFunction
from tamemip.errors import NotAllowedError
from tamemip.plugins.scheduling._critical_paths import critical_paths
from tamemip.plugins.scheduling._makespan_gradient_type import MakespanGradient
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._selections import MakespanInstance
from tamemip.plugins.scheduling._selections_bounds import LowerBounds
from tamemip.plugins.scheduling._selections_search import Selected, SelectionsSearch
from tamemip.solvers import Limits, Status


def makespan_gradient(
    instance: MakespanInstance,
    *,
    schedule: Schedule | None = None,
    dual: DualFunction | None = None,
    limits: Limits | None = None,
    limit: int = 1000,
    workers: int = 1,
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

    Returns
    -------
    MakespanGradient
        The generators, one a set of operations, each with a critical path and a schedule.
        With Ctrl-C or at a limit those found so far.

    Raises
    ------
    NotAllowedError
        If a limit came before the makespan was known to be least, or the first path.
    InvalidInputError
        If the schedule is not shortest, or the dual function belongs to another program.
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
    selections = bounds.selections
    search = SelectionsSearch(selections, limits, workers)
    value = schedule.makespan if schedule else least_makespan(search).makespan
    reason = bounds.reason(value) or said_least(search, schedule)
    listed = critical_paths(search, value, limit=limit)
    if not listed.found:
        raise NotAllowedError(
            f"no critical path of length {value} was found: a limit came first, or no schedule "
            "is so short."
        )
    generators = sorted(listed.found, reverse=True)  # not in the order of a search
    return MakespanGradient(
        names=selections.names,
        short=selections.short,
        slots=selections.slots,
        value=value,
        paths=tuple(listed.found[on] for on in generators),
        exact_generators=tuple(generators),
        is_complete=listed.is_complete,
        undecided=tuple(selections.names[i] for i in sorted(listed.undecided)),
        reasons=(reason, said_complete(listed.is_complete)),
    )


def least_makespan(search: SelectionsSearch) -> Selected:
    """A selection of least makespan, by CP-SAT's claim.

    Raises
    ------
    NotAllowedError
        If a limit came first.
    """
    found, bound, status = search.least()
    if status is not Status.OPTIMAL:
        raise NotAllowedError(
            f"a limit came before the makespan was known to be least: found {found.makespan}, "
            f"none is shorter than {bound} (claimed by CP-SAT). Raise the limits, or give a "
            "`schedule` that is known to be shortest."
        )
    return found


def said_least(search: SelectionsSearch, schedule: Schedule | None) -> str:
    """Who says that the makespan is least, if it is not proved.

    Raises
    ------
    InvalidInputError
        If the given schedule turns out not to be shortest.
    """
    if schedule is None or search.is_least(schedule.makespan):
        return "the makespan is least: claimed by CP-SAT, not proved"
    return "the makespan is least: taken from the given schedule, not checked"


def said_complete(is_complete: bool) -> str:
    """Who says that there are no further critical paths, or that there may be."""
    if is_complete:
        return "there are no other critical paths: claimed by CP-SAT, not proved"
    return "a limit came first: there may be other critical paths"

"""The conservative gradient of the makespan in the durations: critical paths."""

from __future__ import annotations

from tamemip.errors import NotAllowedError
from tamemip.plugins.scheduling._critical_paths import critical_paths
from tamemip.plugins.scheduling._makespan_bounds import proved_reason
from tamemip.plugins.scheduling._makespan_gradient_type import MakespanGradient
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._selections import MakespanInstance, selections_of
from tamemip.plugins.scheduling._selections_search import Selected, SelectionsSearch
from tamemip.solvers import Limits, Status


def makespan_gradient(
    instance: MakespanInstance,
    *,
    schedule: Schedule | None = None,
    limits: Limits | None = None,
    limit: int = 1000,
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
    machine alone takes as long, which is a proof; and that there are no further paths.

    Parameters
    ----------
    instance
        A `JobShop`, `FlowShop`, `ResourceConstrained` or `ParallelMachines`.
    schedule
        A schedule of least makespan, if one is known; its makespan is taken to be least.
    limits
        Limits of all searches together; ``nodes`` counts conflicts of each.
    limit
        The most generators.

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
        If the schedule is none of the instance, or not shortest.
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
    >>> from tamemip.plugins.scheduling import JobShop, makespan_gradient
    >>> shop = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]])
    >>> D = makespan_gradient(shop)
    >>> print(D)
    """
    selections = selections_of(instance)
    search = SelectionsSearch(selections, limits)
    value = schedule.makespan if schedule else least_makespan(search).makespan
    reason = proved_reason(selections, value) or said_least(schedule)
    listed = critical_paths(search, value, limit=limit)
    if not listed.found:
        raise NotAllowedError(
            f"no critical path of length {value} was found: a limit came first, or no schedule "
            "is so short."
        )
    return MakespanGradient(
        names=selections.names,
        short=selections.short,
        slots=selections.slots,
        value=value,
        paths=tuple(listed.found.values()),
        exact_generators=tuple(listed.found),
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


def said_least(schedule: Schedule | None) -> str:
    """Who says that the makespan is least, if it is not proved."""
    who = "claimed by CP-SAT, not proved" if schedule is None else "taken from the given schedule"
    return f"the makespan is least: {who}"


def said_complete(is_complete: bool) -> str:
    """Who says that there are no further critical paths, or that there may be."""
    if is_complete:
        return "there are no other critical paths: claimed by CP-SAT, not proved"
    return "a limit came first: there may be other critical paths"

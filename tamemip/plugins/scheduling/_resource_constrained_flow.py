"""Resource-constrained projects: the program of resource flows, in continuous time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from fractions import Fraction
from itertools import permutations

import networkx as nx

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine, Entry
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._data_entry import exact_point
from tamemip.plugins.scheduling._resource_constrained import Arc, ResourceConstrained
from tamemip.plugins.scheduling._resource_constrained_schedule import project_schedule
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._slots import Slots
from tamemip.programs import ParametricProgram


def flow_program(
    instance: ResourceConstrained, *, slots: Collection[str] = ("processing",)
) -> ParametricProgram:
    r"""The least makespan of a project by resource flows, in continuous time [1]_.

    A schedule keeps to the capacities iff each activity can take its units from the stock,
    or from activities that have ended when it starts. With ``flow[i,j,k]`` units of
    resource `k` handed from activity `i` to activity `j`, and ``before[i,j] = 1`` if `i` ends
    before `j` starts:

    .. math::

        \min C: \quad S_i + p_i \le C, \quad S_i + p_i \le S_j + H (1 - x_{ij}), \quad
        f_{ijk} \le \min(r_{ik}, r_{jk}) x_{ij},

        \sum_j f_{ijk} \le r_{ik}, \quad \sum_i f_{ijk} \le r_{jk}, \quad
        \sum_{ij} f_{ijk} \ge \sum_j r_{jk} - R_k.

    The last row says that the stock :math:`R_k` covers what is not handed over. Pairs have
    a ``before`` if they share a resource and no chain of precedences orders them.

    Parameters ``processing[j]`` and ``capacity[k]`` are added to ``durations[j]`` and
    ``capacities[k]``; both move right-hand sides only. The program is right wherever all
    durations are positive with a sum of at most ``instance.horizon`` (some best schedule then
    ends by it, so that the rows with ``H`` cut nothing off), for any capacities: below the
    requirement of an activity it is infeasible. At a duration of 0 it is the limit.

    The makespan is a continuous function of the durations, piecewise linear with slopes 0
    and 1. In the capacities it is a step function, and the steps sit where requirements add
    up to a capacity, so often at the instance: it has no gradient there.

    Parameters
    ----------
    instance
        The project.
    slots
        Which parameters the program has, of ``"processing"`` and ``"capacity"``.

    Raises
    ------
    InvalidInputError
        If there is no slot, or one of another name.

    References
    ----------
    .. [1] C. Artigues, P. Michelon, S. Reusser, "Insertion techniques for static and dynamic
       resource-constrained project scheduling", European Journal of Operational Research
       149 (2003), 249-267.

    Examples
    --------
    >>> import tamemip as tm
    >>> project = ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)])
    >>> q = flow_program(project)
    >>> print(flow_schedule(project, tm.solve(q.program).point))
    makespan 4
      track 0: activity 0 [0, 3]
      track 1: activity 1 [0, 2]  activity 2 [2, 4]
    >>> tm.conservative_gradient(q).element  # the rate for each duration
    array([0., 1., 1.])
    >>> r = flow_program(project, slots=["capacity"])
    >>> round(tm.solve(r.at([-1])).value, 6)  # with one unit only
    7.0
    """
    moving = Slots(slots, known=("processing", "capacity"))
    n = instance.n_activities
    times = moving.entries("processing", instance.durations)
    stocks = moving.entries("capacity", instance.capacities)
    build = ProgramBuilder("min", name=instance.name, parameters=moving.names)
    end = build.column("makespan", cost=1, integer=False)
    starts = [build.column(f"start[{j}]", integer=False) for j in range(n)]
    for j, start in enumerate(starts):
        build.row(f"end[{j}]", {end: 1, start: -1}, ">=", times[j])
    for i, j in instance.precedences:
        build.row(f"precedence[{i},{j}]", {starts[j]: 1, starts[i]: -1}, ">=", times[i])
    _orders(build, instance, starts, times)
    _handovers(build, instance, stocks)
    return build.build()


def flow_schedule(instance: ResourceConstrained, point: Sequence[Number]) -> Schedule:
    """The schedule of a point of `flow_program`: as early as its order relation allows.

    Only the ``before`` columns are read; the starts are the longest chains, exactly, so
    that a schedule never ends later than the point says.

    Raises
    ------
    InvalidInputError
        If the point has a wrong length, an order is no integer, or the orders contradict
        each other.

    Examples
    --------
    >>> project = ResourceConstrained(["1/3", "1/7"], [[1], [1]], [1], [])
    >>> program = flow_program(project).program
    >>> point = [0.0] * program.n_cols
    >>> point[program.col_index("before[1,0]")] = 0.9999999
    >>> flow_schedule(project, point).starts
    (Fraction(1, 7), Fraction(0, 1))
    """
    program = flow_program(instance).program
    names = program.col_names
    values = exact_point(point, program.integrality.tolist(), names)
    chosen = {name for name, value in zip(names, values, strict=True) if value == 1}
    arcs = [(i, j) for i, j in undecided(instance) if _before(i, j) in chosen]
    return project_schedule(instance, earliest_starts(instance, arcs))


def undecided(instance: ResourceConstrained) -> tuple[Arc, ...]:
    """Ordered pairs that share a resource and that no chain of precedences orders.

    Examples
    --------
    >>> undecided(ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(0, 1), (1, 2)]))
    ()
    """
    graph = nx.DiGraph(list(instance.precedences))
    graph.add_nodes_from(range(instance.n_activities))
    ordered = set(nx.transitive_closure_dag(graph).edges)
    return tuple(
        (i, j)
        for i, j in permutations(range(instance.n_activities), 2)
        if (i, j) not in ordered and (j, i) not in ordered and _shared(instance, i, j)
    )


def earliest_starts(instance: ResourceConstrained, arcs: Sequence[Arc]) -> tuple[Fraction, ...]:
    """Starts as early as the precedences and further pairs allow.

    Raises
    ------
    InvalidInputError
        If the pairs ask an activity to end before it starts.

    Examples
    --------
    >>> project = ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)])
    >>> earliest_starts(project, [(0, 1)]) == (0, 3, 5)
    True
    """
    durations = instance.durations
    starts = [Fraction(0)] * instance.n_activities
    pairs = [*instance.precedences, *arcs]
    # Bellman-Ford, since activities of no length may precede each other in a circle.
    for _ in range(instance.n_activities):
        late = [(i, j) for i, j in pairs if starts[j] < starts[i] + durations[i]]
        if not late:
            return tuple(starts)
        for i, j in late:
            starts[j] = max(starts[j], starts[i] + durations[i])
    i, j = late[0]
    raise InvalidInputError(
        f"the orders contradict each other: activity {i} should end before activity {j} "
        "starts, and the other way round along a chain."
    )


def _before(i: int, j: int) -> str:
    return f"before[{i},{j}]"


def _shared(instance: ResourceConstrained, i: int, j: int) -> tuple[int, ...]:
    """The resources that both activities require."""
    pairs = zip(instance.requirements[i], instance.requirements[j], strict=True)
    return tuple(k for k, (a, b) in enumerate(pairs) if a and b)


def _orders(
    build: ProgramBuilder,
    instance: ResourceConstrained,
    starts: Sequence[str],
    times: Sequence[Affine],
) -> None:
    """Binary orders, at most one a pair, that hold where they are chosen."""
    horizon = instance.horizon
    for i, j in undecided(instance):
        order = build.column(_before(i, j), upper=1)
        entries: dict[str, Entry] = {starts[j]: 1, starts[i]: -1, order: -horizon}
        build.row(f"order[{i},{j}]", entries, ">=", times[i] - horizon)
        if i > j:
            build.row(f"either[{j},{i}]", {_before(j, i): 1, order: 1}, "<=", 1)


def _handovers(
    build: ProgramBuilder, instance: ResourceConstrained, stocks: Sequence[Affine]
) -> None:
    """Flows along the orders, which with the stocks cover the requirements."""
    graph = nx.DiGraph(list(instance.precedences))
    graph.add_nodes_from(range(instance.n_activities))
    orders = dict.fromkeys(undecided(instance))
    ways = sorted([*nx.transitive_closure_dag(graph).edges, *orders])
    for k, stock in enumerate(stocks):
        needs = [row[k] for row in instance.requirements]
        flows: dict[Arc, str] = {}
        for i, j in ways:
            most = min(needs[i], needs[j])
            if most:
                flows[i, j] = build.column(f"flow[{i},{j},{k}]", upper=most, integer=False)
                if (i, j) in orders:
                    entries: dict[str, Entry] = {flows[i, j]: 1, _before(i, j): -most}
                    build.row(f"handover[{i},{j},{k}]", entries, "<=", 0)
        for j, need in enumerate(needs):
            given = {flow: 1 for way, flow in flows.items() if way[0] == j}
            taken = {flow: 1 for way, flow in flows.items() if way[1] == j}
            if given:
                build.row(f"given[{j},{k}]", given, "<=", need)
            if taken:
                build.row(f"taken[{j},{k}]", taken, "<=", need)
        build.row(f"stock[{k}]", dict.fromkeys(flows.values(), 1), ">=", sum(needs) - stock)

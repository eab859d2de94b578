"""The operations of a schedule that follow each other without a gap from beginning to end."""

from __future__ import annotations

from fractions import Fraction

import networkx as nx

from tamemip.plugins.scheduling._schedule import Schedule

#: Bars on a track are kept apart for drawing; no machine makes them wait.
_TRACK = "track"


def critical_chain(schedule: Schedule) -> tuple[str, ...]:
    """Names of the operations on chains that fill the time from 0 to the makespan.

    In a chain each operation starts when the one before ends, of the same job or on the same
    machine. No such chain, no names: the schedule is not as early as it could be, or the
    operations wait for each other in ways that bars do not show, as in a project.

    Examples
    --------
    >>> from tamemip.plugins.scheduling._disjunctive import schedule_of
    >>> from tamemip.plugins.scheduling._job_shop import JobShop
    >>> shop = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]])
    >>> critical_chain(schedule_of(shop, {0: [(0, 0), (1, 1)], 1: [(1, 0), (0, 1)]}))
    ('job 0, operation 0', 'job 1, operation 1')
    """
    tight = _tight(schedule)
    first = [k for k, o in enumerate(schedule.operations) if o.start == Fraction(0)]
    last = [k for k, o in enumerate(schedule.operations) if o.end == schedule.makespan]
    later = set(first).union(*(nx.descendants(tight, k) for k in first))
    sooner = set(last).union(*(nx.ancestors(tight, k) for k in last))
    return tuple(o.name for k, o in enumerate(schedule.operations) if k in later & sooner)


def _tight(schedule: Schedule) -> nx.DiGraph[int]:
    """Pairs of operations of which the second starts when the first ends."""
    operations = schedule.operations
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(len(operations)))
    for a, first in enumerate(operations):
        for b, second in enumerate(operations):
            is_machine = not first.lane.startswith(_TRACK)
            if a == b or first.end != second.start:
                continue
            if first.job == second.job or (is_machine and first.lane == second.lane):
                graph.add_edge(a, b)
    return graph

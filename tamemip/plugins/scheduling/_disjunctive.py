"""What job shops and flow shops have in common: operations, conflicts, orders, schedules.

A selection orders the operations of every machine. With the chains of the jobs it is a
graph; if it has no cycle, the longest paths in it are the earliest starts, and its longest
path is the makespan (B. Roy and B. Sussmann, "Les problèmes d'ordonnancement avec
contraintes disjonctives", SEMA, Note D.S. 9, 1964).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from itertools import combinations, pairwise
from typing import Protocol, TypeAlias

import networkx as nx

from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._schedule import Schedule, ScheduledOperation

Operation: TypeAlias = "tuple[int, int]"
"""Operation ``k`` of job ``j``, as ``(j, k)``."""

Arc: TypeAlias = "tuple[Operation, Operation]"
"""The first operation ends before the second one starts."""

Orders: TypeAlias = "Mapping[int, Sequence[Operation]]"
"""For each machine its operations, in the order in which it does them."""


class Shop(Protocol):
    """A job shop or a flow shop."""

    @property
    def durations(self) -> tuple[tuple[Fraction, ...], ...]:
        """How long each operation takes, job by job."""

    @property
    def machines(self) -> tuple[tuple[int, ...], ...]:
        """The machine of each operation, job by job."""


def of_all(shop: Shop) -> tuple[Operation, ...]:
    """All operations, job by job."""
    return tuple((j, k) for j, row in enumerate(shop.durations) for k in range(len(row)))


def on_machine(shop: Shop, machine: int) -> tuple[Operation, ...]:
    """The operations on a machine, job by job."""
    return tuple((j, k) for j, k in of_all(shop) if shop.machines[j][k] == machine)


def machines_in_use(shop: Shop) -> tuple[int, ...]:
    """The machines that some job visits, in order."""
    return tuple(sorted({m for row in shop.machines for m in row}))


def conflicts(shop: Shop) -> Iterator[Arc]:
    """Pairs of operations of different jobs on one machine, each pair once."""
    for machine in machines_in_use(shop):
        for a, b in combinations(on_machine(shop, machine), 2):
            if a[0] != b[0]:
                yield a, b


def chains(shop: Shop) -> Iterator[Arc]:
    """Pairs of successive operations of a job."""
    for j, row in enumerate(shop.durations):
        yield from pairwise((j, k) for k in range(len(row)))


def total(shop: Shop) -> Fraction:
    """The sum of all durations."""
    return sum((p for row in shop.durations for p in row), Fraction(0))


def horizon(shop: Shop) -> Fraction:
    """Twice the sum of all durations: no earliest start of a selection exceeds half of it."""
    return 2 * total(shop) or Fraction(1)


def least_makespan(shop: Shop) -> Fraction:
    """No schedule is shorter: the longest job, or the greatest load of a machine."""
    loads = dict.fromkeys(machines_in_use(shop), Fraction(0))
    for j, k in of_all(shop):
        loads[shop.machines[j][k]] += shop.durations[j][k]
    return max(*loads.values(), *(sum(row, Fraction(0)) for row in shop.durations))


def selection_graph(shop: Shop, orders: Orders) -> nx.DiGraph[Operation]:
    """The operations with the arcs of jobs and of machines between successive ones.

    Raises
    ------
    InvalidInputError
        If the orders leave an operation out or go round in a circle.
    """
    graph: nx.DiGraph[Operation] = nx.DiGraph()
    graph.add_nodes_from(of_all(shop))
    graph.add_edges_from(chains(shop))
    for machine in machines_in_use(shop):
        order = [(j, k) for j, k in orders.get(machine, ())]
        if sorted(order) != sorted(on_machine(shop, machine)):
            raise InvalidInputError(
                f"orders[{machine}] is {order}; it has to list the operations "
                f"{list(on_machine(shop, machine))} of machine {machine}, each once."
            )
        graph.add_edges_from(pairwise(order))
    return graph


def earliest_starts(shop: Shop, orders: Orders) -> dict[Operation, Fraction]:
    """When each operation can start at the earliest: its longest path from the beginning.

    Raises
    ------
    InvalidInputError
        As `selection_graph`.
    """
    graph = selection_graph(shop, orders)
    if not nx.is_directed_acyclic_graph(graph):
        circle = " -> ".join(f"operation {k} of job {j}" for (j, k), _ in nx.find_cycle(graph))
        raise InvalidInputError(f"the orders of the machines go round in a circle: {circle}.")
    starts: dict[Operation, Fraction] = {}
    for operation in nx.topological_sort(graph):
        ends = (starts[p] + shop.durations[p[0]][p[1]] for p in graph.predecessors(operation))
        starts[operation] = max(ends, default=Fraction(0))
    return starts


def schedule_of(shop: Shop, orders: Orders) -> Schedule:
    """The schedule in which everything starts as early as the orders allow.

    Raises
    ------
    InvalidInputError
        As `selection_graph`.
    """
    return schedule_at(shop, earliest_starts(shop, orders))


def schedule_at(shop: Shop, starts: Mapping[Operation, Fraction]) -> Schedule:
    """The schedule with given starts; its value is its makespan. Nothing is checked."""
    operations = tuple(
        ScheduledOperation(
            f"job {j}, operation {k}",
            j,
            f"machine {shop.machines[j][k]}",
            starts[j, k],
            shop.durations[j][k],
        )
        for j, k in of_all(shop)
    )
    return Schedule(operations, max(o.end for o in operations), "makespan")


def orders_of(shop: Shop, starts: Mapping[Operation, Fraction]) -> dict[int, list[Operation]]:
    """For each machine its operations by start; those that take no time go first."""

    def moment(operation: Operation) -> tuple[Fraction, Fraction, Operation]:
        return starts[operation], shop.durations[operation[0]][operation[1]], operation

    return {m: sorted(on_machine(shop, m), key=moment) for m in machines_in_use(shop)}


_SHOWN = 20
"""So many jobs are printed."""


def table(shop: Shop) -> list[str]:
    """One line a job, for printing."""
    rows = list(zip(shop.machines, shop.durations, strict=True))
    lines = [
        f"  job {j}: "
        + ", ".join(f"machine {m} for {p}" for m, p in zip(machines, durations, strict=True))
        for j, (machines, durations) in enumerate(rows[:_SHOWN])
    ]
    return lines if len(rows) <= _SHOWN else [*lines, f"  ... {len(rows) - _SHOWN} more jobs"]

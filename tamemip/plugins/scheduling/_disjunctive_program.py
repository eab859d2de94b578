"""The disjunctive program of a shop: an order for every pair that shares a machine.

Unknowns are the starts, the makespan and one 0-1 variable for each pair of operations `a, b`
of different jobs on one machine, ``x = 1`` if `a` comes first. With a number ``M`` that no
end exceeds, ``start_b - start_a >= p_a - M (1 - x)`` and ``start_a - start_b >= p_b - M x``
say so (A. S. Manne, "On the job-shop scheduling problem", Operations Research 8 (1960),
219-223). That the makespan is no less than the load of each machine is true of every
schedule, but not of every point of the relaxation: these rows make it stronger.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import TypeAlias

import networkx as nx

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._affine import Affine, Entry
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._data_entry import exact_point
from tamemip.plugins.scheduling._disjunctive import (
    Arc,
    Operation,
    Orders,
    Shop,
    chains,
    conflicts,
    horizon,
    machines_in_use,
    of_all,
    on_machine,
)
from tamemip.programs import ParametricProgram

ColumnOf: TypeAlias = "Callable[[Arc], str]"
"""The 0-1 column that says that the first of two operations comes first."""


def disjunctive_program(shop: Shop, name: str, column_of: ColumnOf) -> ParametricProgram:
    """The program of a shop whose pairs are ordered by the columns that `column_of` names."""
    build = ProgramBuilder("min", name=name, parameters=map(slot_name, of_all(shop)))
    limit = horizon(shop)
    p = {o: Affine.of(shop.durations[o[0]][o[1]], slot_name(o)) for o in of_all(shop)}
    start = {o: build.column(start_name(o), upper=limit, integer=False) for o in of_all(shop)}
    makespan = build.column("makespan", cost=1, upper=limit, integer=False)
    for column in orderings(shop, column_of):
        build.column(column, upper=1)
    for a, b in chains(shop):
        build.row(f"after[{index(a)}]", {start[b]: 1, start[a]: -1}, ">=", p[a])
    for j, row in enumerate(shop.durations):
        last = (j, len(row) - 1)
        build.row(f"end[{j}]", {makespan: 1, start[last]: -1}, ">=", p[last])
    for machine in machines_in_use(shop):
        load = sum((p[o] for o in on_machine(shop, machine)), Affine.of(0))
        build.row(f"load[{machine}]", {makespan: 1}, ">=", load)
    for a, b in conflicts(shop):
        x, pair = column_of((a, b)), f"({index(a)}),({index(b)})"
        a_first: dict[str, Entry] = {start[b]: 1, start[a]: -1, x: -limit}
        b_first: dict[str, Entry] = {start[a]: 1, start[b]: -1, x: limit}
        build.row(f"first[{pair}]", a_first, ">=", p[a] - limit)
        build.row(f"second[{pair}]", b_first, ">=", p[b])
    return build.build()


def slot_name(operation: Operation) -> str:
    """The parameter that lengthens an operation."""
    return f"processing[{index(operation)}]"


def start_name(operation: Operation) -> str:
    """The column that says when an operation starts."""
    return f"start[{index(operation)}]"


def pair_name(pair: Arc) -> str:
    """The column that says that the first of two operations comes first."""
    return f"before[({index(pair[0])}),({index(pair[1])})]"


def index(operation: Operation) -> str:
    """The index of an operation in names."""
    return f"{operation[0]},{operation[1]}"


def orderings(shop: Shop, column_of: ColumnOf) -> tuple[str, ...]:
    """The 0-1 columns, in order."""
    return tuple(dict.fromkeys(column_of(pair) for pair in conflicts(shop)))


def orders_at(shop: Shop, point: Sequence[Number], column_of: ColumnOf) -> Orders:
    """The orders that the 0-1 columns of a point say; its starts are not read.

    Operations that a point orders in a circle all take no time, or the point breaks a row:
    then they happen at one moment, and any order that respects the jobs is as good.

    Raises
    ------
    InvalidInputError
        If the point has a wrong length, a fractional 0-1 column, or a circle that takes time.
    """
    names = (*map(start_name, of_all(shop)), "makespan", *orderings(shop, column_of))
    n_starts = len(names) - len(orderings(shop, column_of))
    integer = [k >= n_starts for k in range(len(names))]
    values = dict(zip(names, exact_point(point, integer, names), strict=True))
    line = _line(shop, _chosen(shop, values, column_of))
    places = {operation: k for k, operation in enumerate(line)}
    return {m: sorted(on_machine(shop, m), key=places.__getitem__) for m in machines_in_use(shop)}


def point_of(
    shop: Shop, starts: Mapping[Operation, Fraction], column_of: ColumnOf
) -> tuple[Fraction, ...]:
    """The point of the program that an allowed schedule is: the other way round."""
    ends = {(j, k): t + shop.durations[j][k] for (j, k), t in starts.items()}
    before = dict.fromkeys(orderings(shop, column_of), True)
    for a, b in conflicts(shop):
        before[column_of((a, b))] &= ends[a] <= starts[b]
    return (*(starts[o] for o in of_all(shop)), max(ends.values()), *map(Fraction, before.values()))


def _chosen(shop: Shop, values: dict[str, Fraction], column_of: ColumnOf) -> nx.DiGraph[Operation]:
    """The graph of the jobs' chains and of the order of every pair."""
    graph: nx.DiGraph[Operation] = nx.DiGraph()
    graph.add_nodes_from(of_all(shop))
    graph.add_edges_from(chains(shop))
    for a, b in conflicts(shop):
        graph.add_edge(*((a, b) if values[column_of((a, b))] == 1 else (b, a)))
    return graph


def _line(shop: Shop, graph: nx.DiGraph[Operation]) -> list[Operation]:
    """All operations in one line that respects the graph, circles of no length broken up."""
    parts = nx.condensation(graph)
    line: list[Operation] = []
    for part in nx.topological_sort(parts):
        members = sorted(parts.nodes[part]["members"])
        if len(members) > 1 and any(shop.durations[j][k] for j, k in members):
            raise InvalidInputError(
                "the 0-1 columns of the point order "
                + ", ".join(f"operation {k} of job {j}" for j, k in members)
                + " in a circle."
            )
        line.extend(members)
    return line

"""Selections: the makespan as a least longest path, for all members that have one.

Operations that need a common machine or resource wait for each other. Which one waits is the
decision: a *selection* is an acyclic set of arcs "ends before the other one starts" between
operations that share a resource, together with the precedences of the instance, such that
the resources suffice for whatever the arcs leave parallel. For a selection ``S`` the least
makespan is the longest path in it, and the least makespan of the instance is the least of
these, over finitely many ``S``, for all durations that are not negative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations
from typing import TypeAlias, final

import networkx as nx

from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._disjunctive import Operation, chains, conflicts, schedule_at
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._parallel_machines import ParallelMachines, assignment
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._resource_constrained_schedule import project_schedule
from tamemip.plugins.scheduling._schedule import Schedule

Arc: TypeAlias = "tuple[int, int]"
"""Operations by their places: the first ends before the second starts."""

MakespanInstance: TypeAlias = JobShop | FlowShop | ResourceConstrained | ParallelMachines
"""The instances whose objective is the makespan."""


@final
@dataclass(frozen=True, slots=True)
class Resource:
    """So much of something is there at all times, and operations occupy some of it."""

    name: str
    capacity: Fraction
    demands: Mapping[int, Fraction]

    @property
    def is_unary(self) -> bool:
        """Whether it serves one operation at a time."""
        least = sorted(self.demands.values())[:2]
        return len(least) < 2 or sum(least) > self.capacity


@final
@dataclass(frozen=True, slots=True)
class Selections:
    """All selections of an instance.

    Attributes
    ----------
    names
        What the schedule calls each operation.
    short
        The same in short, for long lists.
    slots
        The parameters of the program that move the durations.
    durations
        How long each operation takes.
    arcs
        The precedences of the instance.
    resources
        What operations share.
    alike
        Groups of pairs that have to be ordered in the same way: first before second in all
        pairs of a group, or in none.
    draw
        The schedule with given starts, and a longest path of it.
    waits
        Whether in a schedule one operation has to wait for another that ends before it.
    """

    names: tuple[str, ...]
    short: tuple[str, ...]
    slots: tuple[str, ...]
    durations: tuple[Fraction, ...]
    arcs: tuple[Arc, ...]
    resources: tuple[Resource, ...]
    alike: tuple[tuple[Arc, ...], ...]
    draw: Callable[[Sequence[Fraction], Sequence[int]], Schedule]
    waits: Callable[[Schedule, Arc], bool]

    @property
    def unit(self) -> Fraction:
        """A unit of time of which all durations are multiples."""
        return Fraction(1, math.lcm(*(p.denominator for p in self.durations)))

    def undecided(self) -> tuple[Arc, ...]:
        """Pairs that share a resource and that no chain of precedences orders, each once."""
        ordered = set(nx.transitive_closure_dag(self._precedences()).edges)
        pairs = {
            pair
            for resource in self.resources
            for pair in combinations(sorted(i for i, d in resource.demands.items() if d), 2)
        }
        return tuple(sorted((i, j) for i, j in pairs if not ordered & {(i, j), (j, i)}))

    def reversed(self) -> Selections:
        """The same operations done backwards in time."""
        return replace(self, arcs=tuple((j, i) for i, j in self.arcs))

    def links(self) -> tuple[Arc, ...]:
        """The arcs that a selection may have."""
        either = (arc for i, j in self.undecided() for arc in ((i, j), (j, i)))
        return (*self.arcs, *either)

    def earliest(self, selection: Sequence[Arc]) -> tuple[Fraction, ...]:
        """The longest path to each operation."""
        graph = self._precedences()
        graph.add_edges_from(selection)
        starts = [Fraction(0)] * len(self.durations)
        for j in nx.topological_sort(graph):
            ends = (starts[i] + self.durations[i] for i in graph.predecessors(j))
            starts[j] = max(ends, default=Fraction(0))
        return tuple(starts)

    def slacks(self, selection: Sequence[Arc]) -> tuple[Fraction, ...]:
        """By how much each operation may grow without making the longest path longer."""
        heads = self.earliest(selection)
        tails = self.reversed().earliest([(j, i) for i, j in selection])
        through = [sum(v, Fraction(0)) for v in zip(heads, self.durations, tails, strict=True)]
        return tuple(max(through) - v for v in through)

    def selection_in(self, schedule: Schedule) -> tuple[Arc, ...]:
        """The arcs between operations that wait for each other in a schedule."""
        bars = schedule.operations
        return tuple(
            (i, j)
            for i, j in (self._alike_in if self.alike else self._pairs_in)(schedule)
            if bars[i].end <= bars[j].start and self.waits(schedule, (i, j))
        )

    def _pairs_in(self, schedule: Schedule) -> Iterator[Arc]:
        """Undecided pairs in the order of a schedule."""
        order = {j: k for k, j in enumerate(nx.topological_sort(self._precedences()))}
        bars = schedule.operations
        # By this order nothing goes in a circle, even where operations take no time.
        key = {j: (bars[j].start, bars[j].end, order[j]) for j in order}
        for i, j in self.undecided():
            yield (i, j) if key[i] <= key[j] else (j, i)

    def _alike_in(self, schedule: Schedule) -> Iterator[Arc]:
        """Likewise, if groups of pairs have one order."""
        middles = [bar.start + bar.end for bar in schedule.operations]
        for group in self.alike:
            # Whoever goes first does so in all pairs; it is earlier in the sum, or equal in all.
            first, second = (sum(middles[pair[k]] for pair in group) for k in (0, 1))
            yield from group if first <= second else ((j, i) for i, j in group)

    def critical_paths(
        self, selection: Sequence[Arc], starts: Sequence[Fraction]
    ) -> Iterator[tuple[int, ...]]:
        """The longest paths of a selection whose longest paths to operations are `starts`."""
        ends = [s + p for s, p in zip(starts, self.durations, strict=True)]
        makespan = max(ends)
        # Without slack every arc can be followed to the end, so that no path is a dead end.
        critical = {j for j, slack in enumerate(self.slacks(selection)) if not slack}
        tight: nx.DiGraph[int] = nx.DiGraph()
        tight.add_nodes_from(critical)
        for i, j in (*self.arcs, *selection):
            if ends[i] == starts[j] and {i, j} <= critical:
                tight.add_edge(i, j)
        first = sorted((j for j in critical if not starts[j]), reverse=True)
        open_paths: list[tuple[int, ...]] = [(j,) for j in first]
        while open_paths:
            path = open_paths.pop()
            if ends[path[-1]] == makespan:
                yield path
            open_paths += [(*path, j) for j in sorted(tight.successors(path[-1]), reverse=True)]

    def indicator(self, path: Sequence[int]) -> tuple[Fraction, ...]:
        """1 at the operations of a path, 0 elsewhere."""
        return tuple(Fraction(j in set(path)) for j in range(len(self.durations)))

    def _precedences(self) -> nx.DiGraph[int]:
        graph: nx.DiGraph[int] = nx.DiGraph()
        graph.add_nodes_from(range(len(self.durations)))
        graph.add_edges_from(self.arcs)
        return graph


def selections_of(instance: MakespanInstance) -> Selections:
    """The selections of an instance.

    Raises
    ------
    InvalidInputError
        If it is no instance whose objective is the makespan.
    """
    match instance:
        case JobShop() | FlowShop():
            return _of_shop(instance)
        case ResourceConstrained():
            return _of_project(instance)
        case ParallelMachines():
            return _of_parallel(instance)
        case _:
            raise InvalidInputError(
                f"the makespan of {type(instance).__name__} was asked for; it is the objective "
                "of JobShop, FlowShop, ResourceConstrained and ParallelMachines. For other "
                "instances differentiate the program: "
                "tm.conservative_gradient(family.program(instance))."
            )


def _of_shop(shop: JobShop | FlowShop) -> Selections:
    places = {o: at for at, o in enumerate(shop.operations)}
    one = Fraction(1)
    resources = tuple(
        Resource(f"machine {m}", one, {places[o]: one for o in shop.on(m)})
        for m in shop.machine_numbers
    )

    def draw(starts: Sequence[Fraction], _: Sequence[int]) -> Schedule:
        return schedule_at(shop, dict(zip(shop.operations, starts, strict=True)))

    return Selections(
        tuple(f"job {j}, operation {k}" for j, k in shop.operations),
        tuple(f"({j},{k})" for j, k in shop.operations),
        tuple(f"processing[{j},{k}]" for j, k in shop.operations),
        tuple(shop.duration(o) for o in shop.operations),
        tuple((places[a], places[b]) for a, b in chains(shop)),
        resources,
        _alike(shop, places) if isinstance(shop, FlowShop) else (),
        draw,
        _always,
    )


def _alike(shop: FlowShop, places: Mapping[Operation, int]) -> tuple[tuple[Arc, ...], ...]:
    """One group of pairs for every two jobs."""
    groups: dict[tuple[int, int], list[Arc]] = {}
    for a, b in conflicts(shop):
        groups.setdefault((a[0], b[0]), []).append((places[a], places[b]))
    return tuple(map(tuple, groups.values()))


def _of_project(project: ResourceConstrained) -> Selections:
    resources = tuple(
        Resource(
            f"resource {k}",
            capacity,
            {j: row[k] for j, row in enumerate(project.requirements) if row[k]},
        )
        for k, capacity in enumerate(project.capacities)
    )
    n = project.n_activities
    return Selections(
        tuple(f"activity {j}" for j in range(n)),
        tuple(str(j) for j in range(n)),
        tuple(f"processing[{j}]" for j in range(n)),
        project.durations,
        project.precedences,
        resources,
        (),
        lambda starts, _: project_schedule(project, starts),
        _always,
    )


def _of_parallel(shop: ParallelMachines) -> Selections:
    names = tuple(f"job {j}" for j in range(shop.n_jobs))
    every = Resource(
        "some machine", Fraction(shop.machines), {j: Fraction(1) for j in range(shop.n_jobs)}
    )

    def draw(starts: Sequence[Fraction], path: Sequence[int]) -> Schedule:
        lanes = _machines(shop, starts, path)
        return assignment(shop, [lanes[j] for j in range(shop.n_jobs)])

    slots = tuple(f"processing[{j}]" for j in range(shop.n_jobs))
    short = tuple(str(j) for j in range(shop.n_jobs))
    return Selections(names, short, slots, shop.processing, (), (every,), (), draw, _same_lane)


def _machines(
    shop: ParallelMachines, starts: Sequence[Fraction], path: Sequence[int]
) -> Mapping[int, int]:
    """A machine for each job: 0 for those of the path, and for others where 0 alone is free."""
    # Without the jobs of the path, which take turns from beginning to end, one machine less is
    # busy at all times; so the first free one of the others will do (by start, as intervals).
    lanes = dict.fromkeys(path, 0)
    free = [Fraction(0)] * shop.machines
    for j in sorted(range(shop.n_jobs), key=lambda j: (starts[j], starts[j] + shop.processing[j])):
        if j in lanes:
            continue
        lane = next((m for m in range(1, shop.machines) if free[m] <= starts[j]), 0)
        lanes[j] = lane
        free[lane] = max(free[lane], starts[j] + shop.processing[j])
    return lanes


def _always(_: Schedule, __: Arc) -> bool:
    return True


def _same_lane(schedule: Schedule, pair: Arc) -> bool:
    i, j = pair
    return schedule.operations[i].lane == schedule.operations[j].lane

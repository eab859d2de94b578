"""Makespans and critical paths by listing all selections; nothing of the library is trusted."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import combinations, permutations, product

from tamemip.plugins.scheduling import FlowShop, JobShop, ParallelMachines, ResourceConstrained

Arcs = frozenset[tuple[int, int]]


def durations(instance) -> tuple[Fraction, ...]:
    match instance:
        case JobShop() | FlowShop():
            return tuple(p for row in instance.durations for p in row)
        case ResourceConstrained():
            return instance.durations
        case ParallelMachines():
            return instance.processing


def names(instance) -> list[str]:
    """What schedules call the operations."""
    match instance:
        case JobShop() | FlowShop():
            shape = enumerate(instance.durations)
            return [f"job {j}, operation {k}" for j, row in shape for k in range(len(row))]
        case ResourceConstrained():
            return [f"activity {j}" for j in range(len(instance.durations))]
        case ParallelMachines():
            return [f"job {j}" for j in range(len(instance.processing))]


def selections(instance) -> list[Arcs]:
    """All of them, each without a cycle."""
    match instance:
        case JobShop():
            found = _of_job_shop(instance)
        case FlowShop():
            found = _of_flow_shop(instance)
        case ResourceConstrained():
            found = _of_project(instance)
        case ParallelMachines():
            found = _of_parallel(instance)
    n = len(durations(instance))
    return [arcs for arcs in found if _order(n, arcs) is not None]


def makespan(all_selections: Iterable[Arcs], p: Sequence[Fraction]) -> Fraction:
    """The least longest path; a path may begin and end anywhere."""
    return min(_longest(arcs, p) for arcs in all_selections)


def generators(all_selections: Iterable[Arcs], p: Sequence[Fraction]) -> set[tuple[int, ...]]:
    """The operations of the longest paths of the shortest selections, as 0-1 vectors."""
    best = makespan(all_selections, p)
    found: set[tuple[int, ...]] = set()
    for arcs in all_selections:
        if _longest(arcs, p) == best:
            found |= {
                tuple(int(i in path) for i in range(len(p)))
                for path in _paths(len(p), arcs)
                if sum(p[i] for i in path) == best
            }
    return found


def _of_job_shop(shop: JobShop) -> Iterator[Arcs]:
    at = {
        o: k
        for k, o in enumerate(
            (j, k) for j, row in enumerate(shop.machines) for k in range(len(row))
        )
    }
    chains = {(at[j, k], at[j, k + 1]) for j, k in at if (j, k + 1) in at}
    machines = sorted({m for row in shop.machines for m in row})
    users = [[at[j, k] for j, k in at if shop.machines[j][k] == m] for m in machines]
    job = {place: j for (j, _), place in at.items()}
    for orders in product(*map(permutations, users)):
        pairs = {pair for order in orders for pair in combinations(order, 2)}
        if all(a < b for a, b in pairs if job[a] == job[b]):
            yield frozenset(chains | {(a, b) for a, b in pairs if job[a] != job[b]})


def _of_flow_shop(shop: FlowShop) -> Iterator[Arcs]:
    n, m = len(shop.durations), len(shop.durations[0])
    chains = {(j * m + k, j * m + k + 1) for j in range(n) for k in range(m - 1)}
    for order in permutations(range(n)):
        pairs = combinations(order, 2)
        yield frozenset(chains | {(a * m + k, b * m + k) for a, b in pairs for k in range(m)})


def _of_project(project: ResourceConstrained) -> Iterator[Arcs]:
    n = len(project.durations)
    known = _closure(n, frozenset(project.precedences))
    free = [
        (i, j)
        for i, j in combinations(range(n), 2)
        if not known & {(i, j), (j, i)}
        and any(a and b for a, b in zip(*(project.requirements[k] for k in (i, j)), strict=True))
    ]
    for choice in product((0, 1, 2), repeat=len(free)):
        chosen = {((i, j), (j, i))[c - 1] for (i, j), c in zip(free, choice, strict=True) if c}
        arcs = frozenset(chosen | set(project.precedences))
        if _order(n, arcs) is not None and _suffices(project, _closure(n, arcs)):
            yield arcs


def _suffices(project: ResourceConstrained, closure: Arcs) -> bool:
    n = len(project.durations)
    for size in range(1, n + 1):
        for group in combinations(range(n), size):
            if any((i, j) in closure or (j, i) in closure for i, j in combinations(group, 2)):
                continue
            for k, capacity in enumerate(project.capacities):
                if sum(project.requirements[j][k] for j in group) > capacity:
                    return False
    return True


def _of_parallel(shop: ParallelMachines) -> Iterator[Arcs]:
    n = len(shop.processing)
    for machine in product(range(shop.machines), repeat=n):
        # The order on a machine does not matter for a path of all its jobs.
        yield frozenset((i, j) for i, j in combinations(range(n), 2) if machine[i] == machine[j])


def _order(n: int, arcs: Arcs) -> list[int] | None:
    """The operations, each after those before it; None if there is a cycle."""
    left, order = set(range(n)), []
    while left:
        ready = [i for i in left if not any((a, i) in arcs for a in left)]
        if not ready:
            return None
        order += ready
        left -= set(ready)
    return order


def _closure(n: int, arcs: Arcs) -> Arcs:
    found = set(arcs)
    for k, i, j in product(range(n), repeat=3):
        if (i, k) in found and (k, j) in found:
            found.add((i, j))
    return frozenset(found)


def _longest(arcs: Arcs, p: Sequence[Fraction]) -> Fraction:
    end: dict[int, Fraction] = {}
    for j in _order(len(p), arcs) or ():
        end[j] = p[j] + max((end[i] for i, k in arcs if k == j), default=Fraction(0))
    return max(end.values())


def _paths(n: int, arcs: Arcs) -> Iterator[tuple[int, ...]]:
    later = {i: [j for a, j in arcs if a == i] for i in range(n)}
    stack = [(i,) for i in range(n)]
    while stack:
        path = stack.pop()
        yield path
        stack += [(*path, j) for j in later[path[-1]]]

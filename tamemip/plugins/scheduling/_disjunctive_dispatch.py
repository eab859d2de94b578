"""A schedule at once, without any search: what there is before a solver has begun."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction

from tamemip.plugins.scheduling._disjunctive import (
    Operation,
    Orders,
    Shop,
    machines_in_use,
    of_all,
    on_machine,
)
from tamemip.plugins.scheduling._flow_shop import FlowShop


def dispatched(shop: Shop) -> Orders:
    """Orders by a rule: most work remaining for job shops, best insertion for flow shops.

    In a job shop, the operation that can start first is scheduled next; of several, the one
    whose job has most work to come.
    """
    return in_turn(shop, by_insertion(shop)) if isinstance(shop, FlowShop) else _by_work(shop)


def in_turn(shop: Shop, jobs: Sequence[int]) -> Orders:
    """The orders in which every machine sees the jobs in one order."""
    places = {j: k for k, j in enumerate(jobs)}
    return {
        m: sorted(on_machine(shop, m), key=lambda o: (places[o[0]], o[1]))
        for m in machines_in_use(shop)
    }


def by_insertion(shop: FlowShop) -> tuple[int, ...]:
    """A permutation of the jobs: the longest first, each where it costs least.

    The rule is that of M. Nawaz, E. E. Enscore and I. Ham, "A heuristic algorithm for the
    m-machine, n-job flow-shop sequencing problem", Omega 11 (1983), 91-95; all places of a
    job are tried at once, as in E. Taillard, "Some efficient heuristic methods for the flow
    shop sequencing problem", European Journal of Operational Research 47 (1990), 65-74.

    Examples
    --------
    >>> by_insertion(FlowShop([[3, 2], [2, 4], [1, 3]]))
    (2, 1, 0)
    """
    scale = math.lcm(*(p.denominator for row in shop.durations for p in row))
    times = [[int(scale * p) for p in row] for row in shop.durations]
    jobs: list[int] = []
    for j in sorted(range(shop.n_jobs), key=lambda j: -sum(times[j])):
        makespans = _with_job(times, jobs, j)
        jobs.insert(makespans.index(min(makespans)), j)
    return tuple(jobs)


def _with_job(times: list[list[int]], jobs: list[int], job: int) -> list[int]:
    """The makespan of some jobs in turn with another one at each of the places."""
    before = [[0] * len(times[job])]
    for j in jobs:
        before.append(_then(before[-1], times[j]))
    after = [[0] * len(times[job])]
    for j in reversed(jobs):
        # Backwards in time, machines and jobs are met the other way round.
        after.append(_then(after[-1][::-1], times[j][::-1])[::-1])
    return [
        max(map(sum, zip(_then(ends, times[job]), rest, strict=True)))
        for ends, rest in zip(before, reversed(after), strict=True)
    ]


def _then(ends: list[int], durations: list[int]) -> list[int]:
    """When a job leaves each machine, given when the one before it did."""
    found, at = [], 0
    for end, duration in zip(ends, durations, strict=True):
        at = max(at, end) + duration
        found.append(at)
    return found


def _by_work(shop: Shop) -> Orders:
    orders: dict[int, list[Operation]] = {m: [] for m in machines_in_use(shop)}
    free = dict.fromkeys(orders, Fraction(0))
    ready = [Fraction(0)] * len(shop.durations)
    left = [sum(row, Fraction(0)) for row in shop.durations]
    done = [0] * len(shop.durations)
    for _ in of_all(shop):
        start, _, j = min(
            (max(ready[j], free[shop.machines[j][k]]), -left[j], j)
            for j, k in enumerate(done)
            if k < len(shop.durations[j])
        )
        duration, machine = shop.durations[j][done[j]], shop.machines[j][done[j]]
        orders[machine].append((j, done[j]))
        ready[j] = free[machine] = start + duration
        left[j] -= duration
        done[j] += 1
    return orders

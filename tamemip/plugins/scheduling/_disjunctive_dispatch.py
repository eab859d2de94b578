"""A schedule at once, without any search: what there is before a solver has begun."""

from __future__ import annotations

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
    """Orders by a rule: most work remaining for job shops, longest job for flow shops.

    In a job shop, the operation that can start first is scheduled next; of several, the one
    whose job has most work to come.
    """
    if isinstance(shop, FlowShop):
        return in_turn(shop, sorted(range(shop.n_jobs), key=lambda j: -sum(shop.durations[j])))
    return _most_work_remaining(shop)


def in_turn(shop: Shop, jobs: list[int]) -> Orders:
    """The orders in which every machine sees the jobs in one order."""
    places = {j: k for k, j in enumerate(jobs)}
    return {
        m: sorted(on_machine(shop, m), key=lambda o: (places[o[0]], o[1]))
        for m in machines_in_use(shop)
    }


def _most_work_remaining(shop: Shop) -> Orders:
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

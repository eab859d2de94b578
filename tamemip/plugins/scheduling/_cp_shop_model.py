"""Shops in CP-SAT's words: intervals, and machines on which they do not overlap."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import Any, final

from tamemip.errors import UnsupportedError
from tamemip.plugins.scheduling._disjunctive import (
    Operation,
    Orders,
    Shop,
    chains,
    earliest_starts,
    machines_in_use,
    of_all,
    on_machine,
    total,
)
from tamemip.plugins.scheduling._flow_shop import FlowShop

_LARGEST = 1 << 40
"""Times beyond this are refused: CP-SAT adds up numbers of 64 bits."""


@final
@dataclass(frozen=True, slots=True)
class ShopModel:
    """A model of CP-SAT, with durations scaled to integers.

    Attributes
    ----------
    model
        The model.
    scale
        What durations were multiplied by.
    starts
        The variable of each operation.
    """

    model: Any
    scale: int
    starts: Mapping[Operation, Any]


def shop_model(shop: Shop, hint: Orders) -> ShopModel:
    """The model of a shop, with a schedule that CP-SAT may begin with.

    Raises
    ------
    UnsupportedError
        If the durations are too large, brought to a common denominator.
    """
    from ortools.sat.python import cp_model

    scale = _scale(shop)
    p = {(j, k): int(scale * shop.durations[j][k]) for j, k in of_all(shop)}
    guess = {o: int(scale * t) for o, t in earliest_starts(shop, hint).items()}
    latest = max(guess[o] + p[o] for o in guess)
    model = cp_model.CpModel()
    start = {o: model.new_int_var(0, latest, f"start{o}") for o in p}
    makespan = model.new_int_var(0, latest, "makespan")
    for a, b in chains(shop):
        model.add(start[b] >= start[a] + p[a])
    for j, row in enumerate(shop.durations):
        model.add(makespan >= start[j, len(row) - 1] + p[j, len(row) - 1])
    for machine in machines_in_use(shop):
        model.add_no_overlap(
            model.new_fixed_size_interval_var(start[o], p[o], f"interval{o}")
            for o in on_machine(shop, machine)
        )
    if isinstance(shop, FlowShop):
        _forbid_overtaking(shop, model, start, p)
    model.minimize(makespan)
    for o, t in guess.items():
        model.add_hint(start[o], t)
    return ShopModel(model, scale, start)


def _scale(shop: Shop) -> int:
    scale = math.lcm(*(p.denominator for row in shop.durations for p in row))
    if scale * total(shop) > _LARGEST:
        raise UnsupportedError(
            f"CP-SAT needs integers: brought to the common denominator {scale}, the durations "
            f"add up to {scale * total(shop)}, which is more than {_LARGEST}. Round the "
            "durations, or solve the program of the shop with tamemip.solve."
        )
    return scale


def _forbid_overtaking(
    shop: FlowShop, model: Any, start: Mapping[Operation, Any], p: Mapping[Operation, int]
) -> None:
    """One 0-1 variable for two jobs: which of them is first, on every machine."""
    for j, i in combinations(range(shop.n_jobs), 2):
        is_first = model.new_bool_var(f"before[{j},{i}]")
        for k in shop.machine_numbers:
            model.add(start[i, k] >= start[j, k] + p[j, k]).only_enforce_if(is_first)
            model.add(start[j, k] >= start[i, k] + p[i, k]).only_enforce_if(~is_first)


def starts_in(model: ShopModel, solver: Any) -> dict[Operation, Fraction]:
    """The starts of the solver's solution, in the unit of the shop."""
    return {o: Fraction(solver.value(v), model.scale) for o, v in model.starts.items()}

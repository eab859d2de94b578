"""A sharper program for one instance: schedules that are no longer than a known one.

In a schedule of makespan at most `H`, operation `a` starts between its head (what its job
does before) and ``H`` less its duration and its tail (what its job does after). These bounds
on the starts give every pair big numbers of its own. For operations `S` on one machine, the
makespan is at least the least head, the sum of the durations and the least tail in `S`
(J. Carlier, "The one-machine sequencing problem", European Journal of Operational Research 11
(1982), 42-47). If all durations are integers, so is every longest path.

Hence every schedule of makespan at most `H` in which operations start as early as the orders
of the machines allow is a point of the program, with its makespan as cost; and if the value of
the program is at least ``B <= H``, no schedule at all is shorter than `B`.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from tamemip.plugins._affine import Entry
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins.scheduling._disjunctive import (
    Operation,
    Shop,
    chains,
    conflicts,
    machines_in_use,
    of_all,
    on_machine,
)
from tamemip.plugins.scheduling._disjunctive_program import (
    ColumnOf,
    index,
    orderings,
    start_name,
)
from tamemip.programs import MixedIntegerProgram


def window_program(
    shop: Shop, name: str, column_of: ColumnOf, longest: Fraction
) -> MixedIntegerProgram:
    """The program of the schedules whose makespan is at most `longest`.

    Its columns are those of `disjunctive_program`. It is right for the durations of the shop
    alone: nothing in it may move.
    """
    p = {(j, k): shop.durations[j][k] for j, k in of_all(shop)}
    lower, after = heads(shop), tails(shop)
    upper = {a: longest - p[a] - after[a] for a in p}
    # The builder wants a parameter; this one moves nothing.
    build = ProgramBuilder("min", name=name, parameters=["none"])
    start = {
        a: build.column(start_name(a), lower=lower[a], upper=upper[a], integer=False) for a in p
    }
    is_integral = all(duration.denominator == 1 for duration in p.values())
    makespan = build.column("makespan", cost=1, upper=longest, integer=is_integral)
    for column in orderings(shop, column_of):
        build.column(column, upper=1)
    for a, b in chains(shop):
        build.row(f"after[{index(a)}]", {start[b]: 1, start[a]: -1}, ">=", p[a])
    for j, row in enumerate(shop.durations):
        last = (j, len(row) - 1)
        build.row(f"end[{j}]", {makespan: 1, start[last]: -1}, ">=", p[last])
    for machine in machines_in_use(shop):
        build.row(f"load[{machine}]", {makespan: 1}, ">=", _load(shop, machine))
    for a, b in conflicts(shop):
        x, pair = column_of((a, b)), f"({index(a)}),({index(b)})"
        # What a start exceeds another one by at least, whatever their order.
        b_after_a, a_after_b = lower[b] - upper[a], lower[a] - upper[b]
        a_first: dict[str, Entry] = {start[b]: 1, start[a]: -1, x: b_after_a - p[a]}
        b_first: dict[str, Entry] = {start[a]: 1, start[b]: -1, x: p[b] - a_after_b}
        build.row(f"first[{pair}]", a_first, ">=", b_after_a)
        build.row(f"second[{pair}]", b_first, ">=", p[b])
    return build.build().program


def heads(shop: Shop) -> dict[Operation, Fraction]:
    """What the job of each operation does before it."""
    return {
        (j, k): sum(row[:k], Fraction(0))
        for j, row in enumerate(shop.durations)
        for k in range(len(row))
    }


def tails(shop: Shop) -> dict[Operation, Fraction]:
    """What the job of each operation does after it."""
    return {
        (j, k): sum(row[k + 1 :], Fraction(0))
        for j, row in enumerate(shop.durations)
        for k in range(len(row))
    }


def _load(shop: Shop, machine: int) -> Fraction:
    """The best bound of a machine over the sets of operations with late heads and long tails."""
    return max(_loads(shop, machine))


def _loads(shop: Shop, machine: int) -> Iterator[Fraction]:
    before, after = heads(shop), tails(shop)
    operations = on_machine(shop, machine)
    for head in {before[a] for a in operations}:
        for tail in {after[a] for a in operations}:
            chosen = [a for a in operations if before[a] >= head and after[a] >= tail]
            if chosen:
                yield head + sum(shop.durations[j][k] for j, k in chosen) + tail

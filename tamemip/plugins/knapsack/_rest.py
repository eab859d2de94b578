"""The rest of a knapsack: everything but one item, or but one class of items."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never, final

import numpy as np

from tamemip.certificates import Bound
from tamemip.errors import UnsupportedError
from tamemip.plugins.knapsack._domination import bundles, needed_and_spare
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._integer_form import integer_form
from tamemip.plugins.knapsack._leave_one_out import Part, tables_without
from tamemip.plugins.knapsack._multiple_choice import MultipleChoiceKnapsack
from tamemip.plugins.knapsack._solution import AnyKnapsack
from tamemip.plugins.knapsack._stages import Cell, Stage, Table, add_stages, dtype_for, fill
from tamemip.plugins.knapsack._whole_items import Kind, most_value, whole_items

_MOST_WORK = 2 * 10**10
"""Cells times parts times halvings: some twenty seconds."""


@final
@dataclass(frozen=True, slots=True)
class Rest:
    """The value of everything else, as a step function of the one capacity that is left to it.

    Attributes
    ----------
    table
        Values in units, by cells.
    unit, load
        The weight of one cell, and what weighs in any case.
    value_unit, constant
        A value is ``entry * value_unit + constant``.
    """

    table: Table
    unit: Fraction
    load: Fraction
    value_unit: Fraction
    constant: Fraction

    def at(self, capacity: Fraction) -> Bound:
        """The value at a capacity; minus infinity where nothing is allowed."""
        if capacity < self.load:
            return -math.inf
        return self._value(self._cell(capacity))

    def least_capacity(self, target: Bound) -> Fraction | None:
        """The least capacity for a value; None if the table has no such value."""
        if target == -math.inf:
            return self.load
        assert isinstance(target, Fraction)
        gain = target - self.constant
        need = math.ceil(gain / self.value_unit) if self.value_unit else int(gain > 0)
        if need > int(self.table[-1]):
            return None
        return self.load + self.unit * int(np.searchsorted(self.table, max(0, need)))

    def step_around(self, capacity: Fraction) -> tuple[Fraction, Bound, Fraction | None, Bound]:
        """The interval of constant value around a capacity, and the values on both sides.

        The first end belongs to it, and the value before it is minus infinity if nothing is allowed
        there; the second one does not, and is None if the table ends before it.
        """
        entry = self.table[self._cell(capacity)]
        low = int(np.searchsorted(self.table, entry, side="left"))
        high = int(np.searchsorted(self.table, entry, side="right"))
        before = self._value(low - 1) if low else -math.inf
        if high == len(self.table):
            return self.load + low * self.unit, before, None, self._value(high - 1)
        return (
            self.load + low * self.unit,
            before,
            self.load + high * self.unit,
            self._value(high),
        )

    def _cell(self, capacity: Fraction) -> int:
        return math.floor((capacity - self.load) / self.unit) if self.unit else 0

    def _value(self, cell: int) -> Fraction:
        return int(self.table[cell]) * self.value_unit + self.constant


@final
@dataclass(frozen=True, slots=True)
class PartedKnapsack:
    """A knapsack with one capacity in parts: items, or classes of them.

    Attributes
    ----------
    parts
        The stages of each part whose lack can matter.
    part_of
        For each item (class), the number of its part; None if nothing is lost without it.
    always
        The value of everything that is no part.
    whole
        The value of all parts together.
    loads, constants
        For each item (class), its part of `whole.load` and `whole.constant`.
    """

    parts: tuple[Part, ...]
    part_of: tuple[int | None, ...]
    always: Table
    whole: Rest
    loads: tuple[Fraction, ...]
    constants: tuple[Fraction, ...]

    def rests(self, deadline: float | None) -> Iterator[tuple[int, Rest]]:
        """For each item (class), its number and the rest; to be used before the next one."""
        members = {part: k for k, part in enumerate(self.part_of) if part is not None}
        table = self.whole.table
        for k, part in enumerate(self.part_of):
            if part is None:
                yield k, self._without(k, table)
        tables = tables_without(self.parts, self.always, deadline=deadline)
        for part, found in tables:
            yield members[part], self._without(members[part], found)

    def _without(self, k: int, table: Table) -> Rest:
        whole = self.whole
        load, constant = whole.load - self.loads[k], whole.constant - self.constants[k]
        return Rest(table, whole.unit, load, whole.value_unit, constant)


def parted(instance: AnyKnapsack, reach: Fraction, deadline: float | None) -> PartedKnapsack:
    """The parts of a knapsack with one capacity, with tables up to a capacity.

    Raises
    ------
    UnsupportedError
        If the tables are too large, or the value is unbounded.
    NotAllowedError
        If the deadline passes.
    """
    match instance:
        case Knapsack():
            return _items(instance, reach, deadline)
        case MultipleChoiceKnapsack():
            return _classes(instance, reach, deadline)
        case _:
            assert_never(instance)


def _items(instance: Knapsack, reach: Fraction, deadline: float | None) -> PartedKnapsack:
    whole = whole_items(instance, (reach,))
    needed, spare = needed_and_spare(whole.kinds, whole.last[0])
    _refuse_large(len(needed), whole.last[0] + 1)
    parts = tuple(_part(kind, whole.last) for kind in needed)
    places = {kind.item: k for k, kind in enumerate(needed)}
    taken = dict(whole.taken)
    dtype = dtype_for(most_value(whole.kinds, whole.last))
    shape = (whole.last[0] + 1,)
    always = fill(_all([_part(kind, whole.last) for kind in spare]), shape, dtype)
    table = always.copy()
    add_stages(table, _all(parts), deadline=deadline)
    n = instance.n_items
    return PartedKnapsack(
        parts,
        tuple(places.get(j) for j in range(n)),
        always,
        Rest(table, whole.units[0], Fraction(0), whole.value_unit, whole.constant),
        (Fraction(0),) * n,
        tuple(instance.profits[j] * taken.get(j, 0) for j in range(n)),
    )


def _classes(
    instance: MultipleChoiceKnapsack, reach: Fraction, deadline: float | None
) -> PartedKnapsack:
    form = integer_form(instance, (reach,))
    _refuse_large(len(form.stages), form.last[0] + 1)
    table = fill(form.stages, form.shape, form.dtype, deadline=deadline)
    bases = [
        None if stage.default is None else instance.labels[stage.default] for stage in form.stages
    ]
    return PartedKnapsack(
        tuple((stage,) for stage in form.stages),
        tuple(range(len(form.stages))),
        np.zeros_like(table),
        Rest(table, form.units[0], form.loads[0], form.value_unit, form.constant),
        tuple(Fraction(0) if b is None else instance.weights[0][b[0]][b[1]] for b in bases),
        tuple(Fraction(0) if b is None else instance.profits[b[0]][b[1]] for b in bases),
    )


def _part(kind: Kind, last: Cell) -> Part:
    return tuple(Stage((option,)) for option in bundles(kind, (0,), last))


def _all(parts: Sequence[Part]) -> list[Stage]:
    return [stage for part in parts for stage in part]


def _refuse_large(n_parts: int, n_cells: int) -> None:
    work = n_parts * max(1, n_parts.bit_length()) * n_cells
    if work > _MOST_WORK:
        raise UnsupportedError(
            f"the tables of {n_parts} items, each without one of them, would take {work} steps; "
            f"{_MOST_WORK} are the most. tamemip.cost_ranges answers for single columns of the "
            "program."
        )

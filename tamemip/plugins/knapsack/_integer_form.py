"""A knapsack in whole cells and whole units of value, exactly."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, assert_never, final

from tamemip.certificates import Bound
from tamemip.errors import UnsupportedError
from tamemip.plugins.knapsack._domination import stages_of
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._multiple_choice import MultipleChoiceKnapsack
from tamemip.plugins.knapsack._solution import AnyKnapsack
from tamemip.plugins.knapsack._stages import Cell, Option, Stage, choices, dtype_for
from tamemip.plugins.knapsack._whole_items import (
    most_value,
    unit_of,
    whole_items,
    whole_parts,
)

_MAX_CELLS = 1 << 28


class TooManyCellsError(UnsupportedError):
    """A table that no memory should hold."""


@final
@dataclass(frozen=True, slots=True)
class IntegerForm:
    """Stages of a dynamic program, and how its cells and entries read in the user's units.

    Weights are whole multiples of `units`, row by row, so the optimal value is constant
    between these multiples: real capacities are rounded down to them.

    Attributes
    ----------
    units
        The weight of one cell, by row; 0 for a row without weights, which has one cell.
    loads
        What weighs on each row in any case: the lightest item of each class.
    value_unit, constant
        A value is ``entry * value_unit + constant``.
    taken
        Pairs of item and copies that weigh nothing and are in every choice.
    stages
        What there is to choose.
    last
        The last cell.
    total
        An upper bound on all entries.
    """

    units: tuple[Fraction, ...]
    loads: tuple[Fraction, ...]
    value_unit: Fraction
    constant: Fraction
    taken: tuple[tuple[int, int], ...]
    stages: tuple[Stage, ...]
    last: Cell
    total: int

    @property
    def shape(self) -> Cell:
        """Number of cells, by row."""
        return tuple(k + 1 for k in self.last)

    @property
    def dtype(self) -> Any:
        """Integers that hold every entry: of 32 or 64 bits, or Python's own."""
        return dtype_for(self.total)

    @property
    def unreachable(self) -> int:
        """A negative entry, so small that no choice can mend it."""
        return -1 - self.total

    def cell(self, capacities: Sequence[Fraction]) -> Cell | None:
        """The cell of capacities; None if they are too small for what weighs in any case."""
        room = [c - load for c, load in zip(capacities, self.loads, strict=True)]
        if min(room) < 0:
            return None
        return tuple(
            math.floor(c / unit) if unit else 0 for c, unit in zip(room, self.units, strict=True)
        )

    def value(self, entry: int) -> Bound:
        """What an entry of the table says; minus infinity if nothing fits."""
        return -math.inf if entry < 0 else entry * self.value_unit + self.constant

    def best_counts(
        self, cell: Cell, n_items: int, *, deadline: float | None = None
    ) -> tuple[int, ...] | None:
        """How often each item is taken in an optimal choice; None if nothing fits the cell.

        Raises
        ------
        NotAllowedError
            If the deadline passes.
        """
        chosen = choices(
            self.stages, cell, self.dtype, unreachable=self.unreachable, deadline=deadline
        )
        if chosen is None:
            return None
        counts = [0] * n_items
        for j, copies in self.taken:
            counts[j] += copies
        for stage, option in zip(self.stages, chosen, strict=True):
            if option is not None:
                counts[option.item] += option.copies
            elif stage.default is not None:
                counts[stage.default] += 1
        return tuple(counts)


def integer_form(instance: AnyKnapsack, upto: Sequence[Fraction]) -> IntegerForm:
    """The integer form of an instance, for capacities of at most `upto`.

    Raises
    ------
    UnsupportedError
        If the value is unbounded, or there are too many cells.
    """
    match instance:
        case Knapsack():
            return _form_of_items(instance, upto)
        case MultipleChoiceKnapsack():
            return _form_of_classes(instance, upto)
        case _:
            assert_never(instance)


# -- items, and any number of them -----------------------------------------------------


def _form_of_items(instance: Knapsack, upto: Sequence[Fraction]) -> IntegerForm:
    whole = whole_items(instance, upto)
    _refuse_too_many(whole.last)
    total = most_value(whole.kinds, whole.last)
    return IntegerForm(
        units=whole.units,
        loads=(Fraction(0),) * len(upto),
        value_unit=whole.value_unit,
        constant=whole.constant,
        taken=whole.taken,
        stages=stages_of(whole.kinds, whole.last, dtype_for(total)),
        last=whole.last,
        total=total,
    )


# -- classes ---------------------------------------------------------------------------


@final
@dataclass(frozen=True, slots=True)
class _Member:
    """What may be chosen of a class, less what weighs in any case; no item if it is None."""

    item: int | None
    profit: Fraction
    weights: tuple[Fraction, ...]


def _form_of_classes(instance: MultipleChoiceKnapsack, upto: Sequence[Fraction]) -> IntegerForm:
    classes, loads = [], [Fraction(0)] * instance.n_capacities
    first = 0
    for k, profits in enumerate(instance.profits):
        columns = list(zip(*(table[k] for table in instance.weights), strict=True))
        members = [_Member(first + j, p, columns[j]) for j, p in enumerate(profits)]
        first += len(profits)
        if instance.choose == "at most one":
            members.append(_Member(None, Fraction(0), (Fraction(0),) * len(loads)))
        least = [min(m.weights[i] for m in members) for i in range(len(loads))]
        loads = [load + w for load, w in zip(loads, least, strict=True)]
        classes.append([_lightened(m, least) for m in members])
    units = tuple(
        unit_of(m.weights[i] for members in classes for m in members) for i in range(len(loads))
    )
    room = [max(Fraction(0), c - load) for c, load in zip(upto, loads, strict=True)]
    last = whole_parts(room, units)
    _refuse_too_many(last)
    bases = [_base(members) for members in classes]
    value_unit = unit_of(
        m.profit - base.profit
        for members, base in zip(classes, bases, strict=True)
        for m in members
    )
    stages = tuple(
        _stage(members, base, units, value_unit)
        for members, base in zip(classes, bases, strict=True)
    )
    return IntegerForm(
        units=units,
        loads=tuple(loads),
        value_unit=value_unit,
        constant=sum((base.profit for base in bases), Fraction(0)),
        taken=(),
        stages=stages,
        last=last,
        total=sum(max((o.value for o in stage.options), default=0) for stage in stages),
    )


def _lightened(member: _Member, least: Sequence[Fraction]) -> _Member:
    weights = tuple(w - low for w, low in zip(member.weights, least, strict=True))
    return _Member(member.item, member.profit, weights)


def _base(members: Sequence[_Member]) -> _Member:
    """The best member without weight, which is taken if no other is; else the least profit.

    With one capacity, the lightest member has no weight left.
    """
    light = [m for m in members if not any(m.weights)]
    if light:
        return max(light, key=lambda m: m.profit)
    return min(members, key=lambda m: m.profit)


def _stage(
    members: Sequence[_Member],
    base: _Member,
    units: Sequence[Fraction],
    value_unit: Fraction,
) -> Stage:
    is_due = any(base.weights)
    options = []
    for m in members:
        value = int((m.profit - base.profit) / value_unit) if value_unit else 0
        if m.item is not None and (is_due or value > 0):
            sizes = whole_parts(m.weights, units)
            options.append(Option(m.item, 1, value, sizes, sizes))
    if len(units) == 1:
        options = _undominated(options)
    return Stage(tuple(options), None if is_due else base.item, is_due)


def _undominated(options: Sequence[Option]) -> list[Option]:
    """By size, without those that a smaller one is as good as."""
    kept: list[Option] = []
    for option in sorted(options, key=lambda o: (o.sizes, -o.value)):
        if not kept or option.value > kept[-1].value:
            kept.append(option)
    return kept


def _refuse_too_many(last: Cell) -> None:
    cells = math.prod(k + 1 for k in last)
    if cells > _MAX_CELLS:
        raise TooManyCellsError(
            f"the value function would need a table of {cells} cells, one a capacity; {_MAX_CELLS} "
            "are the most. Ask for a smaller `upto`, or for tamemip.value_function(program, "
            "along=...) on the program, which has no table."
        )

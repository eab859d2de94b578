"""The best packing by dynamic programming, where that is affordable."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

import numpy as np

from tamemip.plugins.knapsack._core_items import Core, core_of
from tamemip.plugins.knapsack._domination import bundles, stages_of
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._integer_form import TooManyCellsError, integer_form
from tamemip.plugins.knapsack._solution import AnyKnapsack
from tamemip.plugins.knapsack._stages import Option, choices, dtype_for
from tamemip.plugins.knapsack._states import TooManyStatesError, best_choice, good_choice
from tamemip.plugins.knapsack._whole_items import WholeItems, most_value, whole_items

_LITTLE_WORK = 10**8
"""Cells times items for which no list of states is needed."""

_UNSURE = 100
"""Options of which a good packing is chosen, before a best one."""

_FAIR = 1e-12
"""Relative difference between a value and a price, in floats, that counts as none."""

_MOST_WORK = 10**10
"""Cells times stages: some ten seconds."""

_MOST_BYTES = 1 << 30
"""Of the tables that are kept at once."""


class TooMuchWorkError(Exception):
    """Dynamic programming would take too long, or too much memory.

    Attributes
    ----------
    counts
        A good packing, if one was found on the way.
    """

    def __init__(self, counts: tuple[int, ...] | None = None) -> None:
        super().__init__("too much work")
        self.counts = counts


@final
@dataclass(frozen=True, slots=True)
class CorePacking:
    """A knapsack with one capacity, most of its items decided."""

    whole: WholeItems
    core: Core
    n_items: int

    @property
    def greedy_counts(self) -> tuple[int, ...]:
        """The best packing of the greedy rule."""
        return self._with_weightless(self.core.incumbent)

    @property
    def bound(self) -> Fraction:
        """No packing is worth more."""
        return self.core.bound * self.whole.value_unit + self.whole.constant

    def best_with(self, options: Sequence[Option]) -> tuple[int, ...]:
        """What is fixed and these options, or the greedy packing if that is as good."""
        if self.core.fixed_value + sum(option.value for option in options) <= self.core.value:
            return self.greedy_counts
        taken: dict[int, int] = {}
        for option in options:
            taken[option.item] = taken.get(option.item, 0) + option.copies
        return self._with_weightless(self.core.fixed, taken)

    def _with_weightless(self, *chosen: Mapping[int, int]) -> tuple[int, ...]:
        """Copies by item, summed up, with the items that weigh nothing."""
        counts = [0] * self.n_items
        for part in (dict(self.whole.taken), *chosen):
            for j, copies in part.items():
                counts[j] += copies
        return tuple(counts)


def core_packing(instance: Knapsack) -> CorePacking:
    """Decide most items of a knapsack with one capacity.

    Raises
    ------
    UnsupportedError
        If the value is unbounded.
    """
    whole = whole_items(instance, instance.capacities)
    return CorePacking(whole, core_of(whole.kinds, whole.last[0]), instance.n_items)


def best_of_core(packing: CorePacking, deadline: float | None) -> tuple[int, ...]:
    """An optimal packing of a knapsack with one capacity.

    Raises
    ------
    TooMuchWorkError
        If what is left to decide is too much.
    NotAllowedError
        If the deadline passes.
    """
    core = packing.core
    if core.last < 0:
        return packing.greedy_counts
    if not core.kinds:
        return packing.best_with([])
    if len(core.kinds) * (core.last + 1) <= _LITTLE_WORK:
        return packing.best_with(_by_table(core, deadline))
    return _by_states(packing, deadline)


def _by_table(core: Core, deadline: float | None) -> list[Option]:
    """The best options of the core."""
    _refuse_large(len(core.kinds), core.last + 1, object)
    dtype = dtype_for(most_value(core.kinds, (core.last,)))
    stages = stages_of(core.kinds, (core.last,), dtype)
    _refuse_large(len(stages), core.last + 1, dtype)
    chosen = choices(stages, (core.last,), dtype, deadline=deadline)
    assert chosen is not None  # nothing is due
    return [option for option in chosen if option is not None]


def _by_states(packing: CorePacking, deadline: float | None) -> tuple[int, ...]:
    """The best packing by lists of states; by a table, if the lists are too long."""
    core = packing.core
    options = [o for kind in core.kinds for o in bundles(kind, (0,), (core.last,))]
    rate = float(core.rate)
    # Those whose wrong choice costs most come first, and leave few states to the others.
    options.sort(key=lambda o: (-abs(o.value - rate * o.sizes[0]), -o.sizes[0]))
    good: list[Option] = []
    try:
        good = _good_options(core, options, rate, deadline)
        need = max(core.value - core.fixed_value, sum(option.value for option in good))
        if core.fixed_value + need == core.bound:
            return packing.best_with(good)
        best = best_choice(options, core.last, need, rate, deadline=deadline)
        return packing.best_with(best or good)
    except TooManyStatesError:
        try:
            return packing.best_with(_by_table(core, deadline))
        except TooMuchWorkError:
            raise TooMuchWorkError(packing.best_with(good)) from None


def _good_options(
    core: Core, options: Sequence[Option], rate: float, deadline: float | None
) -> list[Option]:
    """Good options, none if none are found: only those are chosen of which the price is unsure.

    Of the others those are taken that are worth more than their price; and those that are
    worth just that, as long as half of the unsure ones still fit.
    """
    clear, unsure = options[:-_UNSURE], options[-_UNSURE:]
    left = sum(option.sizes[0] for option in unsure) // 2
    taken, room = [], core.last
    for option in clear:
        price = rate * option.sizes[0]
        is_fair = abs(option.value - price) <= _FAIR * price
        if room - option.sizes[0] >= (left if is_fair else 0) and (is_fair or option.value > price):
            taken.append(option)
            room -= option.sizes[0]
    need = core.value - core.fixed_value - sum(option.value for option in taken)
    found = good_choice(unsure, room, need, rate, deadline=deadline)
    return [] if found is None else [*taken, *found]


def best_of_table(instance: AnyKnapsack, deadline: float | None) -> tuple[int, ...] | None:
    """An optimal packing of any knapsack; None if nothing is allowed.

    Raises
    ------
    TooMuchWorkError
        If the table is too large.
    UnsupportedError
        If the value is unbounded.
    NotAllowedError
        If the deadline passes.
    """
    try:
        form = integer_form(instance, instance.capacities)
    except TooManyCellsError:
        raise TooMuchWorkError from None
    cell = form.cell(instance.capacities)
    if cell is None:
        return None
    _refuse_large(len(form.stages), math.prod(form.shape), form.dtype)
    return form.best_counts(cell, instance.n_items, deadline=deadline)


def _refuse_large(n_stages: int, n_cells: int, dtype: type) -> None:
    """Refuse what takes too long, or keeps too many tables (see `choices`)."""
    kept = (math.isqrt(n_stages) + 1) * n_cells * (np.dtype(dtype).itemsize + 1)
    if n_stages * n_cells > _MOST_WORK or kept > _MOST_BYTES:
        raise TooMuchWorkError

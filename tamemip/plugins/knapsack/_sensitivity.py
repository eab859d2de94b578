"""The table of what may move in a knapsack, and how far."""

from __future__ import annotations

import html
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import assert_never, final

from tamemip._aligned import aligned
from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.plugins.knapsack._capacities import refuse_other
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._integer_form import integer_form
from tamemip.plugins.knapsack._item_moves import ItemInRest, ItemMoves
from tamemip.plugins.knapsack._multiple_choice import MultipleChoiceKnapsack
from tamemip.plugins.knapsack._rest import Rest, parted
from tamemip.plugins.knapsack._solution import AnyKnapsack, KnapsackSolution, Label
from tamemip.plugins.knapsack._value_function import ORIGIN
from tamemip.solvers import Limits

_SHOWN = 40


@final
@dataclass(frozen=True, slots=True)
class CapacityMoves:
    """How far the capacity can move before the value changes, and what the change is.

    Attributes
    ----------
    capacity
        The capacity.
    low, loss
        The value stays down to `low`, and is less by `loss` just below it: infinite if
        nothing is allowed there.
    high, gain
        It stays below `high`, and is more by `gain` there: None and 0 if more capacity brings
        nothing, ever.
    """

    capacity: Fraction
    low: Fraction
    loss: Bound
    high: Fraction | None
    gain: Fraction


@final
@dataclass(frozen=True, slots=True, repr=False)
class KnapsackSensitivity:
    """The table of a knapsack's sensitivity; obtain it from `sensitivity`.

    Attributes
    ----------
    solution
        An optimal packing: profit ranges are those of this one.
    capacity
        How far the capacity can move.
    items
        One entry an item, in the order of the instance.
    """

    solution: KnapsackSolution
    capacity: CapacityMoves
    items: tuple[ItemMoves, ...]

    @property
    def value(self) -> Fraction:
        """The optimal value."""
        return self.solution.value

    def __getitem__(self, label: Label) -> ItemMoves:
        for entry in self.items:
            if entry.label == label:
                return entry
        raise InvalidInputError(f"there is no item {label!r} in this table.")

    def __iter__(self) -> Iterator[ItemMoves]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __repr__(self) -> str:
        n = len(self.items)
        return f"KnapsackSensitivity(value {self.value}, {n} item{'s' * (n != 1)})"

    def __str__(self) -> str:
        rows = [_HEADER, *map(_cells, self.items[:_SHOWN])]
        lines = aligned(rows, left=0)
        hidden = len(self.items) - _SHOWN
        more = [f"... {hidden} more items"] if hidden > 0 else []
        return "\n".join([self._headline(), *lines, *more])

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{html.escape(cell)}</th>" for cell in _HEADER)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in _cells(entry)) + "</tr>"
            for entry in self.items[:_SHOWN]
        )
        headline = html.escape(self._headline()).replace("\n", "<br>")
        return f"<p>{headline}</p><table><tr>{head}</tr>{body}</table>"

    def _headline(self) -> str:
        moves = self.capacity
        more = "more capacity brings nothing"
        if moves.high is not None:
            more = f"{moves.high} brings {moves.gain} more"
        less = f"below {moves.low} it is {moves.loss} less"
        if moves.loss == math.inf:
            less = f"below {moves.low} nothing is allowed"
        return f"value {self.value} ({ORIGIN})\ncapacity {moves.capacity}: {less}, {more}"


def sensitivity(instance: AnyKnapsack, *, limits: Limits | None = None) -> KnapsackSensitivity:
    """What of a knapsack with one capacity may move, how far, one number at a time.

    For every item: whether optimal packings take it, for which profits a given one stays
    optimal, and up to which weight the item is taken. For the capacity: the next
    steps of the value. All by exact dynamic programming, from the tables of all items but one.

    Parameters
    ----------
    instance
        A knapsack with one capacity, of any kind.
    limits
        Of the seconds only.

    Raises
    ------
    UnsupportedError
        If there are several capacities, the value is unbounded, or the tables are too large.
    NotAllowedError
        If nothing is allowed, or the tables are not finished within the limits.

    Examples
    --------
    Two packings are optimal, ``{0, 3}`` and ``{1, 2}``:

    >>> from tamemip.plugins.knapsack import Knapsack
    >>> table = sensitivity(Knapsack([10, 7, 27, 24], [2, 1, 6, 5], 7))
    >>> print(table)
    value 34 (optimal, by exact dynamic programming)
    capacity 7: below 7 it is 3 less, 8 brings 7 more
    item  taken  optimal  profit  stays optimal in  weight  taken up to
       0      1  in some      10         [10, inf)       2            2
       1      0  in some       7         (-inf, 7]       1            1
       2      0  in some      27        (-inf, 27]       6            6
       3      1  in some      24         [24, inf)       5            5
    >>> table[3].profit_low, table[3].weight_limit, table.capacity.high
    (Fraction(24, 1), Fraction(5, 1), Fraction(8, 1))
    """
    refuse_other(instance)
    if instance.n_capacities != 1:
        raise UnsupportedError(
            f"sensitivity is for one capacity, and there are {instance.n_capacities}. Ask "
            "tamemip.cost_ranges and tamemip.shadow_prices about the program."
        )
    seconds = (limits or Limits()).seconds
    deadline = None if seconds is None else time.monotonic() + seconds
    capacity = instance.capacities[0]
    form = integer_form(instance, (capacity,))
    cell = form.cell((capacity,))
    if cell is None:
        raise NotAllowedError(
            f"there is no packing to ask about: even the lightest choice weighs {form.loads[0]}, "
            f"and the capacity is {capacity}."
        )
    counts = form.best_counts(cell, instance.n_items, deadline=deadline)
    assert counts is not None
    parts = parted(instance, _reach(instance, counts), deadline)
    moves: dict[Label, ItemMoves] = {}
    for k, rest in parts.rests(deadline):
        for item in _members(instance, k, rest, counts):
            moves[item.label] = item.moves()
    return KnapsackSensitivity(
        KnapsackSolution.of(instance, counts, origin=ORIGIN),
        _capacity_moves(parts.whole, capacity),
        tuple(moves[label] for label in instance.labels),
    )


def _capacity_moves(whole: Rest, capacity: Fraction) -> CapacityMoves:
    low, before, high, after = whole.step_around(capacity)
    here = whole.at(capacity)
    assert isinstance(here, Fraction)
    assert isinstance(after, Fraction)
    return CapacityMoves(capacity, low, here - before, high, after - here)


def _reach(instance: AnyKnapsack, counts: Sequence[int]) -> Fraction:
    """A capacity where the value is larger, if there is one; and enough for weightless items."""
    capacity = instance.capacities[0]
    match instance:
        case Knapsack():
            wanted = [
                w
                for w, p, up, count in zip(
                    instance.weights[0], instance.profits, instance.upper, counts, strict=True
                )
                if p > 0 and count < up
            ]
            return capacity + min(wanted, default=Fraction(0))
        case MultipleChoiceKnapsack():
            steps, lightest, first = [], Fraction(0), 0
            for profits, weights in zip(instance.profits, instance.weights[0], strict=True):
                here = zip(profits, weights, counts[first:], strict=False)
                chosen = next(((p, w) for p, w, count in here if count), (Fraction(0),) * 2)
                first += len(profits)
                pairs = zip(profits, weights, strict=True)
                steps += [w - chosen[1] for p, w in pairs if p > chosen[0]]
                lightest = max(lightest, min(weights))
            return capacity + max(lightest, min(steps, default=Fraction(0)))
        case _:
            assert_never(instance)


def _members(
    instance: AnyKnapsack, k: int, rest: Rest, counts: Sequence[int]
) -> Iterator[ItemInRest]:
    """Item `k`, or the items of class `k`, with what competes with them."""
    capacity = instance.capacities[0]
    match instance:
        case Knapsack():
            yield ItemInRest(
                k,
                instance.profits[k],
                instance.weights[0][k],
                instance.upper[k],
                counts[k],
                capacity,
                rest,
                rest.at(capacity),
            )
        case MultipleChoiceKnapsack():
            pairs = list(zip(instance.profits[k], instance.weights[0][k], strict=True))
            worth = [p + rest.at(capacity - w) for p, w in pairs]
            nothing = rest.at(capacity) if instance.choose == "at most one" else -math.inf
            first = sum(map(len, instance.profits[:k]))
            for j, (profit, weight) in enumerate(pairs):
                without = max([nothing, *worth[:j], *worth[j + 1 :]])
                count = counts[first + j]
                yield ItemInRest(
                    (k, j), profit, weight, Fraction(1), count, capacity, rest, without
                )
        case _:
            assert_never(instance)


_HEADER = ("item", "taken", "optimal", "profit", "stays optimal in", "weight", "taken up to")


def _cells(entry: ItemMoves) -> tuple[str, ...]:
    low = "(-inf" if entry.profit_low == -math.inf else f"[{entry.profit_low}"
    high = "inf)" if entry.profit_high == math.inf else f"{entry.profit_high}]"
    label = entry.label
    return (
        ", ".join(map(str, label)) if isinstance(label, tuple) else str(label),
        str(entry.count),
        f"in {entry.presence}{_times(entry)}",
        str(entry.profit),
        f"{low}, {high}",
        str(entry.weight),
        "never" if entry.weight_limit is None else str(entry.weight_limit),
    )


def _times(entry: ItemMoves) -> str:
    """How often, where that is more than once."""
    low, high = entry.least_count, entry.most_count
    if high < 2:
        return ""
    return f" ({low} times)" if low == high else f" ({low} to {high} times)"

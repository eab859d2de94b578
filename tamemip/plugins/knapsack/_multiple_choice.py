"""Multiple-choice knapsacks: one item of each class."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, TypeAlias, cast, final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import entries_of, exact_number, exact_table
from tamemip.plugins.knapsack._instance import (
    ITEMS_SHOWN,
    Knapsack,
    Numbers,
    capacity_entries,
    described,
    exact_capacities,
    is_one_number,
    page,
    shown_item,
)

Classes: TypeAlias = "Iterable[Iterable[Number]]"
Choose: TypeAlias = Literal["exactly one", "at most one"]
Table: TypeAlias = tuple[tuple[Fraction, ...], ...]


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class MultipleChoiceKnapsack:
    """Items in classes, of each of which one is chosen.

    ``max sum(profits[k][j] * x[k, j])`` subject to
    ``sum(weights[i][k][j] * x[k, j]) <= capacities[i]`` for every ``i``,
    ``sum(x[k, j] for j) = 1`` for every class ``k``, and ``x`` 0-1. With "at most one" the
    sum may be 0 too. Data are kept as rationals.

    Parameters
    ----------
    profits
        One list a class, one number an item in it.
    weights
        Likewise, none negative; for `m` capacities, `m` such lists of lists.
    capacities
        One number, or one a list of weights, none negative.
    choose
        ``"exactly one"`` or ``"at most one"`` item of each class.
    name
        What to call the instance.
    optimum
        Its optimal value as its source states it; not used, and not checked.

    Raises
    ------
    InvalidInputError
        If there is no class or an empty one, a number is not finite, a weight or a capacity
        is negative, or lengths differ. The message names the entry, as in ``weights[2][0]``.

    References
    ----------
    .. [1] H. Kellerer, U. Pferschy, D. Pisinger, "Knapsack Problems", Springer 2004,
       chapter 11.

    Examples
    --------
    >>> phones = MultipleChoiceKnapsack([[6, 9], [4, 5, 7]], [[2, 4], [1, 2, 4]], 6)
    >>> print(phones)
    MultipleChoiceKnapsack(2 classes, 5 items, capacity 6, exactly one of each)
      class 0, item 0: profit 6, weight 2
      class 0, item 1: profit 9, weight 4
      class 1, item 0: profit 4, weight 1
      class 1, item 1: profit 5, weight 2
      class 1, item 2: profit 7, weight 4
    >>> MultipleChoiceKnapsack([[6, 9], []], [[2, 4], []], 6)
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: profits[1] is empty; a class has at least one item.
    """

    profits: Table
    weights: tuple[Table, ...]
    capacities: tuple[Fraction, ...]
    choose: Choose
    name: str
    optimum: Fraction | None

    def __init__(
        self,
        profits: Classes,
        weights: Classes | Iterable[Classes],
        capacities: Number | Numbers,
        *,
        choose: Choose = "exactly one",
        name: str = "",
        optimum: Number | None = None,
    ) -> None:
        if choose not in ("exactly one", "at most one"):
            raise InvalidInputError(
                f'choose is {choose!r}; it has to be "exactly one" or "at most one".'
            )
        read_profits = _profits(profits)
        read_weights = _weights(weights, [len(row) for row in read_profits])
        fields: dict[str, object] = {
            "profits": read_profits,
            "weights": read_weights,
            "capacities": exact_capacities(capacity_entries(capacities), len(read_weights)),
            "choose": choose,
            "name": str(name),
            "optimum": None if optimum is None else exact_number(optimum, "optimum"),
        }
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @property
    def n_items(self) -> int:
        """Number of items, in all classes."""
        return sum(map(len, self.profits))

    @property
    def n_classes(self) -> int:
        """Number of classes."""
        return len(self.profits)

    @property
    def n_capacities(self) -> int:
        """Number of capacities, which are the rows of weights."""
        return len(self.capacities)

    @property
    def labels(self) -> tuple[tuple[int, int], ...]:
        """What the items are called: class and place in it, from 0 on."""
        return tuple((k, j) for k, row in enumerate(self.profits) for j in range(len(row)))

    def without_classes(self) -> Knapsack:
        """The 0-1 knapsack of all items, class after class, of which any may be taken.

        Examples
        --------
        >>> MultipleChoiceKnapsack([[6, 9], [4]], [[2, 4], [1]], 6).without_classes().weights
        ((Fraction(2, 1), Fraction(4, 1), Fraction(1, 1)),)
        """
        return Knapsack(
            [v for row in self.profits for v in row],
            [[v for row in table for v in row] for table in self.weights],
            self.capacities,
            name=self.name,
        )

    def __repr__(self) -> str:
        classes = f"{self.n_classes} class{'es' * (self.n_classes != 1)}"
        inside = described(self.name, self.n_items, self.capacities, before=classes)
        return f"MultipleChoiceKnapsack({inside}, {self.choose} of each)"

    def __str__(self) -> str:
        lines = [
            f"class {k}, item {j}: "
            + shown_item(self.profits[k][j], [table[k][j] for table in self.weights])
            for k, j in self.labels[:ITEMS_SHOWN]
        ]
        return "\n".join([repr(self), *page(self.capacities, lines, self.n_items, self.optimum)])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _profits(profits: Classes) -> Table:
    given = entries_of(profits, "profits")
    if not given:
        raise InvalidInputError("profits is empty; there is at least one class.")
    if is_one_number(given[0]):
        raise InvalidInputError(
            f"profits[0] is {given[0]!r}; give one list a class, one number an item in it."
        )
    table = exact_table(given, "profits")
    for k, row in enumerate(table):
        if not row:
            raise InvalidInputError(f"profits[{k}] is empty; a class has at least one item.")
    return table


def _weights(weights: Classes | Iterable[Classes], sizes: Sequence[int]) -> tuple[Table, ...]:
    given = [_listed(row) for row in entries_of(weights, "weights")]
    if not given:
        raise InvalidInputError("weights is empty; give one list a class.")
    if not _is_deep(given[0]):
        return (_class_table(cast("Classes", given), "weights", sizes),)
    return tuple(_class_table(table, f"weights[{i}]", sizes) for i, table in enumerate(given))


def _class_table(table: Classes, what: str, sizes: Sequence[int]) -> Table:
    rows = exact_table(table, what, least=0)
    if len(rows) != len(sizes):
        raise InvalidInputError(
            f"{what} has {len(rows)} lists, but there are {len(sizes)} classes."
        )
    for k, (row, size) in enumerate(zip(rows, sizes, strict=True)):
        if len(row) != size:
            raise InvalidInputError(
                f"{what}[{k}] has {len(row)} entries, but there are {size} items in the class."
            )
    return rows


def _listed(row: Any) -> Any:
    """A generator as a list, so that it can be looked into."""
    return row if is_one_number(row) else entries_of(row, "weights")


def _is_deep(row: Any) -> bool:
    return not is_one_number(row) and bool(row) and not is_one_number(row[0])

"""What a knapsack holds."""

from __future__ import annotations

import html
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from tamemip._aligned import aligned
from tamemip.arithmetic import Number
from tamemip.errors import MissingDependencyError
from tamemip.plugins._data_entry import exact_numbers
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._multiple_choice import MultipleChoiceKnapsack

if TYPE_CHECKING:
    import pandas as pd

AnyKnapsack: TypeAlias = "Knapsack | MultipleChoiceKnapsack"
Label: TypeAlias = "int | tuple[int, int]"
"""The place of an item; its class and place in it if there are classes."""


@final
@dataclass(frozen=True, slots=True, repr=False)
class KnapsackSolution:
    """A packing, decoded: how often each item is taken.

    Nothing is said about whether it fits (see `slack`, and `evaluate`) or is optimal.

    Attributes
    ----------
    value
        Total profit, exactly.
    counts
        How often each item is taken, in the order of the instance (class after class).
    labels
        What each item is called: ``3``, or ``(2, 0)`` for item 0 of class 2.
    profits, weights, capacities
        Of the instance: one profit an item, one row of weights a capacity.
    origin
        Where it comes from and what is known of it, in words; empty if nobody said.

    Examples
    --------
    >>> instance = Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 8)
    >>> packed = KnapsackSolution.of(instance, [1, 0, 0, 1])
    >>> packed
    KnapsackSolution(value 34, items 0, 3)
    >>> print(packed)
    value 34, 2 of 4 items, load 7 of 8
      item  profit  weight  share
         0      10       2    25%
         3      24       5  62.5%
    >>> packed.items, packed.loads, packed.slack
    ((0, 3), (Fraction(7, 1),), (Fraction(1, 1),))
    """

    value: Fraction
    counts: tuple[int, ...]
    labels: tuple[Label, ...]
    profits: tuple[Fraction, ...]
    weights: tuple[tuple[Fraction, ...], ...]
    capacities: tuple[Fraction, ...]
    origin: str = ""

    @classmethod
    def of(
        cls, instance: AnyKnapsack, counts: Iterable[Number], *, origin: str = ""
    ) -> KnapsackSolution:
        """The packing that takes each item so often.

        Raises
        ------
        InvalidInputError
            If there is not one integer an item.
        """
        flat = instance if isinstance(instance, Knapsack) else instance.without_classes()
        read = exact_numbers(counts, "counts", length=flat.n_items, is_integral=True, per="items")
        value = sum((p * x for p, x in zip(flat.profits, read, strict=True)), Fraction(0))
        whole = tuple(int(x) for x in read)
        return cls(
            value, whole, instance.labels, flat.profits, flat.weights, flat.capacities, origin
        )

    @property
    def items(self) -> tuple[Label, ...]:
        """What is taken, by label."""
        return tuple(label for label, x in zip(self.labels, self.counts, strict=True) if x)

    @property
    def loads(self) -> tuple[Fraction, ...]:
        """What the items weigh together, one number a capacity."""
        return tuple(
            sum((w * x for w, x in zip(row, self.counts, strict=True) if x), Fraction(0))
            for row in self.weights
        )

    @property
    def slack(self) -> tuple[Fraction, ...]:
        """What is left of each capacity; negative where the items do not fit."""
        return tuple(c - load for c, load in zip(self.capacities, self.loads, strict=True))

    def shares(self) -> tuple[Fraction | None, ...]:
        """The part of the capacity that each item takes up, the largest over the capacities.

        None where an item needs a capacity that is zero.
        """
        return tuple(self._share(j) for j in range(len(self.counts)))

    def to_pandas(self) -> pd.DataFrame:
        """A data frame (of floats), one line an item that is taken.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError:
            raise MissingDependencyError(
                "to_pandas needs pandas, which is not installed: pip install pandas."
            ) from None
        taken = self._taken()
        columns: dict[str, list[object]] = {
            "item": [self.labels[j] for j in taken],
            "count": [self.counts[j] for j in taken],
            "profit": [float(self.profits[j] * self.counts[j]) for j in taken],
        }
        for name, row in zip(self._weight_names(), self.weights, strict=True):
            columns[name] = [float(row[j] * self.counts[j]) for j in taken]
        return pd.DataFrame(columns)

    def __repr__(self) -> str:
        shown = [str(label) for label in self.items[:_ITEMS_IN_A_LINE]]
        more = ", ..." if len(self.items) > len(shown) else ""
        items = f"items {', '.join(shown)}{more}" if shown else "no items"
        return f"KnapsackSolution(value {self.value}, {items})"

    def __str__(self) -> str:
        table = list(self._cells(_ITEMS_IN_A_TABLE))
        lines = [f"  {line}" for line in aligned(table, left=0)]
        if len(lines) == 1:
            lines = []
        hidden = len(self.items) - _ITEMS_IN_A_TABLE
        more = [f"  ... {hidden} more items"] if hidden > 0 else []
        return "\n".join([self._headline(), *lines, *more])

    def _repr_html_(self) -> str:
        head, *rows = self._cells(_ITEMS_IN_A_TABLE)
        hidden = len(self.items) - _ITEMS_IN_A_TABLE
        more = f"<p>... {hidden} more items</p>" if hidden > 0 else ""
        body = "".join(_html_row(row, "td") for row in rows)
        return (
            f"<p>{html.escape(self._headline())}</p>"
            f"<table>{_html_row(head, 'th')}{body}</table>{more}"
        )

    def _headline(self) -> str:
        loads = ", ".join(
            f"{load} of {c}"
            for load, c in zip(self.loads[:_LOADS_SHOWN], self.capacities, strict=False)
        )
        more = ", ..." if len(self.capacities) > _LOADS_SHOWN else ""
        word = "load" if len(self.capacities) == 1 else "loads"
        total = f"{len(self.items)} of {len(self.counts)} items, {word} {loads}{more}"
        said = f" ({self.origin})" if self.origin else ""
        return f"value {self.value}{said}, {total}"

    def _cells(self, limit: int) -> Iterator[tuple[str, ...]]:
        """The header and the first lines of the table."""
        has_multiples = any(x not in (0, 1) for x in self.counts)
        count_title = ("count",) if has_multiples else ()
        yield ("item", *count_title, "profit", *self._weight_names(), "share")
        for j in self._taken()[:limit]:
            x = self.counts[j]
            count = (str(x),) if has_multiples else ()
            weights = (str(row[j] * x) for row in self.weights)
            profit = str(self.profits[j] * x)
            yield (str(self.labels[j]), *count, profit, *weights, _percent(self._share(j)))

    def _weight_names(self) -> Sequence[str]:
        if len(self.weights) == 1:
            return ("weight",)
        return [f"weight[{i}]" for i in range(len(self.weights))]

    def _taken(self) -> list[int]:
        return [j for j, x in enumerate(self.counts) if x]

    def _share(self, j: int) -> Fraction | None:
        used = [
            (row[j] * self.counts[j], c)
            for row, c in zip(self.weights, self.capacities, strict=True)
        ]
        if any(w and not c for w, c in used):
            return None
        return max((w / c for w, c in used if c), default=Fraction(0))


_ITEMS_IN_A_LINE = 12
_ITEMS_IN_A_TABLE = 20
_LOADS_SHOWN = 6


def _percent(share: Fraction | None) -> str:
    return "" if share is None else f"{float(100 * share):.3g}%"


def _html_row(cells: Iterable[str], tag: str) -> str:
    return f"<tr>{''.join(f'<{tag}>{html.escape(cell)}</{tag}>' for cell in cells)}</tr>"

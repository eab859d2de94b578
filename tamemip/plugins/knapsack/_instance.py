"""Knapsack instances: 0-1, bounded, unbounded, with one capacity or several."""

from __future__ import annotations

import html
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import floor
from typing import Any, TypeAlias, cast, final

from tamemip.arithmetic import Number, rationalize_bound
from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.plugins._data_entry import entries_of, exact_number, exact_numbers

Numbers: TypeAlias = "Iterable[Number]"
Weights: TypeAlias = "Iterable[Number] | Iterable[Iterable[Number]]"
"""One number an item; for several capacities, one such row for each of them."""
Upper: TypeAlias = "Number | Iterable[Number | None] | None"
"""How often an item may be taken: one number for all, or one an item; None for no limit."""


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class Knapsack:
    """What to pack: items with profits and weights, and one capacity or several.

    ``max sum(profits[j] * x[j])`` subject to
    ``sum(weights[i][j] * x[j]) <= capacities[i]`` for every ``i``, and ``x[j]`` an integer
    with ``0 <= x[j] <= upper[j]``. Data are kept as rationals. Units are the user's: all
    profits in one, and the weights of a row in that of its capacity.

    Parameters
    ----------
    profits
        One number an item, of any sign.
    weights
        One number an item, none negative; for `m` capacities, `m` such rows: an array of
        shape ``(m, n)``.
    capacities
        One number, or one a row of weights, none negative.
    upper
        How often each item may be taken: 1 (the 0-1 knapsack), another integer, or infinity
        or None for any number of times; one for all, or one an item.
    name
        What to call the instance.
    optimum
        Its optimal value as its source states it; not used, and not checked.

    Raises
    ------
    InvalidInputError
        If there are no items or no weights, a number is not finite, a weight, a capacity or
        an upper bound is negative, an upper bound is fractional, or lengths differ. The
        message names the entry, as in ``weights[3]``.
    UnsupportedError
        If profits are a matrix: the quadratic knapsack is no linear program.

    References
    ----------
    .. [1] H. Kellerer, U. Pferschy, D. Pisinger, "Knapsack Problems", Springer 2004,
       chapters 2 (0-1), 7 (bounded), 8 (unbounded) and 9 (several capacities).

    Examples
    --------
    >>> Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 7)
    Knapsack(4 items, capacity 7)
    >>> print(Knapsack([3, "1/2"], [[2, 1], [1, 4]], [4, 5], upper=[None, 2], name="two"))
    Knapsack('two', 2 items, 2 capacities, bounded)
      capacities 4, 5
      item 0: profit 3, weights 2, 1, any number
      item 1: profit 1/2, weights 1, 4, up to 2
    >>> Knapsack([10, 7, 25], [2, 1, -6], 7)
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: weights[2] is -6; it has to be at least 0.
    """

    profits: tuple[Fraction, ...]
    weights: tuple[tuple[Fraction, ...], ...]
    capacities: tuple[Fraction, ...]
    upper: tuple[Bound, ...]
    name: str
    optimum: Fraction | None

    def __init__(
        self,
        profits: Numbers,
        weights: Weights,
        capacities: Number | Numbers,
        upper: Upper = 1,
        *,
        name: str = "",
        optimum: Number | None = None,
    ) -> None:
        limits = capacity_entries(capacities)
        read_profits = _profits(profits)
        read_weights = _weights(weights, len(read_profits), len(limits))
        fields: dict[str, object] = {
            "profits": read_profits,
            "weights": read_weights,
            "capacities": exact_capacities(limits, len(read_weights)),
            "upper": _upper(upper, len(read_profits)),
            "name": str(name),
            "optimum": None if optimum is None else exact_number(optimum, "optimum"),
        }
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @property
    def n_items(self) -> int:
        """Number of items."""
        return len(self.profits)

    @property
    def n_capacities(self) -> int:
        """Number of capacities, which are the rows of weights."""
        return len(self.capacities)

    @property
    def labels(self) -> tuple[int, ...]:
        """What the items are called: their places, from 0 on."""
        return tuple(range(len(self.profits)))

    def with_finite_upper(self, *, room: Number = 2) -> Knapsack:
        """The same knapsack, with a number of times for items that had none.

        It is ``floor(room * r) + 1``, with ``r`` the least ratio of a capacity to the item's
        weight, which bounds how often the item fits: so values stay the same while no such
        ratio grows beyond ``room`` times what it is. Layers in the weights need this: where
        an entry moves on an integer column without a bound, they are refused.

        Raises
        ------
        InvalidInputError
            If `room` is below 1.
        NotAllowedError
            If an item without a limit weighs nothing.

        Examples
        --------
        >>> instance = Knapsack([7, 9], [3, 4], 10, upper=[None, 1])
        >>> instance.with_finite_upper().upper
        (Fraction(7, 1), Fraction(1, 1))
        """
        factor = exact_number(room, "room", least=1)
        finite = (
            bound if isinstance(bound, Fraction) else floor(factor * self._most(j)) + 1
            for j, bound in enumerate(self.upper)
        )
        return replace(self, upper=tuple(finite))

    def _most(self, j: int) -> Fraction:
        """How often the capacities allow an item, as a ratio."""
        ratios = [
            c / row[j] for row, c in zip(self.weights, self.capacities, strict=True) if row[j]
        ]
        if not ratios:
            raise NotAllowedError(
                f"item {j} weighs nothing and may be taken any number of times: no number bounds "
                f"it. Give upper[{j}]."
            )
        return min(ratios)

    def __repr__(self) -> str:
        return f"Knapsack({described(self.name, self.n_items, self.capacities)}{_kind(self.upper)})"

    def __str__(self) -> str:
        lines = [
            f"item {j}: {shown_item(self.profits[j], [row[j] for row in self.weights])}"
            f"{_shown_upper(self.upper[j])}"
            for j in range(min(self.n_items, ITEMS_SHOWN))
        ]
        return "\n".join([repr(self), *page(self.capacities, lines, self.n_items, self.optimum)])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


ITEMS_SHOWN = 12


def capacity_entries(capacities: Number | Numbers) -> Mapping[str, Number]:
    """The capacities by the name that a message gives them.

    Examples
    --------
    >>> capacity_entries(7), capacity_entries([7, 8])
    ({'capacities': 7}, {'capacities[0]': 7, 'capacities[1]': 8})
    """
    if is_one_number(capacities):
        return {"capacities": cast("Number", capacities)}
    given = entries_of(cast("Numbers", capacities), "capacities")
    return {f"capacities[{i}]": v for i, v in enumerate(given)}


def exact_capacities(capacities: Mapping[str, Number], count: int) -> tuple[Fraction, ...]:
    """As many capacities as there are rows of weights.

    Raises
    ------
    InvalidInputError
        If there are more or fewer, or one is negative or no number.
    """
    if len(capacities) != count:
        raise InvalidInputError(
            f"rows of weights: {count}, capacities: {len(capacities)}; "
            "one row of weights a capacity is needed."
        )
    return tuple(exact_number(v, what, least=0) for what, v in capacities.items())


def is_one_number(value: object) -> bool:
    """Whether this is meant as one number, not as a sequence of them."""
    return isinstance(value, str | bytes) or not hasattr(value, "__iter__")


def described(name: str, n_items: int, capacities: Sequence[Fraction], *, before: str = "") -> str:
    """The inside of a one-line ``repr``."""
    parts = [part for part in (name and repr(name), before) if part]
    parts.append(f"{n_items} item{'s' * (n_items != 1)}")
    several = f"{len(capacities)} capacities"
    parts.append(f"capacity {capacities[0]}" if len(capacities) == 1 else several)
    return ", ".join(parts)


def shown_item(profit: Fraction, weights: Sequence[Fraction]) -> str:
    """One item in words."""
    word = "weight" if len(weights) == 1 else "weights"
    return f"profit {profit}, {word} {listed(weights)}"


def page(
    capacities: Sequence[Fraction], items: Sequence[str], count: int, optimum: Fraction | None
) -> Iterator[str]:
    """The lines below the first one of an instance's ``str``."""
    if len(capacities) > 1:
        yield f"  capacities {listed(capacities)}"
    yield from (f"  {line}" for line in items)
    if count > len(items):
        yield f"  ... {count - len(items)} more items"
    if optimum is not None:
        yield f"  optimum {optimum}, as its source states"


def listed(numbers: Sequence[Fraction]) -> str:
    """The first numbers of a list."""
    more = [f"... ({len(numbers) - ITEMS_SHOWN} more)"] if len(numbers) > ITEMS_SHOWN else []
    return ", ".join([*map(str, numbers[:ITEMS_SHOWN]), *more])


def _profits(profits: Numbers) -> tuple[Fraction, ...]:
    given = entries_of(profits, "profits")
    if not given:
        raise InvalidInputError("profits is empty; a knapsack has at least one item.")
    if not is_one_number(given[0]):
        raise UnsupportedError(
            "profits is a matrix: the quadratic knapsack is not linear. For 0-1 items, take its "
            "diagonal as profits, and add to the program for each pair i < j with a joint profit "
            "q != 0 a column y in [0, 1] with profit q, and y <= x[i], y <= x[j] if q > 0, or "
            "y >= x[i] + x[j] - 1 if q < 0 (Glover and Woolsey 1974): ParametricProgram takes "
            "that. For plain profits, give one number an item."
        )
    return exact_numbers(given, "profits")


def _weights(weights: Weights, n: int, m: int) -> tuple[tuple[Fraction, ...], ...]:
    given = entries_of(weights, "weights")
    if not given:
        raise InvalidInputError("weights is empty; give one number an item.")
    if is_one_number(given[0]):
        return (exact_numbers(given, "weights", length=n, least=0, per="items"),)
    _refuse_transposed(given, n, m)
    return tuple(
        exact_numbers(row, f"weights[{i}]", length=n, least=0, per="items")
        for i, row in enumerate(given)
    )


def _refuse_transposed(rows: Sequence[Any], n: int, m: int) -> None:
    widths = {len(row) for row in rows if hasattr(row, "__len__")}
    if len(rows) == n != m and widths == {m}:
        raise InvalidInputError(
            f"weights has shape ({n}, {m}); ({m}, {n}) is needed: one row a capacity, one "
            "column an item. Transpose it."
        )


def _upper(upper: Upper, n: int) -> tuple[Bound, ...]:
    if upper is None or is_one_number(upper):
        return (_bound(upper, "upper"),) * n
    given = entries_of(cast("Iterable[Number | None]", upper), "upper")
    if len(given) != n:
        raise InvalidInputError(f"upper has {len(given)} entries, but there are {n} items.")
    return tuple(_bound(v, f"upper[{j}]") for j, v in enumerate(given))


def _bound(value: Any, what: str) -> Bound:
    if value is None:
        return math.inf
    bound = rationalize_bound(value, what=what)
    if isinstance(bound, Fraction):
        return exact_number(bound, what, least=0, is_integral=True)
    if bound < 0:
        raise InvalidInputError(f"{what} is {bound}; it has to be at least 0.")
    return bound


def _kind(upper: Sequence[Bound]) -> str:
    if set(upper) == {1}:
        return ""
    return ", unbounded" if set(upper) == {math.inf} else ", bounded"


def _shown_upper(bound: Bound) -> str:
    if bound == 1:
        return ""
    return ", any number" if bound == math.inf else f", up to {bound}"

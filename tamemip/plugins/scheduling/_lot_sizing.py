"""Lot sizing: when to produce, and how much, for a demand that is known."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number, exact_numbers


@final
@dataclass(frozen=True, init=False, slots=True, repr=False)
class LotSizing:
    """Lots of one product, period by period, that cover a demand at least cost.

    A period in which something is produced costs ``setup``, a unit produced costs
    ``production``, and a unit that is in stock at the end of a period costs ``holding``.
    The stock is empty at first, and never negative.

    Parameters
    ----------
    demand
        Units, one number a period.
    setup, production, holding
        Costs: one number a period, or one for all.
    capacity
        The largest lot: one number a period, or one for all; None for no limit.
    name
        What to call it.
    optimum
        The least cost as somebody states it; neither checked nor used.
    largest_demand
        What the demand of all periods may sum up to when it moves as parameters: the program
        is right for every demand (none negative) up to that sum. One more than five quarters
        of the sum, if not given.

    Raises
    ------
    InvalidInputError
        If a number is none or negative, a length does not fit, or the capacities up to some
        period are below the demand up to there.

    References
    ----------
    .. [1] H. M. Wagner, T. M. Whitin, "Dynamic version of the economic lot size model",
       Management Science 5 (1958), 89-96.

    Examples
    --------
    >>> print(LotSizing([20, 50, 10], setup=60, production=2, holding=1))
    lot sizing over 3 periods
      demand 20, 50, 10
      setup 60, 60, 60
      production 2, 2, 2
      holding 1, 1, 1
    """

    demand: tuple[Fraction, ...]
    setup: tuple[Fraction, ...]
    production: tuple[Fraction, ...]
    holding: tuple[Fraction, ...]
    capacity: tuple[Fraction, ...] | None
    name: str
    optimum: Fraction | None
    largest_demand: Fraction

    def __init__(
        self,
        demand: Iterable[Number],
        setup: Number | Iterable[Number],
        production: Number | Iterable[Number],
        holding: Number | Iterable[Number],
        *,
        capacity: Number | Iterable[Number] | None = None,
        name: str = "",
        optimum: Number | None = None,
        largest_demand: Number | None = None,
    ) -> None:
        units = exact_numbers(demand, "demand", least=0)
        if not units:
            raise InvalidInputError("demand is empty; there has to be one period at least.")
        limits = None if capacity is None else _series(capacity, "capacity", len(units))
        fields: dict[str, object] = {
            "demand": units,
            "setup": _series(setup, "setup", len(units)),
            "production": _series(production, "production", len(units)),
            "holding": _series(holding, "holding", len(units)),
            "capacity": limits,
            "name": str(name),
            "optimum": None if optimum is None else exact_number(optimum, "optimum"),
            "largest_demand": _largest(largest_demand, units),
        }
        for key, value in fields.items():
            object.__setattr__(self, key, value)
        if limits is not None:
            _refuse_scarcity(units, limits)

    @property
    def n_periods(self) -> int:
        """Number of periods."""
        return len(self.demand)

    def __repr__(self) -> str:
        title = f"{self.name!r}, " if self.name else ""
        limited = ", with capacities" if self.capacity is not None else ""
        return f"LotSizing({title}{self.n_periods} periods{limited})"

    def __str__(self) -> str:
        title = f"{self.name}: " if self.name else ""
        series = {
            "demand": self.demand,
            "setup": self.setup,
            "production": self.production,
            "holding": self.holding,
            **({} if self.capacity is None else {"capacity": self.capacity}),
        }
        return "\n".join(
            [
                f"{title}lot sizing over {self.n_periods} periods",
                *(f"  {what} {', '.join(map(str, v))}" for what, v in series.items()),
            ]
        )

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _series(values: Number | Iterable[Number], what: str, periods: int) -> tuple[Fraction, ...]:
    if isinstance(values, str) or not isinstance(values, Iterable):
        return (exact_number(values, what, least=0),) * periods
    return exact_numbers(values, what, length=periods, least=0, per="periods")


def _largest(value: Number | None, units: tuple[Fraction, ...]) -> Fraction:
    total = sum(units, Fraction(0))
    if value is None:
        return 1 + total * Fraction(5, 4)
    found = exact_number(value, "largest_demand")
    if found < total:
        raise InvalidInputError(
            f"largest_demand is {found}, below the sum {total} of the demand. Give that, or more."
        )
    return found


def _refuse_scarcity(units: tuple[Fraction, ...], limits: tuple[Fraction, ...]) -> None:
    needed, possible = Fraction(0), Fraction(0)
    for t, (unit, limit) in enumerate(zip(units, limits, strict=True)):
        needed, possible = needed + unit, possible + limit
        if possible < needed:
            raise InvalidInputError(
                f"demand up to period {t} is {needed}, but the capacities up to there allow "
                f"{possible}: there is no plan."
            )

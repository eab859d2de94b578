"""Power plants: thermal units, which are on or off, and renewable ones."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import TypeAlias, final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number, exact_numbers, exact_table

Pairs: TypeAlias = "tuple[tuple[Fraction, Fraction], ...]"


@final
@dataclass(frozen=True, init=False, slots=True, repr=False)
class ThermalUnit:
    """A power plant that is on or off, hour by hour.

    While it is on, its power lies between the first and the last point of `production`. Above
    the minimum, the power may rise by `ramp_up` and fall by `ramp_down` from hour to hour. In
    the hour in which it starts it is at most `startup_limit`, in the last hour before a
    shutdown at most `shutdown_limit`. Once on, it stays on for `min_up` hours; once off, it
    stays off for `min_down` hours.

    Parameters
    ----------
    name
        What to call it.
    production
        Points (power, cost of an hour at this power), by increasing power. In between costs
        are the lower convex envelope of the points, so that points above it do not matter.
    startup
        What a start costs: one number, or pairs (hours, cost) with increasing hours and costs:
        after so many hours off, or more, a start costs that much (after fewer hours than in
        the first pair, as much as there).
    ramp_up, ramp_down
        In units of power an hour; None for no limit.
    startup_limit, shutdown_limit
        In units of power, at least the minimum power; None for no limit.
    min_up, min_down
        In hours.
    must_run
        Whether it has to be on all the time.
    hours_on
        For how many hours it has been on before the first one; 0 if it was off.
    hours_off
        For how many hours it has been off, if it was; None for longer than anything matters.
    power_before
        Its power in the hour before the first one, if it was on; the minimum if None.

    Raises
    ------
    InvalidInputError
        If a number is none, negative or out of range; the message names the item.

    Examples
    --------
    >>> ThermalUnit("gas", [(10, 100), (50, 700)], startup=300, min_up=2)
    ThermalUnit('gas', power 10 to 50)
    >>> ThermalUnit("gas", [(10, 100), (5, 700)])
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: unit 'gas': the power of production[1] is 5, not above 10.
    """

    name: str
    production: Pairs
    startup: Pairs
    ramp_up: Fraction | None
    ramp_down: Fraction | None
    startup_limit: Fraction | None
    shutdown_limit: Fraction | None
    min_up: int
    min_down: int
    must_run: bool
    hours_on: int
    hours_off: int | None
    power_before: Fraction

    def __init__(
        self,
        name: str,
        production: Iterable[Sequence[Number]],
        *,
        startup: Number | Iterable[Sequence[Number]] = 0,
        ramp_up: Number | None = None,
        ramp_down: Number | None = None,
        startup_limit: Number | None = None,
        shutdown_limit: Number | None = None,
        min_up: int = 1,
        min_down: int = 1,
        must_run: bool = False,
        hours_on: int = 0,
        hours_off: int | None = None,
        power_before: Number | None = None,
    ) -> None:
        title = f"unit {name!r}: "
        points = _points(production, title)
        low, high = points[0][0], points[-1][0]
        limits = {
            "ramp_up": (ramp_up, Fraction(0)),
            "ramp_down": (ramp_down, Fraction(0)),
            "startup_limit": (startup_limit, low),
            "shutdown_limit": (shutdown_limit, low),
        }
        counts = {"min_up": min_up, "min_down": min_down, "hours_on": hours_on}
        fields: dict[str, object] = {
            "name": str(name),
            "production": points,
            "startup": _startup(startup, title),
            "must_run": bool(must_run),
            **{key: _limit(value, title + key, least) for key, (value, least) in limits.items()},
            **{key: _count(value, title + key) for key, value in counts.items()},
            "hours_off": None if hours_off is None else _count(hours_off, title + "hours_off"),
            "power_before": _power_before(power_before, title, low, high, bool(hours_on)),
        }
        for key, value in fields.items():
            object.__setattr__(self, key, value)
        self._refuse_contradictions(title)

    @property
    def minimum(self) -> Fraction:
        """The least power while it is on."""
        return self.production[0][0]

    @property
    def maximum(self) -> Fraction:
        """The most power."""
        return self.production[-1][0]

    @property
    def was_on(self) -> bool:
        """Whether it was on before the first hour."""
        return self.hours_on > 0

    @property
    def segments(self) -> Pairs:
        """Pieces of the cost curve above the minimum: (width in power, cost of a unit more).

        Costs of a unit increase from piece to piece.

        Examples
        --------
        >>> ThermalUnit("gas", [(10, 100), (30, 400), (50, 900)]).segments[0]
        (Fraction(20, 1), Fraction(15, 1))
        """
        corners = list(self.production[:1])
        for point in self.production[1:]:
            while len(corners) > 1 and _slope(*corners[-2:]) >= _slope(corners[-1], point):
                corners.pop()
            corners.append(point)
        return tuple((b[0] - a[0], _slope(a, b)) for a, b in pairwise(corners))

    def running_cost(self, power: Fraction) -> Fraction:
        """The cost of an hour at this power, from the minimum to the maximum."""
        cost, left = self.production[0][1], power - self.minimum
        for width, price in self.segments:
            cost += price * min(width, max(left, Fraction(0)))
            left -= width
        return cost

    def startup_cost(self, hours: int | None) -> Fraction:
        """What a start costs after so many hours off; None for very many."""
        if hours is None:
            return self.startup[-1][1]
        reached = [cost for lag, cost in self.startup if lag <= hours]
        return reached[-1] if reached else self.startup[0][1]

    def stays(self) -> int:
        """For how many of the first hours it has to stay as it was, on or off."""
        if self.was_on:
            return max(0, self.min_up - self.hours_on)
        return 0 if self.hours_off is None else max(0, self.min_down - self.hours_off)

    def __repr__(self) -> str:
        return f"ThermalUnit({self.name!r}, power {self.minimum} to {self.maximum})"

    def _repr_html_(self) -> str:
        return f"<code>{html.escape(repr(self))}</code>"

    def _refuse_contradictions(self, title: str) -> None:
        if self.must_run and not self.was_on and self.stays():
            raise InvalidInputError(
                f"{title}it must run, but min_down={self.min_down} keeps it off for "
                f"{self.stays()} more hours."
            )
        if self.was_on and self.hours_off:
            raise InvalidInputError(
                f"{title}hours_on={self.hours_on} and hours_off={self.hours_off}; one of them "
                "has to be 0."
            )


@final
@dataclass(frozen=True, init=False, slots=True, repr=False)
class RenewableUnit:
    """A power plant without costs whose power lies between two bounds, hour by hour.

    Parameters
    ----------
    name
        What to call it.
    maximum
        One number an hour: what wind or sun allow.
    minimum
        One number an hour; 0 if not given.

    Raises
    ------
    InvalidInputError
        If a number is none or negative, or a minimum is above its maximum.

    Examples
    --------
    >>> RenewableUnit("wind", [5, 0, 3])
    RenewableUnit('wind', 3 hours, at most 5)
    """

    name: str
    maximum: tuple[Fraction, ...]
    minimum: tuple[Fraction, ...]

    def __init__(
        self, name: str, maximum: Iterable[Number], *, minimum: Iterable[Number] | None = None
    ) -> None:
        title = f"unit {name!r}: "
        most = exact_numbers(maximum, title + "maximum", least=0)
        least = (
            (Fraction(0),) * len(most)
            if minimum is None
            else exact_numbers(minimum, title + "minimum", length=len(most), least=0, per="hours")
        )
        for t, (low, high) in enumerate(zip(least, most, strict=True)):
            if low > high:
                raise InvalidInputError(
                    f"{title}minimum[{t}] is {low}, above maximum[{t}], {high}."
                )
        object.__setattr__(self, "name", str(name))
        object.__setattr__(self, "maximum", most)
        object.__setattr__(self, "minimum", least)

    def __repr__(self) -> str:
        most = max(self.maximum, default=Fraction(0))
        return f"RenewableUnit({self.name!r}, {len(self.maximum)} hours, at most {most})"


def _points(production: Iterable[Sequence[Number]], title: str) -> Pairs:
    rows = exact_table(production, title + "production", width=2, per="numbers a point")
    if not rows:
        raise InvalidInputError(f"{title}production has no point.")
    if rows[0][0] < 0:
        raise InvalidInputError(f"{title}the power of production[0] is {rows[0][0]}, negative.")
    for k, (a, b) in enumerate(pairwise(rows), start=1):
        if b[0] <= a[0]:
            raise InvalidInputError(
                f"{title}the power of production[{k}] is {b[0]}, not above {a[0]}."
            )
    return tuple((power, cost) for power, cost in rows)


def _startup(startup: object, title: str) -> Pairs:
    table = startup if hasattr(startup, "__iter__") and not isinstance(startup, str) else None
    if table is None:
        return ((Fraction(0), exact_number(startup, title + "startup", least=0)),)  # type: ignore[arg-type]  # not iterable, so a number or refused
    rows = exact_table(table, title + "startup", width=2, least=0, per="numbers a pair")
    if not rows:
        raise InvalidInputError(f"{title}startup has no pair.")
    for k, (a, b) in enumerate(pairwise(rows), start=1):
        if b[0] <= a[0] or b[1] < a[1]:
            raise InvalidInputError(
                f"{title}startup[{k}] is ({b[0]}, {b[1]}) after ({a[0]}, {a[1]}): hours have to "
                "increase, and costs not to fall."
            )
    for k, (lag, _) in enumerate(rows):
        exact_number(lag, f"{title}startup[{k}][0]", is_integral=True)
    return tuple((lag, cost) for lag, cost in rows)


def _limit(value: Number | None, what: str, least: Fraction) -> Fraction | None:
    return None if value is None else exact_number(value, what, least=least)


def _count(value: Number, what: str) -> int:
    return int(exact_number(value, what, least=0, is_integral=True))


def _power_before(
    value: Number | None, title: str, low: Fraction, high: Fraction, was_on: bool
) -> Fraction:
    if value is None:
        return low if was_on else Fraction(0)
    power = exact_number(value, title + "power_before")
    least, most = (low, high) if was_on else (Fraction(0), Fraction(0))
    if not least <= power <= most:
        state = f"on, and between {low} and {high}" if was_on else "off (hours_on=0), so 0"
        raise InvalidInputError(f"{title}power_before is {power}, but it was {state}.")
    return power


def _slope(a: tuple[Fraction, Fraction], b: tuple[Fraction, Fraction]) -> Fraction:
    return (b[1] - a[1]) / (b[0] - a[0])

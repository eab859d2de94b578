"""Plans of unit commitment: what runs when, and what it costs by the instance alone."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip._aligned import aligned
from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment
from tamemip.plugins.scheduling._unit_commitment_units import RenewableUnit, ThermalUnit

Table = tuple[tuple[Fraction, ...], ...]


@final
@dataclass(frozen=True, slots=True, repr=False)
class CommitmentPlan:
    """Which units run in which hour, and at which power.

    Attributes
    ----------
    thermal, renewable
        Names of the units.
    on
        One row a thermal unit, one entry an hour.
    power
        One row a thermal unit, one entry an hour: all of its power, 0 where it is off.
    renewable_power
        Likewise, of the renewable units.
    value
        What the plan costs, exactly.
    """

    thermal: tuple[str, ...]
    renewable: tuple[str, ...]
    on: tuple[tuple[bool, ...], ...]
    power: Table
    renewable_power: Table
    value: Fraction

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """A table: the name of a unit and its power in each hour, ``-`` where it is off."""
        thermal = (
            (name, *(_cell(p) if is_on else "-" for is_on, p in zip(on, power, strict=True)))
            for name, on, power in zip(self.thermal, self.on, self.power, strict=True)
        )
        renewable = (
            (name, *map(_cell, power))
            for name, power in zip(self.renewable, self.renewable_power, strict=True)
        )
        return (*thermal, *renewable)

    def __repr__(self) -> str:
        hours = len(self.on[0])
        return f"CommitmentPlan(cost {float(self.value):.10g}, {hours} hours)"

    def __str__(self) -> str:
        header = ("hour", *map(str, range(len(self.on[0]))))
        lines = aligned([header, *self.rows], left=1)
        return "\n".join([f"cost {float(self.value):.10g}", *lines])

    def _repr_html_(self) -> str:
        header = ("hour", *map(str, range(len(self.on[0]))))
        rows = "".join(
            "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>"
            for row in (header, *self.rows)
        )
        return f"<p>cost {float(self.value):.10g}</p><table>{rows}</table>"


def evaluate_commitment(instance: UnitCommitment, plan: CommitmentPlan) -> Fraction:
    """What a plan costs that the instance allows, from the instance alone.

    The plan's own value is not read.

    Raises
    ------
    InvalidInputError
        If the plan breaks a rule; the message names it, the unit and the hour.

    Examples
    --------
    >>> gas = ThermalUnit("gas", [(5, 200), (20, 650)], startup=50)
    >>> plants = UnitCommitment([10], [gas])
    >>> ten, off = ((Fraction(10),),), ((Fraction(0),),)
    >>> evaluate_commitment(plants, CommitmentPlan(("gas",), (), ((True,),), ten, (), Fraction(0)))
    Fraction(400, 1)
    >>> evaluate_commitment(plants, CommitmentPlan(("gas",), (), ((False,),), off, (), Fraction(0)))
    Traceback (most recent call last):
        ...
    tamemip.errors.InvalidInputError: hour 0: the units supply 0, but the demand is 10.
    """
    _refuse_shape(instance, plan)
    cost = Fraction(0)
    for unit, on, power in zip(instance.thermal, plan.on, plan.power, strict=True):
        course = _Course(unit, on, power)
        course.check()
        cost += course.cost()
    for sun, power in zip(instance.renewable, plan.renewable_power, strict=True):
        _check_renewable(sun, power)
    for t, demand in enumerate(instance.demand):
        supply = sum((row[t] for row in (*plan.power, *plan.renewable_power)), Fraction(0))
        cost += _gap_cost(instance, t, demand - supply)
    _check_reserve(instance, plan)
    return cost


@final
class _Course:
    """The states and powers of one thermal unit, hour by hour."""

    def __init__(
        self, unit: ThermalUnit, on: tuple[bool, ...], power: tuple[Fraction, ...]
    ) -> None:
        self.unit = unit
        self.on = on
        self.power = power

    def check(self) -> None:
        """Refuse what the unit cannot do."""
        self._check_states()
        for t, is_on in enumerate(self.on):
            low, high = (self.unit.minimum, self.top(t)) if is_on else (Fraction(0), Fraction(0))
            if not low <= self.power[t] <= high:
                state = "on" if is_on else "off"
                self._refuse(t, f"its power is {self.power[t]}; {state}, it can be {low} to {high}")
            self._check_ramps(t)

    def cost(self) -> Fraction:
        """Of running and of starts."""
        unit = self.unit
        running = (
            unit.running_cost(p) for is_on, p in zip(self.on, self.power, strict=True) if is_on
        )
        starts = (unit.startup_cost(off) for _, is_start, off in self._changes() if is_start)
        return sum(running, Fraction(0)) + sum(starts, Fraction(0))

    def top(self, t: int) -> Fraction:
        """The most power in an hour in which it is on, by starts, shutdowns and maximum."""
        unit, most = self.unit, [self.unit.maximum]
        if unit.startup_limit is not None and not self._before(t):
            most.append(unit.startup_limit)
        if unit.shutdown_limit is not None and t + 1 < len(self.on) and not self.on[t + 1]:
            most.append(unit.shutdown_limit)
        return min(most)

    def spare(self, t: int) -> Fraction:
        """By how much its power could be higher in an hour."""
        if not self.on[t]:
            return Fraction(0)
        room = self.top(t) - self.power[t]
        if self.unit.ramp_up is None:
            return room
        return min(room, self.unit.ramp_up - self._rise(t))

    def _check_states(self) -> None:
        unit = self.unit
        for t, is_start, length in self._changes():
            least = unit.min_down if is_start else unit.min_up
            if length is not None and length < least:
                state, other = ("off", "starts") if is_start else ("on", "is shut down")
                self._refuse(t, f"it {other} after {length} hours {state}, but {least} are needed")
        if unit.must_run and not all(self.on):
            self._refuse(self.on.index(False), "it is off, but it must run")
        if unit.shutdown_limit is not None and unit.was_on and not self.on[0]:
            if unit.power_before > unit.shutdown_limit:
                self._refuse(0, f"it is shut down from a power of {unit.power_before}")

    def _check_ramps(self, t: int) -> None:
        unit, rise = self.unit, self._rise(t)
        if unit.ramp_up is not None and rise > unit.ramp_up:
            self._refuse(t, f"its power above the minimum rises by {rise}, over {unit.ramp_up}")
        if unit.ramp_down is not None and -rise > unit.ramp_down:
            self._refuse(t, f"its power above the minimum falls by {-rise}, over {unit.ramp_down}")

    def _changes(self) -> Iterator[tuple[int, bool, int | None]]:
        """Starts and shutdowns: the hour, whether it starts, and how long it was as before."""
        state = self.unit.was_on
        length = self.unit.hours_on if state else self.unit.hours_off
        for t, is_on in enumerate(self.on):
            if is_on != state:
                yield t, is_on, length
                state, length = is_on, 0
            length = None if length is None else length + 1

    def _before(self, t: int) -> bool:
        return self.on[t - 1] if t else self.unit.was_on

    def _rise(self, t: int) -> Fraction:
        """The change of the power above the minimum from the hour before."""
        now = self.power[t] - self.unit.minimum * self.on[t]
        before = self.power[t - 1] if t else self.unit.power_before
        return now - (before - self.unit.minimum * self._before(t))

    def _refuse(self, t: int, what: str) -> None:
        raise InvalidInputError(f"unit {self.unit.name!r}, hour {t}: {what}.")


def _refuse_shape(instance: UnitCommitment, plan: CommitmentPlan) -> None:
    hours = instance.n_hours
    for what, table, units in (
        ("on", plan.on, instance.thermal),
        ("power", plan.power, instance.thermal),
        ("renewable_power", plan.renewable_power, instance.renewable),
    ):
        if [len(row) for row in table] != [hours] * len(units):
            raise InvalidInputError(
                f"the plan's `{what}` has to have {len(units)} rows of {hours} hours."
            )


def _check_renewable(sun: RenewableUnit, power: tuple[Fraction, ...]) -> None:
    for t, p in enumerate(power):
        if not sun.minimum[t] <= p <= sun.maximum[t]:
            raise InvalidInputError(
                f"unit {sun.name!r}, hour {t}: its power is {p}, but it can be "
                f"{sun.minimum[t]} to {sun.maximum[t]}."
            )


def _gap_cost(instance: UnitCommitment, t: int, missing: Fraction) -> Fraction:
    cost = instance.shortage_cost if missing > 0 else instance.surplus_cost
    if missing and cost is None:
        demand = instance.demand[t]
        raise InvalidInputError(
            f"hour {t}: the units supply {demand - missing}, but the demand is {demand}."
        )
    return abs(missing) * cost if cost is not None else Fraction(0)


def _check_reserve(instance: UnitCommitment, plan: CommitmentPlan) -> None:
    if instance.reserve is None:
        return
    courses = [
        _Course(unit, on, power)
        for unit, on, power in zip(instance.thermal, plan.on, plan.power, strict=True)
    ]
    for t, reserve in enumerate(instance.reserve):
        spare = sum((course.spare(t) for course in courses), Fraction(0))
        if spare < reserve:
            raise InvalidInputError(
                f"hour {t}: the units could give {spare} more, but the reserve is {reserve}."
            )


def _cell(power: Fraction) -> str:
    return f"{float(power):.6g}"

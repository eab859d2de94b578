"""Unit commitment: the instance."""

from __future__ import annotations

import html
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar, final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number, exact_numbers
from tamemip.plugins.scheduling._unit_commitment_units import RenewableUnit, ThermalUnit

Unit = TypeVar("Unit")


@final
@dataclass(frozen=True, init=False, slots=True, repr=False)
class UnitCommitment:
    """Which power plants run in which hour, and at which power, at least cost.

    In every hour the powers of all units sum up to the demand, and the thermal units that are
    on could raise theirs by the reserve in that hour, within all of their limits.

    Parameters
    ----------
    demand
        Power, one number an hour.
    thermal
        The thermal units.
    reserve
        Power, one number an hour; none is needed if None.
    renewable
        The renewable units.
    shortage_cost, surplus_cost
        What a unit of power costs for an hour that is missing, or too much; None if the
        demand has to be met exactly. With a shortage cost and a surplus cost a plan exists for
        every demand, and the least cost is a Lipschitz function of it.
    name
        What to call it.
    optimum
        The least cost as somebody states it; neither checked nor used.

    Raises
    ------
    InvalidInputError
        If a number is none or negative, a length does not fit, or two units have one name.

    References
    ----------
    .. [1] B. Knueven, J. Ostrowski, J.-P. Watson, "On mixed-integer programming formulations
       for the unit commitment problem", INFORMS Journal on Computing 32 (2020), 857-876.

    Examples
    --------
    >>> coal = ThermalUnit("coal", [(10, 100), (50, 700)], startup=300, min_up=2)
    >>> gas = ThermalUnit("gas", [(5, 200), (20, 650)], startup=50)
    >>> print(UnitCommitment([20, 60, 30], [coal, gas]))
    unit commitment over 3 hours: 2 thermal units, 0 renewable units
      demand 20 to 60, capacity 70
    """

    demand: tuple[Fraction, ...]
    thermal: tuple[ThermalUnit, ...]
    reserve: tuple[Fraction, ...] | None
    renewable: tuple[RenewableUnit, ...]
    shortage_cost: Fraction | None
    surplus_cost: Fraction | None
    name: str
    optimum: Fraction | None

    def __init__(
        self,
        demand: Iterable[Number],
        thermal: Iterable[ThermalUnit],
        *,
        reserve: Iterable[Number] | None = None,
        renewable: Iterable[RenewableUnit] = (),
        shortage_cost: Number | None = None,
        surplus_cost: Number | None = None,
        name: str = "",
        optimum: Number | None = None,
    ) -> None:
        load = exact_numbers(demand, "demand", least=0)
        if not load:
            raise InvalidInputError("demand is empty; there has to be one hour at least.")
        hours = len(load)
        fields: dict[str, object] = {
            "demand": load,
            "thermal": _units(thermal, "thermal"),
            "reserve": None
            if reserve is None
            else exact_numbers(reserve, "reserve", length=hours, least=0, per="hours"),
            "renewable": _units(renewable, "renewable"),
            "shortage_cost": _cost(shortage_cost, "shortage_cost"),
            "surplus_cost": _cost(surplus_cost, "surplus_cost"),
            "name": str(name),
            "optimum": None if optimum is None else exact_number(optimum, "optimum"),
        }
        for key, value in fields.items():
            object.__setattr__(self, key, value)
        _refuse_strangers(self.thermal, self.renewable, hours)

    @property
    def n_hours(self) -> int:
        """Number of hours."""
        return len(self.demand)

    @property
    def capacity(self) -> Fraction:
        """The most power of all thermal units together."""
        return sum((unit.maximum for unit in self.thermal), Fraction(0))

    def restricted(
        self,
        units: Collection[str],
        *,
        hours: int | None = None,
        scale: Number | None = None,
    ) -> UnitCommitment:
        """The instance of some units and of the first hours, with a smaller demand.

        Parameters
        ----------
        units
            Names of the units to keep, thermal and renewable.
        hours
            How many hours; all if None.
        scale
            What demand and reserve are multiplied by; if None, the share of the thermal units
            kept in the capacity of all.

        Raises
        ------
        InvalidInputError
            If no unit has one of the names, or there are not so many hours.

        Examples
        --------
        >>> coal = ThermalUnit("coal", [(10, 100), (60, 700)], startup=300, min_up=2)
        >>> gas = ThermalUnit("gas", [(5, 200), (20, 650)], startup=50)
        >>> UnitCommitment([20, 60, 30], [coal, gas]).restricted(["gas"], hours=2).demand
        (Fraction(5, 1), Fraction(15, 1))
        """
        known = _names(self.thermal, self.renewable)
        for unit in units:
            if unit not in known:
                raise InvalidInputError(f"there is no unit {unit!r}; there are {_few(known)}.")
        count = self.n_hours if hours is None else hours
        if not 1 <= count <= self.n_hours:
            raise InvalidInputError(f"hours={hours}, but there are {self.n_hours}.")
        thermal = [unit for unit in self.thermal if unit.name in units]
        kept = sum((unit.maximum for unit in thermal), Fraction(0))
        factor = kept / self.capacity if scale is None else exact_number(scale, "scale", least=0)
        return UnitCommitment(
            [factor * d for d in self.demand[:count]],
            thermal,
            reserve=None if self.reserve is None else [factor * r for r in self.reserve[:count]],
            renewable=[
                RenewableUnit(unit.name, unit.maximum[:count], minimum=unit.minimum[:count])
                for unit in self.renewable
                if unit.name in units
            ],
            shortage_cost=self.shortage_cost,
            surplus_cost=self.surplus_cost,
            name=self.name,
        )

    def __repr__(self) -> str:
        title = f"{self.name!r}, " if self.name else ""
        return (
            f"UnitCommitment({title}{self.n_hours} hours, {len(self.thermal)} thermal, "
            f"{len(self.renewable)} renewable)"
        )

    def __str__(self) -> str:
        title = f"{self.name}: " if self.name else ""
        lines = [
            f"{title}unit commitment over {_count(self.n_hours, 'hour')}: "
            f"{_count(len(self.thermal), 'thermal unit')}, "
            f"{_count(len(self.renewable), 'renewable unit')}",
            f"  demand {_span(self.demand)}, capacity {_decimal(self.capacity)}",
        ]
        if self.reserve is not None:
            lines.append(f"  reserve {_span(self.reserve)}")
        if self.shortage_cost is not None:
            lines.append(f"  shortage costs {_decimal(self.shortage_cost)}")
        if self.surplus_cost is not None:
            lines.append(f"  surplus costs {_decimal(self.surplus_cost)}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


def _units(units: Iterable[Unit], what: str) -> tuple[Unit, ...]:
    if not isinstance(units, Iterable):
        raise InvalidInputError(f"{what} has to be a list of units, not {units!r}.")
    return tuple(units)


def _cost(value: Number | None, what: str) -> Fraction | None:
    return None if value is None else exact_number(value, what, least=0)


def _refuse_strangers(
    thermal: tuple[ThermalUnit, ...], renewable: tuple[RenewableUnit, ...], hours: int
) -> None:
    for what, units, kind in (
        ("thermal", thermal, ThermalUnit),
        ("renewable", renewable, RenewableUnit),
    ):
        for k, unit in enumerate(units):
            if not isinstance(unit, kind):
                raise InvalidInputError(
                    f"{what}[{k}] is a {type(unit).__name__}; a {kind.__name__} is needed."
                )
    if not thermal:
        raise InvalidInputError("thermal is empty; without a thermal unit nothing is decided.")
    names = _names(thermal, renewable)
    for name in names:
        if names.count(name) > 1:
            raise InvalidInputError(f"two units are called {name!r}.")
    for sun in renewable:
        if len(sun.maximum) != hours:
            raise InvalidInputError(
                f"unit {sun.name!r}: maximum has {len(sun.maximum)} entries, but there are "
                f"{hours} hours."
            )


def _names(thermal: tuple[ThermalUnit, ...], renewable: tuple[RenewableUnit, ...]) -> list[str]:
    return [*(unit.name for unit in thermal), *(unit.name for unit in renewable)]


_FEW = 6


def _few(names: list[str]) -> str:
    more = ", ..." if len(names) > _FEW else ""
    return ", ".join(map(repr, names[:_FEW])) + more


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _span(values: tuple[Fraction, ...]) -> str:
    low, high = min(values), max(values)
    return _decimal(low) if low == high else f"{_decimal(low)} to {_decimal(high)}"


def _decimal(value: Fraction) -> str:
    return f"{float(value):.8g}"

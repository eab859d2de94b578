"""Unit commitment by listing all on-off patterns, with an exact linear program for each.

Written without the library's model: total powers instead of pieces, an epigraph of the costs,
and states checked by looking at runs of hours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import combinations, groupby, product

from tamemip.duality import solve_exactly
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment
from tamemip.plugins.scheduling._unit_commitment_units import ThermalUnit

Pattern = tuple[tuple[bool, ...], ...]


def least_cost(instance: UnitCommitment) -> Fraction | None:
    """The least cost over all patterns; None if there is no plan."""
    per_unit = [list(_patterns(unit, instance.n_hours)) for unit in instance.thermal]
    costs = (_cost(instance, pattern) for pattern in product(*per_unit))
    return min((cost for cost in costs if cost is not None), default=None)


def _patterns(unit: ThermalUnit, hours: int) -> Iterator[tuple[bool, ...]]:
    for pattern in product([False, True], repeat=hours):
        if all(pattern) or not unit.must_run:
            if _lasts(unit, pattern):
                yield pattern


def _history(unit: ThermalUnit) -> list[bool]:
    """The states before the first hour, as far back as they are known to matter."""
    if unit.hours_on:
        return [True] * unit.hours_on
    return [False] * (99 if unit.hours_off is None else unit.hours_off)


def _lasts(unit: ThermalUnit, pattern: Sequence[bool]) -> bool:
    """Whether every run of equal states that ends is long enough."""
    states = [*_history(unit), *pattern]
    runs = [(state, len(list(group))) for state, group in groupby(states)]
    ended = runs[:-1]
    return all(length >= (unit.min_up if state else unit.min_down) for state, length in ended)


def _starts(unit: ThermalUnit, pattern: Sequence[bool]) -> Fraction:
    """What the starts of a pattern cost."""
    past = _history(unit)
    states, cost = [*past, *pattern], Fraction(0)
    for k in range(len(past), len(states)):
        if states[k] and not (k and states[k - 1]) and (k or not unit.hours_on):
            off = 0
            while off < k and not states[k - 1 - off]:
                off += 1
            lags = [c for lag, c in unit.startup if lag <= off]
            cost += lags[-1] if lags else unit.startup[0][1]
    return cost


class _Rows:
    """A linear program in the making."""

    def __init__(self) -> None:
        self.rows: list[dict[int, Fraction]] = []
        self.senses: list[str] = []
        self.rhs: list[Fraction] = []
        self.costs: list[Fraction] = []
        self.lower: list[Fraction | float] = []

    def column(self, cost: Fraction = Fraction(0), *, lower: Fraction | float = Fraction(0)) -> int:
        self.costs.append(cost)
        self.lower.append(lower)
        return len(self.costs) - 1

    def row(self, entries: dict[int, int | Fraction], sense: str, rhs: Fraction | int) -> None:
        self.rows.append({j: Fraction(v) for j, v in entries.items()})
        self.senses.append(sense)
        self.rhs.append(Fraction(rhs))

    def value(self) -> Fraction | None:
        found = solve_exactly(
            self.rows,
            self.senses,
            self.rhs,
            costs=self.costs,
            lower=self.lower,
            upper=[float("inf")] * len(self.costs),
        )
        assert found is not None
        if found.point is None:
            return None
        return sum((c * x for c, x in zip(self.costs, found.point, strict=True)), Fraction(0))


def _cost(instance: UnitCommitment, pattern: Pattern) -> Fraction | None:
    lp, hours = _Rows(), range(instance.n_hours)
    powers = [_add_unit(lp, u, on) for u, on in zip(instance.thermal, pattern, strict=True)]
    spares = [
        _add_spare(lp, u, on, power) if instance.reserve is not None else {}
        for u, on, power in zip(instance.thermal, pattern, powers, strict=True)
    ]
    for t in hours:
        supply = {power[t]: 1 for power in powers if t in power}
        for sun in instance.renewable:
            column = lp.column(lower=sun.minimum[t])
            lp.row({column: 1}, "<=", sun.maximum[t])
            supply[column] = 1
        if instance.shortage_cost is not None:
            supply[lp.column(instance.shortage_cost)] = 1
        if instance.surplus_cost is not None:
            supply[lp.column(instance.surplus_cost)] = -1
        lp.row(supply, "=", instance.demand[t])
        if instance.reserve is not None:
            lp.row({s[t]: 1 for s in spares if t in s}, ">=", instance.reserve[t])
    dispatch = lp.value()
    if dispatch is None:
        return None
    return dispatch + sum(
        (_starts(u, on) for u, on in zip(instance.thermal, pattern, strict=True)), Fraction(0)
    )


def _add_unit(lp: _Rows, unit: ThermalUnit, on: Sequence[bool]) -> dict[int, int]:
    """Columns of the powers in the hours in which it is on; with costs, limits and ramps."""
    power: dict[int, int] = {}
    for t in (t for t, is_on in enumerate(on) if is_on):
        power[t] = lp.column()
        cost = lp.column(Fraction(1), lower=float("-inf"))
        lp.row({power[t]: 1}, ">=", unit.minimum)
        lp.row({power[t]: 1}, "<=", _top(unit, on, t))
        for a, b in _lower_lines(unit):
            lp.row({cost: 1, power[t]: -b}, ">=", a)
    if unit.hours_on and not on[0] and unit.shutdown_limit is not None:
        lp.row({}, ">=", unit.power_before - unit.shutdown_limit)
    for t in range(len(on)):
        rise, start = _rise(unit, on, power, t)
        if unit.ramp_up is not None:
            lp.row(rise, "<=", unit.ramp_up - start)
        if unit.ramp_down is not None:
            lp.row(rise, ">=", -unit.ramp_down - start)
    return power


def _add_spare(lp: _Rows, unit: ThermalUnit, on: Sequence[bool], power: dict[int, int]):
    spare: dict[int, int] = {}
    for t, column in power.items():
        spare[t] = lp.column()
        lp.row({column: 1, spare[t]: 1}, "<=", _top(unit, on, t))
        if unit.ramp_up is not None:
            rise, start = _rise(unit, on, power, t)
            lp.row({**rise, spare[t]: 1}, "<=", unit.ramp_up - start)
    return spare


def _rise(unit: ThermalUnit, on: Sequence[bool], power: dict[int, int], t: int):
    """The rise of the power above the minimum: entries of a row, and a constant."""
    entries: dict[int, int] = {}
    constant = Fraction(0)
    if on[t]:
        entries[power[t]] = 1
        constant -= unit.minimum
    if t and on[t - 1]:
        entries[power[t - 1]] = -1
        constant += unit.minimum
    if not t and unit.hours_on:
        constant -= unit.power_before - unit.minimum
    return entries, constant


def _top(unit: ThermalUnit, on: Sequence[bool], t: int) -> Fraction:
    most = unit.maximum
    was_on = on[t - 1] if t else bool(unit.hours_on)
    if not was_on and unit.startup_limit is not None:
        most = min(most, unit.startup_limit)
    if t + 1 < len(on) and not on[t + 1] and unit.shutdown_limit is not None:
        most = min(most, unit.shutdown_limit)
    return most


def _lower_lines(unit: ThermalUnit) -> Iterator[tuple[Fraction, Fraction]]:
    """Lines through two points of the cost curve with no point below; or the only point."""
    points = unit.production
    if len(points) == 1:
        yield points[0][1], Fraction(0)
    for (x, c), (y, d) in combinations(points, 2):
        slope = (d - c) / (y - x)
        if all(cost >= c + slope * (power - x) for power, cost in points):
            yield c - slope * x, slope

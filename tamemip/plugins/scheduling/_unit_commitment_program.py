"""Unit commitment: the program with three binaries a unit and hour."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from fractions import Fraction
from typing import final

from tamemip.plugins._affine import Affine, Entry
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins.scheduling._slots import Slots
from tamemip.plugins.scheduling._unit_commitment import UnitCommitment
from tamemip.plugins.scheduling._unit_commitment_units import ThermalUnit
from tamemip.programs import ParametricProgram


def commitment_program(
    instance: UnitCommitment, *, slots: Collection[str] = ("demand", "reserve")
) -> ParametricProgram:
    r"""The least cost of a unit commitment, with three binaries a unit and hour [1]_, [2]_.

    For unit `g` and hour `t`: is it ``on``, does it start (``up``), has it just been shut
    ``down``:

    .. math::

        u_t - u_{t-1} = v_t - w_t, \quad
        \sum_{t - T^{up} < s \le t} v_s \le u_t, \quad
        \sum_{t - T^{down} < s \le t} w_s \le 1 - u_t.

    ``power[g,t,l]`` is what it produces above its minimum in piece `l` of its cost curve, at
    most the length of the piece times ``on``; ``spare[g,t]`` is its part of the reserve. Power
    above the minimum and spare power keep to

    .. math::

        q_t + r_t \le (P - \underline P) u_t - (P - P^{start})^+ v_t - (P - P^{stop})^+ w_{t+1},

        q_t + r_t - q_{t-1} \le R^{up}, \quad q_{t-1} - q_t \le R^{down}.

    Units that may stop after one hour have a row for starts and a row for stops in place of
    the first. A start costs as after the longest break, less what ``warm[g,t,s]`` saves; that
    is at most 1 if the unit was shut down so many hours ago that the cost number `s` applies.

    Parameters ``demand[t]`` and ``reserve[t]`` are added to the demand and the reserve of an
    hour; both move right-hand sides only. The program is right for all of their values.

    Parameters
    ----------
    instance
        The units and the demand.
    slots
        Which parameters the program has, of ``"demand"`` and ``"reserve"``; an instance
        without a reserve has no ``reserve[t]``.

    Raises
    ------
    InvalidInputError
        If there is no slot, or one of another name.

    References
    ----------
    .. [1] G. Morales-España, J. M. Latorre, A. Ramos, "Tight and compact MILP formulation for
       the thermal unit commitment problem", IEEE Transactions on Power Systems 28 (2013),
       4897-4908.
    .. [2] B. Knueven, J. Ostrowski, J.-P. Watson, "On mixed-integer programming formulations
       for the unit commitment problem", INFORMS Journal on Computing 32 (2020), 857-876.

    Examples
    --------
    The price of an hour's demand is a rate of the least cost of the *integer* program:

    >>> import tamemip as tm
    >>> coal = ThermalUnit("coal", [(10, 100), (50, 700)], startup=300, min_up=2)
    >>> gas = ThermalUnit("gas", [(5, 200), (20, 650)], startup=50)
    >>> plants = UnitCommitment([20, 60, 30], [coal, gas], shortage_cost=1000, surplus_cost=1000)
    >>> q = commitment_program(plants)
    >>> round(tm.solve(q.program).value, 6)
    2050.0
    >>> tm.conservative_gradient(q).element
    array([15., 30., 15.])
    """
    moving = Slots(slots, known=("demand", "reserve"))
    demand = moving.entries("demand", instance.demand)
    reserve = moving.entries("reserve", instance.reserve or ())
    build = ProgramBuilder("min", name=instance.name, parameters=moving.names)
    units = [_Unit(build, unit, instance) for unit in instance.thermal]
    for unit in units:
        unit.add_columns()
        unit.add_switches()
        unit.add_warm_starts()
        unit.add_limits()
        unit.add_pieces()
        unit.add_ramps()
    _add_demand(build, instance, units, demand)
    for t, entry in enumerate(reserve):
        build.row(f"reserve[{t}]", {unit.column("spare", t): 1 for unit in units}, ">=", entry)
    return build.build()


@final
class _Unit:
    """The columns and rows of one thermal unit."""

    def __init__(self, build: ProgramBuilder, unit: ThermalUnit, instance: UnitCommitment) -> None:
        self.build = build
        self.unit = unit
        self.segments = unit.segments  # found once: it takes a while
        self.hours = range(instance.n_hours)
        self.has_reserve = instance.reserve is not None

    def column(self, what: str, t: int, *more: int) -> str:
        """The name of a column."""
        return f"{what}[{','.join(map(str, (self.unit.name, t, *more)))}]"

    def output(self, t: int) -> dict[str, Fraction]:
        """The power above the minimum, as entries of a row."""
        pieces = range(len(self.segments))
        return {self.column("power", t, piece): Fraction(1) for piece in pieces}

    def spare(self, t: int) -> dict[str, Fraction]:
        """The power held back as reserve, as entries of a row."""
        return {self.column("spare", t): Fraction(1)} if self.has_reserve else {}

    def add_columns(self) -> None:
        """The columns of all hours, with costs and the bounds of the past."""
        unit, build = self.unit, self.build
        low, high = int(unit.must_run), 1
        for t in self.hours:
            held = t < unit.stays()
            build.column(
                self.column("on", t),
                cost=unit.production[0][1],
                lower=1 if held and unit.was_on else low,
                upper=0 if held and not unit.was_on else high,
            )
            build.column(self.column("up", t), cost=unit.startup[-1][1], upper=1)
            build.column(self.column("down", t), upper=self._may_shut_down(t))
            for piece, (width, price) in enumerate(self.segments):
                build.column(self.column("power", t, piece), cost=price, upper=width, integer=False)
            for name in self.spare(t):
                build.column(name, integer=False)

    def add_switches(self) -> None:
        """Starts and shutdowns change the state, and it lasts."""
        unit, build = self.unit, self.build
        for t in self.hours:
            change = {self.column("on", t): 1, self.column("up", t): -1, self.column("down", t): 1}
            if t:
                change[self.column("on", t - 1)] = -1
            build.row(self.column("switch", t), change, "=", 0 if t else int(unit.was_on))
            ups = {self.column("up", s): 1 for s in self._last(t, unit.min_up)}
            build.row(self.column("stays_on", t), {**ups, self.column("on", t): -1}, "<=", 0)
            downs = {self.column("down", s): 1 for s in self._last(t, unit.min_down)}
            build.row(self.column("stays_off", t), {**downs, self.column("on", t): 1}, "<=", 1)

    def add_warm_starts(self) -> None:
        """What starts after short breaks save."""
        build = self.build
        for t in self.hours:
            saved: dict[str, Entry] = {}
            for k, (first, last, saving) in enumerate(self._breaks()):
                name = build.column(self.column("warm", t, k), cost=-saving, upper=1, integer=False)
                saved[name] = 1
                recent = range(max(0, t - last), t - first + 1)
                downs = {self.column("down", s): -1 for s in recent}
                build.row(self.column("break", t, k), {name: 1, **downs}, "<=", self._past(t, k))
            if saved:
                build.row(
                    self.column("starts_warm", t), {**saved, self.column("up", t): -1}, "<=", 0
                )

    def add_limits(self) -> None:
        """Power is there only while the unit is on, and little after starts and before stops."""
        unit, build = self.unit, self.build
        room = unit.maximum - unit.minimum
        after, before = (
            Fraction(0) if limit is None else max(unit.maximum - limit, Fraction(0))
            for limit in (unit.startup_limit, unit.shutdown_limit)
        )
        for t in self.hours:
            used = {**self.output(t), **self.spare(t)}
            if not used:
                continue
            state = {**used, self.column("on", t): -room}
            start = {self.column("up", t): after}
            is_last = t + 1 not in self.hours
            stop = {} if is_last else {self.column("down", t + 1): before}
            if unit.min_up > 1:
                # It cannot start now and stop in the next hour: one row holds for both.
                build.row(self.column("limit", t), {**state, **start, **stop}, "<=", 0)
                continue
            build.row(self.column("limit", t), {**state, **start}, "<=", 0)
            if before and stop:
                build.row(self.column("stop_limit", t), {**state, **stop}, "<=", 0)

    def add_pieces(self) -> None:
        """Each piece is there while the unit is on; of the last one the limit says so."""
        for t in self.hours:
            for piece, (width, _) in enumerate(self.segments[:-1]):
                part: dict[str, Entry] = {self.column("power", t, piece): 1}
                part[self.column("on", t)] = -width
                self.build.row(self.column("piece", t, piece), part, "<=", 0)

    def add_ramps(self) -> None:
        """Power above the minimum changes slowly; rows that never bind are left out."""
        unit, build = self.unit, self.build
        room = unit.maximum - unit.minimum
        past = unit.power_before - unit.minimum if unit.was_on else Fraction(0)
        for t in self.hours:
            now, spare = self.output(t), self.spare(t)
            then = self.output(t - 1) if t else {}
            start = Fraction(0) if t else past
            if unit.ramp_up is not None and unit.ramp_up < room:
                rise = {**now, **spare, **_negative(then)}
                build.row(self.column("ramp_up", t), rise, "<=", unit.ramp_up + start)
            if unit.ramp_down is not None and unit.ramp_down < room:
                fall = {**_negative(now), **then}
                build.row(self.column("ramp_down", t), fall, "<=", unit.ramp_down - start)

    def _may_shut_down(self, t: int) -> int:
        """Whether its power before the first hour allows a shutdown there."""
        limit = self.unit.shutdown_limit
        return int(t > 0 or limit is None or self.unit.power_before <= limit)

    def _last(self, t: int, count: int) -> range:
        """The last so many hours up to `t`, one at least."""
        return range(max(0, t - max(count, 1) + 1), t + 1)

    def _breaks(self) -> Iterator[tuple[int, int, Fraction]]:
        """Breaks after which a start costs less: first and last length, and what it saves."""
        pairs = self.unit.startup
        for k, (lag, cost) in enumerate(pairs[:-1]):
            first = int(lag) if k else 1
            yield max(first, 1), int(pairs[k + 1][0]) - 1, pairs[-1][1] - cost

    def _past(self, t: int, k: int) -> int:
        """Whether a break that began before the first hour is of kind `k` at a start in `t`."""
        off = self.unit.hours_off
        if self.unit.was_on or off is None:
            return 0
        first, last, _ = list(self._breaks())[k]
        return int((first if k else 0) <= off + t <= last)


def _negative(entries: Mapping[str, Fraction]) -> dict[str, Fraction]:
    return {name: -value for name, value in entries.items()}


def _add_demand(
    build: ProgramBuilder,
    instance: UnitCommitment,
    units: list[_Unit],
    demand: Sequence[Affine],
) -> None:
    for sun in instance.renewable:
        for t, (low, high) in enumerate(zip(sun.minimum, sun.maximum, strict=True)):
            build.column(f"power[{sun.name},{t}]", lower=low, upper=high, integer=False)
    gaps = {"shortage": (1, instance.shortage_cost), "surplus": (-1, instance.surplus_cost)}
    for t, entry in enumerate(demand):
        supply: dict[str, Entry] = {f"power[{sun.name},{t}]": 1 for sun in instance.renewable}
        for unit in units:
            supply[unit.column("on", t)] = unit.unit.minimum
            supply.update(unit.output(t))
        for gap, (sign, cost) in gaps.items():
            if cost is not None:
                supply[build.column(f"{gap}[{t}]", cost=cost, integer=False)] = sign
        build.row(f"demand[{t}]", supply, "=", entry)

"""Lot sizing: its program, its plans, and what they cost."""

from __future__ import annotations

import html
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip._aligned import aligned
from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._completion import completed_point
from tamemip.plugins._data_entry import exact_numbers
from tamemip.plugins.scheduling._lot_sizing import LotSizing
from tamemip.plugins.scheduling._slots import Slots
from tamemip.programs import ParametricProgram


@final
@dataclass(frozen=True, slots=True, repr=False)
class LotPlan:
    """How much is produced in each period.

    Attributes
    ----------
    lots
        Units produced, by period.
    stock
        Units in stock at the end of each period.
    value
        What the plan costs, exactly.
    """

    lots: tuple[Fraction, ...]
    stock: tuple[Fraction, ...]
    value: Fraction

    def __repr__(self) -> str:
        count = sum(map(bool, self.lots))
        return f"LotPlan(cost {self.value}, {count} lot{'s' * (count != 1)})"

    def __str__(self) -> str:
        rows = [
            ("period", "lot", "stock"),
            *(
                (str(t), str(lot or "-"), str(stock))
                for t, (lot, stock) in enumerate(zip(self.lots, self.stock, strict=True))
            ),
        ]
        return "\n".join([f"cost {self.value}", *aligned(rows, left=0)])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


_DATA = ("demand", "setup", "production", "holding")


def lot_sizing_program(instance: LotSizing, *, slots: Collection[str] = _DATA) -> ParametricProgram:
    r"""The least cost of lots that cover a demand [1]_.

    .. math::

        \min \sum_t K_t y_t + c_t x_t + h_t s_t: \quad
        s_{t-1} + x_t - s_t = d_t, \quad x_t \le M_t y_t, \quad x, s \ge 0, \ y \in \{0, 1\}

    with the capacity, or ``instance.largest_demand``, as :math:`M_t`. Parameters
    ``demand[t]`` move right-hand sides, ``setup[t]``, ``production[t]`` and ``holding[t]``
    costs. The program is right while no demand and no cost is negative; without capacities
    also the demand has to sum up to at most ``instance.largest_demand``.

    Parameters
    ----------
    instance
        Demand and costs.
    slots
        Which parameters the program has.

    Raises
    ------
    InvalidInputError
        If there is no slot, or one of another name.

    References
    ----------
    .. [1] H. M. Wagner, T. M. Whitin, "Dynamic version of the economic lot size model",
       Management Science 5 (1958), 89-96.

    Examples
    --------
    >>> import tamemip as tm
    >>> lots = LotSizing([20, 50, 10], setup=60, production=2, holding=1)
    >>> print(lot_plan(lots, tm.solve(lot_sizing_program(lots).program).point))
    cost 290
    period  lot  stock
         0   20      0
         1   60     10
         2    -      0

    A single lot costs 290 as well; so the price of the demand is not unique:

    >>> q = lot_sizing_program(lots, slots=["demand"])
    >>> sorted(tuple(map(int, g)) for g in tm.conservative_gradient(q).generators)
    [(2, 2, 3), (2, 3, 4)]
    """
    moving = Slots(slots, known=_DATA)
    demand = moving.entries("demand", instance.demand)
    setup = moving.entries("setup", instance.setup)
    production = moving.entries("production", instance.production)
    holding = moving.entries("holding", instance.holding)
    build = ProgramBuilder("min", name=instance.name, parameters=moving.names)
    for t in range(instance.n_periods):
        most = instance.largest_demand if instance.capacity is None else instance.capacity[t]
        switch = build.column(f"produces[{t}]", cost=setup[t], upper=1)
        lot = build.column(f"lot[{t}]", cost=production[t], integer=False)
        stock = build.column(f"stock[{t}]", cost=holding[t], integer=False)
        before = {f"stock[{t - 1}]": 1} if t else {}
        build.row(f"demand[{t}]", {**before, lot: 1, stock: -1}, "=", demand[t])
        build.row(f"setup[{t}]", {lot: 1, switch: -most}, "<=", 0)
    return build.build()


def lot_plan(instance: LotSizing, point: Sequence[Number]) -> LotPlan:
    """The plan of a point of `lot_sizing_program`.

    Only its binaries are read; the lots are solved for again, exactly, by the linear program
    that is left. So the plan costs what the point says, or less.

    Raises
    ------
    InvalidInputError
        If the point has a wrong length, a binary is no integer, or no lots fit its binaries.

    Examples
    --------
    >>> lots = LotSizing([20, "1/3"], setup=60, production=2, holding=1)
    >>> names = lot_sizing_program(lots).program.col_names
    >>> print(lot_plan(lots, [name == "produces[0]" for name in names]))
    cost 101
    period   lot  stock
         0  61/3    1/3
         1     -      0
    """
    program = lot_sizing_program(instance).program
    values = completed_point(program, point)
    return plan_of(instance, [values[f"lot[{t}]"] for t in range(instance.n_periods)])


def plan_of(instance: LotSizing, lots: Sequence[Fraction]) -> LotPlan:
    """The plan with given lots, checked.

    Raises
    ------
    InvalidInputError
        As `evaluate_lots`.

    Examples
    --------
    >>> plan_of(LotSizing([20, 50], setup=60, production=2, holding=1), [Fraction(70), Fraction(0)])
    LotPlan(cost 250, 1 lot)
    """
    stock, level = [], Fraction(0)
    for lot, demand in zip(lots, instance.demand, strict=False):
        level += lot - demand
        stock.append(level)
    plan = LotPlan(tuple(lots), tuple(stock), Fraction(0))
    return LotPlan(plan.lots, plan.stock, evaluate_lots(instance, plan))


def evaluate_lots(instance: LotSizing, plan: LotPlan) -> Fraction:
    """What a plan costs that the instance allows, from the instance alone.

    Only the lots are read.

    Raises
    ------
    InvalidInputError
        If a lot is negative or above its capacity, or a period's demand is not covered.

    Examples
    --------
    >>> lots = LotSizing([20, 50], setup=60, production=2, holding=1)
    >>> evaluate_lots(lots, LotPlan((Fraction(70), Fraction(0)), (), Fraction(0)))
    Fraction(250, 1)
    """
    if len(plan.lots) != instance.n_periods:
        raise InvalidInputError(
            f"the plan has {len(plan.lots)} lots, but there are {instance.n_periods} periods."
        )
    cost, level = Fraction(0), Fraction(0)
    for t, lot in enumerate(exact_numbers(plan.lots, "lot", least=0)):
        if instance.capacity is not None and lot > instance.capacity[t]:
            raise InvalidInputError(f"lot[{t}] is {lot}; the capacity is {instance.capacity[t]}.")
        level += lot - instance.demand[t]
        if level < 0:
            raise InvalidInputError(f"period {t}: {-level} units of the demand are missing.")
        cost += instance.setup[t] * bool(lot) + instance.production[t] * lot
        cost += instance.holding[t] * level
    return cost

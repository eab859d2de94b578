"""Sensitivity of small instances by the exact value function of their program."""

from __future__ import annotations

from fractions import Fraction

from tamemip.errors import NotAllowedError
from tamemip.plugins.scheduling._sensitivity_table import Rate, Sensitivity, SensitivityTable
from tamemip.plugins.scheduling._single_machine import SingleMachine
from tamemip.plugins.scheduling._single_machine_program import single_machine_program
from tamemip.programs import ParametricProgram
from tamemip.solvers import Limits
from tamemip.value_functions import CostValueFunction, LineValueFunction, value_function

_ZERO, _ONE = Fraction(0), Fraction(1)


def program_sensitivity(instance: SingleMachine, *, limits: Limits | None) -> SensitivityTable:
    """One line a number of the instance, looked at from zero to twice as much.

    Raises
    ------
    NotAllowedError
        If a limit came before the value of the instance itself.
    """
    program = single_machine_program(instance)
    given = {"processing": instance.processing, "weight": instance.weights}
    rows, values = [], []
    for slot in program.names:
        what, _, place = slot.rstrip("]").partition("[")
        numbers = given.get(what) or instance.due or ()
        number = numbers[int(place)]
        value, more, less = _sides(program, slot, number, limits)
        rows.append(Sensitivity(slot, number, more, less))
        values.append(value)
    found = next((value for value in values if value is not None), None)
    if found is None:
        raise NotAllowedError("a limit came before the optimal value was proved. Raise it.")
    rows.sort(key=lambda row: -abs(row.more.slope or _ZERO))
    objective = "weighted completion time" if instance.due is None else "weighted tardiness"
    return SensitivityTable(tuple(rows), found, objective, _reasons(rows))


def _sides(
    program: ParametricProgram, slot: str, number: Fraction, limits: Limits | None
) -> tuple[Fraction | None, Rate, Rate]:
    """The value, and the rates to the right and to the left."""
    ends = (-abs(number), abs(number) or _ONE)
    v = value_function(program, along={slot: 1}, interval=ends, limits=limits)
    assert isinstance(v, LineValueFunction | CostValueFunction)
    value, more, less = None, Rate(None), Rate(None)
    for piece in v.pieces:
        if piece.lo <= 0 <= piece.hi and piece.slope is not None:
            value = piece.value_at_lo - piece.slope * piece.lo
            if piece.hi > 0:
                more = Rate(piece.slope, piece.hi, piece.hi < ends[1], is_proved=True)
            if piece.lo < 0:
                less = Rate(piece.slope, -piece.lo, piece.lo > ends[0], is_proved=True)
    return value, more, less


def _reasons(rows: list[Sensitivity]) -> tuple[str, ...]:
    known = "proved by exact value functions of the program; a step with + is as far as was looked"
    if all(rate.slope is not None for row in rows for rate in (row.more, row.less)):
        return (known,)
    return (known, "? is not known: a limit came first, or the number is 0")

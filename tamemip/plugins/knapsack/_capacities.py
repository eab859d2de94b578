"""Capacities, one by one or in arrays, and the cells of a table that they mean."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from tamemip.arithmetic import Number, rationalize
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number, exact_numbers
from tamemip.plugins.knapsack._instance import Knapsack, is_one_number
from tamemip.plugins.knapsack._multiple_choice import MultipleChoiceKnapsack

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.plugins.knapsack._integer_form import IntegerForm

_NEAR_A_CELL = 1e-6
"""Floats so near to the border of a cell are read again, as the decimals that they print."""

_EXACT = 2.0**52


Capacities: TypeAlias = "Number | Sequence[Number]"
"""One number; for several capacities, one number each."""


def refuse_other(instance: object) -> None:
    """Refuse what is no knapsack.

    Raises
    ------
    InvalidInputError
        If it is none.
    """
    if not isinstance(instance, Knapsack | MultipleChoiceKnapsack):
        raise InvalidInputError(
            f"{instance!r} is no knapsack; make one with Knapsack(profits, weights, capacities) "
            "or MultipleChoiceKnapsack of tamemip.plugins.knapsack."
        )


def read_capacity(c: Any, what: str, count: int) -> tuple[Fraction, ...]:
    """One number a capacity; a single number will do for one.

    Raises
    ------
    InvalidInputError
        If there are more or fewer, or one is no number.
    """
    if count == 1 and is_one_number(c):
        return (exact_number(c, what),)
    return exact_numbers(c, what, length=count, per="capacities")


def read_capacities(c: Any, count: int) -> NDArray[Any]:
    """Capacities as an array of numbers of one kind: integers, floats, or Fractions.

    Raises
    ------
    InvalidInputError
        If the last of the axes has not one entry a capacity, or an entry is no number.
    """
    array = np.asarray(c)
    if array.dtype.kind not in "iuf":
        flat = [rationalize(v, what="a capacity") for v in array.ravel().tolist()]
        array = np.array([None, *flat], dtype=object)[1:].reshape(array.shape)
    if count > 1 and (array.ndim not in (1, 2) or array.shape[-1] != count):
        raise InvalidInputError(
            f"there are {count} capacities; give {count} numbers, or an array of shape "
            f"(k, {count}). The shape is {array.shape}."
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InvalidInputError("a capacity is NaN or infinite; give finite numbers.")
    return array


def read_cells(
    capacities: NDArray[Any], form: IntegerForm, upto: Sequence[Fraction]
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    """Which rows of an array of shape ``(k, m)`` are large enough, and the cells of all.

    Raises
    ------
    InvalidInputError
        If a capacity is beyond its end.
    """
    cells = np.empty(capacities.shape, dtype=np.int64)
    is_reached = np.ones(len(capacities), dtype=np.bool_)
    for i, (load, unit, end) in enumerate(zip(form.loads, form.units, upto, strict=True)):
        column = capacities[:, i]
        _refuse_beyond(column, end)
        cells[:, i] = _whole(column, load, unit)
        is_reached &= (cells[:, i] >= 0) & np.asarray(column >= 0, dtype=np.bool_)
        if unit == 0:
            cells[:, i] = np.minimum(cells[:, i], 0)
    # A float just above the end counts as the end.
    np.minimum(cells, np.array(form.last), out=cells)
    return is_reached, cells


def _refuse_beyond(column: NDArray[Any], end: Fraction) -> None:
    beyond = np.flatnonzero(column > (end if column.dtype.kind == "O" else float(end)))
    if beyond.size:
        raise InvalidInputError(
            f"the capacity {column[beyond[0]]} is beyond {end}, where this value function ends. "
            "Make one with a larger `upto`."
        )


def _whole(column: NDArray[Any], load: Fraction, unit: Fraction) -> NDArray[np.int64]:
    """How often the unit goes into what a capacity leaves: rounded down, negative if it is."""
    unit = unit or Fraction(1)
    if column.dtype.kind in "iuf" and np.abs(column, dtype=np.float64).max(initial=0.0) < _EXACT:
        if unit.denominator == load.denominator == 1:
            return np.asarray((np.floor(column).astype(np.int64) - int(load)) // int(unit))
        parts = (column - float(load)) / float(unit)
        cells = np.floor(parts).astype(np.int64)
        unsure = np.abs(parts - np.rint(parts)) < _NEAR_A_CELL * (1 + np.abs(parts))
    else:
        cells = np.zeros(len(column), dtype=np.int64)
        unsure = np.ones(len(column), dtype=np.bool_)
    exactly = column.tolist()
    for k in np.flatnonzero(unsure):
        cells[k] = math.floor((rationalize(exactly[k]) - load) / unit)
    return cells

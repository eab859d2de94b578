"""`value_function` leads to the line, the costs and the box, or says what is missing."""

from fractions import Fraction

import pytest

import tamemip as tm
from tamemip.value_functions import (
    BoxValueFunction,
    CostValueFunction,
    LatticeValueFunction,
    LineValueFunction,
)

KNAPSACK = tm.MixedIntegerProgram.from_arrays(
    [7, 9, 2, 15], [[3, 4, 1, 7]], "<=", [10], sense="max", row_names=["W"],
    col_names=["a", "b", "c", "d"],
)  # fmt: skip


def test_the_ways_agree_where_they_meet():
    line = tm.value_function(KNAPSACK, along={"W": 1}, interval=(-10, 4))
    box = tm.value_function(KNAPSACK, domain=tm.Box({"W": (0, 14)}))
    cost = tm.value_function(KNAPSACK, along_cost={"a": 1}, interval=(-1, 1))
    table = tm.value_function(KNAPSACK, domain=tm.Box({"W": (0, 14)}), method="lattice")
    kinds = (LineValueFunction, BoxValueFunction, LatticeValueFunction, CostValueFunction)
    assert tuple(map(type, (line, box, table, cost))) == kinds
    known = [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30, 32]
    assert [line.exact(w - 10) for w in range(15)] == known
    assert [box.exact([w]) for w in range(15)] == known
    assert [table.exact([w]) for w in range(15)] == known
    assert line.exact(0) == cost.exact(0) == 23
    assert (
        cost.exact(Fraction(1, 2)) == tm.dual_function(KNAPSACK.with_cost(["15/2", 9, 2, 15])).value
    )


def test_what_is_missing_or_too_much_is_said():
    with pytest.raises(tm.errors.InvalidInputError):
        tm.value_function(KNAPSACK)
    with pytest.raises(tm.errors.InvalidInputError):
        tm.value_function(KNAPSACK, along={"W": 1})
    with pytest.raises(tm.errors.InvalidInputError):
        tm.value_function(KNAPSACK, along={"W": 1}, along_cost={"a": 1}, interval=(0, 1))
    with pytest.raises(tm.errors.UnsupportedError):
        tm.value_function(KNAPSACK, domain=tm.Box({"W": (0, 4)}), method="magic")
    with pytest.raises(tm.errors.InvalidInputError):
        tm.value_function(KNAPSACK, domain=tm.Box({"W": (0, 4)}), method="lattice", minimal=True)
    with pytest.raises(tm.errors.InvalidInputError):
        tm.value_function(KNAPSACK, along={"W": 1}, interval=(0, 1), minimal=True)
    with pytest.raises(tm.errors.InvalidInputError):
        tm.value_function("model.mps", along={"W": 1}, interval=(0, 1))

"""Exact value functions of mixed-integer programs."""

from tamemip.value_functions._cost_ranges import CostRange, CostRanges, cost_ranges
from tamemip.value_functions._cost_value import (
    CostPiece,
    CostValueFunction,
    cost_value_function,
)
from tamemip.value_functions._lattice_value import LatticeValueFunction, lattice_value_function
from tamemip.value_functions._line_function import line_value_function
from tamemip.value_functions._line_pieces import LineGap, LineInterval, LineJump, LinePiece
from tamemip.value_functions._line_value import LineValueFunction
from tamemip.value_functions._value_function import ValueFunction, value_function

__all__ = [
    "CostPiece",
    "CostRange",
    "CostRanges",
    "CostValueFunction",
    "LatticeValueFunction",
    "LineGap",
    "LineInterval",
    "LineJump",
    "LinePiece",
    "LineValueFunction",
    "ValueFunction",
    "cost_ranges",
    "cost_value_function",
    "lattice_value_function",
    "line_value_function",
    "value_function",
]

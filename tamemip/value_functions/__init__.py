"""Exact value functions of mixed-integer programs."""

from tamemip.value_functions._axes import pyplot
from tamemip.value_functions._box_cells import (
    AffineForm,
    AffinePoint,
    BoxCell,
    BoxParameters,
    BoxSide,
    BoxSplit,
    Plane,
)
from tamemip.value_functions._box_function import box_value_function
from tamemip.value_functions._box_gaps import BoxGap
from tamemip.value_functions._box_value import BoxValueFunction
from tamemip.value_functions._cost_ranges import CostRange, CostRanges, cost_ranges
from tamemip.value_functions._cost_value import (
    CostPiece,
    CostValueFunction,
    cost_value_function,
)
from tamemip.value_functions._expected_value import (
    ExpectedValue,
    ScenarioValue,
    expected_value,
)
from tamemip.value_functions._lattice_value import LatticeValueFunction, lattice_value_function
from tamemip.value_functions._line_function import line_value_function
from tamemip.value_functions._line_pieces import LineGap, LineInterval, LineJump, LinePiece
from tamemip.value_functions._line_value import LineValueFunction
from tamemip.value_functions._moving_line import MovingLine, moving_value_function
from tamemip.value_functions._pareto_frontier import ParetoFrontier
from tamemip.value_functions._pareto_function import pareto_frontier
from tamemip.value_functions._pareto_pieces import ParetoFace, ParetoGap, ParetoSegment
from tamemip.value_functions._stability_line import StabilityInterval
from tamemip.value_functions._stability_local import LocalStabilitySet, proved_value
from tamemip.value_functions._stability_polyhedron import HalfSpace, PricedPolyhedron
from tamemip.value_functions._stability_region import StabilityRegion, stability_region
from tamemip.value_functions._value_function import ValueFunction, value_function

__all__ = [
    "AffineForm",
    "AffinePoint",
    "BoxCell",
    "BoxGap",
    "BoxParameters",
    "BoxSide",
    "BoxSplit",
    "BoxValueFunction",
    "CostPiece",
    "CostRange",
    "CostRanges",
    "CostValueFunction",
    "ExpectedValue",
    "HalfSpace",
    "LatticeValueFunction",
    "LineGap",
    "LineInterval",
    "LineJump",
    "LinePiece",
    "LineValueFunction",
    "LocalStabilitySet",
    "MovingLine",
    "ParetoFace",
    "ParetoFrontier",
    "ParetoGap",
    "ParetoSegment",
    "Plane",
    "PricedPolyhedron",
    "ScenarioValue",
    "StabilityInterval",
    "StabilityRegion",
    "ValueFunction",
    "box_value_function",
    "cost_ranges",
    "cost_value_function",
    "expected_value",
    "lattice_value_function",
    "line_value_function",
    "moving_value_function",
    "pareto_frontier",
    "proved_value",
    "pyplot",
    "stability_region",
    "value_function",
]

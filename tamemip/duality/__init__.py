"""Dual functions: bounds on the value for every right-hand side, with proofs."""

from tamemip.duality._constructors import dual_function
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._infeasibility import InfeasibleSubset, infeasible_subset
from tamemip.duality._leaf_lines import LeafLine, LeafLines, LeafReading
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import BuildReport
from tamemip.duality._restriction import Restriction, UpperPiece
from tamemip.duality._saving import load
from tamemip.duality._upper import UpperFunction, upper_function

__all__ = [
    "BuildReport",
    "DualFunction",
    "InfeasibleSubset",
    "LeafLine",
    "LeafLines",
    "LeafReading",
    "Restriction",
    "TightPoint",
    "UpperFunction",
    "UpperPiece",
    "dual_function",
    "infeasible_subset",
    "load",
    "upper_function",
]

"""Dual functions: bounds on the value for every right-hand side, with proofs."""

from tamemip.duality._constructors import dual_function
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._gomory_function import GomoryDualFunction, gomory_function
from tamemip.duality._infeasibility import InfeasibleSubset, infeasible_subset
from tamemip.duality._jeroslow import JeroslowFunction, jeroslow_formula
from tamemip.duality._leaf_lines import LeafLine, LeafLines, LeafReading
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import BuildReport
from tamemip.duality._restriction import Restriction, UpperPiece
from tamemip.duality._saving import load
from tamemip.duality._upper import UpperFunction, upper_function

__all__ = [
    "BuildReport",
    "DualFunction",
    "GomoryDualFunction",
    "InfeasibleSubset",
    "JeroslowFunction",
    "LeafLine",
    "LeafLines",
    "LeafReading",
    "Restriction",
    "TightPoint",
    "UpperFunction",
    "UpperPiece",
    "dual_function",
    "gomory_function",
    "infeasible_subset",
    "jeroslow_formula",
    "load",
    "upper_function",
]

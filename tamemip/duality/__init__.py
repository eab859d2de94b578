"""Dual functions: bounds on the value for every right-hand side, with proofs."""

from tamemip.duality._branch_and_bound import BranchAndBound
from tamemip.duality._branch_and_cut_cuts import CutFinder, enough_value
from tamemip.duality._branching import BranchingRule, StrongBranching
from tamemip.duality._coefficients import NoInequalityError
from tamemip.duality._constructors import dual_function
from tamemip.duality._cut_tree import CutRow, CutTree, cut_rows, extended_program
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._exact_relaxation import exact_over_box
from tamemip.duality._exact_simplex import ExactVerdict, solve_exactly
from tamemip.duality._gomory_function import GomoryDualFunction, gomory_function
from tamemip.duality._infeasibility import InfeasibleSubset, infeasible_subset
from tamemip.duality._jeroslow import JeroslowFunction, jeroslow_formula
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._leaf_lines import LeafLine, LeafLines, LeafReading
from tamemip.duality._line_reading import (
    AFTER_ZERO,
    AT_THE_END,
    Cut,
    Gap,
    LineReading,
    Target,
    covered_first,
    covered_last,
    is_covered,
)
from tamemip.duality._multipliers import IntegerData, Multipliers
from tamemip.duality._optimum import optimum
from tamemip.duality._pool import MultiplierPool
from tamemip.duality._progress import progress_line
from tamemip.duality._proof_writer import TightPoint, write_best, write_function, write_parts
from tamemip.duality._rational_duals import Rationalizer
from tamemip.duality._recosting import recosted
from tamemip.duality._relaxation import Relaxation, recession_program
from tamemip.duality._reports import BuildReport, Incumbent
from tamemip.duality._restriction import Restriction, UpperPiece, moved
from tamemip.duality._sandwich import ProvedLine, Sandwich, Stretch, sandwich
from tamemip.duality._sandwich_line import LineFunction, smallest
from tamemip.duality._sandwich_upper import PartsOnLine
from tamemip.duality._saving import load
from tamemip.duality._tree import Evidence, Literals, Tree
from tamemip.duality._upper import UpperFunction, upper_function

__all__ = [
    "AFTER_ZERO",
    "AT_THE_END",
    "BranchAndBound",
    "BranchingRule",
    "BuildReport",
    "Cut",
    "CutFinder",
    "CutRow",
    "CutTree",
    "DualFunction",
    "Evidence",
    "ExactVerdict",
    "Gap",
    "GomoryDualFunction",
    "Incumbent",
    "InfeasibleSubset",
    "IntegerData",
    "JeroslowFunction",
    "LeafLine",
    "LeafLines",
    "LeafReading",
    "LineFunction",
    "LineReading",
    "Literals",
    "MultiplierPool",
    "Multipliers",
    "NoInequalityError",
    "PartsOnLine",
    "ProvedLine",
    "Rationalizer",
    "Relaxation",
    "Restriction",
    "Sandwich",
    "Stretch",
    "StrongBranching",
    "Target",
    "TightPoint",
    "Tree",
    "UpperFunction",
    "UpperPiece",
    "box_constant",
    "covered_first",
    "covered_last",
    "cut_rows",
    "dual_function",
    "enough_value",
    "exact_over_box",
    "extended_program",
    "gomory_function",
    "infeasible_subset",
    "is_covered",
    "jeroslow_formula",
    "load",
    "moved",
    "optimum",
    "progress_line",
    "recession_program",
    "recosted",
    "sandwich",
    "smallest",
    "solve_exactly",
    "upper_function",
    "write_best",
    "write_function",
    "write_parts",
]

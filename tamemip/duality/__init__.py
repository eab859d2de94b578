"""Dual functions: bounds on the value for every right-hand side, with proofs."""

from tamemip.duality._branch_and_bound import BuildReport
from tamemip.duality._constructors import dual_function
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._proof_writer import TightPoint

__all__ = ["BuildReport", "DualFunction", "TightPoint", "dual_function"]

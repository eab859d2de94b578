"""Solvers propose: claims in floats, examined but not proved."""

from tamemip.solvers._claim import Claim, Limits, Status
from tamemip.solvers._cp_native import NativeOutcome, native_cp_sat, run_natively
from tamemip.solvers._exact_lp import basic_duals, basic_point, basic_step, relaxation_duals
from tamemip.solvers._executor import run_all, split_evenly
from tamemip.solvers._interrupt import run_interruptibly
from tamemip.solvers._lp import Basis, LPEngine, LPStatus
from tamemip.solvers._points import rounded_point
from tamemip.solvers._protocol import Solver
from tamemip.solvers._registry import SolverInfo, SolverTable, available_solvers
from tamemip.solvers._solve import incumbent, solve

__all__ = [
    "Basis",
    "Claim",
    "LPEngine",
    "LPStatus",
    "Limits",
    "NativeOutcome",
    "Solver",
    "SolverInfo",
    "SolverTable",
    "Status",
    "available_solvers",
    "basic_duals",
    "basic_point",
    "basic_step",
    "incumbent",
    "native_cp_sat",
    "relaxation_duals",
    "rounded_point",
    "run_all",
    "run_interruptibly",
    "run_natively",
    "solve",
    "split_evenly",
]

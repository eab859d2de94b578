"""Programs: the mixed-integer program, its parametric family, reading and writing."""

from tamemip.programs._box import Box, Interval, Intervals
from tamemip.programs._canonical import CanonicalColumn, CanonicalForm
from tamemip.programs._from_cvxpy import from_cvxpy
from tamemip.programs._from_linopy import from_linopy
from tamemip.programs._from_mathopt import from_mathopt
from tamemip.programs._from_pulp import from_pulp
from tamemip.programs._from_pyomo import from_pyomo
from tamemip.programs._lines import Lines
from tamemip.programs._parametric import EntrySlope, ParametricProgram
from tamemip.programs._program import Index, MixedIntegerProgram, Vector
from tamemip.programs._reading import read, write
from tamemip.programs._smps import read_smps
from tamemip.programs._two_stage import Scenario, TwoStageProgram

__all__ = [
    "Box",
    "CanonicalColumn",
    "CanonicalForm",
    "EntrySlope",
    "Index",
    "Interval",
    "Intervals",
    "Lines",
    "MixedIntegerProgram",
    "ParametricProgram",
    "Scenario",
    "TwoStageProgram",
    "Vector",
    "from_cvxpy",
    "from_linopy",
    "from_mathopt",
    "from_pulp",
    "from_pyomo",
    "read",
    "read_smps",
    "write",
]

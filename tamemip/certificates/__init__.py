"""Statements, steps, rules and the checker: the standard library only."""

from tamemip.certificates._builder import CertificateBuilder
from tamemip.certificates._certificate import Certificate, Goal
from tamemip.certificates._check import check
from tamemip.certificates._definable_atoms import ATOMS, Atom
from tamemip.certificates._definable_conclusions import Definable, Refuted
from tamemip.certificates._definable_enclosure import Enclosure
from tamemip.certificates._definable_facts import (
    Domain,
    Facts,
    Form,
    Obligation,
    Structure,
)
from tamemip.certificates._definable_nodes import Declaration, Node
from tamemip.certificates._definable_programs import (
    RelaxationBelow,
    require_dual_feasible,
    require_improving,
    value_class,
)
from tamemip.certificates._definable_programs_bounds import ColumnBounds
from tamemip.certificates._definable_programs_ranges import Columns, Range, Varying
from tamemip.certificates._definable_programs_writing import (
    ColumnProof,
    LevelProof,
    value_certificate,
)
from tamemip.certificates._definable_rules import derive
from tamemip.certificates._definable_writing import definable_certificate
from tamemip.certificates._fast import check_fast
from tamemip.certificates._gradient_conclusions import GradientElement, LipschitzConstants
from tamemip.certificates._gradient_writing import gradient_certificate, lipschitz_certificate
from tamemip.certificates._json import RejectedError
from tamemip.certificates._line_cuts import Over, below_ceiling, below_rounding
from tamemip.certificates._problem import (
    Bound,
    ExactMatrix,
    Problem,
    RowSense,
    Sense,
    SparseVector,
)
from tamemip.certificates._statement import Statement

__all__ = [
    "ATOMS",
    "Atom",
    "Bound",
    "LevelProof",
    "Varying",
    "RelaxationBelow",
    "Range",
    "Columns",
    "ColumnProof",
    "ColumnBounds",
    "Certificate",
    "CertificateBuilder",
    "Declaration",
    "Definable",
    "Domain",
    "Enclosure",
    "ExactMatrix",
    "Facts",
    "Form",
    "Goal",
    "Node",
    "Obligation",
    "Over",
    "Problem",
    "Refuted",
    "RejectedError",
    "RowSense",
    "Sense",
    "SparseVector",
    "Statement",
    "Structure",
    "below_ceiling",
    "below_rounding",
    "check",
    "check_fast",
    "definable_certificate",
    "derive",
    "value_class",
    "value_certificate",
    "require_improving",
    "require_dual_feasible",
    "GradientElement",
    "LipschitzConstants",
    "gradient_certificate",
    "lipschitz_certificate",
]

"""Statements, steps, rules and the checker: the standard library only."""

from tamemip.certificates._builder import CertificateBuilder
from tamemip.certificates._certificate import Certificate, Goal
from tamemip.certificates._check import check
from tamemip.certificates._fast import check_fast
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
    "Bound",
    "Certificate",
    "CertificateBuilder",
    "ExactMatrix",
    "Goal",
    "Over",
    "Problem",
    "RowSense",
    "Sense",
    "SparseVector",
    "Statement",
    "below_ceiling",
    "below_rounding",
    "check",
    "check_fast",
]

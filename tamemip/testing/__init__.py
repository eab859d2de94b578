"""Conformance kits for what others add to the library."""

from tamemip.testing._families_check import FamilyCheck, checks_for
from tamemip.testing._families_outcome import Outcome, OutcomeKind
from tamemip.testing._families_pytest import parametrize_with_checks
from tamemip.testing._families_report import CheckLine, CheckReport, run_checks
from tamemip.testing._primitives import Check, primitive_checks

__all__ = [
    "Check",
    "CheckLine",
    "CheckReport",
    "FamilyCheck",
    "Outcome",
    "OutcomeKind",
    "checks_for",
    "parametrize_with_checks",
    "primitive_checks",
    "run_checks",
]

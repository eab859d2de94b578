"""Problem families: the protocol, the registry, and what helps to write one."""

from tamemip.plugins._affine import Affine, Entry
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._instances import Instances
from tamemip.plugins._protocol import Family
from tamemip.plugins._registry import families, family
from tamemip.plugins._table import FamilyInfo, FamilyTable

__all__ = [
    "Affine",
    "Entry",
    "Family",
    "FamilyInfo",
    "FamilyTable",
    "Instances",
    "ProgramBuilder",
    "families",
    "family",
]

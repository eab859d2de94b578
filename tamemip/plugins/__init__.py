"""Problem families: the protocol, the registry, and what helps to write one."""

from tamemip.plugins._affine import Affine, Entry
from tamemip.plugins._builder import ProgramBuilder
from tamemip.plugins._completion import completed_point
from tamemip.plugins._data_entry import exact_number, exact_numbers, exact_point, exact_table
from tamemip.plugins._instances import Instances
from tamemip.plugins._number_file import NumberFile
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
    "NumberFile",
    "ProgramBuilder",
    "completed_point",
    "exact_number",
    "exact_numbers",
    "exact_point",
    "exact_table",
    "families",
    "family",
]

"""Prices of rows and columns, and the report that a model gets."""

from tamemip.analysis._analyze import analyze
from tamemip.analysis._checked import CheckedStatement
from tamemip.analysis._curve import Curve
from tamemip.analysis._moves import Moves, moves_of, parsed_moves, parsed_moving
from tamemip.analysis._price_entries import ColumnPrice, RowPrice
from tamemip.analysis._prices import ShadowPrices, shadow_prices
from tamemip.analysis._report import Report, Timings
from tamemip.analysis._report_files import ReportFiles, refuse_unwritable, write_json
from tamemip.analysis._solver_table import claim_table, claim_to_json, solver_table
from tamemip.analysis._tables import tables
from tamemip.analysis._tameness import Tameness
from tamemip.analysis._value_report import ValueReport, value_report
from tamemip.analysis._value_tables import value_tables

__all__ = [
    "CheckedStatement",
    "ColumnPrice",
    "Curve",
    "Moves",
    "Report",
    "ReportFiles",
    "RowPrice",
    "ShadowPrices",
    "Tameness",
    "Timings",
    "ValueReport",
    "analyze",
    "claim_table",
    "claim_to_json",
    "moves_of",
    "parsed_moves",
    "parsed_moving",
    "refuse_unwritable",
    "shadow_prices",
    "solver_table",
    "tables",
    "value_report",
    "value_tables",
    "write_json",
]

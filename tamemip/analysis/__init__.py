"""Prices of rows and columns, and the report that a model gets."""

from tamemip.analysis._analyze import analyze
from tamemip.analysis._price_entries import ColumnPrice, RowPrice
from tamemip.analysis._prices import ShadowPrices, shadow_prices
from tamemip.analysis._report import CheckedStatement, Report, Timings
from tamemip.analysis._report_files import ReportFiles, refuse_unwritable, write_json
from tamemip.analysis._solver_table import claim_table, claim_to_json, solver_table
from tamemip.analysis._tables import tables

__all__ = [
    "CheckedStatement",
    "ColumnPrice",
    "Report",
    "ReportFiles",
    "RowPrice",
    "ShadowPrices",
    "Timings",
    "analyze",
    "claim_table",
    "claim_to_json",
    "refuse_unwritable",
    "shadow_prices",
    "solver_table",
    "tables",
    "write_json",
]

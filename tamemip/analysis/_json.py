"""The report as JSON types."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING

import tamemip
from tamemip.analysis._json_parts import Object, model, number
from tamemip.analysis._price_entries import ColumnPrice, RowPrice
from tamemip.analysis._regularity import lipschitz_words
from tamemip.analysis._value_json import value_content
from tamemip.solvers import Status
from tamemip.tameness import verdict_to_json

if TYPE_CHECKING:
    from tamemip.analysis._report import Report
    from tamemip.value_functions import CostRange

_STATUS = {
    Status.OPTIMAL: "optimal",
    Status.INFEASIBLE: "infeasible",
    Status.UNBOUNDED: "unbounded",
    Status.INFEASIBLE_OR_UNBOUNDED: "infeasible_or_unbounded",
    Status.LIMIT: "limit",
}
#: The numbers of a row that are exact, in the order in which they are written.
_ROW_NUMBERS = (
    "rhs",
    "activity",
    "slope_left",
    "slope_right",
    "jump_left",
    "jump_right",
    "low",
    "high",
    "lp_dual",
    "fixed_dual",
)


def report_to_json(report: Report) -> Object:
    """See `Report.to_json`."""
    return {
        "tamemip": "report",
        "version": tamemip.__version__,
        "model": model(report.program, report.source),
        "status": _STATUS[report.status],
        "stopped": report.stopped,
        **number("value", report.value),
        **number("bound", report.bound),
        "dual_function": _dual_function(report),
        "tameness": _tameness(report),
        "lipschitz": _lipschitz(report),
        "rows": [_row(row) for row in report.prices or ()],
        "columns": list(_columns(report)),
        "value_function": _value_function(report),
        "ray": None if report.ray is None else _vector(report, report.ray),
        "infeasible_subset": _subset(report),
        "seconds": {
            "dual_function": round(report.timings.dual_function, 3),
            "value_function": round(report.timings.value_function, 3),
            "prices": round(report.timings.prices, 3),
            "check": round(report.timings.check, 3),
            "total": round(report.timings.total, 3),
        },
        "notes": list(report.notes),
    }


def _dual_function(report: Report) -> Object | None:
    function, checked = report.dual_function, report.checked
    if function is None:
        return None
    return {
        "method": function.method,
        **number("value", function.value),
        "tight": function.is_tight,
        "n_leaves": function.n_leaves,
        "nodes": function.report.nodes,
        "certificate_checked": checked is not None,
        "checker": None if checked is None else checked.checker,
        "certificate_bytes": None if checked is None else checked.bytes,
        "statement": None if checked is None else checked.statement.text,
        "seconds": round(report.timings.dual_function, 3),
    }


def _tameness(report: Report) -> Object | None:
    found = report.tameness
    if found is None:
        return None
    structure = found.verdict.structure
    return {
        **verdict_to_json(found.verdict),
        "structure": None if structure is None else structure.value,
        "meaning": found.meaning(),
        "certificate_checked": found.checked is not None,
        "locally_checked": found.local is not None,
        "statements": list(found.statements()),
        "seconds": round(found.seconds, 3),
    }


def _lipschitz(report: Report) -> Object | None:
    found = report.lipschitz
    if found is None:
        return None
    constants = None
    if found.constants is not None:
        constants = {name: str(v) for name, v in zip(found.names, found.constants, strict=True)}
    return {
        "status": found.status.value,
        "where": found.where,
        "meaning": lipschitz_words(found),
        "constants_exact": constants,
        "jump": None if found.jump is None else str(found.jump),
    }


def _value_function(report: Report) -> Object | None:
    return None if report.value_function is None else value_content(report.value_function)


def _row(row: RowPrice) -> Object:
    made: Object = {"name": row.name, "sense": row.sense}
    for name in _ROW_NUMBERS:
        made |= number(name, getattr(row, name))
    return {
        **made,
        "low_is_end": row.low_is_exact,
        "high_is_end": row.high_is_exact,
        "proof_left": row.proof_left,
        "proof_right": row.proof_right,
    }


def _columns(report: Report) -> Iterator[Object]:
    if report.prices is not None:
        yield from (_column(c, report.cost_range(c.index)) for c in report.prices.columns)
    elif report.point is not None:
        exact = report.program.exact
        for j, (name, value) in enumerate(zip(report.program.col_names, report.point, strict=True)):
            column = ColumnPrice(name, j, exact.integer[j], exact.c[j], value, None, None)
            yield _column(column, None)


def _column(column: ColumnPrice, costs: CostRange | None) -> Object:
    return {
        "name": column.name,
        "integer": column.is_integer,
        **number("value", column.value),
        **number("cost", column.cost),
        **number("cost_gradient", column.cost_gradient),
        **number("lp_reduced_cost", column.reduced_cost),
        **number("cost_low", None if costs is None else costs.low),
        **number("cost_high", None if costs is None else costs.high),
        "cost_range_proved": costs is not None and costs.is_proved,
    }


def _vector(report: Report, vector: Sequence[Fraction]) -> list[Object]:
    """The nonzero entries of a vector over the columns."""
    names = report.program.col_names
    return [
        {"name": name, **number("value", v)} for name, v in zip(names, vector, strict=True) if v
    ]


def _subset(report: Report) -> Object | None:
    subset = report.infeasible_subset
    if subset is None:
        return None
    return {
        "rows": list(subset.rows),
        "bounds": [{"column": name, "side": side} for name, side in subset.bounds],
        "integers": list(subset.integers),
        "minimal": subset.is_minimal,
        "text": str(subset),
    }

"""Solvers and their claims, as tables."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from tamemip.analysis._numbers import float_text
from tamemip.solvers import Claim, Status, available_solvers

if TYPE_CHECKING:
    from tamemip.programs import MixedIntegerProgram

_COLUMNS_SHOWN = 20


def solver_table() -> Table:
    """The solvers that are known by name."""
    table = Table(box=box.SIMPLE_HEAD, title="Solvers", title_justify="left")
    for header in ("solver", "installed", "accepts", "licence"):
        table.add_column(header, overflow="fold")
    for info in available_solvers():
        table.add_row(info.name, info.missing or "yes", info.scope, info.licence)
    return table


def claim_table(program: MixedIntegerProgram, claim: Claim) -> Group:
    """A claim, and the columns of its point that are not zero."""
    headline = Text(str(claim))
    if claim.point is None:
        return Group(headline)
    nonzero = [(j, float(v)) for j, v in enumerate(claim.point) if v]
    table = Table(box=box.SIMPLE_HEAD)
    table.add_column("column", overflow="fold")
    table.add_column("value", justify="right")
    for j, value in nonzero[:_COLUMNS_SHOWN]:
        table.add_row(Text(program.col_names[j]), float_text(value))
    hidden = len(nonzero) - _COLUMNS_SHOWN
    rest = [Text(f"... and {hidden} more; --json FILE has them all")] if hidden > 0 else []
    return Group(headline, table, *rest)


def claim_to_json(program: MixedIntegerProgram, claim: Claim) -> dict[str, object]:
    """A claim as JSON types; an infinite number is None."""
    point = claim.point
    columns = [] if point is None else zip(program.col_names, point.tolist(), strict=True)
    return {
        "tamemip": "claim",
        "checked": False,
        "status": "limit" if claim.status is Status.LIMIT else claim.status.name.lower(),
        "value": _finite(claim.value),
        "bound": _finite(claim.bound),
        "solver": claim.solver,
        "seconds": round(claim.seconds, 3),
        "reason": claim.reason,
        "columns": [{"name": name, "value": value} for name, value in columns],
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None

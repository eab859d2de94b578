"""Prices in the words of a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tamemip.analysis._numbers import MaybeBound, short_text

if TYPE_CHECKING:
    from tamemip.analysis._price_entries import ColumnPrice, RowPrice
    from tamemip.value_functions import CostRange

#: What stands in a cell where nothing is proved.
UNKNOWN = "—"

ROW_HEADER = ("row", "rhs", "left", "right", "jumps", "holds in", "LP", "ints fixed")
COLUMN_HEADER = ("column", "value", "cost", "stays optimal for", "gradient", "LP reduced cost")
ROW_TITLE = "Prices: change of the optimal value by one more unit of right-hand side"
LEGEND = (
    "left, right: the program with its integers, below and above the given rhs;",
    "holds in: … after an end says that it is proved up to there, and may hold further;",
    "LP, ints fixed: its linear relaxation, and its integers fixed; other questions",
)
COLUMN_TITLE = "Columns: the gradient is that of the optimal value in the costs"
COLUMN_LEGEND = (
    "stays optimal for: the costs of this column, the others as they are, for which this point",
    "is optimal; a range marked ? is not proved, and the true one lies in it",
)


def row_cells(row: RowPrice) -> tuple[str, ...]:
    """The cells under `ROW_HEADER`."""
    return (
        row.name,
        f"{row.sense} {short_text(row.rhs)}",
        _slope(row.slope_left),
        _slope(row.slope_right),
        _jumps(row),
        _range(row),
        _known(row.lp_dual),
        _known(row.fixed_dual),
    )


def column_cells(column: ColumnPrice, costs: CostRange | None) -> tuple[str, ...]:
    """The cells under `COLUMN_HEADER`."""
    numbers = (column.value, column.cost), (column.cost_gradient, column.reduced_cost)
    before, after = ([_known(number) for number in pair] for pair in numbers)
    return (column.name, *before, _costs(costs), *after)


def _known(value: MaybeBound) -> str:
    return UNKNOWN if value is None else short_text(value)


def _slope(slope: MaybeBound) -> str:
    """A slope; where it is infinite no point is feasible."""
    return "infeasible" if isinstance(slope, float) else _known(slope)


def _jumps(row: RowPrice) -> str:
    """The jumps that are there; an infinite one is said by the slope."""
    sides = (("left", row.jump_left), ("right", row.jump_right))
    found = [f"{short_text(v)} {side}" for side, v in sides if v and not isinstance(v, float)]
    return ", ".join(found)


def _range(row: RowPrice) -> str:
    """Where the two prices hold: open ends, closed where only the point itself is proved.

    An end that is only as far as the proof goes is marked.
    """
    if row.low is None and row.high is None:
        return f"at {short_text(row.rhs)} only"
    rhs = short_text(row.rhs)
    low = f"[{rhs}" if row.low is None else f"({_end(row.low, row.low_is_exact)}"
    high = f"{rhs}]" if row.high is None else f"{_end(row.high, row.high_is_exact)})"
    return f"{low}, {high}"


def _end(end: MaybeBound, is_exact: bool) -> str:
    return f"{short_text(end)}{'' if is_exact else '…'}"


def _costs(found: CostRange | None) -> str:
    """A range of costs, which has its finite ends."""
    if found is None:
        return UNKNOWN
    low = "(-∞" if isinstance(found.low, float) else f"[{short_text(found.low)}"
    high = "∞)" if isinstance(found.high, float) else f"{short_text(found.high)}]"
    return f"{low}, {high}{'' if found.is_proved else ' ?'}"

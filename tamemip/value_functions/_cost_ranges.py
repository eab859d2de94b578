"""Cost ranging: the costs of one column for which an optimal point stays optimal."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from html import escape
from typing import final

from tamemip.certificates import Bound
from tamemip.duality import dual_function
from tamemip.errors import NotAllowedError
from tamemip.programs import Index, MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._cost_search import Point, costs_at, proved_optimum, tight_point


@final
@dataclass(frozen=True, slots=True)
class CostRange:
    """The costs of one column for which a point is optimal, the others as they are.

    Attributes
    ----------
    column
        Name of the column.
    cost, value
        Its cost, and its value in the point.
    low, high
        The ends of the largest such interval; infinite where there is none. Where
        `is_proved` is False a limit struck, and the true interval is contained in this.
    is_proved
        Whether the point is proved optimal at both ends.
    """

    column: str
    cost: Fraction
    value: Fraction
    low: Bound
    high: Bound
    is_proved: bool


@final
@dataclass(frozen=True, eq=False, repr=False)
class CostRanges:
    """A table of cost ranges of one optimal point; obtain it from `cost_ranges`.

    Attributes
    ----------
    program, point
        The program and the optimal point whose ranges these are.
    ranges
        One entry a column, in the order asked for.
    """

    program: MixedIntegerProgram
    point: Point
    ranges: tuple[CostRange, ...]

    def __getitem__(self, column: Index) -> CostRange:
        """The range of a column, by name or by index."""
        name = self.program.col_names[self.program.col_index(column)]
        found = next((entry for entry in self.ranges if entry.column == name), None)
        if found is None:
            raise NotAllowedError(f"column {name!r} is not in this table; ask cost_ranges for it.")
        return found

    def __iter__(self) -> Iterator[CostRange]:
        return iter(self.ranges)

    def __len__(self) -> int:
        return len(self.ranges)

    def __repr__(self) -> str:
        proved = sum(entry.is_proved for entry in self.ranges)
        return f"CostRanges({len(self)} columns, {proved} proved)"

    def __str__(self) -> str:
        rows = [
            f"  {entry.column} = {entry.value}: cost {entry.cost} in [{entry.low}, {entry.high}]"
            + ("" if entry.is_proved else " at most (limit)")
            for entry in self.ranges
        ]
        return "\n".join((repr(self), *rows))

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"


def cost_ranges(
    program: MixedIntegerProgram,
    *,
    columns: Iterable[Index] | None = None,
    limits: Limits | None = None,
    progress: bool = False,
) -> CostRanges:
    """For each column, the exact interval of its cost in which an optimal point stays optimal.

    Newton's method on the fractional program ``min (c x - c x*) / (x*_j - x_j)``: it comes
    from outside, so at a limit the interval is too large rather than too small.

    Parameters
    ----------
    program
        A program with an optimal point.
    columns
        Names or indices; all columns if None.
    limits
        Limits of all the work.
    progress
        Reserved; nothing is shown.

    Raises
    ------
    UnsupportedError
        If the program is infeasible or unbounded.
    NotAllowedError
        If no optimal point is proved within the limits.

    References
    ----------
    .. [1] W. Dinkelbach, "On nonlinear fractional programming", Management Science 13
       (1967), 492-498.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [10, 7, 25, 24], [[2, 1, 6, 5]], "<=", [7], upper=1, sense="max"
    ... )
    >>> print(cost_ranges(p, columns=[0, 2]))
    CostRanges(2 columns, 2 proved)
      x0 = 1: cost 10 in [8, inf]
      x2 = 0: cost 25 in [-inf, 27]
    """
    start = time.monotonic()
    limits = limits or Limits()
    F, point = proved_optimum(program, limits)
    if point is None or not F.is_tight:
        raise NotAllowedError(
            "no point was proved optimal within the limits, and cost ranges belong to one. "
            "Allow more."
        )
    wanted = range(program.n_cols) if columns is None else columns
    indices = [program.col_index(column) for column in wanted]
    ranges = []
    for j in indices:
        cost = program.exact.c[j]
        ends = [_end(program, point, j, way, limits, start) for way in (-1, 1)]
        low, high = cost - ends[0][0], cost + ends[1][0]
        is_proved = ends[0][1] and ends[1][1]
        ranges.append(CostRange(program.col_names[j], cost, point[j], low, high, is_proved))
    return CostRanges(program, point, tuple(ranges))


def _end(
    program: MixedIntegerProgram, best: Point, j: int, way: int, limits: Limits, start: float
) -> tuple[Bound, bool]:
    """How far the cost can go in one direction, and whether that is proved.

    The first step asks for the infinite change: the moving column is the objective.
    """
    units = [Fraction(way * (k == j)) for k in range(program.n_cols)]
    trial = program.with_cost(units)
    step: Bound = math.inf
    while True:
        left = limits.after(time.monotonic() - start)
        if left.seconds == 0:
            return step, False
        F = dual_function(trial, method="branch-and-bound", limits=left)
        tight = tight_point(F)
        if tight is None:
            return step, False
        rival = tight.ray if tight.value is None else tight.point
        assert rival is not None
        origin = [Fraction(0)] * len(best) if tight.value is None else best
        change = [r - o for r, o in zip(rival, origin, strict=True)]
        if _dot(trial.exact.c, change) == 0:
            return step, True
        step = -_dot(program.exact.c, change) / (way * change[j])
        trial = costs_at(program, {j: Fraction(way)}, step)


def _dot(costs: Iterable[Fraction], change: Iterable[Fraction]) -> Fraction:
    return sum((c * d for c, d in zip(costs, change, strict=True)), Fraction(0))

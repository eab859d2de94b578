"""Cost ranging: the costs of one column for which an optimal point stays optimal."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from fractions import Fraction
from html import escape
from typing import final

from tamemip.certificates import Bound
from tamemip.duality import DualFunction, dual_function
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.programs import Index, MixedIntegerProgram
from tamemip.solvers import Limits, run_all
from tamemip.value_functions._cost_search import Point, costs_at, proved_optimum, tight_point
from tamemip.value_functions._terminal_line import terminal_line

#: A column gets so many times its equal share of the time.
_GENEROSITY = 3.0


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
    stopped
        None, or why the search ended before every end was proved.
    """

    program: MixedIntegerProgram
    point: Point
    ranges: tuple[CostRange, ...]
    stopped: str | None = None

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
    F: DualFunction | None = None,
    limits: Limits | None = None,
    progress: bool = False,
    executor: Executor | None = None,
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
    F
        A dual function that is tight at the program's own right-hand side: the ranges are
        those of its optimal point. If None, one is built.
    limits
        Limits of all the work. A column gets at most three times its equal share of the
        time that is left.
    progress
        Show a progress line on a terminal.
    executor
        Where the columns are ranged, each by itself and within what is left of the limits;
        here, one after the other, if None.

    Raises
    ------
    InvalidInputError
        If a column is unknown, or ``F`` belongs to another program.
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
    wanted = range(program.n_cols) if columns is None else columns
    indices = [program.col_index(column) for column in wanted]
    point = _optimal_point(program, F, limits)
    if executor is not None:
        left = limits.after(time.monotonic() - start)
        tasks = [_Task(program, point, j, left) for j in indices]
        return _table(program, point, run_all(_range_of, tasks, executor))
    found: list[tuple[CostRange, str | None]] = []
    with terminal_line(progress, _words, start="cost ranges") as watch:
        for k, j in enumerate(indices):
            watch(program.col_names[j])
            left = limits.after(time.monotonic() - start)
            if any(reason == "interrupted" for _, reason in found):
                left = replace(left, seconds=0.0)
            elif left.seconds is not None:
                share = _GENEROSITY * left.seconds / (len(indices) - k)
                left = replace(left, seconds=min(left.seconds, share))
            found.append(_range_of(_Task(program, point, j, left)))
    return _table(program, point, found)


@final
@dataclass(frozen=True, slots=True)
class _Task:
    """One column to range, within limits of its own."""

    program: MixedIntegerProgram
    point: Point
    column: int
    limits: Limits


def _optimal_point(program: MixedIntegerProgram, F: DualFunction | None, limits: Limits) -> Point:
    """The point whose ranges are asked for, proved to be optimal."""
    if F is None:
        F, point = proved_optimum(program, limits)
    else:
        if F.program.digest != program.digest:
            raise InvalidInputError(
                f"`F` needs a dual function of {program!r}; this one belongs to {F.program!r}."
            )
        tight = tight_point(F)
        point = None if tight is None or tight.value is None else tight.point
    if point is None or not F.is_tight:
        raise NotAllowedError(
            "no point was proved optimal within the limits, and cost ranges belong to one. "
            "Allow more."
        )
    return point


def _table(
    program: MixedIntegerProgram, point: Point, found: Sequence[tuple[CostRange, str | None]]
) -> CostRanges:
    reasons = {reason for _, reason in found if reason is not None}
    stopped = "interrupted" if "interrupted" in reasons else min(reasons, default=None)
    return CostRanges(program, point, tuple(entry for entry, _ in found), stopped)


def _range_of(task: _Task) -> tuple[CostRange, str | None]:
    """The range of a column; and None if it is proved, else why not."""
    program, point, j = task.program, task.point, task.column
    start, cost = time.monotonic(), program.exact.c[j]
    down, reason = _end(program, point, j, -1, task.limits, start)
    up: Bound = math.inf
    if reason != "interrupted":
        up, other = _end(program, point, j, 1, task.limits, start)
        reason = other if other == "interrupted" else reason or other
    low, high = cost - down, cost + up
    entry = CostRange(program.col_names[j], cost, point[j], low, high, reason is None)
    return entry, reason


def _end(
    program: MixedIntegerProgram, best: Point, j: int, way: int, limits: Limits, start: float
) -> tuple[Bound, str | None]:
    """How far the cost can go in one direction; and None if that is proved, else why not.

    The first step asks for the infinite change: the moving column is the objective.
    """
    units = [Fraction(way * (k == j)) for k in range(program.n_cols)]
    trial = program.with_cost(units)
    step: Bound = math.inf
    while True:
        left = limits.after(time.monotonic() - start)
        if left.seconds == 0:
            return step, "seconds"
        try:
            F = dual_function(trial, method="branch-and-bound", limits=left)
        except KeyboardInterrupt:
            return step, "interrupted"
        tight = tight_point(F)
        if tight is None:
            return step, F.report.stopped or "precision"
        rival = tight.ray if tight.value is None else tight.point
        assert rival is not None
        origin = [Fraction(0)] * len(best) if tight.value is None else best
        change = [r - o for r, o in zip(rival, origin, strict=True)]
        if _dot(trial.exact.c, change) == 0:
            return step, None
        step = -_dot(program.exact.c, change) / (way * change[j])
        trial = costs_at(program, {j: Fraction(way)}, step)


def _dot(costs: Iterable[Fraction], change: Iterable[Fraction]) -> Fraction:
    return sum((c * d for c, d in zip(costs, change, strict=True)), Fraction(0))


def _words(column: str) -> str:
    return f"cost ranges: column {column}"

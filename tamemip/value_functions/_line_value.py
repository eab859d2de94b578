"""The value function on a line: the result object."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias, final

import numpy as np

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Bound, Certificate, Over, SparseVector
from tamemip.duality import DualFunction, LineFunction, Restriction
from tamemip.errors import InvalidInputError, MissingDependencyError, NotAllowedError
from tamemip.functions import nearest_float
from tamemip.programs import MixedIntegerProgram
from tamemip.value_functions._line_batch import LineTable
from tamemip.value_functions._line_pieces import (
    Cell,
    LineGap,
    LineInterval,
    LineJump,
    LinePiece,
    breakpoints_of,
    intervals_of,
    jumps_of,
    pieces_of,
)
from tamemip.value_functions._line_points import cost_at, points_at
from tamemip.value_functions._line_text import line_html, line_text

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from tamemip.value_functions._moving_line import MovingLine

IntegerPart: TypeAlias = tuple[Fraction, ...]
Point: TypeAlias = tuple[Fraction, ...]


@final
@dataclass(frozen=True, eq=False, repr=False)
class LineValueFunction:
    """The optimal value along ``rhs + t * direction``, exactly, with proof.

    It is piecewise affine in the step ``t``, with jumps, and lower semicontinuous for
    ``min`` programs (upper for ``max``). Where there is no feasible point it is infinite.

    Obtain one from `tamemip.value_function`.

    Attributes
    ----------
    program
        The program; its own right-hand side is at ``t = 0``.
    direction
        Pairs of a row index and its rate.
    interval
        The first and the last step.
    dual_function
        The bound that proves the pieces from one side: feasible points do from the other.
    parts
        The integer parts that have been met.
    costs
        The least cost of each of them by ``t - interval[0]``: convex, in min orientation
        and without the constant of the objective.
    stopped
        None, or why the search ended before everything was proved.
    refinements, seconds
        What it took.
    origin
        For a parametric program, its line of parameters: then `program` is the program in
        which only right-hand sides move, `parts` and `certificate` speak of it, and `argmin`
        of the columns of the parametric program.
    cuts_over
        By tree over cuts of the dual function, the interval in which its cuts are read.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [0])
    >>> v = tm.value_function(p, along={0: 1}, interval=(0, 10))
    >>> v([0, 3, 3.5, 10]).tolist()
    [0.0, 2.0, 3.0, 6.0]
    >>> v.breakpoints
    (Fraction(3, 1), Fraction(5, 1), Fraction(6, 1), Fraction(8, 1))
    >>> print(v.jumps[0].t, v.jumps[0].at, v.jumps[0].right, v.is_certified)
    0 0 2 True
    """

    program: MixedIntegerProgram
    direction: SparseVector
    interval: tuple[Fraction, Fraction]
    dual_function: DualFunction
    parts: tuple[IntegerPart, ...]
    costs: tuple[LineFunction, ...]
    stopped: str | None
    refinements: int
    seconds: float
    _cells: tuple[Cell, ...]
    origin: MovingLine | None = None
    cuts_over: tuple[Over, ...] = ()

    # -- values ----------------------------------------------------------------------

    def __call__(self, t: ArrayLike) -> float | NDArray[np.float64]:
        """Value at a step, or at each entry of an array of steps, of any shape.

        Infinite where there is no feasible point, NaN in a gap. A float counts as the
        decimal that it prints.
        """
        steps = np.asarray(t, dtype=np.float64)
        values = self._floats(steps.ravel()).reshape(steps.shape)
        return float(values) if steps.ndim == 0 else values

    def exact(self, t: Number) -> Bound:
        """Value at a step: a Fraction, or an infinity, proved.

        Raises
        ------
        NotAllowedError
            If the value is not proved there; `bounds` has what is.
        """
        step = self._step(t)
        value = self._at(step)
        if value is None:
            low, high = self.bounds(step)
            raise NotAllowedError(
                f"the value is not proved at the step {step}: it lies in [{low}, {high}]. The "
                f"search stopped early ({self.stopped}); allow more."
            )
        return value

    def bounds(self, t: Number) -> tuple[Bound, Bound]:
        """The proved interval that holds the value at a step: low, high."""
        step = self._step(t)
        value = self._at(step)
        if value is not None:
            return value, value
        rhs = self.rhs_at(step)
        proved = self.dual_function.exact(rhs)
        sign = 1 if self.program.sense == "min" else -1
        since = step - self.interval[0]
        met = min((cost_at(costs, since) for costs in self.costs), default=math.inf)
        found = sign * met + self.program.offset if isinstance(met, Fraction) else sign * met
        return (proved, found) if sign == 1 else (found, proved)

    def rhs_at(self, t: Number) -> tuple[Fraction, ...]:
        """The right-hand side of a step."""
        step, rhs = rationalize(t, what="t"), list(self.program.exact.rhs)
        for i, rate in self.direction:
            rhs[i] += step * rate
        return tuple(rhs)

    def argmin(self, t: Number) -> tuple[Point, ...]:
        """Optimal points at a step, one for each integer part that was met and is optimal.

        Optimal for the program's own sense. Empty where there is no feasible point.
        There may be optimal integer parts that the search never met.

        Raises
        ------
        NotAllowedError
            If the value is not proved there.
        """
        value = self.exact(t)
        if not isinstance(value, Fraction):
            return ()
        best = tuple(points_at(self, rationalize(t, what="t"), value))
        return best if self.origin is None else self.origin.users_points(best)

    def point_of(self, part: IntegerPart, t: Number) -> Point | None:
        """A best point with a given integer part at a step; None if there is none."""
        return self._restriction.optimal_point(part, self.rhs_at(t))

    # -- shape -----------------------------------------------------------------------

    @cached_property
    def pieces(self) -> tuple[LinePiece, ...]:
        """Where the value is finite: maximal affine pieces from left to right."""
        return tuple(pieces_of(self._cells))

    @cached_property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """The steps strictly inside the interval at which slope or value changes."""
        return tuple(breakpoints_of(self._cells))

    @cached_property
    def jumps(self) -> tuple[LineJump, ...]:
        """The steps at which the value is not continuous, with its limits."""
        return tuple(jumps_of(self._cells))

    @cached_property
    def slopes(self) -> tuple[Fraction, ...]:
        """The different slopes, in order of size."""
        return tuple(sorted({p.slope for p in self.pieces if p.slope is not None}))

    @cached_property
    def infeasible(self) -> tuple[LineInterval, ...]:
        """Where there is proved to be no feasible point."""
        return tuple(intervals_of(self._cells, infeasible=True))

    # -- proof -----------------------------------------------------------------------

    @cached_property
    def gaps(self) -> tuple[LineGap, ...]:
        """Where the value is not proved, with bounds that hold on the whole interval."""
        from tamemip.value_functions._line_gaps import gap_of

        return tuple(gap_of(self, where) for where in self.unproved)

    @cached_property
    def unproved(self) -> tuple[LineInterval, ...]:
        """Where the value is not proved; `gaps` has bounds too, which take longer."""
        return tuple(intervals_of(self._cells, infeasible=False))

    @property
    def is_certified(self) -> bool:
        """Whether the value is proved on the whole interval."""
        return all(cell.values is not None for cell in self._cells)

    @cached_property
    def certificate(self) -> Certificate:
        """The proof of every piece that is proved; `tamemip.check` says what it proves."""
        from tamemip.value_functions._line_proof import write_line_certificate

        return write_line_certificate(self)

    # -- showing ---------------------------------------------------------------------

    def plot(self, ax: Any = None) -> Any:
        """Draw the graph: closed ends filled, open ends hollow, gaps shaded.

        Parameters
        ----------
        ax
            The Matplotlib axes to draw on; new ones if None.

        Returns
        -------
        matplotlib.axes.Axes
            The axes.

        Raises
        ------
        MissingDependencyError
            If Matplotlib is not installed (the extra ``plot``).
        """
        from tamemip.value_functions._line_plot import plot_line

        return plot_line(self, ax)

    def to_frame(self) -> Any:
        """The pieces as a pandas DataFrame, one a row, in floats.

        Raises
        ------
        MissingDependencyError
            If pandas is not installed.
        """
        try:
            import pandas as pd
        except ModuleNotFoundError:
            raise MissingDependencyError(
                "to_frame() was asked for, but pandas is not installed; it comes with: "
                "pip install pandas. `pieces` has the same numbers as named tuples.",
                name="pandas",
            ) from None
        rows = [
            (
                float(p.lo),
                float(p.hi),
                p.lo_closed,
                p.hi_closed,
                math.nan if p.slope is None else float(p.slope),
                float(p.value_at_lo),
            )
            for p in self.pieces
        ]
        return pd.DataFrame(rows, columns=list(LinePiece._fields))

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields, not what is cached."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)

    def __repr__(self) -> str:
        lo, hi = self.interval
        proved = "certified" if self.is_certified else f"{len(self.gaps)} gaps"
        return (
            f"LineValueFunction(t in [{lo}, {hi}], {len(self.pieces)} pieces, "
            f"{len(self.jumps)} jumps, {proved})"
        )

    def __str__(self) -> str:
        return line_text(self)

    def _repr_html_(self) -> str:
        return line_html(self)

    # -- cells -----------------------------------------------------------------------

    @cached_property
    def _restriction(self) -> Restriction:
        return Restriction(self.program)

    @cached_property
    def _breaks(self) -> list[Fraction]:
        return [cell.lo for cell in self._cells[::2]]

    def _step(self, t: Number) -> Fraction:
        step = rationalize(t, what="t")
        lo, hi = self.interval
        if not lo <= step <= hi:
            raise InvalidInputError(
                f"the step {step} is outside of [{lo}, {hi}], the interval of this value "
                "function; compute one on a longer interval."
            )
        return step

    def _at(self, step: Fraction) -> Bound | None:
        """The proved value, or None."""
        k = bisect_right(self._breaks, step) - 1
        cell = self._cells[2 * k] if self._breaks[k] == step else self._cells[2 * k + 1]
        if cell.values is None:
            return None
        return cell.at(step)

    @cached_property
    def _table(self) -> LineTable:
        return LineTable(self._cells)

    def _floats(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        lo, hi = self.interval
        outside = ~((steps >= float(lo)) & (steps <= float(hi)))
        if outside.any():
            self._step(float(steps[outside][0]))
        values, unsure = self._table.values(steps)
        for i in np.flatnonzero(unsure):
            # A float next to an end of the interval is that end.
            value = self._at(min(max(rationalize(float(steps[i])), lo), hi))
            values[i] = math.nan if value is None else nearest_float(value)
        return values

"""The value function along a line of costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import Bound, Certificate
from tamemip.errors import InvalidInputError, MissingDependencyError, NotAllowedError
from tamemip.programs import Index, MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._cost_search import (
    CostLine,
    CostSearch,
    Point,
    chord,
    envelope,
    hull,
    search_costs,
)
from tamemip.value_functions._interval import read_interval
from tamemip.value_functions._terminal_line import terminal_line

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray


@final
@dataclass(frozen=True, slots=True)
class CostPiece:
    """A closed interval of steps on which one point stays optimal.

    Attributes
    ----------
    lo, hi
        Its ends.
    slope, value_at_lo
        The value is ``value_at_lo + slope * (t - lo)``.
    point
        A point that is optimal on all of it.
    """

    lo: Fraction
    hi: Fraction
    slope: Fraction
    value_at_lo: Fraction
    point: Point


@final
@dataclass(frozen=True, eq=False, repr=False)
class CostValueFunction:
    """The optimal value at the costs ``c + t * direction``, exactly, with proof.

    Concave piecewise linear in ``t`` for ``min`` programs, convex for ``max``. Obtain
    one from `tamemip.value_function` with ``along_cost``.

    Attributes
    ----------
    program
        The program; its own costs are at ``t = 0``.
    direction
        Pairs of a column index and its rate.
    interval
        The first and the last step.
    search
        What was found: dual functions at the vertices, and the points met.

    References
    ----------
    .. [1] M. J. Eisner and D. G. Severance, "Mathematical techniques for efficient
       record segmentation in large shared databases", Journal of the ACM 23 (1976),
       619-635.

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [10, 7, 25, 24], [[2, 1, 6, 5]], "<=", [7], upper=1, sense="max"
    ... )
    >>> v = cost_value_function(p, {2: 1}, (0, 10))
    >>> print(v)
    CostValueFunction(t in [0, 10], 2 pieces, certified)
      [0, 2]: 34 + 0 (t - 0)
      [2, 10]: 34 + 1 (t - 2)
    >>> v.exact("5/2"), v.breakpoints
    (Fraction(69, 2), (Fraction(2, 1),))
    """

    program: MixedIntegerProgram
    direction: tuple[tuple[int, Fraction], ...]
    interval: tuple[Fraction, Fraction]
    search: CostSearch

    # -- values ----------------------------------------------------------------------

    def __call__(self, t: ArrayLike) -> float | NDArray[np.float64]:
        """Value at a step, or at each entry of an array of steps, in float arithmetic.

        NaN where a limit left the value unproved.
        """
        steps = np.asarray(t, dtype=np.float64)
        lo, hi = (float(end) for end in self.interval)
        if not np.all((steps >= lo) & (steps <= hi)):
            raise InvalidInputError(f"`t` has steps outside [{lo}, {hi}], or no numbers.")
        values = self._floats(steps) if self.is_certified else self._proved_floats(steps)
        return float(values) if steps.ndim == 0 else values

    def exact(self, t: Number) -> Fraction:
        """Value at a step, proved.

        Raises
        ------
        NotAllowedError
            If the value is not proved there; `bounds` has what is.
        """
        low, high = self.bounds(t)
        if isinstance(low, Fraction) and low == high:
            return low
        raise NotAllowedError(
            f"the value is not proved at the step {t}: it lies in [{low}, {high}]. The search "
            f"stopped early ({self.stopped}); allow more."
        )

    def bounds(self, t: Number) -> tuple[Bound, Bound]:
        """The proved interval that holds the value at a step: low, high.

        In min orientation: chords between dual bounds below, points met above.
        """
        step = self._step(t)
        low = chord(self._hull, step)
        high = min((line.at(step) for line in self.search.lines), default=float("inf"))
        return (low, high) if self._sign == 1 else (-high, -low)

    def argmin(self, t: Number) -> tuple[Point, ...]:
        """The points met that are optimal at a step (for the program's own sense)."""
        step = self._step(t)
        value = self._sign * self.exact(step)
        return tuple(line.point for line in self.search.lines if line.at(step) == value)

    # -- shape -----------------------------------------------------------------------

    @cached_property
    def pieces(self) -> tuple[CostPiece, ...]:
        """Maximal linear pieces from left to right; the best points met where unproved."""
        starts = self._envelope
        ends = [*(t for t, _ in starts[1:]), self.interval[1]]
        return tuple(
            CostPiece(t, end, self._sign * o.slope, self._sign * o.at(t), o.point)
            for (t, o), end in zip(starts, ends, strict=False)
        )

    @property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """The steps strictly inside the interval at which the slope changes."""
        return tuple(piece.lo for piece in self.pieces[1:])

    @property
    def slopes(self) -> tuple[Fraction, ...]:
        """The slopes of the pieces, from left to right."""
        return tuple(piece.slope for piece in self.pieces)

    # -- what is proved ----------------------------------------------------------------

    @cached_property
    def is_certified(self) -> bool:
        """Whether the value is proved on the whole interval."""
        steps = (*self.interval, *self.breakpoints)
        return all(low == high for low, high in map(self.bounds, steps))

    @property
    def stopped(self) -> str | None:
        """None, or why the search ended early."""
        return self.search.stopped

    @property
    def certificates(self) -> tuple[tuple[Fraction, Certificate], ...]:
        """Steps with the certificate of a dual function for the costs there.

        Each one speaks of the program with those costs; concavity does the rest.
        """
        return tuple((s.t, s.dual_function.certificate) for s in self.search.samples)

    # -- showing -----------------------------------------------------------------------

    def plot(self, *, axes: Any = None) -> Any:
        """Draw the function with Matplotlib; returns the axes."""
        try:
            import matplotlib.pyplot as plt
        except ModuleNotFoundError:
            raise MissingDependencyError(
                "plot() was asked for, but Matplotlib is not installed; it comes with: "
                "pip install 'tamemip[plot]'.",
                name="matplotlib",
            ) from None
        axes = plt.subplots()[1] if axes is None else axes
        steps = np.array([float(t) for t in (*(o.lo for o in self.pieces), self.interval[1])])
        axes.plot(steps, self(steps), marker="o")
        axes.set_xlabel("t")
        axes.set_ylabel("value")
        return axes

    def to_frame(self) -> Any:
        """The pieces as a pandas DataFrame."""
        try:
            import pandas as pd
        except ModuleNotFoundError:
            raise MissingDependencyError(
                "to_frame() was asked for, but pandas is not installed: pip install pandas.",
                name="pandas",
            ) from None
        names = ("lo", "hi", "slope", "value_at_lo")
        return pd.DataFrame([[getattr(o, n) for n in names] for o in self.pieces], columns=names)

    def __repr__(self) -> str:
        count = len(self.pieces)
        state = "certified" if self.is_certified else f"stopped: {self.stopped}"
        lo, hi = self.interval
        return f"CostValueFunction(t in [{lo}, {hi}], {count} piece{'s' * (count != 1)}, {state})"

    def __str__(self) -> str:
        rows = [
            f"  [{o.lo}, {o.hi}]: {o.value_at_lo} + {o.slope} (t - {o.lo})" for o in self.pieces
        ]
        hidden = len(rows) - 30
        return "\n".join([repr(self), *rows[:30], *([f"  ... {hidden} more"] * (hidden > 0))])

    def _repr_html_(self) -> str:
        return f"<pre>{escape(str(self))}</pre>"

    # -- inside ------------------------------------------------------------------------

    @cached_property
    def _envelope(self) -> list[tuple[Fraction, CostLine]]:
        return envelope(self.search.lines, self.interval)

    @cached_property
    def _hull(self) -> list[tuple[Fraction, Fraction]]:
        return hull(self.search.samples)

    @property
    def _sign(self) -> int:
        return 1 if self.program.sense == "min" else -1

    def _step(self, t: Number) -> Fraction:
        step = rationalize(t, what="t")
        lo, hi = self.interval
        if not lo <= step <= hi:
            raise InvalidInputError(f"the step {step} is outside the interval [{lo}, {hi}].")
        return step

    def _floats(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        starts = [float(o.lo) for o in self.pieces]
        k = np.clip(np.searchsorted(starts, steps, side="right") - 1, 0, None)
        base, slope, lo = (
            np.array([float(getattr(o, name)) for o in self.pieces])
            for name in ("value_at_lo", "slope", "lo")
        )
        values: NDArray[np.float64] = base[k] + slope[k] * (steps - lo[k])
        return values

    def _proved_floats(self, steps: NDArray[np.float64]) -> NDArray[np.float64]:
        pairs = (self.bounds(float(t)) for t in steps.ravel())
        values = [float(low) if low == high else float("nan") for low, high in pairs]
        return np.array(values, dtype=np.float64).reshape(steps.shape)


def cost_value_function(
    program: MixedIntegerProgram,
    along_cost: Mapping[Index, Number],
    interval: tuple[Number, Number],
    limits: Limits | None = None,
    progress: bool = False,
) -> CostValueFunction:
    """The exact optimal value while costs move along a line.

    Parameters
    ----------
    program
        The program; its own costs are at ``t = 0``.
    along_cost
        From a column, by name or by index, to the rate of its cost.
    interval
        First and last step, both finite.
    limits
        Limits of all the work; at a limit `CostValueFunction.bounds` is what is proved.
    progress
        Show a progress line on a terminal.

    Raises
    ------
    InvalidInputError
        If there is no such column, no direction, or no interval.
    UnsupportedError
        If the program is infeasible, or unbounded at an end of the interval.
    """
    direction = _direction(program, along_cost)
    lo, hi = read_interval(interval)
    with terminal_line(progress, _words) as watch:
        search = search_costs(program, direction, (lo, hi), limits or Limits(), watch)
    return CostValueFunction(program, tuple(sorted(direction.items())), (lo, hi), search)


def _direction(
    program: MixedIntegerProgram, along_cost: Mapping[Index, Number]
) -> dict[int, Fraction]:
    if not isinstance(along_cost, Mapping):
        raise InvalidInputError(
            "`along_cost` needs a mapping from columns to rates, such as {'x0': 1}, not "
            f"{type(along_cost).__name__}."
        )
    rates: dict[int, Fraction] = {}
    for column, rate in along_cost.items():
        if column in program.row_names and column not in program.col_names:
            raise InvalidInputError(
                f"`along_cost` names {column!r}, which is a row; it moves costs, by column. A "
                f"right-hand side moves with along={{{column!r}: 1}}."
            )
        j = program.col_index(column)
        if j in rates:
            raise InvalidInputError(
                f"`along_cost` names the column {program.col_names[j]!r} twice."
            )
        rates[j] = rationalize(rate, what=f"the rate of {column!r}")
    if not any(rates.values()):
        raise InvalidInputError(
            "the direction is zero: no cost moves. Give some column a rate other than 0, as in "
            f"along_cost={{{program.col_names[0]!r}: 1}}."
        )
    return {j: rate for j, rate in rates.items() if rate}


def _words(samples: int, points: int) -> str:
    return f"{samples} costs proved, {points} points"

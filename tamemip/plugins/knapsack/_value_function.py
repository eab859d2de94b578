"""The value of a knapsack as a function of its capacities."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from html import escape
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.certificates import Bound, Certificate
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.functions import nearest_float
from tamemip.plugins.knapsack._capacities import (
    Capacities,
    read_capacities,
    read_capacity,
    read_cells,
    refuse_other,
)
from tamemip.plugins.knapsack._integer_form import IntegerForm, integer_form
from tamemip.plugins.knapsack._solution import AnyKnapsack, KnapsackSolution
from tamemip.plugins.knapsack._stages import fill
from tamemip.solvers import Limits
from tamemip.value_functions import LineJump, LinePiece

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

_EXACT = 2**53
_SHOWN = 30


@final
@dataclass(frozen=True, eq=False, repr=False)
class KnapsackValueFunction:
    """The optimal value of a knapsack for all capacities up to some.

    A step function of real capacities: nondecreasing, continuous from the right, and minus
    infinity where nothing is allowed. Every entry of `table` is computed in exact integers by
    dynamic programming. That is a proof on paper; for small tables `certificate`
    has one that `tamemip.check` reads.

    Obtain one from `tamemip.plugins.knapsack.value_function`.

    Attributes
    ----------
    instance
        The knapsack; its own capacities play no role.
    upto
        The largest capacities.
    form
        How cells and entries of `table` read in the user's units.
    table
        Values by whole cells of capacity, read-only; one axis a capacity.

    References
    ----------
    .. [1] R. Bellman, "Dynamic Programming", Princeton University Press 1957.
    .. [2] H. Kellerer, U. Pferschy, D. Pisinger, "Knapsack Problems", Springer 2004,
       chapters 2 and 3.

    Examples
    --------
    >>> from tamemip.plugins.knapsack import Knapsack, value_function
    >>> V = value_function(Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 7))
    >>> print(V)
    KnapsackValueFunction(4 items, capacity 0 to 7, 6 breakpoints)
      [0, 1): 0
      [1, 2): 7
      [2, 3): 10
      [3, 5): 17
      [5, 6): 24
      [6, 7): 31
      {7}: 34
    >>> V([0, 4.5, 7]).tolist(), V.exact("13/2"), V.solution(6).items
    ([0.0, 17.0, 34.0], Fraction(31, 1), (1, 3))
    """

    instance: AnyKnapsack
    upto: tuple[Fraction, ...]
    form: IntegerForm
    table: NDArray[Any]

    # -- values ----------------------------------------------------------------------

    def __call__(self, c: ArrayLike) -> float | NDArray[np.float64]:
        """Value at a capacity, or at each entry of an array of capacities, of any shape.

        With several capacities, at a vector of them, or at each row of an array of shape
        ``(k, m)``. A float counts as the decimal that it prints.

        Raises
        ------
        InvalidInputError
            If a capacity is beyond `upto`, or no number.
        """
        array = read_capacities(c, len(self.upto))
        flat = array.reshape(-1, len(self.upto))
        is_reached, cells = read_cells(flat, self.form, self.upto)
        values = np.full(len(flat), -np.inf)
        entries = self.table[tuple(cells[is_reached].T)]
        values[is_reached] = self._floats(entries)
        shape = array.shape if len(self.upto) == 1 else array.shape[:-1]
        return float(values[0]) if not shape else values.reshape(shape)

    def exact(self, c: Capacities) -> Bound:
        """Value at a capacity: a Fraction, or minus infinity where nothing is allowed.

        Raises
        ------
        InvalidInputError
            If the capacity is beyond `upto`, or no number.
        """
        cell = self._cell(self._read(c))
        return -math.inf if cell is None else self.form.value(int(self.table[cell]))

    def solution(self, c: Capacities) -> KnapsackSolution | None:
        """An optimal packing at a capacity; None where nothing is allowed.

        The table is made again up to there, twice, to see what was chosen.
        """
        capacities = self._read(c)
        counts = self._counts(capacities)
        if counts is None:
            return None
        moved = replace(self.instance, capacities=capacities, optimum=None)
        return KnapsackSolution.of(moved, counts, origin=ORIGIN)

    def argmin(self, c: Capacities) -> tuple[Fraction, ...] | None:
        """An optimal point of the program at a capacity, as of the other value functions.

        None where nothing is allowed.
        """
        counts = self._counts(self._read(c))
        return None if counts is None else tuple(map(Fraction, counts))

    # -- shape -----------------------------------------------------------------------

    @cached_property
    def breakpoints(self) -> tuple[Fraction, ...]:
        """The positive capacities, up to the last, at which the value jumps up.

        For one capacity only, as `jumps` and `pieces`.
        """
        first = self._steps[:1] if self.form.loads[0] > 0 else ()
        return (*first, *self._steps[1:])

    @cached_property
    def jumps(self) -> tuple[LineJump, ...]:
        """The jumps at the breakpoints, with the limits from both sides; None behind the end."""
        found = []
        before: Bound = -math.inf
        for piece in self.pieces:
            if piece.lo > 0:
                after = None if piece.lo == self.upto[0] else piece.value_at_lo
                found.append(LineJump(piece.lo, before, piece.value_at_lo, after))
            before = piece.value_at_lo
        return tuple(found)

    @cached_property
    def pieces(self) -> tuple[LinePiece, ...]:
        """The maximal intervals of capacities on which the value is constant."""
        steps = self._steps
        found: list[LinePiece] = []
        for k, (lo, value) in enumerate(zip(steps, self._levels, strict=True)):
            is_last = k == len(steps) - 1
            hi = self.upto[0] if is_last else steps[k + 1]
            slope = None if lo == hi else Fraction(0)
            found.append(LinePiece(lo, hi, True, is_last, slope, value))
        return tuple(found)

    @cached_property
    def certificate(self) -> Certificate:
        """The proof of the table, for `tamemip.check`, of the instance's program.

        It is that of ``tamemip.value_function(program, domain=box, method="lattice")``, whose
        table is compared with this one. The checkers make the table again.

        Raises
        ------
        UnsupportedError
            If weights are fractional, exactly one item of each class is due, or the table is
            so large that the checkers would need more than 10 million steps.
        """
        from tamemip.plugins.knapsack._value_proof import write_value_certificate

        return write_value_certificate(self)

    # -- showing ---------------------------------------------------------------------

    def plot(self, ax: Any = None) -> Any:
        """Draw the steps: filled dots belong to the graph, hollow ones do not.

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
        UnsupportedError
            If there are several capacities.
        """
        from tamemip.plugins.knapsack._value_plot import plot_steps

        return plot_steps(self, ax)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields, not what is cached."""
        return {name: self.__dict__[name] for name in self.__dataclass_fields__}

    def __setstate__(self, state: dict[str, object]) -> None:
        self.__dict__.update(state)
        self.table.flags.writeable = False

    def __repr__(self) -> str:
        name = f"{self.instance.name!r}, " if self.instance.name else ""
        items = f"{self.instance.n_items} item{'s' * (self.instance.n_items != 1)}"
        ends = ", ".join(f"0 to {end}" for end in self.upto)
        if len(self.upto) > 1:
            return (
                f"KnapsackValueFunction({name}{items}, capacities {ends}, {self.table.size} cells)"
            )
        count = len(self.breakpoints)
        breaks = f"{count} breakpoint{'s' * (count != 1)}"
        return f"KnapsackValueFunction({name}{items}, capacity {ends}, {breaks})"

    def __str__(self) -> str:
        return "\n".join([repr(self), *(f"  {where}: {value}" for where, value in self._rows())])

    def _repr_html_(self) -> str:
        rows = "".join(
            f"<tr><td>{escape(where)}</td><td>{escape(value)}</td></tr>"
            for where, value in self._rows()
        )
        head = "<tr><th>capacity</th><th>value</th></tr>"
        return f"<p>{escape(repr(self))}</p><table>{head}{rows}</table>"

    def _rows(self) -> list[tuple[str, str]]:
        if len(self.upto) > 1:
            return []
        rows = []
        for piece in self.pieces[:_SHOWN]:
            is_point = piece.lo == piece.hi
            end = "]" if piece.hi_closed else ")"
            where = f"{{{piece.lo}}}" if is_point else f"[{piece.lo}, {piece.hi}{end}"
            rows.append((where, str(piece.value_at_lo)))
        hidden = len(self.pieces) - len(rows)
        return [*rows, ("...", f"{hidden} more")] if hidden else rows

    # -- cells -----------------------------------------------------------------------

    def _read(self, c: Capacities) -> tuple[Fraction, ...]:
        """Capacities, checked."""
        read = read_capacity(c, "c", len(self.upto))
        for i, (value, end) in enumerate(zip(read, self.upto, strict=True)):
            if value > end:
                what = "the capacity" if len(read) == 1 else f"capacity {i}"
                raise InvalidInputError(
                    f"{what} {value} is beyond {end}, where this value function ends. Make one "
                    "with a larger `upto`."
                )
        return read

    def _cell(self, capacities: Sequence[Fraction]) -> tuple[int, ...] | None:
        return None if min(capacities) < 0 else self.form.cell(capacities)

    def _counts(self, capacities: Sequence[Fraction]) -> tuple[int, ...] | None:
        cell = self._cell(capacities)
        if cell is None:
            return None
        return self.form.best_counts(cell, self.instance.n_items)

    @cached_property
    def _jump_cells(self) -> NDArray[np.intp]:
        """The first cell of each step; none if nothing is allowed anywhere."""
        if len(self.upto) > 1:
            raise UnsupportedError(
                "the value function of several capacities has no list of steps. Its `table` has "
                "all values; tamemip.value_function(program, domain=box, method='lattice') has "
                "level points too."
            )
        if self._cell(self.upto) is None:
            return np.zeros(0, dtype=np.intp)
        return np.concatenate(([0], np.flatnonzero(np.diff(self.table)) + 1))

    @cached_property
    def _steps(self) -> tuple[Fraction, ...]:
        load, unit = self.form.loads[0], self.form.units[0]
        return tuple(load + k * unit for k in self._jump_cells.tolist())

    @property
    def _levels(self) -> list[Fraction]:
        unit, constant = self.form.value_unit, self.form.constant
        return [entry * unit + constant for entry in self.table[self._jump_cells].tolist()]

    def _floats(self, entries: NDArray[Any]) -> NDArray[np.float64]:
        """The floats that are nearest to the values."""
        unit, constant = self.form.value_unit, self.form.constant
        below = math.lcm(unit.denominator, constant.denominator)
        rate, start = int(unit * below), int(constant * below)
        if self.form.total * rate + abs(start) < _EXACT and below < _EXACT:
            values: NDArray[np.float64] = (entries.astype(np.int64) * rate + start) / below
            values[entries < 0] = -np.inf
            return values
        return np.array([nearest_float(self.form.value(int(entry))) for entry in entries])


METHOD = "exact dynamic programming"
ORIGIN = f"optimal, by {METHOD}"


def value_function(
    instance: AnyKnapsack, *, upto: Capacities | None = None, limits: Limits | None = None
) -> KnapsackValueFunction:
    """The exact optimal value of a knapsack, for all capacities at once.

    By dynamic programming over the whole multiples of a unit that divides all weights, in exact
    integers; between these multiples the value is constant, so that real capacities
    are answered too. Time and memory grow with the number of cells: capacity by unit. Weights
    with many decimals make many cells.

    Parameters
    ----------
    instance
        The knapsack, of any kind.
    upto
        The largest capacity that is asked for, or one number for each of several; the
        instance's own if None.
    limits
        Of the seconds only: a table that is not finished is refused.

    Raises
    ------
    InvalidInputError
        If `upto` is negative, or has not one number a capacity.
    UnsupportedError
        If the value is unbounded, or the table would have more than 2 ** 28 cells.
    NotAllowedError
        If the table is not finished within the limits.

    Examples
    --------
    >>> from tamemip.plugins.knapsack import Knapsack, MultipleChoiceKnapsack
    >>> V = value_function(Knapsack([7, 9, 2, 15], [3, 4, 1, 7], 14, upper=None))
    >>> V(range(15)).astype(int).tolist()
    [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30, 32]
    >>> W = value_function(MultipleChoiceKnapsack([[6, 9], [4, 7]], [[2, 4], [1, 4]], 6), upto=8)
    >>> W.breakpoints, W.exact(2)
    ((Fraction(3, 1), Fraction(5, 1), Fraction(8, 1)), -inf)
    """
    refuse_other(instance)
    seconds = (limits or Limits()).seconds
    deadline = None if seconds is None else time.monotonic() + seconds
    ends = instance.capacities
    if upto is not None:
        ends = read_capacity(upto, "upto", len(ends))
        if min(ends) < 0:
            raise InvalidInputError(f"upto is {min(ends)}; it has to be at least 0.")
    form = integer_form(instance, ends)
    table = fill(
        form.stages, form.shape, form.dtype, unreachable=form.unreachable, deadline=deadline
    )
    table.flags.writeable = False
    return KnapsackValueFunction(instance, ends, form, table)

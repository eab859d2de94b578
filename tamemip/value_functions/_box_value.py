"""The value function on a box of right-hand sides: the result object."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.certificates import Bound, Certificate
from tamemip.duality import DualFunction, Restriction
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.functions import held_by_floats, is_vector, nearest_float
from tamemip.programs import Box, MixedIntegerProgram
from tamemip.value_functions._box_batch import box_values
from tamemip.value_functions._box_cells import (
    BoxCell,
    BoxNode,
    BoxParameters,
    IntegerPart,
    Theta,
    cell_at,
    cells_of,
    flattened,
    unflattened,
)
from tamemip.value_functions._box_text import box_html, box_text

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.programs import Vector
    from tamemip.value_functions._box_gaps import BoxGap


@final
@dataclass(frozen=True, eq=False, repr=False)
class BoxValueFunction:
    """The optimal value for every right-hand side of a box, exactly, with proof.

    It is piecewise affine on cells that are cut out by planes, some of their sides left
    out, with jumps between them; lower semicontinuous for ``min`` programs (upper for
    ``max``). Where there is no feasible point it is infinite. See
    `docs/theory/value-functions-on-a-box.md`.

    Obtain one from `tamemip.value_function`.

    Attributes
    ----------
    program
        The program.
    box
        The right-hand sides it speaks of; other rows keep the program's own.
    parameters
        The rows that move, and between what.
    root
        The cells as a tree of planes.
    dual_function
        The bound that proves the value from one side: feasible points do from the other.
    parts
        Integer parts: the value is the least (for ``max`` the greatest) of the values
        of the programs in which the integer columns are fixed to one of them.
    minimal
        Whether parts that the others make superfluous have been dropped.
    stopped
        None, or why the search ended before everything was proved.
    nodes, seconds
        What it took.

    References
    ----------
    .. [1] A. Hassanzadeh and T. K. Ralphs, "On the value function of a mixed integer
       linear optimization problem and an algorithm for its construction", COR@L
       Technical Report 14T-004, Lehigh University (2014).

    Examples
    --------
    >>> import tamemip as tm
    >>> p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [0])
    >>> V = tm.value_function(p, domain=tm.Box({0: (0, 10)}))
    >>> V.exact([3]), V.exact(["31/10"]), V.is_certified
    (Fraction(2, 1), Fraction(3, 1), True)
    >>> V([[0], [5], [9.5]]).tolist()
    [0.0, 3.0, 6.0]
    >>> V.argmin([10])
    ((Fraction(0, 1), Fraction(2, 1)),)
    """

    program: MixedIntegerProgram
    box: Box
    parameters: BoxParameters
    root: BoxNode
    dual_function: DualFunction
    parts: tuple[IntegerPart, ...]
    minimal: bool
    stopped: str | None
    nodes: int
    seconds: float

    # -- values ----------------------------------------------------------------------

    def __call__(self, b: Vector | Sequence[Any] | NDArray[Any]) -> float | NDArray[np.float64]:
        """Value at a right-hand side, or at each of an array of them.

        Infinite where there is no feasible point, NaN in a gap. A float counts as the
        decimal that it prints.

        Parameters
        ----------
        b
            Array of shape ``(m,)``, one right-hand side in row order, or of shape
            ``(..., m)``.

        Returns
        -------
        float or array of shape ``(...)``
            The values as floats.

        Raises
        ------
        InvalidInputError
            If a right-hand side is outside the box.
        """
        if is_vector(b):
            value = self._at(self._theta(b))
            return math.nan if value is None else nearest_float(value)
        floats = held_by_floats(b)
        array = np.array(b, dtype=object) if floats is None else floats
        if array.shape[-1] != self.program.n_rows:
            raise InvalidInputError(
                f"a right-hand side needs {self.program.n_rows} entries, one a row; the shape is "
                f"{array.shape}."
            )
        rows = array.reshape(-1, array.shape[-1])
        if floats is None:
            values = np.array([self(list(row)) for row in rows], dtype=np.float64)
        else:
            values = self._batch(rows.astype(np.float64))
        return values.reshape(array.shape[:-1])

    def exact(self, b: Vector) -> Bound:
        """Value at a right-hand side: a Fraction, or an infinity, proved.

        Raises
        ------
        InvalidInputError
            If the right-hand side is outside the box.
        NotAllowedError
            If the value is not proved there; `bounds` has what is.
        """
        value = self._at(self._theta(b))
        if value is None:
            low, high = self.bounds(b)
            raise NotAllowedError(
                f"the value is not proved at this right-hand side: it lies in [{low}, {high}]. "
                f"The search stopped early ({self.stopped}); allow more."
            )
        return value

    def bounds(self, b: Vector) -> tuple[Bound, Bound]:
        """The proved interval that holds the value at a right-hand side: low, high."""
        value = self._at(self._theta(b))
        if value is not None:
            return value, value
        rhs = self.program.exact_rhs(b)
        proved = self.dual_function.exact(rhs)
        sign = 1 if self.program.sense == "min" else -1
        met = min((self._restriction.value(part, rhs) for part in self.parts), default=math.inf)
        found = sign * met + self.program.offset if isinstance(met, Fraction) else sign * met
        return (proved, found) if sign == 1 else (found, proved)

    def argmin(self, b: Vector) -> tuple[tuple[Fraction, ...], ...]:
        """Optimal points at a right-hand side, one for each of the `parts` that is optimal.

        Optimal for the program's own sense. Empty where there is no feasible point.
        There may be optimal integer parts that are not among `parts`.

        Raises
        ------
        NotAllowedError
            If the value is not proved there.
        """
        value = self.exact(b)
        if not isinstance(value, Fraction):
            return ()
        rhs = self.program.exact_rhs(b)
        offered = (self._restriction.optimal_point(part, rhs) for part in self.parts)
        feasible = (point for point in offered if point is not None)
        # Pure parts are offered wherever they are feasible, at their own cost.
        return tuple(point for point in feasible if self.program.objective(point) == value)

    def cell(self, b: Vector) -> BoxCell:
        """The cell that holds a right-hand side."""
        return cell_at(self.root, self._theta(b))

    # -- shape and proof ---------------------------------------------------------------

    @cached_property
    def cells(self) -> tuple[BoxCell, ...]:
        """The cells: disjoint, and together the box."""
        return tuple(cells_of(self.root))

    @cached_property
    def gaps(self) -> tuple[BoxGap, ...]:
        """Cells on which the value is not proved, with bounds that hold on all of them."""
        from tamemip.value_functions._box_gaps import gaps_of

        return tuple(gaps_of(self))

    @cached_property
    def is_certified(self) -> bool:
        """Whether the value is proved on the whole box."""
        return all(cell.is_proved for cell in self.cells)

    @cached_property
    def certificate(self) -> Certificate:
        """The proof of every cell that is proved; `tamemip.check` says what it proves."""
        from tamemip.value_functions._box_proof import write_box_certificate

        return write_box_certificate(self)

    # -- showing -----------------------------------------------------------------------

    def plot(self, ax: Any = None) -> Any:
        """Draw the function of one parameter as a graph, that of two as a map.

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
        NotAllowedError
            If there are no parameters, or more than two.
        MissingDependencyError
            If Matplotlib is not installed (the extra ``plot``).
        """
        from tamemip.value_functions._box_plot import plot_box

        return plot_box(self, ax)

    def __getstate__(self) -> dict[str, object]:
        """Pickle the fields, not what is cached; planes may nest deeper than pickle likes."""
        state = {name: self.__dict__[name] for name in self.__dataclass_fields__}
        return {**state, "root": flattened(self.root)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update({**state, "root": unflattened(state["root"])})

    def __repr__(self) -> str:
        rows, cells, parts = len(self.parameters.rows), len(self.cells), len(self.parts)
        proved = "certified" if self.is_certified else f"{len(self.gaps)} gaps"
        return (
            f"BoxValueFunction({rows} row{'s' * (rows != 1)}, {cells} cell{'s' * (cells != 1)}, "
            f"{parts} integer part{'s' * (parts != 1)}, {proved})"
        )

    def __str__(self) -> str:
        return box_text(self)

    def _repr_html_(self) -> str:
        return box_html(self)

    # -- reading -----------------------------------------------------------------------

    @cached_property
    def _restriction(self) -> Restriction:
        return Restriction(self.program)

    def _at(self, theta: Theta) -> Bound | None:
        return cell_at(self.root, theta).at(theta)

    def _theta(self, b: Any) -> Theta:
        """The parameters of a right-hand side of the box."""
        rhs = self.program.exact_rhs(b)
        ends = self.box.of_rows(self.program)
        for i, (value, (lo, hi)) in enumerate(zip(rhs, ends, strict=True)):
            if not lo <= value <= hi:
                raise InvalidInputError(
                    f"row {self.program.row_names[i]!r} has the right-hand side {value}, outside "
                    f"[{lo}, {hi}]. Make the value function on a larger box."
                )
        return tuple(rhs[i] for i in self.parameters.rows)

    def _batch(self, rows: NDArray[np.float64]) -> NDArray[np.float64]:
        lows, highs = np.array(self.box.of_rows(self.program), dtype=np.float64).T
        inside = ((rows >= lows) & (rows <= highs)).all(axis=1)
        if not inside.all():
            self._theta(rows[np.flatnonzero(~inside)[0]])  # says which row
        values, unsure = box_values(self.root, rows[:, list(self.parameters.rows)])
        for k in np.flatnonzero(unsure | ~inside):
            value = self._at(self._theta(rows[k]))
            values[k] = math.nan if value is None else nearest_float(value)
        return values

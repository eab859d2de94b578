"""The Jacobian of the optimal solution, with the cell on which it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.differentiation._fibres import Fibres
from tamemip.differentiation._fibres_types import OptimalPair
from tamemip.differentiation._hypotheses import coercive_price
from tamemip.differentiation._moving import At, Moving, Slot, Wrt, read_moving
from tamemip.differentiation._optimal_parts import optimal_parts
from tamemip.differentiation._solution_active import ActiveSet, active_set, strict_duals
from tamemip.differentiation._solution_cell import CellProof, ValidityCell, finite, widest_cell
from tamemip.differentiation._solution_cover import Cover
from tamemip.differentiation._solution_forms import Reach
from tamemip.differentiation._solution_motion import Motion, motion_of, starting_values
from tamemip.differentiation._solution_switch import (
    refusal_of_row,
    switch_at_bound,
    switch_between_points,
    switch_of_parts,
)
from tamemip.errors import NotAllowedError, UnsupportedError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.differentiation._fibres_types import Vector

__all__ = ["SolutionJacobian", "solution_jacobian"]

Matrix: TypeAlias = "tuple[Vector, ...]"
_ZERO = Fraction(0)


@final
@dataclass(frozen=True, eq=False, repr=False)
class SolutionJacobian:
    r"""The derivative of the optimal solution, proved on a cell of parameters.

    Near the point the integer part of the solution does not move, and the continuous part
    solves the tight constraints, :math:`x_B(\theta) = B(\theta)^{-1} r(\theta)`. If the matrix
    does not move (or only where the integer part multiplies it),
    :math:`x(\theta) = x + J (\theta - \theta_0)` on all of the cell.

    Obtain one from `tamemip.solution_jacobian`.

    Attributes
    ----------
    exact_point
        The optimal solution.
    value
        The optimal value there.
    rows
        The Jacobian in rationals, flat: one row a column of the program, one entry a number
        that moves.
    cell
        Where it holds, with the proof.
    """

    exact_point: Vector
    value: Fraction
    rows: Matrix
    cell: ValidityCell

    @property
    def point(self) -> NDArray[np.float64]:
        """The optimal solution, as floats."""
        return np.array([float(v) for v in self.exact_point])

    @property
    def integer_part(self) -> Vector:
        """The values of the integer columns, by rising column."""
        flags = self.cell.moving.program.exact.integer
        return tuple(v for v, flag in zip(self.exact_point, flags, strict=True) if flag)

    @property
    def exact_jacobian(self) -> Matrix | dict[Slot, Matrix]:
        """The Jacobian in rationals: a row a column of the program; by slot for several slots.

        The entries of a matrix count row by row.
        """
        parts = self._by_slot()
        return next(iter(parts.values())) if len(parts) == 1 else parts

    @property
    def jacobian(self) -> NDArray[np.float64] | dict[Slot, NDArray[np.float64]]:
        """The Jacobian as floats, of shape ``(n, k)``; ``(n, m, n)`` for the matrix."""
        moving = self.cell.moving
        n = moving.program.n_cols
        parts = {
            slot: np.array([[float(v) for v in row] for row in rows]).reshape(
                (n, *moving.shape(slot))
            )
            for slot, rows in self._by_slot().items()
        }
        return next(iter(parts.values())) if len(parts) == 1 else parts

    @property
    def is_affine(self) -> bool:
        """Whether the solution is affine on the cell."""
        return not self._basis_moves

    def point_at(self, theta: At) -> Vector:
        """The optimal solution at parameters in the cell, exactly.

        Raises
        ------
        NotAllowedError
            If they are outside: nothing is proved there.
        """
        if not self.cell.contains(theta):
            raise NotAllowedError(
                "the solution was asked for outside of the cell on which it is proved. Ask for "
                "another solution_jacobian there."
            )
        flat = self.cell.read(theta)
        assert flat is not None, "parameters in the cell are read"
        steps = [a - b for a, b in zip(flat, finite(self.cell.at), strict=True)]
        if self.is_affine:
            return tuple(
                x + sum((v * t for v, t in zip(row, steps, strict=True) if v and t), _ZERO)
                for x, row in zip(self.exact_point, self.rows, strict=True)
            )
        return self.cell.active.moved(self.cell.motion, steps)

    def prove(self) -> CellProof:
        """Check the cell again, in rationals and without a solver.

        Raises
        ------
        CertificateError
            If something does not follow.
        """
        return self.cell.prove()

    @property
    def _basis_moves(self) -> bool:
        active, entries = self.cell.active, self.cell.motion.entries
        rows = set(active.chosen)
        columns = {*active.inside, *self._moving_bounds}
        return any(i in rows and j in columns and slopes for (i, j), slopes in entries.items())

    @property
    def _moving_bounds(self) -> Iterator[int]:
        motion = self.cell.motion
        for j, is_lower in self.cell.active.at_lower.items():
            bound = motion.lower[j] if is_lower else motion.upper[j]
            if bound is not None and not bound.is_constant:
                yield j

    def _by_slot(self) -> dict[Slot, Matrix]:
        moving = self.cell.moving
        split = [moving.split(row) for row in self.rows]
        return {slot: tuple(row[slot] for row in split) for slot in moving.slots}

    def __repr__(self) -> str:
        n, k = len(self.rows), len(self.cell.at)
        return f"SolutionJacobian(shape ({n}, {k}), value {self.value}, {self.cell!r})"

    def __str__(self) -> str:
        names = self.cell.moving.program.col_names
        lines = [f"solution of value {self.value}, derivatives by {_names_of(self.cell)}"]
        shown = [
            f"  {name} = {x}: {', '.join(map(str, row))}"
            for name, x, row in zip(names, self.exact_point, self.rows, strict=True)
            if x or any(row)
        ]
        lines += shown[:20] + [f"  ... and {len(shown) - 20} more"] * (len(shown) > 20)
        return "\n".join((*lines, f"on {self.cell}"))

    def _repr_html_(self) -> str:
        from html import escape

        return f"<pre>{escape(str(self))}</pre>"


def _names_of(cell: ValidityCell) -> str:
    """The parameters, for people."""
    names = cell.names
    more = f", ... {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more


def solution_jacobian(
    program: ParametricProgram | MixedIntegerProgram,
    theta: At = None,
    *,
    wrt: Wrt = None,
    limits: Limits | None = None,
) -> SolutionJacobian:
    r"""Differentiate the optimal solution, where it is unique and does not switch.

    The solution of a mixed-integer program is piecewise smooth: between switches its integer
    part is constant, and its continuous part follows a basis. There

    .. math:: \frac{d x_B}{d \theta_k} = B^{-1} \Big( \frac{d b}{d \theta_k}
              - \frac{d A}{d \theta_k} x - N \frac{d x_N}{d \theta_k} \Big),

    with :math:`x_N` the columns at bounds. Across a switch the solution jumps or bends, no
    Jacobian describes it, and the call is refused.

    Parameters
    ----------
    program
        The program.
    theta
        The parameters of a `ParametricProgram`; of a program the numbers of the slots in `wrt`,
        or its own data if None.
    wrt
        ``"theta"`` (of a `ParametricProgram`, its default), ``"rhs"`` (the default of a
        program), ``"c"``, ``"lower"``, ``"upper"``, ``"A"``, or several of them.
    limits
        Of the search for the optimal part, and of the one for its cell.

    Returns
    -------
    SolutionJacobian
        With `cell`, a polyhedron of parameters around the point on which the integer part and
        the tight constraints are proved to stay optimal.

    Raises
    ------
    SwitchError
        If two integer parts or two points are optimal, or a degenerate point goes on in
        different ways: see its `parts` and `points`.
    NotAllowedError
        If there is no optimal solution, or a limit came first.
    UnsupportedError
        If there are infinitely many optimal parts.
    InvalidInputError
        If `theta` or `wrt` does not fit.

    Notes
    -----
    An optimal solution is the only one exactly if it is a vertex with strictly complementary
    duals [1]_; these, and a tree of boxes in which every other integer part costs more, hold
    nearby: where all of it is affine, the cell is their polyhedron, else its part in a box on
    which the rest is bounded. The cell need not be the largest.

    References
    ----------
    .. [1] A. J. Goldman, A. W. Tucker, "Theory of linear programming", in Linear Inequalities
       and Related Systems, Princeton (1956), 53-97.

    Examples
    --------
    A plant of capacity 3 is opened at a cost of 5, or the demand ``t`` is bought:

    >>> import tamemip as tm
    >>> from tamemip.differentiation import solution_jacobian
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [5, 1, 4],
    ...     [[0, 1, 1], [-3, 1, 0]],
    ...     [">=", "<="],
    ...     [0, 0],
    ...     upper=[1, "inf", "inf"],
    ...     integrality=[True, False, False],
    ...     col_names=["open", "make", "buy"],
    ... )
    >>> q = tm.ParametricProgram(p, rhs=[[1], [0]], names=("t",))
    >>> J = solution_jacobian(q, [2])
    >>> print(J)
    solution of value 7, derivatives by t
      open = 1: 0
      make = 2: 1
    on ValidityCell(1 parameter, 2 half-spaces, 3 nodes of proof)
      t >= 5/3
      -t >= -3
    >>> [str(v) for v in J.point_at(["5/2"])]
    ['1', '5/2', '0']
    """
    moving = read_moving(program, wrt, theta)
    at = starting_values(moving, theta)
    part = _only_part(moving, limits)
    fibres = Fibres(moving.program)
    pair = fibres.optimal_pair(part)
    assert pair is not None, "an optimal part has an optimal point"
    motion = motion_of(moving)
    _refuse_pinned(motion, pair)
    switch = switch_between_points(pair, fibres) if pair.is_dual_degenerate else None
    if switch is not None:
        raise switch
    active = active_set(moving.program, pair.point)
    assert active is not None, "the only optimal point is a vertex"
    leaving = active.leaving(motion)
    if leaving is not None:
        raise refusal_of_row(pair, motion, active, leaving)
    duals = strict_duals(pair, active)
    tree = _cover(motion, active, duals).tree(limits)
    cell = widest_cell(moving, at, motion, active, duals, tree)
    path = active.path(motion, Reach(None))
    rows = tuple(tuple(x.slopes.get(k, _ZERO) for k in range(len(at))) for x in path)
    return SolutionJacobian(pair.point, pair.value, rows, cell)


def _only_part(moving: Moving, limits: Limits | None) -> Sequence[int]:
    found = optimal_parts(moving.program, limits=limits, limit=2)
    if len(found.parts) > 1:
        raise switch_of_parts(moving.program, found.parts)
    if found.is_proved and not isinstance(found.value, Fraction):
        raise NotAllowedError(
            f"the program has no optimal solution here: its value is {found.value}."
        )
    if found.ray is not None:
        raise UnsupportedError(
            "there are infinitely many optimal integer parts, along "
            f"({', '.join(map(str, found.ray))}): give the integer columns bounds."
        )
    if not found.is_complete:
        raise NotAllowedError(
            f"it is not proved that one integer part alone is optimal ({found.why}). Allow more."
        )
    return found.parts[0]


def _refuse_pinned(motion: Motion, pair: OptimalPair) -> None:
    """Bounds that move must leave room for the solution on both sides."""
    exact = motion.program.exact
    for j, (lower, upper) in enumerate(zip(motion.lower, motion.upper, strict=True)):
        for side, bound in (("lower", lower), ("upper", upper)):
            if bound is None or bound.is_constant or bound.start != pair.point[j]:
                continue
            is_pinned = lower is not None and upper is not None and lower.start == upper.start
            if exact.integer[j] or (is_pinned and lower != upper):
                raise switch_at_bound(pair, j, side)


def _cover(motion: Motion, active: ActiveSet, duals: Mapping[int, Fraction]) -> Cover:
    program = motion.program
    reduced = motion.reduced(
        Reach(None), active.basis.prices(motion, Reach(None), duals), with_cost=True
    )
    moving = _unbounded_moving(motion) if motion.moves_prices else frozenset()
    price = coercive_price(program) if moving else None
    safe = None if price is None else {i: y for i, y in enumerate(price) if y}
    return Cover(
        program, active.point, tuple(form.start for form in reduced), safe_duals=safe, moving=moving
    )


def _unbounded_moving(motion: Motion) -> frozenset[int]:
    """Columns without two bounds whose reduced costs move."""
    moved = {j for (_, j), slopes in motion.entries.items() if slopes}
    moved |= {j for j, form in enumerate(motion.c) if not form.is_constant}
    return frozenset(j for j in moved if motion.lower[j] is None or motion.upper[j] is None)

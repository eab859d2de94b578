"""What the linear program of one integer part ends with, each case with its proof."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.programs import MixedIntegerProgram

Vector: TypeAlias = tuple[Fraction, ...]


@final
@dataclass(frozen=True, eq=False, repr=False, slots=True)
class OptimalPair:
    """An optimal point of a fibre with optimal duals: feasible, complementary, exact.

    For the integer part ``S`` the fibre is the linear program in the continuous columns,
    with value ``f_S(b) = c_I S + min{c_C x : A_C x (sense) b - A_I S, l <= x <= u}``.
    Everything here is in the orientation of the program: for a max program ``duals`` are
    derivatives of its own value, not of the negated one.

    Attributes
    ----------
    program
        The program.
    rhs
        The right-hand side ``b``.
    part
        The values ``S`` of the integer columns, by rising column.
    point
        An optimal point: all columns, the integer ones as in ``part``.
    duals
        Optimal duals ``y`` of the rows. In a min program ``y <= 0`` on rows ``<=`` and
        ``y >= 0`` on rows ``>=``; in a max program the other way round.
    reduced_costs
        ``c - A^T y`` of all columns.
    value
        ``f_S(b)``, with the constant of the objective.
    is_primal_degenerate
        Whether a basic column or slack sits at a bound. If not, the duals are unique.
    is_dual_degenerate
        Whether a nonbasic column or row has the dual 0. If not, the point is unique.
        Both are true where no basis is known.

    Examples
    --------
    >>> from tamemip.differentiation import Fibres
    >>> p = MixedIntegerProgram.from_arrays(
    ...     [3, 3, 1], [[1, 1, -1]], ["="], [1], integrality=[True, False, False]
    ... )
    >>> Fibres(p).optimal_pair([1])
    OptimalPair(part (1), value 3, degenerate)
    """

    program: MixedIntegerProgram
    rhs: Vector
    part: Vector
    point: Vector
    duals: Vector
    reduced_costs: Vector
    value: Fraction
    is_primal_degenerate: bool
    is_dual_degenerate: bool

    def __repr__(self) -> str:
        is_degenerate = self.is_primal_degenerate or self.is_dual_degenerate
        kind = "degenerate" if is_degenerate else "nondegenerate"
        return f"OptimalPair(part {_text(self.part)}, value {self.value}, {kind})"


@final
@dataclass(frozen=True, eq=False, repr=False, slots=True)
class InfeasibleFibre:
    """A fibre without a point, and why.

    Attributes
    ----------
    program, rhs, part
        The program, the right-hand side and the values of the integer columns.
    multipliers
        Farkas multipliers of the rows: ``y >= 0`` on rows ``>=``, ``y <= 0`` on rows ``<=``,
        and ``y (b - A_I S) > max{y A_C x : l <= x <= u}``. None if no row is needed.
    column
        The integer column whose value is outside its bounds; None if there is none.
    """

    program: MixedIntegerProgram
    rhs: Vector
    part: Vector
    multipliers: Vector | None
    column: int | None

    def __repr__(self) -> str:
        if self.column is not None:
            why = f"column {self.program.col_names[self.column]!r} is outside its bounds"
        else:
            why = "proved by Farkas multipliers"
        return f"InfeasibleFibre(part {_text(self.part)}, {why})"


@final
@dataclass(frozen=True, eq=False, repr=False, slots=True)
class UnboundedFibre:
    """A fibre whose objective has no bound, and why.

    Attributes
    ----------
    program, rhs, part
        The program, the right-hand side and the values of the integer columns.
    point
        A feasible point.
    ray
        A direction that stays feasible forever and improves the objective.
    """

    program: MixedIntegerProgram
    rhs: Vector
    part: Vector
    point: Vector
    ray: Vector

    def __repr__(self) -> str:
        return f"UnboundedFibre(part {_text(self.part)}, along {_text(self.ray)})"


Fibre: TypeAlias = OptimalPair | InfeasibleFibre | UnboundedFibre
"""How the linear program of one integer part ends."""


def _text(numbers: Vector) -> str:
    return f"({', '.join(map(str, numbers))})"

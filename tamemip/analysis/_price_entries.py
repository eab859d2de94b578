"""The lines of a table of shadow prices."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, final

from tamemip.certificates import Bound, RowSense

MaybeBound: TypeAlias = Bound | None
Proof: TypeAlias = Literal["proved", "proved at the point only", "claimed"]


@final
@dataclass(frozen=True, slots=True)
class RowPrice:
    """What the optimal value does when one right-hand side moves.

    All numbers are in the user's sense: derivatives of the optimal value as the
    program states it (``max`` is not negated) by the right-hand side of the row.
    Relaxing a row never makes the value worse: for ``min`` the slopes of a
    ``<=`` row are 0 or negative and those of a ``>=`` row 0 or positive; for
    ``max`` the signs are the other way round; ``=`` rows can have any sign.

    Attributes
    ----------
    name, index, sense, rhs
        The row.
    activity
        The row's left-hand side at the optimal point.
    lp_dual
        A dual value of the *linear relaxation*: the derivative of another function.
    fixed_dual
        A dual value of the linear program with the integers fixed at the optimal
        point: right only if they stay where they are.
    slope_left, slope_right
        Derivatives of the optimal value directly below and directly above the
        right-hand side; infinite if no point is feasible there; None if not proved.
    jump_left, jump_right
        Limit of the value from that side, minus the value: 0 where it is
        continuous, infinite where no point is feasible beyond; None if not proved.
    low, high
        Right-hand sides down to which `slope_left`, and up to which `slope_right`,
        is proved to hold (open ends); None if not proved.
    low_is_exact, high_is_exact
        Whether the price is proved to end there, beyond which the value leaves the line;
        else it is proved as far as that, and may hold further.
    proof_left, proof_right
        ``"proved"``; ``"proved at the point only"``: the value is proved, the side
        is not; ``"claimed"``: not even the value is proved.
    """

    name: str
    index: int
    sense: RowSense
    rhs: Fraction
    activity: Fraction | None
    lp_dual: Fraction | None
    fixed_dual: Fraction | None
    slope_left: MaybeBound
    slope_right: MaybeBound
    jump_left: MaybeBound
    jump_right: MaybeBound
    low: MaybeBound
    high: MaybeBound
    low_is_exact: bool
    high_is_exact: bool
    proof_left: Proof
    proof_right: Proof

    @property
    def jump(self) -> MaybeBound:
        """The larger jump of the two sides, in size; None if a side is not proved."""
        if self.jump_left is None or self.jump_right is None:
            return None
        left, right = self.jump_left, self.jump_right
        return left if max(left, -left) >= max(right, -right) else right

    @property
    def derivative(self) -> Fraction | None:
        """The derivative of the value, if both sides prove the same one and no jump."""
        left, right = self.slope_left, self.slope_right
        if self.jump != 0 or left != right or not isinstance(left, Fraction):
            return None
        return left

    @property
    def slack(self) -> Fraction | None:
        """Distance of the activity from the right-hand side."""
        return None if self.activity is None else abs(self.rhs - self.activity)


@final
@dataclass(frozen=True, slots=True)
class ColumnPrice:
    """What the optimal value does when one cost moves.

    Attributes
    ----------
    name, index, is_integer, cost
        The column.
    value
        Its value at the optimal point.
    cost_gradient
        The column's entry of a conservative gradient of the optimal value in the
        costs. The value is concave in the costs of a ``min`` program (convex for
        ``max``) and every optimal point is a super- (sub-) gradient: it is `value`.
    reduced_cost
        Reduced cost in the *linear relaxation*, user's sense.
    """

    name: str
    index: int
    is_integer: bool
    cost: Fraction
    value: Fraction | None
    cost_gradient: Fraction | None
    reduced_cost: Fraction | None

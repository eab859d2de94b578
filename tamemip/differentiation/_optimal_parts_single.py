"""What one integer part costs, exactly."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.solvers import LPStatus

if TYPE_CHECKING:
    from tamemip.differentiation._optimal_parts_judge import ExactJudge, PartBox
    from tamemip.duality import Relaxation


@final
@dataclass(frozen=True, slots=True)
class SinglePart:
    """The cost of an integer part.

    Attributes
    ----------
    cost
        The least cost found, in min orientation: that of an exactly feasible point.
        None if there is no feasible point, or none was found.
    is_settled
        Whether it is proved that there is nothing cheaper (or that it does not matter).
    """

    cost: Fraction | None
    is_settled: bool


def single_part(
    relaxation: Relaxation, judge: ExactJudge, box: PartBox, best: Fraction | None
) -> SinglePart:
    """Judge the box of a single part; parts that are dearer than `best` do not matter."""
    offered = relaxation.offer(box.lower, box.sides)
    cost = None if offered is None else offered[1]
    if len(relaxation.integers) == len(box.lower):
        return SinglePart(cost, True)  # the part is the point: there is nothing else
    if _is_proved(relaxation, judge, box, cost, best):
        return SinglePart(cost, True)
    least = judge.least_cost(box, is_last=True)
    if least is None:
        return SinglePart(cost, False)
    return SinglePart(None if isinstance(least, float) else least, True)


def _is_proved(
    relaxation: Relaxation,
    judge: ExactJudge,
    box: PartBox,
    cost: Fraction | None,
    best: Fraction | None,
) -> bool:
    """Whether duals that floats propose prove the cost, or that it does not matter."""
    engine = relaxation.engine
    engine.set_bounds(*box.sides)
    status = engine.solve()
    if status is LPStatus.INFEASIBLE:
        return cost is None and judge.is_empty(box, engine.farkas_ray())
    if status is not LPStatus.OPTIMAL:
        return False
    matters_not = best is not None and (cost is None or cost > best)
    above = best if matters_not else None
    if judge.bound(box, engine.row_duals(), engine.basis(), above):
        return True
    return cost is not None and box.bound == cost

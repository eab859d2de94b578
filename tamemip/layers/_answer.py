"""What a layer knows about one item of a batch after it was solved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.layers._cell import Cell
    from tamemip.solvers import Status

Floats: TypeAlias = "NDArray[np.float64]"


@final
@dataclass(frozen=True, slots=True)
class ItemFlags:
    """What was noticed about one item: floats, and therefore suspicions, not proofs.

    Attributes
    ----------
    status
        How the solve ended.
    tie
        Why another optimal point is suspected; empty if nothing speaks for one.
    jump
        Why the value may jump when what moves is moved a little: the duals of the optimal
        integer part are unbounded in a direction that matters. Empty if nothing speaks for it.
    degenerate
        Whether the duals may not be the only optimal ones.
    """

    status: Status
    tie: str
    jump: str
    degenerate: bool

    def __str__(self) -> str:
        words = [self.status.value]
        words += [f"tie: {self.tie}"] if self.tie else []
        words += [f"jump: {self.jump}"] if self.jump else []
        words += ["several duals"] if self.degenerate else []
        return "; ".join(words)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Answer:
    """One optimal primal-dual pair of one item, in floats.

    Attributes
    ----------
    value
        The optimal value in the user's sense; infinite if there is none.
    point
        Array of shape ``(n,)``; zeros if there is none.
    duals
        Derivative of the value by the right-hand sides, shape ``(m,)``.
    lower, upper
        Derivatives by the bounds, shape ``(n,)``.
    flags
        What was noticed.
    cell
        Where the solution is affine in the data; None if it was not asked for.
    full_point
        The point with the slacks of an elastic envelope.
    """

    value: float
    point: Floats
    duals: Floats
    lower: Floats
    upper: Floats
    flags: ItemFlags
    cell: Cell | None
    full_point: Floats

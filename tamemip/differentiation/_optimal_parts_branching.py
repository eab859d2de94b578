"""How a box of integer parts is divided."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, final

import numpy as np

from tamemip.differentiation._optimal_parts_judge import PartBox
from tamemip.duality import BranchingRule, StrongBranching

if TYPE_CHECKING:
    from fractions import Fraction

    from numpy.typing import NDArray

    from tamemip.solvers import Basis, LPEngine

_RULE = BranchingRule(reliable=4, candidates=8, lookahead=4)
#: What a side has to cost more to count, where costs have no granularity.
_GAIN = 1e-3


@final
class PartBranching:
    """Divides boxes at fractional columns.

    Parameters
    ----------
    engine
        The engine of the relaxation.
    granularity
        Attainable objectives are multiples of it away from each other, or None.
    """

    def __init__(self, engine: LPEngine, granularity: Fraction | None) -> None:
        self._strong = StrongBranching(engine, _RULE)
        self._gain = _GAIN if granularity is None else float(granularity)

    def children(
        self,
        box: PartBox,
        columns: NDArray[np.intp],
        values: NDArray[np.float64],
        *,
        objective: float,
        dear: float,
        basis: Basis,
    ) -> tuple[PartBox, PartBox]:
        """The two sides of the best column, the nearer one last.

        Parameters
        ----------
        box, objective, basis
            The box, and what the engine says about its relaxation.
        columns, values
            Fractional columns and their values.
        dear
            Objectives above this close a side.
        """
        choice = self._strong.choose(
            columns,
            values,
            objective=objective,
            # Where costs are tied, only sides that are empty or dear count.
            threshold=max(dear, objective + self._gain),
            basis=basis,
            box=box.sides,
        )
        j = choice.column
        below = box.within(j, box.lower[j], choice.floor)
        above = box.within(j, choice.floor + 1, box.upper[j])
        return (above, below) if choice.fraction <= 0.5 else (below, above)


def others(box: PartBox, part: NDArray[Any], columns: NDArray[np.intp]) -> Iterator[PartBox]:
    """The box without one part: the first column to differ is below or above it."""
    rest = box.copy()
    rest.basis = box.basis
    for j, at in zip(columns.tolist(), part.tolist(), strict=True):
        if rest.lower[j] == rest.upper[j]:
            continue
        if rest.lower[j] < at:
            yield rest.within(j, rest.lower[j], at - 1)
        if at < rest.upper[j]:
            yield rest.within(j, at + 1, rest.upper[j])
        rest = rest.within(j, at, at)


def alone(box: PartBox, part: NDArray[Any], columns: NDArray[np.intp]) -> PartBox:
    """The box of one part."""
    single = box.copy()
    single.lower[columns] = single.upper[columns] = part
    return single


def halves(box: PartBox, column: int) -> tuple[PartBox, PartBox]:
    """The box cut in the middle of a column, or near its only bound, or at zero."""
    low, up = float(box.lower[column]), float(box.upper[column])
    if math.isfinite(low) and math.isfinite(up):
        at = math.floor((low + up) / 2)
    elif math.isfinite(low):
        at = int(low)
    else:
        at = int(up) - 1 if math.isfinite(up) else 0
    return box.within(column, at + 1, up), box.within(column, low, at)

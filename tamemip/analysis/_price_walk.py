"""How far a price of a row of integers holds: from one constant stretch to the next.

Between two multiples of the row's spacing the value is constant, and along an inequality
it is monotone. If it is the same at a far point, it is the same up to there; so steps are
doubled until it is not, and halved back.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.analysis._side import Side
from tamemip.duality import dual_function
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

#: Steps are doubled so many times.
_DOUBLINGS = 10


@final
@dataclass(frozen=True, slots=True)
class WalkEnd:
    """The step at which a range ends; `is_exact` if the value is proved to change there."""

    reach: Fraction
    is_exact: bool
    is_interrupted: bool


@final
class PriceWalk:
    """Follows one side of an inequality of integers on which the value is constant.

    Parameters
    ----------
    program, side
        The program, and the side with its spacing.
    reach
        A multiple up to which the value is `value`, in the user's sense.
    seconds
        When to stop.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        side: Side,
        reach: Fraction,
        value: Fraction,
        seconds: float,
    ) -> None:
        assert side.spacing is not None
        self._program, self._side, self._value = program, side, value
        self._reach, self._spacing = reach, side.spacing
        self._deadline = time.monotonic() + seconds
        self._is_interrupted = False

    def run(self) -> WalkEnd | None:
        """The end of the range; None if nothing is known beyond what was."""
        good, bad = -1, 0
        for _ in range(_DOUBLINGS):
            holds = self._holds(bad)
            if holds is None:
                return self._end(good, is_exact=False)
            if not holds:
                break
            good, bad = bad, 2 * bad + 1
        else:
            return self._end(good, is_exact=False)
        while bad - good > 1:
            middle = (good + bad) // 2
            holds = self._holds(middle)
            if holds is None:
                return self._end(good, is_exact=False)
            good, bad = (middle, bad) if holds else (good, middle)
        return self._end(good, is_exact=True)

    def _end(self, good: int, *, is_exact: bool) -> WalkEnd | None:
        if good < 0 and not is_exact and not self._is_interrupted:
            return None
        reach = self._reach + (good + 1) * self._spacing
        return WalkEnd(reach, is_exact, self._is_interrupted)

    def _holds(self, stretch: int) -> bool | None:
        """Whether the value on a stretch beyond the range is the same; None if not proved."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            return None
        # A stretch holds the multiple at which points are lost (tightening) or won.
        t = self._reach + (stretch + self._side.tightens) * self._spacing
        rhs = list(self._program.exact.rhs)
        rhs[self._side.row] += self._side.sign * t
        moved = self._program.with_rhs(rhs)
        F = dual_function(moved, method="branch-and-bound", limits=Limits(seconds=left))
        if not F.is_tight:
            self._is_interrupted = F.report.stopped == "interrupted"
            return None
        return F.tight_point(moved.exact.rhs).value == self._value


def is_walkable(side: Side, reach: Fraction) -> bool:
    """Whether a range ends between two stretches of an inequality of integers."""
    if side.spacing is None or side.sense == "=":
        return False
    return ((side.sign * side.rhs + reach) / side.spacing).denominator == 1

"""Where good points come from."""

from __future__ import annotations

import logging
import math
import time
from fractions import Fraction
from typing import TYPE_CHECKING, final

from tamemip.duality._relaxation import Relaxation
from tamemip.duality._reports import Incumbent
from tamemip.duality._search import Box
from tamemip.errors import SolverError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, solve

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

_LOGGER = logging.getLogger(__name__)

#: Time for a solver: a multiple of what has been spent, within these seconds.
_SHARE = 3.0
_LEAST_SECONDS, _MOST_SECONDS = 0.3, 10.0


@final
class IncumbentSearch:
    """The best exact point so far, and the ways to a better one."""

    def __init__(self, program: MixedIntegerProgram, relaxation: Relaxation) -> None:
        self._program, self._relaxation = program, relaxation
        self.best: Incumbent | None = None

    @property
    def value(self) -> float:
        """Cost of the best point (min orientation, no constant), or ``inf``."""
        return math.inf if self.best is None else float(self.best.cost)

    def offer(self, point: NDArray[np.float64], box: Box) -> Fraction | None:
        """The exact cost of a feasible point with the integer part of ``point``, or None."""
        made = self._relaxation.offer(point, box)
        if made is None:
            return None
        candidate = Incumbent(*made)
        if self.best is None or candidate.cost < self.best.cost:
            self.best = candidate
        return candidate.cost

    def ask_solver(self, *, began: float, deadline: float) -> None:
        """Let a solver look for a point, for a while that fits what has been spent."""
        now = time.monotonic()
        seconds = min(max(_SHARE * (now - began), _LEAST_SECONDS), _MOST_SECONDS)
        limits = Limits(seconds=max(min(seconds, (deadline - now) / 2), 0.0))
        try:
            claim = solve(self._program.with_rhs(self._relaxation.rhs), limits=limits)
        except SolverError as error:  # a point would save time; the proof does not need it
            _LOGGER.info("no incumbent: %s", error)
            return
        if claim.point is not None:
            self.offer(claim.point, (self._relaxation.lower, self._relaxation.upper))

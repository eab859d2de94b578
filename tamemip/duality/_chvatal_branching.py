"""Which column a tree branches on, and which of its faces comes first."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality._chvatal_leaves import Context
from tamemip.duality._chvatal_relaxation import CutRelaxation

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: A value this close to an integer is one.
INTEGRALITY = 1e-6
#: Columns that are tried, up to so many branchings: a small tree is worth more of them.
_CANDIDATES = ((16, 1000), (8, 3000), (5, math.inf))
#: Simplex iterations for each.
_ITERATIONS = 30
#: Gains below this count as this, so that a product does not forget the other factor.
_LEAST_GAIN = 1e-6


@final
class StrongBranching:
    """Tries some fractional columns (Applegate, Bixby, Chvátal and Cook 1995).

    The tree only has to pass the target, so that gains beyond it count as equal.
    """

    def __init__(self, relaxation: CutRelaxation, context: Context) -> None:
        self._relaxation, self._context = relaxation, context
        n = relaxation.system.n_cols
        self._gain = np.ones((2, n))
        self._seen = np.zeros((2, n))
        self._choices = 0

    def choose(self, point: NDArray[np.float64]) -> tuple[int, bool] | None:
        """A column, and whether its upper face comes first; None where all is integral."""
        distance = np.abs(point - np.round(point))
        fractional = np.flatnonzero(distance > INTEGRALITY)
        if not len(fractional):
            return None
        self._choices += 1
        down, up = point - np.floor(point), np.ceil(point) - point
        least = np.full(len(point), _LEAST_GAIN)
        score = np.maximum(self._gain[0] * down, least) * np.maximum(self._gain[1] * up, least)
        order = fractional[np.argsort(-score[fractional] - _LEAST_GAIN**2 * distance[fractional])]
        count = next(count for count, until in _CANDIDATES if self._choices <= until)
        best = (-1.0, int(order[0]), False)
        objective, basis = self._relaxation.objective, self._relaxation.basis()
        room = self._room(objective)
        for j in order[:count].tolist():
            gains = self._gains(j, float(point[j]), objective, room, basis)
            product = max(gains[0], _LEAST_GAIN) * max(gains[1], _LEAST_GAIN)
            value = product + _LEAST_GAIN**2 * float(distance[j])
            if value > best[0]:
                best = (value, j, gains[1] > gains[0])
            if min(gains) >= room:  # both sides are leaves
                break
        _, j, is_up = best
        return j, self._face_first(j, float(point[j]), prefers_up=is_up)

    def _room(self, objective: float) -> float:
        """The gain that is enough: all objectives are integers."""
        if not self._relaxation.has_cost:
            return 1.0
        return max(self._relaxation.system.target - objective + 2 * INTEGRALITY, _LEAST_GAIN)

    def _gains(
        self, j: int, value: float, objective: float, room: float, basis: object
    ) -> list[float]:
        """What the objective gains below and above a fractional value, at most what is needed."""
        relaxation, context = self._relaxation, self._context
        below, above = math.floor(value), math.ceil(value)
        gains = []
        for side, (low, high, step) in enumerate(
            ((context.lower[j], below, value - below), (above, context.upper[j], above - value))
        ):
            estimate = relaxation.estimate(j, low, high, iterations=_ITERATIONS)
            relaxation.set_basis(basis)
            gain = min(max(estimate - objective, 0.0), room)
            self._seen[side, j] += 1
            self._gain[side, j] += (gain / step - self._gain[side, j]) / self._seen[side, j]
            gains.append(gain)
        return gains

    def _face_first(self, j: int, value: float, *, prefers_up: bool) -> bool:
        """A side that is a face comes first; of two, or none, the one that gains more."""
        below_is_face = math.floor(value) == self._context.lower[j]
        above_is_face = math.ceil(value) == self._context.upper[j]
        return prefers_up if below_is_face == above_is_face else above_is_face

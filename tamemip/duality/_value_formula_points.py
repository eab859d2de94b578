"""The best known points at many right-hand sides of a pure integer program."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import final

import numpy as np

from tamemip.duality._value_formula_lattice import Integers, LatticeProgram

#: Stands for the cost where no feasible point is known.
UNKNOWN = np.iinfo(np.int64).max
#: Activities and costs stay below this: int64 holds them.
_LARGEST = 2**62
#: Neighbors that are looked at after a new point.
_NEIGHBORS = 400


@final
class BestPoints:
    """For every right-hand side in a list, the cheapest known feasible point.

    Attributes
    ----------
    cost
        Its cost in the program's unit, `UNKNOWN` where no point is known.
    """

    def __init__(self, program: LatticeProgram, points: Integers) -> None:
        self._program = program
        largest = max(int(np.abs(table).max(initial=0)) for table in (program.A, program.c))
        self._reach = largest * len(program.c)
        equations = program.is_equation
        self._above = points[:, ~equations]
        self._equal = points[:, equations]
        self.cost = np.full(len(points), UNKNOWN, dtype=np.int64)
        self._which = np.full(len(points), -1, dtype=np.int64)
        self._known: list[tuple[int, ...]] = []
        self._seen: set[tuple[int, ...]] = set()

    def point(self, k: int) -> tuple[int, ...] | None:
        """The canonical point of a right-hand side, or None."""
        return None if self._which[k] < 0 else self._known[self._which[k]]

    def offer(self, x: Sequence[int]) -> None:
        """Take a point, then its neighbors as long as they improve something."""
        pending = deque([tuple(int(v) for v in x)])
        looked = 0
        while pending and looked < _NEIGHBORS:
            candidate = pending.popleft()
            looked += 1
            if candidate in self._seen or not self._take(candidate):
                continue
            looked = 0
            for j in range(len(candidate)):
                for step in (1, -1):
                    if candidate[j] + step >= 0:
                        moved = (*candidate[:j], candidate[j] + step, *candidate[j + 1 :])
                        pending.append(moved)

    def _take(self, x: tuple[int, ...]) -> bool:
        self._seen.add(x)
        if self._reach * max(x, default=0) >= _LARGEST:
            return False
        vector = np.array(x, dtype=np.int64)
        activity = self._program.A @ vector
        equations = self._program.is_equation
        cost = int(self._program.c @ vector)
        fits = np.all(self._above <= activity[~equations], axis=1)
        fits &= np.all(self._equal == activity[equations], axis=1)
        better = fits & (self.cost > cost)
        if not better.any():
            return False
        self._which[better] = len(self._known)
        self.cost[better] = cost
        self._known.append(x)
        return True

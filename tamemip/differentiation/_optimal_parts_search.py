"""Branch and bound that does not stop at one optimum, but goes on to all of them.

Boxes of integer parts are dropped only where exact arithmetic proves them empty or dearer
than the best part known. Boxes that may hold a better part come first; when they are gone
the value is proved, and what is left are the ties.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.differentiation._optimal_parts_branching import PartBranching, alone, halves, others
from tamemip.differentiation._optimal_parts_judge import ExactJudge, PartBox
from tamemip.differentiation._optimal_parts_listing import PartListing
from tamemip.differentiation._optimal_parts_rows import IntegerRows
from tamemip.differentiation._optimal_parts_single import single_part
from tamemip.duality import Incumbent, IntegerData, Relaxation
from tamemip.duality._target import Target
from tamemip.solvers import LPStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.programs import MixedIntegerProgram

IntegerPart: TypeAlias = tuple[int, ...]
Watch: TypeAlias = Callable[[int, int, int], None]
"""Called with the number of nodes, of open boxes and of parts found."""

#: A relaxation's value this close to an integer counts as one, until checked exactly.
_INTEGRALITY = 1e-6
#: Integers beyond this are left alone: floats have to count them one by one.
_LARGEST = 2.0**50
#: Relative differences of objectives that floats can tell.
_TELLING = 1e-9
#: Boxes to be worked on, at most, where integer columns are unbounded: the tree may not end.
_MOST_UNBOUNDED = 100_000
#: Parts that are settled one by one instead of branching, at most.
_FEW = 16


@final
class PartSearch:
    """The search for all integer parts of least cost; min orientation, no constant.

    Parameters
    ----------
    program
        The program.
    limit
        Parts that are listed, at most.

    Attributes
    ----------
    best
        The least cost known, or None.
    parts
        The parts found at that cost.
    incumbent
        A good feasible point, for whoever looks for cuts.
    stopped
        Why the search was left, or None.
    """

    def __init__(self, program: MixedIntegerProgram, *, limit: int) -> None:
        data = IntegerData(program.exact)
        self.relaxation = Relaxation(program, data, program.exact.rhs)
        self._engine = self.relaxation.engine
        self._columns = self.relaxation.integers
        self._is_pure = len(self._columns) == program.n_cols
        self._judge = ExactJudge(self.relaxation)
        self._rows = IntegerRows(data, program.exact.rhs)
        self._listing = PartListing(self._rows)
        self._target = Target.of(program.exact)
        self._branching = PartBranching(self._engine, self._target.granularity)
        self.limit, self._lists_ties = limit, True
        self.best: Fraction | None = None
        self.parts: set[IntegerPart] = set()
        self.incumbent: Incumbent | None = None
        self.nodes = 0
        self.stopped: str | None = None
        self.stops_at_first = False
        root = PartBox(self.relaxation.lower.copy(), self.relaxation.upper.copy())
        self._is_bounded = all(np.isfinite(side[self._columns]).all() for side in root.sides)
        self._open: deque[PartBox] = deque([root])
        self._tied: list[PartBox] = []
        self._unresolved: list[PartBox] = []
        self._proves = True

    # -- what is known ----------------------------------------------------------------

    @property
    def is_proved(self) -> bool:
        """Whether no box that is left may hold a cheaper part than the best one."""
        return not self._open and all(self._is_reached(box) for box in self._unresolved)

    @property
    def is_complete(self) -> bool:
        """Whether every part of least cost has been found."""
        left = self._open or self._tied or self._unresolved
        return not left and self._lists_ties and not self.is_overfull

    @property
    def is_overfull(self) -> bool:
        """Whether there are more parts of least cost than are listed."""
        return len(self.parts) > self.limit

    @property
    def has_unresolved(self) -> bool:
        """Whether a box was too much for exact arithmetic."""
        return bool(self._unresolved)

    @property
    def bound(self) -> Fraction | None:
        """A proved lower bound of the costs; None if there is none (or no feasible part)."""
        known = [box.bound for box in (*self._open, *self._unresolved)]
        if any(bound is None for bound in known):
            return None
        bounds = [bound for bound in (*known, self.best) if bound is not None]
        return min(bounds, default=None)

    def offer(self, found: Incumbent) -> None:
        """Take up a feasible point."""
        part = tuple(int(found.point[j]) for j in self._columns)
        self._record(part, found.cost)
        if found.cost == self.best:
            self.incumbent = found

    def adopt(self, other: PartSearch) -> None:
        """Start with what another search for the same parts knows."""
        self.nodes, self._lists_ties = other.nodes, other._lists_ties
        if other.best is not None:
            for part in other.parts:
                self._record(part, other.best)
        self.incumbent = other.incumbent

    def prove_value_only(self) -> None:
        """List only the parts that are met while the value is proved."""
        self._lists_ties = False

    def improving_ray(self) -> tuple[Fraction, ...] | None:
        """Where the relaxation is unbounded, a direction that lowers costs forever, or None."""
        engine = self._engine
        engine.set_bounds(self.relaxation.lower, self.relaxation.upper)
        if (self.relaxation.lower > self.relaxation.upper).any():
            return None
        is_bounded = engine.solve() in (LPStatus.OPTIMAL, LPStatus.INFEASIBLE)
        return None if is_bounded else self.relaxation.improving_ray()

    # -- the search -------------------------------------------------------------------

    def run(
        self,
        *,
        deadline: float = math.inf,
        max_nodes: float = math.inf,
        watch: Watch = lambda nodes, left, found: None,
    ) -> None:
        """Work on boxes until none is left, or a limit or Ctrl-C stops it."""
        if self.stopped is not None:
            return
        box: PartBox | None = None
        try:
            while (box := self._next()) is not None:
                self.stopped = self._reason_to_stop(deadline, max_nodes)
                if self.stopped is not None:
                    self._put_back(box)
                    return
                self._work(box)
                box = None
                watch(self.nodes, len(self._open) + len(self._tied), len(self.parts))
        except KeyboardInterrupt:
            self.stopped = "interrupted"
            if box is not None:
                self._put_back(box)

    def _reason_to_stop(self, deadline: float, most: float) -> str | None:
        if self.nodes >= most:
            return "nodes"
        if time.monotonic() > deadline:
            return "seconds"
        if not self._is_bounded and self.nodes >= _MOST_UNBOUNDED:
            return "unbounded"
        return None

    def _next(self) -> PartBox | None:
        if self.stops_at_first and self.best is not None:
            return None
        if self._open:
            # Without bounds a dive need not end: the oldest box has its turn as well.
            takes_oldest = not self._is_bounded and self.nodes % 2 == 1
            return self._open.popleft() if takes_oldest else self._open.pop()
        if self._proves:
            self._proves = False
            if self.is_proved and self.best is not None:
                self._rows.set_value(self.best, is_proved=True)
        if not self._wants_ties:
            return None
        return self._tied.pop() if self._tied else None

    @property
    def _wants_ties(self) -> bool:
        return self._lists_ties and not self.is_overfull

    def _put_back(self, box: PartBox) -> None:
        (self._open if self._proves else self._tied).append(box)

    def _is_reached(self, box: PartBox) -> bool:
        """Whether no part of a box is cheaper than the best one."""
        if self.best is None or box.bound is None:
            return False
        return self._target.is_reached(box.bound, self.best)

    def _postpone(self, box: PartBox) -> bool:
        """Lay a box aside that can only hold ties, while the value is not proved."""
        if not self._proves or not self._is_reached(box):
            return False
        if self._wants_ties:
            self._tied.append(box)
        return True

    # -- a box ------------------------------------------------------------------------

    def _work(self, box: PartBox) -> None:
        self.nodes += 1
        while True:
            if not self._rows.tighten(*box.sides) or (box.lower > box.upper).any():
                return
            if self._judge.is_known_above(box, self.best):
                return
            if self._postpone(box):
                return
            if not self._is_loose(box).any():
                self._settle(box)
                return
            if self._list(box):
                return
            point = self._solve(box)
            if point is None:
                return
            if self._contains(box, point):
                break
        self._branch(box, point)

    def _solve(self, box: PartBox) -> NDArray[np.float64] | None:
        """The relaxation's point, with the bound of the box improved; None if it is done with."""
        engine = self._engine
        engine.set_bounds(*box.sides)
        if box.basis is not None:
            engine.set_basis(box.basis)
            box.basis = None
        status = engine.solve()
        if status is LPStatus.INFEASIBLE:
            if not self._judge.is_empty(box, engine.farkas_ray()):
                self._cannot_tell(box)
            return None
        if status is not LPStatus.OPTIMAL:
            self._cannot_tell(box)
            return None
        point, basis = engine.point(), engine.basis()
        promised = self._best_if(engine.objective > self._telling)
        if self._judge.bound(box, engine.row_duals(), basis, promised):
            return None
        if self.best is not None:
            if box.bound is not None and box.bound > self.best:
                return None
            self._judge.cut_dear(box, self.best)
        box.basis = basis
        return point

    @property
    def _telling(self) -> float:
        """Objectives above this are dearer than the best part, as far as floats can tell."""
        if self.best is None:
            return math.inf
        return float(self.best) + self._unsure

    @property
    def _unsure(self) -> float:
        """How near to the best value floats cannot tell."""
        return 0.0 if self.best is None else _TELLING * max(1.0, abs(float(self.best)))

    def _best_if(self, condition: bool) -> Fraction | None:
        return self.best if condition else None

    def _contains(self, box: PartBox, point: NDArray[np.float64]) -> bool:
        x = point[self._columns]
        low, up = box.lower[self._columns], box.upper[self._columns]
        return bool((x >= low - _INTEGRALITY).all() and (x <= up + _INTEGRALITY).all())

    def _is_loose(self, box: PartBox) -> NDArray[np.bool_]:
        return np.asarray(box.lower[self._columns] < box.upper[self._columns])

    def _branch(self, box: PartBox, point: NDArray[np.float64]) -> None:
        values = point[self._columns]
        if np.abs(values).max(initial=0.0) > _LARGEST:
            self._unresolved.append(box)
            return
        fractional = np.flatnonzero(np.abs(values - np.rint(values)) > _INTEGRALITY)
        if not len(fractional):
            self._take(box, point)
            return
        objective = self._engine.objective
        columns, values = self._columns[fractional], values[fractional]
        if self._postpone(box):
            return
        children = self._branching.children(
            box,
            columns,
            values,
            objective=objective,
            dear=self._telling,
            basis=box.basis or self._engine.basis(),
        )
        for child in children:
            self._put_back(child)

    def _take(self, box: PartBox, point: NDArray[np.float64]) -> None:
        """An integral relaxation: its part is judged exactly, all others stay."""
        part = np.rint(point[self._columns])
        offered = self.relaxation.offer(point, box.sides)
        is_settled = False
        if offered is not None:
            exact, cost = offered
            self.offer(Incumbent(exact, cost))
            is_settled = self._is_pure or cost == box.bound
        if self._postpone(box):
            return
        for other in others(box, part, self._columns):
            self._put_back(other)
        if not is_settled:
            self._put_back(alone(box, part, self._columns))

    # -- what floats cannot tell --------------------------------------------------------

    def _cannot_tell(self, box: PartBox) -> None:
        """Floats settle nothing: rational arithmetic where it is small, else halves."""
        least = self._judge.least_cost(box, is_last=False)
        if least == math.inf or (
            isinstance(least, Fraction) and self.best is not None and least > self.best
        ):
            return
        loose = self._columns[self._is_loose(box)]
        if not len(loose):
            self._unresolved.append(box)
            return
        for half in halves(box, int(loose[0])):
            self._put_back(half)

    def _settle(self, box: PartBox) -> None:
        """A single part: what it costs, exactly."""
        single = single_part(self.relaxation, self._judge, box, self.best)
        if single.cost is not None:
            self._record(tuple(int(v) for v in box.lower[self._columns]), single.cost)
        if not single.is_settled:
            self._unresolved.append(box)

    def _list(self, box: PartBox) -> bool:
        """Count a small box out; True if that has been done."""
        if self.best is None:
            return False
        found = self._listing.parts(box.lower[self._columns], box.upper[self._columns])
        if found is None:
            return False
        if self._rows.are_all:
            for part in found.tolist():
                cost = sum((c * v for c, v in self._costs(part)), Fraction(0))
                self._record(tuple(part), cost)
            return True
        if len(found) > _FEW:
            return False
        for part in found:
            self._put_back(alone(box, part, self._columns))
        return True

    def _costs(self, part: list[int]) -> Iterator[tuple[Fraction, int]]:
        cost = self.relaxation.cost
        return ((cost[j], v) for j, v in zip(self._columns.tolist(), part, strict=True) if v)

    def _record(self, part: IntegerPart, cost: Fraction) -> None:
        if self.best is None or cost < self.best:
            self.best, self.parts = cost, {part}
            self._rows.set_value(cost, is_proved=False)
        elif cost == self.best and not self.is_overfull:
            self.parts.add(part)

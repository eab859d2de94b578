"""The rounds of a separation: cut off a vertex, solve again, until there is a reason to stop."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality._rounding_cuts_choice import (
    Candidates,
    merged,
    row_key,
    spread,
    violated,
)
from tamemip.duality._rounding_cuts_prices import Prices, exact_prices
from tamemip.duality._rounding_cuts_relaxation import CutRelaxation, Solution
from tamemip.duality._rounding_cuts_sources import (
    Aggregates,
    Vertex,
    pairs_of_rows,
    parities,
    single_rows,
    tableau_rows,
)

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    from tamemip.duality._rounding_cuts_rows import Rows
    from tamemip.duality._rounding_cuts_strategy import Source, Strategy
    from tamemip.duality._rounding_cuts_system import IntegerRelaxation

#: A violated cut that was taken out comes back from this violation on.
_COMES_BACK = 1e-5
#: Progress of the bound, relatively, below which a round counts as idle.
_PROGRESS = 1e-4
#: Noise of a float bound, absolutely and relatively, that is not rounded up.
_NOISE = 1e-6
_RELATIVE_NOISE = 1e-9


@final
@dataclass(frozen=True, slots=True)
class RoundingCut:
    """Multipliers of rows (cut ``k`` is row ``m + k``) and of bound rows, and a divisor."""

    rows: Mapping[int, int]
    bounds: Mapping[int, int]
    divisor: int


@final
@dataclass(frozen=True, slots=True)
class Snapshot:
    """The best relaxation seen: enough to find exact prices later."""

    objective: float
    active: NDArray[np.int64]
    duals: NDArray[np.float64]
    holding: NDArray[np.bool_]


@final
@dataclass(slots=True)
class Rounds:
    """One run. Row ``m + k`` of `rows` is cut ``k``; `active` lists the cuts in the relaxation."""

    base: IntegerRelaxation
    deadline: float
    target: int | None
    strategy: Strategy
    started: float = field(default_factory=time.monotonic)
    cuts: list[RoundingCut] = field(default_factory=list)
    numbers: dict[bytes, int] = field(default_factory=dict)
    first_value: float = -math.inf
    best: Snapshot | None = None
    idle: int = 0
    rounds: int = 0
    rows: Rows = field(init=False)
    relaxation: CutRelaxation = field(init=False)
    generator: np.random.Generator = field(init=False)
    active: NDArray[np.int64] = field(init=False)
    age: NDArray[np.int64] = field(init=False)

    def __post_init__(self) -> None:
        base = self.base
        self.rows = base.rows
        self.relaxation = CutRelaxation(
            base.cost.astype(np.float64),
            base.upper,
            base.rows.matrix,
            base.rows.rhs.astype(np.float64),
            base.is_equation,
        )
        self.generator = np.random.default_rng(0)  # the same cuts in every run
        self.active = np.zeros(0, dtype=np.int64)
        self.age = np.zeros(0, dtype=np.int64)

    def run(self) -> str:
        """Rounds until there is a reason to stop: that reason."""
        try:
            return self._rounds()
        except KeyboardInterrupt:
            return "interrupted"

    def _rounds(self) -> str:
        solution = self._solve()
        while solution is not None:
            reason = self._why_stop(solution)
            if reason is not None:
                return reason
            self.rounds += 1
            if not self._round(solution):
                return "seconds" if time.monotonic() > self.deadline else "dry"
            solution = self._solve()
        return "seconds" if time.monotonic() > self.deadline else "relaxation"

    # -- the loop --------------------------------------------------------------

    def _solve(self) -> Solution | None:
        solution = self.relaxation.solve(deadline=self.deadline)
        if solution is not None and self.is_lexicographic:
            order = np.arange(len(self.base.upper), dtype=np.int64)
            solution = self.relaxation.solve_lexicographically(order, deadline=self.deadline)
        if solution is None:
            return None
        before = self.first_value if self.best is None else self.best.objective
        is_better = solution.objective > before + _PROGRESS * max(1.0, abs(before))
        self.idle = 0 if self.best is None or is_better else self.idle + 1
        if self.best is None:
            self.first_value = solution.objective
        if self.best is None or solution.objective > before:
            holding = ~self.relaxation.basic_rows()[self.m :]
            self.best = Snapshot(
                solution.objective, self.active.copy(), solution.row_duals, holding
            )
        return solution

    @property
    def is_lexicographic(self) -> bool:
        """Whether the lexicographic optimum is what is cut off."""
        return self.idle >= self.strategy.lexicographic_after

    @property
    def m(self) -> int:
        """Number of rows that are no cuts."""
        return len(self.base.rows)

    def _why_stop(self, solution: Solution) -> str | None:
        noise = _NOISE + _RELATIVE_NOISE * abs(solution.objective)
        if self.target is not None and math.ceil(solution.objective - noise) >= self.target:
            return "target"
        if time.monotonic() > self.deadline:
            return "seconds"
        if self.rounds >= self.strategy.rounds:
            return "rounds"
        if self.idle >= self.strategy.patience:
            return "idle"
        return None if self._vertex(solution).fractional.any() else "integral"

    def _present(self) -> NDArray[np.int64]:
        """The rows of the relaxation, in its order."""
        return np.concatenate([np.arange(self.m), self.m + self.active])

    def _vertex(self, solution: Solution) -> Vertex:
        equations = np.concatenate([self.base.is_equation, np.zeros(len(self.active), bool)])
        point = np.maximum(solution.point, 0.0)
        return Vertex(point, self.base.upper, self.rows.at(self._present()), equations)

    def _round(self, solution: Solution) -> bool:
        """Find cuts and swap idle ones against them; False if nothing is found at any level."""
        vertex = self._vertex(solution)
        returning = self._returning(vertex)
        new = self._new(vertex, solution)
        present = self._present()
        if new is None and not len(returning):
            return False
        self._drop_idle()
        self._append(returning)
        if new is not None:
            self._record(new, present)
        return True

    def _new(self, vertex: Vertex, solution: Solution) -> Candidates | None:
        """New cuts: from the first level, or all up to the first that gives enough."""
        found: list[Candidates] = []
        levels = self._levels()
        first = min(self.idle // self.strategy.idle_per_level, len(levels) - 1)
        for level, sources in enumerate(levels):
            for source in sources:
                if time.monotonic() > self.deadline:
                    break
                found += self._candidates(source, vertex, solution)
            if level >= first and sum(map(len, found)) >= self.strategy.enough:
                break
        if not found:
            return None
        together = merged(found)
        places = spread(
            together,
            known=self.numbers,
            at_most=self.strategy.cuts_per_round,
            parallel=self.strategy.parallel,
        )
        return together.at(places) if len(places) else None

    def _levels(self) -> tuple[tuple[Source, ...], ...]:
        strategy = self.strategy
        return strategy.lexicographic_levels if self.is_lexicographic else strategy.levels

    def _candidates(self, source: Source, vertex: Vertex, solution: Solution) -> list[Candidates]:
        aggregates = self._aggregates(source, vertex, solution)
        if aggregates is None or not len(aggregates.divisors):
            return []
        found = violated(
            aggregates,
            vertex,
            largest_coefficient=self.strategy.largest_coefficient,
            least_efficacy=self.strategy.least_efficacy,
        )
        return [found] if len(found) else []

    def _aggregates(self, source: Source, vertex: Vertex, solution: Solution) -> Aggregates | None:
        match source:
            case "rows":
                return single_rows(vertex)
            case "pairs":
                return pairs_of_rows(vertex, generator=self.generator)
            case "parities":
                return parities(vertex)
            case "tableau" | "wide tableau" | "gomory":
                inverse = self.relaxation.inverse_rows(
                    vertex.fractional, at_most=self.strategy.tableau_rows, generator=self.generator
                )
                if self.is_lexicographic:
                    inverse = np.vstack([solution.row_duals, inverse])
                divisors, multiples = self.strategy.tableau(source)
                return tableau_rows(
                    vertex,
                    inverse,
                    divisors=divisors,
                    multiples=multiples,
                    generator=self.generator,
                )

    # -- rows come and go ------------------------------------------------------

    def _returning(self, vertex: Vertex) -> NDArray[np.int64]:
        """Cuts out of the relaxation that the point violates, the worst first."""
        outside = np.setdiff1d(np.arange(len(self.cuts)), self.active)
        if not len(outside):
            return outside
        slack = self.rows.at(self.m + outside).slack(vertex.point)
        order = np.argsort(slack, kind="stable")
        worst = outside[order][slack[order] < -_COMES_BACK]
        return worst[: self.strategy.cuts_per_round]

    def _drop_idle(self) -> None:
        is_basic = self.relaxation.basic_rows()[self.m :]
        self.age = np.where(is_basic, self.age + 1, 0)
        idle = np.flatnonzero(self.age >= self.strategy.idle_rounds)
        self.relaxation.remove(self.m + idle)
        self.active, self.age = np.delete(self.active, idle), np.delete(self.age, idle)

    def _append(self, numbers: NDArray[np.int64]) -> None:
        if len(numbers):
            added = self.rows.at(self.m + numbers)
            self.relaxation.add(added.matrix, added.rhs.astype(np.float64))
            self.active = np.concatenate([self.active, numbers])
            self.age = np.concatenate([self.age, np.zeros(len(numbers), dtype=np.int64)])

    def _record(self, new: Candidates, present: NDArray[np.int64]) -> None:
        """Keep candidates as cuts; their weights name rows of the relaxation by place."""
        first = len(self.cuts)
        for k in range(len(new)):
            self.numbers[row_key(new.rows, k)] = len(self.cuts)
            places, weights = _row_of(new.weights, k)
            rows = dict(zip(present[places].tolist(), weights.tolist(), strict=True))
            columns, added = _row_of(new.bound_weights, k)
            bounds = {int(j): int(w) for j, w in zip(columns, added, strict=True) if w}
            self.cuts.append(RoundingCut(rows, bounds, int(new.divisors[k])))
        self.rows = self.rows.with_rows(new.rows)
        self._append(np.arange(first, len(self.cuts), dtype=np.int64))

    # -- what it was good for ----------------------------------------------------

    def prices(self) -> Prices | None:
        """Exact prices of the best relaxation, by row."""
        best = self.best
        if best is None:
            return None
        present = np.concatenate([np.arange(self.m), self.m + best.active])
        equations = np.concatenate([self.base.is_equation, np.zeros(len(best.active), bool)])
        found = exact_prices(
            self.rows.at(present),
            equations,
            best.duals,
            cost=self.base.cost,
            upper=self.base.upper,
            wanted=best.objective,
        )
        if found is None:
            return None
        rows = {int(present[i]): p for i, p in found.rows.items()}
        return Prices(rows, found.bounds, found.divisor, found.value)


def _row_of(matrix: sparse.csr_array, k: int) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    part = slice(matrix.indptr[k], matrix.indptr[k + 1])
    return matrix.indices[part], matrix.data[part]

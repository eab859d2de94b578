"""Rounds of mixed-integer rounding cuts, at the root of a program or in a box of it.

Cuts are made of rows and bounds of the whole program alone, so that they hold
everywhere; a box only says which point shall be cut off. For binary columns nothing is
lost by that: a column that a branch has fixed sits at a bound of the program.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.duality._branch_and_cut_rounding import Candidate, RowRounder
from tamemip.duality._branch_and_cut_rows import RowSystem, Weights
from tamemip.duality._rounding_cuts_relaxation import CutRelaxation, Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._tree import Literals

    Floats: TypeAlias = NDArray[np.float64]
    Total: TypeAlias = tuple[Floats, float, float]

#: Rows of the basis inverse that are rounded in one round, at most.
_TABLEAU_ROWS = 60
#: Common denominators of multipliers that come from floats, and when they are exact.
_DENOMINATORS = np.arange(1, 2_001)
_SHORT = 60
_EXACT = 1e-6
#: Multipliers of this size are none.
_NO_WEIGHT = 1e-7
#: Rows that are added up along continuous columns, at most.
_AGGREGATED = 6
#: Cuts a round, and the largest cosine between two of them.
_CUTS_PER_ROUND, _PARALLEL = 60, 0.9
_LEAST_EFFICACY = 1e-4
#: Rounds after which a cut with a basic slack leaves.
_IDLE_ROUNDS = 4
_PROGRESS = 1e-4
_INTEGRAL = 1e-6
#: Denominators of the multipliers that take continuous columns out.
_RATIOS = 10**6


@final
@dataclass(frozen=True, slots=True)
class Effort:
    """How long to try: rounds, and rounds without progress.

    With `hopeful` rounds, the bound has to be on its way to what is enough.
    """

    rounds: int = 40
    patience: int = 6
    hopeful: bool = False


@final
@dataclass(frozen=True, slots=True)
class Separated:
    """Numbers of the cuts that hold something in the best relaxation, and its value.

    The value is infinite where the relaxation with the cuts is empty.
    """

    rows: tuple[int, ...]
    value: float
    rounds: int


@final
class Separation:
    """Cuts for the relaxation of one program, at one right-hand side.

    Parameters
    ----------
    system
        The rows; cuts that it has already take part from the first round on.
    enough
        The value of the relaxation from which on nothing is left to cut.
    """

    def __init__(self, system: RowSystem, enough: float = math.inf) -> None:
        self.system, self.enough = system, enough
        self._generator = np.random.default_rng(0)  # the same cuts in every run
        self._rows = [*system.structural, *range(system.m, system.n_rows)]
        self._age = dict.fromkeys(self._rows, 0)
        self._relaxation = CutRelaxation(
            np.array([float(c) for c in system.form.c]),
            system.upper,
            system.matrix(self._rows),
            self._rhs(self._rows),
            np.array([system.is_free(i) for i in self._rows], dtype=bool),
        )

    def run(
        self, effort: Effort, *, deadline: float, literals: Literals | None = None
    ) -> Separated:
        """Rounds until there is a reason to stop, in a box of branching bounds."""
        self._append(self.system.enter(literals or {}))
        try:
            return _Run(self, effort, deadline).run()
        finally:
            self._remove([k for k, i in enumerate(self._rows) if i < 0])

    # -- one round -----------------------------------------------------------------------

    def solve(self, deadline: float) -> Solution | None:
        """The relaxation."""
        return self._relaxation.solve(deadline=deadline)

    def holding(self) -> tuple[int, ...]:
        """The cuts whose slacks are not basic."""
        m = self.system.m
        pairs = zip(self._rows, self._relaxation.basic_rows(), strict=True)
        return tuple(i for i, is_idle in pairs if i >= m and not is_idle)

    def cut_off(self, solution: Solution, deadline: float) -> bool:
        """Add cuts that the solution violates; False if none is found."""
        point = np.clip(solution.point, 0.0, self.system.upper)
        chosen = self._returning(point)
        if len(chosen) < _CUTS_PER_ROUND // 2:
            rounder = RowRounder(self.system, self._rows, self.system.matrix(self._rows), point)
            chosen += self._chosen(rounder, self._candidates(rounder, deadline))
        if not chosen:
            return False
        self._drop_idle()
        self._append(chosen)
        return True

    def _returning(self, point: Floats) -> list[int]:
        """Cuts outside of the relaxation that the point violates."""
        present = set(self._rows)
        m = self.system.m
        outside = [m + k for k in range(len(self.system.cuts)) if m + k not in present]
        if not outside:
            return []
        violations = self.system.efficacies(outside, point)
        order = np.argsort(-violations, kind="stable")[:_CUTS_PER_ROUND]
        return [outside[k] for k in order if violations[k] > _LEAST_EFFICACY]

    def _candidates(self, rounder: RowRounder, deadline: float) -> list[Candidate]:
        found = []
        for weights, total in self._aggregates(rounder):
            candidate = rounder.round(weights, total)
            if candidate is not None and candidate.efficacy > _LEAST_EFFICACY:
                found.append(candidate)
            if time.monotonic() > deadline:
                break
        return sorted(found, key=lambda candidate: -candidate.efficacy)

    def _aggregates(self, rounder: RowRounder) -> Iterator[tuple[Weights, Total | None]]:
        for weights in self._tableau(rounder.point):
            yield weights, None
        for i in self._rows:
            for sign in (1, -1) if i >= 0 else ():
                yield from self._paths(i, Fraction(sign), rounder)

    def _tableau(self, point: Floats) -> Iterator[Weights]:
        """Rows of the basis inverse of fractional integer columns, made rational."""
        distance = np.abs(point - np.rint(point))
        fractional = self.system.integer & (distance > _INTEGRAL)
        if not fractional.any():
            return  # HiGHS may have no factors either: it needs none where rows are empty
        inverse = self._relaxation.inverse_rows(
            fractional, at_most=_TABLEAU_ROWS, generator=self._generator
        )
        inverse[:, [k for k, i in enumerate(self._rows) if i < 0]] = 0.0
        for row in inverse:
            places = np.flatnonzero(np.abs(row) > _NO_WEIGHT)
            for q in _denominators(row[places]):
                weights = {
                    self._rows[int(k)]: Fraction(int(p), q)
                    for k, p in zip(places, np.rint(row[places] * q), strict=True)
                    if p
                }
                yield weights
                yield {i: -w for i, w in weights.items()}

    def _paths(
        self, start: int, sign: Fraction, rounder: RowRounder
    ) -> Iterator[tuple[Weights, Total | None]]:
        """A row, then with rows added that take continuous columns out, one by one."""
        weights = {start: sign}
        for _ in range(_AGGREGATED):
            total = rounder.total(weights)
            if total[2] > np.abs(total[0]).max(initial=0.0):
                return  # slack beyond every divisor
            yield dict(weights), total
            inside = np.abs(total[0]) * rounder.distance
            step = self._best_step(np.argsort(-inside)[:3], inside, weights, rounder)
            if step is None:
                return
            i, j, own = step
            ratio = Fraction(-float(total[0][j]) / own).limit_denominator(_RATIOS)
            if not ratio:
                return
            weights[i] = ratio

    def _best_step(
        self,
        columns: NDArray[np.int64],
        inside: Floats,
        used: Mapping[int, Fraction],
        rounder: RowRounder,
    ) -> tuple[int, int, float] | None:
        for j in columns.tolist():
            if inside[j] <= _INTEGRAL:
                return None
            options = [
                (rounder.slack[rounder.place[i]], i, a)
                for i, a in self.system.rows_of(j)
                if i not in used
            ]
            if options:
                _, i, a = min(options)
                return i, j, a
        return None

    def _chosen(self, rounder: RowRounder, candidates: Sequence[Candidate]) -> list[int]:
        """The deepest candidates that are not parallel, as rows of the system."""
        chosen: list[int] = []
        directions = np.zeros((0, self.system.n_cols))
        for candidate in candidates:
            if (directions @ candidate.direction > _PARALLEL).any():
                continue
            cut = rounder.made(candidate)
            number = None if cut is None else self.system.add(cut)
            if number is None:
                continue
            if self.system.efficacies([number], rounder.point)[0] <= _LEAST_EFFICACY:
                continue  # its slacks took it back
            chosen.append(number)
            directions = np.vstack([directions, candidate.direction])
            if len(chosen) == _CUTS_PER_ROUND:
                break
        return chosen

    # -- rows come and go ----------------------------------------------------------------

    def _drop_idle(self) -> None:
        m, idle = self.system.m, []
        for k, is_basic in enumerate(self._relaxation.basic_rows().tolist()):
            i = self._rows[k]
            self._age[i] = self._age[i] + 1 if is_basic else 0
            if i >= m and self._age[i] >= _IDLE_ROUNDS:
                idle.append(k)
        self._remove(idle)

    def _append(self, rows: Sequence[int]) -> None:
        if rows:
            self._relaxation.add(self.system.matrix(rows), self._rhs(rows))
            self._rows += rows
            self._age |= dict.fromkeys(rows, 0)

    def _remove(self, places: Sequence[int]) -> None:
        self._relaxation.remove(np.array(places, dtype=np.int64))
        dropped = set(places)
        self._rows = [i for k, i in enumerate(self._rows) if k not in dropped]

    def _rhs(self, rows: Sequence[int]) -> Floats:
        return np.array([float(self.system.rhs(i)) for i in rows])


@final
class _Run:
    """The rounds of one call."""

    def __init__(self, owner: Separation, effort: Effort, deadline: float) -> None:
        self._owner, self._effort, self._deadline = owner, effort, deadline
        self._first = self._best = -math.inf
        self._holding: tuple[int, ...] = ()
        self._idle = 0
        self._rounds = 0

    def run(self) -> Separated:
        """See `Separation.run`."""
        owner = self._owner
        while True:
            solution = owner.solve(self._deadline)
            if solution is None:
                is_late = time.monotonic() > self._deadline
                value = self._best if is_late else math.inf
                return Separated(self._holding if is_late else owner.holding(), value, self._rounds)
            self._note(solution)
            if solution.objective >= owner.enough or self._is_over():
                break
            if not owner.cut_off(solution, self._deadline):
                break
            self._rounds += 1
        return Separated(self._holding, self._best, self._rounds)

    def _note(self, solution: Solution) -> None:
        """Keep the cuts that hold something, if the relaxation is better than before."""
        before = self._best
        if math.isinf(before):
            self._first = solution.objective
        needed = 0.0 if math.isinf(before) else _PROGRESS * max(1.0, abs(before))
        self._idle = 0 if solution.objective > before + needed else self._idle + 1
        if solution.objective > before or math.isinf(before):
            self._best = solution.objective
            self._holding = self._owner.holding()

    def _is_over(self) -> bool:
        effort, wanted = self._effort, self._owner.enough - self._first
        if self._rounds >= effort.rounds or self._idle >= effort.patience:
            return True
        if effort.hopeful and self._rounds and math.isfinite(wanted):
            share = (self._best - self._first) / wanted if wanted > 0 else 1.0
            if share < 0.5 * self._rounds / effort.rounds:
                return True
        return time.monotonic() > self._deadline


def _denominators(row: Floats) -> Sequence[int]:
    """The common denominator of a row; without one, two that come close."""
    if not len(row):
        return ()
    scaled = row[None, :] * _DENOMINATORS[:, None]
    errors = np.abs(scaled - np.rint(scaled)).max(axis=1)
    exact = np.flatnonzero(errors < _EXACT)
    if len(exact):
        return (int(_DENOMINATORS[exact[0]]),)
    relative = errors / _DENOMINATORS
    best = (int(np.argmin(relative[:_SHORT])), int(np.argmin(relative)))
    return tuple(int(_DENOMINATORS[k]) for k in best)

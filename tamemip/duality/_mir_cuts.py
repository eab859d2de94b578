"""Mixed-integer rounding cuts of mixed programs, as functions of the right-hand side.

Rounds at the root: Gomory's mixed-integer cuts from the tableau and aggregated rows,
proposed in floats, made again in exact arithmetic, and kept if they still cut. Each
cut is one node over the canonical right-hand side; its coefficients, computed exactly,
make it valid at every right-hand side.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.duality._mir_cuts_exact import MixedCut, exact_cut
from tamemip.duality._mir_cuts_prices import DualVertex, mixed_prices, price_node
from tamemip.duality._mir_cuts_proposals import (
    Proposal,
    aggregated_proposals,
    tableau_proposals,
)
from tamemip.duality._mir_cuts_rows import MixedRows
from tamemip.duality._mir_cuts_vertex import Columns, MixedVertex
from tamemip.duality._rounding_cuts_denominators import common_denominators
from tamemip.duality._rounding_cuts_relaxation import CutRelaxation, Solution

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.functions import Node
    from tamemip.programs import CanonicalForm

    Floats = NDArray[np.float64]

#: A cut is kept if it cuts off the point by this share of its length.
_DEPTH = 1e-3
#: Cosine between two cuts of a round, at most.
_PARALLEL = 0.95
#: Larger coefficients are no good to a relaxation.
_LARGEST_COEFFICIENT = 1e12
#: Progress of the bound, relatively, below which a round counts as idle.
_PROGRESS = 1e-4
#: Rounds after which a cut with a basic slack leaves the relaxation; idle rounds to stop at.
_IDLE_ROUNDS = 4
_PATIENCE = 6
#: Rows of the basis inverse that are looked at.
_TABLEAU_ROWS = 80
#: Common denominators of weights that are looked for, and the one used where none is found.
_LARGEST_DENOMINATOR = 1_000
_FALLBACK = 2**34


@final
@dataclass(frozen=True, slots=True)
class MixedRootCuts:
    """The cuts of a root and what they are good for.

    Attributes
    ----------
    cuts
        The cuts that hold something in the best relaxation, and those they are made
        of, in an order in which each uses earlier ones only.
    holding
        The places in `cuts` of those that hold something.
    function, bound
        A dual function of the canonical right-hand side in closed form: exact duals of
        the best relaxation. The bound that it gives where the cuts were looked for.
        None where no exact duals were found.
    relaxation_value, cut_value
        The float bounds without and with cuts, of the canonical objective.
    made, rounds, seconds
        Cuts made, kept or not; rounds and time of separation.
    stopped
        "target", "integral", "dry", "idle", "seconds", "rounds", "cuts",
        "interrupted", or "relaxation" if it has no optimum.
    """

    cuts: tuple[MixedCut, ...]
    holding: tuple[int, ...]
    function: Node | None
    bound: Fraction | None
    relaxation_value: float
    cut_value: float
    made: int
    rounds: int
    seconds: float
    stopped: str


def separate_mir(
    form: CanonicalForm,
    rhs: Sequence[Fraction],
    *,
    deadline: float,
    rounds: int = 30,
    max_cuts: int = 2_000,
    target: float = math.inf,
    cuts_per_round: int = 60,
) -> MixedRootCuts:
    """Cut the relaxation of a mixed program by mixed-integer rounding.

    Parameters
    ----------
    form, rhs
        The program and the canonical right-hand side at which cuts are looked for.
    deadline
        On the clock of `time.monotonic`.
    rounds, max_cuts, cuts_per_round
        Limits.
    target
        The canonical objective from which on no more cuts are needed.

    Examples
    --------
    >>> import time
    >>> from tamemip.programs import MixedIntegerProgram
    >>> p = MixedIntegerProgram.from_arrays(
    ...     [3, 1], [[4, 1]], [">="], [6], upper=[3, 9], integrality=[True, False]
    ... )
    >>> form = p.canonical()
    >>> root = separate_mir(form, form.rhs, deadline=time.monotonic() + 1)
    >>> round(root.relaxation_value, 9), round(root.cut_value, 9)
    (4.5, 5.0)
    >>> root.cuts[0].coefficients, root.cuts[0].rhs
    ({0: Fraction(1, 1), 1: Fraction(1, 2)}, Fraction(2, 1))
    >>> root.bound
    Fraction(5, 1)
    """
    limits = _Limits(deadline, rounds, max_cuts, target, cuts_per_round)
    root = _Root(MixedRows(form, rhs), limits)
    try:
        stopped = root.run()
    except KeyboardInterrupt:
        stopped = "interrupted"
    return root.result(stopped)


@final
@dataclass(frozen=True, slots=True)
class _Limits:
    deadline: float
    rounds: int
    max_cuts: int
    target: float
    cuts_per_round: int


@final
@dataclass(slots=True)
class _Root:
    """One run; `active` lists the cuts in the relaxation, as rows of the system."""

    system: MixedRows
    limits: _Limits
    started: float = field(default_factory=time.monotonic)
    cuts: list[MixedCut] = field(default_factory=list)
    parents: list[tuple[int, ...]] = field(default_factory=list)
    active: list[int] = field(default_factory=list)
    age: list[int] = field(default_factory=list)
    best: list[int] = field(default_factory=list)
    dual_vertex: DualVertex | None = None
    first_value: float = -math.inf
    value: float = -math.inf
    rounds: int = 0
    idle: int = 0
    relaxation: CutRelaxation = field(init=False)
    generator: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        system = self.system
        matrix, right = system.matrix(range(system.m))
        equations = np.array(system.is_equation, dtype=bool)
        self.relaxation = CutRelaxation(system.cost, system.upper, matrix, right, equations)
        self.generator = np.random.default_rng(0)  # the same cuts in every run

    def run(self) -> str:
        """Rounds until there is a reason to stop: that reason."""
        solution = self.relaxation.solve(deadline=self.limits.deadline)
        if solution is not None:
            self.first_value = solution.objective
        while solution is not None:
            self._note(solution)
            reason = self._why_stop(solution)
            if reason is not None:
                return reason
            self.rounds += 1
            if not self._round(solution):
                return "seconds" if time.monotonic() > self.limits.deadline else "dry"
            solution = self.relaxation.solve(deadline=self.limits.deadline)
        return "seconds" if time.monotonic() > self.limits.deadline else "relaxation"

    def _note(self, solution: Solution) -> None:
        is_better = solution.objective > self.value + _PROGRESS * max(1.0, abs(self.value))
        self.idle = 0 if is_better else self.idle + 1
        if solution.objective > self.value:
            self.value = solution.objective
            basic = self.relaxation.basic_rows()[self.system.m :]
            self.best = [i for i, idle in zip(self.active, basic, strict=True) if not idle]
            self.dual_vertex = self._dual_vertex(solution)

    def _dual_vertex(self, solution: Solution) -> DualVertex:
        return DualVertex(
            tuple(self._present()),
            solution.row_duals,
            tuple(np.flatnonzero(self.relaxation.basic_columns()).tolist()),
            tuple(np.flatnonzero(~self.relaxation.basic_rows()).tolist()),
            solution.objective,
        )

    def _why_stop(self, solution: Solution) -> str | None:
        limits = self.limits
        if solution.objective >= limits.target - 1e-9 * max(1.0, abs(limits.target)):
            return "target"
        if time.monotonic() > limits.deadline:
            return "seconds"
        if self.rounds >= limits.rounds:
            return "rounds"
        if len(self.cuts) >= limits.max_cuts:
            return "cuts"
        if self.idle >= _PATIENCE:
            return "idle"
        return None if self._vertex(solution).columns.fractional.any() else "integral"

    def _present(self) -> list[int]:
        return [*range(self.system.m), *self.active]

    def _vertex(self, solution: Solution) -> MixedVertex:
        system, present = self.system, self._present()
        matrix, right = system.matrix(present)
        return MixedVertex(
            Columns(np.clip(solution.point, 0.0, system.upper), system.upper, system.integer),
            matrix,
            right,
            np.array([system.is_equation[i] for i in present], dtype=bool),
            np.array([system.has_integer_slack[i] for i in present], dtype=bool),
        )

    # -- cuts ------------------------------------------------------------------

    def _round(self, solution: Solution) -> bool:
        """Find cuts, swap idle ones against them; False if nothing is found."""
        vertex, present = self._vertex(solution), self._present()
        proposals = list(aggregated_proposals(vertex, generator=self.generator))
        inverse = self.relaxation.inverse_rows(
            vertex.columns.fractional, at_most=_TABLEAU_ROWS, generator=self.generator
        )
        at_upper = self.relaxation.columns_at_upper() & np.isfinite(vertex.columns.upper)
        proposals += tableau_proposals(vertex, inverse, at_upper)
        chosen = self._chosen(sorted(proposals, key=lambda p: -p.depth), vertex, present)
        if not chosen:
            return False
        self._drop_idle()
        numbers = []
        for cut, rows in chosen:
            numbers.append(self.system.add(cut.row, cut.node))
            self.cuts.append(cut)
            self.parents.append(rows)
        matrix, right = self.system.matrix(numbers)
        self.relaxation.add(matrix, right)
        self.active += numbers
        self.age += [0] * len(numbers)
        return True

    def _chosen(
        self, proposals: list[Proposal], vertex: MixedVertex, present: list[int]
    ) -> list[tuple[MixedCut, tuple[int, ...]]]:
        """The deepest proposals that are still deep in exact arithmetic, and not parallel."""
        chosen: list[tuple[MixedCut, tuple[int, ...]]] = []
        directions = np.zeros((0, len(vertex.columns.point)))
        for proposal in proposals:
            if len(chosen) == self.limits.cuts_per_round or self._is_late():
                break
            direction = proposal.coefficients / np.linalg.norm(proposal.coefficients)
            if (directions @ direction > _PARALLEL).any():
                continue
            weights = _rational(proposal.weights)
            columns = np.flatnonzero(proposal.complemented).tolist()
            cut = exact_cut(self.system, {present[i]: w for i, w in weights.items()}, columns)
            if cut is None or not _is_deep(cut, vertex):
                continue
            directions = np.vstack([directions, direction])
            chosen.append((cut, tuple(present[i] for i in weights)))
        return chosen

    def _is_late(self) -> bool:
        return time.monotonic() > self.limits.deadline

    def _drop_idle(self) -> None:
        basic = self.relaxation.basic_rows()[self.system.m :]
        self.age = [age + 1 if idle else 0 for age, idle in zip(self.age, basic, strict=True)]
        idle_places = [k for k, age in enumerate(self.age) if age >= _IDLE_ROUNDS]
        self.relaxation.remove(self.system.m + np.array(idle_places, dtype=np.int64))
        gone = set(idle_places)
        self.active = [i for k, i in enumerate(self.active) if k not in gone]
        self.age = [a for k, a in enumerate(self.age) if k not in gone]

    # -- what it was good for ----------------------------------------------------

    def result(self, stopped: str) -> MixedRootCuts:
        """The cuts that hold something in the best relaxation, with all below them."""
        m = self.system.m
        prices = None if self.dual_vertex is None else mixed_prices(self.system, self.dual_vertex)
        needed: set[int] = set()
        pending = [*self.best, *(prices.rows if prices else ())]
        while pending:
            i = pending.pop()
            if i >= m and i not in needed:
                needed.add(i)
                pending.extend(self.parents[i - m])
        order = sorted(needed)
        place = {i: k for k, i in enumerate(order)}
        return MixedRootCuts(
            cuts=tuple(self.cuts[i - m] for i in order),
            holding=tuple(place[i] for i in self.best),
            function=None if prices is None else price_node(self.system, prices),
            bound=None if prices is None else prices.value,
            relaxation_value=self.first_value,
            cut_value=self.value,
            made=len(self.cuts),
            rounds=self.rounds,
            seconds=time.monotonic() - self.started,
            stopped=stopped,
        )


def _is_deep(cut: MixedCut, vertex: MixedVertex) -> bool:
    """Whether a cut, made exactly, still cuts off the point, in numbers of a decent size."""
    coefficients = cut.row.floats()
    if max(map(abs, coefficients.values())) > _LARGEST_COEFFICIENT:
        return False
    activity = sum(v * float(vertex.columns.point[j]) for j, v in coefficients.items())
    norm = math.sqrt(sum(v * v for v in coefficients.values()))
    return float(cut.rhs) - activity >= _DEPTH * norm


def _rational(weights: Floats) -> dict[int, Fraction]:
    """Short rationals near float weights: with their common denominator where one is seen."""
    places = np.flatnonzero(weights)
    q = int(common_denominators(weights[None, places], largest=_LARGEST_DENOMINATOR)[0])
    q = q or _FALLBACK
    found = {int(i): Fraction(round(float(weights[i]) * q), q) for i in places}
    return {i: w for i, w in found.items() if w}

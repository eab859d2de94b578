"""Branch and bound that shows an optimal integer part to be the only one, with a margin."""

from __future__ import annotations

import heapq
import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.differentiation._solution_tree import Branch, Dearer, Multiplier, Node, OwnBox
from tamemip.duality import BranchingRule, IntegerData, Literals, Rationalizer, StrongBranching
from tamemip.duality._exact_relaxation import exact_over_box
from tamemip.duality._relaxation import Relaxation
from tamemip.errors import NotAllowedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, LPStatus

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.differentiation._fibres_types import Vector
    from tamemip.solvers import Basis

__all__ = ["Cover"]

_ZERO, _ONE = Fraction(0), Fraction(1)
#: A relaxation's value this close to an integer counts as one, until checked exactly.
_INTEGRALITY = 1e-6
#: Relative differences of objectives that floats can tell.
_TELLING = 1e-9
#: Boxes, at most, unless a limit is given.
_MOST_NODES = 50_000
#: What may be spent on more room: a multiple of what the proof took, and a little more.
_MORE, _AT_LEAST, _AT_LEAST_SECONDS = 2, 60, 0.1
_RULE = BranchingRule(reliable=4, candidates=8, lookahead=4)


@final
@dataclass(slots=True)
class _Open:
    """A box to be worked on, and its place in the tree."""

    place: int
    lower: NDArray[np.float64]
    upper: NDArray[np.float64]
    basis: Basis | None


@final
class Cover:
    """The search for a tree whose leaves prove that one integer part is the only optimal one.

    Parameters
    ----------
    program
        The program.
    point
        The optimal point; its integer part has to be the only optimal one.
    reduced
        The reduced costs of its duals by column, minimizing.
    safe_duals
        Duals under which every direction of recession costs something, or None.
    moving
        Columns without two bounds whose reduced cost may move: if there are any, the safe duals
        are mixed into those of the leaves.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        point: Vector,
        reduced: Vector,
        *,
        safe_duals: Mapping[int, Fraction] | None = None,
        moving: frozenset[int] = frozenset(),
    ) -> None:
        self._data = IntegerData(program.exact)
        self._exact = program.exact
        self._relaxation = Relaxation(program, self._data, program.exact.rhs)
        self._engine = self._relaxation.engine
        self._columns = self._relaxation.integers
        self._point, self._reduced = point, reduced
        self._part = np.array([float(point[j]) for j in self._columns])
        self._value = self._relaxation.cost_of(point)
        self._rationalizer = Rationalizer()
        self._branching = StrongBranching(self._engine, _RULE)
        self._safe, self._moving = safe_duals, moving
        self._nodes: list[Node | None] = [None]
        self._stack: list[_Open] = []
        self._narrow: list[tuple[Fraction, int, _Open]] = []

    def tree(self, limits: Limits | None) -> tuple[Node, ...]:
        """The tree.

        Raises
        ------
        NotAllowedError
            If a limit came first, or exact arithmetic confirms nothing.
        """
        began = time.monotonic()
        seconds = math.inf if limits is None or limits.seconds is None else limits.seconds
        most = _MOST_NODES if limits is None or limits.nodes is None else limits.nodes
        root = self._relaxation
        self._stack = [_Open(0, root.lower.copy(), root.upper.copy(), None)]
        while self._stack:
            if len(self._nodes) > most or time.monotonic() - began > seconds:
                raise NotAllowedError(
                    "the integer part is optimal, but it was not shown within the limits that it "
                    f"stays so nearby ({len(self._nodes)} boxes). Allow more, or bound the "
                    "integer columns."
                )
            self._work(self._stack.pop())
        spent = time.monotonic() - began
        self._widen(
            nodes=min(most, _MORE * len(self._nodes) + _AT_LEAST),
            deadline=began + min(seconds, _MORE * spent + _AT_LEAST_SECONDS),
        )
        return tuple(node for node in self._nodes if node is not None)

    def _widen(self, *, nodes: float, deadline: float) -> None:
        """Branch on where little more is paid, so that more room is left: as far as it helps.

        The room of a box whose relaxation ends in integers is what the second best part leaves.
        """
        least: Fraction | None = None
        while self._narrow and len(self._nodes) < nodes and time.monotonic() < deadline:
            gap, _, box = heapq.heappop(self._narrow)
            if least is not None and gap >= least:
                return
            if not self._split_further(box):
                least = gap if least is None else min(least, gap)
            while self._stack:
                self._work(self._stack.pop())

    def _split_further(self, box: _Open) -> bool:
        """Branch on a box that is closed; False if its relaxation ends in integers."""
        engine = self._engine
        engine.set_bounds(box.lower, box.upper)
        if box.basis is not None:
            engine.set_basis(box.basis)
        if engine.solve() is not LPStatus.OPTIMAL:
            return False
        return self._split_at_fraction(box, engine.point(), engine.basis())

    # -- a box ------------------------------------------------------------------------------

    def _work(self, box: _Open) -> None:
        if (box.lower > box.upper).any():
            self._nodes[box.place] = Dearer(())
            return
        if self._is_own(box):
            self._nodes[box.place] = OwnBox()
            return
        engine = self._engine
        engine.set_bounds(box.lower, box.upper)
        if box.basis is not None:
            engine.set_basis(box.basis)
        status = engine.solve()
        if status is LPStatus.OPTIMAL:
            self._judge(box)
        elif status is not LPStatus.INFEASIBLE or not self._close(box, self._rays(box)):
            self._cannot_tell(box)

    def _judge(self, box: _Open) -> None:
        engine = self._engine
        point, dual, basis = engine.point(), engine.row_duals(), engine.basis()
        objective = engine.objective
        if objective > float(self._value) - self._unsure and self._close(
            box, self._duals(box, dual, basis)
        ):
            return
        if not self._split_at_fraction(box, point, basis):
            self._split_off(box)

    def _split_at_fraction(self, box: _Open, point: NDArray[np.float64], basis: Basis) -> bool:
        """Branch on a column of fractional value; False if there is none."""
        values, objective = point[self._columns], self._engine.objective
        fractional = np.flatnonzero(np.abs(values - np.rint(values)) > _INTEGRALITY)
        if not len(fractional):
            return False
        choice = self._branching.choose(
            self._columns[fractional],
            values[fractional],
            objective=objective,
            threshold=max(float(self._value), objective) + max(self._unsure, 1e-3),
            basis=basis,
            box=(box.lower, box.upper),
        )
        self._split(box, choice.column, choice.floor, basis)
        return True

    @property
    def _unsure(self) -> float:
        return _TELLING * max(1.0, abs(float(self._value)))

    def _split(self, box: _Open, column: int, at: int, basis: Basis | None) -> None:
        below, above = len(self._nodes), len(self._nodes) + 1
        self._nodes += [None, None]
        self._nodes[box.place] = Branch(column, at, below, above)
        low, up = box.lower.copy(), box.upper.copy()
        up[column] = min(up[column], at)
        low[column] = max(low[column], at + 1)
        self._stack.append(_Open(below, box.lower, up, basis))
        self._stack.append(_Open(above, low, box.upper, basis))

    # -- the part itself ----------------------------------------------------------------------

    def _is_own(self, box: _Open) -> bool:
        return self._contains(box) and self._foreign(box) is None

    def _contains(self, box: _Open) -> bool:
        low, up = box.lower[self._columns], box.upper[self._columns]
        return bool((low <= self._part).all() and (self._part <= up).all())

    def _foreign(self, box: _Open) -> tuple[int, int] | None:
        """Where a box goes on to a side that its reduced cost does not forbid; where to cut."""
        for j in self._columns.tolist():
            at, r = int(self._point[j]), self._reduced[j]
            if box.lower[j] < at and r >= 0:
                return j, at - 1
            if box.upper[j] > at and r <= 0:
                return j, at
        return None

    def _split_off(self, box: _Open) -> None:
        """The relaxation ends in integers, and no multipliers close the box."""
        if self._contains(box):
            cut = self._foreign(box)
            assert cut is not None, "the box is not the part's own"
            self._split(box, *cut, None)
        else:
            self._cannot_tell(box)

    def _cannot_tell(self, box: _Open) -> None:
        """Floats settle nothing: rational arithmetic where it is small, else halves."""
        literals = self._literals(box)
        verdict = exact_over_box(self._data, literals, self._exact.rhs)
        if verdict is not None:
            found = [Multiplier(_sorted(verdict.multipliers), verdict.point is None)]
            if self._close(box, iter(found)):
                return
        if self._contains(box):
            cut = self._foreign(box)
            assert cut is not None, "the box is not the part's own"
            self._split(box, *cut, None)
            return
        loose = [int(j) for j in self._columns if box.lower[j] < box.upper[j]]
        if not loose:
            raise NotAllowedError(
                "an integer part could not be judged in rational arithmetic: it is too large. "
                "Rescale the rows."
            )
        j = min(loose, key=lambda j: box.upper[j] - box.lower[j])
        self._split(box, j, _halves(box.lower[j], box.upper[j]), None)

    # -- multipliers ----------------------------------------------------------------------------

    def _close(self, box: _Open, candidates: Iterator[Multiplier]) -> bool:
        for m in candidates:
            gap = self._gap(box, m)
            if gap is not None and gap > 0:
                self._nodes[box.place] = Dearer((m, *self._made_safe(box, m, gap)))
                if not m.is_ray:
                    heapq.heappush(self._narrow, (gap, box.place, box))
                return True
        return False

    def _duals(self, box: _Open, dual: NDArray[np.float64], basis: Basis) -> Iterator[Multiplier]:
        yield self._signed(self._rationalizer.vertex(dual), is_ray=False)
        exact = self._relaxation.basis_duals(self._literals(box), basis)
        if exact is not None:
            yield self._signed(exact, is_ray=False)
        for y in self._rationalizer.roundings(dual):
            yield self._signed(y, is_ray=False)

    def _rays(self, box: _Open) -> Iterator[Multiplier]:
        ray = self._engine.farkas_ray()
        proposals: list[dict[int, Fraction]] = []
        if ray is not None:
            scaled = ray / (float(np.abs(ray).max(initial=0.0)) or 1.0)
            proposals += [self._rationalizer.vertex(scaled), *self._rationalizer.roundings(scaled)]
        for y in proposals:
            for sign in (1, -1):
                yield self._signed({i: sign * v for i, v in y.items()}, is_ray=True)
        exact = self._relaxation.basis_ray(self._literals(box)) or {}
        for sign in (1, -1):
            yield self._signed({i: sign * v for i, v in exact.items()}, is_ray=True)

    def _signed(self, y: Mapping[int, Fraction], *, is_ray: bool) -> Multiplier:
        """Without entries of the wrong sign."""
        senses = self._exact.row_sense
        kept = {
            i: v for i, v in y.items() if v and (senses[i] == "=" or (v > 0) == (senses[i] == ">="))
        }
        return Multiplier(_sorted(kept), is_ray)

    def _gap(self, box: _Open, m: Multiplier) -> Fraction | None:
        """How much more than the optimal value every point of a box costs, by multipliers.

        For a Farkas vector: by how much the rows are violated. None if there is no bound.
        """
        total = _ZERO if m.is_ray else -self._value
        total += sum((v * self._exact.rhs[i] for i, v in m.y), _ZERO)
        for j, r in enumerate(self._reduced_by(m)):
            if not r:
                continue
            bound = box.lower[j] if r > 0 else box.upper[j]
            if not math.isfinite(bound):
                return None
            if self._exact.integer[j]:
                total += r * int(bound)
            else:
                exact = self._exact.lower[j] if r > 0 else self._exact.upper[j]
                total += r * Fraction(exact)
        return total

    def _reduced_by(self, m: Multiplier) -> list[Fraction]:
        sign = self._data.sign
        reduced = [_ZERO] * len(self._exact.c) if m.is_ray else [sign * v for v in self._exact.c]
        for i, y in m.y:
            for j, a in self._exact.A.rows[i]:
                reduced[j] -= y * a
        return reduced

    def _made_safe(self, box: _Open, m: Multiplier, gap: Fraction) -> Iterator[Multiplier]:
        """Duals that still close the box, under which unbounded columns cost something.

        Bounds are concave in the duals, and those of a Farkas vector may be added as often as
        it takes.
        """
        if not self._moving or self._safe is None:
            return
        other = self._gap(box, Multiplier(_sorted(self._safe), is_ray=False))
        if other is None:
            return
        if m.is_ray:
            mine, share = max(_ONE, (1 - other) / gap), _ONE
        else:
            share = Fraction(1, 2) if other >= gap else gap / (gap - other) / 2
            mine = 1 - share
        mixed = {i: share * v for i, v in self._safe.items()}
        for i, v in m.y:
            mixed[i] = mixed.get(i, _ZERO) + mine * v
        yield self._signed(mixed, is_ray=False)

    def _literals(self, box: _Open) -> Literals:
        """Where a box is smaller than the root box."""
        found: Literals = {}
        root = self._relaxation
        for j in np.flatnonzero(box.lower != root.lower).tolist():
            found[j, ">="] = int(box.lower[j])
        for j in np.flatnonzero(box.upper != root.upper).tolist():
            found[j, "<="] = int(box.upper[j])
        return found


def _sorted(y: Mapping[int, Fraction]) -> tuple[tuple[int, Fraction], ...]:
    return tuple(sorted((i, v) for i, v in y.items() if v))


def _halves(low: float, up: float) -> int:
    """Where to cut an interval of integers, bounded or not."""
    if math.isfinite(low) and math.isfinite(up):
        return math.floor((low + up) / 2)
    if math.isfinite(low):
        return int(low)
    return int(up) - 1 if math.isfinite(up) else 0

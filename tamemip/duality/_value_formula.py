"""A formula of the value function of a pure integer program at finitely many right-hand sides.

The search keeps, for every right-hand side in the list, the best known point above and
the best function below. It goes to the worst gap: solves the program there if it has to,
and else adds a function that is tight there. When no gap is left every right-hand side has
its own proof: a point that costs what a dual function bounds, or a positive guard. At the
end, functions that the others make redundant are dropped.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Protocol, TypeAlias, final

import numpy as np

from tamemip.duality._search import Progress
from tamemip.duality._value_formula_atoms import AtomPool, CandidateFunction, combined
from tamemip.duality._value_formula_cover import cover
from tamemip.duality._value_formula_lattice import LatticeProgram, leaves
from tamemip.duality._value_formula_points import UNKNOWN, BestPoints
from tamemip.duality._value_formula_search import PoolDual
from tamemip.errors import UnsupportedError
from tamemip.functions import Combination, Node, combination, exact_value, substitute, topological

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.duality._reports import Watch
    from tamemip.duality._value_formula_lattice import Integers

CanonicalPoint: TypeAlias = tuple[int, ...]

#: Numbers in the table of atoms at points, and atoms in it, at most.
_TABLE, _FIRST_ATOMS = 6_000_000, 3_000
#: How much other points (a gain) and writing (a price) count against the point itself.
_STYLES = ((0.3, 1e-2), (0.05, 1e-2), (0.01, 1e-3), (1e-3, 1e-5), (0.0, 0.0))
#: Rounds of tableau cuts at one point, and rows a round.
_ROUNDS_OF_CUTS, _CUTS_AT_ONCE = 20, 4


class UnsolvedError(Exception):
    """A point could not be settled within the limits."""


class Oracle(Protocol):
    """Whoever solves the program at one lattice point, exactly."""

    def solve(self, point: Sequence[int]) -> CanonicalPoint | None:
        """An optimal canonical point, or None where there is none.

        Raises
        ------
        UnsolvedError
            If a limit came first.
        """

    def strong(self, point: Sequence[int]) -> tuple[Sequence[Node], Sequence[Node]]:
        """Functions and guards that settle a point, by another method; maybe none."""


@final
@dataclass(frozen=True, eq=False)
class ValueFormula:
    """Functions whose maximum is the value at every point but the open ones.

    Attributes
    ----------
    points
        The lattice points, of shape ``(N, m)``.
    functions, guards
        Nodes over the canonical right-hand side, costs as the program has them.
    best
        A point that attains the value, for every lattice point where there is one.
    open
        Numbers of the points that are not settled.
    stopped
        Why the search ended early, or None.
    """

    program: LatticeProgram
    points: Integers
    functions: tuple[Node, ...]
    guards: tuple[Node, ...]
    best: BestPoints
    open: tuple[int, ...]
    stopped: str | None


@final
class FormulaSearch:
    """One search for a formula."""

    def __init__(
        self,
        program: LatticeProgram,
        points: Integers,
        rounds: Sequence[bool],
        oracle: Oracle,
        *,
        deadline: float = math.inf,
        watch: Watch | None = None,
    ) -> None:
        self._program, self._points, self._oracle = program, points, oracle
        self._deadline, self._watch, self._began = deadline, watch, time.monotonic()
        self._leaves = leaves(program, rounds)
        self._pool = AtomPool(program, self._leaves, points)
        self._dual = PoolDual(self._pool)
        self._best = BestPoints(program, points)
        self._bound = np.full(len(points), -UNKNOWN, dtype=np.int64)
        self._is_empty = np.zeros(len(points), dtype=np.bool_)
        self._is_solved = np.zeros(len(points), dtype=np.bool_)
        self._is_given_up = np.zeros(len(points), dtype=np.bool_)
        self._functions: list[CandidateFunction] = []
        self._guards: list[CandidateFunction] = []
        self._stopped: str | None = None

    @property
    def functions(self) -> Sequence[CandidateFunction]:
        """All functions found."""
        return self._functions

    def run(self) -> ValueFormula:
        """Search until no gap is left, or a limit comes, or Ctrl-C."""
        weights = self._dual.any_feasible()
        if weights is None:
            raise UnsupportedError(
                "the linear relaxation has no dual feasible point: where the program is "
                "feasible it is unbounded, and no function bounds it. Bound some columns."
            )
        self._add_function(combined(self._pool, weights))
        try:
            self._pool.add_first_layer(min(_FIRST_ATOMS, _TABLE // max(len(self._points), 1)))
            while (at := self._worst()) is not None:
                if time.monotonic() > self._deadline:
                    self._stopped = "seconds"
                    break
                self._settle(at)
                self._show()
        except KeyboardInterrupt:
            self._stopped = "interrupted"
        return self._formula()

    @property
    def relaxations(self) -> int:
        """Linear programs that were solved to find functions."""
        return self._dual.solves

    def _show(self) -> None:
        if self._watch is not None:
            known = self._best.cost[self._best.cost < UNKNOWN]
            glance = Progress(
                nodes=int(self._is_solved.sum()),
                leaves=len(self._functions),
                open=int(self._open().sum()),
                bound=float(self._bound.max(initial=-UNKNOWN)),
                value=float(known.max(initial=-UNKNOWN)),
                seconds=time.monotonic() - self._began,
            )
            self._watch("points", glance)

    # -- one point -----------------------------------------------------------------------

    def _worst(self) -> int | None:
        wanted = self._open() & ~self._is_given_up
        if not wanted.any():
            return None
        # Unknown points first, in their order; then the largest gap.
        unknown = wanted & (self._best.cost == UNKNOWN)
        if unknown.any():
            return int(np.argmax(unknown))
        widths = self._best.cost.astype(np.float64) - self._bound
        return int(np.argmax(np.where(wanted, widths, -1.0)))

    def _open(self) -> NDArray[np.bool_]:
        return ~self._is_empty & (self._best.cost > self._bound)

    def _settle(self, at: int) -> None:
        if not self._is_solved[at]:
            self._is_solved[at] = True
            try:
                x = self._oracle.solve(self._points[at].tolist())
            except UnsolvedError:
                self._is_given_up[at] = True
                return
            if x is not None:
                self._best.offer(x)
                return
        if self._best.cost[at] == UNKNOWN:
            is_done = self._guard(at)
        else:
            is_done = self._bound_from_below(at)
        if not is_done and not self._ask_for_help(at):
            self._is_given_up[at] = True

    def _bound_from_below(self, at: int) -> bool:
        """Find functions that are tight at a point."""
        for favor, thrift in self._styles():
            self._try(at, favor, thrift)
        for _ in range(_ROUNDS_OF_CUTS):
            if self._bound[at] >= self._best.cost[at] or time.monotonic() > self._deadline:
                break
            if not self._dual.add_cuts(at, _CUTS_AT_ONCE):
                break
            for favor, thrift in list(self._styles())[-2:]:
                self._try(at, favor, thrift)
        return bool(self._bound[at] >= self._best.cost[at])

    def _styles(self) -> Iterator[tuple[NDArray[np.float64], float]]:
        feasible = self._best.cost < UNKNOWN
        wanted = feasible & self._open()
        values = self._pool.values
        means = [values[:, mask].mean(axis=1) for mask in (wanted, feasible) if mask.any()]
        for favor, thrift in _STYLES:
            for mean in means[: 2 if favor else 1]:
                yield favor * mean / max(1.0, float(np.abs(mean).max())), thrift

    def _try(self, at: int, favor: NDArray[np.float64], thrift: float) -> None:
        weights = self._dual.strongest(at, favor, thrift)
        if weights is not None:
            self._add_function(combined(self._pool, weights))

    def _add_function(self, found: CandidateFunction) -> None:
        self._functions.append(found)
        self._bound = np.maximum(self._bound, found.values)

    def _guard(self, at: int) -> bool:
        """Find a guard that is positive at a point."""
        for _ in range(_ROUNDS_OF_CUTS):
            weights = self._dual.guard(at)
            if weights is not None:
                scale = math.lcm(*(w.denominator for w in weights.values()))
                whole = {k: w * scale for k, w in weights.items()}
                divisor = math.gcd(*(int(w) for w in whole.values()))
                weights = {k: w / divisor for k, w in whole.items()}
                self._add_guard(combined(self._pool, weights))
                return True
            if time.monotonic() > self._deadline or not self._dual.add_cuts(at, _CUTS_AT_ONCE):
                break
        return False

    def _add_guard(self, found: CandidateFunction) -> None:
        self._guards.append(found)
        self._is_empty |= found.values > 0

    def _ask_for_help(self, at: int) -> bool:
        """Take what another method finds; its rows are read through the same leaves."""
        functions, guards = self._oracle.strong(self._points[at].tolist())
        for node in functions:
            self._add_function(self._read(node))
        for node in guards:
            self._add_guard(self._read(node))
        return not self._open()[at]

    def _read(self, node: Node) -> CandidateFunction:
        units = self._program.units
        rows = {
            i: combination((), [(unit, leaf)])
            for i, (unit, leaf) in enumerate(zip(units, self._leaves, strict=True))
        }
        through = substitute(combination((), [(1 / self._program.granularity, node)]), rows)
        values = [
            exact_value(through, [unit * int(k) for unit, k in zip(units, point, strict=True)])
            for point in self._points
        ]
        whole = [math.ceil(v) if isinstance(v, Fraction) else -UNKNOWN for v in values]
        return CandidateFunction(
            through, np.array(whole, dtype=np.int64), len(topological(through))
        )

    # -- the result ----------------------------------------------------------------------

    def _formula(self) -> ValueFormula:
        cost, granularity = self._best.cost, self._program.granularity
        sets = [f.values == cost for f in self._functions]
        # Without a feasible point the first function, any dual feasible one, has to do.
        chosen = cover(sets, [f.size for f in self._functions]) or [0]
        emptied = [(g.values > 0) for g in self._guards]
        kept = cover(emptied, [g.size for g in self._guards])
        functions = [scaled(self._functions[k].node, granularity) for k in sorted(chosen)]
        return ValueFormula(
            self._program,
            self._points,
            tuple(functions),
            tuple(self._guards[k].node for k in sorted(kept)),
            self._best,
            tuple(np.flatnonzero(self._open()).tolist()),
            self._stopped,
        )


def scaled(node: Node, factor: Fraction) -> Node:
    """A multiple of a node, with the factor inside of its sum if it is one."""
    if isinstance(node, Combination) and not node.constant:
        linear = {i: factor * w for i, w in node.linear}
        return combination(linear, [(factor * w, part) for w, part in node.parts])
    return combination((), [(factor, node)])

"""Parametric branch and bound: one tree for a whole line of right-hand sides.

A node is a box of the integer columns with the steps at which it may still hold
something better than what is known. Every linear program gives a line that settles an
interval of steps; only what is left is branched on. The search runs in floats, with
exact multipliers at the leaves: what it believes is read again exactly by whoever
called it, and what it has missed is found there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

import numpy as np

from tamemip.certificates import SparseVector
from tamemip.duality import (
    BranchingRule,
    Evidence,
    IntegerData,
    LineFunction,
    Literals,
    Multipliers,
    Rationalizer,
    StrongBranching,
    Tree,
    box_constant,
)
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus
from tamemip.value_functions._line_segments import Segment, missed, over

if TYPE_CHECKING:
    from numpy.typing import NDArray

IntegerPart: TypeAlias = tuple[Fraction, ...]
Learn: TypeAlias = Callable[[IntegerPart], "LineFunction | None"]
"""Takes an integer part that may be optimal somewhere; gives the new least costs, if any."""

_INTEGRALITY = 1e-6
#: Linear programs at one node, at most: then it is branched on or left as it is.
_MOST_SOLVES = 60
#: Nodes of the tree, at most: without bounds on the columns it need not end.
_MOST_NODES = 20_000
_RULE = BranchingRule(reliable=2, candidates=6, lookahead=3)


@final
@dataclass(slots=True)
class _Open:
    """A node to be worked on, with the steps that are not settled."""

    node: int
    steps: list[tuple[float, float]]
    t: float


@final
class LineTree:
    """Grows one tree for the line ``rhs + t * direction``, ``0 <= t <= length``.

    Parameters
    ----------
    program, direction, length
        The line.
    upper
        The least costs that are known, infinite at first.
    learn
        Told of integer parts as they are met.
    deadline
        When to stop, by `time.monotonic`.
    max_nodes
        How many nodes to solve at most.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        direction: SparseVector,
        length: Fraction,
        upper: LineFunction,
        learn: Learn,
        *,
        deadline: float,
        max_nodes: float,
    ) -> None:
        self._direction, self._length = direction, length
        self._upper, self._learn = upper, learn
        self._deadline, self._max_nodes = deadline, max_nodes
        self._engine = LPEngine(program)
        self._data = IntegerData(program.exact)
        self._start = program.exact.rhs
        self._rhs = np.array([float(v) for v in self._start])
        self._rates = np.zeros(program.n_rows)
        for i, rate in direction:
            self._rates[i] = float(rate)
        self._integers = np.flatnonzero(np.array(program.exact.integer, dtype=bool))
        self._root = (
            np.array([float(v) for v in self._data.lower]),
            np.array([float(v) for v in self._data.upper]),
        )
        self._rationalizer = Rationalizer()
        self._branching = StrongBranching(self._engine, _RULE)
        self._read: dict[int, tuple[Multipliers, float, float]] = {}
        self.tree = Tree()
        self.nodes = 0

    def grow(self) -> bool:
        """Branch until every step is settled as far as floats can tell; False at a limit."""
        length = float(self._length)
        stack = [_Open(0, [(0.0, length)], length / 2)]
        while stack:
            if time.monotonic() > self._deadline or self.nodes >= self._max_nodes:
                return False
            if self.nodes >= _MOST_NODES:
                return True
            stack += self._work(stack.pop())
        return True

    # -- a node ------------------------------------------------------------------------

    def _work(self, entry: _Open) -> list[_Open]:
        """Settle what linear programs can settle; the children for what is left."""
        node = self.tree.nodes[entry.node]
        evidence = node.evidence = node.evidence or Evidence()
        literals = self.tree.literals(entry.node)
        box = self.tree.box(entry.node, *self._root)
        left = self._settled_by(evidence, literals, over(self._upper, entry.steps))
        self.nodes += 1
        t = entry.t
        for _ in range(_MOST_SOLVES):
            if not left:
                return []
            t = t if any(s.lo <= t <= s.hi for s in left) else _inside(left)
            self._engine.set_bounds(*box)
            self._engine.set_rhs(self._rhs + t * self._rates)
            status = self._engine.solve()
            if status is LPStatus.INFEASIBLE:
                left = self._without_empty(evidence, literals, left)
                if any(s.lo <= t <= s.hi for s in left):
                    return []  # nothing that exact arithmetic takes: left to the caller
                continue
            if status is not LPStatus.OPTIMAL:
                return []
            solved = self._engine.objective, self._engine.point()
            left = self._without_dual(evidence, literals, left)
            if not any(s.lo <= t <= s.hi for s in left):
                continue
            values = solved[1][self._integers]
            fractional = np.flatnonzero(np.abs(values - np.rint(values)) > _INTEGRALITY)
            if len(fractional):
                return self._branched(entry.node, t, left, box, values, fractional)
            before = self._upper
            better = self._learn(tuple(Fraction(round(v)) for v in values))
            self._upper = better or self._upper
            left = self._settled_by(
                evidence, literals, over(self._upper, [(s.lo, s.hi) for s in left])
            )
            if better is before or better is None:
                return []
        return []

    def _settled_by(
        self, evidence: Evidence, literals: Literals, left: list[Segment]
    ) -> list[Segment]:
        for m in evidence.rays:
            left = missed(left, self._line(m, literals), is_guard=True)
        for m in evidence.duals:
            left = missed(left, self._line(m, literals), is_guard=False)
        return left

    def _without_empty(
        self, evidence: Evidence, literals: Literals, left: list[Segment]
    ) -> list[Segment]:
        ray = self._engine.farkas_ray()
        if ray is None:
            return left
        y = self._rationalizer.vertex(ray)
        for sign in (1, -1):
            m = self._data.multipliers({i: sign * v for i, v in y.items()}, is_ray=True)
            after = missed(left, self._line(m, literals), is_guard=True)
            if after != left:
                evidence.rays.append(m)
                return after
        return left

    def _without_dual(
        self, evidence: Evidence, literals: Literals, left: list[Segment]
    ) -> list[Segment]:
        y = self._rationalizer.vertex(self._engine.row_duals())
        m = self._data.multipliers(y, is_ray=False)
        after = missed(left, self._line(m, literals), is_guard=False)
        if after != left:
            evidence.duals.append(m)
        return after

    def _line(self, m: Multipliers, literals: Literals) -> tuple[float, float] | None:
        """Value at t = 0 and rate of an affine bound over a box."""
        constant = box_constant(self._data, m, literals)
        if constant is None:
            return None
        known = self._read.get(id(m))
        if known is None:
            y = m.exact_y()
            rate = sum((y.get(i, Fraction(0)) * v for i, v in self._direction), Fraction(0))
            known = self._read[id(m)] = (m, float(m.at(self._start)), float(rate))
        return float(constant) + known[1], known[2]

    def _branched(
        self,
        node: int,
        t: float,
        left: list[Segment],
        box: tuple[NDArray[np.float64], NDArray[np.float64]],
        values: NDArray[np.float64],
        fractional: NDArray[np.intp],
    ) -> list[_Open]:
        engine = self._engine
        basis = engine.basis()
        here = next(s for s in left if s.lo <= t <= s.hi)
        choice = self._branching.choose(
            self._integers[fractional],
            values[fractional],
            objective=engine.objective,
            threshold=here.at(t),
            basis=basis,
            box=box,
        )
        engine.set_basis(basis)
        below, above = self.tree.branch(node, choice.column, choice.floor)
        steps = [(s.lo, s.hi) for s in left]
        children = [_Open(below, steps, t), _Open(above, steps, t)]
        return children if choice.fraction > 0.5 else children[::-1]


def _inside(left: Sequence[Segment]) -> float:
    """The middle of the longest interval."""
    longest = max(left, key=lambda s: s.hi - s.lo)
    return (longest.lo + longest.hi) / 2

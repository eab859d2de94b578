"""One tree for a whole box of right-hand sides, grown where it proves too little.

The question is always the same: is the optimal value nowhere below a target on a
polytope of parameters? The parameters are columns of the relaxation, so that one linear
program over a leaf and the polytope answers it for the leaf. By the minimax theorem its
dual vector is *one* affine bound that is above the target on the whole polytope, if the
relaxation is. The programs are solved in floats; what they propose is read exactly.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, final

import numpy as np

from tamemip.certificates import Bound, ExactMatrix
from tamemip.duality import (
    BranchingRule,
    Evidence,
    IntegerData,
    Literals,
    Multipliers,
    Rationalizer,
    StrongBranching,
    Tree,
)
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import LPEngine, LPStatus, basic_duals, basic_point
from tamemip.value_functions._box_cells import BoxParameters, IntegerPart, Theta
from tamemip.value_functions._box_geometry import Polytope
from tamemip.value_functions._box_leaves import BoxLeaves
from tamemip.value_functions._box_solutions import Affine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

_INTEGRALITY = 1e-6
#: An objective this close to the target, relatively, is left to exact arithmetic.
_SLACK = 1e-8
#: Nodes for one question, at most: without bounds on the columns it need not end.
_MOST_NODES = 5_000
#: Strict sides are moved inwards by these shares of the polytope, one after the other.
_INWARDS = (1e-3, 1e-6)
_RULE = BranchingRule(reliable=2, candidates=6, lookahead=3)


class BoxStoppedError(Exception):
    """A limit has been met; `args[0]` says which."""


@final
@dataclass(frozen=True, slots=True)
class Cheaper:
    """An integer part that seems to be below the target at some parameters."""

    part: IntegerPart
    theta: Floats


@final
@dataclass(frozen=True, slots=True)
class Stuck:
    """Floats and exact arithmetic do not agree on a leaf, or there are too many nodes."""

    is_unbounded: bool


@final
@dataclass(frozen=True, slots=True)
class Hard:
    """There were more nodes than there was patience for; the same question goes on from here."""


@final
class BoxTree:
    """A tree and the relaxation with the parameters as columns.

    Parameters
    ----------
    program, parameters
        The program and what moves in it.
    data, leaves
        The program in integers and the reader of the leaves; it has the tree.
    deadline
        When to stop, by `time.monotonic`.
    max_nodes
        How many nodes to solve at most.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        parameters: BoxParameters,
        data: IntegerData,
        leaves: BoxLeaves,
        *,
        deadline: float,
        max_nodes: float,
    ) -> None:
        self._deadline, self._max_nodes = deadline, max_nodes
        self._data, self.leaves = data, leaves
        extended = _with_columns(program, parameters)
        self._problem = extended.exact
        self._engine = LPEngine(extended)
        self._n_rows, self._n_cols = program.n_rows, program.n_cols
        self._cost = self._engine.cost[: self._n_cols].copy()
        self._integers = np.flatnonzero(np.array(program.exact.integer, dtype=bool))
        self._lows = np.array([float(v) for v in (*data.lower, *parameters.lows)])
        self._highs = np.array([float(v) for v in (*data.upper, *parameters.highs)])
        self._rationalizer = Rationalizer()
        self._branching = StrongBranching(self._engine, _RULE)
        self._last: _Question | None = None
        self.nodes = 0

    @property
    def tree(self) -> Tree:
        """The tree."""
        return self.leaves.tree

    def settle(
        self, polytope: Polytope, target: Affine | None, *, patience: float = math.inf
    ) -> Cheaper | Stuck | Hard | None:
        """Grow until all leaves are settled on a polytope (None), or something stops that."""
        stack = self.leaves.unsettled(polytope, target)
        if not stack:
            return None
        question = self._last = _Question(self, polytope, target)
        question.pose(_INWARDS[0])
        began = self.nodes
        while stack:
            if time.monotonic() > self._deadline:
                raise BoxStoppedError("seconds")
            if self.nodes >= self._max_nodes:
                raise BoxStoppedError("nodes")
            if self.nodes - began >= _MOST_NODES:
                return Stuck(False)
            if self.nodes - began >= patience:
                return Hard()
            self.nodes += 1
            answer = question.work(stack.pop())
            if isinstance(answer, Cheaper | Stuck):
                return answer
            stack += answer
        return None

    def refute(self, theta: Theta) -> bool:
        """Whether there is something new where an answer, at one point, does not hold exactly.

        Within the engine's tolerance a small violation counts as none, and a number close
        to an integer as one. Then the leaf gets a guard, or is branched on.
        """
        return self._last is not None and self._last.refute(theta)


@final
class _Question:
    """Whether the value is nowhere below a target on a polytope."""

    def __init__(self, tree: BoxTree, polytope: Polytope, target: Affine | None) -> None:
        self._of, self._polytope, self._target = tree, polytope, target
        self._engine, self._leaves = tree._engine, tree.leaves
        self._constant = 0.0
        self._root = tree._lows.copy(), tree._highs.copy()
        self._inwards = _INWARDS[0]
        self._node = 0

    def pose(self, inwards: float) -> None:
        """Move the engine to the polytope and the target."""
        self._inwards = inwards
        of, k = self._of, self._polytope.dimension
        moved = np.zeros(k)
        if self._target is not None:
            numbers = self._target.floats()
            self._constant, moved = float(numbers[0]), -numbers[1:]
        self._engine.set_cost(np.concatenate([of._cost, moved]))
        points = self._polytope.floats[1:]
        for side, ends in zip(self._root, (points.min(axis=1), points.max(axis=1)), strict=True):
            side[of._n_cols :] = ends
        rows = list(self._rows(inwards)) if len(self._polytope.vertices) > 1 else []
        matrix = np.zeros((len(rows), of._n_cols + k))
        for i, (numbers, _) in enumerate(rows):
            matrix[i, of._n_cols :] = numbers
        self._engine.set_side_rows(matrix, np.array([low for _, low in rows]))

    def _rows(self, inwards: float) -> Iterator[tuple[Floats, float]]:
        """The sides of the polytope; strict ones a bit inside of it."""
        at = self._polytope.floats
        for row, is_strict in self._polytope.facets():
            size = max(map(abs, row))
            numbers = np.array([v / size for v in row])
            least = inwards * float((numbers @ at).max()) if is_strict else 0.0
            yield numbers[1:], least - float(numbers[0])

    # -- a leaf ------------------------------------------------------------------------

    def work(self, node: int) -> list[int] | Cheaper | Stuck:
        """Settle a leaf, or branch on it and give the children."""
        tree, self._node = self._of.tree, node
        entry = tree.nodes[node]
        evidence = entry.evidence = entry.evidence or Evidence()
        literals = tree.literals(node)
        if self._leaves.is_settled(node, self._polytope, self._target):
            return []  # an inherited line does it
        box = tree.box(node, *self._root)
        self._engine.set_bounds(*box)
        status = self._engine.solve()
        if status is LPStatus.INFEASIBLE:
            if self._keep(node, evidence, literals, self._rays()):
                return []
            return self._again(node) or Stuck(False)
        if status is not LPStatus.OPTIMAL:
            return Stuck(status is LPStatus.UNBOUNDED)
        solved = self._engine.objective, self._engine.point()
        if self._keep(node, evidence, literals, self._duals()):
            return []
        values = solved[1][self._of._integers]
        fractional = np.flatnonzero(np.abs(values - np.rint(values)) > _INTEGRALITY)
        if len(fractional):
            return self._branched(node, solved[0], box, values, fractional)
        slack = _SLACK * (1 + abs(self._constant))
        if self._target is None or solved[0] - self._constant < -slack:
            part = tuple(Fraction(round(v)) for v in values)
            return Cheaper(part, solved[1][self._of._n_cols :])
        return self._again(node) or Stuck(False)

    def _again(self, node: int) -> list[int]:
        """The same leaf with strict sides closer to where they are; nothing if that was it."""
        if self._inwards == _INWARDS[-1] or not self._polytope.strict:
            return []
        self.pose(_INWARDS[-1])
        return [node]

    def _keep(
        self, node: int, evidence: Evidence, literals: Literals, offered: Iterator[Multipliers]
    ) -> bool:
        """Whether some multipliers settle the leaf; they are kept then."""
        for m in offered:
            if self._leaves.settles(m, literals, self._polytope, self._target):
                (evidence.rays if m.is_ray else evidence.duals).append(m)
                self._leaves.forget(node)
                return True
        return False

    def _rays(self) -> Iterator[Multipliers]:
        ray = self._engine.farkas_ray()
        if ray is None:
            return
        y = self._of._rationalizer.vertex(ray[: self._of._n_rows])
        for sign in (1, -1):
            yield self._of._data.multipliers({i: sign * v for i, v in y.items()}, is_ray=True)

    def _duals(self) -> Iterator[Multipliers]:
        duals = self._engine.row_duals()[: self._of._n_rows]
        y = self._of._rationalizer.vertex(duals)
        yield self._of._data.multipliers(y, is_ray=False)
        if self._is_reached(self._engine.objective):
            exact = self._basic_duals()
            if exact is not None and exact != y:
                yield self._of._data.multipliers(exact, is_ray=False)

    def _is_reached(self, objective: float) -> bool:
        """Whether the floats say that the leaf is settled."""
        if self._target is None:
            return False
        granularity = self._leaves.granularity
        if granularity is not None and self._target.is_constant:
            return objective > self._constant - float(granularity) * (1 - 1e-6)
        return objective > self._constant - _SLACK * (1 + abs(self._constant))

    def _basic_duals(self) -> dict[int, Fraction] | None:
        """The dual vector of the engine's basis in rationals, on the rows of the program."""
        of, target = self._of, self._target
        assert target is not None
        of_target = [Fraction(-v, target.denominator) for v in target.numbers[1:]]
        sides = []
        if len(self._polytope.vertices) > 1:
            for row, _ in self._polytope.facets():
                pairs = enumerate(row[1:], start=of._n_cols)
                sides.append(tuple((j, Fraction(v)) for j, v in pairs if v))
        exact = of._problem
        problem = replace(exact, A=ExactMatrix((*exact.A, *sides), exact.A.n_cols))
        cost = [of._data.sign * c for c in exact.c[: of._n_cols]]
        y = basic_duals(problem, self._engine.basis(), [*cost, *of_target])
        return None if y is None else {i: v for i, v in y.items() if i < of._n_rows}

    # -- points that are not feasible --------------------------------------------------

    def refute(self, theta: Theta) -> bool:
        """Prove the last leaf empty at a point by a row of the tableau, or branch on it."""
        node, tree = self._node, self._of.tree
        evidence, literals = tree.nodes[node].evidence, tree.literals(node)
        if evidence is None or tree.nodes[node].children is not None:
            return False
        rays = (
            self._of._data.multipliers({i: sign * v for i, v in y.items()}, is_ray=True)
            for y in self._broken_rows(literals, theta)
            for sign in (1, -1)
        )
        return self._keep(node, evidence, literals, rays) or self._is_fixed_further(node)

    def _is_fixed_further(self, node: int) -> bool:
        """Branch at an integral value: what is integral to the engine need not be so."""
        low, high = self._of.tree.box(node, *self._root)
        values = np.rint(self._engine.point())
        for j in self._of._integers:
            if low[j] < high[j]:
                at = int(values[j]) if values[j] < high[j] else int(values[j]) - 1
                self._of.tree.branch(node, int(j), at)
                self._leaves.forget(node)
                return True
        return False

    def _broken_rows(self, literals: Literals, theta: Theta) -> Iterator[dict[int, Fraction]]:
        """Row multipliers of the tableau rows whose basic variable is out of its bounds."""
        problem, basis = self._of._problem, self._engine.basis()
        lower: list[Bound] = [*self._of._data.lower, *theta]
        upper: list[Bound] = [*self._of._data.upper, *theta]
        for (column, side), at in literals.items():
            (upper if side == "<=" else lower)[column] = Fraction(at)
        point = basic_point(problem, basis, lower=lower, upper=upper, rhs=problem.rhs)
        if point is None:
            return
        for j, x in enumerate(point):
            if not lower[j] <= x <= upper[j]:
                unit = [Fraction(k == j) for k in range(len(point))]
                yield basic_duals(problem, basis, unit) or {}
        for i, activity in enumerate(problem.A.times(point)):
            sense, rhs = problem.row_sense[i], problem.rhs[i]
            if (activity < rhs and sense != "<=") or (activity > rhs and sense != ">="):
                entries = dict(problem.A.rows[i])
                cost = [entries.get(j, Fraction(0)) for j in range(len(point))]
                row = basic_duals(problem, basis, cost) or {}
                yield {i: Fraction(1), **{k: -v for k, v in row.items() if k != i}}

    def _branched(
        self,
        node: int,
        objective: float,
        box: tuple[Floats, Floats],
        values: Floats,
        fractional: NDArray[np.intp],
    ) -> list[int]:
        basis = self._engine.basis()
        choice = self._of._branching.choose(
            self._of._integers[fractional],
            values[fractional],
            objective=objective,
            threshold=math.inf if self._target is None else self._threshold(),
            basis=basis,
            box=box,
        )
        self._engine.set_basis(basis)
        below, above = self._of.tree.branch(node, choice.column, choice.floor)
        self._leaves.forget(node)
        return [below, above] if choice.fraction > 0.5 else [above, below]

    def _threshold(self) -> float:
        """The objective from which on a leaf is likely to be settled."""
        assert self._target is not None
        if self._leaves.granularity is None or not self._target.is_constant:
            return self._constant - _SLACK * (1 + abs(self._constant))
        return self._constant - float(self._leaves.granularity) * (1 - 1e-6)


def _with_columns(program: MixedIntegerProgram, parameters: BoxParameters) -> MixedIntegerProgram:
    """The program with its moving right-hand sides as columns."""
    exact, k = program.exact, len(parameters.rows)
    place = {i: exact.A.n_cols + p for p, i in enumerate(parameters.rows)}
    rows = [
        (*row, (place[i], Fraction(-1))) if i in place else row for i, row in enumerate(exact.A)
    ]
    zeros, names = (Fraction(0),) * k, (*program.col_names, *(f"rhs {i}" for i in place))
    problem = replace(
        exact,
        c=(*exact.c, *zeros),
        A=ExactMatrix(tuple(rows), exact.A.n_cols + k),
        rhs=tuple(Fraction(0) if i in place else v for i, v in enumerate(parameters.rhs)),
        lower=(*exact.lower, *parameters.lows),
        upper=(*exact.upper, *parameters.highs),
        integer=(*exact.integer, *(False,) * k),
    )
    return MixedIntegerProgram(problem, program.row_names, names, program.name)

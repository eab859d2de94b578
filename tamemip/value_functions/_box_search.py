"""The value function on a box: cells are split until each has one affine optimal solution.

At an inner point of a cell a solution is found that is optimal there, with proof. Then it
is asked whether it stays feasible on the cell, and whether the value is nowhere below its
cost. What is in the way is a plane: a condition of the solution, a condition of a cheaper
one, or the plane where the two cost the same. There are finitely many solutions, hence
finitely many planes, so that this ends.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import final

import numpy as np

from tamemip.duality import BuildReport, DualFunction, IntegerData, LeafLines, Tree
from tamemip.errors import UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._box_cells import BoxParameters, Theta
from tamemip.value_functions._box_geometry import Polytope, homogeneous
from tamemip.value_functions._box_leaves import BoxLeaves
from tamemip.value_functions._box_regions import (
    Region,
    between,
    first_condition,
    split_in_place,
)
from tamemip.value_functions._box_solutions import Solution, Solutions
from tamemip.value_functions._box_tree import BoxStoppedError, BoxTree, Cheaper, Hard, Stuck

#: A cell on which floats and exact arithmetic do not agree is halved so many times.
_MOST_HALVINGS = 8
#: A witness is looked for this far on the way to the inner point, then where it is.
_TOWARDS = (Fraction(1, 8), Fraction(1, 1000))
_DENOMINATORS = (10**3, 10**6)
#: Nodes at one point after which branch and bound with a good solution goes on there.
_PATIENCE = 300


@final
@dataclass(slots=True)
class BoxState:
    """What is known of the value on the box.

    Attributes
    ----------
    root
        The box, split into cells.
    dual_function
        The bound from one side.
    solutions
        From the other.
    open
        How many cells are still to be worked on.
    stopped
        None, or why the search ended early.
    """

    root: Region
    dual_function: DualFunction
    solutions: Solutions
    open: int = 1
    proved: int = 0
    nodes: int = 0
    stopped: str | None = None
    seconds: float = field(default=0.0)


class _UnknownError(Exception):
    """The value at a point is not proved."""


@final
class BoxSearch:
    """Closes the gap on a box of right-hand sides.

    Parameters
    ----------
    program, parameters
        The program and the box.
    limits
        Of all the work.
    on_step
        Called with the state before every cell.
    """

    def __init__(
        self,
        program: MixedIntegerProgram,
        parameters: BoxParameters,
        *,
        limits: Limits,
        on_step: Callable[[BoxState], None] | None = None,
    ) -> None:
        self._program, self._parameters = program, parameters
        self._limits, self._on_step = limits, on_step
        self._began = time.monotonic()
        self._data = IntegerData(program.exact)
        self._granularity = LeafLines(program, parameters.rhs).granularity
        self._readers: list[BoxLeaves] = []
        self._solutions = Solutions(program, parameters)
        self._nodes = 0
        self._tree = self._grown_from([Tree()])

    def run(self) -> BoxState:
        """Split until every cell is proved, or a limit is met."""
        root = Region(Polytope.of_box(self._parameters.lows, self._parameters.highs))
        state = BoxState(root, self._function(), self._solutions)
        stack = [root]
        try:
            while stack:
                state.open = len(stack)
                if self._on_step is not None:
                    self._on_step(state)
                region = stack[-1]
                self._work(region)
                stack.pop()
                if region.at_least is not None and region.below is not None:
                    stack += [region.below, region.at_least]
                elif region.tree is not None:
                    state.proved += 1
                else:
                    state.stopped = "precision"
        except KeyboardInterrupt:
            state.stopped = "interrupted"
        except BoxStoppedError as reason:
            state.stopped = str(reason)
        state.open = len(stack)
        state.dual_function = self._function()
        state.nodes = self._nodes + self._tree.nodes
        state.seconds = time.monotonic() - self._began
        return state

    # -- a cell ------------------------------------------------------------------------

    def _work(self, region: Region) -> None:
        """Prove the value on a cell, or split it; a cell that is left alone is a gap."""
        polytope = region.polytope
        if region.theta is None:
            region.theta = polytope.inner_point()
            try:
                region.solution = self._optimal_at(region.theta)
            except _UnknownError:
                self._halve(region, region.theta)
                region.theta = None
                return
        row = first_condition(polytope, region.theta, region.solution)
        if row is not None:
            split_in_place(region, row)
            return
        answer = self._settle(polytope, region.solution)
        if isinstance(answer, int):
            region.tree = answer
            return
        other = self._witness(region, answer) if isinstance(answer, Cheaper) else None
        if other is None:
            self._retreat(region, region.theta)
        else:
            split_in_place(region, between(region, other))

    def _settle(
        self, polytope: Polytope, solution: Solution | None, *, patience: float = math.inf
    ) -> int | Cheaper | Stuck | Hard:
        """The index of a tree that proves the cost of a solution on a cell, or what is wrong."""
        target = None if solution is None else solution.cost
        for k, reader in enumerate(self._readers):
            if k and not reader.unsettled(polytope, target):
                return k
        answer = self._tree.settle(polytope, target, patience=patience)
        return 0 if answer is None else answer

    def _retreat(self, region: Region, theta: Theta) -> None:
        """Split where a leaf ceases to prove what it proves at the inner point."""
        if region.halvings == _MOST_HALVINGS:
            return
        solution, point = region.solution, Polytope.of_point(theta)
        target = None if solution is None else solution.cost
        proved = (r for r in self._readers if not r.unsettled(point, target))
        for reader in proved:
            boundary = reader.boundary(region.polytope, target, point)
            if boundary is not None:
                row, is_strict = boundary
                region.halvings += 1
                split_in_place(region, tuple(-v for v in row) if is_strict else row)
                return
        self._halve(region, theta)

    def _halve(self, region: Region, theta: Theta) -> None:
        """Split through the inner point, across the longest extent, unless that was done a lot."""
        at = region.polytope.floats[1:]
        if len(region.polytope.vertices) == 1 or region.halvings == _MOST_HALVINGS:
            return
        i = int(np.argmax(at.max(axis=1) - at.min(axis=1)))
        row = [0] * (1 + len(theta))
        row[0], row[1 + i] = -theta[i].numerator, theta[i].denominator
        region.halvings += 1
        split_in_place(region, tuple(row))

    # -- points ------------------------------------------------------------------------

    def _optimal_at(self, theta: Theta) -> Solution | None:
        """What is optimal at some parameters, with proof; None if nothing is feasible."""
        point, vertex = Polytope.of_point(theta), homogeneous(theta)
        best = self._solutions.best(theta)
        while True:
            answer = self._settle(point, best, patience=_PATIENCE)
            if isinstance(answer, int):
                return best
            if isinstance(answer, Stuck | Hard):
                return self._refined(theta)
            other = self._solutions.feasible_with(answer.part, theta)
            if other is None:
                if self._tree.refute(theta):
                    continue
                return self._refined(theta)
            if best is not None and other.cost.at(vertex) >= best.cost.at(vertex):
                return self._refined(theta)
            best = other

    def _witness(self, region: Region, cheaper: Cheaper) -> Solution | None:
        """A solution that is cheaper somewhere on the cell, exactly; None if none is found."""
        for theta in self._near(region, cheaper):
            other = self._solutions.of_part(cheaper.part, theta)
            if other is None:
                continue
            inside: Polytope | None = region.polytope
            for row in other.conditions:
                inside = None if inside is None else inside.cut(row, is_strict=False)
            if inside is None:
                continue
            if region.solution is None:
                return other
            if min(inside.values(other.cost.minus(region.solution.cost))) < 0:
                return other
        return None

    def _near(self, region: Region, cheaper: Cheaper) -> Iterator[Theta]:
        """Parameters near to floats: a bit on the way to the inner point, then there."""
        assert region.theta is not None
        there = [Fraction(float(v)) for v in cheaper.theta]
        for share in _TOWARDS:
            yield tuple(
                (x + share * (y - x)).limit_denominator(10**9)
                for x, y in zip(there, region.theta, strict=True)
            )
        for denominator in _DENOMINATORS:
            yield tuple(x.limit_denominator(denominator) for x in there)

    def _refined(self, theta: Theta) -> Solution | None:
        """What is optimal at some parameters, by exact branch and bound in the same tree."""
        rhs = self._parameters.rhs_at(theta)
        left = self._limits.after(time.monotonic() - self._began)
        if left.seconds is not None and left.seconds <= 0:
            raise BoxStoppedError("seconds")
        F = self._function().refine(at=rhs, limits=left)
        self._tree = self._grown_from(F.trees)
        if rhs not in F.tight_at:
            if F.report.stopped is not None:
                raise BoxStoppedError(F.report.stopped)
            raise _UnknownError
        tight = F.tight_point(rhs)
        if tight.ray is not None:
            raise UnsupportedError(
                "the program is unbounded at the right-hand side "
                f"({', '.join(map(str, rhs))}) of the box; its value is infinite there. "
                "Bound the columns, or choose another box."
            )
        best = self._attained(tight.point, theta)
        if not isinstance(self._settle(Polytope.of_point(theta), best), int):
            raise _UnknownError
        return best

    def _attained(self, point: Sequence[Fraction] | None, theta: Theta) -> Solution | None:
        """A solution as good as an exact optimal point at some parameters."""
        if point is None:
            return None
        integer = self._program.exact.integer
        part = tuple(v for v, flag in zip(point, integer, strict=True) if flag)
        found = self._solutions.feasible_with(part, theta)
        if found is None:
            raise _UnknownError
        return found

    # -- the tree ----------------------------------------------------------------------

    def _grown_from(self, trees: Sequence[Tree]) -> BoxTree:
        """Take up trees that have been grown; the first one is the one that grows."""
        if self._readers:
            self._nodes += self._tree.nodes
        self._readers = [
            BoxLeaves(self._data, self._parameters, tree, self._granularity) for tree in trees
        ]
        limits = self._limits
        return BoxTree(
            self._program,
            self._parameters,
            self._data,
            self._readers[0],
            deadline=math.inf if limits.seconds is None else self._began + limits.seconds,
            max_nodes=math.inf if limits.nodes is None else limits.nodes - self._nodes,
        )

    def _function(self) -> DualFunction:
        trees = tuple(reader.tree for reader in self._readers)
        report = BuildReport(0, 0, len(trees[0].leaves()), 0.0, 0.0, None)
        return DualFunction(self._program, "branch-and-bound", trees, (), report)

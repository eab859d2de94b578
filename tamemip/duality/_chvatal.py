"""Chvátal dual functions of pure integer programs, strong at chosen right-hand sides."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Literal, TypeAlias, final

from tamemip.duality._chvatal_climb import climb
from tamemip.duality._chvatal_search import ChvatalSearch, Effort
from tamemip.duality._chvatal_tree import BetterPointError
from tamemip.duality._cut_system import CutSystem
from tamemip.duality._dual_function import DualFunction
from tamemip.duality._linear import build_linear
from tamemip.duality._optimum import optimum
from tamemip.duality._proof_writer import TightPoint
from tamemip.duality._reports import BuildReport, Point
from tamemip.errors import UnsupportedError
from tamemip.functions import Node, ceil, combination, exact_values
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

if TYPE_CHECKING:
    from tamemip.certificates import Bound
    from tamemip.duality._reports import Watch

Form: TypeAlias = Literal["implicit", "explicit"]

#: Share of the time for the value itself; the rest is kept for weaker targets.
_SHARE = 0.6
#: Without it: the first step is this part of what is missing, and may take this share of the rest.
_FIRST_STEP, _STEP_SHARE = 8, 0.4
#: Share of the time for a solver to find the value, and seconds at most: a good point is
#: enough, and if it is not the best one, the tree meets a better one.
_SOLVER_SHARE, _SOLVER_SECONDS = 0.3, 10.0


def build_chvatal(
    program: MixedIntegerProgram,
    rhs: tuple[Fraction, ...],
    *,
    limits: Limits,
    watch: Watch | None,
    form: Form = "implicit",
    anchors: Sequence[tuple[Fraction, ...]] = (),
) -> DualFunction:
    """A subadditive dual function made of Chvátal cuts, equal to the value at ``rhs``.

    A branching tree that refutes every value below the optimum is compiled into
    cuts, see `docs/theory/chvatal-compilation.md`; the dual of the relaxation, rounded,
    takes part as well.

    Parameters
    ----------
    form
        ``"implicit"``: ``F(b) = min {t : G(b, -t) <= 0}`` for a Chvátal function ``G``,
        the smaller one. ``"explicit"``: a Chvátal function proper, which costs a tree
        for every unit between the relaxation and the value.
    anchors
        Further right-hand sides at which it shall be equal to the value.

    Raises
    ------
    UnsupportedError
        If a column is continuous, the relaxation is unbounded, or the proof needs a
        bound of a column that neither the program nor the relaxation has.
    """
    construction = _Construction(program, limits, watch, form)
    try:
        for b in (rhs, *anchors):
            construction.anchor(program.exact_rhs(b))
    except KeyboardInterrupt:
        construction.interrupted()
    return construction.function()


@final
class _Construction:
    """The parts so far."""

    def __init__(
        self, program: MixedIntegerProgram, limits: Limits, watch: Watch | None, form: Form
    ) -> None:
        self._program, self._limits, self._form = program, limits, form
        self._canonical = program.canonical()
        seconds = math.inf if limits.seconds is None else limits.seconds
        nodes = math.inf if limits.nodes is None else float(limits.nodes)
        self._effort = Effort(time.monotonic() + seconds, nodes, watch)
        self._functions: list[Node] = []
        self._guards: list[Node] = []
        self._points: list[TightPoint] = []
        self._search: ChvatalSearch | None = None
        self._stopped: str | None = None

    # -- one right-hand side -------------------------------------------------------------

    def anchor(self, rhs: Point) -> None:
        """Make the function strong at a right-hand side."""
        if self._effort.is_interrupted:
            self._stopped = "interrupted"
            return
        system = CutSystem(self._canonical, self._canonical.rhs_of(rhs))
        crossing = system.crossing_bound()
        if crossing is not None:
            self._guards.append(system.node(crossing))
            self._functions.extend(_box_function(system))
        else:
            self._take_relaxation(rhs, system.granularity)
        if self._is_refuted(rhs):
            self._points.append(TightPoint(rhs, None, None))
            return
        self._search = ChvatalSearch(system, self._effort)
        incumbent = optimum(self._program, rhs, self._solver_limits())
        known = None if incumbent is None else self._canonical.canonical_point(incumbent.point)
        while True:
            try:
                self._prove(self._search, rhs, known)
                return
            except BetterPointError as better:  # the solver was wrong, or found nothing
                known = tuple(Fraction(v) for v in better.point)

    def _take_relaxation(self, rhs: Point, granularity: Fraction) -> None:
        """The dual of the relaxation, rounded; its ray where it is empty."""
        made = build_linear(self._program, rhs, limits=self._limits, watch=None)
        if not made.closed_forms and not made.guards:
            raise UnsupportedError(
                f"the relaxation of {self._program!r} is unbounded, so that no linear function, "
                "and no Chvátal function, bounds its value. Give its columns bounds."
            )
        for node in made.closed_forms:
            rounded = ceil(combination((), [(1 / granularity, node)]))
            self._functions.append(combination((), [(granularity, rounded)]))
        self._guards.extend(made.guards)

    def _prove(self, search: ChvatalSearch, rhs: Point, point: Point | None) -> None:
        """Prove that a point is optimal; without one, that none is feasible."""
        if point is None:
            proof = search.refute(None)
            if proof is not None:
                self._guards.append(search.system.combination(proof.rows, proof.multipliers))
                self._points.append(TightPoint(rhs, None, None))
                return
        else:
            value = self._canonical.objective(point)
            if self._bound(rhs) < value:
                self._raise_to(search, rhs, value)
            if self._bound(rhs) == value:
                x = self._canonical.point(point)
                self._points.append(TightPoint(rhs, x, self._program.objective(x)))
                return
        self._stopped = self._stopped or self._reason()

    def _raise_to(self, search: ChvatalSearch, rhs: Point, value: Fraction) -> None:
        """Add a function that reaches a value, or as much of it as the limits allow."""
        self._effort.value = float(value)
        steps = int(value / search.system.granularity)
        if self._form == "explicit":
            made = climb(search.system, steps, self._effort)
            if made is not None:
                self._functions.append(made)
            return
        now = time.monotonic()
        deadline = now + _SHARE * (self._effort.deadline - now)
        proof = search.refute(steps - 1, deadline=deadline)
        if proof is not None:
            self._functions.append(search.node(proof))
        else:
            self._raise_somewhat(search, rhs, steps)

    def _raise_somewhat(self, search: ChvatalSearch, rhs: Point, unreached: int) -> None:
        """Take the root cuts alone, then climb by longer and longer steps while time allows."""
        self._functions.extend(search.closed_forms())
        known = math.ceil(self._bound(rhs) / search.system.granularity)
        step = max((unreached - known) // _FIRST_STEP, 1)
        before = list(self._functions)
        while known + 1 < unreached and not self._effort.is_over:
            wanted = min(known + step, unreached - 1)
            now = time.monotonic()
            deadline = now + _STEP_SHARE * (self._effort.deadline - now)
            proof = search.refute(wanted - 1, deadline=deadline)
            if proof is None:
                unreached, step = wanted, max(step // 4, 1)
            else:
                known, step = wanted, 2 * step
                self._functions = [*before, search.node(proof)]

    # -- what is known -------------------------------------------------------------------

    def _bound(self, rhs: Point) -> Bound:
        values = exact_values(self._functions, self._canonical.rhs_of(rhs))
        return max(values, default=-math.inf)

    def _is_refuted(self, rhs: Point) -> bool:
        values = exact_values(self._guards, self._canonical.rhs_of(rhs))
        return any(v > 0 for v in values)

    # -- limits --------------------------------------------------------------------------

    def _solver_limits(self) -> Limits:
        left = self._effort.deadline - time.monotonic()
        return Limits(seconds=max(min(_SOLVER_SHARE * left, _SOLVER_SECONDS), 0.0))

    def _reason(self) -> str:
        if self._effort.is_interrupted:
            return "interrupted"
        if self._effort.nodes >= self._effort.most_nodes:
            return "nodes"
        return "seconds" if math.isfinite(self._effort.deadline) else "precision"

    def interrupted(self) -> None:
        """Keep what root cuts have proved."""
        self._stopped = "interrupted"
        if self._search is not None:
            self._functions.extend(self._search.closed_forms())

    def function(self) -> DualFunction:
        """The function of all parts."""
        effort = self._effort
        report = BuildReport(
            nodes=effort.nodes,
            relaxations=effort.solves,
            leaves_before=effort.leaves,
            search_seconds=time.monotonic() - effort.began,
            proof_seconds=0.0,
            stopped=self._stopped,
        )
        return DualFunction.of_nodes(
            self._program, "chvatal", self._functions, self._guards, self._points, report
        )


def _box_function(system: CutSystem) -> list[Node]:
    """The bound that upper bounds alone give, if all negative costs have them."""
    weights = {}
    for j, c in enumerate(system.form.c):
        if c < 0:
            if system.upper_row[j] < 0:
                return []
            weights[system.upper_row[j]] = -c
    return [combination(weights)]

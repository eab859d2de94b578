"""The frontier of three objectives: zones that hold no outcome, by one dual function.

A finite set of outcomes leaves open what none of them dominates weakly. That is a union
of zones ``{z : z < u}`` [1]_. A zone is empty if the first objective, while the others are held
below ``u``, is ``u[0]`` at least: one value of the dual function of the program with
two more rows. So points are found in floats, and only emptiness is proved.

References
----------
.. [1] K. Klamroth, R. Lacour and D. Vanderpooten, "On the representation of the search
   region in multi-objective optimization", European Journal of Operational Research
   245 (2015), 767-778.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound
from tamemip.duality import BuildReport, DualFunction, Tree, dual_function
from tamemip.errors import UnsupportedError
from tamemip.solvers import Limits
from tamemip.value_functions._pareto_domination import weakly_below
from tamemip.value_functions._pareto_ends import best_of_one, claimed_best
from tamemip.value_functions._pareto_objectives import Objectives, Outcome, Point
from tamemip.value_functions._pareto_pieces import ParetoGap, Pieces
from tamemip.value_functions._terminal_line import terminal_line

Zone: TypeAlias = tuple[Bound, ...]
"""The corner ``u`` of the outcomes ``z < u``; entries may be infinite."""


@final
@dataclass(frozen=True, slots=True)
class ZoneFrontier:
    """What was found: outcomes with points, and the zones that are left, in min orientation."""

    pieces: Pieces
    met: dict[Outcome, Point]
    dual_function: DualFunction
    zones: tuple[Zone, ...]
    solves: tuple[int, int]
    stopped: str | None


def search_zones(objectives: Objectives, limits: Limits, *, progress: bool) -> ZoneFrontier:
    """Split zones at outcomes until the dual function proves that all of them are empty.

    No objective has a cost on a continuous column.

    Raises
    ------
    UnsupportedError
        If there is no feasible point, or an objective is not bounded on both sides.
    """
    steps = [step for step in (objectives.granularity(k) for k in range(3)) if step is not None]
    assert len(steps) == 3
    began = time.monotonic()
    with terminal_line(progress, _words) as watch:
        search = _Search(objectives, steps, limits, began, watch)
        try:
            search.run()
        except KeyboardInterrupt:
            search.stopped = "interrupted"
    return search.result()


@final
@dataclass(slots=True)
class _Search:
    """The known outcomes, the zones that they leave, and the dual function."""

    objectives: Objectives
    #: Each objective takes only multiples of its step.
    steps: list[Fraction]
    limits: Limits
    began: float
    on_step: Callable[[int, int], None]
    ranges: list[tuple[Fraction, Fraction]] = field(default_factory=list)
    met: dict[Outcome, Point] = field(default_factory=dict)
    zones: dict[Zone, bool] = field(default_factory=dict)  # whether proved empty
    function: DualFunction | None = None
    n_solved: int = 0
    n_refined: int = 0
    stopped: str | None = None

    def run(self) -> None:
        """Until no zone is open, or a limit is met."""
        self.zones = {(math.inf,) * 3: False}
        ranges = [_range(self.objectives, k, self.left()) for k in range(3)]
        self.ranges = [pair for pair in ranges if pair is not None]
        if len(self.ranges) < 3:
            self.ranges, self.stopped = [], "seconds"
            return
        while (zone := self._next()) is not None:
            if self.left().seconds == 0:
                self.stopped = "seconds"
                return
            self.on_step(len(self.met), len(self.zones))
            if self._is_empty(zone):
                self.zones[zone] = True
            elif not self._split(zone) and not self._prove(zone):
                return

    def left(self) -> Limits:
        """The limits that are left."""
        return self.limits.after(time.monotonic() - self.began)

    def result(self) -> ZoneFrontier:
        """What is known now."""
        outcomes = sorted(
            z for z in self.met if not any(y != z and weakly_below(y, z) for y in self.met)
        )
        gaps = tuple(self._gap(zone) for zone, is_empty in self.zones.items() if not is_empty)
        sign = self.objectives.sign
        return ZoneFrontier(
            Pieces(tuple(outcomes), (), gaps),
            {z: self.met[z] for z in outcomes},
            self.function or _trivial(self.objectives, self.stopped),
            tuple(tuple(sign * u for u in zone) for zone in self.zones),
            (self.n_solved, self.n_refined),
            self.stopped,
        )

    # -- zones -------------------------------------------------------------------------

    def _next(self) -> Zone | None:
        """The open zone with the most room in the second and third objective."""
        is_open = [zone for zone, is_empty in self.zones.items() if not is_empty]
        return max(is_open, key=lambda zone: (zone[1:], zone[0]), default=None)

    def _is_empty(self, zone: Zone) -> bool:
        """Whether it is proved that there is no outcome in a zone."""
        limits = zip(self._sides(zone), self.ranges[1:], strict=True)
        if any(side < low for side, (low, _) in limits):
            return True
        bound = self._bound(zone)
        return bound >= zone[0] or bound > zone[0] - self.steps[0]

    def _sides(self, zone: Zone) -> tuple[Fraction, ...]:
        """The largest values of the second and third objective within a zone."""
        sides = []
        for u, step, (_, high) in zip(zone[1:], self.steps[1:], self.ranges[1:], strict=True):
            sides.append(min(high, u - step) if isinstance(u, Fraction) else high)
        return tuple(sides)

    def _bound(self, zone: Zone) -> Bound:
        """A bound below the first objective within a zone, in min orientation."""
        if self.function is None:
            return self.ranges[0][0]
        value = self.objectives.sign * self.function.exact(self._rhs(zone))
        low = self.ranges[0][0]
        return value if value > low else low

    def _rhs(self, zone: Zone) -> tuple[Fraction, ...]:
        sides = self.objectives.turned(self._sides(zone))
        return (*self.objectives.program.exact.rhs, *sides)

    def _gap(self, zone: Zone) -> ParetoGap:
        if not self.ranges:
            return ParetoGap((-math.inf,) * 3, zone)
        low = (self._bound(zone), *(pair[0] for pair in self.ranges[1:]))
        return ParetoGap(low, (zone[0], *self._sides(zone)))

    # -- outcomes ----------------------------------------------------------------------

    def _split(self, zone: Zone) -> bool:
        """Split at an outcome in the zone that a solver finds; False if it finds none."""
        program = self.objectives.restricted(self._sides_of_user(zone))
        self.n_solved += 1
        point = claimed_best(program, program.exact.rhs, self.left())
        if point is None or not self._value(point, 0) < zone[0]:
            return False
        self._add(self._improved(point, zone))
        return True

    def _sides_of_user(self, zone: Zone) -> Outcome:
        return self.objectives.turned(self._sides(zone))

    def _value(self, point: Point, k: int) -> Fraction:
        return self.objectives.sign * self.objectives.of(point)[k]

    def _improved(self, point: Point, zone: Zone) -> Point:
        """A point that is no worse in every objective, as a rule with a nondominated outcome.

        If the solver errs here, a better outcome is found in another zone.
        """
        first, second, third = self.objectives.costs
        total = tuple(b + c for b, c in zip(second, third, strict=True))
        others = Objectives(self.objectives.program, (total, first, second, third))
        sides = (self.objectives.of(point)[0], *self._sides_of_user(zone))
        self.n_solved += 1
        program = others.restricted(sides)
        better = claimed_best(program, program.exact.rhs, self.left())
        return point if better is None else better

    def _outcome(self, point: Point) -> Outcome:
        return self.objectives.turned(self.objectives.of(point))

    def _add(self, point: Point) -> None:
        """Take an outcome in, and split the zones that it is in."""
        z = self._outcome(point)
        self.met[z] = point
        hit = [zone for zone in self.zones if _is_inside(z, zone)]
        for zone in hit:
            del self.zones[zone]
        parts = {(*zone[:k], z[k], *zone[k + 1 :]) for zone in hit for k in range(3)}
        for part in parts:
            others = (*self.zones, *parts)
            if not any(other != part and weakly_below(part, other) for other in others):
                self.zones[part] = False

    # -- proof -------------------------------------------------------------------------

    def _prove(self, zone: Zone) -> bool:
        """Make the dual function tight at the limits of a zone; False if that fails."""
        rhs = self._rhs(zone)
        self.n_refined += 1
        if self.function is None:
            program = self.objectives.restricted(rhs[-2:])
            F = dual_function(program, method="branch-and-bound", limits=self.left())
        else:
            F = self.function.refine(at=rhs, limits=self.left())
        self.function = F
        tight = next((point for point in F.tight_points if point.rhs == rhs), None)
        if tight is None:
            self.stopped = F.report.stopped or "precision"
            return False
        if tight.point is not None and self._value(tight.point, 0) < zone[0]:
            self._add(self._improved(tight.point, zone))
        elif not self.met:
            raise UnsupportedError(
                "a Pareto frontier was asked for, but the program has no feasible point. Look "
                "at tamemip.infeasible_subset."
            )
        return True


def _is_inside(z: Outcome, zone: Zone) -> bool:
    return all(a < u for a, u in zip(z, zone, strict=True))


def _range(objectives: Objectives, k: int, limits: Limits) -> tuple[Fraction, Fraction] | None:
    """Bounds of an objective over all feasible points, in min orientation; None at a limit."""
    low = _least(objectives, k, limits)
    reverse = Objectives(
        objectives.program, tuple(tuple(-c for c in costs) for costs in objectives.costs)
    )
    high = _least(reverse, k, limits)
    return None if low is None or high is None else (low, -high)


def _least(objectives: Objectives, k: int, limits: Limits) -> Fraction | None:
    """A bound below an objective: from the bounds of the columns, or else proved."""
    program, total = objectives.program.exact, Fraction(0)
    for c, low, up in zip(objectives.costs[k], program.lower, program.upper, strict=True):
        cost = objectives.sign * c
        bound = low if cost > 0 else up
        if cost and not isinstance(bound, Fraction):
            proved = best_of_one(objectives, k, limits).bound
            return proved if isinstance(proved, Fraction) else None
        total += cost * bound if isinstance(bound, Fraction) else 0
    return total


def _trivial(objectives: Objectives, stopped: str | None) -> DualFunction:
    """The dual function that knows the bounds of the columns alone."""
    program = objectives.restricted((Fraction(0),) * 2)
    report = BuildReport(0, 0, 1, 0.0, 0.0, stopped)
    return DualFunction(program, "branch-and-bound", (Tree(),), (), report)


def _words(outcomes: int, zones: int) -> str:
    return f"{outcomes} outcomes, {zones} zones"

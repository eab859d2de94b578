"""Following the value through costs: Eisner and Severance's method, with proofs."""

from __future__ import annotations

import math
import time
from bisect import bisect_left
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.certificates import Bound
from tamemip.duality import DualFunction, Restriction, TightPoint, dual_function, recosted
from tamemip.errors import SolverError, UnsupportedError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, solve

Point: TypeAlias = tuple[Fraction, ...]

#: Nodes of a plain tree, and then of one over cuts, before the other is tried.
_FIRST_NODES = 20_000


@final
@dataclass(frozen=True, slots=True)
class CostLine:
    """What one feasible point costs: ``intercept + slope * t``, in min orientation."""

    intercept: Fraction
    slope: Fraction
    point: Point

    def at(self, t: Fraction) -> Fraction:
        """The cost at a step."""
        return self.intercept + self.slope * t


@final
@dataclass(frozen=True, slots=True)
class CostSample:
    """A step with its proof: a dual function for the costs there.

    `bound` is its value at the program's right-hand side, in min orientation.
    """

    t: Fraction
    bound: Bound
    dual_function: DualFunction


@final
@dataclass(frozen=True, slots=True)
class CostSearch:
    """What was found: samples by step, the lines of the points met, why it stopped."""

    samples: tuple[CostSample, ...]
    lines: tuple[CostLine, ...]
    stopped: str | None
    seconds: float


def search_costs(
    program: MixedIntegerProgram,
    direction: Mapping[int, Fraction],
    interval: tuple[Fraction, Fraction],
    limits: Limits,
    on_step: Callable[[int, int], None],
) -> CostSearch:
    """Sample every vertex of the envelope of the points met, until no new vertex appears."""
    start = time.monotonic()
    samples: dict[Fraction, CostSample] = {}
    lines: list[CostLine] = []
    stopped: str | None = None
    while missing := sorted(_vertices(lines, interval) - samples.keys()):
        for t in missing:
            left = limits.after(time.monotonic() - start)
            if left.seconds == 0 or stopped == "interrupted":
                stopped = stopped or "seconds"
                break
            moved = costs_at(program, direction, t)
            near = min(samples.values(), key=lambda s: abs(s.t - t), default=None)
            F, point = proved_optimum(moved, left, near, [line.point for line in lines])
            samples[t] = CostSample(t, _sign(program) * F.value, F)
            if point is not None:
                _add(lines, _line(program, direction, point))
            if not F.is_tight or F.report.stopped == "interrupted":
                stopped = F.report.stopped or "precision"
            on_step(len(samples), len(lines))
        if missing[-1] not in samples:
            break
    found = tuple(samples[t] for t in sorted(samples))
    return CostSearch(found, tuple(lines), stopped, time.monotonic() - start)


def costs_at(
    program: MixedIntegerProgram, direction: Mapping[int, Fraction], t: Fraction
) -> MixedIntegerProgram:
    """The program with the costs ``c + t * direction``."""
    return program.with_cost(
        [c + t * direction.get(j, Fraction(0)) for j, c in enumerate(program.exact.c)]
    )


def proved_optimum(
    program: MixedIntegerProgram,
    limits: Limits,
    near: CostSample | None = None,
    points: Sequence[Point] = (),
) -> tuple[DualFunction, Point | None]:
    """A dual function for the program's own rhs, and a feasible point: optimal if it is tight.

    Parameters
    ----------
    program, limits
        The program, and limits of the work.
    near
        What is proved for costs that may be near: its branching is used again.
    points
        Feasible points that may be good.

    Raises
    ------
    UnsupportedError
        If the program is proved infeasible or unbounded.
    """
    start = time.monotonic()
    F = (
        None
        if near is None
        else recosted(near.dual_function, program, points=points, limits=limits)
    )
    if F is None:
        F = _fresh(program, limits)
    tight = tight_point(F)
    if tight is None:
        return F, _claimed_point(program, limits.after(time.monotonic() - start))
    if tight.point is None:
        raise UnsupportedError(
            "the program has no feasible point, so its value is infinite whatever the costs "
            "are. Look at tamemip.infeasible_subset."
        )
    if tight.value is None:
        raise UnsupportedError(
            "the program is unbounded for some of the costs that were asked for, and the value "
            "is infinite there. Bound the columns, or ask for an interval without those costs."
        )
    return F, tight.point


def _fresh(program: MixedIntegerProgram, limits: Limits) -> DualFunction:
    """By a tree; over cuts where that is not soon done; by the tree where that is not either.

    Counted in nodes, so that runs repeat.
    """
    start = time.monotonic()
    F = dual_function(program, method="branch-and-bound", limits=_short(limits))
    if F.is_tight or F.report.stopped != "nodes" or limits.nodes is not None:
        return F
    left = limits.after(time.monotonic() - start)
    G = dual_function(program, method="branch-and-cut", limits=_short(left))
    if G.is_tight or G.report.stopped != "nodes":
        return G
    return F.refine(at=program.exact.rhs, limits=limits.after(time.monotonic() - start))


def _short(limits: Limits) -> Limits:
    return replace(limits, nodes=_FIRST_NODES if limits.nodes is None else limits.nodes)


def tight_point(F: DualFunction) -> TightPoint | None:
    """What is proved at the program's own right-hand side, if the bound is tight there."""
    own = F.program.exact.rhs
    return next((point for point in F.tight_points if point.rhs == own), None)


def envelope(
    lines: Sequence[CostLine], interval: tuple[Fraction, Fraction]
) -> list[tuple[Fraction, CostLine]]:
    """The least of some lines from left to right: where each one begins to be least.

    Walking right the slope falls, so the next line is the one of smaller slope that
    crosses the present one first (at ties, the one of least slope).
    """
    if not lines:
        return []
    t, end = interval
    line = min(lines, key=lambda o: (o.at(t), o.slope))
    found = [(t, line)]
    while True:
        present = found[-1][1]
        steps = [
            ((o.intercept - present.intercept) / (present.slope - o.slope), o.slope, o)
            for o in lines
            if o.slope < present.slope
        ]
        if not steps:
            return found
        t, _, line = min(steps, key=lambda step: step[:2])
        if t >= end:
            return found
        found.append((t, line))


def hull(samples: Sequence[CostSample]) -> list[tuple[Fraction, Fraction]]:
    """The vertices of the least concave function above the finite bounds, left to right."""
    found: list[tuple[Fraction, Fraction]] = []
    for sample in samples:
        if not isinstance(sample.bound, Fraction):
            continue
        t, bound = sample.t, sample.bound
        while len(found) > 1:
            (s, low), (r, high) = found[-2:]
            if (high - low) * (t - s) > (bound - low) * (r - s):
                break
            found.pop()
        found.append((t, bound))
    return found


def chord(vertices: Sequence[tuple[Fraction, Fraction]], t: Fraction) -> Bound:
    """The least that a concave function can be at a step, from the hull of its bounds."""
    k = bisect_left(vertices, t, key=lambda vertex: vertex[0])
    if k < len(vertices) and vertices[k][0] == t:
        return vertices[k][1]
    if k in (0, len(vertices)):
        return -math.inf
    (s, low), (r, high) = vertices[k - 1 : k + 1]
    return low + (t - s) / (r - s) * (high - low)


def _vertices(lines: Sequence[CostLine], interval: tuple[Fraction, Fraction]) -> set[Fraction]:
    return {*interval, *(t for t, _ in envelope(lines, interval)[1:])}


def _add(lines: list[CostLine], line: CostLine) -> None:
    if all((line.intercept, line.slope) != (o.intercept, o.slope) for o in lines):
        lines.append(line)


def _sign(program: MixedIntegerProgram) -> int:
    return 1 if program.sense == "min" else -1


def _line(
    program: MixedIntegerProgram, direction: Mapping[int, Fraction], point: Point
) -> CostLine:
    sign = _sign(program)
    slope = sum((rate * point[j] for j, rate in direction.items()), Fraction(0))
    return CostLine(sign * program.objective(point), sign * slope, point)


def _claimed_point(program: MixedIntegerProgram, limits: Limits) -> Point | None:
    """A point a solver claims, with an exact best continuous part; None if there is none."""
    try:
        claim = solve(program, limits=limits)
    except SolverError:
        return None
    if claim.point is None:
        return None
    flags = zip(claim.point, program.exact.integer, strict=True)
    part = tuple(Fraction(round(value)) for value, is_integer in flags if is_integer)
    point = Restriction(program).optimal_point(part, program.exact.rhs)
    return None if point is None or program.violations(point) else point

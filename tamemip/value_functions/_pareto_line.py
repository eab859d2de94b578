"""The frontier of two objectives: one value function over the efficient range."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.certificates import Bound
from tamemip.solvers import Limits
from tamemip.value_functions._line_function import line_value_function
from tamemip.value_functions._line_value import LineValueFunction
from tamemip.value_functions._pareto_ends import BestOfOne, best_of_one, claimed_best
from tamemip.value_functions._pareto_objectives import Objectives, Point
from tamemip.value_functions._pareto_pieces import ParetoGap, Pieces, efficient_pieces


@final
@dataclass(frozen=True, slots=True)
class LineFrontier:
    """What the search of a two-objective frontier has found.

    Attributes
    ----------
    pieces
        In min orientation.
    value_function
        The best first objective while the second is held at ``t`` or better; None if the
        limits did not even allow to find its ends.
    best
        The best value of each objective alone, with its proof.
    stopped
        None, or why something is left open.
    """

    pieces: Pieces
    value_function: LineValueFunction | None
    best: tuple[BestOfOne, BestOfOne]
    stopped: str | None


def search_line(objectives: Objectives, limits: Limits, *, progress: bool) -> LineFrontier:
    """Find the ends of the efficient range, then the value function on it."""
    began = time.monotonic()

    def left() -> Limits:
        return limits.after(time.monotonic() - began)

    second = best_of_one(objectives, 1, left())
    first = best_of_one(objectives, 0, left())
    start, end = second.bound, _last_step(objectives, first, left())
    stopped = second.stopped or first.stopped
    if end is None or not isinstance(start, Fraction):
        nowhere = ParetoGap((first.bound, start), (math.inf, math.inf))
        return LineFrontier(Pieces((), (), (nowhere,)), None, (first, second), stopped)
    v = _on_range(objectives, start, end, left(), progress)
    pieces = efficient_pieces(v, first.bound, _most(objectives, second))
    if not first.is_proved:
        pieces = _with_beyond(objectives, pieces, first, end)
    why = stopped or v.stopped if pieces.gaps else None
    return LineFrontier(pieces, v, (first, second), why)


def _last_step(objectives: Objectives, first: BestOfOne, limits: Limits) -> Fraction | None:
    """The second objective at a best point of the first: no efficient point has a worse one.

    The least such step would be its lexicographic optimum. A solver's claim for that is good
    enough: if it is not the least, the value function is flat at its end, with proof.
    """
    if first.point is None:
        return None
    points = [first.point]
    value = objectives.of(first.point)[0]
    exchanged = Objectives(objectives.program, (objectives.costs[1], objectives.costs[0]))
    program = exchanged.restricted((value,))
    better = claimed_best(program, program.exact.rhs, limits)
    points += [] if better is None else [better]
    return min(objectives.sign * objectives.of(point)[1] for point in points)


def _most(objectives: Objectives, second: BestOfOne) -> Bound:
    """The first objective at a best point of the second: no efficient point has a worse one."""
    if not second.is_proved or second.point is None:
        return math.inf
    return objectives.sign * objectives.of(second.point)[0]


def _on_range(
    objectives: Objectives, start: Fraction, end: Fraction, limits: Limits, progress: bool
) -> LineValueFunction:
    sign = objectives.sign
    program = objectives.restricted((Fraction(0),))
    interval = (start, end) if sign == 1 else (-end, -start)
    row = program.n_rows - 1
    return line_value_function(
        program, along={row: 1}, interval=interval, limits=limits, progress=progress
    )


def _with_beyond(objectives: Objectives, pieces: Pieces, first: BestOfOne, end: Fraction) -> Pieces:
    """With the box of what a better first objective might still bring, beyond the last step."""
    assert first.point is not None
    met = objectives.sign * objectives.of(first.point)[0]
    beyond = ParetoGap((first.bound, end), (met, math.inf))
    return Pieces(pieces.isolated, pieces.segments, (beyond, *pieces.gaps))


def solution_on_line(objectives: Objectives, v: LineValueFunction, t: Fraction) -> Point | None:
    """An efficient point whose second objective is `t`."""
    points = v.argmin(t)
    return next((x for x in points if objectives.of(x)[1] == t), None)

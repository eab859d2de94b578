"""Three engines for one line: which of them to ask, and for how long.

One tree for the whole line, with lines that serve all of it, is fastest where there are
many pieces. Where it grows too large, and one row moves, the search on a box follows: its
bounds are the best ones in each cell. Where one solve needs cuts, trees over cuts take
over, interval after interval.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import replace
from fractions import Fraction

from tamemip.certificates import SparseVector
from tamemip.duality import DualFunction
from tamemip.programs import Box, MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.value_functions._box_function import box_value_function
from tamemip.value_functions._lifted_line import lifted_line_search
from tamemip.value_functions._lifted_search import LiftedState
from tamemip.value_functions._line_pieces import cells_of, in_users_terms
from tamemip.value_functions._line_search import LineSearch, LineState
from tamemip.value_functions._line_value import LineValueFunction

#: What the first try may cost: nodes, and a share of the seconds.
_FIRST_NODES = 20_000
_FIRST_SHARE = 0.3
#: Without a limit, the seconds after which the one tree is grown to its end.
_PATIENCE_SECONDS = 120.0
#: The same for the search on a box, of what is left.
_BOX_SHARE, _BOX_SECONDS = 0.5, 60.0


def line_by_engines(
    program: MixedIntegerProgram,
    direction: SparseVector,
    interval: tuple[Fraction, Fraction],
    *,
    limits: Limits,
    on_step: Callable[[LineState | LiftedState], None] | None = None,
) -> LineValueFunction:
    """The value function on a line by the engine that can, the better of two if none can.

    Parameters
    ----------
    program, direction, interval
        The line ``rhs + t * direction``.
    limits
        Of all the work.
    on_step
        Called with the state of an engine as it works.
    """
    began = time.monotonic()
    v = _by_one_tree(program, direction, interval, _first(limits), on_step)
    if v.is_certified or v.stopped not in ("nodes", "seconds"):
        return v
    if limits.nodes is not None and limits.nodes <= _FIRST_NODES:
        return v
    u = _by_box(program, direction, interval, limits.after(time.monotonic() - began), on_step)
    if u is not None and (u.is_certified or u.stopped == "interrupted"):
        return replace(u, seconds=time.monotonic() - began)
    left = limits.after(time.monotonic() - began)
    seconds = _PATIENCE_SECONDS if left.seconds is None else left.seconds
    w = lifted_line_search(
        program, direction, interval, limits=replace(left, seconds=seconds), on_step=on_step
    )
    if not w.is_certified and left.seconds is None and w.stopped != "interrupted":
        return _by_one_tree(program, direction, interval, limits, on_step)
    best = max((v, w), key=_proved)
    stopped = None if best.is_certified else w.stopped or v.stopped
    return replace(best, stopped=stopped, seconds=time.monotonic() - began)


def _first(limits: Limits) -> Limits:
    nodes = _FIRST_NODES if limits.nodes is None else min(limits.nodes, _FIRST_NODES)
    seconds = None if limits.seconds is None else _FIRST_SHARE * limits.seconds
    return replace(limits, nodes=nodes, seconds=seconds)


def _proved(v: LineValueFunction) -> Fraction:
    """How much of the interval is proved, by length."""
    length = v.interval[1] - v.interval[0]
    return length - sum((gap.hi - gap.lo for gap in v.unproved), Fraction(0))


def _by_box(
    program: MixedIntegerProgram,
    direction: SparseVector,
    interval: tuple[Fraction, Fraction],
    limits: Limits,
    on_step: Callable[[LineState | LiftedState], None] | None,
) -> LineValueFunction | None:
    """What the search on a box of one row gives; None unless it comes to its end."""
    if len(direction) > 1 or interval[0] == interval[1]:
        return None
    ((row, rate),) = direction
    ends = sorted(program.exact.rhs[row] + rate * t for t in interval)
    share = _BOX_SECONDS if limits.seconds is None else _BOX_SHARE * limits.seconds
    box = Box({row: (ends[0], ends[1])})
    V = box_value_function(program, box, limits=replace(limits, seconds=share))
    if not V.is_certified:
        return None
    start = V.dual_function, V.parts
    return _by_one_tree(program, direction, interval, limits, on_step, start)


def _by_one_tree(
    program: MixedIntegerProgram,
    direction: SparseVector,
    interval: tuple[Fraction, Fraction],
    limits: Limits,
    on_step: Callable[[LineState | LiftedState], None] | None,
    start: tuple[DualFunction, Iterable[tuple[Fraction, ...]]] | None = None,
) -> LineValueFunction:
    lo, hi = interval
    base = list(program.exact.rhs)
    for i, rate in direction:
        base[i] += lo * rate
    search = LineSearch(
        program.with_rhs(base), direction, hi - lo, limits=limits, on_step=on_step, start=start
    )
    state = search.run()
    sign = 1 if program.sense == "min" else -1
    cells = in_users_terms(cells_of(state.upper, state.open), lo, sign, program.offset)
    return LineValueFunction(
        program,
        direction,
        interval,
        replace(state.dual_function, program=program),
        tuple(state.parts),
        tuple(state.parts.values()),
        state.stopped,
        state.refinements,
        state.seconds,
        tuple(cells),
    )

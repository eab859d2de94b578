"""The scenarios of a program, settled one after the other by one dual function."""

from __future__ import annotations

import operator
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from typing import TypeAlias, final

from tamemip.certificates import Bound
from tamemip.duality import DualFunction, dual_function
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, run_all, split_evenly
from tamemip.value_functions._expected_bounds import Bounds, DualBounds

Rhs: TypeAlias = tuple[Fraction, ...]

#: Integer parts that are tried at a scenario before the function is refined there.
_PARTS_TRIED = 4


@final
@dataclass(frozen=True, slots=True)
class Share:
    """Some scenarios of a program, and what they may take."""

    program: MixedIntegerProgram
    scenarios: tuple[Rhs, ...]
    start: DualFunction | None
    method: str
    limits: Limits


@final
@dataclass(frozen=True, slots=True)
class Settled:
    """Proved bounds at the scenarios of a share, and the dual function behind them.

    `refinements` counts the scenarios at which it had to be made better.
    """

    bounds: tuple[Bounds, ...]
    dual_function: DualFunction
    refinements: int
    stopped: str | None


def settle_all(share: Share, executor: Executor | None, chunks: int | None) -> Settled:
    """Settle the scenarios, with an executor in shares of their own."""
    if executor is None:
        return settle(share)
    shares = [
        Share(share.program, tuple(part), share.start, share.method, share.limits)
        for part in split_evenly(share.scenarios, chunks)
    ]
    done = run_all(settle, shares, executor)
    return Settled(
        tuple(pair for part in done for pair in part.bounds),
        reduce(operator.or_, (part.dual_function for part in done)),
        sum(part.refinements for part in done),
        next((part.stopped for part in done if part.stopped), None),
    )


def settle(share: Share) -> Settled:
    """Read the dual function at the scenarios, refine it where it is not tight, and again.

    A better function has to be prepared before it is read. So the number of refinements
    between two readings doubles.
    """
    begin, limits = time.monotonic(), share.limits
    refinements, F = 0, share.start
    if F is None:
        at = share.scenarios[0]
        F = dual_function(share.program, method=share.method, at=at, limits=limits)
        refinements = 1
    known, count = DualBounds(F, tries=_PARTS_TRIED), 1
    bounds = {rhs: known.at(rhs) for rhs in share.scenarios}
    waiting = [rhs for rhs, pair in bounds.items() if not _is_settled(pair)]
    while waiting:
        done = _refined(known, waiting[:count], limits, begin)
        refinements += done
        for rhs, pair in bounds.items():
            if not _is_settled(pair):
                bounds[rhs] = known.at(rhs)
        if done < min(count, len(waiting)):
            break  # a limit came
        # Each is refined once: what is open then is so for a reason.
        waiting = [rhs for rhs in waiting[count:] if not _is_settled(bounds[rhs])]
        count *= 2
    is_open = not all(map(_is_settled, bounds.values()))
    stopped = (known.F.report.stopped or "seconds") if is_open else None
    return Settled(tuple(bounds[rhs] for rhs in share.scenarios), known.F, refinements, stopped)


def _refined(known: DualBounds, rhs: Sequence[Rhs], limits: Limits, begin: float) -> int:
    """Refine at some scenarios while the limits last; how many it were."""
    for k, at in enumerate(rhs):
        left = limits.after(time.monotonic() - begin)
        if left.seconds == 0 or known.F.report.stopped == "interrupted":
            return k
        known.F = known.F.refine(at=at, limits=left)
        known.learn(known.F.tight_points)
    return len(rhs)


def _is_settled(pair: Bounds) -> bool:
    return pair[0] == pair[1]


def mean(weighted: Sequence[tuple[Fraction, Bound]], worst: float) -> Bound:
    """Expectation of values that may be infinite; the worst infinity wins over the other.

    A scenario of weight 0 does not count. `worst` is ``inf`` for ``min`` programs: where a
    scenario has no feasible point, no decision serves them all.
    """
    values = [value for weight, value in weighted if weight]
    if any(value == worst for value in values):
        return worst
    if any(value == -worst for value in values):
        return -worst
    terms = (weight * value for weight, value in weighted if isinstance(value, Fraction))
    return sum(terms, Fraction(0))

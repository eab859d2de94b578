"""The best packing of a knapsack."""

from __future__ import annotations

import math
import time

from tamemip.arithmetic import rationalize
from tamemip.certificates import Bound
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.plugins.knapsack._answer import KnapsackAnswer
from tamemip.plugins.knapsack._best_counts import (
    CorePacking,
    TooMuchWorkError,
    best_of_core,
    best_of_table,
    core_packing,
)
from tamemip.plugins.knapsack._capacities import refuse_other
from tamemip.plugins.knapsack._instance import Knapsack
from tamemip.plugins.knapsack._program import decode, evaluate, program
from tamemip.plugins.knapsack._solution import AnyKnapsack, KnapsackSolution
from tamemip.plugins.knapsack._value_function import METHOD, ORIGIN
from tamemip.solvers import Claim, Limits, Status
from tamemip.solvers import solve as solve_program


def solve(instance: AnyKnapsack, *, limits: Limits | None = None) -> KnapsackAnswer:
    """The best packing: exact where dynamic programming can afford it, else a solver's claim.

    With one capacity, a Lagrangian bound decides most items first, and dynamic programming
    the others. With several, or with classes, it runs if the table is moderate. All this is
    in exact integers. Where it is too much, `tamemip.solve` is asked about the program; the
    packing and its value are exact then too, but that none is better is a claim.

    Parameters
    ----------
    instance
        The knapsack, of any kind.
    limits
        When to stop: for a solver all of them, for dynamic programming the seconds.

    Returns
    -------
    KnapsackAnswer
        Infeasible and limit reached are statuses, not exceptions.

    Raises
    ------
    UnsupportedError
        If the value is unbounded.

    Examples
    --------
    >>> from tamemip.plugins.knapsack import Knapsack
    >>> print(solve(Knapsack([10, 7, 25, 24], [2, 1, 6, 5], 7)))
    value 34 (optimal, by exact dynamic programming), 2 of 4 items, load 7 of 7
      item  profit  weight  share
         0      10       2  28.6%
         3      24       5  71.4%
    """
    refuse_other(instance)
    start = time.monotonic()
    limits = limits or Limits()
    deadline = None if limits.seconds is None else start + limits.seconds
    core: CorePacking | None = None
    counts: tuple[int, ...] | None
    try:
        if isinstance(instance, Knapsack) and instance.n_capacities == 1:
            core = core_packing(instance)
            counts = best_of_core(core, deadline)
        else:
            counts = best_of_table(instance, deadline)
    except NotAllowedError:  # the limits
        return _claimed(instance, core, None, limits, start)
    except TooMuchWorkError as stop:
        return _claimed(instance, core, stop.counts, limits, start)
    if counts is None:
        seconds = time.monotonic() - start
        return KnapsackAnswer(Status.INFEASIBLE, None, -math.inf, True, METHOD, seconds)
    return _optimal(KnapsackSolution.of(instance, counts, origin=ORIGIN), METHOD, start)


_BOUND = "an exact Lagrangian bound"


def _claimed(
    instance: AnyKnapsack,
    core: CorePacking | None,
    counts: tuple[int, ...] | None,
    limits: Limits,
    start: float,
) -> KnapsackAnswer:
    """What a solver claims, beside what is known of the core and found on the way."""
    if counts is None and core is not None:
        counts = core.greedy_counts
    left = limits.after(time.monotonic() - start)
    claim = solve_program(program(instance).program, limits=left, hint=counts)
    packed = _checked(instance, claim)
    has_fault = packed is None and claim.point is not None
    bound: Bound = rationalize(claim.bound) if math.isfinite(claim.bound) else claim.bound
    if counts is not None:
        found = KnapsackSolution.of(instance, counts, origin="found by dynamic programming in part")
        packed = found if packed is None or packed.value < found.value else packed
    if core is not None and packed is not None:
        bound = min(bound, core.bound)
        if packed.value == core.bound:
            packed = KnapsackSolution.of(instance, packed.counts, origin=f"optimal, by {_BOUND}")
            return _optimal(packed, _BOUND, start)
    if packed is None:
        packed = _nothing(instance)
    if packed is not None:
        bound = max(bound, packed.value)
    seconds = time.monotonic() - start
    status = Status.LIMIT if has_fault else claim.status
    return KnapsackAnswer(status, packed, bound, False, claim.solver, seconds)


def _nothing(instance: AnyKnapsack) -> KnapsackSolution | None:
    """The packing without items, if the instance allows it."""
    empty = KnapsackSolution.of(instance, [0] * len(instance.labels), origin="nothing is taken")
    try:
        evaluate(instance, empty)
    except InvalidInputError:
        return None
    return empty


def _optimal(packed: KnapsackSolution, method: str, start: float) -> KnapsackAnswer:
    seconds = time.monotonic() - start
    return KnapsackAnswer(Status.OPTIMAL, packed, packed.value, True, method, seconds)


def _checked(instance: AnyKnapsack, claim: Claim) -> KnapsackSolution | None:
    """The packing of a claim, if it has one that fits exactly, not up to a tolerance."""
    if claim.point is None:
        return None
    packed = decode(instance, claim.point.tolist())
    try:
        evaluate(instance, packed)
    except InvalidInputError:
        return None
    origin = f"{claim.status.value}, claimed by {claim.solver}"
    return KnapsackSolution.of(instance, packed.counts, origin=origin)

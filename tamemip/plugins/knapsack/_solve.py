"""The best packing of a knapsack."""

from __future__ import annotations

import math
import time

from tamemip.arithmetic import rationalize
from tamemip.certificates import Bound
from tamemip.errors import NotAllowedError
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
    except (TooMuchWorkError, NotAllowedError):
        claim = solve_program(
            program(instance).program, limits=limits.after(time.monotonic() - start)
        )
        return _claimed(instance, claim, core, start)
    seconds = time.monotonic() - start
    if counts is None:
        return KnapsackAnswer(Status.INFEASIBLE, None, -math.inf, True, METHOD, seconds)
    packed = KnapsackSolution.of(instance, counts, origin=ORIGIN)
    return KnapsackAnswer(Status.OPTIMAL, packed, packed.value, True, METHOD, seconds)


def _claimed(
    instance: AnyKnapsack, claim: Claim, core: CorePacking | None, start: float
) -> KnapsackAnswer:
    """What a solver claims, beside what is known of the core."""
    packed = _checked(instance, claim)
    bound: Bound = rationalize(claim.bound) if math.isfinite(claim.bound) else claim.bound
    status = claim.status
    if core is not None:
        bound = min(bound, core.bound)
        if packed is None or packed.value < core.greedy_value:
            packed = KnapsackSolution.of(instance, core.greedy_counts, origin="found greedily")
        if packed.value == core.bound:
            status = Status.OPTIMAL
    return KnapsackAnswer(status, packed, bound, False, claim.solver, time.monotonic() - start)


def _checked(instance: AnyKnapsack, claim: Claim) -> KnapsackSolution | None:
    """The packing of a claim, if it has one that the instance allows."""
    if claim.point is None:
        return None
    packed = decode(instance, claim.point.tolist())
    evaluate(instance, packed)
    origin = f"{claim.status.value}, claimed by {claim.solver}"
    return KnapsackSolution.of(instance, packed.counts, origin=origin)

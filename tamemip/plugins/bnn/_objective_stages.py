"""Objectives one after another: the first counts, and among its best networks the next."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.plugins.bnn._assessment import (
    best_total,
    best_value,
    exact_sums,
    is_better_greater,
    objective_values,
    signed_priorities,
)
from tamemip.plugins.bnn._network import BinarizedNetwork
from tamemip.plugins.bnn._training import NetworkTraining
from tamemip.solvers import Limits, Status

INTERRUPTED = "interrupted"
"""How the reason of a search begins that somebody has stopped."""


@final
@dataclass(frozen=True, slots=True)
class StageRun:
    """A search by one objective.

    Attributes
    ----------
    status
        How it ended.
    network
        The best network found, if there is one.
    bound
        What is claimed that no network betters in this objective; None if nothing is.
    reason
        Why it ended, in short.
    solver
        Who searched.
    """

    status: Status
    network: BinarizedNetwork | None
    bound: Fraction | None
    reason: str
    solver: str


@final
@dataclass(frozen=True, slots=True)
class StagedAnswer:
    """What searches by all objectives found and claim.

    Attributes
    ----------
    network
        The best network found, if there is one.
    bound
        It is claimed that no network is better than this; None if the claim is that there is none.
    status
        How the search ended.
    reason
        Why, in short.
    solver
        Who searched; empty if nobody had to.
    """

    network: BinarizedNetwork | None
    bound: Fraction | None
    status: Status
    reason: str
    solver: str


RunStage: TypeAlias = Callable[[int, BinarizedNetwork | None, Sequence[Fraction]], StageRun]
"""Searches by the objective of a rank, from a network, among those that keep earlier values."""


def in_stages(
    instance: NetworkTraining, run: RunStage, *, start: BinarizedNetwork | None
) -> StagedAnswer:
    """Search by each objective, among the networks that are as good by those before it.

    An objective whose best conceivable value is reached is not searched for.
    """
    best, solver = start, ""
    bound, reason, is_open = best_total(instance), "optimal", False
    fixed: list[Fraction] = []
    for rank, name in enumerate(instance.objectives):
        utmost = best_value(instance, name)
        if best is None or _value(instance, best, rank) != utmost:
            found = run(rank, best, fixed)
            solver = found.solver
            if found.status is Status.INFEASIBLE and not fixed:
                return StagedAnswer(None, None, Status.INFEASIBLE, "infeasible", solver)
            best = _better(instance, best, found.network)
        else:
            found = StageRun(Status.OPTIMAL, None, utmost, "optimal", solver)
        if not is_open:
            bound = total_bound(instance, fixed, found.bound)
            reason = found.reason
            is_open = found.status is not Status.OPTIMAL
        if best is None or found.reason.startswith(INTERRUPTED):
            return StagedAnswer(best, bound, Status.LIMIT, found.reason, solver)
        if rank < len(instance.objectives) - 1:
            fixed.append(_value(instance, best, rank))
            # Within a gap that is allowed, the value may still be short of the bound.
            is_open = is_open or found.bound != fixed[-1]
    status = Status.LIMIT if is_open else Status.OPTIMAL
    return StagedAnswer(best, bound, status, reason, solver)


def total_bound(
    instance: NetworkTraining, fixed: Sequence[Fraction], bound: Fraction | None
) -> Fraction:
    """A bound on the value: objectives are decided up to one that has a bound, or none.

    Examples
    --------
    >>> instance = NetworkTraining([[1]], [1], objective=("max-correct", "min-weight"))
    >>> total_bound(instance, [], Fraction(1))
    Fraction(3, 1)
    """
    best = [best_value(instance, name) for name in instance.objectives[len(fixed) :]]
    values = [*fixed, best[0] if bound is None else bound, *best[1:]]
    return sum(
        (w * v for w, v in zip(signed_priorities(instance), values, strict=True)), Fraction(0)
    )


def share_of(left: Limits, instance: NetworkTraining, rank: int) -> Limits:
    """What an objective may take of the limits that are left, with others to come after it."""
    if left.seconds is None or rank == len(instance.objectives) - 1:
        return left
    return Limits(_SHARE * left.seconds, left.nodes, left.gap, left.memory_mb)


_SHARE = 0.7
"""Of the time that is left, so much may go into an objective that is not the last one."""


def _value(instance: NetworkTraining, network: BinarizedNetwork, rank: int) -> Fraction:
    return _values(instance, network)[rank]


def _values(instance: NetworkTraining, network: BinarizedNetwork) -> tuple[Fraction, ...]:
    return objective_values(instance, network, exact_sums(instance, network))


def _better(
    instance: NetworkTraining, first: BinarizedNetwork | None, second: BinarizedNetwork | None
) -> BinarizedNetwork | None:
    """The better of two networks; the first of equals."""
    if first is None or second is None:
        return first or second
    keys = [
        [
            v if is_better_greater(name) else -v
            for name, v in zip(instance.objectives, _values(instance, network), strict=True)
        ]
        for network in (first, second)
    ]
    return second if keys[1] > keys[0] else first

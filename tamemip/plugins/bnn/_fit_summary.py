"""What is said of several networks together."""

from __future__ import annotations

import math
from collections.abc import Sequence

from tamemip.certificates import Bound
from tamemip.plugins.bnn._network_fit import NetworkFit


def status_of(fits: Sequence[NetworkFit]) -> str:
    """The status of the one of which most is missing."""
    return max((fit.status for fit in fits), key=list(_STATUSES).index)


def reason_of(fits: Sequence[NetworkFit]) -> str:
    """How many ended in which way, and the reason of one that is as bad as any."""
    if len(fits) == 1:
        return fits[0].reason
    counts = {said: sum(fit.status == name for fit in fits) for name, said in _STATUSES.items()}
    parts = [f"{count} {said}" for said, count in counts.items() if count]
    parts.append(f"{sum(fit.is_proved for fit in fits)} proved to be optimal")
    clocked = sum(fit.is_clocked for fit in fits)
    if clocked:
        parts.append(f"{clocked} perhaps in part ended by the clock")
    worst = status_of(fits)
    shown = next(
        (k for k, fit in enumerate(fits) if fit.is_interrupted),
        next(k for k, fit in enumerate(fits) if fit.status == worst),
    )
    said = f"{len(fits)} networks: {', '.join(parts)}. Network {shown}: {fits[shown].reason}"
    return f"interrupted: {said}" if fits[shown].is_interrupted else said


def total_value(fits: Sequence[NetworkFit]) -> Bound:
    """The values of all training programs side by side."""
    return sum((fit.value for fit in fits[1:]), fits[0].value)


def total_bound(fits: Sequence[NetworkFit], *, is_minimized: bool) -> Bound:
    """The sum of the bounds.

    Where one program allows no network and of another nothing is known, nothing is known.
    """
    nothing = -math.inf if is_minimized else math.inf
    if any(fit.bound == nothing for fit in fits):
        return nothing
    return sum((fit.bound for fit in fits[1:]), fits[0].bound)


_STATUSES = {"optimal": "optimal", "descended": "descended", "limit reached": "at a limit"}
"""The more is missing, the later."""

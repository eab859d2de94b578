"""Resource-constrained projects: schedules by priority lists."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from fractions import Fraction
from typing import final

from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._resource_constrained_schedule import project_schedule
from tamemip.plugins.scheduling._resource_constrained_time import chains
from tamemip.plugins.scheduling._schedule import Schedule


def list_schedule(project: ResourceConstrained, order: Sequence[int]) -> Schedule:
    """Activities in the order of a list, each as early as precedences and capacities allow.

    Parameters
    ----------
    project
        The project.
    order
        All activities, predecessors first.

    References
    ----------
    .. [1] R. Kolisch, "Serial and parallel resource-constrained project scheduling methods
       revisited", European Journal of Operational Research 90 (1996), 320-333.

    Examples
    --------
    >>> project = ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)])
    >>> list_schedule(project, [1, 2, 0]).starts == (0, 0, 2)
    True
    """
    scale = math.lcm(*(p.denominator for p in project.durations))
    lengths = [int(scale * p) for p in project.durations]
    before: list[list[int]] = [[] for _ in lengths]
    for i, j in project.precedences:
        before[j].append(i)
    profile = _Profile(project)
    starts = [0] * len(lengths)
    for j in order:
        first = max((starts[i] + lengths[i] for i in before[j]), default=0)
        starts[j] = profile.placed(j, first, lengths[j])
    return project_schedule(project, [Fraction(start, scale) for start in starts])


def longest_first(project: ResourceConstrained) -> list[int]:
    """All activities by the longest chain from each on, predecessors first."""
    heads, tails = chains(project)
    # Along a precedence the tail falls, or else the first activity has no length; then the
    # head may be the same too, and the number of precedences before decides.
    depth = [0] * project.n_activities
    for _ in range(project.n_activities):
        for i, j in project.precedences:
            depth[j] = max(depth[j], depth[i] + 1)
    return sorted(range(project.n_activities), key=lambda j: (-tails[j], heads[j], depth[j]))


@final
class _Profile:
    """What is in use over time: a step function, of integer times."""

    # Invariant: between times[k] and times[k + 1] as much is in use as in uses[k]; after the
    # last time nothing is.
    def __init__(self, project: ResourceConstrained) -> None:
        self._needs = project.requirements
        self._capacities = project.capacities
        self._times = [0]
        self._uses = [tuple(Fraction(0) for _ in project.capacities)]

    def placed(self, j: int, first: int, length: int) -> int:
        """Put an activity where there is room for it, as early as `first` allows."""
        start = first
        if not length:
            return start
        k = bisect_right(self._times, start) - 1
        while k < len(self._times) and self._times[k] < start + length:
            if self._has_room(j, k):
                k += 1
            else:
                k += 1
                start = self._times[k]
        for k in range(self._broken(start), self._broken(start + length)):
            pairs = zip(self._uses[k], self._needs[j], strict=True)
            self._uses[k] = tuple(used + need for used, need in pairs)
        return start

    def _has_room(self, j: int, k: int) -> bool:
        triples = zip(self._uses[k], self._needs[j], self._capacities, strict=True)
        return all(used + need <= capacity for used, need, capacity in triples)

    def _broken(self, time: int) -> int:
        """The place of a time among the breakpoints, new if it is none."""
        k = bisect_left(self._times, time)
        if k == len(self._times) or self._times[k] != time:
            self._times.insert(k, time)
            self._uses.insert(k, self._uses[k - 1])
        return k

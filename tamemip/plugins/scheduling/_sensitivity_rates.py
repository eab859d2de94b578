"""One-sided rates of the least makespan in the duration of one operation, by CP-SAT.

All durations are multiples of a unit, 1 say. If an operation takes ``d``, the makespan of a
selection ``S`` is ``max(A_S, B_S + d)``: the longest path without it, and with it. So
``v(d) = min_S max(A_S, B_S + d)`` is continuous, has the slopes 0 and 1, and bends at
integers only. Let it be ``V`` where ``d = p``; ``t >= 0`` counts units.

* *More.* ``v(p + t) = V`` up to the largest ``t`` for which some selection has a makespan of at
  most ``V``. If that is 0, the slope is 1, up to the last ``t`` before the first one for which
  some selection has a makespan of at most ``V + t - 1``.
* *Less.* ``v(p - t) = V - t`` up to the largest ``t`` for which some selection has a makespan of
  at most ``V - t``: such a selection has ``A_S <= V - t`` and ``B_S + p <= V``, so that it does
  as well for all smaller ``t``, and no makespan falls faster. If that is 0, the slope is 0, up
  to the last ``t`` before the first one for which some selection has at most ``V - 1``.

Each line is one search; a selection that it finds is examined exactly.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import final

from tamemip.errors import SolverError
from tamemip.plugins.scheduling._selections import Selections
from tamemip.plugins.scheduling._selections_bounds import LowerBounds
from tamemip.plugins.scheduling._selections_model import SelectionsModel
from tamemip.plugins.scheduling._selections_search import SelectionsSearch
from tamemip.plugins.scheduling._sensitivity_table import Rate, Reach
from tamemip.solvers import Status

_ZERO, _ONE = Fraction(0), Fraction(1)
_UNKNOWN = Rate(None)


@final
@dataclass(frozen=True, slots=True)
class Rates:
    """Rates of a least makespan.

    Attributes
    ----------
    search
        Where to ask.
    bounds
        What is proved.
    value
        The makespan, in units.
    is_proved
        Whether it is proved to be least.
    seconds
        For each question.
    """

    search: SelectionsSearch
    bounds: LowerBounds
    value: int
    is_proved: bool
    seconds: float

    def more(self, i: int, slack: Fraction) -> Rate:
        """The rate if operation `i` takes longer; it may by `slack`, as a schedule shows."""
        p, v = self._units(i), self.value
        longest = self._ask(i, _Question(p, v, constant=v, sign=1))
        if longest.duration is None:
            return Rate(_ZERO, slack, is_proved=self.is_proved) if slack else _UNKNOWN
        if longest.duration > p:
            step = self._time(longest.duration - p)
            return Rate(_ZERO, step, longest.is_last, self.is_proved)
        if not longest.is_last:
            return _UNKNOWN
        most = p + 1 + self.search.total
        first = self._ask(i, _Question(p + 1, most, constant=v - p - 1, slope=1, sign=-1))
        until = self._before(first, lambda d: d - p - 1)
        return Rate(_ONE, until, True, self._is_bound(i, p + 1, v + 1))

    def less(self, i: int) -> Rate:
        """The rate if operation `i` takes less time; unknown where it takes none."""
        p, v = self._units(i), self.value
        if not p:
            return _UNKNOWN
        shortest = self._ask(i, _Question(0, p, constant=v - p, slope=1, sign=-1))
        if shortest.duration is None:
            return _UNKNOWN
        if shortest.duration < p:
            step = self._time(p - shortest.duration) if shortest.duration else math.inf
            return Rate(_ONE, step, shortest.is_last, self.is_proved)
        if not shortest.is_last:
            return _UNKNOWN
        first = self._ask(i, _Question(0, p - 1, constant=v - 1, sign=1))
        until = self._before(first, lambda d: p - d - 1)
        return Rate(_ZERO, until, True, self._is_bound(i, p - 1, v))

    def _units(self, i: int) -> int:
        return self.search.units(self.search.selections.durations[i])

    def _time(self, units: int) -> Fraction:
        return units * self.search.selections.unit

    def _before(self, first: _Extreme, step: Callable[[int], int]) -> Reach:
        """The step up to which nothing changes, if a search found the first that does."""
        if not first.is_last:
            return None
        return math.inf if first.duration is None else self._time(step(first.duration))

    def _is_bound(self, i: int, duration: int, makespan: int) -> bool:
        """Whether it is proved that an operation of this duration makes so long a makespan."""
        return self.bounds.prove(self._with(i, duration).durations, self._time(makespan))

    def _with(self, i: int, duration: int) -> Selections:
        p = self.search.selections.durations
        return replace(
            self.search.selections, durations=(*p[:i], self._time(duration), *p[i + 1 :])
        )

    def _ask(self, i: int, question: _Question) -> _Extreme:
        """The extreme duration of an operation that a question allows."""
        model = SelectionsModel(self.search.selections, question.most, moved=i)
        d = model.moved
        model.model.add(d >= question.low)
        model.model.add(d <= question.high)
        model.makespan_at_most(question.slope * d + question.constant)
        model.model.maximize(question.sign * d)
        answer = self.search.solve(model, seconds=self.seconds)
        if not answer.has_values:
            return _Extreme(None, answer.status is Status.INFEASIBLE)
        duration = answer.solver.value(d)
        moved = self._with(i, duration)
        starts = moved.earliest(model.selection(answer.solver))
        ends = (s + p for s, p in zip(starts, moved.durations, strict=True))
        if max(ends) > self._time(question.slope * duration + question.constant):
            raise SolverError(
                "CP-SAT gave a selection that is longer than it was asked to be.",
                solver="cp-sat",
                raw=(duration, starts),
            )
        return _Extreme(duration, answer.status is Status.OPTIMAL)


@final
@dataclass(frozen=True, slots=True)
class _Question:
    """The extreme duration for which some selection has a makespan of so much at most.

    The largest one from `low` to `high`, or the smallest if the sign is -1; the makespan may be
    ``slope * duration + constant``.
    """

    low: int
    high: int
    constant: int
    sign: int
    slope: int = 0

    @property
    def most(self) -> int:
        """The largest makespan, and duration, that it speaks of."""
        return max(self.high, self.slope * self.high + self.constant)


@final
@dataclass(frozen=True, slots=True)
class _Extreme:
    """An answer; no duration if there is none, or none was found."""

    duration: int | None
    is_last: bool

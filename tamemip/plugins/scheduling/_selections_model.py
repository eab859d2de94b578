"""Selections in the language of CP-SAT: integer starts, and what is asked of them."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, final

from tamemip.plugins.scheduling._selections import Arc, Resource, Selections

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Length: TypeAlias = "int | cp_model.IntVar"


@final
class SelectionsModel:
    """A CP-SAT model whose solutions are the selections up to a makespan.

    Time is counted in units of which all durations are multiples. An operation of no
    duration, or of one that may shrink to none, still takes its turn; so it is given an
    infinitesimal length ``e``. In integers: durations ``p`` become ``N p + 1`` for the ``Z``
    of them that have ``e``, and ``N p`` for the others, with ``N = Z + 1``. A path of length
    ``L + z e`` then has the length ``N L + z`` with ``z <= Z < N``: so a selection has a
    longest path of at most ``V`` units iff that of the integer lengths is at most
    ``N V + Z``. All lengths are positive, so that whatever is ordered by them has no cycle.

    Parameters
    ----------
    selections
        The selections.
    most
        The largest makespan of interest, in units.
    moved
        The operation whose duration is the variable `moved`, if one is.
    """

    def __init__(self, selections: Selections, most: int, *, moved: int | None = None) -> None:
        # Late, since OR-Tools takes a second to import.
        from ortools.sat.python import cp_model

        self.selections = selections
        self.units = [int(p / selections.unit) for p in selections.durations]
        self.model = cp_model.CpModel()
        self.moved = self.model.new_int_var(0, most if moved is not None else 0, "moved duration")
        self._small = {i for i, p in enumerate(self.units) if not p or i == moved}
        self._scale = len(self._small) + 1
        horizon = self._limit(most)
        n = len(self.units)
        self.starts = [self.model.new_int_var(0, horizon, f"start {i}") for i in range(n)]
        self.ends = [self.model.new_int_var(0, horizon, f"end {i}") for i in range(n)]
        self._lengths = [self._length(i, moved) for i in range(n)]
        self.intervals = [
            self.model.new_interval_var(*bar, f"operation {i}")
            for i, bar in enumerate(zip(self.starts, self._lengths, self.ends, strict=True))
        ]
        for i, j in selections.arcs:
            self.model.add(self.starts[j] >= self.ends[i])
        self._agree(selections.alike)
        self._amounts = [_integers(resource) for resource in selections.resources]
        for resource, amounts in zip(selections.resources, self._amounts, strict=True):
            self._share(resource, *amounts)

    def makespan_at_most(self, units: cp_model.LinearExprT) -> None:
        """Ask for a longest path of at most so many units, a number or an expression."""
        limit = self._scale * units + len(self._small)
        for end in self.ends:
            self.model.add(end <= limit)
        # This follows, but CP-SAT does not see it where a duration is a variable.
        for users, demands, capacity in self._amounts:
            lengths = (self._lengths[i] for i in users)
            work = sum(a * length for a, length in zip(demands, lengths, strict=True))
            self.model.add(work <= capacity * limit)

    def makespan(self, most: int) -> cp_model.IntVar:
        """A new variable, not below the longest path, in units."""
        units = self.model.new_int_var(0, most, "makespan")
        self.makespan_at_most(units)
        return units

    def path(self, length: int) -> Mapping[int, cp_model.IntVar]:
        """Ask for a path of so many units, and give back for each operation whether it is on it.

        With the makespan at most as long, nothing on the path may wait. Arcs go forward in
        time, and every operation on the path has one before and one after it, or is the first
        or the last; so there is one path and no cycle.
        """
        n, slack = len(self.units), len(self._small)
        on = {i: self.model.new_bool_var(f"on {i}") for i in range(n)}
        first = [self.model.new_bool_var(f"first {i}") for i in range(n)]
        last = [self.model.new_bool_var(f"last {i}") for i in range(n)]
        before, after = [[v] for v in first], [[v] for v in last]
        for i, j in self.selections.links():
            taken = self.model.new_bool_var(f"{i} to {j}")
            after[i].append(taken)
            before[j].append(taken)
            wait = self.starts[j] - self.ends[i]
            self.model.add(wait >= 0).only_enforce_if(taken)
            self.model.add(wait <= slack).only_enforce_if(taken)
        self.model.add_exactly_one(first)
        self.model.add_exactly_one(last)
        for i in range(n):
            self.model.add_exactly_one([*before[i], on[i].negated()])
            self.model.add_exactly_one([*after[i], on[i].negated()])
        self.model.add(sum(p * on[i] for i, p in enumerate(self.units)) == length)
        self._fill(on, first, last, length)
        return on

    def _fill(
        self,
        on: Mapping[int, cp_model.IntVar],
        first: Sequence[cp_model.IntVar],
        last: Sequence[cp_model.IntVar],
        length: int,
    ) -> None:
        # All of this follows, and saves a search: on LA01 36 sets are found in 25 s instead of 9.
        bars = zip(self.starts, self._lengths, self.ends, strict=True)
        self.model.add_no_overlap(
            self.model.new_optional_interval_var(*bar, on[i], f"on path {i}")
            for i, bar in enumerate(bars)
        )
        for i in on:
            self.model.add(self.starts[i] <= len(self._small)).only_enforce_if(first[i])
            self.model.add(self.ends[i] >= self._scale * length).only_enforce_if(last[i])

    def forbid(self, on: Mapping[int, cp_model.IntVar], path: Sequence[int]) -> None:
        """Ask for another set of operations on the path."""
        chosen = set(path)
        # Of two sets of one total, none contains the other, but for operations of no duration.
        others = [v for i, v in on.items() if i not in chosen and not self.units[i]]
        self.model.add_bool_or([*(on[i].negated() for i in chosen), *others])

    def chosen(
        self, solver: cp_model.CpSolver, on: Mapping[int, cp_model.IntVar]
    ) -> tuple[int, ...]:
        """The path of a solution, from beginning to end."""
        path = [i for i, v in on.items() if solver.value(v)]
        return tuple(sorted(path, key=lambda i: solver.value(self.starts[i])))

    def selection(self, solver: cp_model.CpSolver) -> tuple[Arc, ...]:
        """The arcs of a solution between operations that share a resource."""
        starts = [solver.value(v) for v in self.starts]
        ends = [solver.value(v) for v in self.ends]
        links = self.selections.links()
        return tuple((i, j) for i, j in links if starts[j] >= ends[i])

    def _limit(self, units: int) -> int:
        return self._scale * units + len(self._small)

    def _length(self, i: int, moved: int | None) -> cp_model.LinearExprT:
        units: Length = self.units[i]
        if i == moved:
            units = self.moved
        return self._scale * units + (i in self._small)

    def _agree(self, groups: Sequence[Sequence[Arc]]) -> None:
        for k, group in enumerate(groups):
            first = self.model.new_bool_var(f"first {k}")
            for i, j in group:
                self.model.add(self.starts[j] >= self.ends[i]).only_enforce_if(first)
                self.model.add(self.starts[i] >= self.ends[j]).only_enforce_if(first.negated())

    def _share(
        self, resource: Resource, users: Sequence[int], demands: Sequence[int], capacity: int
    ) -> None:
        intervals = [self.intervals[i] for i in users]
        if resource.is_unary:
            self.model.add_no_overlap(intervals)
        else:
            self.model.add_cumulative(intervals, demands, capacity)


def _integers(resource: Resource) -> tuple[list[int], list[int], int]:
    """The users of a resource, their demands and its capacity, as multiples of a unit."""
    users = sorted(i for i, demand in resource.demands.items() if demand)
    amounts = [resource.capacity, *(resource.demands[i] for i in users)]
    factor = math.lcm(*(a.denominator for a in amounts))
    capacity, *demands = (int(Fraction(factor) * a) for a in amounts)
    return users, demands, capacity

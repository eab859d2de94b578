"""All critical paths of all optimal selections, one set of operations at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice, pairwise
from typing import TYPE_CHECKING, TypeAlias, final

from tamemip.errors import SolverError
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._selections_model import SelectionsModel
from tamemip.plugins.scheduling._selections_search import Selected, SelectionsSearch
from tamemip.solvers import Status

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

Indicator: TypeAlias = "tuple[Fraction, ...]"
"""1 for the operations of a path, 0 for the others."""


@final
@dataclass(frozen=True, slots=True, repr=False)
class CriticalPath:
    """Operations that follow each other without a gap from beginning to end.

    Attributes
    ----------
    operations
        Their names, in the order in which they are done.
    places
        Their places among all operations of the instance.
    schedule
        A schedule in which they are done so: each as soon as the one before, of the same job
        or with a common resource, has ended.
    """

    operations: tuple[str, ...]
    places: tuple[int, ...]
    schedule: Schedule

    def __repr__(self) -> str:
        return f"CriticalPath({' -> '.join(self.operations)})"


@final
@dataclass(frozen=True, slots=True)
class CriticalPaths:
    """Critical paths by the set of their operations.

    Attributes
    ----------
    found
        One path for each set.
    is_complete
        Whether CP-SAT claims that there is no further set.
    undecided
        Operations that are on all paths found or on none, without a claim that it is so for
        all paths there are. Empty if complete.
    """

    found: dict[Indicator, CriticalPath]
    is_complete: bool
    undecided: frozenset[int]


def critical_paths(search: SelectionsSearch, best: Selected, *, limit: int) -> CriticalPaths:
    """Critical paths, at most so many, until there is no other one.

    The first ones are those of a selection of least makespan. Each solve asks for a selection
    of no larger makespan, with a path as long that differs, as a set, from the ones before; all
    longest paths of the selection are kept. If the limit comes first, it is asked of each
    operation whether some path goes without it, or with it.
    """
    listing = _Listing(search, best.makespan, {})
    undecided = set(range(len(search.selections.durations)))
    is_complete = False
    try:
        is_complete = listing.run(best, limit)
        if not is_complete:
            listing.decide(undecided)
    except KeyboardInterrupt:
        search.stop()  # what was found so far is valid, and says that it is not all
    for i in list(undecided):
        if is_complete or len(listing.ways(i)) > 1:
            undecided.discard(i)
    return CriticalPaths(listing.found, is_complete, frozenset(undecided))


@final
@dataclass(frozen=True, slots=True)
class _Listing:
    search: SelectionsSearch
    length: Fraction
    found: dict[Indicator, CriticalPath]

    def run(self, best: Selected, limit: int) -> bool:
        """List paths, and say whether CP-SAT claims that these are all."""
        model, on = self._question()
        new = self._keep(best, limit=limit)
        while True:
            for path in new:
                model.forbid(on, path.places)
            self.search.say(f"critical paths: {len(self.found)} found")
            if len(self.found) >= limit:
                return False
            answer = self.search.solve(model, seconds=self.search.seconds_left / 2)
            selected = self.search.read(model, answer)
            if selected is None:
                return answer.status is Status.INFEASIBLE
            new = self._keep(selected, model.chosen(answer.solver, on), limit=limit)

    def decide(self, undecided: set[int]) -> None:
        """Ask for a path that goes the other way where all paths go one way."""
        for k, i in enumerate(sorted(undecided)):
            ways = self.ways(i)
            if len(ways) != 1 or not self.search.seconds_left:
                continue
            model, on = self._question()
            model.model.add(on[i] != int(ways.pop()))
            share = self.search.seconds_left / (len(self.search.selections.durations) - k)
            answer = self.search.solve(model, seconds=share)
            selected = self.search.read(model, answer)
            if selected is not None:
                path = model.chosen(answer.solver, on)
                self._keep(selected, path, limit=len(self.found) + _MORE)
            elif answer.status is Status.INFEASIBLE:
                undecided.discard(i)

    def ways(self, i: int) -> set[Fraction]:
        """1 if a path goes through an operation, 0 if one does not."""
        return {on[i] for on in self.found}

    def _question(self) -> tuple[SelectionsModel, Mapping[int, cp_model.IntVar]]:
        units = self.search.units(self.length)
        model = SelectionsModel(self.search.selections, units)
        model.makespan_at_most(units)
        return model, model.path(units)

    def _keep(
        self, selected: Selected, asked: tuple[int, ...] | None = None, *, limit: int
    ) -> list[CriticalPath]:
        """Add longest paths of a selection, and give back those that are new."""
        selections = self.search.selections
        paths = islice(selections.critical_paths(selected.arcs, selected.starts), _FACTOR * limit)
        new = []
        for places in paths if asked is None else (self._checked(selected, asked), *paths):
            on = selections.indicator(places)
            if on not in self.found and len(self.found) < limit:
                self.found[on] = self._path(selected, places)
                new.append(self.found[on])
        return new

    def _checked(self, selected: Selected, path: tuple[int, ...]) -> tuple[int, ...]:
        """A path that CP-SAT says is a longest one of a selection."""
        arcs = {*self.search.selections.arcs, *selected.arcs}
        length = sum((self.search.selections.durations[i] for i in path), Fraction(0))
        if length != selected.makespan or not arcs.issuperset(pairwise(path)):
            raise SolverError(
                "CP-SAT gave a path that is no longest one of its selection.",
                solver="cp-sat",
                raw=(path, selected),
            )
        return path

    def _path(self, selected: Selected, places: tuple[int, ...]) -> CriticalPath:
        selections = self.search.selections
        schedule = selections.draw(selected.starts, places)
        bars = schedule.operations
        # Identical machines run their jobs by number, which may be another order.
        order = sorted(places, key=lambda i: (bars[i].start, bars[i].end, places.index(i)))
        return CriticalPath(tuple(selections.names[i] for i in order), tuple(order), schedule)


#: Paths that are kept of a selection that was asked for one of them.
_MORE = 10
#: A set may be found in several orders; so many paths are looked at for one that is kept.
_FACTOR = 4

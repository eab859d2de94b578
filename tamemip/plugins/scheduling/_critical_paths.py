"""All critical paths of all optimal selections, one set of operations at a time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from typing import TypeAlias, final

from ortools.sat.python import cp_model

from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.plugins.scheduling._selections_model import SelectionsModel
from tamemip.plugins.scheduling._selections_search import Selected, SelectionsSearch

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


def critical_paths(search: SelectionsSearch, length: Fraction, *, limit: int) -> CriticalPaths:
    """Critical paths of selections of a makespan, at most so many, until there is no other one.

    Each solve asks for a selection of at most this makespan with a path of this length that
    differs, as a set, from the ones before; all longest paths of the selection are kept.
    If the limit comes first, it is asked of each operation whether some path goes without
    it, or with it.

    Raises
    ------
    InvalidInputError
        If there is a shorter selection, so that the makespan is not least.
    """
    found: dict[Indicator, CriticalPath] = {}
    undecided = set(range(len(search.selections.durations)))
    is_complete = False
    try:
        is_complete = _list(search, length, found, limit)
        if not is_complete:
            _decide(search, length, found, undecided)
    except KeyboardInterrupt:
        pass  # what was found so far is valid, and says that it is not all
    for i in list(undecided):
        if is_complete or len({on[i] for on in found}) > 1:
            undecided.discard(i)
    return CriticalPaths(found, is_complete, frozenset(undecided))


def _list(
    search: SelectionsSearch, length: Fraction, found: dict[Indicator, CriticalPath], limit: int
) -> bool:
    model, on = _question(search, length)
    while len(found) < limit:
        solver, status = search.solve(model)
        selected = search.read(model, solver, status)
        if selected is None:
            return status == cp_model.INFEASIBLE
        for path in _keep(search, selected, length, found, limit):
            model.forbid(on, path.places)
    return False


def _decide(
    search: SelectionsSearch,
    length: Fraction,
    found: dict[Indicator, CriticalPath],
    undecided: set[int],
) -> None:
    """Ask for a path that goes the other way at each operation where all found go one way."""
    for i in sorted(undecided):
        ways = {on[i] for on in found}
        if len(ways) != 1 or not search.seconds_left:
            continue
        model, on = _question(search, length)
        model.model.add(on[i] != int(ways.pop()))
        solver, status = search.solve(model)
        selected = search.read(model, solver, status)
        if selected is not None:
            _keep(search, selected, length, found, len(found) + _MORE)
        elif status == cp_model.INFEASIBLE:
            undecided.discard(i)


#: Paths that are kept of a selection that was asked for one of them.
_MORE = 10


def _question(
    search: SelectionsSearch, length: Fraction
) -> tuple[SelectionsModel, Mapping[int, cp_model.IntVar]]:
    units = search.units(length)
    model = SelectionsModel(search.selections, units)
    model.makespan_at_most(units)
    return model, model.path(units)


def _keep(
    search: SelectionsSearch,
    selected: Selected,
    length: Fraction,
    found: dict[Indicator, CriticalPath],
    limit: int,
) -> list[CriticalPath]:
    """Add the longest paths of a selection, and give back those that are new."""
    if selected.makespan < length:
        raise InvalidInputError(
            f"a schedule of makespan {length} is no shortest one: there is one of makespan "
            f"{selected.makespan}."
        )
    selections = search.selections
    new = []
    paths = selections.critical_paths(selected.arcs, selected.starts)
    for places in islice(paths, _FACTOR * limit):
        on = selections.indicator(places)
        if on not in found and len(found) < limit:
            schedule = selections.draw(selected.starts, places)
            # Identical machines run their jobs by number, which may be another order.
            bars = schedule.operations
            order = sorted(places, key=lambda i: (bars[i].start, bars[i].end, places.index(i)))
            names = tuple(selections.names[i] for i in order)
            found[on] = CriticalPath(names, tuple(order), schedule)
            new.append(found[on])
    return new


#: A set may be found in several orders; so many paths are looked at for one that is kept.
_FACTOR = 4

"""Resource-constrained project scheduling: the instance."""

from __future__ import annotations

import html
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

import networkx as nx

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number, exact_numbers, exact_table

Arc: TypeAlias = "tuple[int, int]"
"""Activities ``(i, j)``: the second starts when the first has ended, or later."""


@final
@dataclass(frozen=True, init=False, slots=True, repr=False)
class ResourceConstrained:
    """A project: activities that precede each other and share renewable resources.

    Activity `j` takes ``durations[j]`` units of time without a break, and as long as it runs
    it occupies ``requirements[j][k]`` units of resource `k`, of which there are
    ``capacities[k]`` at all times. Find starts, none negative, that respect the precedences
    and the capacities, with the least makespan (the end of the last activity).

    Parameters
    ----------
    durations
        One number an activity, 0 or more.
    requirements
        One row an activity, one number a resource, 0 or more. An activity of no length
        requires nothing.
    capacities
        One number a resource. No activity may require more.
    precedences
        Pairs ``(i, j)``: activity `i` ends before `j` starts.
    name
        What to call it.
    optimum
        The least makespan as somebody states it; neither checked nor used.
    horizon
        What the durations may sum up to when they move as parameters: the program is right
        for all durations (none negative) up to that sum. One more than five quarters of the
        sum of the durations, if not given.

    Raises
    ------
    InvalidInputError
        If a number is negative or none, a length does not fit, an activity requires more
        than there is, or something though it has no length, a pair names no activity, the
        precedences have a cycle (the message names it), or the horizon is below the sum of the
        durations.

    References
    ----------
    .. [1] A. A. B. Pritsker, L. J. Watters, P. M. Wolfe, "Multiproject scheduling with
       limited resources: a zero-one programming approach", Management Science 16 (1969),
       93-108.
    .. [2] R. Kolisch, A. Sprecher, "PSPLIB - a project scheduling problem library", European
       Journal of Operational Research 96 (1997), 205-216.

    Examples
    --------
    >>> project = ResourceConstrained(
    ...     durations=[3, 2, 2], requirements=[[1], [1], [1]], capacities=[2], precedences=[(1, 2)]
    ... )
    >>> print(project)
    project of 3 activities, 1 resource, 1 precedence
      activity 0: duration 3, requires 1
      activity 1: duration 2, requires 1, before 2
      activity 2: duration 2, requires 1
      capacities: 2
    """

    durations: tuple[Fraction, ...]
    requirements: tuple[tuple[Fraction, ...], ...]
    capacities: tuple[Fraction, ...]
    precedences: tuple[Arc, ...]
    name: str
    optimum: Fraction | None
    horizon: Fraction

    def __init__(
        self,
        durations: Iterable[Number],
        requirements: Iterable[Iterable[Number]],
        capacities: Iterable[Number],
        precedences: Iterable[Sequence[int]],
        *,
        name: str = "",
        optimum: Number | None = None,
        horizon: Number | None = None,
    ) -> None:
        times = exact_numbers(durations, "durations", least=0)
        if not times:
            raise InvalidInputError("durations is empty; a project has one activity at least.")
        limits = exact_numbers(capacities, "capacities", least=0)
        needs = exact_table(
            requirements, "requirements", width=len(limits), least=0, per="resources"
        )
        _refuse_misfits(needs, limits, times)
        fields: dict[str, object] = {
            "durations": times,
            "requirements": needs,
            "capacities": limits,
            "precedences": _arcs(precedences, len(times)),
            "name": str(name),
            "optimum": None if optimum is None else exact_number(optimum, "optimum"),
            "horizon": _horizon(horizon, times),
        }
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @property
    def n_activities(self) -> int:
        """Number of activities."""
        return len(self.durations)

    @property
    def n_resources(self) -> int:
        """Number of resources."""
        return len(self.capacities)

    def __repr__(self) -> str:
        title = f"{self.name!r}, " if self.name else ""
        return (
            f"ResourceConstrained({title}{self.n_activities} activities, "
            f"{_count(self.n_resources, 'resource')})"
        )

    def __str__(self) -> str:
        title = f"{self.name}: " if self.name else ""
        lines = [
            f"{title}project of {self.n_activities} activities, "
            f"{_count(self.n_resources, 'resource')}, "
            f"{_count(len(self.precedences), 'precedence')}"
        ]
        lines += [self._line(j) for j in range(min(self.n_activities, _SHOWN))]
        if self.n_activities > _SHOWN:
            lines.append(f"  ... and {self.n_activities - _SHOWN} more")
        if self.capacities:
            lines.append(f"  capacities: {', '.join(map(str, self.capacities))}")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"

    def _line(self, j: int) -> str:
        needs = self.requirements[j]
        later = [str(b) for a, b in self.precedences if a == j]
        return (
            f"  activity {j}: duration {self.durations[j]}"
            f"{', requires ' + ', '.join(map(str, needs)) if needs else ''}"
            f"{', before ' + ', '.join(later) if later else ''}"
        )


_SHOWN = 40


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' * (number != 1)}"


def _refuse_misfits(
    needs: tuple[tuple[Fraction, ...], ...],
    limits: tuple[Fraction, ...],
    times: tuple[Fraction, ...],
) -> None:
    if len(needs) != len(times):
        raise InvalidInputError(
            f"requirements has {len(needs)} rows, but there are {len(times)} activities."
        )
    for j, row in enumerate(needs):
        for k, need in enumerate(row):
            if need > limits[k]:
                raise InvalidInputError(
                    f"activity {j} requires {need} of resource {k}, of which there are "
                    f"{limits[k]}: it can never run (requirements[{j}][{k}], capacities[{k}])."
                )
            if need and not times[j]:
                raise InvalidInputError(
                    f"activity {j} has no length (durations[{j}] is 0), but requires {need} of "
                    f"resource {k} (requirements[{j}][{k}]). Give it a length, or no requirement."
                )


def _arcs(precedences: Iterable[Sequence[int]], n: int) -> tuple[Arc, ...]:
    """The pairs, sorted, each once; they have no cycle."""
    if isinstance(precedences, str | Mapping) or not isinstance(precedences, Iterable):
        raise InvalidInputError(f"precedences has to be a list of pairs, not {precedences!r}.")
    arcs: set[Arc] = set()
    for k, pair in enumerate(precedences):
        ends = exact_numbers(pair, f"precedences[{k}]", is_integral=True)
        if len(ends) != 2:
            raise InvalidInputError(
                f"precedences[{k}] has {len(ends)} entries; give pairs (i, j) of activities, of "
                "which i ends before j starts."
            )
        i, j = ends
        for end in (i, j):
            if not 0 <= end < n:
                raise InvalidInputError(
                    f"precedences[{k}] names activity {end}, but they are numbered 0 to {n - 1}."
                )
        arcs.add((int(i), int(j)))
    _refuse_cycle(arcs)
    return tuple(sorted(arcs))


def _refuse_cycle(arcs: set[Arc]) -> None:
    graph = nx.DiGraph(sorted(arcs))
    if nx.is_directed_acyclic_graph(graph):
        return
    cycle = [arc[0] for arc in nx.find_cycle(graph)]
    chain = " -> ".join(str(j) for j in [*cycle, cycle[0]])
    raise InvalidInputError(
        f"the precedences have a cycle: activities {chain}. None of them could ever start."
    )


def _horizon(horizon: Number | None, times: tuple[Fraction, ...]) -> Fraction:
    total = sum(times, Fraction(0))
    if horizon is None:
        return 1 + total * Fraction(5, 4)
    found = exact_number(horizon, "horizon")
    if found < total:
        raise InvalidInputError(
            f"horizon is {found}, below the sum {total} of the durations. Give that sum, or "
            "more: the durations may move until they sum up to it."
        )
    return found

"""Planning and scheduling together: which facility does which job, and when."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from typing import final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number, exact_numbers, exact_table


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class MachineAssignment:
    r"""Jobs with time windows, to be given to facilities at least cost and scheduled there.

    Job `j` on facility `m` takes ``durations[j][m]``, keeps ``demands[j][m]`` of its
    ``capacities[m]`` busy all the while, and costs ``costs[j][m]``. It starts at its release
    or later and ends by its deadline. This is the minimum cost planning and scheduling problem
    of [1]_, [2]_.

    Parameters
    ----------
    durations
        One row a job, one number a facility; at least 0.
    costs
        Likewise; any numbers.
    releases, deadlines
        One number a job.
    demands
        One row a job, one number a facility, at least 0; 1 everywhere if None.
    capacities
        One number a facility, at least 0; 1 everywhere if None.
    name
        What it is called.
    optimum
        The least cost that its source states, if it does. It is not used.

    Raises
    ------
    InvalidInputError
        If there is no job or no facility, the shapes differ, an entry is no number or
        negative, or a deadline is before the release; the message names the entry. (A job that
        fits on no facility is no error: the program is infeasible then.)

    References
    ----------
    .. [1] V. Jain, I. E. Grossmann, "Algorithms for hybrid MILP/CP models for a class of
       optimization problems", INFORMS Journal on Computing 13 (2001), 258-276.
    .. [2] J. N. Hooker, "Planning and scheduling by logic-based Benders decomposition",
       Operations Research 55 (2007), 588-602.

    Examples
    --------
    >>> import tamemip as tm
    >>> from tamemip.plugins.scheduling import MachineAssignment
    >>> scheduling = tm.family("scheduling")
    >>> instance = MachineAssignment([[3, 2], [3, 2]], [[1, 5], [1, 4]], [0, 0], [5, 5])
    >>> claim = tm.solve(scheduling.program(instance).program)
    >>> print(scheduling.decode(instance, claim.point))
    cost 5
      machine 0: job 0 [0, 3]
      machine 1: job 1 [0, 2]
    """

    durations: tuple[tuple[Fraction, ...], ...]
    costs: tuple[tuple[Fraction, ...], ...]
    releases: tuple[Fraction, ...]
    deadlines: tuple[Fraction, ...]
    demands: tuple[tuple[Fraction, ...], ...]
    capacities: tuple[Fraction, ...]
    name: str
    optimum: Fraction | None

    def __init__(
        self,
        durations: Iterable[Iterable[Number]],
        costs: Iterable[Iterable[Number]],
        releases: Iterable[Number],
        deadlines: Iterable[Number],
        *,
        demands: Iterable[Iterable[Number]] | None = None,
        capacities: Iterable[Number] | None = None,
        name: str = "",
        optimum: Number | None = None,
    ) -> None:
        times = exact_table(durations, "durations", least=0)
        if not times or not times[0]:
            raise InvalidInputError(
                "durations is empty; at least one job and one facility are needed."
            )
        n, width = len(times), len(times[0])
        if demands is None:
            demands = [[1] * width] * n
        if capacities is None:
            capacities = [1] * width
        fields: dict[str, object] = {
            "durations": _table(times, "durations", n, width, least=0),
            "costs": _table(costs, "costs", n, width),
            "releases": exact_numbers(releases, "releases", length=n, per="jobs"),
            "deadlines": exact_numbers(deadlines, "deadlines", length=n, per="jobs"),
            "demands": _table(demands, "demands", n, width, least=0),
            "capacities": exact_numbers(
                capacities, "capacities", length=width, least=0, per="facilities"
            ),
            "name": name,
            "optimum": None if optimum is None else exact_number(optimum, "optimum"),
        }
        for field, value in fields.items():
            object.__setattr__(self, field, value)
        self._refuse_crossed_windows()

    @property
    def n_jobs(self) -> int:
        """Number of jobs."""
        return len(self.durations)

    @property
    def n_machines(self) -> int:
        """Number of facilities."""
        return len(self.capacities)

    def clash(self, first: int, second: int, machine: int) -> bool:
        """Whether two jobs cannot run at one time on a facility.

        Examples
        --------
        >>> demands = [[2], [2], [1]]
        >>> shared = MachineAssignment(
        ...     [[1]] * 3, [[0]] * 3, [0] * 3, [9] * 3, demands=demands, capacities=[3]
        ... )
        >>> shared.clash(0, 1, 0), shared.clash(0, 2, 0)
        (True, False)
        """
        together = self.demands[first][machine] + self.demands[second][machine]
        return together > self.capacities[machine]

    @property
    def is_disjunctive(self) -> bool:
        """Whether a facility never does two jobs at one time."""
        return all(
            self.clash(i, j, m)
            for i, j in combinations(range(self.n_jobs), 2)
            for m in range(self.n_machines)
        )

    def _refuse_crossed_windows(self) -> None:
        for j, (release, deadline) in enumerate(zip(self.releases, self.deadlines, strict=True)):
            if deadline < release:
                raise InvalidInputError(
                    f"deadlines[{j}] is {deadline}, before releases[{j}], which is {release}."
                )

    def __repr__(self) -> str:
        jobs = f"{self.n_jobs} job{'s' * (self.n_jobs != 1)}"
        machines = f"{self.n_machines} machine{'s' * (self.n_machines != 1)}"
        return f"MachineAssignment({jobs}, {machines}{f', {self.name!r}' if self.name else ''})"

    def __str__(self) -> str:
        lines = [repr(self), f"  capacities: {' '.join(map(str, self.capacities))}"]
        for j in range(min(self.n_jobs, _SHOWN)):
            offers = "; ".join(
                f"{self.durations[j][m]} x {self.demands[j][m]} at {self.costs[j][m]}"
                for m in range(self.n_machines)
            )
            lines.append(f"  job {j} in [{self.releases[j]}, {self.deadlines[j]}]: {offers}")
        if self.n_jobs > _SHOWN:
            lines.append(f"  ... and {self.n_jobs - _SHOWN} more jobs")
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


_SHOWN = 12
"""Jobs that are printed."""


def _table(
    rows: Iterable[Iterable[Number]],
    what: str,
    height: int,
    width: int,
    *,
    least: Number | None = None,
) -> tuple[tuple[Fraction, ...], ...]:
    table = exact_table(rows, what, width=width, least=least, per="facilities")
    if len(table) != height:
        raise InvalidInputError(f"{what} has {len(table)} rows, but there are {height} jobs.")
    return table

"""One machine, jobs with weights, perhaps with due dates."""

from __future__ import annotations

import html
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from typing import final

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins._data_entry import exact_number, exact_numbers


@final
@dataclass(frozen=True, slots=True, init=False, repr=False)
class SingleMachine:
    r"""Jobs for one machine, one after the other, all there at time zero.

    Without due dates the total weighted completion time :math:`\sum_j w_j C_j` is
    minimized, with them the total weighted tardiness
    :math:`\sum_j w_j \max(0, C_j - d_j)`; in the three fields of [1]_,
    :math:`1||\sum w_j C_j` and :math:`1||\sum w_j T_j`. The first is solved by sorting the
    jobs by :math:`p_j / w_j` (see `smith_order`), the second is strongly NP-hard.

    Parameters
    ----------
    processing
        How long each job takes; at least 0.
    weights
        What a unit of time costs for each job; at least 0.
    due
        When each job is due; any numbers, in the unit of `processing`.
    name
        What it is called.
    optimum
        The optimal value that its source states, if it does. It is not used.

    Raises
    ------
    InvalidInputError
        If there is no job, the lengths differ, or an entry is no number or negative; the
        message names the entry.

    References
    ----------
    .. [1] R. L. Graham, E. L. Lawler, J. K. Lenstra, A. H. G. Rinnooy Kan, "Optimization and
       approximation in deterministic sequencing and scheduling: a survey", Annals of Discrete
       Mathematics 5 (1979), 287-326.

    Examples
    --------
    >>> import tamemip as tm
    >>> from tamemip.plugins.scheduling import SingleMachine
    >>> scheduling = tm.family("scheduling")
    >>> instance = SingleMachine([3, 1, 2], [1, 2, 1])
    >>> claim = tm.solve(scheduling.program(instance).program)
    >>> schedule = scheduling.decode(instance, claim.point)
    >>> schedule.value, schedule.order
    (Fraction(11, 1), (1, 2, 0))
    """

    processing: tuple[Fraction, ...]
    weights: tuple[Fraction, ...]
    due: tuple[Fraction, ...] | None
    name: str
    optimum: Fraction | None

    def __init__(
        self,
        processing: Iterable[Number],
        weights: Iterable[Number],
        due: Iterable[Number] | None = None,
        *,
        name: str = "",
        optimum: Number | None = None,
    ) -> None:
        times = exact_numbers(processing, "processing", least=0)
        if not times:
            raise InvalidInputError("processing is empty; at least one job is needed.")
        n = len(times)
        fields: dict[str, object] = {
            "processing": times,
            "weights": exact_numbers(weights, "weights", length=n, least=0, per="jobs"),
            "due": None if due is None else exact_numbers(due, "due", length=n, per="jobs"),
            "name": name,
            "optimum": None if optimum is None else exact_number(optimum, "optimum"),
        }
        for field, value in fields.items():
            object.__setattr__(self, field, value)

    @property
    def n_jobs(self) -> int:
        """Number of jobs."""
        return len(self.processing)

    @property
    def objective(self) -> str:
        """What is minimized, in words."""
        return "weighted completion time" if self.due is None else "weighted tardiness"

    def price(self, job: int, completion: Fraction) -> Fraction:
        """What it costs that a job ends at a time.

        Examples
        --------
        >>> SingleMachine([3, 1], [2, 5], due=[2, 7]).price(0, 9)
        Fraction(14, 1)
        """
        if self.due is None:
            return self.weights[job] * completion
        return self.weights[job] * max(completion - self.due[job], Fraction(0))

    def __repr__(self) -> str:
        jobs = f"{self.n_jobs} job{'s' * (self.n_jobs != 1)}"
        return f"SingleMachine({jobs}, {self.objective}{_called(self.name)})"

    def __str__(self) -> str:
        columns = [("processing", self.processing), ("weight", self.weights)]
        if self.due is not None:
            columns.append(("due", self.due))
        cells = [("job", *(head for head, _ in columns))]
        cells += [(str(j), *(str(v[j]) for _, v in columns)) for j in range(self.n_jobs)]
        lines = ["  " + "  ".join(f"{cell:>10}" for cell in row) for row in cells[: _SHOWN + 1]]
        if self.n_jobs > _SHOWN:
            lines.append(f"  ... and {self.n_jobs - _SHOWN} more jobs")
        return "\n".join([repr(self), *lines])

    def _repr_html_(self) -> str:
        return f"<pre>{html.escape(str(self))}</pre>"


_SHOWN = 12
"""Jobs that are printed."""


def _called(name: str) -> str:
    return f", {name!r}" if name else ""

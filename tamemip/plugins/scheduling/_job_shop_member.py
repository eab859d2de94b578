"""The job shop as a member of the scheduling family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction

from tamemip.arithmetic import Number
from tamemip.plugins.scheduling._disjunctive import schedule_of
from tamemip.plugins.scheduling._disjunctive_check import checked_makespan
from tamemip.plugins.scheduling._disjunctive_program import (
    disjunctive_program,
    orders_at,
    pair_name,
)
from tamemip.plugins.scheduling._job_shop import JobShop
from tamemip.plugins.scheduling._member import BadExample, Member
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.programs import ParametricProgram


def job_shop_program(shop: JobShop) -> ParametricProgram:
    """The least makespan of a job shop as a program in its processing times.

    Columns are ``start[j,k]``, ``makespan`` and ``before[(j,k),(i,l)]``; parameters are
    ``processing[j,k]``, the displacement of the duration of operation `k` of job `j`. They
    stand in right-hand sides alone.

    The program is right for every displacement at which the durations are zero or more and
    their sum is at most twice the sum at the instance (at most 1, if that is zero): no start
    of an optimal schedule exceeds the sum, so that no big number cuts it off.

    Examples
    --------
    >>> import tamemip as tm
    >>> q = job_shop_program(JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]]))
    >>> q.program.col_names[4:]
    ('makespan', 'before[(0,0),(1,1)]', 'before[(0,1),(1,0)]')
    >>> tm.solve(q.at({"processing[1,1]": 1, **dict.fromkeys(q.names[:3], 0)})).value
    8.0
    """
    return disjunctive_program(shop, shop.name, pair_name)


def decode_job_shop(shop: JobShop, point: Sequence[Number]) -> Schedule:
    """The schedule with the orders of a point, every operation as early as they allow.

    Examples
    --------
    >>> shop = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]])
    >>> print(decode_job_shop(shop, [0, 3, 0, 3, 7, 1, 0]))
    makespan 7
      machine 0: job 0, operation 0 [0, 3]  job 1, operation 1 [3, 7]
      machine 1: job 1, operation 0 [0, 2]  job 0, operation 1 [3, 5]
    """
    return schedule_of(shop, orders_at(shop, point, pair_name))


def evaluate_job_shop(shop: JobShop, schedule: Schedule) -> Fraction:
    """The makespan of a schedule, if the shop allows it; see `checked_makespan`."""
    return checked_makespan(shop, schedule)


def _examples() -> Iterable[JobShop]:
    yield JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]], name="two by two", optimum=7)
    # Two optimal schedules with different critical paths, and a kink at the instance.
    yield JobShop([[2, 2], [2, 2]], [[0, 1], [0, 1]], name="twins", optimum=6)
    # J. R. Jackson's two-machine shop: jobs of one and two operations.
    yield JobShop([["1/2", 3], [2], [1, "3/2"]], [[0, 1], [1], [1, 0]], name="ragged")
    yield JobShop([[2, 1, 2], [3, 2]], [[0, 1, 0], [0, 1]], name="recirculation")
    yield JobShop([[2, 0, 1], [1, 3, 2]], [[0, 1, 2], [1, 2, 0]], name="an empty operation")


def _bad_examples() -> Iterable[BadExample]:
    yield lambda: JobShop([[3, -2]], [[0, 1]])
    yield lambda: JobShop([[3, float("nan")]], [[0, 1]])
    yield lambda: JobShop([[3, 2], []], [[0, 1], []])
    yield lambda: JobShop([], [])
    yield lambda: JobShop([[3, 2]], [[0]])
    yield lambda: JobShop([[3, 2]], [[0, 1], [1, 0]])
    yield lambda: JobShop([[3, 2]], [[0, 0.5]])
    yield lambda: JobShop([[3, 2]], [[0, -1]])


MEMBER = Member(
    JobShop, job_shop_program, decode_job_shop, evaluate_job_shop, _examples, _bad_examples
)
"""What the family needs to know of job shops."""

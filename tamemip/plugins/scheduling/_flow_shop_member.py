"""The permutation flow shop as a member of the scheduling family."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from itertools import combinations

from tamemip.arithmetic import Number
from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._disjunctive import Arc, Operation, schedule_of
from tamemip.plugins.scheduling._disjunctive_check import checked_makespan, checked_starts
from tamemip.plugins.scheduling._disjunctive_program import disjunctive_program, orders_at
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._member import BadExample, Member
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.programs import ParametricProgram


def flow_shop_program(shop: FlowShop) -> ParametricProgram:
    """The least makespan of a permutation flow shop as a program in its processing times.

    As `job_shop_program`, with one column ``before[j,i]`` for two jobs instead of one a
    machine: the order of two jobs is the same everywhere.

    Examples
    --------
    >>> import tamemip as tm
    >>> q = flow_shop_program(FlowShop([[3, 2], [2, 4], [1, 3]]))
    >>> q.program.col_names[6:]
    ('makespan', 'before[0,1]', 'before[0,2]', 'before[1,2]')
    >>> tm.dual_function(q.program).value
    Fraction(10, 1)
    """
    return disjunctive_program(shop, shop.name, jobs_name)


def jobs_name(pair: Arc) -> str:
    """The column that says that one job comes before another one."""
    return f"before[{pair[0][0]},{pair[1][0]}]"


def decode_flow_shop(shop: FlowShop, point: Sequence[Number]) -> Schedule:
    """The schedule with the order of a point, every operation as early as it allows."""
    return schedule_of(shop, orders_at(shop, point, jobs_name))


def evaluate_flow_shop(shop: FlowShop, schedule: Schedule) -> Fraction:
    """The makespan of a schedule, if the shop allows it.

    Raises
    ------
    InvalidInputError
        As `checked_makespan`, and if a job overtakes another one.
    """
    makespan = checked_makespan(shop, schedule)
    starts = checked_starts(shop, schedule)
    for j, i in combinations(range(shop.n_jobs), 2):
        if not (_goes_first(shop, starts, j, i) or _goes_first(shop, starts, i, j)):
            raise InvalidInputError(
                f"jobs {j} and {i} overtake each other: one is first on one machine, the other "
                "on another. A permutation flow shop has one order; see JobShop.flow."
            )
    return makespan


def _goes_first(shop: FlowShop, starts: dict[Operation, Fraction], j: int, i: int) -> bool:
    return all(starts[j, k] + shop.durations[j][k] <= starts[i, k] for k in shop.machine_numbers)


def _examples() -> Iterable[FlowShop]:
    # S. M. Johnson, "Optimal two- and three-stage production schedules with setup times
    # included", Naval Research Logistics Quarterly 1 (1954), 61-68: his rule gives 2, 1, 0.
    yield FlowShop([[3, 2], [2, 4], [1, 3]], name="two machines", optimum=10)
    yield FlowShop([[1, "1/2", 2], [2, 1, 1], [1, 1, 1]], name="three machines")
    # Jobs that are alike: every order is optimal.
    yield FlowShop([[2, 1], [2, 1], [2, 1]], name="alike", optimum=7)
    yield FlowShop([[2, 0], [0, 3], [1, 1]], name="jobs that skip a machine")


def _bad_examples() -> Iterable[BadExample]:
    yield lambda: FlowShop([[3, -2]])
    yield lambda: FlowShop([[3, 2], [1]])
    yield lambda: FlowShop([[3, "x"]])
    yield lambda: FlowShop([[], []])
    yield lambda: FlowShop([])


MEMBER = Member(
    FlowShop, flow_shop_program, decode_flow_shop, evaluate_flow_shop, _examples, _bad_examples
)
"""What the family needs to know of permutation flow shops."""

"""Proofs that no schedule of a shop is shorter: a certificate of a bound."""

from __future__ import annotations

import html
import time
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias, final

from tamemip.certificates import Bound, Certificate, Statement, check
from tamemip.duality import BranchAndBound, DualFunction, progress_line
from tamemip.errors import InvalidInputError
from tamemip.plugins.scheduling._cp_shop import AnyShop, find_schedule, require_shop
from tamemip.plugins.scheduling._disjunctive import schedule_of
from tamemip.plugins.scheduling._disjunctive_program import (
    ColumnOf,
    disjunctive_program,
    orders_at,
    pair_name,
    point_of,
)
from tamemip.plugins.scheduling._flow_shop import FlowShop
from tamemip.plugins.scheduling._flow_shop_member import evaluate_flow_shop, jobs_name
from tamemip.plugins.scheduling._job_shop_member import evaluate_job_shop
from tamemip.plugins.scheduling._proof_windows import window_program
from tamemip.plugins.scheduling._schedule import Schedule
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits

Formulation: TypeAlias = Literal["disjunctive", "windows"]


@final
@dataclass(frozen=True, slots=True, repr=False)
class MakespanProof:
    """A schedule, and a certificate that none is shorter than a bound.

    Proved by the certificate, and checked, is that the value of `program` is at least `bound`.
    That every schedule of the shop is a point of the program, with its makespan as cost, is
    the theorem of the formulation: see `prove_makespan`.

    Attributes
    ----------
    schedule
        A schedule that the shop allows, with its exact makespan.
    function
        The dual function of the program that gives the bound, with its certificate.
    statement
        What the check of the certificate came to.
    formulation
        ``"disjunctive"`` or ``"windows"``.
    seconds
        Wall-clock time, of search, proof and check.
    """

    schedule: Schedule
    function: DualFunction
    statement: Statement
    formulation: Formulation
    seconds: float

    @property
    def value(self) -> Fraction:
        """The makespan of the schedule."""
        return self.schedule.value

    @property
    def bound(self) -> Bound:
        """No schedule is shorter: proved."""
        return min(self.function.value, self.value)

    @property
    def is_optimal(self) -> bool:
        """Whether the schedule is proved to be a shortest one."""
        return self.bound == self.value

    @property
    def program(self) -> MixedIntegerProgram:
        """The program whose value is bounded."""
        return self.function.program

    @property
    def certificate(self) -> Certificate:
        """The proof of the bound; `tamemip.check` reads it."""
        return self.function.certificate

    def __repr__(self) -> str:
        return f"MakespanProof(makespan {self.value}, bound {self.bound}, {self.formulation})"

    def __str__(self) -> str:
        least = "the least makespan" if self.is_optimal else f"none is shorter than {self.bound}"
        joint = "is" if self.is_optimal else "is the best found;"
        n = self.function.n_leaves
        return (
            f"{self.value} {joint} {least} (proved: certificate of the {self.formulation} "
            f"program, {n} lea{'f' if n == 1 else 'ves'}, checked), {self.seconds:.2f} s"
        )

    def _repr_html_(self) -> str:
        return f"<p>{html.escape(str(self))}</p>"


def prove_makespan(
    shop: AnyShop,
    *,
    schedule: Schedule | None = None,
    formulation: Formulation = "disjunctive",
    limits: Limits | None = None,
    progress: bool = False,
) -> MakespanProof:
    """Prove that no schedule of a shop is shorter, by a certificate that is checked.

    Branch and bound over the orders of pairs gives a dual function of a program of the shop;
    its value at the instance bounds every makespan from below.

    Parameters
    ----------
    shop
        The shop.
    schedule
        A short schedule; if None, `find_schedule` looks for one.
    formulation
        The program that is bounded. With ``"disjunctive"`` it is the one of the family:
        the function bounds the least makespan for all durations within its range, not
        only those of the instance. With ``"windows"`` it is one for this instance, and for
        schedules no longer than the known one: bounds on the starts give each pair its own
        big number, and machines are bounded with heads and tails. It closes instances whose
        bottleneck is one machine at the root.
    limits
        Limits of the whole work; ``nodes`` counts those of branch and bound. At a limit, or
        after Ctrl-C, the bound that is proved so far is returned.
    progress
        Show a progress line on a terminal.

    Returns
    -------
    MakespanProof
        The proof, and the best schedule known: the given one, or one that branch and bound
        came upon. `MakespanProof.is_optimal` says whether they meet.

    Raises
    ------
    InvalidInputError
        If this is no shop, the shop does not allow the schedule, or there is no such
        formulation.
    UnsupportedError
        As `find_schedule`, if no schedule is given.

    Notes
    -----
    Both programs are right for this reason: given the orders of the machines, the starts that
    are as early as possible are longest paths in the graph of the selection; their ends do not
    exceed the makespan, nor the sum of all durations. The columns of such a schedule keep to
    every row, and some shortest schedule is one.

    References
    ----------
    .. [1] A. S. Manne, "On the job-shop scheduling problem", Operations Research 8 (1960),
       219-223.
    .. [2] D. Applegate and W. Cook, "A computational study of the job-shop scheduling
       problem", ORSA Journal on Computing 3 (1991), 149-156.

    Examples
    --------
    >>> from tamemip.plugins.scheduling._job_shop import JobShop
    >>> proof = prove_makespan(JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]]))
    >>> proof
    MakespanProof(makespan 7, bound 7, disjunctive)
    >>> proof.is_optimal, proof.statement.kind
    (True, 'dual-function')
    """
    began = time.perf_counter()
    require_shop(shop)
    limits = limits or Limits()
    if schedule is None:
        schedule = _found(shop, limits, progress)
    _evaluate(shop, schedule)
    program, column_of = _program(shop, schedule, formulation)
    starts = dict(zip(shop.operations, schedule.starts, strict=True))
    left = limits.after(time.perf_counter() - began)
    with progress_line(progress) as watch:
        grown = BranchAndBound(program).grow(
            program.exact.rhs,
            points=[point_of(shop, starts, column_of)],
            limits=left,
            watch=watch,
        )
    function = DualFunction.of_grown(program, grown)
    statement = check(function.certificate, program=program)
    if grown.incumbent is not None:
        found = schedule_of(shop, orders_at(shop, grown.incumbent.point, column_of))
        schedule = min(schedule, found, key=lambda s: s.value)
    return MakespanProof(schedule, function, statement, formulation, time.perf_counter() - began)


_SHARE = 0.5
"""The share of the time that may go into looking for a schedule."""


def _found(shop: AnyShop, limits: Limits, progress: bool) -> Schedule:
    seconds = None if limits.seconds is None else _SHARE * limits.seconds
    return find_schedule(shop, limits=Limits(seconds=seconds), progress=progress).schedule


def _evaluate(shop: AnyShop, schedule: Schedule) -> None:
    makespan = (
        evaluate_flow_shop(shop, schedule)
        if isinstance(shop, FlowShop)
        else evaluate_job_shop(shop, schedule)
    )
    if makespan != schedule.value:
        raise InvalidInputError(
            f"the schedule is said to have the value {schedule.value}, but its makespan is "
            f"{makespan}."
        )


def _program(
    shop: AnyShop, schedule: Schedule, formulation: Formulation
) -> tuple[MixedIntegerProgram, ColumnOf]:
    column_of = jobs_name if isinstance(shop, FlowShop) else pair_name
    match formulation:
        case "disjunctive":
            return disjunctive_program(shop, shop.name, column_of).program, column_of
        case "windows":
            return window_program(shop, shop.name, column_of, schedule.value), column_of
        case _:
            raise InvalidInputError(
                f"formulation is {formulation!r}; there are 'disjunctive' and 'windows'."
            )

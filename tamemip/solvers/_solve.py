"""`solve`: choose a solver, ask it, and examine what it says."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from tamemip.errors import InvalidInputError, SolverError, TameMIPError, UnsupportedError
from tamemip.solvers._claim import Claim, Limits, Point, Status
from tamemip.solvers._mathopt import Scip
from tamemip.solvers._points import broken_integer_row
from tamemip.solvers._protocol import Solver
from tamemip.solvers._referee import confirm
from tamemip.solvers._registry import AUTO, find_solver
from tamemip.solvers._review import infinities, review, review_against_hint
from tamemip.solvers._settle import settle_unbounded

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from tamemip.arithmetic import Number
    from tamemip.programs import MixedIntegerProgram

T = TypeVar("T")

_LOGGER = logging.getLogger(__name__)
# Single-threaded CP-SAT is 2 to 13 times faster than SCIP on bm23, enigma, lseu, p0201, sentoy
# and stein27, slower on p0282, hopeless on lp4l, l152lav, p2756 and the general integers of gt2.
_CP_SAT_COLUMNS = 250


def solve(
    program: MixedIntegerProgram,
    *,
    solver: str | Solver = AUTO,
    limits: Limits | None = None,
    hint: Sequence[Number] | NDArray[Any] | None = None,
    threads: int = 1,
) -> Claim:
    """Solve a program with a solver in floats, and examine its claim.

    The point is evaluated again here, and what it refutes is refused. What
    cannot be refuted is still only a claim: proofs are made by
    `tamemip.dual_function` and its certificates.

    Parameters
    ----------
    program
        The program.
    solver
        ``"auto"``, a name from `available_solvers`, or a `Solver` object.
        ``"auto"`` gives linear programs to HiGHS, small 0-1 programs to CP-SAT
        and all others to SCIP; if one of them contradicts itself, the next is asked.
    limits
        When to stop; no limits by default.
    hint
        A point to start from, one number a column. It need not be feasible.
    threads
        Threads that the solver may use.

    Returns
    -------
    Claim
        Infeasible, unbounded and limit reached are statuses, not exceptions.

    Raises
    ------
    InvalidInputError
        If no solver has this name, or the hint does not fit.
    UnsupportedError
        If the solver cannot take this program, with the reason.
    SolverError
        If the solver fails or contradicts itself.

    Examples
    --------
    >>> from tamemip.programs import MixedIntegerProgram
    >>> p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], ["7/2"])
    >>> solve(p).value
    3.0
    """
    limits = Limits() if limits is None else limits
    start = _hint(program, hint)
    if threads < 1:
        raise InvalidInputError(f"threads is {threads!r}; a whole number from 1 on is needed.")
    chosen = _chosen(program, solver)
    if (trivial := _trivial(program)) is not None:
        return trivial
    began = time.perf_counter()
    refusals: list[str] = []
    errors: list[SolverError] = []
    doubtful: Claim | None = None
    for each in chosen:
        try:
            refusal = _guarded(each, partial(each.accepts, program))
            if refusal is not None:
                refusals.append(f"{each.name}: {refusal}")
                continue
            claim = _ask(program, each, limits.after(time.perf_counter() - began), start, threads)
            broken = broken_integer_row(program, claim)
            if broken is None:
                return claim
            doubtful = doubtful or _without_point(program, claim, broken)
        except SolverError as error:
            _LOGGER.info("%s", error)
            errors.append(error)
    if doubtful is not None:
        return doubtful
    if errors:
        raise errors[0]
    raise UnsupportedError(
        f"no solver that was asked takes {program!r}: {'; '.join(refusals)}. Rescale the program, "
        "or ask another solver."
    )


def incumbent(
    program: MixedIntegerProgram,
    *,
    seconds: float = 1.0,
    hint: Sequence[Number] | NDArray[Any] | None = None,
) -> Claim:
    """A good feasible point, quickly: SCIP with eager heuristics and a short limit.

    Returns
    -------
    Claim
        With ``point`` None if none was found; optimal if that was quick.
    """
    engine: str | Solver = Scip(seeks_points=True) if any(program.exact.integer) else AUTO
    return solve(program, solver=engine, limits=Limits(seconds=seconds), hint=hint)


def _without_point(program: MixedIntegerProgram, claim: Claim, broken: str) -> Claim:
    """What is left of a claim whose point is feasible up to a tolerance only."""
    reason = f"its point is feasible up to a tolerance only: {broken}"
    worst, _ = infinities(program)
    return replace(claim, status=Status.LIMIT, value=worst, point=None, reason=reason)


def _ask(
    program: MixedIntegerProgram, solver: Solver, limits: Limits, hint: Point | None, threads: int
) -> Claim:
    def again(other: MixedIntegerProgram, left: Limits) -> Claim:
        return review(
            other, _guarded(solver, lambda: solver.solve(other, left, None, threads)), left
        )

    def referee(other: MixedIntegerProgram, left: Limits, claim: Claim) -> Claim:
        return _ask(other, Scip(), left, claim.point, threads)

    said = _guarded(solver, lambda: solver.solve(program, limits, hint, threads))
    claim = review(program, said, limits)
    if hint is not None:
        review_against_hint(program, claim, hint)
    if claim.status in (Status.UNBOUNDED, Status.INFEASIBLE_OR_UNBOUNDED):
        return review(program, settle_unbounded(program, claim, limits, again), limits)
    if solver.name == "highs" and any(program.exact.integer):
        return review(program, confirm(program, claim, limits, referee), limits)
    return claim


def _guarded(solver: Solver, work: Callable[[], T]) -> T:
    """Do what a solver does, and make its failures ours."""
    try:
        return work()
    except TameMIPError:
        raise
    except Exception as error:  # solvers and plugins raise anything, licence errors included
        raise SolverError(
            f"{solver.name} raised {type(error).__name__}: {error}",
            solver=solver.name,
            raw=repr(error),
        ) from error


def _chosen(program: MixedIntegerProgram, solver: str | Solver) -> list[Solver]:
    """The solvers to ask, in order; never none."""
    if not isinstance(solver, str):
        return [solver]
    return [find_solver(name) for name in (_route(program) if solver == AUTO else [solver])]


def _route(program: MixedIntegerProgram) -> tuple[str, ...]:
    exact = program.exact
    if not any(exact.integer):
        return ("highs", "scip")
    is_binary = all(exact.integer) and all(
        up - low <= 1 for low, up in zip(exact.lower, exact.upper, strict=True)
    )
    if is_binary and program.n_cols <= _CP_SAT_COLUMNS:
        return ("cp-sat", "scip")
    return ("scip", "cp-sat")


def _trivial(program: MixedIntegerProgram) -> Claim | None:
    """What needs no solver: no column at all, or no integer between two bounds."""
    worst, _ = infinities(program)
    exact = program.exact
    for j, (low, up) in enumerate(zip(exact.lower, exact.upper, strict=True)):
        if exact.integer[j] and isinstance(low, Fraction) and isinstance(up, Fraction):
            if math.ceil(low) > math.floor(up):
                reason = f"no integer lies within the bounds of column {program.col_names[j]!r}"
                return Claim(Status.INFEASIBLE, worst, worst, None, "tamemip", 0.0, reason)
    if program.n_cols:
        return None
    if broken := program.violations(()):
        return Claim(Status.INFEASIBLE, worst, worst, None, "tamemip", 0.0, broken[0])
    value = float(program.offset)
    reason = "there is no column"
    return Claim(Status.OPTIMAL, value, value, np.zeros(0), "tamemip", 0.0, reason)


def _hint(
    program: MixedIntegerProgram, hint: Sequence[Number] | NDArray[Any] | None
) -> Point | None:
    if hint is None:
        return None
    try:
        point = np.array([float(v) for v in hint], dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InvalidInputError(f"hint: {error}; numbers are needed.") from error
    if point.shape != (program.n_cols,) or not np.isfinite(point).all():
        raise InvalidInputError(
            f"hint has {len(point)} entries, {program.n_cols} finite ones are needed."
        )
    return point

"""A claim in the witness stand: what its own words and its own point refute."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from tamemip.errors import SolverError
from tamemip.solvers._claim import Claim, Limits, Point, Status
from tamemip.solvers._points import breach, exact_value, snapped, value_scale

if TYPE_CHECKING:
    from tamemip.programs import MixedIntegerProgram

VALUE_TOLERANCE = 2e-6  # relative to the sum of the |c[j] x[j]|
_VALUE_FLOOR = 1e-9


def review(program: MixedIntegerProgram, claim: Claim, limits: Limits) -> Claim:
    """Return a claim with value and point recomputed here; refuse a contradiction.

    Raises
    ------
    SolverError
        If the point breaks a row, a bound or integrality beyond tolerances, if
        its value is not the claimed one, if the claimed bound is on its wrong
        side, or if status, value and point do not go together.
    """
    if not isinstance(claim, Claim):
        raise SolverError(
            f"a solver returned {type(claim).__name__!r}; a Claim is needed", solver="?", raw=claim
        )
    if math.isnan(claim.bound) or (claim.point is not None and math.isnan(claim.value)):
        raise _refuted(claim, "its value or bound is not a number")
    if claim.point is not None:
        claim = _with_our_value(program, claim)
    match claim.status:
        case Status.OPTIMAL:
            _review_optimal(program, claim, limits)
        case Status.INFEASIBLE if claim.point is not None:
            raise _refuted(claim, "it says infeasible, but its point is feasible")
    return _normal_form(program, claim)


def review_against_hint(program: MixedIntegerProgram, claim: Claim, hint: Point) -> None:
    """Refuse a claim that a point of the user refutes.

    Raises
    ------
    SolverError
        If the hint is feasible and the claim says infeasible, or a bound that
        the hint beats.
    """
    if breach(program, hint) is not None or program.violations(hint):
        return
    if claim.status is Status.INFEASIBLE:
        raise _refuted(claim, "it says infeasible, but the hint is feasible")
    value = float(exact_value(program, hint))
    if _ahead(program, value, claim.bound) > _slack(program, hint):
        raise _refuted(claim, f"its bound is {claim.bound:.9g}, but the hint has value {value:.9g}")


def infinities(program: MixedIntegerProgram) -> tuple[float, float]:
    """The worst and the best value that a program can have."""
    return (math.inf, -math.inf) if program.sense == "min" else (-math.inf, math.inf)


def _with_our_value(program: MixedIntegerProgram, claim: Claim) -> Claim:
    point = claim.point
    assert point is not None
    if point.shape != (program.n_cols,):
        raise _refuted(claim, f"its point has shape {point.shape}, not ({program.n_cols},)")
    if broken := breach(program, point):
        raise _refuted(claim, f"its point is not feasible: {broken}")
    claimed_at = float(exact_value(program, point))
    if math.isfinite(claim.value) or claim.status in (Status.OPTIMAL, Status.LIMIT):
        if not abs(claim.value - claimed_at) <= _slack(program, point):
            raise _refuted(
                claim,
                f"it claims value {claim.value:.9g}, but its point has value {claimed_at:.9g}",
            )
    point = snapped(program, point)
    return replace(claim, point=point, value=float(exact_value(program, point)))


def _review_optimal(program: MixedIntegerProgram, claim: Claim, limits: Limits) -> None:
    if claim.point is None:
        raise _refuted(claim, "it claims an optimum, but has no point")
    slack = _slack(program, claim.point)
    allowed = limits.gap * max(abs(claim.value), abs(claim.bound)) if limits.gap else 0.0
    if not abs(claim.value - claim.bound) <= slack + allowed:
        raise _refuted(
            claim,
            f"it claims an optimum, but its value is {claim.value:.9g} "
            f"and its bound is {claim.bound:.9g}",
        )


def _normal_form(program: MixedIntegerProgram, claim: Claim) -> Claim:
    """Infinite values by status; a bound never beyond the value of the point."""
    worst, best = infinities(program)
    match claim.status:
        case Status.INFEASIBLE:
            return replace(claim, value=worst, bound=worst)
        case Status.UNBOUNDED:
            return replace(claim, value=best, bound=best)
        case Status.INFEASIBLE_OR_UNBOUNDED:
            return replace(claim, value=worst, bound=best)
    if claim.point is None:
        return replace(claim, value=worst)
    excess = _ahead(program, claim.value, claim.bound)
    if excess > _slack(program, claim.point):
        raise _refuted(
            claim,
            f"its bound {claim.bound:.9g} is beyond the value {claim.value:.9g} of its own point",
        )
    return replace(claim, bound=claim.value) if excess > 0 else claim


def _ahead(program: MixedIntegerProgram, value: float, bound: float) -> float:
    """How much better a value is than a bound allows."""
    return bound - value if program.sense == "min" else value - bound


def _slack(program: MixedIntegerProgram, point: Point) -> float:
    return max(_VALUE_FLOOR, VALUE_TOLERANCE * value_scale(program, np.asarray(point)))


def _refuted(claim: Claim, what: str) -> SolverError:
    return SolverError(
        f"{claim.solver} contradicts itself: {what}. Try another solver "
        "(`tamemip.solvers.available_solvers()`), or report this to its authors.",
        solver=claim.solver,
        raw=claim.raw or repr(claim),
    )

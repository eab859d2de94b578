"""Rules about Lipschitz constants and derivatives of the optimal value; both checkers use them.

A *repair* of row i is a direction ``r`` of the continuous columns in which every point can go
for ever without leaving its bounds, and that moves the rows by at least as much as the i-th
unit vector (or its negative) asks, at a cost of at most ``L_i``. From a feasible point ``x`` at
``b`` then ``x + t r`` is feasible at ``b + t e_i``: the value rises by at most ``L_i t``. With
repairs of all rows to both sides the value changes by at most ``sum L_i |b_i - b'_i|``, wherever
it is finite, and it is finite everywhere or nowhere.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction

from tamemip.certificates._certificate import Goal
from tamemip.certificates._gradient_conclusions import GradientElement, LipschitzConstants
from tamemip.certificates._json import RejectedError, show, show_vector
from tamemip.certificates._problem import Problem, RowSense
from tamemip.certificates._shared_rules import shared_rule
from tamemip.certificates._statement import (
    Conclusions,
    FunctionOf,
    ProvedValue,
    Statement,
    statement_kind,
)
from tamemip.certificates._step import ScaledVector, Step

_ZERO = Fraction(0)


@shared_rule("lipschitz", "constants", "up", "down")
def _lipschitz(step: Step, _: Conclusions, problem: Problem) -> LipschitzConstants:
    """A repair of every row to both sides."""
    m, n = problem.A.shape
    constants = step.rationals("constants", size=m)
    for name, toward in (("up", 1), ("down", -1)):
        repairs = step.vectors(name, size=n)
        if len(repairs) != m:
            raise RejectedError(f"{name}: one repair a row is expected, not {len(repairs)}")
        for i, repair in enumerate(repairs):
            _require_repair(problem, repair, i, toward, constants[i])
    return LipschitzConstants(constants)


def _require_repair(
    problem: Problem, repair: ScaledVector, i: int, toward: int, constant: Fraction
) -> None:
    r = dict(repair.to_fractions())
    for j, v in r.items():
        if problem.integer[j]:
            raise RejectedError(f"column {j} is integer: it cannot move by any amount")
        if (v > 0 and problem.upper[j] != math.inf) or (v < 0 and problem.lower[j] != -math.inf):
            raise RejectedError(f"column {j} has a bound in the way of a repair of row {i}")
    moves = dict.fromkeys(range(len(problem.rhs)), _ZERO)
    for k, row in enumerate(problem.A.rows):
        moves[k] = sum((a * r[j] for j, a in row if j in r), _ZERO)
    for k, sense in enumerate(problem.row_sense):
        if not _keeps(moves[k], sense, Fraction(toward) if k == i else _ZERO):
            raise RejectedError(f"the repair of row {i} by {toward} breaks row {k}")
    sign = 1 if problem.sense == "min" else -1
    cost = sum((sign * problem.c[j] * v for j, v in r.items()), _ZERO)
    if cost > constant:
        raise RejectedError(f"the repair of row {i} costs {show(cost)}, not {show(constant)}")


def _keeps(move: Fraction, sense: RowSense, wanted: Fraction) -> bool:
    if sense == "=":
        return move == wanted
    return move <= wanted if sense == "<=" else move >= wanted


@shared_rule("optimal-pair", "at", "point", "duals", optional=("lipschitz",))
def _optimal_pair(step: Step, conclusions: Conclusions, problem: Problem) -> GradientElement:
    """An optimal point, and duals of its fibre that are complementary to it."""
    proved = conclusions.get(step.citation("at"), ProvedValue, "a value at one rhs")
    m, n = problem.A.shape
    if proved.how != "tight" or not isinstance(proved.value, Fraction):
        raise RejectedError("at: a finite value is expected")
    x = _dense(step.vector("point", size=n), n)
    y = _dense(step.vector("duals", size=m), m)
    _require_feasible(problem, x, proved.rhs)
    value = problem.offset + sum((c * v for c, v in zip(problem.c, x, strict=True)), _ZERO)
    if value != proved.value:
        raise RejectedError(f"point: it has the objective {show(value)}, not the optimal value")
    _require_duals(problem, x, y, proved.rhs)
    constants = None
    if "lipschitz" in step.fields:
        cited = step.citation("lipschitz")
        constants = conclusions.get(cited, LipschitzConstants, "a Lipschitz constant").constants
    return GradientElement(proved.rhs, proved.value, x, y, constants)


def _dense(vector: ScaledVector, size: int) -> tuple[Fraction, ...]:
    known: Mapping[int, Fraction] = dict(vector.to_fractions())
    return tuple(known.get(k, _ZERO) for k in range(size))


def _require_feasible(problem: Problem, x: Sequence[Fraction], rhs: Sequence[Fraction]) -> None:
    for j, v in enumerate(x):
        if not problem.lower[j] <= v <= problem.upper[j]:
            raise RejectedError(f"point: column {j} is outside its bounds")
        if problem.integer[j] and v.denominator != 1:
            raise RejectedError(f"point: column {j} is no integer")
    for k, (row, sense) in enumerate(zip(problem.A.rows, problem.row_sense, strict=True)):
        if not _keeps(sum((a * x[j] for j, a in row), _ZERO), sense, rhs[k]):
            raise RejectedError(f"point: it breaks row {k}")


def _require_duals(
    problem: Problem, x: Sequence[Fraction], y: Sequence[Fraction], rhs: Sequence[Fraction]
) -> None:
    sign = 1 if problem.sense == "min" else -1
    for k, (row, sense) in enumerate(zip(problem.A.rows, problem.row_sense, strict=True)):
        price = sign * y[k]
        if (sense == "<=" and price > 0) or (sense == ">=" and price < 0):
            raise RejectedError(f"duals: row {k} has the wrong sign")
        if price and sum((a * x[j] for j, a in row), _ZERO) != rhs[k]:
            raise RejectedError(f"duals: row {k} has slack and a price")
    priced = [_ZERO] * len(x)
    for k, row in enumerate(problem.A.rows):
        for j, a in row:
            priced[j] += a * y[k]
    for j, v in enumerate(x):
        if problem.integer[j]:
            continue
        reduced = sign * (problem.c[j] - priced[j])
        if (reduced > 0 and v != problem.lower[j]) or (reduced < 0 and v != problem.upper[j]):
            raise RejectedError(f"duals: column {j} is off its bound and has a reduced cost")


@statement_kind("lipschitz")
def _lipschitz_statement(goal: Goal, conclusions: Conclusions, _: FunctionOf) -> Statement:
    """Step `of` proves constants of all rows."""
    found = conclusions.get(goal.of, LipschitzConstants, "a Lipschitz constant")
    text = (
        "|v(d) - v(d')| <= sum L_i |d_i - d'_i| for all right-hand sides d and d' at which v, "
        f"the optimal value, is finite, with L = {show_vector(found.constants)}; it is finite "
        "everywhere or nowhere."
    )
    return Statement(goal.kind, conclusions.problem, text, (), 0, False, None, lipschitz=found)


@statement_kind("gradient-element")
def _gradient_statement(goal: Goal, conclusions: Conclusions, _: FunctionOf) -> Statement:
    """Step `of` proves an optimal pair."""
    found = conclusions.get(goal.of, GradientElement, "an optimal pair")
    problem = conclusions.problem
    kind, side = ("concave", "<=") if problem.sense == "min" else ("convex", ">=")
    text = (
        f"v(d) = {show(found.value)} at d = {show_vector(found.rhs)}, attained at x = "
        f"{show_vector(found.by_cost)}: in the costs v is {kind}, and v(c') {side} v(c) + "
        "x (c' - c) for all c'."
    )
    if found.constants is not None:
        text += (
            f" In the right-hand side v is Lipschitz with L = {show_vector(found.constants)}, and "
            f"y = {show_vector(found.by_rhs)} is an element of a conservative gradient at d."
        )
    at = ((found.rhs, found.value),)
    return Statement(goal.kind, problem, text, at, 0, False, None, gradient=found)

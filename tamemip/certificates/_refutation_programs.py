"""The rule that refutes value functions of programs over all right-hand sides."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tamemip.certificates._definable_conclusions import Refuted
from tamemip.certificates._definable_programs_ranges import Varying
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import Problem
from tamemip.certificates._shared_rules import shared_rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step


@shared_rule("refuted-program", "column", "x", "y", "u", optional=("over",))
def _program(step: Step, conclusions: Conclusions, problem: Problem) -> Refuted:
    """The value meets a line through LP bounds at all t in N, and at no t in N + s."""
    m, n = len(problem.rhs), len(problem.c)
    column = step.index("column", size=n)
    x, y = step.rationals("x", size=n), step.rationals("y", size=m)
    u = step.rationals("u", size=m)
    shift = program_refuted(problem, column, x, y, u)
    where = "all right-hand sides"
    if "over" in step.fields:
        varying = conclusions.get(step.citation("over"), Varying, "a box of data")
        require_ray(problem, varying, column, x, y)
        where = varying.in_words(problem)
    text = (
        f"Along b(t) = A x + t A_{column}, t >= 0, up to slack of loose rows, it equals the bound "
        f"of linear programming at all integers t, and at no t in N + {shift}, for there the rows "
        "that would be tight have no integer solution."
    )
    return Refuted("W1", "the value function", where, text)


def program_refuted(
    problem: Problem,
    column: int,
    x: Sequence[Fraction],
    y: Sequence[Fraction],
    u: Sequence[Fraction],
) -> Fraction:
    """The offset of the right-hand sides where the value is not the bound.

    *Theorem.* Let x be in the bounds, integer where it must be, and let y be dual feasible
    with reduced costs ``r = c - yA`` such that ``x_k`` is the lower bound where ``r_k > 0``
    and the upper bound where ``r_k < 0``. For every b and every feasible point z,
    ``c z >= y b + r x``. Let column j be integer, unbounded above, with ``r_j = 0``. On
    ``b(t) = A x + t A_j`` the points ``x + k e_j`` attain this bound at all k in N. If z
    attains it at b(t), then ``z_k = x_k`` where ``r_k != 0`` and the rows with ``y_i != 0``
    are tight. For u on these rows and on equations, ``u b(t) = u A z``, so that
    ``t u A_j = sum(u A_k (z_k - x_k))`` over ``r_k = 0``: an integer, if ``u A_k`` is 0 for
    continuous and integer for integer columns. With ``t = k + 1/(2 u A_j)`` it is none. As
    the data are rational, a finite value is attained (Meyer 1974), and the value is another
    one there. The set of t where the value is ``y b(t) + r x`` contains N and misses
    ``N + 1/(2 |u A_j|)``: it is no finite union of points and intervals.

    Raises
    ------
    RejectedError
        If some hypothesis fails.
    """
    sign = 1 if problem.sense == "min" else -1
    _require_dual(problem, y)
    priced = _times(y, problem)
    lifted = _times(u, problem)
    for i, w in enumerate(u):
        if w and not y[i] and problem.row_sense[i] != "=":
            raise RejectedError("u: a row that may be loose is used")
    for k in range(len(problem.c)):
        _require_point(problem, k, x[k])
        reduced = sign * problem.c[k] - priced[k]
        if reduced > 0 and x[k] != problem.lower[k]:
            raise RejectedError("x: an entry with a positive reduced cost is above its bound")
        if reduced < 0 and x[k] != problem.upper[k]:
            raise RejectedError("x: an entry with a negative reduced cost is below its bound")
        if reduced == 0 and not problem.integer[k] and lifted[k]:
            raise RejectedError("u: a continuous column can make up for the difference")
        if reduced == 0 and lifted[k].denominator != 1:
            raise RejectedError("u: an integer column has a fractional coefficient")
        if k == column and reduced:
            raise RejectedError("column: its reduced cost is not 0")
    if not problem.integer[column] or isinstance(problem.upper[column], Fraction):
        raise RejectedError("column: it is no integer column without an upper bound")
    if not lifted[column]:
        raise RejectedError("u: it does not see the column")
    return 1 / (2 * abs(lifted[column]))


def require_ray(
    problem: Problem,
    varying: Varying,
    column: int,
    x: Sequence[Fraction],
    y: Sequence[Fraction],
) -> None:
    """Prove that ``A x + s + t A_column`` lies in a box of right-hand sides for all ``t >= 0``.

    The slack s is 0 on equations and on rows with a price: with it, the points
    ``x + k e_column`` stay feasible, and nothing changes in the bound and in ``u b``.

    Raises
    ------
    RejectedError
        If it leaves the box, or costs or the matrix move.
    """
    for flag in (False, True):
        if varying.moves_cost(problem, integer=flag) or varying.moves_matrix(problem, integer=flag):
            raise RejectedError("over: the witness is about right-hand sides alone")
    for i, row in enumerate(problem.A.rows):
        low, high = varying.rhs_range(problem, i)
        value = sum((a * x[k] for k, a in row), Fraction(0))
        step = problem.A[i, column]
        if not y[i] and problem.row_sense[i] == "<=":
            value = max(value, low) if isinstance(low, Fraction) else value
        elif not y[i] and problem.row_sense[i] == ">=":
            value = min(value, high) if isinstance(high, Fraction) else value
        if not low <= value <= high:
            raise RejectedError(f"x: the right-hand side of row {show(i)} is not in the box")
        if (step > 0 and isinstance(high, Fraction)) or (step < 0 and isinstance(low, Fraction)):
            raise RejectedError(f"column: the right-hand side of row {show(i)} leaves the box")


def _require_dual(problem: Problem, y: Sequence[Fraction]) -> None:
    """Signs for a minimum: ``y >= 0`` on rows ``>=``, ``y <= 0`` on rows ``<=``."""
    for sense, w in zip(problem.row_sense, y, strict=True):
        if (sense == ">=" and w < 0) or (sense == "<=" and w > 0):
            raise RejectedError("y: a sign is wrong")


def _require_point(problem: Problem, k: int, value: Fraction) -> None:
    if not problem.lower[k] <= value <= problem.upper[k]:
        raise RejectedError("x: it is out of the bounds")
    if problem.integer[k] and value.denominator != 1:
        raise RejectedError("x: an entry is not an integer")


def _times(weights: Sequence[Fraction], problem: Problem) -> list[Fraction]:
    """A combination of the rows."""
    found = [Fraction(0)] * len(problem.c)
    for w, row in zip(weights, problem.A.rows, strict=True):
        if w:
            for k, a in row:
                found[k] += w * a
    return found

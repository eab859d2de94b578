"""The rule that refutes value functions of programs whose matrix moves."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from tamemip.certificates._definable_conclusions import Refuted
from tamemip.certificates._definable_programs_ranges import EVERYTHING, Range, Varying
from tamemip.certificates._json import RejectedError, show
from tamemip.certificates._problem import Bound, Problem
from tamemip.certificates._shared_rules import shared_rule
from tamemip.certificates._statement import Conclusions
from tamemip.certificates._step import Step


@shared_rule("refuted-coefficient", "over", "row", "column", "x", "side")
def _coefficient(step: Step, conclusions: Conclusions, problem: Problem) -> Refuted:
    """As an entry of the matrix tends to 0, the value takes infinitely many rational values."""
    varying = conclusions.get(step.citation("over"), Varying, "a box of data")
    row = step.index("row", size=len(problem.rhs))
    column = step.index("column", size=len(problem.c))
    x = step.rationals("x", size=len(problem.c))
    side = step.integer("side")
    tau, gap = coefficient_refuted(problem, varying, row, column, x, side)
    end = "inf" if problem.sense == "min" else "-inf"
    text = (
        f"As the entry a = A[{row},{column}] {'falls' if tau > 0 else 'rises'} to 0 and all "
        f"other data stay, the value is finite and tends to {end}, for |x{column}| >= "
        f"{show(gap)}/|a|. Only integer columns have a cost, so that the values are multiples "
        "of one number: they are infinitely many. A definable set of numbers that is infinite "
        "contains an interval."
    )
    return Refuted("W2", "the value function", varying.in_words(problem), text)


def coefficient_refuted(
    problem: Problem,
    varying: Varying,
    row: int,
    column: int,
    x: Sequence[Fraction],
    side: int,
) -> tuple[int, Fraction]:
    """The sign of the entry a that tends to 0, and g with ``|x_j| >= g/|a|``.

    *Theorem.* Let j be an integer column without a bound on the side ``s``, let row i be
    ``sum(A_ik x_k) >= b_i`` (otherwise change signs), and let a, the entry of both, range
    over an interval with the end 0 on the side of s. All other data keep the values of the
    problem, which lie in the box. Suppose that

    * ``g = b_i - sup(sum(A_ik x_k, k != j))`` over the bounds is positive: so a feasible point
      has ``s x_j >= g/|a|``;
    * for a minimum, ``s c_j > 0``, and each other column with a cost is integer and bounded on
      the side where the cost falls: so the values of feasible points tend to infinity;
    * x is within the bounds, integer where it must be, satisfies all rows but i, and none of
      these is hurt by a step ``s e_j``: so ``x + k s e_j`` is feasible for all large k.

    Then the value is finite for all small a, a multiple of one rational number, and tends to
    infinity: its image is infinite and discrete, and the value function is not definable.

    Raises
    ------
    RejectedError
        If some hypothesis fails.
    """
    if side not in (-1, 1):
        raise RejectedError("side: 1 or -1 is expected")
    end = problem.upper[column] if side > 0 else problem.lower[column]
    if not problem.integer[column] or isinstance(end, Fraction):
        raise RejectedError("column: it is no integer column that is free on this side")
    sense = problem.row_sense[row]
    if sense == "=":
        raise RejectedError("row: an inequality is expected")
    turn = 1 if sense == ">=" else -1
    _require_box(problem, varying, row, column, turn * side)
    _require_costs(problem, column, side)
    _require_start(problem, row, column, x, side)
    most: Bound = Fraction(0)
    for k, a in problem.A.rows[row]:
        if k != column:
            bound = problem.upper[k] if turn * a > 0 else problem.lower[k]
            if not isinstance(bound, Fraction):
                raise RejectedError("row: another column can satisfy it alone")
            most += turn * a * bound
    gap = turn * problem.rhs[row] - most
    if gap <= 0 or not isinstance(gap, Fraction):
        raise RejectedError("row: the other columns can satisfy it")
    return turn * side, gap


def _require_box(problem: Problem, varying: Varying, row: int, column: int, tau: int) -> None:
    """The other data keep the values of the problem; the entry tends to 0 from one side."""
    for i, b in enumerate(problem.rhs):
        _require_within(varying.rhs_range(problem, i), b, "a right-hand side")
    for j, c in enumerate(problem.c):
        _require_within(varying.cost_range(problem, j), c, "a cost")
    for key, ends in varying.A.items():
        if key != (row, column):
            _require_within(ends, problem.A[key], "an entry")
    own = problem.A[row, column]
    low, high = varying.A.get((row, column), (own, own))
    if varying.is_free(problem, column):
        low, high = EVERYTHING
    if not (low <= 0 < high if tau > 0 else low < 0 <= high):
        raise RejectedError("over: the entry does not tend to 0 from this side")


def _require_within(ends: Range, value: Fraction, what: str) -> None:
    if not ends[0] <= value <= ends[1]:
        raise RejectedError(f"over: {what} of the problem is not in the box")


def _require_costs(problem: Problem, column: int, side: int) -> None:
    sign = 1 if problem.sense == "min" else -1
    for k, c in enumerate(problem.c):
        if c and not problem.integer[k]:
            raise RejectedError("column: a continuous column has a cost")
        if k != column and c:
            best = problem.lower[k] if sign * c > 0 else problem.upper[k]
            if not isinstance(best, Fraction):
                raise RejectedError("column: the cost of another one is not bounded")
    if sign * problem.c[column] * side <= 0:
        raise RejectedError("column: a step on this side costs nothing")


def _require_start(
    problem: Problem, row: int, column: int, x: Sequence[Fraction], side: int
) -> None:
    """The point satisfies all other rows, and goes on doing so."""
    for k, value in enumerate(x):
        if not problem.lower[k] <= value <= problem.upper[k]:
            raise RejectedError("x: it is out of the bounds")
        if problem.integer[k] and value.denominator != 1:
            raise RejectedError("x: an entry is not an integer")
    for i, entries in enumerate(problem.A.rows):
        if i == row:
            continue
        activity = sum((a * x[k] for k, a in entries), Fraction(0))
        step = side * problem.A[i, column]
        sense = problem.row_sense[i]
        if sense != "<=" and (activity < problem.rhs[i] or step < 0):
            raise RejectedError(f"x: row {i} is violated, here or further on")
        if sense != ">=" and (activity > problem.rhs[i] or step > 0):
            raise RejectedError(f"x: row {i} is violated, here or further on")

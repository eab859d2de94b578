"""The statement about the value function on a line; both checkers conclude it."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from itertools import pairwise

from tamemip.certificates._certificate import Goal
from tamemip.certificates._json import RejectedError, show, show_vector
from tamemip.certificates._line_values import ProvedStretch, RhsLine
from tamemip.certificates._statement import Conclusions, FunctionOf, Statement, statement_kind


@statement_kind("value-function-on-a-line")
def _on_a_line(goal: Goal, conclusions: Conclusions, function_of: FunctionOf) -> Statement:
    """Step `of` is a line; the tight steps are stretches of it, from left to right."""
    line = conclusions.get(goal.of, RhsLine, "a line of right-hand sides")
    if not goal.tight:
        raise RejectedError("no stretch of the line is named")
    stretches = [conclusions.get(k, ProvedStretch, "a stretch of a line") for k in goal.tight]
    for k, stretch in zip(goal.tight, stretches, strict=True):
        if stretch.line != goal.of:
            raise RejectedError(f"step {show(k)} is about another line")
        if stretch.of != stretches[0].of:
            raise RejectedError(f"step {show(k)} is about another dual function")
    for (k, before), (n, after) in pairwise(list(zip(goal.tight, stretches, strict=True))):
        is_later = before.hi < after.lo or (
            before.hi == after.lo and not (before.hi_closed and after.lo_closed)
        )
        if not is_later:
            raise RejectedError(f"the stretch of step {show(n)} does not follow that of {show(k)}")
    function = function_of(stretches[0].of)
    return Statement(
        goal.kind,
        conclusions.problem,
        _in_words(line, stretches),
        (),
        function.n_leaves,
        function.is_subadditive,
        function,
        stretches=tuple(stretches),
        line=line,
    )


def _in_words(line: RhsLine, stretches: Sequence[ProvedStretch]) -> str:
    rates = show_vector(_dense(line))
    shown = "; ".join(_stretch_in_words(stretch) for stretch in stretches[:3])
    more = len(stretches) - 3
    rest = f"; and so on on {more} more" if more > 0 else ""
    whole = "is" if _is_whole(stretches) else "is, wherever it is stated here,"
    first, last = stretches[0], stretches[-1]
    left, right = "[" if first.lo_closed else "(", "]" if last.hi_closed else ")"
    return (
        f"for t in {left}{show(first.lo)}, {show(last.hi)}{right}, the optimal value v(t) at "
        f"d = {show_vector(line.rhs)} + t {rates} {whole} affine on {len(stretches)} "
        f"stretch{'es' * (len(stretches) != 1)}: {shown}{rest}."
    )


def _dense(line: RhsLine) -> list[Fraction]:
    rates = dict(line.direction)
    return [rates.get(i, Fraction(0)) for i in range(len(line.rhs))]


def _is_whole(stretches: Sequence[ProvedStretch]) -> bool:
    """Whether the stretches cover everything from the first one to the last one."""
    return all(
        before.hi == after.lo and before.hi_closed != after.lo_closed
        for before, after in pairwise(stretches)
    )


def _stretch_in_words(stretch: ProvedStretch) -> str:
    left, right = "[" if stretch.lo_closed else "(", "]" if stretch.hi_closed else ")"
    where = f"{left}{show(stretch.lo)}, {show(stretch.hi)}{right}"
    first, last = stretch.values
    if first == last:
        return f"v = {show(first)} on {where}"
    return f"v from {show(first)} to {show(last)} on {where}"

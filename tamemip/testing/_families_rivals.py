"""The check `no-better-solution`: the program is as wide as the instance, and no wider.

Nobody but the family knows which solutions an instance allows, so `evaluate` is the referee.
Rivals of the optimal point are made in several ways: its integers are changed by one, alone
and in pairs; the program is solved with other costs, without one row or one upper bound, or
with one row loosened. A rival that the instance allows and that is better than the proved
optimum shows that the program is too tight; a feasible one that the instance refuses, that it
is too wide.
"""

from __future__ import annotations

import itertools
import math
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TypeAlias, TypeVar, final

from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.testing._families_code import asked
from tamemip.testing._families_examples import Example, Subject, claimed, exactly, point_in_words
from tamemip.testing._families_numbers import is_float, number, slack, told
from tamemip.testing._families_outcome import NotJudgedError, Outcome
from tamemip.testing._families_points import agreed_solution

Rival: TypeAlias = "tuple[str, Sequence[Fraction]]"
T = TypeVar("T")

_WRONG_REFUSALS = (ValueError, AssertionError)
"""Errors by which solutions are refused on purpose; others come from a solution's nonsense."""
_PAIRS = 40
_OTHER_COSTS = 6
_MOST = 12
_SECONDS = 1.0
"""So long may one rival take."""


def check_no_better_solution(subject: Subject) -> Outcome:
    """No allowed solution beats the proved optimum; feasible points are allowed solutions.

    Of a feasible point that is not optimal the solution may be better than the objective says
    (a start time that is later than it has to be), but not worse.
    """
    return subject.each(_judge)


def _judge(example: Example) -> None:
    _require_agreement(example)
    optimum = example.optimum
    deadline = example.deadline()
    for how, point in _rivals(example):
        _confront(example, optimum, how, point)
        if time.process_time() > deadline:
            return


def _require_agreement(example: Example) -> None:
    try:
        agreed_solution(example)
    except AssertionError as error:
        raise NotJudgedError("`evaluate` and the program disagree: see 'evaluate'") from error


def _confront(example: Example, optimum: Fraction, how: str, point: Sequence[Fraction]) -> None:
    is_feasible = not example.program.violations(point)
    try:
        found = _worth(example, how, point)
    except _RefusedError as refused:
        if not is_feasible:
            return
        raise example.failure(
            f"the program has the feasible point {point_in_words(example.program, point)} ({how}), "
            f"which is no allowed solution: {refused}",
            "A row or a bound is missing in `program` or too loose, or `evaluate` refuses too much",
        ) from refused
    value = number(found, "what `evaluate` returned")
    off = slack(optimum) if is_float(found) else Fraction(0)
    if example.sign * (optimum - value) > off:
        raise example.failure(
            f"the solution of the point {point_in_words(example.program, point)} ({how}) passes "
            f"`evaluate` with the value {told(value)}, which is better than the proved optimum "
            f"{told(optimum)} of the program",
            _too_narrow(example, point),
        )
    objective = example.program.objective(point) if is_feasible else value
    if example.sign * (value - objective) > off:
        raise example.failure(
            f"the program has the feasible point {point_in_words(example.program, point)} ({how}) "
            f"with the objective {told(objective)}, but its solution has the value {told(value)}, "
            "which is worse",
            "The objective lacks a cost, or a row or a bound is missing",
        )


@final
class _RefusedError(Exception):
    """No solution comes from a point, or the instance does not allow it."""


def _worth(example: Example, how: str, point: Sequence[Fraction]) -> object:
    """What `evaluate` says about the solution of a point, if it is allowed.

    A point that is not feasible may be nonsense for `decode`; what it gives, `evaluate` has to
    take or to refuse as it is documented.
    """
    family, instance = example.family, example.instance
    try:
        solution = asked("decode", lambda: family.decode(instance, point))
    except AssertionError as error:
        raise _RefusedError(str(error)) from error
    evaluate = family.evaluate  # type: ignore[attr-defined]
    try:
        found: object = asked("evaluate", lambda: evaluate(example.instance, solution))
        number(found, "what `evaluate` returned")
    except AssertionError as error:
        cause = error.__cause__
        is_refusal = isinstance(cause, InvalidInputError)
        if is_refusal or (cause is not None and not isinstance(cause, _WRONG_REFUSALS)):
            raise _RefusedError(str(error)) from error
        raise example.failure(
            f"{error}, for the solution of the point {point_in_words(example.program, point)} "
            f"({how})",
            "A solution that the instance does not allow is refused with InvalidInputError; of any "
            "other, `evaluate` returns the value",
        ) from error
    return found


def _too_narrow(example: Example, point: Sequence[Fraction]) -> str:
    broken = example.program.violations(point)
    if not broken:
        return "The objective of the program promises too little: compare it with `evaluate`"
    return (
        f"Either the program is too tight (the point breaks {broken[0]}), or `evaluate` has to "
        "refuse the solution"
    )


def _rivals(example: Example) -> Iterator[Rival]:
    ways = (
        _by_dropped_rows(example),
        _by_dropped_bounds(example),
        _by_changed_integers(example),
        _by_other_costs(example),
        _by_loosened_rows(example),
    )
    for found in itertools.zip_longest(*ways):
        yield from (rival for rival in found if rival is not None)


# -- the ways to make one ------------------------------------------------------------------


def _by_changed_integers(example: Example) -> Iterator[Rival]:
    """The optimal point with one or two integers changed by one."""
    integers = [j for j, flag in enumerate(example.program.exact.integer) if flag]
    steps = [_Step(j, by) for j in integers for by in (1, -1)]
    allowed = [step for step in steps if _is_sensible(example, step)]
    pairs = list(itertools.combinations(allowed, 2))
    random.Random(20260103).shuffle(pairs)
    for changes in (*((step,) for step in allowed), *pairs[:_PAIRS]):
        yield _changed(example, changes)


@final
@dataclass(frozen=True, slots=True)
class _Step:
    column: int
    by: int


def _is_sensible(example: Example, step: _Step) -> bool:
    """Whether a solution with this integer could make sense.

    A bound of the program is crossed where it may be wrong; that counts are not negative, and
    that a 0-1 variable answers a question, is beyond doubt.
    """
    exact, j = example.program.exact, step.column
    value = example.point[j] + step.by
    if exact.lower[j] == 0 and exact.upper[j] == 1:
        return value in (0, 1)
    return value >= min(exact.lower[j], 0)


def _changed(example: Example, changes: Sequence[_Step]) -> Rival:
    point = list(example.point)
    for step in changes:
        point[step.column] += step.by
    names = (
        f"{example.program.col_names[step.column]} {'+' if step.by > 0 else '-'} 1"
        for step in changes
    )
    repaired = None if _is_pure(example.program) else exactly(example.program, point)
    return f"the optimal one with {' and '.join(names)}", repaired or point


def _by_other_costs(example: Example) -> Iterator[Rival]:
    """Feasible points: optimal for other costs of the columns that have bounds."""
    exact = example.program.exact
    bounded = [
        isinstance(low, Fraction) and isinstance(up, Fraction)
        for low, up in zip(exact.lower, exact.upper, strict=True)
    ]
    chosen = random.Random(20260104)
    for _ in range(_OTHER_COSTS):
        costs = [
            Fraction(chosen.randint(-9, 9)) if is_bounded else cost
            for cost, is_bounded in zip(exact.c, bounded, strict=True)
        ]
        point = _solved(example.program.with_cost(costs))
        if point is not None:
            yield "optimal for other costs", point


def _by_dropped_rows(example: Example) -> Iterator[Rival]:
    """Optimal points of the program without one of its rows."""
    program = example.program
    for i in _some(program.n_rows):
        exact = program.exact
        row_sense, rhs = _without(exact.row_sense, i), _without(exact.rhs, i)
        matrix = replace(exact.A, rows=_without(exact.A.rows, i))
        less = replace(exact, A=matrix, row_sense=row_sense, rhs=rhs)
        names = _without(program.row_names, i)
        point = _solved(replace(program, exact=less, row_names=names))
        if point is not None:
            yield f"optimal without the row {program.row_names[i]!r}", point


def _by_dropped_bounds(example: Example) -> Iterator[Rival]:
    """Optimal points of the program without the upper bound of one column.

    That a 0-1 variable is at most 1 is beyond doubt.
    """
    program, exact = example.program, example.program.exact
    bounded = [
        j
        for j, (low, up) in enumerate(zip(exact.lower, exact.upper, strict=True))
        if isinstance(up, Fraction) and not (exact.integer[j] and low == 0 and up == 1)
    ]
    for j in (bounded[k] for k in _some(len(bounded))):
        upper = (*exact.upper[:j], math.inf, *exact.upper[j + 1 :])
        point = _solved(replace(program, exact=replace(exact, upper=upper)))
        if point is not None:
            yield f"optimal without the upper bound of {program.col_names[j]!r}", point


def _by_loosened_rows(example: Example) -> Iterator[Rival]:
    """Optimal points of the program with one right-hand side moved."""
    program, rhs = example.program, example.program.exact.rhs
    for i in _some(program.n_rows):
        ways = {"<=": (1,), ">=": (-1,), "=": (1, -1)}[program.exact.row_sense[i]]
        for step in (way * size for way in ways for size in (1, max(Fraction(2), abs(rhs[i])))):
            moved = program.with_rhs([*rhs[:i], rhs[i] + step, *rhs[i + 1 :]])
            point = _solved(moved)
            if point is not None:
                yield f"optimal if row {program.row_names[i]!r} is loosened by {abs(step)}", point


def _some(n: int) -> range:
    """A few indices, evenly spread."""
    return range(0, n, max(1, -(-n // _MOST)))


def _without(items: tuple[T, ...], i: int) -> tuple[T, ...]:
    return (*items[:i], *items[i + 1 :])


def _solved(program: MixedIntegerProgram) -> Sequence[Fraction] | None:
    claim = claimed(program, Limits(seconds=_SECONDS))
    if claim is None or claim.point is None:
        return None
    return exactly(program, claim.point.tolist())


def _is_pure(program: MixedIntegerProgram) -> bool:
    return all(program.exact.integer)

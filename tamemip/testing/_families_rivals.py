"""The check `no-better-solution`: the program is as wide as the instance, and no wider.

Nobody but the family knows which solutions an instance allows, so `evaluate` is the referee.
Rivals of the optimal point are made in three ways: its integers are changed by one, alone
and in pairs; the program is solved with other costs; the program is solved with one row
loosened. A rival that the instance allows and that is better than the proved optimum shows
that the program is too tight; a feasible one that the instance refuses, that it is too wide.
"""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits
from tamemip.testing._families_examples import Example, Subject, claimed, exactly, point_in_words
from tamemip.testing._families_numbers import is_float, number, slack, told
from tamemip.testing._families_outcome import NotJudgedError, Outcome
from tamemip.testing._families_points import agreed_solution

Rival: TypeAlias = "tuple[str, Sequence[Fraction]]"

_PAIRS = 40
_OTHER_COSTS = 6
_MOST_ROWS = 10
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
    deadline = time.monotonic() + example.patience
    for how, point in _rivals(example):
        _confront(example, optimum, how, point)
        if time.monotonic() > deadline:
            return


def _require_agreement(example: Example) -> None:
    try:
        agreed_solution(example)
    except AssertionError as error:
        raise NotJudgedError("`evaluate` and the program disagree: see 'evaluate'") from error


def _confront(example: Example, optimum: Fraction, how: str, point: Sequence[Fraction]) -> None:
    is_feasible = not example.program.violations(point)
    try:
        solution = example.family.decode(example.instance, point)
        found = example.family.evaluate(example.instance, solution)  # type: ignore[attr-defined]
    except Exception as error:  # a plugin's code can raise anything
        if not is_feasible:
            return
        raise example.failure(
            f"the program has the feasible point {point_in_words(example.program, point)} ({how}), "
            f"which is no allowed solution: decoding and evaluating it raised "
            f"{type(error).__name__}: {error}",
            "A row or a bound is missing in `program` or too loose, or `evaluate` refuses too much",
        ) from error
    try:
        value = number(found, "what `evaluate` returned")
    except AssertionError as error:
        raise example.failure(f"{error} at a point ({how})", "Return a number") from error
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


def _too_narrow(example: Example, point: Sequence[Fraction]) -> str:
    broken = example.program.violations(point)
    if not broken:
        return "The objective of the program promises too little: compare it with `evaluate`"
    return (
        f"Either the program is too tight (the point breaks {broken[0]}), or `evaluate` has to "
        "refuse the solution"
    )


def _rivals(example: Example) -> Iterator[Rival]:
    ways = (_by_changed_integers(example), _by_other_costs(example), _by_loosened_rows(example))
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


def _by_loosened_rows(example: Example) -> Iterator[Rival]:
    """Optimal points of the program with one right-hand side moved."""
    program = example.program
    every = max(1, -(-program.n_rows // _MOST_ROWS))
    for i in range(0, program.n_rows, every):
        rhs, sense = program.exact.rhs, program.exact.row_sense[i]
        ways = {"<=": (1,), ">=": (-1,), "=": (1, -1)}[sense]
        for step in (way * size for way in ways for size in (1, max(Fraction(2), abs(rhs[i])))):
            moved = program.with_rhs([*rhs[:i], rhs[i] + step, *rhs[i + 1 :]])
            point = _solved(moved)
            if point is not None:
                yield f"optimal if row {program.row_names[i]!r} is loosened by {abs(step)}", point


def _solved(program: MixedIntegerProgram) -> Sequence[Fraction] | None:
    claim = claimed(program, Limits(seconds=_SECONDS))
    if claim is None or claim.point is None:
        return None
    return exactly(program, claim.point.tolist())


def _is_pure(program: MixedIntegerProgram) -> bool:
    return all(program.exact.integer)

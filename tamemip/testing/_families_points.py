"""Checks of `decode` and `evaluate`: points and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.solvers import Status
from tamemip.testing._families_changes import with_other_value
from tamemip.testing._families_code import asked
from tamemip.testing._families_examples import (
    SMALLER,
    Example,
    Subject,
    exactly,
    point_in_words,
)
from tamemip.testing._families_numbers import (
    agrees,
    borrowed_value,
    is_close,
    is_exactly,
    number,
    told,
    value_of,
)
from tamemip.testing._families_outcome import NotJudgedError, Outcome
from tamemip.testing._families_slots import groups_at_zero

NOISE = 1e-7
"""What a solver's integers may be off by."""
_NOISY = (
    f"a list of floats whose integers are {NOISE:g} too small",
    f"a list of floats whose integers are {NOISE:g} too large",
)


def check_decode(subject: Subject) -> Outcome:
    """Every example has an optimal point, which decodes to a solution with its value.

    The point is handed over as a solver gives it (a list, a tuple, an array of floats, with
    integers that are off by rounding) and exactly (Fractions). The value is compared with the
    program's objective: an exact number exactly, if all columns are integer or the point is
    exact; a float up to a relative 1/1000000000, or 1/1000000 if columns are continuous.
    """
    return subject.each(_decode)


def check_evaluate(subject: Subject) -> Outcome:
    """The decoded optimal point is allowed by the instance, with the value of the program.

    A solution that is the same but for its ``value`` is evaluated alike, or refused.
    """
    return subject.each(_evaluate)


def _decode(example: Example) -> None:
    point = _solved(example)
    expected = example.program.objective(point)
    is_pure = all(example.program.exact.integer)
    for how, given, is_exact in _as_given(example, point):
        try:
            solution = asked("decode", lambda x=given: example.family.decode(example.instance, x))  # type: ignore[misc]
            value = value_of(solution)
        except AssertionError as error:
            raise example.failure(f"given {how}, {error}", _POINTS) from error
        if is_pure:
            is_right = is_exactly(value, expected)
        else:
            is_right = agrees(value, expected) if is_exact else is_close(value, expected)
        if not is_right:
            raise example.failure(
                f"given {how}, the decoded solution has the value {value}, but the program's "
                f"objective is {told(expected)} at this point, "
                f"{point_in_words(example.program, point)}",
                _advice(example, value, expected, is_noisy=how in _NOISY),
            )


def _solved(example: Example) -> tuple[Fraction, ...]:
    """An exact optimal point, or why there is none."""
    claim = example.claim
    if claim is None:
        raise example.failure(
            "the solver cannot read the program",
            "Do its numbers differ very much in size? Scale its rows, and derive the M of each "
            "big-M row from the instance",
        )
    if claim.status is Status.LIMIT:
        raise NotJudgedError(
            f"too large: the solver found no optimal point within {example.seconds:g} s. {SMALLER}"
        )
    if claim.status is not Status.OPTIMAL or claim.point is None:
        raise example.failure(
            f"the program is {claim.status.value}, says the solver, at theta = 0",
            "An example needs an optimal solution: correct the rows of `program`, or give "
            "another example",
        )
    point = exactly(example.program, claim.point.tolist())
    if point is None:
        raise example.failure(
            "the solver's point is not feasible any more once its integers are rounded",
            "Do the numbers of one row differ very much in size, as with a big-M? Derive the M "
            "of each row from the instance",
        )
    return point


def _as_given(
    example: Example, point: Sequence[Fraction]
) -> Iterator[tuple[str, Sequence[Any], bool]]:
    """One point in all the forms in which users have it, and whether it is exact."""
    floats = [float(v) for v in point]
    flags = example.program.exact.integer
    off = [v - NOISE if flag else v for v, flag in zip(floats, flags, strict=True)]
    over = [v + NOISE if flag else v for v, flag in zip(floats, flags, strict=True)]
    yield "a tuple of Fractions", tuple(point), True
    yield "a list of floats", floats.copy(), False
    yield "a tuple of floats", tuple(map(float, point)), False
    yield "a numpy array", np.array(floats), False  # type: ignore[misc]
    yield _NOISY[0], off, False
    yield _NOISY[1], over, False


def agreed_solution(example: Example) -> object:
    """The decoded optimal point, if the family's `evaluate` agrees with the program on it."""
    point = example.point
    expected = example.program.objective(point)
    solution = example.decoded(point)
    _require_decoded(solution, expected)
    evaluate = example.family.evaluate  # type: ignore[attr-defined]
    try:
        found = asked("evaluate", lambda: evaluate(example.instance, solution))
        number(found, "what `evaluate` returned")
    except AssertionError as error:
        raise example.failure(
            f"the program has the optimal point {point_in_words(example.program, point)}, "
            f"on which {error}",
            _refusal(example, error),
        ) from error
    if not agrees(found, expected):
        raise example.failure(
            f"`evaluate` says {found}, but the program's objective is {told(expected)} at the "
            f"optimal point {point_in_words(example.program, point)}",
            "One of them is wrong: compute the value of the solution by hand. Look for a cost that "
            f"is missing or counted twice, and for a constant{_displaced(example)}",
        )
    return solution


def _require_decoded(solution: object, expected: Fraction) -> None:
    if not agrees(borrowed_value(solution), expected):
        raise NotJudgedError("the decoded value is wrong: see the check 'decode'")


def _evaluate(example: Example) -> None:
    """Agreement on the optimal solution, and on one that claims another value."""
    solution = agreed_solution(example)
    other = with_other_value(solution)
    if other is None:
        return
    evaluate = example.family.evaluate  # type: ignore[attr-defined]
    try:
        again = number(evaluate(example.instance, other), "what `evaluate` returned")
    except Exception:  # a wrong value may be refused, in whatever way
        return
    if again != number(evaluate(example.instance, solution), "what `evaluate` returned"):
        raise example.failure(
            f"`evaluate` takes the value from the solution: it says {told(again)} if the solution "
            "claims so",
            "Compute the value from the instance and the decisions, without `solution.value`",
        )


def _refusal(example: Example, error: AssertionError) -> str:
    if not isinstance(error.__cause__, InvalidInputError):
        return (
            "It has to return the value of a decoded solution, computed from the instance alone, "
            "and to raise InvalidInputError for a solution that is not allowed"
        )
    advice = (
        "The program allows what the instance does not: a row is missing or too loose, or "
        f"`decode` or `evaluate` reads the instance wrongly{_displaced(example)}"
    )
    if _has_fractions(example):
        advice += (
            ". Or does `evaluate` add floats? Add Fractions: `tamemip.arithmetic.rationalize` "
            "reads any number"
        )
    return advice


def _advice(example: Example, value: object, expected: Fraction, *, is_noisy: bool) -> str:
    """What to look at if the decoded value is wrong."""
    found = number(value, "a value")
    if is_noisy:
        return "A solver's integers are off by rounding: take `round` of each, not `int`"
    if is_close(value, expected):
        return (
            "Compute in Fractions, not in floats: `tamemip.arithmetic.rationalize` reads any number"
        )
    if found == -expected:
        return "The sign is wrong: the value is the program's objective, in the program's sense"
    return (
        "The value has to be computed from the instance, in the sense and with all terms of the "
        f"objective{_displaced(example)}"
    )


def _displaced(example: Example) -> str:
    """A hint for those who take a parameter for its datum; empty if there is no sign of it."""
    groups = groups_at_zero(example.parametric)
    if not groups:
        return ""
    return (
        f". Or is {groups[0]!r} taken for the datum itself? All that it moves is 0 in the program, "
        "but at theta = 0 stands the instance: write Affine.of(datum, name)"
    )


def _has_fractions(example: Example) -> bool:
    exact = example.program.exact
    entries = [v for row in exact.A.rows for _, v in row]
    return any(v.denominator != 1 for v in (*exact.c, *exact.rhs, *entries))


_POINTS = (
    "`decode` takes one number a column of the program, in any sequence, and gives an object "
    "with a `value`"
)

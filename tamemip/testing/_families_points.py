"""Checks of `decode` and `evaluate`: points and what they say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from tamemip.errors import InvalidInputError
from tamemip.solvers import Status
from tamemip.testing._families_examples import Example, Subject, asked, exactly, point_in_words
from tamemip.testing._families_numbers import (
    agrees,
    is_close,
    is_exactly,
    is_float,
    number,
    told,
    value_of,
)
from tamemip.testing._families_outcome import NotJudgedError, Outcome

NOISE = 1e-7
"""What a solver's integers may be off by."""


def check_decode(subject: Subject) -> Outcome:
    """Every example has an optimal point, which decodes to a solution with its value.

    The point is handed over as a solver gives it (a list, a tuple, an array of floats, with
    integers that are off by rounding) and exactly (Fractions). The value is compared with the
    program's objective: exactly, if all columns are integer or the point is exact; a float
    that comes from continuous columns may be off by a relative 1/1000000.
    """
    return subject.each(_decode)


def check_evaluate(subject: Subject) -> Outcome:
    """The decoded optimal point is allowed by the instance, with the value of the program."""
    return subject.each(agreed_solution)


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
                _inexact(value, expected),
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
        raise example.failure(
            f"the solver found no optimal point within {example.seconds:g} s",
            "Examples are solved again and again: give a smaller one",
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
    yield "a list of floats", floats, False
    yield "a tuple of floats", tuple(floats), False
    yield "a numpy array", np.array(floats), False  # type: ignore[misc]
    yield f"a list of floats whose integers are {NOISE:g} too small", off, False
    yield f"a list of floats whose integers are {NOISE:g} too large", over, False


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
            _refusal(error),
        ) from error
    if not agrees(found, expected):
        raise example.failure(
            f"`evaluate` says {found}, but the program's objective is {told(expected)} at the "
            f"optimal point {point_in_words(example.program, point)}",
            "One of them is wrong: compute the value of the solution by hand. Look for a cost that "
            "is missing or counted twice, and for a constant",
        )
    return solution


def _require_decoded(solution: object, expected: Fraction) -> None:
    try:
        value = value_of(solution)
    except AssertionError as error:
        raise NotJudgedError(f"{error}: see the check 'decode'") from error
    if not agrees(value, expected):
        raise NotJudgedError("the decoded value is wrong: see the check 'decode'")


def _refusal(error: AssertionError) -> str:
    if isinstance(error.__cause__, InvalidInputError):
        return (
            "The program allows what the instance does not: a row is missing or too loose, or "
            "`decode` or `evaluate` reads the instance wrongly"
        )
    return "It has to return the value of a decoded solution, computed from the instance alone"


def _inexact(value: object, expected: Fraction) -> str:
    if is_float(value) and is_close(value, expected):
        return (
            "Compute in Fractions, not in floats: `tamemip.arithmetic.rationalize` reads any number"
        )
    return (
        "Is the value computed from the instance in the sense and with all terms of the "
        "objective? Integers of a point may be off by rounding: take `round`, not `int`"
    )


_POINTS = (
    "`decode` takes one number a column of the program, in any sequence, and gives an object "
    "with a `value`"
)

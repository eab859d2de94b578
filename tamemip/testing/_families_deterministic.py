"""The check `deterministic`: the same in, the same out, and nothing else is touched."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tamemip.programs import ParametricProgram
from tamemip.testing._families_changes import copied, is_changed
from tamemip.testing._families_code import AnyFamily, asked, borrowed, shown
from tamemip.testing._families_examples import Example, Subject
from tamemip.testing._families_numbers import borrowed_value
from tamemip.testing._families_outcome import Outcome


def check_deterministic(subject: Subject) -> Outcome:
    """Same instance, same program; same point, same value; what is given stays as it is.

    A copy of the family on which nothing was called yet decodes and evaluates as the family
    itself: it keeps no state.
    """
    return subject.each(lambda example: _judge(subject, example))


def _judge(subject: Subject, example: Example) -> None:
    _require_untouched(example)
    again = borrowed("protocol", lambda: example.family.program(example.instance), member="program")
    if again != example.parametric:
        raise example.failure(
            f"`program` gave two programs for one instance: {_difference(example, again)}",
            "Use no chance, no time, and no order of sets",
        )
    values = [_value(example, example.family) for _ in range(2)]
    if values[0] != values[1]:
        raise example.failure(
            f"`decode` gave the value {values[0]} and then {values[1]} for one point",
            "It has to depend on the instance and the point only",
        )
    if subject.unused is not None:
        _require_stateless(subject.unused, example, values[0])


# -- the same out --------------------------------------------------------------------------


def _value(example: Example, family: AnyFamily) -> str:
    """The value of the decoded optimal point."""
    solution = borrowed("decode", lambda: family.decode(example.instance, example.point))
    return str(borrowed_value(solution))


def _difference(example: Example, again: ParametricProgram) -> str:
    first = example.parametric
    pairs = (
        ("parameters", first.names, again.names),
        ("columns", first.program.col_names, again.program.col_names),
        ("rows", first.program.row_names, again.program.row_names),
    )
    for what, one, other in pairs:
        if one != other:
            return f"the {what} are {shown(one)} and then {shown(other)}"
    return "their numbers differ"


# -- nothing is touched --------------------------------------------------------------------


def _require_untouched(example: Example) -> None:
    """No method changes the instance or the point."""
    family, floats = example.family, [float(v) for v in example.point]
    _watched(example, "program", family.program)
    for point in (floats, np.array(floats)):
        before = point.copy()
        _watched(example, "decode", lambda instance, x=point: family.decode(instance, x))  # type: ignore[misc]
        if is_changed(before, point):
            raise example.failure(
                f"`decode` changes the point that it is given, from {shown(before)} to "
                f"{shown(point)}",
                "Work on a copy: `point = list(point)`",
            )
    evaluate = getattr(family, "evaluate", None)
    if callable(evaluate):
        solution = example.decoded(example.point)
        _watched(example, "evaluate", lambda instance: evaluate(instance, solution))


def _watched(example: Example, member: str, work: Callable[[object], object]) -> None:
    instance, before = example.instance, copied(example.original)
    try:
        asked(member, lambda: work(instance))
    except AssertionError:
        return  # another check fails on it
    if before is not None and is_changed(before, instance):
        raise example.failure(
            f"`{member}` changes the instance that it is given, from {shown(before)} to "
            f"{shown(instance)}",
            "Instances belong to the user: work on a copy",
        )


# -- no state ------------------------------------------------------------------------------


def _require_stateless(unused: AnyFamily, example: Example, expected: str) -> None:
    """A copy of the family on which nothing was called yet says the same."""
    family = copied(unused) or unused
    try:
        found = asked("decode", lambda: family.decode(example.instance, example.point))
        value = str(getattr(found, "value", None))
        worth = [_worth(one, example, found) for one in (family, example.family)]
    except AssertionError as error:
        raise example.failure(f"of a new family, {error}", _STATE) from error
    if value != expected or worth[0] != worth[1]:
        raise example.failure(
            f"`decode` and `evaluate` of a new family give {value} and {worth[0]}, those of one "
            f"that has made programs {expected} and {worth[1]}",
            _STATE,
        )


def _worth(family: AnyFamily, example: Example, solution: object) -> str | None:
    """What the family's `evaluate` says; an error is what it says, too."""
    evaluate = getattr(family, "evaluate", None)
    if not callable(evaluate):
        return None
    try:
        return str(asked("evaluate", lambda: evaluate(example.instance, solution)))
    except AssertionError as error:
        return type(error.__cause__).__name__


_STATE = (
    "Keep nothing in the family between two calls: `decode` gets the instance and the point, and "
    "these are all it may look at"
)

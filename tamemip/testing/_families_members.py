"""Checks of the members of a family: what is there, and what it gives back."""

from __future__ import annotations

import inspect
import pickle
import re
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType

from tamemip.errors import InvalidInputError
from tamemip.programs import ParametricProgram
from tamemip.testing._families_examples import (
    AnyFamily,
    Example,
    Subject,
    asked,
    borrowed,
    labeled_examples,
    name_of,
    shown,
)
from tamemip.testing._families_outcome import PASSED, Outcome

_METHODS = ("program", "decode", "examples")


def check_protocol(subject: Subject) -> Outcome:
    """Name and members; every example has a program, each of whose parameters moves something."""
    family = subject.family
    name = getattr(family, "name", None)
    if not isinstance(name, str) or not name.strip():
        raise AssertionError(
            f"the family {shown(family)} has the name {name!r}; give it an attribute `name`, a "
            "short text by which users call it."
        )
    for method in _METHODS:
        if not callable(getattr(family, method, None)):
            raise AssertionError(
                f"{name}: there is no method `{method}`; a family has {', '.join(_METHODS)} and a "
                "`name` (see tamemip.plugins.Family)."
            )
    labeled = _belonging("examples", name, lambda: list(labeled_examples(family)))
    if not labeled:
        raise AssertionError(
            f"{name}: `examples()` gives none; the other checks run on a few small instances."
        )
    programs = [_required_program(family, label, instance) for label, instance in labeled]
    moving = {parameter for q in programs for parameter in _moving(q)}
    for (label, _), q in zip(labeled, programs, strict=True):
        idle = [parameter for parameter in q.names if parameter not in moving]
        if idle:
            raise AssertionError(
                f"{name}, {label}: the parameter {idle[0]!r} moves nothing in the program. Give it "
                "a slope where its datum stands, or leave it out."
            )
    return PASSED


def check_bad_examples(subject: Subject) -> Outcome:
    """Every bad instance is refused with InvalidInputError, in words."""
    family = subject.family
    name = name_of(family)
    bad = _belonging("bad_examples", name, lambda: list(_labeled_bad(family)))
    if not bad:
        raise AssertionError(
            f"{name}: `bad_examples()` gives none. Give what users get wrong (a negative number, "
            "nothing at all, lists of different lengths), or leave the member out."
        )
    for label, given in bad:
        _require_refusal(family, label, given)
    return PASSED


def check_deterministic(subject: Subject) -> Outcome:
    """The same instance gives the same program, the same point the same value."""
    family = subject.family
    first = borrowed("protocol", lambda: list(labeled_examples(family)))
    second = borrowed("protocol", lambda: list(labeled_examples(family)))
    if len(first) != len(second):
        raise AssertionError(
            f"{name_of(family)}: `examples()` gave {len(first)} instances and then {len(second)}; "
            "it has to give the same ones each time, without state and without chance."
        )
    return subject.each(_same_again)


def check_pickle(subject: Subject) -> Outcome:
    """Family, instances, programs and solutions come back from pickle as they were."""
    family = subject.family
    if not isinstance(family, ModuleType):
        _require_pickle(name_of(family), "the family", family)
    return subject.each(_pickled)


# -- protocol ------------------------------------------------------------------------------


def _belonging(
    member: str, name: str, work: Callable[[], list[tuple[str, object]]]
) -> list[tuple[str, object]]:
    try:
        return asked(member, work)
    except AssertionError as error:
        raise AssertionError(f"{name}: {error}.") from error


def _required_program(family: AnyFamily, label: str, instance: object) -> ParametricProgram:
    where = f"{name_of(family)}, {label}"
    try:
        found: object = asked("program", lambda: family.program(instance))
    except AssertionError as error:
        raise AssertionError(
            f"{where}: {error}. Examples have to be instances that the family can model."
        ) from error
    if not isinstance(found, ParametricProgram):
        raise AssertionError(
            f"{where}: `program` gave a {type(found).__name__}; it has to give a "
            "ParametricProgram. Wrap the program, and name the data that may move: "
            'ParametricProgram(program, rhs={"demand": 1}, names=("demand",)).'
        )
    return found


def _moving(q: ParametricProgram) -> set[str]:
    matrices = (q.rhs, q.c, q.lower, q.upper)
    slopes = [row for matrix in matrices for row in matrix.rows]
    slopes += [entry.slope for entry in q.A]
    return {q.names[k] for slope in slopes for k, rate in slope if rate}


# -- bad examples --------------------------------------------------------------------------


def _labeled_bad(family: AnyFamily) -> Iterator[tuple[str, object]]:
    found: object = family.bad_examples()  # type: ignore[attr-defined]
    if isinstance(found, Mapping):
        yield from ((f"bad example {key!r}", given) for key, given in found.items())
        return
    for k, given in enumerate(list(found)):  # type: ignore[call-overload]
        yield f"bad example {k} ({shown(given)})", given


def _require_refusal(family: AnyFamily, label: str, given: object) -> None:
    where = f"{name_of(family)}, {label}"
    try:
        instance = given() if _is_thunk(given) else given  # type: ignore[operator]
        family.program(instance)
    except InvalidInputError as error:
        if not str(error).strip():
            raise AssertionError(
                f"{where}: it is refused without a word. Say which item is wrong, and how."
            ) from error
        return
    except Exception as error:  # a plugin's code can raise anything
        raise AssertionError(
            f"{where}: it raised {type(error).__name__}: {error}. Refuse it with "
            "tamemip.errors.InvalidInputError, and say which item is wrong."
        ) from error
    raise AssertionError(
        f"{where}: it was accepted. `program`, or the constructor of the instance, has to refuse "
        "it with InvalidInputError; or it is not bad."
    )


def _is_thunk(given: object) -> bool:
    """Whether it is to be called, not handed to `program`."""
    if not callable(given):
        return False
    try:
        parameters = inspect.signature(given).parameters.values()
    except (TypeError, ValueError):
        return True
    takes = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return not any(p.kind in takes and p.default is p.empty for p in parameters)


# -- deterministic and pickle --------------------------------------------------------------


def _same_again(example: Example) -> None:
    again = borrowed("protocol", lambda: example.family.program(example.instance))
    if again != example.parametric:
        raise example.failure(
            f"`program` gave two programs for one instance: {_difference(example, again)}",
            "Use no chance, no time, and no order of sets",
        )
    values = [str(getattr(example.decoded(example.point), "value", None)) for _ in range(2)]
    if values[0] != values[1]:
        raise example.failure(
            f"`decode` gave the value {values[0]} and then {values[1]} for one point",
            "It has to depend on the instance and the point only",
        )


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


def _pickled(example: Example) -> None:
    where = f"{name_of(example.family)}, {example.label}"
    again = _require_pickle(where, "the instance", example.instance)
    rebuilt = borrowed("protocol", lambda: example.family.program(again))
    if rebuilt != example.parametric and _is_settled(example):
        raise AssertionError(
            f"{where}: the instance from pickle has another program than the instance itself. Does "
            "its pickle hold all of its data?"
        )
    _require_pickle(where, "the program", example.parametric)
    solution = example.decoded(example.point)
    same = _require_pickle(where, "the decoded solution", solution)
    if getattr(same, "value", None) != getattr(solution, "value", None):
        raise AssertionError(
            f"{where}: the decoded solution has another value when it comes from pickle."
        )


def _is_settled(example: Example) -> bool:
    """Whether the program depends on the instance only; else the check 'deterministic' fails."""
    return bool(example.family.program(example.instance) == example.parametric)


def _require_pickle(where: str, what: str, given: object) -> object:
    try:
        again: object = pickle.loads(pickle.dumps(given))
    except Exception as error:  # pickle raises what the object's own methods raise
        raise AssertionError(
            f"{where}: {what} cannot be pickled: {type(error).__name__}: {error}. Define its class "
            "at the top of a module, and keep no functions, locks or open files in it."
        ) from error
    one, other = (re.sub(r" at 0x[0-9a-fA-F]+", "", repr(x)) for x in (given, again))
    if one != other:
        raise AssertionError(
            f"{where}: {what} is {shown(given)}, and {shown(again)} when it comes from pickle."
        )
    return again

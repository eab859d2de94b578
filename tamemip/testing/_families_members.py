"""Checks of the members of a family: what is there, and what it gives back."""

from __future__ import annotations

import inspect
import pickle
from collections.abc import Callable, Sequence
from types import ModuleType

from tamemip.errors import InvalidInputError
from tamemip.programs import ParametricProgram
from tamemip.testing._families_changes import is_changed
from tamemip.testing._families_code import (
    AnyFamily,
    asked,
    borrowed,
    described,
    labeled,
    name_of,
    plain_repr,
    shown,
)
from tamemip.testing._families_examples import Example, Subject, listed_examples
from tamemip.testing._families_numbers import borrowed_value
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
        _require_method(family, name, method)
    listed = _named_examples(family, name)
    if not listed:
        raise AssertionError(
            f"{name}: `examples()` gives none; the other checks run on a few small instances."
        )
    _require_same_examples(name, listed, _named_examples(family, name))
    programs = [_required_program(family, where, instance) for where, instance in listed]
    _require_motion([where for where, _ in listed], programs)
    return PASSED


def check_bad_examples(subject: Subject) -> Outcome:
    """Every bad instance is refused with InvalidInputError, in words."""
    family = subject.family
    name = name_of(family)
    bad = _belonging(
        "bad_examples",
        name,
        lambda: labeled(family.bad_examples(), "bad example"),  # type: ignore[attr-defined]
    )
    if not bad:
        raise AssertionError(
            f"{name}: `bad_examples()` gives none. Give what users get wrong (a negative number, "
            "nothing at all, lists of different lengths), or leave the member out."
        )
    for label, given in bad:
        _require_refusal(family, f"{name}, {label} ({shown(given)})", given)
    return PASSED


def check_pickle(subject: Subject) -> Outcome:
    """Family, instances, programs and solutions come back from pickle as they were."""
    family = subject.family
    if not isinstance(family, ModuleType):
        _require_pickle(name_of(family), "the family", family)
    return subject.each(_pickled)


# -- protocol ------------------------------------------------------------------------------


def _require_method(family: AnyFamily, name: str, method: str) -> None:
    found: object = getattr(family, method, None)
    if callable(found):
        return
    said = "there is no method" if found is None else f"a {type(found).__name__} is no method"
    raise AssertionError(
        f"{name}: {said} `{method}`; a family has {', '.join(_METHODS)} and a `name` "
        "(see tamemip.plugins.Family)."
    )


def _named_examples(family: AnyFamily, name: str) -> list[tuple[str, object]]:
    listed = _belonging("examples", name, lambda: listed_examples(family))
    return [(f"{name}, {title} ({shown(instance)})", instance) for title, instance in listed]


def _belonging(
    member: str, name: str, work: Callable[[], list[tuple[str, object]]]
) -> list[tuple[str, object]]:
    try:
        return asked(member, work)
    except AssertionError as error:
        raise AssertionError(
            f"{name}: {error}. It gives a list, a tuple, a generator or a mapping from names."
        ) from error


def _require_motion(places: Sequence[str], programs: Sequence[ParametricProgram]) -> None:
    """Each parameter moves something, in one example at least."""
    moving = {parameter for q in programs for parameter in _moving(q)}
    for where, q in zip(places, programs, strict=True):
        idle = [parameter for parameter in q.names if parameter not in moving]
        if idle:
            raise AssertionError(
                f"{where}: the parameter {idle[0]!r} moves nothing in the program. Give it "
                "a slope where its datum stands, or leave it out."
            )


def _require_same_examples(
    name: str, first: Sequence[tuple[str, object]], second: Sequence[tuple[str, object]]
) -> None:
    advice = "It has to give the same ones each time it is called, without state and chance."
    if len(first) != len(second):
        raise AssertionError(
            f"{name}: `examples()` gave {len(first)} instances, and {len(second)} when it was "
            f"called again. {advice}"
        )
    for (where, one), (_, other) in zip(first, second, strict=True):
        if plain_repr(one) != plain_repr(other) or is_changed(one, other):
            raise AssertionError(
                f"{where}: this instance was {shown(other)} when `examples()` was called again. "
                f"{advice}"
            )


def _required_program(family: AnyFamily, where: str, instance: object) -> ParametricProgram:
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
    if not found.names:
        raise AssertionError(
            f"{where}: the program has no parameter. Name the data that may move: with "
            'ProgramBuilder, write Affine.of(7, "demand[2]") for a number that stands for itself.'
        )
    return found


def _moving(q: ParametricProgram) -> set[str]:
    matrices = (q.rhs, q.c, q.lower, q.upper)
    slopes = [row for matrix in matrices for row in matrix.rows]
    slopes += [entry.slope for entry in q.A]
    return {q.names[k] for slope in slopes for k, rate in slope if rate}


# -- bad examples --------------------------------------------------------------------------


def _require_refusal(family: AnyFamily, where: str, given: object) -> None:
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
            f"{where}: it raised {described(error)}. Refuse it with "
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


# -- pickle --------------------------------------------------------------------------------


def _pickled(example: Example) -> None:
    where = f"{name_of(example.family)}, {example.label}"
    again = _require_pickle(where, "the instance", example.instance)
    rebuilt = borrowed("protocol", lambda: example.family.program(again), member="program")
    if rebuilt != example.parametric and _is_settled(example):
        raise AssertionError(
            f"{where}: the instance from pickle has another program than the instance itself. Does "
            "its pickle hold all of its data?"
        )
    _require_pickle(where, "the program", example.parametric)
    solution = example.decoded(example.point)
    same = _require_pickle(where, "the decoded solution", solution)
    if borrowed_value(solution) != getattr(same, "value", None):
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
    one, other = plain_repr(given), plain_repr(again)
    if one != other:
        raise AssertionError(
            f"{where}: {what} is {shown(given)}, and {shown(again)} when it comes from pickle."
        )
    return again

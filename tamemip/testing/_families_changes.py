"""Whether code of a family has changed what it was given."""

from __future__ import annotations

import copy
import dataclasses
from collections.abc import Mapping, Sequence, Set
from typing import TypeVar, cast

import numpy as np

T = TypeVar("T")

_DEEPEST = 10
"""Deeper inside an object changes are not looked for."""


def copied(what: T) -> T | None:
    """A deep copy; None if the object allows none."""
    try:
        return copy.deepcopy(what)
    except Exception:  # copying calls an object's own methods, which can raise anything
        return None


def is_changed(before: object, after: object, *, depth: int = 0) -> bool:
    """Whether an object differs from the copy that was made of it.

    Collections are compared item by item, other objects by their ``==`` if they have one, and
    by the attributes that they had: one that was added holds what was computed.

    Examples
    --------
    >>> is_changed({"demand": [1, 2]}, {"demand": [1, 2]})
    False
    >>> is_changed({"demand": [1, 2]}, {"demand": [2, 1]})
    True
    """
    if before is after or depth > _DEEPEST:
        return False
    if type(before) is not type(after):
        return True
    if isinstance(before, np.ndarray):
        return not _are_equal_arrays(before, cast("np.ndarray", after))
    pairs = _pairs(before, after)
    if pairs is None:
        return True
    if pairs:
        return any(is_changed(*pair, depth=depth + 1) for pair in pairs)
    return _are_unequal(before, after)


def with_other_value(solution: T) -> T | None:
    """A copy of a solution whose ``value`` is larger by 1; None if there can be none."""
    value = solution.value + 1  # type: ignore[attr-defined]
    if isinstance(solution, tuple):
        is_field = "value" in getattr(solution, "_fields", ())
        return cast("T", solution._replace(value=value)) if is_field else None  # type: ignore[attr-defined]
    other = copied(solution)
    try:
        # Also of a frozen dataclass, whose constructor may not take the value.
        object.__setattr__(other, "value", value)
    except (AttributeError, TypeError):
        return None
    return other


def _pairs(before: object, after: object) -> list[tuple[object, object]] | None:
    """The items to be compared, none for a plain object; None if they do not fit together."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        return None if list(before) != list(after) else [(before[k], after[k]) for k in before]
    if isinstance(before, str | bytes | Set):
        return []
    if isinstance(before, Sequence) and isinstance(after, Sequence):
        return None if len(before) != len(after) else list(zip(before, after, strict=True))
    if type(before).__eq__ is not object.__eq__ and not dataclasses.is_dataclass(before):
        return []
    names = [f.name for f in dataclasses.fields(before)] if dataclasses.is_dataclass(before) else []
    names += list(getattr(before, "__dict__", {}))
    missing = object()
    return [(getattr(before, n, missing), getattr(after, n, missing)) for n in names]


def _are_unequal(before: object, after: object) -> bool:
    if type(before).__eq__ is object.__eq__:
        return False
    is_number = before != before  # NaN  # noqa: PLR0124
    return not is_number and bool(before != after)


def _are_equal_arrays(before: np.ndarray, after: np.ndarray) -> bool:
    return before.shape == after.shape and before.tolist() == after.tolist()

"""The code of a family: it is run, and whatever it raises is told with its place."""

from __future__ import annotations

import re
import traceback
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

from tamemip.plugins import Family
from tamemip.testing._families_outcome import NotJudgedError

# What an instance is, is the family's own business.
AnyFamily: TypeAlias = Family[Any, Any]
T = TypeVar("T")

_SHOWN = 70
"""So many characters of an instance are shown in a message."""
_KIT = Path(__file__).parent
_CORE = _KIT.parent
_PLUGINS = _CORE / "plugins"


def asked(what: str, work: Callable[[], T]) -> T:
    """Run the family's code; whatever it raises is told, with the line that raised it."""
    try:
        return work()
    except Exception as error:  # a plugin's code can raise anything
        raise AssertionError(f"`{what}` raised {described(error)}") from error


def borrowed(check: str, work: Callable[[], T], *, member: str | None = None) -> T:
    """Run code of the family that another check is about."""
    try:
        return asked(member or check, work)
    except AssertionError as error:
        raise NotJudgedError(f"{error}: see the check {check!r}") from error


def described(error: BaseException) -> str:
    """An error by its kind, its message and the line of the author's code that raised it."""
    text = f"{type(error).__name__}: {error}".removesuffix(": ").removesuffix(".")
    return f"{text} ({place})" if (place := _place(error)) else text


def is_from_core(error: BaseException) -> bool:
    """Whether no code of an author took part in raising an error."""
    frames = _frames(error)
    return bool(frames) and _is_core(frames[0])


def labeled(found: object, what: str) -> list[tuple[str, object]]:
    """What a family lists, with what messages call it; a mapping gives its keys as names.

    Raises
    ------
    TypeError
        If it is no collection.
    """
    if isinstance(found, Mapping):
        return [(f"{what} {key!r}", given) for key, given in found.items()]
    return [(f"{what} {k}", given) for k, given in enumerate(list(found))]  # type: ignore[call-overload]


def name_of(family: AnyFamily) -> str:
    """What messages call the family."""
    name = getattr(family, "name", None)
    if isinstance(name, str) and name.strip():
        return name
    return str(getattr(family, "__name__", type(family).__name__))


def shown(what: object) -> str:
    """An object in one short line, without its address."""
    text = " ".join(plain_repr(what).split())
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 3]}..."


def plain_repr(what: object) -> str:
    """The repr of an object without addresses."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", repr(what))


def _place(error: BaseException) -> str:
    """The deepest line in the folder of the first code that the kit called."""
    frames = _frames(error)
    if not frames:
        return ""
    home = Path(frames[0].filename).parent
    deepest = [frame for frame in frames if Path(frame.filename).parent == home][-1]
    return f"{Path(deepest.filename).name}:{deepest.lineno}"


def _frames(error: BaseException) -> Sequence[traceback.FrameSummary]:
    """What was called by the kit when an error was raised, the first call first."""
    frames = traceback.extract_tb(error.__traceback__)
    inside = [k for k, frame in enumerate(frames) if Path(frame.filename).parent == _KIT]
    return frames[inside[-1] + 1 :] if inside else frames


def _is_core(frame: traceback.FrameSummary) -> bool:
    """Whether a line belongs to tamemip, and not to one of its families."""
    folders = Path(frame.filename).parents
    return _CORE in folders and (_PLUGINS not in folders or folders[0] == _PLUGINS)

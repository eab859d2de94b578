"""What installed packages offer under entry points: found by name, loaded when asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import cache
from importlib import metadata
from typing import TypeVar, final

from tamemip.errors import PluginError

_Made = TypeVar("_Made")


@final
@dataclass(frozen=True, slots=True)
class Plugin:
    """One entry point; as text, what it is and where it comes from.

    Attributes
    ----------
    noun
        What it declares, in one word: ``"solver"``.
    entry
        The entry point.
    """

    noun: str
    entry: metadata.EntryPoint

    @property
    def name(self) -> str:
        """The name that users call it by."""
        return self.entry.name

    @property
    def origin(self) -> str:
        """The distribution that declares it."""
        return self.entry.dist.name if self.entry.dist is not None else self.entry.value

    def load(self, make: Callable[[object], _Made]) -> _Made:
        """Import the object, and make of it what is wanted; both may run the plugin's code.

        Raises
        ------
        PluginError
            If either of the two fails.
        """
        try:
            return make(self.entry.load())
        except PluginError:
            raise
        except Exception as error:  # a plugin's code can raise anything
            raise self.error(f"cannot be loaded: {type(error).__name__}: {error}") from error

    def error(self, what_is_wrong: str) -> PluginError:
        """An error that names the plugin."""
        return PluginError(f"{self} {what_is_wrong}")

    def __str__(self) -> str:
        return f"the {self.noun} {self.name!r} ({self.entry.value}, from {self.origin})"


@final
@dataclass(frozen=True, slots=True)
class PluginGroup:
    """The plugins of one entry-point group, and the names that are built in beside them.

    Attributes
    ----------
    group
        The entry-point group: ``"tamemip.solvers"``.
    noun
        What its plugins declare, in one word: ``"solver"``.
    built_in
        The names that no plugin may take.

    Examples
    --------
    >>> solvers = PluginGroup("tamemip.no_such_group", "solver", built_in=("highs",))
    >>> solvers.plugins(), solvers.find("highs")
    ((), None)
    """

    group: str
    noun: str
    built_in: Collection[str] = ()

    def plugins(self) -> tuple[Plugin, ...]:
        """All of them, none loaded; two of one name are two."""
        entries = _found_by(metadata.entry_points, self.group, tuple(sys.path))
        return tuple(Plugin(self.noun, entry) for entry in entries)

    def names(self) -> tuple[str, ...]:
        """Their names, sorted, each once."""
        return tuple(sorted({plugin.name for plugin in self.plugins()}))

    def find(self, name: str) -> Plugin | None:
        """The plugin of a name, not loaded; None if there is none.

        Raises
        ------
        PluginError
            If two claim the name, or one claims a name that is built in.
        """
        found = [plugin for plugin in self.plugins() if plugin.name == name]
        ours = ["tamemip"] if name in self.built_in else []
        claimants = [*ours, *(plugin.origin for plugin in found)]
        if found and len(claimants) > 1:
            raise PluginError(
                f"the {self.noun} {name!r} is claimed by {' and '.join(claimants)}. Uninstall one "
                f"of them, or pass the {self.noun} itself instead of its name."
            )
        return found[0] if found else None


@cache
def _found_by(
    find: Callable[..., Iterable[metadata.EntryPoint]], group: str, path: tuple[str, ...]
) -> tuple[metadata.EntryPoint, ...]:
    """Looked up once a path: reading the metadata of all packages takes longer than a solve."""
    return tuple(find(group=group))

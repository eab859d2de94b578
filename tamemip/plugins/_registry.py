"""Problem families by name: the built-in ones, and those of plugins."""

from __future__ import annotations

import importlib
from typing import Any, TypeAlias, cast

from tamemip._entry_points import Plugin, PluginGroup
from tamemip.errors import InvalidInputError, MissingDependencyError, PluginError
from tamemip.plugins._protocol import Family
from tamemip.plugins._table import FamilyInfo, FamilyTable

# What an instance is, is the family's own business.
AnyFamily: TypeAlias = Family[Any, Any]


def families() -> FamilyTable:
    """Every problem family that is installed, with what is missing for it.

    Families are loaded for it; one that cannot be loaded has a line that says why.

    Examples
    --------
    >>> [info.name for info in families()][:2]
    ['knapsack', 'scheduling']
    >>> families()["knapsack"].is_installed
    True
    """
    names = dict.fromkeys([*_BUILT_IN, *(plugin.name for plugin in _PLUGINS.plugins())])
    return FamilyTable(tuple(_info(name) for name in names))


def family(name: str) -> AnyFamily:
    """The problem family of a name, imported when it is asked for.

    Parameters
    ----------
    name
        ``"knapsack"``, ``"scheduling"``, or what an installed package declares under the
        entry-point group ``tamemip.families``. Only this family is imported.

    Raises
    ------
    InvalidInputError
        If no family has the name.
    PluginError
        If its package is broken, or two packages claim the name.
    MissingDependencyError
        If it needs a package that is not installed.

    Examples
    --------
    >>> knapsack = family("knapsack")
    >>> instance = next(iter(knapsack.examples()))
    >>> knapsack.program(instance).program.sense
    'max'
    """
    plugin = _PLUGINS.find(name)
    if plugin is not None:
        return _load(plugin)
    if name not in _BUILT_IN:
        known = sorted({*_BUILT_IN, *_PLUGINS.names()})
        raise InvalidInputError(
            f"there is no problem family called {name!r}; installed are "
            f"{', '.join(map(repr, known))}. Families of other packages are found by the "
            "entry-point group 'tamemip.families'."
        )
    found = importlib.import_module(_BUILT_IN[name])
    return cast("AnyFamily", found.FAMILY)


_BUILT_IN = {
    "knapsack": "tamemip.plugins.knapsack",
    "scheduling": "tamemip.plugins.scheduling",
    "bnn": "tamemip.plugins.bnn",
}
_PLUGINS = PluginGroup("tamemip.families", "family", built_in=_BUILT_IN)
_OURS = "tamemip"
_MEMBERS = ("name", "program", "decode", "examples")


def _load(plugin: Plugin) -> AnyFamily:
    found = plugin.load(_instance)
    for member in _MEMBERS:
        if not hasattr(found, member):
            raise plugin.error(
                f"has no {member!r}; a family has {', '.join(_MEMBERS)} "
                "(see tamemip.plugins.Family)."
            )
    if found.name != plugin.name:
        raise plugin.error(
            f"calls itself {found.name!r}. Use one name, in the entry point and as `name`."
        )
    return found


def _instance(found: object) -> AnyFamily:
    """The family of an entry point, which may be a class or a function that makes one."""
    is_made = not isinstance(found, type) and hasattr(found, "program")
    return cast("AnyFamily", found if is_made or not callable(found) else found())


def _info(name: str) -> FamilyInfo:
    origin = _OURS if name in _BUILT_IN else _origins(name)
    try:
        found = family(name)
    except (PluginError, MissingDependencyError) as error:
        return FamilyInfo(name, "", origin, str(error))
    return FamilyInfo(name, _kind(found), origin, "")


def _origins(name: str) -> str:
    return ", ".join(plugin.origin for plugin in _PLUGINS.plugins() if plugin.name == name)


def _kind(found: AnyFamily) -> str:
    """One line on a family: what it says, or the first line of its documentation."""
    said = getattr(found, "kind", None) or type(found).__doc__ or ""
    return str(said).strip().split("\n")[0]

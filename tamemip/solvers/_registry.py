"""Solvers by name: the built-in ones, and those of plugins."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import util
from typing import TYPE_CHECKING, cast, final

from tamemip._aligned import aligned
from tamemip._entry_points import Plugin, PluginGroup
from tamemip.errors import InvalidInputError, PluginError
from tamemip.solvers._highs import Highs
from tamemip.solvers._mathopt import CpSat, Scip

if TYPE_CHECKING:
    from tamemip.solvers._protocol import Solver

AUTO = "auto"


@final
@dataclass(frozen=True)
class SolverInfo:
    """One line of `available_solvers`.

    ``missing`` is empty if the solver can be used; otherwise it says what is missing.
    """

    name: str
    missing: str
    scope: str
    licence: str

    @property
    def is_installed(self) -> bool:
        """Whether nothing is missing."""
        return not self.missing


@final
@dataclass(frozen=True, repr=False)
class SolverTable:
    """The solvers that can be asked by name; iterate over it for `SolverInfo`."""

    solvers: tuple[SolverInfo, ...]

    def __iter__(self) -> Iterator[SolverInfo]:
        return iter(self.solvers)

    def __len__(self) -> int:
        return len(self.solvers)

    def __repr__(self) -> str:
        return f"SolverTable({', '.join(info.name for info in self.solvers)})"

    def __str__(self) -> str:
        rows = [_HEADER, *map(_cells, self.solvers)]
        return "\n".join(aligned(rows, left=len(_HEADER)))

    def _repr_html_(self) -> str:
        rows = (
            "<tr>" + "".join(f"<td>{html.escape(c)}</td>" for c in row) + "</tr>"
            for row in (_HEADER, *map(_cells, self.solvers))
        )
        return f"<table>{''.join(rows)}</table>"


def available_solvers() -> SolverTable:
    """Every solver that `solve` knows by name, with what is missing for it.

    Examples
    --------
    >>> [info.name for info in available_solvers()][:3]
    ['scip', 'cp-sat', 'highs']
    """
    built_in = (
        SolverInfo(name, _missing(module), solver.scope, solver.licence)
        for name, (solver, module) in _BUILT_IN.items()
    )
    return SolverTable((*built_in, *map(_plugin_info, _PLUGINS.plugins())))


def find_solver(name: str) -> Solver:
    """The solver of a name.

    Raises
    ------
    InvalidInputError
        If no solver has the name.
    PluginError
        If a plugin is broken, or two claim the name.
    """
    plugin = _PLUGINS.find(name)
    if plugin is not None:
        return _load(plugin)
    if name not in _BUILT_IN:
        known = [AUTO, *_BUILT_IN, *_PLUGINS.names()]
        raise InvalidInputError(
            f"there is no solver called {name!r}; known are {', '.join(map(repr, known))}."
        )
    return _BUILT_IN[name][0]


_BUILT_IN: dict[str, tuple[Scip | CpSat | Highs, str]] = {
    "scip": (Scip(), "ortools"),
    "cp-sat": (CpSat(), "ortools"),
    "highs": (Highs(), "highspy"),
}
_PLUGINS = PluginGroup("tamemip.solvers", "solver", built_in=_BUILT_IN)
_HEADER = ("solver", "installed", "accepts", "licence")


def _missing(module: str) -> str:
    return "" if util.find_spec(module) is not None else f"pip install {module}"


def _load(plugin: Plugin) -> Solver:
    solver = plugin.load(_instance)
    for member in ("name", "accepts", "solve"):
        if not hasattr(solver, member):
            raise plugin.error(f"has no {member!r}; see tamemip.solvers.Solver for what is needed.")
    return solver


def _instance(found: object) -> Solver:
    """The solver of an entry point, which may be a class or a function that makes one."""
    is_made = not isinstance(found, type) and hasattr(found, "solve")
    solver = found if is_made or not callable(found) else found()
    return cast("Solver", solver)


def _plugin_info(plugin: Plugin) -> SolverInfo:
    try:
        solver = find_solver(plugin.name)
    except PluginError as error:
        return SolverInfo(plugin.name, str(error), "", "")
    scope = str(getattr(solver, "scope", "see its documentation"))
    licence = str(getattr(solver, "licence", "see its documentation"))
    return SolverInfo(plugin.name, "", scope, licence)


def _cells(info: SolverInfo) -> tuple[str, str, str, str]:
    return (info.name, info.missing or "yes", info.scope, info.licence)

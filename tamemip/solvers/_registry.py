"""Solvers by name: the built-in ones, and those of plugins."""

from __future__ import annotations

import html
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import metadata, util
from typing import TYPE_CHECKING, final

from tamemip.errors import InvalidInputError, PluginError
from tamemip.solvers._highs import Highs
from tamemip.solvers._mathopt import CpSat, Scip

if TYPE_CHECKING:
    from tamemip.solvers._protocol import Solver

ENTRY_POINT_GROUP = "tamemip.solvers"
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
        widths = [max(len(row[k]) for row in rows) for k in range(len(_HEADER))]
        lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in rows)
        return "\n".join(line.rstrip() for line in lines)

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
    return SolverTable((*built_in, *map(_plugin_info, _entries())))


def find_solver(name: str) -> Solver:
    """The solver of a name.

    Raises
    ------
    InvalidInputError
        If no solver has the name.
    PluginError
        If a plugin is broken, or two claim the name.
    """
    entries = [entry for entry in _entries() if entry.name == name]
    claimants = [*(["tamemip"] if name in _BUILT_IN else []), *map(_origin, entries)]
    if len(claimants) > 1:
        raise PluginError(
            f"the solver name {name!r} is claimed by {' and '.join(claimants)}. Uninstall one of "
            "them, or pass the solver object instead of its name."
        )
    if name in _BUILT_IN:
        return _BUILT_IN[name][0]
    if not entries:
        known = [AUTO, *_BUILT_IN, *sorted(entry.name for entry in _entries())]
        raise InvalidInputError(
            f"there is no solver called {name!r}; known are {', '.join(map(repr, known))}."
        )
    return _load(entries[0])


_BUILT_IN: dict[str, tuple[Scip | CpSat | Highs, str]] = {
    "scip": (Scip(), "ortools"),
    "cp-sat": (CpSat(), "ortools"),
    "highs": (Highs(), "highspy"),
}
_HEADER = ("solver", "installed", "accepts", "licence")


def _entries() -> Sequence[metadata.EntryPoint]:
    return _found_by(metadata.entry_points, tuple(sys.path))


@cache
def _found_by(
    find: Callable[..., Iterable[metadata.EntryPoint]], path: tuple[str, ...]
) -> Sequence[metadata.EntryPoint]:
    """Looked up once a path: reading the metadata of all packages takes longer than a solve."""
    return tuple(find(group=ENTRY_POINT_GROUP))


def _origin(entry: metadata.EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value


def _missing(module: str) -> str:
    return "" if util.find_spec(module) is not None else f"pip install {module}"


def _load(entry: metadata.EntryPoint) -> Solver:
    try:
        made = entry.load()
        solver: Solver = made() if isinstance(made, type) or not hasattr(made, "solve") else made
    except Exception as error:  # a plugin's code can raise anything
        raise PluginError(
            f"the solver plugin {entry.name!r} ({entry.value}, from {_origin(entry)}) cannot be "
            f"loaded: {type(error).__name__}: {error}"
        ) from error
    for member in ("name", "accepts", "solve"):
        if not hasattr(solver, member):
            raise PluginError(
                f"the solver plugin {entry.name!r} ({entry.value}, from {_origin(entry)}) has no "
                f"{member!r}; see tamemip.solvers.Solver for what is needed."
            )
    return solver


def _plugin_info(entry: metadata.EntryPoint) -> SolverInfo:
    try:
        solver = find_solver(entry.name)
    except PluginError as error:
        return SolverInfo(entry.name, str(error), "", "")
    scope = str(getattr(solver, "scope", "see its documentation"))
    licence = str(getattr(solver, "licence", "see its documentation"))
    return SolverInfo(entry.name, "", scope, licence)


def _cells(info: SolverInfo) -> tuple[str, str, str, str]:
    return (info.name, info.missing or "yes", info.scope, info.licence)

"""Functions that plugins declare: found by name, loaded when first asked for."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from importlib import metadata
from typing import TypeAlias, final

from tamemip.certificates import ATOMS, Declaration, Enclosure, RejectedError
from tamemip.errors import InvalidInputError, PluginError
from tamemip.tameness._expression import Expression, Operand, as_expression, make

ENTRY_POINT_GROUP = "tamemip.primitives"
LONGEST_NAME = 200

Value: TypeAlias = "Fraction | int | Enclosure | None"
"""A rational value, an interval that holds an irrational one, or None where undefined."""


@final
@dataclass(frozen=True, slots=True)
class Primitive:
    """A function with what its author declares about it.

    No certificate proves the declaration: each statement that leans on it lists it as an
    assumption. `tamemip.testing.primitive_checks` tries to catch a wrong one.

    Parameters
    ----------
    name
        The name of its entry point; no name of `ATOMS`.
    declared
        Structure, enclosure of the values, trend, where it is defined, citation.
    evaluate
        The value at rational arguments: exact, or enclosed, or None where it is undefined.
        Certificates never call it; the checks do.
    arity
        How many arguments it takes.

    Examples
    --------
    >>> from tamemip.certificates import Structure
    >>> from tamemip.tameness import certify, variable
    >>> ramp = Primitive(
    ...     "ramp",
    ...     Declaration(Structure.SEMILINEAR, Enclosure.between(0, 1), trend=1, citation="ours"),
    ...     lambda x: min(max(x, 0), 1),
    ... )
    >>> for assumed in certify(ramp(2 * variable("x"))).assumptions:
    ...     print(assumed)
    'ramp' is definable in semilinear with values in [0, 1], total, continuous,
    of trend 1 ('ours')
    """

    name: str
    declared: Declaration
    evaluate: Callable[..., Value]
    arity: int = 1

    def __call__(self, *of: Operand) -> Expression:
        """The expression of the function at some arguments."""
        if len(of) != self.arity:
            raise InvalidInputError(
                f"{self.name!r} takes {self.arity} arguments, and {len(of)} were given."
            )
        return _made(self.name, of, self.declared)


def primitive(name: str, *of: Operand, declared: Declaration | None = None) -> Expression:
    """A declared function at some arguments.

    Parameters
    ----------
    name
        The name of the function.
    of
        The arguments.
    declared
        What is assumed about it; None for the declaration of the plugin of this name.

    Raises
    ------
    InvalidInputError
        If no plugin has the name, the number of arguments is wrong, or the declaration
        cannot be written: its structure is `LOCAL`, or its interval is empty.
    PluginError
        If the plugin is broken, or two claim the name.
    """
    if declared is None:
        return find_primitive(name)(*of)
    return _made(name, of, declared)


def available_primitives() -> tuple[str, ...]:
    """The names of the installed primitives, without loading any.

    Examples
    --------
    >>> "no such function" in available_primitives()
    False
    """
    return tuple(sorted({entry.name for entry in _entries()}))


def find_primitive(name: str) -> Primitive:
    """The primitive of an installed plugin.

    Raises
    ------
    InvalidInputError
        If no plugin has the name.
    PluginError
        If the plugin is broken, or two claim the name.
    """
    entries = [entry for entry in _entries() if entry.name == name]
    claimants = [*(["tamemip"] if name in ATOMS else []), *map(_origin, entries)]
    if len(claimants) > 1:
        raise PluginError(
            f"the primitive {name!r} is claimed by {' and '.join(claimants)}. Uninstall one of "
            "them, or call the Primitive object instead of its name."
        )
    if not entries:
        known = ", ".join(map(repr, available_primitives())) or "none"
        raise InvalidInputError(
            f"there is no primitive called {name!r}; installed are {known}. Pass `declared=` to "
            "assume something about a function of your own."
        )
    return _load(entries[0])


def _made(name: str, of: Sequence[Operand], declared: Declaration) -> Expression:
    """The node, once its declaration is known to be one that the checker reads."""
    try:
        Declaration.from_json(declared.to_json())
    except RejectedError as error:
        raise InvalidInputError(f"the declaration of {name!r} is malformed: {error}.") from error
    if not of or not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInputError(
            f"a primitive has a name of at most {LONGEST_NAME} characters and an argument; "
            f"this is {name[:80]!r} with {len(of)} arguments."
        )
    return make("primitive", *map(as_expression, of), name=name, declared=declared)


def _entries() -> Sequence[metadata.EntryPoint]:
    return _found_by(metadata.entry_points, tuple(sys.path))


@cache
def _found_by(
    find: Callable[..., Iterable[metadata.EntryPoint]], path: tuple[str, ...]
) -> Sequence[metadata.EntryPoint]:
    """Looked up once a path, for it takes long."""
    return tuple(find(group=ENTRY_POINT_GROUP))


def _origin(entry: metadata.EntryPoint) -> str:
    return entry.dist.name if entry.dist is not None else entry.value


def _load(entry: metadata.EntryPoint) -> Primitive:
    where = f"the primitive {entry.name!r} ({entry.value}, from {_origin(entry)})"
    try:
        found = entry.load()
    except Exception as error:  # a plugin's code can raise anything
        raise PluginError(f"{where} cannot be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(found, Primitive):
        raise PluginError(
            f"{where} is a {type(found).__name__}; its entry point must name an object of "
            "tamemip.tameness.Primitive."
        )
    if found.name != entry.name:
        raise PluginError(f"{where} calls itself {found.name!r}; give both the same name.")
    return found

"""Functions that plugins declare: found by name, loaded when first asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias, final

from tamemip._entry_points import Plugin, PluginGroup
from tamemip.certificates import ATOMS, Declaration, Enclosure, RejectedError
from tamemip.errors import InvalidInputError
from tamemip.tameness._expression import (
    LONGEST_NAME,
    Expression,
    Operand,
    as_expression,
    make,
)

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
    return _PLUGINS.names()


def find_primitive(name: str) -> Primitive:
    """The primitive of an installed plugin.

    Raises
    ------
    InvalidInputError
        If no plugin has the name.
    PluginError
        If the plugin is broken, or two claim the name.
    """
    plugin = _PLUGINS.find(name)
    if plugin is None:
        known = ", ".join(map(repr, available_primitives())) or "none"
        raise InvalidInputError(
            f"there is no primitive called {name!r}; installed are {known}. Pass `declared=` to "
            "assume something about a function of your own."
        )
    return _load(plugin)


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


_PLUGINS = PluginGroup("tamemip.primitives", "primitive", built_in=ATOMS)


def _load(plugin: Plugin) -> Primitive:
    found = plugin.load(lambda made: made)
    if not isinstance(found, Primitive):
        raise plugin.error(
            f"is a {type(found).__name__}; its entry point must name an object of "
            "tamemip.tameness.Primitive."
        )
    if found.name != plugin.name:
        raise plugin.error(f"calls itself {found.name!r}; give both the same name.")
    return found

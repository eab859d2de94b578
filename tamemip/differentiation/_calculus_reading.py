"""Reads maps and points: what `conservative_jacobian` is handed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias, cast, final

import numpy as np

from tamemip.arithmetic import rationalize
from tamemip.differentiation._calculus_composition import Composition, composed, together
from tamemip.differentiation._calculus_inner import OptimalValue, Valued, moving_program
from tamemip.differentiation._calculus_scene import Scene
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.tameness import Expression, Verdict, nodes_of, variable
from tamemip.tameness._certify import Reading, _reader_of
from tamemip.value_functions import (
    BoxValueFunction,
    CostValueFunction,
    LatticeValueFunction,
    LineValueFunction,
)

if TYPE_CHECKING:
    from tamemip.arithmetic import Number
    from tamemip.solvers import Limits

__all__ = ["Map", "map_at"]

_Values: TypeAlias = "dict[str, Fraction] | tuple[Fraction, ...]"
_QUANTIFIERS = frozenset({"infimum", "supremum", "argmin", "argmax"})
_VALUED = (
    MixedIntegerProgram,
    ParametricProgram,
    LineValueFunction,
    BoxValueFunction,
    LatticeValueFunction,
    CostValueFunction,
)


@final
@dataclass(frozen=True, eq=False)
class Map:
    """A map, and the point where it is asked for.

    Attributes
    ----------
    expressions
        One expression a row.
    scene
        The point, and what the variables stand for.
    """

    expressions: tuple[Expression, ...]
    scene: Scene

    @property
    def names(self) -> tuple[str, ...]:
        """The columns."""
        return tuple(self.scene.at)


def map_at(f: object, at: object, *, limits: Limits | None, limit: int) -> Map:
    """Read a map and a point.

    Raises
    ------
    InvalidInputError
        If the map cannot be read, or the point does not fit.
    """
    values = _values(f, at)
    parts, order = _parts(f, values)
    expressions, inner = together(parts)
    here = _by_name(values, order)
    needed = {name for part in parts for name in part.variables}
    missing = sorted(needed - here.keys() - _eliminated(expressions))
    if missing:
        raise InvalidInputError(
            f"`at` has no number for {missing[0]!r}; it names "
            f"{', '.join(map(repr, here)) or 'nothing'}."
        )
    clashing = sorted(inner.keys() & here.keys())
    if clashing:
        raise InvalidInputError(f"{clashing[0]!r} stands for a program; it has no number.")
    if limit < 1:
        raise InvalidInputError(f"`limit` is {limit}; it is a positive number of generators.")
    return Map(expressions, Scene(here, inner, limit, limits, {}))


def _eliminated(expressions: Sequence[Expression]) -> frozenset[str | None]:
    """The variables of infima and the like; the walk refuses them."""
    nodes, _ = nodes_of(expressions)
    return frozenset(node.name for node in nodes if node.op in _QUANTIFIERS)


# -- the point -----------------------------------------------------------------------------


def _values(f: object, at: object) -> _Values:
    if isinstance(at, Mapping):
        found: dict[str, Fraction] = {}
        for key, value in at.items():
            name = _name(f, key)
            if name in found:
                raise InvalidInputError(f"`at` names {name!r} twice.")
            found[name] = rationalize(value, what=f"the value of {name!r}")
        return found
    rows = at.tolist() if isinstance(at, np.ndarray) else at
    if not isinstance(rows, Sequence) or isinstance(rows, str):
        raise InvalidInputError(
            "`at` is a mapping from variables to numbers, or a sequence of numbers, not the "
            f"{type(at).__name__} {str(at)[:60]}."
        )
    return tuple(
        rationalize(cast("Number", v), what=f"entry {k} of `at`") for k, v in enumerate(rows)
    )


def _name(f: object, key: object) -> str:
    """A row of a program may be named by its index."""
    program = f.program if isinstance(f, BoxValueFunction | LatticeValueFunction) else f
    if isinstance(program, MixedIntegerProgram) and isinstance(key, int):
        if not 0 <= key < program.n_rows:
            raise InvalidInputError(f"there is no row {key}; there are {program.n_rows} rows.")
        return program.row_names[key]
    return str(key)


def _by_name(values: _Values, order: Sequence[str]) -> dict[str, Fraction]:
    if isinstance(values, dict):
        return values
    if len(values) != len(order):
        raise InvalidInputError(
            f"`at` has {len(values)} numbers for the {len(order)} variables "
            f"{', '.join(order)}. Hand in a mapping from names to numbers."
        )
    return dict(zip(order, values, strict=True))


# -- the map -------------------------------------------------------------------------------


def _parts(f: object, values: _Values) -> tuple[list[Composition], tuple[str, ...]]:
    """The rows, and the variables in the order that a sequence of numbers has."""
    if isinstance(f, _VALUED):
        part, names = _value(f, values)
        return [part], names
    if isinstance(f, Composition | Expression | int | float):
        part = composed(f)
        return [part], part.variables
    if isinstance(f, list | tuple):
        found = [_parts(g, values) for g in f]
        if not found:
            raise InvalidInputError("there is no function to differentiate.")
        orders = {order for _, order in found}
        names = orders.pop() if len(orders) == 1 else _sorted(order for _, order in found)
        return [part for parts, _ in found for part in parts], names
    return _read(f, values)


def _sorted(orders: Iterable[Sequence[str]]) -> tuple[str, ...]:
    return tuple(sorted({name for order in orders for name in order}))


def _value(f: Valued, values: _Values) -> tuple[Composition, tuple[str, ...]]:
    rows = list(values) if isinstance(values, dict) else None
    moving, ranges = moving_program(f, rows if isinstance(f, MixedIntegerProgram) else None)
    of = tuple(variable(name) for name in moving.names)
    name = "[value 1]"
    return Composition(variable(name), {name: OptimalValue(moving, of, ranges)}), moving.names


def _read(f: object, values: _Values) -> tuple[list[Composition], tuple[str, ...]]:
    """SymPy objects, texts, dual functions: what `certify` reads, and is no program."""
    symbols = getattr(f, "free_symbols", None)
    domain: dict[str, tuple[Fraction, Fraction]] | None = None
    if symbols is not None or isinstance(f, str):
        # SymPy has simplified by what its symbols assume: the point has to bear that out.
        names = tuple(sorted(str(s) for s in symbols or ()))
        here = values if isinstance(values, dict) else dict(zip(names, values, strict=False))
        missing = [name for name in names if name not in here]
        if missing:
            raise InvalidInputError(f"`at` has no number for {missing[0]!r}.")
        domain = {name: (v, v) for name, v in here.items()} or None
    found = _reader(f)(f, domain, "rhs")
    if isinstance(found, Verdict) or not isinstance(found, Reading):
        raise UnsupportedError(
            f"a {type(f).__name__} is no expression that the calculus has rules for. Hand in an "
            "expression, a program, a value function, or a composition of them."
        )
    order = found.domain.names if symbols is None and not isinstance(f, str) else None
    parts = [Composition(e, {}) for e in found.expressions]
    return parts, order if order is not None else _sorted(part.variables for part in parts)


def _reader(f: object) -> Callable[[object, object, str], object]:
    try:
        return cast("Callable[[object, object, str], object]", _reader_of(f))
    except InvalidInputError:
        raise InvalidInputError(
            f"cannot differentiate a {type(f).__name__}; hand in an expression of "
            "tamemip.tameness or of SymPy, a composition, a program, a value function, a dual "
            "function, or a list of them."
        ) from None

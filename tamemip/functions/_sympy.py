"""Terms as SymPy expressions, with exact rational numbers."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, TypeAlias, assert_never

from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.functions._nodes import (
    Ceil,
    Combination,
    Guarded,
    Maximum,
    Minimum,
    MixedIntegerRounding,
    Node,
    Threshold,
    children,
    topological,
)
from tamemip.functions._tables import Generator, GroupTable

Expression: TypeAlias = Any
"""A SymPy expression; SymPy has no types."""

#: Above this size or height SymPy's own recursive algorithms take minutes or fail.
_LARGEST = 4_000
_HIGHEST = 100
#: Sizes are counted up to here.
_UNCOUNTED = 10**9


def to_sympy(root: Node, symbols: Sequence[Expression]) -> Expression:
    """One expression in SymPy's ``ceiling``, ``floor``, ``Max``, ``Min`` and ``Piecewise``.

    Raises
    ------
    NotAllowedError
        If the expression, with shared parts written out, is too large or too deep.
    UnsupportedError
        If a part has no counterpart in SymPy.
    """
    _refuse_programs(root)
    size, height = _expanded(root)
    if size > _LARGEST or height > _HIGHEST:
        raise NotAllowedError(
            f"as one SymPy expression this function has {_shown(size)} parts, {height} of them "
            f"on top of each other; {_LARGEST} and {_HIGHEST} are allowed. Ask for "
            "`to_sympy_definitions()`, which names its parts."
        )
    made: dict[Node, Expression] = {}
    for node in topological(root):
        made[node] = _expression(node, made, symbols)
    return made[root]


def to_sympy_definitions(
    root: Node, symbols: Sequence[Expression]
) -> tuple[list[tuple[Expression, Expression]], Expression]:
    """Definitions of parts and the expression in them, in the format of ``sympy.cse``.

    Every part that is rounded, used twice, or an extreme has a symbol ``f1, f2, ...``
    of its own. Substituting from the last definition to the first gives `to_sympy`.
    """
    import sympy

    _refuse_programs(root)
    order = topological(root)
    uses = Counter(child for node in order for child in children(node))
    made: dict[Node, Expression] = {}
    definitions: list[tuple[Expression, Expression]] = []
    taken = {free.name for symbol in symbols for free in symbol.free_symbols}
    names = (sympy.Symbol(f"f{k}", real=True) for k in itertools.count(1) if f"f{k}" not in taken)
    for node in order:
        expression = _expression(node, made, symbols)
        is_named = not isinstance(node, Combination) or uses[node] > 1
        if is_named and node is not root:
            name = next(names)
            definitions.append((name, expression))
            expression = name
        made[node] = expression
    return definitions, made[root]


def symbols_named(names: Sequence[str], given: Sequence[Any] | None) -> tuple[Expression, ...]:
    """One real symbol a row, or those that were given."""
    import sympy

    if given is None:
        return tuple(sympy.Symbol(name, real=True) for name in names)
    if len(given) != len(names):
        raise InvalidInputError(
            f"{len(given)} symbols were given; the function has {len(names)} rows."
        )
    return tuple(sympy.Symbol(s, real=True) if isinstance(s, str) else s for s in given)


def _refuse_programs(root: Node) -> None:
    for node in topological(root):
        if isinstance(node, Threshold | GroupTable | Generator):
            raise UnsupportedError(
                f"SymPy has no expression for a {type(node).__name__}, the value of an integer "
                "program; use `to_program()` or `to_latex()`."
            )


def _expanded(root: Node) -> tuple[int, int]:
    """Number of parts with shared ones counted as often as they occur, and height."""
    sizes: dict[Node, tuple[int, int]] = {}
    for node in topological(root):
        inner = [sizes[child] for child in children(node)]
        own = 1 + len(node.linear) if isinstance(node, Combination) else 1
        # A pair rounding writes its arguments several times.
        times = 3 if isinstance(node, MixedIntegerRounding) else 1
        size = min(own + times * sum(s for s, _ in inner), _UNCOUNTED)
        sizes[node] = size, 1 + max((h for _, h in inner), default=0)
    return sizes[root]


def _shown(size: int) -> str:
    return str(size) if size < _UNCOUNTED else f"more than {_UNCOUNTED}"


def _expression(
    node: Node, made: Mapping[Node, Expression], symbols: Sequence[Expression]
) -> Expression:
    import sympy

    match node:
        case Combination():
            rows = [_number(w) * symbols[i] for i, w in node.linear]
            parts = [_number(w) * made[part] for w, part in node.parts]
            return sympy.Add(*rows, *parts, _number(node.constant))
        case Ceil():
            return _applied(sympy.ceiling, [made[node.of]])
        case MixedIntegerRounding():
            return _rounding(node, made)
        case Maximum():
            return _applied(sympy.Max, [made[f] for f in node.of])
        case Minimum():
            return _applied(sympy.Min, [made[f] for f in node.of])
        case Guarded():
            return _guarded(node, made)
        case Threshold() | GroupTable() | Generator():
            raise AssertionError("refused before")
        case _:
            assert_never(node)


def _applied(function: Any, arguments: Sequence[Expression]) -> Expression:
    """A function left as it stands, but for numbers: SymPy's own rewriting takes minutes."""
    has_symbols = any(argument.free_symbols for argument in arguments)
    return function(*arguments, evaluate=False) if has_symbols else function(*arguments)


def _rounding(node: MixedIntegerRounding, made: Mapping[Node, Expression]) -> Expression:
    import sympy

    minus = sympy.S.Zero if node.minus is None else made[node.minus]
    argument = made[node.of] - minus
    whole = _applied(sympy.floor, [argument])
    slope = 1 / _number(node.fraction)
    step = _applied(sympy.Min, [slope * (argument - whole), sympy.S.One])
    return whole + step + slope * minus


def _guarded(node: Guarded, made: Mapping[Node, Expression]) -> Expression:
    import sympy

    of = -sympy.oo if node.of is None else made[node.of]
    outside = [(sympy.oo, made[guard] > 0) for guard in node.guards]
    return sympy.Piecewise(*outside, (of, True))


def _number(value: Fraction) -> Expression:
    import sympy

    return sympy.Rational(value.numerator, value.denominator)

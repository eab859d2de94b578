"""Compositions: expressions in which values and solutions of programs take part."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias, cast, final

from tamemip.arithmetic import Number
from tamemip.certificates import Node
from tamemip.differentiation._calculus_inner import (
    OptimalEntry,
    OptimalValue,
    Valued,
    moving_program,
)
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tamemip.tameness import (
    Expression,
    absolute,
    add,
    constant,
    divide,
    expressions_of,
    multiply,
    nodes_of,
    power,
    scale,
    subtract,
    variable,
    variables_of,
)

__all__ = ["Composition", "compose", "composed", "solution_of", "together", "value_of"]

Operand: TypeAlias = "Composition | Expression | Number | object"
"""A composition, an expression, a SymPy expression, a text or a number."""


@final
@dataclass(frozen=True, eq=False, repr=False)
class Composition:
    """An expression some of whose variables stand for values and solutions of programs.

    Made by `value_of`, `solution_of` and `compose`; arithmetic operators work, with a
    composition on the left or a number on either side.

    Attributes
    ----------
    expression
        The expression.
    inner
        What variables stand for; all others are free.
    """

    expression: Expression
    inner: Mapping[str, OptimalValue | OptimalEntry]

    @property
    def variables(self) -> tuple[str, ...]:
        """The free variables, sorted."""
        found: set[str] = set()
        for e in (self.expression, *(f for g in self.inner.values() for f in g.arguments)):
            found |= set(variables_of([e]))
        return tuple(sorted(found - self.inner.keys()))

    def __add__(self, other: Operand) -> Composition:
        return _joined(add, self, other)

    def __radd__(self, other: Operand) -> Composition:
        return _joined(add, other, self)

    def __sub__(self, other: Operand) -> Composition:
        return _joined(subtract, self, other)

    def __rsub__(self, other: Operand) -> Composition:
        return _joined(subtract, other, self)

    def __mul__(self, other: Operand) -> Composition:
        return _joined(multiply, self, other)

    def __rmul__(self, other: Operand) -> Composition:
        return _joined(multiply, other, self)

    def __truediv__(self, other: Operand) -> Composition:
        return _joined(divide, self, other)

    def __rtruediv__(self, other: Operand) -> Composition:
        return _joined(divide, other, self)

    def __pow__(self, exponent: Number) -> Composition:
        return replace(self, expression=power(self.expression, exponent))

    def __neg__(self) -> Composition:
        return replace(self, expression=scale(self.expression, -1))

    def __abs__(self) -> Composition:
        return replace(self, expression=absolute(self.expression))

    def __repr__(self) -> str:
        return f"Composition({str(self.expression)!r})"

    def __str__(self) -> str:
        lines = [str(self.expression)]
        for name, f in self.inner.items():
            names = f.program.names
            at = ", ".join(f"{n} = {e}" for n, e in zip(names, f.arguments, strict=True))
            lines.append(f"  {name} is {f}, at {at}")
        return "\n".join(lines)


def value_of(program: Valued, arguments: Mapping[str, Operand]) -> Composition:
    """The optimal value of a program at parameters that are expressions.

    Parameters
    ----------
    program
        A program, a `ParametricProgram`, or a value function of one.
    arguments
        An expression for every parameter; of a program, for the rows whose right-hand sides
        move, the others stay; of a value function along a line for its step ``"t"``.

    Raises
    ------
    InvalidInputError
        If a name is unknown, or a parameter has no expression.

    Examples
    --------
    The value of ``min {3 x + 3 y + z : x + y - z = b, x integer}`` at ``b = t^2``:

    >>> import tamemip as tm
    >>> from tamemip.differentiation import value_of
    >>> from tamemip.tameness import variable
    >>> p = tm.MixedIntegerProgram.from_arrays(
    ...     [3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False], row_names=["b"]
    ... )
    >>> print(value_of(p, {"b": variable("t") ** 2}))
    [value 1]
      [value 1] is the optimal value of MixedIntegerProgram(min, 1 row, 3 columns, 1 integer),
      at b = (t)^(2)
    """
    named = {str(name): e for name, e in arguments.items()}
    rows = list(named) if isinstance(program, MixedIntegerProgram) else None
    moving, ranges = moving_program(program, rows)
    of, inner = _arguments(moving, named)
    name = _free("value", inner)
    return Composition(variable(name), {**inner, name: OptimalValue(moving, of, ranges)})


def solution_of(
    program: ParametricProgram, arguments: Mapping[str, Operand], column: str | int
) -> Composition:
    """One entry of the optimal solution of a program at parameters that are expressions.

    It is differentiated where it is unique and does not switch: see `solution_jacobian`.

    Parameters
    ----------
    program
        The program.
    arguments
        An expression for every parameter.
    column
        The column, by name or index.

    Raises
    ------
    InvalidInputError
        If a name is unknown, or a parameter has no expression.

    Examples
    --------
    >>> import tamemip as tm
    >>> from tamemip.differentiation import solution_of
    >>> from tamemip.tameness import variable
    >>> p = tm.MixedIntegerProgram.from_arrays([1], [[2]], ">=", [0], integrality=False)
    >>> q = tm.ParametricProgram(p, rhs=[[1]], names=("t",))
    >>> J = tm.conservative_jacobian(solution_of(q, {"t": variable("u") ** 2}, 0), {"u": 3})
    >>> J.exact_value, J.exact_element
    ((Fraction(9, 2),), ((Fraction(3, 1),),))
    """
    columns = program.program.col_names
    if isinstance(column, str) and column in columns:
        place = columns.index(column)
    elif isinstance(column, int) and 0 <= column < len(columns):
        place = column
    else:
        raise InvalidInputError(
            f"there is no column {column!r}; the columns are {list(columns)[:8]}."
        )
    of, inner = _arguments(program, {str(name): e for name, e in arguments.items()})
    name = _free("solution", inner)
    return Composition(variable(name), {**inner, name: OptimalEntry(program, of, place)})


def compose(outer: Operand, inner: Mapping[str, Operand]) -> Composition:
    """An expression with functions in the place of some of its variables.

    Parameters
    ----------
    outer
        An expression, in SymPy or of `tamemip.tameness`, or a composition.
    inner
        From variables to what they stand for. It may have the same free variables.

    Examples
    --------
    >>> from tamemip.differentiation import compose
    >>> from tamemip.tameness import maximum, variable
    >>> v, x = variable("v"), variable("x")
    >>> print(compose(maximum(v, x), {"v": x**2}))
    max((x)^(2), x)
    """
    result = composed(outer)
    replaced: dict[str, Expression] = {}
    known = dict(result.inner)
    for name, part in inner.items():
        if str(name) in result.inner:
            raise InvalidInputError(f"{str(name)!r} stands for a program already.")
        fresh = _apart(composed(part), known)
        known.update(fresh.inner)
        replaced[str(name)] = fresh.expression
    own = {name: _moved(f, replaced) for name, f in result.inner.items()}
    (expression,) = _substituted((result.expression,), replaced)
    return Composition(expression, {**known, **own})


def composed(f: Operand) -> Composition:
    """Anything that is a function of named variables, as a composition.

    Raises
    ------
    InvalidInputError
        If it is none.
    """
    if isinstance(f, Composition):
        return f
    if isinstance(f, Expression):
        if f.is_condition:
            raise InvalidInputError("a condition has no derivative; hand in a number.")
        return Composition(f, {})
    if isinstance(f, int | float) and not isinstance(f, bool):
        return Composition(constant(f), {})
    found = importlib.import_module("tamemip.tameness._sympy_reader").read(f, None, "rhs")
    if len(found.expressions) != 1:
        raise InvalidInputError(f"one function is expected here, not {len(found.expressions)}.")
    return Composition(cast("Expression", found.expressions[0]), {})


def together(
    parts: Sequence[Composition],
) -> tuple[tuple[Expression, ...], dict[str, OptimalValue | OptimalEntry]]:
    """Compositions whose variables stand for the same in all of them."""
    known: dict[str, OptimalValue | OptimalEntry] = {}
    expressions = []
    for part in parts:
        fresh = _apart(part, known)
        known.update(fresh.inner)
        expressions.append(fresh.expression)
    return tuple(expressions), known


# -- names -----------------------------------------------------------------------------------


def _arguments(
    program: ParametricProgram, arguments: Mapping[str, Operand]
) -> tuple[tuple[Expression, ...], dict[str, OptimalValue | OptimalEntry]]:
    if set(arguments) != set(program.names):
        raise InvalidInputError(
            f"the arguments name {sorted(arguments)}; the parameters are {list(program.names)}."
        )
    return together([composed(arguments[name]) for name in program.names])


def _joined(
    operation: Callable[[Expression, Expression], Expression], first: Operand, second: Operand
) -> Composition:
    left = composed(first)
    right = _apart(composed(second), left.inner)
    expression = operation(left.expression, right.expression)
    return Composition(expression, {**left.inner, **right.inner})


def _apart(f: Composition, known: Mapping[str, object]) -> Composition:
    """The same composition, its inner names unlike those of others that are not the same."""
    clashing = [name for name, g in f.inner.items() if name in known and known[name] is not g]
    if not clashing:
        return f
    taken = {**known, **f.inner}
    renamed: dict[str, str] = {}
    for name in clashing:
        renamed[name] = _free(name.strip("[]").split()[0], taken)
        taken[renamed[name]] = f.inner[name]
    replaced = {old: variable(new) for old, new in renamed.items()}
    inner = {renamed.get(name, name): _moved(g, replaced) for name, g in f.inner.items()}
    (expression,) = _substituted((f.expression,), replaced)
    return Composition(expression, inner)


def _moved(
    f: OptimalValue | OptimalEntry, replaced: Mapping[str, Expression]
) -> OptimalValue | OptimalEntry:
    """The same function of other arguments; itself if they do not change."""
    of = _substituted(f.arguments, replaced)
    return f if of == f.arguments else replace(f, arguments=of)


def _free(kind: str, taken: Mapping[str, object]) -> str:
    k = 1
    while f"[{kind} {k}]" in taken:
        k += 1
    return f"[{kind} {k}]"


def _substituted(
    expressions: Sequence[Expression], replaced: Mapping[str, Expression]
) -> tuple[Expression, ...]:
    """Expressions with others in the place of variables, without a recursion."""
    if not replaced:
        return tuple(expressions)
    new, at = nodes_of(replaced.values())
    places = dict(zip(replaced, at, strict=True))
    old, roots = nodes_of(expressions)
    nodes: list[Node] = list(new)
    index: list[int] = []
    for node in old:
        if node.op == "variable" and node.name in places:
            index.append(places[node.name])
        else:
            index.append(len(nodes))
            nodes.append(replace(node, of=tuple(index[k] for k in node.of)))
    made = expressions_of(nodes)
    return tuple(made[index[k]] for k in roots)

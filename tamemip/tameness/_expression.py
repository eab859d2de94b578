"""Expressions: nodes of one hash-consed graph, and the constructors of arithmetic.

Equal expressions are one object, so that ``floor(x) - floor(x)`` is seen to be 0. Graphs
are deep: nothing here recurses along them.
"""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, TypeAlias, final
from weakref import WeakValueDictionary

from tamemip.arithmetic import Number, rationalize
from tamemip.certificates import ATOMS, Declaration, Node
from tamemip.errors import InvalidInputError


@final
@dataclass(frozen=True, eq=False, slots=True, weakref_slot=True, repr=False)
class Expression:
    """A real function of named variables, or a condition on them.

    Made by the constructors of this module only. Arithmetic operators work, with
    numbers as everywhere; ``f < g`` and ``f <= g`` make conditions.

    Attributes
    ----------
    op
        A name of the table `ATOMS`.
    of
        The arguments.
    value, name, declared
        What else the operation takes, as in `Node`.
    """

    op: str
    of: tuple[Expression, ...]
    value: Fraction | None
    name: str | None
    declared: Declaration | None

    @property
    def is_condition(self) -> bool:
        """Whether it is a condition, not a number."""
        return ATOMS[self.op].gives == "condition"

    def __add__(self, other: Operand) -> Expression:
        return add(self, other) if _is_operand(other) else NotImplemented

    __radd__ = __add__

    def __sub__(self, other: Operand) -> Expression:
        return subtract(self, other) if _is_operand(other) else NotImplemented

    def __rsub__(self, other: Operand) -> Expression:
        return subtract(other, self) if _is_operand(other) else NotImplemented

    def __mul__(self, other: Operand) -> Expression:
        return multiply(self, other) if _is_operand(other) else NotImplemented

    __rmul__ = __mul__

    def __truediv__(self, other: Operand) -> Expression:
        return divide(self, other) if _is_operand(other) else NotImplemented

    def __rtruediv__(self, other: Operand) -> Expression:
        return divide(other, self) if _is_operand(other) else NotImplemented

    def __pow__(self, exponent: Number) -> Expression:
        return power(self, exponent)

    def __neg__(self) -> Expression:
        return scale(self, -1)

    def __abs__(self) -> Expression:
        return absolute(self)

    def __lt__(self, other: Operand) -> Expression:
        return make("less", self, as_expression(other))

    def __le__(self, other: Operand) -> Expression:
        return make("less-equal", self, as_expression(other))

    def __gt__(self, other: Operand) -> Expression:
        return make("less", as_expression(other), self)

    def __ge__(self, other: Operand) -> Expression:
        return make("less-equal", as_expression(other), self)

    def __reduce__(self) -> Any:
        """Pickle as a flat list."""
        nodes, (root,) = nodes_of([self])
        return _from_nodes, (nodes, root)

    def __repr__(self) -> str:
        from tamemip.tameness._text import expression_text

        return f"Expression({expression_text(self)!r})"

    def __str__(self) -> str:
        from tamemip.tameness._text import expression_text

        return expression_text(self)


Operand: TypeAlias = "Expression | Number"

LONGEST_NAME = 200
"""Certificates refuse longer names."""

_NODES: WeakValueDictionary[tuple[Any, ...], Expression] = WeakValueDictionary()


def _is_operand(other: object) -> bool:
    """Whether sums and products know it; what they do not know may know them."""
    return isinstance(other, Expression | numbers.Real | Decimal | str)


def nodes_of(expressions: Iterable[Expression]) -> tuple[tuple[Node, ...], tuple[int, ...]]:
    """All nodes below some expressions, arguments first, and the indices of these.

    Examples
    --------
    >>> nodes, roots = nodes_of([add(variable("x"), 1)])
    >>> [node.op for node in nodes], roots
    (['variable', 'const', 'add'], (2,))
    """
    roots = tuple(expressions)
    index: dict[Expression, int] = {}
    nodes: list[Node] = []
    for root in roots:
        for e in _arguments_first(root, index):
            index[e] = len(nodes)
            nodes.append(Node(e.op, tuple(index[f] for f in e.of), e.value, e.name, e.declared))
    return tuple(nodes), tuple(index[root] for root in roots)


def expressions_of(nodes: Sequence[Node]) -> list[Expression]:
    """Expressions equal to numbered nodes, one each."""
    made: list[Expression] = []
    for node in nodes:
        of = tuple(made[k] for k in node.of)
        made.append(make(node.op, *of, value=node.value, name=node.name, declared=node.declared))
    return made


def variables_of(expressions: Iterable[Expression]) -> tuple[str, ...]:
    """The names of all variables, in the order in which they are met."""
    nodes, _ = nodes_of(expressions)
    return tuple(node.name for node in nodes if node.op == "variable" and node.name is not None)


# -- leaves ------------------------------------------------------------------------------


def variable(name: str) -> Expression:
    """The variable of this name."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise InvalidInputError(
            f"a variable has a name of 1 to {LONGEST_NAME} characters, not {str(name)[:40]!r}"
        )
    return make("variable", name=name)


def constant(value: Number) -> Expression:
    """A rational number; a float counts as the decimal that it prints."""
    return make("const", value=rationalize(value))


def named(name: str) -> Expression:
    """A constant with a name: ``"pi"``, ``"e"``, ``"sqrt:2"``, ``"log:2"``."""
    return make("named", name=name)


# -- arithmetic --------------------------------------------------------------------------


def add(*terms: Operand) -> Expression:
    """The sum; numbers are collected, a sum of nothing is 0."""
    parts = [as_expression(term) for term in terms]
    fixed = sum((part.value for part in parts if part.value and _is_number(part)), Fraction(0))
    rest = [part for part in parts if not _is_number(part)]
    if fixed or not rest:
        rest.append(constant(fixed))
    return rest[0] if len(rest) == 1 else make("add", *rest)


def subtract(left: Operand, right: Operand) -> Expression:
    """The difference."""
    return add(left, scale(right, -1))


def scale(of: Operand, factor: Number) -> Expression:
    """A rational multiple; 0 times an expression is kept, for it may be undefined somewhere."""
    e, k = as_expression(of), rationalize(factor)
    if e.op == "const" and e.value is not None:
        return constant(e.value * k)
    if e.op == "scale" and e.value is not None:
        return scale(e.of[0], e.value * k)
    return e if k == 1 else make("scale", e, value=k)


def multiply(*factors: Operand) -> Expression:
    """The product; numbers are collected, a product of nothing is 1."""
    parts = [as_expression(factor) for factor in factors]
    k = Fraction(1)
    for part in parts:
        if part.op == "const" and part.value is not None:
            k *= part.value
    rest = [part for part in parts if part.op != "const"]
    if not rest:
        return constant(k)
    return scale(rest[0] if len(rest) == 1 else make("multiply", *rest), k)


def divide(numerator: Operand, denominator: Operand) -> Expression:
    """The quotient, undefined where the denominator vanishes."""
    f, g = as_expression(numerator), as_expression(denominator)
    if g.op == "const" and g.value:
        return scale(f, 1 / g.value)
    return make("divide", f, g)


def power(base: Operand, exponent: Number) -> Expression:
    """A rational power; one that is no integer is taken of numbers >= 0 only."""
    e, r = as_expression(base), rationalize(exponent)
    return e if r == 1 else make("power", e, value=r)


def square_root(of: Operand) -> Expression:
    """The square root of numbers >= 0."""
    return power(of, Fraction(1, 2))


def root(of: Operand, degree: int) -> Expression:
    """The real n-th root; for odd `degree` of every number."""
    if degree < 1:
        raise InvalidInputError(f"the degree of a root is a positive integer, not {degree!r}")
    e = as_expression(of)
    return e if degree == 1 else make("root", e, value=Fraction(degree))


def real_power(base: Operand, exponent: Operand) -> Expression:
    """``exp(exponent * log(base))`` for a positive base; a rational exponent makes a power."""
    exponent = as_expression(exponent)
    if exponent.op == "const" and exponent.value is not None:
        return power(base, exponent.value)
    return make("real-power", as_expression(base), exponent)


def absolute(of: Operand) -> Expression:
    """The absolute value."""
    return make("abs", as_expression(of))


def maximum(*of: Operand) -> Expression:
    """The greatest of some expressions."""
    return _extreme("maximum", of)


def minimum(*of: Operand) -> Expression:
    """The least of some expressions."""
    return _extreme("minimum", of)


def sign(of: Operand) -> Expression:
    """-1, 0 or 1."""
    return make("sign", as_expression(of))


def heaviside(of: Operand, *, at_zero: Number = Fraction(1, 2)) -> Expression:
    """0 below 0 and 1 above; SymPy's value at 0 is 1/2."""
    return make("heaviside", as_expression(of), value=rationalize(at_zero))


def floor(of: Operand) -> Expression:
    """Rounding down; integers of a sum are taken out."""
    return _rounded("floor", as_expression(of))


def ceiling(of: Operand) -> Expression:
    """Rounding up; integers of a sum are taken out."""
    return _rounded("ceiling", as_expression(of))


def modulo(of: Operand, modulus: Operand) -> Expression:
    """``f - g * floor(f / g)``: its sign is that of the modulus."""
    return make("modulo", as_expression(of), as_expression(modulus))


def unary(op: str, of: Operand) -> Expression:
    """An operation of one argument and no more: ``"exp"``, ``"log"``, ``"gaussian-cdf"``."""
    atom = ATOMS.get(op)
    if atom is None or (atom.least, atom.most, atom.takes) != (1, 1, "number") or atom.fields:
        raise InvalidInputError(f"{op!r} is no operation of one number; see ATOMS")
    return make(op, as_expression(of))


def exp(of: Operand) -> Expression:
    """The exponential."""
    return unary("exp", of)


def log(of: Operand) -> Expression:
    """The logarithm of positive numbers."""
    return unary("log", of)


# -- how nodes are made ------------------------------------------------------------------


def make(
    op: str,
    *of: Expression,
    value: Fraction | None = None,
    name: str | None = None,
    declared: Declaration | None = None,
) -> Expression:
    """The one expression that is made in this way."""
    key = (op, tuple(map(id, of)), value, name, declared)
    known = _NODES.get(key)
    if known is None:
        _require_kinds(op, of)
        known = _NODES[key] = Expression(op, of, value, name, declared)
    return known


def _require_kinds(op: str, of: Sequence[Expression]) -> None:
    takes = ATOMS[op].takes
    for place, e in enumerate(of):
        is_default = place == len(of) - 1 and place % 2 == 0
        number = takes == "number" or (takes is None and (place % 2 == 1 or is_default))
        if e.is_condition == number:
            wanted = "a number" if number else "a condition"
            raise InvalidInputError(f"{op}: argument {place} is not {wanted}: {e}")


def as_expression(of: Operand) -> Expression:
    """An expression as it is, or a number as a constant."""
    return of if isinstance(of, Expression) else constant(of)


def _is_number(e: Expression) -> bool:
    return e.op == "const"


def _extreme(op: str, of: Sequence[Operand]) -> Expression:
    parts = tuple(dict.fromkeys(as_expression(f) for f in of))
    if not parts:
        raise InvalidInputError(f"the {op} of nothing is not defined")
    return parts[0] if len(parts) == 1 else make(op, *parts)


def _rounded(op: str, e: Expression) -> Expression:
    whole = Fraction(0)
    while e.op == "add" and e.of[-1].op == "const":
        k = e.of[-1].value
        if k is None or k.denominator != 1:
            break
        e, whole = add(*e.of[:-1]), whole + k
    return add(make(op, e), whole)


def _arguments_first(root: Expression, seen: dict[Expression, int]) -> Iterable[Expression]:
    """Every node below `root` that is not in `seen`; whoever iterates adds it there."""
    stack = [root]
    while stack:
        e = stack[-1]
        if e in seen:
            stack.pop()
            continue
        missing = [f for f in e.of if f not in seen]
        if missing:
            stack.extend(reversed(missing))
        else:
            yield stack.pop()


def _from_nodes(nodes: Sequence[Node], root: int) -> Expression:
    return expressions_of(nodes)[root]

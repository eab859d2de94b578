"""When a vector of expressions lies in a cone, as a condition."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import combinations
from typing import assert_never

from tamemip.tameness._conditions import (
    conjunction,
    disjunction,
    equal,
    indicator,
    less,
    less_equal,
    piecewise,
    supremum,
)
from tamemip.tameness._conic_cones import (
    Cone,
    ExponentialCone,
    PowerCone,
    RotatedSecondOrderCone,
    SecondOrderCone,
    SemidefiniteCone,
)
from tamemip.tameness._expression import (
    Expression,
    absolute,
    add,
    constant,
    divide,
    exp,
    maximum,
    multiply,
    nodes_of,
    power,
    scale,
    variable,
)

#: Above this order the principal minors are more numerous than what a factor needs.
_MAX_MINORS = 4


def membership(cone: Cone, u: Sequence[Expression], fresh: Callable[[str], str]) -> Expression:
    """The condition that `u` lies in the cone; it has a truth value everywhere.

    Parameters
    ----------
    cone
        The cone; its map is not looked at.
    u
        One expression an entry of the image.
    fresh
        Gives a new variable, made from a stem, that ranges over all reals and that no
        function depends on.

    Examples
    --------
    >>> from tamemip.tameness._conic_cones import AffineMap
    >>> cone = SecondOrderCone(AffineMap([[1, 0], [0, 1]], [0, 0]))
    >>> print(membership(cone, [variable("t"), variable("x")], str))
    ((0 <= t) and ((x)^(2) <= (t)^(2)))
    """
    match cone:
        case SecondOrderCone():
            return conjunction(less_equal(0, u[0]), less_equal(_squares(u[1:]), power(u[0], 2)))
        case RotatedSecondOrderCone():
            twice = scale(multiply(u[0], u[1]), 2)
            signs = [less_equal(0, f) for f in u[:2]]
            return conjunction(*signs, less_equal(_squares(u[2:]), twice))
        case SemidefiniteCone():
            return _semidefinite(_full(u, cone.order), fresh)
        case ExponentialCone():
            return _exponential(*u)
        case PowerCone():
            signs = [less_equal(0, f) for f in u[1:]]
            # Of the maximum with 0, for a fractional power of a negative number is undefined.
            powers = [power(maximum(f, 0), a) for f, a in zip(u[1:], cone.exponents, strict=True)]
            return conjunction(*signs, less_equal(absolute(u[0]), multiply(*powers)))
        case _:
            assert_never(cone)


def _squares(parts: Sequence[Expression]) -> Expression:
    return add(*(power(f, 2) for f in parts))


def _exponential(x: Expression, y: Expression, z: Expression) -> Expression:
    """``y exp(x / y) <= z`` for ``y > 0``, and the face over ``y = 0``."""
    scaled = piecewise([(less(0, y), multiply(y, exp(divide(x, y))))], default=0)
    inside = conjunction(less(0, y), less_equal(scaled, z))
    return disjunction(inside, conjunction(equal(y, 0), less_equal(x, 0), less_equal(0, z)))


def _full(u: Sequence[Expression], order: int) -> list[list[Expression]]:
    """A symmetric matrix from its lower triangle."""
    return [
        [u[max(i, j) * (max(i, j) + 1) // 2 + min(i, j)] for j in range(order)]
        for i in range(order)
    ]


def _semidefinite(U: list[list[Expression]], fresh: Callable[[str], str]) -> Expression:
    """All principal minors are nonnegative, or there is a factor; whichever has fewer nodes.

    Examples
    --------
    >>> print(_semidefinite([[variable("x"), constant(1)], [constant(1), constant(2)]], str))
    ((0 <= x) and (0 <= 2) and (0 <= (2*x - 1)))
    """
    order = len(U)
    if order > _MAX_MINORS:
        return _has_factor(U, fresh)
    minors = conjunction(
        *(
            less_equal(0, _determinant(U, rows, rows, {}))
            for size in range(1, order + 1)
            for rows in combinations(range(order), size)
        )
    )
    if order < _MAX_MINORS:
        return minors
    factor = _has_factor(U, fresh)
    return min(minors, factor, key=lambda e: len(nodes_of([e])[0]))


def _determinant(
    U: list[list[Expression]],
    rows: tuple[int, ...],
    cols: tuple[int, ...],
    known: dict[tuple[tuple[int, ...], tuple[int, ...]], Expression],
) -> Expression:
    """By the first row; minors that are met twice are one expression."""
    if len(rows) == 1:
        return U[rows[0]][cols[0]]
    if (rows, cols) not in known:
        terms = []
        for k, j in enumerate(cols):
            minor = _determinant(U, rows[1:], cols[:k] + cols[k + 1 :], known)
            terms.append(scale(multiply(U[rows[0]][j], minor), Fraction((-1) ** k)))
        known[rows, cols] = add(*terms)
    return known[rows, cols]


def _has_factor(U: list[list[Expression]], fresh: Callable[[str], str]) -> Expression:
    """Some lower triangular ``L`` has ``U = L L'``."""
    order = len(U)
    names = [[fresh(f"L{i}{j}") for j in range(i + 1)] for i in range(order)]
    L = [[variable(name) for name in row] for row in names]
    equations = [
        equal(add(*(multiply(L[i][k], L[j][k]) for k in range(j + 1))), U[i][j])
        for i in range(order)
        for j in range(i + 1)
    ]
    return exists([name for row in names for name in row], conjunction(*equations))


def exists(names: Sequence[str], condition: Expression) -> Expression:
    """Whether a condition holds for some values of variables: its greatest indicator is 1.

    Examples
    --------
    >>> print(exists(["x"], less(variable("x"), variable("b"))))
    (1 <= supremum_x(indicator((x < b))))
    """
    found = indicator(condition)
    for name in names:
        found = supremum(found, name)
    return less_equal(constant(1), found)

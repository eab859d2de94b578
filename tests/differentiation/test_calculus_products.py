"""Random products, quotients and powers of bent functions: one-sided derivatives are in the set."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import event, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.differentiation import ConservativeJacobian
from tamemip.errors import NotAllowedError
from tamemip.tameness import (
    Expression,
    absolute,
    add,
    constant,
    divide,
    maximum,
    multiply,
    power,
    square_root,
    variable,
)

Point = tuple[Fraction, ...]
Jet = tuple[Fraction, Fraction]
"""A value, and the derivative along a half-line that begins there."""

NAMES = ("x", "y")


@dataclass(frozen=True)
class Both:
    """An expression, and its value and one-sided derivative at a point."""

    expression: Expression
    jet: Callable[[Point, Point], Jet]


def functions() -> st.SearchStrategy[Both]:
    leaves = st.one_of(
        st.sampled_from(
            [Both(variable(n), lambda p, d, k=k: (p[k], d[k])) for k, n in enumerate(NAMES)]
        ),
        st.integers(-2, 3).map(
            lambda k: Both(constant(k), lambda p, d: (Fraction(k), Fraction(0)))
        ),
    )
    return st.recursive(leaves, _larger, max_leaves=6)


def _larger(parts: st.SearchStrategy[Both]) -> st.SearchStrategy[Both]:
    two = st.tuples(parts, parts)
    return st.one_of(
        two.map(lambda f: _binary(add, f, lambda a, b: (a[0] + b[0], a[1] + b[1]))),
        two.map(
            lambda f: _binary(multiply, f, lambda a, b: (a[0] * b[0], a[0] * b[1] + a[1] * b[0]))
        ),
        two.map(lambda f: _binary(divide, f, _quotient)),
        two.map(lambda f: _binary(maximum, f, _greater)),
        parts.map(lambda f: _unary(absolute(f.expression), f, lambda a: _greater(a, _minus(a)))),
        parts.map(lambda f: _unary(power(f.expression, 3), f, _cube)),
        parts.map(
            lambda f: _unary(
                square_root(power(f.expression, 2)), f, lambda a: _greater(a, _minus(a))
            )
        ),
    )


def _binary(
    make: Callable[[Expression, Expression], Expression],
    f: tuple[Both, Both],
    rule: Callable[[Jet, Jet], Jet],
) -> Both:
    first, second = f
    return Both(
        make(first.expression, second.expression),
        lambda p, d: rule(first.jet(p, d), second.jet(p, d)),
    )


def _unary(e: Expression, f: Both, rule: Callable[[Jet], Jet]) -> Both:
    return Both(e, lambda p, d: rule(f.jet(p, d)))


def _minus(a: Jet) -> Jet:
    return -a[0], -a[1]


def _greater(a: Jet, b: Jet) -> Jet:
    """The greater value; of equal ones the one that grows faster."""
    return max(a, b)


def _cube(a: Jet) -> Jet:
    return a[0] ** 3, 3 * a[0] ** 2 * a[1]


def _quotient(a: Jet, b: Jet) -> Jet:
    return a[0] / b[0], (a[1] * b[0] - a[0] * b[1]) / b[0] ** 2


def answered(f: Both, at: Point) -> ConservativeJacobian | None:
    """The set; None where something divides by 0."""
    try:
        return tm.conservative_jacobian(f.expression, dict(zip(NAMES, at, strict=True)))
    except NotAllowedError:
        return None


def points() -> st.SearchStrategy[Point]:
    entry = st.sampled_from([Fraction(k, 2) for k in range(-3, 4)])
    return st.tuples(entry, entry)


@given(functions(), points(), st.lists(points(), min_size=3, max_size=3))
@settings(max_examples=200, deadline=None)
def test_one_sided_derivatives_are_between_the_supports(
    f: Both, at: Point, ways: list[Point]
) -> None:
    J = answered(f, at)
    event(f"answered: {J is not None}")
    for d in ways:
        if J is None:
            continue
        assert J.is_exact
        value, rate = f.jet(at, d)
        assert J.exact_value == (value,)
        assert J.exact_support(d) >= rate >= -J.exact_support([-v for v in d])


@given(functions(), points())
@settings(max_examples=60, deadline=None)
def test_no_answer_only_where_a_denominator_vanishes(f: Both, at: Point) -> None:
    if answered(f, at) is not None:
        return
    try:
        f.jet(at, (Fraction(0), Fraction(0)))
    except ZeroDivisionError:
        return
    # A root of an even power that the graph writes in another way.
    assert "^(1/2)" in str(f.expression)

"""Random functions with steps and pieces: an answer is given only where they are Lipschitz."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

from hypothesis import event, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.differentiation import ConservativeJacobian
from tamemip.errors import NotAllowedError, NotLipschitzError
from tamemip.tameness import (
    Expression,
    absolute,
    add,
    ceiling,
    conjunction,
    constant,
    disjunction,
    floor,
    indicator,
    less,
    less_equal,
    maximum,
    minimum,
    negation,
    piecewise,
    scale,
    sign,
    variable,
)

Point = tuple[Fraction, ...]
NAMES = ("x", "y")
TINY = Fraction(1, 10**9)
#: Directions along kinks and off them.
WAYS = [
    (Fraction(a), Fraction(b))
    for a, b in [(1, 0), (0, 1), (1, 1), (1, -1), (2, -1), (1, 2), (97, 41), (-53, 89)]
]


@dataclass(frozen=True)
class Both:
    """An expression, and the same function, or condition, as Python has it."""

    expression: Expression
    call: Callable[[Point], Fraction]


def functions() -> st.SearchStrategy[Both]:
    leaves = st.one_of(
        st.sampled_from([Both(variable(n), lambda p, k=k: p[k]) for k, n in enumerate(NAMES)]),
        st.integers(-1, 2).map(lambda k: Both(constant(k), lambda p: Fraction(k))),
    )
    return st.recursive(leaves, _larger, max_leaves=6)


def _larger(parts: st.SearchStrategy[Both]) -> st.SearchStrategy[Both]:
    two = st.tuples(parts, parts)
    return st.one_of(
        two.map(lambda f: Both(add(*_of(f)), lambda p: f[0].call(p) + f[1].call(p))),
        two.map(lambda f: Both(maximum(*_of(f)), lambda p: max(f[0].call(p), f[1].call(p)))),
        parts.map(lambda f: Both(absolute(f.expression), lambda p: abs(f.call(p)))),
        parts.map(lambda f: Both(scale(f.expression, -2), lambda p: -2 * f.call(p))),
        parts.map(lambda f: Both(floor(f.expression), lambda p: Fraction(math.floor(f.call(p))))),
        parts.map(lambda f: Both(ceiling(f.expression), lambda p: Fraction(math.ceil(f.call(p))))),
        # Mixed-integer rounding: continuous, though both terms jump.
        parts.map(
            lambda f: Both(
                floor(f.expression) + minimum(3 * (f.expression - floor(f.expression)), 1),
                lambda p: math.floor(f.call(p)) + min(3 * (f.call(p) - math.floor(f.call(p))), 1),
            )
        ),
        parts.map(lambda f: Both(sign(f.expression), lambda p: _sign(f.call(p)))),
        conditions(parts).map(lambda c: Both(indicator(c.expression), c.call)),
        st.tuples(conditions(parts), parts, parts).map(
            lambda f: Both(
                piecewise([(f[0].expression, f[1].expression)], default=f[2].expression),
                lambda p: f[1].call(p) if f[0].call(p) else f[2].call(p),
            )
        ),
        st.tuples(parts, parts).map(
            # Continuous, though it is written with a step.
            lambda f: Both(
                piecewise([(less(*_of(f)), f[1].expression)], default=f[0].expression),
                lambda p: max(f[0].call(p), f[1].call(p)),
            )
        ),
    )


def conditions(parts: st.SearchStrategy[Both]) -> st.SearchStrategy[Both]:
    compared = st.one_of(
        st.tuples(parts, parts).map(
            lambda f: Both(less(*_of(f)), lambda p: Fraction(f[0].call(p) < f[1].call(p)))
        ),
        st.tuples(parts, parts).map(
            lambda f: Both(less_equal(*_of(f)), lambda p: Fraction(f[0].call(p) <= f[1].call(p)))
        ),
    )
    return st.one_of(
        compared,
        compared.map(lambda c: Both(negation(c.expression), lambda p: 1 - c.call(p))),
        st.tuples(compared, compared).map(
            lambda c: Both(conjunction(*_of(c)), lambda p: min(c[0].call(p), c[1].call(p)))
        ),
        st.tuples(compared, compared).map(
            lambda c: Both(disjunction(*_of(c)), lambda p: max(c[0].call(p), c[1].call(p)))
        ),
    )


def _of(f: tuple[Both, ...]) -> list[Expression]:
    return [g.expression for g in f]


def _sign(v: Fraction) -> Fraction:
    return Fraction((v > 0) - (v < 0))


def points() -> st.SearchStrategy[Point]:
    entry = st.sampled_from([Fraction(k, 2) for k in range(-3, 4)])
    return st.tuples(entry, entry)


def moved(p: Point, d: Point, t: Fraction) -> Point:
    return tuple(a + t * b for a, b in zip(p, d, strict=True))


def answered(f: Both, at: Point) -> ConservativeJacobian | None:
    try:
        return tm.conservative_jacobian(f.expression, dict(zip(NAMES, at, strict=True)))
    except (NotAllowedError, NotLipschitzError):
        return None


@given(functions(), points())
@settings(max_examples=150, deadline=None)
def test_a_jump_that_is_claimed_is_one_of_the_whole_function(f: Both, at: Point) -> None:
    try:
        tm.conservative_jacobian(f.expression, dict(zip(NAMES, at, strict=True)))
    except NotLipschitzError as refusal:
        jump = refusal.jump
        event("a jump")
    except NotAllowedError:
        event("no proof")
        return
    else:
        return
    assert jump.at == f.call(at) != jump.limit
    near = f.call(moved(at, jump.direction, TINY))
    assert abs(near - jump.limit) < Fraction(1, 10**4)


@given(functions(), points())
@settings(max_examples=250, deadline=None)
def test_where_there_is_an_answer_the_function_has_slopes_in_it(f: Both, at: Point) -> None:
    J = answered(f, at)
    event(f"answered: {J is not None}")
    if J is None:
        return
    assert J.exact_value == (f.call(at),)
    for d in WAYS:
        for way in (d, tuple(-v for v in d)):
            rate = (f.call(moved(at, way, TINY)) - f.call(at)) / TINY
            assert J.exact_support(way) >= rate >= -J.exact_support([-v for v in way])


@given(functions(), points(), st.sampled_from(WAYS))
@settings(max_examples=150, deadline=None)
def test_sets_nearby_lie_in_the_set(f: Both, at: Point, way: Point) -> None:
    J = answered(f, at)
    near = answered(f, moved(at, way, TINY))
    if J is None:
        return
    # A locally Lipschitz function is so nearby; the calculus may still not prove it there.
    if near is not None:
        assert all(J.contains(matrix) for matrix in near.exact_generators)


@given(functions(), points(), st.sampled_from(WAYS))
@settings(max_examples=150, deadline=None)
def test_a_stretch_on_which_there_are_answers_obeys_the_chain_rule(
    f: Both, start: Point, way: Point
) -> None:
    at = moved(start, way, Fraction(523, 1009))
    J = answered(f, at)
    if J is None:
        return
    right = (f.call(moved(at, way, TINY)) - f.call(at)) / TINY
    left = (f.call(at) - f.call(moved(at, way, -TINY))) / TINY
    assert {sum(a * b for a, b in zip(y, way, strict=True)) for y in J.row(0)} == {left} == {right}

"""The calculus of conservative Jacobians: laws on random compositions, and its refusals."""

from __future__ import annotations

import math
import pickle
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction

import pytest
import sympy
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.differentiation import ConservativeJacobian, compose, solution_of, value_of
from tamemip.differentiation._solution_switch import SwitchError
from tamemip.errors import (
    InvalidInputError,
    NotAllowedError,
    NotLipschitzError,
    UnsupportedError,
)
from tamemip.tameness import (
    Expression,
    absolute,
    add,
    ceiling,
    conjunction,
    constant,
    divide,
    equal,
    exp,
    floor,
    heaviside,
    indicator,
    infimum,
    less,
    less_equal,
    log,
    maximum,
    minimum,
    modulo,
    multiply,
    named,
    negation,
    piecewise,
    power,
    real_power,
    root,
    scale,
    sign,
    square_root,
    unary,
    variable,
)

Point = tuple[Fraction, ...]
X, Y = variable("x"), variable("y")
NAMES = ("x", "y")
#: Less than the distance of a kink of the random functions to a random point.
TINY = Fraction(1, 10**12)
#: A place on a line off all kinks, unless the line runs along one.
GENERIC = Fraction(523, 1009)


@dataclass(frozen=True)
class Both:
    """An expression, and the same function as Python has it."""

    expression: Expression
    call: Callable[[Point], Fraction]


def piecewise_linear() -> st.SearchStrategy[Both]:
    leaves = st.one_of(
        st.sampled_from([Both(X, lambda p: p[0]), Both(Y, lambda p: p[1])]),
        st.integers(-2, 2).map(lambda k: Both(constant(k), lambda p: Fraction(k))),
    )
    return st.recursive(leaves, _combined, max_leaves=7)


def _combined(parts: st.SearchStrategy[Both]) -> st.SearchStrategy[Both]:
    weights = st.sampled_from([Fraction(-2), Fraction(-1), Fraction(1, 2), Fraction(3)])
    return st.one_of(
        st.tuples(parts, parts).map(
            lambda f: Both(
                add(f[0].expression, f[1].expression), lambda p: f[0].call(p) + f[1].call(p)
            )
        ),
        st.tuples(parts, parts).map(
            lambda f: Both(
                maximum(f[0].expression, f[1].expression),
                lambda p: max(f[0].call(p), f[1].call(p)),
            )
        ),
        st.tuples(parts, parts).map(
            lambda f: Both(
                minimum(f[0].expression, f[1].expression),
                lambda p: min(f[0].call(p), f[1].call(p)),
            )
        ),
        parts.map(lambda f: Both(absolute(f.expression), lambda p: abs(f.call(p)))),
        st.tuples(parts, weights).map(
            lambda f: Both(scale(f[0].expression, f[1]), lambda p: f[1] * f[0].call(p))
        ),
    )


def grid() -> st.SearchStrategy[Fraction]:
    return st.sampled_from([Fraction(k, 2) for k in range(-4, 5)])


def points() -> st.SearchStrategy[Point]:
    return st.tuples(grid(), grid())


def jacobian(f: Both, at: Point) -> ConservativeJacobian:
    return tm.conservative_jacobian(f.expression, dict(zip(NAMES, at, strict=True)))


def moved(p: Point, d: Point, t: Fraction) -> Point:
    return tuple(a + t * b for a, b in zip(p, d, strict=True))


def rate_along(call: Callable[[Point], Fraction], at: Point, way: Point) -> Fraction:
    """The derivative along a line, from both sides, of a piecewise linear function."""
    right = (call(moved(at, way, TINY)) - call(at)) / TINY
    left = (call(at) - call(moved(at, way, -TINY))) / TINY
    assert left == right, "the place on the line is generic"
    return right


def rates(row: tuple[Point, ...], way: Point) -> set[Fraction]:
    """What the elements of a gradient say about a direction."""
    return {sum((a * b for a, b in zip(y, way, strict=True)), Fraction(0)) for y in row}


# -- laws ------------------------------------------------------------------------------------


@given(piecewise_linear(), points())
@settings(max_examples=50, deadline=None)
def test_the_value_is_that_of_the_function(f: Both, at: Point) -> None:
    assert jacobian(f, at).exact_value == (f.call(at),)


@given(piecewise_linear(), points(), points())
@settings(max_examples=50, deadline=None)
def test_directional_derivatives_are_below_the_support(f: Both, at: Point, d: Point) -> None:
    J = jacobian(f, at)
    rate = (f.call(moved(at, d, TINY)) - f.call(at)) / TINY
    assert J.exact_support(d) >= rate >= -J.exact_support([-v for v in d])


@given(piecewise_linear(), points(), st.tuples(st.integers(-99, 99), st.integers(-99, 99)))
@settings(max_examples=50, deadline=None)
def test_gradients_nearby_lie_in_the_set(f: Both, at: Point, way: tuple[int, int]) -> None:
    near = moved(at, (Fraction(way[0], 97), Fraction(way[1], 89)), TINY)
    gradient = []
    for unit in ((Fraction(1), Fraction(0)), (Fraction(0), Fraction(1))):
        step = TINY * TINY
        right = (f.call(moved(near, unit, step)) - f.call(near)) / step
        left = (f.call(near) - f.call(moved(near, unit, -step))) / step
        assume(left == right)
        gradient.append(right)
    assert jacobian(f, at).contains(gradient)


@given(piecewise_linear(), points(), points())
@settings(max_examples=100, deadline=None)
def test_the_chain_rule_holds_along_lines(f: Both, start: Point, way: Point) -> None:
    at = moved(start, way, GENERIC)
    assert rates(jacobian(f, at).row(0), way) == {rate_along(f.call, at, way)}


@given(piecewise_linear(), st.lists(points(), min_size=2, max_size=3))
@settings(max_examples=15, deadline=None)
def test_the_path_law_holds_along_broken_lines(f: Both, corners: list[Point]) -> None:
    assert tm.path_law(f.call, lambda p: jacobian(f, p).row(0), corners) == 0


@given(piecewise_linear(), piecewise_linear(), points())
@settings(max_examples=50, deadline=None)
def test_the_product_rule(f: Both, g: Both, at: Point) -> None:
    both = Both(multiply(f.expression, g.expression), lambda p: f.call(p) * g.call(p))
    u, v = jacobian(f, at), jacobian(g, at)
    a, b = f.call(at), g.call(at)
    J = jacobian(both, at)
    assert J.exact_value == (a * b,)
    for d in ((1, 0), (0, 1), (2, -3)):
        by_f = max(a * y for y in (v.exact_support(d), -v.exact_support([-k for k in d])))
        by_g = max(b * y for y in (u.exact_support(d), -u.exact_support([-k for k in d])))
        assert J.exact_support(d) <= by_f + by_g
        rate = (both.call(moved(at, tuple(map(Fraction, d)), TINY)) - a * b) / TINY
        assert J.exact_support(d) >= rate - 10**6 * TINY


@given(st.lists(st.integers(-3, 3), min_size=6, max_size=6), points())
@settings(max_examples=15, deadline=None)
def test_rational_functions_have_their_gradient(k: list[int], at: Point) -> None:
    x, y = sympy.symbols("x y")
    top = k[0] * x**3 + k[1] * x * y + k[2] * y**2 + k[3] * x + 1
    bottom = x**2 + k[4] * y + k[5] * x * y**3
    here = {x: sympy.Rational(str(at[0])), y: sympy.Rational(str(at[1]))}
    assume(bottom.subs(here) != 0)
    f = top / bottom
    expected = [Fraction(str(sympy.diff(f, s).subs(here))) for s in (x, y)]
    J = tm.conservative_jacobian(f, {x: at[0], y: at[1]})
    assert J.is_singleton
    assert J.exact_element == (tuple(expected),)


@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("exp", sympy.exp),
        ("log", sympy.log),
        ("sin", sympy.sin),
        ("cos", sympy.cos),
        ("tan", sympy.tan),
        ("asin", sympy.asin),
        ("acos", sympy.acos),
        ("atan", sympy.atan),
        ("sinh", sympy.sinh),
        ("cosh", sympy.cosh),
        ("tanh", sympy.tanh),
        ("sigmoid", lambda s: 1 / (1 + sympy.exp(-s))),
        ("softplus", lambda s: sympy.log(1 + sympy.exp(s))),
        ("erf", sympy.erf),
        ("gaussian-cdf", lambda s: (1 + sympy.erf(s / sympy.sqrt(2))) / 2),
        ("lambertw", sympy.LambertW),
    ],
)
@pytest.mark.parametrize("at", [Fraction(1, 7), Fraction(1, 2), Fraction(9, 10)])
def test_smooth_functions_are_enclosed(
    name: str, function: Callable[[sympy.Expr], sympy.Expr], at: Fraction
) -> None:
    s = sympy.Symbol("s")
    J = tm.conservative_jacobian(unary(name, X), [at])
    here = sympy.Rational(at.numerator, at.denominator)
    derivative = sympy.N(sympy.diff(function(s), s).subs(s, here), 60)
    digits = Fraction(str(derivative))
    (center,) = J.exact_element[0]
    (entries,) = (block.entries for block in J.blocks)
    # SymPy's 60 digits are off by less than this.
    assert abs(center - digits) <= entries.radius[0] + Fraction(1, 10**55)
    assert entries.radius[0] < Fraction(1, 10**70)


@pytest.mark.parametrize("name", ["exp", "sin", "cos", "tan", "sinh", "cosh", "tanh", "atan"])
def test_rational_derivatives_of_smooth_functions_are_exact(name: str) -> None:
    J = tm.conservative_jacobian(unary(name, X), [0])
    assert J.is_exact
    assert J.exact_element[0][0] == (0 if name in ("cos", "cosh") else 1)


def test_powers_and_roots() -> None:
    for f, at, slope in [
        (square_root(X), "9/4", "1/3"),
        (power(X, "-3/2"), "4/9", "-729/64"),
        (root(X, 3), -8, "1/12"),
        (root(X, 4), 16, "1/32"),
        (power(X, -2), -2, "1/4"),
        (real_power(X, 2 * X), 1, "2"),
        (power(X, 0), 0, "0"),
    ]:
        J = tm.conservative_jacobian(f, [at])
        assert J.contains([slope]), f
        assert J.is_singleton or not J.is_exact, f


def test_a_root_of_an_even_power_is_a_multiple_of_the_absolute_value() -> None:
    assert tm.conservative_jacobian(square_root(X**2), [0]).row(0) == ((1,), (-1,))
    assert tm.conservative_jacobian(power(X**2, "3/2"), [0]).row(0) == ((0,),)
    assert tm.conservative_jacobian(power(abs(X), "3/2"), [0]).row(0) == ((0,),)


# -- independence, and its limits ------------------------------------------------------------


def test_parts_are_combined_independently() -> None:
    J = tm.conservative_jacobian(maximum(X, 0) - maximum(-X, 0), {"x": 0})
    assert set(J.row(0)) == {(0,), (2,)}
    assert J.contains([1])


def test_equal_parts_are_collected() -> None:
    relu = maximum(X, 0)
    for f, slopes in [
        (relu - relu, {0}),
        (2 * relu - (relu + X), {0, -1}),
        (multiply(abs(X) + 1, abs(X) + 1), {2, -2}),
        (maximum(abs(X), abs(X)), {1, -1}),
    ]:
        assert {v for (v,) in tm.conservative_jacobian(f, [0]).row(0)} == slopes


def test_a_part_times_zero_still_needs_a_value() -> None:
    with pytest.raises(NotAllowedError):
        tm.conservative_jacobian(scale(divide(1, X), 0), [0])


@given(st.lists(st.integers(1, 5), min_size=4, max_size=5))
@settings(max_examples=6, deadline=None)
def test_beyond_the_cap_a_box_is_stated_that_holds_the_set(weights: list[int]) -> None:
    names = [f"x{i}" for i in range(len(weights))]
    terms = [scale(absolute(variable(n)), w) for n, w in zip(names, weights, strict=True)]
    f = add(*terms, absolute(add(*map(variable, names))))
    at = dict.fromkeys(names, 0)
    exact = tm.conservative_jacobian(f, at, limit=10**4)
    outer = tm.conservative_jacobian(f, at, limit=4)
    assert outer.is_outer
    assert not outer.is_exact
    assert not exact.is_outer
    assert all(outer.contains(matrix) for matrix in exact.exact_generators)
    assert not outer.contains([[w + 2 for w in weights]])
    assert outer.exact_support([1] * len(names)) >= exact.exact_support([1] * len(names))


def test_irrational_numbers_that_are_not_told_apart_make_an_outer_set() -> None:
    J = tm.conservative_jacobian(maximum(log(2) + log(3), log(6) * X), [1])
    assert J.is_outer
    assert J.contains([0])
    assert not J.contains([2])
    assert not tm.conservative_jacobian(maximum(log(2) + log(3), log(7) * X), [1]).is_outer


def test_deep_graphs_need_no_recursion() -> None:
    f = X
    for _ in range(2000):
        f = absolute(f) + 1
    assert tm.conservative_jacobian(f, [0]).row(0) == ((1,), (-1,))


def test_constants_with_a_name() -> None:
    J = tm.conservative_jacobian(named("pi") * X, [1])
    assert math.isclose(J.element[0, 0], math.pi)
    assert not J.contains(["22/7"])


# -- piecewise functions ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "at", "rows"),
    [
        (piecewise([(less(X, 0), -X)], default=X), (0, 0), {(1, 0), (-1, 0)}),
        (piecewise([(less(X, 0), -X)], default=X), (1, 0), {(1, 0)}),
        (piecewise([(less(X + Y, 0), -X * X + Y * Y)], default=0), (1, -1), {(-2, -2), (0, 0)}),
        (piecewise([(less(X, 0), square_root(-X))], default=X), (1, 0), {(1, 0)}),
        (piecewise([(negation(less_equal(0, X)), 0)], default=X * Y), (0, 3), {(0, 0), (3, 0)}),
        (
            piecewise([(conjunction(less_equal(0, X), less_equal(X, 1)), X)], default=1),
            (1, 0),
            {(1, 0), (0, 0)},
        ),
    ],
)
def test_continuous_pieces(f: Expression, at: tuple[int, int], rows: set[tuple[int, int]]) -> None:
    assert set(tm.conservative_jacobian(f, dict(zip(NAMES, at, strict=True))).row(0)) == rows


def test_a_border_that_tears_elsewhere_is_refused() -> None:
    torn = piecewise([(less(X, 0), Y)], default=2 * Y)
    with pytest.raises(NotLipschitzError) as found:
        tm.conservative_jacobian(torn, {"x": 0, "y": 1})
    assert (found.value.jump.at, found.value.jump.limit) == (2, 1)
    assert found.value.jump.direction == (-1, 0)
    # Both branches are 0 here, but not at points nearby.
    with pytest.raises(NotAllowedError):
        tm.conservative_jacobian(torn, {"x": 0, "y": 0})


def test_a_gap_is_refused() -> None:
    with pytest.raises(NotAllowedError):
        tm.conservative_jacobian(piecewise([(less_equal(X, 0), X)]), [0])
    with pytest.raises(NotAllowedError):
        tm.conservative_jacobian(piecewise([(less(X, 0), X)]), [1])


# -- jumps -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("f", "at", "here", "limit"),
    [
        (floor(X), 1, 1, 0),
        (ceiling(X), 1, 1, 2),
        (floor(2 * X + abs(X)), 0, 0, -1),
        (sign(X), 0, 0, 1),
        (heaviside(X, at_zero=1), 0, 1, 0),
        (modulo(X, 3), 6, 0, 3),
        (indicator(less(X, 0)), 0, 0, 1),
        (indicator(less_equal(X, 0)), 0, 1, 0),
        (indicator(equal(X, 0)), 0, 1, 0),
        (indicator(negation(less(X, 0))), 0, 1, 0),
        (piecewise([(less(X, 0), 5)], default=X), 0, 0, 5),
    ],
)
def test_jumps_are_refused_with_both_sides(f: Expression, at: int, here: int, limit: int) -> None:
    with pytest.raises(NotLipschitzError) as found:
        tm.conservative_jacobian(f, [at])
    jump = found.value.jump
    assert (jump.at, jump.limit) == (here, limit)
    # The limit is what the function is near, on that side.
    step = [at + Fraction(1, 10**9) * jump.direction[0]]
    assert abs(tm.conservative_jacobian(f, step).exact_value[0] - limit) < Fraction(1, 10**6)


@pytest.mark.parametrize(
    "f",
    [floor(X), ceiling(3 * X), sign(X), modulo(constant(1), 3) + floor(X), indicator(less(X, 0))],
)
def test_off_their_jumps_steps_have_the_derivative_zero(f: Expression) -> None:
    assert tm.conservative_jacobian(f, ["1/2"]).row(0) == ((0,),)


def test_a_step_that_stays_on_one_side_does_not_jump() -> None:
    for f in (floor(abs(X)), ceiling(-abs(X)), heaviside(X**2, at_zero=1), floor(constant(2))):
        assert tm.conservative_jacobian(f, {"x": 0}).row(0) == ((0,),)
    with pytest.raises(NotAllowedError):
        tm.conservative_jacobian(ceiling(abs(X)), [0])


@pytest.mark.parametrize(
    ("f", "at", "slopes"),
    [
        (X * sign(X), 0, {1, -1}),
        (floor(X) + ceiling(-X), 1, {0}),
        (floor(X) * (X - 1), 1, {0, 1}),
        (floor(X) + minimum(4 * (X - floor(X)), 1), 1, {4, 0}),
        (modulo(X, 2) * (X - 2), 2, {0, 2}),
        (indicator(less(X, 0)) + indicator(less_equal(0, X)), 0, {0}),
    ],
)
def test_jumps_of_parts_may_cancel(f: Expression, at: int, slopes: set[int]) -> None:
    J = tm.conservative_jacobian(f, {"y": 0, "x": at})
    assert set(J.row(0)) == {(0, v) for v in slopes}


@given(st.integers(1, 3), st.integers(-2, 2), points(), points())
@settings(max_examples=40, deadline=None)
def test_mixed_integer_rounding_is_path_differentiable(
    a: int, b: int, start: Point, way: Point
) -> None:
    # Twice floor(f) + min(4 frac(f), 1) for f = a x + b y, plus floor(x) + min(2 frac(x), 1) + y.
    f = add(scale(X, a), scale(Y, b))
    both = Both(
        2 * (floor(f) + minimum(4 * (f - floor(f)), 1))
        + floor(X)
        + minimum(2 * (X - floor(X)), 1)
        + Y,
        lambda p: 2 * rounded(a * p[0] + b * p[1], 4) + rounded(p[0], 2) + p[1],
    )
    for at in (start, moved(start, way, GENERIC)):
        J = jacobian(both, at)
        assert J.exact_value == (both.call(at),)
        rate = (both.call(moved(at, way, TINY)) - both.call(at)) / TINY
        assert J.exact_support(way) >= rate >= -J.exact_support([-v for v in way])
    assert rates(J.row(0), way) == {rate_along(both.call, at, way)}


def rounded(f: Fraction, steep: int) -> Fraction:
    """Mixed-integer rounding."""
    return math.floor(f) + min(steep * (f - math.floor(f)), Fraction(1))


def test_a_dual_function_of_mixed_integer_roundings_on_its_kinks() -> None:
    p = tm.MixedIntegerProgram.from_arrays(
        [1, 2, 1],
        [[2, 3, -1], [1, -1, 1]],
        ["=", ">="],
        ["5/2", 1],
        integrality=[True, True, False],
    )
    F = tm.dual_function(p, method="mir")
    ways = [(Fraction(k), Fraction(m)) for k, m in ((1, 0), (0, 1), (1, 1), (2, -1), (-3, 5))]
    for at in (("5/2", 1), (2, 1), (3, 0), (6, 0), (0, 0)):
        J = tm.conservative_jacobian(F, at)
        here = tuple(Fraction(v) for v in at)
        assert J.exact_value == (F.exact(here),)
        for d in ways:
            rate = (F.exact(moved(here, d, TINY)) - F.exact(here)) / TINY
            assert J.exact_support(d) >= rate >= -J.exact_support([-v for v in d])


def test_of_several_coordinates_parts_that_jump_are_not_judged() -> None:
    with pytest.raises(NotAllowedError):
        tm.conservative_jacobian(minimum(floor(X), Y), {"x": 1, "y": -5})
    with pytest.raises(NotLipschitzError) as found:
        tm.conservative_jacobian(floor(X) - floor(X + Y), {"x": 1, "y": 0})
    jump = found.value.jump
    assert (jump.at, jump.limit, jump.direction) == (0, 1, (0, -1))


def test_zero_is_no_conservative_gradient_of_a_step() -> None:
    def zero_off_jumps(p: Point) -> tuple[Point, ...]:
        return tm.conservative_jacobian(ceiling(X), {"x": p[0]}).row(0)

    assert tm.path_law(lambda p: math.ceil(p[0]), zero_off_jumps, [["1/2"], ["3/2"]]) == 1


def test_a_chvatal_function_is_refused_on_its_jumps_only() -> None:
    p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [5])
    F = tm.dual_function(p, method="chvatal")
    with pytest.raises(NotLipschitzError):
        tm.conservative_jacobian(F, [5])
    assert tm.conservative_jacobian(F, ["9/2"]).row(0) == ((0,),)


@pytest.mark.parametrize(
    ("f", "at"),
    [
        (divide(1, X), 0),
        (log(X), 0),
        (log(X), -1),
        (square_root(X), 0),
        (square_root(X), -1),
        (square_root(abs(X)), 0),
        (unary("asin", X), 1),
        (unary("acos", X), -1),
        (unary("lambertw", X), -1),
        (power(X, -1), 0),
        (power(X, "-1/2"), 0),
        (real_power(X, Y), 0),
        (exp(exp(exp(exp(X + 9)))), 0),
        (floor(log(2) * exp(X) / log(2)), 0),
    ],
)
def test_what_has_no_value_or_no_proof_is_refused(f: Expression, at: int) -> None:
    with pytest.raises(NotAllowedError):
        tm.conservative_jacobian(f, {"x": at, "y": 1})


def test_an_infinite_slope_is_refused_with_its_direction() -> None:
    with pytest.raises(NotLipschitzError) as found:
        tm.conservative_jacobian(root(X - Y, 3), {"x": 1, "y": 1})
    assert found.value.normal == (1, -1)


def test_projections_have_no_rule() -> None:
    with pytest.raises(UnsupportedError):
        tm.conservative_jacobian(infimum(X + Y, "y"), {"x": 0})


# -- programs --------------------------------------------------------------------------------


def bent() -> tm.MixedIntegerProgram:
    """The value ``max(3 b, -b)``."""
    return tm.MixedIntegerProgram.from_arrays(
        [3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False], row_names=["b"]
    )


def bent_value(b: Fraction) -> Fraction:
    return max(3 * b, -b)


def test_a_program_is_its_conservative_gradient() -> None:
    p = bent()
    q = tm.ParametricProgram(p, rhs=[[1, -2]], names=("s", "t"))
    for b in (-1, 0, 1, "1/2"):
        assert tm.conservative_jacobian(p, [b]).row(0) == tm.conservative_gradient(p, at=[b]).flat
    for at in ((0, 0), (1, 1), (2, "3/2")):
        J = tm.conservative_jacobian(q, at)
        assert J.names == ("s", "t")
        assert J.row(0) == tm.conservative_gradient(q, at=at).flat


def test_value_functions_are_those_of_their_programs() -> None:
    p = bent()
    line = tm.value_function(p, along={"b": 2}, interval=(-1, 1))
    assert set(tm.conservative_jacobian(line, {"t": "-1/2"}).row(0)) == {(6,), (-2,)}
    box = tm.value_function(p, domain=tm.Box({"b": (-1, 1)}))
    assert set(tm.conservative_jacobian(box, {"b": 0}).row(0)) == {(3,), (-1,)}
    costs = tm.value_function(p, along_cost={0: 1}, interval=(-1, 1))
    assert tm.conservative_jacobian(costs, {"t": "-1/2"}).row(0) == ((1,),)
    q = tm.ParametricProgram(p, rhs=[[1, -2]], names=("s", "t"))
    moving = tm.value_function(q, along={"t": 1}, at=[1, 0], interval=(0, 1))
    assert set(tm.conservative_jacobian(moving, {"t": "1/2"}).row(0)) == {(2,), (-6,)}
    with pytest.raises(InvalidInputError):
        tm.conservative_jacobian(line, {"t": 2})


@given(points(), points(), st.integers(-2, 2))
@settings(max_examples=25, deadline=None)
def test_compositions_with_values_obey_the_chain_rule(start: Point, way: Point, k: int) -> None:
    inner = maximum(X, k * Y)
    v = value_of(bent(), {"b": inner})
    f = compose(maximum(variable("v"), X + 1), {"v": v}) + 2 * value_of(bent(), {"b": X + Y})

    def call(p: Point) -> Fraction:
        own = bent_value(max(p[0], k * p[1]))
        return max(own, p[0] + 1) + 2 * bent_value(p[0] + p[1])

    at = moved(start, way, GENERIC)
    J = tm.conservative_jacobian(f, dict(zip(NAMES, at, strict=True)))
    assert J.exact_value == (call(at),)
    assert rates(J.row(0), way) == {rate_along(call, at, way)}


def test_nested_compositions() -> None:
    once = value_of(bent(), {"b": X})
    twice = value_of(bent(), {"b": once - 1})
    assert twice.variables == ("x",)
    # max(3 x, -x) = 1 at 1/3: both bend.
    J = tm.conservative_jacobian(twice, {"x": "1/3"})
    assert set(J.row(0)) == {(9,), (-3,)}
    assert str(twice).count("is the optimal value") == 2
    again = pickle.loads(pickle.dumps(twice))
    assert tm.conservative_jacobian(again, {"x": "1/3"}).row(0) == J.row(0)
    sums = tm.conservative_jacobian([once + twice, once - once], {"x": "1/3"})
    assert set(sums.row(0)) == {(12,), (0,)}
    assert sums.row(1) == ((0,),)


def test_two_programs_of_one_name_are_told_apart() -> None:
    double = tm.MixedIntegerProgram.from_arrays(
        [2, 2], [[1, -1]], "=", [0], integrality=False, row_names=["b"]
    )
    f = value_of(bent(), {"b": X}) * value_of(double, {"b": X})
    assert tm.conservative_jacobian(f, {"x": 2}).exact_value == (24,)
    # At an integer b > 0 the gradient [-1, 3] of the first is larger than Clarke's {3}.
    assert set(tm.conservative_jacobian(f, {"x": 2}).row(0)) == {(24,), (8,)}
    assert tm.conservative_jacobian(f, {"x": "5/2"}).row(0) == ((30,),)


def test_a_value_that_jumps_is_refused_with_its_normal() -> None:
    p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1)
    with pytest.raises(NotLipschitzError) as found:
        tm.conservative_jacobian(value_of(p, {"R0": X + 1}), {"x": 0})
    assert found.value.jump is not None
    assert found.value.normal is not None


def test_solutions_are_differentiated_off_switches() -> None:
    p = tm.MixedIntegerProgram.from_arrays(
        [5, 1, 4],
        [[0, 1, 1], [-3, 1, 0]],
        [">=", "<="],
        [0, 0],
        upper=[1, "inf", "inf"],
        integrality=[True, False, False],
        col_names=["open", "make", "buy"],
    )
    q = tm.ParametricProgram(p, rhs=[[1], [0]], names=("t",))
    f = [solution_of(q, {"t": X**2}, name) for name in ("open", "make", "buy")]
    J = tm.conservative_jacobian(f, {"x": 2})
    assert J.exact_value == (1, 3, 1)
    assert J.exact_element == ((0,), (0,), (4,))
    with pytest.raises(SwitchError):
        tm.conservative_jacobian(solution_of(q, {"t": X}, "buy"), {"x": 3})
    with pytest.raises(InvalidInputError):
        solution_of(q, {"t": X}, "sell")


def test_irrational_arguments_of_a_value_are_refused() -> None:
    with pytest.raises(NotAllowedError):
        tm.conservative_jacobian(value_of(bent(), {"b": exp(X)}), {"x": 1})
    J = tm.conservative_jacobian(value_of(bent(), {"b": exp(X)}), {"x": 0})
    assert set(J.row(0)) == {(3,), (-1,)}


# -- reading ---------------------------------------------------------------------------------


def test_sympy_expressions_and_texts() -> None:
    s, t = sympy.Symbol("s", positive=True), sympy.Symbol("t")
    J = tm.conservative_jacobian(sympy.Max(sympy.log(s), t) * sympy.Abs(t), {t: 0, s: 1})
    assert J.names == ("t", "s")
    assert J.row(0) == ((0, 0),)
    pieces = sympy.Piecewise((t**2, t < 1), (2 * t - 1, True))
    assert tm.conservative_jacobian(pieces, {t: 1}).row(0) == ((2,),)
    assert set(tm.conservative_jacobian("Abs(a) + b", [0, 5]).row(0)) == {(1, 1), (-1, 1)}
    matrix = tm.conservative_jacobian(sympy.Matrix([s, t]), {s: 1, t: 1})
    assert matrix.exact_element == ((1, 0), (0, 1))


def test_columns_are_those_of_the_point() -> None:
    J = tm.conservative_jacobian(X, {"z": 1, "x": 2})
    assert J.names == ("z", "x")
    assert J.exact_element == ((0, 1),)
    assert tm.conservative_jacobian([Y, X], [5, 6]).exact_value == (6, 5)


@pytest.mark.parametrize(
    ("f", "at"),
    [
        (X, {}),
        (X, {"y": 1}),
        (X, [1, 2]),
        (X, 1),
        (X, {"x": math.nan}),
        (less(X, 0), [1]),
        ([], [1]),
        (lambda x: x, [1]),
        (sympy.Symbol("s"), {"t": 1}),
        (piecewise([(less(X, 0), Y)], default=X), {"x": 1}),
    ],
)
def test_what_cannot_be_read_is_refused(f: object, at: object) -> None:
    with pytest.raises(InvalidInputError):
        tm.conservative_jacobian(f, at)


def test_arguments_of_programs_have_to_fit() -> None:
    q = tm.ParametricProgram(bent(), rhs=[[1, -2]], names=("s", "t"))
    for program, arguments in ((q, {"s": X}), (bent(), {"nothing": X}), (bent(), {})):
        with pytest.raises(InvalidInputError):
            value_of(program, arguments)


def test_the_result_prints_and_pickles() -> None:
    J = tm.conservative_jacobian([abs(X), exp(Y)], {"x": 0, "y": 1})
    assert "2 generators" in repr(J)
    assert "at x = 0, y = 1" in str(J)
    again = pickle.loads(pickle.dumps(J))
    assert again.exact_generators == J.exact_generators
    assert J.shape == (2, 2)
    assert J.radius[0].max() == 0 < J.radius[1, 1] < 1e-60
    with pytest.raises(NotAllowedError):
        _ = J.exact_value
    with pytest.raises(InvalidInputError):
        J.contains([1, 2])

"""The implicit function theorem for sets: against all choices of rows, and its refusals."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction
from itertools import product

import pytest
import sympy
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.differentiation import ConservativeJacobian, SingularElementError, value_of
from tamemip.differentiation._calculus_sets import GeneratorSet
from tamemip.differentiation._cones import in_hull
from tamemip.differentiation._implicit_solving import System
from tamemip.errors import InvalidInputError, NotAllowedError, NotLipschitzError
from tamemip.tameness import (
    Expression,
    absolute,
    add,
    exp,
    maximum,
    minimum,
    scale,
    variable,
)

Row = tuple[Fraction, ...]
T, Z = variable("t"), variable("z")


def soft(of: Expression, by: Fraction) -> Expression:
    """Soft thresholding: the proximal map of a multiple of the absolute value."""
    return maximum(of - by, 0) + minimum(of + by, 0)


# -- the linear algebra, against all choices -------------------------------------------------


def systems() -> st.SearchStrategy[list[list[Row]]]:
    """Generators of two or three rows ``[A B]`` with one parameter."""
    entry = st.integers(-3, 3).map(Fraction)

    def of(m: int) -> st.SearchStrategy[list[list[Row]]]:
        row = st.tuples(*[entry] * (m + 1))
        return st.lists(st.lists(row, min_size=1, max_size=3, unique=True), min_size=m, max_size=m)

    return st.integers(1, 3).flatmap(of)


def system(rows: list[list[Row]], limit: int = 1000) -> System:
    m = len(rows)
    names = ("t", *(f"z{i}" for i in range(m)))
    return System(
        tuple(GeneratorSet.of(row) for row in rows), tuple(range(1, m + 1)), (0,), names, limit
    )


def block(rows: tuple[Row, ...]) -> sympy.Matrix:
    return sympy.Matrix([[sympy.Rational(str(v)) for v in row[1:]] for row in rows])


def solution(rows: tuple[Row, ...]) -> Row:
    right = sympy.Matrix([-sympy.Rational(str(row[0])) for row in rows])
    return tuple(Fraction(str(v)) for v in block(rows).LUsolve(right))


def has_one_sign(rows: list[list[Row]]) -> bool:
    return len({sympy.sign(block(chosen).det()) for chosen in product(*rows)} | {0}) == 2 and all(
        block(chosen).det() != 0 for chosen in product(*rows)
    )


@given(systems())
@settings(max_examples=60, deadline=None)
def test_it_is_refused_exactly_if_a_choice_changes_the_sign(rows: list[list[Row]]) -> None:
    if has_one_sign(rows):
        found = system(rows).solutions()
        brute = [solution(chosen) for chosen in product(*rows)]
        assert all(p in brute for p in found.points)
        assert all(in_hull(p, found.points) for p in brute)
        assert found.is_exact
        assert not found.is_outer
        return
    with pytest.raises(SingularElementError) as refusal:
        system(rows).solutions()
    element = refusal.value.element
    assert block(element).det() == 0
    assert all(in_hull(e, row) for e, row in zip(element, rows, strict=True))


@given(systems(), st.lists(st.integers(1, 5), min_size=9, max_size=9))
@settings(max_examples=60, deadline=None)
def test_all_elements_solve_inside_the_hull(rows: list[list[Row]], weights: list[int]) -> None:
    if not has_one_sign(rows):
        return
    chosen = []
    for i, row in enumerate(rows):
        own = weights[3 * i : 3 * i + len(row)]
        total = sum(own)
        chosen.append(
            tuple(
                sum((Fraction(w, total) * p[j] for w, p in zip(own, row, strict=True)), Fraction(0))
                for j in range(len(row[0]))
            )
        )
    assert in_hull(solution(tuple(chosen)), system(rows).solutions().points)


@given(systems())
@settings(max_examples=40, deadline=None)
def test_beyond_the_cap_a_box_holds_all_solutions(rows: list[list[Row]]) -> None:
    rows = [list(GeneratorSet.of(row).points) for row in rows]
    choices = math.prod(map(len, rows))
    if choices == 1 or not has_one_sign(rows):
        return
    # A tree with so many leaves has fewer inner nodes, so that the cap never stops it.
    found = system(rows, limit=choices - 1).solutions()
    assert found.is_outer
    for chosen in product(*rows):
        assert found.contains(solution(chosen))


def test_many_choices_are_decided_in_boxes() -> None:
    # 4^10 choices; dominant diagonals.
    one = Fraction(1)
    n = 10
    rows = []
    for i in range(n):
        points = []
        for a, b in product((-one, one), repeat=2):
            row = [Fraction(0)] * (n + 1)
            row[0] = a
            row[1 + i] = 4 * one
            row[1 + (i + 1) % n] = b
            points.append(tuple(row))
        rows.append(points)
    found = system(rows).solutions()
    assert found.is_outer
    # The bound |z| <= 1 / (4 - 1) is taken on by some choice.
    assert all(low <= -one / 3 and high >= one / 3 for low, high in found.ends())
    assert all(high <= 1 for _, high in found.ends())


def test_many_choices_with_a_singular_one_are_refused() -> None:
    one, zero = Fraction(1), Fraction(0)
    n = 12
    rows = []
    for i in range(n):
        unit = [zero] * (n + 1)
        unit[0] = unit[1 + i] = one
        rows.append([tuple(unit), tuple(-v for v in unit)])
    with pytest.raises(SingularElementError) as refusal:
        system(rows).solutions()
    assert block(refusal.value.element).det() == 0


# -- equations -------------------------------------------------------------------------------


def test_the_circle() -> None:
    J = tm.implicit_jacobian([Z**2 + T**2 - 1], ["z"], {"z": "4/5", "t": "3/5"})
    assert J.exact_element == ((Fraction(-3, 4),),)
    assert J.names == ("t",)
    assert J.exact_value == (Fraction(4, 5),)
    with pytest.raises(SingularElementError):
        tm.implicit_jacobian([Z**2 + T**2 - 1], ["z"], {"z": 0, "t": 1})


@pytest.mark.parametrize("t", [-2, -1, 0, 1, Fraction(3, 2)])
def test_proximal_steps_of_all_lengths_have_the_derivatives_of_their_fixed_point(t: object) -> None:
    # z minimizes (z - t)^2/2 + |z|.
    at = Fraction(str(t))
    z = max(at - 1, Fraction(0)) + min(at + 1, Fraction(0))
    slopes = {Fraction(abs(at) > 1), Fraction(abs(at) >= 1)}
    for step in (Fraction(1), Fraction(1, 2), Fraction(1, 3)):
        H = Z - soft(Z - step * (Z - T), step)
        J = tm.implicit_jacobian([H], ["z"], {"z": z, "t": at})
        assert {v for ((v,),) in J.exact_generators} == slopes


def test_the_lasso_fixed_point_has_its_known_derivative() -> None:
    # min (2 a^2 + 2 a b + 2 b^2)/2 - q a - r b + |a| + |b|, by a step of length 1/2.
    a, b, q, r = map(variable, "abqr")
    step_a = a - Fraction(1, 2) * (2 * a + b - q)
    step_b = b - Fraction(1, 2) * (a + 2 * b - r)

    H = [a - soft(step_a, Fraction(1, 2)), b - soft(step_b, Fraction(1, 2))]
    # a alone is active: 2 a = q - 1, and |r - a| < 1.
    J = tm.implicit_jacobian(H, ["a", "b"], {"a": 1, "b": 0, "q": 3, "r": 1})
    assert J.exact_element == ((Fraction(1, 2), 0), (0, 0))
    # r - a = 1: b is about to enter.
    J = tm.implicit_jacobian(H, ["a", "b"], {"a": 1, "b": 0, "q": 3, "r": 2})
    third = Fraction(1, 3)
    assert set(J.exact_generators) == {
        ((Fraction(1, 2), 0), (0, 0)),
        ((2 * third, -third), (-third, 2 * third)),
    }
    middle = (Fraction(7, 12), -third / 2), (-third / 2, third)
    assert J.contains(middle)
    # The rows move together.
    assert not J.contains(((Fraction(1, 2), 0), (-third, 2 * third)))


def kkt(b: Expression) -> list[Expression]:
    """The system of min x + 2 w subject to x + w = b, x >= 0, w >= 0."""
    x, w, y = map(variable, "xwy")
    return [x + w - b, minimum(x, 1 - y), minimum(w, 2 - y)]


def test_a_linear_program_is_differentiated_where_it_is_not_degenerate() -> None:
    at = {"x": 3, "w": 0, "y": 1, "t": 3}
    J = tm.implicit_jacobian(kkt(T), ["x", "w", "y"], at)
    assert J.exact_element == ((1,), (0,), (0,))


def test_a_degenerate_linear_program_is_refused_with_a_singular_element() -> None:
    at = {"x": 0, "w": 0, "y": 1, "t": 0}
    with pytest.raises(SingularElementError) as refusal:
        tm.implicit_jacobian(kkt(T), ["x", "w", "y"], at)
    element, names = refusal.value.element, refusal.value.names
    columns = [names.index(n) for n in "xwy"]
    matrix = sympy.Matrix([[sympy.Rational(str(row[j])) for j in columns] for row in element])
    assert matrix.det() == 0
    J = tm.conservative_jacobian(kkt(T), at)
    assert J.contains(element)
    again = pickle.loads(pickle.dumps(refusal.value))
    assert again.element == element


def test_a_rational_element_between_two_signs_is_found() -> None:
    with pytest.raises(SingularElementError) as refusal:
        tm.implicit_jacobian([T + maximum(2 * Z, -Z)], ["z"], {"z": 0, "t": 0})
    assert refusal.value.element == ((1, 0),) or refusal.value.element == ((0, 1),)
    assert refusal.value.element[0][refusal.value.names.index("z")] == 0


def test_a_chvatal_function_in_the_equations_is_refused_on_a_jump() -> None:
    p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [5], row_names=["t"])
    F = tm.certify(tm.dual_function(p, method="chvatal")).expressions[0]
    assert tm.dual_function(p, method="chvatal").exact([5]) == 3
    with pytest.raises(NotLipschitzError):
        tm.implicit_jacobian([Z - F], ["z"], {"z": 3, "t": 5})
    # Between its jumps it is constant.
    J = tm.implicit_jacobian([Z - F], ["z"], {"z": 3, "t": "9/2"})
    assert J.exact_element == ((0,),)


def test_values_of_programs_in_the_equations() -> None:
    p = tm.MixedIntegerProgram.from_arrays(
        [3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False], row_names=["b"]
    )
    # z + v(z - t) / 6 = t, with v(b) = max(3 b, -b) at 0: B = 1 + {3, -1}/6, A = -B's slope - 1.
    H = (value_of(p, {"b": Z - T}) / 6) + Z - T
    J = tm.implicit_jacobian([H], ["z"], {"z": 0, "t": 0})
    assert J.exact_generators == (((1,),),)
    half = (value_of(p, {"b": Z - T}) / 2) + Z
    J = tm.implicit_jacobian([half], ["z"], {"z": 0, "t": 0})
    assert set(J.exact_generators) == {((Fraction(3, 5),),), ((-1,),)}


def test_irrational_blocks_are_enclosed() -> None:
    J = tm.implicit_jacobian([Z * exp(T) + T - 1], ["z"], {"z": 0, "t": 1})
    assert not J.is_exact
    assert not J.is_outer
    assert math.isclose(J.element[0, 0], -math.exp(-1))
    assert 0 < J.radius[0, 0] < 1e-60


def test_only_some_parameters() -> None:
    s = variable("s")
    J = tm.implicit_jacobian([Z - 2 * T + s], ["z"], {"s": 2, "t": 1, "z": 0}, wrt=["t"])
    assert J.names == ("t",)
    assert J.exact_element == ((2,),)
    both = tm.implicit_jacobian([Z - 2 * T + s], ["z"], {"s": 2, "t": 1, "z": 0})
    assert both.exact_element == ((-1, 2),)


@given(st.integers(-4, 4), st.integers(-4, 4))
@settings(max_examples=30, deadline=None)
def test_the_derivative_of_a_known_solution_follows_lines(start: int, way: int) -> None:
    # z + |z|/2 = t + min(t, 1): z is a function that is known, piece by piece.
    def solved(t: Fraction) -> Fraction:
        right = t + min(t, 1)
        return right * Fraction(2, 3) if right > 0 else 2 * right

    H = add(Z, scale(absolute(Z), Fraction(1, 2)), -T, -minimum(T, 1))
    at = start + way * Fraction(523, 1009)
    tiny = Fraction(1, 10**9)
    rate = (solved(at + way * tiny) - solved(at)) / tiny
    J = tm.implicit_jacobian([H], ["z"], {"z": solved(at), "t": at})
    slopes = {v for ((v,),) in J.exact_generators}
    assert J.exact_support([way]) >= rate >= -J.exact_support([-way])
    if at != start:
        assert {v * way for v in slopes} == {rate}


# -- input -----------------------------------------------------------------------------------


def test_a_point_that_is_no_solution_is_refused() -> None:
    with pytest.raises(NotAllowedError):
        tm.implicit_jacobian([Z - T], ["z"], {"z": 1, "t": 0})
    with pytest.raises(NotAllowedError):
        tm.implicit_jacobian([exp(Z) - exp(T) * exp(-T)], ["z"], {"z": 0, "t": 1})


@pytest.mark.parametrize(
    ("H", "unknowns", "at"),
    [
        ([Z - T], "z", {"z": 0, "t": 0}),
        ([Z - T], ["z", "t"], {"z": 0, "t": 0}),
        ([Z - T], ["w"], {"z": 0, "t": 0}),
        ([Z], ["z"], {"z": 0}),
        ([Z - T], ["z"], {"z": 0}),
        ([Z - T, Z + T], ["z", "z"], {"z": 0, "t": 0}),
    ],
)
def test_what_does_not_fit_is_refused(
    H: list[Expression], unknowns: list[str], at: dict[str, int]
) -> None:
    with pytest.raises(InvalidInputError):
        tm.implicit_jacobian(H, unknowns, at)


def test_sympy_equations() -> None:
    z, t = sympy.symbols("z t")
    J = tm.implicit_jacobian([z - sympy.Max(t, 2 * t)], [z], {z: 0, t: 0})
    assert isinstance(J, ConservativeJacobian)
    assert set(J.exact_generators) == {((1,),), ((2,),)}

"""A term as a program: its optimal value is the value of the term, everywhere.

The solver is asked in floats, so that values are compared up to its accuracy; arguments
are small, and values have small denominators, which keeps different values apart.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given, settings

from tamemip.errors import UnsupportedError
from tamemip.functions import (
    Guarded,
    Minimum,
    ceil,
    combination,
    coordinates,
    generator,
    group_table,
    guarded,
    maximum,
    minimum,
    threshold,
    to_program,
    topological,
    view,
)
from tamemip.solvers import Status, solve
from tests.brute_force import ValueOracle
from tests.functions.random_terms import small_arguments, terms

SOLVER_ACCURACY = 1e-6
B1, B2 = combination({0: 1}), combination({1: 1})


def _assert_same(program, value):
    if value == -math.inf:
        # Feasible, with rational data and an unbounded relaxation, it is unbounded (Meyer 1974).
        assert solve(program.with_cost([0] * program.n_cols)).status is Status.OPTIMAL
        assert solve(program.relax()).status is Status.UNBOUNDED
        return
    claim = solve(program)
    if isinstance(value, Fraction):
        assert claim.value == pytest.approx(float(value), abs=SOLVER_ACCURACY, rel=SOLVER_ACCURACY)
    else:
        assert claim.value == value


@pytest.mark.parametrize("kinds", ["c", "crx", "ct", "rxga", "nxa", "crxnga", "crxngta"])
def test_the_value_function_of_the_program_is_the_term(kinds):
    seen = []

    @given(terms(kinds), small_arguments(2))
    @settings(max_examples=25, deadline=None)
    def round_trip(node, d):
        f = view(node, 2)
        value = f.exact(d)
        try:
            q = f.to_program()
        except UnsupportedError:
            # Refused are parts that may be -inf inside of a minimum, in sums or under roundings.
            parts = topological(node)
            assert any(isinstance(part, Minimum) for part in parts)
            assert any(isinstance(part, Guarded) and part.of is None for part in parts)
            return
        _assert_same(q.at(d), value)
        seen.append(isinstance(value, Fraction))

    round_trip()
    assert any(seen)


@given(terms("crx", size=2), small_arguments(2))
@settings(max_examples=40, deadline=None)
def test_small_programs_have_exactly_the_value_by_enumeration(node, d):
    # No solver: continuous columns are eliminated, integers tried around what they should be.
    f = view(node, 2)
    program = f.to_program().at(d)
    if sum(program.exact.integer) > 3:
        return
    reach = 2 + math.ceil(max(abs(v) for v in (*d, f.exact(d)))) * 2
    exact = program.exact
    sides = [
        tuple(side if flag else own for own, flag in zip(bounds, exact.integer, strict=True))
        for bounds, side in ((exact.lower, Fraction(-reach)), (exact.upper, Fraction(reach)))
    ]
    boxed = replace(program, exact=replace(exact, lower=sides[0], upper=sides[1]))
    value = ValueOracle(boxed)(boxed.exact.rhs)
    assert value >= f.exact(d)
    if reach > 40 or not any(exact.integer):
        return
    assert value == f.exact(d)


def test_a_chvatal_function_is_a_pure_integer_program():
    b1, b2 = coordinates(2, symbols=["x", "y"])
    f = (b1 / 2).ceil() + ((b1 / 3).ceil() * 2 + b2.ceil() / 3).ceil()
    q = f.to_program()
    assert all(q.program.integrality)
    assert q.slots == ("rhs",)
    assert q.names == ("x", "y")
    for x, y in itertools.product([-2, "1/2", 3], ["-7/2", 0, 5]):
        _assert_same(q.at([x, y]), f.exact([x, y]))


def test_a_minimum_over_leaves_needs_no_large_constant():
    # T1: the leaves of a branching tree are far apart far away, and no constant bounds them.
    (b,) = coordinates(1, symbols=["b"])
    f = (b * 2 - "9/2").minimum(b * -1 + 6, b / 2 + "3/4")
    q = f.to_program()
    assert not any(q.program.integrality)  # nothing is rounded: a linear program for every b
    for d in (-(10**6), -3, 0, "7/2", 4, 10**6):
        _assert_same(q.at([d]), f.exact([d]))


def test_leaves_with_roundings_guards_and_no_bound():
    leaves = [
        guarded(maximum([B1, ceil(B2)]), [combination({0: 1}, constant=-2)]),
        guarded(None, [combination({1: -1}, constant=3)]),  # -inf where b2 >= 3
        guarded(combination({0: -1}, constant=5), [ceil(combination({1: 1}, constant=-1))]),
    ]
    f = view(minimum(leaves), 2)
    q = f.to_program()
    values = {}
    for d in itertools.product(map(Fraction, [-1, "1/2", 2, "5/2", 4]), repeat=2):
        values[d] = f.exact(d)
        _assert_same(q.at(d), values[d])
    assert {math.inf, -math.inf} <= set(values.values())


def test_maximization_and_offset():
    (b,) = coordinates(1)
    f = (b / 2).ceil()
    q = to_program(f.node, f.symbols, sense="max", offset=Fraction(10), name="profit")
    assert (q.program.sense, q.program.name) == ("max", "profit")
    _assert_same(q.at([3]), Fraction(8))
    _assert_same(to_program(B1, ["b"], sense="max", offset=Fraction(1, 2)).at([3]), Fraction(-5, 2))


def test_tables_are_integer_programs():
    half = Fraction(1, 2)
    group = group_table([B1], [half], [(1,)], [6], [((2,), Fraction(3)), ((5,), Fraction(2))])
    packing = generator([B1], [Fraction(3)], [(-1,)], [((2,), Fraction(5)), ((3,), Fraction(8))])
    for node in (group, packing, combination({0: 1}, [(2, group)]), maximum([group, packing])):
        f = view(node, 1)
        q = f.to_program()
        for d in (-1, 0, 1, 2, 5, 7, 12, "1/2"):
            _assert_same(q.at([d]), f.exact([d]))


def test_tables_with_rounded_inputs_need_to_rise():
    steps = [((1,), Fraction(1)), ((2,), Fraction(0))]  # one step down is free, as in rows >=
    rises = group_table([ceil(B1)], [Fraction(0)], [(1,)], [3], steps)
    f = view(rises, 1)
    assert f.is_subadditive
    for d in ("-1/2", 0, "1/3", "5/2", 7):
        _assert_same(f.to_program().at([d]), f.exact([d]))
    falls = view(group_table([ceil(B1)], [Fraction(-1)], [(1,)], [3], [((1,), Fraction(1))]), 1)
    assert not falls.is_subadditive
    with pytest.raises(UnsupportedError):
        falls.to_program()


def test_negative_weights_on_roundings_are_refused():
    floor = view(combination((), [(-1, ceil(combination({0: -1})))]), 1)
    with pytest.raises(UnsupportedError, match="lower semicontinuous"):
        floor.to_program()


def test_thresholds_under_roundings():
    inner = threshold(combination({0: 1, 1: 1}, [(1, ceil(combination({1: 1})))]), Fraction(1), 1)
    f = view(
        combination((), [(1, inner), (2, ceil(combination((), [(Fraction(1, 2), inner)])))]), 1
    )
    assert f.is_subadditive
    for d in (-3, 0, "1/2", 2, 5):
        _assert_same(f.to_program().at([d]), f.exact([d]))


def test_functions_without_columns_have_programs_too():
    _assert_same(view(combination(constant=3), 1).to_program().at([7]), Fraction(3))
    _assert_same(view(combination(), 2).to_program().at([7, 1]), Fraction(0))
    _assert_same(view(guarded(B1, [combination(constant=1)]), 1).to_program().at([0]), math.inf)

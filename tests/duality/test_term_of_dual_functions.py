"""Dual functions as terms: in the canonical rows, in the user's rows, as a program."""

import math
from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tests.duality.laws import calm, sign_of
from tests.programs_at_random import any_programs, right_hand_sides

SHORT = tm.Limits(nodes=30)


def points_for(draw, p, count=4):
    return [draw(right_hand_sides(p)) for _ in range(count)]


@given(st.data())
@calm(60)
def test_the_term_of_a_tree_is_the_function_up_to_sign_and_offset(data):
    p = data.draw(any_programs)
    F = tm.dual_function(p, method="branch-and-bound", limits=SHORT)
    for b in points_for(data.draw, p):
        value = F.term.exact(F.canonical(b))
        expected = sign_of(F) * value
        assert F.exact(b) == (expected if math.isinf(value) else expected + F.offset)
        assert F.in_rows.exact(b) == F.exact(b)


@given(st.data())
@calm(25)
def test_the_program_of_a_dual_function_has_it_as_value_function(data):
    p = data.draw(any_programs)
    method = data.draw(st.sampled_from(["branch-and-bound", "linear"]))
    F = tm.dual_function(p, method=method, limits=SHORT)
    if p.n_rows == 0 or F.n_leaves > 20 or math.isinf(F.value):
        return
    q = F.to_program()
    assert q.program.sense == p.sense
    claim = tm.solve(q.at(p.exact.rhs))
    assert claim.value == pytest.approx(float(F.value), abs=1e-6, rel=1e-6)


@pytest.mark.parametrize("sense", ["min", "max"])
def test_sympy_and_latex_speak_of_the_rows_of_the_user(sense):
    sign = 1 if sense == "min" else -1
    p = tm.MixedIntegerProgram.from_arrays(
        [sign * 2, sign * 3], [[3, 5]], [">="], [24], lower=1, upper=10, sense=sense,
        row_names=["demand"], offset=Fraction(1, 2),
    )  # fmt: skip
    F = tm.dual_function(p, method="branch-and-bound")
    (symbol,) = F.to_sympy().free_symbols
    assert symbol.name == "demand"
    for d in range(0, 40):
        value = F.to_sympy().subs(symbol, d)
        assert F.exact([d]) == (Fraction(int(value.p), int(value.q)) if value.is_finite else value)
    assert "demand" in F.to_latex()
    assert sympy.sympify(F.to_sympy()) == F.to_sympy()

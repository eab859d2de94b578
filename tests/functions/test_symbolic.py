"""Terms as text, LaTeX and SymPy expressions."""

from __future__ import annotations

from fractions import Fraction

import pytest
import sympy
from hypothesis import given, settings

from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.functions import (
    AffineFunction,
    Leaf,
    LeafMinimum,
    Sum,
    ceil,
    combination,
    coordinates,
    guarded,
    minimum,
    term_of_leaves,
    threshold,
    view,
)
from tests.functions.random_terms import arguments, small_arguments, terms

B1, B2 = combination({0: 1}), combination({1: 1})


def _rational(value):
    return sympy.Rational(value.numerator, value.denominator)


def _value(expression):
    if expression in (sympy.oo, -sympy.oo):
        return float(expression)
    assert expression.is_Rational
    return Fraction(int(expression.p), int(expression.q))


@given(terms("crxnas", size=4), small_arguments(2))
@settings(max_examples=25, deadline=None)
def test_sympy_expressions_have_the_exact_values(node, d):
    f = view(node, 2)
    x, y = sympy.symbols("x y", real=True)
    expression = f.to_sympy([x, y])
    assert _value(expression.subs({x: _rational(d[0]), y: _rational(d[1])})) == f.exact(d)


@given(terms("crxnas", size=5), small_arguments(2))
@settings(max_examples=20, deadline=None)
def test_sympy_definitions_have_the_exact_values(node, d):
    f = view(node, 2)
    definitions, expression = f.to_sympy_definitions()
    b1, b2 = sympy.symbols("b1 b2", real=True)
    known = {b1: _rational(d[0]), b2: _rational(d[1])}
    for name, definition in definitions:
        known[name] = definition.subs(known)
    assert _value(expression.subs(known)) == f.exact(d)


def test_guards_become_piecewise_expressions():
    f = view(guarded(B1, [B2]), 2)
    b1, b2 = sympy.symbols("b1 b2", real=True)
    assert f.to_sympy().subs({b1: 3, b2: 1}) == sympy.oo
    assert f.to_sympy().subs({b1: 3, b2: 0}) == 3


def test_what_sympy_cannot_say_is_refused():
    inner = combination({0: 1, 1: 1}, [(1, ceil(combination({1: 1})))])
    f = view(threshold(inner, Fraction(1), 1), 1)
    with pytest.raises(UnsupportedError):
        f.to_sympy()
    node = B1
    for _ in range(150):
        node = ceil(combination({1: 1}, [(Fraction(1, 2), node)]))
    with pytest.raises(NotAllowedError, match="to_sympy_definitions"):
        view(node, 2).to_sympy()
    assert len(view(node, 2).to_sympy_definitions()[0]) == 149
    with pytest.raises(InvalidInputError):
        view(B1, 1).to_sympy(["x", "y"])


def test_names_of_parts_are_not_those_of_rows():
    f1, t = coordinates(2, symbols=["f1", "t"])
    f = ((f1 / 2).ceil() + t).ceil() / 3 + (f1 / 2).ceil() / 5
    definitions, expression = f.to_sympy_definitions()
    names = [name.name for name, _ in definitions]
    assert names == ["f2", "f3"]
    known = dict(zip(sympy.symbols("f1 t", real=True), [3, sympy.Rational(1, 2)], strict=True))
    for name, definition in definitions:
        known[name] = definition.subs(known)
    assert _value(expression.subs(known)) == f.exact([3, Fraction(1, 2)])


# -- text ------------------------------------------------------------------------------------


def _negative(f):
    return view(combination((), [(-1, f.node)]), f.n_rows, symbols=f.symbols)


def test_formulas_read_as_one_writes_them():
    b1, b2 = coordinates(2)
    shown = {
        b1 * "2/3" - b2: "2b1/3 - b2",
        (b1 * "3/2" + b2).ceil() * "2/3": "2⌈3b1/2 + b2⌉/3",
        ((b1 + b2).ceil() + b1) * "2/3": "2(b1 + ⌈b1 + b2⌉)/3",
        (b1 * "-1/2").ceil(): "-⌊b1/2⌋",
        _negative(b1.minimum(b2 * 2 - 1)): "max(-b1, -2b2 + 1)",
        _negative(b1.maximum(b2 * -1).ceil()): "⌊min(-b1, b2)⌋",
        b1.mixed_integer_rounding("1/3", minus=b2): "G[1/3](b1 - b2) + 3b2",
        view(guarded(B1, [B2, ceil(B1)]), 2): "(b1 if b2 ≤ 0 and ⌈b1⌉ ≤ 0, else ∞)",
        view(guarded(None, [B1]), 2): "(-∞ if b1 ≤ 0, else ∞)",
        _negative(view(guarded(B1, [B2]), 2)): "(-b1 if b2 ≤ 0, else -∞)",
        b1 * 0: "0",
        b1 - "1/2": "b1 - 1/2",
        view(combination(constant=-3), 2): "-3",
    }
    for f, text in shown.items():
        assert repr(f) == f"{type(f).__name__}({text!r})"


def test_thresholds_show_their_variable():
    inner = combination({0: 1, 2: Fraction(1, 2)}, [(1, ceil(combination({1: 1, 2: 1})))])
    f = view(threshold(inner, Fraction(1, 2), 2), 2)
    assert repr(f) == "SubadditiveFunction('min{t ∈ (1/2)ℤ : b1 - t/2 + ⌈b2 - t⌉ ≤ 0}')"


def test_conditions_without_plus_signs_turn():
    f = view(guarded(B1, [combination({1: -2}, constant=1), ceil(combination({0: -1}))]), 2)
    assert repr(f) == "PriceFunction('(b1 if 2b2 - 1 ≥ 0 and ⌊b1⌋ ≥ 0, else ∞)')"
    assert r"2 b_{2} - 1 \ge 0" in f.to_latex()


def test_words_as_symbols_stand_apart():
    demand, cap = coordinates(2, symbols=["demand", "R_2 x"])
    assert repr(demand * 2 / 3 + cap.ceil() * 2) == "ChvatalFunction('2·demand/3 + 2⌈R_2 x⌉')"
    assert r"\text{R}\_\text{2 x}" in (demand + cap).to_latex()


def test_latex_of_a_gomory_function():
    (b,) = coordinates(1, symbols=["b"])
    v = (b.ceil() * "3/5").ceil().maximum((b / 5).ceil() * 2)
    assert v.to_latex() == (
        r"\max\left\{ \left\lceil \tfrac{3}{5} \left\lceil b \right\rceil \right\rceil,\; "
        r"2 \left\lceil \tfrac{1}{5} b \right\rceil \right\}"
    )
    assert v._repr_latex_() == rf"$\displaystyle {v.to_latex()}$"


@given(terms("crxngtas", size=12))
@settings(max_examples=100, deadline=None)
def test_brackets_and_environments_are_balanced(node):
    text = view(node, 2).to_latex()
    assert text.count("{") == text.count("}")
    assert text.count(r"\left") - text.count(r"\left\l") >= 0
    for opening, closing in ((r"\left\lceil", r"\right\rceil"), (r"\begin", r"\end")):
        assert text.count(opening) == text.count(closing)
    assert text.replace(r"\leftarrow", "").count(r"\left") == text.count(r"\right")


def test_shared_parts_are_named_once():
    part = ceil(combination({0: Fraction(1, 7), 1: Fraction(2, 9)}))  # long enough for a name
    part = ceil(combination({0: Fraction(3, 11)}, [(Fraction(5, 7), part)]))
    f = view(minimum([combination({0: 1}, [(2, part)]), combination({1: 1}, [(3, part)])]), 2)
    lines = f.to_latex().splitlines()
    assert lines[0] == r"\begin{aligned}"
    assert lines[1].startswith("f_{1} &= ")
    assert lines[2] == r"F(b_{1}, b_{2}) &= \min\left\{ b_{1} + 2 f_{1},\; b_{2} + 3 f_{1} \right\}"
    assert "f1 = " in str(f)
    assert len(str(f).splitlines()) == 3


# -- leaves ----------------------------------------------------------------------------------


def _line(weight, constant):
    return AffineFunction(((0, Fraction(weight)), (1, Fraction(-1, 2))), Fraction(constant))


@given(arguments(2))
@settings(max_examples=60, deadline=None)
def test_a_minimum_over_leaves_is_a_term(d):
    block = LeafMinimum((Leaf((_line(1, 2), _line(-1, 0)), ()), Leaf((), (_line(0, -3),))), 2)
    total = Sum(_line(2, -1), (block, block))
    whole = LeafMinimum(
        (Leaf((_line(3, 1),), (), (total,)), Leaf((_line("1/3", 7),), (_line(1, -20),))),
        2,
        Fraction(1, 2),
    )
    assert view(term_of_leaves(whole), 2).exact(d) == whole.exact(d)

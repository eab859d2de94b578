"""Adversaries: texts, objects and domains that are no function on a box."""

from __future__ import annotations

import pytest
import sympy as sp

import tamemip as tm
from tamemip.errors import InvalidInputError, UnsupportedError

x, y = sp.symbols("x y")

TEXTS = [
    ("__import__('os')", "__import__"),
    ("__import__('os').system('false')", "__import__"),
    ("eval('1')", "eval"),
    ("open('/etc/passwd')", "open"),
    ("x.__class__", "place 1"),
    ("().__class__.__bases__", "place 1"),
    ("lambda x: x", "place 7"),
    ("[x for x in (1,)]", "place 0"),
    ("x if x else x", "operator is missing"),
    ("x; import os", "place 1"),
    ("x := 3", "place 2"),
    ("x = 3", "=="),
    ("x >= 0", "condition"),
    ("x²", "no name; a power"),
    ("½*x", "no name; a power"),
    ("√x", "√x"),
    ("x×2", "×2"),
    ("x−1", "−1"),
    ("⌊x⌋", "⌊x⌋"),
    ("∞", "∞"),
    ("x\u200b+1", "place 1"),
    ("floor", "floor is a function"),
    ("exp + 1", "exp is a function"),
    ("Piecewise", "Piecewise is a function"),
    ("infimum", "infimum is a function"),
    ("floor x", "floor is a function"),
    ("Floor(x)", "'Floor' is no function"),
    ("floor(x,y)", "takes 1 arguments, not 2"),
    ("x % 0", "the modulus is 0"),
    ("Mod(x, 0)", "the modulus is 0"),
    ("x // 0", "divides by 0"),
    ("1/(2-2)", "divides by 0"),
    ("log(x, 1)", "divides by 0"),
    ("log(0)", "no real number"),
    ("log(-1)*x", "no real number"),
    ("asin(2)", "no real number"),
    ("acos(-3/2)", "no real number"),
    ("LambertW(-1)", "no real number"),
    ("sqrt(-1)", "is not real"),
    ("(-8)**(1/3)", "real_root"),
    ("nan", "no number"),
    ("x*oo", "infinite"),
    ("x*I", "complex"),
    ("1_000", "place 1"),
    ("0x10", "place 1"),
    ("1..2", "place 2"),
    ("9**9**9**9", "too long a number"),
    ("|x|", "place 0"),
    ("sin^2(x)", "sin is a function"),
    ("(x+1)(x-1)", "written with"),
    ("Piecewise((x>0, x))", "pairs"),
    ("Max()", "expected before"),
    ("infimum(x*y, y) + y", "another name"),
    ("x" * 5_000, "200 characters"),
    ("(" * 5_000, "missing at the end"),
]


@pytest.mark.parametrize(("text", "told"), TEXTS, ids=lambda t: ascii(t)[:40])
def test_a_text_that_is_no_function_is_refused_and_the_reason_named(text, told):
    with pytest.raises(InvalidInputError) as caught:
        tm.certify(text)
    assert told in str(caught.value)
    assert len(str(caught.value)) < 400


def test_words_of_functions_and_constants_are_variables_where_the_domain_names_them():
    verdict = tm.certify("floor + pi + π", "floor in [0, 1], pi in R, π in R")
    assert verdict.domain.names == ("floor", "pi", "π")


def test_the_greek_letter_is_the_number():
    assert tm.certify("floor(π*x) - floor(pi*x)").pieces == 1


DOMAINS = [
    ("x in (1, 1)", "empty"),
    ("x in [1, 0]", "lesser end first"),
    ("x in [inf, inf]", "no numbers"),
    ("x in [nan, 1]", "'nan'"),
    ("x in [0, 1/0]", "'1/0'"),
    ("x in [0, 1", "cannot read the domain"),
    ("x in [0, sqrt(2)]", "rational ends"),
    ("x in [0, 1] y in [0, 1]", "a comma is expected"),
    ("x in [0, 1] or x in [2, 3]", "each variable has one"),
    ("x in [0, 1], x in [2, 3]", "twice"),
    ("x in {0, 1}", "cannot read the domain"),
    ("x in Z", "x in R"),
    ("x in ]0, 1[", "cannot read the domain"),
    ("x in [__import__('os'), 1]", "cannot read the domain"),
    ("0 <= x <= 1", "cannot read the domain"),
    ("y in [0, 1]", "'x' is undefined"),
    ("", "speaks of no variable."),
    ({}, "'x' is undefined"),
    ({1: (0, 1)}, "'x' is undefined"),
    ({x: (0, 1), "x": (2, 3)}, "twice"),
    ({x: (0, 1), sp.Symbol("x", real=True): (2, 3)}, "twice"),
    ({x: sp.FiniteSet(0, 1)}, "Only boxes"),
    ({x: sp.Union(sp.Interval(0, 1), sp.Interval(2, 3))}, "Only boxes"),
    ({x: sp.S.Integers}, "Only boxes"),
    ({x: sp.Range(0, 5)}, "Only boxes"),
    ({x: sp.S.EmptySet}, "Only boxes"),
    ({x: sp.ConditionSet(x, x > 0, sp.S.Reals)}, "Only boxes"),
    (sp.Interval(0, 1), "which variable"),
    (sp.Interval(0, 1) ** 2, "which variable"),
    (x > 0, "which variable"),
    ([(0, 1)], "which variable"),
    ({x: (0, 1, 2)}, "a pair"),
    ({x: None}, "a pair"),
    ({x: "01"}, "a pair"),
    ({x: (None, 1)}, "an end of the interval"),
    ({x: (1 + 2j, 3)}, "an end of the interval"),
    ({x: (sp.oo, 0)}, "no numbers"),
    ({x: (sp.I, 0)}, "'I'"),
    ({x: (sp.pi, 4)}, "'pi'"),
]


@pytest.mark.parametrize(("domain", "told"), DOMAINS, ids=lambda d: str(d)[:40])
def test_what_is_no_box_is_refused_and_the_reason_named(domain, told):
    with pytest.raises(InvalidInputError) as caught:
        tm.certify(x, domain)
    assert told in str(caught.value)


OBJECTS = [
    (sp.Symbol("x", noninteger=True), "noninteger"),
    (sp.Symbol("x", transcendental=True), "declared"),
    (sp.Abs(sp.Symbol("x", extended_positive=True)), "positive"),
    (sp.Symbol("x", extended_nonnegative=True), "nonnegative"),
    (sp.Symbol("x", extended_nonzero=True), "nonzero"),
    (sp.Symbol("x", zero=True), "declared"),
    (sp.Symbol("x", commutative=False), "complex"),
    (sp.Symbol("x", infinite=True), "complex"),
    (sp.oo * x, "no real number"),
    (sp.Max(x, sp.oo), "no real number"),
    (sp.zoo, "no real number"),
    (sp.Piecewise((x, x > 0), (sp.nan, True)), "no number"),
    (sp.exp(sp.I * x), "complex"),
    (sp.log(-2) * x, "complex"),
    ((-1) ** x, "not real"),
    (sp.Mod(x, 0, evaluate=False), "modulus is 0"),
    (sp.Matrix([]), "no function"),
    (sp.Tuple(), "no function"),
    (sp.Ge(x, 0), "condition"),
]


@pytest.mark.parametrize(("function", "told"), OBJECTS, ids=lambda f: str(f)[:40])
def test_an_object_that_is_no_real_function_is_refused_and_the_reason_named(function, told):
    with pytest.raises(InvalidInputError) as caught:
        tm.certify(function, "x in [-1, 1]")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    "function",
    [sp.gamma(x), sp.factorial(x), sp.DiracDelta(x), sp.EulerGamma * x, sp.Sum(x, (y, 0, 3)),
     sp.MatrixSymbol("A", 2, 2)[0, 0], sp.IndexedBase("a")[0], sp.Poly(x**2)],
    ids=str,
)  # fmt: skip
def test_what_has_no_rule_is_unsupported(function):
    with pytest.raises(UnsupportedError, match=r"no rule|\.doit\(\)"):
        tm.certify(function)

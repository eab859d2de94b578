"""Verdicts on SymPy objects: remembered cases, and what is refused."""

from __future__ import annotations

import pickle

import pytest
import sympy as sp

import tamemip as tm
from tamemip.errors import InvalidInputError, UnsupportedError

x, y, a = sp.symbols("x y a")
S = tm.Structure

CERTIFIED = [
    ("T16: 11 steps", sp.ceiling(x), "x in [0, 10]", S.SEMILINEAR),
    ("T16: away from 0", sp.ceiling(1 / a), "a in [1/8, 1]", S.SEMILINEAR),
    ("the issue's", "floor(3*x) + abs(y)", "x in [0, 1], y in (0, inf)", S.SEMILINEAR),
    ("floors cancel at once", sp.floor(x) - sp.floor(x), "x in R", S.SEMILINEAR),
    ("floors cancel", sp.Add(sp.floor(x), -sp.floor(x), evaluate=False), None, S.SEMILINEAR),
    ("typed floors cancel", "floor(x + 1) - floor(x)", None, S.SEMILINEAR),
    ("0 times a floor", sp.Mul(0, sp.floor(x), evaluate=False), None, S.SEMILINEAR),
    ("0 times floor(1/x)", "0*floor(1/x)", "x in (0, 1]", S.SEMILINEAR),
    ("nested Mod", "Mod(Mod(x, 3), 2)", "x in [0, 100]", S.SEMILINEAR),
    ("nested Mod of SymPy", sp.Mod(sp.Mod(x, 3), 2), {x: (0, 100)}, S.SEMILINEAR),
    ("vanishes at the border", 1 / (x * (1 - x)), "x in (0, 1)", S.SEMIALGEBRAIC),
    (
        "a branch that is never taken",
        sp.Piecewise((sp.floor(1 / x), x < 0), (x, True)),
        "x in [0, 1]",
        S.SEMILINEAR,
    ),
    (
        "a condition that is never met",
        "Piecewise((floor(1/x), (x > 1) & (x < 1/2)), (x, True))",
        "x in (0, 1]",
        S.SEMILINEAR,
    ),
    ("sigmoid", 1 / (1 + sp.exp(-x)), None, S.R_EXP),
    ("softplus", sp.log(1 + sp.exp(x)), None, S.R_EXP),
    ("tanh", sp.tanh(x), None, S.R_EXP),
    ("gelu", x * (1 + sp.erf(x / sp.sqrt(2))) / 2, None, S.PFAFFIAN),
    ("odd root", sp.real_root(x, 3), "x in [-1, 1]", S.SEMIALGEBRAIC),
    ("LambertW", sp.LambertW(x), "x in [0, 5]", S.R_EXP),
    ("sine on an interval", sp.sin(x) + sp.cos(2 * x), "x in [0, 10]", S.R_AN),
    ("area functions", sp.asinh(x), None, S.R_EXP),
    ("a map", sp.Matrix([x, sp.Abs(y)]), "x in R, y in R", S.SEMILINEAR),
    ("a Lambda", sp.Lambda((x, y), sp.Max(x, y)), None, S.SEMILINEAR),
    ("an irrational slope", sp.floor(sp.pi * x), "x in [0, 1]", S.SEMILINEAR),
    ("least minimiser", "argmin((x - y)**2, y)", "x in [0, 1], y in [0, 2]", S.SEMIALGEBRAIC),
    (
        "infimum by an undefined function of that name",
        sp.Function("infimum")(x * y, y),
        "x in [0, 1], y in [0, 2]",
        S.SEMIALGEBRAIC,
    ),
    ("a number", 0.1, None, S.SEMILINEAR),
    ("a SymPy number", sp.sqrt(2), "x in [0, 1]", S.SEMILINEAR),
]


@pytest.mark.parametrize("case", CERTIFIED, ids=lambda case: case[0])
def test_certified_in_a_structure_with_a_certificate_that_is_accepted(case):
    _, function, domain, structure = case
    verdict = tm.certify(function, domain)
    assert verdict.status is tm.CERTIFIED, verdict
    assert verdict.structure <= structure
    assert tm.check(verdict.certificate).definable.structures == verdict.structures


def test_pieces_of_ceilings_are_those_of_the_literature():
    assert tm.certify(sp.ceiling(x), "x in [0, 10]").pieces == 11
    assert tm.certify(sp.ceiling(1 / a), "a in [1/8, 1]").pieces == 8


@pytest.mark.parametrize(
    ("function", "domain"),
    [
        (sp.ceiling(x), None),
        (sp.ceiling(1 / a), "a in (0, 1]"),
        (sp.floor(x), {x: sp.Interval(0, sp.oo)}),
        (sp.sin(x), None),
        (sp.Mod(sp.Mod(x, 2), 3), None),
        ("floor(1/x) + x", "x in (0, 1]"),
    ],
    ids=str,
)
def test_wild_functions_are_not_certified(function, domain):
    verdict = tm.certify(function, domain)
    assert verdict.status is not tm.CERTIFIED
    if verdict.status is tm.REFUTED:
        assert tm.check(verdict.certificate).refuted is not None


def test_an_unbounded_rational_rounding_is_locally_tame():
    assert tm.certify(sp.ceiling(x / 3) + sp.Mod(y, 2)).local is not None
    assert tm.certify(sp.floor(sp.sqrt(2) * x)).local is None


def test_a_quotient_is_not_said_to_be_defined_where_it_is_not():
    assert tm.certify(1 / x, "x in (0, 1]").is_total
    assert not tm.certify(1 / x, "x in [0, 1]").is_total
    assert not tm.certify(sp.cbrt(x), "x in [-1, 1]").is_total


@pytest.mark.parametrize(
    ("function", "culprit"),
    [
        (sp.floor(x * y) + sp.Abs(x) ** 2, "floor(x*y)"),
        (2 + 3 * sp.sin(x * y + 1) ** 2, "sin(x*y + 1)"),
        ("max(x, frac(x*y)) - 1", "frac(x*y)"),
        ("abs( floor( x * y ) ) + 1", "floor( x * y )"),
    ],
    ids=str,
)
def test_the_smallest_guilty_part_is_told_as_the_user_wrote_it(function, culprit, monkeypatch):
    monkeypatch.setattr("tamemip.tameness._certify.refute", lambda *_: None)
    verdict = tm.certify(function)
    assert verdict.status is tm.UNKNOWN
    assert verdict.obligation.culprits[0] == culprit
    with pytest.raises(tm.errors.NotDefinableError) as caught:
        verdict.require()
    assert caught.value.culprits[0] == culprit


REFUSED = [
    ("undefined symbol", x + y, "x in [0, 1]"),
    ("undefined symbol in a text", "x + z", "x in [0, 1]"),
    ("undefined function", sp.Function("f")(x), None),
    ("imaginary unit", sp.I * x, None),
    ("root of a negative number", sp.root(-2, 3) * x, None),
    ("power of a negative number", sp.Pow(-2, x), None),
    ("argument", sp.arg(x), None),
    ("infinite", sp.oo, None),
    ("no number", sp.nan, None),
    ("condition", x > 0, None),
    ("truth value", sp.true, None),
    ("Python truth value", True, None),
    ("float that is no number", float("nan"), None),
    ("SymPy class", sp.sin, None),
    ("empty interval", x, "x in [2, 1]"),
    ("empty open interval", x, "x in (1, 1)"),
    ("no box: union", x, {x: sp.Union(sp.Interval(0, 1), sp.Interval(2, 3))}),
    ("no box: inequality", x, "x >= 0"),
    ("no box: empty set", x, {x: sp.S.EmptySet}),
    ("no box: a number", x, 3),
    ("end that is no rational", x, {x: sp.Interval(0, sp.sqrt(2))}),
    ("declared integer", sp.Symbol("n", integer=True), "n in [0, 1]"),
    ("declared positive", sp.sqrt(sp.Symbol("p", positive=True) ** 2), "p in [-1, 1]"),
    ("two symbols of one name", sp.Symbol("x", real=True) + x, None),
    ("bad argmin", sp.Function("argmin")(x, 3), None),
]


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case[0])
def test_wrong_input_gives_a_clear_error(case):
    _, function, domain = case
    with pytest.raises(InvalidInputError):
        tm.certify(function, domain)


@pytest.mark.parametrize(
    "function",
    [sp.gamma(x), sp.Integral(sp.exp(-(x**2)), (x, 0, y)), sp.Derivative(sp.Abs(x), x), sp.zeta(x)],
    ids=str,
)
def test_functions_without_a_rule_are_unsupported(function):
    with pytest.raises(UnsupportedError):
        tm.certify(function)


def test_huge_nesting_of_sympy_objects_is_read():
    e = x
    for k in range(1_000):
        e = sp.Abs(e, evaluate=False) - sp.Rational(1, k + 2)
    assert tm.certify(e, "x in [0, 1]").structure is S.SEMILINEAR


@pytest.mark.parametrize("kind", ["text", "object"])
def test_huge_nesting_that_is_guilty_has_a_short_message(kind, monkeypatch):
    monkeypatch.setattr("tamemip.tameness._certify.refute", lambda *_: None)
    e = x * y
    for _ in range(300):
        e = sp.Abs(-e, evaluate=False) + 1
    text = "floor(" + "abs(1 - " * 600 + "x*y" + ")" * 600 + ")"
    verdict = tm.certify(text if kind == "text" else sp.floor(e, evaluate=False))
    assert verdict.status is tm.UNKNOWN
    assert all(len(culprit) <= 500 for culprit in verdict.obligation.culprits)
    assert len(str(verdict)) < 3_000


def test_a_verdict_on_sympy_can_be_pickled():
    verdict = tm.certify(sp.floor(x * y))
    assert repr(pickle.loads(pickle.dumps(verdict))) == repr(verdict)


def test_dummies_that_share_a_name_are_refused():
    with pytest.raises(InvalidInputError, match="two symbols"):
        tm.certify(sp.Dummy("t") + sp.Dummy("t"))

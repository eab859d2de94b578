"""Remembered cases: what must be certified, what must not, and why."""

from __future__ import annotations

import pickle
from fractions import Fraction
from itertools import pairwise

import pytest

import tamemip as tm
from tamemip.tameness import (
    absolute,
    argmin,
    ceiling,
    conjunction,
    constant,
    equal,
    exp,
    floor,
    indicator,
    infimum,
    log,
    maximum,
    minimum,
    modulo,
    multiply,
    named,
    negation,
    piecewise,
    real_power,
    root,
    sign,
    square_root,
    unary,
    variable,
)

x, y = variable("x"), variable("y")
S = tm.Structure
SMALL = Fraction(1, 8)

CERTIFIED = [
    # T16 of the theory: rounding.
    (ceiling(x), "x in [0, 10]", S.SEMILINEAR, 11),
    (floor(x), "x in [0, 10]", S.SEMILINEAR, 11),
    (floor(x), "x in [0, 10)", S.SEMILINEAR, 10),
    (ceiling(1 / x), "x in [1/8, 1]", S.SEMILINEAR, 8),
    # Terms that cancel; factors that vanish.
    (floor(x) - floor(x), None, S.SEMILINEAR, 1),
    (0 * floor(x), None, S.SEMILINEAR, 1),
    (multiply(floor(x) - floor(x), unary("sin", y)), None, S.SEMILINEAR, None),
    (floor(x + 1) - floor(x), None, S.SEMILINEAR, 1),
    (floor(x - floor(x)), None, S.SEMILINEAR, 1),
    (ceiling(floor(x) - x), None, S.SEMILINEAR, 1),
    (sign(2 + unary("sin", x)), None, S.SEMILINEAR, 1),
    (modulo(modulo(x, 3), 3) - modulo(x, 3), None, S.SEMILINEAR, 1),
    # A denominator that vanishes at the border only.
    (1 / x, "x in (0, 1]", S.SEMIALGEBRAIC, None),
    (floor(x / x), "x in (0, 1]", S.SEMILINEAR, 1),
    # Conditions: never met, and what they say about a branch.
    (piecewise([(x < -1, floor(1 / x))], default=x), "x in [0, 1]", S.SEMILINEAR, 1),
    (piecewise([(x >= SMALL, floor(1 / x))], default=0), "x in [0, 1]", S.SEMILINEAR, None),
    (piecewise([(absolute(x) > 1, 0)], default=floor(x)), None, S.SEMILINEAR, None),
    (piecewise([(equal(x, 0), 0)], default=1 / x), "x in [-1, 1]", S.SEMIALGEBRAIC, None),
    (piecewise([(conjunction(x >= 0, x <= 3), floor(x))], default=0), None, S.SEMILINEAR, None),
    (piecewise([(negation(x < 0), square_root(x))], default=0), None, S.SEMIALGEBRAIC, None),
    # Products with finitely many values; scalars of any kind.
    (x * sign(y), None, S.SEMILINEAR, None),
    (named("pi") * x + exp(1) * y, None, S.SEMILINEAR, None),
    (x * y, None, S.SEMIALGEBRAIC, None),
    (exp(sign(x)), None, S.SEMILINEAR, None),
    # The chain.
    (root(x, 3), None, S.SEMIALGEBRAIC, None),
    (exp(x) - log(1 + x * x), None, S.R_EXP, None),
    (exp(x) + unary("sin", x), "x in [0, 1]", S.R_AN, None),
    (exp(x) + unary("sin", y), "y in [0, 1]", S.R_AN_EXP, None),
    (unary("atan", x), None, S.R_AN, None),
    (unary("tan", x), "x in [-3/2, 3/2]", S.R_AN, None),
    (x * unary("gaussian-cdf", x), None, S.PFAFFIAN, None),
    (unary("erf", x), "x in [-3, 3]", S.R_AN, None),
    (real_power(x, named("pi")), "x in (0, inf)", S.R_EXP, None),
    (maximum(unary("sigmoid", x), unary("softplus", y)), None, S.R_EXP, None),
    (indicator(exp(x) < 2), None, S.SEMILINEAR, None),
    (infimum(absolute(x - y) + y, "y"), "y in [0, 1]", S.SEMILINEAR, None),
    (argmin((x - y) ** 2, "y"), "y in [0, 1]", S.SEMIALGEBRAIC, None),
]  # fmt: skip


@pytest.mark.parametrize("case", CERTIFIED, ids=lambda c: f"{c[0]} on {c[1]}")
def test_certified(case):
    e, domain, structure, pieces = case
    verdict = tm.certify(e, domain)
    assert verdict.status is tm.CERTIFIED
    assert verdict.structure is structure
    assert pieces is None or verdict.pieces == pieces
    assert tm.check(verdict.certificate).definable.structures == verdict.structures
    assert verdict.require(S.PFAFFIAN) is verdict


TOTAL = [
    (1 / x, "x in (0, 1]", True),
    (1 / x, "x in [0, 1]", False),
    (1 / (x + y), "x in (0, 1], y in [0, 1]", True),
    (log(x), "x in (0, 1]", True),
    (log(x), "x in [0, 1]", False),
    (square_root(1 - x), "x in [0, 1]", True),
    (square_root(x - 1), "x in [0, 1]", False),
    (piecewise([(equal(x, 0), 0)], default=1 / x), "x in [-1, 1]", True),
    (piecewise([(x < 0, 0)]), "x in [-1, 1]", False),
    (piecewise([(x < 0, 0), (x >= 0, 1)]), "x in [-1, 1]", True),
    (unary("asin", x), "x in [-1, 1]", True),
    (unary("tan", x), "x in [0, 2]", False),
]


@pytest.mark.parametrize("case", TOTAL, ids=lambda c: f"{c[0]} on {c[1]}")
def test_total(case):
    e, domain, is_total = case
    verdict = tm.certify(e, domain)
    assert verdict.status is tm.CERTIFIED
    assert verdict.is_total is is_total
    assert ("whole domain" in str(verdict)) is not is_total


NOT_CERTIFIED = [
    (ceiling(x), None, "ceiling(x)"),
    (ceiling(1 / x), "x in (0, 1]", "ceiling((1/x))"),
    (2 + maximum(unary("sin", 3 * x), 0), None, "sin(3*x)"),
    (modulo(x, 2), "x in [0, inf)", "modulo(x, 2)"),
    (x * unary("cos", 1 / x), "x in (0, 1]", "cos((1/x))"),
    (floor(exp(x)), "x in [0, inf)", "floor(exp(x))"),
    (minimum(floor(x), y), None, "floor(x)"),
]


@pytest.mark.parametrize("case", NOT_CERTIFIED, ids=lambda c: f"{c[0]} on {c[1]}")
def test_not_certified(case):
    e, domain, culprit = case
    verdict = tm.certify(e, domain)
    assert verdict.status is not tm.CERTIFIED
    assert verdict.structure is None
    with pytest.raises(tm.errors.NotDefinableError) as error:
        verdict.require()
    if verdict.status is tm.UNKNOWN:
        assert verdict.obligation.culprits == (culprit,)
        assert error.value.culprits == (culprit,)
        assert "bound the argument" in verdict.obligation.mend


@pytest.mark.parametrize(
    ("e", "is_local"),
    [
        (ceiling(x), True),
        (modulo(x, 2) - floor(y / 3), True),
        (modulo(floor(x), 2) * x, True),
        (floor(x) * y, False),
        (floor(named("sqrt:2") * x), False),
        (floor(x * x), False),
        (infimum(absolute(floor(x) - y), "y"), True),
    ],
    ids=str,
)
def test_local(e, is_local):
    verdict = tm.certify(e)
    assert (verdict.local is not None) is is_local
    if is_local:
        assert tm.check(verdict.local).definable.is_local


def test_structures_are_compared_by_inclusion():
    chain = [S.SEMILINEAR, S.SEMIALGEBRAIC, S.R_EXP, S.R_AN_EXP, S.PFAFFIAN]
    assert sorted(chain, key=lambda s: sum(t < s for t in S)) == chain
    assert all(a < b and b > a and a <= b and b >= a for a, b in pairwise(chain))
    assert not S.R_AN <= S.R_EXP
    assert not S.R_EXP <= S.R_AN
    assert S.R_AN.join(S.R_EXP) is S.R_AN_EXP
    assert not any(s <= S.LOCAL or s >= S.LOCAL for s in chain)
    with pytest.raises(ValueError, match="no join"):
        S.LOCAL.join(S.SEMILINEAR)


def test_consequences_name_what_is_open():
    by_name = {c.theorem: c for c in tm.certify(maximum(x, 0)).consequences}
    assert by_name["path differentiability"].holds
    assert by_name["Lipschitz"].holds
    assert len(by_name["stochastic subgradient method"].open) == 3
    by_name = {c.theorem: c for c in tm.certify(square_root(x), "x in [0, 1]").consequences}
    assert by_name["path differentiability"].open == ("locally Lipschitz",)


@pytest.mark.parametrize(
    ("domain", "what"),
    [
        ("x in [1, 0]", "empty"),
        ("x in (0, 0)", "empty"),
        ("z in [0, 1]", "no variable"),
        ("x from 0 to 1", "cannot read"),
        ("x in [0, 1], x in [0, 2]", "twice"),
        ({"x": 3}, "pair"),
        ({"x": (0, float("nan"))}, "interval"),
        (17, "a domain is"),
    ],
)
def test_wrong_domains_are_clear_errors(domain, what):
    with pytest.raises(tm.errors.InvalidInputError, match=what):
        tm.certify(x, domain)


def test_domains_from_boxes_and_mappings():
    for domain in ({"x": (0, 1)}, tm.Box({"x": (0, 1)}), "x in [0, 1]", {"x": (0, 1.0)}):
        assert tm.certify(x, domain).where == "x in [0, 1]"


def test_wrong_objects_are_clear_errors():
    with pytest.raises(tm.errors.InvalidInputError, match="cannot certify"):
        tm.certify(object())
    with pytest.raises(tm.errors.InvalidInputError, match="condition"):
        tm.certify(x < 1)
    with pytest.raises(tm.errors.InvalidInputError, match="eliminated"):
        tm.certify(infimum(x, "x") + x)
    with pytest.raises(tm.errors.InvalidInputError, match="constant"):
        tm.certify(named("tau"))


def test_expressions_are_shared_and_verdicts_pickle():
    assert x + 1 is variable("x") + 1
    assert pickle.loads(pickle.dumps(floor(x) + y)) is floor(x) + y
    verdict = tm.certify(ceiling(x), "x in [0, 10]")
    again = pickle.loads(pickle.dumps(verdict))
    assert again == verdict
    assert again.expressions == verdict.expressions
    assert repr(verdict) == "Verdict(certified in semilinear: ceiling(x) on x in [0, 10])"
    assert "<li>" in verdict._repr_html_()


def test_huge_nesting():
    e = x
    for k in range(1000):
        e = piecewise([(x > k % 5, e + 1)], default=maximum(e, constant(k)))
    verdict = tm.certify(e, "x in [0, 5]")
    assert verdict.structure is S.SEMILINEAR
    assert len(str(e)) < 4000

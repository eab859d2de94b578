"""Refutations by traces: what has to be tame near the end of a line, too, if a function is."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamemip.certificates import Declaration, RejectedError, Structure, check, check_fast
from tamemip.certificates._refutation_lines import Line, restrict
from tamemip.certificates._refutation_traces import TRACES, traced
from tamemip.tameness import (
    CERTIFIED,
    REFUTED,
    UNKNOWN,
    absolute,
    add,
    ceiling,
    certify,
    domain_of,
    equal,
    exp,
    floor,
    indicator,
    log,
    maximum,
    minimum,
    modulo,
    multiply,
    named,
    nodes_of,
    primitive,
    sign,
    unary,
    variable,
    variables_of,
)
from tamemip.tameness._refutation_search import refute

X, Y = variable("x"), variable("y")
PI = named("pi")
RIGHT = "x in [1, inf)"
UNIT = "x in (0, 1]"


def sin(f):
    return unary("sin", f)


def cos(f):
    return unary("cos", f)


def kind(expression, domain=None):
    """The kind of the witness, seen by both checkers; None without one."""
    certificate = refute([expression], domain_of(domain, sorted(variables_of([expression]))))
    if certificate is None:
        return None
    found = check(certificate).refuted
    assert check_fast(certificate).refuted == found
    return found.kind


WILD = [
    # semialgebraic factors
    (X * sin(X), None, "W4"),
    (floor(X) * X, None, "W1"),
    (sin(X) / X, RIGHT, "W4"),
    (X * sin(X) + X * cos(X), None, "W4"),
    ((X**2 + 1) * modulo(X, 1) + X**3, None, "W1"),
    (X * floor(1 / X), UNIT, "W2"),
    (X * sin(1 / X), UNIT, "W4"),
    (1 / (X * (2 + sin(X))), RIGHT, "W4"),
    ((X * floor(X)) ** Fraction(1, 2), RIGHT, "W1"),
    (Y * sin(X), "x in [0, inf), y in [1, 2]", "W4"),
    # factors that keep their sign
    (exp(-X) * sin(X), "x in [0, inf)", "W4"),
    (exp(X) * sin(X) ** 2, None, "W4"),
    (exp(X) * absolute(sin(X)), None, "W4"),
    (sign(X * sin(X)) ** 3, None, "W4"),
    (exp(-X) * sin(X) + X, None, "W4"),
    (sin(PI * X) * floor(X), None, "W4"),
    (log(X) * sin(X**2), "x in [2, inf)", "W4"),
    (exp(X) * sin(1 / X), UNIT, "W4"),
    # jumps
    (floor(X) + exp(X), None, "W1"),
    (exp(X) * (floor(X) + 2), None, "W1"),
    (modulo(X, 1) + exp(X), None, "W1"),
    (exp(floor(X) + exp(X)), None, "W1"),
    (X * sin(X) + floor(X), None, "W1"),
    (floor(1 / X) + exp(X), UNIT, "W2"),
    (log(X) * floor(1 / X) + sin(1 / X), UNIT, "W2"),
    (exp(X) + indicator(sin(X) > 0), None, "W4"),
    # limits
    (unary("erf", X) + sin(X), None, "W4"),
    (exp(X) + sin(1 / X), UNIT, "W4"),
    (sin(X) * (1 + exp(-X)) + exp(-X) * cos(X), None, "W4"),
    # what shifts and derivatives leave
    (sin(X) + exp(X), None, "W4"),
    (sin(X) + X * exp(X) * cos(X) + X**2, None, "W4"),
    (unary("cosh", X) + sin(X), None, "W4"),
    (log(X) + sin(X), RIGHT, "W4"),
    (X**2 * log(X) + sin(X) + unary("atan", X), RIGHT, "W4"),
    (exp(X) * (1 + sin(X)), None, "W4"),
    (exp(X + sin(X)), None, "W4"),
    (exp(X) * sin(X) + exp(2 * X) + log(X), RIGHT, "W4"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("f", "domain", "witness"), WILD, ids=[f"{f} on {d}".replace(" ", "") for f, d, _ in WILD]
)
def test_wild_functions_are_refuted(f, domain, witness):
    assert kind(f, domain) == witness


def test_the_verdict_says_what_was_taken_off():
    verdict = certify(exp(X) + floor(X))
    assert verdict.status is REFUTED
    assert "up to continuous summands and factors" in verdict.witness.text


SECRETLY_TAME = [
    (X * (floor(X) + ceiling(-X)), None),
    (exp(X) * (sin(X) ** 2 + cos(X) ** 2), None),
    (exp(X) + floor(X) + ceiling(-X), None),
    (exp(floor(X)) * exp(ceiling(-X)), None),
    (X * sin(X) - X * sin(X + 2 * PI), None),
    (exp(X) * sin(X) - exp(X) * sin(X + 2 * PI), None),
    (exp(X) * sin(X + PI) + exp(X) * sin(X), None),
    (sin(PI * floor(X)) * floor(X), None),
    (sin(PI * X) * indicator(equal(X, floor(X))), None),
    (exp(X) * sin(PI * X) * indicator(equal(X, floor(X))), None),
    (floor(X) * indicator(floor(X) < X - 1), None),
    (absolute(X * modulo(X, 1)) - X * modulo(X, 1), RIGHT),
    (X * (floor(1 / X) + ceiling(-1 / X)) + exp(X), UNIT),
    (log(exp(X) * (1 + floor(X) + ceiling(-X))), None),
    ((exp(X) + exp(-X)) * 0 + unary("erf", X), None),
    (log(exp(sin(X))) - sin(X) + exp(X), None),
    (X * log(X) * (1 + sin(X) - sin(X + 2 * PI)), RIGHT),
]
"""Equal to tame functions by identities; the parts alone are wild."""


@pytest.mark.parametrize(
    ("f", "domain"), SECRETLY_TAME, ids=[str(f).replace(" ", "") for f, _ in SECRETLY_TAME]
)
def test_parts_that_cancel_or_vanish_are_no_witness(f, domain):
    assert kind(f, domain) is None
    assert certify(f, domain).status is not REFUTED


SINE = sin(X)
NOTHING_LEFT_OFF = [
    # An exponential is in some o-minimal structures only.
    ("quotient", exp(X) * SINE),
    ("quotient", exp(X) + SINE),
    ("quotient", floor(X) + exp(X)),
    # The sine vanishes at all jumps: the product is continuous.
    ("jumps", sin(PI * X) * floor(X)),
    ("jumps", modulo(X, 1) * floor(X) * sin(PI * X)),
    ("jumps", X * SINE),
    # A factor without a sign, or with the limit 0.
    ("sign", cos(X) * SINE),
    ("sign", floor(X) + SINE),
    ("limit", exp(-X) * SINE),
    ("limit", SINE / log(1 + X)),
    ("limit", exp(X) + SINE),
    ("limit", log(2 + SINE + exp(-X))),
    ("remainder", unary("erf", X) + SINE),
    ("remainder", exp(X)),
    ("remainder", X * SINE),
    ("shadow", X * SINE),
]


@pytest.mark.parametrize(
    ("trace", "f"), NOTHING_LEFT_OFF, ids=[f"{t}: {f}" for t, f in NOTHING_LEFT_OFF]
)
def test_a_trace_takes_off_what_its_theorem_allows_only(trace, f):
    nodes, (root,) = nodes_of([f])
    line = Line((Fraction(0),), (Fraction(1),), Fraction(1), to_zero=False)
    restriction = restrict(nodes, root, domain_of(RIGHT, ["x"]), line)
    with pytest.raises(RejectedError):
        traced(restriction, line, trace)


def test_what_a_plugin_declares_is_listed():
    unknown = primitive("gamma", X, declared=Declaration(Structure.R_AN))
    assert kind(unknown + floor(X)) == "W1"
    certificate = refute([unknown + floor(X)], domain_of(None, ["x"]))
    assert len(check(certificate).refuted.assumptions) == 1
    jumping = Declaration(Structure.R_AN, is_continuous=False)
    assert kind(primitive("gamma", X, declared=jumping) + floor(X)) is None


# -- laws --------------------------------------------------------------------------------

small = st.fractions(min_value=-3, max_value=3, max_denominator=3)
linear = st.tuples(small, small).map(lambda p: X * p[0] + p[1])
slopes = st.fractions(min_value=Fraction(1, 3), max_value=3, max_denominator=3)
factors = st.sampled_from(
    [X, X**2 + 1, exp(X), exp(-X), log(1 + X**2), unary("atan", X), sin(X), floor(X), 2 + sin(X)]
)
vanishing = st.sampled_from(
    [
        floor(X) + ceiling(-X),
        modulo(X, 1) - X + floor(X),
        floor(2 * X) - floor(X) - floor(X + "1/2"),
        sin(X) ** 2 + cos(X) ** 2 - 1,
        sin(X + 2 * PI) - sin(X),
        sin(PI * X) * indicator(equal(X, floor(X))),
        maximum(X, floor(X)) - X,
    ]
)
definable = st.one_of(
    linear,
    linear.map(lambda f: f**2),
    linear.map(exp),
    linear.map(lambda f: exp(minimum(f, 1))),
    linear.map(lambda f: log(1 + f**2)),
    linear.map(lambda f: floor(minimum(maximum(f, -2), 2))),
    st.tuples(linear, linear).map(lambda p: p[0] * exp(p[1])),
    linear.map(lambda f: unary("erf", f)),
)
tame = st.one_of(
    st.tuples(definable, factors, vanishing).map(lambda p: p[0] + multiply(p[1], p[2])),
    st.tuples(definable, factors, vanishing).map(lambda p: p[0] * (1 + p[1] * p[2])),
    st.tuples(definable, vanishing, vanishing).map(lambda p: exp(p[0] + p[1]) + p[2]),
    st.tuples(definable, definable, factors, vanishing).map(
        lambda p: add(p[0], multiply(p[1], p[2], p[3]))
    ),
    st.tuples(definable, vanishing).map(lambda p: (p[0] ** 2 + 1) / (1 + p[1])),
)
waves = st.tuples(slopes, small).map(lambda p: sin(p[0] * X + p[1]))
steps = st.tuples(slopes, small).map(lambda p: floor(p[0] * X + p[1]))
law = settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow], deadline=None)


@law
@given(f=tame)
def test_functions_that_are_tame_by_construction_are_never_refuted(f):
    assert certify(f, domain_of(None, ["x"])).status in (CERTIFIED, UNKNOWN)


@law
@given(s=steps, g=definable, factor=st.sampled_from([X, exp(X), exp(-X), X**2 + 1]))
def test_steps_are_seen_through_smooth_factors_and_summands(s, g, factor):
    assert kind(factor * s + exp(X) * 3, "x in [9, inf)") == "W1"
    assert kind(s * g, "x in [9, inf)") in ("W1", None)


@law
@given(w=waves, factor=st.sampled_from([X, exp(X), exp(-X), X**2 + 1, 1 / X]), p=linear)
def test_waves_are_seen_through_factors_of_one_sign(w, factor, p):
    assert kind(factor * w + p, RIGHT) == "W4"


@law
@given(w=waves, rates=st.lists(st.integers(-2, 2).filter(bool), max_size=2, unique=True))
def test_waves_are_seen_beside_exponentials(w, rates):
    assert kind(add(w, *(exp(X * r) for r in rates))) == "W4"


def test_all_traces_are_used():
    used = set()
    for f, domain, _ in WILD:
        lines = refute([f], domain_of(domain, sorted(variables_of([f])))).lines
        used |= {trace for trace in TRACES if f'"trace":"{trace}"' in lines[-1]}
    assert used == set(TRACES)

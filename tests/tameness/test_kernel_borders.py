"""Continuity across the borders of conditions: proved where it holds, never where it jumps."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Domain, Enclosure, derive
from tamemip.tameness import (
    absolute,
    add,
    conjunction,
    constant,
    disjunction,
    equal,
    exp,
    floor,
    indicator,
    less,
    less_equal,
    log,
    maximum,
    minimum,
    negation,
    nodes_of,
    piecewise,
    power,
    scale,
    sign,
    variable,
)
from tests.tameness.evaluation import values
from tests.tameness.exact_cells import affine_cells
from tests.tameness.expressions_at_random import expressions

x, y = variable("x"), variable("y")
r = y - x
HALF = Fraction(1, 2)

CONTINUOUS = {
    "Huber": piecewise([(x <= -1, -x - HALF), (x <= 1, x * x / 2)], default=x - HALF),
    "Huber, by the absolute value": piecewise(
        [(absolute(r) <= 1, power(r, 2) / 2)], default=absolute(r) - HALF
    ),
    "Huber, nested": piecewise(
        [(x <= -1, -x - HALF)], default=piecewise([(x <= 1, x * x / 2)], default=x - HALF)
    ),
    "smooth L1": piecewise(
        [(absolute(r) < HALF, power(r, 2))], default=absolute(r) - Fraction(1, 4)
    ),
    "ELU": piecewise([(x > 0, x)], default=exp(x) - 1),
    "SELU": Fraction(21, 20) * piecewise([(x > 0, x)], default=Fraction(5, 3) * (exp(x) - 1)),
    "CELU": maximum(0, x) + minimum(0, 2 * (exp(x / 2) - 1)),
    "soft shrink": piecewise([(x > HALF, x - HALF), (x < -HALF, x + HALF)], default=0),
    "hard tanh": piecewise([(x > 1, 1), (x < -1, -1)], default=x),
    "hard swish": piecewise([(x <= -3, 0), (x >= 3, x)], default=x * (x + 3) / 6),
    "quantile loss": piecewise([(r >= 0, Fraction(3, 10) * r)], default=-Fraction(7, 10) * r),
    "squared hinge": piecewise([(x * y >= 1, 0)], default=power(1 - x * y, 2)),
    "log-cosh": piecewise([(x < 0, log(1 + exp(2 * x)) - x)], default=log(1 + exp(2 * x)) - x),
    "outside of a disc": piecewise([(x * x + y * y <= 1, 0)], default=x * x + y * y - 1),
    "an affine border": piecewise([(x + 2 * y <= 3, x)], default=3 - 2 * y),
    "and": piecewise([(conjunction(x >= -1, x <= 1), 1 - x * x)], default=0),
    "or": piecewise([(disjunction(x <= -1, x >= 1), 0)], default=1 - x * x),
    "not": piecewise([(negation(x <= 0), x)], default=0),
    "a maximum in the condition": piecewise([(maximum(0, x) <= 1, maximum(0, x))], default=1),
    "an argument at the border": piecewise([(x <= 0, exp(y))], default=exp(x + y)),
    "a removable point": piecewise([(equal(x, 2), 4)], default=x * x),
}

JUMPS = {
    "hard shrink": piecewise([(x > HALF, x), (x < -HALF, x)], default=0),
    "a step": piecewise([(x <= 0, 0)], default=1),
    "a ramp that is too high": piecewise([(x <= y, x)], default=y + Fraction(1, 10**9)),
    "a point": piecewise([(equal(x, 2), 5)], default=x * x),
    "a point between two pieces": piecewise([(x < 0, -x), (x > 0, x)], default=1),
    "a branch that jumps": piecewise(
        [(x <= 0, sign(x - 1))], default=-1 + 0 * x + indicator(x > 1)
    ),
    "a branch that jumps at the border": piecewise([(x < 1, floor(x))], default=1),
    "a condition that jumps over its border": piecewise([(indicator(x > 0) <= HALF, 0)], default=1),
    "conditions that jump over the gap between them": piecewise(
        [(indicator(x > 0) <= Fraction(1, 4), 0), (indicator(x > 0) >= Fraction(3, 10), 1)]
    ),
    "only one part of an and": piecewise([(conjunction(x >= -1, x <= 1), 1 - x)], default=0),
    "only one part of an or": piecewise([(disjunction(x <= -1, x >= 1), 1 - x)], default=0),
    "one sign of an absolute value": piecewise([(absolute(x) <= 1, x)], default=1),
    "no limit": piecewise([(x > 0, 1 / x)], default=0),
    "a removable point, removed wrongly": piecewise([(equal(x, 0), 2)], default=x / x),
    "an inner jump": piecewise([(x <= 0, 0)], default=piecewise([(x <= 1, x)], default=2 * x)),
    "far pieces that touch": piecewise([(x < 0, 0), (equal(x, 0), 0)], default=1 + x),
    "a border of two variables": piecewise([(x * y <= 0, 0)], default=x),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_continuous_functions_are_proved_to_be(name):
    verdict = tm.certify(CONTINUOUS[name])
    assert verdict.is_continuous
    assert verdict.is_total
    assert tm.check(verdict.certificate).definable.is_continuous


@pytest.mark.parametrize("name", JUMPS)
def test_jumps_are_never_called_continuous(name):
    for domain in (None, "x in [-3, 3]"):
        assert not tm.certify(JUMPS[name], domain).is_continuous


def test_a_domain_may_leave_out_the_jump():
    step = JUMPS["a step"]
    assert tm.certify(step, "x in (0, 1]").is_continuous
    assert not tm.certify(step, "x in [0, 1]").is_continuous


def test_a_continuous_semilinear_function_is_lipschitz():
    verdict = tm.certify(CONTINUOUS["hard tanh"])
    assert "Lipschitz" in {c.theorem for c in verdict.consequences if c.holds}


small = st.fractions(-3, 3, max_denominator=2)


def _linear(child):
    pairs = st.tuples(child, child)
    conditions = st.one_of(
        pairs.map(lambda p: less(*p)),
        pairs.map(lambda p: less_equal(*p)),
        pairs.map(lambda p: equal(*p)),
        pairs.map(lambda p: conjunction(less(p[0], p[1]), negation(less(p[1], 1)))),
        pairs.map(lambda p: disjunction(less(p[0], 0), less_equal(p[1], 1))),
    )
    return st.one_of(
        pairs.map(lambda p: add(*p)),
        st.tuples(child, small).map(lambda p: scale(*p)),
        pairs.map(lambda p: maximum(*p)),
        child.map(absolute),
        child.map(sign),
        # Branches that meet by construction, at the border of their condition or elsewhere.
        st.tuples(child, child, small).map(
            lambda t: piecewise([(t[0] <= t[2], t[1])], default=t[1] + t[0] - t[2])
        ),
        st.tuples(child, small, small).map(
            lambda t: piecewise([(t[0] < t[1], t[0])], default=constant(t[2]))
        ),
        st.tuples(conditions, child, child).map(lambda t: piecewise([(t[0], t[1])], default=t[2])),
    )


relaxed = settings(max_examples=150, suppress_health_check=list(HealthCheck), deadline=None)


@relaxed
@given(e=expressions(["x"], _linear, leaves=7), low=small)
def test_what_is_called_continuous_has_no_jump_at_any_breakpoint(e, low):
    domain = Domain(("x",), (Enclosure.between(low, low + 3),))
    nodes, (root,) = nodes_of([e])
    facts = derive(nodes, domain)
    assert facts[root].is_total
    if facts[root].is_continuous:
        assert not _jumps(nodes, root, low, low + 3)


def _jumps(nodes, root, low, high) -> list[Fraction]:
    """Where a piecewise affine function jumps: its one-sided limits, exactly, by bisection."""
    found = []
    for a, b in affine_cells(nodes, root, low, high):
        third = (b - a) / 3
        f, g = (values(nodes, {"x": t})[root] for t in (a + third, b - third))
        slope = (g - f) / third
        ends = {a: f - slope * third, b: g + slope * third}
        found += [t for t, limit in ends.items() if values(nodes, {"x": t})[root] != limit]
    return found


affine = st.tuples(small, small, small).map(lambda t: t[0] * x + t[1] * y + t[2])


@relaxed
@given(
    g=st.tuples(small, small.filter(bool), small),
    branch=affine,
    other=affine,
    factor=small,
    bump=st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 7)]),
    is_square=st.booleans(),
)
def test_branches_that_differ_by_a_multiple_of_the_condition_meet(
    g, branch, other, factor, bump, is_square
):
    a, b, c = g
    border = a * x + b * y + c
    multiple = border * (other if is_square else factor)
    e = piecewise([(border <= 0, branch)], default=branch + multiple + bump)
    free = piecewise([(border <= 0, branch)], default=other)
    domain = Domain(("x", "y"), (Enclosure.between(-50, 50),) * 2)
    nodes, roots = nodes_of([e, free, branch, branch + multiple + bump, other])
    facts = derive(nodes, domain)
    on_border = [(Fraction(t), (-a * t - c) / b) for t in (-2, 0, 1, 3)]
    seen = [values(nodes, {"x": p, "y": q}) for p, q in on_border if abs(q) < 50]
    for root, f, h in [(roots[0], roots[2], roots[3]), (roots[1], roots[2], roots[4])]:
        if facts[root].is_continuous:
            assert all(v[f] == v[h] for v in seen)
    assert facts[roots[0]].is_continuous or bump


def test_nesting_is_no_limit(tmp_path):
    """No recursion along the graph: neither for conditions and their borders, nor in texts."""
    e, f = x, x + y
    for k in range(300):
        e = piecewise([(e <= Fraction(k % 5, 3), e * y)], default=Fraction(k % 5, 3) * y)
    for k in range(5000):
        f = scale(f, HALF) if k % 2 else f + 1
    for deep in (e, f):
        verdict = tm.certify(deep, "x in [0, 1], y in [0, 1]")
        assert verdict.is_continuous
        verdict.certificate.write(tmp_path / "proof.jsonl")
        assert tm.check(tm.Certificate.read(tmp_path / "proof.jsonl")).definable
        assert str(verdict)

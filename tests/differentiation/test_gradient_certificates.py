"""Certificates of Lipschitz constants and of elements of a gradient: read by both checkers."""

import json
import random
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Certificate, check_fast
from tamemip.differentiation import cheapest_repairs, prove_gradient_element
from tamemip.errors import CertificateError, NotAllowedError

F = Fraction
QUIET = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
small = st.integers(-3, 3)


@st.composite
def elastic_programs(draw):
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    p = tm.MixedIntegerProgram.from_arrays(
        [draw(small) for _ in range(n)],
        [[draw(small) for _ in range(n)] for _ in range(m)],
        [draw(st.sampled_from(["<=", "=", ">="])) for _ in range(m)],
        [draw(st.fractions(-3, 3, max_denominator=2)) for _ in range(m)],
        upper=2,
        integrality=[draw(st.booleans()) for _ in range(n)],
        sense=draw(st.sampled_from(["min", "max"])),
    )
    return tm.elastic(p, penalty=[draw(st.integers(1, 4)) for _ in range(m)])


def value(p):
    return tm.dual_function(p).value


@QUIET
@given(elastic_programs(), st.lists(st.fractions(-2, 2, max_denominator=3), min_size=2, max_size=2))
def test_the_constants_bound_every_change(p, move):
    repairs = cheapest_repairs(p)
    d = move[: p.n_rows]
    change = value(p.with_rhs([b + v for b, v in zip(p.exact.rhs, d, strict=True)])) - value(p)
    assert abs(change) <= sum(L * abs(v) for L, v in zip(repairs.constants, d, strict=True))
    statement = tm.check(repairs.certificate, program=p)
    assert statement == check_fast(repairs.certificate)
    assert statement.lipschitz.constants == repairs.constants


@QUIET
@given(elastic_programs(), st.lists(small, min_size=5, max_size=5))
def test_an_element_is_a_supergradient_in_the_costs_and_in_the_field(p, costs):
    certificate = prove_gradient_element(p)
    statement = tm.check(certificate, program=p)
    assert statement == check_fast(certificate)
    found = statement.gradient
    assert found.value == value(p)
    c = [*costs[: p.n_cols], *p.exact.c[min(5, p.n_cols) :]]
    other = [F(v) if j < 3 and p.exact.integer[j] else p.exact.c[j] for j, v in enumerate(c)]
    gain = sum(x * (a - b) for x, a, b in zip(found.by_cost, other, p.exact.c, strict=True))
    sign = 1 if p.sense == "min" else -1
    assert sign * value(p.with_cost(other)) <= sign * (found.value + gain)
    assert tm.conservative_gradient(p).contains(found.by_rhs)
    assert tm.conservative_gradient(p, wrt="c").contains(found.by_cost)


def jump():
    return tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1)


def test_without_repairs_only_the_costs_are_proved():
    found = tm.check(prove_gradient_element(jump())).gradient
    assert found.constants is None
    assert found.by_cost == (1,)
    assert "conservative gradient" not in tm.check(prove_gradient_element(jump())).text


def test_the_least_constants_of_a_row():
    p = tm.MixedIntegerProgram.from_arrays(
        [3, "7/2", 3, 6, 7],
        [[6, 5, -4, 2, -7]],
        "=",
        [0],
        integrality=[True, True, True, False, False],
    )
    assert cheapest_repairs(p).constants == (3,)


def test_an_infeasible_program_has_no_element():
    with pytest.raises(NotAllowedError, match="no derivative"):
        prove_gradient_element(jump().with_rhs([-1]))


def _numbers(value, path=()):
    if isinstance(value, bool):
        return
    if isinstance(value, int) or (isinstance(value, str) and "/" in value):
        yield path
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _numbers(entry, (*path, key))
    elif isinstance(value, list):
        for k, entry in enumerate(value):
            yield from _numbers(entry, (*path, k))


def _changed(value, path, rng):
    if not path:
        old = F(value)
        return (
            str(old + rng.choice([F(1), F(-1), F(1, 2)])) if isinstance(value, str) else value + 1
        )
    head, *rest = path
    copy = dict(value) if isinstance(value, dict) else list(value)
    copy[head] = _changed(copy[head], rest, rng)
    return copy


def test_a_changed_number_is_rejected_or_the_statement_is_true():
    p = tm.elastic(jump().with_rhs(["3/4"]), penalty=2)
    certificate = prove_gradient_element(p)
    truth = tm.check(certificate)
    rng = random.Random(0)
    tried = 0
    for k, line in enumerate(certificate.lines):
        if k == 1:
            continue  # the problem is bound by its digest
        content = json.loads(line)
        for path in _numbers(content):
            if path == ("step",):
                continue
            edited = json.dumps(_changed(content, path, rng))
            lines = (*certificate.lines[:k], edited, *certificate.lines[k + 1 :])
            tried += 1
            try:
                found = tm.check(Certificate(lines), program=p)
            except CertificateError:
                continue
            if found.gradient is None:
                continue  # another statement, about the dual function
            assert found.gradient.value == truth.gradient.value
            assert found.gradient.by_cost == truth.gradient.by_cost
            assert found.gradient.by_rhs == truth.gradient.by_rhs
            assert found.gradient.constants is None or found.gradient.constants >= (2,)
    assert tried >= 30

"""Refutations by traces and by coefficients: accepted as written, rejected when tampered with."""

from __future__ import annotations

import json
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.certificates import Certificate, Varying, check, check_fast
from tamemip.errors import CertificateError
from tamemip.programs import MixedIntegerProgram
from tamemip.tameness import (
    CERTIFIED,
    REFUTED,
    domain_of,
    exp,
    floor,
    log,
    unary,
    variable,
)
from tamemip.tameness._program_verdict import program_verdict
from tamemip.tameness._refutation_coefficients import refute_coefficient, refuted_by_entry
from tamemip.tameness._refutation_search import refute

CHECKERS = [check, check_fast]
X = variable("x")
ZERO_TO_ONE = {(0, 0): (Fraction(0), Fraction(1))}
MINUS_ONE_TO_ZERO = {(0, 0): (Fraction(-1), Fraction(0))}


def sin(f):
    return unary("sin", f)


def refutation(expression, domain=None) -> Certificate:
    found = refute([expression], domain_of(domain, ["x"]))
    assert found is not None
    return found


def program(cost, rows, senses, rhs, **more) -> MixedIntegerProgram:
    return MixedIntegerProgram.from_arrays(cost, rows, senses, rhs, **more)


def cover() -> Certificate:
    """``min{x + 2 y: a x + y >= 5, x + y >= 3, y <= 2}``, x and y integer."""
    p = program([1, 2], [[1, 1], [1, 1]], [">=", ">="], [5, 3], upper=[math.inf, 2])
    found = refute_coefficient(p, Varying({}, {}, ZERO_TO_ONE))
    assert found is not None
    return found


CERTIFICATES = {
    "quotient": lambda: refutation(X * floor(1 / X), "x in (0, 1]"),
    "sign": lambda: refutation(exp(-X) * sin(X), "x in [0, inf)"),
    "jumps": lambda: refutation(floor(X) + exp(X), "x in [0, inf)"),
    "limit": lambda: refutation(exp(X) + sin(1 / X), "x in (0, 1]"),
    "remainder": lambda: refutation(sin(X) + exp(X), "x in [0, inf)"),
    "growth": lambda: refutation(exp(X) * (1 + sin(X)) + exp(2 * X), "x in [0, inf)"),
    "coefficient": cover,
}
OTHERS = {
    "quotient": ("remainder",),
    "sign": ("quotient", "jumps", "limit"),
    "jumps": ("quotient", "sign", "limit", "remainder"),
    "limit": ("quotient", "sign", "jumps", "remainder"),
    "remainder": ("quotient", "sign", "jumps", "limit"),
    "growth": ("quotient", "sign", "jumps", "limit"),
}
SABOTEURS = [
    *((name, "trace", other) for name, others in OTHERS.items() for other in others),
    ("sign", "trace", ""),
    ("sign", "trace", 1),
    ("sign", "period", [0, 1]),
    ("quotient", "direction", [-1]),
    ("limit", "to-zero", False),
    ("limit", "inner", 0),
    ("remainder", "period", [6, 0]),
    ("remainder", "points", [1, 1]),
    ("growth", "period", [0, 1]),
    ("coefficient", "over", 2),
    ("coefficient", "row", 1),
    ("coefficient", "row", 2),
    ("coefficient", "column", 1),
    ("coefficient", "x", [0, 0]),
    ("coefficient", "x", [3]),
    ("coefficient", "x", ["7/2", 0]),
    ("coefficient", "x", [0, 3]),
    ("coefficient", "side", -1),
    ("coefficient", "side", 0),
    ("coefficient", "side", 2),
]


def tampered(certificate: Certificate, field: str, value: object) -> Certificate:
    *lines, last = certificate.lines
    step = json.loads(last)
    assert step[field] != value
    return Certificate((*lines, json.dumps({**step, field: value}, separators=(",", ":"))))


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("name", CERTIFICATES)
def test_refutations_are_accepted(name, checker):
    statement = checker(CERTIFICATES[name]())
    assert statement.kind == "refuted"
    assert statement.refuted.kind in ("W1", "W2", "W4")


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("name", "field", "value"), SABOTEURS)
def test_tampered_refutations_are_rejected(name, field, value, checker):
    with pytest.raises(CertificateError):
        checker(tampered(CERTIFICATES[name](), field, value))


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("name", CERTIFICATES)
def test_every_field_is_needed(name, checker):
    *lines, last = CERTIFICATES[name]().lines
    step = json.loads(last)
    for field in set(step) - {"step"}:
        short = json.dumps({k: v for k, v in step.items() if k != field}, separators=(",", ":"))
        with pytest.raises(CertificateError):
            checker(Certificate((*lines, short)))


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("name", sorted(set(CERTIFICATES) - {"coefficient"}))
def test_the_steps_of_a_wild_function_do_not_refute_a_tame_one(name, checker):
    wild = CERTIFICATES[name]()
    tame = tuple(
        line.replace('"op":"floor"', '"op":"atan"').replace('"op":"sin"', '"op":"atan"')
        for line in wild.lines
    )
    assert tame != wild.lines
    with pytest.raises(CertificateError):
        checker(Certificate(tame))


def test_a_sum_that_is_zero_is_not_refuted_by_its_parts():
    wild = sin(X) + exp(X)
    assert refute([wild - log(exp(wild))], domain_of(None, ["x"])) is None


# -- entries of the matrix ---------------------------------------------------------------

WILD = [
    ("ceil(1/a)", program([1], [[1]], [">="], [1]), ZERO_TO_ONE),
    ("a may be negative", program([1], [[1]], [">="], [1]), {(0, 0): (Fraction(-1), Fraction(1))}),
    ("a maximum", program([-1], [[1]], [">="], [1], sense="max"), ZERO_TO_ONE),
    ("a row <=", program([1], [[-1]], ["<="], [-1]), MINUS_ONE_TO_ZERO),
    (
        "a falling column",
        program([-1], [[-1]], [">="], [1], lower=-math.inf, upper=0),
        MINUS_ONE_TO_ZERO,
    ),
    ("a continuous column without a cost",
     program([1, 0], [[1, 1]], [">="], [2], integrality=[True, False], upper=[math.inf, 1]),
     ZERO_TO_ONE),
]  # fmt: skip
OPEN = [
    ("away from 0", program([1], [[1]], [">="], [1]), {(0, 0): (Fraction(1, 8), Fraction(1))}),
    ("from the wrong side", program([1], [[1]], [">="], [1]), MINUS_ONE_TO_ZERO),
    ("nothing to satisfy", program([1], [[1]], [">="], [0]), ZERO_TO_ONE),
    ("a bounded column", program([1], [[1]], [">="], [1], upper=9), ZERO_TO_ONE),
    ("another column helps", program([1, 1], [[1, 1]], [">="], [1]), ZERO_TO_ONE),
    ("a continuous column", program([1], [[1]], [">="], [1], integrality=False), ZERO_TO_ONE),
    ("no cost", program([0], [[1]], [">="], [1]), ZERO_TO_ONE),
    ("an equation", program([1], [[1]], ["="], [1]), ZERO_TO_ONE),
    ("a row that stops it", program([1], [[1], [1]], [">=", "<="], [1, 9]), ZERO_TO_ONE),
    (
        "a continuous cost",
        program([1, 1], [[1, 0]], [">="], [1], integrality=[True, False]),
        ZERO_TO_ONE,
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "p", "entries"), WILD, ids=[w[0] for w in WILD])
def test_values_that_jump_for_ever_near_a_zero_entry_are_refuted(name, p, entries):
    certificate = refute_coefficient(p, Varying({}, {}, entries))
    found = check(certificate).refuted
    assert check_fast(certificate).refuted == found
    assert found.kind == "W2"


@pytest.mark.parametrize(("name", "p", "entries"), OPEN, ids=[o[0] for o in OPEN])
def test_other_values_are_not_refuted_by_an_entry(name, p, entries):
    assert refute_coefficient(p, Varying({}, {}, entries)) is None


def test_the_own_data_must_lie_in_the_box():
    p = program([1], [[1]], [">="], [1])
    assert refute_coefficient(p, Varying({0: (Fraction(-9), Fraction(0))}, {}, ZERO_TO_ONE)) is None
    assert refute_coefficient(p, Varying({0: (Fraction(0), Fraction(2))}, {}, ZERO_TO_ONE))
    assert refute_coefficient(p, Varying({}, {}, {}, "all"))


def test_an_open_verdict_is_replaced_and_no_other_one():
    p = program([1], [[1]], [">="], [1])
    for entries, status in (
        (ZERO_TO_ONE, REFUTED),
        ({(0, 0): (Fraction(1, 8), Fraction(1))}, CERTIFIED),
        ({(0, 0): (Fraction(1), Fraction(1))}, CERTIFIED),
    ):
        box = Varying({}, {}, entries)
        verdict = refuted_by_entry(p, box, program_verdict(p, box))
        assert verdict.status is status
        assert (verdict.witness is not None) is (status is REFUTED)
    bounded = program([1], [[1]], [">="], [1], upper=9)
    box = Varying({}, {}, ZERO_TO_ONE)
    assert refuted_by_entry(bounded, box, program_verdict(bounded, box)).status is CERTIFIED


@given(st.integers(1, 6), st.integers(1, 6), st.integers(1, 40), st.integers(0, 3))
def test_the_value_is_what_the_witness_says(cost, need, parts, bound):
    """By brute force: at ``a = 1/k`` the value is finite and at least ``c g k``."""
    p = program([cost, 1], [[1, 1]], [">="], [need + bound], upper=[math.inf, bound])
    certificate = refute_coefficient(p, Varying({}, {}, ZERO_TO_ONE))
    assert f">= {need}/|a|" in check(certificate).refuted.text
    a = Fraction(1, parts)
    best = min(cost * math.ceil((need + bound - y) / a) + y for y in range(bound + 1))
    assert best >= cost * need * parts

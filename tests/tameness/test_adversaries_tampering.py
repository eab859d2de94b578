"""Certificates of every kind with one number, word or flag changed: no checker is deceived.

A changed certificate of definability is rejected, or it says what it said before. A refutation
may become one of another function: that one is not certified.
"""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

import tamemip as tm
from tamemip.certificates import Certificate, Domain, Enclosure, check_fast
from tamemip.errors import CertificateError
from tamemip.tameness import certify_expressions
from tamemip.tameness._expression import make

FUNCTIONS = {
    "affine": ("2*x/3 - 1/7", None),
    "pieces": ("abs(x - 1) + max(x, 2)", None),
    "steps": ("ceiling(1/x)", "x in [1/8, 1]"),
    "cancelled": ("floor(x + 1) - floor(x)", None),
    "partial": ("sqrt(x) + 1/x", "x in [0, 1]"),
    "branches": ("Piecewise((x**2, x < 1/2), (3*x, x >= 2))", "x in [0, 3]"),
    "exponential": ("exp(-x)/(1 + exp(-x))", "x in [0, inf)"),
    "wave": ("sin(3*x)*x", "x in [-2, 2]"),
    "tangent": ("tan(x/2)", "x in [0, 3]"),
    "remainder": ("Mod(x, 3)", "x in [0, 7)"),
    "infimum": ("infimum((x - y)**2, y)", "x in [0, 1], y in [0, 1/2]"),
    "normal law": ("x*Phi(x)", None),
    "refuted: values": ("ceiling(1/x)", "x in (0, 1]"),
    "refuted: period": ("floor(x/2) + x/3", None),
    "refuted: waves": ("sin(1/x)", "x in (0, 1]"),
    "refuted: swing": ("cos(2*x) + x", "x in [0, inf)"),
}
WORDS = ("floor", "ceiling", "abs", "multiply", "exp", "cos", "equal", "y", "")


def certificate_of(name: str) -> Certificate:
    return tm.certify(*FUNCTIONS[name]).certificate


def changes(value):
    """Other values in the place of one, all parts of it one at a time."""
    match value:
        case bool():
            yield not value
        case int():
            yield from (value - 1, value + 1, 7, str(value))
        case str() if len(value) == 64:
            yield "0" * 64
        case str():
            yield from (word for word in WORDS if word != value)
            yield from ("-1", "1/2", "inf", 0, None)
        case None:
            yield from (0, "x", False)
        case list():
            for k, part in enumerate(value):
                yield [*value[:k], *value[k + 1 :]]
                yield [*value[:k], part, *value[k:]]
                for other in changes(part):
                    yield [*value[:k], other, *value[k + 1 :]]
            yield value[::-1]
        case dict():
            for key, part in value.items():
                yield {k: v for k, v in value.items() if k != key}
                for other in changes(part):
                    yield {**value, key: other}


def tampered(certificate: Certificate):
    for k, line in enumerate(certificate.lines):
        for other in changes(json.loads(line)):
            text = json.dumps(other)
            if json.loads(text) != json.loads(line) or text.count("true") != line.count("true"):
                yield (*certificate.lines[:k], text, *certificate.lines[k + 1 :])
        yield (*certificate.lines[:k], *certificate.lines[k + 1 :])
        yield (*certificate.lines[:k], line, *certificate.lines[k:])


def seen(checker, lines):
    """What a checker says: a statement, or None if it rejects."""
    try:
        return checker(Certificate(lines))
    except CertificateError:
        return None


@pytest.mark.parametrize("name", FUNCTIONS)
def test_what_is_accepted_after_a_change_is_true(name):
    certificate = certificate_of(name)
    original = tm.check(certificate)
    rejected = 0
    for lines in tampered(certificate):
        statement = seen(tm.check, lines)
        assert statement == seen(check_fast, lines)
        if statement is None:
            rejected += 1
        else:
            require_true(statement, original, lines)
    assert rejected > 10


def require_true(statement, original, lines) -> None:
    """Definability of the very same function, or a refutation of one that is not certified."""
    if statement.definable is not None:
        assert statement.definable == original.definable
    else:
        assert statement.refuted is not None
        expressions, domain = read(lines)
        assert certify_expressions(expressions, domain).status is not tm.CERTIFIED


def read(lines):
    """The expressions and the domain that a certificate is about, read without its checkers."""
    problem = json.loads(lines[1])["problem"]
    steps = {step["step"]: step for step in map(json.loads, lines[2:])}
    claim = steps[json.loads(lines[0])["statement"]["of"]]
    where = steps[claim["on"]]
    ends = zip(problem["lower"], problem["upper"], strict=True)
    intervals = [
        Enclosure.between(
            float("-inf") if low is None else Fraction(low),
            float("inf") if high is None else Fraction(high),
            low_open=k in where["open-low"],
            high_open=k in where["open-high"],
        )
        for k, (low, high) in enumerate(ends)
    ]
    gone = frozenset(where["names"][k] for k in where["eliminated"])
    made = {}
    for number, step in steps.items():
        if step["rule"] == "node":
            value = None if "value" not in step else Fraction(step["value"])
            of = (made[k] for k in step["of"])
            made[number] = make(step["op"], *of, value=value, name=step.get("name"))
    return [made[k] for k in claim["of"]], Domain(tuple(where["names"]), tuple(intervals), gone)

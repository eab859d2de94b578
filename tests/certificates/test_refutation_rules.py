"""Refutations: accepted as written, rejected once any field is tampered with."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from tamemip.certificates import Certificate, Node, check, check_fast
from tamemip.certificates._definable_rules import derive
from tamemip.certificates._refutation_limits import Limit, limits
from tamemip.certificates._refutation_lines import Line
from tamemip.errors import CertificateError
from tamemip.programs import MixedIntegerProgram
from tamemip.tameness import (
    ceiling,
    domain_of,
    floor,
    refute_irrational_equation,
    unary,
    variable,
    variables_of,
)
from tamemip.tameness._refutation_programs import refute_program
from tamemip.tameness._refutation_search import refute

CHECKERS = [check, check_fast]
X, Y = variable("x"), variable("y")


def refutation(expression, domain) -> Certificate:
    names = sorted(variables_of([expression]))
    found = refute([expression], domain_of(domain, names))
    assert found is not None
    return found


def knapsack() -> Certificate:
    program = MixedIntegerProgram.from_arrays(
        [2, 3, 1], [[3, 5, 1]], [">="], [0], integrality=[True, True, False]
    )
    found = refute_program(program)
    assert found is not None
    return found


CERTIFICATES = {
    "values": lambda: refutation(ceiling(1 / X), "x in (0, 1]"),
    "growing values": lambda: refutation(floor(X - 2 * Y), "x in [0, inf), y in [0, 1]"),
    "period": lambda: refutation(X / 3 - floor(X / 2) + floor(X), "x in [0, inf)"),
    "waves": lambda: refutation(unary("sin", 1 / X), "x in (0, 1]"),
    "swing": lambda: refutation(unary("sin", X), "x in (-inf, 0]"),
    "program": knapsack,
    "lattice": lambda: refute_irrational_equation(2, domain="b in [0, 1]"),
}
SABOTEURS = [
    ("values", "of", [1]),
    ("values", "of", []),
    ("values", "of", [2]),
    ("values", "entry", 1),
    ("values", "on", 2),
    ("values", "base", [1]),
    ("values", "base", [-1]),
    ("values", "base", []),
    ("values", "direction", [0]),
    ("values", "direction", [-1]),
    ("values", "start", 2),
    ("values", "start", 0),
    ("values", "start", -1),
    ("values", "to-zero", False),
    ("values", "to-zero", "true"),
    ("growing values", "direction", [-1, 0]),
    ("growing values", "direction", [1, 1]),
    ("growing values", "direction", [0, 0]),
    ("growing values", "start", -5),
    ("growing values", "to-zero", True),
    ("period", "period", [3, 0]),
    ("period", "period", ["1/2", 0]),
    ("period", "period", [0, 0]),
    ("period", "period", [-6, 0]),
    ("period", "period", [0, 2]),
    ("period", "period", [6]),
    ("period", "points", [1, 1]),
    ("period", "points", [0, 1]),
    ("period", "points", [1]),
    ("period", "to-zero", True),
    ("waves", "inner", 0),
    ("waves", "inner", 1),
    ("waves", "inner", 99),
    ("waves", "inner", -1),
    ("waves", "period", [0, 1]),
    ("waves", "period", [1, 0]),
    ("waves", "from", 100),
    ("waves", "points", [1, 1]),
    ("waves", "direction", [0]),
    ("swing", "period", [0, 1]),
    ("swing", "period", [6, 0]),
    ("swing", "direction", [1]),
    ("program", "column", 0),
    ("program", "column", 2),
    ("program", "column", 3),
    ("program", "x", [1, 0, 0]),
    ("program", "x", [0, 0, 1]),
    ("program", "x", [0, "1/2", 0]),
    ("program", "x", [0, -1, 0]),
    ("program", "y", ["1/2"]),
    ("program", "y", [1]),
    ("program", "y", [-1]),
    ("program", "u", [0]),
    ("program", "u", ["1/7"]),
    ("program", "u", [1, 1]),
    ("lattice", "on", 2),
    ("lattice", "first", 0),
    ("lattice", "first", -1),
    ("lattice", "second", 1),
    ("lattice", "radicand", 4),
    ("lattice", "radicand", 1),
    ("lattice", "radicand", -2),
    ("lattice", "radicand", "1/2"),
]


def tampered(certificate: Certificate, field: str, value: object) -> Certificate:
    *lines, last = certificate.lines
    step = json.loads(last)
    assert field in step
    assert step[field] != value
    return Certificate((*lines, json.dumps({**step, field: value}, separators=(",", ":"))))


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("name", CERTIFICATES)
def test_refutations_are_accepted(name, checker):
    statement = checker(CERTIFICATES[name]())
    assert statement.kind == "refuted"
    assert statement.refuted is not None
    assert "no o-minimal expansion of the real field" in str(statement).replace("\n  ", " ")


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("name", "field", "value"), SABOTEURS)
def test_tampered_refutations_are_rejected(name, field, value, checker):
    with pytest.raises(CertificateError):
        checker(tampered(CERTIFICATES[name](), field, value))


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("name", CERTIFICATES)
def test_missing_and_unknown_fields_are_rejected(name, checker):
    *lines, last = CERTIFICATES[name]().lines
    step = json.loads(last)
    for field in set(step) - {"step"}:
        short = json.dumps({k: v for k, v in step.items() if k != field}, separators=(",", ":"))
        with pytest.raises(CertificateError):
            checker(Certificate((*lines, short)))
    with pytest.raises(CertificateError):
        checker(Certificate((*lines, json.dumps({**step, "more": 1}, separators=(",", ":")))))


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_tamed_function_is_not_refuted_by_the_steps_of_a_wild_one(checker):
    """Whatever rule is named: the expression decides."""
    for name in ("values", "period", "waves", "swing"):
        lines = list(CERTIFICATES[name]().lines)
        tame = [
            line.replace('"op":"ceiling"', '"op":"abs"')
            .replace('"op":"floor"', '"op":"abs"')
            .replace('"op":"sin"', '"op":"atan"')
            for line in lines
        ]
        assert tame != lines
        with pytest.raises(CertificateError):
            checker(Certificate(tuple(tame)))


@pytest.mark.parametrize(
    ("exponent", "to_zero", "expected"),
    [
        (Fraction(-1), True, Limit(float("inf"))),
        (Fraction(-1), False, Limit(Fraction(0), 1)),
        (Fraction(1, 2), True, Limit(Fraction(0), 1)),
        (Fraction(3), False, Limit(float("inf"))),
    ],
)
def test_limits_of_powers(exponent, to_zero, expected):
    line = Line((Fraction(0),), (Fraction(1),), Fraction(1), to_zero)
    nodes = [Node("variable", name="t"), Node("power", (0,), value=exponent)]
    assert limits(nodes, derive(nodes, line.domain), to_zero=to_zero)[1] == expected

"""Certificates about expressions: the derivation, strict reading, saboteurs."""

from __future__ import annotations

import json
import subprocess
import sys
from fractions import Fraction

import pytest

from tamemip.certificates import (
    ATOMS,
    Certificate,
    Declaration,
    Domain,
    Enclosure,
    Node,
    RejectedError,
    Structure,
    check,
    check_fast,
    definable_certificate,
    derive,
)
from tamemip.certificates._definable_rules import _RULES
from tamemip.errors import CertificateError

CHECKERS = [check, check_fast]
HALF = Fraction(1, 2)


def box(**intervals) -> Domain:
    """Closed intervals, by name."""
    return Domain(tuple(intervals), tuple(Enclosure.between(*pair) for pair in intervals.values()))


X = Node("variable", name="x")
Y = Node("variable", name="y")

SMALL = {
    "ceiling of 1/x": ([X, Node("power", (0,), value=Fraction(-1)), Node("ceiling", (1,))],
                       Domain(("x",), (Enclosure.between(Fraction(1, 8), 1, low_open=True),))),
    "softplus of a sum": ([X, Y, Node("scale", (1,), value=HALF), Node("add", (0, 2)),
                           Node("softplus", (3,))], box(x=(0, 1), y=(-1, float("inf")))),
    "a declared function": ([X, Node("primitive", (0,), name="gamma", declared=Declaration(
        Structure.R_AN, Enclosure.between(HALF, 7), trend=None, citation="a table"))],
        box(x=(1, 4))),
    "an infimum": ([X, Y, Node("multiply", (0, 1)), Node("infimum", (2,), name="y")],
                   Domain(("x", "y"), (Enclosure.between(0, 1), Enclosure.between(2, 3)),
                          frozenset({"y"}))),
    "a piecewise function": ([X, Node("const", value=HALF), Node("less", (0, 1)),
                              Node("piecewise", (2, 0, 1))], box(x=(0, 1))),
}  # fmt: skip


def certificate(name: str) -> Certificate:
    nodes, domain = SMALL[name]
    return definable_certificate(nodes, [len(nodes) - 1], domain)


def test_every_operation_has_a_rule():
    special = {"variable", "piecewise", "infimum", "supremum", "argmin", "argmax"}
    assert set(_RULES) | special == set(ATOMS)
    assert all(atom.source and atom.rule and atom.meaning for atom in ATOMS.values())


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("name", SMALL)
def test_certificates_are_accepted(name, checker):
    statement = checker(certificate(name))
    assert statement.kind == "definable"
    assert statement.definable is not None
    assert "definable in" in str(statement)


def test_statements_say_what_is_assumed():
    found = check(certificate("a declared function")).definable
    assert found.structures == (Structure.R_AN,)
    assert "gamma" in found.assumptions[0]
    assert "a table" in str(check(certificate("a declared function")))


def _tampered(value):
    """Other values of the same kind."""
    match value:
        case bool():
            yield not value
            yield 1
        case int():
            yield value + 1
            yield value - 1
            yield str(value)
        case str():
            yield value + "x"
            yield {"less": "less-equal", "1/2": "1/3", "infimum": "supremum", "add": "maximum"}.get(
                value, "exp"
            )
        case None:
            yield 3
        case list():
            yield [*value, 1]
            yield value[:-1] if value else [0]
            for k, item in enumerate(value):
                for other in _tampered(item):
                    yield [*value[:k], other, *value[k + 1 :]]
        case dict():
            for key, item in value.items():
                for other in _tampered(item):
                    yield {**value, key: other}
                yield {k: v for k, v in value.items() if k != key}


@pytest.mark.parametrize("name", SMALL)
def test_tampering_with_any_field_is_refused(name):
    lines = list(certificate(name).lines)
    tried = 0
    for place, line in enumerate(lines):
        fields = json.loads(line)
        for other in _tampered(fields):
            changed = [*lines[:place], json.dumps(other), *lines[place + 1 :]]
            for checker in CHECKERS:
                with pytest.raises(CertificateError):
                    checker(Certificate(tuple(changed)))
            tried += 1
    assert tried > 80


@pytest.mark.parametrize("name", SMALL)
def test_a_missing_line_is_refused(name):
    lines = certificate(name).lines
    for place in range(len(lines)):
        with pytest.raises(CertificateError):
            check(Certificate(lines[:place] + lines[place + 1 :]))


@pytest.mark.parametrize(
    ("structures", "is_fine"),
    [(["semilinear"], True), (["semialgebraic"], False), ([], False), (["R_an"], False)],
)
def test_a_claimed_structure_is_the_derived_one(structures, is_fine):
    lines = list(certificate("ceiling of 1/x").lines)
    step = json.loads(lines[-1])
    step["structures"] = structures
    changed = Certificate((*lines[:-1], json.dumps(step)))
    if is_fine:
        check(changed)
        return
    with pytest.raises(CertificateError) as error:
        check(changed)
    assert (error.value.step, error.value.rule) == (step["step"], "definable")


def test_what_is_in_no_structure_has_no_certificate():
    nodes = [X, Node("sin", (0,))]
    with pytest.raises(RejectedError):
        definable_certificate(nodes, [1], Domain.real(["x"]))


def test_an_eliminated_variable_is_not_free():
    domain = Domain(("x", "y"), box(x=(0, 1), y=(0, 1)).intervals, frozenset({"y"}))
    with pytest.raises(RejectedError):
        definable_certificate([X, Y, Node("add", (0, 1))], [2], domain)


@pytest.mark.parametrize(
    "fields",
    [
        {"op": "expp", "of": [2]},
        {"op": "exp", "of": []},
        {"op": "exp", "of": [2, 2]},
        {"op": "exp", "of": [9]},
        {"op": "exp", "of": [1]},
        {"op": "exp", "of": [2], "value": 1},
        {"op": "power", "of": [2]},
        {"op": "power", "of": [2], "value": 0.5},
        {"op": "root", "of": [2], "value": "1/2"},
        {"op": "and", "of": [2]},
        {"op": "piecewise", "of": [2, 2]},
        {"op": "named", "of": [], "name": "tau"},
        {"op": "variable", "of": [], "name": "z"},
        {"op": "primitive", "of": [2], "name": "f", "declared": {}},
    ],
)
def test_malformed_nodes_are_refused(fields):
    lines = list(definable_certificate([X], [0], box(x=(0, 1))).lines)
    last = {**json.loads(lines.pop()), "step": 4, "of": [3]}
    changed = [*lines, json.dumps({"step": 3, "rule": "node", **fields}), json.dumps(last)]
    for checker in CHECKERS:
        with pytest.raises(CertificateError):
            checker(Certificate(tuple(changed)))


def test_the_module_checks_files(tmp_path):
    path = tmp_path / "proof.jsonl"
    certificate("softplus of a sum").write(path)
    for options in ([], ["--fast"]):
        run = subprocess.run(
            [sys.executable, "-m", "tamemip.certificates", *options, str(path)],
            capture_output=True,
            text=True,
            check=True,
        )
        assert "R_exp" in run.stdout


def test_deep_expressions_do_not_recurse():
    nodes = [X]
    for k in range(4000):
        nodes.append(Node("abs", (k,)) if k % 2 else Node("sin", (k,)))
    facts = derive(nodes, box(x=(0, 1)))
    assert facts[-1].structure is Structure.R_AN


def test_powers_of_powers_stay_short():
    nodes = [X, *(Node("power", (k,), value=Fraction(7)) for k in range(200))]
    assert derive(nodes, box(x=(0, 2)))[-1].structure is Structure.SEMIALGEBRAIC
    nodes = [X, Node("power", (0,), value=Fraction(1, 10**9)), Node("root", (0,), Fraction(10**9))]
    assert derive(nodes, box(x=(0, 2)))[-1].enclosure.is_bounded

"""Malformed certificates: both checkers refuse them, with no other exception."""

import json
import sys
from fractions import Fraction as Q

import pytest

from tamemip.certificates import Certificate, CertificateBuilder, Problem, check
from tamemip.errors import CertificateError, InvalidInputError
from tests.certificates.test_rejections import PROBLEM, leaf
from tests.certificates.tiny import CHECKERS, edited, program, verdict_of_lines


def good_lines():
    b = CertificateBuilder(PROBLEM)
    left, right = leaf(b, [(0, "<=", 0)]), leaf(b, [(0, ">=", 1)])
    F = b.close(b.branch(below=left, above=right, column=0, at=0))
    tight = b.tight(F, [1, 2], {0: Q(2)}, -2)
    other = b.close(leaf(b))
    b.tight(other, [1, 2], {0: Q(2)}, -2)
    return list(b.finish({"kind": "dual-function", "of": F, "tight": [tight]}).lines)


def test_the_certificate_that_is_spoiled_below_is_accepted():
    for checker in CHECKERS:
        assert checker(Certificate(tuple(good_lines()))).tight_at[0][1] == -2


# line, path, value, (step, rule) of the rejection
SPOILED = [
    (0, ["tamemip"], "program", (0, "header")),
    (0, ["version"], 2, (0, "header")),
    (0, ["version"], True, (0, "header")),
    (0, ["problem"], "0" * 64, (0, "problem")),
    (0, ["problem"], "short", (0, "header")),
    (0, ["statement"], [], (0, "header")),
    (0, ["statement", "kind"], 7, (0, "header")),
    (0, ["statement", "kind"], "theorem\ud800", (0, "statement")),
    (0, ["statement", "of"], 4, (0, "statement")),
    (0, ["statement", "of"], 99, (0, "statement")),
    (0, ["statement", "of"], 0, (0, "statement")),
    (0, ["statement", "of"], 6, (0, "statement")),
    (0, ["statement", "tight"], [1], (0, "statement")),
    (0, ["statement", "tight"], [9], (0, "statement")),
    (0, ["statement", "tight"], "6", (0, "header")),
    (0, ["statement", "more"], 1, (0, "header")),
    (1, ["problem"], None, (0, "problem")),
    (1, ["problem", "sense"], "minimize", (0, "problem")),
    (1, ["problem", "c", 0], "2/4", (0, "problem")),
    (1, ["problem", "c", 0], "1/1", (0, "problem")),
    (1, ["problem", "c", 0], "１/2", (0, "problem")),
    (1, ["problem", "c", 0], True, (0, "problem")),
    (1, ["problem", "c"], [1], (0, "problem")),
    (1, ["problem", "rows", 0, "sense"], "==", (0, "problem")),
    (1, ["problem", "rows", 0, "cols"], [1, 0], (0, "problem")),
    (1, ["problem", "rows", 0, "cols"], [0, 7], (0, "problem")),
    (1, ["problem", "rows", 0, "vals"], [1, 0], (0, "problem")),
    (1, ["problem", "rows", 0, "vals"], [1], (0, "problem")),
    (1, ["problem", "lower"], [0, 0], (0, "problem")),
    (1, ["problem", "integer"], [0, 0], (0, "problem")),
    (1, ["problem", "integer"], [-1], (0, "problem")),
    (1, ["problem", "name"], "x", (0, "problem")),
    (2, ["step"], 2, (1, "step")),
    (2, ["step"], True, (1, "step")),
    (2, ["rule"], "DUAL\n", (1, "step")),
    (2, ["rule"], None, (1, "step")),
    (2, ["rule"], "axiom", (1, "axiom")),
    (2, ["y"], 1, (1, "dual")),
    (2, ["z"], 1, (1, "dual")),
    (2, ["y", "d"], 0, (1, "dual")),
    (2, ["y", "d"], "1/2", (1, "dual")),
    (2, ["y", "i"], [-1], (1, "dual")),
    (2, ["y", "i"], [True], (1, "dual")),
    (2, ["y", "i"], [0, 1], (1, "dual")),
    (2, ["y", "v"], [0], (1, "dual")),
    (2, ["y", "v"], ["-1/2"], (1, "dual")),
    (3, ["bounds"], {}, (2, "leaf")),
    (3, ["bounds", 0], [0, "<="], (2, "leaf")),
    (3, ["bounds", 0, 0], 9, (2, "leaf")),
    (3, ["bounds", 0, 1], "=", (2, "leaf")),
    (3, ["bounds", 0, 2], "1/2", (2, "leaf")),
    (3, ["duals"], [2], (2, "leaf")),
    (3, ["duals"], [0], (2, "leaf")),
    (3, ["duals"], [-1], (2, "leaf")),
    (3, ["duals"], 1, (2, "leaf")),
    (5, ["above"], 9, (4, "branch")),
    (5, ["column"], 3, (4, "branch")),
    (7, ["rhs", 0], None, (6, "tight")),
    (7, ["value"], "x", (6, "tight")),
]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("line", "path", "value", "expected"), SPOILED)
def test_a_malformed_entry_is_rejected(checker, line, path, value, expected):
    lines = good_lines()
    lines[line] = edited(lines[line], path, value)
    assert verdict_of_lines(checker, lines) == expected


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("line", range(8))
@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "7",
        "null",
        '{"step":NaN}',
        '{"step":1.0}',
        '{"step":1e400}',
        '{"step":-Infinity}',
        '{"step":1,"step":1}',
        "[" * 100_000,
        '{"step":' + "9" * 5000 + "}",
        '{"step":1,"rule":"dual","y":{"d":' + "9" * 5000 + ',"i":[],"v":[]}}',
        "\ud800",
        "\x00",
    ],
    ids=lambda text: ascii(text[:12]),
)
def test_a_line_that_is_no_strict_json_is_rejected(checker, line, text):
    lines = good_lines()
    lines[line] = text
    assert isinstance(verdict_of_lines(checker, lines), tuple)


@pytest.mark.parametrize("checker", CHECKERS)
def test_every_truncation_is_rejected_or_lacks_nothing_that_is_needed(checker):
    lines = good_lines()
    needed = 8
    for k in range(len(lines)):
        found = verdict_of_lines(checker, lines[:k])
        assert isinstance(found, tuple) == (k < needed)
    for cut in range(1, len(lines[-1])):
        found = verdict_of_lines(checker, [*lines[:-1], lines[-1][:-cut]])
        assert found == (len(lines) - 2, "step")


@pytest.mark.parametrize("checker", CHECKERS)
def test_another_program_is_named_as_such(checker):
    certificate = Certificate(tuple(good_lines()))
    other = program("min", [1], [], [], [], lower=[0], upper=[1], integer=[True])
    with pytest.raises(CertificateError, match="another program") as caught:
        checker(certificate, program=other)
    assert (caught.value.step, caught.value.rule) == (0, "problem")
    with pytest.raises(InvalidInputError):
        checker(certificate, program=7)
    with pytest.raises(InvalidInputError):
        checker(7)


@pytest.mark.parametrize("checker", CHECKERS)
def test_numbers_of_thousands_of_digits_are_computed_and_named_briefly(checker):
    big = 10**3990
    p = program("min", [big], [[big]], [">="], [1], lower=[0], upper=[big], integer=[True])
    b = CertificateBuilder(p)
    F = b.close(b.leaf([], [b.dual({0: Q(big)})], []))
    b.infeasible(F, [big])
    with pytest.raises(CertificateError) as caught:
        checker(b.finish({"kind": "dual-function", "of": F}))
    assert (caught.value.step, caught.value.rule) == (b.n_steps, "infeasible")
    assert len(str(caught.value)) < 300


@pytest.mark.skipif(not hasattr(sys, "set_int_max_str_digits"), reason="Python 3.11.0 or older")
def test_a_stricter_limit_on_digits_is_obeyed():
    lines = good_lines()
    lines[2] = edited(lines[2], ["y", "d"], 10**1000)
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(640)
    try:
        assert verdict_of_lines(check, lines) == (1, "step")
    finally:
        sys.set_int_max_str_digits(limit)


def test_infinities_next_to_numbers_beyond_the_floats():
    p = program("min", [1], [], [], [], lower=[0], upper=[1], integer=[True], offset=10**400)
    b = CertificateBuilder(p)
    empty = b.leaf([(0, "<=", -1)], [], [])
    inside = b.leaf([(0, ">=", 0)], [], [])
    F = b.best([b.round(b.close(b.branch(below=empty, above=inside, column=0, at=-1)), 1)])
    nothing = [checker(b.finish({"kind": "dual-function", "of": F})) for checker in CHECKERS]
    assert [s.bound([]) for s in nothing] == [-float("inf")] * 2


def test_the_builder_refuses_what_is_not_exact():
    b = CertificateBuilder(PROBLEM)
    for bad in (0.5, True, "1/2", float("nan")):
        with pytest.raises(InvalidInputError):
            b.dual({0: bad})


@pytest.mark.parametrize("bad", [None, True, float("nan"), float("inf"), "x", "1/0"])
def test_a_bound_is_asked_for_at_rational_numbers(bad):
    statement = check(Certificate(tuple(good_lines())))
    with pytest.raises(InvalidInputError):
        statement.bound([bad, 1])
    with pytest.raises(InvalidInputError):
        statement.bound([1])


@pytest.mark.parametrize("lines", [(), (None,), (b"{}",), ("{}\n{}",), ("{}", 7)])
def test_a_certificate_is_made_of_single_lines_of_text(lines):
    with pytest.raises(CertificateError) as caught:
        Certificate(lines)
    assert (caught.value.step, caught.value.rule) == (0, "header")


def test_from_json_refuses_as_step_zero():
    with pytest.raises(CertificateError) as caught:
        Problem.from_json(json.loads("[]"))
    assert (caught.value.step, caught.value.rule) == (0, "problem")

"""Certificates of value functions on a lattice: what they say, and what is refused."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as Q

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import CertificateBuilder, Statement
from tamemip.errors import UnsupportedError
from tests.brute_force import ValueOracle
from tests.certificates.tiny import CHECKERS, program, verdict_of_lines
from tests.value_functions.test_lattice_value import lattice_programs

KIND = "value-function-on-a-lattice"


def finished(builder, step):
    return builder.finish({"kind": KIND, "of": step})


@settings(max_examples=60, deadline=None)
@given(lattice_programs(), st.data())
def test_both_checkers_make_the_table_of_brute_force(p, data):
    caps = [data.draw(st.integers(0, 5)) for _ in range(p.n_rows)]
    V = tm.value_function(
        p, domain=tm.Box({i: (-1, cap) for i, cap in enumerate(caps)}), method="lattice"
    )
    first, second = (checker(V.certificate, program=p) for checker in CHECKERS)
    assert (first.kind, first.text, first.on_lattice) == (KIND, second.text, second.on_lattice)
    oracle = ValueOracle(p)
    for b in itertools.product((Q(-1), Q(0), Q(1), Q(7, 2), Q(5), Q(11, 2)), repeat=p.n_rows):
        beyond = any(v > cap for v, cap in zip(b, caps, strict=True))
        stated = first.value_at(b)
        assert stated == oracle(b) if not beyond else stated in (None, oracle(b))
        bound = first.bound(b)
        assert bound <= oracle(b) if p.sense == "min" else bound >= oracle(b)


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("upper", ["inf", 2])
def test_columns_that_are_unbounded_or_in_no_row(sense, upper):
    p = tm.MixedIntegerProgram.from_arrays(
        [4, "11/2", -1 if sense == "max" else 1],
        [[2, 3, 0], [1, 0, 0]],
        "<=" if sense == "max" else ">=",
        [0, 0],
        upper=[upper, "inf", upper],
        sense=sense,
    )
    V = tm.value_function(p, domain=tm.Box({0: (0, 7), 1: (0, 3)}), method="lattice")
    for checker in CHECKERS:
        statement = checker(V.certificate, program=p)
        for b in itertools.product(range(8), range(4)):
            assert statement.value_at(b) == V.exact(b)
        assert statement.value_at((8, 0)) is None


# -- what is refused -------------------------------------------------------------------------

GOOD = {
    "sense": "max", "c": [2, 3], "A": [[1, 2]], "row_sense": ["<="], "rhs": [0],
    "lower": [0, 0], "upper": [1, None], "integer": [True, True],
}  # fmt: skip
VALUES = [Q(v) for v in (0, 2, 3, 5)]

FLAWS = {
    "a negative entry": {"A": [[1, -2]]},
    "a fractional entry": {"A": [[1, Q(1, 2)]]},
    "a continuous column": {"integer": [True, False]},
    "a lower bound above 0": {"lower": [1, 0]},
    "a lower bound below 0": {"lower": [-1, 0]},
    "no lower bound": {"lower": [None, 0]},
    "no value of a column": {"upper": [Q(-1, 2), None]},
    "an equation": {"row_sense": ["="]},
    "two senses": {"row_sense": ["<=", ">="], "A": [[1, 2], [1, 2]], "rhs": [0, 0]},
    "negative costs of a cover": {"row_sense": [">="]},
    "gain without end": {"A": [[1, 0]]},
    "another cost": {"c": [2, 4]},
    "another bound": {"upper": [0, None]},
    "another constant": {"offset": 1},
    "another entry": {"A": [[1, 3]]},
}


def given_problem(**changes):
    fields = GOOD | changes
    parts = [fields.pop(name) for name in ("sense", "c", "A", "row_sense", "rhs")]
    return program(*parts, **fields)


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_knapsack_by_hand(checker):
    b = CertificateBuilder(given_problem())
    statement = checker(finished(b, b.lattice([3], VALUES)))
    assert [statement.value_at([k]) for k in range(4)] == VALUES
    assert statement.value_at([Q(5, 2)]) == 3
    assert statement.value_at([Q(-1, 2)]) == -math.inf
    assert statement.value_at([4]) is None
    assert statement.bound([4]) == math.inf


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("flaw", FLAWS)
def test_other_programs_are_refused(flaw, checker):
    p = given_problem(**FLAWS[flaw])
    b = CertificateBuilder(p)
    found = verdict_of_lines(checker, finished(b, b.lattice([3] * len(p.rhs), VALUES)).lines)
    assert found == (1, "lattice")


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(
    ("caps", "values"),
    [
        ([3], [*VALUES[:-1], Q(6)]),
        ([3], [*VALUES[:-1], Q(4)]),
        ([3], VALUES[:-1]),
        ([2], VALUES),
        ([3, 0], VALUES),
        ([], VALUES),
        ([-1], []),
    ],
)
def test_other_values_are_refused(caps, values, checker):
    b = CertificateBuilder(given_problem())
    b.lattice([3], values)
    lines = finished(b, 1).lines
    changed = lines[2].replace('"caps":[3]', f'"caps":{caps}')
    found = verdict_of_lines(checker, [*lines[:2], changed])
    assert not isinstance(found, Statement)
    assert found == (1, "lattice")


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_table_that_is_too_long_is_refused(checker):
    b = CertificateBuilder(given_problem())
    b.lattice([3], VALUES)
    lines = finished(b, 1).lines
    changed = lines[2].replace('"caps":[3]', '"caps":[99999999]')
    assert verdict_of_lines(checker, [*lines[:2], changed]) == (1, "lattice")
    with pytest.raises(UnsupportedError, match="smaller"):
        b.lattice([99999999], VALUES)


@pytest.mark.parametrize("checker", CHECKERS)
def test_a_statement_names_a_lattice_and_nothing_else(checker):
    b = CertificateBuilder(given_problem())
    step = b.lattice([3], VALUES)
    for goal in ({"of": step, "tight": [step]}, {"of": b.line([0], {0: 1})}):
        found = verdict_of_lines(checker, b.finish({"kind": KIND, **goal}).lines)
        assert found == (0, "statement")

"""Functions that repeat: the rules accept what is written, and reject it once it is changed."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from tamemip.certificates import Certificate, Domain, Enclosure, check, check_fast
from tamemip.certificates._definable_periodic import (
    Missing,
    Motion,
    PeriodTooShortError,
    Phase,
    joined,
    straight,
)
from tamemip.certificates._definable_periodic_ends import End, ending
from tamemip.errors import CertificateError
from tamemip.tameness import domain_of, floor, maximum, minimum, modulo, piecewise, variable
from tamemip.tameness._expression import nodes_of
from tamemip.tameness._periodic_search import prove_eventually_affine, refute_by_phases

X = variable("x")
LINE = domain_of(None, ["x"])
CHECKERS = [check, check_fast]

CLIPPED = minimum(maximum(floor(X / 3), 0), 2)
ALTERNATING = piecewise([(floor(X) - 2 * floor(X / 2) < 1, X)], default=0 * X)
LATE = piecewise([(X > 100, floor(2 * X))], default=0 * X)


def proof(expression, domain=LINE) -> Certificate:
    found = prove_eventually_affine([expression], domain)
    assert found is not None
    return found


def refutation(*expressions, domain=LINE) -> Certificate:
    found = refute_by_phases(list(expressions), domain)
    assert found is not None
    return found


CERTIFICATES = {
    "clipped": lambda: proof(CLIPPED),
    "half-line": lambda: proof(maximum(floor(X), X), domain_of("x in (1/2, inf)", ["x"])),
    "alternating": lambda: refutation(ALTERNATING),
    "late": lambda: refutation(LATE, domain=domain_of("x in [0, inf)", ["x"])),
    "map": lambda: refutation(X, ALTERNATING),
    "short": lambda: refutation(ALTERNATING, domain=domain_of("x in [0, inf)", ["x"])),
}
SABOTEURS = [
    ("clipped", "low", None),
    ("clipped", "high", None),
    ("clipped", "high", [0, 3]),  # the minimum is not reached yet
    ("clipped", "high", [9, 1]),  # x/3 grows by no integer
    ("clipped", "high", [9, 0]),
    ("clipped", "high", [9, -3]),
    ("clipped", "high", [9]),
    ("clipped", "low", [10, 3]),
    ("clipped", "pieces", 2),
    ("clipped", "continuous", True),
    ("clipped", "total", 1),
    ("clipped", "local", False),
    ("clipped", "structures", ["semialgebraic"]),
    ("clipped", "digest", "0" * 64),
    ("clipped", "of", []),
    ("clipped", "on", 2),
    ("half-line", "high", ["1/2", 1]),  # 1/2 is not in the domain
    ("half-line", "low", [2, 1]),  # there is no such end
    ("alternating", "end", [0, 1]),
    ("alternating", "end", [0, -2]),
    ("alternating", "side", 2),
    ("alternating", "entry", 1),
    ("late", "end", [0, 1]),
    ("late", "end", [-1, 1]),
    ("late", "side", -1),
    ("map", "entry", 0),
    ("short", "end", [-2, 2]),  # it leaves the domain
]


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize("name", CERTIFICATES)
def test_certificates_are_accepted_as_written(name, checker):
    statement = checker(CERTIFICATES[name]())
    assert (statement.definable is None) != (statement.refuted is None)


@pytest.mark.parametrize("checker", CHECKERS)
@pytest.mark.parametrize(("name", "field", "value"), SABOTEURS)
def test_changed_certificates_are_rejected(name, field, value, checker):
    *lines, last = CERTIFICATES[name]().lines
    step = json.loads(last)
    assert step[field] != value or type(step[field]) is not type(value)
    with pytest.raises(CertificateError):
        checker(Certificate((*lines, json.dumps({**step, field: value}))))


@pytest.mark.parametrize("checker", CHECKERS)
def test_later_starts_and_longer_periods_prove_the_same(checker):
    *lines, last = proof(CLIPPED).lines
    step = json.loads(last)
    other = Certificate((*lines, json.dumps({**step, "high": ["31/2", 6], "low": [-7, 9]})))
    assert checker(other).definable == checker(proof(CLIPPED)).definable


def test_another_entry_that_may_be_undefined_hides_the_witness():
    gaps = piecewise([(floor(X) < X, X)])
    assert refute_by_phases([gaps, ALTERNATING], LINE) is not None  # the gaps are refuted
    half = piecewise([(X < 0, X)])
    found = refute_by_phases([half, ALTERNATING], LINE)
    assert found is not None
    assert json.loads(found.lines[-1])["side"] == -1


def test_two_variables_are_refused():
    domain = Domain.real(("x", "y"))
    assert prove_eventually_affine([maximum(floor(X), X) + variable("y")], domain) is None
    found = prove_eventually_affine([maximum(floor(X), X)], domain)
    assert found is not None
    assert check(found).definable.pieces is None


def test_roundings_ask_for_the_period_that_they_need():
    nodes, _ = nodes_of([floor(floor(X) / 6 + X / 4)])
    with pytest.raises(PeriodTooShortError) as caught:
        ending(nodes, "x", End(1, Fraction(0), Fraction(1)))
    assert caught.value.factor == 12


def test_germs_of_a_clipped_floor():
    nodes, (root,) = nodes_of([minimum(floor(X), 2)])
    found = ending(nodes, "x", End(1, Fraction(0), Fraction(1)))
    assert found.delay == 3
    late = ending(nodes, "x", End(1, Fraction(3), Fraction(1)))
    assert late.delay == 0
    assert straight(late.germs[root], Fraction(1)) == Motion(Fraction(0), Fraction(2), Fraction(0))


def test_remainders_do_not_grow():
    nodes, (root,) = nodes_of([modulo(X, 2)])
    found = ending(nodes, "x", End(-1, Fraction(0), Fraction(2)))
    assert {phase.value.rate for phase in found.germs[root]} == {0}


def test_points_at_which_nothing_happens_are_left_out():
    zero, one = Fraction(0), Fraction(1)
    f = Motion(one, zero, one)
    point = Phase(one / 2, one / 2, Motion(zero, one / 2, one))
    phases = [Phase(zero, zero, f), Phase(zero, one / 2, f), point, Phase(one / 2, one, f)]
    assert joined(phases) == (Phase(zero, zero, f), Phase(zero, one, f))
    phases[2] = Phase(one / 2, one / 2, Missing.UNDEFINED)
    assert joined(phases) == tuple(phases)
    assert straight(joined(phases), one) is None


def test_the_domain_must_reach_the_end():
    bounded = Domain(("x",), (Enclosure.between(0, 5),))
    assert prove_eventually_affine([floor(X)], bounded) is None

"""Hidden identities between roundings, clipped roundings, and late or alternating ones."""

from __future__ import annotations

import json

import pytest

import tamemip as tm
from tamemip.certificates import Structure, check, check_fast
from tamemip.errors import UnsupportedError
from tamemip.tameness import certify
from tamemip.tameness._verdict_json import verdict_to_json
from tests.tameness.test_adversaries_tampering import require_true, seen, tampered

# The function, the number of its pieces, and whether it is continuous.
TAME = [
    ("floor(-x) + ceiling(x)", 1, True),
    ("Mod(x, 1) + floor(x)", 1, True),
    ("Max(floor(x), x)", 1, True),
    ("floor(x + x) - floor(2*x)", 1, True),
    ("Piecewise((x, floor(x) <= x), (floor(x), True))", 1, True),
    ("floor(floor(x)/2) - floor(x/2)", 1, True),
    ("floor(2*x) - floor(x) - floor(x + 1/2)", 1, True),
    ("floor(3*x) - floor(x) - floor(x + 1/3) - floor(x + 2/3)", 1, True),
    ("Mod(Mod(x, 6), 3) - Mod(x, 3)", 1, True),
    ("ceiling(x) - floor(x) - Piecewise((1, floor(x) < x), (0, True))", 1, True),
    ("floor(floor(x/6 + 1/2)/5) - floor(x/30 + 1/10)", 1, True),
    ("Min(Max(floor(x), 0), 2)", 3, False),
    ("Min(Max(ceiling(x/2), -1), 1)", 3, False),
    ("abs(x) + Max(floor(x), -5) - Max(-5, floor(x + 1) - 1)", 2, True),
    ("Piecewise((floor(x), abs(x) < 2), (x, True))", 6, False),
    ("Piecewise((x, x < 10**6), (x + floor(x) - floor(x + 1), True))", 2, False),
    ("Max(x + Mod(x, 2), x) - Mod(x, 2)", 1, True),
    ("Min(floor(x), 2*x, 3) - Min(2*x, 3, floor(x))", 1, True),
]
PARTIAL = [
    "Piecewise((floor(x), (x < 4) & (x > 1)))",
    "Piecewise((x, (x > 0) & (floor(x) <= x)))",
    "1/(floor(x) + ceiling(-x))",
]
WILD = [
    "Piecewise((floor(x), x > 10**6), (0, True))",
    "Piecewise((x, Mod(x, 2) < 1), (0, True))",
    "Piecewise((x, Mod(x, 2) < 1), (2*x, True))",
    "Piecewise((1, floor(x) < x), (0, True))",
    "Piecewise((x, floor(x) < x))",
    # Only single points move, and in the first period they are where they should be.
    "Piecewise((0, floor(x) < x), (x, True))",
    "Piecewise((0, floor(x + 1/2) < x + 1/2), (x - 1/2, True))",
    "Min(floor(x), 5)",
    "Max(floor(x), 10**9 - x) + x",
    "floor(x/97) - floor(x)/97",
]


@pytest.mark.parametrize(("text", "pieces", "is_continuous"), TAME)
def test_tame_functions_are_certified_with_all_their_pieces(text, pieces, is_continuous):
    verdict = certify(text)
    assert verdict.structure is Structure.SEMILINEAR
    assert (verdict.pieces, verdict.is_continuous) == (pieces, is_continuous)
    assert verdict.is_total
    assert verdict.local is verdict.certificate
    assert check(verdict.certificate) == check_fast(verdict.certificate)


@pytest.mark.parametrize("text", PARTIAL)
def test_functions_with_a_tame_domain_are_certified_where_defined(text):
    verdict = certify(text)
    assert verdict.structure is Structure.SEMILINEAR
    assert not verdict.is_total
    assert verdict.pieces is None


@pytest.mark.parametrize("text", WILD)
def test_wild_functions_are_refuted(text):
    verdict = certify(text)
    assert verdict.status is tm.REFUTED
    assert verdict.witness.kind == "W1"
    assert check(verdict.certificate) == check_fast(verdict.certificate)


@pytest.mark.parametrize("domain", ["x in (1/3, inf)", "x in (-inf, -7]", "x in [10**7, inf)"])
def test_half_lines_have_one_end(domain):
    verdict = certify(
        "Max(floor(2*x)/2, x) + Min(Max(x, 0), 1)", domain.replace("10**7", "10000000")
    )
    step = json.loads(verdict.certificate.lines[-1])
    assert step["rule"] == "definable-eventually-affine"
    assert (step["low"] is None) != (step["high"] is None)
    assert verdict.is_continuous


def test_other_functions_may_be_read_between_the_ends():
    verdict = certify("Piecewise((exp(x), x < 5), (Max(x, floor(x)), True))")
    assert verdict.structures == (Structure.R_EXP,)
    assert verdict.pieces is None
    assert json.loads(verdict.certificate.lines[-1])["low"] is None


def test_maps_are_certified_jointly_or_refuted_by_an_entry():
    tame, wild, partial = (
        "Max(floor(x), x)",
        "Piecewise((x, Mod(x, 2) < 1), (0, True))",
        "Piecewise((x, x < 0))",
    )
    read = {text: certify(text).expressions[0] for text in (tame, wild, partial)}
    line = certify(tame).domain
    both = tm.tameness.certify_expressions([read[tame], read[partial]], line)
    assert both.status is tm.CERTIFIED
    assert not both.is_total
    assert tm.tameness.certify_expressions([read[tame], read[wild]], line).status is tm.REFUTED


def test_the_other_readings_of_a_verdict_work():
    verdict = certify("Min(Max(floor(x), 0), 2)")
    assert "affine on each of at most 3 intervals" in str(verdict)
    assert verdict_to_json(verdict)["structures"] == ["semilinear"]
    assert verdict.consequences[0].holds
    assert "to_int" in verdict.to_smtlib()
    with pytest.raises(UnsupportedError):
        verdict.cells()


@pytest.mark.parametrize("text", ["Min(Max(floor(x), 0), 2)", "Piecewise((x, Mod(x, 2) < 1))"])
def test_what_is_accepted_after_a_change_is_true(text):
    certificate = certify(text).certificate
    original = check(certificate)
    rejected = 0
    for lines in tampered(certificate):
        statement = seen(check, lines)
        assert statement == seen(check_fast, lines)
        if statement is None:
            rejected += 1
        else:
            require_true(statement, original, lines)
    assert rejected > 100


def test_identities_of_other_functions_stay_open():
    assert certify("sin(x)**2 + cos(x)**2").status is tm.UNKNOWN

"""The report says whether the optimal value is definable in the right-hand side."""

from __future__ import annotations

import io
import json

import pytest
from rich.console import Console

import tamemip as tm
from tamemip.analysis import _analyze, _tameness

program = tm.MixedIntegerProgram.from_arrays

BOUNDED = program([2, 3], [[3, 5]], [">="], [7], upper=10)
#: Bounded by its row alone, whatever its right-hand side is.
LINEAR = program([2, 3], [[3, 5]], [">="], [7], integrality=False)
#: ``min{x: x >= d}``, the ceiling of d.
CEILING = program([1], [[1]], [">="], ["7/2"])
#: The integer column is free to grow, and dearer than the continuous one nowhere: ``v(d) = d``.
OPEN = program([1, 1], [[1, 1]], ["="], [3], integrality=[True, False])
INFEASIBLE = program([1, 1], [[1, 1], [2, 2]], [">=", "<="], [3, 5], upper=9)

FORMS = {
    "certified": (BOUNDED, tm.CERTIFIED, "semilinear, checked: where finite"),
    "linear": (LINEAR, tm.CERTIFIED, "semilinear, checked: where finite"),
    "infeasible": (INFEASIBLE, tm.CERTIFIED, "semilinear, checked: where finite"),
    "refuted": (CEILING, tm.REFUTED, "not over all d (refuted with witness W1, checked)"),
    "open": (OPEN, tm.UNKNOWN, "whether over all d is open"),
}


@pytest.mark.parametrize("name", FORMS)
def test_the_report_has_the_verdict_of_certify_in_every_form(name):
    p, status, words = FORMS[name]
    report = tm.analyze(p, rows=())
    found = report.tameness
    verdict = tm.certify(p)
    assert found.verdict.status is status is verdict.status
    assert found.verdict.structures == verdict.structures
    assert words in found.meaning()
    assert f"tameness: {found.meaning()}" in str(report)
    assert found.meaning() in _rendered(report)
    assert words in report.to_html()
    shown = json.loads(json.dumps(report.to_json(), allow_nan=False))["tameness"]
    assert shown["status"] == status.value
    assert shown["structure"] == ("semilinear" if status is tm.CERTIFIED else None)
    assert shown["meaning"] == found.meaning()
    assert shown["certificate_checked"] == (status is not tm.UNKNOWN)
    assert shown["locally_checked"]


@pytest.mark.parametrize("name", FORMS)
def test_what_the_report_says_was_checked_is_about_its_program(name):
    p, status, _ = FORMS[name]
    report = tm.analyze(p, rows=())
    found = report.tameness
    pairs = [(found.verdict.certificate, found.checked), (found.verdict.local, found.local)]
    for certificate, checked in pairs:
        assert (certificate is None) == (checked is None)
        if certificate is not None:
            assert tm.check(certificate, program=p).text == checked.statement.text
            assert checked.statement.text in found.statements()
    assert len(found.statements()) == (2 if status is tm.REFUTED else 1)


def test_a_finite_box_is_promised_where_all_right_hand_sides_are_refuted():
    found = tm.analyze(CEILING, rows=()).tameness
    assert "finitely many affine pieces on each compact box" in found.meaning()
    assert tm.check(found.verdict.local, program=CEILING).definable.is_local
    assert tm.certify(CEILING, domain={0: (-5, 5)}).structure is tm.Structure.SEMILINEAR


def test_the_certificates_of_the_report_stay_those_of_the_dual_function():
    report = tm.analyze(BOUNDED, rows=())
    assert report.certificates == (report.dual_function.certificate,)


def test_a_long_search_is_left_out_and_boxes_remain():
    n = 150
    p = program([1] * n, [[1 + j % 7 for j in range(n)]], ["<="], [100])
    found = tm.analyze(p, rows=()).tameness
    assert found.verdict.status is tm.UNKNOWN
    assert "150" in found.verdict.obligation.text
    assert found.checked is None
    assert tm.check(found.verdict.local, program=p).definable.is_local
    assert "on each compact box" in found.meaning()


def test_an_error_of_the_certifier_becomes_a_note(monkeypatch):
    def refuse(_):
        raise tm.errors.UnsupportedError("no such luck.")

    monkeypatch.setattr(_analyze, "tameness_of", refuse)
    report = tm.analyze(BOUNDED, rows=())
    assert report.value == 5
    assert report.tameness is None
    assert report.to_json()["tameness"] is None
    assert any("no such luck" in note for note in report.notes)
    assert "tameness:" not in str(report)


def test_an_interrupt_keeps_what_is_proved(monkeypatch):
    def interrupt(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(_tameness, "certify", interrupt)
    report = tm.analyze(BOUNDED, rows=())
    assert report.stopped == "interrupted"
    assert report.value == 5
    assert report.tameness is None


def _rendered(report) -> str:
    text = io.StringIO()
    Console(file=text, width=200, color_system=None).print(report)
    return text.getvalue()


def test_the_report_says_where_the_value_jumps():
    p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1, row_names=["cap"])
    report = tm.analyze(p)
    assert report.lipschitz.status is tm.REFUTED
    assert report.lipschitz.jump.at == -1
    assert report.lipschitz.jump.limit == 0
    assert "regularity: v is not Lipschitz at this rhs: cap jumps directly below" in str(report)


def test_the_report_says_that_the_value_is_lipschitz():
    p = tm.MixedIntegerProgram.from_arrays([-1], [[1]], "<=", ["1/2"], upper=1)
    report = tm.analyze(tm.elastic(p, penalty=3))
    assert report.lipschitz.status is tm.CERTIFIED
    shown = report.to_json()["lipschitz"]
    assert shown["status"] == "certified"
    assert shown["constants_exact"] == {"R0": "0"}

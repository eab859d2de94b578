"""The statement of a refutation says which expression it is about."""

from dataclasses import replace

import tamemip as tm
from tamemip.certificates import Certificate
from tamemip.tameness import ceiling, floor, variable


def refuted(certificate: Certificate):
    return tm.check(certificate).refuted


def test_two_functions_have_two_statements():
    x = variable("x")
    down = tm.certify(floor(x) + x * x).certificate
    up = tm.certify(ceiling(x) + x * x).certificate
    first, second = refuted(down), refuted(up)
    assert first.subject == second.subject
    assert first.digest != second.digest
    assert first != second


def test_an_edited_expression_has_another_statement():
    x = variable("x")
    certificate = tm.certify(floor(x) + x * x).certificate
    edited = Certificate(tuple(s.replace('"floor"', '"ceiling"') for s in certificate.lines))
    assert edited.lines != certificate.lines
    assert refuted(edited) != refuted(certificate)
    assert replace(refuted(edited), digest="") == replace(refuted(certificate), digest="")

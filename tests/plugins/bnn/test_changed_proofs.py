"""A proof of training in which one number is changed does not prove the value any more."""

from __future__ import annotations

import re

import pytest

from tamemip.certificates import Certificate, check
from tamemip.errors import TameMIPError
from tamemip.plugins.bnn import NetworkTraining, prove_training

INSTANCES = [
    NetworkTraining([[1, 1], [1, -1], [-1, 1], [-1, -1]], [1, -1, -1, -1]),
    NetworkTraining([[2], [-1]], [1, -1], objective=("max-correct", "max-margin"), weights=3),
    NetworkTraining([[2], [-1], [1]], [1, -1, -1], objective="max-correct", hidden=(1,)),
]


@pytest.mark.parametrize("instance", INSTANCES, ids=repr)
def test_no_number_of_a_proof_can_be_changed(instance):
    proved = prove_training(instance)
    text = "\n".join(proved.certificate.lines)
    program = proved.dual.program
    known = (program.exact.rhs, proved.value)
    assert known in check(proved.certificate, program=program).tight_at
    numbers = re.finditer(r'(?<![\w"])-?\d+(?!\w)', text)
    for match in numbers:
        if text.startswith(',"i":[]', match.end()):
            continue  # the denominator of a vector without entries
        changed = f"{text[: match.start()]}{int(match[0]) + 1}{text[match.end() :]}"
        try:
            # Another right-hand side at which the bound is tight may be a true statement.
            found = check(Certificate(tuple(changed.split("\n"))), program=program).tight_at
        except TameMIPError:
            continue
        assert known not in found

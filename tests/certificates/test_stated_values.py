"""`Statement.value_at` looks the stated value up, whatever the kind of statement."""

from __future__ import annotations

import math
from fractions import Fraction as Q

import pytest

import tamemip as tm
from tamemip.certificates import CertificateBuilder
from tamemip.errors import InvalidInputError
from tests.certificates.tiny import CHECKERS, program

#: min x, 2 x - y = d1, x in 0..3 and y in 0..1 integer.
PROGRAM = tm.MixedIntegerProgram.from_arrays(
    [1, 0], [[2, -1], [0, 0]], ["=", "<="], [0, 5], upper=[3, 1], row_names=["A", "B"]
)


@pytest.mark.parametrize("checker", CHECKERS)
def test_on_a_line(checker):
    v = tm.value_function(PROGRAM, along={"A": 1}, interval=(-2, 4))
    statement = checker(v.certificate, program=PROGRAM)
    for t in (-2, -1, Q(-1, 2), 0, Q(1, 2), 1, 4):
        assert statement.value_at([t, 5]) == v.exact(t)
    for d in ([5, 5], [-3, 5], [0, 6]):
        assert statement.value_at(d) is None
    assert "stretch" in repr(statement)


@pytest.mark.parametrize("checker", CHECKERS)
def test_at_single_right_hand_sides(checker):
    F = tm.dual_function(PROGRAM, method="branch-and-bound")
    statement = checker(F.certificate, program=PROGRAM)
    assert statement.value_at([0, 5]) == 0
    assert statement.value_at(["1/3", 5]) is None
    with pytest.raises(InvalidInputError):
        statement.value_at([0])


@pytest.mark.parametrize("checker", CHECKERS)
def test_on_a_box(checker):
    v = tm.value_function(PROGRAM, domain=tm.Box({"A": (-2, 4)}), method="discrete")
    statement = checker(v.certificate, program=PROGRAM)
    for t in (-2, -1, Q(-1, 2), 0, Q(1, 2), 1, 4):
        assert statement.value_at([t, 5]) == v.exact([t, 5])
        assert statement.on_box.at([Q(t)]) == v.exact([t, 5])
    for d in ([5, 5], [-3, 5], [0, 6]):
        assert statement.value_at(d) is None
    assert statement.on_box.at([Q(5)]) is None
    with pytest.raises(InvalidInputError):
        statement.on_box.at([Q(0), Q(0)])
    assert "cell" in repr(statement)


@pytest.mark.parametrize("checker", CHECKERS)
def test_directions_may_depend_but_then_parameters_have_to_be_named(checker):
    p = program("min", [1], [[1]], [">="], [0], lower=[0], upper=[9], integer=[False])
    b = CertificateBuilder(p)
    function = b.close(b.leaf([], [b.dual({0: Q(1)})], []))
    box = b.box([0], [{0: Q(1)}, {0: Q(2)}], [0, 0], [1, 1])
    piece = b.piece(function, box, point=b.affine_point(box, [{}, {0: Q(1)}, {0: Q(2)}]))
    statement = checker(b.finish({"kind": "value-function-on-a-box", "of": box, "tight": [piece]}))
    assert statement.on_box.at((Q(1, 2), Q(1, 3))) == Q(7, 6)
    with pytest.raises(InvalidInputError, match="on_box"):
        statement.value_at([1])


@pytest.mark.parametrize("checker", CHECKERS)
def test_on_a_lattice(checker):
    p = tm.MixedIntegerProgram.from_arrays([3, 4], [[2, 3]], "<=", [0], sense="max")
    v = tm.value_function(p, domain=tm.Box({0: (0, 9)}), method="lattice")
    statement = checker(v.certificate, program=p)
    assert [statement.value_at([k]) for k in (0, Q(7, 2), 9)] == [0, 4, 13]
    assert statement.value_at([-1]) == -math.inf
    assert "10 integer rhs" in repr(statement)

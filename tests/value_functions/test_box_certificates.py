"""Certificates of value functions on a box: both checkers accept and say the same."""

from __future__ import annotations

import itertools
from fractions import Fraction as Q

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import _box_values
from tamemip.errors import UnsupportedError
from tamemip.value_functions._box_cells import BoxCell, BoxParameters
from tamemip.value_functions._box_proof import MOST_PARAMETERS, certificate_of_cells
from tests.brute_force import ValueOracle
from tests.certificates.tiny import CHECKERS
from tests.duality.laws import calm
from tests.value_functions.test_box_laws import boxes, drawn, points_of, some_programs, value_of

KIND = "value-function-on-a-box"


def checked(v):
    """What both checkers say of a value function, once it is seen to be the same."""
    first, second = (checker(v.certificate, program=v.program) for checker in CHECKERS)
    assert (first.kind, first.text) == (second.kind, second.text)
    if first.kind == KIND:
        assert first.on_box.cells == second.on_box.cells
    return first


@calm(40)
@given(st.data())
def test_the_whole_function_is_proved(data):
    p = data.draw(some_programs())
    v = value_of(p, data.draw(boxes(p)))
    if v is None or not v.is_certified:
        return
    statement = checked(v)
    assert statement.kind == KIND
    assert statement.on_box.is_whole
    oracle = ValueOracle(p)
    for theta in [*points_of(v), *(drawn(data, v) for _ in range(3))]:
        rhs = v.parameters.rhs_at(theta)
        assert statement.value_at(rhs) == v.exact(rhs)
        if oracle.is_complete:
            assert statement.value_at(rhs) == oracle(rhs)


@calm(20)
@given(st.data())
def test_what_is_proved_at_a_limit_is_certified(data):
    p = data.draw(some_programs())
    v = value_of(p, data.draw(boxes(p)), limits=tm.Limits(nodes=data.draw(st.integers(0, 4))))
    if v is None:
        return
    statement = checked(v)
    if statement.kind != KIND:
        assert not any(cell.is_proved for cell in v.cells)
        return
    assert statement.on_box.is_whole == v.is_certified
    for theta in points_of(v):
        rhs = v.parameters.rhs_at(theta)
        assert statement.value_at(rhs) == v.cell(rhs).at(theta)


@pytest.mark.parametrize("sense", ["min", "max"])
def test_a_pure_program_of_two_rows(sense):
    p = tm.MixedIntegerProgram.from_arrays(
        [3, 5, 4], [[2, 3, 1], [1, 4, 2]], ">=" if sense == "min" else "<=", [0, 0], upper=4,
        sense=sense,
    )  # fmt: skip
    v = tm.value_function(p, domain=tm.Box({0: (0, 5), 1: (0, 6)}), method="discrete")
    table = tm.value_function(p, domain=tm.Box({0: (0, 5), 1: (0, 6)}), method="lattice")
    statement = checked(v)
    for b in itertools.product([Q(k, 2) for k in range(11)], [Q(k, 3) for k in range(19)]):
        assert statement.value_at(b) == table.exact(b)


def test_more_parameters_than_the_checkers_read_are_refused():
    assert MOST_PARAMETERS == _box_values.MOST_PARAMETERS
    k = MOST_PARAMETERS + 1
    p = tm.MixedIntegerProgram.from_arrays([1], [[0]] * k, ">=", [0] * k, upper=1)
    parameters = BoxParameters.of(p, tm.Box(dict.fromkeys(range(k), (0, 1))))
    with pytest.raises(UnsupportedError, match="fewer rows"):
        certificate_of_cells(p, parameters, tm.dual_function(p), BoxCell((), (), None, *[None] * 3))

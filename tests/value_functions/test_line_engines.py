"""All engines of a line give the same function, and it is the value."""

from __future__ import annotations

import math
from fractions import Fraction as Q

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import UnsupportedError
from tamemip.solvers import Limits
from tamemip.value_functions import _line_engines
from tests.brute_force import ValueOracle
from tests.certificates.tiny import CHECKERS
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs
from tests.value_functions.test_line_laws import steps_of


@calm(40)
@given(st.data())
def test_the_search_on_a_box_gives_the_line_too(data):
    p = data.draw(branching_programs())
    row = data.draw(st.integers(0, p.n_rows - 1))
    rate = data.draw(st.sampled_from([Q(1), Q(-2), Q(1, 3)]))
    interval = Q(-3), Q(data.draw(st.integers(-2, 4)))
    try:
        v = _line_engines._by_box(p, ((row, rate),), interval, Limits(), None)
    except UnsupportedError:
        return
    assert v is not None
    assert v.is_certified
    oracle = ValueOracle(p)
    for t in steps_of(v):
        assert v.exact(t) == oracle(v.rhs_at(t))
    for check in CHECKERS:
        assert check(v.certificate, program=p)


@pytest.mark.parametrize("nodes", [1, 2, 7])
def test_a_tree_that_is_too_large_is_left_to_the_other_engines(monkeypatch, nodes):
    p = tm.MixedIntegerProgram.from_arrays(
        [2, 3, 5], [[3, 5, 7]], [">="], [0], integrality=[True, True, True], upper=4
    )
    whole = tm.value_function(p, along={0: 1}, interval=(0, 20))
    monkeypatch.setattr(_line_engines, "_FIRST_NODES", nodes)
    v = tm.value_function(p, along={0: 1}, interval=(0, 20))
    assert v.is_certified
    assert v.pieces == whole.pieces
    assert v.jumps == whole.jumps
    assert math.isfinite(v.seconds)

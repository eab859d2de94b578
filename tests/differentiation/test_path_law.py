"""The chain rule along broken lines: fields that obey it, and fields that do not."""

from __future__ import annotations

import math
from fractions import Fraction as Q

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.differentiation import examine_path
from tamemip.errors import InvalidInputError, NotAllowedError
from tests.differentiation.exact_rates import directions, tight_programs, value
from tests.duality.laws import calm

make = tm.MixedIntegerProgram.from_arrays
half = Q(1, 2)
TWO_PARTS = make([3, 3, 1], [[1, 1, -1]], "=", [1], integrality=[True, False, False])


@calm(12)
@given(tight_programs(elastic=True), st.data())
def test_gradients_of_elastic_programs_obey_the_chain_rule(p, data):
    steps = data.draw(directions(p.n_rows, 2))
    path = [p.exact.rhs]
    for step in steps:
        path.append(tuple(a + b for a, b in zip(path[-1], step, strict=True)))
    try:
        pieces = examine_path(p, None, path)
    except NotAllowedError:
        assert isinstance(value(p), float)
        return
    assert all(piece.residual == 0 for piece in pieces)
    change = value(p.with_rhs(path[-1])) - value(p)
    assert sum(piece.change for piece in pieces) == change


def test_a_jump_counts_with_its_height():
    p = make([-1], [[1]], "<=", [1], upper=1)
    pieces = examine_path(p, None, [[0], [2]])
    assert [piece.residual for piece in pieces if piece.start == piece.end] == [1]
    assert tm.path_law(p, None, [["1/4"], ["3/4"]]) == 0
    assert tm.path_law(p, None, [["-1"], ["1/2"]]) == math.inf


def test_parameters():
    q = tm.ParametricProgram(TWO_PARTS, rhs=[[1, -2]])
    assert tm.path_law(q, None, [[0, 0], [1, 1], [-2, 0], [0, 1]]) == 0


def test_costs_as_parameters():
    p = make([10, 7, 25, 24], [[2, 1, 6, 5]], "<=", [7], upper=1, sense="max")
    q = tm.ParametricProgram(p, c=[[0], [0], [1], [0]])
    assert tm.path_law(q, None, [[0], [4]]) == 0


def test_a_wrong_field_fails():
    assert tm.path_law(TWO_PARTS, lambda b: [3], [[-1], [1]]) == 4
    assert tm.path_law(TWO_PARTS, lambda b: [[3], [-1]], [[0], [1]]) == 4
    assert tm.path_law(TWO_PARTS, lambda b: [3 if b[0] > 0 else -1], [[-1], [1]]) == 0


def test_functions_that_are_no_programs():
    def f(b):
        return abs(b[0]) + max(b[1], Q(1, 3))

    def field(b):
        return np.array([1 if b[0] > 0 else -1, 1 if b[1] > Q(1, 3) else 0])

    assert tm.path_law(f, field, [[-1, 0], [1, 1], [half, -1]]) == 0
    assert tm.path_law(f, lambda b: [1, 1], [[-1, 1], [1, 1]]) == 2
    assert tm.path_law(lambda b: math.ceil(b[0]), lambda b: [0], [[half], [Q(3, 2)]]) == 1


def test_paths_that_make_no_sense():
    with pytest.raises(InvalidInputError):
        tm.path_law(TWO_PARTS, None, [[1]])
    with pytest.raises(InvalidInputError):
        tm.path_law(TWO_PARTS, None, [[1], [1, 2]])
    with pytest.raises(InvalidInputError):
        tm.path_law(lambda b: b[0], None, [[1], [2]])
    with pytest.raises(InvalidInputError):
        tm.path_law(TWO_PARTS, lambda b: [1, 2], [[1], [2]])

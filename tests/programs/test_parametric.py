"""Parametric programs: affine in every slot, and clear about what does not fit."""

from __future__ import annotations

import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram, ParametricProgram
from tests.programs.strategies import small_rationals


def base():
    return MixedIntegerProgram.from_arrays(
        [2, 3],
        [[3, 5], [1, 0]],
        [">=", "<="],
        [4, "1/2"],
        lower=[0, 1],
        upper=[5, float("inf")],
        row_names=["demand", "cap"],
        col_names=["x", "y"],
    )


def everywhere():
    return ParametricProgram(
        base(),
        rhs={"demand": [1, 0]},
        c=[[0, "1/2"], [0.1, 0]],
        A={("cap", "y"): [1, 1], (0, 0): [0, -3]},
        lower={"x": [0, -1]},
        upper={0: [1, 1]},
        names=("s", "t"),
    )


def numbers(p):
    e = p.exact
    dense = [v for row in e.A.to_dense() for v in row]
    finite = [v for v in (*e.lower, *e.upper) if isinstance(v, Fraction)]
    return [*e.c, *e.rhs, *dense, *finite]


@given(*[st.tuples(small_rationals.map(abs), small_rationals.map(abs))] * 2)
def test_the_data_are_affine_in_the_parameters(a, b):
    q = everywhere()
    half = [(u + v) / 2 for u, v in zip(a, b, strict=True)]
    ends = zip(numbers(q.at(a)), numbers(q.at(b)), strict=True)
    assert numbers(q.at(half)) == [(u + v) / 2 for u, v in ends]


def test_at_zero_it_is_the_program_itself():
    q = everywhere()
    assert q.at([0, 0]) == q.program
    assert q.at({"t": 0, "s": 0}) == q.program
    assert q.slots == ("rhs", "c", "A", "lower", "upper")
    assert (q.n_parameters, q.names) == (2, ("s", "t"))


@pytest.mark.parametrize(
    "matrix",
    [
        [[1, 0], [0, 2]],
        np.array([[1.0, 0], [0, 2]]),
        sparse.csr_array([[1.0, 0], [0, 2]]),
        {"demand": [1, 0], "cap": ["0", "2"]},
        {0: (1, 0), -1: np.array([0, 2])},
    ],
    ids=["lists", "array", "sparse", "names", "indices"],
)
def test_every_notation_of_a_matrix_means_the_same(matrix):
    q = ParametricProgram(base(), rhs=matrix)
    assert q.at([1, 1]).exact.rhs == (5, Fraction(5, 2))
    assert q.names == ("theta0", "theta1")


def test_one_parameter_needs_no_vector():
    q = ParametricProgram(base(), rhs={"cap": "1/3"})
    assert q.at([1]).exact.rhs == (4, Fraction(5, 6))


def test_it_is_a_value():
    q = everywhere()
    assert q == everywhere()
    assert pickle.loads(pickle.dumps(q)) == q
    assert "2 parameters in rhs, c, A, lower, upper" in repr(q)
    assert "s: rhs (1), c (1)" in str(q)


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"rhs": [[1]]},
        {"rhs": [1, 2]},
        {"rhs": [[1], [2, 3]]},
        {"rhs": {"none": [1]}},
        {"rhs": {"cap": [1], 1: [1]}},
        {"c": [[1], [float("nan")]]},
        {"A": {("cap", "z"): [1]}},
        {"A": {"cap": [1]}},
        {"A": {("cap", "x"): [1], (1, 0): [2]}},
        {"upper": {"y": [1]}},
        {"rhs": [[1], [2]], "c": [[1, 2], [3, 4]]},
        {"rhs": [[1], [2]], "names": ("a", "b")},
        {"rhs": [[1, 1], [2, 2]], "names": ("a", "a")},
    ],
    ids=str,
)
def test_what_does_not_fit_is_refused(arguments):
    with pytest.raises(InvalidInputError):
        ParametricProgram(base(), **arguments)


@pytest.mark.parametrize("theta", [[1], [1, 2, 3], [1, float("inf")], {"s": 1}, {"s": 1, "u": 2}])
def test_a_wrong_parameter_is_refused(theta):
    with pytest.raises(InvalidInputError):
        everywhere().at(theta)


def test_crossed_bounds_are_refused_by_name():
    with pytest.raises(InvalidInputError, match="'x'"):
        everywhere().at([-9, 0])

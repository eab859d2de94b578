"""The program: exact data, float views, and clear refusals."""

from __future__ import annotations

import math
import pickle
from dataclasses import FrozenInstanceError, replace
from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from scipy import sparse

from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tests.programs.strategies import programs


def small(**changes):
    arguments = {
        "c": [2, "1/3"],
        "A": [[1, 0.1], [0, 3]],
        "row_sense": ["<=", ">="],
        "rhs": [4, Decimal("0.5")],
        "row_names": ["a", "b"],
        "col_names": ["x", "y"],
    }
    return MixedIntegerProgram.from_arrays(**(arguments | changes))


def test_numbers_enter_as_the_decimals_they_print():
    p = small()
    assert p.exact.c == (2, Fraction(1, 3))
    assert p.exact.A[0, 1] == Fraction(1, 10)
    assert p.exact.rhs == (4, Fraction(1, 2))
    assert small(exact="binary").exact.A[0, 1] == Fraction(0.1)
    assert small(c=np.array([0.1, 2], dtype=np.float32)).exact.c == (Fraction(1, 10), 2)


@pytest.mark.parametrize(
    "A",
    [
        [[1, 0.1], [0, 3]],
        np.array([[1, 0.1], [0, 3]]),
        np.array([[1, "1/10"], [0, 3]], dtype=object),
        sparse.csr_array([[1, 0.1], [0, 3]]),
        sparse.coo_matrix(([1, 0.1, 3], ([0, 0, 1], [0, 1, 1]))),
        ((Fraction(1), Decimal("0.1")), (0, 3)),
    ],
    ids=["lists", "array", "objects", "sparse array", "sparse matrix", "tuples"],
)
def test_every_matrix_notation_means_the_same(A):
    assert small(A=A) == small()
    assert small(A=small(A=A).exact.A) == small()


def test_repeated_entries_of_a_sparse_matrix_are_summed_exactly():
    A = sparse.coo_array(([0.1, 0.2, 1.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    assert small(A=A).exact.A[0, 1] == Fraction(3, 10)


def test_entries_that_cancel_leave_nothing():
    A = sparse.coo_array(([0.1, -0.1, 1.0], ([0, 0, 1], [1, 1, 0])), shape=(2, 2))
    assert small(A=A).exact.A.rows[0] == ()


@given(programs())
def test_views_are_the_floats_of_the_exact_data(p):
    assert p.c.tolist() == [float(v) for v in p.exact.c]
    assert p.rhs.tolist() == [float(v) for v in p.exact.rhs]
    assert p.lower.tolist() == [float(v) for v in p.exact.lower]
    assert p.A.toarray().tolist() == [[float(v) for v in row] for row in p.exact.A.to_dense()]
    assert p.A.shape == (p.n_rows, p.n_cols)
    for view in (p.c, p.rhs, p.lower, p.upper, p.integrality, p.A.data):
        assert not view.flags.writeable


@given(programs())
def test_a_program_survives_pickling(p):
    assert p.A.shape  # a cached view, which is left out
    copy = pickle.loads(pickle.dumps(p))
    assert (copy, copy.name, copy.digest) == (p, p.name, p.digest)
    assert hash(copy) == hash(p)


def test_a_program_never_changes():
    p = small()
    with pytest.raises(FrozenInstanceError):
        p.name = "other"
    with pytest.raises(ValueError, match="read-only"):
        p.c[0] = 7


def test_new_programs_differ_where_asked_and_nowhere_else():
    p = small()
    assert p.with_rhs([1, 2]).exact == replace(p.exact, rhs=(Fraction(1), Fraction(2)))
    assert p.with_cost([1, "1/7"]).exact == replace(p.exact, c=(Fraction(1), Fraction(1, 7)))
    assert p.relax().exact == replace(p.exact, integer=(False, False))
    fixed = p.fix({"x": 3, 1: 0})
    assert fixed.exact.lower == fixed.exact.upper == (3, 0)
    assert p == small()


def test_rows_and_columns_are_named_by_name_or_index():
    p = small()
    assert [p.row_index(key) for key in ("b", 1, -1, np.int64(1))] == [1] * 4
    for key in ("z", 2, -3, 1.0, True, None):
        with pytest.raises(InvalidInputError):
            p.col_index(key)
    with pytest.raises(InvalidInputError, match="did you mean 'demand'"):
        small(row_names=["demand", "b"]).row_index("demnad")


def test_a_point_is_judged_exactly():
    p = small(A=[[1, 1], [0, 3]], integrality=[True, False])
    assert p.violations([1, "1/3"]) == ()
    assert p.objective([1, "1/3"]) == Fraction(19, 9)
    assert len(p.violations(["9/2", "-1/3"])) == 4
    assert "row 'a': 29/6 <= 4 fails" in p.violations(["9/2", "1/3"])


@pytest.mark.parametrize(
    ("changes", "hint"),
    [
        ({"c": [1, float("nan")]}, r"c\[1\]"),
        ({"c": [1, "one"]}, r"c\[1\].*'one'"),
        ({"c": "12"}, "c has to be"),
        ({"c": [[1, 2]]}, "c"),
        ({"c": np.ones((1, 2))}, r"shape \(1, 2\)"),
        ({"A": [[1, math.inf], [0, 3]]}, "row 0 of A"),
        ({"A": [[1], [0]]}, "row 0 of A.*1 entries.*2"),
        ({"A": sparse.csr_array([[1.0], [0]])}, "1 columns"),
        ({"rhs": [1]}, "rhs has 1 entries"),
        ({"row_sense": ["<="]}, "row_sense has 1 entries"),
        ({"row_sense": ["<=", "=<"]}, r"row_sense\[1\]"),
        ({"sense": "maximize"}, "sense"),
        ({"lower": 3, "upper": 2}, "column 'x'.*3.*2"),
        ({"lower": [0, math.inf]}, "column 'y'"),
        ({"upper": -math.inf, "lower": -math.inf}, "column 'x'"),
        ({"upper": [None, 1]}, r"upper\[0\] is None"),
        ({"integrality": [0.5, 1]}, r"integrality\[0\]"),
        ({"integrality": [True]}, "integrality has 1"),
        ({"row_names": ["a", "a"]}, "'a' twice"),
        ({"col_names": ["x"]}, "col_names has 1"),
        ({"offset": math.inf}, "offset"),
    ],
)
def test_what_is_no_program_is_refused_by_name(changes, hint):
    with pytest.raises(InvalidInputError, match=hint):
        small(**changes)


@pytest.mark.parametrize("values", [{"x": -1}, {"x": "1/2"}, {"z": 1}, {0: math.nan}])
def test_a_column_cannot_be_fixed_at_just_anything(values):
    with pytest.raises(InvalidInputError):
        small().fix(values)


def test_it_prints_well():
    assert repr(small(name="m")) == "MixedIntegerProgram('m', min, 2 rows, 2 columns, 2 integer)"
    assert str(small(offset=-1, A=[[1, -1], [0, 0]], upper=[4, math.inf])) == (
        "MixedIntegerProgram(min, 2 rows, 2 columns, 2 integer)\n"
        "  min 2 x + 1/3 y - 1\n"
        "  a: x - y <= 4\n"
        "  b: 0 >= 1/2\n"
        "  0 <= x <= 4, integer\n"
        "  0 <= y <= inf, integer"
    )


def test_a_large_program_prints_its_beginning():
    p = MixedIntegerProgram.from_arrays([1] * 50, np.ones((40, 50)), "<=", [1] * 40)
    text = str(p)
    assert "(42 more terms)" in text
    assert "28 more rows" in text
    assert "38 more columns" in text


def test_programs_without_rows_are_programs():
    p = MixedIntegerProgram.from_arrays([1], [], [], [])
    assert (p.n_rows, p.A.shape, p.objective([3])) == (0, (0, 1), 3)

"""Cokernels of integer matrices, against FLINT's Smith form and by their laws."""

from __future__ import annotations

import math

import flint
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.arithmetic._smith import cokernel, determinant
from tests.duality.laws import calm


@st.composite
def square_matrices(draw):
    k = draw(st.integers(0, 6))
    entries = draw(st.sampled_from([st.integers(-6, 6), st.sampled_from([0, 0, 0, 1, 2, -1])]))
    return [[draw(entries) for _ in range(k)] for _ in range(k)]


@calm(80)
@given(square_matrices())
def test_the_cokernel_has_the_invariant_factors_of_the_matrix(matrix):
    if determinant(matrix) == 0:
        with pytest.raises(ZeroDivisionError):
            cokernel(matrix)
        return
    group = cokernel(matrix)
    form = flint.fmpz_mat(matrix).snf() if matrix else None
    factors = [abs(int(form[i, i])) for i in range(len(matrix))]
    assert list(group.moduli) == [d for d in factors if d > 1]
    assert group.order == abs(determinant(matrix))


@calm(80)
@given(square_matrices(), st.data())
def test_the_way_into_the_group_is_onto_and_its_kernel_is_spanned_by_the_columns(matrix, data):
    if determinant(matrix) == 0:
        return
    group, k = cokernel(matrix), len(matrix)
    for j in range(k):
        assert not any(group.image([row[j] for row in matrix]))
    n = len(group.moduli)
    relations = [[d * (i == c) for c in range(n)] for i, d in enumerate(group.moduli)]
    if n:  # images and relations together span Z^n
        span = flint.fmpz_mat([list(h) for h in group.images] + relations).hnf()
        assert math.prod(int(span[i, i]) for i in range(n)) == 1
    v = [data.draw(st.integers(-9, 9)) for _ in range(k)]
    if not any(group.image(v)) and k:  # onto a group of this order: only B Z^k goes to 0
        found = flint.fmpz_mat(matrix).solve(flint.fmpz_mat([[x] for x in v]))
        assert all(int(found[i, 0].q) == 1 for i in range(k))


def test_the_group_of_the_textbook_program_is_cyclic_of_order_11():
    group = cokernel([[-1, 2], [5, 1]])
    assert group.moduli == (11,)
    assert group.image([4, 20]) == group.image([4 - 1, 20 + 5])


def test_factors_that_are_no_powers_of_one_prime_come_out_in_a_chain():
    assert cokernel([[4, 0], [0, 6]]).moduli == (2, 12)
    assert cokernel([[1, 0], [0, -1]]).moduli == ()

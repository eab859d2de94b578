"""Integer rows, cuts on them, and their nodes: the same numbers in every reading."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.duality._coefficients import coefficients
from tamemip.duality._cut_system import LARGEST, CutSystem
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.functions import exact_value
from tamemip.programs import MixedIntegerProgram
from tests.duality.laws import calm
from tests.duality.pure_programs_at_random import pure_programs
from tests.programs_at_random import right_hand_sides


@st.composite
def systems_with_cuts(draw):
    program = draw(pure_programs)
    form = program.canonical()
    system = CutSystem(form, form.rhs)
    system.move(target=draw(st.integers(-20, 20)))
    for _ in range(draw(st.integers(0, 4))):
        count = draw(st.integers(1, 4))
        rows = draw(st.lists(st.integers(0, system.n_rows - 1), min_size=count, max_size=count))
        multipliers = [draw(st.integers(-5 if system.is_free(i) else 0, 5)) for i in rows]
        system.add(rows, multipliers, draw(st.integers(1, 7)))
    return program, system


@calm(60)
@given(st.data())
def test_nodes_have_the_coefficients_and_right_hand_sides_of_their_rows(data):
    program, system = data.draw(systems_with_cuts())
    form = program.canonical()
    b = data.draw(right_hand_sides(program))
    target = data.draw(st.integers(-20, 20))
    system.move(form.rhs_of(b), target=target)
    point = (*form.rhs_of(b), -target * system.granularity)
    for i in range(system.n_rows):
        node = system.node(i)
        assert exact_value(node, point) == system.rhs(i)
        found = coefficients(form, [node])[node]
        dense = [found.get(j, Fraction(0)) for j in range(system.n_cols)]
        assert dense == system.coefficients(i).tolist()


def knapsack():
    program = MixedIntegerProgram.from_arrays([4, 6], [["3/2", 1]], [">="], ["7/2"], upper=3)
    form = program.canonical()
    return CutSystem(form, form.rhs)


def test_rows_are_coprime_integers_and_costs_have_their_granularity():
    system = knapsack()
    assert system.coefficients(0).tolist() == [3, 2]
    assert system.rhs(0) == 7
    assert system.granularity == 2
    assert system.coefficients(system.m).tolist() == [-2, -3]
    assert system.upper == [3, 3]
    assert [system.rhs(i) for i in system.upper_row] == [-3, -3]


def test_equal_cuts_are_kept_once():
    system = knapsack()
    first = system.add([0], [1], 3)
    assert first == system.m + 1
    assert system.add([0, 0], [1, 1], 6) == first
    assert system.coefficients(first).tolist() == [1, 1]
    assert system.rhs(first) == 3
    assert system.depth(first) == 1
    assert system.reachable([first, 0]) == [first]


def test_fractional_right_hand_sides_are_rounded_for_the_relaxation():
    program = MixedIntegerProgram.from_arrays([1], [[2], [2]], [">=", "="], [3, 3], upper=[9])
    form = program.canonical()
    system = CutSystem(form, form.rhs)
    rows = system.relaxation_rows()
    assert [system.rhs(i) for i in rows] == [2, 2, -1]


def test_a_negative_multiplier_of_an_inequality_is_refused():
    with pytest.raises(InvalidInputError):
        knapsack().add([0], [-1], 2)


def test_coefficients_too_large_are_no_cut():
    system = knapsack()
    assert system.add([0], [LARGEST], 1) is None


def test_sums_beyond_int64_are_exact():
    system = knapsack()
    huge = 3 * 10**30
    assert system.combined([0], [huge]).tolist() == [3 * huge, 2 * huge]
    cut = system.add([0], [huge], huge)
    assert cut is not None
    assert system.rhs(cut) == math.ceil(Fraction(7))


def test_continuous_columns_are_refused():
    program = MixedIntegerProgram.from_arrays([1], [[1]], [">="], [1], integrality=[False])
    with pytest.raises(UnsupportedError):
        CutSystem(program.canonical(), program.canonical().rhs)

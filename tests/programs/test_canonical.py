"""Laws of the canonical form."""

from __future__ import annotations

import pickle
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tamemip.programs import MixedIntegerProgram
from tests.programs.strategies import programs, small_integers, small_rationals


def is_canonically_feasible(form, point, rhs):
    values = form.A.times(point)
    rows = all(
        value == side if sense == "=" else value >= side
        for value, sense, side in zip(values, form.row_sense, rhs, strict=True)
    )
    whole = all(
        value.denominator == 1 for value, flag in zip(point, form.integer, strict=True) if flag
    )
    return rows and whole and all(value >= 0 for value in point)


@st.composite
def programs_and_points(draw):
    p = draw(programs(draw(st.sampled_from([small_integers, small_rationals])), 3, 3))
    numbers = draw(st.sampled_from([small_integers, small_rationals]))
    point = draw(st.lists(numbers, min_size=p.n_cols, max_size=p.n_cols))
    activity = p.exact.A.times(point)
    # Right-hand sides at and around the point's own, or feasibility would be rare.
    steps = draw(st.lists(st.integers(-1, 1), min_size=p.n_rows, max_size=p.n_rows))
    rhs = [a + s for a, s in zip(activity, steps, strict=True)]
    return p, point, rhs


@given(programs_and_points())
def test_a_point_is_feasible_in_both_forms_or_in_neither(case):
    p, point, rhs = case
    form = p.canonical()
    image = form.canonical_point(point)
    assert form.point(image) == tuple(point)
    feasible = not p.with_rhs(rhs).violations(point)
    assert is_canonically_feasible(form, image, form.rhs_of(rhs)) == feasible


@given(programs_and_points(), st.data())
def test_a_canonically_feasible_point_is_feasible(case, data):
    p, _, rhs = case
    form = p.canonical()
    size = form.n_cols
    numbers = st.one_of(small_integers, small_rationals).map(abs)
    image = data.draw(st.lists(numbers, min_size=size, max_size=size))
    if is_canonically_feasible(form, image, form.rhs_of(rhs)):
        assert not p.with_rhs(rhs).violations(form.point(image))


@given(programs_and_points())
def test_objectives_agree(case):
    p, point, _ = case
    form = p.canonical()
    value = form.sign * form.objective(form.canonical_point(point)) + form.offset
    assert value == p.objective(point)


@given(programs_and_points())
def test_the_shape_is_canonical(case):
    p, _, rhs = case
    form = p.canonical()
    assert form.rhs_of(p.exact.rhs) == form.rhs
    assert set(form.row_sense) <= {">=", "="}
    assert form.A.shape == (form.n_rows, form.n_cols)
    assert form.n_rows == p.n_rows + len(form.bound_columns)
    assert all(column == sorted(column) for column in ([j for j, _ in row] for row in form.A))
    assert form.rhs_of(rhs)[p.n_rows :] == form.rhs[p.n_rows :]
    assert pickle.loads(pickle.dumps(form)) == form


def test_integer_bounds_are_rounded_inwards():
    p = MixedIntegerProgram.from_arrays([1], [[1]], ">=", [0], lower="1/2", upper="7/2")
    form = p.canonical()
    assert form.columns[0].base == 1
    assert form.rhs[-1] == -2


def test_an_integer_column_without_an_integer_between_its_bounds_stays_infeasible():
    p = MixedIntegerProgram.from_arrays([1], [[1]], ">=", [0], lower="1/3", upper="2/3")
    form = p.canonical()
    assert form.rhs[-1] == Fraction(1)  # -x' >= 1 with x' >= 0

"""Laws of parameters taken by groups."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.solvers import Limits
from tamemip.testing._families_slots import ProvedValues, groups_of, restricted
from tests.testing.shopping import Shopping

EXAMPLES = [Shopping().program(instance) for instance in Shopping().examples()]
SMALL = st.fractions(-1, 1, max_denominator=9)


@given(st.data(), st.sampled_from(EXAMPLES))
def test_a_restricted_program_keeps_the_other_parameters_at_zero(data, q):
    names = data.draw(st.lists(st.sampled_from(q.names), min_size=1, unique=True))
    values = {name: data.draw(SMALL) for name in names}
    theta = {name: values.get(name, 0) for name in q.names}
    assert restricted(q, names).at(values) == q.at(theta)


@given(st.sampled_from(EXAMPLES))
def test_groups_hold_every_parameter_once(q):
    groups = groups_of(q)
    assert sorted(name for names in groups.values() for name in names) == sorted(q.names)
    assert all(name.startswith(group) for group, names in groups.items() for name in names)


def test_values_are_proved_and_infinite_where_there_is_no_program():
    p = tm.MixedIntegerProgram.from_arrays([1], [[2]], [">="], [3], upper=4, integrality=False)
    values = ProvedValues(tm.ParametricProgram(p, upper=[[1]], names=("most",)), Limits(seconds=20))
    assert values.at((Fraction(0),)) == Fraction(3, 2)
    assert values.at((Fraction(-3),)) == float("inf")
    assert values.at((Fraction(-5),)) == float("inf")  # bounds cross
    assert values.along((Fraction(1),), Fraction(1), start=(Fraction(2),)) == Fraction(3, 2)

"""Dual functions, terms and value functions as expressions: the same values, and verdicts."""

import math
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Structure
from tamemip.errors import InvalidInputError
from tamemip.functions import (
    ceil,
    combination,
    exact_value,
    guarded,
    maximum,
    minimum,
    mixed_integer_rounding,
)
from tamemip.tameness import CERTIFIED, REFUTED, UNKNOWN, certify, nodes_of
from tamemip.tameness._program_reader import read
from tamemip.tameness._program_terms import expression_of
from tests.programs_at_random import programs, right_hand_sides
from tests.tameness.evaluation import values

LINEAR = Structure.SEMILINEAR
make = tm.MixedIntegerProgram.from_arrays
relaxed = settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)


def value_of(expression, point):
    """The value at a point; None where it is undefined."""
    nodes, (root,) = nodes_of([expression])
    return values(nodes, point)[root]


def agree(expression, names, b, expected):
    found = value_of(expression, dict(zip(names, map(Fraction, b), strict=True)))
    return found is None if isinstance(expected, float) else found == expected


numbers = st.builds(Fraction, st.integers(-4, 4), st.sampled_from([1, 2, 3]))


@st.composite
def terms(draw, depth=3):
    """Terms of two coordinates, with infinities from guards."""
    if depth == 0 or draw(st.integers(0, 4)) == 0:
        return combination({0: draw(numbers), 1: draw(numbers)}, constant=draw(numbers))
    inner = terms(depth - 1)
    match draw(st.sampled_from(["sum", "ceil", "mir", "max", "min", "guard", "below"])):
        case "sum":
            return combination(
                {0: draw(numbers)}, [(draw(numbers), draw(inner)), (draw(numbers), draw(inner))]
            )
        case "ceil":
            return ceil(draw(inner))
        case "mir":
            minus = draw(st.none() | inner)
            return mixed_integer_rounding(draw(inner), Fraction(1, 3), minus=minus)
        case "max":
            return maximum([draw(inner), draw(inner), draw(inner)])
        case "min":
            return minimum([draw(inner), draw(inner), draw(inner)])
        case "guard":
            return guarded(draw(inner), [draw(inner)])
        case _:
            return guarded(None, [draw(inner)])


@relaxed
@given(terms(), st.lists(st.tuples(numbers, numbers), min_size=3, max_size=6))
def test_a_term_and_its_expression_have_the_same_values(term, points):
    expression = expression_of(term, ["x", "y"])
    for b in points:
        assert agree(expression, ["x", "y"], b, exact_value(term, b))


@settings(relaxed, max_examples=20)
@given(programs(max_rows=2, max_integers=2, max_continuous=1), st.data())
def test_a_dual_function_and_its_expression_have_the_same_values(program, data):
    F = tm.dual_function(program)
    reading = read(F, None, "rhs")
    for _ in range(3):
        b = data.draw(right_hand_sides(program))
        assert agree(reading.expressions[0], program.row_names, b, F.exact(b))


def covering(**options):
    return make([2, 3], [[3, 5]], ">=", [7], **options)


def test_a_tree_is_semilinear_everywhere():
    F = tm.dual_function(covering(upper=9, integrality=[True, False]), method="branch-and-bound")
    assert certify(F).structure is LINEAR


def test_a_chvatal_function_is_local_and_semilinear_on_a_box():
    F = tm.dual_function(covering(), method="chvatal")
    everywhere = certify(F)
    assert everywhere.status is REFUTED
    assert everywhere.local is not None
    on_box = certify(F, {"R0": (0, 20)})
    assert (on_box.structure, on_box.is_total) == (LINEAR, True)
    assert on_box.pieces >= 1
    assert certify(F.in_rows, {"R0": (0, 20)}).structure is LINEAR


def test_value_functions_are_their_pieces():
    p = covering(upper=9)
    line = tm.value_function(p, along={0: 1}, interval=(0, 12))
    verdict = certify(line)
    assert (verdict.structure, verdict.pieces) == (LINEAR, len(line.pieces))
    for t in (Fraction(k, 3) for k in range(37)):
        assert agree(verdict.expressions[0], ["t"], [t], line.exact(t))
    assert certify(line, {"t": (1, 2)}).pieces <= verdict.pieces
    with pytest.raises(InvalidInputError):
        certify(line, {"t": (100, 101)})


def test_value_functions_of_costs_and_on_boxes():
    p = covering(upper=9)
    cost = tm.value_function(p, along_cost={0: 1}, interval=(0, 12))
    verdict = certify(cost)
    assert (verdict.structure, verdict.pieces) == (LINEAR, len(cost.pieces))
    for t in (Fraction(k, 3) for k in range(37)):
        assert agree(verdict.expressions[0], ["t"], [t], cost.exact(t))
    q = make([2, 3, 1], [[3, 5, 1], [1, 1, -1]], [">=", "<="], [7, 4], upper=[3, 3, "inf"],
             integrality=[True, True, False])  # fmt: skip
    box = tm.value_function(q, domain=tm.Box({0: (-1, 9), 1: (-2, 3)}))
    expression = certify(box).require(LINEAR).expressions[0]
    for x in range(-1, 10):
        for y in range(-2, 4):
            assert agree(expression, q.row_names, (x, y), box.exact([x, y]))


def test_infeasible_stretches_have_no_value():
    p = make([1], [[2]], "=", [2], upper=3)
    line = tm.value_function(p, along={0: 1}, interval=(0, 3))
    verdict = certify(line)
    assert verdict.status is CERTIFIED
    assert not verdict.is_total
    assert math.isinf(line.exact("1/2"))
    assert agree(verdict.expressions[0], ["t"], ["1/2"], math.inf)


def test_a_lattice_table_is_certified_as_a_program():
    p = make([7, 9, 2], [[3, 4, 1]], "<=", [10], sense="max")
    table = tm.value_function(p, domain=tm.Box({0: (0, 14)}), method="lattice")
    verdict = certify(table)
    assert (verdict.structure, verdict.where) == (LINEAR, "R0 in [0, 14]")


def test_a_table_of_a_small_group_is_an_expression():
    p = make([2, 3], [[3, 5]], "=", [7])
    F = tm.dual_function(p, method="group")
    verdict = certify(F, {"R0": (0, 5)})
    assert verdict.structure is LINEAR
    expression = read(F, None, "rhs").expressions[0]
    for k in range(-20, 40):
        assert agree(expression, p.row_names, [Fraction(k, 2)], F.exact([Fraction(k, 2)]))


def test_a_packing_has_no_expression_and_an_obligation_says_so():
    F = tm.dual_function(make([2, 3], [[3, 5]], "=", [7]), method="generator")
    verdict = certify(F, {"R0": (0, 5)})
    assert verdict.status is UNKNOWN
    assert "Generator" in verdict.obligation.text


def test_what_is_no_function_is_refused():
    with pytest.raises(InvalidInputError):
        certify(tm.Box({"x": (0, 1)}))


def test_formulas_that_are_value_functions():
    p = make([2, 3], [[3, 5]], ">=", [7])
    gomory = tm.gomory_function(p, {0: (0, 9)})
    assert certify(gomory).structure is LINEAR
    formula = tm.jeroslow_formula(p, domain={0: (0, 9)})
    assert certify(formula).structure is LINEAR

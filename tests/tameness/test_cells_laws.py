"""Cells of random semilinear functions tile the domain, and have the exact values."""

from fractions import Fraction
from itertools import pairwise

from hypothesis import assume, event, given, settings
from hypothesis import strategies as st

from tamemip.certificates import Structure
from tamemip.errors import NotAllowedError, UnsupportedError
from tamemip.tameness import certify, nodes_of
from tests.tameness.evaluation import mp, values
from tests.tameness.expressions_at_random import (
    all_steps,
    domains,
    expressions,
    linear_steps,
    points,
)

# Built once: a strategy that is new to Hypothesis costs more than what it draws.
ON_THE_LINE = expressions(["x"], linear_steps, leaves=5)
IN_THE_PLANE = expressions(["x", "y"], linear_steps, leaves=5)
INTERVALS, BOXES = domains(["x"]), domains(["x", "y"])
OF_ALL_KINDS = (
    (expressions(["x"], all_steps, leaves=5), INTERVALS),
    (expressions(["x", "y"], all_steps, leaves=5), BOXES),
)
SLACK = mp(Fraction(1, 10**30))
"""Of the oracle, which rounds at 60 digits."""


def decomposed(expression, domain):
    """The verdict and its cells; what is not semilinear here is no case."""
    verdict = certify(expression, domain)
    assume(Structure.SEMILINEAR in verdict.structures)
    try:
        return verdict, verdict.cells()
    except UnsupportedError as error:
        event(str(error)[:30])
        assume(False)


def all_values(expression, point):
    nodes, (root,) = nodes_of([expression])
    found = values(nodes, point)
    return found, found[root]


def check_point(found, expression, point):
    theta = tuple(point[name] for name in found.names)
    assert sum(cell.contains(theta) for cell in found) == 1
    cell = found.at(point)
    assert all(side.holds(theta) for side in cell.sides)
    every, value = all_values(expression, point)
    if all(v is None or isinstance(v, bool | Fraction) for v in every):
        assert found.value(point) == value
    elif not (theta in cell.vertices or cell.dimension < len(theta)):
        # The oracle rounds roots and the like: on the border of a cell it may err by a step.
        assert (found.value(point) is None) == (value is None)
        assert value is None or abs(mp(found.value(point)) - mp(value)) < SLACK


def check_cells(found, expression):
    """An inner point and the corners of each cell: where errors are."""
    for cell in found:
        for theta in (cell.inner_point, *cell.vertices):
            if cell.contains(theta):
                check_point(found, expression, dict(zip(found.names, theta, strict=True)))
        assert cell.contains(cell.inner_point)


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_cells_on_the_line_tile_it_with_exact_values(data):
    expression = data.draw(ON_THE_LINE)
    verdict, found = decomposed(expression, data.draw(INTERVALS))
    check_cells(found, expression)
    for _ in range(3):
        check_point(found, expression, data.draw(points(verdict.domain)))


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_intervals_are_as_few_as_certified(data):
    expression = data.draw(ON_THE_LINE)
    verdict, found = decomposed(expression, data.draw(INTERVALS))
    if verdict.pieces is not None and verdict.is_total:
        assert len(found) <= verdict.pieces


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_intervals_are_ascending_and_meet(data):
    expression = data.draw(ON_THE_LINE)
    verdict, found = decomposed(expression, data.draw(INTERVALS))
    intervals = [cell.interval for cell in found]
    for left, right in pairwise(intervals):
        assert left.high == right.low
        assert left.high_open != right.low_open
    whole = verdict.domain.intervals[0]
    assert (intervals[0].low, intervals[0].low_open) == (whole.low, whole.low_open)
    assert (intervals[-1].high, intervals[-1].high_open) == (whole.high, whole.high_open)


@settings(max_examples=30, deadline=None)
@given(st.data())
def test_polygons_tile_the_box_with_exact_values(data):
    expression = data.draw(IN_THE_PLANE)
    domain = data.draw(BOXES)
    verdict, found = decomposed(expression, domain)
    assume(len(found) < 60)
    check_cells(found, expression)
    for _ in range(4):
        check_point(found, expression, data.draw(points(verdict.domain)))


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_intermediate_values_need_not_be_semilinear(data):
    of_all_kinds, on = data.draw(st.sampled_from(OF_ALL_KINDS))
    expression = data.draw(of_all_kinds)
    try:
        verdict, found = decomposed(expression, data.draw(on))
    except NotAllowedError:
        assume(False)
    assume(len(found) < 60)
    check_cells(found, expression)
    point = data.draw(points(verdict.domain))
    assert all(isinstance(v, Fraction) for v in point.values())
    check_point(found, expression, point)

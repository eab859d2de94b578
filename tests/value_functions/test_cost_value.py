"""The value along a line of costs, against brute force."""

import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.value_functions._cost_ranges import cost_ranges
from tamemip.value_functions._cost_search import costs_at
from tamemip.value_functions._cost_value import cost_value_function
from tests.brute_force import ValueOracle
from tests.programs_at_random import branching_programs, programs

rates = st.builds(Fraction, st.integers(-5, 5), st.sampled_from([1, 1, 2, 3]))
small = st.one_of(programs(max_continuous=1), branching_programs())


def knapsack(third: int = 25) -> tm.MixedIntegerProgram:
    return tm.MixedIntegerProgram.from_arrays(
        [10, 7, third, 24], [[2, 1, 6, 5]], "<=", [7], upper=1, sense="max"
    )


def value_at(program, direction, t):
    moved = costs_at(program, direction, t)
    return ValueOracle(moved)(moved.exact.rhs)


@settings(max_examples=40, deadline=None)
@given(small, st.data())
def test_the_value_along_costs_is_brute_force_everywhere(program, data):
    columns = st.dictionaries(st.integers(0, program.n_cols - 1), rates, min_size=1)
    direction = {j: r for j, r in data.draw(columns).items() if r} or {0: Fraction(1)}
    lo = data.draw(rates)
    hi = lo + abs(data.draw(rates))
    ends = [value_at(program, direction, t) for t in (lo, hi)]
    if not all(math.isfinite(value) for value in ends):
        with pytest.raises(UnsupportedError):
            cost_value_function(program, direction, (lo, hi))
        return
    v = cost_value_function(program, direction, (lo, hi))
    assert v.is_certified
    steps = {lo, hi, *v.breakpoints, data.draw(st.fractions(lo, hi, max_denominator=50))}
    steps |= {(piece.lo + piece.hi) / 2 for piece in v.pieces}
    for t in steps:
        value = value_at(program, direction, t)
        assert v.exact(t) == value
        for point in v.argmin(t):
            moved = costs_at(program, direction, t)
            assert not moved.violations(point)
            assert moved.objective(point) == value
    sign = 1 if program.sense == "min" else -1
    assert all(sign * a > sign * b for a, b in zip(v.slopes, v.slopes[1:], strict=False))


def test_t20_has_both_points_at_the_tie():
    v = cost_value_function(knapsack(), {2: 1}, (0, 10))
    assert v.breakpoints == (2,)
    assert {tuple(map(int, x)) for x in v.argmin(2)} == {(1, 0, 0, 1), (0, 1, 1, 0)}
    assert v([0, 2, 10]).tolist() == [34.0, 34.0, 42.0]


def test_certificates_check_for_the_costs_of_their_step():
    v = cost_value_function(knapsack(), {2: 1}, (0, 10))
    for t, certificate in v.certificates:
        tm.check(certificate, program=costs_at(v.program, {2: Fraction(1)}, t))


def test_it_pickles():
    v = cost_value_function(knapsack(), {2: 1}, (0, 10))
    assert str(pickle.loads(pickle.dumps(v))) == str(v)


def test_at_a_limit_the_value_is_in_the_bounds():
    v = cost_value_function(knapsack(), {2: 1}, (0, 10), tm.Limits(seconds=0))
    assert not v.is_certified
    assert v.stopped == "seconds"
    assert v.bounds(5)[0] <= 37 <= v.bounds(5)[1]
    with pytest.raises(NotAllowedError):
        v.exact(5)


@settings(max_examples=20, deadline=None)
@given(branching_programs())
def test_with_few_nodes_the_value_is_in_the_bounds(program):
    if not math.isfinite(ValueOracle(program)(program.exact.rhs)):
        return
    v = cost_value_function(program, {0: 1}, (-3, 3), tm.Limits(nodes=1))
    assert v.is_certified or v.stopped
    for t in (-3, Fraction(-1, 2), 0, 1, 3):
        low, high = v.bounds(t)
        assert low <= value_at(program, {0: Fraction(1)}, Fraction(t)) <= high


@pytest.mark.parametrize(
    ("direction", "interval"),
    [
        ({}, (0, 1)),
        ({0: 0}, (0, 1)),
        ({"no": 1}, (0, 1)),
        ({0: 1}, (1, 0)),
        ({0: 1}, (0, math.inf)),
    ],
)
def test_senseless_lines_are_refused(direction, interval):
    with pytest.raises(InvalidInputError):
        cost_value_function(knapsack(), direction, interval)


@settings(max_examples=25, deadline=None)
@given(small, st.data())
def test_the_point_is_optimal_in_its_range_and_not_beyond(program, data):
    if not math.isfinite(ValueOracle(program)(program.exact.rhs)):
        with pytest.raises(UnsupportedError):
            cost_ranges(program)
        return
    j = data.draw(st.integers(0, program.n_cols - 1))
    table = cost_ranges(program, columns=[j])
    entry, one = table[j], {j: Fraction(1)}
    assert entry.is_proved
    assert entry.low <= entry.cost <= entry.high
    for end, way in ((entry.low, -1), (entry.high, 1)):
        inside = [end - entry.cost] if isinstance(end, Fraction) else [way * Fraction(10**6)]
        for t in inside:
            moved = costs_at(program, one, t)
            assert ValueOracle(moved)(moved.exact.rhs) == moved.objective(table.point)
        if isinstance(end, Fraction):
            beyond = costs_at(program, one, end - entry.cost + way * Fraction(1, 10**6))
            assert ValueOracle(beyond)(beyond.exact.rhs) != beyond.objective(table.point)


def test_a_ray_ends_a_range():
    p = tm.MixedIntegerProgram.from_arrays([1, 2], [[1, 1]], [">="], [2])
    table = cost_ranges(p)
    assert [(entry.low, entry.high) for entry in table] == [(0, 2), (1, math.inf)]


def test_without_time_no_range_is_invented():
    with pytest.raises(NotAllowedError):
        cost_ranges(knapsack(), limits=tm.Limits(seconds=0))


def test_the_frame_has_the_pieces():
    pytest.importorskip("pandas")
    frame = cost_value_function(knapsack(), {2: 1}, (0, 10)).to_frame()
    assert frame["slope"].tolist() == [0, 1]


def test_the_plot_has_the_vertices():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    axes = cost_value_function(knapsack(), {2: 1}, (0, 10)).plot()
    assert axes.lines[0].get_xdata().tolist() == [0.0, 2.0, 10.0]

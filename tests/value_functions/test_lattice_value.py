"""Value functions by dynamic programming, against brute force."""

import itertools
import math
import pickle
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tamemip.value_functions._lattice_value import lattice_value_function
from tests.brute_force import ValueOracle


@st.composite
def lattice_programs(draw):
    n, m = draw(st.integers(1, 3)), draw(st.integers(1, 2))
    sense = draw(st.sampled_from(["min", "max"]))
    low = 0 if sense == "min" else -2
    costs = [
        Fraction(draw(st.integers(low, 9)), draw(st.sampled_from([1, 1, 2, 3]))) for _ in range(n)
    ]
    rows = st.lists(st.integers(0, 4), min_size=n, max_size=n)
    return tm.MixedIntegerProgram.from_arrays(
        costs,
        [draw(rows) for _ in range(m)],
        "<=" if sense == "max" else ">=",
        [draw(st.integers(0, 4)) for _ in range(m)],
        upper=[draw(st.sampled_from([1, 2, 5, "7/2"])) for _ in range(n)],
        sense=sense,
        offset=draw(st.sampled_from([0, "1/3"])),
    )


@settings(max_examples=60, deadline=None)
@given(lattice_programs())
def test_the_table_is_brute_force_with_optimal_points(program):
    V = lattice_value_function(program, tm.Box(dict.fromkeys(range(program.n_rows), (-1, 5))))
    oracle = ValueOracle(program)
    steps = [Fraction(-1), Fraction(0), Fraction(1), Fraction(7, 2), Fraction(5)]
    grid = list(itertools.product(steps, repeat=program.n_rows))
    for b in grid:
        value = oracle(b)
        assert V.exact(b) == value
        point = V.argmin(b)
        assert (point is None) == (not math.isfinite(value))
        if point is not None:
            moved = program.with_rhs(b)
            assert not moved.violations(point)
            assert moved.objective(point) == value
    floats = np.array(grid, dtype=np.float64)
    assert np.allclose(V(floats), [float(V.exact(b)) for b in grid])


@settings(max_examples=30, deadline=None)
@given(lattice_programs())
def test_the_value_is_that_of_the_best_level_point(program):
    V = lattice_value_function(program, tm.Box(dict.fromkeys(range(program.n_rows), (0, 5))))
    points = V.level_points
    best, is_packing = (max, True) if program.sense == "max" else (min, False)
    for cell in itertools.product(range(6), repeat=program.n_rows):
        near = points[(points <= cell).all(1) if is_packing else (points >= cell).all(1)]
        assert V.exact(cell) == best(V.exact([int(v) for v in p]) for p in near)


def test_t9_unbounded_knapsack():
    p = tm.MixedIntegerProgram.from_arrays([7, 9, 2, 15], [[3, 4, 1, 7]], "<=", [10], sense="max")
    V = lattice_value_function(p, tm.Box({0: (0, 14)}))
    expected = [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25, 28, 30, 32]
    assert [V.exact([w]) for w in range(15)] == expected


@pytest.mark.parametrize(("upper", "value"), [(math.inf, 45), (1, 24)])
def test_t9_with_and_without_bounds(upper, value):
    p = tm.MixedIntegerProgram.from_arrays(
        [11, 7, 5, 1], [[6, 4, 3, 1]], "<=", [25], upper=upper, sense="max"
    )
    V = lattice_value_function(p, tm.Box({0: (0, 25)}))
    assert V.exact([25]) == value


def test_t7_triangle():
    p = tm.MixedIntegerProgram.from_arrays(
        [1, 1, 1], [[1, 1, 0], [1, 0, 1], [0, 1, 1]], "<=", [1, 1, 1], sense="max"
    )
    V = lattice_value_function(p, tm.Box(dict.fromkeys(range(3), (0, 4))))
    for d in itertools.product(range(5), repeat=3):
        a, b, c = d
        assert V.exact(d) == min(sum(d) // 2, a + b, a + c, b + c)
    assert V.exact([0, "1/2", "3/2"]) == 0


def test_t8_covering_for_real_demands():
    p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], [">="], [0])
    V = lattice_value_function(p, tm.Box({0: (0, 29)}))
    for k in range(29 * 3 + 1):
        b = Fraction(k, 3)
        expected = max(math.ceil(Fraction(3, 5) * math.ceil(b)), 2 * math.ceil(b / 5))
        assert V.exact([b]) == expected


def test_rows_outside_the_box_keep_their_own():
    p = tm.MixedIntegerProgram.from_arrays([3, 2], [[1, 1], [1, 0]], "<=", [4, 1], sense="max")
    V = lattice_value_function(p, tm.Box({0: (0, 4)}))
    assert V.exact([4, 1]) == 9
    with pytest.raises(InvalidInputError):
        V.exact([4, 2])
    with pytest.raises(InvalidInputError):
        V([[4.0, 2.0]])
    assert pickle.loads(pickle.dumps(V)).exact([4, 1]) == 9


@pytest.mark.parametrize(
    "change",
    [{"A": [[-1]]}, {"A": [["1/2"]]}, {"lower": 1}, {"integrality": False}, {"row_sense": ">="}],
)
def test_other_programs_are_refused(change):
    given = {"c": [1], "A": [[1]], "row_sense": "<=", "rhs": [1], "sense": "max"} | change
    p = tm.MixedIntegerProgram.from_arrays(**given)
    with pytest.raises(UnsupportedError):
        lattice_value_function(p, tm.Box({0: (0, 3)}))


def test_unbounded_programs_and_huge_costs_are_refused():
    p = tm.MixedIntegerProgram.from_arrays([1, 1], [[1, 0]], "<=", [1], sense="max")
    with pytest.raises(UnsupportedError):
        lattice_value_function(p, tm.Box({0: (0, 3)}))
    with pytest.raises(UnsupportedError):
        lattice_value_function(p.with_cost([10**19, 0]), tm.Box({0: (0, 3)}))


def test_half_a_table_is_refused():
    p = tm.MixedIntegerProgram.from_arrays([1], [[1]], "<=", [1], sense="max")
    with pytest.raises(NotAllowedError):
        lattice_value_function(p, tm.Box({0: (0, 3)}), tm.Limits(seconds=0))

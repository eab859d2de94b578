"""Laws of refinement, on random small programs against brute force."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.programs import MixedIntegerProgram
from tests.brute_force import ValueOracle
from tests.duality.laws import assert_nowhere_worse, assert_proved, assert_same, assert_valid, calm
from tests.programs_at_random import any_programs, branching_programs, programs, right_hand_sides

from_arrays = MixedIntegerProgram.from_arrays


def refine_through(F, targets, probes):
    """Refine at one rhs after the other, never losing anything."""
    for b in targets:
        G = F.refine(at=b)
        assert b in G.tight_at
        assert_nowhere_worse(G, F, probes)
        F = G
    return F


@given(st.data())
@calm(35)
def test_refining_gains_a_tight_rhs_and_loses_nothing(data):
    p = data.draw(any_programs)
    points = data.draw(st.lists(right_hand_sides(p), min_size=8, max_size=8))
    F = refine_through(tm.dual_function(p), points[:4], points)
    assert_valid(F, ValueOracle(p), points)
    assert_proved(F, points)


@given(st.data())
@calm(25)
def test_refining_a_linear_function_makes_it_strong(data):
    p = data.draw(any_programs)
    points = data.draw(st.lists(right_hand_sides(p), min_size=4, max_size=4))
    F = tm.dual_function(p, method="linear")
    G = refine_through(F, [p.exact.rhs], points)
    assert G.method in ("branch-and-bound", "linear")
    assert G.is_tight
    assert_valid(G, ValueOracle(p), points)
    assert_proved(G, points)


@given(st.data())
@calm(25)
def test_refining_an_unfinished_function_finishes_it(data):
    p = data.draw(branching_programs())
    points = data.draw(st.lists(right_hand_sides(p), min_size=4, max_size=4))
    F = tm.dual_function(p, limits=tm.Limits(nodes=data.draw(st.integers(1, 3))))
    G = refine_through(F, [p.exact.rhs], points)
    assert G.is_tight
    assert_valid(G, ValueOracle(p), points)
    assert_proved(G, points)


@given(st.data())
@calm(20)
def test_refining_from_where_nothing_is_feasible_and_back(data):
    p = data.draw(programs(max_rows=2))
    points = data.draw(st.lists(right_hand_sides(p), min_size=8, max_size=8))
    v = ValueOracle(p)
    infinite = [b for b in points if isinstance(v(b), float)]
    finite = [b for b in points if not isinstance(v(b), float)]
    if infinite:
        F = refine_through(tm.dual_function(p, at=infinite[0]), finite[:2] + infinite[1:2], points)
        assert_valid(F, v, points)
        assert_proved(F, points)


@given(st.data())
@calm(20)
def test_refining_integer_columns_without_bounds_stays_valid(data):
    p = data.draw(programs(bounded=False))
    limits = tm.Limits(nodes=60)
    points = data.draw(st.lists(right_hand_sides(p), min_size=5, max_size=5))
    F = tm.dual_function(p, limits=limits)
    for b in points[:3]:
        G = F.refine(at=b, limits=limits)
        assert_nowhere_worse(G, F, points)
        F = G
    assert_valid(F, ValueOracle(p), points)
    assert_proved(F, points)


@given(st.data())
@calm(20)
def test_refining_the_best_of_two_keeps_both(data):
    p = data.draw(branching_programs())
    first, second, *points = data.draw(st.lists(right_hand_sides(p), min_size=5, max_size=5))
    both = tm.dual_function(p) | tm.dual_function(p, at=first)
    F = refine_through(both, [second], points)
    assert_valid(F, ValueOracle(p), points)
    assert_proved(F, points)


@given(st.data())
@calm(20)
def test_refining_twice_or_from_a_pickle_gives_the_same(data):
    p = data.draw(branching_programs())
    b, *points = data.draw(st.lists(right_hand_sides(p), min_size=3, max_size=3))
    F = tm.dual_function(p)
    G = F.refine(at=b)
    assert_same(G, F.refine(at=b), points)
    assert_same(G, pickle.loads(pickle.dumps(F)).refine(at=b), points)
    assert G.refine(at=b) is G


@given(st.data())
@calm(15)
def test_refining_leaves_the_function_itself_unchanged(data):
    p = data.draw(branching_programs())
    points = data.draw(st.lists(right_hand_sides(p), min_size=4, max_size=4))
    F = tm.dual_function(p)
    before = [F.exact(b) for b in points]
    lines = F.certificate.lines
    F.refine(at=points[0])
    fresh = pickle.loads(pickle.dumps(F))  # without what F remembers of itself
    assert [fresh.exact(b) for b in points] == before
    assert fresh.certificate.lines == lines


def test_refining_all_along_a_line_gives_the_value_function_there():
    p = from_arrays([3, 7, 2], [[5, 9, 4]], [">="], [0], upper=[3, 2, 4])
    F, v = tm.dual_function(p), ValueOracle(p)
    for k in range(-3, 52, 2):
        F = F.refine(at=[k])
    grid = [Fraction(k, 2) for k in range(-6, 104)]
    assert all(F.exact([d]) <= v([d]) for d in grid)
    assert all(F.exact([k]) == v([k]) for k in range(-3, 52, 2))
    assert F.exact([51]) == math.inf
    assert_proved(F, [(d,) for d in grid])


def test_a_method_that_cannot_serve_another_rhs_is_followed_by_branch_and_bound():
    # Empty at 0 x = 1, which a ray proves; unbounded at 0 x = 0, where no formula bounds.
    p = tm.MixedIntegerProgram.from_arrays([-1], [[0]], ["="], [1])
    F = tm.dual_function(p, method="mir")
    assert F.value == math.inf
    G = F.refine(at=[0])
    assert G.exact([0]) == -math.inf
    assert G.tight_at == ((1,), (0,))

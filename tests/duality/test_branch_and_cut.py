"""Laws of trees over rows and symbolic cuts, on random small programs and textbook ones."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.duality._branch_and_cut import build_branch_and_cut
from tamemip.functions import nearest_float
from tamemip.solvers import Limits
from tests.brute_force import ValueOracle
from tests.duality.laws import (
    assert_nowhere_worse,
    assert_proved,
    assert_valid,
    calm,
    infinity_of_infeasibility,
)
from tests.programs_at_random import any_programs, branching_programs, right_hand_sides

from_arrays = tm.MixedIntegerProgram.from_arrays


def built(program, *, at=None, limits=None):
    rhs = program.exact.rhs if at is None else program.exact_rhs(at)
    return build_branch_and_cut(program, rhs, limits=limits or Limits(), watch=None)


def points_for(program, data, count=8):
    return [data.draw(right_hand_sides(program)) for _ in range(count)]


@st.composite
def mixed_programs(draw):
    """Fixed charges and knapsacks: what mixed-integer rounding is for; general integers too."""
    n, k = draw(st.integers(2, 3)), draw(st.integers(0, 2))
    columns = n + k
    whole = st.integers(-4, 11)
    rows = [[draw(whole) for _ in range(columns)] for _ in range(draw(st.integers(1, 2)))]
    senses = [draw(st.sampled_from(["<=", ">=", "="])) for _ in rows]
    for c in range(k):  # a variable upper bound for every continuous column
        row = [0] * columns
        row[n + c], row[c] = 1, -draw(st.integers(2, 7))
        rows.append(row)
        senses.append("<=")
    upper = [draw(st.sampled_from([1, 1, 3])) for _ in range(n)]
    x = [draw(st.integers(0, u)) for u in upper]
    x += [Fraction(draw(st.integers(0, 3)), 2) for _ in range(k)]
    moves = {"<=": 1, ">=": -1, "=": 0}
    rhs = [
        sum((a * v for a, v in zip(row, x, strict=True)), Fraction(0))
        + moves[s] * draw(st.integers(0, 3))
        for row, s in zip(rows, senses, strict=True)
    ]
    return from_arrays(
        [draw(st.integers(-9, 12)) for _ in range(columns)],
        rows,
        senses,
        rhs,
        upper=[*upper, *[math.inf] * k] if draw(st.booleans()) else [*upper, *[4] * k],
        integrality=[True] * n + [False] * k,
        sense=draw(st.sampled_from(["min", "max"])),
    )


# -- validity, tightness, proofs -----------------------------------------------------------


@given(st.data())
@calm(40)
def test_it_is_a_bound_everywhere_and_the_value_at_its_own_rhs(data):
    p = data.draw(any_programs)
    points = points_for(p, data)
    F, v = built(p), ValueOracle(p)
    assert F.method == "branch-and-cut"
    assert F.is_tight
    assert F.value == v(p.exact.rhs)
    assert F.report.stopped is None
    assert_valid(F, v, points)
    assert_proved(F, points)


@given(st.one_of(branching_programs(), mixed_programs()), st.data())
@calm(60)
def test_trees_over_cuts_are_bounds_everywhere_and_both_checkers_accept_them(p, data):
    points = points_for(p, data)
    F, v = built(p), ValueOracle(p)
    assert F.is_tight
    assert_valid(F, v, points)
    assert_proved(F, points)


@given(st.one_of(branching_programs(), mixed_programs()))
@calm(40)
def test_it_has_no_more_leaves_than_branch_and_bound(p):
    assert built(p).n_leaves <= tm.dual_function(p, method="branch-and-bound").n_leaves


@given(mixed_programs(), st.data())
@calm(25)
def test_it_can_be_strong_elsewhere(p, data):
    at, *points = points_for(p, data, 5)
    F, v = built(p, at=at), ValueOracle(p)
    assert F.tight_at == (at,)
    assert_valid(F, v, points)
    assert_proved(F, points)


# -- readings ------------------------------------------------------------------------------


@given(mixed_programs(), st.data())
@calm(25)
def test_batches_and_the_term_say_what_the_function_says(p, data):
    points = points_for(p, data, 20)
    F = built(p)
    exact = [F.exact(b) for b in points]
    floats = np.array([[round(float(v), 2) for v in b] for b in points])
    decimal = [tuple(Fraction(str(v)) for v in row) for row in floats.tolist()]
    assert F(floats).tolist() == [nearest_float(F.exact(b)) for b in decimal]
    sign = 1 if p.sense == "min" else -1
    values = [F.term.exact(F.canonical(b)) for b in points]
    assert [sign * value + F.offset for value in values] == exact


@given(mixed_programs(), st.data())
@calm(15)
def test_refining_keeps_what_was_proved(p, data):
    at, *points = points_for(p, data, 6)
    F = built(p)
    G = F.refine(at=at)
    assert at in G.tight_at
    assert_nowhere_worse(G, F, points)
    assert_valid(G, ValueOracle(p), points)
    assert_proved(G, points)


@given(mixed_programs(), st.data())
@calm(15)
def test_saved_functions_come_back(tmp_path_factory, p, data):
    F = built(p)
    path = str(tmp_path_factory.mktemp("saved") / "F.jsonl.gz")
    F.save(path)
    G = tm.load(path)
    points = points_for(p, data, 5)
    assert [G.exact(b) for b in points] == [F.exact(b) for b in points]
    assert G.tight_at == F.tight_at
    assert G.n_leaves == F.n_leaves


# -- limits --------------------------------------------------------------------------------


@given(mixed_programs(), st.sampled_from([Limits(seconds=0.0), Limits(nodes=1), Limits(gap=0.5)]))
@calm(20)
def test_limits_leave_a_valid_function(p, limits):
    F = built(p, limits=limits)
    assert_valid(F, ValueOracle(p), [p.exact.rhs])
    assert F.is_tight or F.report.stopped is not None


# -- remembered cases ------------------------------------------------------------------------

#: Cook, Kannan and Schrijver: no finite sequence of split cuts proves the value 0.
COOK_KANNAN_SCHRIJVER = from_arrays(
    [0, 0, 1],
    [[-1, 0, 1], [0, -1, 1], [1, 1, 2]],
    ["<=", "<=", "<="],
    [0, 0, 2],
    upper=[2, 2, math.inf],
    integrality=[True, True, False],
    sense="max",
)
#: Nemhauser and Wolsey's two-variable program of three rounds of cuts.
NEMHAUSER_WOLSEY = from_arrays(
    [7, 2], [[-1, 2], [5, 1], [-2, -2]], ["<="] * 3, [4, 20, -7], sense="max"
)
#: Jeroslow's: a tree without cuts is exponential, one rounding is enough.
JEROSLOW = from_arrays([0] * 11 + [1], [[2] * 11 + [1]], "=", [11], upper=1, name="jeroslow")


@pytest.mark.parametrize(
    ("program", "value", "leaves"),
    [(COOK_KANNAN_SCHRIJVER, 0, 3), (NEMHAUSER_WOLSEY, 28, 1), (JEROSLOW, 1, 1)],
    ids=["cook-kannan-schrijver", "nemhauser-wolsey", "jeroslow"],
)
def test_textbook_programs_need_few_leaves(program, value, leaves):
    F = built(program)
    assert F.is_tight
    assert F.value == value
    assert F.n_leaves <= leaves
    assert_proved(F, [program.exact.rhs])


def test_an_infeasible_right_hand_side_is_proved_empty():
    p = from_arrays([1, 1], [[2, 2]], "=", [3], upper=4)
    F = built(p)
    assert F.value == infinity_of_infeasibility(F)
    assert F.exact([4]) == 2
    assert_proved(F, [(Fraction(3),), (Fraction(4),)])


def test_an_unbounded_program_has_the_value_minus_infinity():
    p = from_arrays([-1, 0], [[1, -1]], "<=", [Fraction(1, 2)])
    F = built(p)
    assert F.value == -math.inf
    assert F.is_tight

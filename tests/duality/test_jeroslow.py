"""Jeroslow's formula: the value of a mixed-integer program in closed form."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import NotAllowedError, UnsupportedError
from tests.brute_force import ValueOracle
from tests.duality.formulas import read_aloud
from tests.duality.laws import CHECKERS, calm

program = tm.MixedIntegerProgram.from_arrays

#: Values of T1 at -3, -5/2, ..., 4.
T1_VALUES = [0, 1, "1/2", 0, 1, "1/2", 0, 1, "1/2", "3/2", 1, 2, "3/2", "5/2", 2]
#: Values of T2 at -9, -8, ..., 9.
T2_VALUES = [7, 6, 6, 5, 4, 3, 3, 2, 1, 0, 3, 6, "11/2", "9/2", "7/2", 3, 6, 9, 8]


def t1() -> tm.MixedIntegerProgram:
    """The running example of Güzelsoy and Ralphs."""
    return program(
        ["1/2", 0, 2, 1],
        [[1, "-3/2", 1, -1]],
        "=",
        [1],
        integrality=[True, True, False, False],
        row_names=["b"],
    )


def value_of_t1(b: Fraction) -> Fraction:
    """By hand: every integer part, and the cheaper of the two slacks."""
    rests = ((Fraction(x, 2), b - x + Fraction(3 * y, 2)) for x in range(15) for y in range(12))
    return min(cost + (2 * rest if rest >= 0 else -rest) for cost, rest in rests)


# -- T1 --------------------------------------------------------------------------------------

GRID = [Fraction(k, 24) for k in range(-96, 97)]


def test_t1_is_right_at_all_points_of_a_grid():
    J = tm.jeroslow_formula(t1())
    assert J.domain is None
    assert J.M == 2
    assert [J.exact([b]) for b in GRID] == [value_of_t1(b) for b in GRID]
    assert all(read_aloud(J.formula, b=b) == J.exact([b]) for b in GRID)
    at = [Fraction(k, 2) for k in range(-6, 9)]
    assert [J.exact([b]) for b in at] == [Fraction(v) for v in T1_VALUES]


def test_t1_is_right_far_from_zero():
    J = tm.jeroslow_formula(t1())
    for k in range(12):
        b = Fraction(k, 8)
        assert J.exact([b + 10**9]) == J.exact([b + 10]) + Fraction(10**9 - 10, 2)
        assert J.exact([b - 2 - Fraction(3, 2) * 10**9]) == J.exact([b - 2])


def test_t1_rounded_by_bases_that_are_not_scaled_is_wrong():
    """The known mistake: ``A_E floor(A_E^{-1} b)`` with the value of the scaled program."""

    def z(t: Fraction) -> Fraction:
        """``z_M`` of T1, from its Gomory function."""
        return Fraction(3, 2) * max(math.ceil(t), math.ceil(2 * t / 3)) - t

    def formula(b: Fraction, scale: int) -> Fraction:
        down, up = Fraction(math.floor(scale * b), scale), Fraction(math.ceil(scale * b), scale)
        return min(z(down) + 2 * (b - down), z(up) - (b - up))

    assert all(formula(b, 2) == value_of_t1(b) for b in GRID)
    assert sum(formula(b, 1) != value_of_t1(b) for b in GRID) == 23


def test_t1_has_the_inner_function_that_one_would_write_by_hand():
    J = tm.jeroslow_formula(t1())
    for k in range(-40, 41):
        t = Fraction(k, 2)
        by_hand = Fraction(3, 2) * max(math.ceil(t), math.ceil(2 * t / 3)) - t
        assert J.inner.exact([t]) == by_hand
    assert J.size < 30


# -- other cases -----------------------------------------------------------------------------


def test_t2_is_right_everywhere():
    p = program(
        [3, "7/2", 3, 6, 7, 5],
        [[6, 5, -4, 2, -7, 1]],
        "=",
        [1],
        integrality=[True, True, True, False, False, False],
    )
    J = tm.jeroslow_formula(p)
    assert J.M == 14
    assert [J.exact([b]) for b in range(-9, 10)] == [Fraction(v) for v in T2_VALUES]
    # The local stability sets of the literature.
    assert J.exact(["17/8"]) == J.exact([3]) + Fraction(7, 8)
    assert J.exact(["41/8"]) == J.exact([5]) + Fraction(3, 8)


def test_t2_on_a_part_of_its_line():
    p = program([3, "7/2", 3, 6, 7], [[6, 5, -4, 2, -7]], "=", [1], integrality=[1, 1, 1, 0, 0])
    J = tm.jeroslow_formula(p, domain={0: (3, 6)})
    assert [J.exact([b]) for b in (3, 4, 5, 6)] == [Fraction(v) for v in T2_VALUES[12:16]]
    assert J.exact(["41/8"]) == J.exact([5]) + Fraction(3, 8)


def test_two_rows_with_bounds():
    p = program(
        [2, 3, 1, 4],
        [[2, 1, 1, -1], [1, 3, 0, 1]],
        [">=", "="],
        [2, 2],
        upper=[2, 2, math.inf, 3],
        integrality=[True, True, False, False],
    )
    J, v = tm.jeroslow_formula(p, domain={0: (-1, 3), 1: (0, 4)}), ValueOracle(p)
    for i in range(-4, 13, 2):
        for k in range(0, 17, 3):
            b = [Fraction(i, 4), Fraction(k, 4)]
            assert J.exact(b) == v(b)


def test_a_pure_program_needs_no_bases():
    p = program([2, 3], [[3, 5]], "=", [7])
    J = tm.jeroslow_formula(p)
    v = ValueOracle(p)
    for b in range(-3, 25):
        assert J.exact([b]) == v([b])
    assert J.exact(["1/2"]) == math.inf
    assert J.exact([8 + 5 * 10**6]) == 5 + 3 * 10**6


def test_t8_everywhere():
    J = tm.jeroslow_formula(program([2, 3], [[3, 5]], ">=", [7]))
    G = tm.gomory_function(program([2, 3], [[3, 5]], ">=", [7]), domain={0: (-5, 60)})
    for k in range(-20, 241):
        b = [Fraction(k, 4)]
        assert J.exact(b) == G.exact(b)


def test_an_equation_that_no_continuous_column_spans():
    p = program(
        [1, 2, 1],
        [[2, -1, 0], [1, 1, 1]],
        ["=", ">="],
        [1, 1],
        upper=[3, 3, 2],
        integrality=[True, True, False],
    )
    J, v = tm.jeroslow_formula(p, domain={0: (-2, 4), 1: (0, 5)}), ValueOracle(p)
    for i in range(-4, 9):
        for k in range(0, 21, 2):
            b = [Fraction(i, 2), Fraction(k, 4)]
            assert J.exact(b) == v(b)


# -- laws ------------------------------------------------------------------------------------

entries = st.integers(-3, 4)


@st.composite
def mixed_programs(draw, *, rows: int, bounded: bool) -> tm.MixedIntegerProgram:
    kinds = [True] * draw(st.integers(1, 2)) + [False] * draw(st.integers(0, 2))
    finite = st.integers(1, 3)
    upper = [draw(finite) if flag or draw(st.booleans()) else math.inf for flag in kinds]
    return program(
        [draw(st.integers(0, 9)) for _ in kinds],
        [[draw(entries) for _ in kinds] for _ in range(rows)],
        [draw(st.sampled_from(["<=", "=", ">="])) for _ in range(rows)],
        [draw(st.integers(0, 4)) for _ in range(rows)],
        upper=upper if bounded else math.inf,
        integrality=kinds,
        sense="min",
        offset=draw(st.sampled_from([Fraction(0), Fraction(1, 3)])),
    )


@calm(20)
@given(st.data())
def test_it_is_the_value_on_its_domain(data):
    p = data.draw(mixed_programs(rows=data.draw(st.integers(1, 2)), bounded=True))
    if data.draw(st.booleans()):
        p = negated(p)
    J, v = tm.jeroslow_formula(p, domain={0: (-2, 3)}), ValueOracle(p)
    for k in range(-8, 13):
        b = [Fraction(k, 4), *p.exact.rhs[1:]]
        assert J.exact(b) == v(b)
    outside = [9, *p.exact.rhs[1:]]
    sign = 1 if p.sense == "min" else -1
    assert sign * J.bound(outside) <= sign * v(outside)
    assert J.exact(outside) == v(outside)


def negated(p: tm.MixedIntegerProgram) -> tm.MixedIntegerProgram:
    """The same program as a maximization."""
    e = p.exact
    return program(
        [-c for c in e.c],
        e.A,
        e.row_sense,
        e.rhs,
        upper=e.upper,
        integrality=e.integer,
        sense="max",
        offset=-e.offset,
    )


@calm(20)
@given(st.data())
def test_one_row_is_right_everywhere(data):
    p = data.draw(mixed_programs(rows=1, bounded=False))
    J = tm.jeroslow_formula(p)
    near = program(
        p.exact.c,
        p.exact.A,
        p.row_sense,
        p.exact.rhs,
        offset=p.offset,
        upper=[16 if flag else math.inf for flag in p.exact.integer],
        integrality=p.exact.integer,
    )
    v = ValueOracle(near)
    for k in range(-20, 31, 3):
        b = [Fraction(k, 4)]
        assert J.exact(b) == v(b)


# -- proofs, refusals, showing ---------------------------------------------------------------


def test_the_certificate_proves_the_inner_function():
    J = tm.jeroslow_formula(t1())
    for checker in CHECKERS:
        statement = checker(J.certificate, program=J.inner.program)
        for b, value in statement.tight_at:
            assert J.inner.exact(b) == value
        assert {Fraction(k, 2) for k in range(-3, 1)} <= {b[0] for b, _ in statement.tight_at}


def test_without_a_domain_several_rows_are_solved_on_demand():
    p = program(
        [2, 3, 1],
        [[2, 1, 1], [1, 3, 0]],
        [">=", "="],
        [2, 2],
        upper=[2, 2, math.inf],
        integrality=[True, True, False],
    )
    J, v = tm.jeroslow_formula(p), ValueOracle(p)
    assert not J.is_complete
    assert J.is_value_at([2, 2])
    for i in range(-4, 13, 2):
        for k in range(0, 17, 2):
            b = [Fraction(i, 4), Fraction(k, 4)]
            assert J.bound(b) <= J.exact(b) == v(b)


def test_an_unbounded_program_is_refused():
    p = program([1, -1], [[1, 1]], ">=", [1], integrality=[True, False])
    with pytest.raises(UnsupportedError):
        tm.jeroslow_formula(p)


def test_a_large_program_is_refused():
    n = 30
    p = program([1] * n, [[1] * n] * 12, ">=", [1] * 12, integrality=False)
    with pytest.raises(NotAllowedError):
        tm.jeroslow_formula(p, domain={0: (0, 1)})


def test_at_a_limit_the_formula_is_a_bound():
    J = tm.jeroslow_formula(t1(), limits=tm.Limits(seconds=0))
    assert not J.is_complete
    for b in GRID[::7]:
        assert J.bound([b]) <= value_of_t1(b)
        assert J.exact([b]) == value_of_t1(b)


def test_it_pickles_prints_and_reads_arrays():
    J = tm.jeroslow_formula(t1())
    copy = pickle.loads(pickle.dumps(J))
    assert repr(copy) == repr(J)
    assert copy([["7/2"], [0]]).tolist() == [2.5, 0.0]
    assert copy([1]) == 0.5
    assert "M = 2" in str(J)
    assert "lceil" in J.to_latex()
    assert J.term.exact([Fraction(1)]) == Fraction(1, 2)

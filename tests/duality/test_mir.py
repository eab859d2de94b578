"""Laws of the Lipschitz dual functions that trees of mixed-integer programs fold into."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.duality._linear import build_linear
from tamemip.duality._mir import build_mir
from tamemip.duality._mir_tree_slopes import slopes
from tamemip.errors import UnsupportedError
from tamemip.functions import exact_value
from tamemip.solvers import Limits
from tests.brute_force import ValueOracle
from tests.duality.laws import assert_proved, assert_valid, calm, sign_of
from tests.programs_at_random import any_programs, branching_programs, right_hand_sides

UNLIMITED = Limits()


def built(program, *, limits=UNLIMITED):
    return build_mir(program, program.exact.rhs, limits=limits, watch=None)


def built_if_bounded(program):
    """The function; None where the relaxation is unbounded wherever it is feasible."""
    try:
        return built(program)
    except UnsupportedError:
        linear = build_linear(program, program.exact.rhs, limits=UNLIMITED, watch=None)
        assert not linear.closed_forms
        assert not linear.guards
        return None


@st.composite
def binary_programs(draw):
    """Mixed 0-1 programs that have to branch: continuous columns of both signs, every row sense."""
    n, k, m = draw(st.integers(2, 4)), draw(st.integers(0, 2)), draw(st.integers(1, 2))
    entries = st.integers(-5, 12)
    A = [draw(st.lists(entries, min_size=n + k, max_size=n + k)) for _ in range(m)]
    x = [draw(st.integers(0, 1)) for _ in range(n)] + [draw(st.integers(-1, 2)) for _ in range(k)]
    senses = [draw(st.sampled_from(["<=", ">=", "="])) for _ in range(m)]
    moves = {"<=": 1, ">=": -1, "=": 0}
    rhs = [
        sum(a * v for a, v in zip(row, x, strict=True)) + moves[s] * draw(st.integers(0, 3))
        for row, s in zip(A, senses, strict=True)
    ]
    return tm.MixedIntegerProgram.from_arrays(
        [draw(st.integers(-9, 12)) for _ in range(n + k)],
        A,
        senses,
        rhs,
        lower=[0] * n + [-1] * k,
        upper=[1] * n + [draw(st.integers(2, 4)) for _ in range(k)],
        integrality=[True] * n + [False] * k,
        sense=draw(st.sampled_from(["min", "max"])),
    )


canonical_entries = st.builds(Fraction, st.integers(-30, 30), st.sampled_from([1, 1, 2, 3]))


def vectors(draw, n):
    return [draw(canonical_entries) for _ in range(n)]


@given(any_programs, st.data())
@calm(40)
def test_it_bounds_the_value_everywhere_and_both_checkers_agree(program, data):
    F = built_if_bounded(program)
    if F is None:
        return
    points = [data.draw(right_hand_sides(program)) for _ in range(6)]
    assert_valid(F, ValueOracle(program), points)
    assert_proved(F, points)


@given(binary_programs(), st.data())
@calm(40)
def test_it_is_the_value_of_mixed_binary_programs(program, data):
    F = built(program)
    v = ValueOracle(program)
    assert F.is_tight
    assert F.value == v(program.exact.rhs)
    points = [data.draw(right_hand_sides(program)) for _ in range(4)]
    assert_valid(F, v, points)
    assert_proved(F, points)


@given(st.one_of(branching_programs(), binary_programs()), st.data())
@calm(30)
def test_it_is_subadditive_monotone_and_zero_at_zero(program, data):
    F = built(program)
    form = program.canonical()
    n = form.n_rows
    assert F.guards or F.is_subadditive
    if not F.closed_forms:
        return
    term = F.term
    assert term.exact([Fraction(0)] * n) == 0
    for _ in range(4):
        d, e = vectors(data.draw, n), vectors(data.draw, n)
        total = [a + b for a, b in zip(d, e, strict=True)]
        assert term.exact(total) <= term.exact(d) + term.exact(e)
        raised = [
            a + abs(b) if sense == ">=" else a
            for a, b, sense in zip(d, e, form.row_sense, strict=True)
        ]
        assert term.exact(d) <= term.exact(raised)


@given(st.one_of(branching_programs(), binary_programs()), st.data())
@calm(30)
def test_slopes_bound_how_fast_it_moves(program, data):
    F = built(program)
    n = program.canonical().n_rows
    for node in F.closed_forms:
        bounds = slopes(node)
        for _ in range(4):
            d, e = vectors(data.draw, n), vectors(data.draw, n)
            most = least = Fraction(0)
            for i, (a, b) in enumerate(zip(d, e, strict=True)):
                ends = [(b - a) * s for s in bounds.get(i, (0, 0))]
                least, most = least + min(ends), most + max(ends)
            assert least <= exact_value(node, e) - exact_value(node, d) <= most


@given(any_programs)
@calm(25)
def test_it_is_at_least_the_relaxation(program):
    F = built_if_bounded(program)
    if F is None:
        return
    linear = build_linear(program, program.exact.rhs, limits=UNLIMITED, watch=None)
    sign = sign_of(F)
    carriers = [part.carrier.exact(F.canonical(program.exact.rhs)) for part in [linear.term]]
    if linear.guards:
        assert F.value == sign * math.inf
    else:
        assert sign * (F.value - F.offset) >= carriers[0]


@given(branching_programs(), st.sampled_from([Limits(nodes=1), Limits(seconds=0), Limits(nodes=5)]))
@calm(20)
def test_limits_leave_a_valid_function(program, limits):
    F = built(program, limits=limits)
    assert_valid(F, ValueOracle(program), [program.exact.rhs])
    assert_proved(F, [])

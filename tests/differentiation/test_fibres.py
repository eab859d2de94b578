"""Linear programs of fixed integer parts: their pairs, their faces, their proofs."""

from __future__ import annotations

import math
from fractions import Fraction

from hypothesis import assume, given
from hypothesis import strategies as st

from tamemip.differentiation import (
    Fibres,
    InfeasibleFibre,
    OptimalPair,
    UnboundedFibre,
    dual_face,
    optimal_pair,
    primal_face,
)
from tamemip.programs import MixedIntegerProgram
from tests.brute_force import ValueOracle
from tests.duality.laws import calm

_ZERO, _ONE = Fraction(0), Fraction(1)
#: Smaller than every distance between a right-hand side and a breakpoint that it is not on.
_STEP = Fraction(1, 10**12)
half = Fraction(1, 2)


def _integers(program):
    return [j for j, flag in enumerate(program.exact.integer) if flag]


small = st.integers(-3, 3)
#: Coefficients with many zeros, so that zero rows, zero columns and ties are common.
coefficients = st.lists(st.sampled_from([-2, -1, 0, 0, 1, 1, 2, 3]), min_size=12, max_size=12)
bounds = st.sampled_from(
    [(0, 2), (0, math.inf), (0, math.inf), (-1, 1), (-math.inf, 1), (-math.inf, math.inf), (1, 1)]
)
kinds = st.lists(st.sampled_from([True, False, False]), min_size=1, max_size=4)
four_bounds = st.lists(bounds, min_size=4, max_size=4)
three_senses = st.lists(st.sampled_from(["<=", "=", ">="]), max_size=3)
vectors = st.lists(small, min_size=4, max_size=4)
directions_of = st.lists(st.lists(small, min_size=10, max_size=10), min_size=3, max_size=3)
costs = st.one_of(vectors, st.lists(st.sampled_from([0, 0, 0, 1, -1]), min_size=4, max_size=4))
rooms = st.lists(st.sampled_from([0, 0, 0, half, 2]), min_size=3, max_size=3)
senses = st.sampled_from(["min", "max"])
shifts = st.sampled_from([0, 0, half, -1, -4])


@st.composite
def fibres(draw):
    """A program, an integer part within its bounds and a right-hand side.

    Most sides are tight at a point with small entries: both degenerate kinds are common.
    Some rows are elastic: their prices are bounded.
    """
    is_integer, row_senses = draw(kinds), draw(three_senses)
    n, m = len(is_integer), len(row_senses)
    entries, ends = draw(coefficients), draw(four_bounds)[:n]
    A = [entries[n * i : n * i + n] for i in range(m)]
    x = [min(max(v, low), up) for v, (low, up) in zip(draw(vectors), ends, strict=False)]
    slack = {"<=": 1, "=": 0, ">=": -1}
    b = [
        Fraction(sum(a * v for a, v in zip(row, x, strict=True)) + slack[row_sense] * gap)
        for row, row_sense, gap in zip(A, row_senses, draw(rooms), strict=False)
    ]
    b[:1] = [v + draw(shifts) for v in b[:1]]
    c, sense = draw(costs)[:n], draw(senses)
    if n + m <= 4 and draw(st.booleans()):
        price = 2 if sense == "min" else -2
        c += [price] * (2 * m)
        A = [[*row, *(s * (i == k) for k in range(m) for s in (1, -1))] for i, row in enumerate(A)]
        ends = [*ends, *[(0, math.inf)] * (2 * m)]
        is_integer = [*is_integer, *[False] * (2 * m)]
    program = MixedIntegerProgram.from_arrays(
        c,
        A,
        row_senses,
        [0] * m,
        lower=[low for low, _ in ends],
        upper=[up for _, up in ends],
        integrality=is_integer,
        sense=sense,
        offset=half,
    )
    part = tuple(Fraction(v) for v, flag in zip(x, is_integer, strict=False) if flag)
    return program, part, tuple(b)


def _sign(program):
    return 1 if program.sense == "min" else -1


def _fibre_value(program, part, b):
    """``f_S(b)`` by elimination."""
    fixed = program.fix(dict(zip(_integers(program), part, strict=True)))
    return ValueOracle(fixed)(b)


def _dot(first, second):
    return sum((a * b for a, b in zip(first, second, strict=True)), _ZERO)


def _dual_value(program, part, b, y):
    """The bound that duals prove, in the orientation of the program; None if they prove none."""
    exact, sign = program.exact, _sign(program)
    for v, sense in zip(y, exact.row_sense, strict=True):
        if (sense == ">=" and sign * v < 0) or (sense == "<=" and sign * v > 0):
            return None
    reduced = [
        sign * (c - sum((a * y[i] for i, a in column), _ZERO))
        for c, column in zip(exact.c, exact.A.columns, strict=True)
    ]
    total = sign * _dot(y, b)
    values = dict(zip(_integers(program), part, strict=True))
    for j, z in enumerate(reduced):
        if j in values:
            total += z * values[j]
        elif z:
            bound = exact.lower[j] if z > 0 else exact.upper[j]
            if not isinstance(bound, Fraction):
                return None
            total += z * bound
    return sign * total + exact.offset


def _is_infeasibility_proof(program, fibre):
    """``y b > max{y A x}`` over the box of the part."""
    exact, y = program.exact, fibre.multipliers
    signs_fit = all(
        (sense != ">=" or v >= 0) and (sense != "<=" or v <= 0)
        for v, sense in zip(y, exact.row_sense, strict=True)
    )
    values = dict(zip(_integers(program), fibre.part, strict=True))
    most = _ZERO
    for j, column in enumerate(exact.A.columns):
        w = sum((a * y[i] for i, a in column), _ZERO)
        bound = values[j] if j in values else (exact.upper[j] if w > 0 else exact.lower[j])
        most += w * bound if w else 0
    return signs_fit and _dot(y, fibre.rhs) > most


@calm(150)
@given(fibres())
def test_every_end_is_the_true_one_and_carries_its_proof(case):
    program, part, b = case
    fibre = Fibres(program).solve(part, rhs=b)
    value = _fibre_value(program, part, b)
    sign = _sign(program)
    moved = program.with_rhs(b)
    match fibre:
        case OptimalPair():
            assert fibre.value == value == program.objective(fibre.point)
            assert not moved.violations(fibre.point)
            assert tuple(fibre.point[j] for j in _integers(program)) == part
            assert _dual_value(program, part, b, fibre.duals) == value
            columns = program.exact.A.columns
            assert fibre.reduced_costs == tuple(
                c - sum((a * fibre.duals[i] for i, a in column), _ZERO)
                for c, column in zip(program.exact.c, columns, strict=True)
            )
        case InfeasibleFibre():
            assert value == sign * math.inf
            assert _is_infeasibility_proof(program, fibre)
        case UnboundedFibre():
            assert value == -sign * math.inf
            for steps in (0, 1, 10**6):
                point = [x + steps * r for x, r in zip(fibre.point, fibre.ray, strict=True)]
                assert not moved.violations(point)
            assert sign * _dot(program.exact.c, fibre.ray) < 0


@calm(100)
@given(fibres(), vectors)
def test_one_engine_gives_at_every_right_hand_side_the_value_of_a_new_one(case, other):
    program, part, b = case
    warm = Fibres(program)
    for rhs in (b, other[: len(b)], program.exact.rhs, b):
        pair = warm.optimal_pair(part, rhs=rhs)
        new = optimal_pair(program, part, rhs=rhs)
        assert (pair is None) == (new is None)
        assert pair is None or (new is not None and pair.value == new.value)


@calm(100)
@given(fibres(), directions_of)
def test_the_dual_face_holds_the_pair_and_gives_every_directional_derivative(case, directions):
    program, part, b = case
    pair = optimal_pair(program, part, rhs=b)
    assume(pair is not None)
    face, sign = dual_face(pair), _sign(program)
    for y in face.vertices:
        assert _dual_value(program, part, b, y) == pair.value
    for direction in directions:
        d = [Fraction(v) for v in direction[: len(b)]]
        slope = sign * face.support([sign * v for v in d])
        assert sign * slope >= sign * _dot(pair.duals, d)
        there = [v + _STEP * w for v, w in zip(b, d, strict=True)]
        step = slope * _STEP if isinstance(slope, Fraction) else slope
        assert _fibre_value(program, part, there) == pair.value + step


@calm(100)
@given(fibres(), directions_of)
def test_the_primal_face_holds_the_pair_and_gives_every_derivative_in_the_costs(case, directions):
    program, part, b = case
    pair = optimal_pair(program, part, rhs=b)
    assume(pair is not None)
    face, sign = primal_face(pair), _sign(program)
    moved, n = program.with_rhs(b), program.n_cols
    for x in face.vertices:
        assert not moved.violations(x)
        assert program.objective(x) == pair.value
    for direction in directions:
        d = [Fraction(v) for v in direction[:n]]
        slope = -sign * face.support([-sign * v for v in d])
        assert sign * slope <= sign * _dot(pair.point, d)
        moved_costs = [c + _STEP * w for c, w in zip(program.exact.c, d, strict=True)]
        step = slope * _STEP if isinstance(slope, Fraction) else slope
        assert _fibre_value(program.with_cost(moved_costs), part, b) == pair.value + step


@calm(100)
@given(fibres(), vectors)
def test_nondegenerate_pairs_are_alone_from_every_start(case, other):
    program, part, b = case
    warm = Fibres(program)
    warm.solve(part, rhs=other[: len(b)])
    pair = warm.optimal_pair(part, rhs=b)
    assume(pair is not None)
    if not pair.is_primal_degenerate:
        assert dual_face(pair).vertices == (pair.duals,)
        assert dual_face(pair).is_point
    if not pair.is_dual_degenerate:
        assert primal_face(pair).vertices == (pair.point,)
        assert primal_face(pair).is_point

"""Solution maps against brute force: inside the cell, at its ends, and where they are refused."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tamemip.differentiation import SwitchError, solution_jacobian
from tamemip.duality import solve_exactly
from tamemip.errors import InvalidInputError, NotAllowedError
from tamemip.programs import MixedIntegerProgram, ParametricProgram

_ZERO = Fraction(0)
#: Smaller than what separates a random parameter from a breakpoint that it is not on.
_STEP = Fraction(1, 10**9)
half, third = Fraction(1, 2), Fraction(1, 3)

_SLOTS = [
    ("rhs",),
    ("c",),
    ("rhs", "c"),
    ("lower", "upper"),
    ("rhs", "lower", "upper"),
    ("A",),
    ("rhs", "c", "A"),
    ("rhs", "c", "A", "lower", "upper"),
]
coefficients = st.sampled_from([-2, -1, 0, 0, 1, 1, 2, 3])
costs = st.sampled_from([-3, -2, -1, 0, 1, 2, 3, 4, half])
rates = st.sampled_from([0, 0, 1, -1, half, 2])
rare_rates = st.sampled_from([0, 0, 0, 0, 1, -1, half])
gaps = st.sampled_from([0, 0, 1, half, third])
widths = st.sampled_from([1, 2, 3, math.inf])
spots = st.sampled_from([0, 0, third, half, Fraction(-2, 7), 1])
steps = st.sampled_from([-2, -1, 0, 1, 2, third])
shares = st.sampled_from([Fraction(1, 7), half, Fraction(9, 10), 1])


def _lists(element, size):
    return st.lists(element, min_size=size, max_size=size)


@st.composite
def families(draw, slots):
    """A parametric program with bounded integers, and parameters."""
    n_integers, n = draw(st.integers(0, 3)), draw(st.integers(1, 4))
    n_integers, m = min(n_integers, n), draw(st.integers(1, 3))
    senses = draw(_lists(st.sampled_from(["<=", ">=", "<=", ">=", "="]), m))
    A = [draw(_lists(coefficients, n)) for _ in range(m)]
    lower = draw(_lists(st.sampled_from([0, 0, -1]), n))
    upper = [low + width for low, width in zip(lower, draw(_lists(widths, n)), strict=True)]
    upper[:n_integers] = [low + min(2, up - low) for low, up in zip(lower, upper, strict=True)][
        :n_integers
    ]
    x = draw(_lists(st.integers(0, 1), n))
    slack = {"<=": 1, "=": 0, ">=": -1}
    b = [
        sum(a * v for a, v in zip(row, x, strict=True)) + slack[sense] * gap
        for row, sense, gap in zip(A, senses, draw(_lists(gaps, m)), strict=True)
    ]
    program = MixedIntegerProgram.from_arrays(
        draw(_lists(costs, n)),
        A,
        senses,
        b,
        lower=lower,
        upper=upper,
        integrality=[j < n_integers for j in range(n)],
        sense=draw(st.sampled_from(["min", "max"])),
    )
    k = draw(st.integers(1, 2))
    moving = {}
    if "rhs" in slots:
        moving["rhs"] = [draw(_lists(rates, k)) for _ in range(m)]
    if "c" in slots:
        moving["c"] = [draw(_lists(rates, k)) for _ in range(n)]
    for name, side in (("lower", lower), ("upper", upper)):
        if name in slots:
            found = [draw(_lists(rare_rates, k)) for _ in range(n)]
            moving[name] = [v if side[j] != math.inf else [0] * k for j, v in enumerate(found)]
    if "A" in slots:
        places = [(i, j) for i in range(m) for j in range(n)]
        moving["A"] = {place: draw(_lists(rare_rates, k)) for place in places}
    q = ParametricProgram(program, names=[f"t{i}" for i in range(k)], **moving)
    return q, draw(_lists(spots, k))


def _optima(program):
    """All optimal integer parts, with an optimal point each; None without a finite optimum."""
    e = program.exact
    sign = 1 if e.sense == "min" else -1
    integers = [j for j, flag in enumerate(e.integer) if flag]
    others = [j for j, flag in enumerate(e.integer) if not flag]
    place = {j: k for k, j in enumerate(others)}
    ranges = [range(math.ceil(e.lower[j]), math.floor(e.upper[j]) + 1) for j in integers]
    found = {}
    for part in itertools.product(*ranges):
        values = dict(zip(integers, map(Fraction, part), strict=True))
        verdict = solve_exactly(
            [{place[j]: a for j, a in row if j in place} for row in e.A.rows],
            e.row_sense,
            [
                b - sum((a * values[j] for j, a in row if j in values), _ZERO)
                for row, b in zip(e.A.rows, e.rhs, strict=True)
            ],
            costs=[sign * e.c[j] for j in others],
            lower=[e.lower[j] for j in others],
            upper=[e.upper[j] for j in others],
        )
        if verdict is None:
            return None
        if verdict.point is not None:
            values |= dict(zip(others, verdict.point, strict=True))
            x = tuple(values[j] for j in range(program.n_cols))
            found[x] = sign * _cost(program, x)
    best = min(found.values(), default=None)
    return None if best is None else [x for x, value in found.items() if value == best]


def _cost(program, x):
    return sum((c * v for c, v in zip(program.exact.c, x, strict=True)), _ZERO)


def _solved(q, theta):
    """The Jacobian, or no example."""
    try:
        return solution_jacobian(q, theta)
    except (NotAllowedError, InvalidInputError):
        assume(False)


families_of_any_slots = st.sampled_from(_SLOTS).flatmap(families)
families_with_fixed_matrix = st.sampled_from(_SLOTS[:5]).flatmap(families)


@settings(max_examples=70, deadline=None)
@given(families_of_any_slots, st.lists(st.tuples(_lists(steps, 2), shares), min_size=3, max_size=3))
def test_in_the_cell_the_solution_is_what_solving_again_finds(family, ways):
    q, theta = family
    J = _solved(q, theta)
    assert J.cell.has_inside(theta)
    assert _optima(q.at(theta)) == [J.exact_point]
    assert J.prove().own_boxes >= 1
    assert J.is_affine or "A" in q.slots
    for whole_direction, share in ways:
        direction = whole_direction[: q.n_parameters]
        most = J.cell.step(direction)
        t = share * (most if isinstance(most, Fraction) else 5)
        there = [a + t * v for a, v in zip(theta, direction, strict=True)]
        if not J.cell.contains(there):
            assert share == 1, "only a strict end is outside"
            continue
        program = q.at(there)
        x, optima = J.point_at(there), _optima(program)
        assert not program.violations(x)
        assert _cost(program, x) == _cost(program, optima[0])
        if J.cell.has_inside(there):
            assert optima == [x]
        if "A" not in q.slots:
            rate = [sum(v * d for v, d in zip(row, direction, strict=True)) for row in J.rows]
            assert x == tuple(v + t * r for v, r in zip(J.exact_point, rate, strict=True))


@settings(max_examples=80, deadline=None)
@given(families_with_fixed_matrix)
def test_only_ties_and_bends_are_refused(family):
    q, theta = family
    try:
        solution_jacobian(q, theta)
    except SwitchError as error:
        refused = error
    except (NotAllowedError, InvalidInputError):
        assume(False)
    else:
        return
    program, points = q.at(theta), refused.points
    optima = _optima(program)
    if "are optimal" in str(refused) and None not in points:  # else they are at parameters nearby
        assert all(not program.violations(x) for x in points)
        assert points[0] != points[1]
        assert {_cost(program, x) for x in points} == {_cost(program, optima[0])}
    else:
        assert _bends(q, theta, optima[0])


def test_points_of_a_bend_are_at_parameters_nearby_even_if_they_are_feasible_here():
    p = MixedIntegerProgram.from_arrays(
        [0, -3, -1, 2],
        [[-2, -2, -2, 3], [-1, -2, -2, 2]],
        ">=",
        [-4, "-10/3"],
        lower=[0, 0, 0, -1],
        upper=[1, 1, 1, 0],
        integrality=False,
    )
    q = ParametricProgram(p, rhs=[[0, 1], [0, -1]])
    with pytest.raises(SwitchError) as refused:
        solution_jacobian(q, [0, 0])
    assert all(not p.violations(x) for x in refused.value.points)
    assert _bends(q, [0, 0], _optima(p)[0])


def _bends(q, theta, x):
    """Whether the solution is not affine along a parameter, or ends."""
    for k in range(q.n_parameters):
        sides = []
        for step in (_STEP, -_STEP):
            there = [v + step * (i == k) for i, v in enumerate(theta)]
            try:
                sides.append(_optima(q.at(there)))
            except InvalidInputError:
                sides.append(None)
        if None in sides:
            return True
        up, down = (side[0] for side in sides)
        if any(a + b != 2 * v for a, b, v in zip(up, down, x, strict=True)):
            return True
    return False

"""Gradients against values that were enumerated: rates, jumps, ties, whatever moves."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction as Q

import pytest
from hypothesis import given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.differentiation._cones import dot
from tamemip.errors import NotAllowedError, NotLipschitzError, UnsupportedError
from tests.differentiation.exact_rates import (
    STEP,
    directions,
    fibre_value,
    integers,
    moved,
    short,
    tight_programs,
    value,
)
from tests.duality.laws import calm

_SIGN = {"min": 1, "max": -1}


def gradient(p, **asked):
    """The gradient, or None where there is no finite value; refusals pass."""
    before = value(p)
    if isinstance(before, float):
        with pytest.raises(NotAllowedError):
            tm.conservative_gradient(p, **asked)
        return None
    D = tm.conservative_gradient(p, **asked)
    assert D.value == before
    return D


def between(D, d):
    """The least and the largest rate along a direction that the field allows."""
    rates = [dot(y, d) for y in D]
    return min(rates), max(rates)


def by_slot(p, slots, flat):
    """A flat direction, slot by slot."""
    sizes = {"rhs": p.n_rows, "A": p.n_rows * p.n_cols}
    parts, start = {}, 0
    for slot in slots:
        size = sizes.get(slot, p.n_cols)
        part = flat[start : start + size]
        n = p.n_cols
        parts[slot] = [part[i * n : i * n + n] for i in range(p.n_rows)] if slot == "A" else part
        start += size
    return parts


def assert_jumps(p, slots, jump):
    """The value jumps where, and by what, the refusal says."""
    start = p if jump.start is None else moved(p, by_slot(p, slots, jump.start), Q(1))
    assert_falls(jump, value(start), value(moved(start, by_slot(p, slots, jump.direction), STEP)))


def assert_falls(jump, here, beyond):
    assert jump.is_certified
    assert jump.at == here != jump.limit
    if isinstance(jump.limit, float):
        assert beyond == jump.limit
    else:
        assert abs(beyond - jump.limit) < 100 * STEP


# -- right-hand sides ------------------------------------------------------------------------


@calm(14)
@given(tight_programs(), st.data())
def test_refused_exactly_where_the_value_jumps(p, data):
    try:
        D = gradient(p)
    except NotLipschitzError as refusal:
        assert_jumps(p, ["rhs"], refusal.jump)
        return
    if D is None:
        return
    ways = data.draw(directions(p.n_rows, 4))
    for d, e in itertools.product(ways, ways[:2]):
        near = moved(p, {"rhs": d}, STEP)
        change = (value(moved(near, {"rhs": e}, STEP**2)) - value(near)) / STEP**2
        low, high = between(D.flat, e)
        assert low <= change <= high, f"along {e} near {d}: {change}"


@calm(14)
@given(tight_programs(), st.data())
def test_one_sided_rates_are_the_minimum_of_support_functions(p, data):
    try:
        D = gradient(p)
    except NotLipschitzError:
        return
    if D is None:
        return
    C = tm.conservative_gradient(p, kind="clarke")
    assert set(C.flat) <= set(D.flat)
    sign = _SIGN[p.sense]
    for d in data.draw(directions(p.n_rows, 5)):
        moved_value = value(moved(p, {"rhs": d}, STEP))
        rate = (moved_value - D.value) / STEP
        expected = min(sign * (fibre_rate(p, part, d)) for part in D.parts)
        assert sign * rate == expected
        assert between(C.flat, d)[0] <= rate <= C.exact_support(d) <= D.exact_support(d)


def fibre_rate(p, part, d):
    """The rate of the value for fixed integers; the worst infinity where it ends."""
    there = fibre_value(moved(p, {"rhs": d}, STEP), part)
    if there is None:
        return _SIGN[p.sense] * math.inf
    return (there - fibre_value(p, part)) / STEP


@calm(4)
@given(tight_programs(max_continuous=1))
def test_clarke_is_the_set_of_gradients_nearby(p):
    """In one or two rows: a gradient in every cone that the slopes and ends cut out."""
    try:
        C = tm.conservative_gradient(p, kind="clarke")
    except (NotAllowedError, NotLipschitzError):
        return
    D = tm.conservative_gradient(p)
    normals = [[a - b for a, b in zip(y, z, strict=True)] for y in D.flat for z in D.flat]
    ends = [[dict(row).get(j, 0) for row in p.exact.A.rows] for j in range(p.n_cols)]
    seen = set()
    for d in cone_points(normals, ends, p.n_rows):
        near = moved(p, {"rhs": d}, STEP)
        here = value(near)
        rates = []
        for i in range(p.n_rows):
            e = tuple(Q(int(k == i)) for k in range(p.n_rows))
            up, down = (value(moved(near, {"rhs": e}, s)) for s in (STEP**2, -(STEP**2)))
            assert up - here == here - down, f"no gradient near {d}"
            rates.append((up - here) / STEP**2)
        seen.add(tuple(rates))
    assert seen == set(C.flat)


def cone_points(normals, ends, dimension):
    """A point inside of every cone that lines through 0 cut out, in one or two dimensions.

    Slopes change on the lines normal to their differences; parts end along the axes and along
    columns of the matrix.
    """
    if dimension == 1:
        return [(Q(1),), (Q(-1),)]
    lines = [(1, 0), (0, 1), *((-b, a) for a, b in normals), *ends]
    turned = {_primitive(line) for line in lines if any(line)}
    around = sorted({*turned, *((-a, -b) for a, b in turned)}, key=_angle)
    return [_middle(a, b) for a, b in zip(around, around[1:] + around[:1], strict=True)]


def _primitive(v):
    size = max(abs(x) for x in v)
    return tuple(Q(x) / size for x in v)


def _angle(v):
    """Rises with the angle, without rounding."""
    x, y = v
    size = abs(x) + abs(y)
    return (1 - x / size) if y > 0 or (y == 0 and x > 0) else 3 + x / size


def _middle(a, b):
    return tuple(x + y for x, y in zip(a, b, strict=True))


@calm(8)
@given(tight_programs())
def test_an_element_is_an_element(p):
    try:
        D = gradient(p)
    except NotLipschitzError:
        with pytest.raises(NotLipschitzError):
            tm.conservative_gradient(p, kind="element")
        return
    if D is not None:
        (y,) = tm.conservative_gradient(p, kind="element").flat
        assert D.contains(y)


# -- costs -------------------------------------------------------------------------------------


@calm(10)
@given(tight_programs(), st.data())
def test_by_costs_the_rate_is_the_support_function_of_the_optimal_points(p, data):
    """min: concave, so the rate is the least over the superdifferential, conv argmin."""
    try:
        D = gradient(p, wrt="c")
    except NotLipschitzError as refusal:
        assert_jumps(p, ["c"], refusal.jump)
        return
    if D is None:
        return
    for d in data.draw(directions(p.n_cols, 6)):
        rate = (value(moved(p, {"c": d}, STEP)) - D.value) / STEP
        low, high = between(D.flat, d)
        assert rate == (low if p.sense == "min" else high)
    for x in D.flat:
        assert p.exact.offset + dot(p.exact.c, x) == D.value
        assert not p.violations(x)
    assert tm.conservative_gradient(p, wrt="c", kind="clarke").flat == D.flat
    assert D.contains(tm.conservative_gradient(p, wrt="c", kind="element").flat[0])


# -- bounds ------------------------------------------------------------------------------------


@calm(12)
@given(tight_programs(), st.sampled_from(["lower", "upper"]), st.data())
def test_bounds_that_move(p, slot, data):
    """Integer columns as well: the value jumps where one sits on a bound and has to leave it."""
    try:
        D = gradient(p, wrt=slot)
    except NotLipschitzError as refusal:
        assert_jumps(p, [slot], refusal.jump)
        return
    if D is None:
        return
    for d in data.draw(directions(p.n_cols, 5)):
        ways = {slot: d}
        rate = (value(moved(p, ways, STEP)) - D.value) / STEP
        low, high = between(D.flat, d)
        assert low <= rate <= high


# -- all together ------------------------------------------------------------------------------


@calm(12)
@given(
    tight_programs(bounded=True),
    st.sampled_from([["A"], ["A", "rhs", "c"], ["rhs", "c"], ["c", "A"], ["A", "rhs", "upper"]]),
    st.data(),
)
def test_along_lines_of_all_data_the_rate_is_one_of_the_field(p, slots, data):
    try:
        D = gradient(p, wrt=slots)
    except NotLipschitzError as refusal:
        names = ["rhs"] if refusal.jump is not None and len(refusal.normal) == p.n_rows else slots
        assert_jumps(p, names, refusal.jump)
        return
    except NotAllowedError:
        return  # not proved
    if D is None:
        return
    size = len(D.flat[0])
    for d in data.draw(directions(size, 5)):
        rate = short((value(moved(p, by_slot(p, slots, d), STEP)) - D.value) / STEP)
        low, high = between(D.flat, d)
        assert low <= rate <= high
    with_clarke(p, slots, D)
    E = tm.conservative_gradient(p, wrt=slots, kind="element")
    assert set(E.flat) <= set(D.flat) or D.moving.slots != ("rhs",)


def with_clarke(p, slots, D):
    """The Clarke subdifferential is given only where it is one point, the gradient."""
    if D.is_singleton:
        assert tm.conservative_gradient(p, wrt=slots, kind="clarke").flat == D.flat
    else:
        with pytest.raises(UnsupportedError):
            tm.conservative_gradient(p, wrt=slots, kind="clarke")


@calm(10)
@given(tight_programs(bounded=True, max_rows=2), st.data())
def test_parameters_obey_the_chain_rule(p, data):
    """The derivatives by parameters are those by the slots, times the slopes of the slots."""
    slots = data.draw(
        st.sampled_from([["rhs"], ["c"], ["lower", "upper"], ["rhs", "upper"], ["A", "rhs", "c"]])
    )
    ways = [data.draw(directions(_size(p, slots), 1))[0] for _ in range(2)]
    q = parametric(p, slots, ways)
    try:
        raw = gradient(p, wrt=slots)
    except (NotAllowedError, NotLipschitzError):
        raw = None
    try:
        D = gradient(p) if raw is None else tm.conservative_gradient(q, at=[0, 0])
    except NotLipschitzError:
        return
    if raw is None or D is None:
        return
    chained = {tuple(dot(y, way) for way in ways) for y in raw.flat}
    assert set(D.flat) <= chained
    assert all(D.contains(y) for y in chained)
    for t in data.draw(directions(2, 3)):
        rate = short((value(q.at([STEP * v for v in t])) - D.value) / STEP)
        low, high = between(D.flat, t)
        assert low <= rate <= high


@calm(14)
@given(tight_programs(max_rows=3), st.data())
def test_parameters_of_right_hand_sides_are_refused_exactly_where_the_value_jumps(p, data):
    """Also where parts live in a plane of the parameters only."""
    ways = [data.draw(directions(p.n_rows, 1))[0] for _ in range(2)]
    q = parametric(p, ["rhs"], ways)
    before = value(p)
    if isinstance(before, float):
        return
    try:
        D = tm.conservative_gradient(q, at=[0, 0])
    except NotLipschitzError as refusal:
        jump = refusal.jump
        start = jump.start or (Q(0), Q(0))
        beyond = [a + STEP * b for a, b in zip(start, jump.direction, strict=True)]
        assert_falls(jump, value(q.at(start)), value(q.at(beyond)))
        return
    grid = data.draw(directions(2, 4))
    for t, s in itertools.product(grid, grid):
        near = [STEP * v for v in t]
        further = [a + STEP**2 * v for a, v in zip(near, s, strict=True)]
        change = (value(q.at(further)) - value(q.at(near))) / STEP**2
        low, high = between(D.flat, s)
        assert low <= change <= high


def parametric(p, slots, ways):
    """Two parameters that move the slots along two flat directions."""
    shares = [by_slot(p, slots, way) for way in ways]
    given = {
        slot: [list(pair) for pair in zip(*(share[slot] for share in shares), strict=True)]
        for slot in slots
        if slot != "A"
    }
    if "A" in slots:
        m, n = p.n_rows, p.n_cols
        given["A"] = {
            (i, j): [share["A"][i][j] for share in shares] for i in range(m) for j in range(n)
        }
    return tm.ParametricProgram(p, **given, names=("s", "t"))


def _size(p, slots):
    sizes = {"rhs": p.n_rows, "A": p.n_rows * p.n_cols}
    return sum(sizes.get(slot, p.n_cols) for slot in slots)


@calm(6)
@given(tight_programs(elastic=True))
def test_elastic_programs_have_gradients_everywhere(p):
    """Slacks in every row: no refusal at any right-hand side with a finite value."""
    D = gradient(p)
    if D is not None:
        assert all(len(integers(p)) == len(part) for part in D.parts)
        assert tm.lipschitz(p).is_certified
        constants = tm.lipschitz(p).constants
        assert all(abs(v) <= k for y in D.flat for v, k in zip(y, constants, strict=True))

"""Where an optimal integer part stays optimal, against brute force."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction as Q

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, NotAllowedError, UnsupportedError
from tests.brute_force import ValueOracle
from tests.duality.laws import calm
from tests.programs_at_random import branching_programs, programs, right_hand_sides

EPSILON = Q(1, 10**9)


def hassanzadeh_ralphs(b=0):
    return tm.MixedIntegerProgram.from_arrays(
        [3, "7/2", 3, 6, 7],
        [[6, 5, -4, 2, -7]],
        "=",
        [b],
        integrality=[True, True, True, False, False],
    )


def piece_oracle(region):
    """``f_S``: the value of the program with its integer columns fixed."""
    integers = [j for j, flag in enumerate(region.program.exact.integer) if flag]
    return ValueOracle(region.program.fix(dict(zip(integers, region.integer_part, strict=True))))


def region_of(p, at=None):
    try:
        return tm.stability_region(p, at=at)
    except UnsupportedError:
        return None


def is_stable(v, f, d):
    return math.isfinite(f(d)) and v(d) == f(d)


def some_programs():
    return st.one_of(programs(), branching_programs()).filter(lambda p: p.n_rows > 0)


def near(region, data):
    """A right-hand side not far away from the one of a region."""
    step = st.builds(Q, st.integers(-6, 6), st.sampled_from([1, 1, 2, 3, 1000]))
    return tuple(b + data.draw(step) for b in region.at)


@calm(30)
@given(st.data())
def test_membership_is_what_brute_force_says(data):
    p = data.draw(some_programs())
    region = region_of(p)
    assume(region is not None)
    v, f = ValueOracle(p), piece_oracle(region)
    assert region.value == v(region.at) == f(region.at)
    assert region.contains(region.at)
    for d in (near(region, data), data.draw(right_hand_sides(p))):
        assert region.cost(d) == f(d)
        assert not region.contains(d) or is_stable(v, f, d)
        assert region.is_optimal(d) == is_stable(v, f, d)


@calm(30)
@given(st.data())
def test_the_polyhedron_lies_in_the_region_and_carries_the_value(data):
    p = data.draw(some_programs())
    region = region_of(p)
    assume(region is not None)
    P, v, f = region.polyhedron, ValueOracle(p), piece_oracle(region)
    assert P.contains(region.at)
    assert P.value_at(region.at) == region.value
    for _ in range(4):
        d = near(region, data)
        if P.contains(d):
            assert is_stable(v, f, d)
            assert region.contains(d)
            assert P.value_at(d) == v(d)
    # Out to its boundary in some direction, and not beyond it.
    i, sign = data.draw(st.integers(0, p.n_rows - 1)), data.draw(st.sampled_from([-1, 1]))
    t = P.exit([(i, Q(sign))])
    for s in [t / 2, t - EPSILON] if 0 < t < math.inf else [Q(10**9)] if t else []:
        d = tuple(b + sign * s * (k == i) for k, b in enumerate(region.at))
        assert s < 0 or (P.contains(d) and P.value_at(d) == v(d) == f(d))
    if t < math.inf:
        d = tuple(b + sign * (t + EPSILON) * (k == i) for k, b in enumerate(region.at))
        assert not P.contains(d)


@calm(25)
@given(st.data())
def test_the_interval_along_a_direction_is_the_largest(data):
    p = data.draw(some_programs())
    region = region_of(p)
    assume(region is not None)
    v, f = ValueOracle(p), piece_oracle(region)
    rates = st.sampled_from([Q(-2), Q(-1), Q(1), Q(1, 2)])
    rows = data.draw(st.lists(st.integers(0, p.n_rows - 1), min_size=1, max_size=2, unique=True))
    along = {i: data.draw(rates) for i in rows}
    reach = data.draw(st.sampled_from([Q(1), Q(4)]))
    check_interval(region.along(along, reach=reach), region, along, reach, v, f)


def check_interval(found, region, along, reach, v, f):
    """Inside they agree, just outside they do not; ends are told apart exactly."""

    def at(t):
        return tuple(b + t * along.get(k, 0) for k, b in enumerate(region.at))

    lo, hi, lo_closed, hi_closed, is_proved = found
    assert is_proved
    assert -reach <= lo <= 0 <= hi <= reach
    for t in (lo / 2, hi / 2, lo + EPSILON, hi - EPSILON, (2 * lo + hi) / 3):
        assert not lo < t < hi or is_stable(v, f, at(t))
    for end, closed, out in ((lo, lo_closed, -1), (hi, hi_closed, 1)):
        assert is_stable(v, f, at(end)) == closed
        if abs(end) < reach and closed:
            assert not is_stable(v, f, at(end + out * EPSILON))


@calm(20)
@given(st.data())
def test_the_local_set_is_where_its_definition_holds(data):
    p = data.draw(some_programs())
    region = region_of(p)
    assume(region is not None)
    v, local = ValueOracle(p), region.local_set
    phi = ValueOracle(continuous_program(p))

    def bound(d):
        move = phi([x - b for x, b in zip(d, region.at, strict=True)])
        return region.value + move if math.isfinite(move) else move

    assert local.contains(region.at)
    d = near(region, data)
    sign = 1 if p.sense == "min" else -1
    assert local.cost(d) == bound(d)
    assert sign * v(d) <= sign * bound(d)
    assert local.contains(d) == (math.isfinite(bound(d)) and v(d) == bound(d))
    assert not local.contains(d) or region.is_optimal(d)
    along = {data.draw(st.integers(0, p.n_rows - 1)): Q(1)}
    check_interval(local.along(along, reach=Q(2)), region, along, Q(2), v, bound)


def continuous_program(p):
    """The columns that may move without a limit and without integrality, the rest at 0."""
    exact = p.exact
    kept = [not flag for flag in exact.integer]
    return tm.MixedIntegerProgram.from_arrays(
        exact.c,
        exact.A,
        exact.row_sense,
        [0] * p.n_rows,
        lower=[v if k and v == -math.inf else 0 for k, v in zip(kept, exact.lower, strict=True)],
        upper=[v if k and v == math.inf else 0 for k, v in zip(kept, exact.upper, strict=True)],
        integrality=exact.integer,
        sense=p.sense,
    )


# -- remembered cases --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("b", "part", "region", "local"),
    [
        (3, (0, 1, 0), (Q(17, 8), Q(41, 8)), (Q(17, 8), Q(3))),
        (5, (0, 1, 0), (Q(17, 8), Q(41, 8)), (Q(17, 8), Q(41, 8))),
        (6, (1, 0, 0), (Q(41, 8), Q(8)), (Q(41, 8), Q(8))),
        (0, (0, 0, 0), (Q(-15, 4), Q(17, 8)), (Q(-15, 4), Q(17, 8))),
        (-4, (0, 0, 1), (Q(-31, 4), Q(-15, 4)), (Q(-31, 4), Q(-15, 4))),
    ],
)
def test_the_sets_of_hassanzadeh_and_ralphs(b, part, region, local):
    found = tm.stability_region(hassanzadeh_ralphs(), at=[b])
    assert found.integer_part == part
    for ends, interval in (
        (region, found.along({0: 1})),
        (local, found.local_set.along({0: 1})),
    ):
        assert (b + interval.lo, b + interval.hi) == ends
        assert interval.lo_closed
        assert interval.hi_closed
        assert interval.is_proved


def test_a_region_without_an_end_is_proved_to_have_none():
    p = tm.MixedIntegerProgram.from_arrays(
        [2, 1], [[3, 1]], ">=", [7], upper=[2, math.inf], integrality=[True, False]
    )
    found = tm.stability_region(p).along({0: 1})
    assert found == (-2, math.inf, True, False, True)


def test_a_constant_part_is_stable_forever():
    p = tm.MixedIntegerProgram.from_arrays([-2, -3], [[3, 5]], "<=", [60], upper=4)
    lo, hi, lo_closed, hi_closed, is_proved = tm.stability_region(p).along({0: 1})
    assert (lo, hi, lo_closed, hi_closed, is_proved) == (-28, math.inf, True, False, True)


def test_pure_integer_regions_have_open_ends():
    p = tm.MixedIntegerProgram.from_arrays([2, 3], [[3, 5]], ">=", [7], upper=10)
    found = tm.stability_region(p).along({0: 2})
    assert found == (Q(-1, 2), Q(1, 2), False, True, True)


def test_a_basis_that_moves_without_a_cost_has_the_price_zero():
    p = tm.MixedIntegerProgram.from_arrays(
        [0, 1], [[-1, 1]], "<=", [0], upper=["3/2", 2], integrality=[False, True], sense="max"
    )
    region = tm.stability_region(p)
    assert (region.value, region.price) == (1, (0,))
    assert region.polyhedron.contains(["1/4"])
    assert not region.polyhedron.contains([1])


def test_an_infeasible_or_unbounded_right_hand_side_is_refused():
    p = tm.MixedIntegerProgram.from_arrays([1], [[2]], "=", [4])
    with pytest.raises(UnsupportedError, match="infeasible"):
        tm.stability_region(p, at=[3])
    q = tm.MixedIntegerProgram.from_arrays([-1], [[1]], ">=", [4])
    with pytest.raises(UnsupportedError, match="unbounded"):
        tm.stability_region(q)


def test_wrong_arguments_are_refused():
    region = tm.stability_region(hassanzadeh_ralphs(3))
    for wrong in ({"reach": 0}, {"reach": -1}):
        with pytest.raises(InvalidInputError, match="reach"):
            region.along({0: 1}, **wrong)
    with pytest.raises(InvalidInputError):
        region.along({0: 0})
    with pytest.raises(InvalidInputError):
        region.along({"no such row": 1})
    with pytest.raises(InvalidInputError):
        tm.stability_region("model.mps")
    with pytest.raises(InvalidInputError):
        region.contains([1, 2])


def test_a_limit_is_an_answer():
    p = tm.MixedIntegerProgram.from_arrays(
        [-7, -9, -5], [[13, 17, 11], [5, 3, 19]], "<=", [101, 83]
    )
    with pytest.raises(NotAllowedError):
        tm.stability_region(p, limits=tm.Limits(seconds=0))
    found = tm.stability_region(p).along({0: 1}, limits=tm.Limits(seconds=0))
    assert found.lo <= 0 <= found.hi
    assert not found.is_proved


def test_it_pickles_and_prints():
    region = tm.stability_region(hassanzadeh_ralphs(3))
    again = pickle.loads(pickle.dumps(region))
    assert again.contains([4])
    assert again.polyhedron.half_spaces == region.polyhedron.half_spaces
    assert repr(region) == "StabilityRegion(min, value 11/2, x1 = 1)"
    assert "PricedPolyhedron" in str(region)
    assert region._repr_html_().startswith("<pre>")

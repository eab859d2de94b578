"""Integers bounded by the cost of a point that is feasible for all data; rays inside of boxes."""

import itertools
import json
import math
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from tamemip.certificates import (
    Certificate,
    ColumnBounds,
    RejectedError,
    Structure,
    Varying,
    value_certificate,
)
from tamemip.certificates._definable_programs_bounds import added, cutoff_of, times
from tamemip.errors import CertificateError
from tamemip.programs import MixedIntegerProgram
from tamemip.tameness._refutation_programs import refute_program
from tests.certificates.test_definable_programs import boxes, feasible_points, numbers
from tests.certificates.tiny import CHECKERS, program

F = Fraction
INF = math.inf


def ceiling_of_inverse():
    """``min{x: a x >= 1, x in Z+}`` for a in [1/8, 1]."""
    p = program("min", [1], [[1]], [">="], [1], lower=[0], upper=[None], integer=[True])
    box = Varying({}, {}, {(0, 0): (F(1, 8), F(1))})
    return value_certificate(p, box, bounds=[], point=[F(8)], cuts=[(0, "<=", (), F(1))])


def knapsack_on_a_half_line():
    p = MixedIntegerProgram.from_arrays([2, 3], [[3, 5], [1, 0]], [">=", "<="], [7, 4])
    found = refute_program(p, Varying({0: (F(100, 7), INF)}, {}, {}))
    assert found is not None
    return found


def infinite_everywhere():
    """``max{7 x + 9 y: 3 x + 4 y >= b}``, infinite for all b."""
    p = program("max", [7, 9], [[3, 4]], [">="], [10], lower=[0, 0], upper=[None] * 2,
                integer=[True, True])  # fmt: skip
    climb = ((F(0), F(2)), {0: F(1)})
    return value_certificate(p, Varying(None, {}, {}), ray={1: F(1, 2)}, climb=climb)


BITS = [(k, m) for k in range(2) for m in range(2)]


@pytest.mark.parametrize("check", CHECKERS)
def test_the_ceiling_of_the_inverse_is_semilinear_away_from_zero(check):
    found = check(ceiling_of_inverse()).definable
    assert found.structures == (Structure.SEMILINEAR,)
    assert found.is_local


@pytest.mark.parametrize("check", CHECKERS)
def test_a_value_that_is_infinite_everywhere_is_semilinear(check):
    assert check(infinite_everywhere()).definable.structures == (Structure.SEMILINEAR,)


@pytest.mark.parametrize("check", CHECKERS)
def test_a_knapsack_is_refuted_on_a_half_line(check):
    found = check(knapsack_on_a_half_line()).refuted
    assert (found.kind, found.domain) == ("W1", "rhs[0] in [100/7, inf)")


SABOTAGE = [
    (ceiling_of_inverse, 2, "point", [7]),
    (ceiling_of_inverse, 2, "point", [-8]),
    (ceiling_of_inverse, 2, "point", ["17/2"]),
    (ceiling_of_inverse, 2, "point", []),
    (ceiling_of_inverse, 2, "point", None),
    (ceiling_of_inverse, 2, "cuts", []),
    (ceiling_of_inverse, 2, "cuts", None),
    (ceiling_of_inverse, 2, "levels", []),
    (ceiling_of_inverse, 1, "A", [[0, 0, 0, 1]]),
    (ceiling_of_inverse, 1, "A", [[0, 0, "1/9", 1]]),
    (ceiling_of_inverse, 1, "A", "all"),
    (ceiling_of_inverse, 1, "c", [[0, 0, 1]]),
    (ceiling_of_inverse, 1, "c", "all"),
    (ceiling_of_inverse, 1, "rhs", [[0, 0, 2]]),
    (ceiling_of_inverse, 1, "rhs", "all"),
    (ceiling_of_inverse, 3, "structures", ["semialgebraic"]),
    (infinite_everywhere, 2, "ray", {"d": 1, "i": [1], "v": [-1]}),
    (infinite_everywhere, 2, "ray", None),
    (infinite_everywhere, 2, "climb", {"d": 1, "i": [0], "v": [-1]}),
    (infinite_everywhere, 2, "climb", {"d": 2, "i": [0], "v": [1]}),
    (infinite_everywhere, 2, "climb", {"d": 1, "i": [], "v": []}),
    (infinite_everywhere, 2, "climb", None),
    (infinite_everywhere, 2, "point", [-1, 2]),
    (infinite_everywhere, 2, "point", ["1/2", 2]),
    (infinite_everywhere, 2, "point", None),
    (infinite_everywhere, 2, "dual", {"d": 1, "i": [], "v": []}),
    (infinite_everywhere, 1, "c", "all"),
    (infinite_everywhere, 1, "A", "all"),
    (knapsack_on_a_half_line, 1, "rhs", [[0, "100/7", 1000]]),
    (knapsack_on_a_half_line, 1, "rhs", [[0, 1000, None]]),
    (knapsack_on_a_half_line, 1, "rhs", [[0, "100/7", None], [1, -2, -1]]),
    (knapsack_on_a_half_line, 1, "c", [[0, 1, 2]]),
    (knapsack_on_a_half_line, 1, "A", [[1, 1, -1, 1]]),
    (knapsack_on_a_half_line, 2, "x", [0, 1]),
    (knapsack_on_a_half_line, 2, "column", 0),
]


@pytest.mark.parametrize("check", CHECKERS)
@pytest.mark.parametrize(("make", "step", "field", "value"), SABOTAGE)
def test_saboteurs_are_rejected(make, step, field, value, check):
    lines = list(make().lines)
    fields = json.loads(lines[step + 1])
    assert fields.get(field) != value or value is None
    if value is None and field in fields:
        del fields[field]
    else:
        fields[field] = value
    lines[step + 1] = json.dumps(fields)
    with pytest.raises(CertificateError):
        check(Certificate(tuple(lines)))


small = st.integers(-3, 3)
intervals = st.tuples(small, small).map(sorted)


@given(
    st.tuples(small, small),
    st.tuples(intervals, intervals),
    st.tuples(intervals, intervals),
    st.sampled_from(["<=", "=", ">="]),
    st.sampled_from(["min", "max"]),
    st.integers(-1, 1),
)
def test_a_point_is_accepted_if_it_is_feasible_for_all_data(x, a, c, sense, goal, slack):
    """Brute force over the corners of the box, at which all extremes are taken."""
    corners = [tuple(e[k] for e, k in zip(a, at, strict=True)) for at in BITS]
    left = [sum(v * w for v, w in zip(corner, x, strict=True)) for corner in corners]
    rhs = (max(left) if sense == "<=" else min(left)) + slack
    p = program(goal, [e[0] for e in c], [[e[0] for e in a]], [sense], [rhs],
                lower=[None] * 2, upper=[None] * 2, integer=[True, False])  # fmt: skip
    box = Varying(
        {}, {j: tuple(map(F, e)) for j, e in enumerate(c)},
        {(0, j): tuple(map(F, e)) for j, e in enumerate(a)},
    )  # fmt: skip
    compare = {"<=": int.__le__, "=": int.__eq__, ">=": int.__ge__}[sense]
    sign = 1 if goal == "min" else -1
    costs = [sign * (c[0][k] * x[0] + c[1][m] * x[1]) for k, m in BITS]
    if all(compare(v, rhs) for v in left):
        assert cutoff_of(p, box, tuple(map(F, x))) == max(costs)
    else:
        with pytest.raises(RejectedError):
            cutoff_of(p, box, tuple(map(F, x)))


@settings(max_examples=40, suppress_health_check=list(HealthCheck), deadline=None)
@given(st.data())
def test_bounds_hold_at_all_points_that_cost_no_more(data):
    p, varying = data.draw(boxes())
    cutoff = data.draw(numbers)
    known = ColumnBounds.of(p, varying)
    duals = st.tuples(numbers, numbers)
    proved = 0
    for pair, price, j, side in itertools.product(
        [(0, 0), data.draw(duals), data.draw(duals)], [F(1, 2), F(3)], range(2), ["<=", ">="]
    ):
        y = tuple((i, v) for i, v in enumerate(pair) if v)
        try:
            known.prove_below(j, side, y, price, cutoff)
            proved += 1
        except RejectedError:
            pass
    assume(proved)
    sign = 1 if p.sense == "min" else -1
    for x, costs in feasible_points(data.draw, p, varying):
        if sign * sum(c * v for c, v in zip(costs, x, strict=True)) <= cutoff:
            assert all(known.lower[k] <= x[k] <= known.upper[k] for k in range(2))


def test_a_column_in_no_row_needs_no_bound():
    p = program("min", [1, -1], [[1, 0]], ["<="], [3], lower=[0, 0], upper=[3, None],
                integer=[True, True])  # fmt: skip
    found = value_certificate(p, Varying(None, {}, {}), bounds=[])
    for check in CHECKERS:
        assert check(found).definable.structures == (Structure.SEMILINEAR,)
    moving = Varying({}, {}, {(0, 1): (F(0), F(1))})
    with pytest.raises(CertificateError):
        CHECKERS[0](value_certificate(p, moving, bounds=[]))


@given(st.sampled_from([F(0), F(1), F(-2), F(10) ** 400, INF, -INF]), st.booleans())
def test_products_with_infinite_ends_do_not_overflow(p, flag):
    huge = F(10) ** 500 * (1 if flag else -1)
    sign = (p > 0) - (p < 0)
    assert times(huge, p) == (huge * p if isinstance(p, F) else sign * (INF if flag else -INF))
    assert added(huge, INF) == INF == added(INF, huge)

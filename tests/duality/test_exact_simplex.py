"""The simplex method in rationals, against elimination and weak duality."""

from __future__ import annotations

import math
from fractions import Fraction as Q

from hypothesis import given
from hypothesis import strategies as st

from tamemip.duality._exact_relaxation import exact_over_box
from tamemip.duality._leaf_constant import box_constant
from tamemip.duality._multipliers import IntegerData
from tamemip.programs import MixedIntegerProgram
from tests.brute_force import ValueOracle
from tests.duality.laws import calm
from tests.programs_at_random import programs

TINY = Q(1, 10**15)


@calm(120)
@given(st.data())
def test_it_finds_the_value_of_linear_programs_and_proves_it(data):
    p = data.draw(programs(max_integers=0, max_continuous=3, max_rows=3))
    shift = data.draw(st.sampled_from([Q(0), TINY, -TINY]))
    rhs = tuple(b + shift for b in p.exact.rhs)
    known = IntegerData(p.exact)
    verdict = exact_over_box(known, {}, rhs)
    sign = 1 if p.sense == "min" else -1
    value = sign * ValueOracle(p)(rhs)
    if verdict is None:
        assert value == -math.inf
        return
    is_ray = verdict.point is None
    m = known.multipliers(verdict.multipliers, is_ray=is_ray)
    bound = box_constant(known, m, {}) + m.at(rhs)
    if is_ray:
        assert value == math.inf
        assert bound > 0
        return
    moved = p.with_rhs(rhs)
    assert not moved.violations(verdict.point)
    assert sign * moved.objective(verdict.point) == value == bound + sign * p.offset


def test_a_box_fixes_columns():
    p = MixedIntegerProgram.from_arrays(
        [1, 1], [[2, 1]], ">=", [5], upper=9, integrality=[True, False]
    )
    literals = {(0, "<="): 2, (0, ">="): 2}
    verdict = exact_over_box(IntegerData(p.exact), literals, (Q(5),))
    assert verdict is not None
    assert verdict.point == (2, 1)
    assert verdict.multipliers == {0: 1}

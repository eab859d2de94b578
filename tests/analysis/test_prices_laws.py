"""Whatever is called proved is what brute force finds, on programs of every kind."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import HealthCheck, assume, given, settings

from tamemip.analysis import RowPrice, ShadowPrices, shadow_prices
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Status
from tests.brute_force import ValueOracle
from tests.programs_at_random import branching_programs, programs

FEW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
SHARES = (Fraction(1, 1000), Fraction(1, 7), Fraction(1, 2), Fraction(9, 10), Fraction(999, 1000))


def inside(price: RowPrice, sign: int) -> list[Fraction]:
    """Steps to the left or right that stay strictly inside the proved range."""
    end = price.low if sign < 0 else price.high
    reach = sign * (end - price.rhs)
    assert reach > 0
    return [share * (reach if isinstance(reach, Fraction) else 40) for share in SHARES]


def check_side(v: ValueOracle, program: MixedIntegerProgram, price: RowPrice, sign: int) -> None:
    slope = price.slope_left if sign < 0 else price.slope_right
    jump = price.jump_left if sign < 0 else price.jump_right
    at = v(program.exact.rhs)
    for t in inside(price, sign):
        b = list(program.exact.rhs)
        b[price.index] += sign * t
        expected = at + jump + sign * t * slope if isinstance(jump, Fraction) else jump
        assert v(b) == expected, (price, sign, t)


def check(prices: ShadowPrices) -> None:
    program = prices.program
    v = ValueOracle(program)
    assert prices.status in (Status.OPTIMAL, Status.INFEASIBLE, Status.UNBOUNDED)
    assert prices.value == v(program.exact.rhs)
    for price in prices:
        for sign, proof in ((-1, price.proof_left), (1, price.proof_right)):
            if proof == "proved":
                check_side(v, program, price, sign)
            else:
                assert (price.slope_left if sign < 0 else price.slope_right) is None


@FEW
@given(programs())
def test_every_proved_side_is_the_value_function(program):
    check(shadow_prices(program))


@FEW
@given(branching_programs())
def test_every_proved_side_of_a_branching_program_is_the_value_function(program):
    prices = shadow_prices(program)
    check(prices)
    assert prices.n_proved >= len(prices)


@FEW
@given(programs(max_continuous=1))
def test_every_side_of_a_pure_program_is_proved(program):
    assume(all(program.exact.integer))
    prices = shadow_prices(program)
    for price in prices:
        if program.exact.A.rows[price.index]:
            assert price.proof_left == price.proof_right == "proved"


@FEW
@given(programs())
def test_relaxing_a_row_never_makes_the_value_worse(program):
    better = -1 if program.sense == "min" else 1
    for price in shadow_prices(program):
        sign = {"<=": better, ">=": -better}.get(price.sense)
        for slope in (price.slope_left, price.slope_right):
            if sign is not None and slope is not None:
                assert slope * sign >= 0


@FEW
@given(programs())
def test_a_value_jumps_only_for_the_worse(program):
    worse = 1 if program.sense == "min" else -1
    for price in shadow_prices(program):
        for jump in (price.jump_left, price.jump_right):
            assert jump is None or jump * worse >= 0

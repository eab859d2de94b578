"""How far a price holds: exactly, where that is said."""

from __future__ import annotations

import math
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings

from tamemip.analysis import RowPrice, shadow_prices
from tamemip.programs import MixedIntegerProgram
from tests.brute_force import ValueOracle
from tests.programs_at_random import programs

FEW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)
#: Nearer than the next end of a piece of the small programs here.
NEAR = Fraction(1, 100_000)


def leaves_its_line(v: ValueOracle, price: RowPrice, rhs, sign: int) -> bool:
    """Whether the value at the end of a range, or just beyond it, is not what the price says."""
    slope, jump, end = (
        (price.slope_left, price.jump_left, price.low)
        if sign < 0
        else (price.slope_right, price.jump_right, price.high)
    )
    at = v(rhs)
    for place in (end, end + sign * NEAR):
        b = list(rhs)
        b[price.index] = place
        line = jump if not isinstance(jump, Fraction) else at + jump + slope * (place - price.rhs)
        if v(b) != line:
            return True
    return False


@FEW
@given(programs())
def test_an_exact_end_is_where_the_value_leaves_the_line(program):
    prices = shadow_prices(program)
    v = ValueOracle(program)
    for price in prices:
        for sign, end, is_exact in (
            (-1, price.low, price.low_is_exact),
            (1, price.high, price.high_is_exact),
        ):
            if is_exact and isinstance(end, Fraction):
                assert leaves_its_line(v, price, program.exact.rhs, sign), (price, sign)


def mixed(b) -> MixedIntegerProgram:
    """T1: the example of Güzelsoy and Ralphs; v has a kink at every multiple of 1/2 near here."""
    return MixedIntegerProgram.from_arrays(
        ["1/2", 0, 2, 1], [[1, "-3/2", 1, -1]], "=", [b], integrality=[1, 1, 0, 0]
    )


@pytest.mark.parametrize(("b", "low", "high"), [("7/2", 3, 4), ("1/4", 0, "1/2"), (0, -1, "1/2")])
def test_the_ranges_of_the_running_example(b, low, high):
    (price,) = shadow_prices(mixed(b))
    assert (price.low, price.high) == (Fraction(low), Fraction(high))
    assert price.low_is_exact
    assert price.high_is_exact


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("need", [4, 5, 7, 70, 113])
def test_a_row_of_integers_is_followed_to_the_stretch_where_the_value_changes(sense, need):
    sign = 1 if sense == "max" else -1
    program = MixedIntegerProgram.from_arrays(
        [sign, 10 * sign], [[1, need]], "<=", [3], upper=[3, 1], sense=sense
    )
    (price,) = shadow_prices(program)
    assert (price.slope_right, price.jump_right) == (0, 0)
    assert (price.high, price.high_is_exact) == (need, True)
    turned = MixedIntegerProgram.from_arrays(
        [sign, 10 * sign], [[-1, -need]], ">=", [-3], upper=[3, 1], sense=sense
    )
    (price,) = shadow_prices(turned)
    assert (price.low, price.low_is_exact) == (-need, True)


def test_a_tightening_row_of_integers_is_followed_to_where_the_value_changes():
    # x <= 5 by its bound: the row does not matter before its right-hand side is below 5.
    program = MixedIntegerProgram.from_arrays([-1], [[2]], "<=", [75], upper=5)
    (price,) = shadow_prices(program)
    assert (price.slope_left, price.low, price.low_is_exact) == (0, 10, True)
    assert price.high == math.inf


def test_an_infinite_range_is_exact():
    program = MixedIntegerProgram.from_arrays([-1], [[1]], ["<="], [1], upper=1)
    (price,) = shadow_prices(program)
    assert (price.low, price.high) == (0, math.inf)
    assert (price.low_is_exact, price.high_is_exact) == (True, True)
    assert shadow_prices(program).n_exact_ends == 2


def test_an_executor_finds_the_same():
    program = mixed("7/2")
    with ThreadPoolExecutor(2) as executor:
        assert shadow_prices(program, executor=executor).rows == shadow_prices(program).rows


def test_ctrl_c_keeps_the_sides_that_are_proved(monkeypatch):
    from tamemip.analysis import _price_ends

    def interrupted(question):
        raise KeyboardInterrupt

    monkeypatch.setattr(_price_ends, "side_answer", interrupted)
    prices = shadow_prices(mixed("7/2"))
    assert prices.is_interrupted
    assert prices.n_proved == 2
    assert "…" in str(prices)

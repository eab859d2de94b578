"""Shadow prices that are known: the ground truth of the theory page, jumps, refusals, print."""

from __future__ import annotations

import math
import pickle
import sys
from fractions import Fraction

import pytest

from tamemip.analysis import shadow_prices
from tamemip.certificates import check
from tamemip.duality import dual_function
from tamemip.errors import InvalidInputError, MissingDependencyError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Limits, Status

HALF = Fraction(1, 2)


def running_example(b) -> MixedIntegerProgram:
    """T1: the example of Güzelsoy and Ralphs."""
    return MixedIntegerProgram.from_arrays(
        ["1/2", 0, 2, 1], [[1, "-3/2", 1, -1]], "=", [b], integrality=[1, 1, 0, 0]
    )


@pytest.fixture
def one_step() -> MixedIntegerProgram:
    """T15: min -x, x <= b, x binary: -1 from b = 1 on, 0 below, infinite below 0."""
    return MixedIntegerProgram.from_arrays([-1], [[1]], "<=", [1], upper=1, row_names=["CAP"])


@pytest.fixture
def nemhauser_wolsey() -> MixedIntegerProgram:
    """T4: a max program, 28 at (4, 0)."""
    return MixedIntegerProgram.from_arrays(
        [7, 2], [[-1, 2], [5, 1], [-2, -2]], "<=", [4, 20, -7], sense="max"
    )


@pytest.mark.parametrize(
    ("b", "left", "right"),
    [
        ("7/2", 2, -1),  # D_v = [-1, 2]
        ("1/4", 2, 2),  # inside a piece
        (0, -1, 2),  # a minimum
        ("1/2", 2, -1),
        ("-3/2", -1, 2),
    ],
)
def test_the_running_example_has_its_slopes(b, left, right):
    (price,) = shadow_prices(running_example(b))
    assert (price.slope_left, price.slope_right) == (left, right)
    assert price.jump == 0
    assert price.derivative == (left if left == right else None)


def test_the_range_at_seven_halves_is_what_branch_and_bound_proves():
    (price,) = shadow_prices(running_example("7/2"))
    assert (price.low, price.high) == (3, 4)


def test_a_jump_is_found_where_the_value_jumps(one_step):
    price = shadow_prices(one_step)["CAP"]
    assert (price.jump_left, price.slope_left, price.low) == (1, 0, 0)
    assert (price.jump_right, price.slope_right, price.high) == (0, 0, math.inf)
    assert price.jump == 1
    assert price.derivative is None


def test_beyond_the_domain_the_jump_is_infinite(one_step):
    (price,) = shadow_prices(one_step.with_rhs([0]))
    assert (price.jump_left, price.slope_left, price.low) == (math.inf, -math.inf, -math.inf)
    assert (price.jump_right, price.high) == (0, 1)


def test_a_max_program_keeps_its_sign(nemhauser_wolsey):
    prices = shadow_prices(nemhauser_wolsey)
    assert prices.value == 28
    assert prices[1].jump_left == -1  # v(4, 19, -7) = 27
    assert all(row.proof_left == row.proof_right == "proved" for row in prices)
    assert prices[1].lp_dual == Fraction(16, 11)
    assert [column.cost_gradient for column in prices.columns] == [4, 0]


def test_an_equality_of_integers_is_an_isolated_point():
    program = MixedIntegerProgram.from_arrays([1, 1], [[2, 4]], "=", [6], upper=9)
    (price,) = shadow_prices(program)
    assert (price.slope_left, price.slope_right) == (-math.inf, math.inf)
    assert (price.jump_left, price.jump_right) == (math.inf, math.inf)
    assert (price.low, price.high) == (4, 8)
    (turned,) = shadow_prices(
        MixedIntegerProgram.from_arrays([-1, -1], [[2, 4]], "=", [6], upper=9, sense="max")
    )
    assert (turned.slope_left, turned.slope_right) == (math.inf, -math.inf)
    assert turned.jump == -math.inf


@pytest.mark.parametrize("sense", ["min", "max"])
@pytest.mark.parametrize("row", ["<=", ">="])
def test_signs_follow_the_row_and_the_objective(sense, row):
    # min: y >= 5/2 costs 3 a unit (>=); y <= 5/2 earns (<=). max mirrors both.
    cost = {("min", ">="): 3, ("min", "<="): -3, ("max", ">="): -3, ("max", "<="): 3}
    program = MixedIntegerProgram.from_arrays(
        [cost[sense, row], 0], [[1, 0]], row, ["5/2"], upper=9, integrality=[0, 1], sense=sense
    )
    (price,) = shadow_prices(program)
    assert price.derivative == price.lp_dual == price.fixed_dual == cost[sense, row]
    assert (price.low, price.high) == (0, 9)


def test_an_infeasible_program_gives_its_reason():
    program = MixedIntegerProgram.from_arrays([1], [[2], [1]], ["=", "<="], [3, 9], upper=4)
    prices = shadow_prices(program)
    assert prices.status is Status.INFEASIBLE
    assert prices.value == math.inf
    assert prices.reason.rows == ("R0",)
    assert "cannot hold together" in str(prices)


def test_an_unbounded_program_gives_its_ray():
    program = MixedIntegerProgram.from_arrays([-1, 0], [[1, -1]], "<=", [3])
    prices = shadow_prices(program)
    assert prices.status is Status.UNBOUNDED
    assert prices.value == -math.inf
    assert prices.ray[0] > 0
    assert "improves forever" in str(prices)


def test_at_a_limit_nothing_is_claimed_to_be_proved(nemhauser_wolsey):
    prices = shadow_prices(nemhauser_wolsey, limits=Limits(seconds=0))
    assert prices.status is Status.LIMIT
    assert {row.proof_left for row in prices} == {"claimed"}
    assert all(row.slope_left is None and row.jump is None for row in prices)
    assert "nothing else is proved" in str(prices)
    assert "—" in str(prices)


def test_rows_are_chosen_by_name_or_index_and_a_dual_function_is_gone_on_with(one_step):
    F = dual_function(one_step)
    prices = shadow_prices(one_step, rows=["CAP"], F=F)
    assert prices["CAP"] is prices[0]
    assert len(prices[:5]) == 1
    assert set(prices.dual_function.tight_at) >= set(F.tight_at)
    assert check(prices.dual_function.certificate, program=one_step).tight_at
    with pytest.raises(InvalidInputError):
        prices["NO"]
    with pytest.raises(InvalidInputError):
        shadow_prices(one_step, F=dual_function(one_step.with_rhs([3])))


def test_the_table_prints_and_pickles(one_step):
    prices = shadow_prices(one_step)
    text = str(prices)
    assert "slope left" in text
    assert "LP dual" in text
    assert "fixed dual" in text
    assert "<td>CAP</td>" in prices._repr_html_()
    assert repr(prices) == "ShadowPrices(optimal, 1 rows, 2 of 2 sides proved)"
    assert pickle.loads(pickle.dumps(prices)).rows == prices.rows


def test_a_frame_needs_pandas(one_step, monkeypatch):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(MissingDependencyError):
        shadow_prices(one_step).to_frame()

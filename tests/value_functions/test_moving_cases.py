"""Rows, costs and bounds that move together: remembered cases, and what is refused."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction as Q

import pytest

import tamemip as tm
from tamemip.errors import UnsupportedError
from tamemip.value_functions import CostValueFunction, LineValueFunction

program = tm.MixedIntegerProgram.from_arrays


def shop(**data):
    """Two integer goods and a continuous one, of 4 at most; a demand of 4."""
    data = {"upper": 4, "col_names": ["a", "b", "y"], "row_names": ["demand"]} | data
    return program([2, 3, 4], [[3, 5, 1]], ">=", [4], integrality=[True, True, False], **data)


def moving(p, **slots):
    return tm.ParametricProgram(p, names=["t"], **slots)


def along(q, interval, **more):
    return tm.value_function(q, along={"t": 1}, interval=interval, **more)


# -- which engine ------------------------------------------------------------------------


def test_a_price_and_a_demand():
    v = along(moving(shop(), rhs=[[2]], c={"a": 1}), (0, 2))
    assert [v.exact(Q(k, 2)) for k in range(5)] == [3, 3, 6, 6, 6]
    assert v.origin.program_at("1/2").exact.c == (Q(5, 2), 3, 4)
    assert v.origin.parameters_at(2) == (2,)
    assert v.argmin(0) == ((0, 1, 0),)
    assert pickle.loads(pickle.dumps(v)).argmin(0) == v.argmin(0)


def test_rows_alone_and_costs_alone_need_no_other_program():
    rows = along(moving(shop(), rhs=[[2]]), (0, 2))
    assert rows.program == shop()
    assert rows.origin is not None
    assert tm.check(rows.certificate, program=shop()).kind == "value-function-on-a-line"
    costs = along(moving(shop(), c={"y": 1, "b": -1}), (0, 2))
    assert isinstance(costs, CostValueFunction)
    assert costs.exact(1) == 2


def test_the_line_starts_where_it_is_told():
    q = tm.ParametricProgram(shop(), rhs=[[1, 2]], c={"a": [0, 1]}, names=["s", "t"])
    v = tm.value_function(q, along={"s": 1}, interval=(0, 3), at={"t": 1})
    assert isinstance(v, LineValueFunction)
    assert v.program.exact.c == (3, 3, 4)
    assert v.exact(1) == tm.dual_function(q.at([1, 1])).value
    assert v.exact(1) == tm.value_function(q, along={"s": 1}, interval=(1, 1), at=[0, 1]).exact(1)


# -- reductions --------------------------------------------------------------------------


def test_bounds_that_cross_leave_nothing():
    v = along(moving(shop(), lower={"a": 2}, upper={"a": -1}), (0, 3))
    (empty,) = v.infeasible
    assert (empty.lo, empty.hi_closed) == (1, True)
    assert v.exact(1) == 4
    assert v.exact(Q(4, 3)) == math.inf
    nowhere = along(moving(shop(), lower={"a": 2}, upper={"a": -1}), (2, 3))
    assert nowhere.infeasible == ((2, 3, True, True),)


def test_a_fixed_column_may_cost_what_it_likes():
    p = shop(lower=[0, 0, "1/2"], upper=[4, 4, "1/2"])
    v = along(moving(p, c={"y": 2}, rhs=[[1]], A={("demand", "y"): 1}), (1, 3))
    assert [v.exact(t) for t in (1, 2, 3)] == [6, 7, 8]


def test_names_stay_distinct_and_the_users_come_first():
    p = shop(upper=1, col_names=["a", "s_a", "s"], row_names=["s_a_below"])
    v = along(moving(p, c={"a": 1}, rhs=[[1]]), (0, 1))
    assert v.program.col_names[:3] == p.col_names
    assert v.program.row_names[0] == "s_a_below"
    assert len(set(v.program.col_names)) == v.program.n_cols
    assert len(set(v.program.row_names)) == v.program.n_rows


@pytest.mark.parametrize("sense", ["min", "max"])
def test_a_column_with_a_negative_lower_bound_moves_exactly(sense):
    p = program([1, -1], [[1, 2]], "<=", [3], lower=[-3, "-5/2"], upper=["7/2", 2], sense=sense)
    q = moving(p, c={0: 1, 1: "-1/2"}, rhs=[["1/3"]], A={(0, 0): "1/2"})
    v = along(q, (-2, 2))
    for k in range(-8, 9):
        t = Q(k, 4)
        assert v.exact(t) == tm.dual_function(q.at([t]), method="branch-and-bound").value
        assert all(not q.at([t]).violations(x) for x in v.argmin(t))


# -- refusals ----------------------------------------------------------------------------

REFUSED = {
    "cost of a continuous column": (shop(), {"rhs": [[1]], "c": {"y": 1}}, "'y'.*quadratic"),
    "with bounds": (shop(), {"lower": {"a": 1}, "c": {"y": 1}}, "'y'.*quadratic"),
    "entry of a continuous column": (shop(), {"A": {("demand", "y"): 1}}, r"\('demand', 'y'\)"),
    "no bounds": (shop(upper=math.inf), {"rhs": [[1]], "c": {"a": 1}}, "'a'.*upper bound"),
}


@pytest.mark.parametrize(("p", "slots", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_not_piecewise_affine_is_refused_by_name(p, slots, words):
    with pytest.raises(UnsupportedError, match=words):
        along(moving(p, **slots), (0, 1))

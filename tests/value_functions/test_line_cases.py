"""Value functions on a line: remembered cases, errors, pictures and tables."""

from __future__ import annotations

import math
import sys
from fractions import Fraction as Q

import pytest

import tamemip as tm
from tamemip.errors import InvalidInputError, MissingDependencyError, NotAllowedError
from tamemip.value_functions import LineJump, LinePiece
from tests.brute_force import ValueOracle

program = tm.MixedIntegerProgram.from_arrays


def t1():
    return program(
        ["1/2", 0, 2, 1], [[1, "-3/2", 1, -1]], "=", [0], integrality=[True, True, False, False]
    )


def t2():
    return program(
        [3, "7/2", 3, 6, 7], [[6, 5, -4, 2, -7]], "=", [0], integrality=[True] * 3 + [False] * 2
    )


def t15(sense="min"):
    sign = -1 if sense == "min" else 1
    return program([sign], [[1]], "<=", [0], upper=1, sense=sense, row_names=["B"])


def kink():
    return program([3, 3, 1], [[1, 1, -1]], "=", [0], integrality=[True, False, False])


# -- literature ------------------------------------------------------------------------


def test_the_example_of_guzelsoy_and_ralphs():
    v = tm.value_function(t1(), along={0: 1}, interval=(-3, 4))
    at = [Q(k, 2) for k in range(-6, 9)]
    told = ["0", "1", "1/2", "0", "1", "1/2", "0", "1", "1/2", "3/2", "1", "2", "3/2", "5/2", "2"]
    assert [v.exact(t) for t in at] == list(map(Q, told))
    assert v.slopes == (-1, 2)
    assert v.jumps == v.infeasible == v.gaps == ()
    inside = [t for t in v.breakpoints if -2 < t < 3]
    assert inside == list(map(Q, ["-3/2", "-1", "0", "1/2", "1", "3/2", "2", "5/2"]))
    # Three integer parts are optimal at 7/2; those that were met are among them.
    assert {point[:2] for point in v.argmin("7/2")} <= {(3, 0), (4, 0), (5, 1)}


def test_the_example_of_hassanzadeh_and_ralphs():
    v = tm.value_function(t2(), along={0: 1}, interval=(-9, 9))
    told = [
        "7",
        "6",
        "6",
        "5",
        "4",
        "3",
        "3",
        "2",
        "1",
        "0",
        "3",
        "6",
        "11/2",
        "9/2",
        "7/2",
        "3",
        "6",
        "9",
        "8",
    ]
    assert [v.exact(t) for t in range(-9, 10)] == list(map(Q, told))
    kinks = list(map(Q, ["-8", "-31/4", "-4", "-15/4", "0", "17/8", "5", "41/8", "6", "8"]))
    assert list(v.breakpoints) == kinks
    assert max(abs(s) for s in v.slopes) == 3


def test_a_jump():
    v = tm.value_function(t15(), along={"B": 1}, interval=(-1, 2))
    assert v.pieces == (
        LinePiece(Q(0), Q(1), True, False, Q(0), Q(0)),
        LinePiece(Q(1), Q(2), True, True, Q(0), Q(-1)),
    )
    assert v.jumps == (LineJump(Q(0), math.inf, Q(0), Q(0)), LineJump(Q(1), Q(0), Q(-1), Q(-1)))
    assert v.infeasible == ((-1, 0, True, False),)
    mirrored = tm.value_function(t15("max"), along={"B": 1}, interval=(-1, 2))
    assert mirrored.jumps[0].left == -math.inf
    assert [mirrored.exact(t) for t in (-1, 0, 1)] == [-math.inf, 0, 1]


def test_a_kink_with_two_optimal_integer_parts():
    v = tm.value_function(kink(), along={0: 1}, interval=(-2, 3))
    assert v.breakpoints == (0,)
    assert v.slopes == (-1, 3)


# -- directions and intervals ------------------------------------------------------------


def test_equality_rows_leave_isolated_points():
    p = program([2, 3], [[3, 5]], "=", [0], upper=3)
    v = tm.value_function(p, along={0: 1}, interval=(0, 10))
    assert [(piece.lo, piece.value_at_lo) for piece in v.pieces] == [
        (0, 0), (3, 2), (5, 3), (6, 4), (8, 5), (9, 6), (10, 6),
    ]  # fmt: skip
    assert all(piece.lo == piece.hi and piece.slope is None for piece in v.pieces)
    assert len(v.infeasible) == 6
    assert v([3, 3.0000001, 4]).tolist() == [2, math.inf, math.inf]


def test_two_equality_rows_that_move_together_meet_at_one_point():
    p = program([1, 1], [[2, 0], [0, 3]], "=", [0, 0], upper=9)
    v = tm.value_function(p, along={0: "1/3", 1: "1/2"}, interval=(0, 6))
    assert [piece.lo for piece in v.pieces] == [0, 6]


def test_several_rows_with_rational_rates():
    p = program([2, 3], [[1, 0], [0, 1]], ">=", [0, 1])
    v = tm.value_function(p, along={0: "1/2", 1: "-1/3"}, interval=(0, 4))
    assert [v.exact(t) for t in (0, 1, "5/2", 3, 4)] == [3, 5, 7, 4, 4]


def test_an_interval_of_one_point():
    v = tm.value_function(t1(), along={0: 1}, interval=("1/4", "1/4"))
    assert v.pieces == ((Q(1, 4), Q(1, 4), True, True, None, Q(1, 2)),)
    assert v(0.25) == 0.5
    assert v.breakpoints == ()


def test_an_interval_without_feasible_points():
    v = tm.value_function(t15(), along={0: 1}, interval=(-3, -1))
    assert v.pieces == v.jumps == v.breakpoints == ()
    assert v(-2) == math.inf
    assert v.argmin(-2) == ()


def test_jumps_at_the_ends_have_one_side():
    p = program([1], [[1]], ">=", [0])
    v = tm.value_function(p, along={0: 1}, interval=(0, 1))
    assert v.jumps == (LineJump(Q(0), None, Q(0), Q(1)),)
    assert v.breakpoints == ()


# -- refusals ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("along", "interval"),
    [
        ({0: 0}, (0, 1)),
        ({}, (0, 1)),
        ({0: 1}, (1, 0)),
        ({0: 1}, (0, math.inf)),
        ({0: 1}, (0,)),
        ({0: 1, "R0": 1}, (0, 1)),
        ({"no such row": 1}, (0, 1)),
        ({5: 1}, (0, 1)),
        ([1], (0, 1)),
        ({0: math.nan}, (0, 1)),
    ],
)
def test_what_is_no_line_is_refused(along, interval):
    with pytest.raises(InvalidInputError):
        tm.value_function(t1(), along=along, interval=interval)


def test_an_unbounded_program_is_refused():
    p = program([-1], [[1]], ">=", [0])
    with pytest.raises(tm.errors.UnsupportedError):
        tm.value_function(p, along={0: 1}, interval=(0, 1))


def test_steps_outside_of_the_interval_are_refused():
    v = tm.value_function(t15(), along={0: 1}, interval=(0, 1))
    for step in (2, -0.5, [0, 2], math.nan):
        with pytest.raises(InvalidInputError):
            v(step)
    with pytest.raises(InvalidInputError):
        v.exact(2)


def test_without_time_there_is_an_honest_gap():
    v = tm.value_function(t1(), along={0: 1}, interval=(0, 3), limits=tm.Limits(seconds=0))
    assert not v.is_certified
    assert v.stopped == "seconds"
    (gap,) = v.gaps
    assert (gap.lo, gap.hi, gap.lo_closed, gap.hi_closed) == (0, 3, True, True)
    assert math.isnan(v(1))
    with pytest.raises(NotAllowedError):
        v.exact(1)


# -- showing -----------------------------------------------------------------------------


def test_text_and_html_show_the_brackets():
    v = tm.value_function(t15(), along={0: 1}, interval=(-1, 2))
    assert repr(v) == "LineValueFunction(t in [-1, 2], 2 pieces, 2 jumps, certified)"
    assert str(v).splitlines()[1:] == ["  [-1, 0): infeasible", "  [0, 1): 0", "  [1, 2]: -1"]
    assert "<td>[0, 1)</td>" in v._repr_html_()


def test_the_table_has_a_row_for_every_piece():
    pandas = pytest.importorskip("pandas")
    frame = tm.value_function(t15(), along={0: 1}, interval=(-1, 2)).to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert frame["value_at_lo"].tolist() == [0, -1]


@pytest.mark.parametrize(("module", "method"), [("pandas", "to_frame"), ("matplotlib", "plot")])
def test_what_is_not_installed_is_named(monkeypatch, module, method):
    v = tm.value_function(t15(), along={0: 1}, interval=(-1, 2))
    for name in [name for name in sys.modules if name.partition(".")[0] == module]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(MissingDependencyError) as error:
        getattr(v, method)()
    assert error.value.name == module


def test_the_picture_has_filled_and_hollow_ends():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    axes = tm.value_function(t15(), along={0: 1}, interval=(-1, 2)).plot()
    *_, filled, hollow = axes.lines
    assert filled.get_xydata().tolist() == [[0, 0], [1, -1]]
    assert hollow.get_xydata().tolist() == [[1, 0]]
    assert hollow.get_markerfacecolor() == "white"


def test_a_program_that_falls_into_blocks_is_read_without_its_sums():
    rows = [[2, 3, 0, 0], [3, 2, 0, 0], [0, 0, 2, 5], [0, 0, 5, 2]]
    p = program([3, 4, 5, 4], rows, ">=", [3, 4, 5, 6], upper=5)
    v = tm.value_function(p, along={0: 1, 2: 1}, interval=(0, 8))
    assert v.is_certified
    oracle = ValueOracle(p)
    for t in {*v.breakpoints, *(Q(k, 3) for k in range(25))}:
        assert v.exact(t) == oracle(v.rhs_at(t))


def test_isl_agrees_at_every_integer_step():
    isl = pytest.importorskip("islpy", reason="the oracle islpy is not installed")
    p = program([3, 5, 4], [[3, 7, 5], [2, 1, 4]], ">=", [0, 2], upper=6)
    v = tm.value_function(p, along={0: 1}, interval=(0, 40))
    where = "0 <= x,y,z <= 6 and 3x + 7y + 5z >= t and 2x + y + 4z >= 2"
    named = f"exists x, y, z : cost = 3x + 5y + 4z and {where}"
    costs = isl.Set(f"[t] -> {{ [cost] : {named} }}").lexmin()
    for t in range(41):
        at = costs.intersect_params(isl.Set(f"[t] -> {{ : t = {t} }}"))
        value = at.sample_point().get_coordinate_val(isl.dim_type.set, 0)
        assert v.exact(t) == value.to_python()

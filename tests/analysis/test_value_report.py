"""The report on a value function: the same in every form, and honest where it is unfinished."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.analysis import Curve, moves_of, parsed_moving, value_report
from tamemip.analysis._curve import curve_of
from tamemip.analysis._value_svg import value_picture
from tamemip.value_functions import LineGap, LineInterval, LinePiece
from tests.brute_force import ValueOracle
from tests.programs_at_random import programs

FEW = settings(
    max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True
)


def production_line(**options) -> tm.MixedIntegerProgram:
    return tm.MixedIntegerProgram.from_arrays(
        [2, 3], [[3, 5]], [">="], [7], upper=10, row_names=["CAP"], **options
    )


def is_covered_once(curve: Curve) -> bool:
    """Whether the parts cover the axis, and share no more than ends at which the value is one."""
    parts = curve.parts
    if (parts[0].lo, parts[-1].hi) != (curve.low, curve.high):
        return False
    if not (parts[0].lo_closed and parts[-1].hi_closed):
        return False
    return all(a.hi == b.lo and (a.hi_closed or b.lo_closed) for a, b in pairwise(parts))


@FEW
@given(programs(), st.data())
def test_every_part_says_what_the_value_is_there(program, data):
    if not program.n_rows:
        return
    row = data.draw(st.integers(0, program.n_rows - 1))
    own = program.exact.rhs[row]
    try:
        report = value_report(program, moves_of(program, along=row, interval=(own - 3, own + 4)))
    except tm.errors.UnsupportedError:
        return
    v, curve = ValueOracle(program), report.curve
    assert is_covered_once(curve)
    for place in {own, *(t for p in curve.parts for t in (p.lo, (p.lo + p.hi) / 2, p.hi))}:
        b = list(program.exact.rhs)
        b[row] = place
        part = curve.part_at(place)
        if isinstance(part, LinePiece):
            assert v(b) == part.at(place)
        elif isinstance(part, LineInterval):
            assert v(b) == (math.inf if program.sense == "min" else -math.inf)
    assert report.checked
    json.dumps(report.to_json(), allow_nan=False)


@pytest.mark.parametrize("sense", ["min", "max"])
def test_an_unfinished_search_in_costs_has_gaps_around_what_is_proved(sense):
    p = tm.MixedIntegerProgram.from_arrays(
        [10, 7, 25, 24], [[2, 1, 6, 5]], "<=", [7], upper=1, sense=sense
    )
    whole = tm.value_function(p, along_cost={2: 1, 0: -2}, interval=(-30, 30))
    for count in range(len(whole.search.samples)):
        search = whole.search
        cut = type(search)(search.samples[:count], search.lines[: max(1, count)], "seconds", 0.0)
        v = type(whole)(p, whole.direction, whole.interval, cut)
        curve = curve_of(v, Fraction(5))
        assert is_covered_once(curve)
        for piece in curve.pieces:
            for place in (piece.lo, (piece.lo + piece.hi) / 2, piece.hi):
                assert piece.at(place) == whole.exact(place - 5)
        for gap in curve.gaps:
            for place in (gap.lo, (gap.lo + gap.hi) / 2, gap.hi):
                assert gap.low <= whole.exact(place - 5) <= gap.high


def test_the_axis_of_one_row_is_its_right_hand_side_and_of_several_the_step():
    p = production_line()
    one = value_report(p, moves_of(p, along="CAP", interval=(0, 10)))
    same = value_report(p, moves_of(p, along={"CAP": 1}, interval=(-7, 3)))
    assert one.moves.axis == "right-hand side of CAP"
    assert same.moves.axis == "step t"
    assert [piece.lo - 7 for piece in one.curve.pieces] == [piece.lo for piece in same.curve.pieces]
    assert one.here() == "at the given right-hand side of CAP, 7: value 5"
    assert same.here() == "at t = 0: value 5"
    assert value_report(p, moves_of(p, along="CAP", interval=(8, 10))).here() is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["a"], "a"),
        (["a=b"], "a=b"),
        (["a", "a=b"], {"a": "1", "a=b": "1"}),
        (["a=b=2", "a=-1/2"], {"a=b": Fraction(2), "a": Fraction(-1, 2)}),
        (["a=3"], {"a": Fraction(3)}),
        ([], None),
    ],
)
def test_the_words_of_a_command_line_name_rows_and_rates(words, expected):
    p = tm.MixedIntegerProgram.from_arrays([1], [[1], [1]], ">=", [1, 1], row_names=["a", "a=b"])
    found = parsed_moving(p, words, "rhs")
    if isinstance(expected, dict):
        assert found == {name: Fraction(rate) for name, rate in expected.items()}
    else:
        assert found == expected


def test_a_single_point_and_a_range_without_feasible_points():
    p = production_line()
    point = value_report(p, moves_of(p, along="CAP", interval=(7, 7)))
    assert [piece.at(Fraction(7)) for piece in point.curve.pieces] == [5]
    empty = value_report(p, moves_of(p, along="CAP", interval=(81, 90)))
    assert empty.curve.pieces == ()
    assert "infeasible on all of [81, 90]" in empty.headline()
    for report in (point, empty):
        assert report.to_html().endswith("</html>\n")
        json.dumps(report.to_json(), allow_nan=False)


def test_the_picture_draws_gaps_between_their_bounds():
    zero, one, two, three = map(Fraction, range(4))
    curve = Curve(
        zero,
        three,
        (LinePiece(zero, one, True, False, one, zero),),
        (LineInterval(one, two, True, False),),
        (LineGap(two, three, True, True, zero, math.inf),),
        (),
    )
    image = value_picture(curve, axis="step t", place=zero)
    assert image.count('class="gap"') == image.count('class="empty"') == 2  # with the legend
    assert image.count('class="open"') == 1
    assert "not proved" in image


def test_an_interrupt_of_the_check_keeps_the_function(monkeypatch):
    from tamemip.analysis import _value_report

    def interrupted(certificate, program):
        raise KeyboardInterrupt

    monkeypatch.setattr(_value_report, "checked_statement", interrupted)
    p = production_line()
    report = value_report(p, moves_of(p, along="CAP", interval=(0, 10)))
    assert report.stopped == "interrupted"
    assert report.checked == ()
    assert report.curve.is_certified


def test_analyze_goes_on_after_an_interrupt_of_the_value_function(monkeypatch):
    from tamemip.analysis import _analyze

    def interrupted(*arguments, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(_analyze, "value_report", interrupted)
    report = tm.analyze(production_line(), along="CAP", interval=(0, 10))
    assert report.stopped == "interrupted"
    assert report.value == 5
    assert report.checked is not None
    assert report.value_function is None
    assert report.prices is None


def test_the_parts_of_a_report_print_in_a_notebook():
    p = production_line()
    report = value_report(p, moves_of(p, along="CAP", interval=(0, 10)))
    assert "<svg" in report._repr_html_()
    assert "proved" in str(report)
    assert repr(report).startswith("ValueReport('program', ")

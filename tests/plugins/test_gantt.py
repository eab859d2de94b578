"""Gantt charts: what is drawn, where, and what is outlined."""

from __future__ import annotations

import sys
from fractions import Fraction

import pytest

from tamemip.errors import MissingDependencyError
from tamemip.plugins.scheduling import (
    JobShop,
    ResourceConstrained,
    Schedule,
    ScheduledOperation,
    gantt,
    makespan_gradient,
)
from tamemip.plugins.scheduling._critical_chain import critical_chain
from tamemip.plugins.scheduling._disjunctive import schedule_of

SHOP = JobShop([[3, 2], [2, 4]], [[0, 1], [1, 0]])
PLAN = schedule_of(SHOP, {0: [(0, 0), (1, 1)], 1: [(1, 0), (0, 1)]})


@pytest.fixture
def plt():
    matplotlib = pytest.importorskip("matplotlib", reason="Matplotlib is not installed")
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    yield plt
    plt.close("all")


def bars(ax):
    """Filled bars as (lane, start, duration), and outlines."""
    found = {True: [], False: []}
    for bar in ax.patches:
        box = (round(bar.get_y() + bar.get_height() / 2), bar.get_x(), bar.get_width())
        found[bar.get_facecolor()[3] > 0].append(box)
    return sorted(found[True]), sorted(found[False])


def test_every_operation_is_a_bar_in_the_lane_of_its_machine(plt):
    ax = gantt(PLAN)
    filled, outlined = bars(ax)
    assert filled == [(0, 0, 3), (0, 3, 4), (1, 0, 2), (1, 3, 2)]
    assert outlined == [(0, 0, 3), (0, 3, 4)]
    assert [label.get_text() for label in ax.get_yticklabels()] == ["machine 0", "machine 1"]
    assert "makespan 7" in ax.get_title(loc="left")
    assert ax.get_ylim()[0] > ax.get_ylim()[1]  # machine 0 on top


def test_jobs_have_their_numbers_and_colors(plt):
    ax = gantt(PLAN)
    assert sorted(text.get_text() for text in ax.texts) == ["0", "0", "1", "1"]
    colors = {bar.get_facecolor() for bar in ax.patches if bar.get_facecolor()[3] > 0}
    assert len(colors) == 2


def test_it_draws_where_it_is_told_and_outlines_what_it_is_told(plt):
    _, given = plt.subplots()
    assert PLAN.plot(ax=given, critical=("job 0, operation 1",)) is given
    assert bars(given)[1] == [(1, 3, 2)]


def test_the_path_of_a_gradient_is_outlined(plt):
    D = makespan_gradient(ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)]))
    assert bars(D.plot())[1] == [(1, 0, 2), (1, 2, 2)]


def test_a_schedule_without_time_and_many_jobs_can_be_drawn(plt):
    none = Schedule(
        (ScheduledOperation("job 0", 0, "machine 0", *[Fraction(0)] * 2),), Fraction(0), "makespan"
    )
    assert bars(gantt(none)) == ([], [(0, 0, 0)])
    many = tuple(
        ScheduledOperation(f"job {j}", j, f"machine {j}", Fraction(j), Fraction(1))
        for j in range(60)
    )
    assert len(bars(gantt(Schedule(many, Fraction(60), "makespan")))[0]) == 60


def test_a_chain_without_gaps_is_critical_and_nothing_else():
    assert critical_chain(PLAN) == ("job 0, operation 0", "job 1, operation 1")
    late = Schedule(PLAN.operations[:1], Fraction(7), "makespan")
    assert critical_chain(late) == ("job 0, operation 0",)
    gap = ScheduledOperation("job 1", 1, "machine 0", Fraction(4), Fraction(1))
    assert critical_chain(Schedule((PLAN.operations[0], gap), Fraction(5), "makespan")) == ()


def test_without_matplotlib_it_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    with pytest.raises(MissingDependencyError, match="plot"):
        PLAN.plot()

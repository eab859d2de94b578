"""Which minute costs the plan: rates of the optimal value, and how far they hold."""

from __future__ import annotations

import math

from hypothesis import given, settings

from tamemip.plugins.scheduling._sensitivity import sensitivity
from tests.plugins import selections_by_force as force
from tests.plugins.schedules_at_random import flow_shops, job_shops, parallel, projects

#: No duration of a test is larger, and no bend is further away.
FAR = 12


@settings(deadline=None, max_examples=25)
@given(job_shops() | flow_shops() | projects() | parallel())
def test_rates_and_their_reach_are_those_of_all_selections(instance):
    selections, p = force.selections(instance), force.durations(instance)
    table = sensitivity(instance)
    assert table.value == force.makespan(selections, p)
    for i, name in enumerate(force.names(instance)):

        def value(d, i=i):
            return force.makespan(selections, (*p[:i], d, *p[i + 1 :]))

        row = table[name]
        assert row.number == p[i]
        assert _known(row.more) == _rate([value(p[i] + t) for t in range(FAR)])
        assert _known(row.less) == _rate([value(p[i] - t) for t in range(int(p[i]) + 1)])


def _known(rate):
    return rate.slope, rate.until


def _rate(values):
    """The slope at the first one, and the last step up to which it stays."""
    if len(values) == 1:
        return None, None
    slope = abs(values[1] - values[0])
    bend = next((t for t, v in enumerate(values) if abs(v - values[0]) != slope * t), None)
    return slope, math.inf if bend is None else bend - 1

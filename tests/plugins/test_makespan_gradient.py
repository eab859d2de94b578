"""Critical paths of all optimal selections: the conservative gradient of the makespan."""

from __future__ import annotations

from hypothesis import given, settings

from tamemip.plugins.scheduling._makespan_gradient import makespan_gradient
from tests.plugins import selections_by_force as force
from tests.plugins.schedules_at_random import flow_shops, job_shops, parallel, projects


@settings(deadline=None, max_examples=60)
@given(job_shops() | flow_shops() | projects() | parallel())
def test_the_critical_paths_are_those_of_all_shortest_selections(instance):
    selections, p = force.selections(instance), force.durations(instance)
    D = makespan_gradient(instance)
    assert D.is_complete
    assert D.value == force.makespan(selections, p)
    assert set(D.exact_generators) == force.generators(selections, p)

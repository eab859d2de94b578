"""Resource-constrained projects as a member of the scheduling family."""

from __future__ import annotations

from collections.abc import Iterable

from tamemip.plugins.scheduling._member import BadExample, Member
from tamemip.plugins.scheduling._resource_constrained import ResourceConstrained
from tamemip.plugins.scheduling._resource_constrained_flow import flow_program, flow_schedule
from tamemip.plugins.scheduling._resource_constrained_schedule import evaluate_project


def _examples() -> Iterable[ResourceConstrained]:
    yield ResourceConstrained([3, 2, 2], [[1], [1], [1]], [2], [(1, 2)], name="two at a time")
    # Two resources of which either one alone would let two activities run together.
    yield ResourceConstrained(
        [2, 3, 2], [[2, 1], [1, 2], [1, 1]], [3, 2], [(0, 2)], name="two resources"
    )
    yield ResourceConstrained([1, 1, 1], [[1], [1], [1]], [1], [], name="a tie of all orders")
    yield ResourceConstrained(
        ["1/2", "1/3", 0], [["1/2"], ["2/3"], [0]], [1], [(0, 2), (1, 2)], name="fractions"
    )
    yield ResourceConstrained([4, 1, 2], [[], [], []], [], [(0, 2), (1, 2)], name="chains only")


def _bad_examples() -> Iterable[BadExample]:
    yield lambda: ResourceConstrained([], [], [1], [])
    yield lambda: ResourceConstrained([3, -1], [[1], [1]], [2], [])
    yield lambda: ResourceConstrained([3, float("nan")], [[1], [1]], [2], [])
    yield lambda: ResourceConstrained([3, 1], [[1], [-1]], [2], [])
    yield lambda: ResourceConstrained([3, 1], [[1]], [2], [])
    yield lambda: ResourceConstrained([3, 1], [[1], [1, 2]], [2], [])
    yield lambda: ResourceConstrained([3, 1], [[1], [3]], [2], [])
    yield lambda: ResourceConstrained([3, 1], [[1], [1]], [2], [(0, 2)])
    yield lambda: ResourceConstrained([3, 1, 1], [[1]] * 3, [2], [(0, 1), (1, 2), (2, 0)])
    yield lambda: ResourceConstrained([3, 1], [[1], [1]], [2], [], horizon=3)


MEMBER = Member(
    ResourceConstrained, flow_program, flow_schedule, evaluate_project, _examples, _bad_examples
)

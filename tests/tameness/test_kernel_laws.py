"""What the kernel derives is true: of values at points, and on lines of points."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tamemip.certificates import Domain, Enclosure, Structure, check, check_fast, derive
from tamemip.tameness import certify_expressions, nodes_of
from tests.tameness.evaluation import mp, values
from tests.tameness.expressions_at_random import (
    all_steps,
    domains,
    expressions,
    linear_steps,
    points,
)

SLACK = mp(Fraction(1, 10**30))
"""Of the oracle: mpmath rounds at 60 digits, the derivation never rounds inward."""

relaxed = settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)


def _holds(facts, value) -> bool:
    if isinstance(value, bool):
        value = Fraction(int(value))
    if isinstance(value, Fraction):
        return facts.enclosure.contains(value)
    low, high = facts.enclosure.low, facts.enclosure.high
    slack = SLACK * (1 + abs(value))
    above = isinstance(low, float) or mp(low) <= value + slack
    return above and (isinstance(high, float) or value - slack <= mp(high))


@relaxed
@given(data=st.data(), e=expressions(["x", "y"], all_steps))
def test_values_lie_in_their_enclosures_and_total_nodes_are_defined(data, e):
    domain = data.draw(domains(["x", "y"]))
    point = data.draw(points(domain))
    nodes, _ = nodes_of([e])
    for facts, value in zip(derive(nodes, domain), values(nodes, point), strict=True):
        if value is None:
            assert not facts.is_total
        else:
            assert _holds(facts, value)
            assert not facts.is_integer or value == int(value)
            if isinstance(value, Fraction) and facts.affine is not None:
                exact = facts.affine.constant + sum(
                    w * point[nodes[k].name] for k, w in facts.affine.terms
                )
                assert value == exact


@relaxed
@given(data=st.data(), e=expressions(["x"], linear_steps, leaves=8))
def test_pieces_values_laps_and_trends_bound_what_is_seen(data, e):
    low = data.draw(st.fractions(-4, 4, max_denominator=2))
    domain = Domain(("x",), (Enclosure.between(low, low + 3),))
    nodes, (root,) = nodes_of([e])
    facts = derive(nodes, domain)[root]
    # The grid holds the breakpoints only by chance: what is seen is less than what is there.
    grid = [low + Fraction(k, 24) for k in range(73)]
    seen = [values(nodes, {"x": x})[root] for x in grid]
    if None in seen:
        assert not facts.is_total
        return
    assert facts.values is None or len(set(seen)) <= facts.values
    steps = [b - a for a, b in pairwise(seen)]
    if facts.trend is not None:
        assert all(step * facts.trend >= 0 for step in steps)
        assert facts.trend or not any(steps)
    if facts.pieces is not None:
        assert _fewest_affine(seen) <= facts.pieces
    if facts.laps is not None:
        assert _fewest_monotone(seen) <= facts.laps


def _fewest_affine(seen) -> int:
    """The least number of consecutive groups that are affine on the grid; greedy is best."""
    count, k = 1, 0
    for j in range(2, len(seen)):
        if j - k >= 2 and seen[j] - seen[j - 1] != seen[k + 1] - seen[k]:
            count, k = count + 1, j
    return count


def _fewest_monotone(seen) -> int:
    count, direction = 1, 0
    for a, b in pairwise(seen):
        step = (b > a) - (b < a)
        if step and direction and step != direction:
            count, direction = count + 1, 0
        else:
            direction = direction or step
    return count


@relaxed
@given(data=st.data(), e=expressions(["x"], linear_steps, leaves=5))
def test_piecewise_linear_functions_on_bounded_boxes_are_semilinear(data, e):
    low = data.draw(st.fractions(-4, 4, max_denominator=2))
    domain = Domain(("x",), (Enclosure.between(low, low + 2, high_open=True),))
    verdict = certify_expressions([e], domain)
    assert verdict.structure is Structure.SEMILINEAR
    assert verdict.local is not None
    nodes, (root,) = nodes_of([e])
    facts = derive(nodes, domain)[root]
    assert facts.pieces is not None or not facts.is_total


@relaxed
@given(data=st.data(), e=expressions(["x", "y"], linear_steps))
def test_piecewise_linear_functions_are_local_everywhere(data, e):
    domain = data.draw(domains(["x", "y"]))
    nodes, (root,) = nodes_of([e])
    assert derive(nodes, domain)[root].local


@relaxed
@given(data=st.data(), e=expressions(["x", "y"], all_steps))
def test_smaller_domains_know_more(data, e):
    domain = data.draw(domains(["x", "y"]))
    smaller = data.draw(domains(["x", "y"]))
    meets = tuple(a.meet(b) for a, b in zip(domain.intervals, smaller.intervals, strict=True))
    if any(m.is_empty for m in meets):
        return
    nodes, _ = nodes_of([e])
    pairs = zip(derive(nodes, domain), derive(nodes, Domain(domain.names, meets)), strict=True)
    for large, small in pairs:
        assert large.upset & ~small.upset == 0
        assert small.is_total or not large.is_total
        assert small.local or not large.local


@relaxed
@given(data=st.data(), e=expressions(["x", "y"], all_steps))
def test_certificates_say_what_the_verdict_says(data, e):
    domain = data.draw(domains(["x", "y"]))
    verdict = certify_expressions([e], domain)
    for certificate in (verdict.certificate, verdict.local):
        if certificate is not None:
            statement = check(certificate)
            assert statement == check_fast(certificate)
            proved = statement.definable or statement.refuted
            assert proved is not None
    if verdict.certificate is not None and verdict.status.value == "certified":
        assert check(verdict.certificate).definable.structures == verdict.structures

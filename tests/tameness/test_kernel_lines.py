"""Pieces of functions of one variable: as many as there are, where they can be written out."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.certificates import Domain, Enclosure, derive
from tamemip.tameness import (
    absolute,
    ceiling,
    floor,
    maximum,
    minimum,
    modulo,
    nodes_of,
    piecewise,
    sign,
    variable,
)
from tests.tameness.evaluation import values
from tests.tameness.exact_cells import fewest_pieces
from tests.tameness.expressions_at_random import expressions, linear_steps

x = variable("x")

PIECES = [
    (floor(x), "x in [0, 10]", 11),
    (floor(x) + ceiling(x), "x in [0, 3]", 7),
    (floor(x) + floor(x + Fraction(1, 2)), "x in [0, 3)", 6),
    (floor(x) * sign(x - 5), "x in [0, 10]", 12),
    (maximum(absolute(x), 1), None, 3),
    (maximum(x, 2 * x, 3 * x, 4 * x), None, 2),
    (absolute(absolute(absolute(x) - 2) - 1), None, 8),
    (minimum(maximum(x, -1), 1) + x, None, 3),
    (modulo(x, 2), "x in [0, 6]", 4),
    (piecewise([(x < 0, -x), (x < 1, x)], default=2 * x - 1), None, 3),
    (piecewise([(x < 0, x), (x < 1, x)], default=x), None, 1),
    (x - floor(x), "x in [0, 5]", 6),
    (floor(2 * floor(x / 2)), "x in [0, 8)", 4),
]


@pytest.mark.parametrize(("e", "domain", "pieces"), PIECES, ids=str)
def test_pieces_are_counted(e, domain, pieces):
    verdict = tm.certify(e, domain)
    assert verdict.pieces == pieces
    assert tm.check(verdict.certificate).definable.pieces == pieces


relaxed = settings(max_examples=100, suppress_health_check=list(HealthCheck), deadline=None)
ends = st.fractions(-3, 3, max_denominator=2)


@relaxed
@given(e=expressions(["x"], linear_steps, leaves=6), low=ends)
def test_pieces_are_as_many_as_there_are(e, low):
    high = low + 2
    nodes, (root,) = nodes_of([e])
    facts = derive(nodes, Domain(("x",), (Enclosure.between(low, high),)))[root]
    if facts.pieces is not None:
        assert facts.pieces >= fewest_pieces(nodes, root, low, high)
        if len(nodes) < 12:
            assert facts.pieces == fewest_pieces(nodes, root, low, high)


@relaxed
@given(e=expressions(["x"], linear_steps, leaves=6), low=ends, at=st.fractions(0, 1))
def test_steps_and_trends_are_those_of_the_values(e, low, at):
    nodes, (root,) = nodes_of([e])
    facts = derive(nodes, Domain(("x",), (Enclosure.between(low, low + 2),)))[root]
    if facts.trend is not None:
        a, b = (values(nodes, {"x": low + 2 * t})[root] for t in (at * at, at))
        assert (b - a) * facts.trend >= 0
        assert facts.trend or a == b

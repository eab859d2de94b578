"""Claims, limits and statuses as objects."""

from __future__ import annotations

import math
import pickle
from fractions import Fraction

import numpy as np
import pytest

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.programs import MixedIntegerProgram
from tamemip.solvers import Claim, Limits, Status, rounded_point, solve


@pytest.mark.parametrize("name", ["seconds", "nodes", "gap", "memory_mb"])
@pytest.mark.parametrize("value", [-1, math.nan, "1", True])
def test_limits_refuse_what_is_no_limit(name, value):
    with pytest.raises(InvalidInputError, match=name):
        Limits(**{name: value})


def test_limits_refuse_half_nodes_and_no_gap():
    with pytest.raises(InvalidInputError):
        Limits(nodes=1.5)
    with pytest.raises(InvalidInputError):
        Limits(gap=math.inf)
    with pytest.raises(InvalidInputError):
        Limits(gap=None)


def test_an_infinite_limit_is_no_limit_and_zero_is_one():
    assert Limits(seconds=math.inf) == Limits()
    assert Limits(seconds=0).seconds == 0.0
    assert Limits(seconds=2).after(3).seconds == 0.0
    assert Limits().after(3).seconds is None


def test_a_claim_survives_pickling():
    claim = Claim(Status.OPTIMAL, 8.0, 8.0, np.array([1.0, 2.0]), "scip", 0.02, "optimal")
    again = pickle.loads(pickle.dumps(claim))
    assert repr(again) == repr(claim)
    assert str(again) == str(claim)
    assert np.array_equal(again.point, claim.point)
    assert not again.point.flags.writeable
    assert not claim.point.flags.writeable


@pytest.mark.parametrize(
    ("claim", "text"),
    [
        (
            Claim(Status.OPTIMAL, 8.0, 8.0, np.zeros(1), "scip", 0.02, "optimal"),
            "optimal (claimed by scip), value 8, bounds [8, 8], 0.02 s; not yet checked",
        ),
        (
            Claim(Status.INFEASIBLE, math.inf, math.inf, None, "scip", 0.0, "infeasible"),
            "infeasible (claimed by scip), 0.00 s; not yet checked",
        ),
        (
            Claim(Status.LIMIT, 12.0, 15.5, np.zeros(1), "scip", 60.0, "time limit"),
            "limit reached (scip: time limit), value 12, bounds [12, 15.5], 60.00 s; "
            "not yet checked",
        ),
        (
            Claim(Status.LIMIT, math.inf, 3.0, None, "highs", 1.0, "time limit"),
            "limit reached (highs: time limit), no point found, bounds [3, inf], 1.00 s; "
            "not yet checked",
        ),
    ],
    ids=["optimal", "infeasible", "limit-max", "no-point"],
)
def test_a_claim_prints_as_a_claim(claim, text):
    assert str(claim) == text
    assert "\n" not in repr(claim)
    assert claim._repr_html_().startswith("<p>")


def test_the_gap_is_relative():
    assert Claim(Status.LIMIT, 10.0, 8.0, None, "s", 0.0, "").gap == pytest.approx(0.2)
    assert Claim(Status.LIMIT, math.inf, 8.0, None, "s", 0.0, "").gap == math.inf
    assert Claim(Status.INFEASIBLE, math.inf, math.inf, None, "s", 0.0, "").gap == 0.0


def test_public_names_are_at_the_front_door():
    assert tm.Claim is Claim
    assert tm.solve is solve


def test_rounding_proposes_exactly_feasible_points():
    p = MixedIntegerProgram.from_arrays([1, 1], [[3, 1]], ["="], [1], integrality=False)
    claim = solve(p)
    assert rounded_point(p, claim) == (Fraction(1, 3), Fraction(0))


def test_rounding_gives_up_rather_than_break_a_row():
    p = MixedIntegerProgram.from_arrays([1], [[2]], ["="], [1], upper=5)
    claim = Claim(Status.OPTIMAL, 0.5, 0.5, np.array([0.5]), "scip", 0.0, "")
    assert rounded_point(p, claim) is None
    assert rounded_point(p, Claim(Status.LIMIT, 0.5, 0.5, None, "scip", 0.0, "")) is None

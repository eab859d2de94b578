"""Training where numbers are very large, very small, or known up to a tolerance only."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, SolverError, UnsupportedError
from tamemip.plugins.bnn import BinarizedNetwork, NetworkTraining, train
from tamemip.plugins.bnn import _training_search as searching
from tamemip.plugins.bnn._assessment import exact_sums, total_value
from tamemip.plugins.bnn._relaxed_neuron import relaxed_bound
from tamemip.plugins.bnn._solver_training import bound_of_claim
from tamemip.solvers import Status
from tests.plugins.bnn.networks_by_force import best_values, instances

EQUAL = NetworkTraining(
    [[-2], [-2], [-2]],
    [1, 1, 1],
    hidden=(1,),
    weights="binary",
    objective="max-margin",
    gap="1/2",
    regularization="1/3",
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(*[st.sampled_from([-1000001, -999998, -3, 1, 2, 1000000, 1000001])] * 2),
        min_size=1,
        max_size=3,
    ),
    st.lists(st.sampled_from([-1, 1]), min_size=3, max_size=3),
    st.sampled_from(["max-margin", "max-correct", "min-weight", "hinge"]),
    st.sampled_from([(), (1,)]),
)
def test_a_solver_in_floats_is_not_believed_where_sizes_are_far_apart(X, y, objective, hidden):
    instance = NetworkTraining(X, y[: len(X)], objective=objective, hidden=hidden, gap="1/2")
    best = best_values(instance)
    try:
        found = train(instance, solver="scip")
    except SolverError:
        return
    if best is None:
        assert found.fitted is None
        return
    sign = 1 if instance.is_minimized else -1
    assert sign * found.bound <= sign * best[0]
    assert found.status in (Status.LIMIT, Status.OPTIMAL)
    if found.status is Status.OPTIMAL:
        assert found.value == best[0]


@pytest.mark.parametrize("digits", [15, 18, 19, 30, 400])
def test_sums_of_data_with_many_digits_are_exact(digits):
    unit = Fraction(1, 10**digits)
    instance = NetworkTraining([[unit], [3 * unit]], [1, -1], weights=20)
    network = BinarizedNetwork([[[1]]], [[10]])
    assert exact_sums(instance, network) == network.exact_preactivations(instance.X)


@pytest.mark.parametrize("hidden", [(), (1,)])
@pytest.mark.parametrize("digits", [18, 30, 400])
def test_data_with_many_digits_are_trained_or_refused(digits, hidden):
    instance = NetworkTraining(
        [[Fraction(1, 10**digits)], [-1]], [1, -1], hidden=hidden, objective="max-correct"
    )
    found = train(instance)
    assert found.fitted is not None
    assert found.value <= best_values(instance)[0] <= found.bound


@pytest.mark.parametrize("hidden", [(), (1,)])
def test_data_beyond_the_range_of_floats_are_refused(hidden):
    with pytest.raises(InvalidInputError, match="range of floats"):
        train(NetworkTraining([[10**400, 1], [1, -1]], [1, -1], hidden=hidden))


def test_a_refusal_of_cp_sat_can_say_how_large_sums_are():
    with pytest.raises(UnsupportedError, match="too much"):
        train(NetworkTraining([[1e-300], [1e300]], [1, -1]), solver="cp-sat")


def test_a_bound_in_floats_does_not_cut_off_a_value_that_is_no_float():
    found = train(EQUAL, solver="scip", limits=tm.Limits(gap=0.3))
    best = total_value(EQUAL, best_values(EQUAL))
    assert best == Fraction(11, 3)
    assert found.value <= best <= found.bound


@settings(max_examples=100, deadline=None)
@given(st.fractions(-1000, 1000, max_denominator=60), st.floats(-1e-9, 1e-9))
def test_a_claimed_bound_is_a_multiple_of_the_unit_and_none_is_cut_off(value, error):
    for is_greater in (True, False):
        bound = bound_of_claim(float(value) + error, value.denominator, is_greater=is_greater)
        assert bound == value
    assert bound_of_claim(math.inf, 1, is_greater=True) is None


def test_a_claim_that_nothing_is_allowed_is_an_error_if_a_network_is_known(monkeypatch):
    real = searching.solve

    def wrong(program, **options):
        claim = real(program, **options)
        object.__setattr__(claim, "status", Status.INFEASIBLE)
        object.__setattr__(claim, "point", None)
        return claim

    monkeypatch.setattr(searching, "solve", wrong)
    with pytest.raises(SolverError, match="the start is"):
        train(EQUAL, solver="scip")


@settings(max_examples=30, deadline=None)
@given(instances(hiddens=((),)), st.lists(st.floats(-3, 3), min_size=3, max_size=3))
def test_multipliers_below_0_count_as_0(instance, multipliers):
    given_ones = np.array(multipliers[: instance.n_samples])
    bound = relaxed_bound(instance, given_ones)
    assert bound == relaxed_bound(instance, np.maximum(given_ones, 0))


@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_multipliers_that_are_no_numbers_bound_nothing(bad):
    instance = NetworkTraining([[2], [-1]], [1, -1], objective="hinge")
    assert relaxed_bound(instance, np.array([bad, 1.0])) is None

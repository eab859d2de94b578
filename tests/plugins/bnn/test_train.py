"""Training: what is found is the best of all networks, and what is proved can be checked."""

from __future__ import annotations

import itertools
import math
import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError, UnsupportedError
from tamemip.plugins.bnn import (
    BinarizedNetwork,
    NetworkTraining,
    certify_training,
    evaluate,
    majority,
    prove_training,
    train,
    xor,
)
from tamemip.plugins.bnn._assessment import best_value, is_better_greater, total_value
from tamemip.plugins.bnn._first_network import first_networks
from tamemip.plugins.bnn._merged_features import merged_data
from tamemip.plugins.bnn._relaxed_neuron import relaxed_bound, relaxed_neuron
from tamemip.plugins.bnn._rounded_neuron import rounded_neurons
from tests.plugins.bnn.networks_by_force import (
    all_networks,
    best_values,
    instances,
    ranked,
    values_of,
)

CORNERS = [[1, 1], [1, -1], [-1, 1], [-1, -1]]
AND = NetworkTraining(CORNERS, [1, -1, -1, -1])
DIGITS = Path("../shared/data/ml/mnist_public_2000train_1000test.npz")


@pytest.mark.parametrize("solver", ["cp-sat", "scip"])
@settings(max_examples=25, deadline=None)
@given(instance=instances())
def test_training_finds_the_best_of_all_networks(solver, instance):
    found = train(instance, solver=solver)
    best = best_values(instance)
    assert (found.fitted and found.fitted.values) == best
    assert found.bound == found.value
    assert found.status.value == ("infeasible" if best is None else "optimal")
    assert not found.is_proved


@settings(max_examples=15, deadline=None)
@given(instance=instances())
def test_proofs_have_the_value_of_the_best_of_all_networks(instance):
    proved = prove_training(instance)
    best = best_values(instance)
    assert (proved.fitted and proved.fitted.values) == best
    assert proved.bound == proved.value
    assert proved.is_proved
    assert tm.check(proved.certificate, program=proved.dual.program).tight_at != ()


@pytest.mark.parametrize(
    ("instance", "value"),
    [
        (AND, 3),
        (NetworkTraining(CORNERS, [1, 1, 1, -1]), 3),
        (majority(3), 3),
        (majority(5), 5),
        (xor(margin=(0, 1)), 6),
        (xor(), 7),
    ],
    ids=["and", "or", "majority-3", "majority-5", "xor-6", "xor-7"],
)
def test_logical_functions_are_trained_and_proved_optimal(instance, value):
    found = train(instance)
    proved = prove_training(instance, found)
    assert found.value == proved.value == proved.bound == value
    assert proved.network == found.network
    assert proved.network.predict(instance.X).tolist() == list(instance.y)
    assert tm.check(proved.certificate, program=proved.dual.program).tight_at != ()


def test_104_functions_of_three_variables_are_thresholds_each_proved():
    # The number of threshold functions is classical; three variables need weights up to 2.
    inputs = list(itertools.product((1, -1), repeat=3))
    counts = {"optimal": 0, "infeasible": 0}
    for labels in itertools.product((1, -1), repeat=7):
        # Of a function and its negation one is looked at.
        instance = NetworkTraining(inputs, (1, *labels), weights=2)
        found, proved = train(instance), prove_training(instance)
        assert (found.status, found.value) == (proved.status, proved.value)
        counts[proved.status.value] += 2
    assert counts == {"optimal": 104, "infeasible": 152}


def test_a_search_that_changes_hands_is_as_good_as_the_best_of_all_networks(monkeypatch):
    monkeypatch.setattr("tamemip.plugins.bnn._train._FIRST_CONFLICTS", 0)
    rng = np.random.default_rng(1)
    X, y = rng.integers(-9, 10, (12, 6)), rng.choice([-1, 1], 12)
    instance = NetworkTraining(X, y, objective="hinge", regularization="1/3")
    found = train(instance)
    assert found.solver == "cp-sat and scip"
    assert (found.fitted.values, found.bound) == (best_values(instance), found.value)


def test_one_neuron_is_proved_not_to_compute_exclusive_or():
    proved = prove_training(NetworkTraining(CORNERS, [-1, 1, 1, -1]))
    assert (proved.status.value, proved.network, proved.bound) == ("infeasible", None, math.inf)
    assert "no network is allowed (proved)" in str(proved)
    tm.check(proved.certificate, program=proved.dual.program)


def test_a_network_that_is_not_optimal_gives_way_and_one_that_is_not_allowed_is_refused():
    clumsy = BinarizedNetwork([[[-1, 1], [1, -1]], [[-1, -1]]], [[-1, 0], [-1]])
    proved = prove_training(xor(margin=(0, 1)), clumsy) if _fits(clumsy) else None
    assert proved is None or proved.value == 6
    with pytest.raises(InvalidInputError, match="sample 0"):
        prove_training(AND, BinarizedNetwork([[[-1, 0]]], [[0]]))


def _fits(network):
    try:
        evaluate(xor(margin=(0, 1)), network)
    except InvalidInputError:
        return False
    return True


def test_a_proof_that_is_stopped_has_a_certified_gap():
    start = train(xor())
    proved = prove_training(xor(), start, limits=tm.Limits(nodes=3))
    assert proved.status.value == "limit reached"
    assert 0 < proved.gap <= 7
    assert proved.bound + proved.gap == proved.value == 7
    tm.check(proved.certificate, program=proved.dual.program)


def test_the_training_value_is_certified_as_definable_in_all_that_moves():
    verdict = certify_training(xor())
    assert verdict.status is tm.CERTIFIED
    tm.check(verdict.certificate)
    domain = {"margin": (-3, 3)}
    assert certify_training(AND, domain, moves=("margin",)).status is tm.CERTIFIED


def test_training_takes_its_start_and_never_gets_worse():
    instance = xor()
    best = train(instance).network
    flipped = BinarizedNetwork(
        [best.weights[0][::-1], best.weights[1][:, ::-1]], [best.biases[0][::-1], best.biases[1]]
    )
    found = train(instance, start=flipped, limits=tm.Limits(seconds=0))
    assert (found.status.value, found.value) == ("limit reached", 7)
    assert found.bound <= 7
    with pytest.raises(InvalidInputError, match="sizes"):
        train(instance, start=BinarizedNetwork([[[1]]], [[0]]))


def test_a_limit_is_no_error():
    found = train(xor(), limits=tm.Limits(seconds=0))
    assert (found.network, found.value, found.reason) == (None, math.inf, "time limit")
    assert "no network found" in str(found)


@settings(max_examples=20, deadline=None)
@given(
    instance=instances(
        (("max-correct", "max-margin"), "max-margin", "hinge"), margins=(1, (1, 5), (5, "1/2"), -1)
    )
)
def test_no_network_betters_the_best_value_of_an_objective(instance):
    for rows in all_networks(instance):
        values = values_of(instance, rows)
        if values is not None:
            best = [best_value(instance, name) for name in instance.objectives]
            keys = zip(ranked(instance, values), ranked(instance, best), strict=True)
            assert all(value <= most for value, most in keys)


def test_the_greatest_margin_of_counted_samples_is_not_bounded_by_those_that_are_never_right():
    # No score of sample 0 is -5, so the margin is that of sample 1 alone.
    instance = NetworkTraining(
        [[0], [30]], [-1, 1], objective=("max-correct", "max-margin"), margin=(1, 5)
    )
    assert best_value(instance, "max-margin") == 31
    found = train(instance, start=BinarizedNetwork([[[1]]], [[-1]]))
    assert (found.fitted.values, found.bound) == ((1, 31), found.value)


@pytest.mark.parametrize("solver", ["cp-sat", "scip"])
@pytest.mark.parametrize("hidden", [(), (1,)])
def test_objectives_that_need_no_search_are_kept_by_later_ones(solver, hidden):
    instance = NetworkTraining(
        [[3], [-2], [1]],
        [1, -1, 1],
        hidden=hidden,
        weights=2,
        objective=("min-weight", "max-correct", "max-margin"),
        margin=(0, 1),
    )
    found = train(instance, solver=solver)
    assert found.fitted.values == best_values(instance)
    assert found.bound == found.value


@pytest.mark.parametrize("regularization", [10**25, Fraction(1, 10**25)])
def test_a_regularization_beyond_the_integers_of_cp_sat_is_refused_there(regularization):
    instance = NetworkTraining([[1]], [1], objective="hinge", regularization=regularization)
    with pytest.raises(UnsupportedError, match="regularization"):
        train(instance, solver="cp-sat", start=BinarizedNetwork([[[1]]], [[1]]))


def test_progress_is_told_and_kept():
    told = []
    found = train(majority(5), progress=told.append)
    assert tuple(told) == found.history
    assert told[-1].value == 5.0


@pytest.mark.parametrize("objective", ["max-correct", "hinge"])
def test_contradictory_labels_cost_one_sample(objective):
    instance = NetworkTraining([[1, 2], [1, 2], [0, 1]], [1, -1, 1], objective=objective)
    found = train(instance)
    assert found.value == {"max-correct": 2, "hinge": 2}[objective]
    assert train(NetworkTraining(instance.X, instance.y, hidden=(2,))).status.value == "infeasible"


def test_one_class_needs_the_bias_only():
    assert train(NetworkTraining([[1, 2], [3, 4]], [1, 1])).value == 1
    assert train(NetworkTraining([[0, 0]], [1], objective="max-margin")).value == 1


def test_data_without_a_small_common_denominator_go_to_a_solver_in_floats():
    rng = np.random.default_rng(5)
    X = rng.normal(size=(8, 3))
    instance = NetworkTraining(X, np.where(X[:, 0] > 0.0, 1, -1), objective="hinge")
    assert instance.integer_data is None
    assert train(instance).solver == "scip"
    with pytest.raises(UnsupportedError, match="common denominator"):
        train(instance, solver="cp-sat")


@pytest.mark.parametrize("hidden", [(), (1,)])
@pytest.mark.parametrize(
    "objective",
    [
        ("max-correct", "hinge", "min-weight"),
        ("hinge", "max-margin", "min-weight"),
        ("max-margin", "max-correct", "hinge"),
        ("max-correct", "min-weight", "max-margin", "hinge"),
    ],
    ids=lambda names: names if isinstance(names, str) else "-".join(names),
)
def test_lists_of_objectives_of_real_data_are_trained_one_after_another(objective, hidden):
    # As one sum they would need factors that are longer than a float.
    rng = np.random.default_rng(4)
    X, y = rng.normal(size=(5, 2)), [1, 1, -1, 1, -1]
    instance = NetworkTraining(
        X, y, hidden=hidden, objective=objective, margin="1/2", gap=Fraction(1, 10)
    )
    found = train(instance)
    best = best_values(instance)
    assert (found.fitted and found.fitted.values) == best
    assert found.bound == found.value
    assert found.solver == "scip"


@settings(max_examples=15, deadline=None)
@given(instance=instances(), solver=st.sampled_from(["auto", "cp-sat", "scip"]), data=st.data())
def test_bounds_hold_wherever_a_search_stops(instance, solver, data):
    limits = [tm.Limits(nodes=1), tm.Limits(seconds=0.01), tm.Limits(gap=0.5), tm.Limits(gap=2)]
    best = best_values(instance)
    found = train(instance, solver=solver, limits=data.draw(st.sampled_from(limits)))
    if best is None:
        assert found.fitted is None
        return
    value = total_value(instance, best)
    assert found.status.value != "infeasible"
    if is_better_greater(instance.objectives[0]):
        assert found.value <= value <= found.bound
    else:
        assert found.value >= value >= found.bound


@settings(max_examples=40, deadline=None)
@given(instances(hiddens=((),)), st.lists(st.floats(0, 3), min_size=3, max_size=3))
def test_no_neuron_betters_the_bound_of_any_multipliers(instance, multipliers):
    best = best_values(instance)
    bound = relaxed_bound(instance, np.array(multipliers[: instance.n_samples]))
    if best is None or bound is None:
        return
    signs = {"min-weight": -1, "hinge": -1, "max-margin": 1}
    sign = signs[instance.objectives[0]]
    assert sign * best[0] <= sign * bound


def test_the_linear_relaxation_bounds_real_data_and_its_rounding_is_near():
    rng = np.random.default_rng(6)
    X, y = rng.normal(size=(12, 40)), rng.choice([-1, 1], 12)
    instance = NetworkTraining(X, y, objective="max-margin", regularization="1/10")
    relaxed = relaxed_neuron(instance)
    bound = relaxed_bound(instance, relaxed.multipliers)
    values = [
        evaluate(instance, BinarizedNetwork([[w[:-1]]], [w[-1:]]))
        for w in rounded_neurons(instance, relaxed.weights)
    ]
    assert values[0] <= values[1] <= bound
    assert values[1] >= Fraction(4, 5) * bound


@pytest.mark.parametrize("weights", ["ternary", "binary", 3])
def test_a_rounding_that_meets_its_bound_needs_no_search(weights):
    X = np.array([[3, 1, 0], [2, 2, 0], [-1, -3, 0], [-2, -2, 0]])
    instance = NetworkTraining(X, [1, 1, -1, -1], weights=weights, objective="max-margin")
    found = train(instance)
    assert found.solver == "linear relaxation"
    assert found.fitted.values == best_values(instance)
    assert found.bound == found.value


def test_features_that_are_equal_or_opposite_share_a_weight_without_a_change_of_value():
    narrow = NetworkTraining([[1, 2], [-1, 1], [0, 1]], [1, -1, -1], weights=2)
    wide = NetworkTraining([[1, 2, -1], [-1, 1, 1], [0, 1, 0]], [1, -1, -1])
    data = merged_data(wide, 1)
    assert [feature.members for feature in data.features] == [
        ((0, 1), (2, -1)),
        ((1, 1),),
        ((3, 1),),
    ]
    assert train(wide).fitted.values == best_values(wide)
    assert train(narrow).fitted.values == best_values(narrow)


def test_integer_data_and_fractions_are_added_up_alike():
    network = BinarizedNetwork([[[1, -1], [0, 1]], [[1, 1]]], [[0, -1], [1]])
    small = NetworkTraining(
        [["1/3", "1/3"], ["-1/2", 2]], [1, -1], hidden=(2,), objective="hinge", gap="1/9"
    )
    large = NetworkTraining(
        [["1/3", "1/3"], ["-1/2", 2], [Fraction(1, 2**50), 0]],
        [1, -1, 1],
        hidden=(2,),
        objective="hinge",
        gap=Fraction(1, 2**60),
    )
    assert small.integer_data is not None
    assert large.integer_data is None
    exact = network.exact_preactivations(large.X)
    assert evaluate(small, network) == sum(
        max(Fraction(0), 1 - y * s[-1][0]) for y, s in zip((1, -1), exact, strict=False)
    )


@pytest.mark.parametrize("weights", ["ternary", "binary", 3])
def test_separated_data_need_no_search(weights):
    rng = np.random.default_rng(7)
    y = np.where(np.arange(40) % 2, 1, -1)
    X = rng.integers(0, 40, (40, 30)) + 20 * np.outer(y, rng.choice([-1, 1], 30))
    instance = NetworkTraining(X, y, objective="max-correct", hidden=(3, 2), weights=weights)
    assert any((n.predict(X) == y).all() for n in first_networks(instance))
    found = train(instance, limits=tm.Limits(seconds=0))
    assert (found.value, found.status.value) == (40, "optimal")


def test_ten_thousand_features_are_trained():
    X = np.zeros((6, 10_000), dtype=int)
    X[np.arange(6), np.arange(6) % 2] = 1
    found = train(NetworkTraining(X, [1, -1] * 3))
    assert (found.value, found.status.value) == (2, "optimal")


def test_answers_print_say_who_claims_and_survive_pickle():
    found = train(AND)
    assert "claimed by" in str(found)
    assert pickle.loads(pickle.dumps(found)).value == 3
    proved = prove_training(AND)
    assert "optimal (proved), value 3" in str(proved)
    assert proved._repr_html_().startswith("<pre>")
    assert pickle.loads(pickle.dumps(proved)).certificate == proved.certificate


@pytest.mark.skipif(not DIGITS.exists(), reason="the shared digits are not there")
def test_digits_of_two_classes_are_separated_by_one_neuron():
    with np.load(DIGITS) as file:
        X, y = file["X_train"].reshape(-1, 784), file["y_train"]
    chosen = np.concatenate([np.flatnonzero(y == d)[:6] for d in (3, 8)])
    pixels = np.where(X[chosen] > 127, 1, -1)
    instance = NetworkTraining(pixels, np.where(y[chosen] == 3, 1, -1))
    found = train(instance, limits=tm.Limits(seconds=20))
    assert found.status.value == "optimal"
    proved = prove_training(instance, found, limits=tm.Limits(seconds=20))
    assert proved.bound <= found.value

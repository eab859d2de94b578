"""What a fit says of its network: exact values and bounds, limits, interruptions, repetition."""

from __future__ import annotations

import pickle
import re
from fractions import Fraction
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tamemip.errors import InvalidInputError, SolverError
from tamemip.plugins.bnn import BinarizedNetwork, NetworkTraining, evaluate
from tamemip.plugins.bnn import _exact_fits as exact_fits
from tamemip.plugins.bnn import _fits as fits
from tamemip.plugins.bnn._bias_range import in_bias_range, n_right
from tamemip.plugins.bnn._fit_summary import total_bound
from tamemip.plugins.bnn._fits import fit_network
from tamemip.plugins.bnn._fitted import fit_of
from tamemip.plugins.bnn._network_fit import NetworkFit, Recipe
from tamemip.plugins.bnn._trained import TrainedNetwork
from tamemip.plugins.bnn._valuation import simple_bound, valuation
from tamemip.solvers import Status

pytest.importorskip("sklearn", reason="the estimator is one of scikit-learn")

from sklearn.base import clone  # after the skip
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tamemip.plugins.bnn._classifier import BinarizedNetworkClassifier

OBJECTIVES = ("min-weight", "max-margin", "max-correct", "hinge", ("max-correct", "min-weight"))


@st.composite
def networks_and_samples(draw, most_outputs=1):
    """A ternary network with large biases, samples, and labels."""
    hidden = draw(st.sampled_from([(), (2,), (2, 3)]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    sizes = (2, *hidden, draw(st.integers(1, most_outputs)))
    network = BinarizedNetwork(
        [rng.integers(-1, 2, (b, a)) for a, b in pairwise(sizes)],
        [rng.integers(-4, 5, b) for b in sizes[1:]],
    )
    X = rng.integers(-4, 5, (draw(st.integers(1, 6)), 2))
    y = rng.choice([-1, 1], len(X)) if sizes[-1] == 1 else rng.integers(0, sizes[-1], len(X))
    return network, X, y


@given(networks_and_samples(), st.sampled_from(OBJECTIVES), st.sampled_from([1, "1/2", (0, 2)]))
def test_the_value_is_that_of_a_program_with_room_for_the_biases(drawn, objective, margin):
    network, X, y = drawn
    fixed = {"hidden": network.hidden, "objective": objective, "margin": margin}
    instance = NetworkTraining(X, y, **fixed)
    found = valuation(instance, network)
    assert found.bias == (network.largest if network.largest > 1 else 0)
    roomy = NetworkTraining(X, y, weights=max(1, network.largest), **fixed)
    if found.problem:
        with pytest.raises(InvalidInputError, match=re.escape(found.problem)):
            evaluate(roomy, network)
        assert found.value == (float("inf") if instance.is_minimized else -float("inf"))
        return
    if isinstance(objective, str) or network.largest <= 1:  # other factors in a sum of objectives
        assert found.value == evaluate(roomy, network)
    bound = simple_bound(instance, are_biases_free=found.bias > 0)
    assert found.value >= bound if instance.is_minimized else found.value <= bound


@given(networks_and_samples(most_outputs=3))
def test_biases_are_brought_into_range_at_no_cost_or_not_at_all(drawn):
    network, X, y = drawn
    found = in_bias_range(network, X, y, 1)
    assert n_right(found, X, y) >= n_right(network, X, y)
    assert found == network or max(np.abs(b).max() for b in found.biases) <= 1
    assert all((a == b).all() for a, b in zip(found.weights, network.weights, strict=True))


def test_a_network_with_large_biases_has_a_finite_value_and_says_how_large():
    X, y = [[9, 1], [8, 3], [6, 2], [5, 1]], [1, 1, 0, 0]
    fitted = BinarizedNetworkClassifier(
        (), method="tame", objective="max-correct", random_state=0, seconds=None
    ).fit(X, y)
    assert fitted.score(X, y) == 1
    assert fitted.network_.largest > 1
    assert fitted.training_value_ == fitted.bound_ == 4
    assert f"biases up to {fitted.network_.largest}" in fitted.reason_


def test_bounds_on_both_sides_say_nothing_together():
    network = BinarizedNetwork([[[1]]], [[0]])
    bounds = (Fraction(2), float("inf"), -float("inf"))
    fits = [NetworkFit(network, Fraction(3), bound, "descended", "", 0.0) for bound in bounds]
    assert total_bound(fits[:1] * 2, is_minimized=True) == 4
    assert total_bound(fits[:2], is_minimized=True) == float("inf")  # no networks are allowed
    assert total_bound(fits, is_minimized=True) == -float("inf")
    assert total_bound(fits, is_minimized=False) == float("inf")


# -- time ------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("method", ["mip", "hybrid"])
def test_many_networks_share_the_time(method):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 17, (200, 40)), np.arange(200) % 10
    fitted = BinarizedNetworkClassifier(
        (16,), method=method, objective="max-correct", seconds=0.5, random_state=0
    ).fit(X, y)
    assert len(fitted.networks_) == 45
    assert fitted.fit_seconds_ < 4
    assert "ended by the clock" in fitted.reason_


@pytest.mark.parametrize("method", ["hybrid", "tame", "ste", "mip"])
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_a_fit_that_no_clock_ends_is_the_same_each_time(method):
    rng = np.random.default_rng(3)
    X = rng.integers(-3, 4, (16, 3))
    y = (X[:, 0] * X[:, 1] + rng.integers(-2, 3, 16) > 0).astype(int)
    estimator = BinarizedNetworkClassifier(
        (2,), method=method, objective="max-correct", conflicts=50, seconds=60, random_state=5
    )
    first, second = (clone(estimator).fit(X, y) for _ in range(2))
    assert not any(fit.is_clocked for fit in (*first.fits_, *second.fits_))
    assert first.network_ == second.network_
    assert first.reason_ == second.reason_


@pytest.mark.parametrize("method", ["hybrid", "tame", "ste"])
def test_a_fit_that_the_clock_ends_says_so(method):
    rng = np.random.default_rng(3)
    X, y = rng.normal(size=(400, 30)), rng.integers(0, 2, 400)
    fitted = BinarizedNetworkClassifier((32,), method=method, seconds=0.1, random_state=0).fit(X, y)
    assert fitted.fits_[0].is_clocked
    assert "ended by the clock" in fitted.reason_


@pytest.mark.parametrize("method", ["hybrid", "tame", "ste"])
@pytest.mark.parametrize("classes", [2, 3])
def test_an_interrupted_fit_keeps_its_best_networks_and_says_so(method, classes):
    rng = np.random.default_rng(3)
    X = rng.normal(size=(60, 3))
    y = np.digitize(X[:, 0], np.linspace(-1, 1, classes + 1)[1:-1])
    told = []

    def interrupt(step):
        told.append(step)
        if len(told) == 12:
            raise KeyboardInterrupt

    estimator = BinarizedNetworkClassifier(
        (4,), method=method, seconds=30, random_state=0, progress=interrupt
    )
    with pytest.warns(ConvergenceWarning, match="interrupted"):
        fitted = estimator.fit(X, y)
    assert fitted.reason_.startswith("interrupted")
    assert fitted.fit_seconds_ < 10
    assert len(np.unique(fitted.predict(X))) > 1


# -- other tools -------------------------------------------------------------------------------


@pytest.mark.parametrize("inputs", ["integer", "real", "binarized"])
def test_samples_that_are_moved_nowhere_are_the_samples(inputs):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 50, (40, 5))
    y = (X[:, 0] > X[:, 1]).astype(int) + (X[:, 2] > 25)
    plain = BinarizedNetworkClassifier(
        (4,), method="tame", inputs=inputs, seconds=None, epochs=5, random_state=0
    )
    moved = clone(plain).set_params(augment=lambda samples, generator: samples)
    assert plain.fit(X, y).network_ == moved.fit(X, y).network_


@pytest.mark.parametrize("labels", [["no", "yes"], [False, True], [0, 1], [-1, 1], [2.0, 5.0]])
@pytest.mark.parametrize("method", ["mip", "ste"])
def test_labels_of_all_kinds_come_back(labels, method):
    X = np.array([[1, 2], [2, 2], [-1, 0], [-2, -1]])
    y = np.array(labels)[[1, 1, 0, 0]]
    fitted = BinarizedNetworkClassifier((), method=method, random_state=0, seconds=5).fit(X, y)
    assert fitted.predict(X).tolist() == y.tolist()
    assert fitted.predict(X).dtype == y.dtype
    assert (fitted.decision_function(X) > 0).tolist() == [True, True, False, False]


def test_the_tools_of_scikit_learn_take_it():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 3))
    y = np.array(["low", "high"])[(X[:, 0] - X[:, 2] > 0).astype(int)]
    estimator = BinarizedNetworkClassifier((4,), method="ste", epochs=5, random_state=0)
    assert cross_val_score(make_pipeline(StandardScaler(), estimator), X, y, cv=3).mean() > 0.8
    search = GridSearchCV(estimator, {"hidden": [(), (4,)], "weights": ["ternary", 2]}, cv=2)
    assert search.fit(X, y).best_estimator_.score(X, y) > 0.8
    copy = pickle.loads(pickle.dumps(search.best_estimator_))
    assert (copy.predict(X) == search.predict(X)).all()


def test_names_of_features_are_kept_and_asked_for(tmp_path):
    pandas = pytest.importorskip("pandas", reason="tables with names are pandas'")
    table = pandas.DataFrame({"age": [20, 30, 50, 60], "size": [3, 2, 3, 2]})
    labels = pandas.Series(["no", "no", "yes", "yes"], dtype="category")
    fitted = BinarizedNetworkClassifier((), method="ste", random_state=0).fit(table, labels)
    fitted.save(tmp_path / "ages.json")
    loaded = BinarizedNetworkClassifier.load(tmp_path / "ages.json")
    assert loaded.feature_names_in_.tolist() == ["age", "size"]
    assert loaded.predict(table).tolist() == fitted.predict(table).tolist()
    with pytest.raises(ValueError, match="feature names"):
        loaded.predict(table[["size", "age"]])


def test_what_is_known_of_the_networks_is_saved(tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(90, 8)), np.arange(90) % 3
    fitted = BinarizedNetworkClassifier((16,), seconds=0.1, random_state=0, margin=Fraction(1, 2))
    fitted.fit(X, y).save(tmp_path / "model.json")
    loaded = BinarizedNetworkClassifier.load(tmp_path / "model.json")
    assert [fit.is_clocked for fit in loaded.fits_] == [fit.is_clocked for fit in fitted.fits_]
    assert loaded.reason_ == fitted.reason_


def test_not_all_biases_of_a_wide_range_are_tried():
    X = np.arange(1000)[:, None]
    network = BinarizedNetwork([[[1]]], [[-(10**9)]])
    assert in_bias_range(network, X + 10**9 - 500, np.where(X[:, 0] < 500, -1, 1), 10**8) is network


def test_a_proof_that_fails_leaves_the_claim(monkeypatch):
    def failing(*args, **options):
        raise SolverError("HiGHS could not solve a linear relaxation.", solver="highs")

    monkeypatch.setattr(exact_fits, "prove_training", failing)
    fit = fit_network(NetworkTraining([[2], [-2]], [1, -1]), Recipe("mip", None, 0))
    assert (fit.status, fit.value, fit.certificate) == ("optimal", 1, None)
    assert "claimed" in fit.reason


def test_a_proof_that_contradicts_the_claim_wins(monkeypatch):
    def wrong(instance, **options):
        network = BinarizedNetwork([[[1]]], [[1]])
        return TrainedNetwork(
            instance, fit_of(instance, network), Fraction(2), Status.OPTIMAL, 0.0, "optimal", "x"
        )

    monkeypatch.setattr(exact_fits, "train", wrong)
    fit = fit_network(NetworkTraining([[2], [-2]], [1, -1]), Recipe("mip", None, 0))
    assert (fit.status, fit.value, fit.bound, fit.is_proved) == ("optimal", 1, 1, True)
    assert fit.certificate is not None


def test_a_search_that_fails_leaves_a_hybrid_its_descent(monkeypatch):
    def failing(*args, **options):
        raise SolverError("the network is not allowed, exactly.", solver="scip")

    monkeypatch.setattr(fits, "train", failing)
    fit = fit_network(NetworkTraining([[2], [-2]], [1, -1]), Recipe("hybrid", None, 0, epochs=2))
    assert "2 of 2 labels right" in fit.reason

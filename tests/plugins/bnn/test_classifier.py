"""The estimator: scikit-learn's rules, exact training of small sets, and hard cases."""

from __future__ import annotations

import pickle
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import tamemip as tm
from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import NetworkTraining, evaluate
from tamemip.plugins.bnn._augment import image_mover
from tamemip.plugins.bnn._image_start import image_patches
from tamemip.plugins.bnn._sample_files import read_samples

pytest.importorskip("sklearn", reason="the estimator is one of scikit-learn")

from sklearn.base import clone  # after the skip
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils.estimator_checks import parametrize_with_checks

from tamemip.plugins.bnn._classifier import BinarizedNetworkClassifier

DATA = Path(__file__).parents[3] / "examples" / "data"
#: What small sets cost in weights, one neuron or (for xor) two hidden ones.
VALUES = {
    "and": ((), 3),
    "birds": ((), 1),
    "majority_of_5": ((), 5),
    "points_on_a_grid": ((), 2),
    "two_of_three_or_first": ((), None),
    "xor": ((2,), 7),
}


# The checks of sample weights and of missing values do not apply: neither is supported. That of
# array interfaces runs only where SCIPY_ARRAY_API is set.
@parametrize_with_checks(
    [
        BinarizedNetworkClassifier((4,), method="tame", epochs=5, seconds=None, random_state=0),
        BinarizedNetworkClassifier((8,), method="ste", epochs=20, seconds=None, random_state=0),
        BinarizedNetworkClassifier(
            (), method="mip", objective="max-correct", seconds=None, conflicts=5, random_state=0
        ),
    ]
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_rules_of_scikit_learn(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_checks(
    [
        BinarizedNetworkClassifier(
            (2,), objective="max-correct", seconds=None, conflicts=5, epochs=5, random_state=0
        )
    ]
)
def test_the_rules_of_scikit_learn_hold_after_polish(estimator, check):
    check(estimator)


@pytest.mark.parametrize("name", sorted(path.stem for path in DATA.glob("*.csv")))
def test_small_sets_are_trained_to_a_proved_optimum(name):
    hidden, value = VALUES[name]
    samples = read_samples(DATA / f"{name}.csv")
    weights = 2 if value is None else "ternary"
    fitted = BinarizedNetworkClassifier(hidden, method="mip", weights=weights, seconds=None).fit(
        samples.X, samples.y
    )
    assert fitted.score(samples.X, samples.y) == 1
    assert fitted.training_value_ == fitted.bound_
    assert value is None or fitted.training_value_ == value
    assert (fitted.status_, fitted.reason_) == ("optimal", "optimal, proved")
    tight = tm.check(fitted.certificate_)
    assert tight.tight_at


@settings(max_examples=10, deadline=None)
@given(
    st.lists(st.tuples(st.integers(-3, 3), st.integers(-3, 3)), min_size=4, max_size=8), st.data()
)
def test_the_value_is_that_of_the_network(points, data):
    labels = data.draw(
        st.lists(st.sampled_from([-1, 1]), min_size=len(points), max_size=len(points))
    )
    if len(set(labels)) == 1:
        return
    fitted = BinarizedNetworkClassifier(
        (), method="mip", objective="max-correct", seconds=None, inputs="integer"
    ).fit(points, labels)
    instance = NetworkTraining(points, labels, objective="max-correct")
    assert fitted.training_value_ == fitted.bound_ == evaluate(instance, fitted.network_)


def test_the_second_class_is_positive_and_a_tie_is_its():
    fitted = BinarizedNetworkClassifier((), method="mip").fit([[-1], [1]], ["a", "b"])
    assert fitted.classes_.tolist() == ["a", "b"]
    scores = fitted.decision_function([[-1], [0], [1]])
    assert (np.sign(scores) == [-1, 1, 1]).all()
    assert fitted.predict([[-1], [0], [1]]).tolist() == ["a", "b", "b"]


def test_contradictory_labels_are_refused_with_advice_or_counted():
    X, y = [[1, 1], [1, 1], [-1, 1]], [0, 1, 0]
    with pytest.raises(InvalidInputError, match="max-correct"):
        BinarizedNetworkClassifier((), method="mip").fit(X, y)
    counted = BinarizedNetworkClassifier((), method="mip", objective="max-correct").fit(X, y)
    assert counted.training_value_ == counted.bound_ == 2
    hybrid = BinarizedNetworkClassifier((), seconds=1).fit(X, y)
    assert hybrid.score(X, y) == pytest.approx(2 / 3)
    assert hybrid.training_value_ == float("inf")
    assert "no network is allowed" in hybrid.reason_
    assert "sample 0 with label -1" in hybrid.reason_ or "sample 1 with label 1" in hybrid.reason_


@pytest.mark.parametrize("method", ["mip", "hybrid", "tame", "ste"])
def test_hard_data_have_a_clear_answer(method):
    estimator = BinarizedNetworkClassifier((2,), method=method, seconds=0.2)
    with pytest.raises(InvalidInputError, match="one class only, 'a'"):
        estimator.fit([[1], [2]], ["a", "a"])
    with pytest.raises(ValueError, match="NaN"):
        estimator.fit([[1], [float("nan")]], [0, 1])
    constant = clone(estimator).set_params(objective="max-correct")
    constant.fit([[3.5, 0.25]] * 3, [0, 1, 1])
    assert constant.score([[3.5, 0.25]] * 3, [0, 1, 1]) == pytest.approx(2 / 3)


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ({"hidden": 16}, r"use \(16,\)"),
        ({"hidden": "16"}, r"use \(16,\)"),
        ({"hidden": (0,)}, "hidden"),
        ({"method": "magic"}, "method"),
        ({"weights": 0}, "weights"),
        ({"seconds": -1}, "seconds"),
        ({"conflicts": -1}, "conflicts"),
        ({"epochs": 0}, "epochs"),
        ({"progress": 3}, "progress"),
        ({"augment": 3}, "augment"),
        ({"start": "patches"}, "image_patches"),
        ({"start": lambda away, rng: away, "inputs": "binarized"}, "start is a function of"),
        ({"augment": lambda X, rng: X[:1]}, r"augment made an array of shape \(1, 2\)"),
        ({"inputs": "binarized", "thresholds": True}, "thresholds"),
        ({"inputs": "binarized", "thresholds": "many"}, "thresholds"),
    ],
)
def test_what_is_no_choice_is_named(parameters, word):
    estimator = BinarizedNetworkClassifier((2,), method="tame", seconds=1).set_params(**parameters)
    with pytest.raises(InvalidInputError, match=word):
        estimator.fit([[1, 1], [2, 1], [3, 1]], [0, 1, 1])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("method", "hidden"), [("mip", ()), ("hybrid", (2,))])
def test_ten_thousand_features(method, hidden):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(12, 10_000))
    y = np.arange(12) % 2
    X[:, 17] += 9 * y
    fitted = BinarizedNetworkClassifier(hidden, method=method, seconds=1, random_state=0).fit(X, y)
    assert fitted.score(X, y) == 1


def test_a_fit_at_its_limit_keeps_its_network_and_says_so():
    rng = np.random.default_rng(1)
    X, y = rng.integers(-9, 10, size=(60, 12)), rng.integers(0, 2, size=60)
    with pytest.warns(ConvergenceWarning, match="time limit"):
        fitted = BinarizedNetworkClassifier(
            (3,), method="mip", objective="max-correct", seconds=0.3
        ).fit(X, y)
    assert fitted.status_ == "limit reached"
    assert fitted.training_value_ <= fitted.score(X, y) * 60 <= fitted.bound_
    assert fitted.training_value_ >= 30
    assert fitted.certificate_ is None
    assert "best network found" in fitted.reason_


def test_a_fit_at_its_limit_without_an_allowed_network_keeps_the_best_known():
    rng = np.random.default_rng(1)
    X, y = rng.integers(-9, 10, size=(60, 12)), rng.integers(0, 2, size=60)
    with pytest.warns(ConvergenceWarning, match="does not allow it"):
        fitted = BinarizedNetworkClassifier((3,), method="mip", seconds=0).fit(X, y)
    assert fitted.training_value_ == float("inf")
    assert fitted.score(X, y) > 0.5


THREE = (
    [[2, 0], [3, 0], [0, 2], [0, 3], [-2, -2], [-3, -3], [2, -1], [-1, 2]],
    ["a", "a", "b", "b", "c", "c", "a", "b"],
)


@pytest.mark.parametrize(
    ("multiclass", "method", "networks"),
    [
        ("one-vs-one", "mip", 3),
        ("one-vs-rest", "mip", 3),
        ("auto", "mip", 3),
        ("auto", "hybrid", 3),
        ("joint", "hybrid", 1),
        ("auto", "tame", 1),
    ],
)
def test_three_classes(multiclass, method, networks):
    X, y = THREE
    hidden = () if method == "mip" else (8,)
    fitted = BinarizedNetworkClassifier(
        hidden, method=method, multiclass=multiclass, seconds=2, random_state=0
    ).fit(X, y)
    assert len(fitted.networks_) == networks
    assert fitted.decision_function(X).shape == (8, 3)
    assert fitted.score(X, y) >= (0.75 if method == "tame" else 1)
    if networks == 3:
        assert fitted.training_value_ == sum(fit.value for fit in fitted.fits_)
        with pytest.raises(AttributeError, match="networks_"):
            getattr(fitted, "network_")  # noqa: B009  # the property is what is asked
    else:
        assert fitted.network_.n_outputs == 3


def test_a_joint_network_has_no_training_program():
    with pytest.raises(InvalidInputError, match="one-vs-one"):
        BinarizedNetworkClassifier((), method="mip", multiclass="joint").fit(*THREE)


@pytest.mark.parametrize("inputs", ["integer", "real", "binarized"])
def test_saved_and_loaded_it_decides_the_same(tmp_path, inputs):
    X, y = THREE
    fitted = BinarizedNetworkClassifier(
        (2,), inputs=inputs, seconds=0.3, random_state=0, margin=Fraction(1)
    ).fit(X, y)
    fitted.save(tmp_path / "three.json")
    for other in (
        BinarizedNetworkClassifier.load(tmp_path / "three.json"),
        pickle.loads(pickle.dumps(fitted)),
    ):
        assert other.get_params() == fitted.get_params()
        assert (other.decision_function(X) == fitted.decision_function(X)).all()
        assert (other.predict(X) == fitted.predict(X)).all()
        assert (other.training_value_, other.bound_) == (fitted.training_value_, fitted.bound_)
        assert (other.status_, other.reason_) == (fitted.status_, fitted.reason_)


def test_damaged_files_are_refused(tmp_path):
    path = tmp_path / "and.json"
    fitted = BinarizedNetworkClassifier((), method="mip").fit([[-1], [1]], [0, 1])
    fitted.save(path)
    text = path.read_text()
    for bad in (text[:-30], text.replace('"weights":[[[1]]]', '"weights":[[[0]]]'), "{}", "\x00"):
        assert bad != text
        path.write_text(bad)
        with pytest.raises(InvalidInputError, match=r"and\.json"):
            BinarizedNetworkClassifier.load(path)
    with pytest.raises(InvalidInputError, match="No such file"):
        BinarizedNetworkClassifier.load(tmp_path / "none.json")


def test_images_can_be_moved_while_it_descends():
    rng = np.random.default_rng(0)
    X = rng.integers(0, 256, size=(6, 16))
    fitted = BinarizedNetworkClassifier(
        (2,), method="tame", augment=image_mover((4, 4)), seconds=1, random_state=0
    )
    assert fitted.fit(X, [0, 1, 2, 0, 1, 2]).decision_function(X).shape == (6, 3)


@pytest.mark.parametrize("inputs", ["integer", "real"])
def test_descent_can_start_from_patches(inputs, tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.integers(0, 256, size=(9, 25)), [0, 1, 2] * 3
    options = {"method": "tame", "inputs": inputs, "epochs": 3, "random_state": 0}
    seen = []
    patches = image_patches((5, 5))

    def start(away, generator):
        seen.append(away)
        return patches(away, generator)

    fitted = BinarizedNetworkClassifier((4,), start=start, **options).fit(X, y)
    assert {away.shape for away in seen} == {(4, 25)}
    fitted.save(tmp_path / "fitted.json")
    loaded = BinarizedNetworkClassifier.load(tmp_path / "fitted.json")
    assert loaded.start == "differences"
    assert (loaded.predict(X) == fitted.predict(X)).all()


def test_progress_names_the_network():
    seen = []
    BinarizedNetworkClassifier((1,), seconds=0.5, progress=seen.append).fit([[-1], [1]], [0, 1])
    assert {step.network for step in seen} == {0}
    assert {step.networks for step in seen} == {1}
    assert any(step.loss == step.loss for step in seen)

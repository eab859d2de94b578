"""Input maps: integers come out, and they keep what matters of the features."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn._inputs import fitted_inputs, started_inputs

samples = st.tuples(st.integers(2, 8), st.integers(1, 4)).flatmap(
    lambda shape: arrays(
        np.float64, shape, elements=st.floats(-1e6, 1e6).map(lambda v: round(v, 3))
    )
)


@given(samples, st.sampled_from(["real", "binarized"]))
def test_inputs_are_integers_one_column_each(X, kind):
    inputs = fitted_inputs(X, kind)
    found = inputs(X)
    assert found.dtype.kind == "i"
    assert found.shape == (len(X), inputs.n_inputs)
    assert len(inputs.names()) == inputs.n_inputs


@given(samples, st.integers(-50, 50), st.sampled_from([0.25, 0.5, 2.0, 64.0]))
def test_a_change_of_units_changes_no_real_input(X, shift, unit):
    X = np.round(X / 1000)  # so that the change is exact in doubles
    before, after = fitted_inputs(X, "real")(X), fitted_inputs(X * unit + shift * unit, "real")
    assert np.abs(before - after(X * unit + shift * unit)).max() <= 1  # where halves are rounded


@given(samples)
def test_binarized_inputs_keep_the_order_of_each_feature(X):
    inputs = fitted_inputs(X, "binarized", thresholds=100)
    signs = inputs(X)
    assert set(np.unique(signs)) <= {-1, 1}
    for i in range(X.shape[1]):
        rank = signs[:, inputs.features == i].sum(axis=1)
        for k in range(len(X)):
            smaller = X[:, i] < X[k, i]
            assert (rank[smaller] < rank[k]).all()


@given(samples, st.integers(1, 3))
def test_no_feature_has_more_thresholds_than_asked_for(X, most):
    inputs = fitted_inputs(X, "binarized", thresholds=most)
    assert np.bincount(inputs.features).max() <= most


def test_the_choice_by_itself():
    assert fitted_inputs([[0.0], [255.0]], "auto").kind == "integer"
    assert fitted_inputs([[0.0], [256.0]], "auto").kind == "real"
    assert fitted_inputs([[0.5], [1.0]], "auto").kind == "real"


def test_constant_features_are_harmless():
    X = [[7.5, 1.0], [7.5, 2.0]]
    assert fitted_inputs(X, "real")(X)[:, 0].tolist() == [0, 0]
    only = [[7.5], [7.5]]
    assert fitted_inputs(only, "binarized")(only).tolist() == [[1], [1]]


@pytest.mark.parametrize(
    ("inputs", "thresholds", "word"),
    [
        ("integer", 4, "0.5"),
        ("words", 4, "words"),
        ("binarized", 0, "at least 1"),
        ("binarized", [], "empty"),
    ],
)
def test_what_is_refused(inputs, thresholds, word):
    with pytest.raises(InvalidInputError, match=word):
        fitted_inputs([[0.5], [1.0]], inputs, thresholds=thresholds)


def test_names_say_what_an_input_is():
    X = [[1.0, 10.0], [2.0, 30.0]]
    assert fitted_inputs(X, "binarized").names(["size", "age"]) == ("size >= 1.5", "age >= 20")
    assert fitted_inputs(X, "integer").names() == ("x0", "x1")
    with pytest.raises(InvalidInputError, match="names"):
        fitted_inputs(X, "integer").names(["one"])


@pytest.mark.parametrize("inputs", ["integer", "real"])
@pytest.mark.parametrize(
    "start",
    [
        lambda away, rng: away[:1],
        lambda away, rng: away[:, :1],
        lambda away, rng: None,
        lambda away, rng: away * np.nan,
        lambda away, rng: "words",
    ],
)
def test_a_start_of_features_of_another_shape_is_refused(inputs, start):
    known = fitted_inputs([[1.0, 2.0], [3.0, 5.0]], inputs)
    started = started_inputs(known, start)
    with pytest.raises(InvalidInputError, match="start made"):
        started(np.ones((3, known.n_inputs)), np.random.default_rng(0))

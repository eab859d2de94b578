"""Patches that neurons start from."""

import numpy as np
import pytest

from tamemip.errors import InvalidInputError
from tamemip.plugins.bnn import image_patches, straight_through, tame_descent


def images(count=40, side=8, seed=0):
    rng = np.random.default_rng(seed)
    X = rng.integers(0, 2, (count, side * side)).astype(float)
    return X, np.where(X[:, 0] + X[:, 9] > X[:, 20], 1, -1)


def test_a_neuron_sees_nothing_far_from_its_center():
    start = image_patches((30, 30), radius=(1, 2))
    weights = start(np.ones((50, 900)), np.random.default_rng(3)).reshape(50, 30, 30)
    rows, columns = np.indices((30, 30))
    for w in weights:
        total = w.sum()
        center = (w * rows).sum() / total, (w * columns).sum() / total
        away = np.hypot(rows - center[0], columns - center[1])
        assert w[away > 9].max() < 0.01
        assert w.max() > 0.5
        assert 3 < center[0] < 26
        assert 3 < center[1] < 26


def test_weights_are_the_differences_damped():
    differences = np.random.default_rng(0).normal(size=(7, 12))
    start = image_patches((3, 4))
    weights = start(differences, np.random.default_rng(1))
    assert (np.abs(weights) <= np.abs(differences)).all()
    assert (np.sign(weights) == np.sign(differences)).all()


@pytest.mark.parametrize("method", [tame_descent, straight_through])
def test_both_kinds_of_descent_start_from_patches(method):
    X, y = images()
    options = {"hidden": (6,), "epochs": 5, "random_state": 4}
    plain = method(X, y, **options)
    local = method(X, y, start=image_patches((8, 8), radius=(1, 2)), **options)
    again = method(X, y, start=image_patches((8, 8), radius=(1, 2)), **options)
    assert local.network == again.network
    assert local.network != plain.network
    zeros = [np.mean(found.network.weights[0] == 0) for found in (local, plain)]
    assert zeros[0] > zeros[1]


@pytest.mark.parametrize(
    ("radius", "message"),
    [
        ((0, 1), "positive"),
        ((3, 2), "least and the greatest"),
        ((1,), "2"),
        (3, "radius"),
        ((1, float("nan")), "radius"),
    ],
)
def test_bad_radii_are_refused(radius, message):
    with pytest.raises(InvalidInputError, match=message):
        image_patches((5, 5), radius=radius)


@pytest.mark.parametrize("shape", [(0, 3), (3,), (2.5, 2), (-1, 3), 3])
def test_bad_shapes_are_refused(shape):
    with pytest.raises(InvalidInputError, match="shape"):
        image_patches(shape)


def test_other_images_are_refused():
    X, y = images()
    with pytest.raises(InvalidInputError, match="images of 5 x 5"):
        tame_descent(X, y, start=image_patches((5, 5)))


@pytest.mark.parametrize("start", [lambda X, rng: X[:, :3], lambda X, rng: X * np.nan])
def test_a_start_of_another_shape_is_refused(start):
    X, y = images()
    with pytest.raises(InvalidInputError, match="start made an array of shape"):
        tame_descent(X, y, start=start)


def test_a_word_that_is_no_start_is_refused():
    X, y = images()
    with pytest.raises(InvalidInputError, match="image_patches"):
        tame_descent(X, y, start="patches")
